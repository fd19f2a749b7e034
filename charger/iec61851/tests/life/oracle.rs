//! The rules, by themselves: what must be true of a coil that is energised, and of the moment at which it becomes so.

use std::collections::VecDeque;
use std::time::Duration;

use iec61851::{
    Command, Config, Event, Fault, Machine, Offer, Outlet, Permission, PilotSignal, PilotState, Proximity, Sample,
    classify,
};
use units::{Instant, Microamps, Milliamps, Millivolts};

const SECOND: Duration = Duration::from_secs(1);

/// Watches one life.
pub(crate) struct Oracle {
    config: Config,
    broken: Option<String>,
    coil: bool,
    // The host.
    enabled: bool,
    heard: Instant,
    permission: Permission,
    // The pilot, by what was measured.
    driven: PilotSignal,
    /// Since when no sample could allow power, in the widest reading; and since when every sample surely does. A sample
    /// stands until the next.
    refused_since: Option<Instant>,
    sure_since: Option<Instant>,
    /// Since when every sample surely shows that nobody is there.
    nobody_since: Option<Instant>,
    // The socket.
    /// Since when no sample shows a cable.
    no_cable_since: Option<Instant>,
    // What flows.
    residual: bool,
    testing: bool,
    sampled_at: Instant,
    /// Until when each was offered.
    offers: VecDeque<(Instant, Milliamps)>,
    over_since: Option<Instant>,
    unoffered_since: Option<Instant>,
    // The contactor's life.
    closings: VecDeque<Instant>,
    in_session: u32,
    rests_until: Instant,
    state: Option<PilotState>,
}

impl Oracle {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            broken: None,
            coil: false,
            enabled: false,
            heard: Instant::ZERO,
            permission: Permission::Withdrawn,
            driven: PilotSignal::F,
            refused_since: Some(Instant::ZERO),
            sure_since: None,
            nobody_since: None,
            no_cable_since: Some(Instant::ZERO),
            residual: false,
            testing: false,
            sampled_at: Instant::ZERO,
            offers: VecDeque::new(),
            over_since: None,
            unoffered_since: None,
            closings: VecDeque::new(),
            in_session: 0,
            rests_until: Instant::ZERO,
            state: None,
        }
    }

    pub(crate) fn broken(&mut self, now: Instant, rule: &str) {
        self.broken.get_or_insert_with(|| format!("at {now}: {rule}"));
    }

    fn must(&mut self, now: Instant, holds: bool, rule: &str) {
        if !holds {
            self.broken(now, rule);
        }
    }

    pub(crate) fn verdict(&self) -> Result<(), String> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn command(&mut self, now: Instant, command: Command) {
        self.heard = now;
        match command {
            Command::AllowPower(permission) => {
                let nobody = self.nobody_since.is_some_and(|since| now >= since + Duration::from_millis(30));
                self.permission = if nobody || !self.enabled { Permission::Withdrawn } else { permission };
            }
            Command::Enable => {
                self.enabled = true;
                self.permission = Permission::Withdrawn;
            }
            Command::Disable => {
                self.enabled = false;
                self.permission = Permission::Withdrawn;
            }
            Command::Heartbeat | Command::SetPilot(_) => {}
        }
    }

    pub(crate) fn event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Pilot { state, .. } => {
                self.state = Some(state);
                if state == PilotState::A {
                    self.permission = Permission::Withdrawn;
                    self.in_session = 0;
                }
            }
            Event::Fault(_) => self.permission = Permission::Withdrawn,
            Event::Cable(_) | Event::ContactorClosed | Event::ContactorOpened | Event::ContactorBusy { .. } => {}
            Event::FaultCleared(fault) => {
                let weld = fault == Fault::ContactorWelded && self.coil;
                self.must(now, !weld, "a weld is cleared under an energised coil");
            }
        }
    }

    pub(crate) fn sample(&mut self, now: Instant, sample: &Sample, driven: PilotSignal) {
        self.sampled_at = now;
        if driven.is_pwm() != self.driven.is_pwm() || matches!(driven, PilotSignal::E | PilotSignal::F) {
            self.sure_since = None;
        }
        self.driven = driven;
        let off = |nominal: i32| (sample.pilot_high - Millivolts(nominal)).abs().0;
        let nearest = match self.config.ventilated {
            true => off(6_000).min(off(3_000)),
            false => off(6_000),
        };
        let visible = !matches!(driven, PilotSignal::E | PilotSignal::F);
        let diode = !driven.is_pwm() || sample.pilot_low <= Millivolts(-10_500);
        if visible && diode && nearest <= 1_400 {
            self.refused_since = None;
        } else {
            self.refused_since.get_or_insert(now);
        }
        if visible && diode && nearest <= 1_100 {
            self.sure_since.get_or_insert(now);
        } else {
            self.sure_since = None;
        }
        if visible && off(12_000) <= 1_100 {
            self.nobody_since.get_or_insert(now);
        } else {
            self.nobody_since = None;
        }
        if matches!(classify(sample.proximity), Proximity::Cable(_)) {
            self.no_cable_since = None;
        } else {
            self.no_cable_since.get_or_insert(now);
        }
        self.residual = sample.residual.abs() >= Microamps(6_000);
        self.look_at_current(now, sample);
    }

    /// What the pilot offers from now on; it offers it to a car whether anybody measures or not.
    fn offers(&mut self, now: Instant, signal: PilotSignal) {
        let offer = match signal {
            PilotSignal::Pwm(duty) => match (duty.offer(), self.permission) {
                (Offer::Current(offer), _) => offer,
                (Offer::Digital, Permission::Digital { limit }) => limit,
                (Offer::Digital | Offer::None, _) => Milliamps::ZERO,
            },
            PilotSignal::E | PilotSignal::F | PilotSignal::X1 => Milliamps::ZERO,
        };
        // What was offered last was offered until now.
        match self.offers.back_mut() {
            Some((until, last)) if *last == offer => *until = now,
            Some((until, _)) => {
                *until = now;
                self.offers.push_back((now, offer));
            }
            None => self.offers.push_back((now, offer)),
        }
        while self.offers.front().is_some_and(|(at, _)| *at + 6 * SECOND < now) {
            self.offers.pop_front();
        }
    }

    fn look_at_current(&mut self, now: Instant, sample: &Sample) {
        self.offers(now, self.driven);
        let most = self.offers.iter().map(|(_, offer)| *offer).max().unwrap_or(Milliamps::ZERO);
        let over = sample.current.map(Milliamps::abs).highest() > most + Milliamps(most.0 / 10 + 500);
        if over && self.coil {
            self.over_since.get_or_insert(now);
        } else {
            self.over_since = None;
        }
    }

    /// After each input.
    pub(crate) fn look(&mut self, now: Instant, machine: &Machine) {
        self.testing = machine.residual_test();
        let coil = machine.contactor();
        self.offers(now, machine.pilot());
        let offers = self.offers_now(machine);
        match (self.coil, coil) {
            (false, true) => self.closes(now, machine, offers),
            (true, true) => self.stays(now, machine, offers),
            (true, false) => {
                self.unoffered_since = None;
                if self.state != Some(PilotState::B) && machine.state() != Some(PilotState::B) {
                    self.rests_until = now + 5 * SECOND;
                }
            }
            (false, false) => {}
        }
        self.coil = coil;
    }

    fn offers_now(&self, machine: &Machine) -> bool {
        let PilotSignal::Pwm(duty) = machine.pilot() else { return false };
        match duty.offer() {
            Offer::Current(_) => true,
            Offer::Digital => matches!(self.permission, Permission::Digital { .. }),
            Offer::None => false,
        }
    }

    /// What holds at every moment of an energised coil.
    fn always(&mut self, now: Instant, machine: &Machine) {
        let silence = self.config.timing.host_silence;
        self.must(now, self.enabled, "closed while disabled");
        self.must(now, self.permission.is_given(), "closed without a permission for this car");
        self.must(now, machine.faults().next().is_none(), "closed with a fault");
        self.must(now, now < self.heard + silence, "closed with a silent host");
        self.must(now, !self.residual || self.testing, "closed with a residual current");
        let blind = self.config.timing.sample_silence;
        self.must(now, now <= self.sampled_at + blind, "closed without anything measured");
        let hidden = matches!(machine.pilot(), PilotSignal::E | PilotSignal::F);
        self.must(now, !hidden, "closed at a level that hides the car");
    }

    fn stays(&mut self, now: Instant, machine: &Machine, offers: bool) {
        self.always(now, machine);
        let hundred = Duration::from_millis(100);
        let recent = |since: Option<Instant>| since.is_none_or(|since| now <= since + hundred);
        let power = recent(self.refused_since);
        self.must(now, power, "closed 100 ms after the last sample that allowed power");
        let cable = recent(self.no_cable_since) || self.config.outlet != Outlet::Socket;
        self.must(now, cable, "closed 100 ms after the last sample of a cable");
        match offers {
            true => self.unoffered_since = None,
            false => {
                let since = *self.unoffered_since.get_or_insert(now);
                self.must(now, now <= since + 6 * SECOND, "closed 6 s after the offer ended");
            }
        }
        let over = self.over_since.is_some_and(|since| now > since + 7 * SECOND + SECOND / 5);
        self.must(now, !over, "closed after 7 s of too much current");
    }

    fn closes(&mut self, now: Instant, machine: &Machine, offers: bool) {
        self.always(now, machine);
        let sure = self.sure_since.is_some_and(|since| now >= since + Duration::from_millis(25));
        self.must(now, sure, "closes on a level that has not been of power for 25 ms");
        self.must(now, offers, "closes while nothing is offered");
        let cable = self.no_cable_since.is_none() || self.config.outlet != Outlet::Socket;
        self.must(now, cable, "closes without a cable");
        let rested = now >= self.rests_until;
        self.must(now, rested, "closes soon after an opening under load");
        self.closings.push_back(now);
        while self.closings.front().is_some_and(|at| *at + 60 * SECOND <= now) {
            self.closings.pop_front();
        }
        self.in_session += 1;
        let (in_a_minute, in_session) = (self.closings.len(), self.in_session);
        self.must(now, in_a_minute <= 20, "closes more than 20 times a minute");
        self.must(now, in_session <= 200, "closes more than 200 times in a plug-in");
    }
}
