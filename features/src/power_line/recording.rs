//! Frames of the power lines as a capture: `plc.pcapng`, an interface for each EVSE. It is written while the scenario runs, so what
//! was heard survives whatever happens.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use capture::LinkType;
use capture::writer::{Order, Pcapng};
use event_log::output;
use units::EvseId;

/// The name of the file.
const FILE: &str = "plc.pcapng";
/// Times are in nanoseconds.
const NANOSECONDS: u8 = 9;

/// A capture that is being written. The file comes with the first frame.
pub(super) struct Recording {
    path: PathBuf,
    file: Option<File>,
    capture: Pcapng,
    interfaces: BTreeMap<EvseId, u32>,
    /// Why it cannot be written.
    broken: Option<String>,
}

impl Recording {
    pub(super) fn into_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
            file: None,
            capture: Pcapng::of(Order::Little),
            interfaces: BTreeMap::new(),
            broken: None,
        }
    }

    /// A frame at that EVSE, at a time in nanoseconds since 1970.
    pub(super) fn frame(&mut self, evse: EvseId, time: u64, frame: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        let capture = &mut self.capture;
        let new = || capture.interface(LinkType::Ethernet.number(), 0, Some(NANOSECONDS));
        let interface = *self.interfaces.entry(evse).or_insert_with(new);
        self.capture.packet_on(interface, time, frame);
        if let Err(why) = self.write() {
            self.broken = Some(format!("{}: {why}", self.path.display()));
        }
    }

    fn write(&mut self) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(output::create(&self.path)?),
        };
        file.write_all(&self.capture.take())
    }

    /// Nothing more comes.
    ///
    /// # Errors
    /// Something could not be written.
    pub(super) fn finish(self) -> Result<(), String> {
        self.broken.map_or(Ok(()), Err)
    }
}
