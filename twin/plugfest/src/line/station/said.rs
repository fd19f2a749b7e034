//! What a station says and hears on its sockets, for whoever may not listen to the line itself: shown as it is, but judged by
//! nobody, for it has never been on a line.

use std::net::{SocketAddr, SocketAddrV6};

use capture::{Datagram, Direction, Event, How, TcpEvent, Totals};

use crate::line::clock::time_of_day;
use crate::line::listener::Listener;

/// The sockets of a station.
pub(super) struct Said {
    listener: Listener,
    station: Option<SocketAddrV6>,
    /// The number of the connection that is open or was last, and how many octets went each way.
    connection: u64,
    octets: [u64; 2],
    open: bool,
}

impl Said {
    pub(super) const fn new(listener: Listener) -> Self {
        Self { listener, station: None, connection: 0, octets: [0; 2], open: false }
    }

    /// The station accepts connections there.
    pub(super) const fn listening(&mut self, at: SocketAddrV6) {
        self.station = Some(at);
    }

    /// A datagram came, or is sent.
    pub(super) fn datagram(&mut self, car: SocketAddrV6, from_car: bool, payload: &[u8]) {
        let Some(mut station) = self.station else { return };
        station.set_port(iso15118::sdp::PORT);
        let ends = [SocketAddr::from(car), SocketAddr::from(station)];
        let [from, to] = if from_car { ends } else { [ends[1], ends[0]] };
        let (packet, time) = (self.listener.number(), time_of_day());
        self.tell(Event::Datagram(Datagram { packet, time, source: None, from, to, payload: payload.to_vec() }));
    }

    /// A car has connected.
    pub(super) fn opened(&mut self, car: SocketAddrV6) {
        let Some(station) = self.station else { return };
        self.connection += 1;
        (self.octets, self.open) = ([0; 2], true);
        let (packet, time) = (self.listener.number(), time_of_day());
        self.tcp(TcpEvent::Opened { from: car.into(), to: station.into(), seen_from_start: true, packet, time });
    }

    /// Octets came, or are sent.
    pub(super) fn data(&mut self, direction: Direction, octets: &[u8]) {
        if !self.open {
            return;
        }
        let count = &mut self.octets[usize::from(direction == Direction::Backward)];
        let offset = *count;
        *count += octets.len() as u64;
        let (packet, time) = (self.listener.number(), time_of_day());
        self.tcp(TcpEvent::Data { direction, offset, bytes: octets.to_vec(), packet, time });
    }

    /// The connection is over.
    pub(super) fn closed(&mut self, by: Direction) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let (packet, time) = (self.listener.number(), time_of_day());
        self.tcp(TcpEvent::Finished { direction: by, packet, time });
        self.tcp(TcpEvent::Closed { how: How::Fin, answered: true, totals: [Totals::default(); 2], packet, time });
    }

    fn tcp(&mut self, event: TcpEvent) {
        self.tell(Event::Tcp { connection: self.connection, event });
    }

    fn tell(&mut self, event: Event) {
        self.listener.event(event);
        // Nobody asks here.
        self.listener.take_seen();
    }
}
