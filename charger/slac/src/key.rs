//! The network of two modems: its key, the identifier that follows from it, and CM_SET_KEY, by which a host gives both to its
//! modem.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::octets::octets;

octets!(
    /// A network membership key. Whoever has it is in the network.
    Nmk, 16, ""
);
octets!(
    /// A network identifier: 54 bits, 52 that follow from the key and two for the security level. The highest two bits are 0.
    Nid, 7, ""
);

impl Nid {
    /// The security level of all networks of charging: simple connect.
    pub const SIMPLE_CONNECT: u8 = 0;

    /// The identifier of the network with this key: SHA-256 over the key, and four times more over its own result. The highest
    /// four bits of the seventh byte move to its low half, and the level comes above them.
    #[must_use]
    pub fn of(nmk: &Nmk, level: u8) -> Self {
        const MORE_ROUNDS: u32 = 4;
        let mut hash = Sha256::digest(nmk.0);
        for _ in 0..MORE_ROUNDS {
            hash = Sha256::digest(hash);
        }
        let mut nid = [0; 7];
        nid.copy_from_slice(&hash[..7]);
        nid[6] = (nid[6] >> 4) | ((level & 0b11) << 4);
        Self(nid)
    }

    /// The security level: 0 simple connect, 1 secure.
    #[must_use]
    pub const fn level(self) -> u8 {
        (self.0[6] >> 4) & 0b11
    }
}

/// CM_SET_KEY.REQ, from a host to its modem: be in this network.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct SetKeyReq {
    /// 1: the key is an NMK.
    pub key_type: u8,
    /// Drawn by the sender; comes back in the answer. Every captured charger says `aaaaaaaa`.
    pub nonce: u32,
    /// The other's, which is not known yet: 0.
    pub your_nonce: u32,
    /// The protocol (PID). 4: of the higher layer.
    pub protocol: u8,
    /// The run of the protocol (PRN); unused, 0.
    pub run: u16,
    /// The message of the protocol (PMN); unused, 0.
    pub message: u8,
    /// What the modem can as coordinator (CCo capability); 0.
    pub coordinator: u8,
    /// The network.
    pub nid: Nid,
    /// How the key is encrypted (new EKS). 1: with a key the modem knows.
    pub encryption: u8,
    /// Its key.
    pub nmk: Nmk,
}

impl SetKeyReq {
    /// The request of ISO 15118-3.
    #[must_use]
    pub const fn new(nonce: u32, nid: Nid, nmk: Nmk) -> Self {
        Self {
            key_type: 1,
            nonce,
            your_nonce: 0,
            protocol: 4,
            run: 0,
            message: 0,
            coordinator: 0,
            nid,
            encryption: 1,
            nmk,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            key_type: reader.byte("key type")?,
            nonce: reader.u32("my nonce")?,
            your_nonce: reader.u32("your nonce")?,
            protocol: reader.byte("PID")?,
            run: reader.u16("PRN")?,
            message: reader.byte("PMN")?,
            coordinator: reader.byte("CCo capability")?,
            nid: Nid(reader.array("NID")?),
            encryption: reader.byte("new EKS")?,
            nmk: Nmk(reader.array("new key")?),
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.key_type);
        out.extend(self.nonce.to_le_bytes());
        out.extend(self.your_nonce.to_le_bytes());
        out.push(self.protocol);
        out.extend(self.run.to_le_bytes());
        out.extend([self.message, self.coordinator]);
        out.extend(self.nid.0);
        out.push(self.encryption);
        out.extend(self.nmk.0);
    }
}

/// CM_SET_KEY.CNF: the modem's answer to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct SetKeyCnf {
    /// HomePlug AV says 0 for success; the modems in all captures answer 1 and use the key all the same. Do not judge by it.
    pub result: u8,
    /// Drawn by the modem.
    pub nonce: u32,
    /// The nonce of the request.
    pub your_nonce: u32,
    /// The protocol (PID) of the request.
    pub protocol: u8,
    /// The run of the protocol (PRN).
    pub run: u16,
    /// The message of the protocol (PMN). Captured modems say `ff`.
    pub message: u8,
    /// What the modem can as coordinator (CCo capability).
    pub coordinator: u8,
}

impl SetKeyCnf {
    /// An answer as captured modems give it.
    #[must_use]
    pub const fn new(result: u8, nonce: u32, your_nonce: u32) -> Self {
        Self { result, nonce, your_nonce, protocol: 4, run: 0, message: 0xff, coordinator: 0 }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            result: reader.byte("result")?,
            nonce: reader.u32("my nonce")?,
            your_nonce: reader.u32("your nonce")?,
            protocol: reader.byte("PID")?,
            run: reader.u16("PRN")?,
            message: reader.byte("PMN")?,
            coordinator: reader.byte("CCo capability")?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.result);
        out.extend(self.nonce.to_le_bytes());
        out.extend(self.your_nonce.to_le_bytes());
        out.push(self.protocol);
        out.extend(self.run.to_le_bytes());
        out.extend([self.message, self.coordinator]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nmk(text: &str) -> Nmk {
        let number = u128::from_str_radix(text, 16).expect("32 digits");
        Nmk(number.to_be_bytes())
    }

    /// Keys that the public tools for Qualcomm's modems come with: those of the passwords `HomePlugAV` and `HomePlugAV0123`.
    #[test]
    fn a_network_has_the_identifier_that_the_public_tools_give_it() {
        let nid = |text| Nid::of(&nmk(text), Nid::SIMPLE_CONNECT).to_string();
        assert_eq!(nid("50d3e4933f855b7040784df815aa8db7"), "b0f2e695666b03");
        assert_eq!(nid("b59319d7e8157ba001b018669ccee30d"), "026bcba5354e08");
    }

    /// Two keys from captures of chargers.
    #[test]
    fn and_the_one_that_chargers_give_it() {
        let nid = |key: &[u8; 16]| Nid::of(&Nmk(*key), Nid::SIMPLE_CONNECT).to_string();
        assert_eq!(nid(b"K1A28EFAYGQ9FDHZ"), "7e7298c7272d00");
        assert_eq!(nid(b"LXS366DNB4QONFSX"), "72f585e3a3e507");
    }

    #[test]
    fn the_security_level_stands_above_the_hash() {
        let key = nmk("50d3e4933f855b7040784df815aa8db7");
        let secure = Nid::of(&key, 1);
        assert_eq!((secure.to_string().as_str(), secure.level()), ("b0f2e695666b13", 1));
        assert_eq!(Nid::of(&key, 0xff).0[6] & 0xc0, 0, "an identifier has 54 bits");
    }
}
