//! The models of a rig without a scenario: somebody starts the charger by hand, with the board file that was printed.

#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use common::Folder;
use common::rig_run::CHARGERD;
use hil_rig::RigFile;
use twin::{Action, Setup};
use vehicle_model::{Action as Car, Cable, CableRating, Profile};
use virtual_rig::Served;

const LOOK: Duration = Duration::from_millis(50);

fn rig(name: &str) -> RigFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hil/rigs").join(name);
    RigFile::read(&path).expect("a rig file")
}

fn setup() -> Setup {
    Setup::standard(Profile::builtin("renault-zoe").expect("a car"), 1)
}

/// The charger; it is gone when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Lets time pass until it is so; at most half a minute.
fn until(served: &mut Served, what: &str, mut is_so: impl FnMut(&mut Served) -> bool) {
    for _ in 0..600 {
        served.run_for(LOOK).expect("the wires hold");
        if is_so(served) {
            return;
        }
    }
    panic!("{what}: {}", served.outlet());
}

#[test]
fn what_is_printed_is_a_board_file_with_which_a_charger_charges() {
    let mut served = Served::new(&rig("desk.toml"), setup()).expect("the models");
    let printed = served.board_file();
    let folder = Folder::new("served");
    folder.write("board.toml", &printed);
    // What else it says: the whole line, but for the state folder and the board file, which is the pasted one.
    let line = printed.lines().find_map(|line| line.strip_prefix("# chargerd ")).expect("how to start it");
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for (key, value) in [("--board", folder.path("board.toml")), ("--state", folder.path("state"))] {
        let at = words.iter().position(|word| word == key).expect(key);
        words[at + 1] = value.display().to_string();
    }
    let events = folder.path("events.ndjson");
    let charger =
        Command::new(CHARGERD).args(&words).arg("--events").arg(&events).stderr(std::process::Stdio::null()).spawn();
    let running = Running(charger.expect("it starts"));
    served.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32)))).expect("a plug");
    until(&mut served, "the charger knows its car and its CSMS", |_| {
        let told = std::fs::read_to_string(&events).unwrap_or_default();
        told.contains("\"online\"") && told.contains("AuthRequired")
    });
    served.present("04A1B2C3").expect("a card");
    until(&mut served, "it charges", |served| served.outlet().contains("contactor closed"));
    served.act(Action::Car(Car::Unplug)).expect("a plug");
    until(&mut served, "it ends", |served| served.outlet().contains("contactor open"));
    drop(running);
}

#[test]
fn a_rig_without_models_on_this_machine_is_refused_with_the_reason() {
    for (name, why) in [
        ("uml.toml", "uml: its wires end inside a guest, where no charger of yours is; desk can be served"),
        ("tux-evse.toml", "its devices are real; there is no model to serve"),
    ] {
        let refused = Served::new(&rig(name), setup()).map(drop).expect_err(name);
        assert!(refused.contains(why), "{refused}");
    }
    let mut served = Served::new(&rig("desk.toml"), setup()).expect("the models");
    let refused = served.act(Action::Host(twin::HostAction::Kill)).expect_err("none of its");
    assert_eq!(refused, "the charger is not this program's");
}
