//! What is known of a bench: only what the charger's own log says.
//!
//! | quantity | from |
//! |---|---|
//! | pilot state, contactor | `board`/`event`; nobody sees the contactor while the charger is down |
//! | duty, offer | `board`/`command`, while the board says that the oscillator runs |
//! | bolt | `lock`/`position` |
//! | car's current and power, energy | `meter`/`reading` |
//! | current and voltage of the house connection | `grid_meter`/`reading` |
//! | DC output | `supply`/`reading` |
//!
//! Nothing on a bench measures the levels of the pilot or the car's state of charge.

use std::cell::RefCell;
use std::rc::Rc;

use event_log::{Event, Log};
use hardware::{LockPosition, MeterReading, SupplyReading};
use iec61851::{Event as BoardEvent, PilotState};
use serde::de::DeserializeOwned;
use serde_json::json;
use twin::Signal;
use units::{Milliamps, Millivolts, MilliwattHours};

/// DC that may be touched, IEC 61851-23.
const HARMLESS: Millivolts = Millivolts::from_volts(60);

/// What a meter may show without a load.
const STRAY: Milliamps = Milliamps(500);

/// What is known, kept up to date by the log. Clones are handles on the same.
#[derive(Clone, Debug)]
pub(super) struct Observed(Rc<RefCell<Known>>);

#[derive(Debug, Default)]
struct Known {
    pilot: Option<(PilotState, bool)>,
    /// What the charger drives, as it writes it.
    driven: String,
    noted: String,
    /// `None` while nobody sees it. A scenario begins with a bench that was made safe.
    closed: Option<bool>,
    closings: u32,
    /// `None` until it was read back.
    locked: Option<bool>,
    meter: Option<MeterReading>,
    /// The register at the beginning.
    register: Option<MilliwattHours>,
    house: Option<MeterReading>,
    supply: Option<SupplyReading>,
}

impl Observed {
    /// Listens to the log from now on. What a world of models would note beside it is noted here: states, contacts.
    pub(super) fn listen(log: &Log) -> Self {
        let observed = Self(Rc::new(RefCell::new(Known { closed: Some(false), ..Known::default() })));
        let (own, notes) = (observed.clone(), log.clone());
        log.subscribe(move |event| own.hear(event, &notes));
        observed
    }

    fn hear(&self, event: &Event, log: &Log) {
        let mut known = self.0.borrow_mut();
        match (event.source.as_str(), event.kind.as_str()) {
            ("board", "event") => match parsed(event) {
                Some(BoardEvent::Pilot { state, pwm, .. }) => known.pilot = Some((state, pwm)),
                Some(BoardEvent::ContactorClosed) => {
                    if known.closed != Some(true) {
                        known.closings += 1;
                        log.record("contactor", "closed", json!({}));
                    }
                    known.closed = Some(true);
                }
                Some(BoardEvent::ContactorOpened) => {
                    if known.closed == Some(true) {
                        log.record("contactor", "open", json!({}));
                    }
                    known.closed = Some(false);
                }
                Some(
                    BoardEvent::Cable(_)
                    | BoardEvent::ContactorBusy { .. }
                    | BoardEvent::Fault(_)
                    | BoardEvent::FaultCleared(_),
                )
                | None => {}
            },
            ("board", "command") => {
                if let Some(pilot) = event.data["pilot"].as_str() {
                    known.driven = pilot.to_owned();
                    log.record("cp", "signal", json!({ "signal": pilot }));
                }
            }
            // It is started disabled: open.
            ("board", "started") => known.closed = Some(false),
            ("host", "ended") => (known.closed, known.locked) = (None, None),
            ("lock", "position") => {
                let position = serde_json::from_value(event.data["position"].clone()).ok();
                known.locked = Some(position == Some(LockPosition::Locked));
            }
            ("meter", "reading") => {
                known.meter = parsed(event);
                if let (None, Some(reading)) = (known.register, known.meter) {
                    known.register = Some(reading.import);
                }
            }
            ("grid_meter", "reading") => known.house = parsed(event),
            ("supply", "reading") => known.supply = parsed(event),
            _ => return,
        }
        let state = known.state();
        if known.noted != state {
            log.record("cp", "state", json!({ "state": state }));
            known.noted = state;
        }
    }

    /// The state of the pilot, as `A1` to `F`; `?` before the board has said anything.
    pub(super) fn pilot_state(&self) -> String {
        self.0.borrow().state()
    }

    /// Whether there is power where a car would be: from the DC supply, or as a current through the closed contactor. A closed
    /// contactor alone is enough where there may be mains behind it.
    pub(super) fn is_powered(&self, mains: bool) -> bool {
        let known = self.0.borrow();
        let flows = known.meter.is_some_and(|reading| reading.current.highest() > STRAY);
        known.supply.is_some_and(|reading| reading.voltage > HARMLESS)
            || (known.closed == Some(true) && (mains || flows))
    }

    /// A quantity; nothing when it is not known, or not known yet.
    pub(super) fn probe(&self, signal: Signal) -> Option<f64> {
        let known = self.0.borrow();
        let flag = |flag: bool| f64::from(u8::from(flag));
        match signal {
            Signal::CarCurrent => known.meter.map(|reading| reading.current.highest().amps()),
            Signal::CarPower => known.meter.map(|reading| f64::from(reading.power.total().0)),
            Signal::Contactor => known.closed.map(flag),
            Signal::ContactorClosings => Some(f64::from(known.closings)),
            Signal::DutyPercent => Some(known.duty()),
            Signal::Limit => Some(known.offer()),
            Signal::LockPosition => known.locked.map(flag),
            Signal::MeterEnergy => {
                known.meter.zip(known.register).map(|(reading, begin)| (reading.import - begin).watt_hours())
            }
            Signal::MeterPower => known.meter.map(|reading| f64::from(reading.power.total().0)),
            Signal::CableRating
            | Signal::CarDcContactors
            | Signal::CarDcCurrent
            | Signal::CarDcVoltage
            | Signal::EnergyGap
            | Signal::InsulationResistance
            | Signal::InsulationVoltage
            | Signal::PilotDuty
            | Signal::PilotFallTime
            | Signal::PilotFrequency
            | Signal::PilotHigh
            | Signal::PilotHighTime
            | Signal::PilotLow
            | Signal::PilotRipple
            | Signal::PilotRiseTime
            | Signal::PilotSourceResistance
            | Signal::ResidualCurrent
            | Signal::Soc => None,
            Signal::ServiceCurrent => known.house.map(|reading| reading.current.highest().amps()),
            Signal::SupplyCurrent => known.supply.map(|reading| reading.current.amps()),
            Signal::SupplyVoltage => known.supply.map(|reading| reading.voltage.volts()),
            Signal::Voltage => known.house.or(known.meter).map(|reading| reading.voltage.0[0].volts()),
        }
    }
}

/// The device that measures it, by its key in a rig file; what the board says is known from the beginning.
pub(super) const fn measured_by(signal: Signal) -> Option<&'static str> {
    match signal {
        Signal::CarCurrent | Signal::CarPower | Signal::MeterEnergy | Signal::MeterPower | Signal::Voltage => {
            Some("meter")
        }
        Signal::LockPosition => Some("lock"),
        Signal::ServiceCurrent => Some("grid_meter"),
        Signal::SupplyCurrent | Signal::SupplyVoltage => Some("power_supply"),
        Signal::CableRating
        | Signal::CarDcContactors
        | Signal::CarDcCurrent
        | Signal::CarDcVoltage
        | Signal::Contactor
        | Signal::ContactorClosings
        | Signal::EnergyGap
        | Signal::InsulationResistance
        | Signal::InsulationVoltage
        | Signal::DutyPercent
        | Signal::Limit
        | Signal::PilotDuty
        | Signal::PilotFallTime
        | Signal::PilotFrequency
        | Signal::PilotHigh
        | Signal::PilotHighTime
        | Signal::PilotLow
        | Signal::PilotRipple
        | Signal::PilotRiseTime
        | Signal::PilotSourceResistance
        | Signal::ResidualCurrent
        | Signal::Soc => None,
    }
}

impl Known {
    fn state(&self) -> String {
        match self.pilot {
            None => "?".into(),
            Some((state @ (PilotState::E | PilotState::F), _)) => state.to_string(),
            Some(_) if matches!(self.driven.as_str(), "E" | "F") => self.driven.clone(),
            Some((state, pwm)) => format!("{state}{}", if pwm { 2 } else { 1 }),
        }
    }

    /// Percent; 0 while the oscillator stands still.
    fn duty(&self) -> f64 {
        let runs = self.pilot.is_some_and(|(_, pwm)| pwm);
        let percent = self.driven.strip_prefix("PWM ").and_then(|duty| duty.strip_suffix(" %"));
        percent.filter(|_| runs).and_then(|percent| percent.parse().ok()).unwrap_or(0.0)
    }

    /// What the duty offers, A.
    fn offer(&self) -> f64 {
        match self.duty() {
            duty if duty < 8.0 => 0.0,
            duty if duty < 10.0 => 6.0,
            duty if duty <= 85.0 => duty * 0.6,
            duty if duty <= 96.0 => (duty - 64.0) * 2.5,
            duty if duty <= 97.0 => 80.0,
            _ => 0.0,
        }
    }
}

fn parsed<T: DeserializeOwned>(event: &Event) -> Option<T> {
    T::deserialize(&*event.data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{PerPhase, Watts};

    #[test]
    fn the_log_of_the_charger_is_what_is_known_of_the_bench() {
        let log = Log::memory();
        let observed = Observed::listen(&log);
        assert_eq!((observed.pilot_state().as_str(), observed.probe(Signal::CarPower)), ("?", None));
        log.record("board", "event", BoardEvent::Pilot { state: PilotState::B, pwm: false, plug_in: None });
        log.record("board", "command", json!({ "pilot": "PWM 26.6 %" }));
        assert_eq!((observed.pilot_state().as_str(), observed.probe(Signal::DutyPercent)), ("B1", Some(0.0)));
        log.record("board", "event", BoardEvent::Pilot { state: PilotState::C, pwm: true, plug_in: None });
        log.record("board", "event", BoardEvent::ContactorClosed);
        log.record("lock", "position", json!({ "position": LockPosition::Locked }));
        assert_eq!(observed.pilot_state(), "C2");
        for (signal, value) in [
            (Signal::DutyPercent, 26.6),
            (Signal::Limit, 15.96),
            (Signal::Contactor, 1.0),
            (Signal::ContactorClosings, 1.0),
            (Signal::LockPosition, 1.0),
        ] {
            let known = observed.probe(signal).expect("it is known");
            assert!((known - value).abs() < 1e-9, "{signal:?}: {known}");
        }
        let begin = MeterReading { import: MilliwattHours(5_000_000), ..MeterReading::default() };
        log.record("meter", "reading", begin);
        let later = MeterReading {
            import: MilliwattHours(5_250_000),
            current: PerPhase::all(Milliamps(15_900)),
            power: PerPhase::all(Watts(3_600)),
            ..begin
        };
        log.record("meter", "reading", later);
        assert_eq!(observed.probe(Signal::MeterEnergy), Some(250.0));
        assert_eq!(observed.probe(Signal::CarPower), Some(10_800.0));
        assert_eq!(observed.probe(Signal::PilotHigh), None);
        log.record("board", "event", BoardEvent::ContactorOpened);
        assert_eq!(observed.probe(Signal::Contactor), Some(0.0));
        let states: Vec<_> = log.with(0, |events| {
            events.filter(|event| event.is("cp", "state")).map(|event| event.text("state").to_owned()).collect()
        });
        assert_eq!(states, ["B1", "C2"]);
        assert!(
            log.any(0, |event| event.is("contactor", "closed")) && log.any(0, |event| event.is("contactor", "open"))
        );
    }

    #[test]
    fn nobody_sees_the_contactor_while_the_charger_is_down() {
        let log = Log::memory();
        let observed = Observed::listen(&log);
        assert_eq!(observed.probe(Signal::Contactor), Some(0.0));
        log.record("board", "event", BoardEvent::ContactorClosed);
        log.record("host", "ended", json!({}));
        assert_eq!((observed.probe(Signal::Contactor), observed.probe(Signal::LockPosition)), (None, None));
        log.record("board", "started", json!({}));
        assert_eq!(observed.probe(Signal::Contactor), Some(0.0));
    }

    #[test]
    fn power_is_a_current_a_dc_voltage_or_a_contactor_closed_onto_mains() {
        let log = Log::memory();
        let observed = Observed::listen(&log);
        let powered = || [false, true].map(|mains| observed.is_powered(mains));
        assert_eq!(powered(), [false, false]);
        log.record("board", "event", BoardEvent::ContactorClosed);
        assert_eq!(powered(), [false, true]);
        let current = PerPhase::all(Milliamps(6_000));
        log.record("meter", "reading", MeterReading { current, ..MeterReading::default() });
        assert_eq!(powered(), [true, true]);
        log.record("board", "event", BoardEvent::ContactorOpened);
        assert_eq!(powered(), [false, false]);
        log.record(
            "supply",
            "reading",
            SupplyReading { voltage: Millivolts::from_volts(400), ..SupplyReading::default() },
        );
        assert_eq!(powered(), [true, true]);
    }

    #[test]
    fn what_makes_no_sense_changes_nothing() {
        let log = Log::memory();
        let observed = Observed::listen(&log);
        for (source, kind) in [("board", "event"), ("board", "command"), ("lock", "position"), ("supply", "reading")] {
            log.record(source, kind, json!({ "pilot": 5, "position": [], "current": "x" }));
        }
        assert_eq!((observed.pilot_state().as_str(), observed.probe(Signal::SupplyVoltage)), ("?", None));
    }
}
