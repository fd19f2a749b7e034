//! Whose message goes next: sources take turns, so that none of them keeps another one away.

/// Where a message of the station comes from. Boot and questions about tokens are no part of it: nothing goes before them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// What became of reservations.
    Reservations,
    /// The status of connectors.
    Connectors,
    /// Problems of parts.
    Problems,
    /// The durable queue of TransactionEvents.
    Queue,
    /// The report that is in progress.
    Report,
    /// The sign of life.
    Heartbeat,
}

impl Source {
    /// In this order after a boot: the CSMS learns first how the connectors are (B01.FR.05).
    const ALL: [Self; 6] =
        [Self::Connectors, Self::Reservations, Self::Problems, Self::Queue, Self::Report, Self::Heartbeat];
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn(usize);

impl Turn {
    /// Every source, beginning with the one whose turn it is.
    pub(super) fn order(self) -> impl Iterator<Item = Source> {
        (0..Source::ALL.len()).map(move |ahead| Source::ALL[(self.0 + ahead) % Source::ALL.len()])
    }

    /// That source had its turn.
    pub(super) fn pass(&mut self, source: Source) {
        let place = Source::ALL.iter().position(|own| *own == source).unwrap_or(0);
        self.0 = (place + 1) % Source::ALL.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_had_its_turn_is_last() {
        let mut turn = Turn::default();
        assert_eq!(turn.order().next(), Some(Source::Connectors));
        turn.pass(Source::Queue);
        assert_eq!(turn.order().next(), Some(Source::Report));
        assert_eq!(turn.order().last(), Some(Source::Queue));
        turn.pass(Source::Heartbeat);
        assert_eq!(turn.order().next(), Some(Source::Connectors));
    }
}
