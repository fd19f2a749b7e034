//! HomePlug AV management messages on Ethernet: enough to ask a Green PHY modem who it is and whether it is alive.
//!
//! ```text
//!   destination 6 | source 6 | 88 E1 | version | type (little endian) | ...
//!     version 1 (CM_*): fragment 2 | entry
//!     version 0, vendor (type A000 and above): OUI 00 B0 52 | entry
//! ```
//!
//! A modem answers at [`LOCAL_MODEM`] whatever its own address is. Matching with a car (SLAC) is no matter of this module.

/// An Ethernet address.
pub type MacAddress = [u8; 6];

/// The EtherType of HomePlug AV.
pub const ETHER_TYPE: u16 = 0x88e1;

/// The address at which the modem on this very wire answers.
pub const LOCAL_MODEM: MacAddress = [0x00, 0xb0, 0x52, 0x00, 0x00, 0x01];

/// The shortest Ethernet frame, without its check sequence. Shorter ones are padded with zeros.
pub const MIN_FRAME: usize = 60;

/// The identifier of the vendor whose messages these are.
const OUI: [u8; 3] = [0x00, 0xb0, 0x52];

const CM_SET_KEY: u16 = 0x6008;
const VS_SW_VER: u16 = 0xa000;
const LINK_STATUS: u16 = 0xa0b8;
/// Added to the type of a request, it is the type of its confirmation.
const CONFIRM: u16 = 1;

/// One frame of management.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// To whom.
    pub destination: MacAddress,
    /// From whom.
    pub source: MacAddress,
    /// What it says.
    pub message: Message,
}

/// What a frame says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// CM_SET_KEY.REQ: use this network membership key.
    SetKey(SetKey),
    /// CM_SET_KEY.CNF.
    SetKeyConfirm(SetKeyConfirm),
    /// VS_SW_VER.REQ: what software do you run?
    Version,
    /// VS_SW_VER.CNF.
    VersionConfirm(ModemVersion),
    /// LINK_STATUS.REQ: is there a link to another modem?
    LinkStatus,
    /// LINK_STATUS.CNF.
    LinkStatusConfirm {
        /// Another modem has joined.
        linked: bool,
    },
    /// Any other message, by its type; its entry is not looked into.
    Other(u16),
}

/// A key for the modem's network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetKey {
    /// Drawn by the sender; comes back in the answer.
    pub nonce: u32,
    /// Network identifier, 54 bits.
    pub nid: [u8; 7],
    /// Network membership key.
    pub nmk: [u8; 16],
}

/// The modem's answer to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetKeyConfirm {
    /// HomePlug AV says 0 for success; the modems in chargers answer 1 and use the key all the same. Do not judge by it.
    pub result: u8,
    /// Drawn by the modem.
    pub nonce: u32,
    /// The nonce of the request.
    pub your_nonce: u32,
}

/// The software of a modem.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModemVersion {
    /// 0 when the modem can tell.
    pub status: u8,
    /// The vendor's number of the chip.
    pub device: u8,
    /// The version in the vendor's words; bytes that are no printable ASCII are shown as `.`.
    pub version: String,
}

/// Bytes that are no frame of management.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// Shorter than its header or its entry.
    #[error("the frame ends after {0} bytes, in the middle of its header or entry")]
    Short(usize),
    /// Another protocol.
    #[error("EtherType {0:#06x}: expected 0x88e1")]
    EtherType(u16),
    /// A version of the header that is not known here.
    #[error("HomePlug AV header version {0}: expected 0 or 1")]
    Version(u8),
}

impl Frame {
    /// The bytes of the frame, padded to the shortest length Ethernet takes.
    ///
    /// A [`Message::Other`] has an empty entry; a version is cut at 255 bytes, the most its length can say.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = [&self.destination[..], &self.source, &ETHER_TYPE.to_be_bytes()].concat();
        let (kind, entry) = match &self.message {
            Message::SetKey(key) => {
                let mut entry = vec![0x01]; // the key is an NMK
                entry.extend(key.nonce.to_le_bytes());
                entry.extend([0; 4]); // the other's nonce is not known yet
                entry.extend([0x04, 0, 0, 0, 0]); // protocol: higher layer; run, message, coordinator: unused
                entry.extend(key.nid);
                entry.push(0x01); // encrypted with a key the modem knows
                entry.extend(key.nmk);
                (CM_SET_KEY, entry)
            }
            Message::SetKeyConfirm(confirm) => {
                let mut entry = vec![confirm.result];
                entry.extend(confirm.nonce.to_le_bytes());
                entry.extend(confirm.your_nonce.to_le_bytes());
                entry.extend([0x04, 0, 0, 0xff, 0]);
                (CM_SET_KEY + CONFIRM, entry)
            }
            Message::Version => (VS_SW_VER, Vec::new()),
            Message::VersionConfirm(ModemVersion { status, device, version }) => {
                let text = &version.as_bytes()[..version.len().min(usize::from(u8::MAX))];
                (VS_SW_VER + CONFIRM, [&[*status, *device, text.len() as u8], text, &[0]].concat())
            }
            Message::LinkStatus => (LINK_STATUS, Vec::new()),
            Message::LinkStatusConfirm { linked } => (LINK_STATUS + CONFIRM, vec![0, u8::from(*linked)]),
            Message::Other(kind) => (*kind, Vec::new()),
        };
        let vendor = is_vendor(kind);
        bytes.push(if vendor { 0 } else { 1 });
        bytes.extend(kind.to_le_bytes());
        bytes.extend_from_slice(if vendor { &OUI } else { &[0, 0] });
        bytes.extend(entry);
        bytes.resize(bytes.len().max(MIN_FRAME), 0);
        bytes
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// It is too short, of another protocol, or of another version of this one.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let short = FrameError::Short(bytes.len());
        let mut rest = Bytes(bytes);
        let (destination, source) = (rest.array().ok_or(short)?, rest.array().ok_or(short)?);
        let ether_type = u16::from_be_bytes(rest.array().ok_or(short)?);
        if ether_type != ETHER_TYPE {
            return Err(FrameError::EtherType(ether_type));
        }
        let [version] = rest.array().ok_or(short)?;
        let kind = u16::from_le_bytes(rest.array().ok_or(short)?);
        match version {
            // Messages of version 0 that no vendor owns begin right here.
            0 if !is_vendor(kind) => {}
            0 => {
                if rest.array::<3>().ok_or(short)? != OUI {
                    return Ok(Self { destination, source, message: Message::Other(kind) });
                }
            }
            1 => {
                rest.array::<2>().ok_or(short)?;
            }
            other => return Err(FrameError::Version(other)),
        }
        let message = rest.message(kind).ok_or(short)?;
        Ok(Self { destination, source, message })
    }
}

/// Types that belong to a vendor.
const fn is_vendor(kind: u16) -> bool {
    kind >= 0xa000
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    /// `None` when the entry is cut short.
    fn message(&mut self, kind: u16) -> Option<Message> {
        const SET_KEY_CONFIRM: u16 = CM_SET_KEY + CONFIRM;
        const VERSION_CONFIRM: u16 = VS_SW_VER + CONFIRM;
        const LINK_CONFIRM: u16 = LINK_STATUS + CONFIRM;
        Some(match kind {
            CM_SET_KEY => {
                let [_kind] = self.array()?;
                let nonce = u32::from_le_bytes(self.array()?);
                let [_your_nonce @ .., _protocol, _, _, _, _] = self.array::<9>()?;
                let nid = self.array()?;
                let [_encryption] = self.array()?;
                Message::SetKey(SetKey { nonce, nid, nmk: self.array()? })
            }
            SET_KEY_CONFIRM => {
                let [result] = self.array()?;
                let (nonce, your_nonce) = (u32::from_le_bytes(self.array()?), u32::from_le_bytes(self.array()?));
                Message::SetKeyConfirm(SetKeyConfirm { result, nonce, your_nonce })
            }
            VS_SW_VER => Message::Version,
            VERSION_CONFIRM => {
                let [status, device, length] = self.array()?;
                let text = self.0.get(..usize::from(length))?;
                let text = text.iter().take_while(|byte| **byte != 0);
                let printable = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
                Message::VersionConfirm(ModemVersion { status, device, version: text.map(printable).collect() })
            }
            LINK_STATUS => Message::LinkStatus,
            LINK_CONFIRM => {
                let [_reserved, status] = self.array()?;
                Message::LinkStatusConfirm { linked: status == 1 }
            }
            other => Message::Other(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOST: MacAddress = [0x02, 0, 0, 0, 0, 0x0a];
    const MODEM: MacAddress = [0x02, 0, 0, 0, 0, 0x0b];

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
        digits.chunks(2).map(|pair| (value(pair[0]) << 4) | value(pair[1])).collect()
    }

    /// What a charger and its modem said to one another before a car was matched; the addresses are not theirs.
    const SET_KEY_SEEN: &str = "00b052000001 02000000000a 88e1 01 0860 0000 01 aaaaaaaa 00000000 04 0000 00 00 \
        7e7298c7272d00 01 4b31413238454641594751394644485a 000000";
    const CONFIRM_SEEN: &str = "02000000000a 02000000000b 88e1 01 0960 0000 01 3c7efacf aaaaaaaa 04 0000 ff 00 \
        00000000 00000000 00000000 00000000 00000000 00000000 000000";

    #[test]
    fn a_key_is_set_as_seen_at_a_charger() {
        let key =
            SetKey { nonce: 0xaaaa_aaaa, nid: [0x7e, 0x72, 0x98, 0xc7, 0x27, 0x2d, 0x00], nmk: *b"K1A28EFAYGQ9FDHZ" };
        let request = Frame { destination: LOCAL_MODEM, source: HOST, message: Message::SetKey(key) };
        assert_eq!(Frame::decode(&hex(SET_KEY_SEEN)), Ok(request.clone()));
        assert_eq!(request.encode(), hex(SET_KEY_SEEN));

        let confirm = SetKeyConfirm { result: 1, nonce: 0xcffa_7e3c, your_nonce: 0xaaaa_aaaa };
        let answer = Frame { destination: HOST, source: MODEM, message: Message::SetKeyConfirm(confirm) };
        assert_eq!(Frame::decode(&hex(CONFIRM_SEEN)), Ok(answer.clone()));
        assert_eq!(answer.encode(), hex(CONFIRM_SEEN));
    }

    #[test]
    fn a_modem_is_asked_who_it_is() {
        let ask = Frame { destination: LOCAL_MODEM, source: HOST, message: Message::Version };
        let bytes = ask.encode();
        assert_eq!(&bytes[..20], &hex("00b052000001 02000000000a 88e1 00 00a0 00b052")[..]);
        assert_eq!(bytes.len(), MIN_FRAME);
        let answer = hex("02000000000a 02000000000b 88e1 00 01a0 00b052 00 22 07 4d41432d514341 00");
        let version = ModemVersion { status: 0, device: 0x22, version: "MAC-QCA".into() };
        assert_eq!(Frame::decode(&answer).map(|frame| frame.message), Ok(Message::VersionConfirm(version)));
    }

    #[test]
    fn what_is_no_management_is_told_apart() {
        assert_eq!(Frame::decode(&[0; 13]), Err(FrameError::Short(13)));
        assert_eq!(Frame::decode(&[0; 60]), Err(FrameError::EtherType(0)));
        assert_eq!(Frame::decode(&hex("02000000000a 02000000000b 88e1 07 0960 0000")), Err(FrameError::Version(7)));
        let other_vendor = hex("02000000000a 02000000000b 88e1 00 01a0 00163b 00 00 00");
        assert_eq!(Frame::decode(&other_vendor).map(|frame| frame.message), Ok(Message::Other(0xa001)));
        // A version that claims more bytes than there are.
        assert_eq!(
            Frame::decode(&hex("02000000000a 02000000000b 88e1 00 01a0 00b052 00 22 ff 41")),
            Err(FrameError::Short(24))
        );
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            (any::<u32>(), any::<[u8; 7]>(), any::<[u8; 16]>()).prop_map(|(nonce, nid, nmk)| Message::SetKey(SetKey {
                nonce,
                nid,
                nmk
            })),
            (any::<u8>(), any::<u32>(), any::<u32>()).prop_map(|(result, nonce, your_nonce)| {
                Message::SetKeyConfirm(SetKeyConfirm { result, nonce, your_nonce })
            }),
            Just(Message::Version),
            (any::<u8>(), any::<u8>(), "[ -~]{0,255}").prop_map(|(status, device, version)| {
                Message::VersionConfirm(ModemVersion { status, device, version })
            }),
            Just(Message::LinkStatus),
            any::<bool>().prop_map(|linked| Message::LinkStatusConfirm { linked }),
            (0x6064u16..0x6090).prop_map(Message::Other),
        ]
    }

    proptest! {
        #[test]
        fn a_frame_comes_out_as_it_went_in(destination: MacAddress, source: MacAddress, message in message()) {
            let frame = Frame { destination, source, message };
            prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), ours: bool, kind in 0usize..8) {
            if let (true, Some(header)) = (ours, bytes.get_mut(12..20)) {
                header[..2].copy_from_slice(&ETHER_TYPE.to_be_bytes());
                header[2] &= 1;
                let kinds = [0x6008u16, 0x6009, 0xa000, 0xa001, 0xa0b8, 0xa0b9, 0x6064, 0xffff];
                header[3..5].copy_from_slice(&kinds[kind].to_le_bytes());
                header[5..8].copy_from_slice(&OUI);
            }
            if let Ok(frame) = Frame::decode(&bytes) {
                prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
            }
        }
    }
}
