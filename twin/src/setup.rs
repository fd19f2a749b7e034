//! What a world is made of.

use std::path::PathBuf;

use devices::bare_board::BareBoard;
use event_log::Log;
use grid_model::{SupplyConfig, Wiring};
use station::Config;
use units::EvseId;
use vehicle_model::Profile;

use crate::csms::Policy;
use crate::runtime::Pace;

/// Monday, 2 March 2026, 06:00 UTC: when a world begins unless told otherwise.
pub const EPOCH_MICROS: i64 = 1_772_431_200_000_000;

/// Where the charger finds its CSMS.
#[derive(Clone, Debug)]
pub enum CsmsChoice {
    /// Nowhere.
    None,
    /// Inside the process.
    Simulated(Policy),
    /// At a `ws://` URL, over a real socket, in real time.
    Url(String),
}

/// What there is at one EVSE.
#[derive(Clone, Debug)]
pub struct EvseSetup {
    /// The car that stands there.
    pub car: Profile,
    /// Which line of the house each line of the outlet is.
    pub wiring: Wiring,
    /// A power board without firmware, whose safety machine the charger's host runs; `None` is one with firmware.
    pub bare_board: Option<BareBoard>,
    /// Whether the power board measures the currents of the lines.
    pub ammeter: bool,
    /// Whether there is a DC side: rectifier, insulation monitor.
    pub dc: bool,
    /// Whether there is a PLC modem.
    pub plc: bool,
}

impl EvseSetup {
    /// The standard EVSE with that car.
    #[must_use]
    pub fn standard(car: Profile) -> Self {
        Self { car, wiring: Wiring::default(), bare_board: None, ammeter: true, dc: false, plc: false }
    }
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The charger.
    pub charger: Config,
    /// What there is at each EVSE of the charger, in order of their numbers; those that this does not name are as the last one.
    pub evses: Vec<EvseSetup>,
    /// The supply and the house.
    pub site: SupplyConfig,
    /// The CSMS.
    pub csms: CsmsChoice,
    /// Everything that is random in the world follows from it.
    pub seed: u64,
    /// How time passes.
    pub pace: Pace,
    /// Unix time in microseconds at the beginning.
    pub epoch_micros: i64,
    /// Where events are recorded.
    pub log: Log,
    /// The charger's durable store; `None` keeps it in memory, over restarts of the host too.
    pub store: Option<PathBuf>,
}

impl Setup {
    /// The standard charger with that car at its only EVSE, a simulated CSMS, virtual time.
    #[must_use]
    pub fn standard(car: Profile, seed: u64) -> Self {
        Self {
            charger: Config::standard(),
            evses: vec![EvseSetup::standard(car)],
            site: SupplyConfig::default(),
            csms: CsmsChoice::Simulated(Policy::default()),
            seed,
            pace: Pace::Virtual,
            epoch_micros: EPOCH_MICROS,
            log: Log::memory(),
            store: None,
        }
    }

    /// The charger has so many EVSEs from now on, each further one as the last one.
    pub fn set_evses(&mut self, count: usize) {
        self.charger.evses.set_count(count);
        self.fit();
    }

    /// What there is at that EVSE; of one that the charger does not have, at its last one.
    ///
    /// # Panics
    /// When [`Setup::evses`] was emptied.
    pub fn evse(&mut self, evse: EvseId) -> &mut EvseSetup {
        self.fit();
        let place = usize::from(evse.number()).min(self.evses.len()).saturating_sub(1);
        &mut self.evses[place]
    }

    /// As many as the charger has.
    pub(crate) fn fit(&mut self) {
        if let Some(last) = self.evses.last().cloned() {
            self.evses.resize(self.charger.evses.len(), last);
        }
    }
}

/// Why a world cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No EVSE, so no car either.
    #[error("a world needs at least one EVSE with its car")]
    NoEvse,
    /// A real CSMS in virtual time.
    #[error("{0}: a real CSMS needs real time (speed 1x)")]
    RealCsmsInVirtualTime(String),
    /// The host outside of the process cannot be made.
    #[error(transparent)]
    Host(#[from] crate::TwinError),
    /// The runtime cannot be made.
    #[error("the runtime: {0}")]
    Runtime(#[from] std::io::Error),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] ocpp::StoreError),
    /// The URL is none.
    #[error("{0}")]
    Url(String),
}

/// Checks the URL of a CSMS as the charger of that identity will.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_url(url: &str, identity: &str) -> Result<(), String> {
    ocpp::Tcp::new(url, identity).map(drop)
}
