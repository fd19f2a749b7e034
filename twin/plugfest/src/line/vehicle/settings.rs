//! From the command line to a car.

use std::time::Duration;

use iso15118::Protocol;
use vehicle_model::hlc::Purpose;
use vehicle_model::{Car, EnergyKind, Matching, Speech};

use crate::charge::load_car;
use crate::line::options::VehicleOptions;

/// A car, with everything checked.
pub(super) struct Settings {
    pub(super) car: Car,
    /// So long it charges.
    pub(super) charges: Duration,
    /// What it is, in a few words.
    pub(super) title: String,
}

impl Settings {
    /// # Errors
    /// What does not fit together, in a line.
    pub(super) fn new(options: &VehicleOptions) -> Result<Self, String> {
        let profile = load_car(&options.car)?;
        let protocols = match &*options.line.protocol {
            "din" => vec![Protocol::Din],
            "iso2" => vec![Protocol::Iso2],
            // Those of the car that can be spoken here.
            _ => vec![Protocol::Din, Protocol::Iso2],
        };
        let direct = match options.line.kind.as_deref() {
            Some(kind) => kind == "dc",
            None => profile.dc.is_some(),
        };
        if direct && profile.dc.is_none() {
            return Err(format!("--kind dc: {} has no inlet for direct current", profile.name));
        }
        if !direct && protocols == [Protocol::Din] {
            return Err("--protocol din: DIN 70121 has no alternating current".to_owned());
        }
        let protocols = if direct { protocols } else { vec![Protocol::Iso2] };
        let names: Vec<_> = protocols
            .iter()
            .map(|protocol| match protocol {
                Protocol::Din => "DIN 70121",
                Protocol::Iso2 => "ISO 15118-2",
                Protocol::Iso20 => "ISO 15118-20",
            })
            .collect();
        let (kind, current) = if direct { (EnergyKind::Dc, "direct") } else { (EnergyKind::Ac, "alternating") };
        let title = format!("{}, {current} current by {}", profile.name, names.join(" and "));
        let mut car = Car::new(profile, seed()?);
        let matching = if options.line.no_slac { Matching::None } else { Matching::Slac };
        car.set_speech(Some(Speech { kind, protocols, purpose: Purpose::Charge, matching }));
        car.set_patience(options.patience);
        Ok(Self { car, charges: Duration::from_secs(options.seconds), title })
    }
}

/// Its address and its keys follow from it: two cars on one line are two.
fn seed() -> Result<u64, String> {
    let mut octets = [0; 8];
    getrandom::fill(&mut octets).map_err(|error| format!("the machine gives no random numbers: {error}"))?;
    Ok(u64::from_ne_bytes(octets))
}
