//! The power board and its link: they come, they tell, they go.

use std::time::Duration;

use iec61851::{Event, Fault, PilotSignal, PlugIn};
use units::Instant;

use super::board::{Board, Contactor};
use super::occupancy::Delivery;
use super::{BoardInput, Coordinator, SessionEvent, Trouble};

impl Coordinator {
    pub(super) fn board(&mut self, now: Instant, input: BoardInput) {
        match input {
            BoardInput::Started(_) => self.board_started(now),
            BoardInput::Lost(why) => self.board_lost(now, why),
            BoardInput::Event(event) => self.board_event(now, event),
        }
    }

    /// An opening under load wants a pause before the next closing (IEC 61851-1 names none; it is the board's own). A board that
    /// starts again does not remember it.
    const REST: Duration = Duration::from_secs(5);

    fn board_started(&mut self, now: Instant) {
        self.let_it_rest(now);
        self.outlet.board.started(now);
        self.outlet.told_again.clear();
        // A board that starts drives X1 and permits nothing.
        self.told.pilot = None;
        self.told.allow = None;
        self.hold(now);
        self.cleared(now, Trouble::BoardLost);
        self.cleared(now, Trouble::BoardRefused);
        self.contactor_unknown(now);
    }

    fn let_it_rest(&mut self, now: Instant) {
        if self.outlet.board.contactor() == Contactor::Closed {
            self.outlet.rests_until = now + Self::REST;
        }
    }

    fn board_lost(&mut self, now: Instant, why: String) {
        self.let_it_rest(now);
        self.outlet.board.lost(now);
        self.hold(now);
        self.trouble(now, Trouble::BoardLost, why);
        self.contactor_unknown(now);
    }

    /// Nobody knows where the contactor is: the energy counts as held back until the board tells.
    fn contactor_unknown(&mut self, now: Instant) {
        let flows = self.occupancy.running().is_some_and(|running| running.delivery == Delivery::Flowing);
        if flows && self.outlet.board.contactor() == Contactor::Unknown {
            self.paused(now, self.pause_reason());
        }
    }

    fn board_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Pilot { state, pwm, plug_in } => {
                // A board that forgot the oscillator (it started again, or saw no car for a moment) is told again.
                if !pwm && self.told.pilot.is_some_and(PilotSignal::is_pwm) {
                    self.told.pilot = None;
                    self.told.allow = None;
                }
                let before = self.outlet.board;
                self.outlet.board.tells(state, plug_in);
                if let Board::Blind(_) = before {
                    self.forget_faults(now);
                }
                self.plug_changes(now, plug_in);
                self.pilot(now, state, plug_in);
                if let Board::Blind(_) = before {
                    self.contactor_known(now);
                }
            }
            Event::Cable(rating) => self.outlet.board.tells_cable(rating),
            Event::ContactorClosed => self.contactor(now, true),
            Event::ContactorOpened => self.contactor(now, false),
            Event::ContactorBusy { closings } => self.event(SessionEvent::ContactorBusy { closings }),
            Event::Fault(fault) => {
                self.outlet.told_again.insert(fault);
                self.trouble(now, Trouble::Board(fault), explain(fault).into());
            }
            Event::FaultCleared(fault) => self.cleared(now, Trouble::Board(fault)),
        }
    }

    /// With the first state of the pilot a board has told everything. A fault that it had before it started, or before its link
    /// was lost, and does not tell now is over: nobody else would ever say so.
    fn forget_faults(&mut self, now: Instant) {
        let faults = self.outlet.troubles.keys().filter_map(|trouble| match trouble {
            Trouble::Board(fault) => Some(*fault),
            _ => None,
        });
        let over: Vec<Fault> = faults.filter(|fault| !self.outlet.told_again.contains(fault)).collect();
        for fault in over {
            self.cleared(now, Trouble::Board(fault));
        }
    }

    /// Another plug is in, although nobody may have seen the one before go.
    fn plug_changes(&mut self, now: Instant, seen: Option<PlugIn>) {
        let Some(seen) = seen else { return };
        let before = self.outlet.last_plug_in.replace(seen);
        if before.is_some_and(|before| before != seen && (before.boot == seen.boot || !seen.was_there())) {
            self.another_car(now);
        }
    }

    /// Whoever took too much is gone.
    pub(super) fn another_car(&mut self, now: Instant) {
        self.over_current.forget();
        self.cleared(now, Trouble::OverCurrent);
    }

    /// The board tells for the first time where the contactor is.
    fn contactor_known(&mut self, now: Instant) {
        if self.outlet.board.contactor() == Contactor::Open && self.occupancy.closing_mut().is_some() {
            self.read_last(now);
        }
    }
}

/// A fault of the board, for a person.
pub(super) const fn explain(fault: Fault) -> &'static str {
    match fault {
        Fault::ContactorFailedToClose => "the contactor was told to close and its feedback still shows it open",
        Fault::ContactorOpenedByItself => "the contactor opened without being told to",
        Fault::ContactorOverused => "the contactor has closed too often for one car",
        Fault::ContactorWelded => "the contactor was told to open and its feedback still shows it closed",
        Fault::DiodeFault => "the negative half of the pilot is missing: the diode in the car is shorted",
        Fault::HostSilent => "the board heard nothing from the host",
        Fault::NoSample => "the board could not measure",
        Fault::OverCurrent => "the car took more than it was offered for too long",
        Fault::PilotLost => "the pilot has a level that no car makes, or one that does not come to rest",
        Fault::PilotShort => "the pilot is shorted to the protective earth (state E)",
        Fault::ProximityFault => "the proximity resistor is missing or has no valid value",
        Fault::ResidualCurrent => "the residual direct current is above the limit",
        Fault::ResidualMonitorFailed => "the residual current monitor failed its self-test",
        Fault::VentilationNotAvailable => "the car asks for ventilation and there is none",
    }
}
