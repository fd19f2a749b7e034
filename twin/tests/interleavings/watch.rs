//! What must be true of a world at every instant.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use event_log::Event;
use twin::{CableEnd, Signal, Twin};
use units::Instant;

use crate::cause::Cause;

/// A plug that is pulled, a pilot that is broken, a permission that is taken back.
const AT_ONCE: Duration = Duration::from_millis(100);
/// A host that is dead.
const DEAD_HOST: Duration = Duration::from_secs(3);
/// The modems: the link is gone when nobody was seen in the network for 3 s.
const DEAD_MODEM: Duration = Duration::from_secs(5);
/// A line that carries nothing.
const DEAD_LINE: Duration = Duration::from_secs(10);
/// A car in C whose oscillator stopped is cut off after 6 s (sequence 10.2).
const NO_PWM: Duration = Duration::from_millis(6_200);
/// More than this must not be touched (IEC 61851-23), V.
const SAFE_V: f64 = 60.0;
/// A supply that is told to has no dangerous voltage any more within this time.
const SUPPLY_OFF: Duration = Duration::from_secs(3);
/// One that hears nothing any more switches itself off after 15 s.
const SUPPLY_SILENT: Duration = Duration::from_secs(18);
/// So much of the log a second is a flood.
const EVENTS_A_SECOND: u32 = 400;

/// What the log told.
#[derive(Debug, Default)]
struct Told {
    messages: u64,
    events: u64,
    second: (u64, u32),
    most_a_second: u32,
    permitted: bool,
    not_permitted_since: Instant,
    state: String,
    state_since: Instant,
    begun: BTreeMap<String, u32>,
    ended: BTreeMap<String, u32>,
    connector: String,
}

impl Told {
    fn hear(&mut self, event: &Event) {
        self.events += 1;
        let second = event.t.as_millis() / 1_000;
        self.second = if self.second.0 == second { (second, self.second.1 + 1) } else { (second, 1) };
        self.most_a_second = self.most_a_second.max(self.second.1);
        match (event.source.as_str(), event.kind.as_str()) {
            ("v2g", "message") => self.messages += 1,
            ("board", "command") => {
                if let Some(allow) = event.data.parse()["allow_power"].as_bool() {
                    if self.permitted && !allow {
                        self.not_permitted_since = event.t;
                    }
                    self.permitted = allow;
                }
            }
            ("cp", "state") => {
                let state = event.text("state");
                if class(state) != class(&self.state) {
                    self.state_since = event.t;
                }
                self.state = state.to_owned();
            }
            ("ocpp", "sent") => {
                let frame = event.data.parse();
                let (action, payload) = (&frame["frame"][2], &frame["frame"][3]);
                if action == "StatusNotification" {
                    self.connector = payload["connectorStatus"].as_str().unwrap_or_default().to_owned();
                } else if action == "TransactionEvent" {
                    let id = payload["transactionInfo"]["transactionId"].as_str().unwrap_or_default().to_owned();
                    match payload["eventType"].as_str() {
                        Some("Started") => *self.begun.entry(id).or_default() += 1,
                        Some("Ended") => *self.ended.entry(id).or_default() += 1,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a state lets the contactor be closed: with the oscillator, for a while without, or not at all.
fn class(state: &str) -> u8 {
    match state.as_bytes() {
        [b'C' | b'D', b'2', ..] => 2,
        [b'C' | b'D', ..] => 1,
        _ => 0,
    }
}

/// What looks at a world at each of its steps.
pub(crate) struct Watch {
    told: Rc<RefCell<Told>>,
    unplugged: Option<Instant>,
    pilot_open: Option<Instant>,
    host_dead: Option<Instant>,
    car_modem: Option<Instant>,
    evse_modem: Option<Instant>,
    modem_link: Option<Instant>,
    dead_line: Option<Instant>,
    supply_lost: Option<Instant>,
    /// Since then host and supply can hear each other.
    supply_heard: Instant,
    opened: Instant,
    pub(crate) has_charged: bool,
    /// What was wrong first.
    pub(crate) wrong: Option<String>,
}

impl Watch {
    pub(crate) fn new(twin: &Twin) -> Self {
        let told = Rc::new(RefCell::new(Told::default()));
        let ear = Rc::clone(&told);
        twin.log().subscribe(move |event| ear.borrow_mut().hear(event));
        Self {
            told,
            unplugged: Some(Instant::ZERO),
            pilot_open: None,
            host_dead: None,
            car_modem: None,
            evse_modem: None,
            modem_link: None,
            dead_line: None,
            supply_lost: None,
            supply_heard: Instant::ZERO,
            opened: Instant::ZERO,
            has_charged: false,
            wrong: None,
        }
    }

    /// How many messages car and charger have said.
    pub(crate) fn messages(&self) -> u64 {
        self.told.borrow().messages
    }

    /// That happens now.
    pub(crate) fn expect(&mut self, now: Instant, cause: Cause) {
        let begins = |since: &mut Option<Instant>| {
            since.get_or_insert(now);
        };
        match cause {
            Cause::Unplug => begins(&mut self.unplugged),
            Cause::Plug => self.unplugged = None,
            Cause::PilotOpen => begins(&mut self.pilot_open),
            Cause::PilotWhole => self.pilot_open = None,
            Cause::HostDies => begins(&mut self.host_dead),
            Cause::HostStarts => {
                self.host_dead = None;
                self.supply_heard = now;
            }
            Cause::ModemHangs(CableEnd::Car) => begins(&mut self.car_modem),
            Cause::ModemHangs(CableEnd::Evse) => begins(&mut self.evse_modem),
            Cause::ModemBack(CableEnd::Car) => self.car_modem = None,
            Cause::ModemBack(CableEnd::Evse) => self.evse_modem = None,
            Cause::ModemLinkGone => begins(&mut self.modem_link),
            Cause::ModemLinkBack => self.modem_link = None,
            Cause::LineLoses(1_000) => begins(&mut self.dead_line),
            Cause::LineLoses(_) | Cause::LineGood => self.dead_line = None,
            Cause::SupplyLost => begins(&mut self.supply_lost),
            Cause::SupplyBack => {
                self.supply_lost = None;
                self.supply_heard = now;
            }
            Cause::Card
            | Cause::CarNegotiates
            | Cause::CarPauses
            | Cause::CarStops
            | Cause::CarWakes
            | Cause::CarWants
            | Cause::CsmsStops
            | Cause::Insulated
            | Cause::Leaks
            | Cause::LimitOfNothing
            | Cause::NoLimit
            | Cause::LineDelays(_)
            | Cause::LineDoubles(_) => {}
        }
    }

    /// Looks at the world as it is now.
    pub(crate) fn look(&mut self, twin: &Twin) {
        if self.wrong.is_some() {
            return;
        }
        self.wrong = self.first_wrong(twin).map(|what| format!("at {}: {what}", twin.now()));
    }

    fn first_wrong(&mut self, twin: &Twin) -> Option<String> {
        if let Err(error) = twin.health() {
            return Some(error.to_string());
        }
        let now = twin.now();
        let probe = |signal| twin.probe(signal).unwrap_or(0.0);
        let told = self.told.borrow();
        if told.most_a_second > EVENTS_A_SECOND {
            return Some(format!("{} events within a second", told.most_a_second));
        }
        if probe(Signal::Contactor) < 0.5 {
            let heard = if self.supply_lost.is_some() || self.host_dead.is_some() {
                self.opened.max(self.supply_lost.max(self.host_dead).unwrap_or(self.opened)) + SUPPLY_SILENT
            } else {
                self.opened.max(self.supply_heard) + SUPPLY_OFF
            };
            let volts = probe(Signal::SupplyVoltage);
            return (now > heard && volts > SAFE_V)
                .then(|| format!("the supply gives {volts:.0} V to a contactor that is open since {}", self.opened));
        }
        self.opened = now;
        self.has_charged |= probe(Signal::CarPower) > 500.0 || probe(Signal::CarDcCurrent) > 1.0;
        let digital = (probe(Signal::DutyPercent) - 5.0).abs() < 0.1;
        let by_messages = |since: Option<Instant>| since.filter(|_| digital);
        let unfit = (class(&told.state) == 0).then_some(told.state_since);
        let unpaced = (class(&told.state) == 1).then_some(told.state_since);
        let forbidden = (!told.permitted).then_some(told.not_permitted_since);
        let late = [
            ("the plug is out", self.unplugged, AT_ONCE),
            ("the pilot is broken", self.pilot_open, AT_ONCE),
            ("the state of the pilot allows nothing", unfit, AT_ONCE),
            ("the oscillator is off", unpaced, NO_PWM),
            ("nothing is permitted", forbidden, AT_ONCE),
            ("the host is dead", self.host_dead, DEAD_HOST),
            ("the car's modem hangs", by_messages(self.car_modem), DEAD_MODEM),
            ("the charger's modem hangs", by_messages(self.evse_modem), DEAD_MODEM),
            ("the link to the modem is gone", by_messages(self.modem_link), DEAD_MODEM),
            ("the line carries nothing", by_messages(self.dead_line), DEAD_LINE),
        ]
        .into_iter()
        .find(|(_, since, bound)| since.is_some_and(|since| now > since + *bound));
        late.map(|(why, since, _)| format!("the contactor is closed, and {why} since {}", since.unwrap_or_default()))
    }

    /// What is not yet back to what it was before the car came; the plug is out, and all is mended.
    pub(crate) fn left(&self, twin: &Twin) -> Option<String> {
        let probe = |signal| twin.probe(signal).unwrap_or(0.0);
        let told = self.told.borrow();
        let open = told.begun.keys().find(|id| !told.ended.contains_key(*id));
        if let Some(id) = open {
            return Some(format!("transaction {id} has no end"));
        }
        let begun: BTreeSet<&String> = told.begun.keys().collect();
        if let Some(id) = told.ended.keys().find(|id| !begun.contains(id)) {
            return Some(format!("transaction {id} ended and never began"));
        }
        if told.connector != "Available" {
            return Some(format!("the connector is {}", told.connector));
        }
        if probe(Signal::Contactor) > 0.5 {
            return Some("the contactor is closed".into());
        }
        let volts = probe(Signal::SupplyVoltage);
        (volts > SAFE_V).then(|| format!("the supply gives {volts:.0} V"))
    }
}
