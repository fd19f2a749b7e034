//! DC power supplies: rectifier modules on a CAN bus.
//!
//! ```text
//!   can:can0?proto=infypower&module=0&max_v=1000&max_a=100
//! ```
//!
//! | option | meaning | when it is not there |
//! |---|---|---|
//! | `proto` | `infypower` (V1.13), `uugreen` (UR1000) or `winline` (Maxwell type) | refused |
//! | `module` | its address; for `uugreen` 0 is whoever is there | 0 |
//! | `min_v`, `max_v`, `max_a`, `max_w` | what the outlet may use of it | 150, 1000, 100, 30000 |
//! | `reply_ms` | how long it may take to answer, each of two times | 200 |
//! | `silence_s` | after this much without an answer it counts as gone | 15 |
//! | `range` | for `uugreen`: `low` (to 500 V), `high`, or `auto`: as the voltage needs | `auto` |
//! | `bitrate` | for whoever brings the interface up (125000 as delivered); not used here | |
//!
//! A module switches itself off when it hears nothing for ten seconds: [`PowerSupplyDc::read`] is what keeps it on.

mod can;
mod dialect;
mod line;
mod settings;
#[cfg(test)]
mod tests;

use hardware::{ErrorKind, LinkError, PowerSupplyDc, SupplyCapabilities, SupplyReading, SupplyTarget};
use units::{Milliamps, Millivolts};
use wire::rectifier::uugreen::Range;

use crate::{Endpoint, EndpointError, Open};
pub use can::{CanBus, SocketBus};
use line::Line;
pub use settings::SupplySettings;

/// Below this nothing is on, where a module does not say so itself.
const DEAD: Millivolts = Millivolts::from_volts(20);

/// One rectifier module on a CAN bus.
#[derive(Debug)]
pub struct CanSupply<B = SocketBus> {
    line: Line<B>,
    settings: SupplySettings,
    /// As far as they are known.
    capabilities: Option<SupplyCapabilities>,
    /// The last wish: told again whenever it is switched on, because some firmware forgets it while it is off.
    target: Option<SupplyTarget>,
    /// As it was last told.
    on: Option<bool>,
    /// The range it has taken, where there are ranges; `None` while that is not known.
    range: Option<Range>,
    trouble: Option<&'static str>,
}

impl Open for CanSupply<SocketBus> {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        SupplySettings::of(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let settings = SupplySettings::of(endpoint)?;
        Ok(Self::new(SocketBus::open(endpoint.target())?, endpoint.to_string(), settings))
    }
}

impl<B: CanBus> CanSupply<B> {
    /// A supply on a bus that is open already; `device` is its name in errors.
    #[must_use]
    pub const fn new(bus: B, device: String, settings: SupplySettings) -> Self {
        let line = Line::new(bus, device, settings.reply, settings.silence);
        Self { line, settings, capabilities: None, target: None, on: None, range: None, trouble: None }
    }

    async fn known(&mut self) -> Result<SupplyCapabilities, LinkError> {
        if let Some(known) = self.capabilities {
            return Ok(known);
        }
        let told = self.settings.dialect.capabilities(&mut self.line, self.settings.limits).await?;
        Ok(*self.capabilities.insert(told))
    }

    /// Takes the range that a voltage needs. While the ranges are exchanged there is no output for four seconds.
    async fn prepare_range(&mut self, voltage: Millivolts) -> Result<(), LinkError> {
        let dialect = self.settings.dialect;
        let Some(wanted) = dialect.range_for(voltage).filter(|wanted| self.range != Some(*wanted)) else {
            return Ok(());
        };
        let was_on = self.on == Some(true);
        // Until it is done nobody knows, also when this future is dropped half way.
        self.range = None;
        dialect.switch(&mut self.line, false).await?;
        dialect.take_range(&mut self.line, wanted).await?;
        if was_on {
            dialect.switch(&mut self.line, true).await?;
        }
        self.range = Some(wanted);
        Ok(())
    }

    /// Tells of trouble once, when it begins.
    fn notice(&mut self, trouble: Option<&'static str>) {
        if let Some(what) = trouble.filter(|_| trouble != self.trouble) {
            tracing::warn!("{}", self.line.error(ErrorKind::Refused, what));
        }
        self.trouble = trouble;
    }
}

impl<B: CanBus> PowerSupplyDc for CanSupply<B> {
    type Error = LinkError;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
        self.capabilities = None;
        self.known().await
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), LinkError> {
        let can = self.known().await?;
        if !(can.min_voltage..=can.max_voltage).contains(&target.voltage) {
            let (low, high) = (can.min_voltage, can.max_voltage);
            return Err(self.line.error(ErrorKind::Refused, format!("{}: expected {low} to {high}", target.voltage)));
        }
        if !(Milliamps::ZERO..=can.max_current).contains(&target.current) {
            let most = can.max_current;
            return Err(self.line.error(ErrorKind::Refused, format!("{}: expected at most {most}", target.current)));
        }
        self.target = Some(target);
        self.prepare_range(target.voltage).await?;
        self.settings.dialect.set(&mut self.line, target).await
    }

    async fn switch(&mut self, on: bool) -> Result<(), LinkError> {
        let dialect = self.settings.dialect;
        if !on {
            self.on = Some(false);
            return dialect.switch(&mut self.line, false).await;
        }
        // Without a wish it holds the least it can: not what an earlier life left in the module.
        let least = SupplyTarget { voltage: self.known().await?.min_voltage, current: Milliamps::ZERO };
        let target = self.target.unwrap_or(least);
        self.prepare_range(target.voltage).await?;
        match dialect.set(&mut self.line, target).await {
            // Some firmware takes no settings while it is off; the second time counts.
            Err(error) if error.kind == ErrorKind::Refused => {}
            told => told?,
        }
        self.on = Some(true);
        dialect.switch(&mut self.line, true).await?;
        dialect.set(&mut self.line, target).await?;
        let state = dialect.state(&mut self.line).await?;
        self.notice(state.trouble);
        match state.trouble {
            Some(what) if state.on == Some(false) => {
                Err(self.line.error(ErrorKind::Refused, format!("it does not switch on: {what}")))
            }
            _ => Ok(()),
        }
    }

    async fn read(&mut self) -> Result<SupplyReading, LinkError> {
        let (voltage, current) = self.settings.dialect.output(&mut self.line).await?;
        let state = self.settings.dialect.state(&mut self.line).await?;
        self.notice(state.trouble);
        let on = state.on.or(self.on).unwrap_or(voltage > DEAD);
        Ok(SupplyReading { voltage, current, on })
    }
}
