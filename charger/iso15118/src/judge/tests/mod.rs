//! Tests of the judge: good sessions break no rule, and each rule is broken by a session that was changed for it.

mod sessions;
mod shot;

use super::{Outcome, Profile, rules};
use shot::{Shots, broken};

/// The sessions that keep to all rules.
const GOOD: [(&str, fn() -> Shots); 4] = [
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
            assert!(passed > 90, "{name}, {profile:?}: {passed} rules passed");
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
