//! A power board without a microcontroller: an output stage for the pilot, a coil, a mirror contact, and dividers in front of
//! an ADC. The charger's host runs the safety machine over chips and lines; the world is at the other end.

use iec61851::{Duty, PilotSignal, Sample};
use units::{Instant, Microamps, Milliamps, Millivolts, Ohms, PerPhase};

use crate::ad7991::{self, Ad7991};
use crate::pca9685::{self, Pca9685, Pulse};
use crate::shared::Shared;

/// The output of the PWM chip that drives the pilot.
pub const PILOT_OUTPUT: u8 = 0;
/// The ADC's input for CP.
pub const PILOT_INPUT: u8 = 0;
/// The ADC's input for PP.
pub const PROXIMITY_INPUT: u8 = 1;
/// The line of the coil.
pub const CONTACTOR: &str = "K1";
/// The line of the mirror contact: high while the contactor is closed.
pub const MIRROR: &str = "K1_MIRROR";
/// The line of the residual current device: high while it has tripped.
pub const RESIDUAL: &str = "RCD";
/// The line that makes the residual current device see a test current.
pub const RESIDUAL_TEST: &str = "RCD_TEST";

/// The divider in front of CP: millivolts at raw 0, and between raw 0 and full scale.
const PILOT_OFFSET: i32 = -11_790;
const PILOT_SPAN: i32 = 25_010;
/// Between the ADC's reference and PP, ohms.
const PULL_UP: i64 = 1_000;

/// What the host drives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Driven {
    /// On the pilot.
    pub pilot: PilotSignal,
    /// From one pulse on the pilot to the next.
    pub period_us: u32,
    /// Whether the coil is energised.
    pub coil: bool,
    /// Whether a test current flows through the residual current device.
    pub residual_test: bool,
}

/// The board. Clones are handles on the same one: chips and lines go behind wires, one stays with the world.
#[derive(Clone, Debug)]
pub struct BareBoard(Shared<Board>);

#[derive(Debug)]
struct Board {
    driven: Driven,
    sensed: Sample,
}

impl Default for BareBoard {
    fn default() -> Self {
        let dark = Millivolts::from_volts(-12);
        Self(Shared::new(Board {
            driven: Driven { pilot: PilotSignal::F, period_us: 1_000, coil: false, residual_test: false },
            sensed: Sample {
                pilot_high: dark,
                pilot_low: dark,
                proximity: None,
                contactor_closed: Some(false),
                residual: Microamps::ZERO,
                current: PerPhase::all(Milliamps::ZERO),
            },
        }))
    }
}

impl BareBoard {
    /// What the host drives now.
    #[must_use]
    pub fn driven(&self) -> Driven {
        self.0.with(|board| board.driven)
    }

    /// The coil's line has that level.
    pub fn set_coil(&self, energised: bool) {
        self.0.with(|board| board.driven.coil = energised);
    }

    /// The test line of the residual current device has that level.
    pub fn set_residual_test(&self, driven: bool) {
        self.0.with(|board| board.driven.residual_test = driven);
    }

    /// The world shows that at the board's terminals.
    pub fn sense(&self, sample: Sample) {
        self.0.with(|board| board.sensed = sample);
    }

    /// What is at the board's terminals.
    #[must_use]
    pub fn sensed(&self) -> Sample {
        self.0.with(|board| board.sensed)
    }

    /// The chip that drives the pilot; `changed` is called from the bus's thread whenever it drives something else.
    #[must_use]
    pub fn pwm(&self, changed: impl Fn() + Send + 'static) -> Pca9685 {
        let board = self.clone();
        Pca9685::new(move |output, pulse| {
            if output == PILOT_OUTPUT && board.drive(pulse) {
                changed();
            }
        })
    }

    /// The chip that measures CP and PP.
    #[must_use]
    pub fn adc(&self) -> Ad7991 {
        let board = self.clone();
        Ad7991::new(move |now, input| match input {
            PILOT_INPUT => board.pilot(now),
            PROXIMITY_INPUT => board.proximity(),
            _ => 0,
        })
    }

    fn drive(&self, pulse: Pulse) -> bool {
        let permille = (u32::from(pulse.duty) * 1000 + 2048) / 4096;
        let pilot = match (pulse.duty, Duty::from_permille(permille as u16)) {
            (0, _) => PilotSignal::F,
            (pca9685::FULL, _) => PilotSignal::X1,
            (_, Some(duty)) => PilotSignal::Pwm(duty),
            // Nearer to an end than a per mille.
            (duty, None) => {
                if duty < 2048 {
                    PilotSignal::F
                } else {
                    PilotSignal::X1
                }
            }
        };
        self.0.with(|board| {
            let driven = Driven { pilot, period_us: pulse.period_us.max(1), ..board.driven };
            std::mem::replace(&mut board.driven, driven) != driven
        })
    }

    /// CP at this moment, in the high or the low half of the period.
    fn pilot(&self, now: Instant) -> u16 {
        self.0.with(|board| {
            let level = match board.driven.pilot {
                PilotSignal::Pwm(duty) => {
                    let phase = now.as_micros() % u64::from(board.driven.period_us);
                    let high = phase * 1000 < u64::from(board.driven.period_us) * u64::from(duty.permille());
                    if high { board.sensed.pilot_high } else { board.sensed.pilot_low }
                }
                PilotSignal::X1 => board.sensed.pilot_high,
                PilotSignal::E | PilotSignal::F => board.sensed.pilot_low,
            };
            scale(i64::from(level.0 - PILOT_OFFSET), i64::from(PILOT_SPAN))
        })
    }

    fn proximity(&self) -> u16 {
        self.0.with(|board| match board.sensed.proximity {
            Some(Ohms(resistance)) => scale(i64::from(resistance), i64::from(resistance) + PULL_UP),
            None => ad7991::FULL_SCALE,
        })
    }
}

fn scale(part: i64, whole: i64) -> u16 {
    (part.max(0) * 4096 / whole.max(1)).min(i64::from(ad7991::FULL_SCALE)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::I2cChip;

    fn raw(adc: &mut Ad7991, micros: u64, input: u8) -> u16 {
        let (now, mut buffer) = (Instant::from_micros(micros), [0; 2]);
        adc.write(now, &[0x10 << input]).expect("it acknowledges");
        adc.read(now, &mut buffer).expect("it acknowledges");
        u16::from_be_bytes(buffer) & 0xfff
    }

    #[test]
    fn the_pwm_chip_drives_the_pilot_and_the_adc_sees_both_halves() {
        let board = BareBoard::default();
        let (mut pwm, mut adc) = (board.pwm(|| {}), board.adc());
        let mut write = |bytes: &[u8]| pwm.write(Instant::ZERO, bytes).expect("it acknowledges");
        write(&[0xfe, 5]);
        write(&[0x00, 0x01]);
        assert_eq!(board.driven().pilot, PilotSignal::F);
        write(&[0x07, 0x10, 0x00, 0x00]);
        assert_eq!(board.driven().pilot, PilotSignal::X1);
        // 53.3 %, which the chip has as 2184 of 4096.
        write(&[0x06, 0x00, 0x00, 0x88, 0x08]);
        assert_eq!(board.driven().pilot, PilotSignal::Pwm(Duty::from_permille(533).expect("a duty")));
        board.sense(Sample {
            pilot_high: Millivolts(6_000),
            pilot_low: Millivolts(-11_760),
            proximity: Some(Ohms(220)),
            ..board.sensed()
        });
        // A period is 983 us; its high half lasts for 523.
        assert_eq!([raw(&mut adc, 983, 0), raw(&mut adc, 983 + 520, 0)], [2913, 2913]);
        assert_eq!([raw(&mut adc, 983 + 530, 0), raw(&mut adc, 2 * 983 - 1, 0)], [4, 4]);
        assert_eq!([raw(&mut adc, 0, 1), raw(&mut adc, 0, 3)], [738, 0]);
        board.sense(Sample { proximity: None, pilot_low: Millivolts(-12_000), ..board.sensed() });
        assert_eq!([raw(&mut adc, 983 + 530, 0), raw(&mut adc, 0, 1)], [0, 4095]);
    }

    #[test]
    fn the_coil_is_what_its_line_says() {
        let board = BareBoard::default();
        assert!(!board.driven().coil);
        board.clone().set_coil(true);
        assert!(board.driven().coil);
    }
}
