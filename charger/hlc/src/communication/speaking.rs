//! The network's side: discovery, the connection, and what the controller says.

use std::time::Duration;

use hardware::V2gNetworkEvent;
use iso15118::secc;
use session::{Dialog, HlcEvent, PowerPath};
use units::Instant;

use super::{Communication, Ears, Farewell, Linked, State, Talk, farewell};
use crate::conversation::{self, Conversation, Said};
use crate::discovery::{self, Heard};
use crate::note::{From, Note};
use crate::output::NetworkCommand;
use crate::told::Told;
use crate::translate;

/// Between two attempts to open the ears of a network that is gone.
const AGAIN: Duration = Duration::from_secs(1);

impl Communication {
    /// A car is in the network: it may ask, and connect.
    pub(super) fn listen_to(&mut self, dialog: Dialog, told: Told) {
        let talk = Talk::Awaited { until: self.now + self.config.setup };
        self.state = State::Linked(Linked { dialog, told, is_up: true, talk, passed_over: 0 });
        self.listen();
        self.tell(HlcEvent::Matched);
    }

    fn listen(&mut self) {
        self.ears = Ears::Opening;
        self.command(NetworkCommand::Listen);
    }

    pub(super) fn deafen(&mut self) {
        match self.ears {
            Ears::Deaf => {}
            Ears::Lost { .. } => self.ears = Ears::Deaf,
            Ears::Opening | Ears::Open(_) => {
                self.ears = Ears::Deaf;
                self.command(NetworkCommand::Deafen);
            }
        }
    }

    /// A car that pauses moves: it has to connect in time, and nothing gives it more.
    pub(super) fn moved(&mut self) {
        if let State::Linked(Linked { talk: Talk::Paused { until, .. }, .. }) = &mut self.state {
            until.get_or_insert(self.now + self.config.setup);
        }
    }

    pub(super) fn network_lost(&mut self, why: String) {
        if self.ears == Ears::Deaf {
            return;
        }
        self.note(Note::NetworkLost { why });
        self.ears = Ears::Lost { again: self.now + AGAIN };
        self.closed(true);
        if !matches!(self.state, State::Linked(_)) {
            self.ears = Ears::Deaf;
        }
    }

    pub(super) fn network(&mut self, event: V2gNetworkEvent) {
        match event {
            V2gNetworkEvent::Datagram { from, payload } => self.datagram(from, &payload),
            V2gNetworkEvent::Connected { from } => self.connected(from),
            V2gNetworkEvent::Received(octets) => {
                if let Some(conversation) = self.state.conversation() {
                    conversation.received(self.now, &octets, &mut self.notes);
                }
            }
            V2gNetworkEvent::Closed => self.closed(false),
        }
    }

    fn datagram(&mut self, from: std::net::SocketAddrV6, payload: &[u8]) {
        let (Ears::Open(at), State::Linked(linked)) = (self.ears, &mut self.state) else { return };
        if !linked.is_up {
            return;
        }
        match discovery::hear(payload, at, self.config.profile) {
            Heard::Question { question, answer, payload } => {
                self.note(question);
                self.note(answer);
                self.command(NetworkCommand::Answer { to: from, payload });
            }
            Heard::Nothing(error) => {
                linked.passed_over += 1;
                let count = linked.passed_over;
                // The first, the second, the fourth ...: a flood is no news.
                if count.is_power_of_two() {
                    self.note(Note::SdpPassedOver { error, count });
                }
            }
        }
    }

    fn connected(&mut self, from: std::net::SocketAddrV6) {
        // Another connection takes the place of the one before, and the session on that is over.
        if matches!(self.state, State::Linked(Linked { talk: Talk::Open { .. }, .. })) {
            self.tell_controller(secc::Input::Closed);
            self.drain_controller();
        }
        let State::Linked(linked) = &mut self.state else {
            // Who comes after the end is not heard.
            if let State::Over { farewell, .. } = &mut self.state {
                let farewell = farewell.take();
                self.bid(farewell);
            }
            self.command(NetworkCommand::HangUp);
            return self.look_after_farewell();
        };
        let (until, paused) = match &linked.talk {
            Talk::Awaited { until } | Talk::Open { until, .. } => (*until, None),
            Talk::Paused { id, .. } => (self.now + self.config.setup, Some(*id)),
        };
        let [.., a, b, c, d, e, f, g, h] = (self.random)().to_be_bytes();
        let connection = secc::Connection { session_id: [a, b, c, d, e, f, g, h], paused };
        let config = self.config.controller(self.can.as_ref());
        let mut conversation = Conversation::new(self.now, config, connection);
        for input in linked.told.again(&self.measured) {
            conversation.tell(self.now, input);
        }
        linked.talk = Talk::Open { conversation, until };
        self.note(Note::Opened { from_the_start: true, peer: from.to_string() });
    }

    /// The connection is gone.
    fn closed(&mut self, reset: bool) {
        if self.state.conversation().is_none() {
            return;
        }
        self.note(Note::Closed { by: From::Car, reset });
        match &mut self.state {
            State::Linked(linked) => match &mut linked.talk {
                Talk::Open { conversation, until } if conversation.protocol().is_none() && self.now < *until => {
                    // It said nothing: some cars look first.
                    let until = *until;
                    linked.talk = Talk::Awaited { until };
                    self.waits[1] = None;
                }
                Talk::Open { .. } => {
                    let why = "the connection was closed in the middle of the session".to_owned();
                    self.note(Note::Failed { fault: None, code: None, why });
                    self.lose(HlcEvent::Failed);
                }
                Talk::Paused { closing, .. } => {
                    let farewell = closing.take();
                    self.waits[1] = None;
                    self.bid(farewell);
                }
                Talk::Awaited { .. } => {}
            },
            State::Over { farewell, .. } => {
                let farewell = farewell.take();
                self.bid(farewell);
                self.look_after_farewell();
            }
            State::Idle | State::Matching { .. } => {}
        }
    }

    /// Nothing more comes of the car: the coordinator is told how that came, and nobody is heard until the next match.
    pub(super) fn lose(&mut self, how: HlcEvent) {
        self.tell_controller(secc::Input::Closed);
        self.drain_controller();
        if !matches!(self.state, State::Linked(_)) {
            return;
        }
        self.tell(how);
        self.state = State::Over { dialog: self.state.dialog(), farewell: None };
        self.waits[1] = None;
        self.deafen();
        // Nobody gets the key of a dialog that is over.
        self.end_matching();
    }

    /// A connection on which all was said is closed: what that was is told.
    fn bid(&mut self, farewell: Option<Farewell>) {
        if let Some(event) = farewell.and_then(|farewell| farewell.then) {
            self.tell(event);
        }
    }

    /// A connection that was closed after the end of a dialog that was left: nothing of it remains.
    fn look_after_farewell(&mut self) {
        match self.state {
            State::Over { dialog: None, farewell: None } => self.forget(),
            State::Over { dialog: Some(_), farewell: None } => {
                self.waits[1] = None;
                self.deafen();
            }
            State::Over { farewell: Some(_), .. } | State::Idle | State::Matching { .. } | State::Linked(_) => {}
        }
    }

    /// What is due on the network.
    pub(super) fn talk_time(&mut self) {
        let now = self.now;
        let is_due = |until: Instant| until <= now;
        if let Ears::Lost { again } = self.ears
            && is_due(again)
        {
            self.listen();
        }
        match &mut self.state {
            State::Linked(Linked { talk: Talk::Awaited { until }, .. }) if is_due(*until) => {
                self.note(Note::NotConnected {});
                self.lose(HlcEvent::NeverConnected);
            }
            State::Linked(Linked { talk: Talk::Paused { closing, until, .. }, .. }) => {
                let closing = closing.take_if(|closing| is_due(closing.until()));
                let late = until.take_if(|until| is_due(*until)).is_some();
                if closing.is_some() {
                    self.hang_up();
                    self.bid(closing);
                }
                if late {
                    self.note(Note::NotConnected {});
                    self.lose(HlcEvent::NeverConnected);
                }
            }
            State::Over { farewell, .. } => {
                let farewell = farewell.take_if(|farewell| is_due(farewell.until()));
                if farewell.is_some() {
                    self.hang_up();
                    self.bid(farewell);
                    self.look_after_farewell();
                }
            }
            State::Linked(Linked { talk: Talk::Awaited { .. } | Talk::Open { .. }, .. })
            | State::Idle
            | State::Matching { .. } => {}
        }
    }

    fn hang_up(&mut self) {
        self.waits[1] = None;
        self.command(NetworkCommand::HangUp);
        self.note(Note::Closed { by: From::Station, reset: false });
    }

    pub(super) fn tell_controller(&mut self, input: secc::Input<'_>) {
        if let Some(conversation) = self.state.conversation() {
            conversation.tell(self.now, input);
        }
    }

    /// Carries out what the controller wants.
    pub(super) fn drain_controller(&mut self) {
        loop {
            let Some(conversation) = self.state.conversation() else { return };
            match conversation.poll(self.now, &mut self.notes) {
                Ok(Said::Send(octets)) => self.command(NetworkCommand::Send(octets)),
                Ok(Said::Event(event)) => self.said(event),
                Err(until) => {
                    self.waits[1] = until;
                    return;
                }
            }
        }
    }

    /// The controller tells something.
    fn said(&mut self, event: secc::Event) {
        // After its end a session tells nothing to anybody.
        if !matches!(self.state, State::Linked(Linked { talk: Talk::Open { .. }, .. })) {
            return;
        }
        match event {
            secc::Event::Agreed(_) => {}
            secc::Event::WantsAuthorization { evcc_id } => {
                self.note(Note::Established { evcc_id: exi::text::hex::write(evcc_id.octets()) });
                let by = translate::identification(evcc_id, self.config.autocharge);
                self.tell(HlcEvent::WantsAuthorization(by));
            }
            secc::Event::Needs(needs) => self.tell(translate::needs(needs)),
            secc::Event::Soc(percent) => {
                if let Some(event) = translate::soc(percent) {
                    self.tell(event);
                }
            }
            secc::Event::Target { voltage, current } => self.tell(translate::target(voltage, current)),
            secc::Event::WantsPower(wanted) => {
                if wanted == secc::WantedPower::CableCheck {
                    // A cable that was checked before must be checked again.
                    if let Some(told) = self.state.told() {
                        told.power = Some(PowerPath::Open);
                    }
                    self.tell_controller(secc::Input::Power(secc::PowerPath::Open));
                }
                self.tell(translate::wanted(wanted));
            }
            secc::Event::ServiceSelected { service_id, parameter_set_id } => {
                self.note(Note::ServiceSelected { service_id, parameter_set_id });
            }
            secc::Event::Renegotiates => self.note(Note::Renegotiates {}),
            secc::Event::Paused(id) => {
                self.note(Note::Paused { session: exi::text::hex::write(&id) });
                self.paused(id);
            }
            secc::Event::Ended => {
                self.note(Note::Ended {});
                self.over(Some(HlcEvent::Ended));
            }
            secc::Event::Failed(failure) => {
                self.note(conversation::failed(&failure));
                self.tell(HlcEvent::Failed);
                self.over(None);
            }
        }
    }

    fn paused(&mut self, id: [u8; 8]) {
        let State::Linked(linked) = &mut self.state else { return };
        let before = std::mem::replace(&mut linked.talk, Talk::Paused { id, closing: None, until: None });
        if let (Talk::Open { conversation, .. }, Talk::Paused { closing, .. }) = (before, &mut linked.talk) {
            *closing = Some(farewell(conversation, self.now, Some(HlcEvent::Paused)));
        }
    }

    /// The session is over; its connection is not closed yet.
    fn over(&mut self, then: Option<HlcEvent>) {
        let dialog = self.state.dialog();
        if let State::Linked(Linked { talk: Talk::Open { conversation, .. }, .. }) =
            std::mem::replace(&mut self.state, State::Idle)
        {
            self.state = State::Over { dialog, farewell: Some(farewell(conversation, self.now, then)) };
        }
    }
}
