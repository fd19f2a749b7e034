//! What is wrong with the files is said, and how it ends.

#![cfg(target_os = "linux")]

mod common;

use common::Folder;

const METER: &str = "modbus:/dev/chargerd-no-meter?map=eastron-sdm72d-m-v2&unit=1";

#[test]
fn a_check_prints_what_would_be_opened_and_touched() {
    let folder = Folder::new("check");
    folder.board("uart:/dev/chargerd-no-board?115200", METER);
    let said = folder.run(&["--check", "--csms", "ws://csms.example:9000/ocpp"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "power_board         uart:/dev/chargerd-no-board?115200\n",
        "lock                i2c:/dev/chargerd-no-bus@0x20\n",
        "csms                ws://csms.example:9000/ocpp/PF-0001\n",
        "may use             /dev\n",
        "may connect to TCP  53 9000\n",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
    assert!(!folder.path("state").exists(), "a check writes nothing");
}

#[test]
fn what_is_wrong_names_the_file_the_key_and_what_was_expected_and_ends_with_2() {
    let folder = Folder::new("wrong");
    let refused = |expected: &str| {
        let said = folder.run(&["--check"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.stderr.contains(expected), "{expected}\n{}", said.stderr);
    };
    refused("board.toml: the file: cannot be read");
    folder.write("board.toml", "[devices]\npower_board = \"uart:/dev/ttyS1\"\n");
    refused("board.toml: devices: missing field `meter`");
    folder.write("board.toml", &format!("[devices]\npower_board = \"can:can0\"\nmeter = \"{METER}\"\n"));
    refused("board.toml: devices.power_board: can:can0: expected rpmsg: or uart: or gpio:");
    folder.write("board.toml", &format!("[devices]\npower_board = \"uart:/dev/ttyS1\"\nmeter = \"{METER}\"\n"));
    refused("board.toml: devices.lock: expected an endpoint: ");
    folder.board("uart:/dev/ttyS1", METER);
    folder.write("charger.toml", "[outlet]\nmax_current_a = 4\n");
    refused("charger.toml: outlet.max_current_a: from 6 to 80 A");
    folder.write("charger.toml", "");
    let said = folder.run(&["--csms", "wss://csms.example"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("command line: --csms: wss://csms.example: "), "{}", said.stderr);
    assert_eq!(folder.run(&["--isolation", "some"]).code, Some(2));
    assert_eq!(folder.run(&["--events", "-", "--control", "stdio:"]).code, Some(2));
}

#[test]
fn a_state_folder_that_cannot_be_is_told_and_ends_with_4() {
    let folder = Folder::new("state");
    folder.board("uart:/dev/ttyS1", METER);
    folder.write("state", "this is a file");
    let said = folder.run(&["--isolation", "off"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("state: "), "{}", said.stderr);
}
