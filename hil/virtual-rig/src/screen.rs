//! The screen of a guest: memory of its kernel that has a device node (`vfb`). The charger draws on it; what it drew is read back
//! from the node.

use std::fs;
use std::path::{Path, PathBuf};
use std::task::Poll;

use hil::Endpoint;
use panel_view::Picture;
use units::EvseId;

use crate::guest::GuestBuilder;
use crate::rig_devices::RigDevices;

/// Its size, that of the panel of a Tux-EVSE bench.
const SIZE: &str = "1024x600";

/// The kernel's screen: width, height and bits of a pixel, and the memory for it.
const ARGUMENTS: [&str; 2] = ["video=vfb:1024x600M-32", "vfb.videomemorysize=2457600"];

/// A screen, and the copy of its pixels that the guest leaves in the folder it shares with us.
#[derive(Debug)]
pub(crate) struct GuestScreen {
    copy: PathBuf,
    /// A copy was ordered and is not there yet.
    ordered: bool,
}

impl GuestScreen {
    /// The screen of a guest with these devices, if the panel is one.
    pub(crate) fn of(devices: &RigDevices<Endpoint>, folder: &Path) -> Option<Self> {
        let panel = devices.get(EvseId::FIRST, "panel")?;
        (panel.scheme() == "fb").then(|| Self { copy: folder.join("panel.raw"), ordered: false })
    }

    /// Gives it to the guest.
    pub(crate) fn put_into(guest: GuestBuilder) -> GuestBuilder {
        ARGUMENTS.into_iter().fold(guest, GuestBuilder::argument)
    }

    /// What is on it: ordered from the guest with the first call.
    pub(crate) fn picture(&mut self, order: impl FnOnce(String)) -> Poll<Result<Picture, String>> {
        let copy = self.copy.display();
        if !self.ordered {
            self.ordered = true;
            order(format!("shell cat /dev/fb0 >{copy}.part && mv {copy}.part {copy}"));
            return Poll::Pending;
        }
        if !self.copy.exists() {
            return Poll::Pending;
        }
        self.ordered = false;
        // This driver has red in the lowest bits.
        let endpoint: Result<Endpoint, _> = format!("fb:{copy}?size={SIZE}&order=rgb").parse();
        let picture = endpoint
            .map_err(|error| error.to_string())
            .and_then(|endpoint| hil::panel::picture(&endpoint).map_err(|error| error.to_string()));
        // The next one is under the same name.
        let removed = fs::remove_file(&self.copy).map_err(|error| format!("{copy}: {error}"));
        Poll::Ready(picture.and_then(|picture| removed.map(|()| picture)))
    }
}
