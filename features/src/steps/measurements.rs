//! Measurements: every one is recorded with its limits and verdict, and fails the scenario when it is outside of them.

use std::str::FromStr;
use std::time::Duration;

use cucumber::{Parameter, then};
use event_log::Event;
use serde_json::Value;

use crate::measurement::{Limits, Measured, Quantity, Reading};
use crate::parameters::Time;
use crate::rig::Rig;
use crate::stage::Stage;

/// Something that happens at one instant.
#[derive(Clone, Debug, Parameter)]
#[param(
    name = "moment",
    regex = r"the contactor closes|the contactor opens|the pilot is in state [A-F]|the pilot carries a PWM|the pilot carries no PWM|the pilot signal is F|power is permitted|power is withdrawn|the board reports the contactor closed|the board reports the contactor open|the fault \w+ is detected|the fault \w+ is cleared|the session event \w+ is seen|the lock holds the plug|the lock frees the plug|the insulation monitor has tested itself|the CSMS is told \w+"
)]
pub(crate) struct Moment(String);

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl Moment {
    /// Whether the event is this moment.
    fn is(&self, event: &Event) -> bool {
        let board = |what: &str| event.is("board", "event") && event.data == what;
        let permission = |allow: bool| event.is("board", "command") && event.data["allow_power"] == allow;
        let bolt = |position: &str| event.is("lock", "position") && event.text("position") == position;
        let signal = |running: bool| event.is("cp", "signal") && event.text("signal").starts_with("PWM") == running;
        match self.0.as_str() {
            "the contactor closes" => event.is("contactor", "closed"),
            "the contactor opens" => event.is("contactor", "open"),
            "the pilot carries a PWM" => signal(true),
            "the pilot carries no PWM" => signal(false),
            "the pilot signal is F" => event.is("cp", "signal") && event.text("signal") == "F",
            "power is permitted" => permission(true),
            "power is withdrawn" => permission(false),
            "the board reports the contactor closed" => board("ContactorClosed"),
            "the board reports the contactor open" => board("ContactorOpened"),
            "the insulation monitor has tested itself" => event.is("insulation", "tested"),
            "the lock holds the plug" => bolt("Locked"),
            "the lock frees the plug" => bolt("Unlocked"),
            named => Self::is_named(named, event),
        }
    }

    fn is_named(named: &str, event: &Event) -> bool {
        let between = |start: &str, end: &str| named.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        if let Some(state) = between("the pilot is in state ", "") {
            event.is("cp", "state") && event.text("state").starts_with(state)
        } else if let Some(fault) = between("the fault ", " is detected") {
            event.is("fault", "detected") && event.text("what") == fault
        } else if let Some(fault) = between("the fault ", " is cleared") {
            event.is("fault", "cleared") && event.text("what") == fault
        } else if let Some(name) = between("the session event ", " is seen") {
            event.is("session", "event") && event.text("name") == name
        } else if let Some(kind) = between("the CSMS is told ", "") {
            transaction_event(event).is_some_and(|told| told["eventType"] == kind)
        } else {
            false
        }
    }
}

/// The payload of a TransactionEvent that was sent.
fn transaction_event(event: &Event) -> Option<&Value> {
    let frame = event.is("ocpp", "sent").then(|| event.data["frame"].as_array()).flatten()?;
    frame.get(2).is_some_and(|action| action == "TransactionEvent").then(|| frame.get(3)).flatten()
}

/// Something that can happen more than once.
#[derive(Clone, Debug, Parameter)]
#[param(
    name = "happenings",
    regex = "contactor closings|contactor openings|reported closings|reported openings|pilot state changes|reports of state [A-F]|pulses of state F|permissions|refusals of power|detected faults|sessions|transactions|lock movements|meter values|supply readings|insulation readings|insulation values"
)]
pub(crate) struct Happenings(String);

impl FromStr for Happenings {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl Happenings {
    /// Whether the event is one of them.
    fn count(&self, event: &Event) -> bool {
        let told = |kind: &str| transaction_event(event).is_some_and(|told| told["eventType"] == kind);
        match self.0.as_str() {
            "contactor closings" => event.is("contactor", "closed"),
            "contactor openings" => event.is("contactor", "open"),
            "reported closings" => event.is("board", "event") && event.data == "ContactorClosed",
            "reported openings" => event.is("board", "event") && event.data == "ContactorOpened",
            "pilot state changes" => event.is("cp", "state"),
            "pulses of state F" => event.is("cp", "signal") && event.text("signal") == "F",
            "permissions" => event.is("board", "command") && event.data["allow_power"] == true,
            "refusals of power" => event.is("board", "command") && event.data["allow_power"] == false,
            "detected faults" => event.is("fault", "detected"),
            "sessions" => event.is("session", "event") && event.text("name") == "SessionStarted",
            "transactions" => told("Started"),
            "lock movements" => event.is("lock", "drive"),
            "supply readings" => event.is("supply", "reading"),
            "insulation readings" => event.is("insulation", "reading"),
            "insulation values" => event.is("insulation", "reading") && !event.data["resistance_ohm"].is_null(),
            "meter values" => transaction_event(event).is_some_and(|told| told["meterValue"].is_array()),
            states => states
                .strip_prefix("reports of state ")
                .is_some_and(|state| event.is("board", "event") && event.data["Pilot"]["state"] == state),
        }
    }
}

/// Records it; fails the scenario when it is outside of its limits.
fn judge(stage: &mut Stage, quantity: &str, limits: &Limits, reading: &Reading) {
    if let Err(why) = stage.measured(quantity, limits, reading) {
        stage.fail(why);
    }
}

fn fits(stage: &Stage, fit: Result<(), String>) {
    if let Err(why) = fit {
        stage.fail(why);
    }
}

/// Now: told by the charger itself, or by an instrument.
fn shown(rig: &mut dyn Rig, quantity: Quantity) -> Result<f64, String> {
    quantity.told(rig.log()).map_or_else(|| rig.measure(quantity), Ok)
}

/// Measured now, recorded with its limits, failed outside of them; not measured where the rig has no instrument for it.
#[then(expr = "the {quantity} is {limits}")]
fn now(stage: &mut Stage, quantity: Measured, limits: Limits) {
    fits(stage, quantity.fits(&limits));
    let reading = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    judge(stage, quantity.0.name(), &limits, &reading);
}

/// Measured at every instant; recorded is the value that comes nearest to a limit, or is farthest outside.
#[then(expr = "for {duration} the {quantity} stays {limits}")]
fn stays(stage: &mut Stage, time: Time, quantity: Measured, limits: Limits) {
    fits(stage, quantity.fits(&limits));
    let mut worst = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    if let Reading::Value { value, .. } = &mut worst {
        let mut nothing = false;
        stage.rig().wait(time.0, &mut |rig| {
            let shown = shown(rig, quantity.0).unwrap_or(f64::NAN);
            nothing |= !shown.is_finite();
            if limits.margin(shown) < limits.margin(*value) {
                *value = shown;
            }
            nothing
        });
        if nothing {
            worst = Reading::Nothing(format!("there was no {} to be measured", quantity.0));
        }
    }
    judge(stage, quantity.0.name(), &limits, &worst);
}

/// Where in the log, and when, the first such event from there on is.
fn find(stage: &mut Stage, from: usize, moment: &Moment) -> Option<(usize, f64)> {
    let first = stage.rig().log().first().max(from);
    stage.rig().log().with(from, |events| {
        let found = events.zip(first..).find(|(event, _)| moment.is(event))?;
        Some((found.1, found.0.t.as_secs_f64()))
    })
}

/// As above, waiting for it.
fn await_moment(stage: &mut Stage, from: usize, moment: &Moment, patience: Duration) -> Option<(usize, f64)> {
    let mut looked = from;
    stage.rig().wait(patience, &mut |rig| {
        let (before, end) = (looked, rig.log().len());
        looked = end;
        rig.log().any(before, |event| moment.is(event))
    });
    find(stage, from, moment)
}

fn reaction(stage: &mut Stage, name: &str, begin: Option<&Moment>, end: &Moment, limits: &Limits) {
    fits(stage, limits.fit("s"));
    let (mark, marked_at) = stage.marked();
    let patience = limits.patience();
    let begun = match begin {
        None => Some((mark, marked_at.as_secs_f64())),
        Some(moment) => await_moment(stage, mark, moment, patience).map(|(place, at)| (place + 1, at)),
    };
    let tolerance = stage.rig().resolution().as_secs_f64();
    let by_hand = stage.by_hand().filter(|_| begin.is_none());
    let reading = match begun {
        None => Reading::Nothing(format!("{} was not seen", begin.map_or("", |moment| &moment.0))),
        Some((from, begun)) => match await_moment(stage, from, end, patience) {
            Some((_, at)) => by_hand.map_or(Reading::Value { value: at - begun, tolerance }, Reading::NotMeasured),
            None => Reading::Nothing(format!("{} was not seen within {patience:?}", end.0)),
        },
    };
    judge(stage, name, limits, &reading);
}

/// From the last action, in the rig's clock; waits for it.
#[then(expr = "the time until {moment} is {limits}")]
fn time_until(stage: &mut Stage, end: Moment, limits: Limits) {
    reaction(stage, &format!("time until {}", end.0), None, &end, &limits);
}

/// From the last action until a quantity is within limits, for which it waits; recorded is the time.
#[then(expr = "the time until the {quantity} is {limits} is {limits}")]
fn time_until_within(stage: &mut Stage, quantity: Measured, goal: Limits, limits: Limits) {
    fits(stage, quantity.fits(&goal).and_then(|()| limits.fit("s")));
    let (_, marked_at) = stage.marked();
    let patience = limits.patience();
    let mut obstacle = shown(stage.rig(), quantity.0).err();
    let there = obstacle.is_none()
        && stage.rig().wait(patience, &mut |rig| match shown(rig, quantity.0) {
            Ok(value) => value.is_finite() && goal.margin(value) >= 0.0,
            Err(why) => {
                obstacle = Some(why);
                true
            }
        });
    let at = stage.rig().now();
    let reading = match obstacle.or_else(|| stage.by_hand().filter(|_| there)) {
        Some(why) => Reading::NotMeasured(why),
        None if there => {
            let tolerance = stage.rig().resolution().as_secs_f64();
            Reading::Value { value: (at - marked_at).as_secs_f64(), tolerance }
        }
        None => Reading::Nothing(format!("the {} was not {goal} within {patience:?}", quantity.0)),
    };
    judge(stage, &format!("time until the {} is {goal}", quantity.0), &limits, &reading);
}

/// From the first such moment since the last action to the first one of the other kind after it; waits for both.
#[then(expr = "the time from {moment} until {moment} is {limits}")]
fn time_between(stage: &mut Stage, begin: Moment, end: Moment, limits: Limits) {
    reaction(stage, &format!("time from {} until {}", begin.0, end.0), Some(&begin), &end, &limits);
}

/// Since the last action.
#[then(expr = "the number of {happenings} is {limits}")]
fn number(stage: &mut Stage, what: Happenings, limits: Limits) {
    fits(stage, limits.fit(""));
    let (mark, _) = stage.marked();
    let count = stage.rig().log().with(mark, |events| events.filter(|event| what.count(event)).count());
    let counted = Reading::Value { value: count as f64, tolerance: 0.0 };
    let reading = stage.forgotten(mark).map_or(counted, Reading::NotMeasured);
    judge(stage, &format!("number of {}", what.0), &limits, &reading);
}

/// Since the last action, between the first and the last of them.
#[then(expr = "the rate of {happenings} is {limits}")]
fn rate(stage: &mut Stage, what: Happenings, limits: Limits) {
    fits(stage, limits.fit("Hz"));
    let (mark, _) = stage.marked();
    let times: Vec<f64> = stage
        .rig()
        .log()
        .with(mark, |events| events.filter(|event| what.count(event)).map(|event| event.t.as_secs_f64()).collect());
    let blur = stage.rig().resolution().as_secs_f64();
    let reading = match (times.first(), times.last()) {
        (Some(first), Some(last)) if last > first => {
            let rate = (times.len() - 1) as f64 / (last - first);
            Reading::Value { value: rate, tolerance: rate * blur / (last - first) }
        }
        _ => Reading::Nothing(format!("there were {} {}", times.len(), what.0)),
    };
    judge(stage, &format!("rate of {}", what.0), &limits, &reading);
}

/// The number in the list of minimum required error codes, of the last such fault.
#[then(expr = "the fault {word} has the number MREC {int}")]
fn mrec(stage: &mut Stage, fault: String, number: u64) {
    let told = stage.rig().log().with(0, |events| {
        let detected = |event: &&Event| event.is("fault", "detected") && event.text("what") == fault;
        events.filter(detected).last().map(|event| event.data["mrec"].clone())
    });
    stage.check(told == Some(Value::from(number)), || format!("its number is {told:?}"));
}
