//! What protects records, and how it is taken off.
//!
//! Nothing here is secret, and nobody waits for an answer: it may take as long as it takes, and stop at the first wrong byte.

mod aead;
mod cbc;
mod key_schedule;

pub(crate) use key_schedule::next_secret;

use key_schedule::{expand_label, prf};

use self::aead::Aead;
use self::cbc::Cbc;
use crate::Side;
use crate::record::{ContentType, HEADER, MAX_TEXT, Record};
use crate::suite::{Cipher, Working};

/// Takes off the protection of the records of one side, one after the other, as long as its keys are the same.
#[derive(Clone)]
pub(crate) struct Opener {
    protection: Protection,
    /// The number of the next record.
    sequence: u64,
}

#[derive(Clone)]
enum Protection {
    Cbc(Cbc),
    /// TLS 1.2: a part of the nonce comes with each record.
    Aead12 {
        aead: Aead,
        salt: [u8; 4],
    },
    /// TLS 1.3: the nonce is the number of the record and this.
    Aead13 {
        aead: Aead,
        iv: [u8; 12],
    },
}

/// A record does not fit the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DoesNotFit;

/// What a record carries, without its protection.
pub(crate) type Text = (ContentType, Vec<u8>);

impl Opener {
    /// Of one side in TLS 1.2 (RFC 5246, 6.3).
    pub(crate) fn tls12(
        side: Side,
        working: Working,
        master: &[u8],
        randoms: &Randoms,
        encrypt_then_mac: bool,
    ) -> Self {
        /// What is cut out of the key block, in bytes: MAC keys, then keys, then salts, each of the client first.
        struct Cut {
            mac: usize,
            key: usize,
            salt: usize,
        }
        let cut = match working.cipher {
            Cipher::Aes128CbcSha256 => Cut { mac: 32, key: 16, salt: 0 },
            Cipher::Aes128Gcm => Cut { mac: 0, key: 16, salt: 4 },
            Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305 => Cut { mac: 0, key: 32, salt: 4 },
        };
        let seed = [randoms.server, randoms.client].concat();
        let block = prf(working.hash, master, b"key expansion", &seed, 2 * (cut.mac + cut.key + cut.salt));
        let (macs, rest) = block.split_at(2 * cut.mac);
        let (keys, salts) = rest.split_at(2 * cut.key);
        let own = |both: &[u8]| {
            let (client, server) = both.split_at(both.len() / 2);
            match side {
                Side::Client => client.to_vec(),
                Side::Server => server.to_vec(),
            }
        };
        let (mac, key, salt) = (own(macs), own(keys), own(salts));
        let protection = match working.cipher {
            Cipher::Aes128CbcSha256 => Protection::Cbc(Cbc::new(array(&key), array(&mac), encrypt_then_mac)),
            cipher => Protection::Aead12 { aead: Aead::new(cipher, &key), salt: array(&salt) },
        };
        Self { protection, sequence: 0 }
    }

    /// Of one side in TLS 1.3, from its traffic secret (RFC 8446, 7.3).
    pub(crate) fn tls13(working: Working, secret: &[u8]) -> Self {
        let length = match working.cipher {
            Cipher::Aes128Gcm | Cipher::Aes128CbcSha256 => 16,
            Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305 => 32,
        };
        let key = expand_label(working.hash, secret, "key", length);
        let iv = array(&expand_label(working.hash, secret, "iv", 12));
        Self { protection: Protection::Aead13 { aead: Aead::new(working.cipher, &key), iv }, sequence: 0 }
    }

    /// Takes off the protection of the next record. One that does not fit is not counted.
    pub(crate) fn open(&mut self, record: Record<'_>) -> Result<Text, DoesNotFit> {
        let text = match &self.protection {
            Protection::Cbc(cbc) => (record.content, cbc.open(self.sequence, record)?),
            Protection::Aead12 { aead, salt } => {
                let (explicit, sealed) = record.body.split_first_chunk::<8>().ok_or(DoesNotFit)?;
                let length = sealed.len().checked_sub(aead::TAG).ok_or(DoesNotFit)?;
                let covered = tls12_covered(self.sequence, record.header, length);
                (record.content, aead.open(array(&[&salt[..], explicit].concat()), &covered, sealed)?)
            }
            Protection::Aead13 { aead, iv } => {
                let mut nonce = *iv;
                nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()).for_each(|(byte, number)| *byte ^= number);
                let inner = aead.open(nonce, &record.header, record.body)?;
                inner_text(inner).ok_or(DoesNotFit)?
            }
        };
        if text.1.len() > MAX_TEXT {
            return Err(DoesNotFit);
        }
        // 2^64 records do not fit into any recording.
        self.sequence += 1;
        Ok(text)
    }
}

/// The random numbers of both hellos.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Randoms {
    pub(crate) client: [u8; 32],
    pub(crate) server: [u8; 32],
}

/// In TLS 1.3 the type stands behind the text, and zeros may follow (RFC 8446, 5.2).
fn inner_text(mut inner: Vec<u8>) -> Option<Text> {
    let end = inner.iter().rposition(|byte| *byte != 0)?;
    let content = ContentType::of(inner[end])?;
    inner.truncate(end);
    Some((content, inner))
}

/// What MAC or tag cover in TLS 1.2 besides the text: its number, type, version and length (RFC 5246, 6.2.3).
fn tls12_covered(sequence: u64, header: [u8; HEADER], length: usize) -> [u8; 13] {
    let mut covered = [0; 13];
    covered[..8].copy_from_slice(&sequence.to_be_bytes());
    covered[8..11].copy_from_slice(&header[..3]);
    // A record is shorter than 2^16 bytes.
    covered[11..].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    covered
}

/// Keys of a fixed length, out of a block that was made as long as they need.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}
