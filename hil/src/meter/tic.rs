//! The French house meter: it talks all the time, and whoever asks gets the newest frame.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hardware::{ErrorKind, LinkError, Meter, MeterReading};
use tokio::io::AsyncReadExt as _;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use units::{Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};
use wire::tic::{Counters, Frame, FrameReader, Mode, TicReading, VoltAmperes};

use super::share;
use crate::serial::{LineParity, line_word};
use crate::{Endpoint, Line, LineSettings, Open, frames, options};

/// A frame of historic mode takes about two seconds.
const STALE: Duration = Duration::from_secs(6);
/// Historic mode tells no voltage.
const ASSUMED_VOLTAGE: Millivolts = Millivolts::from_volts(230);

/// A French house meter in historic or standard mode, at a serial line or behind a gateway that sends what it hears by UDP.
///
/// ```text
///   tic:/dev/ttyUSB_TIC?1200e1&mode=historic
///   tic:/dev/ttyUSB_TIC?mode=standard             9600e1, seven bits; 9600-8n1 for a port that cannot do seven
///   tic:udp:0.0.0.0:2000?mode=standard&peer=192.168.1.9
/// ```
///
/// `mode` is standard where nothing is said, the line that of the mode. [`read`](Meter::read) answers with the newest frame
/// if it is no older than `stale_s` (6), waits for the first one, and fails with [`ErrorKind::TimedOut`] when nothing comes
/// and with [`ErrorKind::Garbled`] when what comes is no good: a frame with a bad checksum is dropped as a whole. With `peer`
/// only datagrams from that address count; without it, anybody on the network can pretend to be the meter.
///
/// What the reading means at a house: *import* is into the house. Currents are whole amperes, in historic mode with a warning
/// (`ADPS`, `ADIR1..3`) at least that of the warning. Power is apparent power, in VA: the meter tells no active power.
/// Historic mode tells neither voltage (230 V is assumed on lines that have a current) nor anything of what flows out; no
/// mode tells the frequency, which reads as zero.
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
    /// As they were at the newest frame.
    counters_then: Counters,
    /// A whole frame that cannot be: why, since the newest good one.
    nonsense: Option<String>,
    /// The line is gone: why.
    gone: Option<String>,
}

enum Source {
    Serial(Box<Line>),
    Udp(UdpSocket, Option<IpAddr>),
}

impl Open for TicMeter {
    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let known: Vec<_> = ["mode", "stale_s", "peer"].into_iter().chain(line_word(endpoint)).collect();
        options::only(endpoint, &known)?;
        let mode = match endpoint.option("mode") {
            None | Some("standard") => Mode::Standard,
            Some("historic") => Mode::Historic,
            Some(_) => return Err(endpoint.wrong("mode: expected historic or standard").into()),
        };
        let stale = match endpoint.number::<u32>("stale_s")? {
            None => STALE,
            Some(0) => return Err(endpoint.wrong("stale_s: expected 1 or more").into()),
            Some(seconds) => Duration::from_secs(seconds.into()),
        };
        let line = LineSettings { baud: mode.baud(), data_bits: 7, parity: LineParity::Even, stop_bits: 1 };
        let line = LineSettings::of(endpoint, line)?;
        let peer = match endpoint.option("peer").map(str::parse) {
            None => None,
            Some(Ok(peer)) => Some(peer),
            Some(Err(_)) => return Err(endpoint.wrong("peer: expected an address such as 192.168.1.9").into()),
        };
        // A meter that was closed a moment ago holds its port until its listener has had a turn.
        tokio::task::yield_now().await;
        let source = match endpoint.target().strip_prefix("udp:") {
            None if peer.is_some() => return Err(endpoint.wrong("peer: expected only with udp").into()),
            None => Source::Serial(Box::new(line.open(endpoint.target())?)),
            Some(address) => {
                let address: SocketAddr = address
                    .parse()
                    .map_err(|_| endpoint.wrong("expected udp:ADDRESS:PORT, such as udp:0.0.0.0:2000"))?;
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

    /// Why there is no reading.
    fn explain(&self, heard: &Heard) -> LinkError {
        let (now, then) = (heard.counters, heard.counters_then);
        let (damaged, truncated) = (now.damaged - then.damaged, now.truncated - then.truncated);
        let (bytes, mode, stale) = (now.bytes - then.bytes, self.mode.name(), self.stale);
        if let Some(nonsense) = &heard.nonsense {
            return self.error(ErrorKind::Garbled, format!("frames with values that cannot be: {nonsense}"));
        }
        if damaged + truncated > 0 {
            let what = format!(
                "{damaged} frames dropped for {} bad checksums, {truncated} broken off, and no whole frame of {mode} mode in {stale:?}",
                now.bad_checksums - then.bad_checksums,
            );
            return self.error(ErrorKind::Garbled, what);
        }
        if bytes > 0 {
            let what = format!(
                "{bytes} bytes and no frame of {mode} mode in {stale:?}: historic mode is 1200 baud, standard mode 9600"
            );
            return self.error(ErrorKind::Garbled, what);
        }
        self.error(ErrorKind::TimedOut, format!("nothing for {stale:?}: expected frames of {mode} mode without asking"))
    }
}

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
    let mut registers = Registers::default();
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
        let frames: Vec<_> = buffer[..came.unwrap_or(0)].iter().filter_map(|byte| reader.push(*byte)).collect();
        let ended = gone.is_some();
        tell.send_modify(|heard| {
            for frame in frames.iter().filter(|frame| frame.is_whole()) {
                match registers.understand(mode, frame) {
                    Ok(Some(reading)) => {
                        heard.newest = Some((Instant::now(), reading));
                        heard.counters_then = reader.counters();
                        heard.nonsense = None;
                    }
                    Ok(None) => {}
                    Err(nonsense) => heard.nonsense = Some(nonsense),
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

/// The energy registers of the last frame that had them: the short frames of a warning have none.
#[derive(Debug, Default)]
struct Registers {
    import: Option<MilliwattHours>,
    export: MilliwattHours,
}

impl Registers {
    /// A reading; none while no frame has told the energy.
    fn understand(&mut self, mode: Mode, frame: &Frame) -> Result<Option<MeterReading>, String> {
        let told = TicReading::new(mode, frame).map_err(|error| error.to_string())?;
        self.import = told.import.or(self.import);
        self.export = told.export.unwrap_or(self.export);
        Ok(self.import.map(|import| house(&told, import, self.export)))
    }
}

fn house(told: &TicReading, import: MilliwattHours, export: MilliwattHours) -> MeterReading {
    let current = [0, 1, 2].map(|line| told.current.0[line].max(told.over_subscription.0[line]));
    let amps = current.map(|current| current.unwrap_or_default());
    let weights = amps.map(|current| current.0.unsigned_abs());
    let voltage = [0, 1, 2].map(|line| match (told.voltage.0[line], current[line]) {
        (Some(voltage), _) => voltage,
        (None, Some(_)) if told.mode == Mode::Historic => ASSUMED_VOLTAGE,
        (None, _) => Millivolts::ZERO,
    });
    let volt_amperes = |value: Option<VoltAmperes>| value.unwrap_or_default().0;
    let injected = volt_amperes(told.injected);
    let drawn = told.drawn.map(|drawn| drawn.0).unwrap_or_else(|| {
        // A short frame tells currents only.
        [0, 1, 2].iter().map(|line| (amps[*line].amps() * voltage[*line].volts()).round() as i32).sum()
    });
    let net = drawn.saturating_sub(injected);
    let power = if told.drawn_by_line.iter().any(|line| line.is_some()) {
        let mut power = told.drawn_by_line.0.map(volt_amperes);
        if injected > 0 {
            // What flows out is told for all lines together; it does so on the lines that draw nothing.
            let idle = [0, 1, 2].map(|line| if power[line] == 0 { weights[line] } else { 0 });
            let out = share(net - power.iter().sum::<i32>(), if idle == [0; 3] { weights } else { idle });
            power = [0, 1, 2].map(|line| power[line] + out[line]);
        }
        power
    } else {
        share(net, weights)
    };
    MeterReading {
        current: PerPhase([0, 1, 2].map(|line| if power[line] < 0 { -amps[line] } else { amps[line] })),
        voltage: PerPhase(voltage),
        power: PerPhase(power.map(Watts)),
        frequency: Millihertz::ZERO,
        import,
        export,
    }
}

#[cfg(test)]
mod tests {
    use devices::linky::Linky;
    use units::{Instant, Milliamps, PhaseCount};

    use super::*;

    fn shown(mode: Mode, phases: PhaseCount, amps: [i32; 3]) -> MeterReading {
        let mut meter = Linky::new(mode, phases);
        meter.set_reading(MeterReading {
            current: PerPhase(amps.map(Milliamps::from_amps)),
            voltage: PerPhase([230, 231, 232].map(Millivolts::from_volts)),
            power: PerPhase([amps[0] * 230, amps[1] * 231, amps[2] * 232].map(Watts)),
            frequency: Millihertz(50_000),
            import: MilliwattHours(1_234_567_890),
            export: MilliwattHours(4_321_000),
        });
        let frame = meter.frame(Instant::ZERO);
        Registers::default().understand(mode, &frame).expect("values").expect("a reading")
    }

    #[test]
    fn standard_mode_tells_a_three_phase_house_line_by_line_in_both_directions() {
        let drawing = shown(Mode::Standard, PhaseCount::Three, [10, 5, 0]);
        assert_eq!(drawing.current, PerPhase([10, 5, 0].map(Milliamps::from_amps)));
        assert_eq!(drawing.voltage, PerPhase([230, 231, 232].map(Millivolts::from_volts)));
        assert_eq!(drawing.power, PerPhase([Watts(2300), Watts(1155), Watts(0)]));
        assert_eq!((drawing.import, drawing.export), (MilliwattHours(1_234_567_000), MilliwattHours(4_321_000)));
        assert_eq!(drawing.frequency, Millihertz::ZERO);
        let feeding_in = shown(Mode::Standard, PhaseCount::Three, [-20, 5, 0]);
        assert_eq!(feeding_in.power, PerPhase([Watts(-4600), Watts(1155), Watts(0)]));
        assert_eq!(feeding_in.current, PerPhase([-20, 5, 0].map(Milliamps::from_amps)));
    }

    #[test]
    fn historic_mode_tells_less_and_the_rest_is_assumed() {
        let house = shown(Mode::Historic, PhaseCount::One, [12, 0, 0]);
        assert_eq!(house.current, PerPhase([12, 0, 0].map(Milliamps::from_amps)));
        assert_eq!(house.voltage, PerPhase([230, 0, 0].map(Millivolts::from_volts)));
        assert_eq!(house.power, PerPhase([2760, 0, 0].map(Watts)));
        assert_eq!(house.export, MilliwattHours::ZERO);
        let three = shown(Mode::Historic, PhaseCount::Three, [8, 4, 0]);
        // 2764 VA, in tens, by current.
        assert_eq!(three.power, PerPhase([Watts(1840), Watts(920), Watts(0)]));
        assert_eq!(three.voltage, PerPhase::all(Millivolts::from_volts(230)));
    }

    #[test]
    fn a_warning_shows_as_current_and_a_short_frame_keeps_the_energy() {
        let over = shown(Mode::Historic, PhaseCount::One, [46, 0, 0]);
        assert_eq!(over.current.0[0], Milliamps::from_amps(46));
        let mut registers = Registers::default();
        let short = Frame::new(
            [("ADIR1", "041"), ("ADCO", "041000000000"), ("IINST1", "040"), ("IINST2", "012"), ("IINST3", "000")]
                .map(|(label, value)| wire::tic::Group::new(label, value))
                .to_vec(),
        );
        assert_eq!(registers.understand(Mode::Historic, &short), Ok(None), "no energy yet");
        registers.import = Some(MilliwattHours(5));
        let reading = registers.understand(Mode::Historic, &short).expect("values").expect("a reading");
        assert_eq!(reading.import, MilliwattHours(5));
        assert_eq!(reading.current, PerPhase([41, 12, 0].map(Milliamps::from_amps)));
        assert_eq!(reading.power.total(), Watts(53 * 230));
    }
}
