//! Keys from secrets: the pseudo-random function of TLS 1.2 and the labels of TLS 1.3.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384};

use crate::suite::Hash;

/// PRF of TLS 1.2 (RFC 5246, 5): so many bytes of a secret.
pub(super) fn prf(hash: Hash, secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let seed = [label, seed].concat();
    match hash {
        Hash::Sha256 => p_hash(&keyed::<Hmac<Sha256>>(secret), &seed, length),
        Hash::Sha384 => p_hash(&keyed::<Hmac<Sha384>>(secret), &seed, length),
    }
}

/// HMAC takes keys of any length.
fn keyed<M: Mac + hmac::KeyInit>(secret: &[u8]) -> M {
    <M as hmac::KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length")
}

/// A(0) is the seed, A(i) the MAC of A(i-1); the bytes are the MACs of A(i) with the seed.
fn p_hash<M: Mac + Clone>(keyed: &M, seed: &[u8], length: usize) -> Vec<u8> {
    let mac = |parts: &[&[u8]]| {
        let mut mac = keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let mut bytes = Vec::with_capacity(length + 48);
    let mut a = mac(&[seed]);
    while bytes.len() < length {
        bytes.extend_from_slice(&mac(&[&a, seed]));
        a = mac(&[&a]);
    }
    bytes.truncate(length);
    bytes
}

/// HKDF-Expand-Label without a context (RFC 8446, 7.1). The secret is as long as the hash.
pub(super) fn expand_label(hash: Hash, secret: &[u8], label: &str, length: usize) -> Vec<u8> {
    let label = ["tls13 ", label].concat();
    let byte = |number: usize| u8::try_from(number).expect("labels are a few letters, and hashes at most 48 bytes");
    // An empty context has the length 0.
    let info = [&[0, byte(length), byte(label.len())], label.as_bytes(), &[0]].concat();
    let mut bytes = vec![0; length];
    let done = match hash {
        Hash::Sha256 => Hkdf::<Sha256>::from_prk(secret).map(|hkdf| hkdf.expand(&info, &mut bytes)),
        Hash::Sha384 => Hkdf::<Sha384>::from_prk(secret).map(|hkdf| hkdf.expand(&info, &mut bytes)),
    };
    done.expect("a secret as long as the hash").expect("less than 255 times the hash");
    bytes
}

/// The traffic secret that follows when a side takes new keys (RFC 8446, 7.2).
pub(crate) fn next_secret(hash: Hash, secret: &[u8]) -> Vec<u8> {
    expand_label(hash, secret, "traffic upd", hash.length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::hex;

    /// RFC 8448, 3: the server's handshake traffic secret, and what is made of it.
    #[test]
    fn keys_of_tls13_are_those_of_the_trace_in_rfc_8448() {
        let secret: Vec<u8> = [
            0xb6, 0x7b, 0x7d, 0x69, 0x0c, 0xc1, 0x6c, 0x4e, 0x75, 0xe5, 0x42, 0x13, 0xcb, 0x2d, 0x37, 0xb4, 0xe9, 0xc9,
            0x12, 0xbc, 0xde, 0xd9, 0x10, 0x5d, 0x42, 0xbe, 0xfd, 0x59, 0xd3, 0x91, 0xad, 0x38,
        ]
        .into();
        assert_eq!(hex(&expand_label(Hash::Sha256, &secret, "key", 16)), "3fce516009c21727d0f2e4e86ee403bc");
        assert_eq!(hex(&expand_label(Hash::Sha256, &secret, "iv", 12)), "5d313eb2671276ee13000b30");
    }

    /// The vector for SHA-256 that was posted to the list of the TLS working group and that libraries test with.
    #[test]
    fn the_pseudo_random_function_of_tls12_is_right() {
        let secret = [0x9b, 0xbe, 0x43, 0x6b, 0xa9, 0x40, 0xf0, 0x17, 0xb1, 0x76, 0x52, 0x84, 0x9a, 0x71, 0xdb, 0x35];
        let seed = [0xa0, 0xba, 0x9f, 0x93, 0x6c, 0xda, 0x31, 0x18, 0x27, 0xa6, 0xf7, 0x96, 0xff, 0xd5, 0x19, 0x8c];
        let bytes = prf(Hash::Sha256, &secret, b"test label", &seed, 100);
        assert_eq!(hex(&bytes[..16]), "e3f229ba727be17b8d122620557cd453");
        assert_eq!(hex(&bytes[84..]), "22ee42c5a72e5a5110fff70187347b66");
    }
}
