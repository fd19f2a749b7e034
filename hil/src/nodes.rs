//! Opening device nodes that come and go: a USB adapter, a firmware's endpoint.
//!
//! A process that gives up its rights before it opens its devices cannot name such a node: it is another file each time it
//! comes. It may have somebody else open it ([`open_nodes_with`]).

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags};

type Opener = Box<dyn Fn(&Path) -> io::Result<OwnedFd> + Send + Sync>;

static OPENER: OnceLock<Opener> = OnceLock::new();

/// From now on until the process ends, nodes are opened by `opener`, which must do it as [`open_node`] does; `false` when there
/// is one already.
pub fn open_nodes_with(opener: impl Fn(&Path) -> io::Result<OwnedFd> + Send + Sync + 'static) -> bool {
    OPENER.set(Box::new(opener)).is_ok()
}

/// Opens a device node to read and write, without waiting for it and without making it the terminal of this process.
///
/// # Errors
/// It is not there, or it may not be opened.
pub fn open_node(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Opens a device node, or has it opened.
pub(crate) fn open(path: &Path) -> io::Result<OwnedFd> {
    match OPENER.get() {
        Some(opener) => opener(path),
        None => open_node(path),
    }
}
