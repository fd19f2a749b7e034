//! The French house meter: it talks all the time, and whoever asks gets the newest frame.

mod house;
mod register;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hardware::{ErrorKind, LinkError, Meter, MeterReading};
use tokio::io::AsyncReadExt as _;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use wire::tic::{Counters, FrameReader, Mode};

use crate::options::Options;
use crate::{Endpoint, EndpointError, Line, LineParity, LineSettings, Open, frames};
use house::{House, Understood};

/// A frame of historic mode takes about two seconds.
const STALE: Duration = Duration::from_secs(6);

/// A French house meter in historic or standard mode, at a serial line or behind a gateway that sends what it hears by UDP.
///
/// ```text
///   tic:/dev/ttyUSB_TIC?1200e1&mode=historic
///   tic:/dev/ttyUSB_TIC?mode=standard             9600e1, seven bits; 9600-8n1 for a port that cannot do seven
///   tic:udp:0.0.0.0:2000?mode=standard&peer=192.168.1.9
/// ```
///
/// `mode` is standard where nothing is said, the line that of the mode. [`read`](Meter::read) answers with the newest reading
/// if it is no older than `stale_s` (6), waits for the first one, and fails with [`ErrorKind::TimedOut`] when nothing comes
/// and with [`ErrorKind::Garbled`] when what comes is no good. A group with a bad checksum costs that group: a frame whose
/// currents and power are whole is used. With `peer` only datagrams from that address count; without it, anybody on the
/// network can pretend to be the meter.
///
/// What the reading means at a house: *import* is into the house. Currents are whole amperes, in historic mode with a warning
/// (`ADPS`, `ADIR1..3`) at least that of the warning. Power is apparent power, in VA: the meter tells no active power.
/// Historic mode tells neither voltage (230 V is assumed on lines that have a current) nor anything of what flows out; no
/// mode tells the frequency, which reads as zero.
///
/// Without a producer's contract the meter tells nothing of what flows out: more than an ampere and no power is then taken as
/// flowing out of the house, line by line where the meter tells powers line by line; with one power for three lines, as not
/// drawn.
#[derive(Debug)]
pub struct TicMeter {
    device: String,
    mode: Mode,
    stale: Duration,
    opened: Instant,
    heard: watch::Receiver<Heard>,
    listener: AbortHandle,
}

/// What the listener heard.
#[derive(Clone, Debug, Default)]
struct Heard {
    newest: Option<(Instant, MeterReading)>,
    counters: Counters,
    /// As they were at the newest reading.
    counters_then: Counters,
    /// What the frames since the newest reading were without.
    missing: Vec<&'static str>,
    /// The line is gone: why.
    gone: Option<String>,
}

enum Source {
    Serial(Box<Line>),
    Udp(UdpSocket, Option<IpAddr>),
}

/// What an endpoint says.
struct Settings {
    mode: Mode,
    stale: Duration,
    place: Place,
}

enum Place {
    Line(LineSettings),
    Udp(SocketAddr, Option<IpAddr>),
}

fn settings(endpoint: &Endpoint) -> Result<Settings, EndpointError> {
    let mut options = Options::of(endpoint);
    let mode = options.word("mode", &[("standard", Mode::Standard), ("historic", Mode::Historic)], Mode::Standard);
    let stale = options.seconds("stale_s", STALE);
    let peer = options.text("peer");
    let place = match endpoint.target().strip_prefix("udp:") {
        None => {
            if peer.is_some() {
                options.wrong("peer: expected only with udp");
            }
            options.path("/dev/ttyUSB_TIC, or udp:ADDRESS:PORT");
            Place::Line(LineSettings::of(&mut options, LineSettings::new(mode.baud(), 7, LineParity::Even)))
        }
        Some(address) => {
            let address = address.parse().unwrap_or_else(|_| {
                options.wrong(format!("expected udp:ADDRESS:PORT, such as udp:0.0.0.0:2000, got {address:?}"));
                SocketAddr::from(([0, 0, 0, 0], 0))
            });
            let peer = peer.and_then(|text| {
                let peer = text.parse().ok();
                if peer.is_none() {
                    options.wrong(format!("peer: expected an address such as 192.168.1.9, got {text:?}"));
                }
                peer
            });
            Place::Udp(address, peer)
        }
    };
    options.end()?;
    Ok(Settings { mode, stale, place })
}

impl Open for TicMeter {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let Settings { mode, stale, place } = settings(endpoint)?;
        // A meter that was closed a moment ago holds its port until its listener has had a turn.
        tokio::task::yield_now().await;
        let source = match place {
            Place::Line(line) => Source::Serial(Box::new(line.open(endpoint.target())?)),
            Place::Udp(address, peer) => {
                let socket = UdpSocket::bind(address).await.map_err(|error| {
                    let kind = match error.kind() {
                        std::io::ErrorKind::AddrNotAvailable => ErrorKind::Disconnected,
                        _ => ErrorKind::Refused,
                    };
                    LinkError::new(kind, endpoint.target().to_owned(), error.to_string())
                })?;
                Source::Udp(socket, peer)
            }
        };
        Ok(Self::listen(endpoint.target(), mode, stale, source))
    }
}

impl TicMeter {
    fn listen(device: &str, mode: Mode, stale: Duration, source: Source) -> Self {
        let (tell, heard) = watch::channel(Heard::default());
        let listener = tokio::spawn(listen(mode, source, tell)).abort_handle();
        Self { device: device.into(), mode, stale, opened: Instant::now(), heard, listener }
    }

    fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.device.clone(), what)
    }

    /// Why there is no reading; without numbers that change, so that the same is said once.
    fn explain(&self, heard: &Heard) -> LinkError {
        let (now, then) = (heard.counters, heard.counters_then);
        let (mode, stale) = (self.mode.name(), self.stale.as_secs());
        let missing = heard.missing.join(", ");
        let why = if !heard.missing.is_empty() && now.bad_checksums > then.bad_checksums {
            format!("{missing} not among the groups that are whole: bad checksums, a disturbed line")
        } else if !heard.missing.is_empty() {
            format!("{missing} not among its groups, or without a value: is it the other mode?")
        } else if now.broken_off > then.broken_off {
            BROKEN_OFF.into()
        } else if now.truncated > then.truncated {
            "its frames are broken off, and the next one begins: bytes are lost".into()
        } else if now.bytes > then.bytes {
            "bytes that are no frame: historic mode is 1200 baud, standard mode 9600".into()
        } else {
            let what = format!("nothing for {stale} s: expected frames of {mode} mode without asking");
            return self.error(ErrorKind::TimedOut, what);
        };
        self.error(ErrorKind::Garbled, format!("no whole frame of {mode} mode for {stale} s: {why}"))
    }
}

/// What a meter does while somebody talks to it.
const BROKEN_OFF: &str = "the meter breaks off its frames (EOT): somebody reads it at its wired port";

impl Drop for TicMeter {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Meter for TicMeter {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        loop {
            let heard = self.heard.borrow_and_update().clone();
            if let Some(gone) = &heard.gone {
                return Err(self.error(ErrorKind::Disconnected, gone.clone()));
            }
            let since = match heard.newest {
                Some((at, reading)) if at.elapsed() <= self.stale => return Ok(reading),
                Some((at, _)) => at,
                None => self.opened,
            };
            match tokio::time::timeout_at(since + self.stale, self.heard.changed()).await {
                Err(_) => return Err(self.explain(&heard)),
                Ok(Err(_)) => return Err(self.error(ErrorKind::Disconnected, "nobody listens any more")),
                Ok(Ok(())) => {}
            }
        }
    }
}

/// Listens until the line is gone or the meter is closed.
async fn listen(mode: Mode, mut source: Source, tell: watch::Sender<Heard>) {
    let mut reader = FrameReader::new(mode);
    let mut house = House::new(mode);
    let mut buffer = [0; 4096];
    loop {
        let came = match &mut source {
            Source::Serial(port) => port.read(&mut buffer).await,
            Source::Udp(socket, peer) => match socket.recv_from(&mut buffer).await {
                Ok((_, from)) if peer.is_some_and(|peer| peer != from.ip()) => continue,
                Ok((length, _)) => {
                    frames::passed("tic:udp", false, &buffer[..length]);
                    Ok(length)
                }
                Err(error) => Err(error),
            },
        };
        let gone = match came {
            Err(ref error) => Some(error.to_string()),
            Ok(0) if matches!(source, Source::Serial(_)) => Some("the line was hung up".to_owned()),
            Ok(_) => None,
        };
        let was_broken_off = reader.counters().broken_off > 0;
        let frames: Vec<_> = buffer[..came.unwrap_or(0)].iter().filter_map(|byte| reader.push(*byte)).collect();
        if reader.counters().broken_off > 0 && !was_broken_off {
            tracing::warn!("{BROKEN_OFF}; its frames are dropped meanwhile");
        }
        let ended = gone.is_some();
        tell.send_modify(|heard| {
            for frame in &frames {
                match house.hear(Instant::now(), frame) {
                    Understood::Reading(reading) => {
                        heard.newest = Some((Instant::now(), reading));
                        heard.counters_then = reader.counters();
                        heard.missing.clear();
                    }
                    Understood::NoEnergyYet => {}
                    Understood::Missing(labels) => heard.missing = labels,
                }
            }
            heard.counters = reader.counters();
            heard.gone = gone;
        });
        if ended {
            return;
        }
    }
}
