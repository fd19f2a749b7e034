//! Opens captures and follows what is in them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use capture::{CaptureError, Reader};
use conversation::{Follower, Options, Seen};
use features::print;
use iso15118::Protocol;
use tls_reader::KeyLog;

use super::Captures;

/// The longest key log that is read.
const LONGEST_KEY_LOG: u64 = 64 << 20;

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

impl Inputs {
    /// Reads what stands beside the captures.
    pub(crate) fn open(options: &Captures) -> Result<Self, Trouble> {
        let secrets = options.secrets.as_deref().map(key_log).transpose()?.unwrap_or_default();
        Ok(Self { protocol: options.protocol.as_deref().and_then(Protocol::by_name), secrets })
    }

    /// Follows one capture; answers whether something of it could not be read, which was told.
    pub(crate) fn follow(&self, name: &str, mut each: impl FnMut(&Seen)) -> Result<bool, Trouble> {
        let input: Box<dyn Read> = if name == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(name).map_err(|error| Trouble::usage(format!("{name}: {error}")))?)
        };
        let (key_log, _) = KeyLog::parse(&self.secrets);
        let mut follower = Follower::new(Options { protocol: self.protocol, key_log });
        let mut incomplete = false;
        for event in Reader::open(BufReader::new(input)) {
            match event {
                Ok(event) => {
                    incomplete |= matches!(event, capture::Event::Remark(_));
                    follower.take(event);
                    follower.drain().for_each(|seen| each(&seen));
                }
                Err(error) => {
                    let nothing = matches!(
                        error,
                        CaptureError::Empty | CaptureError::NotACapture { .. } | CaptureError::Version { .. }
                    );
                    return Err(Trouble { words: format!("{name}: {error}"), code: if nothing { 2 } else { 1 } });
                }
            }
            if print::reader_is_gone() {
                break;
            }
        }
        Ok(incomplete)
    }
}

fn key_log(path: &Path) -> Result<String, Trouble> {
    let wrong = |what: &dyn std::fmt::Display| Trouble::usage(format!("{}: {what}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| wrong(&error))?;
    file.take(LONGEST_KEY_LOG).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    let (log, complaints) = KeyLog::parse(&text);
    for complaint in &complaints {
        print::complain(format_args!("{}: {complaint}", path.display()));
    }
    if log.is_empty() {
        return Err(wrong(
            &"no secret in it: expected lines such as CLIENT_RANDOM and two hexadecimal numbers (SSLKEYLOGFILE)",
        ));
    }
    Ok(text)
}
