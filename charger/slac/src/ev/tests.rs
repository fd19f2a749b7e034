//! Matchings of a car as transcripts: what comes in at which time, and what goes out.

use super::*;
use crate::attenuation::AttenuationProfile;
use crate::key::{Nid, Nmk, SetKeyCnf};

const HOST: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xca]);
const MODEM: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xcc]);
const NEAR: MacAddress = MacAddress([2, 0, 0, 0, 0, 0x01]);
const FAR: MacAddress = MacAddress([2, 0, 0, 0, 0, 0x02]);
const KEY: Nmk = Nmk([9; 16]);

/// A car, and what it does.
struct Story {
    ev: Ev,
    ms: u64,
    /// The last frame that it sent.
    last: Option<Frame>,
}

impl Story {
    fn begun(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(HOST);
        change(&mut config);
        let mut story = Self { ev: Ev::new(config), ms: 0, last: None };
        assert_eq!(story.does(Input::Begin { seed: 1 }), ["CM_SLAC_PARM.REQ to all"]);
        story
    }

    fn does(&mut self, input: Input<'_>) -> Vec<String> {
        self.ev.handle_input(Instant::from_millis(self.ms), input);
        let mut lines = Vec::new();
        loop {
            match self.ev.poll_output() {
                Output::Send(frame) => {
                    let to = match frame.destination {
                        BROADCAST => " to all",
                        FAR => " to the far one",
                        _ => "",
                    };
                    lines.push(format!("{}{to}", frame.message.name()));
                    self.last = Some(frame);
                }
                Output::Event(Event::Failed(why)) => lines.push(format!("failed: {why}")),
                Output::Event(Event::Again(why)) => lines.push(format!("again: {why}")),
                Output::Event(Event::Matched(FAR)) => lines.push("matched with the far one".to_owned()),
                Output::Event(Event::Matched(_)) => lines.push("matched".to_owned()),
                Output::Event(event) => lines.push(format!("{event:?}")),
                Output::Wait(_) => return lines,
            }
        }
    }

    fn hears(&mut self, from: MacAddress, message: Message) -> Vec<String> {
        self.does(Input::Frame(&Frame::new(HOST, from, message)))
    }

    /// So much later; what time alone makes happen, each thing with its time.
    fn later(&mut self, ms: u64) -> Vec<String> {
        let end = self.ms + ms;
        let mut lines = Vec::new();
        while let Output::Wait(Some(next)) = self.ev.poll_output() {
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

    fn run_id(&self) -> RunId {
        self.ev.attempt.run_id
    }

    fn answers(&mut self, charger: MacAddress) -> Vec<String> {
        let confirm = SlacParmCnf::new(HOST, self.run_id());
        self.hears(charger, Message::SlacParmCnf(confirm))
    }

    fn heard(&mut self, charger: MacAddress, db: u8) -> Vec<String> {
        let profile = AttenuationProfile::new(vec![db; 58]).expect("few groups");
        let result = AttenCharInd::new(HOST, self.run_id(), 10, profile);
        self.hears(charger, Message::AttenCharInd(result))
    }

    /// These chargers answer, and the car has sounded.
    fn sounded(&mut self, chargers: &[MacAddress]) -> Vec<String> {
        for charger in chargers {
            assert_eq!(self.answers(*charger), [""; 0]);
        }
        self.later(200 + 40 * 12)
    }

    fn gives(&mut self, charger: MacAddress) -> Vec<String> {
        let request = SlacMatchReq::new(HOST, charger, self.run_id());
        let confirm = SlacMatchCnf::new(&request, Nid::of(&KEY, Nid::SIMPLE_CONNECT), KEY);
        self.hears(charger, Message::SlacMatchCnf(confirm))
    }

    fn keyed(&mut self) -> Vec<String> {
        self.hears(MODEM, Message::SetKeyCnf(SetKeyCnf::new(1, 1, KEY_NONCE)))
    }
}

fn usual(_: &mut Config) {}

#[test]
fn a_matching_from_the_first_question_to_the_link() {
    let mut story = Story::begun(usual);
    let mut expected: Vec<String> =
        (0..3).map(|start| format!("{}: CM_START_ATTEN_CHAR.IND to all", 200 + start * 40)).collect();
    expected.extend((0..10).map(|sound| format!("{}: CM_MNBC_SOUND.IND to all", 320 + sound * 40)));
    assert_eq!(story.sounded(&[NEAR]), expected);
    let Some(Frame { message: Message::MnbcSoundInd(last), .. }) = &story.last else { panic!("a sound") };
    assert_eq!(last.remaining, 0);
    assert_eq!(story.heard(NEAR, 12), ["CM_ATTEN_CHAR.RSP", "CM_SLAC_MATCH.REQ"], "nobody else is waited for");
    assert_eq!(story.heard(NEAR, 12), ["CM_ATTEN_CHAR.RSP"], "the response was lost");
    assert_eq!(story.gives(NEAR), ["CM_SET_KEY.REQ"]);
    let Some(Frame { message: Message::SetKeyReq(request), .. }) = &story.last else { panic!("a key") };
    assert_eq!((request.nmk, request.nid), (KEY, Nid::of(&KEY, Nid::SIMPLE_CONNECT)));
    assert_eq!(story.keyed(), ["matched"]);
    assert_eq!(story.does(Input::Link(true)), ["LinkUp"]);
    assert_eq!(story.later(100_000), [""; 0]);
    assert_eq!(story.does(Input::Link(false)), ["LinkLost"]);
    assert_eq!(story.does(Input::End), [""; 0]);
}

#[test]
fn the_nearest_charger_is_taken() {
    let mut story = Story::begun(usual);
    story.sounded(&[FAR, NEAR]);
    assert_eq!(story.heard(FAR, 60), ["CM_ATTEN_CHAR.RSP to the far one"]);
    assert_eq!(story.heard(NEAR, 12), ["CM_ATTEN_CHAR.RSP", "CM_SLAC_MATCH.REQ"]);
    assert_eq!(story.gives(FAR), [""; 0], "nobody asked it");
    // One that says nothing is waited for until 1.2 s after the first start.
    let mut story = Story::begun(usual);
    story.sounded(&[FAR, NEAR]);
    story.heard(FAR, 60);
    assert_eq!(story.later(2_000)[..1], ["1400: CM_SLAC_MATCH.REQ to the far one"]);
    // A charger that is too far away is none of ours.
    let mut story = Story::begun(|config| config.nearness = Nearness::Within(40));
    story.sounded(&[FAR]);
    let lines = story.heard(FAR, 60);
    assert_eq!(lines[1], "again: the nearest charger hears the car 60 dB weaker: it is none of ours");
}

#[test]
fn what_does_not_come_is_asked_for_again_and_tried_three_times_in_all() {
    let mut story = Story::begun(usual);
    let lines = story.later(20_000);
    let asked = |line: &&String| line.ends_with("CM_SLAC_PARM.REQ to all");
    assert_eq!(lines.iter().filter(asked).count(), 8, "three times three, but for the first");
    assert_eq!(
        lines[..3],
        ["200: CM_SLAC_PARM.REQ to all", "400: CM_SLAC_PARM.REQ to all", "600: again: CM_SLAC_PARM.CNF did not come"]
    );
    assert_eq!(lines[3], "1000: CM_SLAC_PARM.REQ to all", "after TT_matching_rate");
    assert_eq!(lines.last().map(String::as_str), Some("2600: failed: CM_SLAC_PARM.CNF did not come"));

    let mut story = Story::begun(usual);
    story.sounded(&[NEAR]);
    assert_eq!(story.later(800)[0], "1400: again: CM_ATTEN_CHAR.IND did not come");

    let mut story = Story::begun(usual);
    story.sounded(&[NEAR]);
    story.heard(NEAR, 12);
    let lines = story.later(900);
    assert_eq!(
        lines[..3],
        ["880: CM_SLAC_MATCH.REQ", "1080: CM_SLAC_MATCH.REQ", "1280: again: CM_SLAC_MATCH.CNF did not come"]
    );

    let mut story = Story::begun(usual);
    story.sounded(&[NEAR]);
    story.heard(NEAR, 12);
    story.gives(NEAR);
    let lines = story.later(4_000);
    assert_eq!(lines[..2], ["1680: CM_SET_KEY.REQ", "2680: CM_SET_KEY.REQ"]);
    assert_eq!(lines[2], "3680: again: the own modem does not take the key: CM_SET_KEY.CNF did not come");

    let mut story = Story::begun(usual);
    story.sounded(&[NEAR]);
    story.heard(NEAR, 12);
    story.gives(NEAR);
    story.keyed();
    assert_eq!(
        story.later(13_000),
        ["12680: failed: the modems did not find each other"],
        "TT_matching_repetition is over"
    );
}

#[test]
fn an_attempt_has_a_run_id_of_its_own_and_the_same_seed_the_same() {
    let mut story = Story::begun(usual);
    let first = story.run_id();
    story.later(1_000);
    let second = story.run_id();
    assert_ne!(first, second);
    let mut again = Story::begun(usual);
    assert_eq!(again.run_id(), first);
    again.does(Input::Begin { seed: 2 });
    assert_ne!(again.run_id(), first);
}

#[test]
fn messages_out_of_turn_change_nothing() {
    let mut story = Story::begun(usual);
    assert_eq!(story.heard(NEAR, 3), [""; 0], "nobody sounded");
    assert_eq!(story.gives(NEAR), [""; 0]);
    assert_eq!(story.keyed(), [""; 0]);
    let foreign = SlacParmCnf::new(HOST, RunId([0; 8]));
    story.hears(NEAR, Message::SlacParmCnf(foreign));
    assert!(story.ev.attempt.chargers.is_empty(), "an answer to somebody else");
    story.sounded(&[NEAR]);
    assert_eq!(story.heard(FAR, 3), [""; 0], "a charger that did not answer before");
    let profile = AttenuationProfile::new(vec![1; 58]).expect("few groups");
    let of_another = AttenCharInd::new(FAR, story.run_id(), 10, profile);
    assert_eq!(story.hears(NEAR, Message::AttenCharInd(of_another)), [""; 0], "how another car was heard");
    assert_eq!(story.heard(NEAR, 12).len(), 2);
    assert_eq!(story.does(Input::Link(true)), [""; 0], "not ours yet");
}
