//! Frames on a cable: what arrives, and when.

use slac::modem::QCA;
use slac::{
    AttenProfileInd, AttenuationProfile, BROADCAST, LOCAL_MODEM, MacAddress, Message, RunId, SlacMatchReq, SlacParmReq,
};

use super::*;
use crate::MessageDevice as _;
use crate::plc_modem::ModemFault;

const CHARGER: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x01]);
const CAR: MacAddress = MacAddress([0x02, 0, 0, 0, 1, 0x01]);
const RUN: RunId = RunId([1; 8]);

struct Ends {
    evse: PlcModem,
    car: PlcModem,
    cable: PlcCable,
    ms: u64,
}

fn ends() -> Ends {
    let (evse, car) = (PlcModem::default(), PlcModem::default());
    let mut cable = PlcCable::new(evse.clone(), car.clone(), 1);
    cable.join(Instant::ZERO, true);
    Ends { cable, evse, car, ms: 0 }
}

/// Two that are one network.
fn linked() -> Ends {
    let mut ends = ends();
    ends.cable.give_key([7; 16]);
    ends.until(400);
    assert!(ends.cable.is_linked());
    ends
}

impl Ends {
    fn until(&mut self, ms: u64) {
        let end = Instant::from_millis(ms);
        self.cable.carry(Instant::from_millis(self.ms));
        while let Some(next) = self.cable.next_change().filter(|next| *next <= end) {
            self.cable.carry(next);
        }
        self.cable.carry(end);
        self.ms = ms;
    }

    /// What came to the car within the next 100 ms, each with its time.
    fn car_hears(&mut self) -> Vec<(u64, Vec<u8>)> {
        let begin = self.ms;
        let mut heard_at = Vec::new();
        for ms in begin..begin + 100 {
            self.until(ms);
            heard_at.extend(heard(&mut self.car).into_iter().map(|frame| (ms - begin, frame)));
        }
        heard_at
    }
}

fn said(modem: &mut PlcModem, frame: &[u8]) {
    modem.receive(Instant::ZERO, frame);
}

fn heard(modem: &mut PlcModem) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| modem.transmit(Instant::ZERO)).collect()
}

fn from_car(to: MacAddress, message: Message) -> Vec<u8> {
    Frame::new(to, CAR, message).encode()
}

/// A frame of no management: IPv6.
fn data(number: u8) -> Vec<u8> {
    [&CAR.0[..], &CHARGER.0, &[0x86, 0xdd], &[number; 46]].concat()
}

fn is_linked(modem: &mut PlcModem) -> bool {
    said(modem, &Frame::new(LOCAL_MODEM, CHARGER, QCA.link_status).encode());
    let answer = heard(modem).pop().expect("it answers");
    match Frame::decode(&answer).expect("a frame").message {
        Message::Vendor(answer) => answer.link() == Some(true),
        other => panic!("got {other:?}"),
    }
}

#[test]
fn modems_with_one_key_find_each_other_and_are_linked_as_long_as_the_line_joins_them() {
    let Ends { mut evse, mut car, mut cable, .. } = ends();
    let mut both = |cable: &mut PlcCable, ms| {
        cable.carry(Instant::from_millis(ms));
        (is_linked(&mut evse), is_linked(&mut car))
    };
    assert_eq!(both(&mut cable, 0), (false, false), "neither has a key");
    cable.give_key([7; 16]);
    assert_eq!(both(&mut cable, 0), (false, false));
    assert_eq!(cable.next_change(), Some(Instant::from_millis(300)));
    assert_eq!(both(&mut cable, 299), (false, false));
    assert_eq!(both(&mut cable, 300), (true, true));
    assert_eq!(cable.next_change(), None);
    cable.join(Instant::from_millis(301), false);
    assert_eq!(both(&mut cable, 301), (false, false));
    cable.join(Instant::from_millis(400), true);
    assert_eq!(both(&mut cable, 700), (true, true));
    cable.car().set_nmk([8; 16]);
    assert_eq!(both(&mut cable, 701), (false, false), "another key is another network");
    cable.give_key([7; 16]);
    cable.car().set_fault(ModemFault::Mute);
    cable.carry(Instant::from_millis(2_000));
    cable.car().set_fault(ModemFault::None);
    assert!(!is_linked(&mut cable.evse().clone()), "the other one hangs");
}

#[test]
fn before_they_are_linked_they_understand_the_messages_of_matching_and_no_other() {
    let mut ends = ends();
    let first = from_car(BROADCAST, Message::SlacParmReq(SlacParmReq::new(RUN)));
    let last = from_car(CHARGER, Message::SlacMatchReq(SlacMatchReq::new(CAR, CHARGER, RUN)));
    let profile = AttenProfileInd { car: CAR, reserved: 0, profile: AttenuationProfile::default() };
    let local = from_car(BROADCAST, Message::AttenProfileInd(profile));
    for frame in [&first, &local, &data(1), &first[..20].to_vec(), &last] {
        said(&mut ends.car, frame);
    }
    ends.until(1);
    assert!(heard(&mut ends.evse).is_empty(), "it takes 2 ms");
    ends.until(2);
    assert_eq!(heard(&mut ends.evse), [first.clone(), last.clone()]);
    assert!(heard(&mut ends.car).is_empty(), "nobody hears himself");
    assert_eq!(ends.cable.take_loud(), [first, last]);
    let mut ends = linked();
    said(&mut ends.evse, &data(1));
    assert_eq!(ends.car_hears(), [(2, data(1))]);
    assert!(ends.cable.take_loud().is_empty(), "a key protects it");
}

#[test]
fn what_is_sent_into_an_open_line_or_is_on_its_way_when_it_opens_is_lost() {
    let mut ends = linked();
    said(&mut ends.evse, &data(1));
    ends.cable.carry(Instant::from_millis(400));
    ends.cable.join(Instant::from_millis(401), false);
    said(&mut ends.evse, &data(2));
    ends.cable.carry(Instant::from_millis(402));
    ends.cable.join(Instant::from_millis(403), true);
    ends.until(1_000);
    assert!(heard(&mut ends.car).is_empty());
}

#[test]
fn each_condition_does_to_frames_what_it_says() {
    let story = |conditions: Conditions| {
        let mut ends = linked();
        ends.cable.set_conditions(conditions);
        let mut story = Vec::new();
        for number in 1..=6 {
            said(&mut ends.evse, &data(number));
        }
        for (at, frame) in ends.car_hears() {
            let damaged = frame != data(frame[20]);
            story.push(format!("{at}:{}{}", frame[20], if damaged { "!" } else { "" }));
        }
        story.join(" ")
    };
    let good = Conditions::GOOD;
    let with = [
        good,
        Conditions { jitter: Duration::from_millis(10), ..good },
        Conditions { lost: 500, ..good },
        Conditions { doubled: 500, ..good },
        Conditions { late: 300, ..good },
        Conditions { damaged: 500, ..good },
        good.with_signal_above_noise(3),
        good.with_signal_above_noise(0),
        good.with_signal_above_noise(20),
    ]
    .map(story);
    let expected = [
        "2:1 2:2 2:3 2:4 2:5 2:6",
        "11:1 11:2 11:3 11:4 11:5 11:6",
        "2:2 2:4 2:6",
        "2:1 2:2 2:2 2:3 2:3 2:4 2:5 2:6",
        "2:1 2:4 2:5 2:6 52:2 52:3",
        "2:1! 2:2! 2:3! 2:4 2:5 2:6",
        "2:2 2:4 2:6",
        "",
        "2:1 2:2 2:3 2:4 2:5 2:6",
    ];
    assert_eq!(with, expected);
}

#[test]
fn a_neighbour_is_heard_as_weak_as_he_is() {
    let mut ends = ends();
    let first = from_car(BROADCAST, Message::SlacParmReq(SlacParmReq::new(RUN)));
    ends.cable.overhear(&first, 40);
    assert_eq!((heard(&mut ends.evse), heard(&mut ends.car)), (vec![first.clone()], vec![first]));
}

#[test]
fn a_flood_and_frames_of_no_length_stay_within_bounds() {
    let mut ends = linked();
    (0..1000).for_each(|_| said(&mut ends.evse, &data(1)));
    for length in [0, 5, 13, 1515, 70_000] {
        said(&mut ends.evse, &vec![0xee; length]);
    }
    ends.cable.carry(Instant::from_millis(400));
    (0..1000).for_each(|_| said(&mut ends.evse, &data(1)));
    ends.cable.carry(Instant::from_millis(400));
    ends.until(500);
    let heard = heard(&mut ends.car);
    assert_eq!((heard.len(), heard.iter().all(|frame| *frame == data(1))), (32, true));
}
