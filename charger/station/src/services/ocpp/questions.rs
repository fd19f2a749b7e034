//! Which EVSE asked what of the CSMS: each session counts its own questions, and the CSMS side knows one count.

use std::collections::BTreeMap;

use units::EvseId;

/// The questions that are open. Each is answered, by the CSMS or in its place, and forgotten then.
#[derive(Debug, Default)]
pub(super) struct Questions {
    next: u64,
    open: BTreeMap<u64, (EvseId, u64)>,
}

impl Questions {
    /// That EVSE asks something, by its own ticket; answers the ticket of the station.
    pub(super) fn asked(&mut self, evse: EvseId, ticket: u64) -> u64 {
        self.next += 1;
        self.open.insert(self.next, (evse, ticket));
        self.next
    }

    /// Who asked with that ticket of the station, and by which of its own.
    pub(super) fn answered(&mut self, ticket: u64) -> Option<(EvseId, u64)> {
        self.open.remove(&ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sessions_that_count_alike_get_their_own_answers() {
        let second = EvseId::new(2).expect("a number");
        let mut questions = Questions::default();
        let (one, two) = (questions.asked(EvseId::FIRST, 1), questions.asked(second, 1));
        assert_ne!(one, two);
        assert_eq!(questions.answered(two), Some((second, 1)));
        assert_eq!(questions.answered(two), None, "an answer comes once");
        assert_eq!(questions.answered(one), Some((EvseId::FIRST, 1)));
    }
}
