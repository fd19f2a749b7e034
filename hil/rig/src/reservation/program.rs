//! A program that is run for a short time, and not for longer.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// How it ended; nothing when it was killed because it took too long.
    pub(super) status: Option<ExitStatus>,
    /// The last words it said, of both its outputs; one line.
    pub(super) words: String,
}

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a program for at most about `limit`, then kills it.
pub(super) fn run(command: &mut Command, limit: Duration) -> io::Result<Outcome> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let said = listen(&mut child);
    let mut looks = limit.as_millis() / LOOK.as_millis();
    let mut words = [String::new(), String::new()];
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if looks == 0 {
            child.kill()?;
            child.wait()?;
            break None;
        }
        looks -= 1;
        match said.recv_timeout(LOOK) {
            Ok((which, text)) => words[which] = text,
            Err(RecvTimeoutError::Timeout) => {}
            // It has closed its outputs and goes on for a while.
            Err(RecvTimeoutError::Disconnected) => thread::park_timeout(LOOK),
        }
    };
    // What it started itself may hold its outputs open: do not wait for that.
    while let Ok((which, text)) = said.recv_timeout(LOOK * 10) {
        words[which] = text;
    }
    let [out, err] =
        words.map(|text| text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned));
    let words = err.or(out).unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect();
    Ok(Outcome { status, words })
}

/// Reads both outputs to their ends, each on a thread.
fn listen(child: &mut Child) -> Receiver<(usize, String)> {
    /// More is no message.
    const LONGEST: u64 = 64 << 10;
    let (tell, said) = mpsc::channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>),
        child.stderr.take().map(|err| Box::new(err) as Box<dyn Read + Send>),
    ];
    for (which, output) in outputs.into_iter().enumerate() {
        let Some(mut output) = output else { continue };
        let tell = tell.clone();
        thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before an error is all there is to tell.
            let _ = output.by_ref().take(LONGEST).read_to_end(&mut text);
            // Nobody may be listening any more.
            let _ = tell.send((which, String::from_utf8_lossy(&text).into_owned()));
            // Let it talk on without anybody hearing it: a full pipe would stop it.
            let _ = io::copy(&mut output, &mut io::sink());
        });
    }
    said
}
