//! A board that is missing, comes, vanishes and returns. On a real pseudo terminal, so on the real clock: each wait is for
//! something that happens.

use std::fs;
use std::os::unix::fs::symlink;

use devices::m4::M4Peer;
use hardware::{ErrorKind, PROTOCOL_VERSION, PowerBoard};
use hil::{AnyBoard, Reopening};
use iec61851::{CableRating, Event, PilotState};

use crate::bench::{Board, expect, story};
use crate::lines::Pty;

#[tokio::test]
async fn a_serial_board_is_missing_comes_vanishes_and_returns() {
    // As udev does it: a name that stays, for a device that does not.
    let name = std::env::temp_dir().join(format!("board-uart-{}", std::process::id()));
    let plug = |pty: &Pty| {
        let _ = fs::remove_file(&name);
        symlink(&pty.path, &name).expect("a link");
    };
    let endpoint = format!("uart:{}?115200", name.display()).parse().expect("an endpoint");
    let mut host = Reopening::<AnyBoard>::new(endpoint);
    let _ = fs::remove_file(&name);
    let error = host.start().await.expect_err("nothing is plugged in");
    assert_eq!(error.kind, ErrorKind::Disconnected, "{error}");

    for round in 0..2 {
        let pty = Pty::open();
        plug(&pty);
        let board = Board::bytes(M4Peer::new(PROTOCOL_VERSION, "uart", 41));
        story(&board, pty, async {
            host.start().await.expect("it is there");
            board.car(9_000);
            expect(
                &mut host,
                &[Event::Cable(CableRating::A32), Event::Pilot { state: PilotState::B, pwm: false, plug_in: None }],
            )
            .await;
        })
        .await;
        // The story has dropped the adapter.
        let error = host.next_event().await.expect_err("it is pulled");
        assert_eq!(error.kind, ErrorKind::Disconnected, "round {round}: {error}");
    }
    let error = host.heartbeat().await.expect_err("nothing is there to be opened");
    assert_eq!(error.kind, ErrorKind::Disconnected, "{error}");
    fs::remove_file(&name).expect("it is there");
}
