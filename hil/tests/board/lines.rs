//! Terminals: in memory, a socket pair, a pseudo terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use board_link::{PacketLink, Received};
use hardware::{ErrorKind, LinkError};
use hil::PacketFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::sync::mpsc;

use crate::bench::FarEnd;

/// The host's end of a wire in memory.
#[derive(Debug)]
pub(crate) struct MemoryLink {
    up: mpsc::UnboundedReceiver<Vec<u8>>,
    down: mpsc::UnboundedSender<Vec<u8>>,
}

/// The firmware's.
#[derive(Debug)]
pub(crate) struct MemoryEnd {
    pub(crate) down: mpsc::UnboundedReceiver<Vec<u8>>,
    pub(crate) up: mpsc::UnboundedSender<Vec<u8>>,
}

pub(crate) fn memory() -> (MemoryLink, MemoryEnd) {
    let (to_host, up) = mpsc::unbounded_channel();
    let (to_board, down) = mpsc::unbounded_channel();
    (MemoryLink { up, down: to_board }, MemoryEnd { down, up: to_host })
}

impl PacketLink for MemoryLink {
    const LOSSY: bool = false;

    fn device(&self) -> &str {
        "board"
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        self.down.send(packet.into()).map_err(|_| LinkError::new(ErrorKind::Disconnected, "board", "gone"))
    }

    async fn receive(&mut self) -> Result<Received, LinkError> {
        self.up
            .recv()
            .await
            .map(Received::Packet)
            .ok_or_else(|| LinkError::new(ErrorKind::Disconnected, "board", "gone"))
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        while self.up.try_recv().is_ok() {}
        Ok(())
    }
}

impl FarEnd for MemoryEnd {
    async fn read(&mut self) -> Option<Vec<u8>> {
        self.down.recv().await
    }

    async fn write(&mut self, bytes: Vec<u8>) {
        // The host may be gone.
        let _ = self.up.send(bytes);
    }
}

/// Two ends of a wire that keeps packets apart, as rpmsg does.
pub(crate) fn packets() -> (PacketFd, PacketFd) {
    let (host, board) =
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair");
    let end = |name, fd: OwnedFd| PacketFd::new(name, fd).expect("it can be polled");
    (end("rpmsg", host), end("board", board))
}

impl FarEnd for PacketFd {
    async fn read(&mut self) -> Option<Vec<u8>> {
        match self.receive().await {
            Ok(Received::Packet(packet)) => Some(packet),
            Ok(Received::Damaged) | Err(_) => None,
        }
    }

    async fn write(&mut self, bytes: Vec<u8>) {
        // The host may be gone.
        let _ = self.send(&bytes).await;
    }
}

/// The firmware's end of a pseudo terminal. Its read blocks, so a thread does it.
#[derive(Debug)]
pub(crate) struct Pty {
    pub(crate) path: PathBuf,
    master: File,
    arrived: mpsc::UnboundedReceiver<Vec<u8>>,
    ended: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Pty {
    pub(crate) fn open() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pty");
        grantpt(&master).expect("a pty");
        unlockpt(&master).expect("a pty");
        let path = ptsname(&master, Vec::new()).expect("a pty").into_string().expect("a path");
        let master = File::from(master);
        let mut reading = master.try_clone().expect("a pty");
        let ended = Arc::new(AtomicBool::new(false));
        let (arriving, arrived) = mpsc::unbounded_channel();
        let stop = Arc::clone(&ended);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 64];
            let tenth = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
            while !stop.load(Ordering::Relaxed) {
                let ready = poll(&mut [PollFd::new(&reading, PollFlags::IN)], Some(&tenth)).expect("a poll");
                if ready == 0 {
                    continue;
                }
                match reading.read(&mut buffer) {
                    Ok(length @ 1..) => {
                        if arriving.send(buffer[..length].to_vec()).is_err() {
                            return;
                        }
                    }
                    // The host has closed it.
                    Ok(0) | Err(_) => return,
                }
            }
        });
        Self { path: path.into(), master, arrived, ended, reader: Some(reader) }
    }
}

impl Drop for Pty {
    /// The adapter is pulled.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            reader.join().expect("it reads");
        }
    }
}

impl FarEnd for Pty {
    async fn read(&mut self) -> Option<Vec<u8>> {
        self.arrived.recv().await
    }

    async fn write(&mut self, bytes: Vec<u8>) {
        // The host may be gone.
        let _ = self.master.write_all(&bytes);
    }
}
