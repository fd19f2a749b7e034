//! What the CSMS asks of the station as a whole, and every EVSE has a say in.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use session::words::{Answer, Ask, AvailabilityAnswer, ReserveAnswer, ResetAnswer};
use units::EvseId;

/// Requests that are being answered, by their tickets.
#[derive(Debug, Default)]
pub(super) struct Rounds(BTreeMap<u64, Round>);

/// One request.
#[derive(Debug)]
struct Round {
    /// Who is asked next; empty where all were asked at once.
    next: VecDeque<(EvseId, Ask)>,
    /// How many answers are still to come.
    missing: usize,
    /// The answer so far.
    answer: Option<Answer>,
}

/// What is to be done about a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// Who is to be asked.
    pub(super) ask: Vec<(EvseId, Ask)>,
    /// What the CSMS is to be answered.
    pub(super) answer: Option<Answer>,
}

impl Rounds {
    /// More requests than a CSMS can have in flight; of the oldest nobody waits for an answer any more.
    const MOST: usize = 16;

    /// A request for the station as a whole.
    pub(super) fn begin(&mut self, ticket: u64, ask: &Ask, evses: &[EvseId]) -> Step {
        let at = |evse: &EvseId| (*evse, at(ask, *evse));
        let mut next: VecDeque<_> = evses.iter().map(at).collect();
        let (ask, missing) = match ask {
            // One is enough: the others are asked only when it cannot.
            Ask::Reserve { .. } => (next.pop_front().into_iter().collect(), 1),
            Ask::CancelReservation { .. }
            | Ask::ChangeAvailability { .. }
            | Ask::RequestStart { .. }
            | Ask::RequestStop { .. }
            | Ask::Reset { .. }
            | Ask::Unlock { .. } => (next.drain(..).collect::<Vec<_>>(), evses.len()),
        };
        while self.0.len() >= Self::MOST {
            self.0.pop_first();
        }
        self.0.insert(ticket, Round { next, missing, answer: None });
        Step { ask, answer: None }
    }

    /// One EVSE answers; `None`: nobody asked all of them, so it answers for itself.
    pub(super) fn answered(&mut self, ticket: u64, answer: Answer) -> Option<Step> {
        let round = self.0.get_mut(&ticket)?;
        round.missing = round.missing.saturating_sub(1);
        let merged = match round.answer.take() {
            None => answer,
            Some(before) => merge(before, answer),
        };
        if round.missing > 0 {
            round.answer = Some(merged);
            return Some(Step::default());
        }
        let refused = matches!(&merged, Answer::Reserve(answer) if *answer != ReserveAnswer::Accepted);
        match round.next.pop_front().filter(|_| refused) {
            Some(next) => {
                (round.missing, round.answer) = (1, Some(merged));
                Some(Step { ask: vec![next], answer: None })
            }
            None => {
                self.0.remove(&ticket);
                Some(Step { ask: Vec::new(), answer: Some(merged) })
            }
        }
    }
}

/// The same for that EVSE.
fn at(ask: &Ask, evse: EvseId) -> Ask {
    let mut own = ask.clone();
    match &mut own {
        Ask::ChangeAvailability { evse: place, .. }
        | Ask::RequestStart { evse: place, .. }
        | Ask::Reserve { evse: place, .. }
        | Ask::Reset { evse: place, .. } => *place = Some(evse),
        Ask::CancelReservation { .. } | Ask::RequestStop { .. } | Ask::Unlock { .. } => {}
    }
    own
}

/// What two EVSEs say together: it is done where one has what is meant, and as late as the last one can.
fn merge(one: Answer, other: Answer) -> Answer {
    match (one, other) {
        (Answer::Availability(one), Answer::Availability(other)) => Answer::Availability(one.max_by(other)),
        (Answer::Reset(one), Answer::Reset(other)) => Answer::Reset(one.max_by(other)),
        (Answer::Cancel { accepted: one }, Answer::Cancel { accepted: other }) => {
            Answer::Cancel { accepted: one || other }
        }
        (Answer::Stop { accepted: one }, Answer::Stop { accepted: other }) => Answer::Stop { accepted: one || other },
        (Answer::Reserve(one), Answer::Reserve(other)) => Answer::Reserve(one.max_by(other)),
        // Answers to different requests never meet.
        (one, _) => one,
    }
}

/// Of two answers the one that counts.
trait Graver: Copy {
    fn weight(self) -> u8;

    fn max_by(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }
}

impl Graver for AvailabilityAnswer {
    fn weight(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Scheduled => 1,
            Self::Rejected => 2,
        }
    }
}

impl Graver for ResetAnswer {
    fn weight(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Scheduled => 1,
            Self::Rejected => 2,
        }
    }
}

/// Of several that refuse, the one that may be free soonest.
impl Graver for ReserveAnswer {
    fn weight(self) -> u8 {
        match self {
            Self::Rejected => 0,
            Self::Unavailable => 1,
            Self::Faulted => 2,
            Self::Occupied => 3,
            Self::Accepted => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use session::words::{IdToken, ResetKind, TokenKind};
    use units::Instant;

    fn evses() -> Vec<EvseId> {
        EvseId::of_station(2).collect()
    }

    #[test]
    fn the_station_is_reset_as_late_as_the_last_evse_can() {
        let mut rounds = Rounds::default();
        let step = rounds.begin(7, &Ask::Reset { kind: ResetKind::OnIdle, evse: None }, &evses());
        assert_eq!(step.ask.len(), 2);
        let step = rounds.answered(7, Answer::Reset(ResetAnswer::Scheduled)).expect("a round");
        assert_eq!(step.answer, None);
        let step = rounds.answered(7, Answer::Reset(ResetAnswer::Accepted)).expect("a round");
        assert_eq!(step.answer, Some(Answer::Reset(ResetAnswer::Scheduled)));
        assert!(rounds.answered(7, Answer::Reset(ResetAnswer::Accepted)).is_none(), "it is over");
    }

    #[test]
    fn a_stop_is_accepted_where_one_evse_has_the_transaction() {
        let mut rounds = Rounds::default();
        rounds.begin(1, &Ask::RequestStop { transaction: "t".into() }, &evses());
        assert_eq!(rounds.answered(1, Answer::Stop { accepted: true }).expect("a round").answer, None);
        let step = rounds.answered(1, Answer::Stop { accepted: false }).expect("a round");
        assert_eq!(step.answer, Some(Answer::Stop { accepted: true }));
    }

    #[test]
    fn one_evse_after_the_other_is_asked_to_be_reserved() {
        let token = IdToken { id: "04A1B2C3".into(), kind: TokenKind::ISO14443 };
        let ask = Ask::Reserve { id: 3, token, group: None, evse: None, expires: Instant::from_millis(1) };
        let story = |answers: &[ReserveAnswer]| {
            let mut rounds = Rounds::default();
            let mut asked = rounds.begin(1, &ask, &evses()).ask.len();
            let mut last = None;
            for answer in answers {
                let step = rounds.answered(1, Answer::Reserve(*answer)).expect("a round");
                asked += step.ask.len();
                last = step.answer;
            }
            (asked, last)
        };
        let reserve = |answer| Some(Answer::Reserve(answer));
        assert_eq!(story(&[ReserveAnswer::Accepted]), (1, reserve(ReserveAnswer::Accepted)));
        let second = [ReserveAnswer::Occupied, ReserveAnswer::Accepted];
        assert_eq!(story(&second), (2, reserve(ReserveAnswer::Accepted)));
        let none = [ReserveAnswer::Occupied, ReserveAnswer::Faulted];
        assert_eq!(story(&none), (2, reserve(ReserveAnswer::Occupied)));
    }
}
