//! The charger tries to break out of its own isolation.

#![cfg(target_os = "linux")]

mod common;

use common::Folder;

/// Whether this kernel can do all of it: the charger says so itself.
fn enforced(said: &str) -> bool {
    said.starts_with("isolation: Landlock (files, TCP) in force; seccomp (system calls) in force")
}

#[test]
fn everything_that_must_be_refused_is_and_the_charger_still_works() {
    let folder = Folder::new("escape");
    folder.board("uart:/dev/chargerd-no-board", "modbus:/dev/chargerd-no-meter?map=eastron-sdm72d-m-v2&unit=1");
    // With a CSMS there are sockets, so that Landlock has to tell one port from another.
    let said = folder.escape_test(&["--isolation", "best-effort", "--csms", "ws://127.0.0.1:9/ocpp"]);
    if !enforced(&said.stdout) {
        // Nothing to prove on such a kernel, but then the charger must not have claimed anything.
        let strict = folder.escape_test(&["--isolation", "strict"]);
        assert_eq!(strict.code, Some(3), "{said:?}");
        eprintln!("this kernel cannot do all of it: {}", said.stdout.lines().next().unwrap_or_default());
        return;
    }
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "write the state folder ..................... works",
        "open the durable store ..................... works",
        "start a thread ............................. works",
        "open /dev again ............................ works",
        "read /etc/shadow ........................... refused",
        "read /etc/passwd ........................... refused",
        "write in /tmp .............................. refused",
        "listen on a TCP port ....................... refused (Permission denied",
        "open a socket for Ethernet frames .......... refused",
        "ptrace ..................................... refused",
        "mount ...................................... refused",
        "bpf ........................................ refused",
        "a user namespace ........................... refused",
        "become /bin/sh ............................. refused",
        "capabilities: none",
        ", 0 not\n",
    ] {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
    // The port that the CSMS has may be tried, another one may not: that is Landlock, not seccomp.
    assert!(
        said.stdout.lines().any(|line| line.contains("connect to TCP port") && line.contains("(Permission denied"))
    );
    let strict = folder.escape_test(&["--isolation", "strict"]);
    assert_eq!(strict.code, Some(0), "{strict:?}");
}

#[test]
fn lines_that_come_and_go_do_not_open_the_folder_of_all_nodes() {
    let folder = Folder::new("escape-nodes");
    folder.write("charger.toml", "[outlet]\nkind = \"tethered\"\n");
    folder.write(
        "board.toml",
        "[devices]\npower_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB_NONE?map=eastron-sdm230\"\n",
    );
    let said = folder.run(&["--check"]);
    assert!(said.stdout.contains("may use             \n"), "{}", said.stdout);
    assert!(
        said.stdout.contains("is given            /dev/rpmsg_ctrl0 /dev/ttyUSB_NONE /dev/rpmsg*\n"),
        "{}",
        said.stdout
    );
    let said = folder.escape_test(&["--isolation", "best-effort"]);
    if !enforced(&said.stdout) {
        eprintln!("this kernel cannot do all of it: {}", said.stdout.lines().next().unwrap_or_default());
        return;
    }
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in
        ["open a node that no device is at ........... refused", "list /dev .................................. refused"]
    {
        assert!(said.stdout.contains(line), "{line}\n{}", said.stdout);
    }
}

#[test]
fn without_isolation_the_same_attempts_succeed() {
    let folder = Folder::new("no-escape");
    folder.board("uart:/dev/chargerd-no-board", "modbus:/dev/chargerd-no-meter?map=eastron-sdm72d-m-v2&unit=1");
    let said = folder.escape_test(&["--isolation", "off"]);
    for attempt in ["read /etc/passwd", "list the root folder", "start a process", "become /bin/sh"] {
        let line = said.stdout.lines().find(|line| line.trim_start().starts_with(attempt));
        assert!(line.is_some_and(|line| line.contains("works")), "{attempt}\n{}", said.stdout);
    }
    // The shell that it became.
    assert_eq!(said.code, Some(3));
}
