//! CertificateUpdate and CertificateInstallation (ISO 15118-2 clauses 8.4.3.10 and 8.4.3.11).

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use crate::messages::xmldsig::X509IssuerSerial;

/// The car asks for a contract certificate, and shows the one of its maker; signed with that one's key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationReq {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The certificate that the maker put into the car, X.509 in DER, up to 800 octets.
    #[serde(rename = "OEMProvisioningCert")]
    pub oem_provisioning_cert: Base64,
    /// The roots that the car knows.
    #[serde(rename = "ListOfRootCertificateIDs")]
    pub list_of_root_certificate_ids: ListOfRootCertificateIds,
}

/// The station passes on a contract certificate; four elements are signed by the provisioning service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The certificates of who signed this response.
    #[serde(rename = "SAProvisioningCertificateChain")]
    pub sa_provisioning_certificate_chain: CertificateChain,
    /// The new contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The key that belongs to it, encrypted so that only this car can read it.
    #[serde(rename = "ContractSignatureEncryptedPrivateKey")]
    pub contract_signature_encrypted_private_key: ContractSignatureEncryptedPrivateKey,
    /// With this the car computes the key that opens the encrypted one.
    #[serde(rename = "DHpublickey")]
    pub dh_public_key: DiffieHellmanPublicKey,
    /// The contract's id.
    #[serde(rename = "eMAID")]
    pub emaid: Emaid,
}

/// The car asks for a new contract certificate before the old one expires; signed with the old one's key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateUpdateReq {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The contract certificate that the car has, and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The contract's id (eMAID), 14..15 characters.
    #[serde(rename = "eMAID")]
    pub emaid: String,
    /// The roots that the car knows.
    #[serde(rename = "ListOfRootCertificateIDs")]
    pub list_of_root_certificate_ids: ListOfRootCertificateIds,
}

/// The station passes on the new contract certificate; four elements are signed by the provisioning service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateUpdateRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The certificates of who signed this response.
    #[serde(rename = "SAProvisioningCertificateChain")]
    pub sa_provisioning_certificate_chain: CertificateChain,
    /// The new contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The key that belongs to it, encrypted so that only this car can read it.
    #[serde(rename = "ContractSignatureEncryptedPrivateKey")]
    pub contract_signature_encrypted_private_key: ContractSignatureEncryptedPrivateKey,
    /// With this the car computes the key that opens the encrypted one.
    #[serde(rename = "DHpublickey")]
    pub dh_public_key: DiffieHellmanPublicKey,
    /// The contract's id.
    #[serde(rename = "eMAID")]
    pub emaid: Emaid,
    /// After how many days a car whose update failed should try again; -1: never.
    #[serde(rename = "RetryCounter")]
    pub retry_counter: Option<i16>,
}

/// A certificate and the CAs above it, without the root (clause 8.5.2.5).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateChain {
    /// The name under which the header signs this element; missing when nobody signs it.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The certificate at the end of the chain, X.509 in DER, up to 800 octets.
    #[serde(rename = "Certificate")]
    pub certificate: Base64,
    /// The CAs between it and the root; missing: the root itself has issued it.
    #[serde(rename = "SubCertificates")]
    pub sub_certificates: Option<SubCertificates>,
}

/// The CAs between a certificate and the root.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SubCertificates {
    /// 1..4 of them, X.509 in DER, up to 800 octets each.
    #[serde(rename = "Certificate")]
    pub certificate: Vec<Base64>,
}

/// The roots to which a chain may lead for the car to trust it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ListOfRootCertificateIds {
    /// 1..20 of them.
    #[serde(rename = "RootCertificateID")]
    pub root_certificate_id: Vec<X509IssuerSerial>,
}

/// The private key of a contract certificate, encrypted (clause 8.5.2.28).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContractSignatureEncryptedPrivateKey {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// Up to 48 octets: 16 of initialisation vector, then the 32 of the key under AES-128 in CBC mode, without padding.
    #[serde(rename = "$text")]
    pub value: Base64,
}

/// The provisioning service's half of the key agreement (clause 8.5.2.29).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DiffieHellmanPublicKey {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// Up to 65 octets: a point on P-256, uncompressed, that is 04 and both coordinates.
    #[serde(rename = "$text")]
    pub value: Base64,
}

/// A contract's id, as an element that can be signed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Emaid {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The eMAID, 14..15 characters.
    #[serde(rename = "$text")]
    pub value: String,
}
