//! A firmware of ours at its end of the link: which start it is in, and what it has taken of its host's words.

use iec61851::{Command, Event, Permission};
use wire::tux_evse::{BoardState, HostSays, Info, Permit, Wish, is_later};

/// The firmware.
#[derive(Debug)]
pub(super) struct OurBoard {
    protocol: u16,
    firmware: String,
    state: BoardState,
    /// The numbers of the wishes that it has taken last in this start.
    taken: Taken,
}

#[derive(Debug, Default)]
struct Taken {
    pilot: u32,
    permission: u32,
}

impl OurBoard {
    /// A firmware that has just booted; `boot` is a random number.
    pub(super) fn new(protocol: u16, firmware: &str, boot: u32) -> Self {
        let state = BoardState { start: boot, ..BoardState::default() };
        Self { protocol, firmware: firmware.into(), state, taken: Taken::default() }
    }

    pub(super) fn info(&self) -> Info {
        Info { protocol: self.protocol, firmware: self.firmware.clone(), start: self.state.start }
    }

    /// Its state as it is said now.
    pub(super) const fn say(&mut self) -> BoardState {
        self.state.number = self.state.number.wrapping_add(1);
        self.state
    }

    /// Takes in an event of the safety machine; answers whether that made a difference.
    pub(super) fn happens(&mut self, event: Event) -> bool {
        let before = self.state;
        self.state.happens(event);
        self.state != before
    }

    /// What a word of the host asks of the safety machine, in this order.
    pub(super) fn hear(&mut self, says: &HostSays) -> impl Iterator<Item = Command> + use<> {
        self.asked(says).into_iter().flatten()
    }

    fn asked(&mut self, says: &HostSays) -> [Option<Command>; 6] {
        let (mut disable, mut enable) = (None, None);
        if says.number == 1 && says.start == self.state.start.wrapping_add(1) {
            self.state = BoardState { start: says.start, number: self.state.number, ..BoardState::default() };
            self.taken = Taken::default();
            // What the safety machine tells from now on, it has seen from now on.
            (disable, enable) = (Some(Command::Disable), Some(Command::Enable));
        } else if says.start != self.state.start || self.state.heard == 0 {
            // Of another life of host or board: nothing of it counts, not even as a sign of life.
            return [None; 6];
        }
        if is_later(says.number, self.state.heard) {
            self.state.heard = says.number;
        }
        let permission = fresh(&mut self.taken.permission, says.permission);
        // What opens goes first, what closes last.
        let withdrawn = permission.filter(|permit| !permit.permission.is_given());
        let withdraw = withdrawn.map(|_| Command::AllowPower(Permission::Withdrawn));
        let pilot = fresh(&mut self.taken.pilot, says.pilot).map(Command::SetPilot);
        let given = |permit: &Permit| permit.permission.is_given() && permit.plug_in == self.state.plug_in();
        let allow = permission.filter(given).map(|permit| Command::AllowPower(permit.permission));
        [disable, enable, withdraw, pilot, allow, Some(Command::Heartbeat)]
    }
}

/// What is wished, unless it was taken before.
fn fresh<T>(taken: &mut u32, wish: Option<Wish<T>>) -> Option<T> {
    let Wish { number, what } = wish?;
    is_later(number, *taken).then(|| {
        *taken = number;
        what
    })
}
