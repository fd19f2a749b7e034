//! Everything that a firmware of ours knows, in one message.
//!
//! The board says it at every change, as the answer to every word of the host, and by itself when it has said nothing for
//! [`BEAT_MS`]. So a message that is lost is made good by the next one, and can be asked for at any time; nothing is opened
//! for it.

use iec61851::{CableRating, Event, Fault, PilotState, PlugIn};

use super::MessageError;
use super::faults::{Faults, code, fault};
use super::protobuf::{Fields, Writer};

/// A board says its state at least so often, in milliseconds, and a host gives a sign of life as often.
pub const BEAT_MS: u64 = 500;

/// What is known of the pilot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pilot {
    /// The state of the vehicle interface.
    pub state: PilotState,
    /// Whether the oscillator runs.
    pub pwm: bool,
    /// Which plug-in it is.
    pub plug_in: Option<PlugIn>,
}

/// What a board knows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BoardState {
    /// The start that it is in: a random number after its boot, and then the one that its host has named.
    pub start: u32,
    /// Counts up with each state that it says. One that arrives after a later one is not news.
    pub number: u32,
    /// The number of the host's word that it has heard last in this start.
    pub heard: u32,
    /// The pilot; `None` as long as it has not been seen in this start.
    pub pilot: Option<Pilot>,
    /// The cable in the socket.
    pub cable: Option<CableRating>,
    /// The contactor is closed, confirmed.
    pub closed: bool,
    /// What is wrong now.
    pub faults: Faults,
    /// How many faults there were in this start, and the last of them: one that came and went again while messages were lost
    /// has cost the permission all the same.
    pub raised: Option<(u32, Fault)>,
    /// The notice that the contactor closes unusually often in this plug-in: how often it had.
    pub busy: Option<u16>,
}

impl BoardState {
    /// Takes in an event of the safety machine.
    pub fn happens(&mut self, event: Event) {
        match event {
            Event::Cable(rating) => self.cable = Some(rating),
            Event::ContactorClosed => self.closed = true,
            Event::ContactorOpened => self.closed = false,
            Event::Fault(fault) => {
                self.faults.set(fault, true);
                let before = self.raised.map_or(0, |(count, _)| count);
                self.raised = Some((before.wrapping_add(1), fault));
            }
            Event::FaultCleared(fault) => self.faults.set(fault, false),
            Event::ContactorBusy { closings } => self.busy = Some(closings),
            Event::Pilot { state, pwm, plug_in } => {
                if state == PilotState::A {
                    self.cable = None;
                    self.busy = None;
                }
                self.pilot = Some(Pilot { state, pwm, plug_in });
            }
        }
    }

    /// What happened from this state to a later one, as the safety machine would have told it. Of what came and went in
    /// between, only that which has a consequence is told: the car was another one, or a fault cost the permission.
    #[must_use]
    pub fn until(&self, later: &Self) -> Vec<Event> {
        let mut events = Vec::new();
        // Nearly always it says once more what is known.
        if *self == (Self { start: self.start, number: self.number, heard: self.heard, ..*later }) {
            return events;
        }
        let replugged = match (self.plug_in(), later.plug_in()) {
            (Some(before), Some(now)) => before != now,
            (None, _) | (_, None) => false,
        };
        if replugged {
            events.push(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
        }
        // A car that leaves takes its cable along; one that comes shows it first, and may be gone before it was seen.
        let leaves = later.is_free() && (!self.is_free() || self.cable.is_some() && later.cable.is_none());
        let gone = leaves || replugged;
        let cable = later.cable.filter(|rating| gone || self.cable != Some(*rating)).map(Event::Cable);
        let pilot = later.pilot.filter(|_| leaves || self.pilot != later.pilot);
        let pilot = pilot.map(|Pilot { state, pwm, plug_in }| Event::Pilot { state, pwm, plug_in });
        self.faults_until(later, &mut events);
        let contactor = match (self.closed, later.closed) {
            (false, true) => Some(Event::ContactorClosed),
            (true, false) => Some(Event::ContactorOpened),
            (true, true) | (false, false) => None,
        };
        if self.pilot.is_none() {
            // With the first state of the pilot everything else is known as well.
            events.extend(cable.into_iter().chain(contactor).chain(pilot));
        } else if leaves {
            events.extend(pilot.into_iter().chain(cable).chain(contactor));
        } else {
            events.extend(cable.into_iter().chain(pilot).chain(contactor));
        }
        if let Some(closings) = later.busy
            && (gone || self.busy.is_none())
        {
            events.push(Event::ContactorBusy { closings });
        }
        events
    }

    /// Which plug-in the board sees.
    #[must_use]
    pub fn plug_in(&self) -> Option<PlugIn> {
        self.pilot.and_then(|pilot| pilot.plug_in)
    }

    const fn is_free(&self) -> bool {
        matches!(self.pilot, Some(Pilot { state: PilotState::A, .. }))
    }

    fn faults_until(&self, later: &Self, events: &mut Vec<Event>) {
        events.extend(later.faults.without(self.faults).iter().map(Event::Fault));
        let gone = self.faults.without(later.faults);
        if let Some((_, fault)) = later.raised.filter(|_| later.raised != self.raised)
            && !later.faults.has(fault)
            && !gone.has(fault)
        {
            events.extend([Event::Fault(fault), Event::FaultCleared(fault)]);
        }
        events.extend(gone.iter().map(Event::FaultCleared));
    }
}

impl BoardState {
    pub(super) fn write(&self, to: Writer) -> Writer {
        let mut written = to.number(1, self.start.into()).number(2, self.number.into());
        written = written.number_unless_zero(10, self.heard.into());
        if let Some(Pilot { state, pwm, plug_in }) = self.pilot {
            let state = match state {
                PilotState::A => 1,
                PilotState::B => 2,
                PilotState::C => 3,
                PilotState::D => 4,
                PilotState::E => 5,
                PilotState::F => 6,
            };
            written = written.number(3, state).number_unless_zero(4, pwm.into());
            if let Some(plug_in) = plug_in {
                written = written.message(11, |to| write_plug_in(to, plug_in));
            }
        }
        if let Some(rating) = self.cable {
            let amps = match rating {
                CableRating::A13 => 13,
                CableRating::A20 => 20,
                CableRating::A32 => 32,
                CableRating::A63 => 63,
            };
            written = written.number(5, amps);
        }
        written = written.number_unless_zero(6, self.closed.into()).number_unless_zero(7, self.faults.bits().into());
        if let Some((count, last)) = self.raised {
            written = written.number(8, count.into()).number(9, code(last).into());
        }
        if let Some(closings) = self.busy {
            written = written.number(12, closings.into());
        }
        written
    }

    /// Reads one. A value that is unknown here is an error: the version of the messages says which there are, and a fault or a
    /// state that cannot be named must not be overheard.
    pub(super) fn read(mut fields: Fields<'_>) -> Result<Self, MessageError> {
        let mut read = Self::default();
        let (mut state, mut pwm, mut plug_in, mut count, mut last) = (None, false, None, 0, None);
        while let Some((field, value)) = fields.next()? {
            match field {
                1 => read.start = value.number32(field)?,
                2 => read.number = value.number32(field)?,
                3 => {
                    state = Some(match value.number(field)? {
                        1 => PilotState::A,
                        2 => PilotState::B,
                        3 => PilotState::C,
                        4 => PilotState::D,
                        5 => PilotState::E,
                        6 => PilotState::F,
                        value => return Err(MessageError::Value { field, value }),
                    });
                }
                4 => pwm = value.truth(field)?,
                5 => {
                    read.cable = Some(match value.number(field)? {
                        13 => CableRating::A13,
                        20 => CableRating::A20,
                        32 => CableRating::A32,
                        63 => CableRating::A63,
                        value => return Err(MessageError::Value { field, value }),
                    });
                }
                6 => read.closed = value.truth(field)?,
                7 => read.faults = Faults::from_bits(field, value.number(field)?)?,
                8 => count = value.number32(field)?,
                9 => last = Some(fault(field, value.number(field)?)?),
                10 => read.heard = value.number32(field)?,
                11 => plug_in = Some(read_plug_in(value.message(field)?)?),
                12 => read.busy = Some(value.number16(field)?),
                _ => {}
            }
        }
        read.pilot = state.map(|state| Pilot { state, pwm, plug_in });
        read.raised = last.map(|last| (count, last));
        Ok(read)
    }
}

pub(super) fn write_plug_in(to: Writer, plug_in: PlugIn) -> Writer {
    to.number_unless_zero(1, plug_in.boot.into()).number_unless_zero(2, plug_in.number.into())
}

pub(super) fn read_plug_in(mut fields: Fields<'_>) -> Result<PlugIn, MessageError> {
    let mut plug_in = PlugIn { boot: 0, number: 0 };
    while let Some((field, value)) = fields.next()? {
        match field {
            1 => plug_in.boot = value.number32(field)?,
            2 => plug_in.number = value.number16(field)?,
            _ => {}
        }
    }
    Ok(plug_in)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: Option<PlugIn> = Some(PlugIn { boot: 7, number: 1 });
    const SECOND: Option<PlugIn> = Some(PlugIn { boot: 7, number: 2 });
    const GONE: Event = Event::Pilot { state: PilotState::A, pwm: false, plug_in: None };
    const C2: Event = Event::Pilot { state: PilotState::C, pwm: true, plug_in: FIRST };

    fn after(events: &[Event]) -> BoardState {
        let mut state = BoardState::default();
        for event in events {
            state.happens(*event);
        }
        state
    }

    fn fault() -> impl Strategy<Value = Fault> {
        (0..Fault::ALL.len()).prop_map(|at| Fault::ALL[at])
    }

    pub(in crate::tux_evse) fn plug_in() -> impl Strategy<Value = PlugIn> {
        any::<(u32, u16)>().prop_map(|(boot, number)| PlugIn { boot, number })
    }

    fn pilot() -> impl Strategy<Value = Pilot> {
        let state = prop_oneof![
            Just(PilotState::A),
            Just(PilotState::B),
            Just(PilotState::C),
            Just(PilotState::D),
            Just(PilotState::E),
            Just(PilotState::F)
        ];
        (state, any::<bool>(), prop::option::of(plug_in())).prop_map(|(state, pwm, plug_in)| Pilot {
            state,
            pwm,
            plug_in,
        })
    }

    fn cable() -> impl Strategy<Value = CableRating> {
        prop_oneof![Just(CableRating::A13), Just(CableRating::A20), Just(CableRating::A32), Just(CableRating::A63)]
    }

    pub(in crate::tux_evse) fn state() -> impl Strategy<Value = BoardState> {
        let words = (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>());
        let raised = (prop::option::of((any::<u32>(), fault())), prop::option::of(any::<u16>()));
        let faults = prop::collection::vec(fault(), 0..4).prop_map(|faults| faults.into_iter().collect());
        (words, prop::option::of(pilot()), prop::option::of(cable()), faults, raised).prop_map(
            |((start, number, heard, closed), pilot, cable, faults, (raised, busy))| BoardState {
                start,
                number,
                heard,
                pilot,
                cable,
                closed,
                faults,
                raised,
                busy,
            },
        )
    }

    #[test]
    fn what_one_message_brings_is_the_event_itself() {
        let story = [
            GONE,
            Event::Cable(CableRating::A20),
            Event::Pilot { state: PilotState::B, pwm: false, plug_in: FIRST },
            C2,
            Event::ContactorClosed,
            Event::Fault(Fault::ResidualCurrent),
            Event::Pilot { state: PilotState::C, pwm: false, plug_in: FIRST },
            Event::ContactorOpened,
            Event::FaultCleared(Fault::ResidualCurrent),
            GONE,
        ];
        let mut state = BoardState::default();
        for event in story {
            let before = state;
            state.happens(event);
            assert_eq!(before.until(&state), [event]);
        }
    }

    #[test]
    fn what_was_lost_is_made_good_by_the_next_message_in_the_order_of_the_machine() {
        let before = after(&[Event::Cable(CableRating::A32), C2, Event::ContactorClosed]);
        let mut later = before;
        let story = [
            Event::Fault(Fault::PilotShort),
            Event::Pilot { state: PilotState::E, pwm: false, plug_in: FIRST },
            Event::ContactorOpened,
        ];
        for event in story {
            later.happens(event);
        }
        assert_eq!(before.until(&later), story);
        assert_eq!(later.until(&later), []);
    }

    #[test]
    fn a_fault_that_came_and_went_meanwhile_is_told_with_its_end() {
        let before = after(&[C2]);
        let mut later = before;
        later.happens(Event::Fault(Fault::ResidualCurrent));
        later.happens(Event::FaultCleared(Fault::ResidualCurrent));
        assert_eq!(
            before.until(&later),
            [Event::Fault(Fault::ResidualCurrent), Event::FaultCleared(Fault::ResidualCurrent)]
        );
        // One that was there went, came and went again: its end is told once.
        let before = after(&[Event::Fault(Fault::DiodeFault)]);
        let mut later = before;
        for event in [Event::FaultCleared(Fault::DiodeFault), Event::Fault(Fault::DiodeFault)] {
            later.happens(event);
        }
        assert_eq!(before.until(&later), [], "it is there as it was, and the permission was gone before");
        later.happens(Event::FaultCleared(Fault::DiodeFault));
        assert_eq!(before.until(&later), [Event::FaultCleared(Fault::DiodeFault)]);
    }

    #[test]
    fn the_first_state_of_the_pilot_is_told_last() {
        let seen =
            after(&[Event::ContactorClosed, Event::Cable(CableRating::A32), C2, Event::Fault(Fault::ContactorWelded)]);
        assert_eq!(
            BoardState::default().until(&seen),
            [Event::Fault(Fault::ContactorWelded), Event::Cable(CableRating::A32), Event::ContactorClosed, C2]
        );
        let free = after(&[Event::ContactorClosed, GONE]);
        assert_eq!(
            BoardState::default().until(&free),
            [Event::ContactorClosed, GONE],
            "a bolt waits for the contactor"
        );
    }

    #[test]
    fn another_car_is_told_even_if_nobody_heard_the_one_before_go() {
        let before = after(&[Event::Cable(CableRating::A32), C2, Event::ContactorClosed]);
        let mut later = before;
        let next = Event::Pilot { state: PilotState::C, pwm: false, plug_in: SECOND };
        for event in [Event::ContactorOpened, GONE, Event::Cable(CableRating::A32), next] {
            later.happens(event);
        }
        assert_eq!(before.until(&later), [GONE, Event::Cable(CableRating::A32), next, Event::ContactorOpened]);
    }

    /// One thing that happens to a board.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Busy,
        Closes(bool),
        Fault(Fault, bool),
        Leaves,
        Pilot { ready: bool, pwm: bool },
        Plugs(CableRating),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Busy),
            any::<bool>().prop_map(Step::Closes),
            (fault(), any::<bool>()).prop_map(|(fault, present)| Step::Fault(fault, present)),
            Just(Step::Leaves),
            any::<(bool, bool)>().prop_map(|(ready, pwm)| Step::Pilot { ready, pwm }),
            cable().prop_map(Step::Plugs),
        ]
    }

    /// What the machine says of it: a cable before its plug, and none while there is no plug.
    fn events(step: Step, plug_in: &mut PlugIn, board: &BoardState) -> Vec<Event> {
        let plugged = board.plug_in().is_some();
        match step {
            Step::Busy if plugged && board.busy.is_none() => vec![Event::ContactorBusy { closings: 100 }],
            Step::Closes(true) => vec![Event::ContactorClosed],
            Step::Closes(false) => vec![Event::ContactorOpened],
            Step::Fault(fault, true) => vec![Event::Fault(fault)],
            Step::Fault(fault, false) => vec![Event::FaultCleared(fault)],
            Step::Leaves => vec![GONE],
            Step::Pilot { ready, pwm } if plugged => {
                let state = if ready { PilotState::C } else { PilotState::B };
                vec![Event::Pilot { state, pwm, plug_in: Some(*plug_in) }]
            }
            Step::Plugs(rating) if !plugged => {
                *plug_in = plug_in.next();
                let pilot = Event::Pilot { state: PilotState::B, pwm: false, plug_in: Some(*plug_in) };
                vec![Event::Cable(rating), pilot]
            }
            Step::Busy | Step::Pilot { .. } | Step::Plugs(_) => Vec::new(),
        }
    }

    proptest! {
        /// Whatever is lost on the way: what the host has been told adds up to what the board knows, and no car takes the
        /// place of another unseen.
        #[test]
        fn the_events_between_any_two_states_lead_from_one_to_the_other(
            steps in prop::collection::vec((step(), any::<bool>()), 0..60),
        ) {
            let (mut board, mut arrived, mut host) = (BoardState::default(), BoardState::default(), BoardState::default());
            let mut plug_in = PlugIn::at_start(7);
            for (step, arrives) in steps {
                for event in events(step, &mut plug_in, &board) {
                    board.happens(event);
                }
                if arrives {
                    let mut at = arrived.plug_in();
                    for news in arrived.until(&board) {
                        host.happens(news);
                        if let Event::Pilot { plug_in, .. } = news {
                            prop_assert!(at.is_none() || plug_in.is_none() || at == plug_in);
                            at = plug_in;
                        }
                    }
                    arrived = board;
                    prop_assert_eq!(BoardState { raised: board.raised, ..host }, board);
                }
            }
        }
    }
}
