//! What the board says to the host.

use iec61851::{CableRating, Event, Fault, PilotState};

use super::MessageError;
use super::protobuf::{Fields, Writer};

/// A firmware's name is at most so long, in bytes.
pub(super) const MAX_FIRMWARE: usize = 64;

/// Who the board is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Info {
    /// The version of its messages.
    pub protocol: u16,
    /// Its firmware, as it names it; cut at 64 bytes.
    pub firmware: String,
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
    /// `info`: the answer to `enable`; everything known follows.
    Info(Info),
    /// `pilot`, `fault`, `cable`, `contactor`: an event of the safety machine in full.
    Event(Event),
}

impl LowToHigh {
    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let empty = Writer::default;
        let fault = |fault, present: bool| {
            empty().message(102, empty().number(1, code(fault)).number_unless_zero(2, present.into()))
        };
        let message = match self {
            Self::Plain(event) => empty().number(1, *event as u64),
            Self::Heartbeat => empty().message(2, empty()),
            Self::Info(info) => {
                let name = &info.firmware[..info.firmware.floor_char_boundary(MAX_FIRMWARE)];
                empty().message(100, empty().number(1, info.protocol.into()).bytes(2, name.as_bytes()))
            }
            Self::Event(Event::Pilot { state, pwm }) => {
                let state = match state {
                    PilotState::A => 0,
                    PilotState::B => 1,
                    PilotState::C => 2,
                    PilotState::D => 3,
                    PilotState::E => 4,
                    PilotState::F => 5,
                };
                empty().message(101, empty().number_unless_zero(1, state).number_unless_zero(2, (*pwm).into()))
            }
            Self::Event(Event::Fault(what)) => fault(*what, true),
            Self::Event(Event::FaultCleared(what)) => fault(*what, false),
            Self::Event(Event::Cable(rating)) => {
                let amps = match rating {
                    CableRating::A13 => 13,
                    CableRating::A20 => 20,
                    CableRating::A32 => 32,
                    CableRating::A63 => 63,
                };
                empty().message(103, empty().number(1, amps))
            }
            Self::Event(Event::ContactorClosed) => empty().number(104, 1),
            Self::Event(Event::ContactorOpened) => empty().number(104, 0),
        };
        message.0
    }

    /// Reads a packet; `None` when it has only fields, or a plain event, that nobody here knows. Of several the last counts.
    ///
    /// # Errors
    /// It is no message of this link. An unknown value in one of our own fields is none: the version of the messages says
    /// which there are, and a fault that cannot be named must not be overheard.
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
                101 => Some(Self::Event(pilot(value.message(field)?)?)),
                102 => Some(Self::Event(fault(value.message(field)?)?)),
                103 => Some(Self::Event(cable(value.message(field)?)?)),
                104 if value.truth(field)? => Some(Self::Event(Event::ContactorClosed)),
                104 => Some(Self::Event(Event::ContactorOpened)),
                _ => continue,
            };
        }
        Ok(message)
    }
}

/// The number of a fault on the wire. It stays when the list grows.
const fn code(fault: Fault) -> u64 {
    match fault {
        Fault::ContactorFailedToClose => 1,
        Fault::ContactorOpenedByItself => 2,
        Fault::ContactorWelded => 3,
        Fault::DiodeFault => 4,
        Fault::HostSilent => 5,
        Fault::OverCurrent => 6,
        Fault::PilotLost => 7,
        Fault::PilotShort => 8,
        Fault::ProximityFault => 9,
        Fault::ResidualCurrent => 10,
        Fault::VentilationNotAvailable => 11,
    }
}

fn info(mut fields: Fields<'_>) -> Result<Info, MessageError> {
    let mut info = Info { protocol: 0, firmware: String::new() };
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
            _ => {}
        }
    }
    Ok(info)
}

fn pilot(mut fields: Fields<'_>) -> Result<Event, MessageError> {
    let (mut state, mut pwm) = (PilotState::A, false);
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => {
                state = match value.number(field)? {
                    0 => PilotState::A,
                    1 => PilotState::B,
                    2 => PilotState::C,
                    3 => PilotState::D,
                    4 => PilotState::E,
                    5 => PilotState::F,
                    value => return Err(MessageError::Value { field, value }),
                }
            }
            2 => pwm = value.truth(field)?,
            _ => {}
        }
    }
    Ok(Event::Pilot { state, pwm })
}

fn fault(mut fields: Fields<'_>) -> Result<Event, MessageError> {
    let (mut number, mut present) = (0, false);
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => number = value.number(field)?,
            2 => present = value.truth(field)?,
            _ => {}
        }
    }
    let fault = Fault::ALL.into_iter().find(|fault| code(*fault) == number);
    let fault = fault.ok_or(MessageError::Value { field: 1, value: number })?;
    Ok(if present { Event::Fault(fault) } else { Event::FaultCleared(fault) })
}

fn cable(mut fields: Fields<'_>) -> Result<Event, MessageError> {
    let mut amps = 0;
    while let Some((field, value)) = fields.next()? {
        if field == 1 {
            amps = value.number(field)?;
        }
    }
    match amps {
        13 => Ok(Event::Cable(CableRating::A13)),
        20 => Ok(Event::Cable(CableRating::A20)),
        32 => Ok(Event::Cable(CableRating::A32)),
        63 => Ok(Event::Cable(CableRating::A63)),
        value => Err(MessageError::Value { field: 1, value }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn our_own_events_have_fields_from_100_on() {
        let info = LowToHigh::Info(Info { protocol: 1, firmware: "m4 1".into() });
        assert_eq!(info.encode(), [0xa2, 0x06, 0x08, 0x08, 0x01, 0x12, 0x04, b'm', b'4', b' ', b'1']);
        let packets: [(Event, &[u8]); 6] = [
            (Event::Pilot { state: PilotState::C, pwm: true }, &[0xaa, 0x06, 0x04, 0x08, 0x02, 0x10, 0x01]),
            (Event::Pilot { state: PilotState::A, pwm: false }, &[0xaa, 0x06, 0x00]),
            (Event::Fault(Fault::ResidualCurrent), &[0xb2, 0x06, 0x04, 0x08, 0x0a, 0x10, 0x01]),
            (Event::FaultCleared(Fault::ResidualCurrent), &[0xb2, 0x06, 0x02, 0x08, 0x0a]),
            (Event::Cable(CableRating::A32), &[0xba, 0x06, 0x02, 0x08, 0x20]),
            (Event::ContactorOpened, &[0xc0, 0x06, 0x00]),
        ];
        for (event, packet) in packets {
            assert_eq!(LowToHigh::Event(event).encode(), packet, "{event:?}");
            assert_eq!(LowToHigh::decode(packet), Ok(Some(LowToHigh::Event(event))));
        }
    }

    #[test]
    fn a_fault_that_has_no_name_is_refused_and_not_overheard() {
        let unknown = [0xb2, 0x06, 0x04, 0x08, 0x63, 0x10, 0x01];
        assert_eq!(LowToHigh::decode(&unknown), Err(MessageError::Value { field: 1, value: 0x63 }));
        assert_eq!(LowToHigh::decode(&[0xba, 0x06, 0x00]), Err(MessageError::Value { field: 1, value: 0 }));
        let long = LowToHigh::Info(Info { protocol: 1, firmware: "é".repeat(40) });
        let Ok(Some(LowToHigh::Info(read))) = LowToHigh::decode(&long.encode()) else { panic!("an info") };
        assert_eq!(read.firmware, "é".repeat(32));
        let longer = Writer::default().message(100, Writer::default().bytes(2, &[b'x'; 65])).0;
        assert_eq!(LowToHigh::decode(&longer), Err(MessageError::Text(2)));
    }

    fn event() -> impl Strategy<Value = Event> {
        let fault = || (0..Fault::ALL.len()).prop_map(|at| Fault::ALL[at]);
        let state = prop_oneof![
            Just(PilotState::A),
            Just(PilotState::B),
            Just(PilotState::C),
            Just(PilotState::D),
            Just(PilotState::E),
            Just(PilotState::F)
        ];
        prop_oneof![
            Just(Event::ContactorClosed),
            Just(Event::ContactorOpened),
            fault().prop_map(Event::Fault),
            fault().prop_map(Event::FaultCleared),
            (state, any::<bool>()).prop_map(|(state, pwm)| Event::Pilot { state, pwm }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(event in event(), protocol: u16, firmware in "[ -~]{0,64}") {
            for message in [LowToHigh::Event(event), LowToHigh::Info(Info { protocol, firmware })] {
                prop_assert_eq!(LowToHigh::decode(&message.encode()), Ok(Some(message)));
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
