//! What the pilot does, whatever has happened: the whole decision in one table, and in no other place. Which duty, when state F,
//! when the oscillator rests; for each turn that a plug-in can take, for a driver who is let in, is not yet, or is no more, and
//! for both kinds of current. `turns` carries it out, `pilot_plan` knows the times.
//!
//! The clauses are ISO 15118-3 (`V2G3-`), ISO 15118-2 (`V2G2-`) and IEC 61851-1, as others quote them: the texts were not read.
//!
//! A 5 % duty that ends for a nominal one goes through state F, never only through X1 as \[V2G3-M06-06\] allows after a matching:
//! cars that speak and cars that do not both see a change of mind (\[V2G3-M06-05\], \[V2G3-M06-08\]), and the link is left with the
//! first instant of it (\[V2G3-M07-05\] to \[V2G3-M07-09\]).

use crate::config::BadgeFirst;

/// What has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// A car comes to a driver who was let in before.
    BadgeFirst(BadgeFirst),
    /// A car comes, and nobody was let in for it by a token; or its driver begins another transaction.
    CarFirst,
    /// A driver is let in while the car is invited for the first time.
    BadgeInvited,
    /// A driver is let in while the car is invited again: it was in vain before.
    BadgeInvitedAgain,
    /// No CM_SLAC_PARM.REQ in TT_EVSE_SLAC_init.
    NotHeard,
    /// A matching was begun, and no link came of it.
    MatchFailed,
    /// The link broke off (D-LINK_READY: no link).
    LinkLost,
    /// There is a link, and nobody connected: neither SDP nor TCP in V2G_SECC_CommunicationSetup.
    NeverConnected,
    /// The session on the link came to nothing.
    SessionFailed,
    /// The car was let in by messages and has an offer, and did not ask for energy in time.
    AcceptedWithoutLoop,
    /// The car ended the session as one ends it.
    SessionEnded,
    /// The car pauses the session.
    Paused,
    /// A car that pauses wakes the charger: it goes to C for a moment (B-C-B).
    CarWakes,
    /// There is energy again for a car that paused without any.
    ChargerWakes,
    /// A car that is not spoken with any more goes to C without an offer: it wants something.
    CarAsks,
    /// A car stays in B although current is offered by the duty.
    CarSleeps,
}

/// The driver of the car.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Driver {
    /// Nobody is let in yet.
    NotYet,
    /// One is let in, and a transaction runs or is about to begin.
    LetIn,
    /// The transaction ends, or is over.
    Over,
}

/// The kind of current that the EVSE gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Current {
    Alternating,
    /// It cannot be told by a duty.
    Direct,
}

/// How often the car may be invited again (C_sequ_retry).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Retries {
    /// At least once more.
    Left,
    /// No more.
    Spent,
}

/// In what situation it happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Situation {
    pub(super) driver: Driver,
    pub(super) current: Current,
    pub(super) retries: Retries,
}

/// What the pilot does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Decision {
    /// It goes on as it is.
    Stay,
    /// At once.
    Now(Next),
    /// After state F for T_step_EF.
    AfterF(Next),
    /// X1, and the dialog is kept.
    Rest,
    /// 5 %, and the dialog that was kept goes on.
    GoOn,
}

/// What comes, at once or after state F.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// 5 %, and the invitation to a new dialog.
    Invite,
    /// The nominal duty.
    Nominal,
    /// No oscillator, until somebody is let in.
    X1,
}

/// The table.
pub(super) const fn decide(turn: Turn, at: Situation) -> Decision {
    use Current::{Alternating, Direct};
    use Decision::{AfterF, GoOn, Now, Rest, Stay};
    use Driver::{LetIn, NotYet, Over};
    use Next::{Invite, Nominal, X1};
    use Retries::{Left, Spent};
    let Situation { driver, current, retries } = at;
    match turn {
        // Authorized by external means: the nominal duty ([V2G2-853]); nothing else is said of its current anyway.
        Turn::BadgeFirst(BadgeFirst::Nominal) => match (driver, current) {
            (LetIn, Alternating) => Now(Nominal),
            (LetIn, Direct) | (NotYet, _) => Now(Invite),
            (Over, _) => Now(X1),
        },
        // 5 % where nobody is let in ([V2G2-852]).
        Turn::BadgeFirst(BadgeFirst::Digital) | Turn::CarFirst => match driver {
            NotYet | LetIn => Now(Invite),
            Over => Now(X1),
        },
        // The car has its TT_EVSE_SLAC_init.
        Turn::BadgeInvited => Stay,
        // Authorized, and no matching runs: state F, then nominal ([V2G3-M06-08]).
        Turn::BadgeInvitedAgain => match (driver, current) {
            (LetIn, Alternating) => AfterF(Nominal),
            (LetIn, Direct) | (NotYet | Over, _) => Stay,
        },
        // Not authorized: state F and 5 % again, C_sequ_retry times, then X1 ([V2G3-M06-07]). Authorized: [V2G3-M06-08].
        // Direct current has nothing else to offer.
        Turn::NotHeard
        | Turn::MatchFailed
        // Leave the network, state F, and 5 % or nominal ([V2G3-M07-05] to [V2G3-M07-09], T_conn_resetup).
        | Turn::LinkLost
        | Turn::NeverConnected => match (driver, current, retries) {
            (NotYet, Alternating, Left) | (NotYet | LetIn, Direct, Left | Spent) => AfterF(Invite),
            (NotYet, Alternating, Spent) => AfterF(X1),
            (LetIn, Alternating, Left | Spent) => AfterF(Nominal),
            (Over, _, _) => Now(X1),
        },
        // As a link that is lost (D-LINK_ERROR); but who has spoken is not asked to speak again for alternating current.
        Turn::SessionFailed | Turn::AcceptedWithoutLoop => match (driver, current, retries) {
            (NotYet, Alternating, _) | (NotYet, Direct, Spent) => AfterF(X1),
            (NotYet, Direct, Left) | (LetIn, Direct, _) => AfterF(Invite),
            (LetIn, Alternating, _) => AfterF(Nominal),
            (Over, _, _) => Now(X1),
        },
        // D-LINK_TERMINATE: X1. Whoever is let in afterwards gets the nominal duty from there ([V2G3-M06-06]).
        Turn::SessionEnded => Now(X1),
        // [V2G3-M07-19], [V2G3-M07-20]: D-LINK_PAUSE, the oscillator off, link and session kept.
        Turn::Paused => match driver {
            NotYet | LetIn => Rest,
            Over => Now(X1),
        },
        // [V2G3-M07-28]: B-C-B in X1 wakes the charger. [V2G3-M07-24]: B1-B2 wakes the car.
        Turn::CarWakes | Turn::ChargerWakes => match driver {
            NotYet | LetIn => GoOn,
            Over => Now(X1),
        },
        // The ways to wake may be used without a session too (ISO 15118-3 clause 7.6).
        Turn::CarAsks => match driver {
            NotYet => Now(Invite),
            LetIn | Over => Stay,
        },
        // IEC 61851-1, annex A: a pulse of state F.
        Turn::CarSleeps => match (driver, current) {
            (LetIn, Alternating) => AfterF(Nominal),
            (LetIn, Direct) | (NotYet | Over, _) => Stay,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const TURNS: [(Turn, &str); 17] = [
        (Turn::BadgeFirst(BadgeFirst::Nominal), "badge first"),
        (Turn::BadgeFirst(BadgeFirst::Digital), "badge first, `badge_first = \"digital\"`"),
        (Turn::CarFirst, "car first, or another transaction"),
        (Turn::BadgeInvited, "badge while the car is invited"),
        (Turn::BadgeInvitedAgain, "badge while it is invited again"),
        (Turn::NotHeard, "no SLAC"),
        (Turn::MatchFailed, "SLAC failed"),
        (Turn::LinkLost, "link lost"),
        (Turn::NeverConnected, "neither SDP nor TCP"),
        (Turn::SessionFailed, "session failed"),
        (Turn::AcceptedWithoutLoop, "accepted, but no loop"),
        (Turn::SessionEnded, "session ended"),
        (Turn::Paused, "session paused"),
        (Turn::CarWakes, "the car wakes (B-C-B)"),
        (Turn::ChargerWakes, "the charger wakes"),
        (Turn::CarAsks, "the car goes to C without an offer"),
        (Turn::CarSleeps, "the car stays in B at a nominal duty"),
    ];

    const fn next(next: Next) -> &'static str {
        match next {
            Next::Invite => "5 %",
            Next::Nominal => "nominal",
            Next::X1 => "X1",
        }
    }

    fn word(decision: Decision) -> String {
        match decision {
            Decision::Stay => "as it is".to_owned(),
            Decision::Now(what) => next(what).to_owned(),
            Decision::AfterF(what) => format!("F, {}", next(what)),
            Decision::Rest => "X1, dialog kept".to_owned(),
            Decision::GoOn => "5 %, dialog goes on".to_owned(),
        }
    }

    /// A cell: what is decided while the car may be invited again; and, if it is something else, when it may not.
    fn cell(turn: Turn, driver: Driver, current: Current) -> String {
        let of = |retries| word(decide(turn, Situation { driver, current, retries }));
        let (left, spent) = (of(Retries::Left), of(Retries::Spent));
        if left == spent { left } else { format!("{left}; at last {spent}") }
    }

    fn table() -> String {
        let mut table = String::from(
            "| what happened | AC, nobody let in | AC, let in | AC, over | DC, nobody let in | DC, let in | DC, over |\n\
             |---|---|---|---|---|---|---|\n",
        );
        for (turn, name) in TURNS {
            write!(table, "| {name} |").expect("a string");
            for current in [Current::Alternating, Current::Direct] {
                for driver in [Driver::NotYet, Driver::LetIn, Driver::Over] {
                    write!(table, " {} |", cell(turn, driver, current)).expect("a string");
                }
            }
            table.push('\n');
        }
        table
    }

    #[test]
    fn the_table_is_the_one_of_the_architecture() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let table = table();
        assert!(page.contains(&table), "ARCHITECTURE.md must have this table:\n{table}");
    }

    /// What each line of the table rests on.
    #[test]
    fn whoever_is_not_let_in_never_gets_a_nominal_duty_and_direct_current_has_none() {
        for (turn, name) in TURNS {
            for retries in [Retries::Left, Retries::Spent] {
                for current in [Current::Alternating, Current::Direct] {
                    for driver in [Driver::NotYet, Driver::LetIn, Driver::Over] {
                        let decision = decide(turn, Situation { driver, current, retries });
                        let nominal =
                            matches!(decision, Decision::Now(Next::Nominal) | Decision::AfterF(Next::Nominal));
                        let may = driver == Driver::LetIn && current == Current::Alternating;
                        assert!(may || !nominal, "{name}: {decision:?} for {driver:?}, {current:?}");
                    }
                }
            }
        }
    }
}
