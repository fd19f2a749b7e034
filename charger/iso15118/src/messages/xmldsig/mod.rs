//! XML signatures, as far as ISO 15118 uses them: over EXI fragments, with ECDSA.

mod signature;

pub use signature::{
    CanonicalizationMethod, DigestMethod, Reference, Signature, SignatureMethod, SignatureValue, SignedInfo, Transform,
    Transforms, X509IssuerSerial,
};
