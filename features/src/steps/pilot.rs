//! The control pilot, the contactor and the lock.

use cucumber::then;
use twin::Signal;

use crate::lookout::Lookout;
use crate::parameters::{Percent, Position, State, Time, Voltage};
use crate::rig::Rig;
use crate::stage::Stage;

fn letter(rig: &mut dyn Rig) -> char {
    rig.pilot_state().chars().next().unwrap_or('?')
}

/// Now.
#[then(expr = "the pilot is in state {state}")]
fn state_step(stage: &mut Stage, state: State) {
    let now = stage.rig().pilot_state();
    stage.check(now.starts_with(state.0), || format!("the pilot is in {now}"));
}

/// At some instant.
#[then(expr = "within {duration} the pilot is in state {state}")]
fn becomes(stage: &mut Stage, limit: Time, state: State) {
    stage.within(limit.0, |rig| letter(rig) == state.0, |rig| format!("the pilot is in {}", rig.pilot_state()));
}

/// At every instant.
#[then(expr = "for {duration} the pilot stays in state {state}")]
fn stays(stage: &mut Stage, time: Time, state: State) {
    stage.throughout(time.0, |rig| letter(rig) == state.0, |rig| format!("the pilot is in {}", rig.pilot_state()));
}

/// At no instant, nor since the last action.
#[then(expr = "for {duration} the pilot is never in state {state}")]
fn never(stage: &mut Stage, time: Time, state: State) {
    stage.throughout(time.0, |rig| letter(rig) != state.0, |rig| format!("the pilot is in {}", rig.pilot_state()));
    let seen = stage.since_mark(|event| event.is("cp", "state") && event.text("state").starts_with(state.0));
    stage.check(!seen, || format!("the pilot was in {}", state.0));
}

/// Reported by the board since the last action, however short.
#[then(expr = "within {duration} the pilot was seen in state {state}")]
fn was_seen(stage: &mut Stage, limit: Time, state: State) {
    let mut lookout = Lookout::from(stage.mark_position());
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), |event| event.is("cp", "state") && event.text("state").starts_with(state.0)),
        |rig| format!("the pilot is in {} and was not seen there", rig.pilot_state()),
    );
}

/// The oscillator does not run.
#[then(expr = "the pilot carries no PWM")]
fn no_pwm(stage: &mut Stage) {
    let duty = stage.rig().probe(Signal::DutyPercent);
    stage.check(duty == 0.0, || format!("the duty is {duty} %"));
}

/// The oscillator runs.
#[then(expr = "the pilot carries a PWM")]
fn pwm(stage: &mut Stage) {
    let duty = stage.rig().probe(Signal::DutyPercent);
    stage.check(duty > 0.0, || "there is no PWM".into());
}

/// The oscillator runs at some instant.
#[then(expr = "within {duration} the pilot carries a PWM")]
fn pwm_within(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, |rig| rig.probe(Signal::DutyPercent) > 0.0, |_| "there is no PWM".into());
}

/// The oscillator stops.
#[then(expr = "within {duration} the pilot carries no PWM")]
fn no_pwm_within(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, |rig| rig.probe(Signal::DutyPercent) == 0.0, |_| "the PWM goes on".into());
}

/// To a tenth of a percent.
#[then(expr = "within {duration} the pilot duty is {percent}")]
fn duty(stage: &mut Stage, limit: Time, percent: Percent) {
    stage.within(
        limit.0,
        |rig| (rig.probe(Signal::DutyPercent) - percent.0).abs() < 0.05,
        |rig| format!("the duty is {} %", rig.probe(Signal::DutyPercent)),
    );
}

/// At every instant, to a tenth of a percent.
#[then(expr = "for {duration} the pilot duty stays {percent}")]
fn duty_stays(stage: &mut Stage, time: Time, percent: Percent) {
    stage.throughout(
        time.0,
        |rig| (rig.probe(Signal::DutyPercent) - percent.0).abs() < 0.05,
        |rig| format!("the duty is {} %", rig.probe(Signal::DutyPercent)),
    );
}

/// Driven since the session began, exactly once.
#[then(expr = "the pilot signal was F once")]
fn f_once(stage: &mut Stage) {
    let times =
        stage.count(1, |event| event.is("cp", "signal") && event.text("signal") == "F" && event.t.as_millis() > 0);
    stage.check(times == 1, || format!("state F was driven {times} times"));
}

/// Positive plateau, or the steady level.
#[then(expr = "the high pilot level is between {voltage} and {voltage}")]
fn high_step(stage: &mut Stage, low: Voltage, high: Voltage) {
    stage.in_order(low.0, high.0);
    let level = stage.rig().probe(Signal::PilotHigh);
    stage.check((low.0..=high.0).contains(&level), || format!("the level is {level} V"));
}

/// Negative plateau.
#[then(expr = "the low pilot level is between {voltage} and {voltage}")]
fn low_step(stage: &mut Stage, low: Voltage, high: Voltage) {
    stage.in_order(low.0, high.0);
    let level = stage.rig().probe(Signal::PilotLow);
    stage.check((low.0..=high.0).contains(&level), || format!("the level is {level} V"));
}

fn closed(rig: &mut dyn Rig) -> bool {
    rig.probe(Signal::Contactor) > 0.0
}

/// Where the contacts are, since when, and the state of the pilot.
fn contacts(rig: &mut dyn Rig) -> String {
    let moved = |kind| rig.log().latest("contactor", kind, |event| Some(event.t));
    let since = moved("closed").max(moved("open"));
    let since = since.map_or_else(|| "from the beginning".to_owned(), |at| format!("since {at}"));
    let now = if closed(rig) { "closed" } else { "open" };
    format!("it is {now} {since}, the pilot is in {}", rig.pilot_state())
}

/// Where the contacts really are, now.
#[then(expr = "the contactor is {position}")]
fn contactor(stage: &mut Stage, position: Position) {
    let now = closed(stage.rig());
    let told = contacts(stage.rig());
    stage.check(now == position.0, || told);
}

/// The contacts are closed at some instant.
#[then(expr = "within {duration} the contactor closes")]
fn closes(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, closed, contacts);
}

/// The contacts are open at some instant.
#[then(expr = "within {duration} the contactor opens")]
fn opens(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, |rig| !closed(rig), contacts);
}

/// At every instant; and, for open, not closed since the last action either.
#[then(expr = "for {duration} the contactor stays {position}")]
fn contactor_stays(stage: &mut Stage, time: Time, position: Position) {
    stage.throughout(time.0, |rig| closed(rig) == position.0, contacts);
    if !position.0 {
        let closings = stage.closings();
        stage.check(closings == 0.0, || format!("it closed {closings} times since the last action"));
    }
}

/// Since the last action and for so long from now.
#[then(expr = "for {duration} the contactor closes exactly once")]
fn once(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let closings = stage.closings();
    stage.check(closings == 1.0, || format!("it closed {closings} times"));
}

/// Where the bolt is, who moved it there, and what the charger may hold the plug for.
fn bolt(rig: &mut dyn Rig) -> String {
    let holds = if rig.probe(Signal::LockPosition) > 0.0 { "holds the plug" } else { "lets the plug go" };
    let driven = rig.log().latest("lock", "drive", |last| Some((last.data["locked"] == true, last.t)));
    let driven = match driven {
        Some((true, at)) => format!("the charger drove it out to hold the plug at {at}"),
        Some((false, at)) => format!("the charger drove it back to let the plug go at {at}"),
        None => "the charger has not driven it yet".into(),
    };
    let faults = standing_faults(rig);
    let faults = if faults.is_empty() { String::new() } else { format!(", with {}", faults.join(", ")) };
    let contacts = if closed(rig) { "closed" } else { "open" };
    let transaction = rig.log().latest("session", "event", |event| match event.text("name") {
        "TransactionStarted" => Some("a"),
        "TransactionFinished" => Some("no"),
        _ => None,
    });
    let transaction = transaction.unwrap_or("no");
    let pilot = rig.pilot_state();
    format!(
        "the bolt {holds}: {driven}; {transaction} transaction runs, the contactor is {contacts}, the pilot in {pilot}{faults}"
    )
}

/// The faults that were detected and not cleared.
fn standing_faults(rig: &mut dyn Rig) -> Vec<String> {
    let mut faults = std::collections::BTreeSet::new();
    rig.log().with(0, |events| {
        for event in events.filter(|event| event.source == "fault") {
            match event.kind.as_str() {
                "detected" => drop(faults.insert(event.text("what").to_owned())),
                "cleared" => drop(faults.remove(event.text("what"))),
                _ => {}
            }
        }
    });
    faults.into_iter().collect()
}

/// The bolt holds it at some instant.
#[then(expr = "within {duration} the lock holds the plug")]
fn held(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, |rig| rig.probe(Signal::LockPosition) > 0.0, bolt);
}

/// The bolt lets it go at some instant.
#[then(expr = "within {duration} the lock frees the plug")]
fn freed(stage: &mut Stage, limit: Time) {
    stage.within(limit.0, |rig| rig.probe(Signal::LockPosition) == 0.0, bolt);
}

/// At every instant.
#[then(expr = "for {duration} the lock holds the plug")]
fn stays_held(stage: &mut Stage, time: Time) {
    stage.throughout(time.0, |rig| rig.probe(Signal::LockPosition) > 0.0, bolt);
}

/// The bolt never opened while the contacts were closed, in the whole scenario.
#[then(expr = "the plug was never free under power")]
fn never_free(stage: &mut Stage) {
    let mut closed = false;
    let mut broken = false;
    stage.rig().log().with(0, |events| {
        for event in events {
            match (event.source.as_str(), event.kind.as_str()) {
                ("contactor", "closed") => closed = true,
                ("contactor", "open") => closed = false,
                ("lock", "drive") => broken |= closed && event.data["locked"] == false,
                _ => {}
            }
        }
    });
    stage.check(!broken, || "the lock was driven open while the contactor was closed".into());
}
