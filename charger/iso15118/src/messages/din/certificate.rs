//! CertificateUpdate and CertificateInstallation: in the schema, and not used by DIN 70121.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;

/// The car asks for a contract certificate, and shows the one of its maker.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationReq {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The certificate that the maker put into the car, X.509 in DER, up to 1200 octets.
    #[serde(rename = "OEMProvisioningCert")]
    pub oem_provisioning_cert: Base64,
    /// The roots that the car knows.
    #[serde(rename = "ListOfRootCertificateIDs")]
    pub list_of_root_certificate_ids: ListOfRootCertificateIds,
    /// The car's half of the key agreement, up to 256 octets.
    #[serde(rename = "DHParams")]
    pub dh_params: Base64,
}

/// The station passes on a contract certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationRes {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The new contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The key that belongs to it, encrypted, up to 128 octets.
    #[serde(rename = "ContractSignatureEncryptedPrivateKey")]
    pub contract_signature_encrypted_private_key: Base64,
    /// The other half of the key agreement, up to 256 octets.
    #[serde(rename = "DHParams")]
    pub dh_params: Base64,
    /// The contract's id, up to 24 characters.
    #[serde(rename = "ContractID")]
    pub contract_id: String,
}

/// The car asks for a new contract certificate before the old one expires.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateUpdateReq {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The contract certificate that the car has, and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The contract's id, up to 24 characters.
    #[serde(rename = "ContractID")]
    pub contract_id: String,
    /// The roots that the car knows.
    #[serde(rename = "ListOfRootCertificateIDs")]
    pub list_of_root_certificate_ids: ListOfRootCertificateIds,
    /// The car's half of the key agreement, up to 256 octets.
    #[serde(rename = "DHParams")]
    pub dh_params: Base64,
}

/// The station passes on the new contract certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateUpdateRes {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: String,
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The new contract certificate and the CAs above it.
    #[serde(rename = "ContractSignatureCertChain")]
    pub contract_signature_cert_chain: CertificateChain,
    /// The key that belongs to it, encrypted, up to 128 octets.
    #[serde(rename = "ContractSignatureEncryptedPrivateKey")]
    pub contract_signature_encrypted_private_key: Base64,
    /// The other half of the key agreement, up to 256 octets.
    #[serde(rename = "DHParams")]
    pub dh_params: Base64,
    /// The contract's id, up to 24 characters.
    #[serde(rename = "ContractID")]
    pub contract_id: String,
    /// After how many days a car whose update failed should try again; -1: never.
    #[serde(rename = "RetryCounter")]
    pub retry_counter: i16,
}

/// A certificate and the CAs above it, without the root.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateChain {
    /// The certificate at the end of the chain, X.509 in DER, up to 1200 octets.
    #[serde(rename = "Certificate")]
    pub certificate: Base64,
    /// The CAs between it and the root; missing: the root itself has issued it.
    #[serde(rename = "SubCertificates")]
    pub sub_certificates: Option<SubCertificates>,
}

/// The CAs between a certificate and the root.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SubCertificates {
    /// At least one, X.509 in DER, up to 1200 octets each.
    #[serde(rename = "Certificate")]
    pub certificate: Vec<Base64>,
}

/// The roots to which a chain may lead for the car to trust it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ListOfRootCertificateIds {
    /// At least one name, up to 40 characters each.
    #[serde(rename = "RootCertificateID")]
    pub root_certificate_id: Vec<String>,
}
