//! Stories over a stream of bytes.

use std::time::Duration;

use devices::m4::{M4Fault, M4Peer};
use hardware::{ErrorKind, PROTOCOL_VERSION, PowerBoard};
use hil::{PacketBoard, SerialLink};
use iec61851::{CableRating, Duty, Event, PilotSignal, PilotState};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use units::Milliamps;
use wire::cobs_board::{FrameDecoder, encode_frame};
use wire::tux_evse::{HighToLow, Info, LowToHigh};

use crate::bench::{Board, FarEnd, expect, story};

const B1: Event = Event::Pilot { state: PilotState::B, pwm: false };

/// A line that cuts what it carries into pieces of this length, in both directions.
struct Cut(DuplexStream, usize);

impl FarEnd for Cut {
    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; self.1];
        let length = self.0.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        buffer.truncate(length);
        Some(buffer)
    }

    async fn write(&mut self, bytes: Vec<u8>) {
        for piece in bytes.chunks(self.1) {
            // The host may be gone.
            let _ = self.0.write_all(piece).await;
            tokio::task::yield_now().await;
        }
    }
}

fn info() -> LowToHigh {
    LowToHigh::Info(Info { protocol: PROTOCOL_VERSION, firmware: "m4".into() })
}

#[tokio::test(start_paused = true)]
async fn a_session_over_reads_of_any_length() {
    for length in [1, 3, 512] {
        let (host, far) = duplex(64);
        let board = Board::bytes(M4Peer::new(PROTOCOL_VERSION, "uart"));
        story(&board, Cut(far, length), async {
            let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
            assert_eq!(host.start().await.expect("it starts").firmware, "uart");
            board.car(9_000);
            expect(&mut host, &[Event::Pilot { state: PilotState::A, pwm: false }, Event::Cable(CableRating::A32), B1])
                .await;
            assert_eq!(host.link().counters().crc, 0);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn noise_is_passed_over_at_the_start_and_told_of_later() {
    let (host, mut far) = duplex(4096);
    let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
    far.write_all(b"U-Boot 2021.01\r\n\0\xff\xff").await.expect("the host is there");
    let (started, ()) = tokio::join!(host.start(), async {
        tokio::task::yield_now().await;
        // Half a frame of before, then two frames in one read.
        let line = [&[0x11, 0x22, 0x00][..], &encode_frame(&info().encode()), &encode_frame(&[0x12, 0x00])].concat();
        far.write_all(&line).await.expect("the host is there");
    });
    started.expect("it starts");

    let mut flipped = encode_frame(&LowToHigh::Event(B1).encode());
    flipped[4] ^= 0x10;
    let line = [&flipped[..], &encode_frame(&LowToHigh::Event(B1).encode())].concat();
    far.write_all(&line).await.expect("the host is there");
    let error = host.next_event().await.expect_err("a wrong byte");
    assert_eq!(error.kind, ErrorKind::Garbled);
    assert!(error.what.starts_with("a broken frame: the CRC is wrong"), "{error}");
    assert_eq!(host.next_event().await, Ok(B1));
    let counters = host.link().counters();
    assert_eq!((counters.crc, counters.good), (1, 3));
    drop(far);
    assert_eq!(host.next_event().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_garbles_everything_is_an_error_until_it_is_mended() {
    let (host, far) = duplex(4096);
    let board = Board::bytes(M4Peer::new(PROTOCOL_VERSION, "uart"));
    story(&board, Cut(far, 64), async {
        let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
        board.fault(Some(M4Fault::Garbled));
        assert_eq!(host.start().await.map_err(|error| error.kind), Err(ErrorKind::Garbled));
        board.fault(None);
        host.start().await.expect("it is mended");
        assert!(host.link().counters().crc > 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_that_may_be_lost_is_said_again_and_a_permission_is_not() {
    let (host, mut far) = duplex(4096);
    let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
    host.heartbeat().await.expect("it is sent");
    host.allow_power(true).await.expect("it is sent");
    host.heartbeat().await.expect("it is sent");
    host.allow_power(false).await.expect("it is sent");
    host.heartbeat().await.expect("it is sent");
    let (beat, no) = (HighToLow::Heartbeat, HighToLow::AllowPowerOn(false));
    assert_eq!(said(host, &mut far).await, [beat, no, HighToLow::AllowPowerOn(true), beat, no, beat, no]);
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_may_be_lost_is_said_again_until_another_is() {
    let (host, mut far) = duplex(4096);
    let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
    host.allow_power(true).await.expect("it is sent");
    let [sixteen, ten] =
        [16, 10].map(|amps| PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(amps)).expect("a duty")));
    for signal in [sixteen, ten] {
        host.set_pilot(signal).await.expect("it is sent");
        host.heartbeat().await.expect("it is sent");
        host.heartbeat().await.expect("it is sent");
    }
    let beat = HighToLow::Heartbeat;
    let [sixteen, ten] = [sixteen, ten].map(HighToLow::SetPwm);
    assert_eq!(
        said(host, &mut far).await,
        [HighToLow::AllowPowerOn(true), sixteen, beat, sixteen, beat, sixteen, ten, beat, ten, beat, ten]
    );
}

#[tokio::test(start_paused = true)]
async fn a_duty_that_was_lost_on_the_line_is_driven_after_the_next_heartbeat() {
    let (host, far) = duplex(4096);
    let board = Board::bytes(M4Peer::new(PROTOCOL_VERSION, "uart"));
    story(&board, Cut(far, 64), async {
        let mut host = PacketBoard::new(SerialLink::new("uart", host), false);
        host.start().await.expect("it starts");
        board.car(9_000);
        expect(&mut host, &[Event::Pilot { state: PilotState::A, pwm: false }, Event::Cable(CableRating::A32), B1])
            .await;
        let signal = PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(16)).expect("a duty"));
        board.fault(Some(M4Fault::Deaf));
        host.set_pilot(signal).await.expect("it is sent");
        tokio::time::sleep(Duration::from_millis(10)).await;
        board.fault(None);
        assert_eq!(board.pilot(), PilotSignal::X1);
        expect(&mut host, &[Event::Pilot { state: PilotState::B, pwm: true }]).await;
        assert_eq!(board.pilot(), signal);
    })
    .await;
}

/// What the host has said until its end.
async fn said<T>(host: PacketBoard<T>, far: &mut DuplexStream) -> Vec<HighToLow> {
    drop(host);
    let mut line = Vec::new();
    far.read_to_end(&mut line).await.expect("a line");
    let (mut decoder, mut rest) = (FrameDecoder::new(), &line[..]);
    let frames = std::iter::from_fn(|| decoder.next_frame(&mut rest));
    frames.map(|frame| HighToLow::decode(&frame.expect("in order")).expect("a message").expect("known")).collect()
}
