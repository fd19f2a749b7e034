//! Follows all conversations of a capture.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use capture::{Datagram, Direction, Event, How, Remark, TcpEvent, Trouble};
use iso15118::v2gtp::Frame;
use iso15118::wire::{Side, Sighting, What};
use iso15118::{Protocol, sdp};
use tls_reader::KeyLog;

use crate::side::side;
use crate::stream::{Moment, Stream, Told, index};

/// What is known beside the capture.
#[derive(Debug, Default)]
pub struct Options {
    /// The generation, for connections that were not seen from their beginning; else it is found from the messages.
    pub protocol: Option<Protocol>,
    /// Secrets of TLS connections.
    pub key_log: KeyLog,
}

/// Something that was seen.
#[derive(Clone, Debug)]
pub enum Seen {
    /// In a conversation.
    In {
        /// Its number, counted from 1.
        conversation: u64,
        /// Who sent it, as far as that is known. What the sighting itself says is only assumed where this is `None`: the capture
        /// begins in the middle of a connection, and nothing has said yet which end is the car.
        from: Option<Side>,
        /// What.
        sighting: Sighting,
    },
    /// The capture itself: something was lost or cannot be read.
    Remark(Remark),
    /// Wrong lines of a key log that the capture carries.
    Secrets(String),
}

/// A TCP connection.
enum Connection {
    /// It has said nothing yet.
    Silent {
        opened: Moment,
        seen_from_start: bool,
        /// The port with which it was opened.
        port: u16,
        /// How many octets are missing before the first that was seen: of who opened it, and of the other.
        lost: [u64; 2],
        /// Both ends have addresses of the link, as cars and stations have.
        on_link: bool,
    },
    /// It is part of a conversation.
    Followed { conversation: u64, stream: Box<Stream> },
    /// It speaks of something else.
    Other,
}

/// The first end of a connection: of one of its two streams.
struct Finished {
    by: Direction,
    when: Moment,
    /// Nothing came since, of the other stream either.
    is_last: bool,
}

/// How far the latest conversation is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// Nothing was seen of it.
    Nothing,
    /// Matching or discovery.
    Before,
    /// It has its connection.
    Connected,
    /// That is over.
    Over,
}

/// Follows all conversations of a capture.
pub struct Follower {
    options: Options,
    connections: BTreeMap<u64, Connection>,
    /// Who said first that it will send no more, in connections that are not over.
    finished: BTreeMap<u64, Finished>,
    /// Connections of conversations that are over: what comes late in one of them is still told.
    followed: BTreeSet<u64>,
    latest: u64,
    stage: Stage,
    /// The port at which the station said last that it waits.
    announced: Option<u16>,
    /// The time of the first packet, in nanoseconds since 1970.
    start: Option<u64>,
    /// The last packet in which something was seen.
    last: Option<Moment>,
    out: Vec<Seen>,
}

/// fe80::/10.
const fn is_link_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}

/// A record of TLS: its type, a version from SSL 3 to TLS 1.3, a length that can be.
const fn is_tls_record(octets: &[u8]) -> bool {
    matches!(octets, [20..=23, 3, 0..=4, 0..=0x48, _, ..])
}

/// The EtherType of HomePlug.
const HOMEPLUG: u16 = 0x88e1;

/// So many connections that are over are remembered, as many as a reader of captures keeps.
const REMEMBERED: usize = 1024;

fn seen(conversation: u64, told: Told) -> Seen {
    let Told { from, sighting } = told;
    Seen::In { conversation, from, sighting }
}

impl Follower {
    /// Has seen nothing yet.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            connections: BTreeMap::new(),
            finished: BTreeMap::new(),
            followed: BTreeSet::new(),
            latest: 1,
            stage: Stage::Nothing,
            announced: None,
            start: None,
            last: None,
            out: Vec::new(),
        }
    }

    /// What was seen since it was asked last, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Seen> {
        self.out.drain(..)
    }

    fn moment(&mut self, packet: u64, time: u64) -> Moment {
        let start = *self.start.get_or_insert(time);
        let moment = Moment { packet, at: Duration::from_nanos(time.saturating_sub(start)) };
        self.last = Some(moment);
        moment
    }

    fn tell(&mut self, conversation: u64, moment: Moment, what: What) {
        let sighting = Sighting { packet: moment.packet, at: moment.at, what };
        self.out.push(Seen::In { conversation, from: side(&sighting.what), sighting });
    }

    /// Something was found in the capture.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Frame(frame) if frame.ether_type == HOMEPLUG => self.homeplug(&frame),
            Event::Frame(_) => {}
            Event::Datagram(datagram) => self.datagram(&datagram),
            Event::Tcp { connection, event } => self.tcp(connection, event),
            Event::Secrets(secrets) => {
                for complaint in self.options.key_log.add(&secrets.text) {
                    self.out.push(Seen::Secrets(complaint.to_string()));
                }
                // Before the first packet there is no connection.
                let Some(moment) = self.last else { return };
                for connection in self.connections.values_mut() {
                    if let Connection::Followed { conversation, stream } = connection {
                        let mut told = Vec::new();
                        stream.more_secrets(moment, &self.options.key_log, &mut told);
                        self.out.extend(told.into_iter().map(|told| seen(*conversation, told)));
                    }
                }
            }
            Event::Remark(remark) if self.is_elsewhere(&remark.trouble) => {}
            Event::Remark(remark) => self.out.push(Seen::Remark(remark)),
        }
    }

    /// Whether it is about a connection that no car and no station speak in.
    fn is_elsewhere(&self, trouble: &Trouble) -> bool {
        let (Trouble::BeforeStart { connection } | Trouble::AfterEnd { connection }) = trouble else { return false };
        match self.connections.get(connection) {
            Some(Connection::Silent { .. } | Connection::Followed { .. }) => false,
            Some(Connection::Other) => true,
            None => !self.followed.contains(connection),
        }
    }

    /// A car begins with matching or discovery.
    fn begins(&mut self) {
        if self.stage == Stage::Over {
            self.latest += 1;
            self.stage = Stage::Nothing;
        }
        if self.stage == Stage::Nothing {
            self.stage = Stage::Before;
        }
    }

    fn homeplug(&mut self, frame: &capture::Frame) {
        let moment = self.moment(frame.packet, frame.time);
        // A cooked capture has no addresses of Ethernet; the frame gets those that are known.
        let mut octets = frame.destination.unwrap_or_default().to_vec();
        octets.extend(frame.source.unwrap_or_default());
        octets.extend(HOMEPLUG.to_be_bytes());
        octets.extend(frame.payload());
        let what = match slac::Frame::decode(&octets) {
            Ok(frame) => {
                if frame.message.is_of_matching() {
                    self.begins();
                }
                What::Slac(Box::new(frame))
            }
            Err(_) if frame.uncaptured > 0 => {
                let captured = frame.bytes.len();
                let trouble = Trouble::CutFrame { captured, length: captured + frame.uncaptured };
                self.out.push(Seen::Remark(Remark { packet: frame.packet, time: frame.time, trouble }));
                return;
            }
            Err(error) => What::UnreadableSlac(error),
        };
        self.tell(self.latest, moment, what);
    }

    fn datagram(&mut self, datagram: &Datagram) {
        if datagram.from.port() != sdp::PORT && datagram.to.port() != sdp::PORT {
            return;
        }
        let moment = self.moment(datagram.packet, datagram.time);
        let what = match Frame::decode(&datagram.payload) {
            Ok(Some((Frame { payload_type, payload }, _))) => match sdp::Message::decode(payload_type, &payload) {
                Ok(message) => {
                    self.begins();
                    if let sdp::Message::Response(response) = message {
                        self.announced = Some(response.port);
                    }
                    What::Sdp(message)
                }
                Err(error) => What::UnreadableSdp(error.to_string()),
            },
            Ok(None) => What::UnreadableSdp(format!(
                "a datagram of {} octets ends in the middle of its frame",
                datagram.payload.len()
            )),
            Err(error) => What::UnreadableSdp(error.to_string()),
        };
        self.tell(self.latest, moment, what);
    }

    fn tcp(&mut self, id: u64, event: TcpEvent) {
        match event {
            TcpEvent::Opened { from, to, seen_from_start, packet, time } => {
                let opened = self.moment(packet, time);
                let on_link =
                    [from, to].iter().all(|end| matches!(end, SocketAddr::V6(end) if is_link_local(*end.ip())));
                let silent = Connection::Silent { opened, seen_from_start, port: to.port(), lost: [0; 2], on_link };
                self.connections.insert(id, silent);
            }
            TcpEvent::Data { direction, bytes, packet, time, .. } => {
                let moment = self.moment(packet, time);
                if let Some(finished) = self.finished.get_mut(&id) {
                    finished.is_last = false;
                }
                self.speaks(id, &bytes, moment);
                self.in_stream(id, |stream, key_log, out| stream.data(direction, &bytes, moment, key_log, out));
            }
            TcpEvent::Gap { direction, bytes, packet, time, .. } => {
                let moment = self.moment(packet, time);
                if let Some(Connection::Silent { lost, .. }) = self.connections.get_mut(&id) {
                    lost[index(direction)] += bytes;
                }
                self.in_stream(id, |stream, _, out| stream.gap(direction, bytes, moment, out));
            }
            TcpEvent::Finished { direction, packet, time } => {
                let when = self.moment(packet, time);
                self.finished.entry(id).or_insert(Finished { by: direction, when, is_last: true });
            }
            TcpEvent::Duplicate { .. } => {}
            TcpEvent::Closed { how, packet, time, .. } => {
                let moment = self.moment(packet, time);
                self.closed(id, how, moment);
            }
        }
    }

    /// The first octets of a connection tell what it is.
    fn speaks(&mut self, id: u64, octets: &[u8], moment: Moment) {
        let Some(Connection::Silent { opened, seen_from_start, port, lost, on_link }) = self.connections.get(&id)
        else {
            return;
        };
        let (opened, seen_from_start, port, lost, on_link) = (*opened, *seen_from_start, *port, *lost, *on_link);
        let is_announced = self.announced == Some(port);
        if !is_announced && !Stream::is_known(octets) {
            if on_link && !seen_from_start && is_tls_record(octets) {
                let conversation = self.connects(opened, seen_from_start);
                let why = "its handshake is not in the capture".to_owned();
                self.tell(conversation, moment, What::TlsStopped { from: None, why });
                self.stage = Stage::Over;
            }
            self.connections.insert(id, Connection::Other);
            return;
        }
        let car_opened = seen_from_start || is_announced;
        let stream = Box::new(Stream::new(seen_from_start, car_opened, self.options.protocol, octets));
        let conversation = self.connects(opened, seen_from_start);
        self.connections.insert(id, Connection::Followed { conversation, stream });
        for (direction, lost) in Direction::BOTH.into_iter().zip(lost).filter(|(_, lost)| *lost > 0) {
            self.in_stream(id, |stream, _, out| stream.gap(direction, lost, moment, out));
        }
    }

    fn connects(&mut self, opened: Moment, from_the_start: bool) -> u64 {
        if matches!(self.stage, Stage::Connected | Stage::Over) {
            self.latest += 1;
        }
        self.stage = Stage::Connected;
        self.tell(self.latest, opened, What::Opened { from_the_start });
        self.latest
    }

    fn in_stream(&mut self, id: u64, follow: impl FnOnce(&mut Stream, &KeyLog, &mut Vec<Told>)) {
        if let Some(Connection::Followed { conversation, stream }) = self.connections.get_mut(&id) {
            let mut told = Vec::new();
            follow(stream, &self.options.key_log, &mut told);
            self.out.extend(told.into_iter().map(|told| seen(*conversation, told)));
        }
    }

    fn closed(&mut self, id: u64, how: How, moment: Moment) {
        let finished = self.finished.remove(&id);
        // What comes after the first FIN, answers and the same again, is none of the closing.
        let moment = finished.as_ref().filter(|finished| finished.is_last).map_or(moment, |finished| finished.when);
        let finished = finished.map(|finished| finished.by);
        let (by, reset) = match how {
            // Who has sent everything may be answered with a reset, or not at all.
            How::Reset { by } => (finished.or(Some(by)), true),
            How::Fin | How::Replaced | How::Forgotten | How::EndOfCapture => (finished, false),
        };
        match self.connections.remove(&id) {
            Some(Connection::Followed { conversation, mut stream }) => {
                let mut told = Vec::new();
                stream.close(by, reset, moment, &self.options.key_log, &mut told);
                self.out.extend(told.into_iter().map(|told| seen(conversation, told)));
                self.followed.insert(id);
                if self.followed.len() > REMEMBERED {
                    self.followed.pop_first();
                }
                if conversation == self.latest {
                    self.stage = Stage::Over;
                }
            }
            // At the port that the station had announced: a car that came and said nothing.
            Some(Connection::Silent { opened, seen_from_start, port, .. }) if self.announced == Some(port) => {
                let conversation = self.connects(opened, seen_from_start);
                let by = by.map(|direction| if direction == Direction::Forward { Side::Car } else { Side::Station });
                self.tell(conversation, moment, What::Closed { by, reset });
                self.stage = Stage::Over;
            }
            Some(Connection::Silent { .. } | Connection::Other) | None => {}
        }
    }
}
