//! Which EVSE is meant by a driver, or a CSMS, who does not say it: a card at a reader of the station, a start without an EVSE.
//!
//! ```text
//!   a car waits, and nobody has been let in   ──> there; the one that has waited longest
//!   the token is of a session that runs       ──> there: it ends it
//!   ... or of one that is over, and its car still there ──> there: it begins again
//!   the token is kept already                 ──> forgotten: the driver changed their mind
//!   some EVSE is free                         ──> kept for the next car that is plugged in
//!   nothing is free                           ──> refused
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use hardware::Token;
use units::{EvseId, Instant};

use crate::Coordinator;
use crate::authorization::{Check, id_token, same_id};
use crate::occupancy::{DriverWithoutCar, Finished, Occupancy, Stage};
use crate::words::IdToken;

/// How an EVSE stands to somebody who may be meant for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Vacancy {
    /// Nothing can begin here now: a fault, out of service, reserved, not heard yet, or something just ends.
    #[default]
    Closed,
    /// A car is there whose transaction is over; whose token ended it, if one did.
    Finished {
        /// The token.
        token: Option<IdToken>,
    },
    /// No car, and nobody who wants to begin.
    Free,
    /// Somebody is being let in, or is in: whose token it is; `None` where nobody needs one.
    Taken {
        /// The token.
        token: Option<IdToken>,
    },
    /// A car is there, and nobody has been let in.
    Waits {
        /// The EVSE is reserved for this token.
        only: Option<IdToken>,
    },
}

/// Who comes without saying where to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Guest {
    /// A driver holds a card to the reader of the station.
    Card(Token),
    /// The CSMS starts somebody.
    Start {
        /// For this driver.
        token: IdToken,
        /// The driver's group.
        group: Option<IdToken>,
        /// To be given back when it starts.
        remote_start_id: i32,
    },
}

/// What becomes of a guest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reply {
    /// There it is.
    Here(EvseId),
    /// Kept until then for the next car.
    Kept {
        /// Until then.
        until: Instant,
    },
    /// The same card again: it is kept no longer.
    Forgotten,
    /// Every EVSE is taken or closed.
    Refused,
}

/// Sends guests to their EVSE.
#[derive(Debug)]
pub struct Reception {
    patience: Duration,
    second_tap: Duration,
    evses: BTreeMap<EvseId, (Vacancy, Instant)>,
    /// Those that a card at the reader of the station may be for; the others have readers of their own.
    by_card: BTreeSet<EvseId>,
    /// In order of coming; never more than there are EVSEs.
    kept: VecDeque<(Guest, Instant)>,
    /// The card that was sent to a car last, where to and when.
    sent: Option<(IdToken, EvseId, Instant)>,
}

impl Reception {
    /// For these EVSEs, of which those `by_card` share the reader of the station; a guest without a car is kept for `patience`, and a card
    /// that is shown again within `second_tap` goes to where it went.
    pub fn new(
        evses: impl IntoIterator<Item = EvseId>,
        by_card: impl IntoIterator<Item = EvseId>,
        patience: Duration,
        second_tap: Duration,
    ) -> Self {
        let closed = |evse| (evse, (Vacancy::Closed, Instant::ZERO));
        let evses = evses.into_iter().map(closed).collect();
        Self { patience, second_tap, evses, by_card: by_card.into_iter().collect(), kept: VecDeque::new(), sent: None }
    }

    /// How that EVSE stands from now on. Answers the guest who has waited for it.
    pub fn stands(&mut self, now: Instant, evse: EvseId, vacancy: Vacancy) -> Option<Guest> {
        let (known, since) = self.evses.get_mut(&evse)?;
        if *known != vacancy {
            (*known, *since) = (vacancy, now);
        }
        let Vacancy::Waits { only } = known.clone() else { return None };
        self.expire(now);
        let meant = |guest: &Guest| guest.is_for(evse, &self.by_card) && guest.may_have(&only);
        let place = self.kept.iter().position(|(guest, _)| meant(guest))?;
        let (guest, _) = self.kept.remove(place)?;
        // Until its session says so itself: a second guest at this instant is for another EVSE.
        self.evses.get_mut(&evse)?.0 = Vacancy::Taken { token: Some(guest.token()) };
        Some(guest)
    }

    /// Somebody comes.
    pub fn comes(&mut self, now: Instant, guest: Guest) -> Reply {
        self.expire(now);
        let token = guest.token();
        let own = |other: &Option<IdToken>| other.as_ref().is_some_and(|other| same_id(&other.id, &token.id));
        let is_card = matches!(guest, Guest::Card(_));
        let meant = |evse: &EvseId| guest.is_for(*evse, &self.by_card);
        if let Some((last, evse, at)) = &self.sent
            && is_card
            && same_id(&last.id, &token.id)
            && now - *at < self.second_tap
        {
            // Shown again at once it is the same tap: its session says what becomes of it.
            return Reply::Here(*evse);
        }
        // First where it is reserved for this guest, then where a car has waited longest.
        let order = |(evse, (vacancy, since)): (&EvseId, &(Vacancy, Instant))| match vacancy {
            Vacancy::Waits { only } if meant(evse) && guest.may_have(only) => Some((only.is_none(), *since, *evse)),
            _ => None,
        };
        if let Some((_, _, evse)) = self.evses.iter().filter_map(order).min() {
            if let Some((vacancy, _)) = self.evses.get_mut(&evse) {
                *vacancy = Vacancy::Taken { token: Some(token.clone()) };
            }
            self.sent = Some((token, evse, now));
            return Reply::Here(evse);
        }
        let runs = |vacancy: &Vacancy| matches!(vacancy, Vacancy::Taken { token } if own(token));
        let over = |vacancy: &Vacancy| matches!(vacancy, Vacancy::Finished { token } if own(token));
        let find = |fits: &dyn Fn(&Vacancy) -> bool| {
            self.evses.iter().find(|(evse, (vacancy, _))| meant(evse) && fits(vacancy)).map(|(evse, _)| *evse)
        };
        // A start of the CSMS ends nothing.
        if is_card && let Some(evse) = find(&runs).or_else(|| find(&over)) {
            return Reply::Here(evse);
        }
        let before = self.kept.len();
        self.kept.retain(|(kept, _)| !same_id(&kept.token().id, &token.id));
        if is_card && self.kept.len() < before {
            return Reply::Forgotten;
        }
        let free = self.evses.iter().filter(|(evse, (vacancy, _))| meant(evse) && *vacancy == Vacancy::Free).count();
        if self.kept.len() >= free {
            return Reply::Refused;
        }
        let until = now + self.patience;
        self.kept.push_back((guest, until));
        Reply::Kept { until }
    }

    /// When the next guest is kept no longer.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        self.kept.iter().map(|(_, until)| *until).min()
    }

    /// Forgets those that were kept for too long, and answers how many.
    pub fn expire(&mut self, now: Instant) -> usize {
        let before = self.kept.len();
        self.kept.retain(|(_, until)| *until > now);
        before - self.kept.len()
    }
}

impl Guest {
    /// Whether it may be meant for that EVSE.
    fn is_for(&self, evse: EvseId, by_card: &BTreeSet<EvseId>) -> bool {
        match self {
            Self::Card(_) => by_card.contains(&evse),
            Self::Start { .. } => true,
        }
    }

    /// Whether an EVSE that is reserved for that token, or for nobody, is one for this guest.
    fn may_have(&self, only: &Option<IdToken>) -> bool {
        only.as_ref().is_none_or(|only| same_id(&only.id, &self.token().id))
    }

    /// Whose it is.
    #[must_use]
    pub fn token(&self) -> IdToken {
        match self {
            Self::Card(token) => id_token(token),
            Self::Start { token, .. } => token.clone(),
        }
    }
}

impl Coordinator {
    /// How this EVSE stands to whoever comes and does not say where to.
    pub(super) fn vacancy(&self) -> Vacancy {
        let usable = self.outlet.operative && self.outlet.troubles.is_empty() && self.outlet.board.tells_all();
        let taken = |check: &Check| Vacancy::Taken { token: Some(check.token.clone()) };
        match &self.occupancy {
            Occupancy::Free(DriverWithoutCar::Checking(check)) => taken(check),
            Occupancy::Free(DriverWithoutCar::Granted { grant, .. }) => Vacancy::Taken { token: grant.token.clone() },
            Occupancy::Free(DriverWithoutCar::Nobody) if usable && self.outlet.reservation.is_none() => Vacancy::Free,
            Occupancy::Free(DriverWithoutCar::Nobody) | Occupancy::Leaving { .. } => Vacancy::Closed,
            Occupancy::Plugged(session) => match &session.stage {
                Stage::Waiting { check: Some(check) } | Stage::Finished(Finished { check: Some(check), .. }) => {
                    taken(check)
                }
                Stage::Waiting { check: None } | Stage::Finished(Finished { check: None, .. }) if !usable => {
                    Vacancy::Closed
                }
                Stage::Waiting { check: None } => {
                    Vacancy::Waits { only: self.outlet.reservation.as_ref().map(|held| held.token.clone()) }
                }
                Stage::Finished(Finished { check: None, ended_by }) => {
                    Vacancy::Finished { token: ended_by.as_ref().map(|tap| tap.token.clone()) }
                }
                Stage::Authorized(grant) => Vacancy::Taken { token: grant.token.clone() },
                Stage::Running(running) => Vacancy::Taken { token: running.transaction.grant.token.clone() },
                Stage::Closing(_) => Vacancy::Closed,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: EvseId = EvseId::FIRST;
    const NOW: Instant = Instant::ZERO;
    const SECOND_TAP: Duration = Duration::from_secs(5);
    const WAITS: Vacancy = Vacancy::Waits { only: None };

    fn second() -> EvseId {
        EvseId::new(2).expect("a number")
    }

    fn card(id: &str) -> Guest {
        Guest::Card(Token::card(id))
    }

    fn reception() -> Reception {
        let mut reception = Reception::new([FIRST, second()], [FIRST, second()], Duration::from_secs(60), SECOND_TAP);
        for evse in [FIRST, second()] {
            assert_eq!(reception.stands(NOW, evse, Vacancy::Free), None);
        }
        reception
    }

    fn taken(id: &str) -> Vacancy {
        Vacancy::Taken { token: Some(card(id).token()) }
    }

    #[test]
    fn a_card_goes_to_the_car_that_waits_longest() {
        let mut reception = reception();
        assert_eq!(reception.stands(Instant::from_millis(1000), second(), WAITS), None);
        assert_eq!(reception.stands(Instant::from_millis(2000), FIRST, WAITS), None);
        // The session tells its state again: it has waited since then all the same.
        assert_eq!(reception.stands(Instant::from_millis(3000), second(), WAITS), None);
        assert_eq!(reception.comes(Instant::from_millis(4000), card("04A1B2C3")), Reply::Here(second()));
        assert_eq!(reception.comes(Instant::from_millis(4000), card("04D4E5F6")), Reply::Here(FIRST));
        assert_eq!(reception.comes(Instant::from_millis(4000), card("04777777")), Reply::Refused);
    }

    #[test]
    fn two_cars_that_come_at_one_instant_are_served_in_order_of_their_numbers() {
        let mut reception = reception();
        for evse in [second(), FIRST] {
            assert_eq!(reception.stands(NOW, evse, WAITS), None);
        }
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Here(FIRST));
    }

    #[test]
    fn a_card_ends_its_own_session_and_no_other_one() {
        let mut reception = reception();
        assert_eq!(reception.stands(NOW, FIRST, taken("04A1B2C3")), None);
        assert_eq!(reception.comes(NOW, card("04:a1:b2:c3")), Reply::Here(FIRST));
        let until = Instant::from_millis(60_000);
        assert_eq!(reception.comes(NOW, card("04D4E5F6")), Reply::Kept { until });
        let over = Vacancy::Finished { token: Some(card("04A1B2C3").token()) };
        assert_eq!(reception.stands(NOW, FIRST, over), None);
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Here(FIRST), "it begins again");
        assert_eq!(reception.comes(NOW, card("04777777")), Reply::Refused, "the free one is for the other card");
    }

    #[test]
    fn a_card_is_kept_for_the_next_car_for_a_while() {
        let mut reception = reception();
        let until = Instant::from_millis(60_000);
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Kept { until });
        assert_eq!(reception.next_change(), Some(until));
        assert_eq!(reception.stands(Instant::from_millis(59_999), second(), WAITS), Some(card("04A1B2C3")));
        assert_eq!(reception.next_change(), None);
        assert_eq!(reception.comes(until, card("04A1B2C3")), Reply::Here(second()), "it is in already");
        assert_eq!(reception.comes(until, card("04D4E5F6")), Reply::Kept { until: Instant::from_millis(120_000) });
        assert_eq!(reception.comes(until, card("04D4E5F6")), Reply::Forgotten);
        assert_eq!(reception.comes(until, card("04D4E5F6")), Reply::Kept { until: Instant::from_millis(120_000) });
        assert_eq!(reception.stands(Instant::from_millis(120_000), FIRST, WAITS), None, "too late");
    }

    #[test]
    fn a_card_at_the_reader_of_the_station_is_for_no_evse_that_has_its_own() {
        let mut reception = Reception::new([FIRST, second()], [second()], Duration::from_secs(60), SECOND_TAP);
        assert_eq!(reception.stands(NOW, FIRST, WAITS), None);
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Refused);
        assert_eq!(reception.stands(NOW, second(), WAITS), None);
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Here(second()));
    }

    #[test]
    fn a_card_that_is_shown_twice_opens_no_second_place() {
        let mut reception = reception();
        for evse in [FIRST, second()] {
            assert_eq!(reception.stands(NOW, evse, WAITS), None);
        }
        assert_eq!(reception.comes(NOW, card("04A1B2C3")), Reply::Here(FIRST));
        assert_eq!(reception.comes(Instant::from_millis(4_999), card("04A1B2C3")), Reply::Here(FIRST));
        assert_eq!(reception.comes(Instant::from_millis(5_000), card("04A1B2C3")), Reply::Here(second()));
    }

    #[test]
    fn a_car_at_a_reserved_place_waits_for_its_own_driver() {
        let mut reception = reception();
        let held = Vacancy::Waits { only: Some(card("04D4E5F6").token()) };
        assert_eq!(reception.stands(NOW, FIRST, held), None);
        assert!(matches!(reception.comes(NOW, card("04A1B2C3")), Reply::Kept { .. }), "the other one is free");
        assert_eq!(reception.stands(NOW, second(), WAITS), Some(card("04A1B2C3")));
        assert_eq!(reception.stands(Instant::from_millis(1), second(), WAITS), None);
        assert_eq!(reception.comes(Instant::from_millis(9_000), card("04D4E5F6")), Reply::Here(FIRST), "it is his");
    }

    #[test]
    fn a_start_of_the_csms_chooses_likewise_and_ends_nothing() {
        let mut reception = reception();
        let start = |id: &str| Guest::Start { token: card(id).token(), group: None, remote_start_id: 7 };
        assert_eq!(reception.stands(NOW, FIRST, taken("04A1B2C3")), None);
        let until = Instant::from_millis(60_000);
        assert_eq!(reception.comes(NOW, start("04A1B2C3")), Reply::Kept { until });
        assert_eq!(reception.comes(NOW, start("04A1B2C3")), Reply::Kept { until }, "said twice, it is one guest");
        assert_eq!(reception.stands(NOW, second(), WAITS), Some(start("04A1B2C3")));
        assert_eq!(reception.comes(NOW, start("04D4E5F6")), Reply::Refused);
    }
}
