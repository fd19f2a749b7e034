//! What the runner makes of a rig that cannot do everything, or does not stand on firm ground.

mod common;

use std::sync::Arc;
use std::time::Duration;

use features::{
    Cause, Conditions, Options, Rig as _, Rigs, RunEnd, SimRig, Stories, TimeLimits, Twins, Verdict, run_on,
};
use hil_rig::Flags;
use twin::{Action, Signal};
use units::EvseId;

use common::{Blind, Late, case, of_check, run, run_with};

#[test]
fn what_is_found_missing_on_the_way_is_an_error_where_all_is_required() {
    let flags = Flags { require_all: true, ..Flags::default() };
    let blind: Arc<dyn Rigs> = Arc::new(Blind { flags, ..Blind::default() });
    for case in of_check("BU-CP-05") {
        let outcome = run(&case, &blind);
        assert_eq!(outcome.verdict, Verdict::Error);
        assert!(outcome.message.ends_with("(--require-all)"), "{}", outcome.message);
    }
}

#[test]
fn a_check_that_names_no_time_waits_for_what_is_on_its_way() {
    let charging =
        "Given a charger where nobody needs a token\n And the CSMS limits the charger to 6 A\n And a car is charging\n";
    let over =
        format!("{charging} When the car draws 10 A whatever is offered\n Then within 10 s the contactor opens\n");
    let late: Arc<dyn Rigs> = Arc::new(Late(Duration::from_millis(300)));
    for (before, check) in [
        (&*over, "the fault OverCurrent has the number MREC 4"),
        (&*over, "the number of detected faults is exactly 1"),
        (charging, "the session event ChargingStarted was seen exactly once"),
        (charging, "the limit is 6 A by the Profile"),
        (charging, "the cable rating is exactly 32 A"),
    ] {
        let outcome = run(&case(&format!("{before} Then {check}\n")), &late);
        assert_eq!(outcome.verdict, Verdict::Passed, "{check}: {}", outcome.message);
    }
    // It does not wait for ever, and says what it saw.
    for (check, why) in [
        ("the fault OverCurrent has the number MREC 5", "its number is 4"),
        ("the fault ContactorWelded has the number MREC 4", "ContactorWelded was not detected"),
        ("the number of detected faults is exactly 2", "the number of detected faults is 1, expected exactly 2"),
        // It is on its way when the check looks first, and none is there.
        ("the number of detected faults is exactly 0", "the number of detected faults is 1, expected exactly 0"),
    ] {
        let outcome = run(&case(&format!("{over} Then {check}\n")), &late);
        assert_eq!(outcome.verdict, Verdict::Failed, "{check}: {}", outcome.message);
        assert!(outcome.message.ends_with(why), "{check}: {}", outcome.message);
    }
}

#[test]
fn a_host_that_stands_still_makes_a_scenario_invalid_whatever_was_seen() {
    let rigs = |millis| Arc::new(Blind { stood: Duration::from_millis(millis), ..Blind::default() }) as Arc<dyn Rigs>;
    let case = of_check("BU-RL-05").swap_remove(0);
    let outcome = run(&case, &rigs(501));
    assert_eq!((outcome.verdict, outcome.cause), (Verdict::Error, Cause::Invalid));
    let why = "invalid: the host stood still for 501 ms, at most 500 ms are allowed";
    assert!(outcome.message.ends_with(why), "{}", outcome.message);
    assert_eq!(run(&case, &rigs(500)).verdict, Verdict::Passed);
    // The rig's fault, and nobody else's; and it is asked before the host is told to end.
    let options =
        Options { paths: vec![format!("{}:{}", case.path.display(), case.line).into()], ..Options::default() };
    assert_eq!([501, 500].map(|stood| run_on(&options, &rigs(stood)).code()), [3, 0]);
}

/// A folder of its own with one feature, which is gone with it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn with(name: &str, steps: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("plugfest-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("mine.feature"), format!("Feature: f\n  Scenario: s\n{steps}")).expect("a feature");
        Self(folder)
    }

    fn run(&self, options: Options, rigs: Arc<dyn Rigs>) -> RunEnd {
        run_on(&Options { paths: vec![self.0.clone()], ..options }, &rigs)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn a_story_is_written_only_with_update_and_in_virtual_time() {
    let folder = Folder::with("stories", "    When the driver plugs in\n    Then the story is \"mine\"\n");
    let story = folder.0.join("stories").join("mine.snap");
    let twins = || Arc::new(Twins::default()) as Arc<dyn Rigs>;
    let update = || Options { stories: Stories::Update, ..Options::default() };
    assert_eq!(folder.run(Options::default(), twins()), RunEnd::Ran(1));
    assert!(!story.exists(), "nothing is written unless asked for");
    assert_eq!(folder.run(Options { seed: 2, ..update() }, twins()), RunEnd::Refused(2));
    assert_eq!(folder.run(update(), Arc::new(Late(Duration::from_millis(300)))), RunEnd::Refused(2));
    assert!(!story.exists());
    assert_eq!(folder.run(update(), twins()), RunEnd::Ran(0));
    assert_eq!(folder.run(Options::default(), twins()), RunEnd::Ran(0));
    let kept = std::fs::read_to_string(&story).expect("the story");
    let other = kept.replace("plug in", "plug out");
    assert_ne!(kept, other);
    std::fs::write(&story, &other).expect("another story");
    assert_eq!(folder.run(Options::default(), twins()), RunEnd::Ran(1));
    assert_eq!(std::fs::read_to_string(&story).expect("the story"), other, "a run that compares keeps nothing");
}

#[test]
fn a_sentence_about_a_car_that_is_not_there_stops_the_run_before_it_begins() {
    let empty = "    Given a charger with 2 EVSEs\n    And there is no car at EVSE 2\n";
    let run = |name: &str, sentence: &str| {
        let folder = Folder::with(name, &format!("{empty}    {sentence}\n"));
        folder.run(Options::default(), Arc::new(Twins::default()))
    };
    assert_eq!(run("no-car-plugs", "When the driver plugs in at EVSE 2"), RunEnd::Refused(2));
    assert_eq!(run("no-car-draws", "Then at EVSE 2 within 5 s the car draws 16 A"), RunEnd::Refused(2));
    assert_eq!(run("no-car-rests", "Then at EVSE 2 for 5 s the contactor stays open"), RunEnd::Ran(0));
}

#[test]
fn a_car_that_is_not_there_is_not_measured() {
    let car = vehicle_model::Profile::builtin("renault-zoe").expect("a car");
    let mut setup = twin::Setup::standard(car, 1);
    setup.evse(EvseId::FIRST).car = twin::CarChoice::None;
    let mut rig = SimRig::new(setup).expect("a world");
    for signal in Signal::MEASURED {
        let measured = rig.measure(signal);
        let why = signal.is_of_car().then(|| "there is no car at EVSE 1".to_owned());
        assert_eq!(measured.err(), why, "{signal}");
    }
    let plug = Action::Car(vehicle_model::Action::RequestEnergy(true));
    assert_eq!(rig.can(&plug), Err("there is no car at EVSE 1".into()));
}

#[test]
fn a_scenario_that_takes_too_long_is_an_error_whatever_it_would_find() {
    let hour = Duration::from_secs(3600);
    let limited = |limits| move |steps: &str| run_with(&case(steps), Conditions { limits, ..Conditions::default() });
    let an_hour = limited(TimeLimits { virtual_time: hour, ..TimeLimits::default() });
    // Each of these would fail, or hold, with more time.
    for steps in [
        "When 2 h pass\n",
        "Given a car is charging\n Then within 2 h the fault OverCurrent is detected\n",
        "Given a car is charging\n Then for 2 h the contactor stays closed\n",
        "10 times:\n \"\"\"\n When 7 min pass\n \"\"\"\n",
    ] {
        let steps = if steps.starts_with("10") { format!("When {steps}") } else { steps.to_owned() };
        let outcome = an_hour(&steps);
        assert_eq!((outcome.verdict, outcome.cause), (Verdict::Error, Cause::Broken), "{steps}: {}", outcome.message);
        let why =
            "the scenario takes longer than 1 h of its world's time (--max-virtual); its world is at 01:00:00.000";
        assert!(outcome.message.ends_with(why), "{steps}: {}", outcome.message);
    }
    // What comes in time comes in time, however long it might have been waited for.
    let outcome = an_hour("When the driver plugs in\n Then within 2 h the pilot is in state B\n");
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", outcome.message);
    let no_time = limited(TimeLimits { wall_time: Duration::ZERO, ..TimeLimits::default() });
    let outcome = no_time("When the driver plugs in\n And 1 min pass\n");
    assert_eq!(outcome.verdict, Verdict::Error);
    assert!(outcome.message.contains("of the machine's time (--max-wall); its world is at"), "{}", outcome.message);
}
