//! Verdicts, and the ledger in which they grow.

use serde::Serialize;

use super::rule::{Kind, Profile, Rule, Scope};
use crate::Protocol;

/// So many findings of a rule are kept; more are counted.
pub const KEPT: usize = 20;

/// So long is what a finding says, in octets. A peer may put much text into a message.
const LONGEST: usize = 400;

/// How a session did by one rule.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The rule.
    pub rule: &'static Rule,
    /// How it went.
    pub outcome: Outcome,
}

impl Verdict {
    /// Whether the rule was broken.
    #[must_use]
    pub const fn is_fail(&self) -> bool {
        matches!(self.outcome, Outcome::Fail { .. })
    }
}

/// How it went.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Outcome {
    /// It was looked at so often, and was so each time.
    Pass {
        /// How often.
        checked: u64,
    },
    /// It was not so.
    Fail {
        /// How often it was looked at.
        checked: u64,
        /// What was found, the first [`KEPT`].
        findings: Vec<Finding>,
        /// How many more there were.
        more: u64,
    },
    /// It was looked at nowhere.
    NotApplicable {
        /// Why.
        why: String,
    },
}

/// Something that should not be so.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// The packets that show it, the one that breaks the rule last.
    pub packets: Vec<u64>,
    /// What was seen, and what was expected.
    pub what: String,
}

/// What was found so far, by rule.
pub(super) struct Ledger {
    pub(super) profile: Profile,
    timing: bool,
    tallies: Vec<Tally>,
    /// Where the tally of a rule is, sorted by the address of the rule: a rule is a static, so that is its identity.
    places: Vec<(usize, usize)>,
}

struct Tally {
    rule: &'static Rule,
    checked: u64,
    findings: Vec<Finding>,
    more: u64,
}

fn address(rule: &'static Rule) -> usize {
    std::ptr::from_ref(rule).addr()
}

impl Ledger {
    pub(super) fn new(profile: Profile, rules: impl Iterator<Item = &'static Rule>) -> Self {
        let tallies: Vec<Tally> = rules.map(|rule| Tally { rule, checked: 0, findings: Vec::new(), more: 0 }).collect();
        let mut places: Vec<_> =
            tallies.iter().enumerate().map(|(place, tally)| (address(tally.rule), place)).collect();
        places.sort_unstable();
        Self { profile, timing: true, tallies, places }
    }

    /// Timing is no longer judged.
    pub(super) const fn timing_off(&mut self) {
        self.timing = false;
    }

    fn applies(&self, rule: &Rule) -> bool {
        (self.timing || !matches!(rule.kind, Kind::Timing)) && rule.only.is_none_or(|only| only == self.profile)
    }

    /// Looks at a rule once: whether it `holds`, in which packets, and what was seen where it does not.
    pub(super) fn check(&mut self, rule: &'static Rule, holds: bool, packets: &[u64], what: impl FnOnce() -> String) {
        if !self.applies(rule) {
            return;
        }
        let place = self.places.binary_search_by_key(&address(rule), |(address, _)| *address);
        // A rule that is in no list has no verdict; a test counts them.
        let Some(tally) = place.ok().and_then(|at| self.tallies.get_mut(self.places[at].1)) else { return };
        tally.checked += 1;
        if holds {
            return;
        }
        if tally.findings.len() == KEPT {
            tally.more += 1;
            return;
        }
        let mut what = what();
        if what.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| what.is_char_boundary(*end)).unwrap_or(0);
            what.truncate(end);
            what.push('…');
        }
        tally.findings.push(Finding { packets: packets.to_vec(), what });
    }

    /// The verdicts, in the order of the rules.
    pub(super) fn finish(self, saw: &Saw) -> Vec<Verdict> {
        let (timing, profile) = (self.timing, self.profile);
        let verdict = |tally: Tally| {
            let Tally { rule, checked, findings, more } = tally;
            let outcome = match (checked, findings.is_empty()) {
                (0, _) => Outcome::NotApplicable { why: why_not(rule, timing, profile, saw) },
                (_, true) => Outcome::Pass { checked },
                (_, false) => Outcome::Fail { checked, findings, more },
            };
            Verdict { rule, outcome }
        };
        self.tallies.into_iter().map(verdict).collect()
    }
}

/// What was there at all: without it a rule cannot apply.
#[derive(Default)]
pub(super) struct Saw {
    pub(super) slac: bool,
    pub(super) sdp: bool,
    pub(super) connection: bool,
    pub(super) protocol: Option<Protocol>,
}

fn why_not(rule: &Rule, timing: bool, profile: Profile, saw: &Saw) -> String {
    if matches!(rule.kind, Kind::Timing) && !timing {
        return "timing is not judged".to_owned();
    }
    if let Some(only) = rule.only.filter(|only| *only != profile) {
        return format!("judged in profile {} only", only.name());
    }
    match (rule.scope, saw.protocol) {
        (Scope::Slac, _) if !saw.slac => "no matching of modems was seen".to_owned(),
        (Scope::Sdp, _) if !saw.sdp => "no discovery was seen".to_owned(),
        (Scope::Connection | Scope::Of(_), _) if !saw.connection => "no connection was seen".to_owned(),
        (Scope::Of(_), None) => "no protocol was agreed on".to_owned(),
        (Scope::Of(protocols), Some(spoken)) if !protocols.contains(&spoken) => format!("the session speaks {spoken}"),
        _ => format!("not seen: {}", rule.needs),
    }
}
