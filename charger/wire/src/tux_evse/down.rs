//! What the host says to the board.

use iec61851::PilotSignal;

use super::MessageError;
use super::host::HostSays;
use super::protobuf::{Fields, Writer};
use super::signal::{signal, write_signal};

/// What the host knows of the digital link to the car. A Tux-EVSE firmware derives from it whose duty it drives: the
/// host's, or the one that the cable permits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SlacState {
    /// Nothing.
    Undefined,
    /// It is being set up: the host's duty.
    Run,
    /// It is there: the host's duty.
    Ok,
    /// There is none: the oscillator stops, then the nominal duty of the cable, or the host's if that is lower.
    NotOk,
}

/// A message from the host to the board.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HighToLow {
    /// `set_pwm`: what to drive on the pilot. State E is ours; a Tux-EVSE firmware does not know it.
    SetPwm(PilotSignal),
    /// `allow_power_on`: permits the contactor to close, or withdraws the permission.
    AllowPowerOn(bool),
    /// `enable`.
    Enable,
    /// `disable`: state F until enabled.
    Disable,
    /// `heartbeat`: a sign of life.
    Heartbeat,
    /// `set_slac`.
    SetSlac(SlacState),
    /// `hello`: asks who the board is. It changes nothing, at any time.
    Hello,
    /// `host`: what a firmware of ours is told, in full.
    Host(HostSays),
}

impl HighToLow {
    /// What the host of a Tux-EVSE board says when it starts, in this order; the oscillator is stopped twice.
    pub const START: [Self; 4] =
        [Self::Disable, Self::SetPwm(PilotSignal::X1), Self::SetPwm(PilotSignal::X1), Self::Enable];

    /// The packet.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let packet = Writer::default();
        let message = match self {
            Self::SetPwm(signal) => packet.message(1, |to| write_signal(to, signal)),
            Self::AllowPowerOn(allow) => packet.number(2, allow.into()),
            Self::Enable => packet.nothing(3),
            Self::Disable => packet.nothing(4),
            Self::Heartbeat => packet.nothing(5),
            Self::SetSlac(state) => {
                let state = match state {
                    SlacState::Undefined => 0,
                    SlacState::Run => 1,
                    SlacState::Ok => 2,
                    SlacState::NotOk => 3,
                };
                packet.message(6, |to| to.number_unless_zero(1, state))
            }
            Self::Hello => packet.nothing(100),
            Self::Host(says) => packet.message(102, |to| says.write(to)),
        };
        message.0
    }

    /// Reads a packet; `None` when it has only fields that nobody here knows. Of several the last counts.
    ///
    /// # Errors
    /// It is no message of this link.
    pub fn decode(packet: &[u8]) -> Result<Option<Self>, MessageError> {
        let mut fields = Fields(packet);
        let mut message = None;
        while let Some((field, value)) = fields.next()? {
            message = Some(match field {
                1 => Self::SetPwm(signal(value.message(field)?)?),
                2 => Self::AllowPowerOn(value.truth(field)?),
                3 => value.bytes(field).map(|_| Self::Enable)?,
                4 => value.bytes(field).map(|_| Self::Disable)?,
                5 => value.bytes(field).map(|_| Self::Heartbeat)?,
                6 => Self::SetSlac(slac(value.message(field)?)?),
                100 => value.bytes(field).map(|_| Self::Hello)?,
                102 => Self::Host(HostSays::read(value.message(field)?)?),
                _ => continue,
            });
        }
        Ok(message)
    }
}

fn slac(mut fields: Fields<'_>) -> Result<SlacState, MessageError> {
    let mut state = SlacState::Undefined;
    while let Some((field, value)) = fields.next()? {
        if field == 1 {
            state = match value.number(field)? {
                0 => SlacState::Undefined,
                1 => SlacState::Run,
                2 => SlacState::Ok,
                3 => SlacState::NotOk,
                value => return Err(MessageError::Value { field, value }),
            };
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use iec61851::Duty;
    use proptest::prelude::*;

    use super::*;

    fn pwm(permille: u16) -> HighToLow {
        HighToLow::SetPwm(PilotSignal::Pwm(Duty::from_permille(permille).expect("a duty")))
    }

    /// The bytes of the board's own documentation and logs.
    #[test]
    fn the_packets_are_those_of_a_tux_evse_board() {
        let packets: [(HighToLow, &[u8]); 14] = [
            (pwm(50), &[0x0a, 0x05, 0x15, 0xcd, 0xcc, 0x4c, 0x3d]),
            (HighToLow::SetPwm(PilotSignal::X1), &[0x0a, 0x02, 0x08, 0x01]),
            (HighToLow::SetPwm(PilotSignal::F), &[0x0a, 0x02, 0x08, 0x02]),
            (HighToLow::SetPwm(PilotSignal::E), &[0x0a, 0x02, 0x08, 0x64]),
            (pwm(0), &[0x0a, 0x00]),
            (HighToLow::AllowPowerOn(true), &[0x10, 0x01]),
            (HighToLow::AllowPowerOn(false), &[0x10, 0x00]),
            (HighToLow::Enable, &[0x1a, 0x00]),
            (HighToLow::Disable, &[0x22, 0x00]),
            (HighToLow::Heartbeat, &[0x2a, 0x00]),
            (HighToLow::SetSlac(SlacState::Undefined), &[0x32, 0x00]),
            (HighToLow::SetSlac(SlacState::Run), &[0x32, 0x02, 0x08, 0x01]),
            (HighToLow::SetSlac(SlacState::Ok), &[0x32, 0x02, 0x08, 0x02]),
            (HighToLow::SetSlac(SlacState::NotOk), &[0x32, 0x02, 0x08, 0x03]),
        ];
        for (message, packet) in packets {
            assert_eq!(message.encode(), packet, "{message:?}");
            assert_eq!(HighToLow::decode(packet), Ok(Some(message)));
        }
        // 32 A as the Linux side of Tux-EVSE computes it, 32 / 60.
        assert_eq!(HighToLow::decode(&[0x0a, 0x05, 0x15, 0x89, 0x88, 0x08, 0x3f]), Ok(Some(pwm(533))));
    }

    #[test]
    fn unknown_fields_are_skipped_and_nonsense_is_refused() {
        assert_eq!(HighToLow::decode(&[]), Ok(None));
        assert_eq!(HighToLow::decode(&[0x3a, 0x01, 0xff]), Ok(None));
        assert_eq!(HighToLow::decode(&[0x3a, 0x01, 0xff, 0x10, 0x01]), Ok(Some(HighToLow::AllowPowerOn(true))));
        assert_eq!(HighToLow::decode(&[0x0a, 0x02, 0x18, 0x07]), Ok(Some(pwm(0))));
        assert_eq!(
            HighToLow::decode(&[0x0a, 0x02, 0x08, 0x03]),
            Err(MessageError::Value { field: 1, value: 3 }),
            "a pilot that nobody can drive"
        );
        let nan = [&[0x0a, 0x05, 0x15][..], &f32::NAN.to_le_bytes()].concat();
        assert!(matches!(HighToLow::decode(&nan), Err(MessageError::Value { field: 2, .. })));
        let over = [&[0x0a, 0x05, 0x15][..], &1.5_f32.to_le_bytes()].concat();
        assert!(matches!(HighToLow::decode(&over), Err(MessageError::Value { field: 2, .. })));
        assert_eq!(HighToLow::decode(&[0x12, 0x00]), Err(MessageError::FieldType(2)));
        assert_eq!(HighToLow::decode(&[0x18, 0x00]), Err(MessageError::FieldType(3)));
    }

    fn message() -> impl Strategy<Value = HighToLow> {
        prop_oneof![
            (0..=1000_u16).prop_map(pwm),
            prop_oneof![Just(PilotSignal::E), Just(PilotSignal::F), Just(PilotSignal::X1)].prop_map(HighToLow::SetPwm),
            any::<bool>().prop_map(HighToLow::AllowPowerOn),
            crate::tux_evse::host::tests::says().prop_map(HighToLow::Host),
            Just(HighToLow::Hello),
            prop_oneof![Just(HighToLow::Enable), Just(HighToLow::Disable), Just(HighToLow::Heartbeat)],
            prop_oneof![Just(SlacState::Undefined), Just(SlacState::Run), Just(SlacState::Ok), Just(SlacState::NotOk)]
                .prop_map(HighToLow::SetSlac),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(message in message()) {
            prop_assert_eq!(HighToLow::decode(&message.encode()), Ok(Some(message)));
        }

        #[test]
        fn no_packet_brings_it_down(packet in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(message)) = HighToLow::decode(&packet) {
                prop_assert_eq!(HighToLow::decode(&message.encode()), Ok(Some(message)));
            }
        }
    }
}
