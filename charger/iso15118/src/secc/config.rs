//! What a station's controller is set to, once.

use std::time::Duration;

use exi::Hex;
use units::{Milliamps, Millivolts, Watts};

use crate::Protocol;
use crate::messages::{din, iso2};

/// Where real cars and the standard disagree.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profile {
    /// As it is written.
    Strict,
    /// As it works: what real cars do is taken where it harms nobody.
    #[default]
    Field,
}

/// What the station can give as alternating current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AcCapability {
    /// Between phase and neutral.
    pub nominal_voltage: Millivolts,
    /// Each line, at most.
    pub max_current: Milliamps,
}

/// What the station can give as direct current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DcCapability {
    /// The lowest voltage that it regulates.
    pub min_voltage: Millivolts,
    /// The highest.
    pub max_voltage: Millivolts,
    /// The lowest current that it regulates.
    pub min_current: Milliamps,
    /// The highest.
    pub max_current: Milliamps,
    /// At most.
    pub max_power: Watts,
    /// Ripple of the current, peak to peak.
    pub current_ripple: Milliamps,
    /// How far the current may be from what is asked for; `None`: not told.
    pub regulation_tolerance: Option<Milliamps>,
}

/// A service besides charging, and the settings among which a car may choose.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueAddedService {
    /// Number, category and name.
    pub service: iso2::Service,
    /// Its settings; may be empty.
    pub parameter_sets: Vec<iso2::ParameterSet>,
}

/// What is set once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// The EVSE in ISO 15118-2, 7..37 characters: `DE*PLF*E1`.
    pub evse_id: String,
    /// The EVSE in DIN 70121; one octet 00 for a station that has no such id.
    pub din_evse_id: Hex<32>,
    /// The modes of ISO 15118-2 in the order in which cars see them: some give up on a long list, others on a short one. Those
    /// that the station cannot give are left out, and ISO 15118-2 is not served when none is left.
    pub iso2_modes: Vec<iso2::EnergyTransferMode>,
    /// The one type of DIN 70121, which is served with direct current only; `None`: it is not.
    pub din_type: Option<din::EvseSupportedEnergyTransfer>,
    /// Alternating current, if there is any.
    pub ac: Option<AcCapability>,
    /// Direct current, if there is any.
    pub dc: Option<DcCapability>,
    /// Whether charging costs nothing.
    pub free_service: bool,
    /// Services besides charging, 8 at most (ISO 15118-2).
    pub services: Vec<ValueAddedService>,
    /// The meter, up to 32 characters; `None`: its reading is not told.
    pub meter_id: Option<String>,
    /// Where real cars and the standard disagree.
    pub profile: Profile,
    /// A car that waits for its authorization or for the schedule is refused after that: 55 s at most, V2G_SECC_Ongoing.
    pub ongoing: Duration,
    /// The same for the cable check: 38 s at most.
    pub cable_check: Duration,
    /// A car that was asked to stop has so long to do it.
    pub stop_patience: Duration,
}

impl Config {
    /// A station that offers nothing yet.
    #[must_use]
    pub fn new(evse_id: &str) -> Self {
        Self {
            evse_id: evse_id.to_owned(),
            din_evse_id: Hex::new(&[0]).unwrap_or_default(),
            iso2_modes: Vec::new(),
            din_type: None,
            ac: None,
            dc: None,
            free_service: true,
            services: Vec::new(),
            meter_id: None,
            profile: Profile::Field,
            ongoing: Duration::from_secs(55),
            cable_check: Duration::from_secs(38),
            stop_patience: Duration::from_secs(10),
        }
    }

    /// The modes of ISO 15118-2 that the station can give.
    pub(super) fn modes(&self) -> Vec<iso2::EnergyTransferMode> {
        let mut modes = Vec::new();
        for mode in &self.iso2_modes {
            let has = if is_ac(*mode) { self.ac.is_some() } else { self.dc.is_some() };
            if has && !modes.contains(mode) {
                modes.push(*mode);
            }
        }
        modes
    }

    /// The type of DIN 70121 that is served: AC alone is none.
    pub(super) fn din(&self) -> Option<din::EvseSupportedEnergyTransfer> {
        use din::EvseSupportedEnergyTransfer as T;
        self.dc?;
        self.din_type.filter(|offered| !matches!(offered, T::AcSinglePhaseCore | T::AcThreePhaseCore))
    }

    /// Whether a generation is served.
    pub(super) fn serves(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Din => self.din().is_some(),
            Protocol::Iso2 => !self.modes().is_empty(),
            Protocol::Iso20 => false,
        }
    }

    /// Whether a car may ask for that mode.
    pub(super) fn offers(&self, protocol: Protocol, mode: iso2::EnergyTransferMode) -> bool {
        use din::EvseSupportedEnergyTransfer as T;
        use iso2::EnergyTransferMode as M;
        match protocol {
            Protocol::Iso2 => self.modes().contains(&mode),
            Protocol::Din => match mode {
                M::DcExtended => matches!(
                    self.din(),
                    Some(
                        T::DcExtended
                            | T::DcDual
                            | T::AcCore1pDcExtended
                            | T::AcCore3pDcExtended
                            | T::AcSinglePhaseThreePhaseCoreDcExtended
                    )
                ),
                M::DcCore => matches!(self.din(), Some(T::DcCore | T::DcDual)),
                M::DcComboCore => self.din() == Some(T::DcComboCore),
                M::AcSinglePhaseCore | M::AcThreePhaseCore | M::DcUnique => false,
            },
            Protocol::Iso20 => false,
        }
    }

    pub(super) fn service(&self, id: u16) -> Option<&ValueAddedService> {
        self.services.iter().find(|one| one.service.service_id == id)
    }
}

/// Whether the mode is one of alternating current.
pub(super) const fn is_ac(mode: iso2::EnergyTransferMode) -> bool {
    matches!(mode, iso2::EnergyTransferMode::AcSinglePhaseCore | iso2::EnergyTransferMode::AcThreePhaseCore)
}
