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
    folder.write("charger.toml", "[station]\nmodel = \"A name of 21 letters.\"\n");
    refused("charger.toml: station.model: from 1 to 20 characters, it has 21");
    folder.write("charger.toml", &format!("[authorization]\ntokens = [{{ id = \"{}\" }}]\n", "0".repeat(37)));
    refused(
        "charger.toml: authorization.tokens[0].id: row 1, \"0000000000000000000000000000000000000\": a card's number has",
    );
    folder.write("charger.toml", "");
    let said = folder.run(&["--csms", "wss://csms.example"]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("command line: --csms: wss://csms.example: "), "{}", said.stderr);
    assert_eq!(folder.run(&["--isolation", "some"]).code, Some(2));
    assert_eq!(folder.run(&["--events", "-", "--control", "stdio:"]).code, Some(2));
}

#[test]
fn a_reader_that_goes_away_makes_no_noise_and_a_full_disk_is_told() {
    let folder = Folder::new("output");
    folder.board("uart:/dev/ttyS1", METER);
    let shell = |script: &str| {
        let program = folder.chargerd(&["--check"]);
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", script]).arg(program.get_program()).args(program.get_args()).env_remove("RUST_LOG");
        common::Said::from(shell.output().expect("a shell"))
    };
    for script in ["\"$0\" \"$@\" | head -1; exit ${PIPESTATUS[0]}", "\"$0\" \"$@\" 2>&1 | true; exit ${PIPESTATUS[0]}"]
    {
        let said = shell(script);
        assert!(
            said.code == Some(0) && said.stdout.lines().count() <= 1 && said.stderr.is_empty(),
            "{script}: {said:?}"
        );
    }
    let said = shell("\"$0\" \"$@\" >/dev/full");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains("standard output: No space left on device"), "{}", said.stderr);
    let said = shell("\"$0\" \"$@\" --isolation some 2>&1 | true; exit ${PIPESTATUS[0]}");
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn a_store_that_is_a_link_is_told_and_left_alone_and_ends_with_4() {
    let folder = Folder::new("linked-store");
    folder.board("uart:/dev/ttyS1", METER);
    std::fs::create_dir(folder.path("state")).expect("made");
    folder.write("precious", "mine");
    std::os::unix::fs::symlink("../precious", folder.path("state/station.sqlite")).expect("a link");
    let said = folder.run(&["--isolation", "off"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.stderr.contains("station.sqlite: it is a symbolic link"), "{}", said.stderr);
    assert_eq!(folder.read("precious"), "mine");
}

#[test]
fn a_check_tells_every_slip_of_every_file_at_once() {
    let folder = Folder::new("slips");
    folder.write("charger.toml", "[outlet]\nmax_current_a = 4\n");
    folder.write(
        "board.toml",
        "[devices]\npower_board = \"uart:/dev/x?115201x\"\nmeter = \"modbus:/dev/y?map=eastron-sdm230&unit=999&9600q1\"\n\
         lock = \"i2c:/dev/i2c-0@0x99\"\ninsulation_monitor = \"isocha425:/dev/y?9600n1&unit=2\"\n\
         power_supply = \"can:can 0?proto=infypower\"\n",
    );
    let said = folder.run(&["--check", "--csms", "ftp://csms"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    for expected in [
        "charger.toml: outlet.max_current_a: from 6 to 80 A",
        "devices.power_board: uart:/dev/x?115201x: 115201x: expected a speed",
        "9600q1: expected a line such as 9600n1 or 1200-8n1; unit: expected 1 to 247, got \"999\"",
        "devices.lock: i2c:/dev/i2c-0@0x99: expected PATH@ADDRESS",
        "devices.power_supply: can:can 0?proto=infypower: expected the name of an interface",
        "command line: --csms: ftp://csms",
    ] {
        assert!(said.stderr.contains(expected), "{expected}\n{}", said.stderr);
    }
    assert_eq!(said.stderr.lines().count(), 6, "{}", said.stderr);
}

#[test]
fn a_check_refuses_a_line_that_two_devices_want_to_have_differently() {
    let folder = Folder::new("disagree");
    folder.write("charger.toml", "[outlet]\nkind = \"tethered\"\n");
    let with = |monitor: &str| {
        folder.write(
            "board.toml",
            &format!(
                "[devices]\npower_board = \"uart:/dev/ttyS1\"\nmeter = \"modbus:/dev/y?map=eastron-sdm230&unit=1\"\n\
                 insulation_monitor = \"isocha425:/dev/y?{monitor}\"\n"
            ),
        );
        folder.run(&["--check"])
    };
    let said = with("unit=2");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stderr.contains("the line is 19200-8e1 here and 9600-8n1 for meter"), "{}", said.stderr);
    assert_eq!(with("unit=2&9600n1").code, Some(0));
}

#[test]
fn a_charger_with_several_evses_has_a_table_for_each_in_both_files() {
    let folder = Folder::new("several");
    folder.write("charger.toml", "[outlet]\nkind = \"tethered\"\n[[evse]]\n[[evse]]\nreader = \"station\"\n");
    let evse = |number: u8| {
        format!(
            "[[evse]]\npower_board = \"uart:/dev/chargerd-board-{number}\"\n\
             meter = \"modbus:/dev/chargerd-485?map=eastron-sdm230&unit={number}\"\n"
        )
    };
    let reader = "[devices]\ntoken_reader = \"pn532:/dev/chargerd-nfc\"\n";
    folder.write("board.toml", &format!("{reader}{}{}", evse(1), evse(2)));
    let said = folder.run(&["--check"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "token_reader        pn532:/dev/chargerd-nfc\n",
        "evse[0].power_board uart:/dev/chargerd-board-1\n",
        "evse[1].meter       modbus:/dev/chargerd-485?map=eastron-sdm230&unit=2\n",
        "is given            /dev/chargerd-485 /dev/chargerd-board-1 /dev/chargerd-board-2 /dev/chargerd-nfc\n",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
    // One board for both, no reader, and a third EVSE: all is told.
    folder.write("board.toml", &format!("{}{}{}", evse(1), evse(1), evse(3)));
    let said = folder.run(&["--check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    for expected in [
        "evse[1].power_board: uart:/dev/chargerd-board-1: the line is evse[0].power_board's already",
        "unit 1 at that place is evse[0].meter already",
        "board.toml: evse: expected as many EVSEs as ",
        "board.toml: devices.token_reader: expected an endpoint: ",
    ] {
        assert!(said.stderr.contains(expected), "{expected}\n{}", said.stderr);
    }
    assert_eq!(said.stderr.lines().count(), 4, "{}", said.stderr);
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
