//! TCP: who listens, who is connected, who still leaves.

use std::net::SocketAddrV6;
use std::time::Duration;

use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::wire::{IpAddress, IpEndpoint};
use units::Instant;

use crate::Event;
use crate::random::Random;

/// What waits for a slow peer.
const SENDING: usize = 64 * 1024;
/// What waits for a slow host. Below 64 KiB windows are never scaled, which `window` relies on.
const RECEIVING: usize = 16 * 1024;

/// A connection attempt that is not answered ends.
const DIALING: Duration = Duration::from_secs(5);
/// A peer that confirms nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(15);
/// How long the last words of a connection may take.
const LEAVING: Duration = Duration::from_secs(10);
/// Those who only begin to connect keep at most one of these; the other one waits for the next.
const MOST_WAITING: usize = 2;
const MOST_LEAVING: usize = 2;

/// A connection, and whether it moves.
#[derive(Debug)]
struct Open {
    socket: SocketHandle,
    peer: SocketAddrV6,
    /// So many octets were given to it.
    given: usize,
    /// So many the peer has confirmed, and when that was last so or nothing was left to confirm.
    confirmed: usize,
    moved: Instant,
}

/// The connection of the host.
#[derive(Debug)]
enum Current {
    None,
    /// It is asked for.
    Dialing {
        socket: SocketHandle,
        until: Instant,
    },
    /// It is open, and the host does not know yet.
    New(Open),
    /// It is open, and the host knows.
    Told(Open),
}

/// All there are.
#[derive(Debug)]
pub(crate) struct Connections {
    random: Random,
    /// Where peers may connect.
    port: Option<u16>,
    waiting: Vec<SocketHandle>,
    current: Current,
    /// A connection that the host knows of is gone, and he was not told yet.
    owes_closed: bool,
    /// They say their last words, until then.
    leaving: Vec<(SocketHandle, Instant)>,
}

fn socket() -> Socket<'static> {
    let mut socket = Socket::new(SocketBuffer::new(vec![0; RECEIVING]), SocketBuffer::new(vec![0; SENDING]));
    // Requests and responses follow each other within 25 ms: nobody waits for more to say.
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    socket
}

impl Connections {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            random: Random(seed),
            port: None,
            waiting: Vec::new(),
            current: Current::None,
            owes_closed: false,
            leaving: Vec::new(),
        }
    }

    pub(crate) fn listen(&mut self, sockets: &mut SocketSet<'static>, port: u16) {
        self.wait_nowhere(sockets);
        self.port = Some(port).filter(|port| *port != 0);
        self.wait(sockets);
    }

    pub(crate) fn stop_listening(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        self.wait_nowhere(sockets);
        self.abort(sockets, now);
    }

    fn wait_nowhere(&mut self, sockets: &mut SocketSet<'static>) {
        self.port = None;
        self.waiting.drain(..).for_each(|socket| {
            sockets.remove(socket);
        });
    }

    /// Sees to it that the next one who connects finds somebody.
    fn wait(&mut self, sockets: &mut SocketSet<'static>) {
        let Some(port) = self.port else { return };
        let is_free = |socket: &SocketHandle| sockets.get::<Socket<'_>>(*socket).state() == State::Listen;
        if self.waiting.len() < MOST_WAITING && !self.waiting.iter().any(is_free) {
            let mut socket = socket();
            // One who only begins to connect does not keep it.
            socket.set_timeout(Some(smoltcp::time::Duration::from_micros(DIALING.as_micros() as u64)));
            if socket.listen(port).is_ok() {
                self.waiting.push(sockets.add(socket));
            }
        }
    }

    pub(crate) fn connect(
        &mut self,
        sockets: &mut SocketSet<'static>,
        interface: &mut Interface,
        now: Instant,
        to: SocketAddrV6,
    ) {
        self.abort(sockets, now);
        let mut socket = socket();
        let peer = IpEndpoint::new(IpAddress::Ipv6(*to.ip()), to.port());
        match socket.connect(interface.context(), peer, self.random.port()) {
            Ok(()) => self.current = Current::Dialing { socket: sockets.add(socket), until: now + DIALING },
            // There is no such peer.
            Err(_) => self.owes_closed = true,
        }
    }

    pub(crate) fn send(&mut self, sockets: &mut SocketSet<'static>, now: Instant, octets: &[u8]) {
        let (Current::New(open) | Current::Told(open)) = &mut self.current else { return };
        let socket = sockets.get_mut::<Socket<'_>>(open.socket);
        if socket.send_queue() == 0 {
            open.moved = now;
        }
        match socket.send_slice(octets) {
            Ok(taken) if taken == octets.len() => open.given = open.given.wrapping_add(taken),
            Ok(_) => self.lose(sockets, now),
            // The peer is gone; that is told with the next event.
            Err(_) => {}
        }
    }

    pub(crate) fn close(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        self.end(sockets, now, Socket::close);
    }

    pub(crate) fn abort(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        self.end(sockets, now, Socket::abort);
    }

    /// The host ends it, and so nothing more is told.
    fn end(&mut self, sockets: &mut SocketSet<'static>, now: Instant, how: fn(&mut Socket<'static>)) {
        self.owes_closed = false;
        self.leave(sockets, now, how);
    }

    /// It ends by itself.
    fn lose(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        self.owes_closed |= match self.current {
            Current::None | Current::New(_) => false,
            Current::Dialing { .. } | Current::Told(_) => true,
        };
        self.leave(sockets, now, Socket::abort);
    }

    fn leave(&mut self, sockets: &mut SocketSet<'static>, now: Instant, how: fn(&mut Socket<'static>)) {
        let socket = match std::mem::replace(&mut self.current, Current::None) {
            Current::None => return,
            Current::Dialing { socket, .. } => socket,
            Current::New(open) | Current::Told(open) => open.socket,
        };
        how(sockets.get_mut(socket));
        if self.leaving.len() == MOST_LEAVING {
            let (oldest, _) = self.leaving.remove(0);
            sockets.remove(oldest);
        }
        self.leaving.push((socket, now + LEAVING));
    }

    pub(crate) fn next_event(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> Option<Event> {
        if std::mem::take(&mut self.owes_closed) {
            return Some(Event::Closed);
        }
        let open = match std::mem::replace(&mut self.current, Current::None) {
            Current::New(open) => {
                let peer = open.peer;
                self.current = Current::Told(open);
                return Some(Event::Connected { peer });
            }
            Current::Told(open) => open,
            current @ (Current::None | Current::Dialing { .. }) => {
                self.current = current;
                return None;
            }
        };
        let socket = sockets.get_mut::<Socket<'static>>(open.socket);
        let octets = socket.recv(|octets| (octets.len(), octets.to_vec())).unwrap_or_default();
        let goes_on = !octets.is_empty() || !is_over(socket.state());
        self.current = Current::Told(open);
        if goes_on {
            return (!octets.is_empty()).then_some(Event::Received(octets));
        }
        // The peer has said his last; so does this host.
        self.leave(sockets, now, Socket::close);
        Some(Event::Closed)
    }

    /// Takes what has become of the sockets; says whether that leaves more to do.
    pub(crate) fn step(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> bool {
        let changed = self.step_current(sockets, now) | self.accept(sockets, now);
        self.wait(sockets);
        let gone = |(socket, until): &(SocketHandle, Instant)| {
            let socket = sockets.get::<Socket<'_>>(*socket);
            // A socket that was aborted knows its peer until it has told him so.
            (socket.state() == State::Closed && socket.remote_endpoint().is_none()) || *until <= now
        };
        let (gone, leaving) = std::mem::take(&mut self.leaving).into_iter().partition(gone);
        self.leaving = leaving;
        for (socket, _) in gone as Vec<(SocketHandle, Instant)> {
            sockets.remove(socket);
        }
        changed
    }

    fn step_current(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> bool {
        let is_lost = match &mut self.current {
            Current::None => return false,
            Current::Dialing { socket, until } => {
                let dialed = sockets.get::<Socket<'_>>(*socket);
                match (dialed.state(), peer(dialed)) {
                    (State::SynSent | State::SynReceived, _) => *until <= now,
                    (State::Closed | State::Listen | State::TimeWait, _) | (_, None) => true,
                    (_, Some(peer)) => {
                        self.current = Current::New(Open::new(*socket, peer, now));
                        return false;
                    }
                }
            }
            Current::New(open) | Current::Told(open) => {
                let waits = sockets.get::<Socket<'_>>(open.socket).send_queue();
                let confirmed = open.given.wrapping_sub(waits);
                if waits == 0 || confirmed != open.confirmed {
                    (open.confirmed, open.moved) = (confirmed, now);
                }
                open.moved + SILENCE <= now
            }
        };
        if is_lost {
            self.lose(sockets, now);
        }
        is_lost
    }

    /// Who has connected takes the place of the one before.
    fn accept(&mut self, sockets: &mut SocketSet<'static>, now: Instant) -> bool {
        let is_there = |socket: &SocketHandle| match sockets.get::<Socket<'_>>(*socket).state() {
            State::Listen | State::SynReceived | State::SynSent => false,
            State::Established
            | State::CloseWait
            | State::FinWait1
            | State::FinWait2
            | State::Closing
            | State::LastAck
            | State::TimeWait
            | State::Closed => true,
        };
        let Some(index) = self.waiting.iter().position(is_there) else { return false };
        let socket = self.waiting.remove(index);
        let accepted = sockets.get_mut::<Socket<'static>>(socket);
        accepted.set_timeout(None);
        match peer(accepted).filter(|_| accepted.state() != State::Closed) {
            Some(peer) => {
                self.lose(sockets, now);
                self.current = Current::New(Open::new(socket, peer, now));
            }
            // It has only begun, and came to nothing.
            None => {
                sockets.remove(socket);
            }
        }
        true
    }

    pub(crate) fn next_change(&self, sockets: &SocketSet<'static>) -> Option<Instant> {
        let current = match &self.current {
            Current::None => None,
            Current::Dialing { until, .. } => Some(*until),
            Current::New(open) | Current::Told(open) => {
                let waits = sockets.get::<Socket<'_>>(open.socket).send_queue() > 0;
                waits.then(|| open.moved + SILENCE)
            }
        };
        self.leaving.iter().map(|(_, until)| *until).chain(current).min()
    }
}

impl Open {
    const fn new(socket: SocketHandle, peer: SocketAddrV6, now: Instant) -> Self {
        Self { socket, peer, given: 0, confirmed: 0, moved: now }
    }
}

/// Whether the peer says nothing more.
const fn is_over(state: State) -> bool {
    match state {
        State::CloseWait | State::Closed | State::Closing | State::LastAck | State::TimeWait | State::Listen => true,
        State::SynSent | State::SynReceived | State::Established | State::FinWait1 | State::FinWait2 => false,
    }
}

fn peer(socket: &Socket<'_>) -> Option<SocketAddrV6> {
    let remote = socket.remote_endpoint()?;
    let IpAddress::Ipv6(address) = remote.addr else { return None };
    Some(SocketAddrV6::new(address, remote.port, 0, 0))
}
