//! What the session says of itself.

use cucumber::then;
use event_log::Event;
use gherkin::Step;

use crate::lookout::Lookout;
use crate::parameters::{Card, Count, EventName, FaultName, Time};
use crate::rig::Rig;
use crate::stage::{Stage, told};

fn named<'a>(name: &'a str) -> impl Fn(&Event) -> bool + use<'a> {
    move |event| event.is("session", "event") && event.text("name") == name
}

/// Since the last action, or within that time from now.
#[then(expr = "within {duration} the session event {event} is seen")]
fn seen(stage: &mut Stage, limit: Time, name: EventName) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), named(&name.0)),
        |rig| {
            let seen = told(rig, mark, |event| event.is("session", "event").then(|| event.text("name")));
            format!("{} was not seen; seen were {seen}", name.0)
        },
    );
}

/// In the whole scenario.
#[then(expr = "the session event {event} was seen exactly once")]
fn once(stage: &mut Stage, name: EventName) {
    seen_so_often(stage, &name, 1);
}

/// In the whole scenario.
#[then(expr = "the session event {event} was seen {count} times")]
fn times(stage: &mut Stage, name: EventName, wanted: Count) {
    seen_so_often(stage, &name, wanted.0 as usize);
}

fn seen_so_often(stage: &mut Stage, name: &EventName, wanted: usize) {
    let times = stage.count(wanted, named(&name.0));
    let seen = told(stage.rig(), 0, |event| named(&name.0)(event).then(|| event.text("name")));
    stage.check(times == wanted, || format!("{} was seen {times} times: {seen}", name.0));
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} there is no session event {event}")]
fn none(stage: &mut Stage, time: Time, name: EventName) {
    stage.pass(time.0);
    let mark = stage.mark_position();
    let holds = !stage.since_mark(named(&name.0));
    let seen = told(stage.rig(), mark, |event| named(&name.0)(event).then(|| event.text("name")));
    stage.check(holds, || format!("seen was {seen}"));
}

/// Exactly these, in this order, nothing between, in the whole scenario: one a line.
#[then(expr = "the session events were")]
fn exactly(stage: &mut Stage, step: &Step) {
    let wanted: Vec<String> = stage.text_of(step).split_whitespace().map(Into::into).collect();
    for name in &wanted {
        if let Err(why) = name.parse::<EventName>() {
            stage.misstated(why);
        }
    }
    let mut seen: Vec<String> = Vec::new();
    stage.holds(|rig| {
        seen = rig.log().with(0, |events| {
            events.filter(|event| event.is("session", "event")).map(|event| event.text("name").to_owned()).collect()
        });
        seen == wanted
    });
    stage.check(seen == wanted, || format!("expected {}\nseen     {}", wanted.join(" "), seen.join(" ")));
}

/// Refused at the charger or by the CSMS, since the last action or within that time.
#[then(expr = "within {duration} the card {card} is refused")]
fn refused(stage: &mut Stage, limit: Time, card: Card) {
    stage.is_mentioned(&card);
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| {
            lookout.event(rig.log(), |event| {
                named("TokenRefused")(event) && event.text("token").eq_ignore_ascii_case(&card.0)
            })
        },
        |rig| {
            let seen = told(rig, mark, |event| event.is("session", "event").then(|| event.text("name")));
            format!("{} was not refused; seen were {seen}", card.0)
        },
    );
}

fn is_fault(kind: &str, fault: &str) -> impl Fn(&Event) -> bool + use<> {
    let (kind, fault) = (kind.to_owned(), fault.to_owned());
    move |event| event.is("fault", &kind) && event.text("what") == fault
}

/// The faults that were detected from there on, and when.
fn detected_faults(rig: &mut dyn Rig, mark: usize) -> String {
    told(rig, mark, |event| event.is("fault", "detected").then(|| event.text("what")))
}

/// Found by the charger itself, since the last action or within that time.
#[then(expr = "within {duration} the fault {fault} is detected")]
fn detected(stage: &mut Stage, limit: Time, fault: FaultName) {
    stage.has_supply_for(fault.is_of_supply());
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), is_fault("detected", &fault.0)),
        |rig| format!("{} was not detected; detected were {}", fault.0, detected_faults(rig, mark)),
    );
}

/// Since the last action or within that time.
#[then(expr = "within {duration} the fault {fault} is cleared")]
fn cleared(stage: &mut Stage, limit: Time, fault: FaultName) {
    stage.has_supply_for(fault.is_of_supply());
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), is_fault("cleared", &fault.0)),
        |rig| {
            let cleared = told(rig, mark, |event| event.is("fault", "cleared").then(|| event.text("what")));
            let all = detected_faults(rig, 0);
            format!("{} was not cleared; cleared were {cleared}; detected in the scenario were {all}", fault.0)
        },
    );
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} no fault is detected")]
fn no_fault(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let mark = stage.mark_position();
    let holds = !stage.since_mark(|event| event.is("fault", "detected"));
    let found = detected_faults(stage.rig(), mark);
    stage.check(holds, || format!("detected were {found}"));
}

/// Neither since the last action nor for so long from now; others may be.
#[then(expr = "for {duration} the fault {fault} is not detected")]
fn not_detected_for(stage: &mut Stage, time: Time, fault: FaultName) {
    stage.has_supply_for(fault.is_of_supply());
    stage.pass(time.0);
    not_detected(stage, fault);
}

/// Not since the last action; others may be.
#[then(expr = "the fault {fault} is not detected")]
fn not_detected(stage: &mut Stage, fault: FaultName) {
    stage.has_supply_for(fault.is_of_supply());
    let mark = stage.mark_position();
    let holds = !stage.since_mark(is_fault("detected", &fault.0));
    let found = detected_faults(stage.rig(), mark);
    stage.check(holds, || format!("detected were {found}"));
}

/// The words of a fault, told for a person, contain these.
#[then(expr = "the fault says {string}")]
fn says(stage: &mut Stage, words: String) {
    let said = stage.came_since_mark(|event| event.is("fault", "detected") && event.text("detail").contains(&words));
    let mark = stage.mark_position();
    let all = told(stage.rig(), mark, |event| event.is("fault", "detected").then(|| event.text("detail")));
    stage.check(said, || format!("no fault says {words:?}; they say {all}"));
}

/// The call of the last action reached nobody, and the attempt is in the log.
#[then(expr = "the call is refused and in the log")]
fn denied(stage: &mut Stage) {
    let logged = stage.came_since_mark(|event| event.is("bus", "call") && event.data["allowed"] == false);
    let refused = stage.since_mark(|event| event.is("world", "rogue") && !event.data["refused"].is_null());
    stage.check(logged && refused, || {
        let told = |yes: bool| if yes { "yes" } else { "no" };
        format!("refused: {}; in the log: {}", told(refused), told(logged))
    });
}

/// The whole event transcript is the one in `stories/NAME.snap` beside the feature; told for seed 1, the default, in virtual time.
/// `plugfest test --update` keeps what is told now.
#[then(expr = "the story is {string}")]
fn story(stage: &mut Stage, name: String) {
    stage.tell_story(&name);
}
