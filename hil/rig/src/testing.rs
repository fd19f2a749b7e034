//! What tests of this crate share.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for a test, gone afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hil-rig-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A log whose times a test sets.
pub(crate) struct Events {
    log: event_log::Log,
    now: std::rc::Rc<std::cell::Cell<u64>>,
}

impl Default for Events {
    fn default() -> Self {
        let (log, now) = (event_log::Log::memory(), std::rc::Rc::new(std::cell::Cell::new(0)));
        let clock = std::rc::Rc::clone(&now);
        log.set_clock(move || units::Instant::from_micros(clock.get()));
        Self { log, now }
    }
}

impl Events {
    /// The log, so many microseconds after its beginning.
    pub(crate) fn at(&mut self, micros: u64) -> &event_log::Log {
        self.now.set(micros);
        &self.log
    }

    pub(crate) fn events(&self) -> Vec<event_log::Event> {
        self.log.snapshot()
    }
}
