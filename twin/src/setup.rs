//! What a world is made of.

use std::path::PathBuf;

use devices::bare_board::BareBoard;
use event_log::Log;
use grid_model::{SupplyConfig, Wiring};
use station::Config;
use units::EvseId;
use vehicle_model::{Profile, Speech};

use crate::csms::Policy;
use crate::error::TwinError;
use crate::frames::FrameSink;
use crate::parties::{self, CarChoice, ChargerChoice, CsmsChoice, HostMaker, PartiesError};
use crate::runtime::Pace;
use crate::terminals::{OutsideHost, Terminals};

/// Monday, 2 March 2026, 06:00 UTC: when a world begins unless told otherwise.
pub const EPOCH_MICROS: i64 = 1_772_431_200_000_000;

/// What there is at one EVSE.
#[derive(Clone, Debug)]
pub struct EvseSetup {
    /// The car that stands there.
    pub car: CarChoice,
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
    /// How its car speaks; `None`: it reads the duty of the pilot alone. What it says is heard where there is a modem.
    pub speech: Option<Speech>,
}

impl EvseSetup {
    /// The standard EVSE with a model of that car.
    #[must_use]
    pub fn standard(car: Profile) -> Self {
        Self {
            car: CarChoice::Inside(car),
            wiring: Wiring::default(),
            bare_board: None,
            ammeter: true,
            dc: false,
            plc: false,
            speech: None,
        }
    }
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the charger is told. Where there is none, only the number of its EVSEs counts: so many places there are for cars.
    pub charger: Config,
    /// Where the charger is.
    pub charger_is: ChargerChoice,
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
    /// Hears what chargers and cars say over their modems.
    pub frames: Option<FrameSink>,
    /// The charger's durable store; `None` keeps it in memory, over restarts of the host too.
    pub store: Option<PathBuf>,
}

impl Setup {
    /// The standard charger with that car at its only EVSE, a simulated CSMS, virtual time.
    #[must_use]
    pub fn standard(car: Profile, seed: u64) -> Self {
        Self {
            charger: Config::standard(),
            charger_is: ChargerChoice::Inside,
            evses: vec![EvseSetup::standard(car)],
            site: SupplyConfig::default(),
            csms: CsmsChoice::Simulated(Policy::default()),
            seed,
            pace: Pace::Virtual,
            epoch_micros: EPOCH_MICROS,
            log: Log::memory(),
            frames: None,
            store: None,
        }
    }

    /// The same for a charger whose host is outside of this process, and so in real time; `make` gets the wires to it.
    #[must_use]
    pub fn with_host(self, make: impl Fn(Terminals) -> Result<Box<dyn OutsideHost>, TwinError> + 'static) -> Self {
        Self { charger_is: ChargerChoice::Outside(HostMaker::new(make)), pace: Pace::RealTime, ..self }
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

    /// Whether there can be such a world; it was made to fit.
    ///
    /// # Errors
    /// What in it cannot be.
    pub(crate) fn check(&self) -> Result<(), SetupError> {
        match (&self.csms, &self.charger_is, self.pace) {
            (CsmsChoice::Url(url), _, Pace::Virtual) => return Err(SetupError::RealCsmsInVirtualTime(url.clone())),
            (_, ChargerChoice::Outside(_), Pace::Virtual) => return Err(SetupError::OutsideInVirtualTime),
            (_, ChargerChoice::Outside(_), Pace::RealTime) | (_, ChargerChoice::Inside | ChargerChoice::None, _) => {}
        }
        if self.evses.is_empty() {
            return Err(SetupError::NoEvse);
        }
        let cars = self.charger.evses.ids().zip(&self.evses).map(|(id, there)| (id, &there.car));
        Ok(parties::can_meet(&self.charger_is, cars)?)
    }

    /// Whether what is at the charger's terminals are models of this world.
    pub(crate) fn has_modelled_outlets(&self) -> bool {
        parties::has_modelled_outlets(&self.charger_is, self.evses.iter().map(|there| &there.car))
    }
}

/// Why a world cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No EVSE, so no place for a car either.
    #[error("a world needs at least one EVSE")]
    NoEvse,
    /// A charger on wires in virtual time.
    #[error("a charger outside of this process needs real time")]
    OutsideInVirtualTime,
    /// They cannot meet.
    #[error(transparent)]
    Parties(#[from] PartiesError),
    /// A real CSMS in virtual time.
    #[error("{0}: a real CSMS needs real time (speed 1x)")]
    RealCsmsInVirtualTime(String),
    /// The host outside of the process cannot be made.
    #[error(transparent)]
    Host(#[from] TwinError),
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
