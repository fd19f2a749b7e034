//! The machine: one dialog after the other, from the match to its end.
//!
//! ```text
//!          Match            LinkUp              Connected         Ended, Failed, LinkLost, Closed, nobody in 18 s
//!   Idle ────────> Matching ──────> Linked, Awaited ──────> Open ──────────────────────────────────────> Over
//!    ^                                   Paused <──────────────┘                                            │
//!    └────────── Leave, from everywhere: a new matching and a new key; a connection is closed first ────────┘
//! ```

mod matching;
mod speaking;
mod state;

use std::collections::VecDeque;
use std::fmt;

use hardware::SupplyCapabilities;
use iso15118::secc;
use session::{Dialog, HlcEvent, HlcInput, HlcOutput, Readiness};
use slac::evse::Evse;
use slac::{MacAddress, Nmk};
use units::Instant;

use crate::budget::Notes;
use crate::config::Config;
use crate::input::Input;
use crate::modem::{Modem, Need};
use crate::note::Note;
use crate::output::{NetworkCommand, Output};
use crate::told::{Measured, Told};
use crate::translate;
use state::{Ears, Farewell, Linked, State, Talk};

/// How it is with the key of the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Key {
    /// The modem has none of ours, or we do not know.
    Wanted,
    /// It was given one.
    Given,
}

/// Everything between modem and network of one EVSE and its session coordinator.
///
/// Random numbers come from the source that [`Communication::new`] gets: the key of the network and the id of each session.
pub struct Communication {
    config: Config,
    random: Box<dyn FnMut() -> u128>,
    state: State,
    ears: Ears,
    modem: Modem,
    /// Our address on the link to the modem; `None` while that is gone.
    host: Option<MacAddress>,
    /// The matching of this dialog, or of the next one.
    slac: Option<Evse>,
    /// The key of this dialog, or of the next one; `None`: not drawn yet.
    nmk: Option<Nmk>,
    key: Key,
    can: Option<SupplyCapabilities>,
    measured: Measured,
    now: Instant,
    /// When matching and controller go on by themselves.
    waits: [Option<Instant>; 2],
    notes: Notes,
    out: VecDeque<Output>,
}

impl fmt::Debug for Communication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is nobody's business.
        f.debug_struct("Communication")
            .field("state", &self.state)
            .field("ears", &self.ears)
            .field("modem", &self.modem)
            .field("key", &self.key)
            .field("can", &self.can)
            .field("measured", &self.measured)
            .field("out", &self.out)
            .finish_non_exhaustive()
    }
}

impl Communication {
    /// Nobody is plugged in, and there is no modem yet. `random` gives numbers that nobody can guess.
    #[must_use]
    pub fn new(config: Config, random: Box<dyn FnMut() -> u128>) -> Self {
        Self {
            config,
            random,
            state: State::Idle,
            ears: Ears::Deaf,
            modem: Modem::new(),
            host: None,
            slac: None,
            nmk: None,
            key: Key::Wanted,
            can: None,
            measured: Measured::default(),
            now: Instant::ZERO,
            waits: [None; 2],
            notes: Notes::default(),
            out: VecDeque::new(),
        }
    }

    /// The next thing for the host. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        if let Some(note) = self.notes.take() {
            return Output::Note(note);
        }
        if let Some(output) = self.out.pop_front() {
            return output;
        }
        let ears = match self.ears {
            Ears::Lost { again } => Some(again),
            Ears::Deaf | Ears::Opening | Ears::Open(_) => None,
        };
        let [slac, controller] = self.waits;
        let all = [self.modem.until(), slac, controller, self.state.until(), ears];
        Output::Wait(all.into_iter().flatten().min())
    }

    /// Something happened at that time.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        self.now = self.now.max(now);
        // What is over by now is over before what comes now.
        self.time();
        match input {
            Input::Time => {}
            Input::ModemLink(host) => self.modem_link(MacAddress(host)),
            Input::ModemLinkLost(why) => self.modem_link_lost(why),
            Input::LinkedWithoutMatching => self.linked_without_matching(),
            Input::Frame(octets) => self.frame(&octets),
            Input::Listening(at) => {
                if self.ears == Ears::Opening {
                    self.ears = Ears::Open(at);
                }
            }
            Input::NetworkLost(why) => self.network_lost(why),
            Input::Network(event) => self.network(event),
            Input::Session(output) => self.session(output),
            Input::SupplyCapabilities(can) => self.can = Some(can),
            Input::Measured { voltage, current } => {
                self.measured.output = Some((voltage, current));
                self.tell_controller(secc::Input::Measured { voltage, current });
            }
            Input::Meter { reading_wh } => {
                self.measured.meter_wh = Some(reading_wh);
                self.tell_controller(secc::Input::Meter { reading_wh });
            }
            Input::EmergencyShutdown => {
                if let Some(told) = self.state.told() {
                    told.emergency = true;
                }
                self.tell_controller(secc::Input::Stop(secc::StopWhy::Emergency));
            }
        }
        self.drain_controller();
    }

    fn session(&mut self, output: HlcOutput) {
        let told = self.state.told();
        let told: &mut Told = match told {
            Some(told) => told,
            // Of a dialog that is over nothing is told any more.
            None => &mut Told::default(),
        };
        let input = match output {
            HlcOutput::Match(dialog) => return self.invite(dialog),
            HlcOutput::Leave(dialog) => return self.leave(dialog),
            HlcOutput::Authorization(authorization) => {
                told.authorization = Some(authorization);
                Some(translate::authorization(authorization))
            }
            HlcOutput::Offer(offer) => {
                told.offered(offer);
                Some(translate::offer(offer))
            }
            HlcOutput::Power(power) => {
                told.power = Some(power);
                Some(translate::power(power))
            }
            HlcOutput::Ready(ready) => {
                told.ready = Some(ready);
                // It toggles its pilot to wake the charger (ISO 15118-3, B-C-B).
                if ready == Readiness::Ready {
                    self.moved();
                }
                Some(translate::ready(ready))
            }
            HlcOutput::Isolation(isolation) => {
                told.isolation = Some(isolation);
                translate::isolation(isolation)
            }
            HlcOutput::Stop(why) => {
                told.stop = Some(why);
                Some(translate::stop(why))
            }
        };
        if let Some(input) = input {
            self.tell_controller(input);
        }
    }

    /// A car is invited.
    fn invite(&mut self, dialog: Dialog) {
        if !self.config.speaks {
            return;
        }
        match self.state {
            State::Idle => {}
            State::Matching { .. } | State::Linked(_) | State::Over { .. } => self.forget(),
        }
        self.state = State::Matching { dialog, told: Told::default(), matchings: 0 };
        self.begin_matching();
    }

    /// The dialog is over for the coordinator. A car that was told its end, or told it, may close the connection by itself.
    fn leave(&mut self, dialog: Dialog) {
        if self.state.dialog() != Some(dialog) {
            return;
        }
        let farewell = match std::mem::replace(&mut self.state, State::Idle) {
            State::Over { farewell, .. } => farewell,
            State::Linked(Linked { talk: Talk::Paused { closing, .. }, .. }) => closing,
            State::Linked(Linked { talk: Talk::Open { .. }, .. }) => {
                self.note(Note::Closed { by: crate::From::Station, reset: true });
                None
            }
            State::Linked(Linked { talk: Talk::Awaited { .. }, .. }) | State::Idle | State::Matching { .. } => None,
        };
        match farewell {
            Some(farewell) => self.state = State::Over { dialog: None, farewell: Some(farewell) },
            None => self.forget(),
        }
    }

    /// Nothing of the dialog is left: the next one has a matching and a key of its own, and they are there before it is needed.
    fn forget(&mut self) {
        self.state = State::Idle;
        self.waits[1] = None;
        self.deafen();
        (self.nmk, self.key) = (None, Key::Wanted);
        self.new_matching();
        self.modem.needed(self.now, Need::Nothing);
        if self.modem.is_known() {
            self.give_key();
        }
    }

    /// What is over by now.
    fn time(&mut self) {
        self.modem_time();
        self.slac(slac::evse::Input::Time);
        self.talk_time();
        self.tell_controller(secc::Input::Time);
        self.drain_controller();
    }

    fn tell(&mut self, event: HlcEvent) {
        if let Some(dialog) = self.state.dialog() {
            self.out.push_back(Output::Session(HlcInput { dialog, event }));
        }
    }

    fn command(&mut self, command: NetworkCommand) {
        self.out.push_back(Output::Network(command));
    }

    fn note(&mut self, note: Note) {
        self.notes.note(self.now, note);
    }
}

/// A connection on which all is said.
fn farewell(conversation: crate::conversation::Conversation, now: Instant, then: Option<HlcEvent>) -> Farewell {
    Farewell { conversation, until: now + crate::conversation::FAREWELL, then }
}
