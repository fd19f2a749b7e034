//! Tests of the station's side: messages and what the host says in, messages and events out.

mod car;
mod hostile;
mod order;
mod random;
mod rules;
mod sessions;

use units::{Milliamps, Millivolts, Watts};

use super::{AcCapability, Config, DcCapability};
use crate::messages::{din, iso2};

pub(super) const AC: AcCapability =
    AcCapability { nominal_voltage: Millivolts(230_000), max_current: Milliamps(32_000) };
pub(super) const DC: DcCapability = DcCapability {
    min_voltage: Millivolts(150_000),
    max_voltage: Millivolts(920_000),
    min_current: Milliamps(1_000),
    max_current: Milliamps(200_000),
    max_power: Watts(100_000),
    current_ripple: Milliamps(1_000),
    regulation_tolerance: Some(Milliamps(2_000)),
};

/// A station of alternating current.
fn ac_station() -> Config {
    let mut config = Config::new("DE*PLF*E1");
    config.ac = Some(AC);
    config.iso2_modes = vec![iso2::EnergyTransferMode::AcThreePhaseCore];
    config.meter_id = Some("M1".to_owned());
    config
}

/// A station of direct current.
fn dc_station() -> Config {
    let mut config = Config::new("DE*PLF*E1");
    config.dc = Some(DC);
    config.iso2_modes = vec![iso2::EnergyTransferMode::DcExtended];
    config.din_type = Some(din::EvseSupportedEnergyTransfer::DcExtended);
    config.meter_id = Some("M1".to_owned());
    config
}
