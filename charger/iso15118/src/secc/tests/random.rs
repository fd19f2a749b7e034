//! Anything in any order: no panic, no energy without authorization and PowerDelivery(Start), and each session ends.

use std::time::Duration;

use units::{Instant, Milliamps, Millivolts, Watts};

use super::car::{ID, NONE, SESSION, namespace, offer_of, requests, v2g};
use super::{ac_station, dc_station};
use crate::Protocol;
use crate::secc::{
    Authorization, Connection, Event, Input, Isolation, Offer, Output, Pilot, PowerPath, Profile, Secc, StopWhy,
    WantedPower,
};

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below as u64)).unwrap_or(0)
    }
}

/// What a peer may send: the offer, and the requests of a good session in order.
struct Script {
    offer: Vec<u8>,
    requests: Vec<(Vec<u8>, bool)>,
}

fn script(protocol: Protocol, dc: bool) -> Script {
    let session = |name: &str| if name == "SessionSetupReq" { NONE } else { SESSION };
    let mut all: Vec<(Vec<u8>, bool)> = requests(protocol, dc)
        .iter()
        .map(|(name, body)| {
            let starts = *name == "PowerDeliveryReq" && (body.contains("Start") || body.contains("State\":true"));
            (v2g(protocol, session(name), name, body), starts)
        })
        .collect();
    if protocol == Protocol::Iso2 {
        let power = requests(protocol, dc).into_iter().find(|(name, _)| *name == "PowerDeliveryReq").expect("one").1;
        all.push((v2g(protocol, SESSION, "PowerDeliveryReq", &power.replace("Start", "Renegotiate")), false));
    }
    Script { offer: offer_of(&[(namespace(protocol), 1, 1)]), requests: all }
}

fn offer(dc: bool) -> Offer {
    if dc {
        Offer::Dc { voltage: Millivolts(500_000), current: Milliamps(100_000), power: Watts(50_000) }
    } else {
        Offer::Ac { current: Milliamps(16_000) }
    }
}

fn host(random: &mut Random, secc: &mut Secc, now: Instant) -> bool {
    let input = match random.next(16) {
        0..=2 => Input::Authorization(Authorization::Accepted),
        3..=4 => Input::Power(PowerPath::Checked),
        5..=6 => Input::Power(PowerPath::Closed),
        7 => Input::Offer(Offer::Ac { current: Milliamps(16_000) }),
        8..=9 => Input::Offer(Offer::Dc {
            voltage: Millivolts(500_000),
            current: Milliamps(i32::try_from(random.next(3)).unwrap_or(0) * 100_000),
            power: Watts(50_000),
        }),
        10 => Input::Measured { voltage: Millivolts(i32::MAX), current: Milliamps(i32::MIN) },
        11 => Input::Meter { reading_wh: random.0 },
        12 => Input::Power(PowerPath::Open),
        13 => match random.next(12) {
            0 => Input::Isolation(Isolation::Fault),
            1 => Input::Authorization(Authorization::Refused),
            2 => Input::Pilot(Pilot::B),
            3 => Input::Stop(StopWhy::Ended),
            4 => Input::Stop(StopWhy::Emergency),
            _ => Input::Isolation(Isolation::Valid),
        },
        14 => Input::Pilot(Pilot::C),
        _ => Input::Time,
    };
    secc.handle_input(now, input);
    matches!(input, Input::Authorization(Authorization::Accepted))
}

#[test]
fn anything_in_any_order_comes_to_an_end() {
    let scripts = [
        (false, script(Protocol::Iso2, false)),
        (true, script(Protocol::Iso2, true)),
        (true, script(Protocol::Din, true)),
    ];
    let mut energies = 0;
    for seed in 1..=20_000_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (dc, script) = &scripts[random.next(3)];
        let mut config = if *dc { dc_station() } else { ac_station() };
        config.profile = if random.next(2) == 0 { Profile::Strict } else { Profile::Field };
        let mut secc = Secc::new(config);
        let mut now = Instant::from_millis(5);
        let (mut authorized, mut started, mut closed, mut at) = (false, false, false, 0);
        // A peer that goes on for ever as it should is the only one that has no end of its own.
        for step in 0..60 + random.next(60) {
            if step == 0 {
                secc.handle_input(now, Input::Connected(Connection { session_id: ID, paused: None }));
                secc.handle_input(now, Input::Received(&script.offer));
                // Most hosts are willing.
                if random.next(4) > 0 {
                    authorized = true;
                    secc.handle_input(now, Input::Authorization(Authorization::Accepted));
                    secc.handle_input(now, Input::Offer(offer(*dc)));
                }
            }
            match random.next(20) {
                0..=8 => authorized |= host(&mut random, &mut secc, now),
                9 => now = now + Duration::from_millis(random.next(15_000) as u64),
                what => {
                    // Mostly the same request or the next one, sometimes any, sometimes a broken one.
                    at = match random.next(40) {
                        0 => random.next(script.requests.len()),
                        1..=14 => at,
                        _ => (at + 1).min(script.requests.len() - 1),
                    };
                    let (octets, starts) = &script.requests[if step == 1 { 0 } else { at }];
                    started |= *starts;
                    let mut octets = octets.clone();
                    if what == 19 && random.next(12) == 0 {
                        let place = random.next(octets.len());
                        octets[place] ^= 1 << random.next(8);
                    }
                    let cut = random.next(octets.len());
                    secc.handle_input(now, Input::Received(&octets[..cut]));
                    now = now + Duration::from_millis(random.next(300) as u64);
                    secc.handle_input(now, Input::Received(&octets[cut..]));
                }
            }
            let mut checks = false;
            loop {
                match secc.poll_output() {
                    Output::Wait(_) => break,
                    Output::Close { .. } => closed = true,
                    Output::Event(Event::WantsPower(WantedPower::Energy)) => {
                        assert!(authorized && started && !closed, "seed {seed}");
                        energies += 1;
                    }
                    Output::Event(Event::WantsPower(WantedPower::CableCheck)) => checks = true,
                    Output::Send(_) | Output::Event(_) => {}
                }
            }
            if checks && random.next(4) > 0 {
                secc.handle_input(now, Input::Power(PowerPath::Checked));
            }
        }
        // Then it is silent.
        for _ in 0..4 {
            now = now + Duration::from_secs(61);
            secc.handle_input(now, Input::Time);
            while let output @ (Output::Send(_) | Output::Event(_) | Output::Close { .. }) = secc.poll_output() {
                closed |= matches!(output, Output::Close { .. });
            }
        }
        assert!(closed, "seed {seed}: {secc:?}");
        assert_eq!(secc.poll_output(), Output::Wait(None), "seed {seed}");
    }
    assert!(energies > 200, "{energies}");
}
