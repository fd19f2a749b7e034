//! The power line between the modems of a charger and of a car: pilot and earth of the charging cable (ISO 15118-3).

use slac::{Frame, Nmk};

use crate::plc_modem::PlcModem;

/// A power line with a modem at each end.
#[derive(Clone, Debug)]
pub struct PlcCable {
    evse: PlcModem,
    car: PlcModem,
}

impl PlcCable {
    /// A line between them.
    #[must_use]
    pub const fn new(evse: PlcModem, car: PlcModem) -> Self {
        Self { evse, car }
    }

    /// The modem in the car.
    #[must_use]
    pub const fn car(&self) -> &PlcModem {
        &self.car
    }

    /// Gives both modems this key behind the backs of their hosts: they are one network as soon as the line joins them.
    pub fn give_key(&self, nmk: impl Into<Nmk>) {
        let nmk = nmk.into();
        self.evse.set_nmk(nmk);
        self.car.set_nmk(nmk);
    }

    /// Lets everything pass that waits, and tells the modems whether they are linked. On a line that does not join them everything
    /// is lost.
    pub fn carry(&self, joined: bool) {
        let network = self.evse.network();
        let linked = joined && network.is_some() && network == self.car.network();
        for (from, to) in [(&self.evse, &self.car), (&self.car, &self.evse)] {
            from.set_linked(linked);
            while let Some(frame) = from.next_for_line() {
                if linked || (joined && is_of_matching(&frame)) {
                    to.hear(frame);
                }
            }
        }
    }
}

/// Whether modems that have no key in common understand it.
fn is_of_matching(frame: &[u8]) -> bool {
    Frame::decode(frame).is_ok_and(|frame| frame.message.is_of_matching())
}

#[cfg(test)]
mod tests {
    use slac::modem::QCA;
    use slac::{
        AttenProfileInd, AttenuationProfile, BROADCAST, LOCAL_MODEM, MacAddress, Message, RunId, SlacMatchReq,
        SlacParmReq,
    };
    use units::Instant;

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
    }

    fn ends() -> Ends {
        let (evse, car) = (PlcModem::default(), PlcModem::default());
        Ends { cable: PlcCable::new(evse.clone(), car.clone()), evse, car }
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
    fn data(to: MacAddress, from: MacAddress) -> Vec<u8> {
        [&to.0[..], &from.0, &[0x86, 0xdd], &[7; 46]].concat()
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
    fn modems_with_one_key_are_linked_as_long_as_the_line_joins_them() {
        let Ends { mut evse, mut car, cable } = ends();
        let mut both = |joined| {
            cable.carry(joined);
            (is_linked(&mut evse), is_linked(&mut car))
        };
        assert_eq!(both(true), (false, false), "neither has a key");
        cable.give_key([7; 16]);
        assert_eq!(both(true), (true, true));
        assert_eq!(both(false), (false, false));
        assert_eq!(both(true), (true, true));
        cable.car().set_nmk([8; 16]);
        assert_eq!(both(true), (false, false), "another key is another network");
        cable.give_key([7; 16]);
        cable.car().set_fault(ModemFault::Mute);
        cable.carry(true);
        cable.car().set_fault(ModemFault::None);
        assert!(!is_linked(&mut evse.clone()), "the other one hangs");
    }

    #[test]
    fn before_they_are_linked_they_understand_the_messages_of_matching_and_no_other() {
        let Ends { mut evse, mut car, cable } = ends();
        let first = from_car(BROADCAST, Message::SlacParmReq(SlacParmReq::new(RUN)));
        let last = from_car(CHARGER, Message::SlacMatchReq(SlacMatchReq::new(CAR, CHARGER, RUN)));
        let profile = AttenProfileInd { car: CAR, reserved: 0, profile: AttenuationProfile::default() };
        let local = from_car(BROADCAST, Message::AttenProfileInd(profile));
        for frame in [&first, &local, &data(BROADCAST, CAR), &first[..20].to_vec(), &last] {
            said(&mut car, frame);
        }
        cable.carry(true);
        assert_eq!(heard(&mut evse), [first, last]);
        assert!(heard(&mut car).is_empty(), "nobody hears himself");
        cable.give_key([7; 16]);
        said(&mut evse, &data(CAR, CHARGER));
        cable.carry(true);
        assert_eq!(heard(&mut car), [data(CAR, CHARGER)]);
    }

    #[test]
    fn what_is_sent_into_an_open_line_is_lost() {
        let Ends { mut evse, mut car, cable } = ends();
        cable.give_key([7; 16]);
        said(&mut evse, &data(CAR, CHARGER));
        cable.carry(false);
        cable.carry(true);
        assert!(heard(&mut car).is_empty());
    }

    #[test]
    fn a_flood_and_frames_of_no_length_stay_within_bounds() {
        let Ends { mut evse, mut car, cable } = ends();
        cable.give_key([7; 16]);
        (0..1000).for_each(|_| said(&mut evse, &data(CAR, CHARGER)));
        for length in [0, 5, 13, 1515, 70_000] {
            said(&mut evse, &vec![0xee; length]);
        }
        cable.carry(true);
        (0..1000).for_each(|_| said(&mut evse, &data(CAR, CHARGER)));
        cable.carry(true);
        let heard = heard(&mut car);
        assert_eq!((heard.len(), heard.iter().all(|frame| *frame == data(CAR, CHARGER))), (32, true));
    }
}
