//! What somebody at a test bench can ask of a charger that lets them: see `service.bench` in `charger.toml`.

use hardware::SupplyTarget;
use serde::{Deserialize, Serialize};

use crate::bus::{BusError, Call, Port, Service, Verb};
use crate::config::Config;
use crate::services::{InsulationCall, SupplyCall};

/// One request from the bench. It goes over the bus under the identity `bench`, which the standard `charger.toml` lets do
/// nothing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchCommand {
    /// Let the insulation monitor measure, or not.
    MeasureInsulation(bool),
    /// Set what the DC supply is to hold.
    SetSupply(SupplyTarget),
    /// Switch the DC supply on or off.
    SwitchSupply(bool),
    /// Let the insulation monitor test itself.
    TestInsulation,
}

impl BenchCommand {
    /// Lets the bench in: every verb that a command of the bench uses.
    pub fn permit_all(config: &mut Config) {
        let one_of_each = [
            Self::MeasureInsulation(false),
            Self::SetSupply(SupplyTarget::default()),
            Self::SwitchSupply(false),
            Self::TestInsulation,
        ];
        for command in one_of_each {
            config.permit(Service::Bench, command.verb());
        }
    }

    /// Asks for it.
    ///
    /// # Errors
    /// `charger.toml` does not let the bench do so, or the charger does not run.
    pub fn send(self, bench: &Port) -> Result<(), BusError> {
        match self {
            Self::MeasureInsulation(on) => bench.send(InsulationCall::Measure(on)),
            Self::SetSupply(target) => bench.send(SupplyCall::Set(target)),
            Self::SwitchSupply(on) => bench.send(SupplyCall::Switch(on)),
            Self::TestInsulation => bench.send(InsulationCall::Test),
        }
    }

    fn verb(self) -> Verb {
        match self {
            Self::MeasureInsulation(on) => InsulationCall::Measure(on).verb(),
            Self::SetSupply(target) => SupplyCall::Set(target).verb(),
            Self::SwitchSupply(on) => SupplyCall::Switch(on).verb(),
            Self::TestInsulation => InsulationCall::Test.verb(),
        }
    }
}
