//! A contract comes into the car: certificates and their private key.

use exi::Base64;
use serde::{Deserialize, Serialize};

use super::certificate_chain::{CertificateChain, ContractCertificateChain, SignedCertificateChain};
use crate::messages::iso20::common::{ListOfRootCertificateIds, MessageHeader, Processing, ResponseCode};

/// From the car between AuthorizationSetup and Authorization, if that was offered: send me my contracts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationReq {
    /// The signature over the chain, made with the provisioning key, stands in it.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Who the car is, as its maker certified it.
    #[serde(rename = "OEMProvisioningCertificateChain")]
    pub oem_provisioning_certificate_chain: SignedCertificateChain,
    /// The roots below which the answer has to stand.
    #[serde(rename = "ListOfRootCertificateIDs")]
    pub list_of_root_certificate_ids: ListOfRootCertificateIds,
    /// How many contracts the car has room for.
    #[serde(rename = "MaximumContractCertificateChains")]
    pub maximum_contract_certificate_chains: u8,
    /// Which contracts it wants first; missing if any will do.
    #[serde(rename = "PrioritizedEMAIDs")]
    pub prioritized_emaids: Option<EmaidList>,
}

/// Names of contracts, the most wanted first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EmaidList {
    /// 1 to 8, each of at most 255 characters.
    #[serde(rename = "EMAID")]
    pub emaid: Vec<String>,
}

/// The station's answer: one contract. The car asks again while some remain, or while it is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateInstallationRes {
    /// The signature of the provisioning service over `signed_installation_data` stands in it.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the backend is awaited; the other fields are then only there for the schema.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// Who signed: the certificate provisioning service.
    #[serde(rename = "CPSCertificateChain")]
    pub cps_certificate_chain: CertificateChain,
    /// The contract and its encrypted key.
    #[serde(rename = "SignedInstallationData")]
    pub signed_installation_data: SignedInstallationData,
    /// How many contracts are still to be fetched; 0 with the last.
    #[serde(rename = "RemainingContractCertificateChains")]
    pub remaining_contract_certificate_chains: u8,
}

/// A contract for one car. Only that car can read the private key; this element is signed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignedInstallationData {
    /// Names the element for the reference in the signature.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The contract certificate and those between it and its root.
    #[serde(rename = "ContractCertificateChain")]
    pub contract_certificate_chain: ContractCertificateChain,
    /// Curve of the key agreement, and so which of the encrypted keys can be there.
    #[serde(rename = "ECDHCurve")]
    pub ecdh_curve: EcdhCurve,
    /// The sender's half of the key agreement, 133 bytes by the schema: an uncompressed point of P-521.
    #[serde(rename = "DHPublicKey")]
    pub dh_public_key: Base64,
    /// Key of P-521, 94 bytes; exactly one of the three is there.
    #[serde(rename = "SECP521_EncryptedPrivateKey")]
    pub secp521_encrypted_private_key: Option<Base64>,
    /// Key of Ed448, 84 bytes.
    #[serde(rename = "X448_EncryptedPrivateKey")]
    pub x448_encrypted_private_key: Option<Base64>,
    /// Key for a car with a trusted platform module, 206 bytes.
    #[serde(rename = "TPM_EncryptedPrivateKey")]
    pub tpm_encrypted_private_key: Option<Base64>,
}

/// Curve of a key agreement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EcdhCurve {
    /// P-521 of NIST.
    #[serde(rename = "SECP521")]
    Secp521,
    /// X448 of RFC 7748.
    X448,
}
