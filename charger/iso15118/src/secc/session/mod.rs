//! A session of DIN 70121 or ISO 15118-2, from SessionSetup to SessionStop: what is awaited, and what becomes of it.
//!
//! ```text
//!   SessionSetup ─ ServiceDiscovery ─ Selection ─ Authorization ─ Parameters ─┬─ AC ──────────────────────┬─ Charging ─ Stopped
//!                                                                   ▲         └─ CableCheck ─ PreCharge ──┘     │
//!                                                                   └───────────── Renegotiating ◀──────────────┘
//! ```

mod begin;
mod parameters;
mod power;

use exi::Hex;
use units::Instant;

use super::config::{Config, Profile};
use super::dialogue::{Answer, Current, Level, Parameters, Request, Status, StatusCode, Supply, Target, Wish};
use super::host::Host;
use super::words::{Code, Connection, Event, Failure, Isolation, Needs, StopWhy, WantedPower, Why};
use crate::Protocol;
use crate::messages::iso2::ChargeProgress;
use crate::timing::{self, Timing};
use crate::wire::Side;

/// What a session looks at and speaks to.
pub(super) struct Context<'a> {
    pub(super) config: &'a Config,
    pub(super) host: &'a Host,
    pub(super) now: Instant,
    pub(super) events: &'a mut Vec<Event>,
}

impl Context<'_> {
    fn tell(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The car was asked to stop, and had time enough.
    fn stop_is_ignored(&self) -> bool {
        self.host.stop.is_some_and(|(_, since)| self.now.since(since) >= self.config.stop_patience)
    }
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) code: Code,
    pub(super) end: Option<End>,
}

/// The session ends with this answer.
#[derive(Debug)]
pub(super) enum End {
    Ended,
    Paused,
    Failed(Failure),
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Step {
    Answer(Reply),
    /// The host has something to do first: [`Session::time`] has the answer.
    Later,
    /// The session is over: nobody is answered.
    Silence,
}

fn ok(answer: Answer) -> Step {
    Step::Answer(Reply { answer, code: Code::Ok, end: None })
}

fn failed(answer: Answer, code: Code, fault: Side, why: Why) -> Step {
    let failure = Failure { code: Some(code), fault, why };
    Step::Answer(Reply { answer, code, end: Some(End::Failed(failure)) })
}

/// Both sides know of each other what they need.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    supply: Supply,
    car: Parameters,
}

/// What is awaited.
#[derive(Clone, Copy, Debug)]
enum State {
    SessionSetup,
    ServiceDiscovery,
    /// ServiceDetail, or the selection.
    Selection,
    /// The first request for authorization.
    Authorization,
    /// The host decides about the driver.
    Authorizing {
        since: Instant,
    },
    /// The driver is let in: ChargeParameterDiscovery.
    Parameters,
    /// The host has no offer yet.
    Negotiating {
        since: Instant,
        current: Current,
    },
    /// AC: PowerDelivery(Start).
    Ac(Agreed),
    /// DC: the first CableCheck.
    Dc(Agreed),
    /// DC: the first CableCheck is answered when the pilot says that the car is ready.
    AwaitsC {
        agreed: Agreed,
        until: Instant,
    },
    /// The host checks the cable.
    CableCheck {
        agreed: Agreed,
        since: Instant,
    },
    /// The cable is good: the first PreCharge.
    Checked(Agreed),
    /// The voltage is brought up.
    PreCharge {
        agreed: Agreed,
        since: Instant,
    },
    /// AC: the host closes the contactor, and PowerDelivery(Start) is answered then.
    Starting {
        agreed: Agreed,
        until: Instant,
    },
    /// Energy may flow.
    Charging(Agreed),
    /// PowerDelivery(Renegotiate) was answered.
    Renegotiating(Current),
    /// Energy flows no more.
    Stopped(Current),
    /// It is over. After FAILED a car may still stop it, which is in order or not.
    Over {
        stop_in_order: Option<bool>,
    },
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) protocol: Protocol,
    pub(super) id: [u8; 8],
    connection: Connection,
    state: State,
    evcc_id: Hex<8>,
    wanted: WantedPower,
    soc: Option<u8>,
    needs: Option<Needs>,
    target: Option<Target>,
}

impl Session {
    pub(super) fn new(protocol: Protocol, connection: Connection) -> Self {
        Self {
            protocol,
            id: connection.session_id,
            connection,
            state: State::SessionSetup,
            evcc_id: Hex::default(),
            wanted: WantedPower::Nothing,
            soc: None,
            needs: None,
            target: None,
        }
    }

    fn timing(&self) -> &'static Timing {
        timing::of(self.protocol)
    }

    /// Whether a request waits for its answer.
    pub(super) const fn is_busy(&self) -> bool {
        self.waiting().is_some()
    }

    /// The request that waits for its answer, and until when.
    const fn waiting(&self) -> Option<(&'static str, Instant)> {
        match self.state {
            State::Starting { until, .. } => Some(("PowerDeliveryReq", until)),
            State::AwaitsC { until, .. } => Some(("CableCheckReq", until)),
            _ => None,
        }
    }

    /// When something happens by itself.
    pub(super) fn until(&self, config: &Config, host: &Host) -> Option<Instant> {
        let busy = self.waiting().map(|(_, until)| until);
        let cut = host.stop.filter(|_| self.drives());
        busy.into_iter().chain(cut.map(|(_, since)| since + config.stop_patience)).min()
    }

    /// What is over by now, or done by the host: the answer to the request that waits, and that request.
    pub(super) fn time(&mut self, cx: &mut Context<'_>) -> Option<(&'static str, Reply)> {
        let emergency = matches!(cx.host.stop, Some((StopWhy::Emergency, _)));
        if self.drives() && (emergency || cx.stop_is_ignored()) {
            self.want(cx, WantedPower::Nothing);
        }
        let (request, _) = self.waiting()?;
        let reply = self.starting(cx).or_else(|| self.awaits_c(cx))?;
        Some((request, reply))
    }

    /// Whether the station drives something for the car.
    const fn drives(&self) -> bool {
        match self.wanted {
            WantedPower::CableCheck | WantedPower::PreCharge | WantedPower::Energy => true,
            WantedPower::Nothing | WantedPower::WeldingDetection => false,
        }
    }

    /// The wish is told when it changes.
    pub(super) fn want(&mut self, cx: &mut Context<'_>, wanted: WantedPower) {
        if self.wanted != wanted {
            self.wanted = wanted;
            cx.tell(Event::WantsPower(wanted));
        }
    }

    /// It is over, and no answer told so.
    pub(super) fn end(&mut self, cx: &mut Context<'_>) {
        self.state = State::Over { stop_in_order: None };
        self.want(cx, WantedPower::Nothing);
    }

    fn soc(&mut self, cx: &mut Context<'_>, soc: i8) {
        let Some(soc) = u8::try_from(soc).ok().filter(|soc| *soc <= 100) else { return };
        if self.soc.replace(soc) != Some(soc) {
            cx.tell(Event::Soc(soc));
        }
    }

    /// The current that is used; before anybody has said so, what there is.
    fn current(&self, config: &Config) -> Current {
        match self.state {
            State::Negotiating { current, .. } | State::Renegotiating(current) | State::Stopped(current) => current,
            State::Ac(_) | State::Starting { .. } => Current::Ac,
            State::Dc(_)
            | State::AwaitsC { .. }
            | State::CableCheck { .. }
            | State::Checked(_)
            | State::PreCharge { .. } => Current::Dc,
            State::Charging(agreed) => agreed.supply.current(),
            _ if self.protocol == Protocol::Din || config.ac.is_none() => Current::Dc,
            _ => Current::Ac,
        }
    }

    /// State of the station as it is told.
    pub(super) fn status(&self, host: &Host) -> Status {
        let (code, level) = match self.state {
            State::CableCheck { .. } => (StatusCode::IsolationMonitoringActive, Level::Invalid),
            State::Checked(_) | State::PreCharge { .. } | State::Charging(_) | State::Renegotiating(_) => {
                (StatusCode::Ready, Level::Valid)
            }
            State::Stopped(_) => (StatusCode::Shutdown, Level::Valid),
            _ => (StatusCode::NotReady, Level::Invalid),
        };
        let (code, level) = match (level, host.isolation) {
            (Level::Valid, Some(Isolation::Warning)) => (code, Level::Warning),
            // What was told of before the check is old news; afterwards it is a fault of now.
            (Level::Valid, Some(Isolation::Fault)) => (StatusCode::Malfunction, Level::Fault),
            (Level::Invalid, Some(Isolation::Fault)) if matches!(self.state, State::Over { .. }) => {
                (StatusCode::Malfunction, Level::Fault)
            }
            _ => (code, level),
        };
        match host.stop {
            Some((why, _)) => {
                let code = match why {
                    StopWhy::Emergency => StatusCode::EmergencyShutdown,
                    StopWhy::Fault => StatusCode::Malfunction,
                    StopWhy::Ended | StopWhy::NotServed => StatusCode::Shutdown,
                };
                Status { code, level, wish: Wish::StopCharging }
            }
            None => Status { code, level, wish: self.wish(host) },
        }
    }

    /// Whether the request may come now.
    fn in_order(&self, request: &Request) -> bool {
        use Request as R;
        let is_din = self.protocol == Protocol::Din;
        let stops = matches!(request, R::PowerDelivery { progress: ChargeProgress::Stop, .. });
        let starts = matches!(request, R::PowerDelivery { progress: ChargeProgress::Start, .. });
        let ends = matches!(request, R::SessionStop { .. });
        match self.state {
            State::SessionSetup => matches!(request, R::SessionSetup { .. }),
            State::ServiceDiscovery => ends || matches!(request, R::ServiceDiscovery { .. }),
            State::Selection => ends || matches!(request, R::ServiceDetail { .. } | R::PaymentSelection { .. }),
            State::Authorization => ends || matches!(request, R::Authorization),
            State::Authorizing { .. } | State::Parameters => {
                ends || matches!(request, R::Authorization | R::ChargeParameters { .. })
            }
            State::Negotiating { current: Current::Ac, .. } | State::Ac(_) | State::Starting { .. } => {
                ends || starts || stops || matches!(request, R::ChargeParameters { .. })
            }
            State::Negotiating { current: Current::Dc, .. } | State::Dc(_) | State::AwaitsC { .. } => {
                ends || stops || matches!(request, R::ChargeParameters { .. } | R::CableCheck { .. })
            }
            State::CableCheck { .. } | State::Checked(_) => {
                ends || stops || matches!(request, R::CableCheck { .. } | R::PreCharge { .. })
            }
            State::PreCharge { .. } => ends || starts || stops || matches!(request, R::PreCharge { .. }),
            State::Charging(agreed) => {
                let renegotiates = matches!(request, R::PowerDelivery { progress: ChargeProgress::Renegotiate, .. });
                let is_loop = match agreed.supply.current() {
                    Current::Ac => matches!(request, R::ChargingStatus),
                    Current::Dc => matches!(request, R::CurrentDemand { .. }),
                };
                stops || is_loop || (!is_din && (renegotiates || matches!(request, R::MeteringReceipt)))
            }
            State::Renegotiating(_) => stops || matches!(request, R::ChargeParameters { .. }),
            State::Stopped(current) => {
                ends || (current == Current::Dc && matches!(request, R::WeldingDetection { .. }))
            }
            State::Over { .. } => false,
        }
    }

    /// A request of the car, with the session that stands in its header.
    pub(super) fn request(&mut self, cx: &mut Context<'_>, header: &[u8], request: &Request) -> Step {
        if let State::Over { stop_in_order } = self.state {
            return self.after_the_end(stop_in_order, request);
        }
        let refusal = request.refusal(self.current(cx.config));
        let is_setup = matches!(request, Request::SessionSetup { .. });
        let begun = !matches!(self.state, State::SessionSetup);
        let step = if begun && !is_setup && !same(header, self.id) {
            failed(refusal, Code::FailedUnknownSession, Side::Car, Why::UnknownSession)
        } else if !self.in_order(request) {
            // The answer is of the type of what was asked.
            failed(refusal, Code::FailedSequenceError, Side::Car, Why::OutOfOrder(request.name()))
        } else {
            self.in_turn(cx, header, request)
        };
        if let Step::Answer(Reply { end: Some(end), .. }) = &step {
            let stop_in_order = match end {
                End::Failed(_) => Some(self.in_order(&Request::SessionStop { pause: false })),
                End::Ended | End::Paused => None,
            };
            self.over(cx, stop_in_order);
        }
        step
    }

    fn over(&mut self, cx: &mut Context<'_>, stop_in_order: Option<bool>) {
        self.state = State::Over { stop_in_order };
        self.want(cx, WantedPower::Nothing);
    }

    fn in_turn(&mut self, cx: &mut Context<'_>, header: &[u8], request: &Request) -> Step {
        match *request {
            Request::SessionSetup { evcc_id } => self.session_setup(cx, header, evcc_id),
            Request::ServiceDiscovery { category } => {
                self.state = State::Selection;
                ok(Answer::ServiceDiscovery(category))
            }
            Request::ServiceDetail { id } => begin::service_detail(cx, id),
            Request::PaymentSelection { contract, ref services } => self.payment_selection(cx, contract, services),
            Request::PaymentDetails => {
                failed(Answer::PaymentDetails, Code::FailedSequenceError, Side::Car, Why::OutOfOrder(request.name()))
            }
            Request::Authorization => self.authorization(cx),
            Request::ChargeParameters { mode, parameters } => self.charge_parameters(cx, mode, parameters),
            Request::CableCheck { soc } => self.cable_check(cx, soc),
            Request::PreCharge { soc, target } => self.pre_charge(cx, soc, target),
            Request::PowerDelivery { progress: ChargeProgress::Start, tuple, ref profile } => {
                self.start(cx, tuple, profile)
            }
            Request::PowerDelivery { progress: ChargeProgress::Stop, .. } => self.stop(cx),
            Request::PowerDelivery { progress: ChargeProgress::Renegotiate, .. } => self.renegotiate(cx),
            Request::ChargingStatus => self.charging_status(cx),
            Request::CurrentDemand { soc, target, max_voltage, max_current } => {
                self.soc(cx, soc);
                self.current_demand(cx, target, max_voltage, max_current)
            }
            Request::MeteringReceipt => ok(Answer::MeteringReceipt(self.current(cx.config))),
            Request::WeldingDetection { soc } => {
                self.soc(cx, soc);
                self.want(cx, WantedPower::WeldingDetection);
                ok(Answer::WeldingDetection)
            }
            Request::SessionStop { pause } => self.session_stop(pause),
        }
    }

    fn session_stop(&self, pause: bool) -> Step {
        // A pause is for what was charging: any other one is an end.
        let end = if pause && matches!(self.state, State::Stopped(_)) { End::Paused } else { End::Ended };
        Step::Answer(Reply { answer: Answer::SessionStop, code: Code::Ok, end: Some(end) })
    }

    /// After FAILED a car may stop the session; all else is heard no longer.
    fn after_the_end(&mut self, stop_in_order: Option<bool>, request: &Request) -> Step {
        let (Some(in_order), Request::SessionStop { .. }) = (stop_in_order, request) else { return Step::Silence };
        self.state = State::Over { stop_in_order: None };
        let code = if in_order { Code::Ok } else { Code::FailedSequenceError };
        Step::Answer(Reply { answer: Answer::SessionStop, code, end: None })
    }

    fn is_strict(config: &Config) -> bool {
        config.profile == Profile::Strict
    }
}

/// The same session: some cars write it with fewer octets.
fn same(header: &[u8], id: [u8; 8]) -> bool {
    let number = |octets: &[u8]| octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
    header.len() <= 8 && number(header) == number(&id)
}

/// No session: 0, however long.
fn is_none(header: &[u8]) -> bool {
    header.iter().all(|octet| *octet == 0)
}
