//! Which answers the units of a line still owe.
//!
//! An answer over RTU says who answers, which function, and how long it is: not which registers it is about. An answer that
//! comes late looks like that to the next question of the same kind. A unit answers its questions in their order, or not at
//! all; so an answer settles all that the unit was asked before, and a question is sent only when no answer that looks alike
//! is owed.
//!
//! ```text
//!   ask 18 registers   no answer in time                   owed: 18
//!   ask  2 registers   (a probe: another length)           owed: 18, 2
//!        18 registers  the late answer: not for the probe  owed: 2
//!         2 registers  the answer to the probe             owed: nothing
//!   ask 18 registers
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use wire::modbus::{MAX_READ, Request, Response, Table};

/// What did not come within this time does not come any more.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// So many answers of one unit are remembered: within that time no line asks for more. There are more lengths than these.
const MOST: usize = 100;

/// What an answer looks like on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    /// So many registers.
    Registers(Table, usize),
    /// So many were written from there.
    Written(u16, u16),
}

impl Shape {
    fn of(request: &Request) -> Self {
        match request {
            Request::Read { table, count, .. } => Self::Registers(*table, usize::from(*count)),
            Request::WriteSingle { address, .. } => Self::Written(*address, 1),
            Request::WriteMultiple { address, values } => Self::Written(*address, values.len() as u16),
        }
    }

    /// Whether this may be the answer to a question of that shape.
    fn is_answer(self, response: &Response) -> bool {
        match (self, response) {
            (Self::Registers(table, count), Response::Read { table: from, values }) => {
                table == *from && count == values.len()
            }
            (Self::Written(address, count), Response::WriteMultiple { address: at, count: written }) => {
                (address, count) == (*at, *written)
            }
            (shape, Response::Exception { function, .. }) => match shape {
                Self::Registers(Table::Holding, _) => *function == 3,
                Self::Registers(Table::Input, _) => *function == 4,
                Self::Written(..) => *function == 16,
            },
            (Self::Registers(..), _) | (Self::Written(..), _) => false,
        }
    }
}

/// What was asked and not answered, unit by unit.
#[derive(Debug, Default)]
pub(super) struct Owed(BTreeMap<u8, VecDeque<(Shape, Instant)>>);

impl Owed {
    /// A unit is asked.
    pub(super) fn ask(&mut self, now: Instant, unit: u8, request: &Request) {
        let asked = self.0.entry(unit).or_default();
        asked.retain(|(_, at)| now.duration_since(*at) < FORGOTTEN);
        if asked.len() == MOST {
            asked.pop_front();
        }
        asked.push_back((Shape::of(request), now));
    }

    /// Something came from a unit: whether it was asked for. It settles what the unit was asked before as well.
    pub(super) fn hear(&mut self, unit: u8, response: &Response) -> bool {
        let Some(asked) = self.0.get_mut(&unit) else { return false };
        let Some(index) = asked.iter().position(|(shape, _)| shape.is_answer(response)) else { return false };
        asked.drain(..=index);
        true
    }

    /// Whether an answer is still to come that looks like the one to this question.
    pub(super) fn looks_alike(&self, now: Instant, unit: u8, request: &Request) -> bool {
        let shape = Shape::of(request);
        self.of(unit).any(|(owed, at)| *owed == shape && now.duration_since(*at) < FORGOTTEN)
    }

    /// A question whose answer looks like none that is owed, nor like the one to `request`: its answer proves that nothing
    /// older is under way.
    pub(super) fn probe(&self, unit: u8, request: &Request) -> Request {
        let (table, address) = match request {
            Request::Read { table, address, .. } => (*table, *address),
            Request::WriteSingle { address, .. } | Request::WriteMultiple { address, .. } => (Table::Holding, *address),
        };
        let other = |count: &u16| {
            let shape = Shape::Registers(table, usize::from(*count));
            shape != Shape::of(request) && self.of(unit).all(|(owed, _)| *owed != shape)
        };
        // Two first: many meters know no half values.
        let count = [2, 4].into_iter().chain(1..=MAX_READ).find(other).unwrap_or(MAX_READ);
        // At the end of the registers the probe ends there as well.
        Request::Read { table, address: address.min(u16::MAX - count), count }
    }

    fn of(&self, unit: u8) -> impl Iterator<Item = &(Shape, Instant)> {
        self.0.get(&unit).into_iter().flatten()
    }
}

/// Whether a response answers a question, or refuses it.
pub(super) fn answers(request: &Request, response: &Response) -> bool {
    Shape::of(request).is_answer(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::modbus::Exception;

    fn read(address: u16, count: u16) -> Request {
        Request::Read { table: Table::Input, address, count }
    }

    fn registers(count: usize) -> Response {
        Response::Read { table: Table::Input, values: vec![0; count] }
    }

    fn refusal(function: u8) -> Response {
        Response::Exception { function, exception: Exception::ServerDeviceBusy }
    }

    #[test]
    fn a_question_of_the_same_length_to_other_registers_looks_alike_until_the_first_is_settled() {
        let now = Instant::now();
        let mut owed = Owed::default();
        owed.ask(now, 1, &read(0, 18));
        assert!(owed.looks_alike(now, 1, &read(100, 18)));
        assert!(!owed.looks_alike(now, 1, &read(70, 6)) && !owed.looks_alike(now, 2, &read(0, 18)));
        let probe = owed.probe(1, &read(100, 18));
        assert_eq!(probe, read(100, 2));
        owed.ask(now, 1, &probe);
        // The answer to the probe settles the older one, which was lost.
        assert!(owed.hear(1, &registers(2)));
        assert!(!owed.looks_alike(now, 1, &read(100, 18)));
        assert!(!owed.hear(1, &registers(18)), "and when it comes after all, nobody has asked for it");
    }

    #[test]
    fn a_late_answer_settles_itself_and_what_is_older_but_not_the_probe() {
        let now = Instant::now();
        let mut owed = Owed::default();
        owed.ask(now, 1, &read(0, 18));
        owed.ask(now, 1, &read(0, 2));
        assert!(owed.hear(1, &registers(18)));
        assert!(!owed.looks_alike(now, 1, &read(0, 18)) && owed.looks_alike(now, 1, &read(70, 2)));
        assert_eq!(owed.probe(1, &read(70, 2)), read(70, 4), "another length than the probe that is owed");
    }

    #[test]
    fn a_refusal_settles_the_first_question_that_it_may_be_about() {
        let now = Instant::now();
        let mut owed = Owed::default();
        owed.ask(now, 3, &Request::WriteMultiple { address: 3026, values: vec![1] });
        owed.ask(now, 3, &read(0, 4));
        assert!(owed.hear(3, &refusal(4)));
        assert!(!owed.hear(3, &refusal(16)), "it was asked before the read");
        assert!(!owed.hear(3, &refusal(4)));
    }

    #[test]
    fn a_unit_that_never_answers_costs_a_bounded_memory_and_is_forgiven() {
        let now = Instant::now();
        let mut owed = Owed::default();
        for count in (1..=120).cycle().take(1000) {
            owed.ask(now, 1, &read(0, count));
        }
        assert_eq!(owed.of(1).count(), MOST);
        assert!(owed.looks_alike(now, 1, &read(0, 40)));
        assert!(!owed.looks_alike(now + FORGOTTEN, 1, &read(0, 40)));
    }
}
