//! In the place of session coordinator, board and supply: lets a car in, offers what it has, and pretends to give it. Nothing
//! flows: what it says of voltage and current follows what the car asks for, in the time that a real supply takes.
//!
//! There is no pilot wire either. Until the car says in its messages that it is ready, nobody knows its pilot; from then on it
//! counts as state C.
//!
//! ```text
//!   Quiet ─ CableCheck ─▶ Checking: up in 1 s, valid after 3 s ─ PreCharge, Energy ─▶ Following: as the car asks
//!     ▲                                                                                     │
//!     └──────────────── Nothing, WeldingDetection, the end: down to 0 V ────────────────────┘
//!   Quiet ─ Energy (AC) ─▶ Closing: 0.3 s ─▶ Closed
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use energy::{Bound, LimitReason, LimitSource};
use hardware::{SupplyCapabilities, SupplyTarget};
use session::{
    Authorization, HlcEvent, HlcOutput, Isolation, Needs, Offer, OfferedLimits, PowerPath, Readiness, WantedPower,
};
use units::{Instant, Milliamps, Millivolts};

/// From the wish for energy to a closed contactor.
const CONTACTOR: Duration = Duration::from_millis(300);
/// What a cable check takes, unless it was measured.
const CABLE_CHECK: Duration = Duration::from_secs(3);
/// From nothing to the highest voltage or current, and back.
const RAMP: Duration = Duration::from_millis(800);
/// How often the output moves, and the meter is read.
const TICK: Duration = Duration::from_millis(50);

/// What the station has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Abilities {
    /// Alternating current.
    Ac {
        /// Between phase and neutral.
        voltage: Millivolts,
        /// Each line.
        current: Milliamps,
    },
    /// Direct current.
    Dc(SupplyCapabilities),
}

/// What it says to high-level communication.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// As the coordinator.
    Hlc(HlcOutput),
    /// As the supply.
    Measured {
        /// At the output.
        voltage: Millivolts,
        /// Out of it.
        current: Milliamps,
    },
    /// As the meter.
    Meter {
        /// Energy, Wh.
        reading_wh: u64,
    },
}

/// What is done with the power.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Doing {
    /// Nothing, or what was done comes down.
    Quiet,
    /// The cable is checked until then.
    Checking { until: Instant },
    /// It was, and is good.
    Checked,
    /// DC: what the car asks for.
    Following { current: bool },
    /// AC: the contactor closes then.
    Closing { at: Instant },
    /// AC: it is closed.
    Closed,
}

/// The power of a station that has none.
#[derive(Debug)]
pub(crate) struct PowerStage {
    abilities: Abilities,
    cable_check: Duration,
    doing: Doing,
    /// The car has said that it is ready.
    ready: bool,
    /// What a car can take of alternating current.
    takes: Milliamps,
    target: SupplyTarget,
    voltage: Millivolts,
    current: Milliamps,
    /// Microwatt hours.
    energy: i64,
    told_wh: Option<u64>,
    now: Instant,
    out: VecDeque<Said>,
}

impl PowerStage {
    /// Nobody is there.
    pub(crate) fn new(abilities: Abilities, cable_check: Option<Duration>) -> Self {
        Self {
            abilities,
            cable_check: cable_check.unwrap_or(CABLE_CHECK),
            doing: Doing::Quiet,
            ready: false,
            takes: Milliamps::ZERO,
            target: SupplyTarget::default(),
            voltage: Millivolts::ZERO,
            current: Milliamps::ZERO,
            energy: 0,
            told_wh: None,
            now: Instant::ZERO,
            out: VecDeque::new(),
        }
    }

    /// A car may come: what was said of the one before does not hold for it.
    pub(crate) fn begin(&mut self) {
        (self.ready, self.told_wh) = (false, None);
        self.rest();
        self.say(HlcOutput::Isolation(Isolation::Invalid));
        self.read_meter();
    }

    /// High-level communication tells something.
    pub(crate) fn hear(&mut self, now: Instant, event: &HlcEvent) {
        self.time(now);
        match event {
            HlcEvent::WantsAuthorization(_) => self.say(HlcOutput::Authorization(Authorization::Accepted)),
            HlcEvent::Needs(needs) => self.needs(needs),
            HlcEvent::Target(target) => self.target = *target,
            HlcEvent::WantsPower(wanted) => self.wants(*wanted),
            HlcEvent::Lost | HlcEvent::NeverConnected | HlcEvent::Failed | HlcEvent::Paused | HlcEvent::Ended => {
                self.rest()
            }
            HlcEvent::Heard | HlcEvent::MatchFailed | HlcEvent::Matched | HlcEvent::Soc(_) => {}
        }
    }

    /// Time has passed.
    pub(crate) fn time(&mut self, now: Instant) {
        while self.is_moving() && now >= self.now + TICK {
            self.now = self.now + TICK;
            self.tick();
        }
        if !self.is_moving() {
            self.now = self.now.max(now);
        }
    }

    /// When it goes on by itself.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.is_moving().then(|| self.now + TICK)
    }

    /// The next thing that it says.
    pub(crate) fn next(&mut self) -> Option<Said> {
        self.out.pop_front()
    }

    fn say(&mut self, output: HlcOutput) {
        self.out.push_back(Said::Hlc(output));
    }

    fn needs(&mut self, needs: &Needs) {
        let limits = match (self.abilities, needs) {
            (Abilities::Ac { current, .. }, Needs::Ac { current: takes }) => {
                self.takes = current.min(*takes);
                OfferedLimits::Ac { current: Bound::import(current, LimitSource::Outlet, LimitReason::Rating) }
            }
            (Abilities::Dc(can), Needs::Dc { .. }) => {
                let (by, why) = (LimitSource::Supply, LimitReason::Rating);
                OfferedLimits::Dc {
                    min_voltage: Bound::import(can.min_voltage, by, why),
                    max_voltage: Bound::import(can.max_voltage, by, why),
                    current: Bound::import(can.max_current, by, why),
                    power: Bound::import(can.max_power, by, why),
                }
            }
            (Abilities::Ac { .. }, Needs::Dc { .. }) | (Abilities::Dc(_), Needs::Ac { .. }) => {
                return self.say(HlcOutput::Stop(session::StopWhy::NotServed));
            }
        };
        self.say(HlcOutput::Offer(Offer { limits, held_back: None }));
    }

    fn wants(&mut self, wanted: WantedPower) {
        match (wanted, self.abilities) {
            (WantedPower::Nothing | WantedPower::WeldingDetection, _) => self.rest(),
            (WantedPower::CableCheck, Abilities::Dc(_)) => {
                self.is_ready();
                self.doing = Doing::Checking { until: self.now + self.cable_check };
            }
            (WantedPower::PreCharge, Abilities::Dc(_)) => self.doing = Doing::Following { current: false },
            (WantedPower::Energy, Abilities::Dc(_)) => {
                self.is_ready();
                self.doing = Doing::Following { current: true };
            }
            (WantedPower::Energy, Abilities::Ac { .. }) => {
                self.is_ready();
                if self.doing != Doing::Closed {
                    self.doing = Doing::Closing { at: self.now + CONTACTOR };
                }
            }
            (WantedPower::CableCheck | WantedPower::PreCharge, Abilities::Ac { .. }) => {}
        }
    }

    fn is_ready(&mut self) {
        if !self.ready {
            self.ready = true;
            self.say(HlcOutput::Ready(Readiness::Ready));
        }
    }

    /// Nothing is given any more.
    fn rest(&mut self) {
        if self.doing != Doing::Quiet {
            self.doing = Doing::Quiet;
            self.say(HlcOutput::Power(PowerPath::Open));
        }
        self.target = SupplyTarget::default();
        self.moved(self.voltage, Milliamps::ZERO);
    }

    fn is_moving(&self) -> bool {
        match self.doing {
            Doing::Quiet | Doing::Checked => self.voltage > Millivolts::ZERO,
            Doing::Checking { .. } | Doing::Following { .. } | Doing::Closing { .. } | Doing::Closed => true,
        }
    }

    fn tick(&mut self) {
        self.count();
        match self.doing {
            Doing::Closing { at } if at <= self.now => {
                self.doing = Doing::Closed;
                self.say(HlcOutput::Power(PowerPath::Closed));
            }
            Doing::Checking { until } if until <= self.now => {
                self.doing = Doing::Checked;
                self.say(HlcOutput::Isolation(Isolation::Valid));
                self.say(HlcOutput::Power(PowerPath::Checked));
            }
            Doing::Quiet
            | Doing::Checking { .. }
            | Doing::Checked
            | Doing::Following { .. }
            | Doing::Closing { .. }
            | Doing::Closed => {}
        }
        if let Abilities::Dc(can) = self.abilities {
            let goal = self.goal(&can);
            let voltage = towards(self.voltage.0, goal.voltage.0, can.max_voltage.0);
            let current = towards(self.current.0, goal.current.0, can.max_current.0);
            self.moved(Millivolts(voltage), Milliamps(current));
        }
    }

    /// What the output is to be.
    fn goal(&self, can: &SupplyCapabilities) -> SupplyTarget {
        let nothing = SupplyTarget::default();
        match self.doing {
            Doing::Checking { .. } => SupplyTarget { voltage: can.max_voltage, ..nothing },
            Doing::Following { current } => {
                let voltage = self.target.voltage.min(can.max_voltage);
                let by_power = match i64::from(voltage.0) {
                    0 => 0,
                    voltage => i64::from(can.max_power.0) * 1_000_000 / voltage,
                };
                let most = can.max_current.min(Milliamps(i32::try_from(by_power).unwrap_or(i32::MAX)));
                let current = if current { self.target.current.min(most) } else { Milliamps::ZERO };
                SupplyTarget { voltage, current }
            }
            Doing::Quiet | Doing::Checked | Doing::Closing { .. } | Doing::Closed => nothing,
        }
    }

    fn moved(&mut self, voltage: Millivolts, current: Milliamps) {
        if (voltage, current) != (self.voltage, self.current) {
            (self.voltage, self.current) = (voltage, current);
            self.out.push_back(Said::Measured { voltage, current });
        }
    }

    /// What has flown in one tick.
    fn count(&mut self) {
        let (voltage, current) = match (self.abilities, self.doing) {
            (Abilities::Ac { voltage, .. }, Doing::Closed) => (voltage, self.takes),
            (Abilities::Ac { .. }, _) => return,
            (Abilities::Dc(_), _) => (self.voltage, self.current),
        };
        let microwatts = i64::from(voltage.0) * i64::from(current.0);
        self.energy += microwatts * i64::try_from(TICK.as_millis()).unwrap_or(0) / 3_600_000;
        self.read_meter();
    }

    fn read_meter(&mut self) {
        let reading_wh = u64::try_from(self.energy / 1_000_000).unwrap_or(0);
        if self.told_wh.replace(reading_wh) != Some(reading_wh) {
            self.out.push_back(Said::Meter { reading_wh });
        }
    }
}

/// One tick of the way from one value to another; the whole of `most` takes the time of a ramp.
fn towards(from: i32, to: i32, most: i32) -> i32 {
    let step = i64::from(most) * i64::try_from(TICK.as_millis()).unwrap_or(1) / RAMP.as_millis().max(1) as i64;
    let step = i32::try_from(step.max(1)).unwrap_or(i32::MAX);
    if from < to { from.saturating_add(step).min(to) } else { from.saturating_sub(step).max(to) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Watts;

    const DC: Abilities = Abilities::Dc(SupplyCapabilities {
        min_voltage: Millivolts(150_000),
        max_voltage: Millivolts(500_000),
        max_current: Milliamps(125_000),
        max_power: Watts(50_000),
    });
    const AC: Abilities = Abilities::Ac { voltage: Millivolts(230_000), current: Milliamps(32_000) };

    fn ms(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    /// What is said until then, each with its time; of the measurements only the last.
    fn until(stage: &mut PowerStage, end: u64) -> Vec<(u64, Said)> {
        let mut said = Vec::new();
        let mut at = stage.now.as_millis();
        loop {
            while let Some(one) = stage.next() {
                match (one, said.last_mut()) {
                    (one @ Said::Measured { .. }, Some(last @ (_, Said::Measured { .. }))) => *last = (at, one),
                    (Said::Meter { .. }, _) => {}
                    (one, _) => said.push((at, one)),
                }
            }
            let Some(next) = stage.until().filter(|next| *next <= ms(end)) else { break };
            stage.time(next);
            at = next.as_millis();
        }
        stage.time(ms(end));
        said
    }

    fn wants(stage: &mut PowerStage, at: u64, wanted: WantedPower) {
        stage.hear(ms(at), &HlcEvent::WantsPower(wanted));
    }

    fn measured(volts: i32, milliamps: i32) -> Said {
        Said::Measured { voltage: Millivolts::from_volts(volts), current: Milliamps(milliamps) }
    }

    #[test]
    fn a_car_is_let_in_and_offered_what_there_is() {
        for (abilities, needs) in [
            (AC, Needs::Ac { current: Milliamps(16_000) }),
            (DC, Needs::Dc { voltage: Millivolts(400_000), current: Milliamps(200_000), power: None }),
        ] {
            let mut stage = PowerStage::new(abilities, None);
            stage.begin();
            until(&mut stage, 0);
            stage.hear(ms(10), &HlcEvent::WantsAuthorization(session::Identification::Eim));
            stage.hear(ms(20), &HlcEvent::Needs(needs));
            let said = until(&mut stage, 30);
            assert_eq!(said[0].1, Said::Hlc(HlcOutput::Authorization(Authorization::Accepted)));
            assert!(matches!(said[1].1, Said::Hlc(HlcOutput::Offer(Offer { limits, .. })) if match limits {
                OfferedLimits::Ac { current } => current.value() == Milliamps(32_000),
                OfferedLimits::Dc { current, max_voltage, power, .. } => current.value() == Milliamps(125_000)
                    && max_voltage.value() == Millivolts(500_000) && power.value() == Watts(50_000),
            }));
            assert_eq!(said.len(), 2);
        }
    }

    #[test]
    fn who_needs_another_current_is_told() {
        let mut stage = PowerStage::new(AC, None);
        let needs = Needs::Dc { voltage: Millivolts(400_000), current: Milliamps(1_000), power: None };
        stage.hear(ms(0), &HlcEvent::Needs(needs));
        assert_eq!(stage.next(), Some(Said::Hlc(HlcOutput::Stop(session::StopWhy::NotServed))));
    }

    #[test]
    fn alternating_current_flows_after_300_ms_and_is_counted() {
        let mut stage = PowerStage::new(AC, None);
        stage.begin();
        until(&mut stage, 1_000);
        stage.hear(ms(1_000), &HlcEvent::Needs(Needs::Ac { current: Milliamps(16_000) }));
        until(&mut stage, 1_000);
        wants(&mut stage, 1_000, WantedPower::Energy);
        assert_eq!(
            until(&mut stage, 2_000),
            [
                (1_000, Said::Hlc(HlcOutput::Ready(Readiness::Ready))),
                (1_300, Said::Hlc(HlcOutput::Power(PowerPath::Closed))),
            ]
        );
        // 3.68 kW for an hour.
        stage.time(ms(3_601_300));
        let last = std::iter::from_fn(|| stage.next()).last();
        assert_eq!(last, Some(Said::Meter { reading_wh: 3_679 }));
        wants(&mut stage, 3_601_300, WantedPower::Nothing);
        assert_eq!(stage.next(), Some(Said::Hlc(HlcOutput::Power(PowerPath::Open))));
        assert_eq!(stage.until(), None);
    }

    #[test]
    fn direct_current_is_checked_matched_given_and_taken_away() {
        let mut stage = PowerStage::new(DC, None);
        stage.begin();
        until(&mut stage, 0);
        wants(&mut stage, 0, WantedPower::CableCheck);
        assert_eq!(
            until(&mut stage, 4_000),
            [
                (0, Said::Hlc(HlcOutput::Ready(Readiness::Ready))),
                (800, measured(500, 0)),
                (3_000, Said::Hlc(HlcOutput::Isolation(Isolation::Valid))),
                (3_000, Said::Hlc(HlcOutput::Power(PowerPath::Checked))),
                (3_750, measured(0, 0)),
            ]
        );
        let target = |volts, milliamps| {
            HlcEvent::Target(SupplyTarget { voltage: Millivolts::from_volts(volts), current: Milliamps(milliamps) })
        };
        stage.hear(ms(4_000), &target(350, 1_000));
        wants(&mut stage, 4_000, WantedPower::PreCharge);
        assert_eq!(until(&mut stage, 5_000), [(4_600, measured(350, 0))], "within a second, and nothing flows");
        wants(&mut stage, 5_000, WantedPower::Energy);
        // The car wants more than there is.
        stage.hear(ms(5_000), &target(450, 200_000));
        assert_eq!(until(&mut stage, 6_000), [(5_750, measured(450, 111_111))], "50 kW at most");
        wants(&mut stage, 6_000, WantedPower::Nothing);
        assert_eq!(
            until(&mut stage, 8_000),
            [(6_000, Said::Hlc(HlcOutput::Power(PowerPath::Open))), (6_750, measured(0, 0))]
        );
        assert_eq!(stage.until(), None);
    }

    #[test]
    fn the_next_car_has_to_be_ready_itself() {
        let mut stage = PowerStage::new(DC, None);
        stage.begin();
        wants(&mut stage, 0, WantedPower::CableCheck);
        stage.hear(ms(500), &HlcEvent::Lost);
        stage.begin();
        until(&mut stage, 1_500);
        wants(&mut stage, 1_500, WantedPower::CableCheck);
        assert_eq!(stage.next(), Some(Said::Hlc(HlcOutput::Ready(Readiness::Ready))));
    }
}
