//! A meter followed from one reading to the next: its registers, and what its own power makes of them.

use std::fmt;
use std::time::Duration;

use hardware::MeterReading;
use units::{Instant, Milliamps, MilliwattHours, Watts};

/// What the outlet behind a meter can carry at most. More than this is no measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// On a line.
    pub(super) current: Milliamps,
    /// On all lines together, for longer than an instant.
    pub(super) power: Watts,
}

impl Most {
    /// What a register may gain in that time.
    pub(super) fn energy(self, within: Duration) -> MilliwattHours {
        Drawn::of(self.power.0.into(), within).energy() + Trail::TOLERANCE + Trail::COARSEST
    }
}

/// Why a reading is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Doubt {
    /// Power flows out of the car on a line.
    Backwards { power: Watts },
    /// A register shows less than before.
    Fell { from: MilliwattHours, to: MilliwattHours },
    /// A register has gained more than the outlet can carry.
    Jumped { by: MilliwattHours, within: Duration },
    /// A line carries more than any line can.
    Impossible { current: Milliamps },
    /// Register and power do not tell the same.
    Mismatch { counted: MilliwattHours, drawn: MilliwattHours },
    /// The register stands still while power flows.
    StandsStill { drawn: MilliwattHours, within: Duration },
}

impl Doubt {
    /// Whether it comes from many readings and not from the last one alone.
    pub(super) const fn is_proven(self) -> bool {
        match self {
            Self::Mismatch { .. } | Self::StandsStill { .. } => true,
            Self::Backwards { .. } | Self::Fell { .. } | Self::Jumped { .. } | Self::Impossible { .. } => false,
        }
    }

    /// Whether a meter shows it only while power flows.
    pub(super) const fn needs_load(self) -> bool {
        match self {
            Self::Backwards { .. } | Self::Impossible { .. } | Self::Mismatch { .. } | Self::StandsStill { .. } => true,
            Self::Fell { .. } | Self::Jumped { .. } => false,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backwards { power } => write!(
                f,
                "the meter shows {power} on a line, out of the car, and this charger takes none: is one of its transformers \
                 the wrong way round?",
            ),
            Self::Fell { from, to } => write!(f, "a register of the meter fell from {from} to {to}"),
            Self::Jumped { by, within } => {
                let seconds = within.as_secs_f64();
                write!(f, "a register of the meter gained {by} in {seconds:.1} s: more than the outlet can carry")
            }
            Self::Impossible { current } => {
                write!(f, "the meter shows {current} on a line: more than a line can carry")
            }
            Self::Mismatch { counted, drawn } => {
                write!(f, "the meter's register gained {counted} while its power makes {drawn}")
            }
            Self::StandsStill { drawn, within } => {
                let seconds = within.as_secs();
                write!(f, "the meter's register stands still since {seconds} s, in which its power makes {drawn}")
            }
        }
    }
}

/// Power over time, in microjoules.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct Drawn(i64);

impl Drawn {
    const MICROJOULES_PER_MILLIWATT_HOUR: i64 = 3_600_000;

    fn of(power: i64, lasting: Duration) -> Self {
        Self(power.saturating_mul(i64::try_from(lasting.as_micros()).unwrap_or(i64::MAX)))
    }

    const fn energy(self) -> MilliwattHours {
        MilliwattHours(self.0 / Self::MICROJOULES_PER_MILLIWATT_HOUR)
    }

    const fn add(&mut self, more: Self) {
        self.0 = self.0.saturating_add(more.0);
    }
}

/// From one movement of the register to a later one: what it gained is compared with what its power makes of that time.
#[derive(Clone, Copy, Debug)]
struct Window {
    begun: Instant,
    register: MilliwattHours,
    drawn: Drawn,
    /// What is not known of the power between two readings.
    slack: Drawn,
}

impl Window {
    const fn begin(now: Instant, register: MilliwattHours) -> Self {
        Self { begun: now, register, drawn: Drawn(0), slack: Drawn(0) }
    }
}

/// A meter, followed from one reading to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    /// The last reading that followed, and when it was taken.
    last: MeterReading,
    at: Instant,
    /// The power that was seen last, by a reading that followed or did not, and when.
    power: i64,
    seen: Instant,
    /// In what steps the register moves, as far as it was seen.
    grain: MilliwattHours,
    /// Drawn since the register moved, and since when.
    unmoved: Drawn,
    loaded: Option<Instant>,
    /// Begins with a movement of the register.
    window: Option<Window>,
}

impl Trail {
    /// A register may move in lumps: some meters bring it up to date every half a minute.
    const STANDS: Duration = Duration::from_secs(45);
    /// How long register and power run beside each other before they are compared.
    const COMPARED: Duration = Duration::from_secs(55);
    /// What was drawn between two readings that are farther apart is not known: longer than a meter may be slow.
    const GAP: Duration = Duration::from_secs(11);
    /// Less power than this is no load: meters begin to count somewhere below.
    const LOAD: i64 = 100;
    /// So much may be missing or too much.
    const TOLERANCE: MilliwattHours = MilliwattHours::from_watt_hours(15);
    /// The coarsest register that a bill may be made from moves in steps of so much.
    const COARSEST: MilliwattHours = MilliwattHours::from_watt_hours(100);

    /// Begins with this reading.
    pub(super) fn begin(now: Instant, reading: MeterReading) -> Self {
        Self {
            last: reading,
            at: now,
            power: reading.power.total().0.into(),
            seen: now,
            grain: grain(reading.import),
            unmoved: Drawn(0),
            loaded: None,
            window: None,
        }
    }

    /// The last reading that followed from the one before.
    pub(super) const fn last(&self) -> &MeterReading {
        &self.last
    }

    /// When it was taken.
    pub(super) const fn at(&self) -> Instant {
        self.at
    }

    /// Takes the next reading.
    ///
    /// # Errors
    /// Why it cannot follow from those before. After one that is not possible in itself the last one still stands.
    pub(super) fn follow(&mut self, now: Instant, reading: MeterReading, most: Most) -> Result<(), Doubt> {
        let current = reading.current.map(Milliamps::abs).highest();
        if current > most.current {
            return Err(Doubt::Impossible { current });
        }
        let power = reading.power.iter().min().unwrap_or_default();
        if i64::from(power.0) <= -Self::LOAD {
            return Err(Doubt::Backwards { power });
        }
        let unseen = now - self.seen;
        self.integrate(now, &reading, most);
        self.possible(&reading, unseen, most)?;
        let moves = reading.import > self.last.import;
        self.grain = self.grain.min(grain(reading.import));
        (self.last, self.at) = (reading, now);
        if moves {
            (self.unmoved, self.loaded) = (Drawn(0), None);
            self.compare(now)?;
        }
        let stood = self.loaded.map_or(Duration::ZERO, |since| now - since);
        if stood >= Self::STANDS && self.unmoved.energy() > self.tolerance() {
            Err(Doubt::StandsStill { drawn: self.unmoved.energy(), within: stood })
        } else {
            Ok(())
        }
    }

    /// What flowed since the last reading, whether that followed or not: by the power of both, and not more than can.
    fn integrate(&mut self, now: Instant, reading: &MeterReading, most: Most) {
        let (from, to) = (self.power, i64::from(reading.power.total().0.min(most.power.0)));
        let (since, lasting) = (self.seen, now - self.seen);
        (self.power, self.seen) = (to, now);
        if lasting > Self::GAP {
            (self.unmoved, self.loaded, self.window) = (Drawn(0), None, None);
            return;
        }
        let power = i64::midpoint(from, to);
        if power >= Self::LOAD {
            let drawn = Drawn::of(power, lasting);
            self.unmoved.add(drawn);
            self.loaded.get_or_insert(since);
            if let Some(window) = &mut self.window {
                window.drawn.add(drawn);
            }
        }
        if let Some(window) = &mut self.window {
            window.slack.add(Drawn::of((to - from).abs() / 2, lasting));
        }
    }

    /// Whether the registers can be true after the last ones: they gain what flowed and was not counted yet, and what nobody
    /// saw between two readings.
    fn possible(&self, reading: &MeterReading, unseen: Duration, most: Most) -> Result<(), Doubt> {
        let carried = Drawn::of(most.power.0.into(), unseen).energy();
        let registers = [
            (self.last.import, reading.import, self.unmoved.energy()),
            (self.last.export, reading.export, MilliwattHours::ZERO),
        ];
        for (from, to, uncounted) in registers {
            if to < from {
                return Err(Doubt::Fell { from, to });
            }
            let by = to - from;
            if by > carried + uncounted + MilliwattHours(uncounted.0 / 5) + self.tolerance() {
                return Err(Doubt::Jumped { by, within: unseen });
            }
        }
        Ok(())
    }

    /// The register has moved: what it gained since it moved some time ago, against what its power makes of that time.
    fn compare(&mut self, now: Instant) -> Result<(), Doubt> {
        let register = self.last.import;
        let Some(window) = self.window else {
            self.window = Some(Window::begin(now, register));
            return Ok(());
        };
        if now - window.begun < Self::COMPARED {
            return Ok(());
        }
        self.window = Some(Window::begin(now, register));
        let (counted, drawn) = (register - window.register, window.drawn.energy());
        let tolerance = self.tolerance() + window.slack.energy() + MilliwattHours(drawn.0 / 5);
        if (counted - drawn).0.abs() > tolerance.0 {
            return Err(Doubt::Mismatch { counted, drawn });
        }
        Ok(())
    }

    /// How much register and power may differ: a step and a half of the register, or what no bill is about.
    fn tolerance(&self) -> MilliwattHours {
        Self::TOLERANCE.max(MilliwattHours(self.grain.0 * 3 / 2))
    }
}

/// In what steps a register that shows this may move: 100 Wh, 10 Wh, or finer. One that tells numbers of single precision
/// misses its own steps by less than half a watt-hour.
const fn grain(register: MilliwattHours) -> MilliwattHours {
    const MISSES: i64 = 500;
    let mut grain = Trail::COARSEST.0;
    while grain > 1_000 {
        let beside = register.0.rem_euclid(grain);
        if beside <= MISSES || grain - beside <= MISSES {
            return MilliwattHours(grain);
        }
        grain /= 10;
    }
    MilliwattHours(grain)
}
