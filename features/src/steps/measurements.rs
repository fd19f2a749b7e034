//! Measurements: every one is recorded with its limits and verdict, and fails the scenario when it is outside of them.

use std::time::Duration;

use cucumber::then;
use serde_json::Value;
use twin::Signal;

use crate::lookout::Lookout;
use crate::measurement::{Limits, Measured, Reading, told};
use crate::parameters::{Count, FaultName, Happenings, Moment, Time};
use crate::rig::Rig;
use crate::stage::{Stage, human};

/// Records it; fails the scenario when it is outside of its limits.
fn judge(stage: &mut Stage, quantity: &str, limits: &Limits, reading: &Reading) {
    if let Err(why) = stage.measured(quantity, limits, reading) {
        stage.fail(why);
    }
}

fn fits(stage: &Stage, fit: Result<(), String>) {
    if let Err(why) = fit {
        stage.misstated(why);
    }
}

/// Ends the scenario when limits of a quantity are none, or when it is one of a car, or of a part of it, that is not there.
fn can_be(stage: &Stage, quantity: Measured, limits: &Limits) {
    if quantity.0.is_of_dc_inlet() {
        stage.has_dc_inlet();
    } else if quantity.0.is_of_car() {
        stage.car();
    }
    stage.has_supply_for(quantity.0.is_of_supply());
    fits(stage, quantity.fits(limits));
}

/// Now: told by the charger itself, or by an instrument.
fn shown(rig: &mut dyn Rig, quantity: Signal) -> Result<f64, String> {
    told(quantity, rig.log()).map_or_else(|| rig.measure(quantity), Ok)
}

/// Measured now, recorded with its limits, failed outside of them; not measured where the rig has no instrument for it. What the
/// charger tells of itself may still be on its way.
#[then(expr = "the {quantity} is {limits}")]
fn now(stage: &mut Stage, quantity: Measured, limits: Limits) {
    can_be(stage, quantity, &limits);
    if told(quantity.0, stage.rig().log()).is_some() {
        stage.holds(|rig| told(quantity.0, rig.log()).is_some_and(|told| limits.margin(told) >= 0.0));
    }
    let reading = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    judge(stage, quantity.0.name(), &limits, &reading);
}

/// Measured at every instant; recorded is the value that comes nearest to a limit, or is farthest outside.
#[then(expr = "for {duration} the {quantity} stays {limits}")]
fn stays(stage: &mut Stage, time: Time, quantity: Measured, limits: Limits) {
    can_be(stage, quantity, &limits);
    let mut worst = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    if let Reading::Value { value, .. } = &mut worst {
        let mut nothing = false;
        stage.wait(time.0, |rig| {
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
    let mut lookout = Lookout::from(from);
    stage.wait(patience, |rig| lookout.event(rig.log(), |event| moment.is(event)));
    find(stage, from, moment)
}

fn reaction(stage: &mut Stage, name: &str, begin: Option<&Moment>, end: &Moment, limits: &Limits) {
    stage.has_supply_for(end.is_of_supply() || begin.is_some_and(Moment::is_of_supply));
    fits(stage, limits.fit("s", f64::NEG_INFINITY));
    let (mark, marked_at) = stage.marked();
    let patience = limits.patience();
    let begun = match begin {
        None => Some((mark, marked_at.as_secs_f64())),
        Some(moment) => await_moment(stage, mark, moment, patience).map(|(place, at)| (place + 1, at)),
    };
    let tolerance = stage.rig().resolution().as_secs_f64();
    let by_hand = stage.by_hand().filter(|_| begin.is_none());
    let reading = match begun {
        None => Reading::Nothing(format!("{} was not seen", begin.map_or("", Moment::text))),
        Some((from, begun)) => match await_moment(stage, from, end, patience) {
            Some((_, at)) => by_hand.map_or(Reading::Value { value: at - begun, tolerance }, Reading::NotMeasured),
            None => Reading::Nothing(format!("{} was not seen within {}", end.text(), human(patience))),
        },
    };
    judge(stage, name, limits, &reading);
}

/// From the last action, in the rig's clock; waits for it.
#[then(expr = "the time until {moment} is {limits}")]
fn time_until(stage: &mut Stage, end: Moment, limits: Limits) {
    reaction(stage, &format!("time until {}", end.text()), None, &end, &limits);
}

/// From the last action until a quantity is within limits, for which it waits; recorded is the time.
#[then(expr = "the time until the {quantity} is {limits} is {limits}")]
fn time_until_within(stage: &mut Stage, quantity: Measured, goal: Limits, limits: Limits) {
    can_be(stage, quantity, &goal);
    fits(stage, limits.fit("s", f64::NEG_INFINITY));
    let (_, marked_at) = stage.marked();
    let patience = limits.patience();
    let mut obstacle = shown(stage.rig(), quantity.0).err();
    let there = obstacle.is_none()
        && stage.wait(patience, |rig| match shown(rig, quantity.0) {
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
        None => Reading::Nothing(format!("the {} was not {goal} within {}", quantity.0, human(patience))),
    };
    judge(stage, &format!("time until the {} is {goal}", quantity.0), &limits, &reading);
}

/// From the first such moment since the last action to the first one of the other kind after it; waits for both.
#[then(expr = "the time from {moment} until {moment} is {limits}")]
fn time_between(stage: &mut Stage, begin: Moment, end: Moment, limits: Limits) {
    reaction(stage, &format!("time from {} until {}", begin.text(), end.text()), Some(&begin), &end, &limits);
}

/// Since the last action.
#[then(expr = "the number of {happenings} is {limits}")]
fn number(stage: &mut Stage, what: Happenings, limits: Limits) {
    stage.has_supply_for(what.is_of_supply());
    fits(stage, limits.fit("", 0.0).and_then(|()| limits.are_whole()));
    let (mark, _) = stage.marked();
    let mut count = 0.0;
    stage.holds(|rig| {
        count = rig.log().with(mark, |events| events.filter(|event| what.is(event)).count()) as f64;
        limits.margin(count) >= 0.0
    });
    let counted = Reading::Value { value: count, tolerance: 0.0 };
    let reading = stage.forgotten(mark).map_or(counted, Reading::NotMeasured);
    judge(stage, &format!("number of {}", what.text()), &limits, &reading);
}

/// Since the last action, between the first and the last of them.
#[then(expr = "the rate of {happenings} is {limits}")]
fn rate(stage: &mut Stage, what: Happenings, limits: Limits) {
    stage.has_supply_for(what.is_of_supply());
    fits(stage, limits.fit("Hz", 0.0));
    let (mark, _) = stage.marked();
    stage.holds(|_| true);
    let times: Vec<f64> = stage
        .rig()
        .log()
        .with(mark, |events| events.filter(|event| what.is(event)).map(|event| event.t.as_secs_f64()).collect());
    let blur = stage.rig().resolution().as_secs_f64();
    let reading = match (times.first(), times.last()) {
        (Some(first), Some(last)) if last > first => {
            let rate = (times.len() - 1) as f64 / (last - first);
            Reading::Value { value: rate, tolerance: rate * blur / (last - first) }
        }
        _ => Reading::Nothing(format!("there were {} {}", times.len(), what.text())),
    };
    judge(stage, &format!("rate of {}", what.text()), &limits, &reading);
}

/// The number in the list of minimum required error codes, of the last such fault.
#[then(expr = "the fault {fault} has the number MREC {count}")]
fn mrec(stage: &mut Stage, fault: FaultName, number: Count) {
    stage.has_supply_for(fault.is_of_supply());
    let (wanted, mut told) = (Value::from(number.0), None);
    let holds = stage.holds(|rig| {
        told = rig
            .log()
            .latest("fault", "detected", |event| (event.text("what") == fault.0).then(|| event.data["mrec"].clone()));
        told.as_ref() == Some(&wanted)
    });
    stage.check(holds, || match &told {
        Some(Value::Null) => "it has no number".into(),
        Some(told) => format!("its number is {told}"),
        None => format!("{} was not detected", fault.0),
    });
}
