//! Bender isoCHA425HV over Modbus.

use std::time::Duration;

use hardware::{ErrorKind, InsulationMonitor, InsulationReading, LinkError};
use tokio::time::{Instant, sleep, timeout};
use units::{Millivolts, Ohms};
use wire::isocha425::{
    Alarm, CABLE_CHECK, ENABLE, FIRMWARE, Measurement, QUICK_ABOVE, QUICK_CABLE_CHECK, RESISTANCE, START_TEST, TEST,
    TEST_AT_START, Test, Unit, VOLTAGE, Validity,
};
use wire::modbus::Table;

use crate::modbus::{ModbusSettings, Usual};
use crate::options::Options;
use crate::{Endpoint, EndpointError, LineParity, LineSettings, ModbusLink, Open};

/// As it is delivered.
const USUAL: Usual = Usual {
    line: LineSettings::new(19_200, 8, LineParity::Even),
    unit: 3,
    // Without a pause it drops some questions.
    gap: Duration::from_millis(20),
};
/// A self-test that has not ended by then has failed.
const TEST_LIMIT: Duration = Duration::from_secs(30);
/// How often it is asked whether the test has begun: a short one is not missed.
const TEST_SOON: Duration = Duration::from_millis(100);
/// How often it is asked whether the test has ended.
const TEST_POLL: Duration = Duration::from_millis(500);
/// A test that was not seen by then was not made.
const TEST_SEEN: Duration = Duration::from_secs(5);
/// A float of exchanged halves is usually this small.
const LEAST: f64 = 1e-3;
const IMPOSSIBLE_VOLTS: f64 = 2000.0;
const IMPOSSIBLE_OHMS: f64 = 1e9;

/// Holding registers somewhere.
pub trait Registers {
    /// Reads as many as asked for.
    ///
    /// # Errors
    /// No answer, none that is one, a refusal, or the link is gone.
    async fn read(&mut self, address: u16, count: u16) -> Result<Vec<u16>, LinkError>;

    /// Writes one.
    ///
    /// # Errors
    /// No answer, none that is one, a refusal, or the link is gone.
    async fn write(&mut self, address: u16, value: u16) -> Result<(), LinkError>;

    /// An error of the device behind it.
    fn error(&self, kind: ErrorKind, what: String) -> LinkError;
}

impl Registers for ModbusLink {
    async fn read(&mut self, address: u16, count: u16) -> Result<Vec<u16>, LinkError> {
        self.read(Table::Holding, address, count).await
    }

    async fn write(&mut self, address: u16, value: u16) -> Result<(), LinkError> {
        self.write(address, &[value]).await
    }

    fn error(&self, kind: ErrorKind, what: String) -> LinkError {
        self.error(kind, what)
    }
}

/// The monitor. At its first use it is set up: no test of its own accord when it begins to measure, and the method that is
/// quick enough for a cable check where its firmware has it.
///
/// One that did not answer may have started anew meanwhile, with settings of its own and switched off. So it is looked at
/// again at its next use, and what is not as it was told is told again; so it is after a self-test that was given up.
#[derive(Debug)]
pub struct IsoCha425<R = ModbusLink> {
    registers: R,
    ready: bool,
    /// Whether it is to measure; `None` until somebody said so.
    wanted: Option<bool>,
}

impl Open for IsoCha425<ModbusLink> {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Ok(Self::new(ModbusLink::open(endpoint, settings(endpoint)?).await?))
    }
}

/// How it is spoken to.
pub(crate) fn settings(endpoint: &Endpoint) -> Result<ModbusSettings, EndpointError> {
    let mut options = Options::of(endpoint);
    let link = ModbusSettings::of(&mut options, &USUAL);
    options.end()?;
    Ok(link)
}

impl<R: Registers> IsoCha425<R> {
    /// A monitor behind registers that are open already.
    #[must_use]
    pub const fn new(registers: R) -> Self {
        Self { registers, ready: false, wanted: None }
    }

    async fn ask(&mut self, address: u16, count: u16) -> Result<Vec<u16>, LinkError> {
        let words = self.registers.read(address, count).await;
        self.heard(&words);
        words
    }

    async fn tell(&mut self, address: u16, value: u16) -> Result<(), LinkError> {
        let told = self.registers.write(address, value).await;
        self.heard(&told);
        told
    }

    fn heard<T>(&mut self, answer: &Result<T, LinkError>) {
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::TimedOut) {
            self.ready = false;
        }
    }

    /// Sets a register unless it is so already: the settings are in a memory that does not take writes for ever.
    async fn keep(&mut self, register: u16, value: u16) -> Result<(), LinkError> {
        let kept = match self.ask(register, 1).await {
            // Whatever cannot be read may be written all the same.
            Err(error) if error.kind == ErrorKind::Refused => false,
            found => found?.first() == Some(&value),
        };
        if kept { Ok(()) } else { self.tell(register, value).await }
    }

    async fn prepare(&mut self) -> Result<(), LinkError> {
        if self.ready {
            return Ok(());
        }
        let quick = self.ask(FIRMWARE + 1, 1).await?.first().is_some_and(|version| *version > QUICK_ABOVE);
        let settings = [(TEST_AT_START, 0), (CABLE_CHECK, if quick { QUICK_CABLE_CHECK } else { 0 })];
        for (register, value) in settings {
            match self.keep(register, value).await {
                // Older firmware has fewer settings; it measures all the same.
                Err(error) if error.kind == ErrorKind::Refused => tracing::warn!("{error}"),
                told => told?,
            }
        }
        if let Some(on) = self.wanted {
            self.keep(ENABLE, u16::from(on)).await?;
        }
        self.ready = true;
        Ok(())
    }

    /// One measurement in the unit it must be in.
    async fn measurement(&mut self, register: u16, unit: Unit) -> Result<Measurement, LinkError> {
        let words = self.ask(register, Measurement::REGISTERS).await?;
        let Ok(words) = <[u16; 4]>::try_from(words) else {
            return Err(self.garbled(format!("register {register}: expected four registers")));
        };
        let measurement = Measurement::decode(words);
        if measurement.unit != unit {
            let found = measurement.unit;
            return Err(self.garbled(format!("register {register} is in {found}, expected {unit}")));
        }
        let value = f64::from(measurement.value);
        let possible = match unit {
            _ if measurement.validity == Validity::Invalid => true,
            Unit::Ohm => value == 0.0 || (LEAST..=IMPOSSIBLE_OHMS).contains(&value),
            Unit::Volt | Unit::Other(_) => value == 0.0 || (LEAST..=IMPOSSIBLE_VOLTS).contains(&value.abs()),
        };
        if possible { Ok(measurement) } else { Err(self.garbled(format!("register {register} is {value:.3e} {unit}"))) }
    }

    fn garbled(&self, what: String) -> LinkError {
        self.registers.error(ErrorKind::Garbled, what)
    }

    /// Waits until a test that was started has ended.
    async fn until_tested(&mut self) -> Result<(), LinkError> {
        let began = Instant::now();
        let mut seen = false;
        loop {
            sleep(if seen { TEST_POLL } else { TEST_SOON }).await;
            let state = match self.measurement(RESISTANCE, Unit::Ohm).await {
                // Busy with itself it misses a question now and then.
                Err(error) if matches!(error.kind, ErrorKind::TimedOut | ErrorKind::Garbled) => continue,
                state => state?,
            };
            match state.test {
                Test::External => seen = true,
                Test::Internal => {}
                Test::None if state.alarm == Alarm::DeviceError => {
                    return Err(self.registers.error(ErrorKind::Refused, "the self-test failed: device error".into()));
                }
                Test::None if seen => return Ok(()),
                Test::None if began.elapsed() > TEST_SEEN => {
                    return Err(self.registers.error(ErrorKind::Refused, "no self-test was seen".into()));
                }
                Test::None => {}
            }
        }
    }
}

impl<R: Registers> InsulationMonitor for IsoCha425<R> {
    type Error = LinkError;

    async fn measure(&mut self, on: bool) -> Result<(), LinkError> {
        self.wanted = Some(on);
        self.prepare().await?;
        self.tell(ENABLE, u16::from(on)).await
    }

    async fn read(&mut self) -> Result<InsulationReading, LinkError> {
        self.prepare().await?;
        let resistance = self.measurement(RESISTANCE, Unit::Ohm).await?;
        let voltage = self.measurement(VOLTAGE, Unit::Volt).await?;
        if resistance.alarm == Alarm::DeviceError {
            return Err(self.registers.error(ErrorKind::Refused, "it reports a device error".into()));
        }
        let valid = resistance.validity != Validity::Invalid && resistance.test == Test::None;
        let volts = if voltage.validity == Validity::Invalid { 0.0 } else { f64::from(voltage.value) };
        Ok(InsulationReading {
            resistance: valid.then(|| Ohms(resistance.value.round() as i32)),
            voltage: Millivolts((volts * 1000.0).round() as i32),
        })
    }

    async fn self_test(&mut self) -> Result<(), LinkError> {
        self.prepare().await?;
        // It tests itself only while it is switched on.
        let was_on = self.ask(ENABLE, 1).await?.first().is_some_and(|on| *on != 0);
        self.wanted.get_or_insert(was_on);
        // Whoever waits may give up: what is below is then not done.
        self.ready = false;
        if !was_on {
            self.tell(ENABLE, 1).await?;
        }
        let tested = match self.tell(TEST, START_TEST).await {
            Ok(()) => timeout(TEST_LIMIT, self.until_tested()).await.unwrap_or_else(|_| {
                let what = format!("the self-test has not ended within {TEST_LIMIT:?}");
                Err(self.registers.error(ErrorKind::TimedOut, what))
            }),
            Err(error) => Err(error),
        };
        let restored = if was_on { Ok(()) } else { self.tell(ENABLE, 0).await };
        self.ready = restored.is_ok();
        tested.and(restored)
    }
}
