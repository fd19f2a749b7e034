//! The modem's side: its link, the matching, and the key.

use hardware::MacAddress as HostAddress;
use session::HlcEvent;
use slac::evse::{self, Evse};
use slac::{Frame, LOCAL_MODEM, MacAddress, Message, Nmk};

use super::{Communication, Key, Linked, State, Talk};
use crate::modem::{Need, Word};
use crate::note::Note;
use crate::output::Output;

/// So many begins and ends of matchings are told in one dialog.
const MOST_MATCHINGS: u8 = 32;

impl Communication {
    /// The link to the modem is there, or has another address.
    pub(super) fn modem_link(&mut self, host: MacAddress) {
        if self.host == Some(host) {
            return;
        }
        self.host = Some(host);
        self.key = Key::Wanted;
        self.new_matching();
        self.modem.there(self.now);
        match &self.state {
            State::Matching { .. } | State::Linked(Linked { talk: Talk::Paused { .. }, .. }) => {
                self.slac(evse::Input::Begin);
            }
            State::Linked(Linked { talk: Talk::Awaited { .. } | Talk::Open { .. }, .. }) => self.link_lost(),
            State::Idle | State::Over { .. } => {}
        }
        self.modem_time();
    }

    pub(super) fn modem_link_lost(&mut self, why: String) {
        (self.host, self.slac, self.key) = (None, None, Key::Wanted);
        self.waits[0] = None;
        let mut words = Vec::new();
        self.modem.gone(why, &mut words);
        self.hear_modem(words);
        self.link_lost();
    }

    /// A matching of which nothing was before.
    pub(super) fn new_matching(&mut self) {
        self.waits[0] = None;
        self.slac = self.host.map(|MacAddress(host)| Evse::new(self.config.slac(HostAddress::from(host))));
    }

    pub(super) fn begin_matching(&mut self) {
        self.modem.needed(self.now, Need::Matching);
        self.slac(evse::Input::Begin);
    }

    /// The modem gets the key of this dialog, or of the next one.
    pub(super) fn give_key(&mut self) {
        if !self.config.speaks {
            return;
        }
        let nmk = match self.nmk {
            Some(nmk) => nmk,
            None => Nmk((self.random)().to_be_bytes()),
        };
        (self.nmk, self.key) = (Some(nmk), Key::Given);
        self.slac(evse::Input::SetKey(nmk));
    }

    /// A frame came from the modem.
    pub(super) fn frame(&mut self, octets: &[u8]) {
        let Some(host) = self.host else { return };
        // What cannot be read is nobody's.
        let Ok(frame) = Frame::decode(octets) else { return };
        if let Message::Vendor(message) = &frame.message {
            if frame.destination == host {
                let mut words = Vec::new();
                self.modem.hear(self.now, frame.source, message, &mut words);
                self.hear_modem(words);
            }
            return;
        }
        self.slac(evse::Input::Frame(&frame));
    }

    /// What is due at the modem.
    pub(super) fn modem_time(&mut self) {
        let mut words = Vec::new();
        self.modem.time(self.now, &mut words);
        self.hear_modem(words);
    }

    fn hear_modem(&mut self, words: Vec<Word>) {
        for word in words {
            match word {
                Word::Ask(message) => {
                    if let Some(host) = self.host {
                        let frame = Frame::new(LOCAL_MODEM, host, message);
                        self.out.push_back(Output::Frame(frame.encode()));
                    }
                }
                Word::Found => self.out.push_back(Output::Modem(Ok(()))),
                Word::Lost(why) => {
                    self.out.push_back(Output::Modem(Err(why)));
                    self.key = Key::Wanted;
                    self.hear_link(false);
                }
                Word::Known => match self.key {
                    Key::Wanted => self.give_key(),
                    Key::Given => {}
                },
                Word::Link(up) => self.hear_link(up),
                Word::Note(note) => self.note(note),
            }
        }
    }

    /// The modem says whether another one is in its network.
    fn hear_link(&mut self, up: bool) {
        let State::Linked(Linked { is_up, talk: Talk::Paused { .. }, .. }) = &mut self.state else {
            return self.slac(evse::Input::Link(up));
        };
        // A modem that sleeps with its car has the key still: it is no other dialog when it comes back.
        if std::mem::replace(is_up, up) != up {
            self.note(if up { Note::LinkUp {} } else { Note::LinkLost {} });
            if up {
                self.resumes();
            }
        }
    }

    /// A car that pauses is in the network again.
    fn resumes(&mut self) {
        self.tell(HlcEvent::Matched);
        self.moved();
    }

    /// The matching is told, and heard.
    pub(super) fn slac(&mut self, input: evse::Input<'_>) {
        let Some(slac) = &mut self.slac else { return };
        slac.handle_input(self.now, input);
        loop {
            let Some(slac) = &mut self.slac else { return };
            match slac.poll_output() {
                slac::Output::Send(frame) => self.out.push_back(Output::Frame(frame.encode())),
                slac::Output::Event(event) => self.matching(event),
                slac::Output::Wait(until) => {
                    self.waits[0] = until;
                    return;
                }
            }
        }
    }

    fn matching(&mut self, event: evse::Event) {
        match event {
            evse::Event::Keyed => self.note(Note::Keyed {}),
            evse::Event::ModemSilent => {
                self.key = Key::Wanted;
                self.note(Note::NotKeyed {});
                self.modem.doubt(self.now);
            }
            evse::Event::Heard(car) => {
                self.note(Note::Heard { car: car.to_string() });
                self.tell_of_matching(HlcEvent::Heard);
            }
            evse::Event::NotHeard => self.note(Note::NotHeard {}),
            evse::Event::Failed { car, why } => {
                self.note(Note::MatchFailed { car: car.to_string(), why: why.to_string() });
                self.tell_of_matching(HlcEvent::MatchFailed);
            }
            // Nobody asks for it: cars are told that they need not be validated.
            evse::Event::CountToggles(_) => {}
            evse::Event::Matched(car) => {
                self.note(Note::Matched { car: car.to_string() });
                self.modem.needed(self.now, Need::Joining);
            }
            evse::Event::LinkUp => {
                self.note(Note::LinkUp {});
                self.modem.needed(self.now, Need::Linked);
                self.link_up();
            }
            evse::Event::LinkLost => {
                self.note(Note::LinkLost {});
                self.link_lost();
            }
        }
    }

    /// There is no modem, and so there is nothing to be matched.
    pub(super) fn linked_without_matching(&mut self) {
        if matches!(self.state, State::Matching { .. }) {
            self.note(Note::LinkUp {});
            self.link_up();
        }
    }

    /// What a matching does counts while a car is invited. One that is in the network, or was, may match anew beside that. Whoever
    /// matches without an end is not told of for ever.
    fn tell_of_matching(&mut self, event: HlcEvent) {
        match &mut self.state {
            State::Matching { matchings, .. } if *matchings < MOST_MATCHINGS => {
                *matchings += 1;
                self.tell(event);
            }
            State::Matching { .. } | State::Idle | State::Linked(_) | State::Over { .. } => {}
        }
    }

    fn link_up(&mut self) {
        match &mut self.state {
            State::Matching { dialog, told, .. } => {
                let (dialog, told) = (*dialog, *told);
                self.listen_to(dialog, told);
            }
            State::Linked(linked) => {
                linked.is_up = true;
                match linked.talk {
                    Talk::Paused { .. } => self.resumes(),
                    Talk::Awaited { .. } | Talk::Open { .. } => {}
                }
            }
            State::Idle | State::Over { .. } => {}
        }
    }

    /// The car's modem left the network, or did not come into it.
    fn link_lost(&mut self) {
        match &mut self.state {
            // Nobody knows of it yet; it may try again.
            State::Matching { .. } => self.modem.needed(self.now, Need::Matching),
            State::Linked(linked) => match linked.talk {
                Talk::Paused { .. } => linked.is_up = false,
                Talk::Awaited { .. } | Talk::Open { .. } => self.lose(HlcEvent::Lost),
            },
            State::Over { .. } => self.end_matching(),
            State::Idle => {}
        }
    }

    /// Nobody is answered any more before the next match.
    pub(super) fn end_matching(&mut self) {
        self.slac(evse::Input::End);
    }
}
