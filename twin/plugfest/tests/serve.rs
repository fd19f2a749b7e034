//! `plugfest rig serve`: models on wires until somebody ends it.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{code, command, plugfest, said};

/// The program; it is gone when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_desk_is_served_until_a_signal_and_leaves_nothing_behind() {
    let mut serve = command(&["rig", "serve", "desk"]);
    serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(serve.spawn().expect("it runs"));
    let child = &mut running.0;
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map(|line| line.expect("text"));
    let printed: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("# chargerd ")).collect();
    let board: Vec<_> = printed.iter().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(board[0], "[devices]", "{printed:?}");
    let place = |key: &str| {
        let start = format!("{key} = '");
        let endpoint = board.iter().find_map(|line| line.strip_prefix(&start)).expect(key);
        let (_, place) = endpoint.split_once(':').expect("a place");
        Path::new(place.split('?').next().unwrap_or(place)).to_path_buf()
    };
    for key in ["power_board", "meter", "insulation_monitor", "token_reader"] {
        assert!(place(key).exists(), "{key}: {printed:?}");
    }
    let folder = place("power_board").parent().and_then(Path::parent).expect("a folder").to_path_buf();
    // Nobody has to be there: a person may play the driver.
    let mut typed = child.stdin.take().expect("a pipe");
    typed.write_all(b"plug\nhello\n").expect("it reads");
    let mut told = BufReader::new(child.stderr.take().expect("a pipe")).lines().map(|line| line.expect("text"));
    assert!(told.any(|line| line == "\"hello\": expected plug, unplug or card SERIAL, such as card 04A2B3C4"));
    assert!(told.any(|line| line == "pilot F, F, contactor open"), "no charger has enabled the board");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(!folder.exists(), "{}", folder.display());
}

#[test]
fn what_has_no_wires_here_is_refused() {
    for (rig, why) in [
        ("twin", "twin: it has no wires; desk can be served"),
        ("uml", "uml: its wires end inside a guest"),
        ("tux-evse", "its devices are real; there is no model to serve"),
    ] {
        let output = plugfest(&["rig", "serve", rig]);
        assert_eq!(code(&output), 3, "{rig}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    let output = plugfest(&["rig", "serve", "desk", "--car", "no-such-car"]);
    assert_ne!(code(&output), 0);
    assert!(said(&output).contains("no-such-car"), "{}", said(&output));
}
