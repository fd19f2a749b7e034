//! Authenticated encryption with given keys.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit as _};
use chacha20poly1305::ChaCha20Poly1305;

use super::DoesNotFit;
use crate::suite::Cipher;

/// The length of the tag behind each text, in bytes.
pub(super) const TAG: usize = 16;

/// A cipher with its key.
#[derive(Clone)]
pub(super) enum Aead {
    Aes128(Box<Aes128Gcm>),
    Aes256(Box<Aes256Gcm>),
    ChaCha20(Box<ChaCha20Poly1305>),
}

impl Aead {
    /// The key is as long as the cipher needs; CBC is no AEAD, and never comes here.
    pub(super) fn new(cipher: Cipher, key: &[u8]) -> Self {
        match cipher {
            Cipher::Aes128Gcm | Cipher::Aes128CbcSha256 => {
                Self::Aes128(Box::new(Aes128Gcm::new(&super::array(key).into())))
            }
            Cipher::Aes256Gcm => Self::Aes256(Box::new(Aes256Gcm::new(&super::array(key).into()))),
            Cipher::ChaCha20Poly1305 => Self::ChaCha20(Box::new(ChaCha20Poly1305::new(&super::array(key).into()))),
        }
    }

    /// The text, when its tag and what else it covers are right.
    pub(super) fn open(&self, nonce: [u8; 12], covered: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DoesNotFit> {
        let payload = Payload { msg: sealed, aad: covered };
        let nonce = nonce.into();
        let text = match self {
            Self::Aes128(aead) => aead.decrypt(&nonce, payload),
            Self::Aes256(aead) => aead.decrypt(&nonce, payload),
            Self::ChaCha20(aead) => aead.decrypt(&nonce, payload),
        };
        text.map_err(|_| DoesNotFit)
    }
}
