//! Opens captures and follows what is in them.

use std::fs::File;
use std::io::{self, BufReader, Read};

use capture::{CaptureError, Event, Reader};
use conversation::{Follower, Options, Seen};
use features::print;
use iso15118::Protocol;
use iso15118::wire::{Side, Sighting};
use tls_reader::KeyLog;

use super::remarks::Remarks;
use super::{Captures, secrets};

/// The name of a file in a line: what would end the line or speak to the terminal is written out.
pub(crate) fn shown(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() { out.extend(character.escape_default()) } else { out.push(character) }
    }
    out
}

/// How a pcapng file begins.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Why nothing of a capture could be read, or not all of it.
pub(crate) struct Trouble {
    /// One line.
    words: String,
    code: i32,
}

impl Trouble {
    fn usage(words: impl Into<String>) -> Self {
        Self { words: words.into(), code: 2 }
    }

    /// It, in a line.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// Tells it; answers the exit code.
    pub(crate) fn complain(&self) -> i32 {
        print::complain(format_args!("{}", self.words));
        self.code
    }
}

/// What is known beside the captures.
pub(crate) struct Inputs {
    protocol: Option<Protocol>,
    /// The text of a key log.
    secrets: String,
}

/// A capture whose beginning was read.
pub(crate) struct Opened<'a> {
    name: &'a str,
    reader: Reader<Box<dyn Read>>,
    /// What was read of it.
    first: Option<Event>,
}

/// What a capture says.
pub(crate) enum Found<'a> {
    /// In a conversation.
    In {
        /// Its number, counted from 1.
        conversation: u64,
        /// Who sent it, as far as that is known.
        from: Option<Side>,
        /// What.
        sighting: &'a Sighting,
    },
    /// About the capture itself, in a line: the file, the packet, and what was lost or cannot be read there.
    Line(&'a str),
}

impl Inputs {
    /// Reads what stands beside the captures.
    pub(crate) fn open(options: &Captures) -> Result<Self, Trouble> {
        let secrets = options.secrets.as_deref().map(secrets::read).transpose().map_err(Trouble::usage)?;
        let protocol = options.protocol.as_deref().and_then(Protocol::by_name);
        Ok(Self { protocol, secrets: secrets.unwrap_or_default() })
    }

    /// Follows one capture; answers whether something of it could not be read, which was told.
    pub(crate) fn follow(&self, name: &str, each: impl FnMut(Found<'_>)) -> Result<bool, Trouble> {
        self.follow_opened(Opened::open(name)?, each)
    }

    /// Follows one capture that was opened before.
    pub(crate) fn follow_opened(
        &self,
        mut opened: Opened<'_>,
        mut each: impl FnMut(Found<'_>),
    ) -> Result<bool, Trouble> {
        let mut key_log = opened.secrets();
        // Wrong lines were told when it was read.
        key_log.add(&self.secrets);
        let mut follower = Follower::new(Options { protocol: self.protocol, key_log });
        let mut remarks = Remarks::default();
        let (mut incomplete, mut failed) = (false, None);
        while let Some(event) = opened.next() {
            match event {
                Ok(event) => follower.take(event),
                Err(trouble) => failed = Some(trouble),
            }
            for seen in follower.drain() {
                let line = match &seen {
                    Seen::In { conversation, from, sighting } => {
                        each(Found::In { conversation: *conversation, from: *from, sighting });
                        None
                    }
                    Seen::Remark(remark) => {
                        incomplete |= remark.trouble.loses();
                        remarks.line(remark)
                    }
                    Seen::Secrets(complaint) => remarks.wrong_secrets(complaint),
                };
                if let Some(line) = line {
                    each(Found::Line(&format!("{}: {line}", shown(opened.name))));
                }
            }
            if print::reader_is_gone() {
                break;
            }
        }
        for line in remarks.rest() {
            each(Found::Line(&format!("{}: {line}", shown(opened.name))));
        }
        match failed {
            Some(trouble) => Err(trouble),
            None => {
                if opened.reader.counts().packets == 0 {
                    each(Found::Line(&format!(
                        "{}: it has no packets, only the header of a capture",
                        shown(opened.name)
                    )));
                }
                Ok(incomplete)
            }
        }
    }
}

impl<'a> Opened<'a> {
    /// Opens a capture and reads its beginning: that is where something else is found out.
    ///
    /// # Errors
    /// It cannot be opened, or nothing of it can be read.
    pub(crate) fn open(name: &'a str) -> Result<Self, Trouble> {
        let input: Box<dyn Read> = if name == "-" {
            Box::new(io::stdin().lock())
        } else {
            let wrong = |what: &dyn std::fmt::Display| Trouble::usage(format!("{}: {what}", shown(name)));
            let file = File::open(name).map_err(|error| wrong(&error))?;
            if file.metadata().is_ok_and(|found| found.is_dir()) {
                return Err(wrong(&"this is a folder; expected a capture, a pcap or pcapng file"));
            }
            Box::new(BufReader::new(file))
        };
        let mut opened = Self { name, reader: Reader::open(input), first: None };
        opened.first = opened.next().transpose()?;
        Ok(opened)
    }

    /// The file once more, if it is one that can have secrets.
    fn pcapng(&self) -> Option<impl Read> {
        let mut file = Some(self.name).filter(|name| *name != "-").and_then(|name| File::open(name).ok())?;
        let mut first = [0; 4];
        let is_file = file.metadata().is_ok_and(|found| found.is_file());
        (is_file && file.read_exact(&mut first).is_ok() && first == PCAPNG)
            .then(|| BufReader::new(io::Cursor::new(first).chain(file)))
    }

    /// The secrets of the whole file, for they may stand behind what they are for. A pipe is read once, so its secrets hold for
    /// connections that are not over when they come.
    fn secrets(&self) -> KeyLog {
        let mut key_log = KeyLog::default();
        let Some(file) = self.pcapng() else { return key_log };
        for event in Reader::open(file) {
            if let Ok(Event::Secrets(secrets)) = event {
                // Wrong lines are told when they come again.
                key_log.add(&secrets.text);
            }
        }
        key_log
    }

    fn next(&mut self) -> Option<Result<Event, Trouble>> {
        let next = self.first.take().map(Ok).or_else(|| self.reader.next())?;
        Some(next.map_err(|error| self.trouble(&error)))
    }

    /// Without a packet nothing was read.
    fn trouble(&self, error: &CaptureError) -> Trouble {
        let code = if self.reader.counts().packets == 0 { 2 } else { 1 };
        Trouble { words: format!("{}: {error}", shown(self.name)), code }
    }
}
