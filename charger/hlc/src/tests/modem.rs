//! Modems: of each family, and such that die.

use std::time::Duration;

use iso15118::Protocol;
use slac::Text;
use slac::modem::lumissil::{LumissilHeader, LumissilMessage};
use slac::modem::vertexcom::{StatusCnf, VersionCnf, VertexcomMessage};
use slac::modem::{LUMISSIL, QCA, VERTEXCOM, VendorMessage};
use vehicle_model::EnergyKind;

use super::bench::{Bench, HOST, config};
use super::sessions::{ENERGY, charging};
use crate::{Communication, Input, Note};

/// What modems of the other families say.
pub(super) fn answer(message: &VendorMessage, linked: bool) -> Option<VendorMessage> {
    Some(match message {
        VendorMessage::Vertexcom(VertexcomMessage::GetVersionReq) => {
            VendorMessage::Vertexcom(VertexcomMessage::GetVersionCnf(VersionCnf {
                result: 0,
                device: 1,
                image: 0,
                application: Text([b'v'; 16]),
                stack: Text([b's'; 64]),
                name: Text([0; 16]),
                boot: Text([0; 64]),
            }))
        }
        VendorMessage::Vertexcom(VertexcomMessage::GetStatusReq) => {
            VendorMessage::Vertexcom(VertexcomMessage::GetStatusCnf(StatusCnf {
                result: 0,
                status: 2,
                coordinator: 1,
                preferred_coordinator: 1,
                backup_coordinator: 0,
                proxy_coordinator: 0,
                simple_connect: 0,
                link: u8::from(linked),
                ready: 1,
                frequency_error: 0,
                frequency_offset: 0,
                uptime: 0,
                authenticated: 0,
                authentications: 0,
            }))
        }
        VendorMessage::Lumissil(message) => VendorMessage::Lumissil(lumissil(message, linked)?),
        VendorMessage::Vertexcom(_) | VendorMessage::Qca(_) => return None,
    })
}

const fn lumissil(message: &LumissilMessage, linked: bool) -> Option<LumissilMessage> {
    let header = LumissilHeader::ASKING;
    match message {
        LumissilMessage::GetVersionReq(_) => Some(LumissilMessage::GetVersionCnf { header, version: [1, 2, 3, 4] }),
        LumissilMessage::GetDLinkStatusReq(_) => {
            Some(LumissilMessage::GetDLinkStatusCnf { header, link: if linked { 1 } else { 0 } })
        }
        LumissilMessage::GetVersionCnf { .. }
        | LumissilMessage::ResetDeviceReq { .. }
        | LumissilMessage::GetDLinkStatusCnf { .. }
        | LumissilMessage::DLinkReadyInd { .. }
        | LumissilMessage::HostMessageStatusInd { .. } => None,
    }
}

#[test]
fn a_modem_of_a_family_that_nobody_named_is_found_and_charges() {
    for family in [&QCA, &LUMISSIL, &VERTEXCOM] {
        let hlc = Communication::new(config(), Box::new(|| 7));
        let mut bench = Bench::of_family(family, EnergyKind::Ac, Protocol::Iso2, hlc);
        bench.seconds(2).plug().until(ENERGY);
        let known = bench.notes.iter().find_map(|note| match note {
            Note::Modem { family, linked, address, .. } => Some((*family, *linked, address.clone())),
            _ => None,
        });
        assert_eq!(known, Some((family.name, Some(false), "02:00:00:00:01:0a".to_owned())));
    }
}

#[test]
fn a_modem_that_dies_is_lost_and_one_that_comes_back_gets_a_key() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.seconds(2);
    assert_eq!(bench.told(), ["plc/modem", "modem found", "plc/keyed"].map(str::to_owned));
    bench.alive = false;
    bench.seconds(25);
    assert_eq!(bench.told(), ["plc/lost", "modem lost"].map(str::to_owned));
    (bench.alive, bench.key) = (true, None);
    bench.seconds(12);
    assert_eq!(bench.told(), ["plc/modem", "modem found", "plc/keyed"].map(str::to_owned));
    assert!(bench.key.is_some());
    bench.seconds(60);
    assert_eq!((bench.told(), bench.keys), (vec![], 2));
}

#[test]
fn a_modem_that_dies_in_the_middle_ends_the_dialog() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.alive = false;
    bench.story.clear();
    bench.seconds(5);
    let told = bench.told();
    assert!(told.contains(&"modem lost".to_owned()) && told.contains(&"Lost".to_owned()), "{told:#?}");
}

#[test]
fn a_car_that_comes_before_the_modem_is_matched_when_it_is_there() {
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, config());
    bench.alive = false;
    bench.seconds(2).plug().seconds(3);
    bench.alive = true;
    bench.seconds(3);
    assert!(bench.has("plc/keyed"), "{:#?}", bench.story);
    // It asks again, from the beginning.
    bench.plug_again().until(ENERGY);
}

#[test]
fn a_link_to_the_modem_that_goes_is_a_lost_modem_and_nothing_is_sent() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.story.clear();
    bench.tell(Input::ModemLinkLost("unplugged".to_owned()));
    bench.tell(Input::ModemLinkLost("unplugged".to_owned()));
    bench.seconds(5);
    assert_eq!((bench.has("Lost"), bench.count("modem lost")), (true, 1), "{:#?}", bench.story);
    bench.story.clear();
    bench.tell(Input::ModemLink(HOST));
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.told(), ["plc/modem", "modem found", "plc/keyed"].map(str::to_owned));
}

#[test]
fn without_a_network_a_modem_is_watched_and_nothing_else() {
    let mut watching = config();
    watching.speaks = false;
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, watching);
    bench.seconds(2).plug().seconds(30);
    assert_eq!((bench.told(), bench.keys), (["plc/modem", "modem found"].map(str::to_owned).to_vec(), 0));
}
