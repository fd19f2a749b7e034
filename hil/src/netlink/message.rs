//! Messages of NETLINK_ROUTE as bytes: what is asked of the kernel about interfaces and IPv6 addresses, and what it answers.

use std::net::Ipv6Addr;

/// `RTM_NEWLINK`, `RTM_DELLINK`, `RTM_GETLINK` of `linux/rtnetlink.h`.
const NEW_LINK: u16 = 16;
const DEL_LINK: u16 = 17;
const GET_LINK: u16 = 18;
/// `RTM_NEWADDR`, `RTM_DELADDR`, `RTM_GETADDR`.
const NEW_ADDRESS: u16 = 20;
const DEL_ADDRESS: u16 = 21;
const GET_ADDRESS: u16 = 22;
/// `NLMSG_ERROR`, `NLMSG_DONE` of `linux/netlink.h`.
const ERROR: u16 = 2;
const DONE: u16 = 3;

/// `NLM_F_REQUEST`; with `NLM_F_DUMP` everything that there is of a kind.
const REQUEST: u16 = 0x1;
const DUMP: u16 = 0x300;

/// `IFLA_IFNAME`, `IFA_ADDRESS`, `IFA_LOCAL`.
const NAME: u16 = 3;
const ADDRESS: u16 = 1;
const LOCAL: u16 = 2;

/// `IFF_UP`.
const UP: u32 = 0x1;
/// `RT_SCOPE_LINK`.
const LINK_SCOPE: u8 = 253;
/// `IFA_F_DADFAILED`, `IFA_F_TENTATIVE` of `linux/if_addr.h`.
const TAKEN: u8 = 0x08;
const TENTATIVE: u8 = 0x40;

/// `struct nlmsghdr`, and `struct ifinfomsg`, `struct ifaddrmsg` behind it.
const HEADER: usize = 16;
const LINK_BODY: usize = 16;
const ADDRESS_BODY: usize = 8;

/// Whether an address can be spoken from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readiness {
    /// It can.
    Usable,
    /// The kernel still asks whether somebody else on the link has it.
    Tentative,
    /// Somebody else has it.
    Taken,
}

/// What one message says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// There is an interface of that number.
    Link { index: u32, up: bool },
    /// It is there no more.
    LinkGone { index: u32 },
    /// An interface has a link-local address.
    LinkLocal { index: u32, address: Ipv6Addr, readiness: Readiness },
    /// An address of an interface has gone, or has come and is not link-local.
    OtherAddress { index: u32 },
    /// A request is answered, or failed with an error number of the kernel.
    End(i32),
    /// Something else.
    Other,
}

impl Said {
    /// The interface that it is about.
    pub(super) const fn index(&self) -> Option<u32> {
        match self {
            Self::Link { index, .. }
            | Self::LinkGone { index }
            | Self::LinkLocal { index, .. }
            | Self::OtherAddress { index } => Some(*index),
            Self::End(_) | Self::Other => None,
        }
    }
}

/// Asks for the interface of that name: one message answers.
pub(super) fn ask_link(name: &str) -> Vec<u8> {
    let mut text = name.as_bytes().to_vec();
    text.push(0);
    let mut body = vec![0; LINK_BODY];
    body.extend(u16::try_from(4 + text.len()).unwrap_or(u16::MAX).to_ne_bytes());
    body.extend(NAME.to_ne_bytes());
    body.extend(text);
    body.resize(body.len().next_multiple_of(4), 0);
    request(GET_LINK, REQUEST, &body)
}

/// Asks for all IPv6 addresses of all interfaces: many messages answer, the last one is [`Said::End`].
pub(super) fn ask_addresses() -> Vec<u8> {
    let mut body = [0; ADDRESS_BODY];
    body[0] = u8::try_from(libc::AF_INET6).unwrap_or_default();
    request(GET_ADDRESS, REQUEST | DUMP, &body)
}

fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // A socket asks one thing at a time: no number is needed. The kernel fills in who asks.
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// What the messages of one datagram say. The last one may have been cut; what was cut off is not missed here.
pub(super) fn read(mut datagram: &[u8]) -> Vec<Said> {
    let mut all = Vec::new();
    while let Some((length, kind)) = u32_at(datagram, 0).zip(u16_at(datagram, 4)) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length < HEADER {
            break;
        }
        let end = length.min(datagram.len());
        all.push(one(kind, datagram.get(HEADER..end).unwrap_or_default()));
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    all
}

fn one(kind: u16, body: &[u8]) -> Said {
    let link = u32_at(body, 4).zip(u32_at(body, 8));
    match kind {
        NEW_LINK => link.map_or(Said::Other, |(index, flags)| Said::Link { index, up: flags & UP != 0 }),
        DEL_LINK => link.map_or(Said::Other, |(index, _)| Said::LinkGone { index }),
        NEW_ADDRESS => address(body).unwrap_or(Said::Other),
        DEL_ADDRESS => u32_at(body, 4).map_or(Said::Other, |index| Said::OtherAddress { index }),
        // An error number is negative; 0 says that all is well.
        ERROR => Said::End(u32_at(body, 0).map_or(libc::EIO, |number| number.cast_signed().wrapping_neg())),
        DONE => Said::End(0),
        _ => Said::Other,
    }
}

fn address(body: &[u8]) -> Option<Said> {
    let (family, flags, scope, index) = (*body.first()?, *body.get(2)?, *body.get(3)?, u32_at(body, 4)?);
    if i32::from(family) != libc::AF_INET6 || scope != LINK_SCOPE {
        return Some(Said::OtherAddress { index });
    }
    let attributes = body.get(ADDRESS_BODY..)?;
    // Where both are there, the first is the other end's.
    let octets = attribute(attributes, LOCAL).or_else(|| attribute(attributes, ADDRESS))?;
    let address = Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?);
    let readiness = match flags {
        _ if flags & TAKEN != 0 => Readiness::Taken,
        _ if flags & TENTATIVE != 0 => Readiness::Tentative,
        _ => Readiness::Usable,
    };
    Some(Said::LinkLocal { index, address, readiness })
}

/// The value of the first attribute of that kind.
fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (length, kind) = (usize::from(u16_at(attributes, 0)?), u16_at(attributes, 2)?);
        let value = attributes.get(4..length)?;
        if kind == wanted {
            return Some(value);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0xb0, 0x52ff, 0xfe00, 1);

    /// An address of interface 3, as the kernel tells it.
    fn address_message(flags: u8, scope: u8) -> Vec<u8> {
        let mut body = vec![u8::try_from(libc::AF_INET6).expect("small"), 64, flags, scope];
        body.extend(3_u32.to_ne_bytes());
        // Something else first: `IFA_CACHEINFO`.
        body.extend([20_u16.to_ne_bytes(), 6_u16.to_ne_bytes()].concat());
        body.extend([0; 16]);
        body.extend([20_u16.to_ne_bytes(), ADDRESS.to_ne_bytes()].concat());
        body.extend(OWN.octets());
        request(NEW_ADDRESS, 0, &body)
    }

    fn link_message(kind: u16, flags: u32) -> Vec<u8> {
        let mut body = vec![0; LINK_BODY];
        body[4..8].copy_from_slice(&3_u32.to_ne_bytes());
        body[8..12].copy_from_slice(&flags.to_ne_bytes());
        request(kind, 0, &body)
    }

    #[test]
    fn an_address_is_used_once_nobody_else_has_claimed_it() {
        for (flags, readiness) in [
            (0x80, Readiness::Usable),
            (0xc0, Readiness::Tentative),
            (0xc8, Readiness::Taken),
            (0x00, Readiness::Usable),
        ] {
            let said = read(&address_message(flags, LINK_SCOPE));
            assert_eq!(said, [Said::LinkLocal { index: 3, address: OWN, readiness }], "{flags:x}");
        }
        assert_eq!(read(&address_message(0x80, 0)), [Said::OtherAddress { index: 3 }], "a global one");
    }

    #[test]
    fn several_messages_of_a_datagram_are_read_and_the_last_one_may_be_cut() {
        let done = request(DONE, 0, &[0; 4]);
        let missing = request(ERROR, 0, &(-libc::ENODEV).to_ne_bytes());
        let both =
            [link_message(NEW_LINK, 0x1003), link_message(NEW_LINK, 0x1002), link_message(DEL_LINK, 0), done].concat();
        let expected = [
            Said::Link { index: 3, up: true },
            Said::Link { index: 3, up: false },
            Said::LinkGone { index: 3 },
            Said::End(0),
        ];
        assert_eq!(read(&both), expected);
        assert_eq!(read(&both[..HEADER + 12]), [Said::Link { index: 3, up: true }], "its attributes are cut off");
        assert_eq!(read(&missing), [Said::End(libc::ENODEV)]);
        assert_eq!(read(&[]), []);
    }

    #[test]
    fn a_request_has_its_length_and_the_name_with_an_end() {
        let ask = ask_link("plc0");
        assert_eq!((ask.len(), u32_at(&ask, 0), u16_at(&ask, 4)), (44, Some(44), Some(GET_LINK)));
        assert_eq!(&ask[32..], &[&9_u16.to_ne_bytes()[..], &NAME.to_ne_bytes(), b"plc0\0\0\0\0"].concat());
        let ask = ask_addresses();
        assert_eq!((ask.len(), u16_at(&ask, 6)), (24, Some(0x301)));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_to_its_end(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u16..24) {
            let mut message = request(kind, 0, &bytes);
            prop_assert!(read(&message).len() <= 1);
            message.extend(&bytes);
            let _ = read(&message);
            let _ = read(&bytes);
        }
    }
}
