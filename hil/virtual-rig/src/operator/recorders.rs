//! Instruments that record beside a scenario on a bench: what `[evidence]` of its rig file names.
//!
//! | key | instrument | evidence |
//! |---|---|---|
//! | `pcap = "packet:eth2"` | a raw socket at that interface (needs CAP_NET_RAW) | `plc.pcapng`, on the time axis of everything else |
//! | `scope = "sigrok:fx2lafw?rate=1m&channels=D0"` | `sigrok-cli` with that driver | `cp.sr` |

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use hil::Endpoint;
use hil::plc::Capture;
use serde_json::json;
use twin::Wires;

use crate::serve::Tap;

/// What the scope leaves in the folder of the scenario.
pub(crate) const SCOPE_FILE: &str = "cp.sr";

/// An interface that went away is tried again this often.
const RETRY: Duration = Duration::from_secs(1);

/// How long a scope may take to close its file, and how often it is looked at meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);

/// Captures what passes at an interface, as frames of the log, from now to the end of the world; inside the runtime.
///
/// # Errors
/// It cannot be captured, in words.
pub(super) fn capture(endpoint: &Endpoint, wires: &Wires) -> Result<(), String> {
    let begun = Capture::open(endpoint).map_err(|error| format!("evidence.pcap: {error}"))?;
    let (endpoint, log, tap) = (endpoint.clone(), wires.log.clone(), Tap::new(wires.log.clone(), "plc"));
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
        Self::run("sigrok-cli", endpoint, folder)
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
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            match self.0.try_wait() {
                Ok(None) => thread::park_timeout(LOOK),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        tracing::warn!("the scope does not end; its file may be unfinished");
        // It may have ended meanwhile.
        let _ = self.0.kill();
        let _ = self.0.wait();
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

    #[test]
    fn a_scope_is_stopped_with_a_key_and_one_that_ends_by_itself_is_told() {
        let folder = std::env::temp_dir().join(format!("plugfest-scope-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        // Writes its file only when it was stopped by a key, as sigrok-cli does; fails for a driver that it does not know.
        let program = folder.join("scope");
        let script =
            "#!/bin/sh\n[ \"$2\" = demo ] || exit 3\nfor file; do :; done\nread -r key && echo samples >\"$file\"\n";
        // Written by a child: a file that this process ever had open for writing may be busy in a child of another test.
        let mut writer = Command::new("sh");
        writer.args(["-c", "printf %s \"$1\" >\"$0\" && chmod 700 \"$0\""]).arg(&program).arg(script);
        assert!(writer.status().expect("a shell").success());
        let (program, endpoint) = (program.display().to_string(), |text: &str| text.parse().expect("an endpoint"));
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
