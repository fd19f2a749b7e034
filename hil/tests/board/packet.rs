//! Stories over packets: on a paused clock in memory, and over a socket pair.

use std::time::Duration;

use board_link::{LinkedBoard, PacketLink, Received};
use devices::m4::{M4Fault, M4Peer};
use hardware::{BoardInfo, ErrorKind, PROTOCOL_VERSION, PowerBoard};
use iec61851::{CableRating, Duty, Event, Fault, Permission, PilotSignal, PilotState, PlugIn};
use tokio::time::Instant;
use units::Microamps;
use wire::tux_evse::{BoardState, HighToLow, HostSays, Info, LowToHigh, MAX_PLAIN, Permit, PlainEvent, Wish};

use crate::bench::{BOOT, Board, expect, next, plug_in, story};
use crate::lines::{MemoryEnd, memory, packets};

fn ours() -> Board {
    Board::messages(M4Peer::new(PROTOCOL_VERSION, "plugfest-m4 0.1", BOOT))
}

const fn pilot(state: PilotState, pwm: bool) -> Event {
    Event::Pilot { state, pwm, plug_in: None }
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
    host.allow_power(Permission::Offered).await.expect("it is sent");
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

fn info(start: u32) -> LowToHigh {
    LowToHigh::Info(Info { protocol: PROTOCOL_VERSION, firmware: "m4".into(), start })
}

/// The state that a test's board says: whatever the host says has been heard.
fn state(start: u32, number: u32, closed: bool) -> LowToHigh {
    LowToHigh::State(BoardState { start, number, heard: 1, closed, ..BoardState::default() })
}

#[tokio::test(start_paused = true)]
async fn it_withdraws_asks_who_is_there_and_begins_the_next_start() {
    let (link, mut end) = memory();
    let mut host = LinkedBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        // No plain firmware has room for more.
        let first = sent(&mut end);
        assert_eq!(first, [vec![0x10, 0x00], vec![0xa2, 0x06, 0x00]]);
        assert!(first.iter().all(|message| message.len() <= MAX_PLAIN));
        // Of the start before; the question is answered next.
        say(&end, &state(6, 90, true));
        say(&end, &info(6));
        tokio::task::yield_now().await;
        say(&end, &state(6, 90, true));
        say(&end, &state(7, 91, false));
    });
    assert_eq!(started, Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "m4".into() }));
    assert_eq!(sent(&mut end), [vec![0xb2, 0x06, 4, 8, 7, 16, 1]]);
    host.set_pilot(PilotSignal::Pwm(Duty::DIGITAL)).await.expect("it is sent");
    host.allow_power(Permission::Offered).await.expect("it is sent");
    let said: Vec<_> = sent(&mut end).iter().map(|packet| HighToLow::decode(packet)).collect();
    let permit = Permit { permission: Permission::Offered, plug_in: None };
    let pilot = Some(Wish { number: 2, what: PilotSignal::Pwm(Duty::DIGITAL) });
    let first = HostSays { start: 7, number: 2, pilot, permission: None };
    let second = HostSays { number: 3, permission: Some(Wish { number: 3, what: permit }), ..first };

    assert_eq!(said, [first, second].map(|says| Ok(Some(HighToLow::Host(says)))));
}

#[tokio::test(start_paused = true)]
async fn a_car_charges_until_a_residual_current_opens_the_contactor() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
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
        let mut host = LinkedBoard::new(link, false);
        let before = Instant::now();
        let started = host.start().await;
        assert_eq!(started, Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "tux-evse".into() }));
        assert_eq!(before.elapsed(), Duration::from_millis(3_200), "its first heartbeat gives it away");
        charge_from_a(&board, &mut host).await;
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
        let mut host = LinkedBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        // Unread: the car goes. Then the charger starts anew, with another car in.
        board.car(12_000);
        tokio::time::sleep(Duration::from_millis(200)).await;
        board.car(6_000);
        tokio::time::sleep(Duration::from_millis(200)).await;
        host.start().await.expect("it starts again");
        expect(&mut host, &[Event::Cable(CableRating::A32)]).await;
        assert_eq!(plug_in(&mut host).await, Some(PlugIn { boot: BOOT, number: 2 }), "the second one");
        assert!(!board.closed());
    })
    .await;
}

async fn charge_from_a(board: &Board, host: &mut impl PowerBoard<Error = hardware::LinkError>) {
    expect(host, &[pilot(PilotState::A, false)]).await;
    charge(board, host).await;
}

#[tokio::test(start_paused = true)]
async fn a_mute_board_is_given_up_after_four_beats_and_the_withdrawal_still_reaches_it() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        let before = Instant::now();
        board.fault(Some(M4Fault::Mute));
        let error = next(&mut host).await.expect_err("it is mute");
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert_eq!(error.what, "nothing was heard of it for 2s");
        assert!((1_500..=2_000).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
        assert!(board.closed());
        host.allow_power(Permission::Withdrawn).await.expect("it is sent");
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!board.closed());
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
        let mut host = LinkedBoard::new(link, false);
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
    let (link, mut end) = memory();
    let mut host = LinkedBoard::new(link, false);
    let before = Instant::now();
    let error = host.start().await.expect_err("nobody is there");
    assert_eq!((error.kind, before.elapsed()), (ErrorKind::TimedOut, Duration::from_secs(7)));
    assert_eq!(error.what, "nobody says who it is within 7s: does the firmware run?");
    // A firmware of ours is never disabled by a host that looks for it: state F would hide the car from it.
    let words = [HighToLow::AllowPowerOn(false), HighToLow::Hello].map(HighToLow::encode);
    assert!(sent(&mut end).iter().all(|packet| words.contains(packet)));
    // One that was heard once is known to answer sooner.
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &info(0));
        say(&end, &state(1, 1, false));
    });
    started.expect("it starts");
    let before = Instant::now();
    host.start().await.expect_err("it is gone again");
    assert_eq!(before.elapsed(), Duration::from_secs(2));
    drop(end);
    assert_eq!(host.start().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_firmware_that_starts_anew_is_noticed_at_the_next_beat_and_started_again() {
    let (link, end) = memory();
    let board = ours();
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        let before = Instant::now();
        board.restart();
        assert!(!board.closed());
        let error = next(&mut host).await.expect_err("it is in no start");
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Disconnected, "the firmware started anew"));
        assert!(before.elapsed() <= Duration::from_millis(500), "{:?}", before.elapsed());
        host.start().await.expect("it starts again");
        // The car is still there, and nothing is said of the pilot before it was seen.
        expect(&mut host, &[Event::Cable(CableRating::A32)]).await;
        assert_eq!(plug_in(&mut host).await, Some(PlugIn { boot: BOOT + 1, number: 0 }), "it was there");
        assert!(!board.closed(), "what was permitted before is forgotten");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_version_of_the_messages_is_told_and_the_board_disabled() {
    let (link, end) = memory();
    let board = Board::messages(M4Peer::new(PROTOCOL_VERSION + 1, "m4 2", BOOT));
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        let started = host.start().await.expect("it says who it is");
        assert_eq!(started, BoardInfo { protocol: PROTOCOL_VERSION + 1, firmware: "m4 2".into() });
        tokio::task::yield_now().await;
        assert_eq!(board.pilot(), PilotSignal::F);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_counted_and_asked_for_again() {
    let (link, mut end) = memory();
    let mut host = LinkedBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        end.up.send(vec![0x08]).expect("the host listens");
        say(&end, &info(0));
        say(&end, &state(1, 1, false));
    });
    started.expect("what is left over from before is passed over");
    tokio::time::sleep(Duration::from_millis(100)).await;
    sent(&mut end);
    // A fault without a name.
    end.up.send(vec![0xd2, 0x06, 0x04, 56, 0xff, 0xff, 0x03]).expect("the host listens");
    let (event, ()) = tokio::join!(host.next_event(), async {
        tokio::task::yield_now().await;
        assert_eq!(sent(&mut end).len(), 1, "it asks at once");
        end.up.send(vec![0x7a, 0x01, 0x00]).expect("the host listens");
        say(&end, &state(1, 90, true));
    });
    assert_eq!(event, Ok(Event::ContactorClosed), "a field that nobody knows is no error");
    assert_eq!(host.damaged(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_link_of_which_three_of_four_messages_are_lost_is_given_up() {
    let (link, end) = memory();
    let mut host = LinkedBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &info(0));
        say(&end, &state(1, 1, false));
    });
    started.expect("it starts");
    for turn in 0..24 {
        end.up.send(vec![0x08]).expect("the host listens");
        if turn % 3 == 2 {
            say(&end, &state(1, turn, false));
        }
    }
    say(&end, &state(1, 90, true));
    assert_eq!(host.next_event().await, Ok(Event::ContactorClosed), "24 of 32 are borne");
    for _ in 0..25 {
        end.up.send(vec![0x08]).expect("the host listens");
    }
    let error = host.next_event().await.expect_err("25 of 32 are not");
    assert_eq!(error.kind, ErrorKind::Garbled);
    assert_eq!(error.what, "25 of the last 32 messages were damaged: look at the cable, its shield and its earth");
}

#[tokio::test(start_paused = true)]
async fn a_board_whose_answer_is_damaged_is_asked_again_and_not_taken_for_a_plain_one() {
    let (link, end) = memory();
    let board = ours();
    board.damage_next_up();
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        let before = Instant::now();
        assert_eq!(host.start().await.expect("it starts").firmware, "plugfest-m4 0.1");
        assert_eq!(before.elapsed(), Duration::from_millis(200));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_firmware_says_nothing_twice_so_what_is_damaged_ends_the_link() {
    let (link, end) = memory();
    let board = Board::messages(M4Peer::plain());
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        board.damage_next_up();
        board.car(9_000);
        let error = next(&mut host).await.expect_err("that the car let go");
        assert_eq!(error.kind, ErrorKind::Garbled);
        assert_eq!(error.what, "a message was damaged, and a plain Tux-EVSE firmware says nothing a second time");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_firmware_may_be_silent_for_seven_seconds() {
    let (link, end) = memory();
    let board = Board::messages(M4Peer::plain());
    story(&board, end, async {
        let mut host = LinkedBoard::new(link, false);
        host.start().await.expect("it starts");
        charge_from_a(&board, &mut host).await;
        let before = Instant::now();
        board.fault(Some(M4Fault::Mute));
        let error = next(&mut host).await.expect_err("it is mute");
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::TimedOut, "nothing was heard of it for 7s"));
        assert!((4_000..=7_000).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_plain_firmware_that_is_broken_for_good_is_refused() {
    let (link, end) = memory();
    let mut host = LinkedBoard::new(link, false);
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        say(&end, &LowToHigh::Heartbeat);
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
    let mut host = LinkedBoard::new(link, false);
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
    let mut host = LinkedBoard::new(link, false);
    let refused = loop {
        if let Err(error) = host.allow_power(Permission::Withdrawn).await {
            break error;
        }
    };
    assert_eq!(refused.kind, ErrorKind::TimedOut);
    // Now it reads, and answers only what it is asked after the flood.
    end.send(&state(4, 1, true).encode()).await.expect("the host is there");
    let (started, ()) = tokio::join!(host.start(), async {
        while end.receive().await != Ok(Received::Packet(HighToLow::Hello.encode())) {}
        end.send(&info(4).encode()).await.expect("the host is there");
        end.send(&state(5, 2, false).encode()).await.expect("the host is there");
        end.send(&state(5, 3, true).encode()).await.expect("the host is there");
    });
    started.expect("it starts");
    assert_eq!(host.next_event().await, Ok(Event::ContactorClosed));
}
