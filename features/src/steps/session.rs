//! What the session says of itself.

use cucumber::then;
use event_log::Event;
use gherkin::Step;

use crate::parameters::Time;
use crate::stage::Stage;

/// The seed for which the stories in `features/snapshots` were told.
const STORY_SEED: u64 = 1;

fn named<'a>(name: &'a str) -> impl Fn(&Event) -> bool + use<'a> {
    move |event| event.is("session", "event") && event.text("name") == name
}

/// Since the last action, or within that time from now.
#[then(expr = "within {duration} the session event {word} is seen")]
fn seen(stage: &mut Stage, limit: Time, name: String) {
    let mark = stage.mark_position();
    stage.within(
        limit.0,
        |rig| rig.log().any(mark, named(&name)),
        |rig| {
            let last = rig.log().with(mark, |events| {
                events
                    .filter(|event| event.is("session", "event"))
                    .map(|event| event.text("name").to_owned())
                    .collect::<Vec<_>>()
            });
            format!("{name} was not seen; seen were {last:?}")
        },
    );
}

/// In the whole scenario.
#[then(expr = "the session event {word} was seen exactly once")]
fn once(stage: &mut Stage, name: String) {
    let times = stage.count(named(&name));
    stage.check(times == 1, || format!("{name} was seen {times} times"));
}

/// In the whole scenario.
#[then(expr = "the session event {word} was seen {int} times")]
fn times(stage: &mut Stage, name: String, wanted: usize) {
    let times = stage.count(named(&name));
    stage.check(times == wanted, || format!("{name} was seen {times} times"));
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} there is no session event {word}")]
fn none(stage: &mut Stage, time: Time, name: String) {
    stage.pass(time.0);
    let seen = stage.since_mark(named(&name));
    stage.check(!seen, || format!("{name} was seen"));
}

/// Exactly these, in this order, nothing between, in the whole scenario: one a line.
#[then(expr = "the session events were")]
fn exactly(stage: &mut Stage, step: &Step) {
    let wanted: Vec<String> =
        step.docstring().map_or_else(Vec::new, |text| text.split_whitespace().map(Into::into).collect());
    let seen: Vec<String> = stage.rig().log().with(0, |events| {
        events.filter(|event| event.is("session", "event")).map(|event| event.text("name").to_owned()).collect()
    });
    stage.check(seen == wanted, || format!("expected {wanted:?}\nseen     {seen:?}"));
}

/// Refused at the charger or by the CSMS, since the last action or within that time.
#[then(expr = "within {duration} the card {word} is refused")]
fn refused(stage: &mut Stage, limit: Time, card: String) {
    let mark = stage.mark_position();
    stage.within(
        limit.0,
        |rig| {
            rig.log().any(mark, |event| named("TokenRefused")(event) && event.text("token").eq_ignore_ascii_case(&card))
        },
        |_| format!("{card} was not refused"),
    );
}

/// Found by the charger itself, since the last action or within that time.
#[then(expr = "within {duration} the fault {word} is detected")]
fn detected(stage: &mut Stage, limit: Time, fault: String) {
    let mark = stage.mark_position();
    stage.within(
        limit.0,
        |rig| rig.log().any(mark, |event| event.is("fault", "detected") && event.text("what") == fault),
        |rig| {
            let found = rig.log().with(mark, |events| {
                events
                    .filter(|event| event.is("fault", "detected"))
                    .map(|event| event.text("what").to_owned())
                    .collect::<Vec<_>>()
            });
            format!("{fault} was not detected; detected were {found:?}")
        },
    );
}

/// Since the last action or within that time.
#[then(expr = "within {duration} the fault {word} is cleared")]
fn cleared(stage: &mut Stage, limit: Time, fault: String) {
    let mark = stage.mark_position();
    stage.within(
        limit.0,
        |rig| rig.log().any(mark, |event| event.is("fault", "cleared") && event.text("what") == fault),
        |_| format!("{fault} was not cleared"),
    );
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} no fault is detected")]
fn no_fault(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let seen = stage.since_mark(|event| event.is("fault", "detected"));
    stage.check(!seen, || "a fault was detected".into());
}

/// The words of a fault, told for a person, contain these.
#[then(expr = "the fault says {string}")]
fn says(stage: &mut Stage, words: String) {
    let said = stage.since_mark(|event| event.is("fault", "detected") && event.text("detail").contains(&words));
    stage.check(said, || format!("no fault says {words:?}"));
}

/// The call of the last action reached nobody, and the attempt is in the log.
#[then(expr = "the call is refused and in the log")]
fn denied(stage: &mut Stage) {
    let logged = stage.since_mark(|event| event.is("bus", "call") && event.data["allowed"] == false);
    let refused = stage.since_mark(|event| event.is("world", "rogue") && !event.data["refused"].is_null());
    stage.check(logged && refused, || format!("in the log: {logged}, refused: {refused}"));
}

/// The whole event transcript equals the snapshot of that name; told for seed 1, the default.
#[then(expr = "the story is {string}")]
fn story(stage: &mut Stage, name: String) {
    if stage.run_seed != STORY_SEED {
        // Ids, noise and back-off follow from the seed: another seed is another story.
        stage.rig().log().record("step", "note", "stories are told for seed 1; this one was not compared");
        return;
    }
    let events = stage.rig().log().snapshot();
    let text = report::transcript(&events);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
