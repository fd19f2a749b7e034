//! Who the two are, what is on offer and what is chosen of it (DIN, -2).

use exi::Tree;

use super::exchange::{Exchange, Seen};
use super::rule::{DIN, DIN_ISO2, ISO2, Kind, Rule};
use super::session::{Session, repeated, texts};
use super::verdict::Ledger;
use crate::Protocol;

const V: Kind = Kind::Value;

static EVCCID: Rule =
    Rule::car("ID-EVCCID", V, DIN_ISO2, "the EVCCID is a MAC address: 6 octets", "SessionSetupReq").strict();
static EVSEID: Rule = Rule::station(
    "I2-EVSEID",
    V,
    ISO2,
    "the EVSEID has 7 to 37 characters: a country of two letters, then letters, digits and stars",
    "SessionSetupRes",
)
.strict();
static EVSEID_SAME: Rule = Rule::station(
    "I2-EVSEID-SAME",
    V,
    ISO2,
    "the EVSEID stays the same in the session",
    "a response of the charge loop",
);
static PAYMENT_LIST: Rule =
    Rule::station("PAY-LIST", V, DIN_ISO2, "payment options are offered, each once", "ServiceDiscoveryRes");
static PAYMENT_OFFERED: Rule = Rule::car(
    "PAY-OFFERED",
    V,
    DIN_ISO2,
    "the payment option chosen was offered",
    "a selection of payment and services",
);
static PAYMENT_DIN: Rule = Rule::station(
    "DIN-PAY-EXTERNAL",
    V,
    DIN,
    "ExternalPayment is the one payment option that DIN 70121 uses",
    "ServiceDiscoveryRes",
);
static PAYMENT_TLS: Rule = Rule::car(
    "I2-PAY-TLS",
    V,
    ISO2,
    "a contract is chosen over TLS only",
    "PaymentServiceSelectionReq with a contract",
)
.requirement("[V2G2-634], [V2G2-635]");
static SERVICE_IDS: Rule = Rule::station(
    "SERVICE-IDS",
    V,
    DIN_ISO2,
    "each service on offer has a ServiceID of its own",
    "ServiceDiscoveryRes",
);
static SERVICE_OFFERED: Rule = Rule::car(
    "SERVICE-OFFERED",
    V,
    DIN_ISO2,
    "the services chosen were offered",
    "a selection of payment and services",
);
static SERVICE_ONCE: Rule =
    Rule::car("SERVICE-ONCE", V, DIN_ISO2, "each service is chosen once", "a selection of payment and services");
static SERVICE_CHARGE: Rule = Rule::car(
    "SERVICE-CHARGE",
    V,
    DIN_ISO2,
    "the charge service is among the services chosen",
    "a selection of payment and services",
);
static DETAIL_OFFERED: Rule = Rule::car(
    "SERVICE-DETAIL-OFFERED",
    V,
    DIN_ISO2,
    "details are asked for of services that were offered",
    "ServiceDetailReq",
);
static DETAIL_SAME: Rule = Rule::station(
    "SERVICE-DETAIL-SAME",
    V,
    DIN_ISO2,
    "details are of the service that was asked for",
    "ServiceDetailRes",
);
static CATEGORY: Rule = Rule::station(
    "SERVICE-CATEGORY",
    V,
    DIN_ISO2,
    "the charge service is of category EVCharging",
    "ServiceDiscoveryRes",
);
static MODE_LIST: Rule =
    Rule::station("I2-MODE-LIST", V, ISO2, "energy transfer modes are offered, each once", "ServiceDiscoveryRes");
static MODE_OFFERED: Rule = Rule::car(
    "I2-MODE-OFFERED",
    V,
    ISO2,
    "the energy transfer mode asked for was offered",
    "ChargeParameterDiscoveryReq",
);
static MODE_DIN: Rule =
    Rule::station("DIN-MODE-DC", V, DIN, "the energy transfer type on offer has direct current", "ServiceDiscoveryRes");
static MODE_DIN_OFFERED: Rule = Rule::car(
    "DIN-MODE-OFFERED",
    V,
    DIN,
    "the energy transfer type asked for was offered",
    "ChargeParameterDiscoveryReq",
);

pub(super) static RULES: &[&Rule] = &[
    &EVCCID,
    &EVSEID,
    &EVSEID_SAME,
    &PAYMENT_LIST,
    &PAYMENT_OFFERED,
    &PAYMENT_DIN,
    &PAYMENT_TLS,
    &SERVICE_IDS,
    &SERVICE_OFFERED,
    &SERVICE_ONCE,
    &SERVICE_CHARGE,
    &DETAIL_OFFERED,
    &DETAIL_SAME,
    &CATEGORY,
    &MODE_LIST,
    &MODE_OFFERED,
    &MODE_DIN,
    &MODE_DIN_OFFERED,
];

/// So many entries of a list are looked at: more than any schema of -2 allows; DIN has no bound.
const MOST: usize = 64;

/// What is on offer.
#[derive(Default)]
pub(super) struct Services {
    discovered: Option<Offer>,
    evse: Option<(u64, String)>,
    detail: Option<i128>,
}

struct Offer {
    packet: u64,
    payments: Vec<String>,
    modes: Vec<String>,
    charge: Option<i128>,
    /// All, the charge service too.
    services: Vec<i128>,
}

/// Two capital letters, then letters, digits and stars.
fn is_evse_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    (7..=37).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'*')
}

/// Whether what DIN's car asks for is in what its station has: names of the offer put several together.
fn din_has(offer: &str, asked: &str) -> bool {
    offer == asked
        || match asked {
            "DC_extended" => offer.ends_with("DC_extended") || offer == "DC_dual",
            "DC_core" => offer.ends_with("DC_core") || offer == "DC_dual",
            _ => false,
        }
}

impl Services {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        match seen.exchange {
            Exchange::SessionSetup => {
                let id = seen.text("EVCCID").unwrap_or_default();
                ledger.check(&EVCCID, id.len() == 12, &[seen.packet], || {
                    format!("EVCCID {id} of {} octets: expected 6", id.len() / 2)
                });
            }
            Exchange::ServiceDetail => {
                self.detail = seen.whole("ServiceID");
                if let (Some(offer), Some(id)) = (&self.discovered, self.detail) {
                    ledger.check(&DETAIL_OFFERED, offer.services.contains(&id), &[offer.packet, seen.packet], || {
                        format!("details of service {id}: expected one of {:?}", offer.services)
                    });
                }
            }
            Exchange::PaymentSelection => self.selection(ledger, session, seen),
            Exchange::ChargeParameterDiscovery => self.mode(ledger, session, seen),
            _ => {}
        }
    }

    fn selection(&self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let payment = seen.text("SelectedPaymentOption").unwrap_or_default();
        if payment == "Contract" && session.protocol == Some(Protocol::Iso2) {
            ledger.check(&PAYMENT_TLS, session.tls, &[seen.packet], || {
                "a contract was chosen over a connection that is not protected".to_owned()
            });
        }
        let chosen: Vec<i128> = seen
            .list("SelectedServiceList/SelectedService")
            .iter()
            .take(MOST)
            .filter_map(|service| service.get("ServiceID")?.as_whole())
            .collect();
        let twice = repeated(chosen.iter());
        ledger.check(&SERVICE_ONCE, twice.is_none(), &[seen.packet], || {
            format!("service {} was chosen twice", twice.unwrap_or(&0))
        });
        let Some(offer) = &self.discovered else { return };
        let packets = [offer.packet, seen.packet];
        ledger.check(&PAYMENT_OFFERED, offer.payments.iter().any(|one| one == payment), &packets, || {
            format!("{payment} was chosen: expected one of {:?}", offer.payments)
        });
        let foreign = chosen.iter().find(|id| !offer.services.contains(id));
        ledger.check(&SERVICE_OFFERED, foreign.is_none(), &packets, || {
            format!("service {} was chosen: expected of {:?}", foreign.unwrap_or(&0), offer.services)
        });
        if let Some(charge) = offer.charge {
            ledger.check(&SERVICE_CHARGE, chosen.contains(&charge), &packets, || {
                format!("services {chosen:?} were chosen: expected {charge} among them")
            });
        }
    }

    fn mode(&self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let Some(offer) = &self.discovered else { return };
        let packets = [offer.packet, seen.packet];
        let asked = seen.text("RequestedEnergyTransferMode").or_else(|| seen.text("EVRequestedEnergyTransferType"));
        let asked = asked.unwrap_or_default();
        let (rule, has) = if session.protocol == Some(Protocol::Din) {
            (&MODE_DIN_OFFERED, offer.modes.iter().any(|mode| din_has(mode, asked)))
        } else {
            (&MODE_OFFERED, offer.modes.iter().any(|mode| mode == asked))
        };
        ledger.check(rule, has, &packets, || format!("{asked} was asked for: expected one of {:?}", offer.modes));
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        // What a response that is FAILED says beside its code means nothing.
        if seen.is_failed() {
            return;
        }
        match seen.exchange {
            Exchange::SessionSetup => {
                let id = seen.text("EVSEID").unwrap_or_default();
                if session.protocol == Some(Protocol::Iso2) {
                    ledger.check(&EVSEID, is_evse_id(id), &[seen.packet], || {
                        format!("EVSEID {id:?}: expected such as DE*PLF*E1")
                    });
                    self.evse = Some((seen.packet, id.to_owned()));
                }
            }
            Exchange::ServiceDiscovery => self.discovery(ledger, session, seen),
            Exchange::ServiceDetail => {
                if let (Some(asked), Some(id)) = (self.detail, seen.whole("ServiceID")) {
                    ledger.check(&DETAIL_SAME, id == asked, &[seen.packet], || {
                        format!("details of service {id}: expected {asked}")
                    });
                }
            }
            Exchange::CurrentDemand | Exchange::ChargingStatus => {
                if let (Some((packet, first)), Some(id)) = (&self.evse, seen.text("EVSEID")) {
                    ledger.check(&EVSEID_SAME, first == id, &[*packet, seen.packet], || {
                        format!("EVSEID {id:?}: expected {first:?}")
                    });
                }
            }
            _ => {}
        }
    }

    fn discovery(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        let packets = [seen.packet];
        let is_din = session.protocol == Some(Protocol::Din);
        let list = if is_din { "PaymentOptions/PaymentOption" } else { "PaymentOptionList/PaymentOption" };
        let payments = texts(seen.list(list), MOST);
        let twice = repeated(payments.iter());
        ledger.check(&PAYMENT_LIST, !payments.is_empty() && twice.is_none(), &packets, || {
            format!("payment options {payments:?}: expected at least one, each once")
        });
        if is_din {
            ledger.check(&PAYMENT_DIN, payments == ["ExternalPayment"], &packets, || {
                format!("payment options {payments:?}: expected ExternalPayment")
            });
        }
        // DIN keeps what names a service in an element of its own.
        let tag = |service: &Tree| service.get("ServiceTag").unwrap_or(service).get("ServiceID")?.as_whole();
        let charge = seen.body.get("ChargeService").and_then(tag);
        let others = seen.list("ServiceList/Service").iter().take(MOST).filter_map(tag);
        let services: Vec<i128> = charge.into_iter().chain(others).collect();
        let twice = repeated(services.iter());
        ledger.check(&SERVICE_IDS, twice.is_none(), &packets, || {
            format!("service {} is offered twice", twice.unwrap_or(&0))
        });
        let category = seen.text("ChargeService/ServiceTag/ServiceCategory");
        let category = category.or_else(|| seen.text("ChargeService/ServiceCategory")).unwrap_or_default();
        ledger.check(&CATEGORY, category == "EVCharging", &packets, || {
            format!("the charge service is of category {category}: expected EVCharging")
        });
        let modes = if is_din {
            seen.text("ChargeService/EnergyTransferType").map(str::to_owned).into_iter().collect()
        } else {
            texts(seen.list("ChargeService/SupportedEnergyTransferMode/EnergyTransferMode"), MOST)
        };
        if is_din {
            let has_dc = modes.iter().any(|mode| mode.contains("DC"));
            ledger.check(&MODE_DIN, has_dc, &packets, || format!("{modes:?} is offered: expected direct current"));
        } else {
            let twice = repeated(modes.iter());
            ledger.check(&MODE_LIST, !modes.is_empty() && twice.is_none(), &packets, || {
                format!("energy transfer modes {modes:?}: expected at least one, each once")
            });
        }
        self.discovered = Some(Offer { packet: seen.packet, payments, modes, charge, services });
    }
}
