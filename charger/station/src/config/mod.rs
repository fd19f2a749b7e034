//! `charger.toml`: one charger on one page.

mod dc;
mod evse;
mod hlc;
mod lengths;
mod tables;
mod wrong;

use std::collections::BTreeMap;

pub use dc::DcConfig;
use energy::SiteConfig;
pub use evse::{EvseConfig, Evses, Owner};
pub use hlc::{HlcConfig, HlcParameterSet, HlcProfile, HlcProtocol, HlcService, HlcValue};
use session::normalise_tokens;
pub use session::{
    AuthorizationConfig, AuthorizationMode, ListedKind, ListedToken, LockConfig, LockWhen, MeterConfig, OutletConfig,
    OutletKind, PilotConfig, SessionConfig,
};
pub use tables::StationConfig;

use units::EvseId;

use crate::bus::{Permissions, Service, ServiceTable, Verb};

/// The standard `charger.toml`: the file every key defaults to.
const STANDARD: &str = include_str!("../../charger.toml");

/// Everything one charger is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Who it is.
    pub station: StationConfig,
    /// Its EVSEs.
    pub evses: Evses,
    /// Who may charge.
    pub authorization: AuthorizationConfig,
    /// What a session outlives.
    pub session: SessionConfig,
    /// How often the meters are read.
    pub meter: MeterConfig,
    /// What the house leaves.
    pub site: SiteConfig,
    /// Who may ask what of whom.
    pub permissions: Permissions,
    /// The service graph as it stands in the file.
    services: BTreeMap<Service, ServiceTable>,
}

/// A configuration that cannot be used: which file, which key, and what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// The key, as a dotted path; `line N` when the file is not TOML at all.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

impl Config {
    /// What the session at that EVSE is told.
    #[must_use]
    pub fn of_session(&self, evse: &EvseConfig) -> session::Config {
        session::Config {
            outlet: evse.outlet.clone(),
            pilot: evse.pilot.clone(),
            authorization: self.authorization.clone(),
            session: self.session.clone(),
            lock: evse.lock.clone(),
            meter: self.meter.clone(),
        }
    }

    /// What high-level communication at that EVSE is told; `speaks`: there is a network to the car.
    #[must_use]
    pub fn of_hlc(&self, id: EvseId, evse: &EvseConfig, speaks: bool) -> ::hlc::Config {
        evse.hlc.of(id, &self.station.id, &evse.outlet, speaks)
    }

    /// Whether that service owns that piece of hardware.
    #[must_use]
    pub fn owns(&self, service: Service, hardware: &str) -> bool {
        self.services.get(&service).is_some_and(|table| table.uses.iter().any(|name| name == hardware))
    }

    /// Lets `caller` use `verb`, as a line in the file would: at both ends.
    pub fn permit(&mut self, caller: Service, verb: Verb) {
        let callee = verb.callee();
        let calls = &mut self.services.entry(caller).or_default().calls;
        if !calls.contains(&callee) {
            calls.push(callee);
        }
        let callers = self.services.entry(callee).or_default().allow.entry(verb.name().into()).or_default();
        if !callers.contains(&caller) {
            callers.push(caller);
        }
        self.permissions.add(caller, verb);
    }

    /// The whole file: what it says, and what it would have said for every key that it leaves out.
    ///
    /// # Errors
    /// A value that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(&self.tables()).map_err(|error| ConfigError {
            file: "charger.toml".into(),
            key: "the whole file".into(),
            expected: error.to_string(),
        })
    }

    /// Whether every value is as a file might say it: for whoever changed some by hand.
    ///
    /// # Errors
    /// The first key whose value cannot be, and what was expected there.
    pub fn check(&self) -> Result<(), ConfigError> {
        // In a file that is written, the only EVSE stands in the tables of the whole file.
        let key = |key: String| if self.evses.count() == 1 { of_file(&key) } else { key };
        let wrong = |(own, expected)| ConfigError { file: "charger.toml".into(), key: key(own), expected };
        check(&self.tables(), &self.evses).map_err(wrong)
    }

    fn tables(&self) -> tables::Tables {
        let EvseConfig { outlet, pilot, lock, dc, hlc, lines, .. } = self.evses.first().clone();
        let plain = EvseConfig { reader: Owner::Evse, panel: Owner::Evse, priority: 0, ..self.evses.first().clone() };
        let only = self.evses.count() == 1 && *self.evses.first() == plain;
        tables::Tables {
            station: self.station.clone(),
            outlet,
            pilot,
            authorization: self.authorization.clone(),
            session: self.session.clone(),
            lock,
            meter: self.meter.clone(),
            site: SiteConfig { lines, ..self.site.clone() },
            dc,
            hlc,
            evse: if only { Vec::new() } else { self.evses.to_vec() },
            service: self.services.clone(),
        }
    }

    /// What is `given`, and for every key that it leaves out what the standard file says. `verbs` are all that services can be
    /// asked.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub(crate) fn merge(file: &str, given: toml::Table, verbs: &[Verb]) -> Result<Self, ConfigError> {
        let mut merged: toml::Table = STANDARD.parse().map_err(|error: toml::de::Error| ConfigError {
            file: "charger.toml (standard)".into(),
            key: "the whole file".into(),
            expected: error.message().into(),
        })?;
        let given_evses = given.contains_key("evse");
        for (key, value) in given {
            match (merged.get_mut(&key), value) {
                // The service graph is replaced as a whole, so that a file shows all of it on one page.
                (Some(toml::Value::Table(standard)), toml::Value::Table(given)) if key != "service" => {
                    standard.extend(given);
                }
                (_, value) => {
                    merged.insert(key, value);
                }
            }
        }
        let wrong = |key: String, expected: String| ConfigError { file: file.into(), key, expected };
        let evses = match merged.remove("evse") {
            None => vec![evse::laid_over(&merged, &toml::Table::new())],
            Some(given) => {
                let each = each_evse(&given).map_err(|(key, expected)| wrong(key, expected))?;
                each.into_iter().map(|own| evse::laid_over(&merged, own)).collect()
            }
        };
        let named = !evses.is_empty() && given_evses;
        merged.insert("evse".into(), toml::Value::Array(evses.into_iter().map(toml::Value::Table).collect()));
        let mut tables: tables::Tables =
            serde_path_to_error::deserialize(toml::Value::Table(merged)).map_err(|error| {
                let key = error.path().to_string();
                wrong(if named { key } else { of_file(&key) }, error.inner().message().into())
            })?;
        check(&tables, &tables.evse)
            .map_err(|(key, expected)| wrong(if named { key } else { of_file(&key) }, expected))?;
        lengths::check(&tables.station).map_err(|(key, expected)| wrong(key, expected))?;
        normalise_tokens(&mut tables.authorization.tokens).map_err(|(key, expected)| wrong(key, expected))?;
        let permissions =
            Permissions::from_tables(&tables.service, verbs).map_err(|(key, expected)| wrong(key, expected))?;
        let evses = Evses::new(tables.evse)
            .filter(|evses| evses.len() <= Evses::MOST)
            .ok_or_else(|| wrong("evse".into(), format!("from 1 to {} EVSEs", Evses::MOST)))?;
        Ok(Self {
            station: tables.station,
            evses,
            authorization: tables.authorization,
            session: tables.session,
            meter: tables.meter,
            site: tables.site,
            permissions,
            services: tables.service,
        })
    }
}

/// The tables of the EVSEs.
fn each_evse(given: &toml::Value) -> Result<Vec<&toml::Table>, (String, String)> {
    let Some(evses) = given.as_array() else { return Err(("evse".into(), "a table [[evse]] for each EVSE".into())) };
    let table = |(place, evse): (usize, &'_ toml::Value)| -> Result<(), (String, String)> {
        evse.as_table().map(drop).ok_or_else(|| (format!("evse[{place}]"), "a table".into()))
    };
    evses.iter().enumerate().try_for_each(table)?;
    Ok(evses.iter().filter_map(toml::Value::as_table).collect())
}

/// The key in a file without `[[evse]]`, where the tables of the whole file are those of the only EVSE.
fn of_file(key: &str) -> String {
    match key.strip_prefix("evse[0].") {
        Some(lines) if lines.starts_with("lines") => format!("site.{lines}"),
        Some(own) => own.to_owned(),
        None => key.to_owned(),
    }
}

/// What the types alone do not say: the first key whose value cannot be, and what was expected there.
fn check(tables: &tables::Tables, evses: &[EvseConfig]) -> Result<(), (String, String)> {
    tables.check().map_err(|(_, key, expected)| (key.into(), expected.into()))?;
    evses.iter().enumerate().try_for_each(|(place, evse)| {
        evse.check().map_err(|(_, key, expected)| (format!("evse[{place}].{key}"), expected.into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Call as _;
    use crate::services::{self, SupplyCall};
    use hardware::SupplyTarget;

    fn refused(text: &str) -> String {
        Config::from_toml("mine.toml", text).expect_err("it is wrong").to_string()
    }

    #[test]
    fn the_standard_file_is_complete_and_right() {
        let config = Config::standard();
        assert_eq!(config.evses.first().outlet.max_current_a, 32);
        assert!(config.owns(Service::Power, "power_board"));
    }

    #[test]
    fn an_error_names_the_file_the_key_and_what_was_expected() {
        assert_eq!(refused("[outlet]\nmax_current_a = 4\n"), "mine.toml: outlet.max_current_a: from 6 to 80 A");
        assert_eq!(
            refused("[outlet]\nphases = \"three\"\n"),
            "mine.toml: outlet.phases: invalid type: string \"three\", expected u8"
        );
        assert!(
            refused("[outlet]\nphase = 3\n")
                .starts_with("mine.toml: outlet.phase: unknown field `phase`, expected one of")
        );
        assert!(refused("[outlet\n").starts_with("mine.toml: line 1: "));
        assert!(
            refused("[service.power]\ncalls = [\"session\"]\n[service.power.allow]\n\"power.fly\" = [\"session\"]\n")
                .starts_with("mine.toml: service.power.allow.\"power.fly\": a verb of power: power.allow, power.pilot")
        );
    }

    #[test]
    fn the_house_is_wired_with_a_line_for_each_of_the_outlet() {
        let wired = |text: &str| Config::from_toml("mine.toml", text).map(|config| config.evses.first().wiring());
        use units::Phase::{L1, L2, L3};
        assert_eq!(wired("").map(|lines| lines.0), Ok([L1, L2, L3]));
        assert_eq!(wired("[site]\nlines = [\"L2\", \"L3\", \"L1\"]\n").map(|lines| lines.0), Ok([L2, L3, L1]));
        assert_eq!(wired("[outlet]\nphases = 1\n[site]\nlines = [\"L3\"]\n").map(|lines| lines.0), Ok([L3, L1, L2]));
        for lines in ["[]", "[\"L2\"]", "[\"L2\", \"L3\", \"L2\"]", "[\"L1\", \"L2\", \"L3\", \"L1\"]"] {
            let told = refused(&format!("[site]\nlines = {lines}\n"));
            assert!(
                told.starts_with("mine.toml: site.lines: a line of the house for each line of the outlet"),
                "{told}"
            );
        }
        assert!(refused("[site]\nlines = [\"L4\"]\n").starts_with("mine.toml: site.lines[0]: unknown variant `L4`"));
    }

    #[test]
    fn a_limit_that_would_be_no_limit_is_refused() {
        for (text, key) in [
            ("[site]\nmain_fuse_a = 5\n", "site.main_fuse_a"),
            ("[site]\nmain_fuse_a = -1\n", "site.main_fuse_a"),
            ("[site]\nmain_fuse_a = 0.4\n", "site.main_fuse_a"),
            ("[site]\nresume_after_s = 1\n", "site.resume_after_s"),
            ("[site]\nmain_fuse_a = 10\nfail_safe_a = 16\n", "site.fail_safe_a"),
            ("[site]\nexport_a = -16\n", "site.export_a"),
            ("[site]\nmain_fuse_a = 16\nexport_a = 17\n", "site.export_a"),
            ("[outlet]\nexport_a = -16\n", "outlet.export_a"),
            ("[outlet]\nexport_a = 40\n", "outlet.export_a"),
            ("[meter]\ninterval_s = 60\n", "meter.interval_s"),
            ("[meter]\nlost_after_s = 1\n", "meter.lost_after_s"),
            ("[meter]\nslow_after_s = 2\n", "meter.slow_after_s"),
        ] {
            assert!(refused(text).starts_with(&format!("mine.toml: {key}: ")), "{}", refused(text));
        }
    }

    #[test]
    fn what_is_changed_by_hand_is_checked_at_every_evse() {
        let mut config = Config::standard();
        assert_eq!(config.check(), Ok(()));
        config.evses.first_mut().outlet.max_current_a = 5;
        let said = |config: &Config| config.check().expect_err("it is wrong").to_string();
        assert_eq!(said(&config), "charger.toml: outlet.max_current_a: from 6 to 80 A");
        config.evses.first_mut().outlet.max_current_a = 16;
        config.evses.set_count(2);
        config.evses.of_mut(EvseId::new(2).expect("a number")).expect("it is there").pilot.stop_grace_s = 1;
        assert!(
            said(&config).starts_with("charger.toml: evse[1].pilot.stop_grace_s: at least 7 s"),
            "{}",
            said(&config)
        );
    }

    #[test]
    fn what_is_written_out_reads_back_the_same() {
        let mut config = Config::from_toml("mine.toml", "[outlet]\nmax_current_a = 16\n").expect("it is right");
        config.authorization.tokens.push(ListedToken::card("04A1B2C3"));
        let (set, switch) = (SupplyCall::Set(SupplyTarget::default()).verb(), SupplyCall::Switch(true).verb());
        config.permit(Service::Bench, set);
        let text = config.to_toml().expect("it can be written");
        let back = Config::from_toml("back.toml", &text).expect("it can be read");
        assert_eq!(format!("{back:?}"), format!("{config:?}"));
        assert!(back.permissions.permits(Service::Bench, set));
        assert!(!back.permissions.permits(Service::Bench, switch));
    }

    /// The whole matrix of callers and verbs: what is allowed is listed here, everything else is refused.
    #[test]
    fn the_permission_matrix_is_default_deny() {
        use Service::{
            Auth, Energy, Hlc, House, Insulation, Lock, Meter, Ocpp, Panel, Power, Reception, Session, Supply,
        };
        let expected = [
            (Auth, "reception.token"),
            (Auth, "session.accessory"),
            (Auth, "session.token"),
            (Energy, "session.limit"),
            (Hlc, "session.accessory"),
            (Hlc, "session.hlc"),
            (House, "energy.house"),
            (House, "session.accessory"),
            (Insulation, "session.insulation"),
            (Insulation, "session.insulation-reading"),
            (Lock, "session.lock"),
            (Meter, "energy.outlet"),
            (Meter, "hlc.meter"),
            (Meter, "session.reading"),
            (Ocpp, "energy.profile"),
            (Ocpp, "energy.station"),
            (Ocpp, "reception.start"),
            (Ocpp, "session.csms"),
            (Panel, "session.accessory"),
            (Power, "session.power"),
            (Reception, "ocpp.answer"),
            (Reception, "panel.say"),
            (Reception, "session.csms"),
            (Reception, "session.token"),
            (Session, "energy.wish"),
            (Session, "hlc.session"),
            (Session, "lock.drive"),
            (Session, "meter.read"),
            (Session, "ocpp.answer"),
            (Session, "ocpp.authorize"),
            (Session, "ocpp.keep"),
            (Session, "ocpp.problem"),
            (Session, "ocpp.report"),
            (Session, "ocpp.reservation"),
            (Session, "ocpp.status"),
            (Session, "panel.show"),
            (Session, "power.allow"),
            (Session, "power.pilot"),
            (Session, "reception.stands"),
            (Session, "insulation.measure"),
            (Session, "supply.set"),
            (Session, "supply.stop"),
            (Session, "supply.switch"),
            (Supply, "hlc.capabilities"),
            (Supply, "hlc.measured"),
            (Supply, "session.supply"),
            (Supply, "session.supply-capabilities"),
            (Supply, "session.supply-reading"),
        ];
        let permissions = Config::standard().permissions;
        for caller in Service::ALL {
            for verb in services::verbs() {
                let allowed = expected.contains(&(caller, verb.name()));
                assert_eq!(permissions.permits(caller, verb), allowed, "{caller} -> {verb}");
                assert!(!Permissions::none().permits(caller, verb));
            }
        }
    }
}
