//! From the command line to a plan.

use std::fs;
use std::path::{Path, PathBuf};

use features::print;
use iso15118::Protocol;
use station::{AuthorizationMode, Config};
use twin::{CsmsChoice, Opinion, Policy};
use units::Soc;
use vehicle_model::hlc::Purpose;
use vehicle_model::{EnergyKind, Matching, Profile, Speech};

use super::pace::Speed;
use crate::cli::Charge;

/// Who lets the driver in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Auth {
    Free,
    Remote,
    Rfid(String),
}

/// One session, with everything checked.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) car: Profile,
    /// What the car says; `None`: it reads the duty of the pilot.
    pub(super) speech: Option<Speech>,
    pub(super) charger: Config,
    pub(super) csms: CsmsChoice,
    pub(super) auth: Auth,
    pub(super) from: Soc,
    pub(super) to: Soc,
    /// By the CSMS.
    pub(super) limit: Option<i32>,
    pub(super) seed: u64,
    pub(super) duration: Option<u64>,
    pub(super) record: Option<PathBuf>,
    pub(super) speed: Speed,
    /// How long the session will take, for the progress bar.
    pub(super) virtual_s: Option<f64>,
}

/// How long a session takes on a terminal when no speed is asked for.
const SHOW_S: f64 = 20.0;

impl Plan {
    pub(super) fn new(options: &Charge) -> Result<Self, String> {
        let auth = match options.auth.split_once(':') {
            None if options.auth == "free" => Auth::Free,
            None if options.auth == "remote" => Auth::Remote,
            Some(("rfid", id)) if !id.is_empty() && id.len() <= 36 => Auth::Rfid(id.to_ascii_uppercase()),
            _ => return Err(format!("--auth {}: expected free, rfid:ID or remote", options.auth)),
        };
        if options.from >= options.to {
            return Err(format!("--from {} --to {}: expected --from below --to", options.from, options.to));
        }
        let mut charger = match &options.charger {
            Some(path) => {
                Config::from_toml(&path.display().to_string(), &read(path)?).map_err(|error| error.to_string())?
            }
            None => Config::standard(),
        };
        charger.authorization.mode =
            if auth == Auth::Free { AuthorizationMode::Free } else { AuthorizationMode::Token };
        let csms = match &options.csms {
            Some(url) => {
                ocpp_url(url, &charger)?;
                CsmsChoice::Url(url.clone())
            }
            None => CsmsChoice::Simulated(policy(&auth)),
        };
        let speed = match (&options.speed, &options.csms) {
            (Some(text), None) => Some(text.parse()?),
            (None, Some(_)) => Some(Speed::Times(1.0)),
            (Some(text), Some(_)) if text == "1x" => Some(Speed::Times(1.0)),
            (Some(text), Some(_)) => return Err(format!("--speed {text}: a real CSMS (--csms) needs real time, 1x")),
            (None, None) => None,
        };
        if auth == Auth::Remote && options.csms.is_some() {
            // Whether the real CSMS starts anything is up to it.
            print::complain(format_args!("--auth remote: waiting for the CSMS to start the transaction"));
        }
        let percent = |percent| Soc::from_percent(percent).unwrap_or(Soc::FULL);
        let car = load_car(&options.car)?;
        let speech = speech(options)?;
        if let Some(Speech { kind: EnergyKind::Dc, .. }) = speech
            && car.dc.is_none()
        {
            return Err(format!("--car {}: it has no inlet for direct current", options.car));
        }
        // Whoever is to speak is invited to.
        if speech.is_some() {
            charger.evses.each_mut().for_each(|evse| evse.pilot.digital_first = true);
        }
        Ok(Self {
            car,
            speech,
            charger,
            csms,
            auth,
            from: percent(options.from),
            to: percent(options.to),
            limit: options.limit,
            seed: options.seed,
            duration: options.duration,
            record: options.record.clone(),
            speed: speed.unwrap_or(Speed::Max),
            virtual_s: None,
        })
    }

    /// Shows a session of so many virtual seconds in a time that people like to watch, unless a speed was asked for.
    pub(super) fn show(&mut self, virtual_s: f64, options: &Charge) {
        self.virtual_s = Some(virtual_s);
        if options.speed.is_none() {
            self.speed = Speed::Times((virtual_s / SHOW_S).max(1.0));
        }
    }

    /// What the session is, in a few words.
    pub(super) fn title(&self) -> String {
        format!("{} from {:.0} % to {:.0} %", self.car.name, self.from.percent(), self.to.percent())
    }
}

/// What the car is to say.
fn speech(options: &Charge) -> Result<Option<Speech>, String> {
    let kind = options.kind.as_deref();
    let (protocol, kind) = match (options.protocol.as_str(), kind) {
        ("basic", None) => return Ok(None),
        ("basic", Some(kind)) => return Err(format!("--kind {kind}: only with --protocol iso2 or din")),
        ("din", Some("ac")) => return Err("--kind ac: DIN 70121 has direct current only".into()),
        ("din", _) => (Protocol::Din, EnergyKind::Dc),
        (_, Some("dc")) => (Protocol::Iso2, EnergyKind::Dc),
        (_, _) => (Protocol::Iso2, EnergyKind::Ac),
    };
    Ok(Some(Speech { kind, protocols: vec![protocol], purpose: Purpose::Charge, matching: Matching::Slac }))
}

fn policy(auth: &Auth) -> Policy {
    let mut policy = Policy::default();
    if let Auth::Rfid(id) = auth {
        policy.tokens.insert(id.clone(), Opinion { status: "Accepted".into(), group: None });
    }
    policy
}

/// Checks a URL as the charger will.
fn ocpp_url(url: &str, charger: &Config) -> Result<(), String> {
    twin::check_url(url, &charger.station.id)
}

/// A car by the name of a built-in one, or from a TOML file.
///
/// # Errors
/// There is none, or something in the file is wrong.
pub(crate) fn load_car(name: &str) -> Result<Profile, String> {
    if name.ends_with(".toml") {
        let path = Path::new(name);
        return Profile::from_toml(name, &read(path)?).map_err(|error| error.to_string());
    }
    Profile::builtin(name).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
