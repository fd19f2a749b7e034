//! Signatures (Ed25519, RFC 8032) with keys that `openssl genpkey -algorithm ed25519` makes.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature as Raw, Signer, SigningKey, VerifyingKey};

use super::base64;

/// A signature, and the key with which anybody can check it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// The 64 bytes as base64.
    pub base64: String,
    /// The public key as PEM.
    pub public_key: String,
}

/// Why something cannot be signed, or a signature is not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not that of these bytes by that key: one of the three was changed.
    #[error("the signature does not belong to this report and this key")]
    Forged,
    /// A key that cannot be used.
    #[error("{}: {expected}", path.display())]
    Key {
        /// The file, or what stands for it.
        path: PathBuf,
        /// What was expected.
        expected: String,
    },
    /// Not a signature at all.
    #[error("not a signature: expected 64 bytes as base64")]
    Shape,
}

/// Signs these bytes with a private key: PKCS#8 as PEM, without a password.
///
/// # Errors
/// The key cannot be read or is another kind of key.
pub fn sign(bytes: &[u8], key: &Path) -> Result<Signature, SignatureError> {
    let wrong = |expected: String| SignatureError::Key { path: key.into(), expected };
    let pem = fs::read_to_string(key).map_err(|error| wrong(format!("the private key cannot be read: {error}")))?;
    let secret = private_key(&pem).map_err(wrong)?;
    let public_key = public_pem(&secret.verifying_key()).map_err(wrong)?;
    Ok(Signature { base64: base64::encode(&secret.sign(bytes).to_bytes()), public_key })
}

/// Whether the signature is that of these bytes by the owner of this public key (PEM). Whose key it is, it cannot tell.
///
/// # Errors
/// It is not, or one of them is not what it should be.
pub fn verify(bytes: &[u8], signature: &str, public_key: &str) -> Result<(), SignatureError> {
    let key = VerifyingKey::from_public_key_pem(public_key.trim()).map_err(|_| SignatureError::Key {
        path: "the public key".into(),
        expected: "expected an Ed25519 key as PEM: -----BEGIN PUBLIC KEY-----".into(),
    })?;
    let raw: [u8; 64] = base64::decode(signature).and_then(|raw| raw.try_into().ok()).ok_or(SignatureError::Shape)?;
    // Strict: no second signature can be made from a first one, and no weak key is accepted.
    key.verify_strict(bytes, &Raw::from_bytes(&raw)).map_err(|_| SignatureError::Forged)
}

fn private_key(pem: &str) -> Result<SigningKey, String> {
    if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") {
        return Err("the key has a password; expected one without (openssl pkey -in KEY -out PLAIN)".into());
    }
    SigningKey::from_pkcs8_pem(pem.trim())
        .map_err(|_| "expected an Ed25519 key as openssl genpkey -algorithm ed25519 makes it".into())
}

fn public_pem(key: &VerifyingKey) -> Result<String, String> {
    key.to_public_key_pem(LineEnding::LF).map_err(|error| format!("its public key cannot be written: {error}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::Folder;
    use proptest::prelude::*;

    /// The first key of RFC 8032, section 7.1, as openssl writes it.
    pub(crate) const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
         MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";

    fn signed(bytes: &[u8]) -> Signature {
        let folder = Folder::new("sign");
        let key = folder.path().join("bench.pem");
        fs::write(&key, KEY).expect("written");
        sign(bytes, &key).expect("signed")
    }

    #[test]
    fn it_signs_as_openssl_does() {
        let signature = signed(b"hello bench\n");
        assert_eq!(signature.public_key, PUBLIC);
        // openssl pkeyutl -sign -rawin -inkey bench.pem -in hello | openssl base64 -A
        assert_eq!(
            signature.base64,
            "PY/qhYkZC4Fp9NejqtBkiS5yD9dMzEt8hqRsQz4glLnLPlGttiq8s17mC75vbZWPwLAQ8XPjJ1r4mZ0UQf7FBg=="
        );
        assert_eq!(verify(b"hello bench\n", &signature.base64, PUBLIC), Ok(()));
        assert_eq!(verify(b"hello bench\n", &format!("{}\n", signature.base64), &format!("\n{PUBLIC}\n")), Ok(()));
    }

    #[test]
    fn whatever_was_changed_is_noticed() {
        let report = b"{\"verdict\":\"fail\"}";
        let Signature { base64, public_key } = signed(report);
        assert_eq!(verify(b"{\"verdict\":\"pass\"}", &base64, &public_key), Err(SignatureError::Forged));
        let mut other = base64::decode(&base64).expect("base64");
        other[3] ^= 1;
        assert_eq!(verify(report, &base64::encode(&other), &public_key), Err(SignatureError::Forged));
        // Another key: that of RFC 8032, TEST 2.
        let another = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n\
                       -----END PUBLIC KEY-----\n";
        assert_eq!(verify(report, &base64, another), Err(SignatureError::Forged));
        assert_eq!(verify(report, "c2hvcnQ=", &public_key), Err(SignatureError::Shape));
        assert!(matches!(verify(report, &base64, KEY), Err(SignatureError::Key { .. })));
    }

    #[test]
    fn a_key_that_cannot_be_used_is_told_with_what_was_expected() {
        let folder = Folder::new("keys");
        let path = folder.path().join("key.pem");
        let told = |text: &str| {
            fs::write(&path, text).expect("written");
            sign(b"", &path).expect_err("no key").to_string().replace(&path.display().to_string(), "key.pem")
        };
        let x25519 = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHhkeTUpmrb7Tfgk8tmRw+1jZFKCv7Fw3lCajeH3LgdP\n\
                      -----END PRIVATE KEY-----\n";
        for text in ["", "nonsense", PUBLIC, x25519] {
            assert_eq!(told(text), "key.pem: expected an Ed25519 key as openssl genpkey -algorithm ed25519 makes it");
        }
        assert_eq!(
            told("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n"),
            "key.pem: the key has a password; expected one without (openssl pkey -in KEY -out PLAIN)"
        );
        let none = sign(b"", &folder.path().join("none.pem")).expect_err("no file").to_string();
        assert!(none.contains("none.pem: the private key cannot be read: "), "{none}");
    }

    proptest! {
        #[test]
        fn nothing_that_is_given_for_a_signature_upsets_it(bytes in ".*", signature in ".*", key in ".*") {
            prop_assert!(verify(bytes.as_bytes(), &signature, &key).is_err());
            prop_assert!(verify(bytes.as_bytes(), &signature, PUBLIC).is_err());
        }
    }
}
