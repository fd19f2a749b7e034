//! What somebody at a test bench can ask of a charger that lets them: see `service.bench` in `charger.toml`.

use hardware::SupplyTarget;
use serde::{Deserialize, Serialize};

use crate::bus::{Message, Service, Verb};
use crate::config::Config;

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
        for verb in [Verb::InsulationMeasure, Verb::InsulationTest, Verb::SupplySet, Verb::SupplySwitch] {
            config.permit(Service::Bench, verb);
        }
    }
}

impl From<BenchCommand> for Message {
    fn from(command: BenchCommand) -> Self {
        match command {
            BenchCommand::MeasureInsulation(on) => Self::MeasureInsulation(on),
            BenchCommand::SetSupply(target) => Self::SetSupply(target),
            BenchCommand::SwitchSupply(on) => Self::SwitchSupply(on),
            BenchCommand::TestInsulation => Self::TestInsulation,
        }
    }
}
