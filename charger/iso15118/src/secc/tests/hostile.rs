//! Peers that are no car: each connection has an end, and nothing of it is left.

use std::time::Duration;

use units::Instant;

use super::car::{Does, ID, NONE, Wire, namespace, offer_of, v2g};
use super::{ac_station, dc_station};
use crate::Protocol;
use crate::secc::{CloseWhy, Connection, Event, Failure, Input, Output, Secc, Why};

/// What comes of these octets on a fresh connection.
fn outputs(octets: &[&[u8]]) -> Vec<Output> {
    let mut secc = Secc::new(dc_station());
    secc.handle_input(Instant::ZERO, Input::Connected(Connection { session_id: ID, paused: None }));
    for octets in octets {
        secc.handle_input(Instant::ZERO, Input::Received(octets));
    }
    let mut all = Vec::new();
    loop {
        match secc.poll_output() {
            Output::Wait(_) => return all,
            output => all.push(output),
        }
    }
}

fn why(outputs: &[Output]) -> Option<Why> {
    outputs.iter().find_map(|output| match output {
        Output::Event(Event::Failed(Failure { why, .. })) => Some(why.clone()),
        _ => None,
    })
}

const CLOSE: Output = Output::Close { after: Duration::ZERO, why: CloseWhy::Failed };

#[test]
fn what_is_no_frame_ends_the_connection() {
    for octets in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[1, 0xfe, 0x80, 1, 0xff, 0xff, 0xff, 0xff], &[1, 0xff]] {
        let all = outputs(&[octets]);
        assert!(matches!(why(&all), Some(Why::NoFrame(_))), "{all:?}");
        assert_eq!(all.last(), Some(&CLOSE));
    }
}

#[test]
fn what_cannot_be_read_ends_the_connection() {
    let all = outputs(&[&[1, 0xfe, 0x80, 1, 0, 0, 0, 3, 1, 2, 3]]);
    assert!(matches!(why(&all), Some(Why::Unreadable(_))), "{all:?}");
    assert_eq!(all.last(), Some(&CLOSE));
    // A message of the station's, from the car.
    let response = super::car::octets(
        None,
        r#"{"supportedAppProtocolRes":{"ResponseCode":"OK_SuccessfulNegotiation","SchemaID":1}}"#,
    );
    assert_eq!(why(&outputs(&[&response])), Some(Why::NotARequest));
}

#[test]
fn another_type_is_passed_over() {
    let offer = offer_of(&[(namespace(Protocol::Din), 1, 1)]);
    let all = outputs(&[&[1, 0xfe, 0xa0, 1, 0, 0, 0, 3, 1, 2, 3], &offer]);
    assert_eq!(all.last(), Some(&Output::Event(Event::Agreed(Protocol::Din))));
}

#[test]
fn many_requests_in_one_segment_are_answered_one_after_the_other() {
    let mut segment = offer_of(&[(namespace(Protocol::Iso2), 1, 1)]);
    segment.extend(v2g(Protocol::Iso2, NONE, "SessionSetupReq", r#""EVCCID":"020000000001""#));
    let sent = |all: &[Output]| all.iter().filter(|output| matches!(output, Output::Send(_))).count();
    assert_eq!(sent(&outputs(&[&segment])), 2);
    // After the answer that ends it there is no other.
    for _ in 0..100 {
        segment.extend(v2g(Protocol::Iso2, NONE, "SessionSetupReq", r#""EVCCID":"020000000001""#));
    }
    let all = outputs(&[&segment]);
    assert_eq!(sent(&all), 3);
    assert_eq!(why(&all), Some(Why::OutOfOrder("SessionSetupReq")));
}

#[test]
fn a_flood_is_not_kept() {
    let mut octets = vec![1, 0xfe, 0x80, 1, 0, 0x0f, 0xff, 0xff];
    octets.resize(1 << 19, 0);
    let all = outputs(&[&octets, &octets, &octets, &octets]);
    assert!(why(&all).is_some());
    assert_eq!(all.last(), Some(&CLOSE));
}

#[test]
fn a_peer_that_says_nothing_is_left() {
    let mut wire = Wire::new(ac_station(), Does::Nothing);
    wire.pass(Duration::from_secs(59));
    assert_eq!(wire.closed, None);
    wire.pass(Duration::from_secs(2));
    assert_eq!(wire.closed, Some((Duration::ZERO, CloseWhy::Failed)));
}

#[test]
fn after_closed_nothing_is_left() {
    let mut wire = Wire::new(dc_station(), Does::Everything);
    wire.agrees(Protocol::Iso2);
    super::car::up_to(&mut wire, true, "PowerDeliveryReq", 1);
    wire.tell(Input::Closed);
    assert_eq!(wire.events.last(), Some(&Event::WantsPower(crate::secc::WantedPower::Nothing)));
    assert_eq!(wire.wait, None);
    let fresh = format!("{:?}", Secc::new(dc_station()));
    let now = format!("now: {:?}", wire.now);
    assert_eq!(format!("{:?}", wire.secc).replace(&now, &format!("now: {:?}", Instant::ZERO)), fresh);
}
