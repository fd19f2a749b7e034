//! The host that has its charger in a guest: what it makes of a guest, or a charger in there, that ends or stands still. The
//! guest is played by a script; `ci/uml` has the real one.

#![cfg(target_os = "linux")]

mod common;

use common::outside::Run;
use rustix::process::Signal;

const WAITING: &str = "  When 26 s pass\n";

#[test]
fn a_guest_that_is_left_alone_passes() {
    let run = Run::in_guest("guest-alone", "");
    let code = run.play("  When 1 s pass\n", |_| {});
    assert_eq!(code, 0, "{}", run.end());
}

#[test]
fn a_charger_or_guest_that_is_killed_while_time_passes_is_an_error() {
    for (who, why) in [
        ("charger", "chargerd ended by itself: signal: 9; see program.log"),
        ("guest", "the guest ended: signal: 9 (SIGKILL); see console.log"),
    ] {
        let run = Run::in_guest("guest-killed", "");
        let code = run.play(WAITING, |run| {
            run.is_up();
            run.signal_in_guest(who, Signal::KILL);
        });
        let end = run.end();
        assert_eq!(code, 1, "{end}");
        assert!(end.contains("\"verdict\":\"error\"") && end.contains(why), "{who}: {end}");
    }
}

#[test]
fn a_charger_that_stands_still_in_its_guest_makes_the_scenario_invalid() {
    let run = Run::in_guest("guest-stopped", "");
    let code = run.play(WAITING, |run| {
        run.is_up();
        run.signal_in_guest("charger", Signal::STOP);
    });
    assert_eq!(code, 3, "{}", run.end());
    assert!(run.end().contains("\"cause\":\"invalid\""), "{}", run.end());
}

#[test]
fn a_charger_that_ends_in_its_guest_at_the_beginning_or_badly_at_the_end_is_an_error() {
    for (wish, why) in [
        ("exit 4\n", "chargerd ended by itself: exit status: 4"),
        ("exit 0\n", "chargerd ended by itself: exit status: 0"),
        ("term 7\n", "chargerd was told to end and did not end well: exit status: 7"),
    ] {
        let run = Run::in_guest("guest-ends", wish);
        let code = run.play("  When 1 s pass\n", |_| {});
        assert_eq!(code, 1, "{}", run.end());
        assert!(run.end().contains(why), "{wish}: {}", run.end());
    }
}

#[test]
fn a_guest_that_does_not_come_up_is_a_rig_that_is_not_ready() {
    let run = Run::in_guest("guest-never", "");
    run.folder.write("linux", "#!/bin/sh\nexit 3\n");
    let code = run.play("  When 1 s pass\n", |_| {});
    assert_eq!(code, 3, "{}", run.end());
    assert!(run.end().contains("\"cause\":\"not ready\""), "{}", run.end());
}
