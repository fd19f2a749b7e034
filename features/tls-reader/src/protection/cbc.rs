//! AES-128-CBC with HMAC-SHA-256, as TLS 1.2 has it (RFC 5246, 6.2.3.2), or with the MAC outside (RFC 7366).

use aes::Aes128;
use cbc::Decryptor;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{DoesNotFit, tls12_covered};
use crate::record::Record;

const BLOCK: usize = 16;
const MAC: usize = 32;

/// The keys of one side.
#[derive(Clone)]
pub(super) struct Cbc {
    key: [u8; BLOCK],
    mac: Hmac<Sha256>,
    encrypt_then_mac: bool,
}

impl Cbc {
    pub(super) fn new(key: [u8; BLOCK], mac_key: [u8; MAC], encrypt_then_mac: bool) -> Self {
        let mac = Hmac::new_from_slice(&mac_key).expect("HMAC takes keys of any length");
        Self { key, mac, encrypt_then_mac }
    }

    pub(super) fn open(&self, sequence: u64, record: Record<'_>) -> Result<Vec<u8>, DoesNotFit> {
        if self.encrypt_then_mac {
            let (sealed, mac) = record.body.split_last_chunk::<MAC>().ok_or(DoesNotFit)?;
            self.verify(sequence, record, sealed, mac)?;
            self.decrypt(sealed)
        } else {
            let mut text = self.decrypt(record.body)?;
            let (inner, mac) = text.split_last_chunk::<MAC>().ok_or(DoesNotFit)?;
            self.verify(sequence, record, inner, mac)?;
            text.truncate(text.len() - MAC);
            Ok(text)
        }
    }

    fn verify(&self, sequence: u64, record: Record<'_>, covered: &[u8], mac: &[u8; MAC]) -> Result<(), DoesNotFit> {
        let mut expected = self.mac.clone();
        expected.update(&tls12_covered(sequence, record.header, covered.len()));
        expected.update(covered);
        expected.verify_slice(mac).map_err(|_| DoesNotFit)
    }

    /// The first block starts the chain and carries nothing. Behind the text stand padding bytes, each of which says how many
    /// come before the last.
    fn decrypt(&self, sealed: &[u8]) -> Result<Vec<u8>, DoesNotFit> {
        let (iv, blocks) = sealed.split_first_chunk::<BLOCK>().ok_or(DoesNotFit)?;
        let mut text = blocks.to_vec();
        let (blocks, []) = text.as_chunks_mut::<BLOCK>() else { return Err(DoesNotFit) };
        let mut decryptor = Decryptor::<Aes128>::new(&self.key.into(), &(*iv).into());
        for block in blocks {
            decryptor.decrypt_block(block.into());
        }
        let last = *text.last().ok_or(DoesNotFit)?;
        let length = text.len().checked_sub(usize::from(last) + 1).ok_or(DoesNotFit)?;
        if text[length..].iter().any(|byte| *byte != last) {
            return Err(DoesNotFit);
        }
        text.truncate(length);
        Ok(text)
    }
}
