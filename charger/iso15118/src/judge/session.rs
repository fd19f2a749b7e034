//! What of the session is followed for all checks.

use std::time::Duration;

use exi::Tree;

use super::exchange::{Exchange, Progress, Seen};
use crate::Protocol;

/// The session so far.
#[derive(Default)]
pub(super) struct Session {
    /// What was agreed on.
    pub(super) protocol: Option<Protocol>,
    /// The connection is protected.
    pub(super) tls: bool,
    /// The request that has no response yet.
    pub(super) asked: Option<Asked>,
    /// The last response.
    pub(super) answered: Option<Answered>,
    /// The current that is used, by what the car said of itself or what was asked; `None` while nobody has said so.
    pub(super) current: Option<Current>,
    /// Something before is missing: whether a request awaits its response is not known.
    pub(super) in_the_dark: bool,
    /// Nothing that the station sends can be read: nobody knows whether a request was answered.
    pub(super) unreadable: bool,
    /// Plug & Charge was chosen.
    pub(super) contract: bool,
    /// What PowerDelivery led to.
    pub(super) power: Power,
    /// The last SessionStop asked for another service instead of the end (-20).
    pub(super) service_renegotiation: bool,
    /// SessionStopRes was seen.
    pub(super) over: bool,
}

/// What PowerDelivery led to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Power {
    /// There was none.
    #[default]
    Off,
    /// Energy may flow: from PowerDelivery(Start) on.
    On,
    /// It was interrupted, to negotiate again or to wait.
    Interrupted,
    /// PowerDelivery(Stop) was answered.
    Stopped,
    /// A part of the session is missing.
    Unknown,
}

/// Which current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Current {
    Alternating,
    Direct,
}

/// A request.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) packet: u64,
    pub(super) at: Duration,
    pub(super) exchange: Exchange,
    pub(super) stem: &'static str,
}

/// A response.
#[derive(Clone, Copy)]
pub(super) struct Answered {
    pub(super) packet: u64,
    pub(super) at: Duration,
    pub(super) exchange: Exchange,
    pub(super) stem: &'static str,
    pub(super) failed: bool,
}

impl Session {
    /// After all checks of a request.
    pub(super) fn asked(&mut self, seen: &Seen<'_>) {
        self.asked = Some(Asked { packet: seen.packet, at: seen.at, exchange: seen.exchange, stem: seen.stem });
        self.in_the_dark = false;
        self.learn_current(seen.exchange, seen.stem);
        if self.unreadable {
            self.lose_track();
        }
        match seen.exchange {
            Exchange::ChargeParameterDiscovery => {
                let dc = seen.stem == "DC_ChargeParameterDiscovery" || seen.body.get("DC_EVChargeParameter").is_some();
                self.current = Some(if dc { Current::Direct } else { Current::Alternating });
            }
            Exchange::PaymentSelection => self.contract = seen.text("SelectedPaymentOption") == Some("Contract"),
            Exchange::Authorization => {
                self.contract |= seen.text("SelectedAuthorizationService") == Some("PnC");
            }
            Exchange::SessionStop => {
                self.service_renegotiation = seen.text("ChargingSession") == Some("ServiceRenegotiation");
            }
            _ => {}
        }
    }

    /// Direct current is used; what is not known is none.
    pub(super) fn is_dc(&self) -> bool {
        self.current == Some(Current::Direct)
    }

    /// Some exchanges are of one current alone: who comes late learns it from them.
    fn learn_current(&mut self, exchange: Exchange, stem: &str) {
        let of_one = match exchange {
            Exchange::CableCheck | Exchange::PreCharge | Exchange::CurrentDemand | Exchange::WeldingDetection => {
                Current::Direct
            }
            Exchange::ChargingStatus => Current::Alternating,
            _ if stem.starts_with("DC_") => Current::Direct,
            _ if stem.starts_with("AC_") => Current::Alternating,
            _ => return,
        };
        self.current.get_or_insert(of_one);
    }

    /// The exchange that a response belongs to: that of its request, which knows more.
    pub(super) fn exchange_of(&self, seen: &Seen<'_>) -> Exchange {
        match self.asked {
            Some(asked) if asked.exchange.is_answered_by(seen.exchange) => asked.exchange,
            _ => seen.exchange,
        }
    }

    /// After all checks of a response.
    pub(super) fn answered(&mut self, seen: &Seen<'_>) {
        let exchange = self.exchange_of(seen);
        self.learn_current(exchange, seen.stem);
        let asked = self.asked.take();
        let failed = seen.is_failed();
        self.answered = Some(Answered { packet: seen.packet, at: seen.at, exchange, stem: seen.stem, failed });
        if failed {
            return;
        }
        match exchange {
            // What was asked for does not stand in the response.
            Exchange::PowerDelivery(_) if asked.is_none() => self.power = Power::Unknown,
            Exchange::PowerDelivery(Progress::Start) => self.power = Power::On,
            Exchange::PowerDelivery(Progress::Stop) => self.power = Power::Stopped,
            Exchange::PowerDelivery(Progress::Renegotiate | Progress::Standby) => self.power = Power::Interrupted,
            // Nobody is in the loop without it.
            Exchange::CurrentDemand | Exchange::ChargingStatus | Exchange::ChargeLoop
                if self.power == Power::Unknown =>
            {
                self.power = Power::On;
            }
            Exchange::SessionStop => self.over = !self.service_renegotiation,
            _ => {}
        }
    }

    /// Whether the session may be paused now: after PowerDelivery(Stop). `None` when that is not known.
    pub(super) fn may_pause(&self) -> Option<bool> {
        match self.power {
            Power::Unknown => None,
            Power::Stopped => Some(true),
            Power::Off | Power::On | Power::Interrupted => Some(false),
        }
    }

    /// Something is missing: what is awaited now is not known.
    pub(super) fn lose_track(&mut self) {
        self.asked = None;
        self.answered = None;
        self.power = Power::Unknown;
        self.in_the_dark = true;
    }
}

/// The texts of a list of leaves, at most so many: a message may hold any number.
pub(super) fn texts(items: &[Tree], most: usize) -> Vec<String> {
    items.iter().take(most).filter_map(|item| item.as_text().map(str::to_owned)).collect()
}

/// The first value that stands there twice.
pub(super) fn repeated<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut seen = std::collections::BTreeSet::new();
    items.into_iter().find(|item| !seen.insert(item.clone()))
}
