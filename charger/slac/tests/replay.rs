//! Real cars of the captures against our charger, and the chargers of the captures against our car: each gets as far as it did when
//! it was captured. The folder of captures is named by `PLUGFEST_CAPTURES`; without it there is nothing to do.

mod common;

use common::{captures, frames};
use slac::ev::{self, Ev};
use slac::evse::{self, Evse};
use slac::{Frame, MacAddress, Message, Nmk, Output, RunId, SetKeyCnf};
use units::Instant;

/// A matching in a capture.
struct Matching {
    name: String,
    car: MacAddress,
    charger: MacAddress,
    run_id: RunId,
    nmk: Option<Nmk>,
    /// When, in microseconds since 1970, and what; from the first question of the car on.
    frames: Vec<(u64, Frame)>,
}

/// All matchings that a charger answered.
fn matchings() -> Option<Vec<Matching>> {
    let mut found = Vec::new();
    for (name, bytes) in &captures()? {
        let all: Vec<(u64, Frame)> = frames(bytes)
            .0
            .into_iter()
            .filter_map(|frame| Some((frame.at, Frame::decode(frame.bytes).ok()?)))
            .collect();
        for (at, (_, frame)) in all.iter().enumerate() {
            let Message::SlacParmCnf(confirm) = &frame.message else { continue };
            let (car, charger, run_id) = (frame.destination, frame.source, confirm.run_id);
            let question = |(_, frame): &(u64, Frame)| {
                frame.source == car
                    && matches!(&frame.message, Message::SlacParmReq(request) if request.run_id == run_id)
            };
            let Some(first) = all[..at].iter().rposition(question) else { continue };
            let is_known = |known: &Matching| known.name == *name && known.run_id == run_id && known.charger == charger;
            if found.iter().any(is_known) {
                continue;
            }
            let end = all[first..].iter().position(|(_, frame)| {
                frame.source == car
                    && matches!(&frame.message, Message::SlacParmReq(request) if request.run_id != run_id)
            });
            let frames = all[first..end.map_or(all.len(), |end| first + end)].to_vec();
            let nmk = frames.iter().find_map(|(_, frame)| match &frame.message {
                Message::SlacMatchCnf(confirm) if confirm.run_id == run_id => Some(confirm.nmk),
                _ => None,
            });
            found.push(Matching { name: name.clone(), car, charger, run_id, nmk, frames });
        }
    }
    Some(found)
}

/// What our charger sends when the car and the modem of a matching say what they said, with so much loss before its modem.
fn charger_says(matching: &Matching, receive_db: u8) -> Vec<Frame> {
    let start = matching.frames[0].0;
    let mut evse = Evse::new(evse::Config { receive_db, ..evse::Config::new(matching.charger) });
    evse.handle_input(Instant::ZERO, evse::Input::SetKey(matching.nmk.unwrap_or(Nmk([1; 16]))));
    // The key was in before the car came. Who confirms it is the modem that tells how sounds arrive.
    let Output::Send(Frame { message: Message::SetKeyReq(request), .. }) = evse.poll_output() else { panic!("a key") };
    let profile = matching.frames.iter().find(|(_, frame)| matches!(frame.message, Message::AttenProfileInd(_)));
    let modem = profile.map_or(slac::LOCAL_MODEM, |(_, frame)| frame.source);
    let keyed = Frame::new(matching.charger, modem, Message::SetKeyCnf(SetKeyCnf::new(1, 1, request.nonce)));
    evse.handle_input(Instant::ZERO, evse::Input::Frame(&keyed));
    evse.handle_input(Instant::ZERO, evse::Input::Begin);
    let mut said = Vec::new();
    let mut drain = |evse: &mut Evse| loop {
        match evse.poll_output() {
            Output::Send(Frame { message: Message::SetKeyReq(_), .. }) | Output::Event(_) => {}
            Output::Send(frame) => said.push(frame),
            Output::Wait(wait) => return wait,
        }
    };
    for (at, frame) in &matching.frames {
        let at = Instant::from_micros(1_000_000 + at - start);
        while let Some(due) = drain(&mut evse).filter(|due| *due <= at) {
            evse.handle_input(due, evse::Input::Time);
        }
        if frame.source != matching.charger {
            evse.handle_input(at, evse::Input::Frame(frame));
        }
    }
    drain(&mut evse);
    said
}

#[test]
fn real_cars_get_as_far_at_our_charger_as_they_did() {
    let Some(matchings) = matchings() else { return };
    let (mut matched, mut same, mut corrected) = (0, 0, 0);
    for matching in &matchings {
        let (said, less) = (charger_says(matching, 0), charger_says(matching, 10));
        for (_, frame) in &matching.frames {
            let is_of_matching =
                matches!(frame.message, Message::SlacParmCnf(_) | Message::AttenCharInd(_) | Message::SlacMatchCnf(_));
            if frame.source != matching.charger || frame.destination != matching.car || !is_of_matching {
                continue;
            }
            let name = frame.message.name();
            let is_said = |said: &[Frame]| said.iter().any(|said| said.message == frame.message);
            match (is_said(&said), is_said(&less)) {
                (true, _) => same += 1,
                (false, true) => corrected += 1,
                (false, false) => panic!("{}: {name} is not what the charger said", matching.name),
            }
        }
        matched += usize::from(said.iter().any(|frame| matches!(frame.message, Message::SlacMatchCnf(_))));
    }
    let captured = matchings.iter().filter(|matching| matching.nmk.is_some()).count();
    eprintln!("{} matchings, {captured} to the end when captured, {matched} here", matchings.len());
    eprintln!("{same} messages are the charger's own; {corrected} are with 10 dB before its modem");
    assert!(matched >= captured, "{matched} of {captured}");
    assert!(captured > 0);
}

/// Whether our car has the key when the charger of a matching says what it said, each when it is asked.
fn car_matches(matching: &Matching) -> bool {
    let mut ev = Ev::new(ev::Config::new(matching.car));
    ev.handle_input(Instant::ZERO, ev::Input::Begin { seed: 1 });
    let recorded = |name: &str| {
        let of = |frame: &Frame| frame.source == matching.charger && frame.message.name() == name;
        matching.frames.iter().map(|(_, frame)| frame).find(|frame| of(frame)).cloned()
    };
    let mut run_id = RunId::default();
    // When, and what the charger or the own modem says.
    let mut answers: Vec<(Instant, Frame)> = Vec::new();
    let mut now = Instant::ZERO;
    for _ in 0..1_000 {
        let wait = match ev.poll_output() {
            Output::Event(ev::Event::Matched(with)) => return with == matching.charger,
            Output::Event(_) => continue,
            Output::Wait(wait) => wait,
            Output::Send(frame) => {
                let name = match &frame.message {
                    Message::SlacParmReq(request) => {
                        run_id = request.run_id;
                        "CM_SLAC_PARM.CNF"
                    }
                    Message::MnbcSoundInd(sound) if sound.remaining == 0 => "CM_ATTEN_CHAR.IND",
                    Message::SlacMatchReq(_) => "CM_SLAC_MATCH.CNF",
                    Message::SetKeyReq(request) => {
                        let answer = Message::SetKeyCnf(SetKeyCnf::new(1, 1, request.nonce));
                        answers.push((now + LATENCY, Frame::new(matching.car, matching.car, answer)));
                        continue;
                    }
                    _ => continue,
                };
                let answer = recorded(name).map(|mut answer| {
                    match &mut answer.message {
                        Message::SlacParmCnf(confirm) => confirm.run_id = run_id,
                        Message::AttenCharInd(result) => result.run_id = run_id,
                        Message::SlacMatchCnf(confirm) => confirm.run_id = run_id,
                        _ => {}
                    }
                    (now + LATENCY, answer)
                });
                answers.extend(answer);
                continue;
            }
        };
        let next = answers.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(index, (at, _))| (index, *at));
        match (next, wait) {
            (Some((index, at)), wait) if wait.is_none_or(|wait| at <= wait) => {
                now = at;
                let (_, frame) = answers.remove(index);
                ev.handle_input(now, ev::Input::Frame(&frame));
            }
            (_, Some(wait)) => {
                now = wait;
                ev.handle_input(now, ev::Input::Time);
            }
            (_, None) => return false,
        }
    }
    false
}

/// A charger answers within this.
const LATENCY: std::time::Duration = std::time::Duration::from_millis(20);

#[test]
fn our_car_gets_as_far_at_real_chargers_as_the_car_that_was_there() {
    let Some(matchings) = matchings() else { return };
    let captured: Vec<_> = matchings.iter().filter(|matching| matching.nmk.is_some()).collect();
    let failed: Vec<_> = captured.iter().filter(|matching| !car_matches(matching)).map(|one| &one.name).collect();
    eprintln!("{} matchings of {}", captured.len() - failed.len(), captured.len());
    assert!(failed.is_empty() && !captured.is_empty(), "{failed:?}");
}
