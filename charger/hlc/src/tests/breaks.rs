//! What breaks: links, connections, cars that do not speak or speak too much; and what is left of a dialog that was left.

use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use hardware::V2gNetworkEvent;
use iso15118::{Protocol, sdp};
use session::{HlcOutput, WantedPower};
use vehicle_model::EnergyKind;

use super::bench::{Asks, Bench, CAR, config, offer};
use super::sessions::{ENERGY, charging};
use crate::{Communication, Input, Note};

/// What is told and noted from now on.
fn then(bench: &mut Bench, time: u64) -> Vec<String> {
    bench.story.clear();
    bench.seconds(time);
    bench.told()
}

#[test]
fn a_link_that_is_lost_in_the_middle_ends_the_power_before_the_dialog() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.joined = false;
    assert_eq!(
        then(&mut bench, 5)[..5],
        ["slac/link_lost", "WantsPower(Nothing)", "Lost", "deaf", "car: Failed(Closed, Link)"].map(str::to_owned)
    );
    assert_eq!(bench.wants, WantedPower::Nothing);
}

#[test]
fn a_connection_that_is_closed_in_the_middle_is_a_loss() {
    let mut bench = charging(EnergyKind::Dc, Protocol::Din);
    bench.connected = false;
    bench.evcc = None;
    bench.asks = Asks::Nothing;
    bench.story.clear();
    bench.tell(Input::Network(V2gNetworkEvent::Closed));
    assert_eq!(bench.told(), ["v2g/closed", "v2g/failed", "WantsPower(Nothing)", "Failed", "deaf"].map(str::to_owned));
}

#[test]
fn nobody_who_connects_in_time_is_lost_and_is_not_heard_any_more() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.asks = Asks::Nothing;
    bench.leaves = false;
    bench.seconds(2).plug().until("Matched").story.clear();
    bench.pass(Duration::from_millis(17_900));
    assert_eq!(bench.told(), [""; 0].map(str::to_owned));
    bench.pass(Duration::from_millis(200));
    assert_eq!(bench.told(), ["sdp/not_connected", "NeverConnected", "deaf"].map(str::to_owned));
    bench.asks_for(sdp::Security::None);
    bench.opens();
    assert_eq!(bench.told(), ["hung up"].map(str::to_owned));
    let request = slac::Message::SlacParmReq(slac::SlacParmReq::new(slac::RunId([1; 8])));
    bench.frame(slac::Frame::new(slac::BROADCAST, CAR, request).encode());
    assert!(bench.to_car.is_empty(), "nobody is matched either");
    // The next match begins anew.
    bench.unplug().seconds(2);
    (bench.asks, bench.leaves) = (Asks::Sdp, true);
    bench.plug().until(ENERGY);
}

#[test]
fn each_question_is_answered_on_its_own_and_what_is_none_is_passed_over() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.asks = Asks::Nothing;
    bench.seconds(2).plug();
    bench.asks_for(sdp::Security::None);
    assert!(!bench.has("SDP answered"), "nobody is in the network");
    bench.until("Matched").story.clear();
    bench.asks_for(sdp::Security::Tls);
    bench.asks_for(sdp::Security::None);
    bench.asks_for(sdp::Security::Reserved(7));
    assert_eq!(bench.count("SDP answered"), 3);
    for junk in [vec![], vec![1], vec![0; 10], vec![1, 0xfe, 0x90, 0, 0, 0, 0, 3, 0, 0, 0], vec![0xff; 2_000]] {
        bench.datagram(junk);
    }
    assert_eq!(bench.count("SDP answered"), 3);
    let passed: Vec<u64> = bench
        .notes
        .iter()
        .filter_map(|note| if let Note::SdpPassedOver { count, .. } = note { Some(*count) } else { None })
        .collect();
    assert_eq!(passed, [1, 2, 4]);
}

#[test]
fn a_second_connection_takes_the_place_of_the_first_and_knows_what_was_told() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.story.clear();
    bench.connect();
    bench.until(ENERGY);
    let told = bench.told();
    assert_eq!(told[..2], ["v2g/opened", "WantsPower(Nothing)"].map(str::to_owned));
    assert!(["Lost", "Failed"].iter().all(|word| !told.contains(&(*word).to_owned())), "{told:#?}");
}

#[test]
fn a_car_that_closes_without_a_word_may_connect_again() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.asks = Asks::Nothing;
    bench.seconds(2).plug().until("Matched");
    bench.opens();
    bench.tell(Input::Network(V2gNetworkEvent::Closed));
    assert!(!bench.has("Lost") && !bench.has("Failed"));
    bench.seconds(5).connect();
    bench.until(ENERGY);
}

#[test]
fn a_network_that_goes_away_is_opened_again_and_one_that_goes_in_the_middle_is_a_loss() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.network = false;
    bench.seconds(2).plug().until("Matched").seconds(3);
    assert!(bench.count("v2g/network_lost") >= 3 && !bench.has("Lost") && !bench.has("Failed"), "{:#?}", bench.story);
    bench.network = true;
    bench.until(ENERGY).seconds(2);
    bench.connected = false;
    bench.tell(Input::NetworkLost("unplugged".to_owned()));
    assert!(bench.has("Failed") && bench.wants == WantedPower::Nothing, "{:#?}", bench.story);
}

#[test]
fn who_floods_fills_neither_memory_nor_log_and_gets_no_energy() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    let notes = bench.notes.len();
    for _ in 0..100 {
        bench.tell(Input::Network(V2gNetworkEvent::Received(vec![0x01; 100_000])));
        bench.asks_for(sdp::Security::None);
    }
    for number in 0..10_000_u32 {
        let [a, b, c, d] = number.to_be_bytes();
        let request = slac::Message::SlacParmReq(slac::SlacParmReq::new(slac::RunId([a, b, c, d, 0, 0, 0, 1])));
        let car = slac::MacAddress([2, 9, a, b, c, d]);
        bench.frame(slac::Frame::new(slac::BROADCAST, car, request).encode());
    }
    assert!(bench.has("Failed") && bench.wants == WantedPower::Nothing, "{:#?}", bench.story);
    assert!(bench.notes.len() - notes <= 500, "{}", bench.notes.len() - notes);
    assert!(format!("{:?}", bench.hlc).len() < 20_000);
}

/// A coordinator hears of a matching, so that it cuts off no car in the middle of one; and not more of it than it can use.
#[test]
fn matchings_that_begin_and_fail_are_told_while_a_car_is_invited_and_not_without_end() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.seconds(2).plug();
    bench.ev = None;
    let parm = |number: u32| {
        let [a, b, c, d] = number.to_be_bytes();
        let request = slac::Message::SlacParmReq(slac::SlacParmReq::new(slac::RunId([a, b, c, d, 0, 0, 0, 1])));
        slac::Frame::new(slac::BROADCAST, slac::MacAddress([2, 9, a, b, c, d]), request).encode()
    };
    bench.story.clear();
    bench.frame(parm(0));
    bench.seconds(15);
    assert_eq!(bench.told(), ["slac/heard", "Heard", "slac/failed", "MatchFailed"].map(str::to_owned));
    for number in 1..1_000 {
        bench.frame(parm(number));
    }
    bench.seconds(60);
    let told = bench.told();
    assert!(told.iter().filter(|word| ["Heard", "MatchFailed"].contains(&word.as_str())).count() <= 32, "{told:#?}");
}

/// What is left when a dialog was left, whatever it was at, is what was there before it: time, key and counts aside.
#[test]
fn nothing_of_a_dialog_that_was_left_is_left() {
    let dump = |bench: &Bench| {
        let dump = format!("{:?}", bench.hlc);
        // When the modem is looked at next depends on the time.
        dump.split("Instant(")
            .map(|part| part.trim_start_matches(|sign: char| sign.is_ascii_digit()))
            .collect::<String>()
    };
    for (kind, protocol) in [(EnergyKind::Ac, Protocol::Iso2), (EnergyKind::Dc, Protocol::Din)] {
        let fresh = || {
            let mut bench = Bench::with(kind, protocol, Communication::new(config(), Box::new(|| 7)));
            bench.seconds(2);
            bench
        };
        let mut before = fresh();
        before.tell(Input::Measured { voltage: units::Millivolts::ZERO, current: units::Milliamps::ZERO });
        let before = dump(&before);
        for point in 0..60 {
            let mut bench = fresh();
            bench.plug().pass(Duration::from_millis(150 * point));
            if point % 3 == 0 {
                bench.stop().pass(Duration::from_millis(20 * point));
            }
            bench.unplug();
            // A connection that is being closed has its time.
            bench.seconds(4);
            bench.tell(Input::Measured { voltage: units::Millivolts::ZERO, current: units::Milliamps::ZERO });
            assert_eq!(dump(&bench), before, "after {} ms", 150 * point);
            bench.story.clear();
            // What the coordinator says late is of nobody.
            bench.session(offer(kind, 10));
            bench.session(HlcOutput::Power(session::PowerPath::Checked));
            bench.asks_for(sdp::Security::None);
            let from = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 0, 0);
            bench.tell(Input::Network(V2gNetworkEvent::Connected { from }));
            assert_eq!(bench.told(), ["hung up"].map(str::to_owned));
            assert_eq!(dump(&bench), before);
        }
    }
}
