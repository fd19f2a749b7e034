//! `plugfest exi check`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use features::print;
use iso15118::vector::{self, Refusal, Vector};

use super::{FINDING, USAGE};

/// A longer line is no vector.
const LONGEST_LINE: usize = 16 << 20;

/// More characters of a name are not shown.
const LONGEST_NAME: usize = 120;

/// How many vectors passed, failed and were refused.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    refused: usize,
}

/// Checks each line of the files; answers the exit code.
pub(super) fn check(files: &[String]) -> i32 {
    let mut count = Count::default();
    let mut unreadable = false;
    for file in files {
        let checked = if file == "-" {
            check_lines("-", io::stdin().lock(), &mut count)
        } else {
            File::open(file)
                .map_err(|error| error.to_string())
                .and_then(|open| check_lines(file, BufReader::new(open), &mut count))
        };
        if let Err(why) = checked {
            print::complain(format_args!("{file}: {why}"));
            unreadable = true;
        }
    }
    let Count { passed, failed, refused } = count;
    print::line(format_args!("{passed} passed, {failed} failed, {refused} refused"));
    if unreadable {
        return USAGE;
    }
    // Nothing that was looked at is nothing that is good.
    if passed + failed == 0 {
        print::complain(format_args!("nothing was checked: all {refused} were refused"));
    }
    if failed > 0 || passed == 0 { FINDING } else { 0 }
}

fn check_lines(file: &str, mut lines: impl BufRead, count: &mut Count) -> Result<(), String> {
    let mut vectors = 0;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut bounded = io::Read::take(&mut lines, LONGEST_LINE as u64 + 1);
        let read = bounded.read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            break;
        }
        if read > LONGEST_LINE {
            return Err(format!("line {number} has more than {LONGEST_LINE} octets"));
        }
        let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Vector>(text) {
            Ok(vector) => {
                vectors += 1;
                check_vector(&format!("{file}:{number}: {}", name(&vector.name)), &vector, count);
            }
            Err(error) => {
                print::line(format_args!("{file}:{number}: -: not a vector: {}", on_one_line(&error.to_string())));
                count.failed += 1;
            }
        }
    }
    if vectors == 0 { Err("there is no vector in it".to_owned()) } else { Ok(()) }
}

fn check_vector(place: &str, vector: &Vector, count: &mut Count) {
    match vector::check(vector) {
        // What it says already: not a vector.
        Err(wrong @ (Refusal::Hex(_) | Refusal::Nothing)) => {
            print::line(format_args!("{place}: {}", on_one_line(&wrong.to_string())));
            count.failed += 1;
        }
        Err(refusal) => {
            print::line(format_args!("{place}: refused: {}", on_one_line(&refusal.to_string())));
            count.refused += 1;
        }
        Ok(checked) if checked.mismatches.is_empty() => count.passed += 1,
        Ok(checked) => {
            for mismatch in &checked.mismatches {
                print::line(format_args!("{place}: {}", on_one_line(&mismatch.to_string())));
            }
            count.failed += 1;
        }
    }
}

/// A name for a line of its own; whoever has none is `-`.
fn name(name: &str) -> String {
    if name.is_empty() {
        return "-".to_owned();
    }
    let shown: String = on_one_line(name).chars().take(LONGEST_NAME).collect();
    if name.chars().count() > LONGEST_NAME { format!("{shown}...") } else { shown }
}

/// Nothing that a file says begins a line of its own or moves a cursor.
fn on_one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
