//! Stations that break the rules: the session ends, with a reason, and nothing is left on.

use iso15118::Protocol;
use iso15118::v2gtp::{Frame, HeaderError, PayloadType};
use units::Instant;

use super::super::*;
use super::bench::{Bench, Deed, battery, config};
use super::station::{SESSION, Station, framed, tree};
use crate::EnergyKind;

/// A car whose request waits for its response; `requests` were answered before.
fn waits(requests: usize) -> Bench {
    let mut bench = Bench::new(config(EnergyKind::Dc), Station::new(Protocol::Iso2, true));
    bench.deeds.push(("CurrentDemandReq", 9, Deed::Stop(Stop::Full)));
    bench.silent_after = requests;
    bench
}

/// Another answer to the request after so many that were answered well.
fn answered(requests: usize, octets: &[u8]) -> Vec<Event> {
    let mut evcc = Evcc::new(config(EnergyKind::Dc), battery());
    let mut station = Station::new(Protocol::Iso2, true);
    station.connected();
    let (mut now, mut events, mut sent) = (Instant::ZERO, Vec::new(), 0);
    evcc.handle_input(now, Input::Connected { session: None });
    for _ in 0..10_000 {
        match evcc.poll_output() {
            Output::Send(request) => {
                sent += 1;
                let answer = station.answer(&request).expect("a whole request");
                let volts = units::Millivolts::from_volts(station.voltage);
                evcc.handle_input(now, Input::Inlet(Present { voltage: volts, current: units::Milliamps::ZERO }));
                evcc.handle_input(now, Input::Received(if sent > requests { octets } else { &answer }));
            }
            Output::Event(event) => {
                match event {
                    Event::CloseContactors => evcc.handle_input(now, Input::Contactors(Contactors::Closed)),
                    Event::OpenContactors => evcc.handle_input(now, Input::Contactors(Contactors::Open)),
                    _ => {}
                }
                events.push(event);
            }
            Output::Close => return events,
            Output::Wait(until) => {
                now = until.expect("it goes on");
                evcc.handle_input(now, Input::Time);
            }
        }
    }
    panic!("it does not end")
}

fn failure(events: &[Event]) -> &Failure {
    let ends = events.iter().filter(|event| matches!(event, Event::Failed { .. } | Event::Ended(_) | Event::Paused(_)));
    assert_eq!(ends.count(), 1, "{events:?}");
    let closed = events.iter().rfind(|event| matches!(event, Event::CloseContactors | Event::OpenContactors));
    assert_ne!(closed, Some(&Event::CloseContactors), "{events:?}");
    let found = events.iter().find_map(|event| match event {
        Event::Failed { why, fault: Fault::Station } => Some(why),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{events:?}"))
}

const MOMENTS: [usize; 6] = [0, 1, 3, 8, 12, 20];

#[test]
fn what_is_no_v2gtp_ends_the_connection() {
    for moment in MOMENTS {
        let events = answered(moment, b"HTTP/1.1 400 Bad Request");
        assert_eq!(failure(&events), &Failure::NoFrame(HeaderError::Version(b'H', b'T')));
        let huge = [1, 0xfe, 0x80, 1, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(failure(&answered(moment, &huge)), &Failure::NoFrame(HeaderError::Length(u32::MAX)));
        let mut long = vec![1, 0xfe, 0x80, 1, 0, 0x0f, 0, 0];
        long.resize(500_000, 0);
        assert_eq!(failure(&answered(moment, &long)), &Failure::TooLong);
    }
}

#[test]
fn what_cannot_be_read_ends_the_connection() {
    for moment in MOMENTS {
        let frame = Frame { payload_type: PayloadType::EXI, payload: vec![0x80, 0xff, 0xff, 0xff, 0xff] };
        assert!(matches!(failure(&answered(moment, &frame.encode())), Failure::Unreadable(_)));
        let empty = Frame { payload_type: PayloadType::EXI, payload: Vec::new() };
        assert!(matches!(failure(&answered(moment, &empty.encode())), Failure::Unreadable(_)));
    }
}

#[test]
fn half_a_message_and_foreign_payloads_are_waited_with_and_no_longer() {
    for moment in MOMENTS {
        let half = [1, 0xfe, 0x80, 1, 0, 0, 0, 40, 0x80];
        assert!(matches!(failure(&answered(moment, &half)), Failure::Silent(_)));
        let foreign = Frame { payload_type: PayloadType(0xa123), payload: vec![1, 2, 3] };
        assert!(matches!(failure(&answered(moment, &foreign.encode())), Failure::Silent(_)));
    }
}

fn message(session: &str, name: &str, body: &str) -> Vec<u8> {
    let json = format!(r#"{{"V2G_Message":{{"Header":{{"SessionID":"{session}"}},"Body":{{"{name}":{{{body}}}}}}}}}"#);
    framed(Some(Protocol::Iso2), &tree(&json))
}

#[test]
fn a_response_of_another_kind_or_session_ends_the_connection() {
    let stop = message(SESSION, "SessionStopRes", r#""ResponseCode":"OK""#);
    let request = message(SESSION, "AuthorizationReq", "");
    for moment in [1, 3, 8, 12, 20] {
        assert!(matches!(failure(&answered(moment, &stop)), Failure::WrongResponse { got: "SessionStopRes", .. }));
        assert!(matches!(failure(&answered(moment, &request)), Failure::WrongResponse { got: "another message", .. }));
    }
    let authorization = r#""ResponseCode":"OK","EVSEProcessing":"Finished""#;
    let foreign = message("1111111111111111", "AuthorizationRes", authorization);
    assert_eq!(failure(&answered(4, &foreign)), &Failure::WrongSession);
    for session in ["0000000000000000", "00"] {
        let body = r#""ResponseCode":"OK_NewSessionEstablished","EVSEID":"DE*PLF*E1""#;
        assert_eq!(failure(&answered(1, &message(session, "SessionSetupRes", body))), &Failure::WrongSession);
    }
    let body = r#""ResponseCode":"OK_OldSessionJoined","EVSEID":"DE*PLF*E1""#;
    assert_eq!(failure(&answered(1, &message(SESSION, "SessionSetupRes", body))), &Failure::WrongSession);
}

#[test]
fn two_responses_end_the_connection() {
    let authorization = message(SESSION, "AuthorizationRes", r#""ResponseCode":"OK","EVSEProcessing":"Ongoing""#);
    let twice = [authorization.clone(), authorization].concat();
    assert_eq!(failure(&answered(4, &twice)), &Failure::Unasked(PayloadType::EXI));
}

#[test]
fn an_agreement_on_what_was_not_offered_is_none() {
    let answer = |id: &str| {
        let json = format!(r#"{{"supportedAppProtocolRes":{{"ResponseCode":"OK_SuccessfulNegotiation"{id}}}}}"#);
        framed(None, &tree(&json))
    };
    assert_eq!(failure(&answered(0, &answer(r#","SchemaID":99"#))), &Failure::NotOffered(Some(99)));
    assert_eq!(failure(&answered(0, &answer(""))), &Failure::NotOffered(None));
}

#[test]
fn the_station_closes_whenever_it_likes() {
    for requests in 0..30 {
        let mut bench = waits(usize::MAX);
        bench.evcc.handle_input(bench.now, Input::Connected { session: None });
        bench.station.connected();
        for _ in 0..requests * 3 {
            bench.advance();
        }
        bench.station_closes();
        let events: Vec<Event> = bench.story.iter().map(|(_, event)| event.clone()).collect();
        let closed = events.iter().rfind(|event| matches!(event, Event::CloseContactors | Event::OpenContactors));
        assert_ne!(closed, Some(&Event::CloseContactors), "{events:?}");
        let ends =
            events.iter().filter(|event| matches!(event, Event::Failed { .. } | Event::Ended(_) | Event::Paused(_)));
        assert_eq!(ends.count(), 1, "{events:?}");
        bench.evcc.handle_input(bench.now, Input::Time);
        assert_eq!(bench.evcc.poll_output(), Output::Wait(None), "it is over");
    }
}
