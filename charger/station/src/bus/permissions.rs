//! Who may ask what of whom: default deny.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Service, Verb};

/// The permissions of one charger, read from the `[service.*]` tables of `charger.toml`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Permissions {
    /// Of each caller, at its place, what it may use, in order. The check is in the path of every call: a caller's verbs are few.
    allowed: [Vec<Verb>; Service::ALL.len()],
}

/// One `[service.NAME]` table as it stands in the file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceTable {
    /// The hardware it owns.
    #[serde(default)]
    pub(crate) uses: Vec<String>,
    /// The services it calls.
    #[serde(default)]
    pub(crate) calls: Vec<Service>,
    /// Per verb of this service, the callers that may use it.
    #[serde(default)]
    pub(crate) allow: BTreeMap<String, Vec<Service>>,
}

impl Permissions {
    /// Nobody may do anything.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether that caller may use that verb.
    #[must_use]
    pub fn permits(&self, caller: Service, verb: Verb) -> bool {
        self.allowed[caller.place()].contains(&verb)
    }

    pub(crate) fn add(&mut self, caller: Service, verb: Verb) {
        let verbs = &mut self.allowed[caller.place()];
        if let Err(place) = verbs.binary_search(&verb) {
            verbs.insert(place, verb);
        }
    }

    /// Every permitted pair, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Service, Verb)> + '_ {
        let each = Service::ALL.into_iter().zip(&self.allowed);
        each.flat_map(|(caller, verbs)| verbs.iter().map(move |verb| (caller, *verb)))
    }

    /// Reads the tables: a verb must exist and belong to the service that lists it, and both ends must agree, the caller
    /// in its `calls` and the callee in its `allow`.
    ///
    /// # Errors
    /// The key and what was expected there.
    pub(crate) fn from_tables(
        tables: &BTreeMap<Service, ServiceTable>,
        verbs: &[Verb],
    ) -> Result<Self, (String, String)> {
        let mut new = Self::none();
        for (service, table) in tables {
            for (name, callers) in &table.allow {
                let key = format!("service.{service}.allow.\"{name}\"");
                let own = || verbs.iter().filter(|verb| verb.callee() == *service);
                let verb = own().find(|verb| verb.name() == name).ok_or_else(|| {
                    let known: Vec<_> = own().map(|verb| verb.name()).collect();
                    (key.clone(), format!("a verb of {service}: {}", known.join(", ")))
                })?;
                for caller in callers {
                    if !tables.get(caller).is_some_and(|table| table.calls.contains(service)) {
                        return Err((
                            key,
                            format!("callers that declare it: service.{caller}.calls lacks \"{service}\""),
                        ));
                    }
                    new.add(*caller, *verb);
                }
            }
        }
        for (caller, table) in tables {
            for callee in &table.calls {
                if !new.iter().any(|(from, verb)| from == *caller && verb.callee() == *callee) {
                    let key = format!("service.{caller}.calls");
                    return Err((key, format!("services that let {caller} in: {callee} allows it nothing")));
                }
            }
        }
        Ok(new)
    }
}
