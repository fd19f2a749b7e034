//! SDP, the discovery of the charger's controller (ISO 15118-2 clause 7.10.1).
//!
//! The car sends its question to everybody on the link, `ff02::1` port 15118, at most 50 times, a quarter of a second apart; the
//! charger answers the sender with the address and port at which it accepts a connection.

use std::net::{Ipv6Addr, SocketAddrV6};

use serde::Serialize;

use crate::v2gtp::PayloadType;

/// The UDP port of the charger.
pub const PORT: u16 = 15118;

/// To whom the car's question goes: all nodes on the link.
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// The ports at which a charger may accept connections begin here.
pub const FIRST_TCP_PORT: u16 = 49152;

/// Whether the connection is to be protected.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
pub enum Security {
    /// With TLS.
    Tls,
    /// Without.
    None,
    /// A value that the standard does not know.
    Reserved(u8),
}

/// What carries the connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
pub enum Transport {
    /// TCP, the only one that is used.
    Tcp,
    /// UDP, reserved.
    Udp,
    /// A value that the standard does not know.
    Reserved(u8),
}

impl Security {
    const fn of(octet: u8) -> Self {
        match octet {
            0x00 => Self::Tls,
            0x10 => Self::None,
            other => Self::Reserved(other),
        }
    }

    const fn octet(self) -> u8 {
        match self {
            Self::Tls => 0x00,
            Self::None => 0x10,
            Self::Reserved(octet) => octet,
        }
    }
}

impl Transport {
    const fn of(octet: u8) -> Self {
        match octet {
            0x00 => Self::Tcp,
            0x10 => Self::Udp,
            other => Self::Reserved(other),
        }
    }

    const fn octet(self) -> u8 {
        match self {
            Self::Tcp => 0x00,
            Self::Udp => 0x10,
            Self::Reserved(octet) => octet,
        }
    }
}

/// The car's question.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Request {
    /// What it wants of the connection.
    pub security: Security,
    /// What carries it.
    pub transport: Transport,
}

/// The charger's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Response {
    /// Where it accepts a connection: an address of this link.
    pub address: Ipv6Addr,
    /// The TCP port, 49152 or above.
    pub port: u16,
    /// What it offers.
    pub security: Security,
    /// What carries it.
    pub transport: Transport,
}

/// A payload of SDP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Message {
    /// The car's question.
    Request(Request),
    /// The charger's answer.
    Response(Response),
}

/// A payload that is none of SDP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SdpError {
    /// Too few or too many octets.
    #[error("an SDP {what} of {found} octets: expected {expected}")]
    Length {
        /// Which of the two.
        what: &'static str,
        /// How many came.
        found: usize,
        /// How many belong there.
        expected: usize,
    },
    /// A payload type of something else.
    #[error("payload type {0} is none of SDP")]
    PayloadType(PayloadType),
}

impl Message {
    /// What a payload says.
    ///
    /// # Errors
    ///
    /// A payload type of something else, or a wrong length.
    pub fn decode(payload_type: PayloadType, payload: &[u8]) -> Result<Self, SdpError> {
        match payload_type {
            PayloadType::SDP_REQUEST => match *payload {
                [security, transport] => {
                    Ok(Self::Request(Request { security: Security::of(security), transport: Transport::of(transport) }))
                }
                _ => Err(SdpError::Length { what: "request", found: payload.len(), expected: 2 }),
            },
            PayloadType::SDP_RESPONSE => match payload.split_first_chunk::<16>() {
                Some((address, &[high, low, security, transport])) => Ok(Self::Response(Response {
                    address: Ipv6Addr::from(*address),
                    port: u16::from_be_bytes([high, low]),
                    security: Security::of(security),
                    transport: Transport::of(transport),
                })),
                _ => Err(SdpError::Length { what: "response", found: payload.len(), expected: 20 }),
            },
            other => Err(SdpError::PayloadType(other)),
        }
    }

    /// Its payload type and payload.
    #[must_use]
    pub fn encode(&self) -> (PayloadType, Vec<u8>) {
        match self {
            Self::Request(Request { security, transport }) => {
                (PayloadType::SDP_REQUEST, vec![security.octet(), transport.octet()])
            }
            Self::Response(Response { address, port, security, transport }) => {
                let mut payload = address.octets().to_vec();
                payload.extend(port.to_be_bytes());
                payload.extend([security.octet(), transport.octet()]);
                (PayloadType::SDP_RESPONSE, payload)
            }
        }
    }
}

impl Response {
    /// Where it accepts a connection, on the link with that number.
    #[must_use]
    pub const fn socket(&self, link: u32) -> SocketAddrV6 {
        SocketAddrV6::new(self.address, self.port, 0, link)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_car_that_wants_tls_and_a_charger_that_has_none() {
        let question = Message::Request(Request { security: Security::Tls, transport: Transport::Tcp });
        assert_eq!(question.encode(), (PayloadType::SDP_REQUEST, vec![0x00, 0x00]));
        let answer =
            [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x01, 0x87, 0xff, 0xfe, 0x01, 0x02, 0x03, 0xef, 0x9d, 0x10, 0x00];
        let Ok(Message::Response(response)) = Message::decode(PayloadType::SDP_RESPONSE, &answer) else {
            panic!("an answer")
        };
        assert_eq!((response.port, response.security, response.transport), (61341, Security::None, Transport::Tcp));
        assert_eq!(response.socket(3).to_string(), "[fe80::201:87ff:fe01:203%3]:61341");
    }

    #[test]
    fn a_wrong_length_says_what_was_expected() {
        let error = Message::decode(PayloadType::SDP_RESPONSE, &[0; 19]).unwrap_err();
        assert_eq!(error.to_string(), "an SDP response of 19 octets: expected 20");
        let error = Message::decode(PayloadType::EXI, &[]).unwrap_err();
        assert_eq!(error.to_string(), "payload type 0x8001 (EXI) is none of SDP");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(payload in prop_oneof![prop::collection::vec(any::<u8>(), 2), prop::collection::vec(any::<u8>(), 20)]) {
            let kind = if payload.len() == 2 { PayloadType::SDP_REQUEST } else { PayloadType::SDP_RESPONSE };
            prop_assert_eq!(Message::decode(kind, &payload).unwrap().encode(), (kind, payload));
        }
    }
}
