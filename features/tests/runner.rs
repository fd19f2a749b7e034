//! What the runner makes of a rig that cannot do everything, or does not stand on firm ground.

mod common;

use std::sync::Arc;
use std::time::Duration;

use features::{Options, Rigs, Verdict, run_on};
use hil_rig::Flags;

use common::{Blind, of_check, run};

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
fn a_host_that_stands_still_makes_a_scenario_invalid_whatever_was_seen() {
    let rigs = |millis| Arc::new(Blind { stood: Duration::from_millis(millis), ..Blind::default() }) as Arc<dyn Rigs>;
    let case = of_check("BU-RL-05").swap_remove(0);
    let outcome = run(&case, &rigs(501));
    assert_eq!((outcome.verdict, outcome.invalid), (Verdict::Error, true));
    let why = "invalid: the host stood still for 501 ms, at most 500 ms are allowed";
    assert!(outcome.message.ends_with(why), "{}", outcome.message);
    assert_eq!(run(&case, &rigs(500)).verdict, Verdict::Passed);
    // The rig's fault, and nobody else's.
    let options =
        Options { paths: vec![format!("{}:{}", case.path.display(), case.line).into()], ..Options::default() };
    assert_eq!([run_on(&options, &rigs(501)), run_on(&options, &rigs(500))], [3, 0]);
}
