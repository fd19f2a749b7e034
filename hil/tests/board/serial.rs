//! Stories over a stream of bytes: what a line with noise does, and what it does not.

use std::time::Duration;

use board_link::{LinkedBoard, SerialLink};
use devices::m4::{M4Fault, M4Peer};
use hardware::{ErrorKind, LinkError, PROTOCOL_VERSION, PowerBoard};
use iec61851::{CableRating, Duty, Event, Fault, Permission, PilotSignal, PilotState};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, sleep, timeout};
use units::{Microamps, Milliamps};
use wire::cobs_board::encode_frame;
use wire::tux_evse::{BoardState, Info, LowToHigh};

use crate::bench::{BOOT, Board, FarEnd, expect, next, story, unnumbered};

const A1: Event = Event::Pilot { state: PilotState::A, pwm: false, plug_in: None };
const B1: Event = Event::Pilot { state: PilotState::B, pwm: false, plug_in: None };
const B2: Event = Event::Pilot { state: PilotState::B, pwm: true, plug_in: None };
const C2: Event = Event::Pilot { state: PilotState::C, pwm: true, plug_in: None };
const C1: Event = Event::Pilot { state: PilotState::C, pwm: false, plug_in: None };

/// As soon as a word that was lost is said again, with the turns around it.
const SOON: Duration = Duration::from_millis(110);

/// A contactor that opened under load rests so long before it closes again.
const REST: Duration = Duration::from_millis(5_500);

/// A line that cuts what it carries into pieces of this length, in both directions, and carries each piece so many times.
struct Cut(DuplexStream, usize, usize);

impl FarEnd for Cut {
    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; self.1];
        let length = self.0.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        buffer.truncate(length);
        Some(buffer.repeat(self.2))
    }

    async fn write(&mut self, bytes: Vec<u8>) {
        for piece in bytes.chunks(self.1) {
            // The host may be gone.
            let _ = self.0.write_all(&piece.repeat(self.2)).await;
            tokio::task::yield_now().await;
        }
    }
}

/// Something that happens, and what the board says of it.
type News = (fn(&Board), &'static [Event]);

type Host = LinkedBoard<SerialLink<DuplexStream>>;

/// Runs a story on a serial line whose far end is a board.
async fn on_line(tell: impl AsyncFnOnce(&Board, &mut Host)) {
    on_cut_line(512, 1, tell).await;
}

async fn on_cut_line(length: usize, times: usize, tell: impl AsyncFnOnce(&Board, &mut Host)) {
    let (host, far) = duplex(4096);
    let board = Board::bytes(M4Peer::new(PROTOCOL_VERSION, "uart", BOOT));
    story(&board, Cut(far, length, times), async {
        let mut host = LinkedBoard::new(SerialLink::new("uart", host), false);
        tell(&board, &mut host).await;
    })
    .await;
}

fn offer(amps: i32) -> PilotSignal {
    PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(amps)).expect("a duty"))
}

async fn charge(board: &Board, host: &mut Host) {
    host.start().await.expect("it starts");
    board.car(9_000);
    expect(host, &[Event::Cable(CableRating::A32), B1]).await;
    host.set_pilot(offer(16)).await.expect("it is sent");
    expect(host, &[B2]).await;
    host.allow_power(Permission::Offered).await.expect("it is sent");
    board.car(6_000);
    expect(host, &[C2, Event::ContactorClosed]).await;
    assert!(board.closed());
}

/// Lives on for so long, with its heartbeats; answers what happened.
async fn live(host: &mut Host, time: Duration) -> Result<Vec<Event>, LinkError> {
    let (end, mut events) = (Instant::now() + time, Vec::new());
    let mut beats = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(end) => return Ok(events),
            _ = beats.tick() => host.heartbeat().await?,
            event = host.next_event() => events.push(unnumbered(event?)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_over_reads_of_any_length() {
    for length in [1, 3, 512] {
        on_cut_line(length, 1, async |board, host| {
            charge(board, host).await;
            assert_eq!((host.damaged(), host.link().counters().crc), (0, 0));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_twice_counts_once() {
    // Each frame as a whole, twice.
    on_cut_line(512, 2, async |board, host| {
        charge(board, host).await;
        board.residual(Microamps(8_000));
        expect(host, &[Event::Fault(Fault::ResidualCurrent), C1, Event::ContactorOpened]).await;
        board.residual(Microamps::ZERO);
        assert_eq!(live(host, Duration::from_secs(5)).await, Ok(vec![]));
        assert!(!board.closed(), "the permission of before is not taken again");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn noise_is_passed_over_at_the_start_and_counted_later() {
    let (host, mut far) = duplex(4096);
    let mut host = LinkedBoard::new(SerialLink::new("uart", host), false);
    far.write_all(b"U-Boot 2021.01\r\n\0\xff\xff").await.expect("the host is there");
    let frame = |message: LowToHigh| encode_frame(&message.encode());
    let state = |number| {
        let state = BoardState { start: 1, number, heard: 1, closed: number > 1, ..BoardState::default() };
        frame(LowToHigh::State(state))
    };
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        // Half a frame of before, then two frames in one read.
        let info = LowToHigh::Info(Info { protocol: PROTOCOL_VERSION, firmware: "m4".into(), start: 0 });
        let line = [&[0x11, 0x22, 0x00][..], &frame(info), &state(1)].concat();
        far.write_all(&line).await.expect("the host is there");
    });
    started.expect("it starts");
    let mut flipped = state(2);
    flipped[4] ^= 0x10;
    far.write_all(&[flipped, state(3)].concat()).await.expect("the host is there");
    assert_eq!(host.next_event().await, Ok(Event::ContactorClosed));
    assert_eq!((host.link().counters().crc, host.damaged()), (1, 2));
    drop(far);
    assert_eq!(host.next_event().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn whatever_one_damaged_frame_was_to_say_is_known_at_once_and_nothing_opens_for_it() {
    on_line(async |board, host| {
        charge(board, host).await;
        for round in 1..=20 {
            board.damage_next_up();
            assert_eq!(live(host, Duration::from_secs(2)).await, Ok(vec![]), "a sign of life");
            assert!(board.closed());
            assert_eq!(host.damaged(), round);
        }
        let news: [News; 4] = [
            (|board| board.car(9_000), &[B2, Event::ContactorOpened]),
            (|board| board.car(6_000), &[C2, Event::ContactorClosed]),
            (
                |board| board.residual(Microamps(8_000)),
                &[Event::Fault(Fault::ResidualCurrent), C1, Event::ContactorOpened],
            ),
            (
                |board| {
                    board.residual(Microamps::ZERO);
                    board.car(12_000);
                },
                &[Event::FaultCleared(Fault::ResidualCurrent), A1],
            ),
        ];
        for (happens, events) in news {
            board.damage_next_up();
            happens(board);
            let began = Instant::now();
            for event in events {
                assert_eq!(next(host).await.map(unnumbered).as_ref(), Ok(event));
            }
            assert!(began.elapsed() <= SOON, "{events:?} after {:?}", began.elapsed());
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_word_of_the_host_that_is_lost_is_said_again_at_once() {
    on_line(async |board, host| {
        host.start().await.expect("it starts");
        board.car(6_000);
        expect(host, &[Event::Cable(CableRating::A32), C1]).await;
        board.damage_next_down();
        host.set_pilot(offer(16)).await.expect("it is sent");
        assert_eq!(live(host, SOON).await, Ok(vec![C2]));
        assert_eq!(board.pilot(), offer(16));
        sleep(Duration::from_millis(500)).await;
        board.damage_next_down();
        host.allow_power(Permission::Offered).await.expect("it is sent");
        assert_eq!(live(host, Duration::from_millis(500)).await, Ok(vec![Event::ContactorClosed]));
        board.damage_next_down();
        host.allow_power(Permission::Withdrawn).await.expect("it is sent");
        assert_eq!(live(host, SOON).await, Ok(vec![Event::ContactorOpened]));
        assert!(!board.closed());
        // And so is the word that was heard, if the answer is lost.
        board.damage_next_up();
        host.allow_power(Permission::Offered).await.expect("it is sent");
        assert_eq!(live(host, REST).await, Ok(vec![Event::ContactorClosed]));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_damages_everything_is_given_up_and_found_again_when_it_is_mended() {
    on_line(async |board, host| {
        charge(board, host).await;
        board.fault(Some(M4Fault::GARBLED));
        let began = Instant::now();
        let error = live(host, Duration::from_secs(5)).await.expect_err("nothing valid comes");
        assert_eq!(error.kind, ErrorKind::Garbled, "{error}");
        assert!(began.elapsed() <= Duration::from_secs(2), "{:?}", began.elapsed());
        host.allow_power(Permission::Withdrawn).await.expect("it is sent");
        sleep(SOON).await;
        assert!(!board.closed());
        assert_eq!(host.start().await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
        board.fault(None);
        host.start().await.expect("it is mended");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_damages_two_of_three_frames_carries_everything_a_little_later() {
    on_line(async |board, host| {
        charge(board, host).await;
        board.fault(Some(M4Fault::Damages { messages: 2, of: 3 }));
        assert_eq!(live(host, Duration::from_secs(600)).await, Ok(vec![]));
        assert!(board.closed());
        board.car(9_000);
        let began = Instant::now();
        expect(host, &[B2, Event::ContactorOpened]).await;
        assert!(began.elapsed() <= 2 * SOON, "{:?}", began.elapsed());
        board.car(6_000);
        expect(host, &[C2, Event::ContactorClosed]).await;
        host.allow_power(Permission::Withdrawn).await.expect("it is sent");
        assert_eq!(timeout(2 * SOON, next(host)).await, Ok(Ok(Event::ContactorOpened)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_wrong_byte_of_a_hundred_is_lived_with_and_one_wrong_bit_of_a_hundred_is_not() {
    on_line(async |board, host| {
        charge(board, host).await;
        // One of eight hundred bits, in both directions: every fourth frame is damaged.
        board.fault(Some(M4Fault::BitErrors(1_250)));
        assert_eq!(live(host, Duration::from_secs(3_600)).await, Ok(vec![]));
        assert!(board.closed() && host.damaged() > 1_000, "{}", host.damaged());
        let began = Instant::now();
        host.allow_power(Permission::Withdrawn).await.expect("it is sent");
        assert_eq!(live(host, Duration::from_secs(1)).await, Ok(vec![Event::ContactorOpened]));
        assert!(began.elapsed() <= Duration::from_secs(1));
        host.allow_power(Permission::Offered).await.expect("it is sent");
        assert_eq!(live(host, REST).await, Ok(vec![Event::ContactorClosed]));
        // Nine of ten frames are damaged: a withdrawal could not be promised any more.
        board.fault(Some(M4Fault::BitErrors(10_000)));
        let began = Instant::now();
        let error = live(host, Duration::from_secs(60)).await.expect_err("it is given up");
        assert!(matches!(error.kind, ErrorKind::Garbled | ErrorKind::TimedOut), "{error}");
        let given_up = began.elapsed();
        for _ in 0..3 {
            // As the charger does it: the start withdraws again and again.
            let _ = host.start().await;
        }
        assert!(!board.closed() && given_up <= Duration::from_secs(3), "{given_up:?}");
    })
    .await;
}
