//! What captures say, as a page: the folder of a run, with a log for each conversation.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::iter;
use std::path::Path;
use std::rc::Rc;

use conversation::Tally;
use event_log::{Log, RunFolder, RunKind, output};
use features::print;
use iso15118::wire::{Side, Sighting};
use serde_json::json;
use units::Instant;

use super::follow::{Found, Inputs, Opened};

/// More conversations than these are told by their number: each has a folder.
const MOST: usize = 1000;

/// So many logs are open at once; in a capture conversations seldom overlap.
const OPEN: usize = 32;

/// More remarks than these are told by their number.
const REMARKS: usize = 50;

/// Writes the page of captures into a folder; answers the exit code as without it. Without a capture there is no page, and the
/// folder is left as it is.
pub(super) fn html(inputs: &Inputs, captures: &[String], dir: &Path) -> i32 {
    let (mut unreadable, mut code) = (Vec::new(), 0);
    let mut opened = captures.iter().map(|name| (name.as_str(), Opened::open(name)));
    let first = loop {
        match opened.next() {
            Some((name, Ok(first))) => break (name, first),
            Some((_, Err(trouble))) => {
                unreadable.push(trouble.words().to_owned());
                code = code.max(trouble.complain());
            }
            None => return code,
        }
    };
    let folder = match RunFolder::claim(dir, RunKind::Capture) {
        Ok(folder) => folder,
        Err(error) => {
            print::complain(format_args!("--html {error}"));
            return 2;
        }
    };
    let mut logs = Logs::new(&folder, unreadable);
    let mut tally = Tally::default();
    for (name, opened) in iter::once((first.0, Ok(first.1))).chain(opened) {
        let followed = opened.and_then(|opened| {
            inputs.follow_opened(opened, |found| match found {
                Found::In { conversation, from, sighting } => {
                    tally.count(sighting);
                    logs.write(name, conversation, from, sighting);
                }
                Found::Line(line) => logs.remark(line),
            })
        });
        logs.end_all();
        code = code.max(match followed {
            Ok(incomplete) => i32::from(incomplete),
            Err(trouble) => {
                logs.troubles.push(trouble.words().to_owned());
                trouble.complain()
            }
        });
    }
    let written = finish(&folder, logs);
    print::line(format_args!("{}", super::summary(&tally)));
    match written {
        Ok(()) => print::line(format_args!("report: {}", folder.path().join("report.html").display())),
        Err(why) => {
            print::complain(format_args!("{why}"));
            code = code.max(1);
        }
    }
    code.max(i32::from(tally.errors > 0))
}

/// Writes what the run was, and its views.
fn finish(folder: &RunFolder, mut logs: Logs<'_>) -> Result<(), String> {
    for (more, of) in [
        (logs.left_out, "things were seen of conversations beyond the first"),
        (logs.remarks, "remarks beyond the first"),
    ] {
        let most = if more == logs.left_out { MOST } else { REMARKS };
        if more > 0 {
            logs.troubles.push(format!("{more} {of} {most}"));
        }
    }
    let about = json!({ "version": env!("CARGO_PKG_VERSION"), "virtual_s": seconds(logs.micros), "wall_s": 0,
        "troubles": logs.troubles });
    let path = folder.path().join("run.json");
    output::replace_durably(&path, format!("{about:#}\n").as_bytes())
        .map_err(|error| format!("{}: {error}", path.display()))?;
    report::write_all(folder.path()).map_err(|error| format!("the page could not be written: {error}"))?;
    logs.error.map_or(Ok(()), Err)
}

/// The log of a conversation that goes on.
struct Conversation {
    log: Log,
    tally: Tally,
    first: Instant,
    last: Instant,
}

/// The logs of conversations.
struct Logs<'a> {
    folder: &'a RunFolder,
    /// The time of what is written.
    now: Rc<Cell<Instant>>,
    open: BTreeMap<u64, Conversation>,
    /// Conversations of this capture below this number are over.
    over: u64,
    /// How many conversations there were, of all captures.
    count: usize,
    /// How much was seen of those that have no log.
    left_out: usize,
    /// Remarks that are not told.
    remarks: usize,
    /// Microseconds of all conversations.
    micros: u64,
    troubles: Vec<String>,
    /// The first log that could not be written.
    error: Option<String>,
}

impl<'a> Logs<'a> {
    fn new(folder: &'a RunFolder, troubles: Vec<String>) -> Self {
        Self {
            folder,
            now: Rc::new(Cell::new(Instant::ZERO)),
            open: BTreeMap::new(),
            over: 0,
            count: 0,
            left_out: 0,
            remarks: 0,
            micros: 0,
            troubles,
            error: None,
        }
    }

    /// What is wrong with a capture.
    fn remark(&mut self, text: &str) {
        print::complain(format_args!("{text}"));
        if self.troubles.len() < REMARKS {
            self.troubles.push(text.to_owned());
        } else {
            self.remarks += 1;
        }
    }

    /// Writes what was seen into the log of its conversation.
    fn write(&mut self, capture: &str, number: u64, from: Option<Side>, sighting: &Sighting) {
        let t = Instant::from_micros(u64::try_from(sighting.at.as_micros()).unwrap_or(u64::MAX));
        self.now.set(t);
        if !self.open.contains_key(&number) && !self.begin(capture, number, t) {
            self.left_out += 1;
            return;
        }
        if let Some(conversation) = self.open.get_mut(&number) {
            conversation::record(&conversation.log, from, sighting);
            conversation.tally.count(sighting);
            conversation.last = conversation.last.max(t);
        }
    }

    /// Begins the log of a conversation, if it gets one.
    fn begin(&mut self, capture: &str, number: u64, t: Instant) -> bool {
        if number < self.over || self.count >= MOST {
            return false;
        }
        let stem = Path::new(capture).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let slug = format!("{:04}-{}", self.count + 1, slug(&stem.unwrap_or_default()));
        let file = self.folder.scenario(&slug).map_err(|error| error.to_string()).and_then(|folder| {
            let path = folder.join("events.ndjson");
            File::create_new(&path).map_err(|error| format!("{}: {error}", path.display()))
        });
        let file = match file {
            Ok(file) => file,
            Err(why) => {
                self.error.get_or_insert(why);
                return false;
            }
        };
        self.count += 1;
        // Whoever wants to look at it reads the file.
        let log = Log::to_writer(Box::new(file)).with_limit(1);
        let now = Rc::clone(&self.now);
        log.set_clock(move || now.get());
        let name = format!("conversation {number}");
        log.record(
            "run",
            "begin",
            json!({ "scenario": slug, "feature": capture, "line": 0, "name": name, "tags": [] }),
        );
        self.open.insert(number, Conversation { log, tally: Tally::default(), first: t, last: t });
        if self.open.len() > OPEN
            && let Some((oldest, conversation)) = self.open.pop_first()
        {
            self.over = oldest + 1;
            self.end(&conversation);
        }
        true
    }

    /// Nothing more comes of this capture.
    fn end_all(&mut self) {
        while let Some((_, conversation)) = self.open.pop_first() {
            self.end(&conversation);
        }
        self.over = 0;
    }

    fn end(&mut self, conversation: &Conversation) {
        let micros = conversation.last.as_micros().saturating_sub(conversation.first.as_micros());
        self.micros = self.micros.saturating_add(micros);
        let seconds = seconds(micros);
        self.now.set(conversation.last);
        let errors = conversation.tally.errors;
        let end = if errors == 0 {
            json!({ "verdict": "passed", "virtual_s": seconds })
        } else {
            let message = format!("{errors} of what was seen cannot be read");
            json!({ "verdict": "error", "cause": "broken", "message": message, "virtual_s": seconds })
        };
        conversation.log.record("run", "end", end);
        if let Some(why) = conversation.log.error() {
            self.error.get_or_insert(why);
        }
    }
}

/// The number nearest to them, so that its digits are those that were captured.
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// A text as part of the name of a folder.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").to_ascii_lowercase().chars().take(60).collect();
    if slug.is_empty() { "capture".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_as_its_capture() {
        assert_eq!(slug("Audi_Q4 (ac)..dump"), "audi-q4-ac-dump");
        assert_eq!(slug("-"), "capture");
        assert_eq!(slug(&"x".repeat(500)).len(), 60);
    }
}
