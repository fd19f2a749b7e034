//! What to drive on the pilot, as the board is told: the same message in the words of Tux-EVSE and in ours.

use iec61851::{Duty, PilotSignal};

use super::MessageError;
use super::protobuf::{Fields, Writer};

pub(super) fn write_signal(to: Writer, signal: PilotSignal) -> Writer {
    let (state, duty) = match signal {
        PilotSignal::Pwm(duty) => (0, f32::from(duty.permille()) / 1000.0),
        PilotSignal::X1 => (1, 0.0),
        PilotSignal::F => (2, 0.0),
        PilotSignal::E => (100, 0.0),
    };
    to.number_unless_zero(1, state).float_unless_zero(2, duty)
}

pub(super) fn signal(mut fields: Fields<'_>) -> Result<PilotSignal, MessageError> {
    let (mut state, mut duty) = (0, 0.0);
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => state = value.number(field)?,
            2 => duty = value.float(field)?,
            _ => {}
        }
    }
    match state {
        0 => {
            let wrong = MessageError::Value { field: 2, value: duty.to_bits().into() };
            if !(0.0..=1.0).contains(&duty) {
                return Err(wrong);
            }
            Duty::from_permille((duty * 1000.0).round() as u16).map(PilotSignal::Pwm).ok_or(wrong)
        }
        1 => Ok(PilotSignal::X1),
        2 => Ok(PilotSignal::F),
        100 => Ok(PilotSignal::E),
        value => Err(MessageError::Value { field: 1, value }),
    }
}
