//! What is said on a line, as it is said: a line for each message, the capture, and the judge.
//!
//! ```text
//!   frames ──▶ Unpacker ──▶ Follower ──▶ Chart, Judge, and whoever asks what was seen
//!      └─────▶ plc.pcapng
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use capture::writer::Pcapng;
use capture::{Event, LinkType, Packet, Unpacker};
use conversation::{Follower, Options, Seen};
use features::print;
use iso15118::judge::{Judge, Outcome, Profile, Verdict};
use iso15118::wire::{Side, Sighting};

use crate::wire::{Chart, Remarks, broken};
use conversation::without_guess;

/// How it is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judging {
    /// Which rules.
    pub(crate) profile: Profile,
    /// Those about times as well.
    pub(crate) timing: bool,
}

/// A capture that is written.
pub(crate) struct Tape {
    file: File,
    path: PathBuf,
    pcapng: Pcapng,
}

impl Tape {
    /// A capture in a file that was made for it.
    pub(crate) fn new(file: File, path: PathBuf) -> Self {
        Self { file, path, pcapng: Pcapng::new() }
    }

    fn frame(&mut self, time: u64, frame: &[u8]) -> Result<(), String> {
        self.pcapng.packet(time, frame);
        self.file.write_all(&self.pcapng.take()).map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// What the judge says of what was seen since it was asked last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Conclusion {
    /// The rules that do not hold, as lines.
    pub(crate) broken: String,
    /// How many hold.
    pub(crate) held: usize,
    /// How many do not.
    pub(crate) failed: usize,
    /// What could not be seen or written, which is no success either.
    pub(crate) troubles: Vec<String>,
}

/// Something that was seen, and who sent it.
pub(crate) type Sight = (Option<Side>, Sighting);

/// Listens.
pub(crate) struct Listener {
    unpacker: Unpacker,
    follower: Follower,
    chart: Chart,
    remarks: Remarks,
    judging: Option<Judging>,
    judges: BTreeMap<u64, Judge>,
    /// Conversations on which the judge has spoken; a few late segments of theirs are no session.
    judged: BTreeSet<u64>,
    tape: Option<Tape>,
    packets: u64,
    troubles: Vec<String>,
    seen: Vec<Sight>,
}

impl Listener {
    /// Has heard nothing yet.
    pub(crate) fn new(judging: Option<Judging>, tape: Option<Tape>) -> Self {
        Self {
            unpacker: Unpacker::default(),
            follower: Follower::new(Options::default()),
            chart: Chart::new(false),
            remarks: Remarks::default(),
            judging,
            judges: BTreeMap::new(),
            judged: BTreeSet::new(),
            tape,
            packets: 0,
            troubles: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// A frame passed, at that time of day.
    pub(crate) fn frame(&mut self, time: u64, frame: Vec<u8>) {
        if let Some(tape) = &mut self.tape
            && let Err(why) = tape.frame(time, &frame)
        {
            // What stands before the first that is missing is a whole capture.
            self.tape = None;
            self.troubles.push(why);
        }
        let original_length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let number = self.number();
        let link = LinkType::Ethernet;
        self.unpacker.packet(Packet { number, time, timed: true, link, original_length, bytes: frame });
        while let Some(event) = self.unpacker.next_event() {
            self.event(event);
        }
    }

    /// The number of the next packet.
    pub(crate) const fn number(&mut self) -> u64 {
        self.packets += 1;
        self.packets
    }

    /// Something was found on the line.
    pub(crate) fn event(&mut self, event: Event) {
        self.follower.take(event);
        for seen in self.follower.drain() {
            match seen {
                Seen::In { conversation, from, sighting } => {
                    print::print(format_args!("{}", self.chart.lines(conversation, from, &sighting)));
                    if let Some(Judging { profile, timing }) = self.judging
                        && !self.judged.contains(&conversation)
                    {
                        let new = || if timing { Judge::new(profile) } else { Judge::new(profile).without_timing() };
                        self.judges.entry(conversation).or_insert_with(new).see(&without_guess(from, &sighting));
                    }
                    self.seen.push((from, sighting));
                }
                Seen::Remark(remark) => {
                    if let Some(line) = self.remarks.line(&remark) {
                        print::complain(format_args!("{line}"));
                    }
                }
                // The line has none.
                Seen::Secrets(_) => {}
            }
        }
    }

    /// What was seen since it was asked last.
    pub(crate) fn take_seen(&mut self) -> Vec<Sight> {
        std::mem::take(&mut self.seen)
    }

    /// What the judge says.
    pub(crate) fn conclude(&mut self) -> Conclusion {
        let mut conclusion = Conclusion { troubles: std::mem::take(&mut self.troubles), ..Conclusion::default() };
        for (conversation, judge) in std::mem::take(&mut self.judges) {
            self.judged.insert(conversation);
            let verdicts: Vec<Verdict> = judge.finish();
            let count = |is: fn(&Outcome) -> bool| verdicts.iter().filter(|verdict| is(&verdict.outcome)).count();
            conclusion.held += count(|outcome| matches!(outcome, Outcome::Pass { .. }));
            conclusion.failed += count(|outcome| matches!(outcome, Outcome::Fail { .. }));
            conclusion.broken += &broken(&verdicts);
        }
        conclusion
    }
}
