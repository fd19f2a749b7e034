//! The judge of one power line, while something is said on it.

use std::collections::BTreeMap;
use std::fmt;

use capture::{LinkType, Packet, Unpacker};
use conversation::{Follower, Options, Seen, without_guess};
use iso15118::judge::{Judge, Outcome, Profile, Verdict};
use iso15118::wire::Side;

/// A rule that was broken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// Its id: `V2G-RES-THERE`.
    pub rule: &'static str,
    /// Whose fault it is.
    pub by: Side,
    /// It is a rule of the matching of the modems.
    pub of_matching: bool,
    /// What was seen first, and what was expected.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is broken by the {}: {}", self.rule, self.by, self.what)
    }
}

/// Follows the frames of one line and judges each conversation in them.
pub(super) struct LineJudge {
    unpacker: Unpacker,
    follower: Follower,
    judges: BTreeMap<u64, Judge>,
    /// So many frames were heard.
    heard: u64,
    timing: bool,
}

impl LineJudge {
    pub(super) fn new(timing: bool) -> Self {
        Self {
            unpacker: Unpacker::default(),
            follower: Follower::new(Options::default()),
            judges: BTreeMap::new(),
            heard: 0,
            timing,
        }
    }

    /// A frame, at a time in nanoseconds since 1970.
    pub(super) fn hear(&mut self, time: u64, frame: &[u8]) {
        self.heard += 1;
        self.unpacker.packet(Packet {
            number: self.heard,
            time,
            timed: true,
            link: LinkType::Ethernet,
            original_length: frame.len() as u32,
            bytes: frame.to_vec(),
        });
        self.look();
    }

    fn look(&mut self) {
        while let Some(event) = self.unpacker.next_event() {
            self.follower.take(event);
        }
        let timing = self.timing;
        for seen in self.follower.drain() {
            if let Seen::In { conversation, from, sighting } = seen {
                let new = || {
                    let judge = Judge::new(Profile::Field);
                    if timing { judge } else { judge.without_timing() }
                };
                self.judges.entry(conversation).or_insert_with(new).see(&without_guess(from, &sighting));
            }
        }
    }

    /// Nothing more comes: the rules that were broken. A connection that was open until the end of the world was not closed badly.
    pub(super) fn finish(mut self) -> Vec<Broken> {
        self.look();
        // What was ended by one side and never confirmed by the other is over as well.
        while self.unpacker.close_one() {
            self.look();
        }
        let verdicts = self.judges.into_values().flat_map(Judge::finish);
        let broken = |Verdict { rule, outcome }| match outcome {
            Outcome::Fail { findings, .. } => {
                let what = findings.first().map(|finding| finding.what.clone()).unwrap_or_default();
                Some(Broken { rule: rule.id, by: rule.blames, of_matching: rule.is_of_matching(), what })
            }
            Outcome::Pass { .. } | Outcome::NotApplicable { .. } => None,
        };
        verdicts.filter_map(broken).collect()
    }
}
