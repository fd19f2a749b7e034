//! The network behind a guest's card: one neighbour, through which the guest reaches servers of this machine.
//!
//! The guest is 192.0.2.2, the neighbour 192.0.2.1. A TCP connection to 192.0.2.1:PORT goes on to 127.0.0.1:PORT here, for ports
//! on a list; nothing else is answered but ARP and ping. It needs no privilege: the frames are read from a socket, and TCP is
//! spoken by a stack of our own (smoltcp).
//!
//! A connection is accepted before the server here is asked; when that refuses, the guest sees its connection reset.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as StackInstant;
use smoltcp::wire::{EthernetAddress, IpCidr};

use hil_vhost::Clock;

/// The neighbour's address.
pub const HOST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The guest's address.
pub const GUEST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

const PREFIX: u8 = 24;
const MAC: EthernetAddress = EthernetAddress([0x02, 0, 0, 0, 2, 1]);
const MTU: usize = 1514;

/// How many connections there may be at a time.
const CONNECTIONS: usize = 8;
/// What a connection buffers in each direction.
const BUFFER: usize = 64 * 1024;
/// How many ports may be passed on.
const PORTS: usize = 16;
/// A guest from which nothing comes for so long, although it is asked, has forgotten the connection.
const SILENCE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(10);
/// How often it is asked when there is nothing else to say.
const PROBE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(3);
/// How long the thread may take to end.
const END: Duration = Duration::from_secs(2);

/// The network of one card. Ends when it is dropped; connections are cut then.
#[derive(Debug)]
pub struct Lan {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
    ended: mpsc::Receiver<()>,
}

#[derive(Debug)]
struct Shared {
    stop: OwnedFd,
    ending: AtomicBool,
    connections: AtomicUsize,
}

impl Lan {
    /// Is the neighbour at a card's socket ([`crate::guest::Guest::net`]), and passes connections to these ports on, at most 16
    /// of them.
    ///
    /// # Errors
    /// The system has no event or thread left, or the socket cannot be used.
    pub fn start(card: OwnedFd, ports: &[u16], now: Clock) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&card, true)?;
        let shared = Arc::new(Shared {
            stop: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?,
            ending: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let ports: Vec<u16> = ports.iter().copied().filter(|port| *port != 0).take(PORTS).collect();
        let (end, ended) = mpsc::channel();
        let mine = shared.clone();
        let thread = thread::Builder::new().name("lan".into()).spawn(move || {
            if let Err(error) = Gateway::new(card, &ports, now).run(&mine) {
                tracing::warn!("the guest's network ends: {error}");
            }
            let _ = end.send(());
        })?;
        Ok(Self { shared, thread: Some(thread), ended })
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        // It can only fail when the counter is full: then it is signalled.
        let _ = rustix::io::write(&self.shared.stop, &1_u64.to_ne_bytes());
        if self.ended.recv_timeout(END) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the thread of a guest's network does not end");
        } else if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The card's socket as a device of the stack.
struct Card {
    socket: OwnedFd,
    buffer: Vec<u8>,
    gone: bool,
}

struct Frame(Vec<u8>);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

struct Sending<'a>(&'a OwnedFd);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        // A guest that takes nothing loses the frame, as on a wire; one that is gone is noticed by the next receive.
        let _ = rustix::io::write(self.0, &frame);
        result
    }
}

impl Device for Card {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _now: StackInstant) -> Option<(Frame, Sending<'_>)> {
        match rustix::io::read(&self.socket, &mut self.buffer) {
            Ok(0) => self.gone = true,
            Ok(length) => return Some((Frame(self.buffer[..length].to_vec()), Sending(&self.socket))),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.gone = true,
        }
        None
    }

    fn transmit(&mut self, _now: StackInstant) -> Option<Sending<'_>> {
        Some(Sending(&self.socket))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

/// A connection that is passed on.
struct Connection {
    guest: SocketHandle,
    server: TcpStream,
    state: Server,
}

/// How far the server's side is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Server {
    Connecting,
    /// Bytes go both ways, until either end has sent its last.
    Open {
        guest_done: bool,
        server_done: bool,
    },
}

struct Gateway {
    card: Card,
    interface: Interface,
    sockets: SocketSet<'static>,
    /// One socket a port waits for the guest.
    waiting: Vec<(u16, SocketHandle)>,
    connections: Vec<Connection>,
    now: Clock,
}

impl Gateway {
    fn new(socket: OwnedFd, ports: &[u16], now: Clock) -> Self {
        let mut card = Card { socket, buffer: vec![0; 64 * 1024], gone: false };
        let mut config = Config::new(MAC.into());
        // Initial sequence numbers: the guest is the only neighbour, nobody guesses them.
        config.random_seed = 0x5eed;
        let mut interface = Interface::new(config, &mut card, instant(&now));
        interface.update_ip_addrs(|addresses| {
            // There is room for the first.
            let _ = addresses.push(IpCidr::new(HOST.into(), PREFIX));
        });
        let mut gateway = Self {
            card,
            interface,
            sockets: SocketSet::new(Vec::new()),
            waiting: Vec::new(),
            connections: Vec::new(),
            now,
        };
        for port in ports {
            gateway.listen(*port);
        }
        gateway
    }

    fn listen(&mut self, port: u16) {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        // A guest that has forgotten a connection, as one does that starts anew, must not keep its place.
        socket.set_timeout(Some(SILENCE));
        socket.set_keep_alive(Some(PROBE));
        // It refuses port 0 alone, which the list does not have.
        if socket.listen(port).is_ok() {
            self.waiting.push((port, self.sockets.add(socket)));
        }
    }

    fn run(mut self, shared: &Shared) -> io::Result<()> {
        while !shared.ending.load(Ordering::Acquire) && !self.card.gone {
            // Until nothing moves: what the stack hands over may make room for more.
            while self.look() && !shared.ending.load(Ordering::Acquire) {}
            shared.connections.store(self.connections.len(), Ordering::Relaxed);
            self.sleep(shared)?;
        }
        Ok(())
    }

    /// Goes as far as it goes now. Says whether anything moved.
    fn look(&mut self) -> bool {
        let polled = self.interface.poll(instant(&self.now), &mut self.card, &mut self.sockets);
        self.accept();
        self.pass_on() || polled != smoltcp::iface::PollResult::None
    }

    /// Takes what the guest has opened, and waits at the port anew.
    fn accept(&mut self) {
        for (port, guest) in std::mem::take(&mut self.waiting) {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(guest);
            if matches!(socket.state(), tcp::State::Listen | tcp::State::SynReceived) {
                self.waiting.push((port, guest));
                continue;
            }
            let server = (self.connections.len() < CONNECTIONS).then(|| dial(port));
            match server {
                Some(Ok(server)) => {
                    self.connections.push(Connection { guest, server, state: Server::Connecting });
                }
                Some(Err(_)) | None => {
                    socket.abort();
                    // The reset goes out with the next poll; the socket is not ours any more.
                    self.interface.poll(instant(&self.now), &mut self.card, &mut self.sockets);
                    self.sockets.remove(guest);
                }
            }
            self.listen(port);
        }
    }

    /// Moves bytes as far as they go. Says whether any moved.
    fn pass_on(&mut self) -> bool {
        let mut moved = false;
        let mut over = Vec::new();
        for (index, connection) in self.connections.iter_mut().enumerate() {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(connection.guest);
            match connection.exchange(socket) {
                Ok(bytes) => moved |= bytes,
                Err(_) => socket.abort(),
            }
            if !socket.is_open() {
                over.push(index);
            }
        }
        if !over.is_empty() {
            // A reset is still to be sent.
            self.interface.poll(instant(&self.now), &mut self.card, &mut self.sockets);
            for index in over.into_iter().rev() {
                let connection = self.connections.swap_remove(index);
                self.sockets.remove(connection.guest);
            }
            moved = true;
        }
        moved
    }

    fn sleep(&mut self, shared: &Shared) -> io::Result<()> {
        let limit = self.interface.poll_delay(instant(&self.now), &self.sockets).map(|delay| Timespec {
            tv_sec: delay.secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(delay.micros() % 1_000_000).unwrap_or(0) * 1000,
        });
        let mut waits = vec![PollFd::new(&self.card.socket, PollFlags::IN), PollFd::new(&shared.stop, PollFlags::IN)];
        for connection in &self.connections {
            let socket = self.sockets.get::<tcp::Socket<'_>>(connection.guest);
            let flags = connection.waits_for(socket);
            // Without a flag it would still tell a hang-up, again and again.
            if !flags.is_empty() {
                waits.push(PollFd::from_borrowed_fd(connection.server.as_fd(), flags));
            }
        }
        match poll(&mut waits, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Connection {
    /// Moves bytes in both directions; an error cuts the connection.
    fn exchange(&mut self, guest: &mut tcp::Socket<'_>) -> io::Result<bool> {
        if self.state == Server::Connecting {
            match sockopt::socket_error(&self.server)? {
                Err(error) => return Err(error.into()),
                Ok(()) if self.server.peer_addr().is_err() => return Ok(false),
                Ok(()) => self.state = Server::Open { guest_done: false, server_done: false },
            }
        }
        let Server::Open { mut guest_done, mut server_done } = self.state else { return Ok(false) };
        let mut moved = false;
        while guest.can_recv() {
            match guest.recv(|bytes| ok_or_zero(self.server.write(bytes))) {
                Ok(Ok(0)) => break,
                Ok(Ok(_)) => moved = true,
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        // The guest has sent its last, and the server has all of it.
        if !guest_done && !guest.may_recv() && guest.recv_queue() == 0 && guest.state() != tcp::State::SynReceived {
            self.server.shutdown(Shutdown::Write)?;
            guest_done = true;
            moved = true;
        }
        while !server_done && guest.can_send() {
            let mut last = false;
            let sent = guest.send(|room| match self.server.read(room) {
                Ok(0) => {
                    last = true;
                    (0, Ok(0))
                }
                other => ok_or_zero(other),
            });
            if last {
                guest.close();
                server_done = true;
                moved = true;
            }
            match sent {
                Ok(Ok(0)) => break,
                Ok(Ok(_)) => moved = true,
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        self.state = Server::Open { guest_done, server_done };
        Ok(moved)
    }

    fn waits_for(&self, guest: &tcp::Socket<'_>) -> PollFlags {
        match self.state {
            Server::Connecting => PollFlags::OUT,
            Server::Open { server_done, .. } => {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, !server_done && guest.can_send());
                flags.set(PollFlags::OUT, guest.can_recv());
                flags
            }
        }
    }
}

/// How many bytes of a buffer were used; none when the other end is not ready.
fn ok_or_zero(result: io::Result<usize>) -> (usize, io::Result<usize>) {
    match result {
        Ok(length) => (length, Ok(length)),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => (0, Ok(0)),
        Err(error) => (0, Err(error)),
    }
}

/// Begins a connection to a server of this machine.
fn dial(port: u16) -> io::Result<TcpStream> {
    let socket =
        socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)?;
    match connect(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    let server = TcpStream::from(socket);
    server.set_nodelay(true)?;
    Ok(server)
}

fn instant(now: &Clock) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now().as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    use rustix::net::socketpair;
    use smoltcp::iface::PollResult;
    use units::Instant;

    const SOON: Duration = Duration::from_secs(10);

    /// A clock that both ends share and that goes on by itself, a millisecond a look: while one end waits for its timer, the
    /// looks of the other bring it there.
    fn clock() -> Clock {
        let looks = AtomicUsize::new(0);
        Arc::new(move || Instant::from_millis(looks.fetch_add(1, Ordering::Relaxed) as u64))
    }

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair")
    }

    /// The guest's end: a stack of its own.
    struct Peer {
        card: Card,
        interface: Interface,
        sockets: SocketSet<'static>,
        now: Clock,
    }

    impl Peer {
        fn new(socket: OwnedFd, now: Clock) -> Self {
            rustix::io::ioctl_fionbio(&socket, true).expect("a socket");
            let mut card = Card { socket, buffer: vec![0; 65536], gone: false };
            let mac = EthernetAddress([2, 0, 0, 0, 1, 2]);
            let mut interface = Interface::new(Config::new(mac.into()), &mut card, instant(&now));
            interface.update_ip_addrs(|addresses| {
                addresses.push(IpCidr::new(GUEST.into(), PREFIX)).expect("room");
            });
            Self { card, interface, sockets: SocketSet::new(Vec::new()), now }
        }

        fn dial(&mut self, port: u16, local: u16) -> SocketHandle {
            let buffer = || tcp::SocketBuffer::new(vec![0; 16 * 1024]);
            let mut socket = tcp::Socket::new(buffer(), buffer());
            socket.connect(self.interface.context(), (HOST, port), local).expect("it begins");
            self.sockets.add(socket)
        }

        /// Says whether anything moved.
        fn look(&mut self) -> bool {
            self.interface.poll(instant(&self.now), &mut self.card, &mut self.sockets) != PollResult::None
        }

        /// Goes on until the work says it is done.
        fn run(&mut self, mut done: impl FnMut(&mut SocketSet<'static>) -> bool) {
            loop {
                let moved = self.look();
                if done(&mut self.sockets) {
                    return;
                }
                assert!(!self.card.gone, "the other end is gone");
                if !moved {
                    let limit = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
                    poll(&mut [PollFd::new(&self.card.socket, PollFlags::IN)], Some(&limit)).expect("a poll");
                }
            }
        }
    }

    fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || {
                    let mut reader = stream.try_clone().expect("a clone");
                    io::copy(&mut reader, &mut &stream)
                });
            }
        });
        port
    }

    /// Sends everything, ends, reads to the end; what came back.
    fn exchange(peer: &mut Peer, handle: SocketHandle, bytes: &[u8]) -> Vec<u8> {
        let (mut sent, mut closed, mut back) = (0, false, Vec::new());
        peer.run(|sockets| {
            let socket = sockets.get_mut::<tcp::Socket<'_>>(handle);
            if socket.can_send() && sent < bytes.len() {
                sent += socket.send_slice(&bytes[sent..]).expect("it is open");
            }
            if sent == bytes.len() && !closed && socket.may_send() {
                socket.close();
                closed = true;
            }
            while socket.can_recv() {
                socket.recv(|part| (part.len(), back.extend_from_slice(part))).expect("it is open");
            }
            closed && matches!(socket.state(), tcp::State::TimeWait | tcp::State::Closed)
        });
        back
    }

    #[test]
    fn a_connection_goes_through_and_ends_when_both_ends_have_ended_it() {
        let (ours, theirs) = pair();
        let port = echo();
        let now = clock();
        let lan = Lan::start(ours, &[port], now.clone()).expect("it starts");
        let mut peer = Peer::new(theirs, now);
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        // One after another, more than may be open at a time.
        for local in 0..10 {
            let handle = peer.dial(port, 50_000 + local);
            assert!(exchange(&mut peer, handle, &bytes) == bytes);
            // The socket stays, as a kernel's would: it acknowledges the other end's last word.
        }
        while lan.connections() > 0 {
            peer.run(|_| true);
            thread::yield_now();
        }
    }

    #[test]
    fn a_connection_that_is_silent_stays_and_one_that_the_guest_has_forgotten_ends() {
        // Both ends on one thread: each has looked before time goes on.
        let time = Arc::new(AtomicUsize::new(0));
        let hand = time.clone();
        let now: Clock = Arc::new(move || Instant::from_millis(hand.load(Ordering::Relaxed) as u64));
        let (ours, theirs) = pair();
        rustix::io::ioctl_fionbio(&ours, true).expect("a socket");
        let port = echo();
        let mut gateway = Gateway::new(ours, &[port], now.clone());
        let mut peer = Peer::new(theirs, now);
        let mut pass = |peer: &mut Peer, millis: usize| {
            for _ in 0..millis / 100 {
                time.fetch_add(100, Ordering::Relaxed);
                while gateway.look() || peer.look() {}
            }
            gateway.connections.len()
        };
        let handle = peer.dial(port, 50_000);
        // The echo is a server of its own, which takes time of its own.
        let mut echoed = |peer: &mut Peer, text: &[u8]| {
            while !peer.sockets.get_mut::<tcp::Socket<'_>>(handle).may_send() {
                pass(peer, 100);
            }
            peer.sockets.get_mut::<tcp::Socket<'_>>(handle).send_slice(text).expect("it is open");
            let mut back = vec![0; text.len()];
            while peer.sockets.get_mut::<tcp::Socket<'_>>(handle).recv_queue() < text.len() {
                pass(peer, 100);
                thread::yield_now();
            }
            peer.sockets.get_mut::<tcp::Socket<'_>>(handle).recv_slice(&mut back).expect("it is open");
            assert_eq!(back, text);
            pass(peer, 60_000)
        };
        assert_eq!(echoed(&mut peer, b"here"), 1);
        assert_eq!(echoed(&mut peer, b"still here"), 1);
        peer.sockets.remove(handle);
        assert_eq!(pass(&mut peer, 15_000), 0);
    }

    #[test]
    fn a_port_that_is_not_on_the_list_refuses_and_one_without_a_server_resets() {
        let (ours, theirs) = pair();
        let port = echo();
        let dead = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it was bound").port();
        let now = clock();
        let _lan = Lan::start(ours, &[dead], now.clone()).expect("it starts");
        let mut peer = Peer::new(theirs, now);
        for (number, port) in [port, dead].into_iter().enumerate() {
            let handle = peer.dial(port, 50_000 + number as u16);
            peer.run(|sockets| sockets.get_mut::<tcp::Socket<'_>>(handle).state() == tcp::State::Closed);
        }
    }

    #[test]
    fn connections_are_bounded_and_a_place_is_free_again_after_an_end() {
        let (ours, theirs) = pair();
        let port = echo();
        let now = clock();
        let lan = Lan::start(ours, &[port], now.clone()).expect("it starts");
        let mut peer = Peer::new(theirs, now);
        let mut open = Vec::new();
        for local in 0..8 {
            let handle = peer.dial(port, 50_000 + local);
            peer.run(|sockets| sockets.get_mut::<tcp::Socket<'_>>(handle).may_send());
            // Until it is passed on: the echo of a byte.
            peer.sockets.get_mut::<tcp::Socket<'_>>(handle).send_slice(b"x").expect("it is open");
            peer.run(|sockets| sockets.get_mut::<tcp::Socket<'_>>(handle).can_recv());
            open.push(handle);
        }
        let ninth = peer.dial(port, 50_100);
        peer.run(|sockets| sockets.get_mut::<tcp::Socket<'_>>(ninth).state() == tcp::State::Closed);
        peer.sockets.get_mut::<tcp::Socket<'_>>(open[0]).abort();
        peer.run(|_| true);
        while lan.connections() == 8 {
            peer.run(|_| true);
            thread::yield_now();
        }
        let handle = peer.dial(port, 50_200);
        assert_eq!(exchange(&mut peer, handle, b"again"), b"again");
    }

    #[test]
    fn garbage_on_the_wire_does_no_harm_and_a_guest_that_goes_ends_the_thread() {
        let (ours, theirs) = pair();
        let lan = Lan::start(ours, &[1], clock()).expect("it starts");
        for length in [1, 13, 14, 15, 20, 60, 1514, 4000] {
            for byte in [0x00, 0x08, 0x45, 0xff] {
                rustix::io::write(&theirs, &vec![byte; length]).expect("it is taken");
            }
        }
        drop(theirs);
        assert_eq!(lan.ended.recv_timeout(SOON), Ok(()));
    }
}
