//! Tests of the judge: good sessions break no rule, and each rule is broken by a session that was changed for it.

mod connection;
mod holes;
mod iso20;
mod order;
mod sessions;
mod shot;
mod slac;
mod values;

use super::{Outcome, Profile, rules};
use shot::{Shots, broken};

/// A session and its name.
type Named = (&'static str, fn() -> Shots);

/// The sessions that keep to all rules.
const GOOD: [Named; 4] = [
    ("ISO 15118-2 AC", sessions::iso2_ac),
    ("ISO 15118-2 DC", sessions::iso2_dc),
    ("DIN 70121", sessions::din),
    ("ISO 15118-20 DC", sessions::iso20_dc),
];

#[test]
fn a_good_session_breaks_no_rule() {
    for (name, session) in GOOD {
        for profile in [Profile::Strict, Profile::Field] {
            let verdicts = session().verdicts(profile);
            assert_eq!(broken(&verdicts), [], "{name}, {profile:?}");
            let passed = verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Pass { .. })).count();
            assert!(passed > 60, "{name}, {profile:?}: {passed} rules passed");
        }
    }
}

#[test]
fn rules_have_names_of_their_own() {
    let mut ids: Vec<&str> = rules().map(|rule| rule.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

const STRICT: Profile = Profile::Strict;
const FIELD: Profile = Profile::Field;

/// A session that was changed so that it breaks a rule.
struct Case {
    rule: &'static str,
    session: fn() -> Shots,
    profile: Profile,
    /// What else the same change breaks: rules that look at it from another side.
    also: &'static [&'static str],
    change: fn(&mut Shots),
}

const fn case(
    rule: &'static str,
    session: fn() -> Shots,
    profile: Profile,
    also: &'static [&'static str],
    change: fn(&mut Shots),
) -> Case {
    Case { rule, session, profile, also, change }
}

fn cases() -> impl Iterator<Item = &'static Case> {
    [slac::CASES, connection::CASES, order::CASES, values::CASES, iso20::CASES].into_iter().flatten()
}

#[test]
fn each_rule_is_broken_by_a_change_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for Case { rule, session, profile, also, change } in cases() {
        let mut shots = session();
        change(&mut shots);
        let found = broken(&shots.verdicts(*profile));
        let mut expected: Vec<&str> = also.iter().copied().chain([*rule]).collect();
        let mut ids: Vec<&str> = found.iter().map(|(id, _)| *id).collect();
        expected.sort_unstable();
        ids.sort_unstable();
        if ids != expected {
            wrong.push(format!("{rule}: expected {expected:?}, found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rule_is_without_a_change_that_breaks_it() {
    let without: Vec<&str> = rules().map(|rule| rule.id).filter(|id| !cases().any(|case| case.rule == *id)).collect();
    assert_eq!(without, [""; 0]);
}
