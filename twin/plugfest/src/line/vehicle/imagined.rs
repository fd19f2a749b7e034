//! What the station would put on the cable. There is no cable: of the pins of the inlet the car learns what the station says of its
//! output, as far as its own battery lets it be so.

use exi::Tree;
use iec61851::{Duty, PilotSignal};
use iso15118::wire::{SeenMessage, Sighting, What, milli};
use units::{Milliamps, Millivolts, PerPhase};
use vehicle_model::{DcLoad, DcPins, Inlet};

/// What the station says of its output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Imagined {
    voltage: Millivolts,
    current: Milliamps,
    /// The contactor of alternating current is closed.
    mains: bool,
    /// The last wish was for energy.
    wants: bool,
}

impl Imagined {
    /// A message passed.
    pub(super) fn see(&mut self, sighting: &Sighting) {
        match &sighting.what {
            What::Message(message) => self.message(message),
            What::Closed { .. } => *self = Self::default(),
            _ => {}
        }
    }

    fn message(&mut self, message: &SeenMessage) {
        let value = |path| message.at(path).and_then(milli).and_then(|milli| i32::try_from(milli).ok());
        match message.name() {
            "PowerDeliveryReq" => {
                // -2 says it in a word, DIN 70121 in a boolean.
                let progress = message.at("ChargeProgress").and_then(|progress| progress.as_text());
                let ends = matches!(message.at("ReadyToChargeState"), Some(Tree::Boolean(false)));
                self.wants = progress != Some("Stop") && !ends;
                if !self.wants {
                    (self.current, self.mains) = (Milliamps::ZERO, false);
                }
            }
            "PowerDeliveryRes" => {
                let code = message.response_code().unwrap_or_default();
                self.mains = self.wants && code.starts_with("OK") && message.at("AC_EVSEStatus").is_some();
            }
            "PreChargeRes" | "CurrentDemandRes" | "WeldingDetectionRes" => {
                if let Some(voltage) = value("EVSEPresentVoltage") {
                    self.voltage = Millivolts(voltage);
                }
                self.current = Milliamps(value("EVSEPresentCurrent").unwrap_or(0));
            }
            _ => {}
        }
    }

    /// What is at the contacts for alternating current, and on the pilot: the station wants to speak.
    pub(super) fn inlet(&self) -> Inlet {
        let volts = if self.mains { 230 } else { 0 };
        Inlet {
            pilot: PilotSignal::Pwm(Duty::DIGITAL),
            voltage: PerPhase::all(Millivolts::from_volts(volts)),
            ..Inlet::default()
        }
    }

    /// What is at the contacts for direct current.
    pub(super) fn pins(&self, load: DcLoad) -> DcPins {
        match load {
            DcLoad::Battery { voltage, milliohms } => {
                let rise = i64::from(self.current.0) * i64::from(milliohms) / 1_000_000;
                let voltage = i64::from(voltage.0) + rise;
                DcPins { voltage: Millivolts(i32::try_from(voltage).unwrap_or(i32::MAX)), current: self.current }
            }
            DcLoad::Open => DcPins { voltage: self.voltage, current: Milliamps::ZERO },
        }
    }
}
