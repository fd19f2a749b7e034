//! The signature in a message header, and the name of a certificate (XML Signature Syntax and Processing).

use exi::{Base64, Integer};
use serde::{Deserialize, Serialize};

/// What a message header carries when a part of its message is signed. `KeyInfo` and `Object` are never sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Signature {
    /// A name for it; nobody needs one here.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// What was signed: the digests of the signed elements.
    #[serde(rename = "SignedInfo")]
    pub signed_info: SignedInfo,
    /// The signature over the EXI fragment of [`SignedInfo`], which is made with the grammar of this schema alone.
    #[serde(rename = "SignatureValue")]
    pub signature_value: SignatureValue,
}

/// The list of what was signed, and how.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignedInfo {
    /// A name for it; nobody needs one here.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// How this element became octets.
    #[serde(rename = "CanonicalizationMethod")]
    pub canonicalization_method: CanonicalizationMethod,
    /// With what the octets were signed.
    #[serde(rename = "SignatureMethod")]
    pub signature_method: SignatureMethod,
    /// One for each signed element, at least one; up to four in an answer that installs a certificate.
    #[serde(rename = "Reference")]
    pub reference: Vec<Reference>,
}

/// How SignedInfo became octets before it was signed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CanonicalizationMethod {
    /// Always Canonical EXI, `http://www.w3.org/TR/canonical-exi/`.
    #[serde(rename = "@Algorithm")]
    pub algorithm: String,
}

/// The algorithms of the signature. `HMACOutputLength` is never sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignatureMethod {
    /// Such as `http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256`; ISO 15118-20 has `#ecdsa-sha512` and Ed448 too.
    #[serde(rename = "@Algorithm")]
    pub algorithm: String,
}

/// One signed element and its digest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reference {
    /// A name for it; nobody needs one here.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// What sort of thing it points to, as a URI; never sent.
    #[serde(rename = "@Type")]
    pub type_uri: Option<String>,
    /// `#` and the Id attribute of the signed element.
    #[serde(rename = "@URI")]
    pub uri: Option<String>,
    /// How the element became octets; the schema lets it be missing, some stations insist on it.
    #[serde(rename = "Transforms")]
    pub transforms: Option<Transforms>,
    /// With what the octets were hashed.
    #[serde(rename = "DigestMethod")]
    pub digest_method: DigestMethod,
    /// The hash of the EXI fragment of the element: 32 octets with SHA-256, 64 with SHA-512.
    #[serde(rename = "DigestValue")]
    pub digest_value: Base64,
}

/// The steps from an element to octets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Transforms {
    /// At least one; always exactly one here.
    #[serde(rename = "Transform")]
    pub transform: Vec<Transform>,
}

/// One step from an element to octets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Transform {
    /// Always Canonical EXI, `http://www.w3.org/TR/canonical-exi/`.
    #[serde(rename = "@Algorithm")]
    pub algorithm: String,
}

/// The hash of a signed element.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DigestMethod {
    /// Such as `http://www.w3.org/2001/04/xmlenc#sha256`, in ISO 15118-20 `#sha512` too.
    #[serde(rename = "@Algorithm")]
    pub algorithm: String,
}

/// The signature itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignatureValue {
    /// A name for it; nobody needs one here.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// r and s one after the other, not DER: 64 octets for P-256, 132 for P-521.
    #[serde(rename = "$text")]
    pub value: Base64,
}

/// The name of a certificate by who issued it: how a car lists the roots that it knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct X509IssuerSerial {
    /// The distinguished name of the issuer, as text.
    #[serde(rename = "X509IssuerName")]
    pub x509_issuer_name: String,
    /// The serial number; real ones have up to 20 octets.
    #[serde(rename = "X509SerialNumber")]
    pub x509_serial_number: Integer,
}
