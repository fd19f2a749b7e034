//! Reads events back.

use std::io::{BufRead, Read};

use crate::{Event, VERSION};

/// Why a line is no event.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The line is not an event: which, and why.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A line above this many bytes is refused: no event of ours comes near it, and a reader must not grow without bound.
const LONGEST: u64 = 16 << 20;

/// The events of a log file. A last line without its end is what a killed run leaves, and is passed over; a line that is no
/// event is an error and the lines behind it are still read. After [`ReadError::Io`] nothing more comes.
pub fn read(mut file: impl BufRead) -> impl Iterator<Item = Result<Event, ReadError>> {
    let (mut number, mut over) = (0, false);
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        number += 1;
        let mut line = Vec::new();
        // Bytes, not text: a kill may tear a character.
        match file.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Err(error) => {
                over = true;
                Some(Err(error.into()))
            }
            Ok(_) if !line.ends_with(b"\n") => {
                over = true;
                let reason = format!("longer than {LONGEST} bytes; an event of this format is far shorter");
                (line.len() as u64 == LONGEST).then_some(Err(ReadError::Line { line: number, reason }))
            }
            Ok(_) => Some(parse(&line).map_err(|reason| ReadError::Line { line: number, reason })),
        }
    })
}

fn parse(line: &[u8]) -> Result<Event, String> {
    /// Looked at first: another version may have other fields.
    #[derive(serde::Deserialize)]
    struct Version {
        v: u64,
    }
    let Version { v } = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if !(1..=u64::from(VERSION)).contains(&v) {
        return Err(format!("version {v} of the event format; this program reads versions 1 to {VERSION}"));
    }
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Log, strip_wall};
    use units::EvseId;

    #[test]
    fn what_was_written_is_read_and_a_torn_last_line_is_passed_over() {
        let log = Log::memory();
        log.set_wall(|| 77);
        log.record("cp", "state", serde_json::json!({ "state": "A" }));
        log.at(EvseId::FIRST).record("ocpp", "sent", serde_json::json!({ "frame": [2, "1", "Heartbeat", {}] }));
        let mut file: String = log.snapshot().iter().map(|event| event.line() + "\n").collect();
        file += r#"{"v":2,"seq":2,"t":"#;
        let events: Vec<_> = read(file.as_bytes()).collect::<Result<_, _>>().expect("two events");
        assert_eq!(events, log.snapshot());
        assert_eq!(
            strip_wall(&events[0].line()),
            r#"{"v":2,"seq":0,"t":0,"source":"cp","kind":"state","data":{"state":"A"}}"#
        );
        assert_eq!(
            strip_wall(&events[1].line()),
            r#"{"v":2,"seq":1,"t":0,"evse":1,"source":"ocpp","kind":"sent","data":{"frame":[2,"1","Heartbeat",{}]}}"#
        );
    }

    #[test]
    fn a_log_that_names_no_evse_is_read_as_it_was_written() {
        let line = r#"{"v":1,"seq":0,"t":5,"wall":0,"source":"cp","kind":"state","data":{"state":"A"}}"#;
        let event = read(format!("{line}\n").as_bytes()).next().expect("a line").expect("an event");
        assert_eq!((event.evse, event.line().as_str()), (None, line));
        let none = line.replace("\"wall\":0,", "\"wall\":0,\"evse\":0,");
        assert!(read(format!("{none}\n").as_bytes()).next().is_some_and(|read| read.is_err()), "0 is no EVSE");
    }

    #[test]
    fn another_version_is_refused_in_words() {
        let line = "{\"v\":3,\"when\":0}\n";
        let error = read(line.as_bytes()).next().expect("a line").expect_err("refused");
        assert_eq!(error.to_string(), "line 1: version 3 of the event format; this program reads versions 1 to 2");
    }

    #[test]
    fn a_character_torn_by_a_kill_is_passed_over_too() {
        let log = Log::memory();
        log.record("car", "action", serde_json::json!({ "what": "\u{fc}ber" }));
        let line = log.snapshot()[0].line();
        let torn = line.find('\u{fc}').expect("it is there") + 1;
        let file = [line.as_bytes(), b"\n", &line.as_bytes()[..torn]].concat();
        assert_eq!(read(file.as_slice()).map(Result::unwrap).count(), 1);
    }

    #[test]
    fn whatever_stands_in_a_file_is_an_error_of_its_line_and_no_more() {
        let good = {
            let log = Log::memory();
            log.record("cp", "state", serde_json::json!({ "state": "B2" }));
            log.snapshot()[0].line()
        };
        let mut seed = 1_u64;
        for _ in 0..2000 {
            let mut bytes = good.clone().into_bytes();
            for _ in 0..3 {
                // A multiplicative generator is enough to scatter the damage, and the same on every machine.
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = (seed >> 20) as u8;
            }
            bytes.extend_from_slice(b"\n");
            bytes.extend_from_slice(good.as_bytes());
            bytes.push(b'\n');
            let last = read(bytes.as_slice()).last().expect("lines");
            assert_eq!(last.expect("the undamaged line").line(), good);
        }
    }
}
