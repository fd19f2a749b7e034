//! The part all devices share: a socket, a guest that connects and goes, threads that end.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use vhost::vhost_user::Listener;
use vhost::vhost_user::message::{VhostUserProtocolFeatures, VhostUserVirtioFeatures};
use vhost_user_backend::{ShutdownHandle, VhostUserBackend, VhostUserDaemon, VringMutex};
use virtio_bindings::bindings::virtio_config::VIRTIO_F_VERSION_1;
use vm_memory::{GuestMemoryAtomic, GuestMemoryMmap};
use vmm_sys_util::epoll::EventSet;

use crate::ring::Ring;

/// Entries of a queue: what the guest's driver asks for.
const QUEUE_SIZE: usize = 256;

/// How long a thread may take to end.
const END: Duration = Duration::from_secs(2);

/// A device could not be put on its socket.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: {source}", path.display())]
pub struct VhostError {
    path: PathBuf,
    what: &'static str,
    source: io::Error,
}

/// What a device is, apart from its socket. Called from one thread at a time.
pub(crate) trait Device: Send + 'static {
    /// How many queues it has.
    const QUEUES: usize;
    /// The feature bits of its kind, and of the queues.
    const FEATURES: u64;

    /// The configuration space, for a kind that has one.
    fn config(&self) -> Option<Vec<u8>> {
        None
    }

    /// Another guest, or the same anew: what was pending is void.
    fn reset(&mut self);

    /// A queue has something, or the host wants something done.
    fn serve(&mut self, rings: &[Ring<'_>]);
}

/// Locks what only a panicking model could have left behind, and goes on with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the threads and the handles of one device share.
pub(crate) struct Shared {
    path: PathBuf,
    ending: AtomicBool,
    /// Has the device look after its queues.
    wake: OwnedFd,
    /// Ends the wait for a guest.
    stop: OwnedFd,
    /// The guest that is at the socket.
    connection: Mutex<Option<ShutdownHandle>>,
}

impl Shared {
    /// Has the device look after its queues.
    pub(crate) fn wake(&self) {
        signal(&self.wake);
    }

    /// Whether a guest's driver is at the socket.
    pub(crate) fn connected(&self) -> bool {
        lock(&self.connection).is_some()
    }

    /// Ends the connection with the guest; the next may come.
    pub(crate) fn disconnect(&self) {
        if let Some(connection) = lock(&self.connection).as_ref() {
            connection.shutdown();
        }
    }
}

/// It can only fail when the counter is full: then it is signalled already.
fn signal(event: &OwnedFd) {
    let _ = rustix::io::write(event, &1_u64.to_ne_bytes());
}

fn take_signal(event: &OwnedFd) {
    let _ = rustix::io::read(event, &mut [0_u8; 8]);
}

/// A device on its socket.
pub(crate) struct Daemon<D> {
    device: Arc<Mutex<D>>,
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
}

impl<D: Device> Daemon<D> {
    /// Listens at `path`, which must be free.
    pub(crate) fn start(path: &Path, device: D) -> Result<Self, VhostError> {
        let error = |what| move |source: io::Error| VhostError { path: path.to_owned(), what, source };
        let event = || eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).map_err(io::Error::from);
        let socket = UnixListener::bind(path).map_err(error("cannot listen"))?;
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            ending: AtomicBool::new(false),
            wake: event().map_err(error("cannot create an event"))?,
            stop: event().map_err(error("cannot create an event"))?,
            connection: Mutex::new(None),
        });
        let device = Arc::new(Mutex::new(device));
        let (end, ended) = mpsc::channel();
        let (name, mine, model) = (path.display().to_string(), shared.clone(), device.clone());
        let thread = thread::Builder::new()
            .name("vhost-user".into())
            .spawn(move || {
                if let Err(error) = accept(&name, &socket, &mine, &model) {
                    tracing::error!("{name}: {error}");
                }
                let _ = end.send(());
            })
            .map_err(error("cannot start a thread"))?;
        Ok(Self { device, shared, thread: Some(thread), ended })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    pub(crate) fn device(&self) -> &Arc<Mutex<D>> {
        &self.device
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl<D> Drop for Daemon<D> {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        signal(&self.shared.stop);
        self.shared.disconnect();
        let _ = std::fs::remove_file(&self.shared.path);
        if self.ended.recv_timeout(END) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("{}: its thread does not end", self.shared.path.display());
        } else if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves one guest after another.
fn accept<D: Device>(
    name: &str,
    socket: &UnixListener,
    shared: &Arc<Shared>,
    device: &Arc<Mutex<D>>,
) -> Result<(), String> {
    while !shared.ending.load(Ordering::Acquire) {
        let mut waits = [PollFd::new(socket, PollFlags::IN), PollFd::new(&shared.stop, PollFlags::IN)];
        match poll(&mut waits, None) {
            Ok(_) if waits[0].revents().is_empty() => {}
            Ok(_) => serve_guest(name, socket, shared, device)?,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("cannot wait for a guest: {error}")),
        }
    }
    Ok(())
}

/// Serves a guest until it goes, or the device ends.
fn serve_guest<D: Device>(
    name: &str,
    socket: &UnixListener,
    shared: &Arc<Shared>,
    device: &Arc<Mutex<D>>,
) -> Result<(), String> {
    lock(device).reset();
    let (end, ended) = mpsc::sync_channel(1);
    let memory = GuestMemoryAtomic::new(GuestMemoryMmap::new());
    let backend = Arc::new(Backend {
        device: device.clone(),
        shared: shared.clone(),
        memory: memory.clone(),
        requests: Mutex::new(None),
        closing: AtomicBool::new(false),
        kicked: (0..D::QUEUES).map(|_| AtomicBool::new(false)).collect(),
        end,
    });
    let mut daemon =
        VhostUserDaemon::new(name.to_owned(), backend.clone(), memory).map_err(|error| error.to_string())?;
    for handler in daemon.get_epoll_handlers() {
        handler
            .register_listener(shared.wake.as_raw_fd(), EventSet::IN, Backend::<D>::WAKE)
            .map_err(|error| error.to_string())?;
    }
    // A guest may have its first answer before the call below returns. Whoever asks for the connection then waits for its handle.
    let mut connection = lock(&shared.connection);
    let started = socket.try_clone().map_err(|error| error.to_string()).and_then(|socket| {
        // Somebody is at the door: it returns at once.
        daemon.start(&mut Listener::from(socket)).map_err(|error| error.to_string())
    });
    if started.is_ok() {
        *connection = daemon.shutdown_handle();
    }
    drop(connection);
    if started.is_ok() {
        if shared.ending.load(Ordering::Acquire) {
            shared.disconnect();
        }
        if let Err(error) = daemon.wait() {
            tracing::debug!("{name}: the guest is gone: {error}");
        }
        *lock(&shared.connection) = None;
    }
    backend.closing.store(true, Ordering::Release);
    shared.wake();
    if ended.recv_timeout(END).is_err() {
        return Err("the thread of its queues does not end".into());
    }
    started
}

/// One guest at the device.
struct Backend<D> {
    device: Arc<Mutex<D>>,
    shared: Arc<Shared>,
    memory: GuestMemoryAtomic<GuestMemoryMmap>,
    /// The guest learns of the queues' interrupt through it: dropped, the interrupt is gone.
    requests: Mutex<Option<vhost::vhost_user::Backend>>,
    closing: AtomicBool,
    /// Which queues the guest has kicked: a driver that still fills its queue must not hear from it.
    kicked: Vec<AtomicBool>,
    end: mpsc::SyncSender<()>,
}

impl<D: Device> Backend<D> {
    /// The event of the host's own; the number after the queues' is the crate's.
    const WAKE: u64 = D::QUEUES as u64 + 1;
}

impl<D: Device> VhostUserBackend for Backend<D> {
    type Bitmap = ();
    type Vring = VringMutex;

    fn num_queues(&self) -> usize {
        D::QUEUES
    }

    fn max_queue_size(&self) -> usize {
        QUEUE_SIZE
    }

    fn features(&self) -> u64 {
        D::FEATURES | 1 << VIRTIO_F_VERSION_1 | VhostUserVirtioFeatures::PROTOCOL_FEATURES.bits()
    }

    fn protocol_features(&self) -> VhostUserProtocolFeatures {
        let common = VhostUserProtocolFeatures::MQ
            | VhostUserProtocolFeatures::REPLY_ACK
            | VhostUserProtocolFeatures::BACKEND_REQ;
        match lock(&self.device).config() {
            Some(_) => common | VhostUserProtocolFeatures::CONFIG,
            None => common,
        }
    }

    // The rings know.
    fn set_event_idx(&self, _enabled: bool) {}

    fn get_config(&self, offset: u32, size: u32) -> Vec<u8> {
        let config = lock(&self.device).config().unwrap_or_default();
        let start = offset as usize;
        config.get(start..start.saturating_add(size as usize)).map(<[u8]>::to_vec).unwrap_or_default()
    }

    // The memory is shared with the rings already.
    fn update_memory(&self, _memory: GuestMemoryAtomic<GuestMemoryMmap>) -> io::Result<()> {
        Ok(())
    }

    fn set_backend_req_fd(&self, backend: vhost::vhost_user::Backend) {
        *lock(&self.requests) = Some(backend);
    }

    fn handle_event(&self, event: u16, _set: EventSet, vrings: &[VringMutex], _thread: usize) -> io::Result<()> {
        if u64::from(event) == Self::WAKE {
            // Before the look at what it may be about: one that comes later wakes again.
            take_signal(&self.shared.wake);
            if self.closing.load(Ordering::Acquire) {
                let _ = self.end.try_send(());
                // An error is how the crate's loop ends.
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        if let Some(kicked) = self.kicked.get(usize::from(event)) {
            kicked.store(true, Ordering::Release);
        }
        let begun = |number: usize| self.kicked.get(number).is_some_and(|kicked| kicked.load(Ordering::Acquire));
        let rings: Vec<_> = vrings
            .iter()
            .enumerate()
            .map(|(number, vring)| Ring::new(vring, &self.memory, &self.closing, begun(number)))
            .collect();
        lock(&self.device).serve(&rings);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::AtomicUsize;

    struct Counter(Arc<AtomicUsize>);

    impl Device for Counter {
        const QUEUES: usize = 1;
        const FEATURES: u64 = 0;

        fn reset(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }

        fn serve(&mut self, _rings: &[Ring<'_>]) {}
    }

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("pf-{name}-{}.sock", std::process::id()))
    }

    /// GET_FEATURES: {request: u32, flags: u32 (version 1), size: u32}.
    const GET_FEATURES: [u8; 12] = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

    fn features(stream: &mut UnixStream) -> io::Result<u64> {
        stream.write_all(&GET_FEATURES)?;
        let mut answer = [0; 20];
        stream.read_exact(&mut answer)?;
        let mut word = [0; 8];
        word.copy_from_slice(&answer[12..]);
        Ok(u64::from_le_bytes(word))
    }

    #[test]
    fn one_guest_after_another_is_served_and_the_end_leaves_nothing() {
        let (path, guests) = (path("guests"), Arc::new(AtomicUsize::new(0)));
        let daemon = Daemon::start(&path, Counter(guests.clone())).expect("it listens");
        // Often enough that an answer comes before the daemon's own thread goes on.
        for turn in 1..=100 {
            let mut guest = UnixStream::connect(&path).expect("it listens");
            // VERSION_1 (32) and PROTOCOL_FEATURES (30).
            assert_eq!(features(&mut guest).expect("an answer"), 1 << 32 | 1 << 30);
            assert_eq!(guests.load(Ordering::SeqCst), turn);
            assert!(daemon.shared().connected());
        }
        let device = Arc::downgrade(daemon.device());
        let mut last = UnixStream::connect(&path).expect("it listens");
        features(&mut last).expect("an answer");
        drop(daemon);
        assert!(!path.exists());
        assert!(device.upgrade().is_none(), "a thread still holds the device");
        assert!(features(&mut last).is_err());
    }

    #[test]
    fn a_guest_that_is_disconnected_may_come_again() {
        let (path, guests) = (path("again"), Arc::new(AtomicUsize::new(0)));
        let daemon = Daemon::start(&path, Counter(guests)).expect("it listens");
        for _ in 0..100 {
            let mut guest = UnixStream::connect(&path).expect("it listens");
            features(&mut guest).expect("an answer");
            daemon.shared().disconnect();
            assert!(features(&mut guest).is_err());
        }
        let mut guest = UnixStream::connect(&path).expect("it listens");
        features(&mut guest).expect("an answer");
    }

    #[test]
    fn nonsense_costs_a_guest_its_connection_and_nobody_else() {
        let (path, guests) = (path("nonsense"), Arc::new(AtomicUsize::new(0)));
        let _daemon = Daemon::start(&path, Counter(guests)).expect("it listens");
        for nonsense in [vec![], vec![0xff; 12], vec![0; 100], [&GET_FEATURES[..8], &[0xff; 4]].concat(), vec![5; 72]] {
            let mut guest = UnixStream::connect(&path).expect("it listens");
            // It may be cut off while it still talks.
            let _ = guest.write_all(&nonsense);
        }
        let mut guest = UnixStream::connect(&path).expect("it listens");
        features(&mut guest).expect("an answer");
    }

    #[test]
    fn a_path_that_is_taken_is_refused() {
        let path = path("taken");
        let (one, two) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let _daemon = Daemon::start(&path, Counter(one)).expect("it listens");
        let error = Daemon::start(&path, Counter(two)).map(drop).map_err(|error| error.to_string());
        let wanted = format!("{}: cannot listen: Address already in use (os error 98)", path.display());
        assert_eq!(error, Err(wanted));
    }
}
