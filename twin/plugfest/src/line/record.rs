//! The folder of a recorded run: its log, its capture, and at its end a page.

use std::path::Path;

use event_log::{Log, RunFolder, RunKind, output};
use serde_json::json;

use super::clock::Clock;
use super::listener::Tape;

/// A record, or none: the log is in memory then, and short.
pub(crate) struct Record {
    folder: Option<RunFolder>,
    log: Log,
    clock: Clock,
}

/// So many events of a log that is not written are kept.
const FEW: usize = 64;

impl Record {
    /// Begins a record in a folder of its own. `what` is the verb, `name` what it does.
    ///
    /// # Errors
    /// The folder is somebody else's, or cannot be written.
    pub(crate) fn begin(dir: Option<&Path>, clock: Clock, what: &str, name: &str) -> Result<Self, String> {
        let folder = dir.map(|dir| RunFolder::claim(dir, RunKind::Charge)).transpose();
        let folder = folder.map_err(|error| format!("--record {error}"))?;
        let log = match &folder {
            None => Log::memory().with_limit(FEW),
            Some(folder) => {
                let path = folder.path().join("events.ndjson");
                let file = output::create(&path).map_err(|error| format!("--record {}: {error}", path.display()))?;
                Log::to_writer(Box::new(file)).with_limit(FEW)
            }
        };
        log.set_clock(move || clock.now());
        log.set_wall(move || clock.now().as_micros());
        log.record("run", "begin", json!({ "feature": format!("plugfest {what}"), "name": name }));
        Ok(Self { folder, log, clock })
    }

    /// The log.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// Whether anything is recorded.
    pub(crate) const fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    /// The capture, if there is to be one.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn tape(&self) -> Result<Option<Tape>, String> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.path().join("plc.pcapng");
        let file = output::create(&path).map_err(|error| format!("--record {}: {error}", path.display()))?;
        Ok(Some(Tape::new(file, path)))
    }

    /// Ends it; answers what could not be written.
    pub(crate) fn end(self, passed: bool) -> Vec<String> {
        let mut troubles = Vec::new();
        let verdict = if passed { "passed" } else { "failed" };
        self.log.record("run", "end", json!({ "verdict": verdict }));
        let Some(folder) = &self.folder else { return troubles };
        troubles.extend(self.log.error().map(|error| format!("the record is incomplete: {error}")));
        let wall_s = self.clock.now().as_secs_f64();
        let about =
            json!({ "version": env!("CARGO_PKG_VERSION"), "rig": "line", "virtual_s": wall_s, "wall_s": wall_s });
        let path = folder.path().join("run.json");
        let written = output::replace(&path, format!("{about:#}\n").as_bytes())
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(|()| report::write_all(folder.path()).map_err(|error| error.to_string()));
        troubles.extend(written.err().map(|why| format!("the report could not be written: {why}")));
        troubles
    }
}
