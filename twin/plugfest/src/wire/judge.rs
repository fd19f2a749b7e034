//! Whether captures keep to the rules: `plugfest judge`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use conversation::{Tally, without_guess};
use features::print;
use iso15118::judge::{Judge, Outcome, Profile, Verdict};
use serde::Serialize;

use super::Captures;
use super::follow::{Found, Inputs, Trouble, shown};

/// How captures are judged.
#[derive(Args, Clone, Debug)]
pub(crate) struct JudgeOptions {
    #[command(flatten)]
    pub(crate) captures: Captures,
    /// field forgives what real cars and stations are forgiven, strict keeps to the standards
    #[arg(long, default_value = "field", value_parser = ["field", "strict"])]
    pub(crate) profile: String,
    /// Leaves the rules about times out, for peers that were slowed down
    #[arg(long)]
    pub(crate) no_timing: bool,
    /// Each rule, those that hold and those that do not apply too
    #[arg(long)]
    pub(crate) all: bool,
    /// One JSON object a rule and line instead of text; it has each rule, with --all and without
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes the verdicts as JUnit too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// The verdicts about one conversation.
struct Judged<'a> {
    file: &'a str,
    conversation: u64,
    verdicts: Vec<Verdict>,
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    file: &'a str,
    conversation: u64,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

/// For whoever asks for help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 every rule holds that applies, 1 one does not, something could not be read, or there is no session in it, 2 usage, a
capture of which nothing could be read, or a file that cannot be written. Several captures are judged all, and the highest of their
codes is that of the program.";

/// Judges captures; answers the exit code: 0 when every rule holds, 1 when one does not or something cannot be read, 2 when
/// nothing can.
pub(crate) fn judge(options: &JudgeOptions) -> i32 {
    let inputs = match Inputs::open(&options.captures) {
        Ok(inputs) => inputs,
        Err(trouble) => return trouble.complain(),
    };
    let profile = if options.profile == "strict" { Profile::Strict } else { Profile::Field };
    let (mut code, mut all) = (0, Vec::new());
    if let Some(path) = &options.junit
        && let Err(words) = may_write(path)
    {
        print::complain(format_args!("{words}"));
        return 2;
    }
    for file in &options.captures.captures {
        let mut judges: BTreeMap<u64, Judge> = BTreeMap::new();
        let mut tally = Tally::default();
        let followed = inputs.follow(file, |found| match found {
            Found::In { conversation, from, sighting } => {
                tally.count(sighting);
                let new = || if options.no_timing { Judge::new(profile).without_timing() } else { Judge::new(profile) };
                judges.entry(conversation).or_insert_with(new).see(&without_guess(from, sighting));
            }
            Found::Line(line) => print::complain(format_args!("{line}")),
        });
        code = code.max(followed.map_or_else(|trouble: Trouble| trouble.complain(), i32::from));
        if tally.errors > 0 {
            // A rule that could not look at something may be broken there.
            print::complain(format_args!(
                "{}: {}: what could not be read was not judged",
                shown(file),
                super::summary(&tally)
            ));
            code = code.max(1);
        }
        all.extend(judges.into_iter().map(|(conversation, judge)| Judged {
            file,
            conversation,
            verdicts: judge.finish(),
        }));
    }
    let mut counts = [0u64; 3];
    for judged in &all {
        for verdict in &judged.verdicts {
            counts[rank(&verdict.outcome)] += 1;
        }
        if options.json {
            for verdict in &judged.verdicts {
                let line = Line { v: 1, file: judged.file, conversation: judged.conversation, verdict };
                print::line(format_args!("{}", serde_json::to_string(&line).unwrap_or_default()));
            }
        } else {
            print::print(format_args!("{}", text(judged, options.all)));
        }
    }
    if let Some(path) = &options.junit
        && let Err(error) = super::file::write(path, &junit(&all))
    {
        print::complain(format_args!("{}: it cannot be written: {error}", path.display()));
        return 2;
    }
    let [passed, failed, not_applicable] = counts;
    let summary = format!("{passed} passed, {failed} failed, {not_applicable} not applicable");
    if options.json {
        print::complain(format_args!("{summary}"))
    } else {
        print::line(format_args!("{summary}"))
    }
    if passed + failed == 0 && code == 0 {
        print::complain(format_args!("no rule had anything to look at: there is no charging session in it"));
        return 1;
    }
    code.max(i32::from(failed > 0))
}

const fn rank(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Pass { .. } => 0,
        Outcome::Fail { .. } => 1,
        Outcome::NotApplicable { .. } => 2,
    }
}

/// Rules that do not hold, or all of them.
fn text(judged: &Judged<'_>, all: bool) -> String {
    let head = format!("{}, conversation {}\n", shown(judged.file), judged.conversation);
    head + &rules(&judged.verdicts, all)
}

/// The rules that do not hold, as lines; empty where all hold.
pub(crate) fn broken(verdicts: &[Verdict]) -> String {
    rules(verdicts, false)
}

fn rules(verdicts: &[Verdict], all: bool) -> String {
    let mut out = String::new();
    for Verdict { rule, outcome } in verdicts {
        let requirement = rule.requirement.map(|requirement| format!(" {requirement}")).unwrap_or_default();
        let title = format!("{}{requirement}  {}", rule.id, rule.title);
        match outcome {
            Outcome::Fail { findings, more, .. } => {
                let _ = writeln!(out, "FAIL            {title} (by the {})", rule.blames);
                for finding in findings.iter().take(if all { usize::MAX } else { 3 }) {
                    let packets: Vec<String> = finding.packets.iter().map(|packet| format!("#{packet}")).collect();
                    let _ = writeln!(out, "                  {}  {}", packets.join(" "), finding.what);
                }
                let hidden = *more + if all { 0 } else { findings.len().saturating_sub(3) as u64 };
                if hidden > 0 {
                    let _ = writeln!(out, "                  and {hidden} more");
                }
            }
            Outcome::Pass { checked } if all => {
                let _ = writeln!(out, "PASS            {title} ({checked} times)");
            }
            Outcome::NotApplicable { why } if all => {
                let _ = writeln!(out, "NOT-APPLICABLE  {title}: {why}");
            }
            Outcome::Pass { .. } | Outcome::NotApplicable { .. } => {}
        }
    }
    out
}

/// A test suite for each conversation, a test case for each rule.
/// How the verdicts as JUnit begin.
const JUNIT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plugfest judge\">\n";

/// Whether verdicts may go there: a file that is no such verdicts is kept, a capture above all.
fn may_write(path: &Path) -> Result<(), String> {
    let mut begin = Vec::new();
    match std::fs::metadata(path) {
        Err(_) => return Ok(()),
        // A device or a pipe has nothing that could be lost.
        Ok(found) if !found.is_file() || found.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    let read = std::fs::File::open(path).and_then(|file| file.take(JUNIT.len() as u64).read_to_end(&mut begin));
    match read {
        Ok(_) if begin == JUNIT.as_bytes() => Ok(()),
        Ok(_) => Err(format!("{}: this is no file of verdicts, it is not written over", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn junit(all: &[Judged<'_>]) -> String {
    let mut out = String::from(JUNIT);
    for judged in all {
        let count = |which: usize| judged.verdicts.iter().filter(|verdict| rank(&verdict.outcome) == which).count();
        let name = report::markup(&format!("{}, conversation {}", judged.file, judged.conversation));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            judged.verdicts.len(),
            count(1),
            count(2)
        );
        for Verdict { rule, outcome } in &judged.verdicts {
            let case = report::markup(&format!("{} {}", rule.id, rule.title));
            let _ = write!(out, "    <testcase classname=\"{name}\" name=\"{case}\"");
            match outcome {
                Outcome::Pass { .. } => out.push_str("/>\n"),
                Outcome::NotApplicable { why } => {
                    let _ = writeln!(out, "><skipped message=\"{}\"/></testcase>", report::markup(why));
                }
                Outcome::Fail { findings, .. } => {
                    let lines: Vec<String> = findings
                        .iter()
                        .map(|finding| format!("packets {:?}: {}", finding.packets, finding.what))
                        .collect();
                    let first = lines.first().cloned().unwrap_or_default();
                    let _ = writeln!(
                        out,
                        "><failure message=\"{}\">{}</failure></testcase>",
                        report::markup(&first),
                        report::markup(&lines.join("\n"))
                    );
                }
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
