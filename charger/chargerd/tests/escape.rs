//! The charger tries to break out of its own isolation.

#![cfg(target_os = "linux")]

mod common;

use std::process::{Command, Output};

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
        "listen on a port that the kernel chooses ... refused (Operation not permitted",
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

/// Runs a program in a network of its own, in which there is an interface `car0` with its address; `None` where that cannot be had.
fn in_a_network(program: &Command) -> Option<Output> {
    const PATH: &str = "PATH=$PATH:/usr/sbin:/sbin; ";
    const NETWORK: &str = "ip link set lo up && ip link add car0 type veth peer name car1 && \
        ip link set car0 addrgenmode none && ip link set car0 up && ip link set car1 up && \
        ip address add fe80::1/64 dev car0 nodad && exec \"$@\"";
    let apart = |script: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-rn", "sh", "-c", &format!("{PATH}{script}"), "sh"]);
        unshare
    };
    apart("ip -V").output().ok().filter(|made| made.status.success())?;
    let mut inside = apart(NETWORK);
    inside.arg(program.get_program()).args(program.get_args()).env_remove("NOTIFY_SOCKET").env_remove("RUST_LOG");
    Some(inside.output().expect("it ran just now"))
}

#[test]
fn a_network_to_a_car_is_listened_to_on_its_ports_and_on_no_others() {
    let folder = Folder::new("escape-car");
    folder.write("charger.toml", "[outlet]\nkind = \"tethered\"\n");
    folder.write(
        "board.toml",
        "[devices]\npower_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB_NONE?map=eastron-sdm230\"\n\
         v2g = \"interface:car0\"\n",
    );
    let Some(output) = in_a_network(&folder.chargerd(&["escape-test", "--isolation", "best-effort"])) else {
        eprintln!("not applicable: this machine lets nobody make a network namespace (unshare -rn), or has no `ip`");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if !enforced(&said) {
        eprintln!("this kernel cannot do all of it: {}", said.lines().next().unwrap_or_default());
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for line in [
        "listen on a TCP port ....................... refused",
        "listen on TCP port 49152 to 49167 .......... works",
        "open a UDP socket for IPv6 ................. works",
        "listen on TCP port 49151 for IPv6 .......... refused (Permission denied",
        "listen on TCP port 49168 for IPv6 .......... refused (Permission denied",
        "listen on any TCP port for IPv6 ............ refused (Permission denied",
        "listen for a car at interface:car0 ......... works",
        "open a socket for Ethernet frames .......... refused",
        "capabilities: none",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(
        said.lines()
            .any(|line| line.contains("connect to TCP port") && line.contains("for IPv6 ") && line.contains("refused"))
    );
    // What is in it without a CSMS and without a car.
    folder.write(
        "board.toml",
        "[devices]\npower_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB_NONE?map=eastron-sdm230\"\n",
    );
    let said = folder.escape_test(&["--isolation", "best-effort"]);
    for line in [
        "open a UDP socket .......................... refused",
        "open a UDP socket for IPv6 ................. refused",
        "listen on a TCP port ....................... refused",
        "listen on a port that the kernel chooses ... refused",
    ] {
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
