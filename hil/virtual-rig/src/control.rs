//! Orders to a guest's first process, over serial line 1: one line there, one line back (`hil/uml/init.sh` lists them).

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// The longest line that is read.
const LONGEST: usize = 4096;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// An order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The line is cut: the guest has ended.
    #[error("the guest is gone: {0}")]
    Gone(io::Error),
    /// The guest does not answer.
    #[error("no answer to `{0}` within {ANSWER:?}")]
    TimedOut(String),
    /// The guest refuses.
    #[error("`{order}`: {answer}")]
    Refused {
        /// What was ordered.
        order: String,
        /// What came back.
        answer: String,
    },
    /// Something else than lines of this protocol came.
    #[error("not an answer: {0:?}")]
    Garbled(String),
}

/// The line to the first process.
#[derive(Debug)]
pub struct Control {
    stream: UnixStream,
    received: Vec<u8>,
    /// How the program ended, not asked for yet.
    exited: Option<i32>,
}

impl Control {
    /// Takes the host's end of serial line 1. Must be called within a runtime.
    ///
    /// # Errors
    /// The runtime cannot watch it.
    pub fn new(line: OwnedFd) -> io::Result<Self> {
        let stream = StdStream::from(line);
        stream.set_nonblocking(true)?;
        Ok(Self { stream: UnixStream::from_std(stream)?, received: Vec::new(), exited: None })
    }

    /// Waits until the guest takes orders. It says so once, so this comes first, and once.
    ///
    /// # Errors
    /// The guest ended, or took longer than the limit.
    pub async fn ready(&mut self, limit: Duration) -> Result<(), ControlError> {
        match tokio::time::timeout(limit, self.line()).await {
            Ok(Ok(line)) if line == "ready" => Ok(()),
            Ok(Ok(line)) => Err(ControlError::Garbled(line)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ControlError::TimedOut("boot".into())),
        }
    }

    /// Gives an order, and returns what follows the `ok`. After an error that is no refusal the line is out of step.
    ///
    /// # Errors
    /// The guest refuses, does not answer, or is gone.
    pub async fn order(&mut self, order: &str) -> Result<String, ControlError> {
        let answer = self.ask(order).await?;
        match answer.strip_prefix("ok") {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => Ok(rest.trim_start().to_owned()),
            _ => Err(ControlError::Refused { order: order.to_owned(), answer }),
        }
    }

    /// Starts a program, a command line for the guest's shell; `None` starts what `PF_RUN` of the environment says. Its output
    /// goes to `program.log` in the run's folder.
    ///
    /// # Errors
    /// One runs already, or as [`Self::order`].
    pub async fn start(&mut self, command: Option<&str>) -> Result<(), ControlError> {
        self.exited = None;
        let order = command.map_or("start".to_owned(), |command| format!("start {command}"));
        self.order(&order).await.map(drop)
    }

    /// Waits for the end of the program, and returns its exit code, 128 + N for one ended by signal N. Cancel safe.
    ///
    /// # Errors
    /// The guest is gone.
    pub async fn exited(&mut self) -> Result<i32, ControlError> {
        loop {
            if let Some(code) = self.exited.take() {
                return Ok(code);
            }
            let line = self.line().await?;
            match code(&line, "exited") {
                Some(code) => self.exited = Some(code),
                None => return Err(ControlError::Garbled(line)),
            }
        }
    }

    /// Switches the guest off with this verdict, by default the program's exit code, and returns it. The kernel's process then
    /// ends with it as its exit status.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub async fn power_off(&mut self, verdict: Option<i32>) -> Result<i32, ControlError> {
        let order = verdict.map_or("poweroff".to_owned(), |verdict| format!("poweroff {verdict}"));
        let answer = self.ask(&order).await?;
        code(&answer, "DONE").ok_or(ControlError::Refused { order, answer })
    }

    async fn ask(&mut self, order: &str) -> Result<String, ControlError> {
        if order.contains('\n') || order.len() > LONGEST {
            return Err(ControlError::Refused { order: order.to_owned(), answer: "is more than a line".into() });
        }
        let answer = async {
            self.stream.write_all(format!("{order}\n").as_bytes()).await.map_err(ControlError::Gone)?;
            loop {
                let line = self.line().await?;
                match code(&line, "exited") {
                    Some(code) => self.exited = Some(code),
                    None => return Ok(line),
                }
            }
        };
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(ControlError::TimedOut(order.to_owned())),
        }
    }

    /// The next line. Cancel safe: what has come stays.
    async fn line(&mut self) -> Result<String, ControlError> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.received.len() > LONGEST {
                let start = String::from_utf8_lossy(&self.received[..80]).into_owned();
                self.received.clear();
                return Err(ControlError::Garbled(start));
            }
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) => return Err(ControlError::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(ControlError::Gone(error)),
            }
        }
    }
}

/// The number after a word, if it is that line.
fn code(line: &str, word: &str) -> Option<i32> {
    line.strip_prefix(word)?.strip_prefix(' ')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::thread;

    /// A guest that answers each order from a list, whatever it is.
    fn guest(greeting: &'static str, answers: &'static [&'static str]) -> (Control, thread::JoinHandle<Vec<u8>>) {
        let (ours, mut theirs) = StdStream::pair().expect("a pair");
        let thread = thread::spawn(move || {
            let mut orders = Vec::new();
            theirs.write_all(greeting.as_bytes()).expect("the greeting goes");
            for answer in answers {
                let mut byte = [0];
                while theirs.read(&mut byte).expect("an order") == 1 {
                    orders.push(byte[0]);
                    if byte == *b"\n" {
                        break;
                    }
                }
                theirs.write_all(answer.as_bytes()).expect("the answer goes");
            }
            orders
        });
        (Control::new(ours.into()).expect("a runtime"), thread)
    }

    #[tokio::test]
    async fn a_program_is_run_to_its_end() {
        // The end of the program comes between an order and its answer.
        let (mut control, guest) =
            guest("ready\n", &["ok 36\n", "exited 7\nok exited 7\n", "error running already\n", "DONE 7\n"]);
        control.ready(ANSWER).await.expect("it boots");
        control.start(Some("sh -c 'exit 7'")).await.expect("it starts");
        assert_eq!(control.order("status").await.expect("a status"), "exited 7");
        assert_eq!(control.exited().await.expect("a code"), 7);
        let refused = control.order("start").await.map_err(|error| error.to_string());
        assert_eq!(refused, Err("`start`: error running already".into()));
        assert_eq!(control.power_off(None).await.expect("a verdict"), 7);
        let orders = guest.join().expect("the guest ends");
        assert_eq!(String::from_utf8_lossy(&orders), "start sh -c 'exit 7'\nstatus\nstart\npoweroff\n");
        assert!(matches!(control.exited().await, Err(ControlError::Gone(_))));
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_given_up() {
        static FLOOD: [u8; 9000] = [b'x'; 9000];
        let text = std::str::from_utf8(&FLOOD).expect("letters");
        let (mut control, guest) = guest(text, &[]);
        assert!(matches!(control.ready(ANSWER).await, Err(ControlError::Garbled(_))));
        guest.join().expect("the guest ends");
    }

    #[tokio::test]
    async fn an_order_of_two_lines_is_refused() {
        let (mut control, guest) = guest("", &[]);
        assert!(matches!(control.order("a\nb").await, Err(ControlError::Refused { .. })));
        guest.join().expect("the guest ends");
    }
}
