//! What a link puts around what it carries.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use crate::packet::LinkType;
use crate::remark::Trouble;

/// `EtherType` of IPv4.
pub const IPV4: u16 = 0x0800;
/// `EtherType` of IPv6.
pub const IPV6: u16 = 0x86dd;

/// `EtherType`s of VLAN tags: IEEE 802.1Q, 802.1ad, and what some switches used before that.
const VLAN_TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];

/// A packet without what its link put around it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Carried<'a> {
    /// The MAC address of the sender, where the link has one.
    pub source: Option<[u8; 6]>,
    /// The MAC address of the receiver, where the link has one.
    pub destination: Option<[u8; 6]>,
    /// The VLANs of its tags, outermost first.
    pub vlans: Vec<u16>,
    /// What the payload is, as IEEE 802 numbers it; up to 1500 it is the length of an IEEE 802.3 frame instead.
    pub ether_type: u16,
    /// What is carried, with the padding of the link.
    pub payload: &'a [u8],
}

/// Takes off what the link put around a packet.
///
/// # Errors
///
/// The packet is shorter than the link's header, or a link that carries IP alone carries something else.
pub fn carried(link: LinkType, bytes: &[u8]) -> Result<Carried<'_>, Trouble> {
    let header = |expected: usize| {
        bytes.split_at_checked(expected).ok_or(Trouble::ShortLink { link, length: bytes.len(), expected })
    };
    let bare =
        |ether_type, payload| Carried { source: None, destination: None, vlans: Vec::new(), ether_type, payload };
    match link {
        LinkType::Ethernet => {
            let (head, payload) = header(14)?;
            let head = Ethernet2HeaderSlice::from_slice(head).map_err(|_| Trouble::ShortLink {
                link,
                length: bytes.len(),
                expected: 14,
            })?;
            without_tags(
                link,
                Carried {
                    source: Some(head.source()),
                    destination: Some(head.destination()),
                    ..bare(head.ether_type().0, payload)
                },
            )
        }
        LinkType::LinuxCooked => {
            // Packet type, kind of hardware, length of its address, the address, protocol.
            let (head, payload) = header(16)?;
            let source = hardware_address(head[5], &head[6..14]);
            let destination = everybody(u16::from_be_bytes([head[0], head[1]]));
            let ether_type = u16::from_be_bytes([head[14], head[15]]);
            without_tags(link, Carried { source, destination, ..bare(ether_type, payload) })
        }
        LinkType::LinuxCooked2 => {
            // Protocol, reserved, interface, kind of hardware, packet type, length of its address, the address.
            let (head, payload) = header(20)?;
            let source = hardware_address(head[11], &head[12..20]);
            let destination = everybody(head[10].into());
            without_tags(link, Carried { source, destination, ..bare(u16::from_be_bytes([head[0], head[1]]), payload) })
        }
        LinkType::Null | LinkType::Loop => {
            let (family, payload) = header(4)?;
            // The order of bytes is that of the machine that captured, and families have small numbers.
            let family = u32::from_le_bytes([family[0], family[1], family[2], family[3]]);
            match family.min(family.swap_bytes()) {
                2 => Ok(bare(IPV4, payload)),
                // Linux, NetBSD, FreeBSD, macOS.
                10 | 24 | 28 | 30 => Ok(bare(IPV6, payload)),
                found => Err(Trouble::NotIp { link, found }),
            }
        }
        LinkType::Raw => {
            let (first, _) = header(1)?;
            match first[0] >> 4 {
                4 => Ok(bare(IPV4, bytes)),
                6 => Ok(bare(IPV6, bytes)),
                found => Err(Trouble::NotIp { link, found: found.into() }),
            }
        }
        LinkType::Ipv4 => Ok(bare(IPV4, bytes)),
        LinkType::Ipv6 => Ok(bare(IPV6, bytes)),
    }
}

/// To whom a packet goes, by its type in a Linux cooked header: of one for everybody that is known, of others it is not kept.
fn everybody(packet_type: u16) -> Option<[u8; 6]> {
    const BROADCAST: u16 = 1;
    (packet_type == BROADCAST).then_some([0xff; 6])
}

/// The sender's address in a Linux cooked header, when it is that of an Ethernet.
fn hardware_address(length: u8, field: &[u8]) -> Option<[u8; 6]> {
    field.first_chunk().copied().filter(|_| length == 6)
}

fn without_tags(link: LinkType, mut carried: Carried<'_>) -> Result<Carried<'_>, Trouble> {
    while VLAN_TAGS.contains(&carried.ether_type) {
        let tag = SingleVlanHeaderSlice::from_slice(carried.payload).map_err(|_| Trouble::ShortLink {
            link,
            length: carried.payload.len(),
            expected: 4,
        })?;
        carried.vlans.push(tag.vlan_identifier().value());
        carried.ether_type = tag.ether_type().0;
        carried.payload = &carried.payload[4..];
    }
    Ok(carried)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{linux_cooked, linux_cooked2};

    #[test]
    fn a_cooked_packet_says_whether_it_is_for_everybody() {
        let mut first = linux_cooked(0x88e1, &[1; 46]);
        let mut second = linux_cooked2(0x88e1, &[1; 46]);
        for (packet_type, expected) in [(0, None), (1, Some([0xff; 6])), (2, None), (4, None)] {
            first[1] = packet_type;
            second[10] = packet_type;
            for (link, bytes) in [(LinkType::LinuxCooked, &first), (LinkType::LinuxCooked2, &second)] {
                assert_eq!(
                    carried(link, bytes).map(|carried| carried.destination),
                    Ok(expected),
                    "{link}, {packet_type}"
                );
            }
        }
    }
}
