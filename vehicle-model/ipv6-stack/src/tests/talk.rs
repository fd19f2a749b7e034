//! What two hosts say to each other on a quiet line.

use std::net::SocketAddrV6;

use super::bench::{ALL_NODES, Bench, CAR, CHARGER, Line, PORT};
use crate::{Event, Stack};

const SDP: u16 = 15_118;

fn quiet() -> Bench {
    Bench::connected(1, Line::default())
}

#[test]
fn the_address_is_the_eui_64_of_the_card() {
    let stack = Stack::new([0x00, 0x01, 0x87, 0x01, 0x02, 0x03], 0);
    assert_eq!(stack.address().to_string(), "fe80::201:87ff:fe01:203");
    // A group cannot be a host.
    assert_eq!(Stack::new([0xff; 6], 0).address().to_string(), "fe80::fcff:ffff:feff:ffff");
}

#[test]
fn a_question_to_all_nodes_is_answered_to_whoever_asked() {
    let mut bench = Bench::new(1, Line::default());
    bench.hosts[CAR].bind(50_000);
    bench.hosts[CHARGER].bind(SDP);
    let all = SocketAddrV6::new(ALL_NODES, SDP, 0, 0);
    bench.hosts[CAR].send_to(bench.now, all, b"who is there?");
    bench.run(20);
    let (from, question) = bench.datagrams[CHARGER].pop().expect("it is heard");
    assert_eq!((from, question), (bench.address(CAR, 50_000), b"who is there?".to_vec()));
    bench.hosts[CHARGER].send_to(bench.now, from, b"I am");
    bench.run(20);
    assert_eq!(bench.datagrams[CAR], [(bench.address(CHARGER, SDP), b"I am".to_vec())]);
    // Who is bound nowhere hears nothing and says nothing.
    bench.hosts[CHARGER].unbind();
    bench.hosts[CHARGER].send_to(bench.now, from, b"I am");
    bench.hosts[CAR].send_to(bench.now, all, b"who is there?");
    bench.run(20);
    assert_eq!((bench.datagrams[CAR].len(), bench.datagrams[CHARGER].len()), (1, 0));
    // ... not even that nobody is there, where all were asked.
    assert_eq!(bench.seen.last().expect("a frame")[20], 17);
}

#[test]
fn a_neighbour_who_is_not_there_keeps_up_nobody() {
    let mut bench = Bench::new(1, Line::default());
    bench.hosts[CAR].bind(SDP);
    bench.hosts[CHARGER].bind(SDP);
    let nobody = "[fe80::dead]:15118".parse().expect("an address");
    for _ in 0..40 {
        bench.hosts[CHARGER].send_to(bench.now, nobody, &[0; 1_452]);
    }
    bench.run(2_600);
    let car = bench.address(CAR, SDP);
    for payload in [&[1; 20][..], &[2; 1_453]] {
        bench.hosts[CHARGER].send_to(bench.now, car, payload);
    }
    bench.hosts[CHARGER].send_to(bench.now, "[2001:db8::1]:1".parse().expect("an address"), &[3]);
    bench.run(2_000);
    assert_eq!(bench.datagrams[CAR], [(bench.address(CHARGER, SDP), vec![1; 20])]);
    assert_eq!(bench.hosts[CHARGER].next_change(), None);
}

#[test]
fn what_is_said_arrives_in_its_order_however_it_is_cut() {
    let mut bench = quiet();
    assert_eq!(
        bench.told[CHARGER],
        [Event::Connected {
            peer: {
                let Some(Event::Connected { peer }) = bench.told[CHARGER].first() else { panic!("a connection") };
                assert_eq!(*peer.ip(), bench.hosts[CAR].address());
                assert!(peer.port() >= 49_152);
                *peer
            }
        }]
    );
    assert_eq!(bench.told[CAR], [Event::Connected { peer: bench.address(CHARGER, PORT) }]);
    for octets in [&b"one "[..], b"two ", b"three"] {
        bench.say(CAR, octets);
    }
    bench.run(20);
    bench.say(CHARGER, b"yes");
    bench.run(20);
    assert_eq!((bench.story(CHARGER), bench.story(CAR)), ("connected, one two three".into(), "connected, yes".into()));
    // 60 kB are many frames.
    let long: Vec<u8> = (0..60_000_u32).map(|at| (at % 251) as u8).collect();
    bench.say(CHARGER, &long);
    bench.run(1_000);
    assert!(bench.heard(CAR) == long);
    assert!(bench.seen.iter().all(|frame| frame.len() <= 1_514));
}

#[test]
fn an_answer_is_on_the_line_at_once() {
    let mut bench = quiet();
    bench.say(CAR, b"request");
    bench.run(2);
    bench.say(CHARGER, b"response");
    bench.run(2);
    assert_eq!(bench.heard(CAR), b"response");
}

#[test]
fn who_closes_is_told_nothing_more_and_the_other_one_hears_all_that_was_said() {
    let mut bench = quiet();
    bench.say(CAR, b"goodbye");
    bench.hosts[CAR].close(bench.now);
    bench.say(CHARGER, b"wait");
    bench.run(20_000);
    assert_eq!((bench.story(CAR), bench.story(CHARGER)), ("connected".into(), "connected, goodbye, closed".into()));
    assert_eq!([CAR, CHARGER].map(|host| bench.hosts[host].next_change()), [None, None]);
}

#[test]
fn who_aborts_ends_it_at_once() {
    let mut bench = quiet();
    bench.hosts[CHARGER].abort(bench.now);
    bench.run(10);
    assert_eq!((bench.story(CAR), bench.story(CHARGER)), ("connected, closed".into(), "connected".into()));
    bench.connect();
    assert_eq!((bench.story(CAR), bench.story(CHARGER)), ("connected".into(), "connected".into()));
    bench.hosts[CHARGER].stop_listening();
    bench.run(10);
    assert_eq!(bench.story(CAR), "closed");
    bench.connect();
    assert_eq!((bench.story(CAR), bench.story(CHARGER)), ("closed".into(), String::new()), "nobody listens any longer");
}

#[test]
fn a_car_that_connects_again_takes_the_place_of_the_connection_before() {
    let mut bench = quiet();
    bench.say(CAR, b"first");
    bench.run(10);
    bench.connect();
    bench.say(CAR, b"second");
    bench.run(10);
    assert_eq!(bench.story(CHARGER), "connected, first, closed, connected, second");
    assert_eq!(bench.story(CAR), "connected, connected");
}

#[test]
fn a_car_that_is_gone_without_a_word_is_replaced_by_the_next() {
    let mut bench = quiet();
    bench.hosts[CAR] = Stack::new([2, 0, 0, 0, 0, 9], 5);
    for _ in 0..20 {
        bench.connect();
    }
    bench.say(CAR, b"here I am");
    bench.run(20);
    let story = bench.story(CHARGER);
    assert!(story.ends_with("closed, connected, here I am"), "{story}");
}

#[test]
fn nobody_answers_and_the_attempt_ends_after_five_seconds() {
    let mut bench = Bench::new(1, Line { lost: 100, ..Line::default() });
    let to = bench.address(CHARGER, PORT);
    bench.hosts[CAR].connect(bench.now, to);
    bench.run(4_990);
    assert_eq!(bench.story(CAR), "");
    bench.run(20);
    assert_eq!(bench.story(CAR), "closed");
    for to in ["[::]:5", "[fe80::1]:0", "[ff02::1]:5"] {
        bench.hosts[CAR].connect(bench.now, to.parse().expect("an address"));
        bench.run(5_100);
        assert_eq!(bench.story(CAR), "closed", "{to}");
    }
}

#[test]
fn a_peer_that_confirms_nothing_is_given_up() {
    let mut bench = quiet();
    bench.line.lost = 100;
    bench.say(CAR, b"anybody?");
    bench.run(14_900);
    assert_eq!(bench.story(CAR), "connected");
    bench.run(200);
    assert_eq!(bench.story(CAR), "closed");
    // A quiet connection stays.
    let mut bench = quiet();
    bench.run(600_000);
    bench.say(CAR, b"still here");
    bench.run(20);
    assert_eq!(bench.story(CHARGER), "connected, still here");
}

#[test]
fn what_does_not_fit_ends_the_connection() {
    let mut bench = quiet();
    bench.say(CAR, &[0; 65_536]);
    assert_eq!(bench.story(CAR), "connected");
    bench.say(CAR, &[0; 65_536]);
    bench.run(20);
    assert_eq!(bench.story(CAR), "closed");
}

#[test]
fn a_host_that_fetches_nothing_holds_its_peer_up_and_not_itself() {
    let mut bench = quiet();
    bench.told[CHARGER].clear();
    // The charger is asked for frames only: its host is busy.
    let mut sent = 0;
    for _ in 0..400 {
        let Bench { hosts: [car, charger], now, .. } = &mut bench;
        if sent < 60_000 {
            car.send(*now, &[7; 1_000]);
            sent += 1_000;
        }
        for _ in 0..50 {
            while let Some(frame) = car.next_frame() {
                charger.hear(*now, &frame);
            }
            while let Some(frame) = charger.next_frame() {
                car.hear(*now, &frame);
            }
        }
        *now = *now + std::time::Duration::from_millis(20);
        car.advance(*now);
        charger.advance(*now);
    }
    bench.run(5_000);
    assert_eq!(bench.heard(CHARGER), vec![7; 60_000]);
}

#[test]
fn a_host_may_live_on_any_thread() {
    const fn lives_anywhere<T: Send + Sync>() {}
    const { lives_anywhere::<Stack>() };
}
