//! A station for the cars of the tests: 32 A of three lines, or 100 kW of direct current.

use iso15118::messages::{din, iso2};
use iso15118::secc::{self, AcCapability, DcCapability};
use units::{Milliamps, Millivolts, Watts};
use vehicle_model::EnergyKind;

/// What it can do.
pub(crate) fn station_config(kind: EnergyKind) -> secc::Config {
    let mut config = secc::Config::new("DE*PLF*E1");
    match kind {
        EnergyKind::Ac => {
            config.ac = Some(AcCapability {
                nominal_voltage: Millivolts::from_volts(230),
                max_current: Milliamps::from_amps(32),
            });
            config.iso2_modes =
                vec![iso2::EnergyTransferMode::AcSinglePhaseCore, iso2::EnergyTransferMode::AcThreePhaseCore];
        }
        EnergyKind::Dc => {
            config.dc = Some(DcCapability {
                min_voltage: Millivolts::from_volts(150),
                max_voltage: Millivolts::from_volts(920),
                min_current: Milliamps::from_amps(1),
                max_current: Milliamps::from_amps(200),
                max_power: Watts(100_000),
                current_ripple: Milliamps::from_amps(1),
                regulation_tolerance: Some(Milliamps::from_amps(2)),
            });
            config.iso2_modes = vec![iso2::EnergyTransferMode::DcCore, iso2::EnergyTransferMode::DcExtended];
            config.din_type = Some(din::EvseSupportedEnergyTransfer::DcExtended);
        }
    }
    config
}
