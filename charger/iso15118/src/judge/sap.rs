//! Which protocol: supportedAppProtocol, the first exchange of each connection.

use exi::Tree;

use super::exchange::Seen;
use super::rule::{Kind, Rule, Scope};
use super::session::repeated;
use super::verdict::Ledger;
use crate::Protocol;

const S: Scope = Scope::Connection;

static FIRST: Rule = Rule::car(
    "SAP-FIRST",
    Kind::Sequence,
    S,
    "the first message of a connection is supportedAppProtocolReq",
    "the beginning of a connection",
);
static ONCE: Rule =
    Rule::car("SAP-ONCE", Kind::Sequence, S, "a protocol is agreed on once in a connection", "supportedAppProtocolReq");
static IDS: Rule = Rule::car(
    "SAP-IDS",
    Kind::Value,
    S,
    "each entry of the offer has a SchemaID of its own",
    "supportedAppProtocolReq",
);
static PRIORITIES: Rule = Rule::car(
    "SAP-PRIORITIES",
    Kind::Value,
    S,
    "each entry of the offer has a priority of its own",
    "supportedAppProtocolReq",
);
static NAMESPACE: Rule = Rule::car(
    "SAP-NAMESPACE",
    Kind::Value,
    S,
    "ISO 15118-20 is offered by its energy transfer (AC, DC, WPT, ACDP), not as CommonMessages",
    "supportedAppProtocolReq",
);
static ID_THERE: Rule =
    Rule::station("SAP-ID-THERE", Kind::Value, S, "an agreement names the SchemaID it is about", "an agreement");
static ID_OFFERED: Rule =
    Rule::station("SAP-ID-OFFERED", Kind::Value, S, "the SchemaID agreed on is one of the offer", "an agreement");
static RANKING: Rule = Rule::station(
    "SAP-RANKING",
    Kind::Value,
    S,
    "of entries that are the same to the station the car's best ranked is taken",
    "an agreement on an entry of the offer",
)
.requirement("[V2G2-169]");
static MAJOR: Rule = Rule::station(
    "SAP-MAJOR",
    Kind::Value,
    S,
    "the entry agreed on has the major version of its generation",
    "an agreement on an entry of the offer",
);
static MINOR: Rule = Rule::station(
    "SAP-MINOR",
    Kind::ResponseCode,
    S,
    "OK_SuccessfulNegotiationWithMinorDeviation tells another minor version, OK_SuccessfulNegotiation the same",
    "an agreement on an entry of the offer",
);
static FAILED_END: Rule = Rule::car(
    "SAP-FAILED-END",
    Kind::Sequence,
    S,
    "without an agreement the car sends nothing more",
    "Failed_NoNegotiation",
);

pub(super) static RULES: &[&Rule] =
    &[&FIRST, &ONCE, &IDS, &PRIORITIES, &NAMESPACE, &ID_THERE, &ID_OFFERED, &RANKING, &MAJOR, &MINOR, &FAILED_END];

/// The schema allows 20 entries.
const MOST: usize = 20;

struct Entry {
    namespace: String,
    major: i128,
    minor: i128,
    id: i128,
    priority: i128,
}

fn entry(tree: &Tree) -> Option<Entry> {
    let whole = |key| tree.get(key)?.as_whole();
    Some(Entry {
        namespace: tree.get("ProtocolNamespace")?.as_text()?.to_owned(),
        major: whole("VersionNumberMajor")?,
        minor: whole("VersionNumberMinor")?,
        id: whole("SchemaID")?,
        priority: whole("Priority")?,
    })
}

/// The versions of a generation.
const fn version(protocol: Protocol) -> (i128, i128) {
    match protocol {
        Protocol::Din | Protocol::Iso2 => (2, 0),
        Protocol::Iso20 => (1, 0),
    }
}

/// The agreement so far.
#[derive(Default)]
pub(super) struct Sap {
    offer: Vec<Entry>,
    offered_at: u64,
    /// The beginning of the connection was seen, and no message since.
    at_start: bool,
    agreed: bool,
    failed: Option<u64>,
}

impl Sap {
    pub(super) fn opened(&mut self, from_the_start: bool) {
        *self = Self { at_start: from_the_start, ..Self::default() };
    }

    /// Something is missing: what comes next need not be the first, and no offer is known.
    pub(super) fn lose_track(&mut self) {
        (self.at_start, self.offered_at) = (false, 0);
        self.offer.clear();
    }

    /// Any message of the car that can be read.
    pub(super) fn any_request(&mut self, ledger: &mut Ledger, packet: u64, name: &str) {
        let is_sap = name == "supportedAppProtocolReq";
        if std::mem::take(&mut self.at_start) {
            ledger.check(&FIRST, is_sap, &[packet], || {
                format!("the connection begins with {name}: expected supportedAppProtocolReq")
            });
        }
        if let Some(failed) = self.failed {
            ledger.check(&FAILED_END, false, &[failed, packet], || format!("{name} after Failed_NoNegotiation"));
        }
        if is_sap {
            ledger.check(&ONCE, !self.agreed, &[self.offered_at, packet], || {
                "supportedAppProtocolReq after an agreement".to_owned()
            });
        }
    }

    /// The connection was closed.
    pub(super) fn closed(&mut self, ledger: &mut Ledger, packet: u64) {
        if let Some(failed) = self.failed.take() {
            ledger.check(&FAILED_END, true, &[failed, packet], String::new);
        }
    }

    pub(super) fn request(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        self.offer = seen.list("AppProtocol").iter().take(MOST).filter_map(entry).collect();
        self.offered_at = seen.packet;
        let twice = repeated(self.offer.iter().map(|entry| entry.id));
        ledger.check(&IDS, twice.is_none(), &[seen.packet], || {
            format!("SchemaID {} stands there twice", twice.unwrap_or_default())
        });
        let twice = repeated(self.offer.iter().map(|entry| entry.priority));
        ledger.check(&PRIORITIES, twice.is_none(), &[seen.packet], || {
            format!("priority {} stands there twice", twice.unwrap_or_default())
        });
        let common = self.offer.iter().any(|entry| entry.namespace.ends_with(":CommonMessages"));
        ledger.check(&NAMESPACE, !common, &[seen.packet], || {
            "urn:iso:std:iso:15118:-20:CommonMessages is offered: expected an energy transfer".to_owned()
        });
    }

    /// The protocol agreed on; `None` for no agreement, or one on something that is not known here.
    pub(super) fn response(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) -> Option<Protocol> {
        let packets: Vec<u64> = [self.offered_at, seen.packet].into_iter().filter(|packet| *packet > 0).collect();
        if !seen.code().starts_with("OK") {
            self.failed = Some(seen.packet);
            return None;
        }
        let id = seen.whole("SchemaID");
        ledger.check(&ID_THERE, id.is_some(), &packets, || format!("{} without a SchemaID", seen.code()));
        let id = id?;
        // The offer stands before the beginning of the capture, or in a hole of it.
        if self.offered_at == 0 {
            return None;
        }
        let chosen = self.offer.iter().find(|entry| entry.id == id);
        ledger.check(&ID_OFFERED, chosen.is_some(), &packets, || {
            let ids: Vec<String> = self.offer.iter().map(|entry| entry.id.to_string()).collect();
            format!("SchemaID {id}: expected one of {}", ids.join(", "))
        });
        let chosen = chosen?;
        self.agreed = true;
        let better = self.offer.iter().find(|entry| {
            (&entry.namespace, entry.major, entry.minor) == (&chosen.namespace, chosen.major, chosen.minor)
                && entry.priority < chosen.priority
        });
        ledger.check(&RANKING, better.is_none(), &packets, || {
            let better = better.map_or(0, |entry| entry.id);
            format!("SchemaID {id} was taken, {better} is the same and ranked better")
        });
        let protocol = Protocol::of_namespace(&chosen.namespace)?;
        let (major, minor) = version(protocol);
        ledger.check(&MAJOR, chosen.major == major, &packets, || {
            format!("version {}.{} of {protocol}: expected {major}.x", chosen.major, chosen.minor)
        });
        let deviates = seen.code() == "OK_SuccessfulNegotiationWithMinorDeviation";
        ledger.check(&MINOR, deviates == (chosen.minor != minor), &packets, || {
            format!("{} for version {}.{} of {protocol} {major}.{minor}", seen.code(), chosen.major, chosen.minor)
        });
        Some(protocol)
    }
}
