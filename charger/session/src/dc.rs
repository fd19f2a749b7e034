//! Direct current, step by step (IEC 61851-23): the cable is checked, the voltage brought to that of the battery, energy given.
//!
//! ```text
//!           CableCheck      passed        PreCharge         Energy
//!   Off ──────────> CableCheck ──> Checked ──────> PreCharge ──────> Energy
//!    ^ contactor open                  │ the car wants another thing, or nothing may be given
//!    └────────────────────── RampDown <┴─────────────────────────────────
//! ```
//!
//! A car cannot leave a step out: what it asks for too early does nothing. Whatever goes wrong, the way back is one: the supply
//! is off at once, and the contactor opens when it carries next to nothing, or after a while. A fault waits for neither.

use std::time::Duration;

use energy::{Bound, DcLimits, Supplied};
use hardware::{InsulationReading, SupplyCapabilities, SupplyReading, SupplyTarget};
use units::{Instant, Milliamps, Millivolts, Watts};

use super::hlc::{Needs, WantedPower};

/// The kind of current that a transaction gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Power {
    /// Alternating current: what flows is the car's matter as long as the contactor is closed.
    Ac,
    /// Direct current from a supply of the EVSE.
    Dc(DcPhase),
}

/// How far direct current is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DcPhase {
    /// Contactor open, supply off.
    Off,
    /// Contactor closed, the supply at the test voltage, the insulation measured; it must be good by then.
    CableCheck { until: Instant },
    /// The cable is good. The supply is off.
    Checked,
    /// The supply goes to the voltage of the battery with next to no current; the car must be content by then.
    PreCharge { until: Instant },
    /// The supply follows the car.
    Energy,
    /// The supply is off; the contactor opens when it carries next to nothing, by then at the latest.
    RampDown { until: Instant },
    /// All is off, while the car looks for welded contacts of its own.
    WeldingDetection,
}

impl Power {
    /// How far direct current is.
    pub(super) const fn dc(self) -> Option<DcPhase> {
        match self {
            Self::Ac => None,
            Self::Dc(phase) => Some(phase),
        }
    }
}

impl DcPhase {
    /// A station answers within 38 s how its cable is (ISO 15118-2, table 109: a car waits for 40 s).
    const CABLE_CHECK: Duration = Duration::from_secs(38);

    /// A car gives up pre-charge after 7 s (ISO 15118-2) or 10 s (ISO 15118-20).
    const PRE_CHARGE: Duration = Duration::from_secs(10);

    /// How long a supply may take to come to rest: as long as it may take to be switched off.
    const RAMP_DOWN: Duration = hardware::bounds::SUPPLY_OFF;

    /// The way back.
    pub(super) fn ramp_down(now: Instant) -> Self {
        Self::RampDown { until: now + Self::RAMP_DOWN }
    }

    /// What follows from what the car wants.
    pub(super) fn follow(self, wants: WantedPower, now: Instant) -> Self {
        use WantedPower::{CableCheck, Energy, Nothing, PreCharge, WeldingDetection};
        match (self, wants) {
            (Self::Off | Self::WeldingDetection, CableCheck) => Self::CableCheck { until: now + Self::CABLE_CHECK },
            (Self::Off | Self::WeldingDetection, WeldingDetection) => Self::WeldingDetection,
            // No cable was checked.
            (Self::Off | Self::WeldingDetection, PreCharge | Energy | Nothing) => Self::Off,
            // The car must wait for the end of the check, and nothing gives the check more time.
            (Self::CableCheck { .. }, CableCheck | PreCharge | Energy) => self,
            // Without pre-charge a battery would be connected to another voltage.
            (Self::Checked, CableCheck | Energy) => self,
            (Self::Checked, PreCharge) => Self::PreCharge { until: now + Self::PRE_CHARGE },
            (Self::PreCharge { .. }, PreCharge) => self,
            (Self::PreCharge { .. } | Self::Energy, Energy) => Self::Energy,
            // It begins again, from the cable check.
            (Self::PreCharge { .. }, CableCheck) | (Self::Energy, CableCheck | PreCharge) => Self::ramp_down(now),
            (
                Self::CableCheck { .. } | Self::Checked | Self::PreCharge { .. } | Self::Energy,
                Nothing | WeldingDetection,
            ) => Self::ramp_down(now),
            (Self::RampDown { .. }, CableCheck | PreCharge | Energy | Nothing | WeldingDetection) => self,
        }
    }

    /// Whether the contactor is to be closed for it.
    pub(super) const fn is_live(self) -> bool {
        match self {
            Self::CableCheck { .. } | Self::Checked | Self::PreCharge { .. } | Self::Energy => true,
            Self::Off | Self::RampDown { .. } | Self::WeldingDetection => false,
        }
    }

    /// Whether the cable was found good.
    pub(super) const fn is_checked(self) -> bool {
        match self {
            Self::Checked | Self::PreCharge { .. } | Self::Energy => true,
            Self::Off | Self::CableCheck { .. } | Self::RampDown { .. } | Self::WeldingDetection => false,
        }
    }

    /// When it has taken long enough.
    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Self::CableCheck { until } | Self::PreCharge { until } | Self::RampDown { until } => Some(until),
            Self::Off | Self::Checked | Self::Energy | Self::WeldingDetection => None,
        }
    }
}

/// What is known of supply and insulation monitor.
#[derive(Debug, Default)]
pub(super) struct DcDevices {
    /// What the supply can do; `None`: this EVSE gives no direct current.
    pub(super) can: Option<SupplyCapabilities>,
    pub(super) supply: Option<SupplyReading>,
    pub(super) insulation: Option<InsulationReading>,
}

impl DcDevices {
    /// Less is next to nothing: a contactor opens under it without an arc.
    const NEXT_TO_NOTHING: Milliamps = Milliamps::from_amps(1);

    /// Whether the supply drives a current. One that was not read may.
    pub(super) fn carries(&self) -> bool {
        let nothing = -Self::NEXT_TO_NOTHING.0..=Self::NEXT_TO_NOTHING.0;
        self.supply.is_none_or(|reading| !nothing.contains(&reading.current.0))
    }

    /// Whether the insulation is good for that voltage: 100 ohms for each volt (IEC 61851-23). `None`: it was not measured while
    /// that voltage was there. What a charger asks of its insulation beyond that is a fault of its own, see
    /// [`InsulationInput`](super::InsulationInput).
    pub(super) fn is_good_at(&self, test: Millivolts) -> Option<bool> {
        let reading = self.insulation.as_ref()?;
        let ohms = i64::from(reading.resistance?.0);
        let there = i64::from(reading.voltage.0) * 10 >= i64::from(test.0) * 9;
        there.then_some(ohms * 10 >= i64::from(test.0))
    }
}

/// How much may be given to a car now: as supply, car and limits of the AC lines say, each with whose limit it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DcRoom(pub(super) DcLimits);

impl DcRoom {
    /// While nothing is charged no more than this flows.
    const TEST_CURRENT: Milliamps = Milliamps::from_amps(2);

    /// A limit of the lines counts at the nominal voltage, on all lines of the outlet.
    pub(super) fn new(
        can: &SupplyCapabilities,
        needs: Option<Needs>,
        limit: Bound<Milliamps>,
        supplied: &Supplied,
    ) -> Self {
        let lines = limit.read_as(supplied.power(limit.value()));
        let supply = DcLimits::of_supply(can);
        let limits = match needs {
            Some(Needs::Dc { voltage, current, power }) => supply.for_car(voltage, current, power),
            Some(Needs::Ac { .. }) => supply.for_car(Millivolts::ZERO, Milliamps::ZERO, Some(Watts::ZERO)),
            None => supply,
        };
        Self(limits.behind(lines))
    }

    /// No more current than this.
    pub(super) const fn current(&self) -> Milliamps {
        self.0.current.import.value()
    }

    /// No more power than this.
    pub(super) const fn power(&self) -> Watts {
        self.0.power.import.value()
    }

    /// What the supply is to hold: never more than was asked for, nor than there is room for. `None`: it cannot hold so little.
    fn within(&self, target: SupplyTarget) -> Option<SupplyTarget> {
        let voltage = target.voltage.min(self.test_voltage());
        if voltage < self.0.min_voltage.value() || voltage <= Millivolts::ZERO {
            return None;
        }
        // A watt by a millivolt is a million milliamperes.
        let by_power = i64::from(self.power().0) * 1_000_000 / i64::from(voltage.0);
        let by_power = Milliamps(i32::try_from(by_power).unwrap_or(i32::MAX));
        Some(SupplyTarget { voltage, current: target.current.min(self.current()).min(by_power).max(Milliamps::ZERO) })
    }

    /// The voltage at which a cable is checked: the highest that may come.
    pub(super) const fn test_voltage(&self) -> Millivolts {
        self.0.max_voltage.value()
    }

    /// What the supply is to hold in a phase, if it is to be on.
    pub(super) fn supply(&self, phase: DcPhase, target: SupplyTarget) -> Option<SupplyTarget> {
        let gently = |voltage| self.within(SupplyTarget { voltage, current: Self::TEST_CURRENT });
        match phase {
            DcPhase::CableCheck { .. } => gently(self.test_voltage()),
            DcPhase::PreCharge { .. } => gently(target.voltage),
            DcPhase::Energy => self.within(target),
            DcPhase::Off | DcPhase::Checked | DcPhase::RampDown { .. } | DcPhase::WeldingDetection => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use energy::{LimitReason, LimitSource, Lines, LinesInUse};
    use units::PhaseCount;

    #[test]
    fn every_phase_follows_every_wish() {
        use WantedPower::{CableCheck, Energy, Nothing, PreCharge, WeldingDetection};
        let (now, until) = (Instant::ZERO, Instant::from_millis(1000));
        let mut story = String::new();
        for phase in [
            DcPhase::Off,
            DcPhase::CableCheck { until },
            DcPhase::Checked,
            DcPhase::PreCharge { until },
            DcPhase::Energy,
            DcPhase::RampDown { until },
            DcPhase::WeldingDetection,
        ] {
            let short = |phase: DcPhase| format!("{phase:?}").split(' ').next().unwrap_or_default().to_owned();
            let next = [Nothing, CableCheck, PreCharge, Energy, WeldingDetection].map(|wants| {
                let next = phase.follow(wants, now);
                if next == phase { "-".to_owned() } else { short(next) }
            });
            story += &format!("{}: {}\n", short(phase), next.join(" "));
        }
        assert_eq!(
            story,
            "Off: - CableCheck - - WeldingDetection
CableCheck: RampDown - - - RampDown
Checked: RampDown - PreCharge - RampDown
PreCharge: RampDown RampDown - Energy RampDown
Energy: RampDown RampDown RampDown - RampDown
RampDown: - - - - -
WeldingDetection: Off CableCheck Off Off -
"
        );
    }

    #[test]
    fn the_supply_gives_no_more_than_anybody_allows() {
        let can = SupplyCapabilities {
            min_voltage: Millivolts::from_volts(150),
            max_voltage: Millivolts::from_volts(920),
            max_current: Milliamps::from_amps(100),
            max_power: Watts(30_000),
        };
        let voltage = Millivolts::from_volts(230);
        let supplied = Supplied { voltage, outlet: Lines::first(PhaseCount::Three), car: LinesInUse::Unknown };
        let limit = Bound::import(Milliamps::from_amps(32), LimitSource::Outlet, LimitReason::Rating);
        let needs = Needs::Dc { voltage: Millivolts::from_volts(800), current: Milliamps::from_amps(60), power: None };
        let room = DcRoom::new(&can, Some(needs), limit, &supplied);
        let mut story = String::new();
        for (volts, amps) in [(400, 10), (400, 90), (300, 90), (900, 90), (149, 5), (0, 5), (-400, 5), (400, -5)] {
            let target = SupplyTarget { voltage: Millivolts::from_volts(volts), current: Milliamps::from_amps(amps) };
            let held = room.supply(DcPhase::Energy, target);
            let held = held.map_or_else(|| "off".into(), |held| format!("{} V {}", held.voltage.volts(), held.current));
            story += &format!("{volts} V {amps} A: {held}\n");
        }
        assert_eq!(
            story,
            "400 V 10 A: 400 V 10.0 A
400 V 90 A: 400 V 50.2 A
300 V 90 A: 300 V 60.0 A
900 V 90 A: 800 V 25.1 A
149 V 5 A: off
0 V 5 A: off
-400 V 5 A: off
400 V -5 A: 400 V 0.0 A
"
        );
        let most =
            Needs::Dc { voltage: Millivolts(i32::MAX), current: Milliamps(i32::MAX), power: Some(Watts(i32::MIN)) };
        assert_eq!(DcRoom::new(&can, Some(most), limit, &supplied).power(), Watts::ZERO);
    }
}
