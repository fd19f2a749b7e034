//! The meter at the outlet: what it says, and whether that can be true.
//!
//! ```text
//!            reading follows                      doubt lasts, or is proven
//!   Sound ─────────────────────> Sound    Doubted ──────────────────────────> Implausible
//!     └── does not follow ──> Doubted        └── follows ──> Sound                 └── a new trail is sound ──> Sound
//! ```
//!
//! Only a reading that follows from those before is *true*: it is billed and told to the CSMS. One that is doubted is neither,
//! and what was true last stands. A meter that is doubted for a while is out of order until its readings follow from each
//! other again; the register may then begin somewhere else, for whatever was billed by it is closed.

#[cfg(test)]
mod tests;
mod trail;

use std::time::Duration;

use hardware::MeterReading;
use units::{Instant, MilliwattHours, Watts};

use crate::config::{MeterConfig, OutletConfig};
pub(super) use trail::Doubt;
use trail::{Most, Trail};

/// A reading, and when it was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) reading: MeterReading,
    pub(super) at: Instant,
}

/// Whether it answers.
#[derive(Clone, Debug)]
enum Hearing {
    /// It answers, or nobody knows better.
    Answers,
    /// Its last answer was none: why.
    Fails(String),
}

/// Whether what it says can be true.
#[derive(Clone, Debug)]
enum Belief {
    /// It follows.
    Sound,
    /// It does not follow since then.
    Doubted { since: Instant },
    /// It is out of order. What it says now is followed anew, and is sound since then.
    Implausible { why: Doubt, trail: Trail, sound_since: Instant },
}

/// The meter at the outlet.
#[derive(Debug)]
pub(super) struct OutletMeter {
    most: Most,
    lost_after: Duration,
    slow_after: Duration,
    /// When it answered last; when it began, as long as it has not.
    heard: Instant,
    hearing: Hearing,
    /// Its deadline has passed: it is lost.
    lost: bool,
    /// What is true; `None` as long as nothing was read.
    truth: Option<Trail>,
    belief: Belief,
    /// What was true in an earlier life of the host, until the first reading of this one.
    remembered: Option<Remembered>,
}

/// The register as an earlier life of the host knew it last.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    register: MilliwattHours,
    /// How long ago that was; `None`: nobody knows.
    ago: Option<Duration>,
}

impl Remembered {
    /// Why a first reading does not follow from it.
    fn doubt(self, reading: &MeterReading, most: Most) -> Option<Doubt> {
        let (from, to) = (self.register, reading.import);
        if to < from {
            return Some(Doubt::Fell { from, to });
        }
        // Not every board cuts the power of a host that is away.
        let within = self.ago?;
        (to - from > most.energy(within)).then_some(Doubt::Jumped { by: to - from, within })
    }
}

impl OutletMeter {
    /// A meter that is out of order must be sound for so long.
    const SOUND: Duration = Duration::from_secs(10);
    /// One whose register stood still, or that did not fit its power, shows nothing of that without a load. After so long it
    /// gets another chance: a minute of energy may be lost with it.
    const SOUND_WITHOUT_PROOF: Duration = Duration::from_secs(600);

    /// Nothing was read yet.
    pub(super) fn new(meter: &MeterConfig, outlet: &OutletConfig, now: Instant) -> Self {
        let amps = outlet.max_current_a;
        // Cars that take too much, and mains that are too high, are measured and not doubted.
        let power = amps * i32::from(outlet.phases.count()) * outlet.voltage_v * 3 / 2;
        Self {
            most: Most { current: units::Milliamps::from_amps(amps * 4 + 20), power: Watts(power) },
            lost_after: meter.lost_after(),
            slow_after: meter.slow_after(),
            heard: now,
            hearing: Hearing::Answers,
            lost: false,
            truth: None,
            belief: Belief::Sound,
            remembered: None,
        }
    }

    /// So it stood in an earlier life of the host, and so long ago: what it shows first must follow from that.
    pub(super) const fn remember(&mut self, register: MilliwattHours, ago: Option<Duration>) {
        self.remembered = Some(Remembered { register, ago });
    }

    /// What is true: the last reading that is not doubted.
    pub(super) fn truth(&self) -> Option<Taken> {
        self.truth.as_ref().map(|trail| Taken { reading: *trail.last(), at: trail.at() })
    }

    /// Takes an answer of the meter, or why there is none. True when what it says is true.
    pub(super) fn hear(&mut self, now: Instant, answer: Result<MeterReading, String>) -> bool {
        match answer {
            Ok(MeterReading { import, export, .. }) if import.0 < 0 || export.0 < 0 => {
                self.hearing = Hearing::Fails(format!("a register of the meter is below zero: {}", import.min(export)));
                false
            }
            Ok(reading) => {
                self.heard = now;
                self.hearing = Hearing::Answers;
                self.lost = false;
                self.judge(now, reading)
            }
            Err(why) => {
                self.hearing = Hearing::Fails(why);
                false
            }
        }
    }

    fn judge(&mut self, now: Instant, reading: MeterReading) -> bool {
        let most = self.most;
        let truth = match (&mut self.belief, &mut self.truth) {
            (Belief::Implausible { why, trail, sound_since }, truth) => {
                if trail.follow(now, reading, most).is_err() {
                    *trail = Trail::begin(now, reading);
                    *sound_since = now;
                }
                // A register that moves again has shown it; for the rest there is no proof without a load.
                let stood = truth.as_ref().is_none_or(|truth| truth.last().import == reading.import);
                let shown = !why.needs_load() || (matches!(why, Doubt::StandsStill { .. }) && !stood);
                let needed = if shown { Self::SOUND } else { Self::SOUND_WITHOUT_PROOF };
                if now - *sound_since < needed {
                    return false;
                }
                *truth = Some(*trail);
                self.belief = Belief::Sound;
                return true;
            }
            (_, None) => {
                if let Some(remembered) = self.remembered.take()
                    && let Some(why) = remembered.doubt(&reading, most)
                {
                    // What was known stands, and is billed.
                    let known = MeterReading { import: remembered.register, ..reading };
                    self.truth = Some(Trail::begin(now, known));
                    let trail = Trail::begin(now, reading);
                    self.belief = Belief::Implausible { why, trail, sound_since: now };
                    return false;
                }
                self.truth = Some(Trail::begin(now, reading));
                return true;
            }
            (Belief::Sound | Belief::Doubted { .. }, Some(truth)) => truth,
        };
        match (truth.follow(now, reading, most), &self.belief) {
            (Ok(()), _) => {
                self.belief = Belief::Sound;
                true
            }
            (Err(why), _) if why.is_proven() => {
                let trail = Trail::begin(now, reading);
                self.belief = Belief::Implausible { why, trail, sound_since: now };
                // What it shows is true as far as anybody knows; that more was drawn is not on the bill.
                true
            }
            (Err(why), Belief::Doubted { since }) if now - *since >= self.lost_after => {
                let trail = Trail::begin(now, reading);
                self.belief = Belief::Implausible { why, trail, sound_since: now };
                false
            }
            (Err(_), Belief::Doubted { .. }) => false,
            (Err(_), Belief::Sound | Belief::Implausible { .. }) => {
                self.belief = Belief::Doubted { since: now };
                false
            }
        }
    }

    /// Whether it is in order, and this is what it said last.
    pub(super) fn repeats(&self, reading: &MeterReading) -> bool {
        self.is_sound() && self.truth.as_ref().is_some_and(|truth| truth.last() == reading)
    }

    /// Whether it is heard, and what it says is true.
    pub(super) const fn is_sound(&self) -> bool {
        !self.lost && matches!((&self.hearing, &self.belief), (Hearing::Answers, Belief::Sound))
    }

    /// Lets its deadline pass.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.deadline().is_some_and(|at| at <= now) {
            self.lost = true;
        }
    }

    /// When it is lost if nothing is heard of it; `None` when it is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let patience = match self.hearing {
            Hearing::Answers => self.slow_after,
            Hearing::Fails(_) => self.lost_after,
        };
        (!self.lost).then(|| self.heard + patience)
    }

    /// Why there are no readings, if it is lost.
    pub(super) fn lost(&self) -> Option<String> {
        self.lost.then(|| match &self.hearing {
            Hearing::Answers => format!("the meter has said nothing for {} s", self.slow_after.as_secs()),
            Hearing::Fails(why) => why.clone(),
        })
    }

    /// Why its readings cannot be true, if it is out of order.
    pub(super) const fn implausible(&self) -> Option<Doubt> {
        match self.belief {
            Belief::Sound | Belief::Doubted { .. } => None,
            Belief::Implausible { why, .. } => Some(why),
        }
    }
}
