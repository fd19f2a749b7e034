//! Whatever happens in whatever order: no energy after the dialog was left, and every dialog can be left.

use std::time::Duration;

use hardware::V2gNetworkEvent;
use iso15118::{Protocol, sdp};
use session::{Authorization, HlcOutput, Isolation, PowerPath, Readiness, StopWhy, WantedPower};
use vehicle_model::EnergyKind;

use super::bench::{Bench, config, offer};
use crate::{Input, Profile};

/// `splitmix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

fn something(bench: &mut Bench, random: &mut Random, kind: EnergyKind) {
    match random.below(26) {
        0 if bench.dialog.is_none() => drop(bench.plug()),
        1 => drop(bench.unplug()),
        2 => bench.joined = !bench.joined,
        3 => bench.alive = !bench.alive,
        4 => bench.network = !bench.network,
        5 => bench.connect(),
        6 => bench.opens(),
        7 => bench.tell(Input::Network(V2gNetworkEvent::Closed)),
        8 => {
            let octets = (0..random.below(40)).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect();
            bench.tell(Input::Network(V2gNetworkEvent::Received(octets)));
        }
        9 => {
            let octets = (0..random.below(80)).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect();
            bench.frame(octets);
        }
        10 => bench.asks_for(sdp::Security::None),
        11 => bench.session(offer(kind, i32::try_from(random.below(33)).unwrap_or(0))),
        12 => bench.session(HlcOutput::Authorization(if random.below(4) == 0 {
            Authorization::Refused
        } else {
            Authorization::Accepted
        })),
        13 => bench.session(HlcOutput::Power(PowerPath::Closed)),
        14 => bench.session(HlcOutput::Power(PowerPath::Checked)),
        15 => bench.session(HlcOutput::Ready(Readiness::Ready)),
        16 => bench.session(HlcOutput::Isolation(Isolation::Fault)),
        17 => bench.session(HlcOutput::Stop(StopWhy::Fault)),
        18 => bench.tell(Input::EmergencyShutdown),
        19 => drop(bench.stop()),
        20 => bench.evcc(vehicle_model::hlc::Input::Pause),
        21 => bench.tell(Input::ModemLinkLost("gone".to_owned())),
        22 => bench.tell(Input::ModemLink(super::bench::HOST)),
        23 => bench.tell(Input::NetworkLost("gone".to_owned())),
        _ => drop(bench.pass(Duration::from_millis(10 * random.below(200)))),
    }
}

#[test]
fn twenty_thousand_things_in_any_order() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let kind = if seed % 2 == 0 { EnergyKind::Ac } else { EnergyKind::Dc };
        let mut config = config();
        config.profile = if seed % 3 == 0 { Profile::Strict } else { Profile::Field };
        let protocol = if seed % 4 == 1 { Protocol::Din } else { Protocol::Iso2 };
        let mut bench = Bench::new(kind, protocol, config);
        for _ in 0..1_000 {
            something(&mut bench, &mut random, kind);
            bench.story.clear();
            bench.notes.clear();
        }
        // It heals, and serves the next car as if nothing had been.
        bench.unplug();
        bench.wants = WantedPower::Nothing;
        (bench.joined, bench.alive, bench.network) = (true, true, true);
        bench.tell(Input::ModemLink(super::bench::HOST));
        bench.seconds(15).plug().until("WantsPower(Energy)");
    }
}
