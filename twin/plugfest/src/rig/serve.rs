//! `plugfest rig serve`: the models of a rig on their wires, for a charger that somebody else starts.

use std::io::{BufRead, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use features::print;
use hil_rig::{Rig, RigFile};
use twin::{Action, Setup};
use vehicle_model::{Action as Car, Cable, CableRating};

use super::NOT_READY;
use crate::cli::Serve;

/// How often is looked whether somebody wants something.
const LOOK: Duration = Duration::from_millis(50);

/// So many lines wait; whoever writes more waits himself.
const LINES: usize = 16;

/// No line that is understood is longer, in bytes.
const LONGEST_LINE: u64 = 1024;

/// `plugfest rig serve`.
pub(crate) fn serve(options: &Serve) -> i32 {
    let file = match Rig::find(&options.rig, &options.folders.all()) {
        Ok(Rig::Wired(file)) => *file,
        Ok(Rig::Twin) => {
            print::complain(format_args!("twin: it has no wires; desk can be served"));
            return NOT_READY;
        }
        Err(error) => {
            print::complain(format_args!("{error}"));
            return NOT_READY;
        }
    };
    match until_ended(&file, options) {
        Ok(()) => 0,
        Err(why) => {
            print::complain(format_args!("{why}"));
            NOT_READY
        }
    }
}

fn until_ended(file: &RigFile, options: &Serve) -> Result<(), String> {
    let car = crate::charge::load_car(&options.car)?;
    let ended = Arc::new(AtomicBool::new(false));
    let signalled = Arc::clone(&ended);
    crate::signals::listen(move || signalled.store(true, Ordering::Relaxed))?;
    let mut served = virtual_rig::Served::new(file, Setup::standard(car, options.seed))?;
    // On a pipe or in a file it is a board file; what happens goes to the other output.
    print::print(format_args!("{}", served.board_file()));
    print::complain(format_args!("plug, unplug or card SERIAL does so; Ctrl-C ends it"));
    let lines = lines();
    let mut stood = String::new();
    while !ended.load(Ordering::Relaxed) {
        served.run_for(LOOK)?;
        for line in lines.try_iter() {
            let done = Wish::of(&line).and_then(|wish| match wish {
                Wish::Plug => served.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32)))),
                Wish::Unplug => served.act(Action::Car(Car::Unplug)),
                Wish::Card(serial) => served.present(serial),
            });
            if let Err(why) = done {
                print::complain(format_args!("{why}"));
            }
        }
        let stands = served.outlet();
        if stands != stood {
            print::complain(format_args!("{stands}"));
            stood = stands;
        }
    }
    Ok(())
}

/// What is typed, line by line; without an input nothing is, and the models are served all the same.
fn lines() -> Receiver<String> {
    let (typed, lines) = sync_channel(LINES);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Some(line) = next_line(&mut input) {
            if typed.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The next line, whatever bytes it is made of, and the beginning of one that is too long; `None` when the input has ended.
fn next_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok()? == 0 {
        return None;
    }
    if line.pop_if(|byte| *byte == b'\n').is_none() {
        input.skip_until(b'\n').ok()?;
    }
    Some(String::from_utf8_lossy(&line).into_owned())
}

/// What a line asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wish<'a> {
    /// The plug goes in.
    Plug,
    /// It goes out.
    Unplug,
    /// A card with that number is held against the reader.
    Card(&'a str),
}

impl<'a> Wish<'a> {
    fn of(line: &'a str) -> Result<Self, String> {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        match words[..] {
            ["plug"] => Ok(Self::Plug),
            ["unplug"] => Ok(Self::Unplug),
            ["card", serial] => Ok(Self::Card(serial)),
            _ => Err(format!("{line:?}: expected plug, unplug or card SERIAL, such as card 04A2B3C4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_any_bytes_and_any_length_is_one_line() {
        let long = [b'x'; 5000];
        let mut input = [b"plug\n\xff\xfe\n".as_slice(), &long, b"\nunplug"].concat();
        let mut input = std::io::Cursor::new(&mut input);
        assert_eq!(next_line(&mut input).as_deref(), Some("plug"));
        assert_eq!(next_line(&mut input).as_deref(), Some("\u{fffd}\u{fffd}"));
        assert_eq!(next_line(&mut input).map(|line| line.len()), Some(1024));
        assert_eq!(next_line(&mut input).as_deref(), Some("unplug"));
        assert_eq!(next_line(&mut input), None);
    }

    #[test]
    fn three_words_are_known_and_any_other_is_refused() {
        assert_eq!(Wish::of(" plug "), Ok(Wish::Plug));
        assert_eq!(Wish::of("unplug"), Ok(Wish::Unplug));
        assert_eq!(Wish::of("card 04a2b3c4"), Ok(Wish::Card("04a2b3c4")));
        for line in ["", "plug in", "card", "card 1 2", "quit"] {
            assert!(Wish::of(line).is_err_and(|why| why.contains("expected plug, unplug or card SERIAL")), "{line}");
        }
    }
}
