//! Instruments that record beside a scenario on a bench: what `[evidence]` of its rig file names.
//!
//! | key | instrument | evidence |
//! |---|---|---|
//! | `pcap = "packet:eth2"` | a raw socket at that interface (needs CAP_NET_RAW) | `plc.pcapng`, on the time axis of everything else |
//! | `scope = "sigrok:fx2lafw?rate=1m&channels=D0"` | `sigrok-cli` with that driver | `cp.sr` |

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use hil::Endpoint;
use hil::plc::Capture;
use serde_json::json;
use twin::Terminals;

use crate::serve::Tap;

/// The program that records what an instrument of its many drivers shows.
const SIGROK: &str = "sigrok-cli";

/// What the scope leaves in the folder of the scenario.
pub(crate) const SCOPE_FILE: &str = "cp.sr";

/// An interface that went away is tried again this often.
const RETRY: Duration = Duration::from_secs(1);

/// How long a scope may take to close its file or to be found, and how often it is looked at meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);

/// As much as is read of what a scan finds.
const MOST_TOLD: u64 = 16 * 1024;

/// Captures what passes at an interface, as frames of the log, from now to the end of the world; inside the runtime.
///
/// # Errors
/// It cannot be captured, in words.
pub(super) fn capture(endpoint: &Endpoint, terminals: &Terminals) -> Result<(), String> {
    let begun = Capture::open(endpoint).map_err(|error| format!("evidence.pcap: {error}"))?;
    let (endpoint, log, tap) = (endpoint.clone(), terminals.log.clone(), Tap::new(terminals.log.clone(), "plc"));
    drop(tokio::task::spawn_local(async move {
        let mut interface = Some(begun);
        loop {
            let Some(capture) = &mut interface else {
                tokio::time::sleep(RETRY).await;
                interface = Capture::open(&endpoint).ok();
                continue;
            };
            match capture.next().await {
                Ok(passed) if passed.outgoing => tap.charger_said(&passed.frame),
                Ok(passed) => tap.charger_hears(&passed.frame),
                Err(error) => {
                    log.record("evidence", "lost", json!({ "what": error.to_string() }));
                    interface = None;
                }
            }
        }
    }));
    Ok(())
}

/// A scope that records into a file until it is dropped. It ends with this program, however that ends: its keyboard is a pipe.
#[derive(Debug)]
pub(super) struct Scope(Child);

impl Scope {
    /// Begins to record what the endpoint names into the folder.
    ///
    /// # Errors
    /// The endpoint is wrong, or `sigrok-cli` cannot be run; in words.
    pub(super) fn start(endpoint: &Endpoint, folder: &Path) -> Result<Self, String> {
        Self::run(SIGROK, endpoint, folder)
    }

    fn run(program: &str, endpoint: &Endpoint, folder: &Path) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.args(arguments(endpoint)?).arg("--output-file").arg(folder.join(SCOPE_FILE));
        let wrong = |error: io::Error| format!("evidence.scope: {program}: {error}");
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let said = std::fs::File::create(folder.join("scope.log")).map_err(wrong)?;
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(said).spawn().map(Self).map_err(wrong)
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        match self.0.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!("evidence.scope: it ended by itself ({status}); see scope.log")),
            Err(error) => Some(format!("evidence.scope: {error}")),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(mut keyboard) = self.0.stdin.take() {
            // "Press any key to stop acquisition." One that has ended needs no key.
            let _ = keyboard.write_all(b"\n");
        }
        if end(&mut self.0).is_none() {
            tracing::warn!("the scope did not end; its file may be unfinished");
        }
    }
}

/// Waits for a program that is about to end, and ends one that does not; `None` for that.
fn end(program: &mut Child) -> Option<ExitStatus> {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        match program.try_wait() {
            Ok(None) => thread::park_timeout(LOOK),
            Ok(ended) => return ended,
            Err(_) => break,
        }
    }
    // It may have ended meanwhile.
    let _ = program.kill();
    let _ = program.wait();
    None
}

/// Looks for the instrument that an endpoint names, and answers what it is; a few seconds at most.
///
/// # Errors
/// The endpoint is wrong, `sigrok-cli` cannot be run, or its driver finds nothing; in words.
pub(crate) fn find_scope(endpoint: &Endpoint) -> Result<String, String> {
    find_scope_with(SIGROK, endpoint)
}

fn find_scope_with(program: &str, endpoint: &Endpoint) -> Result<String, String> {
    let driver: Vec<_> = arguments(endpoint)?.into_iter().take_while(|argument| argument != "--config").collect();
    let mut command = Command::new(program);
    command.args(driver).arg("--scan").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut scan = command.spawn().map_err(|error| format!("{endpoint}: {program}: {error}"))?;
    let told = scan.stdout.take();
    let status = end(&mut scan).ok_or_else(|| format!("{endpoint}: {program} does not end"))?;
    let mut text = Vec::new();
    if let Some(told) = told {
        // It has ended: what it said is in the pipe.
        told.take(MOST_TOLD).read_to_end(&mut text).map_err(|error| format!("{endpoint}: {program}: {error}"))?;
    }
    let text = String::from_utf8_lossy(&text);
    // A headline, then a line a device: `demo - Demo device with 13 channels: D0 D1 ...`.
    let device = text.lines().find_map(|line| line.split_once(" - ")).map(|(_, device)| device);
    match device {
        Some(device) if status.success() => Ok(device.split(" with ").next().unwrap_or(device).to_owned()),
        _ => Err(format!("{endpoint}: {program} finds no such instrument")),
    }
}

/// What sigrok-cli is told: record without end, with the endpoint's driver, rate and channels.
fn arguments(endpoint: &Endpoint) -> Result<Vec<String>, String> {
    if endpoint.scheme() != "sigrok" {
        return Err(endpoint.wrong("expected a scope: sigrok:DRIVER?rate=1m&channels=D0").to_string());
    }
    let plain = |what: &str, text: &str| {
        let good =
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",-=._/:".contains(&byte));
        let begins = !text.starts_with('-');
        if good && begins { Ok(text.to_owned()) } else { Err(endpoint.wrong(format!("{what}: {text:?}")).to_string()) }
    };
    let mut arguments = vec!["--driver".to_owned(), plain("driver", endpoint.target())?];
    let rate = plain("rate", endpoint.option("rate").unwrap_or("1m"))?;
    arguments.extend(["--config".to_owned(), format!("samplerate={rate}")]);
    if let Some(channels) = endpoint.option("channels") {
        arguments.extend(["--channels".to_owned(), plain("channels", channels)?]);
    }
    arguments.push("--continuous".to_owned());
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn told(text: &str) -> Result<String, String> {
        arguments(&text.parse().expect("an endpoint")).map(|arguments| arguments.join(" "))
    }

    #[test]
    fn a_scope_is_told_its_driver_rate_and_channels() {
        assert_eq!(told("sigrok:fx2lafw"), Ok("--driver fx2lafw --config samplerate=1m --continuous".into()));
        assert_eq!(
            told("sigrok:demo?rate=10k&channels=A0,D1"),
            Ok("--driver demo --config samplerate=10k --channels A0,D1 --continuous".into())
        );
        for wrong in ["scpi:fx2lafw", "sigrok:--output-file", "sigrok:demo?rate=1 m", "sigrok:demo?channels=-o"] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }

    /// Stands in for sigrok-cli: knows one driver, and writes its file only when it was stopped by a key.
    const STAND_IN: &str = r#"#!/bin/sh
for last; do :; done
if [ "$last" = --scan ]; then
  echo "The following devices were found:"
  [ "$2" != demo ] || echo "demo - Demo device with 13 channels: D0 D1 A0"
  exit
fi
[ "$2" = demo ] || exit 3
read -r key && echo samples >"$last"
"#;

    fn stand_in(name: &str) -> (PathBuf, String) {
        let folder = std::env::temp_dir().join(format!("plugfest-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let program = folder.join("scope").display().to_string();
        // Written by a child: a file that this process ever had open for writing may be busy in a child of another test.
        let mut writer = Command::new("sh");
        writer.args(["-c", "printf %s \"$1\" >\"$0\" && chmod 700 \"$0\""]).args([&program, STAND_IN]);
        assert!(writer.status().expect("a shell").success());
        (folder, program)
    }

    #[test]
    fn a_scope_is_found_by_its_driver() {
        let (folder, program) = stand_in("scan");
        let find = |text: &str| find_scope_with(&program, &text.parse().expect("an endpoint"));
        assert_eq!(find("sigrok:demo?rate=2m"), Ok("Demo device".to_owned()));
        assert_eq!(find("sigrok:other"), Err(format!("sigrok:other: {program} finds no such instrument")));
        fs::remove_dir_all(&folder).expect("it was there");
    }

    #[test]
    fn a_scope_is_stopped_with_a_key_and_one_that_ends_by_itself_is_told() {
        let (folder, program) = stand_in("scope");
        let endpoint = |text: &str| text.parse().expect("an endpoint");
        let mut scope = Scope::run(&program, &endpoint("sigrok:demo"), &folder).expect("it runs");
        assert_eq!(scope.ended(), None);
        drop(scope);
        assert_eq!(fs::read_to_string(folder.join(SCOPE_FILE)).expect("its file"), "samples\n");
        let mut broken = Scope::run(&program, &endpoint("sigrok:other"), &folder).expect("it runs");
        broken.0.wait().expect("it ends");
        assert!(broken.ended().is_some_and(|why| why.contains("exit status: 3")));
        let missing = Scope::run("/no/such/scope", &endpoint("sigrok:demo"), &folder).map(drop);
        assert!(missing.expect_err("there is none").starts_with("evidence.scope: /no/such/scope: No such file"));
        fs::remove_dir_all(&folder).expect("it was there");
    }
}
