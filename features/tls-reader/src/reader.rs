//! The reader of one connection: whatever comes first, and in whatever pieces.

use std::fmt;

use crate::connection::{Connection, Missing, Step};
use crate::direction::Direction;
use crate::record::MAX_BODY;
use crate::{Event, KeyLog, Side, Stopped, Trouble, What};

/// So many bytes of a side wait at most for a secret or for the other side's hello; with more the connection is given up.
pub const MAX_WAITING: usize = 256 << 10;

/// Reads one connection.
///
/// ```
/// use tls_reader::{KeyLog, Side, TlsReader, What};
///
/// let (key_log, complaints) = KeyLog::parse("# no secrets\n");
/// assert!(complaints.is_empty());
/// let mut reader = TlsReader::new();
/// reader.handle(Side::Server, &[21, 3, 3, 0, 2, 2, 40], &key_log);
/// reader.finish(&key_log);
/// let event = reader.poll().expect("an alert");
/// assert!(matches!(event.what, What::Alert(alert) if alert.to_string() == "fatal handshake_failure (40)"));
/// ```
#[derive(Clone)]
pub struct TlsReader {
    client: Direction,
    server: Direction,
    connection: Connection,
    given_up: bool,
}

/// What is known, and no secret.
impl fmt::Debug for TlsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsReader")
            .field("agreed", &self.connection.agreed)
            .field("held", &self.held())
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}

impl Default for TlsReader {
    fn default() -> Self {
        Self::new()
    }
}

impl TlsReader {
    /// A connection that was just opened.
    #[must_use]
    pub fn new() -> Self {
        Self {
            client: Direction::new(Side::Client),
            server: Direction::new(Side::Server),
            connection: Connection::default(),
            given_up: false,
        }
    }

    /// A side sent these bytes, which follow those that it sent before. A secret that is not in the key log may be in it at the
    /// next call: what needs it waits so long.
    pub fn handle(&mut self, side: Side, bytes: &[u8], key_log: &KeyLog) {
        let direction = self.direction(side);
        if direction.end.is_none() && !direction.stopped {
            direction.stream.push(bytes);
            self.read(side, key_log);
        }
    }

    /// Bytes of this side are missing in the recording. What it sends from here on is not read, which is told behind what came
    /// before; the other side is read on.
    pub fn gap(&mut self, side: Side) {
        self.end(side, Stopped::Gap);
        // Whatever a secret could open was opened when it came.
        self.read(side, &KeyLog::new());
    }

    /// The recording is over, or the connection closed: what still waits is told to be missing.
    pub fn finish(&mut self, key_log: &KeyLog) {
        self.end(Side::Client, Stopped::WithinRecord);
        self.end(Side::Server, Stopped::WithinRecord);
        self.read(Side::Server, key_log);
        let missing = [Side::Client, Side::Server].into_iter().find_map(|side| match self.step(side, key_log) {
            Ok(Step::Waits(missing)) => Some((side, missing)),
            _ => None,
        });
        if let Some((side, missing)) = missing {
            let trouble = self.connection.is_missing(missing);
            self.give_up(side, trouble);
        }
    }

    /// The next thing that was learned.
    pub fn poll(&mut self) -> Option<Event> {
        self.connection.events.pop_front()
    }

    /// How many bytes of both sides are held: what is not complete, and what waits.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.client.held() + self.server.held()
    }

    const fn direction(&mut self, side: Side) -> &mut Direction {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn step(&mut self, side: Side, key_log: &KeyLog) -> Result<Step, Trouble> {
        let Self { client, server, connection, .. } = self;
        match side {
            Side::Client => client.step(connection, key_log),
            Side::Server => server.step(connection, key_log),
        }
    }

    /// Reads all that can be read, now that something of this side came.
    fn read(&mut self, side: Side, key_log: &KeyLog) {
        // The other side goes on as soon as it can, so that events come in one order whatever the pieces are.
        let order = [side.other(), side];
        loop {
            let mut read = false;
            for side in order {
                match self.step(side, key_log) {
                    Ok(Step::Read) => read = true,
                    Ok(Step::Nothing) => read = self.stop_at_end(side),
                    Ok(Step::Waits(missing)) => self.keep_waiting(side, missing),
                    Err(trouble) => self.give_up(side, trouble),
                }
                if read {
                    break;
                }
            }
            if !read {
                return;
            }
        }
    }

    fn end(&mut self, side: Side, why: Stopped) {
        let direction = self.direction(side);
        direction.end = direction.end.or(Some(why));
    }

    /// A side has nothing that is complete. When that is all there will ever be, whoever waits for it has to know.
    fn stop_at_end(&mut self, side: Side) -> bool {
        let direction = self.direction(side);
        let Some(why) = direction.end.filter(|_| !direction.stopped) else { return false };
        let rest = direction.waiting() > 0 || !direction.messages.is_empty();
        let here = direction.here();
        direction.stop();
        if rest || why == Stopped::Gap {
            self.connection.tell(&here, What::Stopped(why));
        }
        true
    }

    fn keep_waiting(&mut self, side: Side, missing: Missing) {
        let never = match missing {
            Missing::Hello(other) => self.direction(other).stopped,
            Missing::Secret(_) => false,
        };
        if never || self.direction(side).waiting() > MAX_WAITING {
            let trouble = self.connection.is_missing(missing);
            self.give_up(side, trouble);
        }
    }

    fn give_up(&mut self, side: Side, trouble: Trouble) {
        let mut place = self.direction(side).here();
        if let Trouble::DoesNotFit { at, .. } | Trouble::Malformed { at, .. } = trouble {
            place.bytes.start = at;
        }
        self.client.stop();
        self.server.stop();
        self.given_up = true;
        self.connection.tell(&place, What::GivenUp(trouble));
    }
}

/// Does a side that begins so speak TLS? Six bytes tell; of fewer it is said what they could become, and of none `false`.
#[must_use]
pub fn looks_like_tls(first: &[u8]) -> bool {
    let fits = |place: usize, fits: &dyn Fn(u8) -> bool| first.get(place).is_none_or(|byte| fits(*byte));
    let handshake = first.first() == Some(&22) && fits(5, &|kind| kind == 1 || kind == 2);
    let alert = first.first() == Some(&21) && fits(3, &|high| high == 0) && fits(4, &|low| low == 2);
    let length = |high: u8| usize::from(high) << 8 <= MAX_BODY;
    (handshake || alert) && fits(1, &|major| major == 3) && fits(2, &|minor| minor <= 3) && fits(3, &length)
}

/// Which side begins so? `None` when it is not the beginning of a hello, or fewer than six bytes.
#[must_use]
pub fn who_sent(first: &[u8]) -> Option<Side> {
    match first.get(5)? {
        1 if looks_like_tls(first) && first[0] == 22 => Some(Side::Client),
        2 if looks_like_tls(first) && first[0] == 22 => Some(Side::Server),
        _ => None,
    }
}
