//! The processor beside the guest (virtio id 7): messages over rpmsg, as a microcontroller on the same chip sends them.

mod port;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::daemon::{Daemon, Device, Shared, VhostError, lock};
use crate::ring::Ring;
use port::Port;
pub use port::RpmsgError;

/// The name service: the host announces its end point.
const NAME_SERVICE: u64 = 1;

/// How many messages of the guest wait for the host; more are lost, as in a mailbox nobody empties.
const WAITING: usize = 1024;

struct Processor {
    port: Port,
    to_host: mpsc::Sender<Vec<u8>>,
}

impl Device for Processor {
    const QUEUES: usize = 2;
    const FEATURES: u64 = NAME_SERVICE;

    fn reset(&mut self) {
        self.port.reset();
    }

    fn serve(&mut self, rings: &[Ring<'_>]) {
        let [to_linux, from_linux] = rings else { return };
        from_linux.serve(|request| {
            let message = if request.cut { None } else { self.port.receive(&request.bytes) };
            if let Some(message) = message
                && let Err(mpsc::error::TrySendError::Full(_)) = self.to_host.try_send(message)
            {
                self.port.lost();
            }
            from_linux.give(&request, &[]);
        });
        while self.port.has_something() {
            // No room over there: the guest says when there is.
            let Some(room) = to_linux.take() else { return };
            to_linux.give(&room, &self.port.transmit(room.room()).unwrap_or_default());
        }
    }
}

/// An rpmsg bus of the guest, with one end point on the other side: address 14, announced as `rpmsg_chrdev`. A program in the
/// guest creates its end through `/dev/rpmsg_ctrl0` and finds it as `/dev/rpmsg0`.
pub struct Rpmsg {
    daemon: Daemon<Processor>,
}

impl Rpmsg {
    /// Listens at `socket`.
    ///
    /// # Errors
    /// The socket cannot be created: the path is taken, too long or not writable.
    pub fn start(socket: &Path) -> Result<(Self, RpmsgPort), VhostError> {
        let (to_host, from_guest) = mpsc::channel(WAITING);
        let daemon = Daemon::start(socket, Processor { port: Port::default(), to_host })?;
        let handle = RpmsgHandle { device: daemon.device().clone(), shared: daemon.shared().clone() };
        Ok((Self { daemon }, RpmsgPort { from_guest, to_guest: RpmsgSender(handle) }))
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.daemon.path()
    }

    /// A handle on the line as a whole.
    #[must_use]
    pub fn handle(&self) -> RpmsgHandle {
        RpmsgHandle { device: self.daemon.device().clone(), shared: self.daemon.shared().clone() }
    }
}

impl fmt::Debug for Rpmsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpmsg").field("socket", &self.socket()).finish_non_exhaustive()
    }
}

/// The host's end of the messages.
#[derive(Debug)]
pub struct RpmsgPort {
    /// What the guest sends, one message an item. At most 1024 wait; more are lost and counted ([`RpmsgHandle::lost`]). Ends
    /// when the device is dropped and no handle is left.
    pub from_guest: mpsc::Receiver<Vec<u8>>,
    /// Sends to the guest.
    pub to_guest: RpmsgSender,
}

/// Sends messages to the guest.
#[derive(Clone, Debug)]
pub struct RpmsgSender(RpmsgHandle);

impl RpmsgSender {
    /// Sends a message to the guest's end point that spoke last.
    ///
    /// # Errors
    /// Nobody in the guest has spoken yet, so that there is no address to send to; the message does not fit a buffer; 256 wait
    /// already.
    pub fn send(&self, message: &[u8]) -> Result<(), RpmsgError> {
        lock(&self.0.device).port.send(message)?;
        self.0.shared.wake();
        Ok(())
    }
}

/// Faults of the line, and what is known of it.
#[derive(Clone)]
pub struct RpmsgHandle {
    device: Arc<Mutex<Processor>>,
    shared: Arc<Shared>,
}

impl RpmsgHandle {
    /// The other processor hangs: what the guest sends is taken and lost, nothing is sent.
    pub fn set_mute(&self, mute: bool) {
        lock(&self.device).port.set_mute(mute);
    }

    /// Takes the whole device away from a running guest, as a processor that is stopped: the driver unregisters it, and its
    /// device nodes are gone. Linux gives it back only if the guest had unbound it itself before, and binds it again.
    pub fn disconnect(&self) {
        self.shared.disconnect();
    }

    /// Whether a guest's driver is there.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.shared.connected()
    }

    /// Whether a program in the guest has sent something, so that messages can reach it.
    #[must_use]
    pub fn bound(&self) -> bool {
        lock(&self.device).port.bound()
    }

    /// How many messages of the guest were lost because nobody took them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        lock(&self.device).port.lost_so_far()
    }
}

impl fmt::Debug for RpmsgHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpmsgHandle").finish_non_exhaustive()
    }
}
