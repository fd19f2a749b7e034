//! Stories over packets: on a paused clock in memory, and over a socket pair.

use std::time::Duration;

use devices::m4::{M4Fault, M4Peer};
use hardware::{BoardInfo, ErrorKind, PROTOCOL_VERSION, PowerBoard};
use hil::{PacketBoard, PacketLink};
use iec61851::{CableRating, Duty, Event, Fault, PilotSignal, PilotState};
use tokio::time::Instant;
use units::Microamps;
use wire::tux_evse::{HighToLow, Info, LowToHigh, PlainEvent};

use crate::bench::{Board, expect, next, story};
use crate::lines::{MemoryEnd, memory, packets};

fn ours() -> Board {
    Board::messages(M4Peer::new(PROTOCOL_VERSION, "plugfest-m4 0.1"))
}

const fn pilot(state: PilotState, pwm: bool) -> Event {
    Event::Pilot { state, pwm }
}

fn nominal() -> PilotSignal {
    PilotSignal::Pwm(Duty::from_permille(266).expect("a duty"))
}

/// From nothing to power, whatever the wire and the vocabulary.
async fn charge(board: &Board, host: &mut impl PowerBoard<Error = hardware::LinkError>) {
    board.car(9_000);
    expect(host, &[Event::Cable(CableRating::A32), pilot(PilotState::B, false)]).await;
    host.set_pilot(nominal()).await.expect("it is sent");
    expect(host, &[pilot(PilotState::B, true)]).await;
    host.allow_power(true).await.expect("it is sent");
    board.car(6_000);
    expect(host, &[pilot(PilotState::C, true), Event::ContactorClosed]).await;
    assert!(board.closed());
}

/// Reads what the host has sent.
fn sent(end: &mut MemoryEnd) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| end.down.try_recv().ok()).collect()
}

fn say(end: &MemoryEnd, message: &LowToHigh) {
    end.up.send(message.encode()).expect("the host listens");
}

fn info() -> LowToHigh {
    LowToHigh::Info(Info { protocol: PROTOCOL_VERSION, firmware: "m4".into() })
}

#[tokio::test(start_paused = true)]
async fn it_starts_a_board_as_tux_evse_does_byte_for_byte() {
    let (link, mut end) = memory();
    let mut host = PacketBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &info());
    });
    assert_eq!(started, Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "m4".into() }));
    let (pwm_off, bytes) = ([0x0a, 0x02, 0x08, 0x01].to_vec(), sent(&mut end));
    assert_eq!(bytes, [vec![0x22, 0x00], pwm_off.clone(), pwm_off, vec![0x1a, 0x00]]);
    host.set_pilot(PilotSignal::Pwm(Duty::DIGITAL)).await.expect("it is sent");
    host.allow_power(true).await.expect("it is sent");
    host.allow_power(false).await.expect("it is sent");
    host.heartbeat().await.expect("it is sent");
    assert_eq!(
        sent(&mut end),
        [vec![0x0a, 0x05, 0x15, 0xcd, 0xcc, 0x4c, 0x3d], vec![0x10, 0x01], vec![0x10, 0x00], vec![0x2a, 0x00]]
    );
}

#[tokio::test(start_paused = true)]
async fn a_car_charges_until_a_residual_current_opens_the_contactor() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        let started = host.start().await.expect("it starts");
        assert_eq!(started.firmware, "plugfest-m4 0.1");
        expect(&mut host, &[pilot(PilotState::A, false)]).await;
        charge(&board, &mut host).await;
        board.residual(Microamps(8_000));
        expect(&mut host, &[Event::Fault(Fault::ResidualCurrent), pilot(PilotState::C, false), Event::ContactorOpened])
            .await;
        assert_eq!((board.closed(), board.pilot()), (false, PilotSignal::X1));
        board.residual(Microamps::ZERO);
        board.car(12_000);
        expect(&mut host, &[Event::FaultCleared(Fault::ResidualCurrent), pilot(PilotState::A, false)]).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_tux_evse_firmware_is_translated() {
    let (link, end) = memory();
    let board = Board::messages(M4Peer::plain());
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        let before = Instant::now();
        let started = host.start().await;
        assert_eq!(started, Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "tux-evse".into() }));
        assert_eq!(before.elapsed(), Duration::from_secs(3), "its first heartbeat gives it away");
        charge(&board, &mut host).await;
        board.residual(Microamps(8_000));
        expect(&mut host, &[Event::Fault(Fault::ResidualCurrent), Event::ContactorOpened]).await;
        board.car(12_000);
        expect(&mut host, &[Event::FaultCleared(Fault::ResidualCurrent), pilot(PilotState::A, false)]).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_host_had_coming_is_not_for_the_next() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        // Unread: the car goes. Then the charger starts anew, with another car in.
        board.car(12_000);
        tokio::time::sleep(Duration::from_millis(200)).await;
        board.car(6_000);
        tokio::time::sleep(Duration::from_millis(200)).await;
        host.start().await.expect("it starts again");
        expect(&mut host, &[pilot(PilotState::A, false), Event::Cable(CableRating::A32), pilot(PilotState::C, false)])
            .await;
        assert!(!board.closed());
    })
    .await;
}

async fn charge_from_a(board: &Board, host: &mut impl PowerBoard<Error = hardware::LinkError>) {
    expect(host, &[pilot(PilotState::A, false)]).await;
    charge(board, host).await;
}

#[tokio::test(start_paused = true)]
async fn a_mute_board_is_gone_after_ten_seconds() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        let before = Instant::now();
        board.fault(Some(M4Fault::Mute));
        let error = next(&mut host).await.expect_err("it is mute");
        assert_eq!(error.kind, ErrorKind::Disconnected);
        assert_eq!(error.what, "nothing heard for 10s, expected a heartbeat every 3 s");
        assert!((9_000..=10_001).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
        board.fault(None);
        host.start().await.expect("it is back");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deaf_board_opens_by_itself_and_says_so() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        board.fault(Some(M4Fault::Deaf));
        expect(&mut host, &[Event::Fault(Fault::HostSilent)]).await;
        assert!(!board.closed());
        expect(&mut host, &[pilot(PilotState::C, false), Event::ContactorOpened]).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_board_that_says_nothing_at_all_does_not_start() {
    let (link, end) = memory();
    let mut host = PacketBoard::new(link, false);
    let before = Instant::now();
    let error = host.start().await.expect_err("nobody is there");
    assert_eq!((error.kind, before.elapsed()), (ErrorKind::TimedOut, Duration::from_secs(10)));
    assert_eq!(error.what, "no answer to enable within 10s: does the firmware run?");
    drop(end);
    assert_eq!(host.start().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_firmware_that_starts_anew_is_noticed_and_started_again() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        board.restart();
        assert!(!board.closed());
        let error = next(&mut host).await.expect_err("it is mute until it is enabled");
        assert_eq!(error.kind, ErrorKind::Disconnected);
        host.start().await.expect("it starts again");
        // The car is still there.
        expect(&mut host, &[pilot(PilotState::A, false), Event::Cable(CableRating::A32), pilot(PilotState::C, false)])
            .await;
    })
    .await;

    // One that says so itself is noticed at once.
    let (link, end) = memory();
    let mut host = PacketBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &info());
        say(&end, &info());
    });
    started.expect("it starts");
    let error = host.next_event().await.expect_err("it started anew");
    assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Disconnected, "the firmware started anew"));
}

#[tokio::test(start_paused = true)]
async fn another_version_of_the_messages_is_told_and_the_board_disabled() {
    let (link, end) = memory();
    let board = Board::messages(M4Peer::new(PROTOCOL_VERSION + 1, "m4 2"));
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        let started = host.start().await.expect("it says who it is");
        assert_eq!(started, BoardInfo { protocol: PROTOCOL_VERSION + 1, firmware: "m4 2".into() });
        tokio::task::yield_now().await;
        assert_eq!(board.pilot(), PilotSignal::F);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_an_error_and_the_next_message_is_read() {
    let (link, end) = memory();
    let mut host = PacketBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        end.up.send(vec![0x08]).expect("the host listens");
        say(&end, &info());
    });
    started.expect("what is left over from before is passed over");
    end.up.send(vec![0xb2, 0x06, 0x04, 0x08, 0x63, 0x10, 0x01]).expect("the host listens");
    end.up.send(vec![0x7a, 0x01, 0x00]).expect("the host listens");
    say(&end, &LowToHigh::Event(Event::ContactorOpened));
    let error = host.next_event().await.expect_err("a fault without a name");
    assert_eq!(error.kind, ErrorKind::Garbled);
    assert_eq!(error.what, "7 bytes are no message of a power board: field 1 has the value 99");
    assert_eq!(host.next_event().await, Ok(Event::ContactorOpened), "a field that nobody knows is no error");
}

#[tokio::test(start_paused = true)]
async fn a_board_whose_answer_is_garbled_is_not_taken_for_a_plain_one() {
    let (link, end) = memory();
    let board = ours();
    board.fault(Some(M4Fault::Garbled));
    story(&board, end, async {
        let mut host = PacketBoard::new(link, false);
        assert_eq!(host.start().await.map_err(|error| error.kind), Err(ErrorKind::Garbled));
        board.fault(None);
        host.start().await.expect("it is mended");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_firmware_that_is_broken_for_good_is_refused() {
    let (link, end) = memory();
    let mut host = PacketBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &LowToHigh::Plain(PlainEvent::CarPluggedIn));
    });
    started.expect("it starts");
    say(&end, &LowToHigh::Plain(PlainEvent::PermanentFault));
    assert_eq!(host.next_event().await, Ok(pilot(PilotState::B, false)));
    let error = host.next_event().await.expect_err("a permanent fault");
    assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Refused, "the firmware reports a permanent fault"));
}

#[tokio::test]
async fn over_a_socket_pair_a_car_charges_and_the_board_vanishes() {
    let (link, end) = packets();
    let board = ours();
    let mut host = PacketBoard::new(link, false);
    story(&board, end, async {
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
    })
    .await;
    // The far end is closed now.
    let error = loop {
        match host.next_event().await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Disconnected, "the other end is closed"));
    assert_eq!(host.heartbeat().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
}

#[tokio::test]
async fn a_board_that_takes_nothing_is_said_to_and_what_waits_is_thrown_away_at_the_start() {
    let (link, mut end) = packets();
    let mut host = PacketBoard::new(link, false);
    let refused = loop {
        if let Err(error) = host.heartbeat().await {
            break error;
        }
    };
    assert_eq!(refused.kind, ErrorKind::TimedOut);
    // Now it reads, and answers only what it is asked after the flood.
    end.send(&LowToHigh::Event(Event::ContactorClosed).encode()).await.expect("the host is there");
    let (started, ()) = tokio::join!(host.start(), async {
        while end.receive().await.expect("the host is there") != HighToLow::Enable.encode() {}
        end.send(&info().encode()).await.expect("the host is there");
        end.send(&LowToHigh::Event(Event::ContactorOpened).encode()).await.expect("the host is there");
    });
    started.expect("it starts");
    assert_eq!(host.next_event().await, Ok(Event::ContactorOpened));
}
