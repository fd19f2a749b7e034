//! What the board says to the host.

use super::MessageError;
use super::protobuf::{Fields, MAX_FIRMWARE, Writer};
use super::state::BoardState;

/// Who the board is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Info {
    /// The version of its messages.
    pub protocol: u16,
    /// Its firmware, as it names it; cut at 64 bytes.
    pub firmware: String,
    /// The start that it is in; its next host begins the one after. After a boot it is a random number, so that no host of
    /// before finds itself in it.
    pub start: u32,
}

/// An event of a Tux-EVSE firmware, with its number on the wire. The names are theirs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the board's own names; what each means to us stands in `PlainHost::hear`")]
pub enum PlainEvent {
    CarPluggedIn = 0,
    CarRequestedPower = 1,
    PowerOn = 2,
    PowerOff = 3,
    CarRequestedStopPower = 4,
    CarUnplugged = 5,
    ErrorE = 6,
    ErrorDf = 7,
    ErrorRelais = 8,
    ErrorRcd = 9,
    VentilationNotAvailable = 10,
    OverCurrent = 11,
    EfToBcd = 12,
    BcdToEf = 13,
    PermanentFault = 14,
    ReplugStarted = 15,
    ReplugFinished = 16,
    PpNc = 17,
    Pp13A = 18,
    Pp20A = 19,
    Pp32A = 20,
    Pp64A = 21,
}

impl PlainEvent {
    /// Every event, by its number.
    pub const ALL: [Self; 22] = [
        Self::CarPluggedIn,
        Self::CarRequestedPower,
        Self::PowerOn,
        Self::PowerOff,
        Self::CarRequestedStopPower,
        Self::CarUnplugged,
        Self::ErrorE,
        Self::ErrorDf,
        Self::ErrorRelais,
        Self::ErrorRcd,
        Self::VentilationNotAvailable,
        Self::OverCurrent,
        Self::EfToBcd,
        Self::BcdToEf,
        Self::PermanentFault,
        Self::ReplugStarted,
        Self::ReplugFinished,
        Self::PpNc,
        Self::Pp13A,
        Self::Pp20A,
        Self::Pp32A,
        Self::Pp64A,
    ];
}

/// A message from the board to the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LowToHigh {
    /// `event`: all that a Tux-EVSE firmware has to say.
    Plain(PlainEvent),
    /// `heartbeat`: a sign of life, every 3 s.
    Heartbeat,
    /// `info`: the answer to `hello` and to `enable`. A board of ours says it by itself when it has started anew.
    Info(Info),
    /// `state`: everything that a firmware of ours knows.
    State(BoardState),
}

impl LowToHigh {
    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let packet = Writer::default();
        let message = match self {
            Self::Plain(event) => packet.number(1, *event as u64),
            Self::Heartbeat => packet.nothing(2),
            Self::Info(info) => {
                let name = &info.firmware[..info.firmware.floor_char_boundary(MAX_FIRMWARE)];
                packet.message(100, |to| {
                    let written = to.number(1, info.protocol.into()).bytes(2, name.as_bytes());
                    written.number_unless_zero(3, info.start.into())
                })
            }
            Self::State(state) => packet.message(106, |to| state.write(to)),
        };
        message.0
    }

    /// Reads a packet; `None` when it has only fields, or a plain event, that nobody here knows. Of several the last counts.
    ///
    /// # Errors
    /// It is no message of this link. An unknown value in one of our own fields is none: see [`BoardState`].
    pub fn decode(packet: &[u8]) -> Result<Option<Self>, MessageError> {
        let mut fields = Fields(packet);
        let mut message = None;
        while let Some((field, value)) = fields.next()? {
            message = match field {
                1 => {
                    let number = value.number(field)?;
                    usize::try_from(number).ok().and_then(|at| PlainEvent::ALL.get(at)).map(|event| Self::Plain(*event))
                }
                2 => Some(value.bytes(field).map(|_| Self::Heartbeat)?),
                100 => Some(Self::Info(info(value.message(field)?)?)),
                106 => Some(Self::State(BoardState::read(value.message(field)?)?)),
                _ => continue,
            };
        }
        Ok(message)
    }
}

fn info(mut fields: Fields<'_>) -> Result<Info, MessageError> {
    let mut info = Info { protocol: 0, firmware: String::new(), start: 0 };
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => {
                let value = value.number(field)?;
                info.protocol = value.try_into().map_err(|_| MessageError::Value { field, value })?;
            }
            2 => {
                let bytes = value.bytes(field)?;
                let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_FIRMWARE);
                info.firmware = text.ok_or(MessageError::Text(field))?.to_owned();
            }
            3 => info.start = value.number32(field)?,
            _ => {}
        }
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use iec61851::{CableRating, PilotState};
    use proptest::prelude::*;

    use super::*;
    use crate::tux_evse::Pilot;

    #[test]
    fn plain_events_are_their_number_and_zero_is_sent() {
        for (number, event) in PlainEvent::ALL.into_iter().enumerate() {
            let packet = [0x08, number as u8];
            assert_eq!(LowToHigh::Plain(event).encode(), packet);
            assert_eq!(LowToHigh::decode(&packet), Ok(Some(LowToHigh::Plain(event))));
        }
        assert_eq!(LowToHigh::Plain(PlainEvent::CarPluggedIn).encode(), [0x08, 0x00]);
        assert_eq!(LowToHigh::decode(&[0x08, 22]), Ok(None), "an event of a later firmware");
        assert_eq!(LowToHigh::Heartbeat.encode(), [0x12, 0x00]);
        assert_eq!(LowToHigh::decode(&[0x12, 0x00]), Ok(Some(LowToHigh::Heartbeat)));
    }

    #[test]
    fn our_own_messages_have_fields_from_100_on() {
        let info = LowToHigh::Info(Info { protocol: 3, firmware: "m4 1".into(), start: 0 });
        assert_eq!(info.encode(), [0xa2, 0x06, 0x08, 0x08, 0x03, 0x12, 0x04, b'm', b'4', b' ', b'1']);
        let state = BoardState {
            start: 3,
            number: 300,
            heard: 1,
            pilot: Some(Pilot { state: PilotState::C, pwm: true, plug_in: None }),
            cable: Some(CableRating::A32),
            closed: true,
            ..BoardState::default()
        };
        let packet = [0xd2, 0x06, 15, 8, 3, 16, 0xac, 2, 80, 1, 24, 3, 32, 1, 40, 32, 48, 1];
        assert_eq!(LowToHigh::State(state).encode(), packet);
        assert_eq!(LowToHigh::decode(&packet), Ok(Some(LowToHigh::State(state))));
        assert_eq!(LowToHigh::State(BoardState::default()).encode(), [0xd2, 0x06, 4, 8, 0, 16, 0]);
        // What versions 1 and 2 said at 101 to 105 is not said any more, and nobody listens.
        assert_eq!(LowToHigh::decode(&[0xaa, 0x06, 0x04, 0x08, 0x02, 0x10, 0x01]), Ok(None));
    }

    #[test]
    fn a_fault_that_has_no_name_is_refused_and_not_overheard() {
        let unknown = [0xd2, 0x06, 0x04, 56, 0xff, 0xff, 0x03];
        assert_eq!(LowToHigh::decode(&unknown), Err(MessageError::Value { field: 7, value: 0xffff }));
        assert_eq!(LowToHigh::decode(&[0xd2, 0x06, 2, 72, 99]), Err(MessageError::Value { field: 9, value: 99 }));
        assert_eq!(LowToHigh::decode(&[0xd2, 0x06, 2, 40, 0]), Err(MessageError::Value { field: 5, value: 0 }));
        assert_eq!(LowToHigh::decode(&[0xd2, 0x06, 2, 24, 9]), Err(MessageError::Value { field: 3, value: 9 }));
        let long = LowToHigh::Info(Info { protocol: 1, firmware: "é".repeat(40), start: 0 });
        let Ok(Some(LowToHigh::Info(read))) = LowToHigh::decode(&long.encode()) else { panic!("an info") };
        assert_eq!(read.firmware, "é".repeat(32));
        let longer = Writer::default().message(100, |to| to.bytes(2, &[b'x'; 65])).0;
        assert_eq!(LowToHigh::decode(&longer), Err(MessageError::Text(2)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(state in crate::tux_evse::state::tests::state(), protocol: u16, firmware in "[ -~]{0,64}", start: u32) {
            for message in [LowToHigh::State(state), LowToHigh::Info(Info { protocol, firmware, start })] {
                let packet = message.encode();
                prop_assert!(packet.len() <= crate::tux_evse::MAX_PACKET);
                prop_assert_eq!(LowToHigh::decode(&packet), Ok(Some(message)));
            }
        }

        #[test]
        fn no_packet_brings_it_down(packet in prop::collection::vec(any::<u8>(), 0..96)) {
            if let Ok(Some(message)) = LowToHigh::decode(&packet) {
                prop_assert_eq!(LowToHigh::decode(&message.encode()), Ok(Some(message)));
            }
        }
    }
}
