//! What the host has told so far.

use units::{Instant, Milliamps, Millivolts};

use super::words::{Authorization, Isolation, Offer, Pilot, PowerPath, StopWhy};

/// What the host has told so far. What was not told is not made up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Host {
    pub(super) authorization: Option<Authorization>,
    pub(super) offer: Option<Offer>,
    pub(super) power: PowerPath,
    pub(super) pilot: Option<Pilot>,
    pub(super) voltage: Millivolts,
    pub(super) current: Milliamps,
    pub(super) meter: Option<u64>,
    pub(super) isolation: Option<Isolation>,
    /// The car is to stop, since then.
    pub(super) stop: Option<(StopWhy, Instant)>,
}

impl Host {
    pub(super) fn offer(&mut self, offer: Offer) {
        let gives = match offer {
            Offer::Ac { current } => current > Milliamps::ZERO,
            Offer::Dc { current, .. } => current > Milliamps::ZERO,
        };
        // A fault is over as soon as there is something to take again.
        self.stop.take_if(|(why, _)| gives && *why == StopWhy::Fault);
        self.offer = Some(offer);
    }

    pub(super) fn stop(&mut self, now: Instant, why: StopWhy) {
        match &mut self.stop {
            // What is worse is told, and since when the car should stop stays.
            Some((told, _)) => {
                if why == StopWhy::Emergency || (why == StopWhy::Fault && *told != StopWhy::Emergency) {
                    *told = why;
                }
            }
            None => self.stop = Some((why, now)),
        }
    }

    pub(super) fn meter(&mut self, reading: u64) {
        // A meter does not run back: what reads so is an error of its reader.
        self.meter = Some(self.meter.map_or(reading, |before| before.max(reading)));
    }
}
