//! One TCP connection: its two streams become messages.

use std::sync::Arc;
use std::time::Duration;

use capture::Direction;
use exi::Tree;
use iso15118::messages::sap::AppProtocol;
use iso15118::v2gtp::{Frame, Frames, PayloadType};
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use iso15118::{Protocol, is_request, name_of};
use tls_reader::{KeyLog, TlsReader, looks_like_tls};

use crate::message::{self, Reading};

/// Where in a capture something happens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    pub packet: u64,
    pub at: Duration,
}

/// Something that was seen in a stream.
pub(crate) struct Told {
    /// Who sent it; `None` while nothing has said which end is the car, and what the sighting says of that is assumed.
    pub from: Option<Side>,
    pub sighting: Sighting,
}

/// A connection that speaks V2GTP, with TLS around it or without.
pub(crate) struct Stream {
    /// Whether the car opened it; `None` until a message says so.
    car_opened: Option<bool>,
    agreed: Agreed,
    /// The generation that the user named.
    named: Option<Protocol>,
    /// What waits for the rest of its frame: of who opened, and of the other.
    frames: [Incoming; 2],
    /// Where the octets that wait began.
    began: [Moment; 2],
    /// What each side said last.
    said: [Option<Said>; 2],
    tls: Option<Box<TlsReader>>,
}

/// A message that was read: in a loop the same octets come again and again.
struct Said {
    protocol: Option<Protocol>,
    payload_type: PayloadType,
    payload: Vec<u8>,
    tree: Arc<Tree>,
    identical: bool,
}

/// What is known of the generation.
enum Agreed {
    /// The car's offer comes first.
    Nothing,
    /// The car has offered these.
    Offered(Vec<AppProtocol>),
    /// The connection began before the capture, or speaks a manufacturer's protocol: the next message tells.
    Unknown,
    /// This one.
    On(Protocol),
}

enum Incoming {
    Frames(Frames),
    /// Something else than a frame came, or octets before are missing. So many octets were passed over since.
    Skipping(u64),
}

pub(crate) const fn index(direction: Direction) -> usize {
    match direction {
        Direction::Forward => 0,
        Direction::Backward => 1,
    }
}

impl Stream {
    /// `car_opened` is whether it is known that the car opened it: it was seen, or who was called had been announced.
    pub(crate) fn new(seen_from_start: bool, car_opened: bool, named: Option<Protocol>, first: &[u8]) -> Self {
        let tls = looks_like_tls(first);
        Self {
            car_opened: car_opened.then_some(true),
            agreed: if seen_from_start { Agreed::Nothing } else { Agreed::Unknown },
            named,
            // A capture may begin in the middle of a message.
            frames: [(); 2].map(|()| {
                if seen_from_start || tls { Incoming::Frames(Frames::default()) } else { Incoming::Skipping(0) }
            }),
            began: [Moment::default(); 2],
            said: [None, None],
            tls: tls.then(|| Box::new(TlsReader::new())),
        }
    }

    /// Whether octets at the start of a stream are something that this follows.
    pub(crate) fn is_known(first: &[u8]) -> bool {
        looks_like_tls(first) || Frame::decode(first).is_ok()
    }

    fn side(&self, direction: Direction) -> Side {
        match (self.car_opened.unwrap_or(true), direction) {
            (true, Direction::Forward) | (false, Direction::Backward) => Side::Car,
            (true, Direction::Backward) | (false, Direction::Forward) => Side::Station,
        }
    }

    /// Octets of one of its streams.
    pub(crate) fn data(
        &mut self,
        direction: Direction,
        octets: &[u8],
        moment: Moment,
        key_log: &KeyLog,
        out: &mut Vec<Told>,
    ) {
        let Some(tls) = &mut self.tls else {
            return self.plain(direction, octets, moment, out);
        };
        // Who opens a connection is the client of TLS.
        let side = match direction {
            Direction::Forward => tls_reader::Side::Client,
            Direction::Backward => tls_reader::Side::Server,
        };
        tls.handle(side, octets, key_log);
        self.said_in_tls(moment, out);
    }

    /// Secrets came that were not known before.
    pub(crate) fn more_secrets(&mut self, moment: Moment, key_log: &KeyLog, out: &mut Vec<Told>) {
        if let Some(tls) = &mut self.tls {
            tls.handle(tls_reader::Side::Client, &[], key_log);
            self.said_in_tls(moment, out);
        }
    }

    fn said_in_tls(&mut self, moment: Moment, out: &mut Vec<Told>) {
        while let Some(event) = self.tls.as_mut().and_then(|tls| tls.poll()) {
            let direction = match event.side {
                tls_reader::Side::Client => Direction::Forward,
                tls_reader::Side::Server => Direction::Backward,
            };
            match event.what {
                tls_reader::What::Data(octets) => self.plain(direction, &octets, moment, out),
                other => {
                    if let Some(what) = crate::tls::seen(event.side, &other) {
                        out.push(self.told(moment, what));
                    }
                }
            }
        }
    }

    fn plain(&mut self, direction: Direction, octets: &[u8], moment: Moment, out: &mut Vec<Told>) {
        if let Incoming::Skipping(skipped) = &mut self.frames[index(direction)] {
            // Messages are small and begin a segment.
            if !Frame::may_begin(octets) {
                *skipped += octets.len() as u64;
                return;
            }
            out.extend(self.skipped(direction).map(|what| self.told(moment, what)));
            self.frames[index(direction)] = Incoming::Frames(Frames::default());
        }
        if let Incoming::Frames(frames) = &mut self.frames[index(direction)] {
            if frames.waiting() == 0 {
                self.began[index(direction)] = moment;
            }
            frames.push(octets);
        }
        while let Incoming::Frames(frames) = &mut self.frames[index(direction)] {
            let what = match frames.next_frame() {
                Ok(Some(frame)) => {
                    self.began[index(direction)] = moment;
                    // Nobody speaks before he has read what was said, but for messages of -20 that need no answer.
                    if !is_side_stream(frame.payload_type)
                        && let Some((began, what)) = self.unfinished(direction.opposite())
                    {
                        out.push(self.told(Moment { packet: began, ..moment }, what));
                    }
                    self.frame(direction, frame)
                }
                Ok(None) => return,
                Err(error) => {
                    self.frames[index(direction)] = Incoming::Skipping(0);
                    What::NoFrame { from: self.side(direction), error }
                }
            };
            out.push(self.told(moment, what));
        }
    }

    /// What was passed over of a side.
    fn skipped(&self, direction: Direction) -> Option<What> {
        match self.frames[index(direction)] {
            Incoming::Skipping(octets) if octets > 0 => Some(What::Skipped { from: self.side(direction), octets }),
            Incoming::Skipping(_) | Incoming::Frames(_) => None,
        }
    }

    /// The frame of a side that waits for its rest in vain, and the packet in which it began.
    fn unfinished(&mut self, direction: Direction) -> Option<(u64, What)> {
        let from = self.side(direction);
        match &mut self.frames[index(direction)] {
            Incoming::Frames(frames) => {
                let (octets, expected) = frames.give_up()?;
                Some((self.began[index(direction)].packet, What::Unfinished { from, octets, expected }))
            }
            Incoming::Skipping(_) => None,
        }
    }

    fn told(&self, moment: Moment, what: What) -> Told {
        let from = crate::side::side(&what).filter(|_| self.car_opened.is_some());
        Told { from, sighting: Sighting { packet: moment.packet, at: moment.at, what } }
    }

    fn frame(&mut self, direction: Direction, frame: Frame) -> What {
        let Frame { payload_type, payload } = frame;
        if !(0x8001..=0x80ff).contains(&payload_type.0) && !is_side_stream(payload_type) {
            return What::OtherPayload { from: self.side(direction), payload_type, octets: payload.len() };
        }
        let protocol = self.generation(payload_type, &payload);
        let reading = self.read(direction, protocol, payload_type, &payload);
        if let Ok(tree) = &reading.content {
            if self.car_opened.is_none() {
                self.car_opened = Some(is_request(name_of(tree)) == (direction == Direction::Forward));
            }
            self.learn(protocol, tree);
        }
        What::Message(Box::new(SeenMessage {
            from: self.side(direction),
            payload_type,
            protocol,
            payload,
            content: reading.content,
            identical: reading.identical,
        }))
    }

    /// Reads a payload of that generation, unless it is what its sender said last.
    fn read(
        &mut self,
        direction: Direction,
        protocol: Option<Protocol>,
        payload_type: PayloadType,
        payload: &[u8],
    ) -> Reading {
        let said = &mut self.said[index(direction)];
        if let Some(Said { tree, identical, .. }) = said
            .as_ref()
            .filter(|said| said.protocol == protocol && said.payload_type == payload_type && said.payload == payload)
        {
            return Reading { content: Ok(Arc::clone(tree)), identical: *identical };
        }
        let reading = message::read(protocol, payload_type, payload);
        *said = reading.content.as_ref().ok().map(|tree| Said {
            protocol,
            payload_type,
            payload: payload.to_vec(),
            tree: Arc::clone(tree),
            identical: reading.identical,
        });
        reading
    }

    /// The generation of the next payload; `None` is SAP.
    fn generation(&self, payload_type: PayloadType, payload: &[u8]) -> Option<Protocol> {
        match &self.agreed {
            Agreed::On(protocol) => Some(*protocol),
            // What is no message of SAP follows one that the capture does not have.
            Agreed::Nothing | Agreed::Offered(_) if message::read(None, payload_type, payload).content.is_ok() => None,
            Agreed::Nothing | Agreed::Offered(_) | Agreed::Unknown => match message::guess(payload_type, payload) {
                Some(guessed) => guessed.map(|guessed| self.named.unwrap_or(guessed)),
                None => self.named,
            },
        }
    }

    /// What a message says of the generation of the next.
    fn learn(&mut self, protocol: Option<Protocol>, tree: &Tree) {
        if let Some(protocol) = protocol {
            self.agreed = Agreed::On(protocol);
            return;
        }
        let Some((name, content)) = tree.root() else { return };
        match name {
            "supportedAppProtocolReq" => self.agreed = Agreed::Offered(offers(content)),
            _ => {
                let chosen = content.get("SchemaID").and_then(Tree::as_whole);
                let Agreed::Offered(offers) = &self.agreed else {
                    self.agreed = Agreed::Unknown;
                    return;
                };
                let offer = offers.iter().find(|offer| Some(i128::from(offer.schema_id)) == chosen);
                self.agreed = match offer.and_then(Protocol::of_offer) {
                    Some(protocol) => Agreed::On(protocol),
                    None => Agreed::Unknown,
                };
            }
        }
    }

    /// Octets of one of its streams are missing.
    pub(crate) fn gap(&mut self, direction: Direction, octets: u64, moment: Moment, out: &mut Vec<Told>) {
        out.push(self.told(moment, What::Lost { from: self.side(direction), octets }));
        match &mut self.tls {
            Some(tls) => {
                tls.gap(match direction {
                    Direction::Forward => tls_reader::Side::Client,
                    Direction::Backward => tls_reader::Side::Server,
                });
                self.said_in_tls(moment, out);
            }
            // Messages are small and most begin a segment; what does not begin one is the rest of what was lost.
            None => self.frames[index(direction)] = Incoming::Skipping(0),
        }
    }

    /// It is over.
    pub(crate) fn close(
        &mut self,
        by: Option<Direction>,
        reset: bool,
        moment: Moment,
        key_log: &KeyLog,
        out: &mut Vec<Told>,
    ) {
        if let Some(tls) = &mut self.tls {
            tls.finish(key_log);
            self.said_in_tls(moment, out);
        }
        let skipped = Direction::BOTH.map(|direction| Some((moment.packet, self.skipped(direction)?)));
        // Whoever breaks off, or is broken off, may have had more to say.
        let unfinished = by.filter(|_| !reset).and_then(|direction| self.unfinished(direction));
        for (packet, what) in skipped.into_iter().flatten().chain(unfinished) {
            out.push(self.told(Moment { packet, ..moment }, what));
        }
        let by = by.map(|direction| self.side(direction));
        out.push(self.told(moment, What::Closed { by, reset }));
    }
}

const fn is_side_stream(payload_type: PayloadType) -> bool {
    matches!(
        payload_type,
        PayloadType::SCHEDULE_RENEGOTIATION
            | PayloadType::METERING_CONFIRMATION
            | PayloadType::ACDP_SYSTEM_STATUS
            | PayloadType::PARKING_STATUS
    )
}

/// What the car offers.
fn offers(content: &Tree) -> Vec<AppProtocol> {
    let Some(Tree::List(entries)) = content.get("AppProtocol") else { return Vec::new() };
    let whole = |entry: &Tree, key: &str| entry.get(key).and_then(Tree::as_whole);
    let offer = |entry: &Tree| {
        Some(AppProtocol {
            protocol_namespace: entry.get("ProtocolNamespace")?.as_text()?.to_owned(),
            version_number_major: u32::try_from(whole(entry, "VersionNumberMajor")?).ok()?,
            version_number_minor: u32::try_from(whole(entry, "VersionNumberMinor")?).ok()?,
            schema_id: u8::try_from(whole(entry, "SchemaID")?).ok()?,
            priority: u8::try_from(whole(entry, "Priority")?).ok()?,
        })
    };
    entries.iter().filter_map(offer).collect()
}
