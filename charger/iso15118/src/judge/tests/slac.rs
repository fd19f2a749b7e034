//! What breaks the rules of the matching.

use slac::{Frame, MacAddress, Message as M};

use super::sessions::iso2_ac;
use super::shot::{Shot, Shots, Thing, broken};
use super::{Case, STRICT, case};
use crate::judge::Profile;
use crate::wire::What;

const OTHER: MacAddress = MacAddress([2, 0, 0, 0, 0, 9]);

fn frames(s: &mut Shots, mut change: impl FnMut(&mut Frame)) {
    s.each(|what| {
        if let What::Slac(frame) = what {
            change(frame);
        }
    });
}

/// Drops the first such frame.
fn drop_frame(s: &mut Shots, of: impl Fn(&M) -> bool) {
    let at = s.position(|what| matches!(what, What::Slac(frame) if of(&frame.message)));
    s.0.remove(at);
}

fn bad_frame(ms: u64) -> Shot {
    let error = Frame::decode(&[0; 10]).expect_err("too short");
    Shot { ms, what: Thing::Other(What::UnreadableSlac(error)) }
}

pub(super) const CASES: &[Case] = &[
    case("SLAC-READABLE-CAR", iso2_ac, STRICT, &[], |s| s.0.insert(2, bad_frame(25))),
    case("SLAC-READABLE-STATION", iso2_ac, STRICT, &[], |s| s.0.insert(1, bad_frame(10))),
    case("SLAC-ORDER-CAR", iso2_ac, STRICT, &[], |s| drop_frame(s, |m| matches!(m, M::AttenCharRsp(_)))),
    case("SLAC-ORDER-STATION", iso2_ac, STRICT, &[], |s| drop_frame(s, |m| matches!(m, M::SlacMatchReq(_)))),
    case("SLAC-RUN-ID-CAR", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharRsp(message) = &mut frame.message {
                message.run_id.0[0] ^= 1;
            }
        })
    }),
    case("SLAC-RUN-ID-STATION", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharInd(message) = &mut frame.message {
                message.run_id.0[0] ^= 1;
            }
        })
    }),
    case("SLAC-BROADCAST", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if matches!(frame.message, M::MnbcSoundInd(_)) {
                frame.destination = OTHER;
            }
        })
    }),
    case("SLAC-PARM-IN-TIME", iso2_ac, STRICT, &[], |s| s.delay_at(1, 300)),
    case("SLAC-PARM-TIMEOUT", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| match &mut frame.message {
            M::SlacParmCnf(message) => message.timeout.0 = 50,
            M::StartAttenCharInd(message) => message.timeout.0 = 50,
            _ => {}
        })
    }),
    case("SLAC-PARM-TARGET", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::SlacParmCnf(message) = &mut frame.message {
                message.sound_target = OTHER;
            }
        })
    }),
    case("SLAC-PARM-SOUNDS", iso2_ac, STRICT, &["SLAC-START-SAME", "SLAC-SOUND-COUNT"], |s| {
        frames(s, |frame| {
            if let M::SlacParmCnf(message) = &mut frame.message {
                message.sounds = 9;
            }
        })
    }),
    case("SLAC-PARM-CAR", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::SlacParmCnf(message) = &mut frame.message {
                message.forwarding_station = OTHER;
            }
        })
    }),
    case("SLAC-START-COUNT", iso2_ac, STRICT, &[], |s| drop_frame(s, |m| matches!(m, M::StartAttenCharInd(_)))),
    case("SLAC-START-SAME", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::StartAttenCharInd(message) = &mut frame.message {
                message.timeout.0 = 10;
            }
        })
    }),
    case("SLAC-SOUND-COUNT", iso2_ac, STRICT, &["SLAC-ATTEN-SOUNDS"], |s| {
        drop_frame(s, |m| matches!(m, M::MnbcSoundInd(sound) if sound.remaining == 9))
    }),
    case("SLAC-SOUND-REMAINING", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::MnbcSoundInd(message) = &mut frame.message {
                message.remaining = message.remaining.max(1);
            }
        })
    }),
    case("SLAC-PACE", iso2_ac, STRICT, &[], |s| s.delay_at(7, 90)),
    case("SLAC-ATTEN-SOUNDS", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharInd(message) = &mut frame.message {
                message.sounds = 0;
            }
        })
    }),
    case("SLAC-ATTEN-GROUPS", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharInd(message) = &mut frame.message {
                message.profile = slac::AttenuationProfile::new(vec![20; 57]).expect("57 groups");
            }
        })
    }),
    case("SLAC-ATTEN-CAR", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharInd(message) = &mut frame.message {
                message.source = OTHER;
            }
        })
    }),
    case("SLAC-ATTEN-IN-TIME", iso2_ac, STRICT, &[], |s| s.delay_at(15, 1_200)),
    case("SLAC-RSP-RESULT", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::AttenCharRsp(message) = &mut frame.message {
                message.result = 1;
            }
        })
    }),
    case("SLAC-RSP-IN-TIME", iso2_ac, STRICT, &[], |s| s.delay_at(16, 300)),
    case("SLAC-MATCH-CAR", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::SlacMatchReq(message) = &mut frame.message {
                message.car = OTHER;
            }
        })
    }),
    case("SLAC-MATCH-SOON", iso2_ac, STRICT, &[], |s| s.delay_at(17, 11_000)),
    case("SLAC-MATCH-KEY", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::SlacMatchCnf(message) = &mut frame.message {
                message.nmk = slac::Nmk::default();
                message.nid = slac::Nid::of(&message.nmk, 0);
            }
        })
    }),
    case("SLAC-MATCH-NID", iso2_ac, STRICT, &[], |s| {
        frames(s, |frame| {
            if let M::SlacMatchCnf(message) = &mut frame.message {
                message.nid.0[0] ^= 1;
            }
        })
    }),
    case("SLAC-MATCH-IN-TIME", iso2_ac, STRICT, &[], |s| s.delay_at(18, 300)),
    case("SLAC-JOIN", iso2_ac, STRICT, &[], |s| s.delay_at(19, 10_000)),
];

/// What a neighbour's car and this station say to each other, up to the match that the car makes elsewhere.
#[test]
fn a_neighbour_that_is_heard_breaks_no_rule() {
    let mut shots = iso2_ac();
    let mut neighbour = Vec::new();
    for shot in &shots.0 {
        let Thing::Other(What::Slac(frame)) = &shot.what else { continue };
        let mut frame = frame.clone();
        let run = slac::RunId([9; 8]);
        let from_car = matches!(
            frame.message,
            M::SlacParmReq(_) | M::StartAttenCharInd(_) | M::MnbcSoundInd(_) | M::AttenCharRsp(_)
        );
        if from_car {
            frame.source = OTHER
        } else {
            frame.destination = OTHER
        }
        match &mut frame.message {
            M::SlacParmReq(message) => message.run_id = run,
            M::SlacParmCnf(message) => (message.run_id, message.forwarding_station) = (run, OTHER),
            M::StartAttenCharInd(message) => (message.run_id, message.forwarding_station) = (run, OTHER),
            M::MnbcSoundInd(message) => message.run_id = run,
            M::AttenCharInd(message) => (message.run_id, message.source) = (run, OTHER),
            M::AttenCharRsp(message) => (message.run_id, message.source) = (run, OTHER),
            _ => continue,
        }
        neighbour.push(Shot { ms: shot.ms + 5, what: Thing::Other(What::Slac(frame)) });
    }
    assert!(neighbour.len() > 10);
    shots.0.extend(neighbour);
    shots.0.sort_by_key(|shot| shot.ms);
    for profile in [Profile::Strict, Profile::Field] {
        assert_eq!(broken(&shots.verdicts(profile)), []);
    }
}
