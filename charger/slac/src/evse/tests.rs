//! Matchings of a charger as transcripts: what comes in at which time, and what goes out.

use super::*;
use crate::attenuation::AttenuationProfile;
use crate::ethernet::BROADCAST;
use crate::validate::ValidateTimer;
use crate::values::{ApplicationType, SecurityType};

const HOST: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xee]);
const MODEM: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xed]);
const CAR: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xca]);
const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xcb]);
const RUN: RunId = RunId([7; 8]);
const KEY: Nmk = Nmk([9; 16]);

/// A charger, and what it does.
struct Story {
    evse: Evse,
    ms: u64,
}

impl Story {
    fn of(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(HOST);
        change(&mut config);
        Self { evse: Evse::new(config), ms: 0 }
    }

    /// A charger whose modem has its key, and a car that was plugged in.
    fn begun(change: impl FnOnce(&mut Config)) -> Self {
        let mut story = Self::of(change);
        assert_eq!(story.does(Input::SetKey(KEY)), ["CM_SET_KEY.REQ"]);
        assert_eq!(story.keyed(), ["Keyed"]);
        assert_eq!(story.does(Input::Begin), [""; 0]);
        story
    }

    /// Lines of what goes out.
    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.evse.poll_output() {
                Output::Send(frame) => {
                    let to = if frame.destination == OTHER { " to the other" } else { "" };
                    lines.push(format!("{}{to}", frame.message.name()));
                }
                Output::Event(Event::Failed { car, why }) => {
                    let whose = if car == OTHER { "of the other" } else { "failed" };
                    lines.push(format!("{whose}: {why}"));
                }
                Output::Event(event) => lines.push(match event {
                    Event::Heard(OTHER) | Event::Matched(OTHER) => {
                        format!("{event:?}").replace(&OTHER.to_string(), "other")
                    }
                    Event::Heard(_) => "Heard".to_owned(),
                    Event::Matched(_) => "Matched".to_owned(),
                    event => format!("{event:?}"),
                }),
                Output::Wait(_) => return lines,
            }
        }
    }

    fn does(&mut self, input: Input<'_>) -> Vec<String> {
        self.evse.handle_input(Instant::from_millis(self.ms), input);
        self.drain()
    }

    fn hears(&mut self, from: MacAddress, to: MacAddress, message: Message) -> Vec<String> {
        self.does(Input::Frame(&Frame::new(to, from, message)))
    }

    fn keyed(&mut self) -> Vec<String> {
        let nonce = if self.evse.config.profile == Profile::Strict { 0 } else { FIELD_NONCE };
        self.hears(MODEM, HOST, Message::SetKeyCnf(SetKeyCnf::new(1, 1, nonce)))
    }

    /// So much later; what time alone makes happen, each thing with its time.
    fn later(&mut self, ms: u64) -> Vec<String> {
        let end = self.ms + ms;
        let mut lines = Vec::new();
        while let Output::Wait(Some(next)) = self.evse.poll_output() {
            if next.as_millis() > end {
                break;
            }
            self.ms = next.as_millis();
            let at = self.ms;
            lines.extend(self.does(Input::Time).into_iter().map(|line| format!("{at}: {line}")));
        }
        self.ms = end;
        lines
    }

    fn parm(&mut self, car: MacAddress, run: RunId) -> Vec<String> {
        self.hears(car, BROADCAST, Message::SlacParmReq(SlacParmReq::new(run)))
    }

    fn start(&mut self, car: MacAddress) -> Vec<String> {
        self.hears(car, BROADCAST, Message::StartAttenCharInd(StartAttenCharInd::new(car, RUN)))
    }

    /// A sound and what the modem says of it.
    fn sound(&mut self, car: MacAddress, remaining: u8, db: u8) -> Vec<String> {
        let sound = MnbcSoundInd::new(RUN, remaining, Default::default());
        let mut lines = self.hears(car, BROADCAST, Message::MnbcSoundInd(sound));
        lines.extend(self.measured(MODEM, car, &[db; 58]));
        lines
    }

    fn measured(&mut self, modem: MacAddress, car: MacAddress, groups: &[u8]) -> Vec<String> {
        let profile = AttenuationProfile::new(groups.to_vec()).expect("few groups");
        self.hears(modem, HOST, Message::AttenProfileInd(AttenProfileInd { car, reserved: 0, profile }))
    }

    /// From the first question to the result, of which the mean is told.
    fn sounded(&mut self, car: MacAddress) -> u8 {
        self.parm(car, RUN);
        self.start(car);
        for remaining in (0..10).rev() {
            if remaining > 0 {
                assert_eq!(self.sound(car, remaining, 20 + remaining), [""; 0]);
            }
        }
        let profile = AttenuationProfile::new(vec![20; 58]).expect("few groups");
        let last = Message::AttenProfileInd(AttenProfileInd { car, reserved: 0, profile });
        self.evse.handle_input(Instant::from_millis(self.ms), Input::Frame(&Frame::new(HOST, MODEM, last)));
        let Output::Send(frame) = self.evse.poll_output() else { panic!("a result") };
        let Message::AttenCharInd(result) = frame.message else { panic!("a result") };
        assert_eq!((frame.destination, result.source, result.run_id, result.sounds), (car, car, RUN, 10));
        result.profile.groups()[0]
    }

    fn responds(&mut self, car: MacAddress, result: u8) -> Vec<String> {
        self.hears(car, HOST, Message::AttenCharRsp(AttenCharRsp { result, ..AttenCharRsp::new(car, RUN) }))
    }

    fn requests(&mut self, car: MacAddress) -> Vec<String> {
        self.hears(car, HOST, Message::SlacMatchReq(SlacMatchReq::new(car, HOST, RUN)))
    }

    fn matched(change: impl FnOnce(&mut Config)) -> Self {
        let mut story = Self::begun(change);
        story.sounded(CAR);
        assert_eq!(story.responds(CAR, 0), [""; 0]);
        assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF", "Matched"]);
        story
    }
}

fn field(_: &mut Config) {}

fn strict(config: &mut Config) {
    config.profile = Profile::Strict;
}

#[test]
fn a_sound_that_arrives_twice_counts_once() {
    let mut story = Story::begun(field);
    story.parm(CAR, RUN);
    story.start(CAR);
    for remaining in (1..10).rev() {
        assert_eq!(story.sound(CAR, remaining, 20), [""; 0]);
        assert_eq!(story.sound(CAR, remaining, 60), [""; 0], "again");
    }
    assert_eq!(story.sound(CAR, 0, 20), ["CM_ATTEN_CHAR.IND"]);
}

#[test]
fn a_matching_from_the_first_question_to_the_link() {
    let mut story = Story::begun(field);
    story.ms = 100;
    assert_eq!(story.parm(CAR, RUN), ["Heard", "CM_SLAC_PARM.CNF"]);
    assert_eq!(story.start(CAR), [""; 0]);
    assert_eq!(story.start(CAR), [""; 0], "starts come three times");
    for remaining in (1..10).rev() {
        assert_eq!(story.sound(CAR, remaining, 30), [""; 0]);
    }
    assert_eq!(story.sound(CAR, 0, 30), ["CM_ATTEN_CHAR.IND"]);
    assert_eq!(story.responds(CAR, 0), [""; 0]);
    assert_eq!(story.later(9_000), [""; 0], "the car may think");
    assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF", "Matched"]);
    assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF"], "the answer was lost");
    assert_eq!(story.does(Input::Link(true)), ["LinkUp"]);
    assert_eq!(story.does(Input::Link(true)), [""; 0]);
    assert_eq!(story.later(100_000), [""; 0]);
    assert_eq!(story.does(Input::Link(false)), ["LinkLost"], "once");
    assert_eq!(story.does(Input::Link(false)), [""; 0]);
    assert_eq!(story.parm(CAR, RUN), ["Heard", "CM_SLAC_PARM.CNF"]);
    assert_eq!(story.does(Input::End), [""; 0]);
    assert_eq!(story.parm(CAR, RUN), [""; 0], "nobody is plugged in");
}

#[test]
fn the_result_is_the_mean_of_what_the_own_modem_measured() {
    // 29, 28, ... 20.
    assert_eq!(Story::begun(field).sounded(CAR), 24);
    let mut story = Story::begun(field);
    story.parm(CAR, RUN);
    story.start(CAR);
    // Another modem, another number of groups, another car.
    story.measured(OTHER, CAR, &[90; 58]);
    story.measured(MODEM, CAR, &[10; 58]);
    story.measured(MODEM, CAR, &[90; 57]);
    story.measured(MODEM, OTHER, &[90; 58]);
    story.evse.handle_input(Instant::from_millis(600), Input::Time);
    let Output::Send(Frame { message: Message::AttenCharInd(result), .. }) = story.evse.poll_output() else {
        panic!("a result");
    };
    assert_eq!((result.sounds, result.profile.groups()), (1, &[10; 58][..]));
}

#[test]
fn a_key_is_sent_again_until_the_modem_says_that_it_has_it() {
    let mut story = Story::of(field);
    story.does(Input::SetKey(KEY));
    assert_eq!(story.later(1_500), ["1000: CM_SET_KEY.REQ"]);
    let foreign = SetKeyCnf::new(0, 1, 5);
    assert_eq!(story.hears(MODEM, HOST, Message::SetKeyCnf(foreign)), [""; 0], "an answer to somebody else");
    assert_eq!(story.keyed(), ["Keyed"]);
    assert_eq!(story.keyed(), [""; 0]);
    story.does(Input::SetKey(KEY));
    assert_eq!(story.later(10_000), ["2500: CM_SET_KEY.REQ", "3500: CM_SET_KEY.REQ", "4500: ModemSilent"]);
}

#[test]
fn whoever_is_not_heard_in_time_may_still_come() {
    let mut story = Story::begun(field);
    assert_eq!(story.later(60_000), ["50000: NotHeard"]);
    assert_eq!(story.does(Input::Begin), [""; 0], "E and F begin the same plug-in again");
    assert_eq!(story.parm(CAR, RUN), ["Heard", "CM_SLAC_PARM.CNF"]);
}

#[test]
fn each_step_that_does_not_come_is_named() {
    let mut story = Story::begun(field);
    story.parm(CAR, RUN);
    assert_eq!(story.later(1_000), ["400: failed: CM_START_ATTEN_CHAR.IND did not come"]);
    story.parm(CAR, RUN);
    story.start(CAR);
    assert_eq!(story.later(1_000), ["1600: failed: no sound arrived"]);
    story.parm(CAR, RUN);
    story.start(CAR);
    story.hears(CAR, BROADCAST, Message::MnbcSoundInd(MnbcSoundInd::new(RUN, 9, Default::default())));
    let why = "the modem reports no attenuation: no CM_ATTEN_PROFILE.IND came for the sounds";
    assert_eq!(story.later(1_000), [format!("2600: failed: {why}")]);
    story.parm(CAR, RUN);
    story.start(CAR);
    story.measured(MODEM, CAR, &[]);
    assert_eq!(story.later(1_000), ["3600: failed: no sound arrived"], "a profile without groups measures nothing");
    story.sounded(CAR);
    // Sent three times in all.
    let again = ["4200: CM_ATTEN_CHAR.IND", "4400: CM_ATTEN_CHAR.IND", "4600: failed: CM_ATTEN_CHAR.RSP did not come"];
    assert_eq!(story.later(1_000), again);
    story.sounded(CAR);
    assert_eq!(story.responds(CAR, 1), ["failed: CM_ATTEN_CHAR.RSP has result 1; expected 0"]);
    story.sounded(CAR);
    story.responds(CAR, 0);
    assert_eq!(story.later(20_000), ["15000: failed: CM_SLAC_MATCH.REQ did not come"]);
    let mut story = Story::matched(field);
    assert_eq!(story.later(20_000), ["12000: LinkLost"]);
}

#[test]
fn messages_out_of_turn_change_nothing() {
    let mut story = Story::begun(field);
    assert_eq!(story.requests(CAR), [""; 0], "nobody asked");
    assert_eq!(story.start(CAR), [""; 0]);
    story.parm(CAR, RUN);
    assert_eq!(story.requests(CAR), [""; 0], "nothing was heard");
    assert_eq!(story.responds(CAR, 0), [""; 0]);
    // Of another run, protected, for something else.
    let start = StartAttenCharInd::new(CAR, RunId([8; 8]));
    story.hears(CAR, BROADCAST, Message::StartAttenCharInd(start));
    let other = SlacParmReq { application: ApplicationType(1), ..SlacParmReq::new(RUN) };
    assert_eq!(story.hears(CAR, BROADCAST, Message::SlacParmReq(other)), [""; 0]);
    let protected = SlacParmReq { security: SecurityType::PUBLIC_KEY, ..SlacParmReq::new(RUN) };
    assert_eq!(story.hears(CAR, BROADCAST, Message::SlacParmReq(protected)), [""; 0]);
    assert_eq!(story.later(400), ["400: failed: CM_START_ATTEN_CHAR.IND did not come"]);
    story.sounded(CAR);
    story.responds(CAR, 0);
    let elsewhere = SlacMatchReq::new(CAR, OTHER, RUN);
    assert_eq!(story.hears(CAR, HOST, Message::SlacMatchReq(elsewhere)), [""; 0], "for another charger");
    assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF", "Matched"]);
}

#[test]
fn a_car_that_begins_again_is_followed_in_the_field_and_not_by_the_book() {
    for after in 0..3 {
        let again = |mut story: Story| {
            story.parm(CAR, RUN);
            if after > 0 {
                story.start(CAR);
            }
            if after > 1 {
                (0..5).for_each(|sound| drop(story.sound(CAR, 9 - sound, 30)));
            }
            (story.parm(CAR, RunId([8; 8])), story.parm(CAR, RunId([8; 8])))
        };
        let (first, _) = again(Story::begun(field));
        assert_eq!(first, ["failed: the car began again", "CM_SLAC_PARM.CNF"]);
        let (first, second) = again(Story::begun(strict));
        assert_eq!((&first[..], second.len()), (&["failed: the car began again".to_owned()][..], 0));
    }
}

#[test]
fn what_the_field_does_otherwise() {
    // The response to the result was lost.
    for (profile, expected) in [(Profile::Field, 2), (Profile::Strict, 0)] {
        let mut story = Story::begun(|config| config.profile = profile);
        story.sounded(CAR);
        assert_eq!(story.requests(CAR).len(), expected, "{profile:?}");
    }
    // A car that names its modem instead of itself.
    for (change, expected) in [(field as fn(&mut Config), 2), (strict, 0)] {
        let mut story = Story::begun(change);
        story.sounded(CAR);
        story.responds(CAR, 0);
        let request = SlacMatchReq::new(OTHER, HOST, RUN);
        assert_eq!(story.hears(CAR, HOST, Message::SlacMatchReq(request)).len(), expected);
    }
    // One that has the key and asks again has lost it.
    let mut story = Story::matched(field);
    assert_eq!(story.parm(CAR, RunId([8; 8])), ["LinkLost", "Heard", "CM_SLAC_PARM.CNF"]);
    let mut story = Story::matched(strict);
    assert_eq!(story.parm(CAR, RunId([8; 8])), [""; 0]);
}

#[test]
fn a_neighbours_car_is_answered_and_never_disturbs() {
    let mut story = Story::begun(field);
    assert_eq!(story.sounded(CAR), 24);
    assert_eq!(story.parm(OTHER, RUN), ["CM_SLAC_PARM.CNF to the other"]);
    story.start(OTHER);
    for remaining in (1..10).rev() {
        assert_eq!(story.sound(OTHER, remaining, 70), [""; 0]);
    }
    assert_eq!(story.sound(OTHER, 0, 70), ["CM_ATTEN_CHAR.IND to the other"]);
    story.responds(OTHER, 0);
    story.responds(CAR, 0);
    assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF", "Matched"]);
    // Whatever it says now changes nothing.
    let all = [story.requests(OTHER), story.parm(OTHER, RunId([1; 8])), story.start(OTHER), story.sound(OTHER, 1, 3)];
    assert_eq!(all.concat(), [""; 0]);
    assert_eq!(story.does(Input::Link(true)), ["LinkUp"]);
}

#[test]
fn no_more_cars_are_remembered_than_fit() {
    let mut story = Story::begun(field);
    for number in 0..MOST_CARS as u8 {
        story.parm(MacAddress([number; 6]), RUN);
    }
    let lines = story.parm(CAR, RUN);
    assert_eq!(lines, [format!("failed: more than {MOST_CARS} cars are heard"), "CM_SLAC_PARM.CNF".to_owned()]);
    assert!(matches!(&story.evse.state, State::Open { runs, .. } if runs.len() == MOST_CARS));
}

#[test]
fn a_car_that_wants_to_be_validated_is_told_that_it_need_not_or_is_counted() {
    let request = |timer| {
        Message::ValidateReq(ValidateReq {
            signal: SignalType::S2_TOGGLES,
            timer: ValidateTimer(timer),
            result: ValidateResult::Ready,
        })
    };
    let answer = |story: &mut Story, timer| {
        story.evse.handle_input(Instant::from_millis(story.ms), Input::Frame(&Frame::new(HOST, CAR, request(timer))));
        match story.evse.poll_output() {
            Output::Send(Frame { message: Message::ValidateCnf(answer), .. }) => Some((answer.result, answer.toggles)),
            Output::Event(Event::CountToggles(long)) => {
                assert_eq!(long, Duration::from_millis(1_100));
                None
            }
            other => panic!("{other:?}"),
        }
    };
    let mut story = Story::begun(field);
    story.sounded(CAR);
    story.responds(CAR, 0);
    assert_eq!(answer(&mut story, 0), Some((ValidateResult::NotRequired, 0)));
    for (toggles, result) in [(0, ValidateResult::Failure), (2, ValidateResult::Success), (9, ValidateResult::Failure)]
    {
        let mut story = Story::begun(|config| config.validates = true);
        story.sounded(CAR);
        story.responds(CAR, 0);
        assert_eq!(answer(&mut story, 0), Some((ValidateResult::Ready, 0)));
        assert_eq!(answer(&mut story, 10), None);
        story.evse.handle_input(Instant::from_millis(story.ms), Input::Toggles(toggles));
        let Output::Send(Frame { message: Message::ValidateCnf(told), .. }) = story.evse.poll_output() else {
            panic!("an answer")
        };
        assert_eq!((told.result, told.toggles), (result, toggles));
        assert_eq!(story.requests(CAR), ["CM_SLAC_MATCH.CNF", "Matched"]);
    }
}
