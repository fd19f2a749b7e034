//! What a capture says: `plugfest decode`; whether it keeps to the rules: `plugfest judge`; what
//! car and station it shows: `plugfest profile`.

mod chart;
mod file;
mod follow;
mod html;
mod judge;
mod lines;
mod profile;
mod remarks;
mod secrets;
mod words;

use std::path::PathBuf;

use clap::Args;
use conversation::Tally;
use features::print;

pub(crate) use self::chart::Chart;
pub(crate) use self::judge::{EXIT_CODES as JUDGE_CODES, JudgeOptions, broken, judge};
pub(crate) use self::profile::{EXIT_CODES as PROFILE_CODES, Profile, profile};
pub(crate) use self::remarks::Remarks;
use follow::{Found, Inputs, Trouble};

/// Captures and what is known beside them.
#[derive(Args, Clone, Debug)]
pub(crate) struct Captures {
    /// Captures: pcap or pcapng files, or - for one that is still being written to this program's input
    #[arg(required = true, value_name = "CAPTURE")]
    pub(crate) captures: Vec<String>,
    /// The generation of connections that began before the capture: din, iso2 or iso20; without it the messages tell
    #[arg(long, value_name = "NAME", value_parser = ["din", "iso2", "iso20"])]
    pub(crate) protocol: Option<String>,
    /// A key log (SSLKEYLOGFILE) that opens TLS connections
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets: Option<PathBuf>,
}

/// How what was read is shown.
#[derive(Args, Clone, Debug)]
pub(crate) struct Decode {
    #[command(flatten)]
    pub(crate) captures: Captures,
    /// One JSON object a line instead of a chart
    #[arg(long)]
    pub(crate) json: bool,
    /// Each field of each message on a line of its own
    #[arg(long, conflicts_with = "json")]
    pub(crate) full: bool,
    /// A page in this folder instead: the messages, curves and times of each conversation, and its log
    #[arg(long, value_name = "DIR", conflicts_with_all = ["json", "full"])]
    pub(crate) html: Option<PathBuf>,
}

/// For whoever asks for help.
pub(crate) const DECODE_CODES: &str = "\
Exit codes: 0 all of it was read, 1 something could not be read or was lost, 2 usage, or a capture of which nothing could be read.
Several captures are read all, and the highest of their codes is that of the program.";

/// Shows captures; answers the exit code: 0 for all read, 1 when something could not be, 2 when nothing could.
pub(crate) fn decode(options: &Decode) -> i32 {
    let inputs = match Inputs::open(&options.captures) {
        Ok(inputs) => inputs,
        Err(trouble) => return trouble.complain(),
    };
    if let Some(dir) = &options.html {
        return html::html(&inputs, &options.captures.captures, dir);
    }
    let several = options.captures.captures.len() > 1;
    let (mut tally, mut code) = (Tally::default(), 0);
    for name in &options.captures.captures {
        if several && !options.json {
            print::line(format_args!("== {}", follow::shown(name)));
        }
        let mut chart = Chart::new(options.full);
        let followed = inputs.follow(name, |found| {
            let (conversation, from, sighting) = match found {
                Found::In { conversation, from, sighting } => (conversation, from, sighting),
                Found::Line(line) => return print::complain(format_args!("{line}")),
            };
            tally.count(sighting);
            if options.json {
                print::line(format_args!("{}", lines::line(name, conversation, from, sighting)));
            } else {
                print::print(format_args!("{}", chart.lines(conversation, from, sighting)));
            }
        });
        code = code.max(followed.map_or_else(|trouble: Trouble| trouble.complain(), i32::from));
        if print::reader_is_gone() {
            break;
        }
    }
    if print::reader_is_gone() {
        // What was counted is only a part.
        return code;
    }
    let summary = summary(&tally);
    // Lines of JSON stay lines of JSON.
    if options.json {
        print::complain(format_args!("{summary}"))
    } else {
        print::line(format_args!("{summary}"))
    }
    code.max(i32::from(tally.errors > 0))
}

/// How much was read, in a line.
fn summary(tally: &Tally) -> String {
    let Tally { frames, decoded, identical, errors, .. } = tally;
    format!("frames {frames}, decoded {decoded}, re-encoded identically {identical}, errors {errors}")
}
