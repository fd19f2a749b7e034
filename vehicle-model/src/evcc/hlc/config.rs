//! What is set once: who the car is, what it offers, how it talks.

use std::collections::BTreeSet;
use std::time::Duration;

use iso15118::messages::iso2::EnergyTransferMode;
use iso15118::messages::sap::AppProtocol;
use iso15118::{Protocol, timing};
use units::{Milliamps, Millivolts, PhaseCount, Watts};

use super::pacing::Pacing;
use super::quirks::Quirks;
use crate::profile::{Closer, EnergyKind, EvStatusChange, EvccMode, Profile};

/// What is set once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Who the car is: the MAC address of its controller.
    pub evcc_id: [u8; 6],
    /// As how many octets it says that in DIN: 6, or more with zeros behind.
    pub evcc_id_octets: u8,
    /// So many octets of zero stand as SessionID in SessionSetupReq when it begins a session.
    pub session_id_octets: u8,
    /// The entries of SupportedAppProtocolReq, in their order.
    pub offers: Vec<AppProtocol>,
    /// From the connection to the offer.
    pub connection_to_offer: Duration,
    /// From a refusal of all offers to the end of the connection.
    pub refusal_to_close: Duration,
    /// What it comes for.
    pub purpose: Purpose,
    /// It waits so many times as long for each answer as the standard lets it: once, but for a station that was slowed down.
    pub patience: u32,
    /// How it charges by DIN 70121.
    pub din: Mode,
    /// How it charges by ISO 15118-2.
    pub iso2: Mode,
}

/// What a car comes for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Purpose {
    /// Energy.
    #[default]
    Charge,
    /// It says how full it is, and leaves: the station goes on with alternating current and the pilot alone.
    TellSoc,
}

/// How a car charges by one protocol.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mode {
    /// The energy transfers that it has, the best first.
    pub transfers: Vec<EnergyTransferMode>,
    /// When it sends what.
    pub pacing: Pacing,
    /// The optional fields that it sends: `CurrentDemandReq/EVMaximumPowerLimit`.
    pub optional: BTreeSet<String>,
    /// What it says of itself.
    pub told: Told,
    /// When it says that it is ready.
    pub ready: Ready,
    /// What it asks for while the voltage is matched.
    pub pre_charge_current: Milliamps,
    /// It asks for the cable check at least so often before it finds that it takes too long.
    pub cable_checks: u32,
    /// In the charge loop it waits so long for a response, if that is longer than the standard's time.
    pub loop_patience: Duration,
    /// How often it asks for the voltage behind its open contactors, at most.
    pub welding_detections: u32,
    /// It closes the connection so long after SessionStopRes; `None`: it waits for the station to do it.
    pub closes_after: Option<Duration>,
    /// What it does when the station says FAILED.
    pub on_failed: OnFailed,
    /// What is odd about it.
    pub quirks: Quirks,
}

/// What a car says of itself in ChargeParameterDiscoveryReq; `None`: what its battery says at that time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Told {
    /// The highest voltage.
    pub max_voltage: Option<Millivolts>,
    /// The highest current.
    pub max_current: Option<Milliamps>,
    /// The lowest alternating current.
    pub min_current: Option<Milliamps>,
    /// The highest power.
    pub max_power: Option<Watts>,
    /// What the battery holds, Wh.
    pub energy_capacity_wh: Option<u32>,
    /// When it wants to leave, seconds from now.
    pub departure_time_s: Option<u32>,
    /// When it calls the battery full, percent.
    pub full_soc: Option<u8>,
    /// When fast charging is over, percent.
    pub bulk_soc: Option<u8>,
    /// How many entries a schedule may have.
    pub max_schedule_entries: Option<u16>,
}

/// When a car says that it is ready. From CableCheck to the end of the charge loop it has to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ready {
    /// In ChargeParameterDiscoveryReq.
    pub at_parameters: bool,
    /// When it ends the charging.
    pub at_stop: bool,
    /// In WeldingDetectionReq.
    pub at_welding_detection: bool,
}

/// What a car does when the station says FAILED.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnFailed {
    /// SessionStop where that may come, else it closes the connection.
    #[default]
    SessionStop,
    /// It closes the connection.
    Close,
}

/// Stations are known that tell another voltage than there is, 500 V mostly, and none of the measured cars minded. What a station
/// tells may only be late as well: it has this time.
const OWN_VOLTAGE: Duration = Duration::from_secs(1);
/// No car asks for ever, whatever was measured.
const MOST_CABLE_CHECKS: u32 = 1_000;

/// How long a car waits in the charge loop: one that bore more than the standard's time does not keep it, and has the time of
/// ordinary messages.
fn loop_patience(mode: &EvccMode) -> Duration {
    // From request to request, without the car's own pause: the delay of the station.
    let delays = mode
        .period_ms
        .iter()
        .filter_map(|(request, period)| Some(period.max.saturating_sub(mode.repeat_ms.get(request)?.max)));
    let borne = Duration::from_millis(delays.max().unwrap_or(0));
    if borne > timing::DIN.timeout("CurrentDemandReq") { timing::DIN.message_timeout } else { Duration::ZERO }
}

/// Until the station has discharged its output, a car asks again; some never do.
const WELDING_DETECTIONS: u32 = 5;

fn milliamps(amperes: f64) -> Milliamps {
    Milliamps((amperes * 1_000.0) as i32)
}

fn millivolts(volts: f64) -> Millivolts {
    Millivolts((volts * 1_000.0) as i32)
}

fn transfer(name: &str) -> Option<EnergyTransferMode> {
    use EnergyTransferMode as E;
    Some(match name {
        "AC_single_phase_core" => E::AcSinglePhaseCore,
        "AC_three_phase_core" => E::AcThreePhaseCore,
        "DC_core" => E::DcCore,
        "DC_extended" => E::DcExtended,
        "DC_combo_core" => E::DcComboCore,
        "DC_unique" => E::DcUnique,
        _ => return None,
    })
}

/// Whether direct current flows.
pub(super) const fn is_dc(transfer: EnergyTransferMode) -> bool {
    use EnergyTransferMode as E;
    match transfer {
        E::AcSinglePhaseCore | E::AcThreePhaseCore => false,
        E::DcCore | E::DcExtended | E::DcComboCore | E::DcUnique => true,
    }
}

/// Whether the car says EVReady in a request: what held at the last change before it.
fn ready_at(changes: &[EvStatusChange], request: &str, otherwise: bool) -> bool {
    const ORDER: [&str; 7] = [
        "ChargeParameterDiscoveryReq",
        "CableCheckReq",
        "PreChargeReq",
        "PowerDeliveryReq",
        "CurrentDemandReq",
        "PowerDeliveryReq-Stop",
        "WeldingDetectionReq",
    ];
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let until = place(request);
    changes.iter().rev().find(|change| place(&change.at) <= until).map_or(otherwise, |change| change.ready)
}

impl Config {
    /// A car that charges with this kind of current, as its profile says; what nobody measured is as the standard has it.
    #[must_use]
    pub fn new(profile: &Profile, evcc_id: [u8; 6], kind: EnergyKind) -> Self {
        let evcc = profile.evcc.as_deref();
        let mode = |protocol, kind| {
            let measured = evcc.and_then(|evcc| evcc.mode(protocol, kind));
            measured.map_or_else(|| Mode::of_the_standard(profile, kind), |mode| Mode::measured(profile, kind, mode))
        };
        let spread = |spread: Option<iso15118::Spread>, otherwise| {
            Duration::from_millis(spread.map_or(otherwise, |spread: iso15118::Spread| spread.median))
        };
        Self {
            evcc_id,
            evcc_id_octets: evcc.and_then(|evcc| evcc.quirks.evcc_id_octets).unwrap_or(6).clamp(6, 8),
            session_id_octets: evcc.and_then(|evcc| evcc.quirks.session_id_octets).unwrap_or(8).min(8),
            offers: evcc.map_or_else(|| usual_offers(kind), crate::profile::EvccProfile::app_protocols),
            connection_to_offer: spread(evcc.and_then(|evcc| evcc.connection_to_offer_ms), 50),
            refusal_to_close: spread(evcc.and_then(|evcc| evcc.refusal_to_close_ms), 50),
            purpose: Purpose::Charge,
            patience: 1,
            din: mode(Protocol::Din, EnergyKind::Dc),
            iso2: mode(Protocol::Iso2, kind),
        }
    }

    /// How it charges by a protocol; `None` for one that is not spoken here.
    pub(super) const fn mode(&self, protocol: Protocol) -> Option<&Mode> {
        match protocol {
            Protocol::Din => Some(&self.din),
            Protocol::Iso2 => Some(&self.iso2),
            Protocol::Iso20 => None,
        }
    }
}

/// ISO 15118-2 first; with direct current DIN 70121 as well.
fn usual_offers(kind: EnergyKind) -> Vec<AppProtocol> {
    let offer = |namespace: &str, schema_id, priority| AppProtocol {
        protocol_namespace: namespace.to_owned(),
        version_number_major: 2,
        version_number_minor: 0,
        schema_id,
        priority,
    };
    let mut offers = vec![offer("urn:iso:15118:2:2013:MsgDef", 0, 1)];
    match kind {
        EnergyKind::Ac => {}
        EnergyKind::Dc => offers.push(offer("urn:din:70121:2012:MsgDef", 1, 2)),
    }
    offers
}

fn usual_transfers(profile: &Profile, kind: EnergyKind) -> Vec<EnergyTransferMode> {
    use EnergyTransferMode as E;
    match (kind, profile.charger.phases) {
        (EnergyKind::Dc, _) => vec![E::DcExtended],
        (EnergyKind::Ac, PhaseCount::One) => vec![E::AcSinglePhaseCore],
        (EnergyKind::Ac, PhaseCount::Two | PhaseCount::Three) => vec![E::AcThreePhaseCore, E::AcSinglePhaseCore],
    }
}

impl Mode {
    /// As the standard has it, with the limits of this car.
    fn of_the_standard(profile: &Profile, kind: EnergyKind) -> Self {
        let optional = [
            "ChargeParameterDiscoveryReq/EVMaximumPowerLimit",
            "ChargeParameterDiscoveryReq/EVEnergyRequest",
            "CurrentDemandReq/EVMaximumVoltageLimit",
            "CurrentDemandReq/EVMaximumCurrentLimit",
            "CurrentDemandReq/EVMaximumPowerLimit",
            "PowerDeliveryReq/ChargingProfile",
        ];
        let charger = &profile.charger;
        let told = match kind {
            EnergyKind::Ac => Told {
                max_voltage: Some(Millivolts::from_volts(400)),
                max_current: Some(charger.max_current()),
                min_current: Some(milliamps(charger.min_current_a.min(charger.max_current_a))),
                ..Told::default()
            },
            EnergyKind::Dc => Told::default(),
        };
        Self {
            transfers: usual_transfers(profile, kind),
            pacing: Pacing::default(),
            optional: optional.into_iter().map(str::to_owned).collect(),
            told,
            ready: Ready::default(),
            pre_charge_current: Milliamps::from_amps(1),
            cable_checks: 0,
            loop_patience: Duration::ZERO,
            welding_detections: WELDING_DETECTIONS,
            closes_after: None,
            on_failed: OnFailed::SessionStop,
            quirks: Quirks::default(),
        }
    }

    /// As it was measured; what was not, as the standard has it.
    fn measured(profile: &Profile, kind: EnergyKind, mode: &EvccMode) -> Self {
        let usual = Self::of_the_standard(profile, kind);
        let transfers: Vec<_> = mode.energy_transfer.iter().filter_map(|name| transfer(name)).collect();
        let limits = &mode.limits;
        let asked_for_welding = mode.pacing_ms.contains_key("WeldingDetectionReq");
        let repeats = |request| mode.repeats.get(request).map(|repeats| u32::try_from(repeats.max).unwrap_or(u32::MAX));
        // A capture that ends before the end tells nothing of how a car ends.
        let ended = mode.stop.session_stop > 0;
        Self {
            transfers: if transfers.is_empty() { usual.transfers } else { transfers },
            pacing: Pacing::of(mode),
            optional: if mode.optional.is_empty() { usual.optional } else { mode.optional.iter().cloned().collect() },
            told: Told {
                max_voltage: limits.max_voltage_v.map(millivolts).or(usual.told.max_voltage),
                max_current: limits.max_current_a.map(milliamps).or(usual.told.max_current),
                min_current: limits.min_current_a.map(milliamps).or(usual.told.min_current),
                max_power: limits.max_power_w.map(|watts| Watts(watts as i32)),
                energy_capacity_wh: limits.energy_capacity_wh.map(|capacity| capacity as u32),
                departure_time_s: limits.departure_time_s.and_then(|time| u32::try_from(time).ok()),
                full_soc: limits.full_soc,
                bulk_soc: limits.bulk_soc,
                max_schedule_entries: limits.max_schedule_entries.and_then(|count| u16::try_from(count).ok()),
            },
            ready: Ready {
                at_parameters: ready_at(&mode.status, "ChargeParameterDiscoveryReq", false),
                at_stop: ready_at(&mode.status, "PowerDeliveryReq-Stop", true),
                at_welding_detection: ready_at(&mode.status, "WeldingDetectionReq", false),
            },
            pre_charge_current: mode
                .pre_charge
                .first()
                .map_or(usual.pre_charge_current, |(_, _, amperes)| milliamps(amperes.max(0.0))),
            cable_checks: repeats("CableCheckReq").unwrap_or(0).min(MOST_CABLE_CHECKS),
            loop_patience: loop_patience(mode),
            welding_detections: repeats("WeldingDetectionReq").unwrap_or(WELDING_DETECTIONS).clamp(1, 100),
            closes_after: match mode.stop.closed_by {
                Some(Closer::Car) => {
                    Some(Duration::from_millis(mode.stop.stop_to_close_ms.map_or(0, |spread| spread.median)))
                }
                Some(Closer::Station) | None => None,
            },
            on_failed: OnFailed::SessionStop,
            quirks: Quirks {
                whole_amperes: mode.quirks.whole_amperes,
                own_voltage_counts_after: Some(OWN_VOLTAGE),
                skips_welding_detection: ended && kind == EnergyKind::Dc && !asked_for_welding,
                values_without_unit: mode.quirks.values_without_unit,
                zero_octets_behind: mode.quirks.zero_octets_behind.clone(),
                ..Quirks::default()
            },
        }
    }

    /// Whether it sends an optional field: `CurrentDemandReq/EVMaximumPowerLimit`.
    pub(super) fn sends(&self, field: &str) -> bool {
        self.optional.contains(field)
    }
}
