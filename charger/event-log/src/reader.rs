//! Reads events back.

use std::io::BufRead;

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

/// The events of a log file. A last line without its end is what a killed run leaves, and is passed over.
pub fn read(mut file: impl BufRead) -> impl Iterator<Item = Result<Event, ReadError>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        let mut line = String::new();
        number += 1;
        match file.read_line(&mut line) {
            Err(error) => Some(Err(error.into())),
            Ok(_) if !line.ends_with('\n') => None,
            Ok(_) => Some(parse(&line).map_err(|reason| ReadError::Line { line: number, reason })),
        }
    })
}

fn parse(line: &str) -> Result<Event, String> {
    let event: Event = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if event.v == VERSION {
        Ok(event)
    } else {
        Err(format!("version {} of the event format; this program reads version {VERSION}", event.v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Log, strip_wall};

    #[test]
    fn what_was_written_is_read_and_a_torn_last_line_is_passed_over() {
        let log = Log::memory();
        log.set_wall(|| 77);
        log.record("cp", "state", serde_json::json!({ "state": "A" }));
        log.record("ocpp", "sent", serde_json::json!({ "frame": [2, "1", "Heartbeat", {}] }));
        let mut file: String = log.snapshot().iter().map(|event| event.line() + "\n").collect();
        file += r#"{"v":1,"seq":2,"t":"#;
        let events: Vec<_> = read(file.as_bytes()).collect::<Result<_, _>>().expect("two events");
        assert_eq!(events, log.snapshot());
        assert_eq!(
            strip_wall(&events[0].line()),
            r#"{"v":1,"seq":0,"t":0,"source":"cp","kind":"state","data":{"state":"A"}}"#
        );
    }

    #[test]
    fn another_version_is_refused_in_words() {
        let line = "{\"v\":2,\"seq\":0,\"t\":0,\"wall\":0,\"source\":\"a\",\"kind\":\"b\",\"data\":null}\n";
        let error = read(line.as_bytes()).next().expect("a line").expect_err("refused");
        assert_eq!(error.to_string(), "line 1: version 2 of the event format; this program reads version 1");
    }
}
