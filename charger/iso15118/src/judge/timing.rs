//! How long each side takes: for a response, for the next request, for what goes on over several exchanges.

use std::time::Duration;

use super::exchange::{Exchange, Progress, Seen};
use super::rule::{DIN, DIN_ISO2, ISO20, Kind, Rule, SESSION};
use super::session::{Asked, Session};
use super::verdict::Ledger;
use crate::{Protocol, timing};

const T: Kind = Kind::Timing;

static PERFORMANCE: Rule = Rule::station(
    "TIME-RES-PERFORMANCE",
    T,
    SESSION,
    "the station answers within its performance time",
    "a response outside of the charge loop",
)
.strict();
static LOOP_PERFORMANCE: Rule = Rule::station(
    "TIME-RES-LOOP-PERFORMANCE",
    T,
    SESSION,
    "the station answers CurrentDemand within 25 ms, ChargeLoop within 250 ms",
    "a response of the direct current or -20 charge loop",
)
.strict();
static TIMEOUT: Rule = Rule::station(
    "TIME-RES-TIMEOUT",
    T,
    SESSION,
    "the station answers while the car still waits",
    "a response outside of the charge loop",
);
static LOOP_TIMEOUT: Rule = Rule::station(
    "TIME-RES-LOOP-TIMEOUT",
    T,
    SESSION,
    "the station answers CurrentDemand within 250 ms, ChargeLoop within 500 ms",
    "a response of the direct current or -20 charge loop",
);
static SEQUENCE_PERFORMANCE: Rule = Rule::car(
    "TIME-REQ-PERFORMANCE",
    T,
    SESSION,
    "the car sends its next request within 40 s",
    "a request after a response",
)
.strict();
static SEQUENCE_TIMEOUT: Rule = Rule::car(
    "TIME-REQ-TIMEOUT",
    T,
    SESSION,
    "the car sends its next request while the station still waits, 60 s",
    "a request after a response",
);
static LOOP_SEQUENCE: Rule = Rule::car(
    "I20-TIME-REQ-LOOP",
    T,
    ISO20,
    "the car sends its next request 0.5 s after a response of the charge loop at the latest",
    "a request after a response of the charge loop",
)
.requirement("[V2G20-1500], [V2G20-1502], [V2G20-5070]")
.strict();
static SETUP: Rule = Rule::car(
    "TIME-SETUP",
    T,
    SESSION,
    "from the link (else from the first question of SDP) to SessionSetupRes it takes 20 s at most",
    "SessionSetupRes after a matching or a discovery",
);
static AUTHORIZATION: Rule = Rule::station(
    "TIME-ONGOING-AUTHORIZATION",
    T,
    SESSION,
    "the station says within 55 s whether the authorization is done",
    "an authorization that is Ongoing",
)
.strict();
static PARAMETERS: Rule = Rule::station(
    "TIME-ONGOING-PARAMETERS",
    T,
    SESSION,
    "the station has its parameters or schedules within 55 s",
    "parameters or schedules that are Ongoing",
)
.strict();
static ONGOING_CAR: Rule = Rule::car(
    "TIME-ONGOING-CAR",
    T,
    SESSION,
    "the car goes on asking for 60 s at most",
    "authorization, parameters or schedules that are Ongoing",
);
static CABLE_CHECK: Rule =
    Rule::station("TIME-CABLE-CHECK", T, DIN_ISO2, "the station has checked the cable within 38 s", "CableCheckRes")
        .strict();
static CABLE_CHECK_CAR: Rule = Rule::car(
    "TIME-CABLE-CHECK-CAR",
    T,
    SESSION,
    "the car goes on asking for the cable check for 40 s at most",
    "a second CableCheckReq",
);
static PRE_CHARGE: Rule = Rule::station(
    "TIME-PRE-CHARGE",
    T,
    DIN_ISO2,
    "the station has the voltage of the battery within 5 s",
    "PreChargeRes",
)
.strict();
static PRE_CHARGE_CAR: Rule = Rule::car(
    "TIME-PRE-CHARGE-CAR",
    T,
    SESSION,
    "the car goes on asking for its voltage for 7 s at most, in ISO 15118-20 for 10 s",
    "a second PreChargeReq",
);
static READY: Rule = Rule::car(
    "DIN-TIME-READY",
    T,
    DIN,
    "from SessionSetupRes to PowerDelivery with ReadyToChargeState true it takes 150 s at most",
    "PowerDeliveryReq with ReadyToChargeState true",
);

pub(super) static RULES: &[&Rule] = &[
    &PERFORMANCE,
    &LOOP_PERFORMANCE,
    &TIMEOUT,
    &LOOP_TIMEOUT,
    &SEQUENCE_PERFORMANCE,
    &SEQUENCE_TIMEOUT,
    &LOOP_SEQUENCE,
    &SETUP,
    &AUTHORIZATION,
    &PARAMETERS,
    &ONGOING_CAR,
    &CABLE_CHECK,
    &CABLE_CHECK_CAR,
    &PRE_CHARGE,
    &PRE_CHARGE_CAR,
    &READY,
];

/// The agreement on a protocol has the times of ordinary messages, and no generation yet.
pub(super) fn agreement(ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
    let Some(asked) = session.asked else { return };
    let times = timing::of(Protocol::Iso2);
    let request = format!("{}Req", asked.stem);
    answered(ledger, [&PERFORMANCE, &TIMEOUT], seen, &asked, [times.performance(&request), times.timeout(&request)]);
}

/// How long the station took, by the time that it has and by the time that the car waits.
fn answered(ledger: &mut Ledger, rules: [&'static Rule; 2], seen: &Seen<'_>, asked: &Asked, limits: [Duration; 2]) {
    let (took, packets) = (seen.at.saturating_sub(asked.at), [asked.packet, seen.packet]);
    for (rule, limit) in rules.into_iter().zip(limits) {
        ledger.check(rule, took <= limit, &packets, || late(seen.name, took, limit));
    }
}

/// The station's share of a time of the car: 38 of 40 s, 5 of 7 s.
const MARGIN: Duration = Duration::from_secs(2);
/// DIN's V2G_EVCC_ReadyToCharge_Timer, as one implementation has it.
const READY_TO_CHARGE: Duration = Duration::from_secs(150);

/// Something that takes several exchanges: its first request.
#[derive(Clone, Copy)]
struct Run {
    exchange: Exchange,
    packet: u64,
    since: Duration,
}

/// The times so far.
#[derive(Default)]
pub(super) struct Times {
    run: Option<Run>,
    /// SessionSetupRes.
    set_up: Option<(u64, Duration)>,
}

const fn repeats(exchange: Exchange) -> bool {
    matches!(
        exchange,
        Exchange::Authorization
            | Exchange::ChargeParameterDiscovery
            | Exchange::ScheduleExchange
            | Exchange::CableCheck
            | Exchange::PreCharge
    )
}

fn late(what: &str, took: Duration, limit: Duration) -> String {
    format!("{what} after {} ms: expected {} ms at most", took.as_millis(), limit.as_millis())
}

impl Times {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, protocol: Protocol, seen: &Seen<'_>) {
        let times = timing::of(protocol);
        if let Some(before) = session.answered {
            let (took, packets) = (seen.at.saturating_sub(before.at), [before.packet, seen.packet]);
            ledger.check(&SEQUENCE_PERFORMANCE, took <= times.sequence_performance, &packets, || {
                late(seen.name, took, times.sequence_performance)
            });
            ledger.check(&SEQUENCE_TIMEOUT, took <= times.sequence_timeout, &packets, || {
                late(seen.name, took, times.sequence_timeout)
            });
            if before.exchange == Exchange::ChargeLoop {
                ledger.check(&LOOP_SEQUENCE, took <= times.loop_sequence_timeout, &packets, || {
                    late(seen.name, took, times.loop_sequence_timeout)
                });
            }
        }
        match self.run.filter(|run| run.exchange == seen.exchange) {
            Some(run) => {
                let took = seen.at.saturating_sub(run.since);
                let (rule, limit) = match seen.exchange {
                    Exchange::CableCheck => (&CABLE_CHECK_CAR, times.cable_check_timeout),
                    Exchange::PreCharge => (&PRE_CHARGE_CAR, times.pre_charge_timeout),
                    _ => (&ONGOING_CAR, times.ongoing_timeout),
                };
                ledger.check(rule, took <= limit, &[run.packet, seen.packet], || late(seen.name, took, limit));
            }
            None => {
                let run = Run { exchange: seen.exchange, packet: seen.packet, since: seen.at };
                self.run = repeats(seen.exchange).then_some(run);
            }
        }
        if seen.exchange == Exchange::PowerDelivery(Progress::Start)
            && protocol == Protocol::Din
            && let Some((packet, then)) = self.set_up.take()
        {
            let took = seen.at.saturating_sub(then);
            ledger.check(&READY, took <= READY_TO_CHARGE, &[packet, seen.packet], || {
                late("PowerDelivery", took, READY_TO_CHARGE)
            });
        }
    }

    /// `link` is when the communication could begin.
    pub(super) fn response(
        &mut self,
        ledger: &mut Ledger,
        session: &Session,
        protocol: Protocol,
        seen: &Seen<'_>,
        link: Option<Duration>,
    ) {
        let times = timing::of(protocol);
        if let Some(asked) = session.asked.filter(|asked| asked.exchange.is_answered_by(seen.exchange)) {
            let request = format!("{}Req", asked.stem);
            let is_loop = matches!(asked.exchange, Exchange::CurrentDemand | Exchange::ChargeLoop);
            let rules = if is_loop { [&LOOP_PERFORMANCE, &LOOP_TIMEOUT] } else { [&PERFORMANCE, &TIMEOUT] };
            answered(ledger, rules, seen, &asked, [times.performance(&request), times.timeout(&request)]);
        }
        if seen.exchange == Exchange::SessionSetup {
            self.set_up = Some((seen.packet, seen.at));
            if let Some(link) = link {
                let took = seen.at.saturating_sub(link);
                ledger.check(&SETUP, took <= times.setup_timeout, &[seen.packet], || {
                    late(seen.name, took, times.setup_timeout)
                });
            }
        }
        self.goes_on(ledger, protocol, seen);
    }

    fn goes_on(&self, ledger: &mut Ledger, protocol: Protocol, seen: &Seen<'_>) {
        let times = timing::of(protocol);
        let Some(run) = self.run.filter(|run| run.exchange == seen.exchange) else { return };
        let (took, packets) = (seen.at.saturating_sub(run.since), [run.packet, seen.packet]);
        let (rule, limit): (_, Duration) = match seen.exchange {
            Exchange::Authorization => (&AUTHORIZATION, times.ongoing_performance),
            Exchange::ChargeParameterDiscovery | Exchange::ScheduleExchange => (&PARAMETERS, times.ongoing_performance),
            Exchange::CableCheck if protocol != Protocol::Iso20 => (&CABLE_CHECK, times.cable_check_timeout - MARGIN),
            Exchange::PreCharge if protocol != Protocol::Iso20 => (&PRE_CHARGE, times.pre_charge_timeout - MARGIN),
            _ => return,
        };
        ledger.check(rule, took <= limit, &packets, || late(seen.name, took, limit));
    }
}
