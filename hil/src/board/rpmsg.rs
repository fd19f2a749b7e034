//! A board on a coprocessor of the same chip: rpmsg.
//!
//! The kernel knows a firmware by the address of its endpoint. A control device makes a node for it; the node stays when it
//! is closed, so it is looked for first.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use board_link::{LinkedBoard, PacketLink, Received};
use hardware::{ErrorKind, LinkError};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep};

use super::{gone, open_error};
use crate::options::{Options, is_path};
use crate::{Endpoint, EndpointError, Open, frames, nodes, sys};
use hil_endpoint::parse_number;

/// A power board behind an rpmsg endpoint.
pub type RpmsgBoard = LinkedBoard<PacketFd>;

/// The wire's name for who listens.
const BUS: &str = "rpmsg";

/// Room for the longest packet of the kernel, which is 496 bytes.
const ROOM: usize = 512;

/// The node of a new endpoint is there within milliseconds, and its rights once udev has seen it.
const NODE_WITHIN: Duration = Duration::from_secs(1);

/// How long a full queue to the firmware is waited for.
const SEND_WITHIN: Duration = Duration::from_millis(100);

/// How many packets may wait for a host that was away: more than the kernel keeps.
const MOST_WAITING: usize = 1024;

/// A file descriptor that carries whole packets: an rpmsg endpoint, a seqpacket socket.
#[derive(Debug)]
pub struct PacketFd {
    device: String,
    fd: AsyncFd<OwnedFd>,
}

impl PacketFd {
    /// Takes an open descriptor and makes it non-blocking.
    ///
    /// # Errors
    /// It cannot be polled.
    pub fn new(device: impl Into<String>, fd: OwnedFd) -> Result<Self, LinkError> {
        let device = device.into();
        let made = rustix::io::ioctl_fionbio(&fd, true).map_err(io::Error::from).and_then(|()| sys::watch_readable(fd));
        match made {
            Ok(fd) => Ok(Self { device, fd }),
            Err(error) => Err(open_error(&device, &error)),
        }
    }

    /// What is there now; `None` when nothing is.
    fn read(&self) -> Result<Option<Vec<u8>>, LinkError> {
        let mut buffer = [0; ROOM];
        match rustix::io::read(self.fd.get_ref(), &mut buffer) {
            Ok(0) => Err(LinkError::new(ErrorKind::Disconnected, self.device.clone(), "the other end is closed")),
            Ok(length) => {
                frames::passed(BUS, false, &buffer[..length]);
                Ok(Some(buffer[..length].to_vec()))
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(gone(&self.device, &error.into())),
        }
    }
}

impl PacketLink for PacketFd {
    const LOSSY: bool = false;

    fn device(&self) -> &str {
        &self.device
    }

    /// Not by readiness: rpmsg over virtio never reports that it can be written to, it only says when it cannot.
    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        let limit = Instant::now() + SEND_WITHIN;
        loop {
            match rustix::io::write(self.fd.get_ref(), packet) {
                Ok(_) => {
                    frames::passed(BUS, true, packet);
                    return Ok(());
                }
                // Older kernels say ENOMEM for a full queue.
                Err(Errno::AGAIN | Errno::INTR | Errno::NOMEM) if Instant::now() < limit => {
                    sleep(Duration::from_millis(1)).await;
                }
                Err(Errno::AGAIN | Errno::INTR | Errno::NOMEM) => {
                    let what = format!("its queue is full, and it took nothing for {SEND_WITHIN:?}");
                    return Err(LinkError::new(ErrorKind::TimedOut, self.device.clone(), what));
                }
                Err(error) => return Err(gone(&self.device, &error.into())),
            }
        }
    }

    async fn receive(&mut self) -> Result<Received, LinkError> {
        // A firmware that sends without a pause always has something ready here: others get a turn now and then.
        tokio::task::coop::consume_budget().await;
        loop {
            // First without waiting: after a pause of this process the packet is there before the readiness is known.
            if let Some(packet) = self.read()? {
                return Ok(Received::Packet(packet));
            }
            let something = Interest::READABLE | Interest::ERROR;
            let mut ready = self.fd.ready(something).await.map_err(|error| gone(&self.device, &error))?;
            if let Some(packet) = self.read()? {
                return Ok(Received::Packet(packet));
            }
            ready.clear_ready();
        }
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        for _ in 0..MOST_WAITING {
            if self.read()?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

impl Open for RpmsgBoard {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let (firmware, tethered) = settings(endpoint)?;
        let node = match firmware {
            Firmware::Node(path) => open_node(path).map_err(|error| open_error(path, &error))?,
            Firmware::Named { name, address, control } => endpoint_node(endpoint, name, address, control).await?,
        };
        Ok(Self::new(PacketFd::new(endpoint.to_string(), node.into())?, tethered))
    }
}

/// How the firmware is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Firmware<'a> {
    /// At an endpoint that is there already.
    Node(&'a str),
    /// At an endpoint of this name and address, which a control device makes.
    Named { name: &'a str, address: u32, control: &'a str },
}

/// The kernel's limit for the name of an endpoint, without the zero at its end.
const LONGEST_NAME: usize = 31;

/// How the firmware is found, and whether the cable is fixed.
fn settings(endpoint: &Endpoint) -> Result<(Firmware<'_>, bool), EndpointError> {
    let mut options = Options::of(endpoint);
    let tethered = options.flag("tethered");
    let target = endpoint.target();
    let firmware = if target.starts_with('/') {
        options.path("/dev/rpmsg0");
        Firmware::Node(target)
    } else {
        let (name, address) = endpoint.target_and_address();
        let address = address.and_then(parse_number);
        if address.is_none() || name.is_empty() || name.len() > LONGEST_NAME {
            options.wrong(format!(
                "expected NAME@ADDRESS or a path, such as rpmsg:rpmsg_tuxevse@14, with a name of up to 31 bytes, got \
                 {target:?}"
            ));
        }
        let control = options.text("ctrl").unwrap_or("/dev/rpmsg_ctrl0");
        if !is_path(control) {
            options.wrong(format!("ctrl: expected a path such as /dev/rpmsg_ctrl0, got {control:?}"));
        }
        Firmware::Named { name, address: address.unwrap_or_default(), control }
    };
    options.end()?;
    Ok((firmware, tethered))
}

/// Opens the node of a named endpoint, and has it made first if it is not there.
async fn endpoint_node(endpoint: &Endpoint, name: &str, address: u32, control: &str) -> Result<File, LinkError> {
    let class = Path::new("/sys/class/rpmsg");
    if find_node(class, name, address).is_none() {
        let opened = open_node(control).map_err(|error| open_error(control, &error))?;
        sys::create_rpmsg_endpoint(&opened, name, address).map_err(|error| {
            let what = format!("it makes no endpoint {name}@{address}: {error}");
            LinkError { what, ..open_error(control, &error) }
        })?;
    }
    let limit = Instant::now() + NODE_WITHIN;
    loop {
        let opened = find_node(class, name, address).map(|node| (open_node(&node), node));
        match opened {
            Some((Ok(file), _)) => return Ok(file),
            Some((Err(error), node)) if Instant::now() >= limit => return Err(open_error(&node, &error)),
            None if Instant::now() >= limit => {
                let what = format!("no node in {} within {NODE_WITHIN:?}", class.display());
                return Err(LinkError::new(ErrorKind::Disconnected, endpoint.to_string(), what));
            }
            Some((Err(_), _)) | None => sleep(Duration::from_millis(5)).await,
        }
    }
}

fn open_node(path: &str) -> io::Result<File> {
    nodes::open(Path::new(path)).map(File::from)
}

/// The node of the endpoint with this name and, where the kernel tells it, this address.
fn find_node(class: &Path, name: &str, address: u32) -> Option<String> {
    let read = |path: &Path, file| fs::read_to_string(path.join(file)).ok();
    let mut nodes: Vec<_> = fs::read_dir(class).ok()?.flatten().map(|entry| entry.path()).collect();
    nodes.sort();
    let node = nodes.into_iter().find(|path| {
        read(path, "name").is_some_and(|found| found.trim_end() == name)
            && read(path, "dst").is_none_or(|found| found.trim_end().parse() == Ok(address))
    })?;
    Some(format!("/dev/{}", node.file_name()?.to_str()?))
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    #[tokio::test]
    async fn a_firmware_that_sends_without_a_pause_leaves_others_a_turn() {
        let (host, board) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair");
        let mut link = PacketFd::new("rpmsg", host).expect("it can be polled");
        let mut packets = 0;
        let flood = async {
            loop {
                rustix::io::write(&board, b"!").expect("there is room");
                link.receive().await.expect("a packet");
                packets += 1;
                assert!(packets < 10_000, "nobody else gets a turn");
            }
        };
        tokio::select! {
            biased;
            () = flood => {}
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(link.receive().await, Ok(Received::Packet(b"!".to_vec())), "nothing is lost by it");
    }

    #[test]
    fn an_endpoint_is_found_by_its_name_and_address() {
        let class = std::env::temp_dir().join(format!("rpmsg-class-{}", std::process::id()));
        for (node, name, dst) in [("rpmsg0", "rpmsg_other", "14"), ("rpmsg1", "rpmsg_tuxevse", "15")] {
            let folder = class.join(node);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("name"), format!("{name}\n")).expect("a file");
            fs::write(folder.join("dst"), format!("{dst}\n")).expect("a file");
        }
        fs::create_dir_all(class.join("rpmsg_ctrl0")).expect("a folder");
        assert_eq!(find_node(&class, "rpmsg_tuxevse", 14), None);
        assert_eq!(find_node(&class, "rpmsg_tuxevse", 15).as_deref(), Some("/dev/rpmsg1"));
        fs::remove_file(class.join("rpmsg1/dst")).expect("it is there");
        assert_eq!(find_node(&class, "rpmsg_tuxevse", 14).as_deref(), Some("/dev/rpmsg1"));
        assert_eq!(find_node(Path::new("/no/class"), "rpmsg_tuxevse", 14), None);
        fs::remove_dir_all(&class).expect("it is there");
    }
}
