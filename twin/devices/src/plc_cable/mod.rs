//! The power line between the modems of a charger and of a car: pilot and earth of the charging cable (ISO 15118-3).
//!
//! ```text
//!   host of the charger ── modem ═══════ cable ═══════ modem ── host of the car
//!                            │  a key in common: anything  │
//!                            │  none: messages of matching │ and what comes over from a neighbour's cable
//! ```

mod conditions;
mod lots;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use slac::{Frame, Nmk};
use units::Instant;

pub use self::conditions::{Condition, Conditions};
use self::lots::Lots;
use crate::plc_modem::PlcModem;

/// A frame that was to arrive behind the next one arrives so much later at the latest.
const LATEST: Duration = Duration::from_millis(50);

/// More frames are never on their way in one direction: the medium carries one after the other, and modems have short queues.
const MOST_ON_THE_WAY: usize = 64;

/// An end of the line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The modem of the EVSE.
    Evse,
    /// The modem of the car.
    Car,
}

impl End {
    const fn other(self) -> Self {
        match self {
            Self::Evse => Self::Car,
            Self::Car => Self::Evse,
        }
    }
}

/// A frame on its way to an end.
#[derive(Debug)]
struct Underway {
    at: Instant,
    frame: Vec<u8>,
}

/// A power line with a modem at each end.
#[derive(Debug)]
pub struct PlcCable {
    evse: PlcModem,
    car: PlcModem,
    conditions: Conditions,
    lots: Lots,
    /// Whether the line joins the modems: a plug is in, and pilot and earth are whole.
    joined: bool,
    /// Both have the same key since then.
    one_network_since: Option<Instant>,
    linked: bool,
    /// By arrival: to the EVSE, and to the car.
    underway: [VecDeque<Underway>; 2],
    /// What was put on the line since somebody asked last, for cables beside it.
    loud: Vec<Vec<u8>>,
}

impl PlcCable {
    /// A line between them. What happens to frames follows from `seed`.
    #[must_use]
    pub const fn new(evse: PlcModem, car: PlcModem, seed: u64) -> Self {
        Self {
            evse,
            car,
            conditions: Conditions::GOOD,
            lots: Lots::new(seed),
            joined: false,
            one_network_since: None,
            linked: false,
            underway: [VecDeque::new(), VecDeque::new()],
            loud: Vec::new(),
        }
    }

    /// The modem in the car.
    #[must_use]
    pub const fn car(&self) -> &PlcModem {
        &self.car
    }

    /// The modem of the EVSE.
    #[must_use]
    pub const fn evse(&self) -> &PlcModem {
        &self.evse
    }

    /// What the line does to frames from now on.
    pub const fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// What the line does to frames.
    #[must_use]
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Whether the modems are one network.
    #[must_use]
    pub const fn is_linked(&self) -> bool {
        self.linked
    }

    /// Gives both modems this key behind the backs of their hosts: they are one network as soon as the line joins them.
    pub fn give_key(&self, nmk: impl Into<Nmk>) {
        let nmk = nmk.into();
        self.evse.set_nmk(nmk);
        self.car.set_nmk(nmk);
    }

    /// The line joins its ends from now on, or not: what is on its way is lost then.
    pub fn join(&mut self, now: Instant, joined: bool) {
        self.joined = joined;
        if !joined {
            self.underway.iter_mut().for_each(VecDeque::clear);
        }
        self.see_link(now);
    }

    /// Takes what waits at either end, and lets arrive what has come to its end by now; whether anything arrived.
    pub fn carry(&mut self, now: Instant) -> bool {
        self.see_link(now);
        for end in [End::Evse, End::Car] {
            while let Some(frame) = self.modem(end).next_for_line() {
                if self.joined && (self.linked || is_of_matching(&frame)) {
                    if is_of_matching(&frame) && self.loud.len() < MOST_ON_THE_WAY {
                        self.loud.push(frame.clone());
                    }
                    self.send(now, end.other(), frame);
                }
            }
        }
        let mut arrived = false;
        for end in [End::Evse, End::Car] {
            while let Some(underway) = self.underway[end as usize].pop_front_if(|next| next.at <= now) {
                self.modem(end).hear(underway.frame, self.conditions.attenuation_db);
                arrived = true;
            }
        }
        arrived
    }

    /// When something arrives, or the modems become one network.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        let arrives = self.underway.iter().filter_map(|underway| Some(underway.front()?.at)).min();
        let links = self.one_network_since.filter(|_| !self.linked).map(|since| since + self.conditions.join_time);
        arrives.into_iter().chain(links).min()
    }

    /// What was put on the line since this was asked last, and can be heard beside it: messages of matching, which no key
    /// protects.
    pub fn take_loud(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.loud)
    }

    /// A frame comes over from a neighbour's cable, so much weaker than it was sent there.
    pub fn overhear(&self, frame: &[u8], attenuation_db: u8) {
        for modem in [&self.evse, &self.car] {
            modem.hear(frame.to_vec(), attenuation_db);
        }
    }

    const fn modem(&self, end: End) -> &PlcModem {
        match end {
            End::Evse => &self.evse,
            End::Car => &self.car,
        }
    }

    /// Two modems with one key find each other after a while, and lose each other at once.
    fn see_link(&mut self, now: Instant) {
        let network = self.evse.network();
        let one = self.joined && network.is_some() && network == self.car.network();
        self.one_network_since = one.then(|| self.one_network_since.unwrap_or(now));
        self.linked = self.one_network_since.is_some_and(|since| since + self.conditions.join_time <= now);
        self.evse.set_linked(self.linked);
        self.car.set_linked(self.linked);
    }

    /// Puts a frame on its way, as the conditions have it.
    fn send(&mut self, now: Instant, to: End, frame: Vec<u8>) {
        let Conditions { delay, jitter, lost, doubled, late, damaged, .. } = self.conditions;
        if self.lots.hits(lost) {
            return;
        }
        let mut frame = frame;
        if self.lots.hits(damaged) && !frame.is_empty() {
            // The addresses stay: a modem hands out what is for its host.
            let bit = self.lots.below((frame.len() as u64).saturating_sub(12) * 8) as usize + 12 * 8;
            if let Some(octet) = frame.get_mut(bit / 8) {
                *octet ^= 1 << (bit % 8);
            }
        }
        // Whole milliseconds, as all times of the world.
        let later = Duration::from_millis(self.lots.below(jitter.as_millis() as u64 + 1));
        let behind = if self.lots.hits(late) { LATEST } else { Duration::ZERO };
        let twice = self.lots.hits(doubled);
        let queue = &mut self.underway[to as usize];
        let mut at = now + delay + later + behind;
        if behind == Duration::ZERO {
            // Those that were put behind have no say in it.
            let last = queue.iter().map(|underway| underway.at).filter(|at| *at < now + delay + LATEST).max();
            at = last.map_or(at, |last| at.max(last));
        }
        for _ in 0..=usize::from(twice) {
            if queue.len() == MOST_ON_THE_WAY {
                return;
            }
            let place = queue.partition_point(|underway| underway.at <= at);
            queue.insert(place, Underway { at, frame: frame.clone() });
        }
    }
}

/// Whether modems that have no key in common understand it.
fn is_of_matching(frame: &[u8]) -> bool {
    Frame::decode(frame).is_ok_and(|frame| frame.message.is_of_matching())
}
