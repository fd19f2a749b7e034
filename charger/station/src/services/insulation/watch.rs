//! What the insulation monitor is good for at the moment.

use std::time::Duration;

use hardware::{HardwareError, InsulationReading};
use tokio::time::Instant;

use crate::config::DcConfig;
use crate::services::link::Link;

/// A monitor that is to measure and has no valid value for so long watches nothing: it is as good as lost.
const BLIND: Duration = Duration::from_secs(10);

/// Whether the monitor watches, and what it sees.
#[derive(Debug)]
pub(super) struct Watch {
    link: Link,
    /// Whether it is to measure; `None` until somebody said so.
    ordered: Option<bool>,
    /// When it had a valid value, or else since when it could have one.
    valued: Instant,
    blind: bool,
    insulated: bool,
}

impl Watch {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            link: Link::new("insulation monitor", patience),
            ordered: None,
            valued: Instant::now(),
            blind: false,
            insulated: true,
        }
    }

    /// It is to measure from now on, or not.
    pub(super) fn order(&mut self, on: bool) {
        self.ordered = Some(on);
        self.valued = Instant::now();
    }

    /// Whether it is to measure; `None` when nobody has said so.
    pub(super) const fn ordered(&self) -> Option<bool> {
        self.ordered
    }

    /// It tested itself: it was not read meanwhile, and it begins to measure anew.
    pub(super) fn tested(&mut self) {
        self.link.spared();
        self.valued = Instant::now();
    }

    /// What there is to tell of the monitor after a reading: it watches again, or it does not.
    pub(super) fn judge<E: HardwareError>(
        &mut self,
        reading: &Result<InsulationReading, E>,
    ) -> Option<Result<(), String>> {
        let link = self.link.judge(reading);
        let Ok(reading) = reading else { return link };
        // One that answers again has until then what one has that begins.
        if reading.resistance.is_some() || link.is_some() {
            self.valued = Instant::now();
        }
        let blind = self.ordered == Some(true) && self.valued.elapsed() >= BLIND;
        let changed = std::mem::replace(&mut self.blind, blind) != blind;
        if blind && changed {
            Some(Err(format!("it measures and has no valid value for {} s", BLIND.as_secs())))
        } else if changed {
            Some(Ok(()))
        } else {
            link
        }
    }

    /// What there is to tell of the insulation after a reading: it is good again, or it is not.
    pub(super) fn insulation(&mut self, config: &DcConfig, reading: &InsulationReading) -> Option<Result<(), String>> {
        let resistance = reading.resistance?;
        let good = resistance >= config.insulation_min();
        if std::mem::replace(&mut self.insulated, good) == good {
            return None;
        }
        Some(if good {
            Ok(())
        } else {
            Err(format!(
                "{} kohm to earth, at least {} kohm are needed",
                resistance.0 / 1000,
                config.insulation_min_kohm
            ))
        })
    }
}
