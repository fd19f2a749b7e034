//! Chains of certificates, as they are shown in a handshake.

use crate::fields::{Fields, TooShort};

/// The chain of a Certificate message of TLS 1.2 (RFC 5246, 7.4.2).
pub(crate) fn tls12_certificates(body: &[u8]) -> Result<Vec<Vec<u8>>, TooShort> {
    let mut list = Fields::new(Fields::new(body).vector24()?);
    let mut chain = Vec::new();
    while !list.is_empty() {
        chain.push(list.vector24()?.to_vec());
    }
    Ok(chain)
}

/// The chain of a Certificate message of TLS 1.3 (RFC 8446, 4.4.2): each has extensions, which are passed over.
pub(crate) fn tls13_certificates(body: &[u8]) -> Result<Vec<Vec<u8>>, TooShort> {
    let mut fields = Fields::new(body);
    let _context = fields.vector8()?;
    let mut list = Fields::new(fields.vector24()?);
    let mut chain = Vec::new();
    while !list.is_empty() {
        chain.push(list.vector24()?.to_vec());
        let _extensions = list.vector16()?;
    }
    Ok(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_read_in_both_versions() {
        let chain = Ok(vec![vec![1, 2], vec![3]]);
        assert_eq!(tls12_certificates(&[0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 1, 3]), chain);
        assert_eq!(tls13_certificates(&[1, 9, 0, 0, 14, 0, 0, 2, 1, 2, 0, 1, 9, 0, 0, 1, 3, 0, 0]), chain);
        assert_eq!(tls12_certificates(&[0, 0, 0]), Ok(vec![]), "a client that has none");
        assert_eq!(tls13_certificates(&[0, 0, 0, 4, 0, 0, 1, 3]), Err(TooShort), "no extensions");
    }
}
