//! Chains of certificates, each as DER.

use exi::Base64;
use serde::{Deserialize, Serialize};

/// A certificate with those between it and its root.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CertificateChain {
    /// The leaf, DER of at most 1600 bytes.
    #[serde(rename = "Certificate")]
    pub certificate: Base64,
    /// Missing if the root itself signed the leaf.
    #[serde(rename = "SubCertificates")]
    pub sub_certificates: Option<SubCertificates>,
}

/// A chain over which a signature is made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignedCertificateChain {
    /// Names the element for the reference in the signature.
    #[serde(rename = "@Id")]
    pub id: String,
    /// The leaf, DER of at most 1600 bytes.
    #[serde(rename = "Certificate")]
    pub certificate: Base64,
    /// Missing if the root itself signed the leaf.
    #[serde(rename = "SubCertificates")]
    pub sub_certificates: Option<SubCertificates>,
}

/// A contract certificate with those between it and its root, which always exist.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContractCertificateChain {
    /// The contract certificate, DER of at most 1600 bytes.
    #[serde(rename = "Certificate")]
    pub certificate: Base64,
    /// Those that lead to the root.
    #[serde(rename = "SubCertificates")]
    pub sub_certificates: SubCertificates,
}

/// Certificates between a leaf and its root, without the root.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SubCertificates {
    /// 1 to 3, each DER of at most 1600 bytes; each signs the one before it.
    #[serde(rename = "Certificate")]
    pub certificate: Vec<Base64>,
}
