//! The power line between the modems of a charger and of a car: pilot and earth of the charging cable (ISO 15118-3).

use wire::homeplug::{Frame, Message};

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
    pub fn give_key(&self, nmk: [u8; 16]) {
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

/// Whether modems that have no key in common understand it: the messages by which they find each other, from CM_SLAC_PARM to
/// CM_SLAC_MATCH (ISO 15118-3, annex A).
fn is_of_matching(frame: &[u8]) -> bool {
    const CM_SLAC_PARM: u16 = 0x6064;
    const CM_SLAC_MATCH_CONFIRM: u16 = 0x607d;
    match Frame::decode(frame).map(|frame| frame.message) {
        Ok(Message::Other(kind)) => (CM_SLAC_PARM..=CM_SLAC_MATCH_CONFIRM).contains(&kind),
        Ok(_) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use units::Instant;
    use wire::homeplug::{LOCAL_MODEM, MacAddress};

    use super::*;
    use crate::MessageDevice as _;
    use crate::plc_modem::ModemFault;

    const CHARGER: MacAddress = [0x02, 0, 0, 0, 0, 0x01];
    const CAR: MacAddress = [0x02, 0, 0, 0, 1, 0x01];
    const EVERYBODY: MacAddress = [0xff; 6];

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

    fn slac(kind: u16) -> Vec<u8> {
        Frame { destination: EVERYBODY, source: CAR, message: Message::Other(kind) }.encode()
    }

    /// A frame of no management: IPv6.
    fn data(to: MacAddress, from: MacAddress) -> Vec<u8> {
        [&to[..], &from, &[0x86, 0xdd], &[7; 46]].concat()
    }

    fn is_linked(modem: &mut PlcModem) -> bool {
        said(modem, &Frame { destination: LOCAL_MODEM, source: CHARGER, message: Message::LinkStatus }.encode());
        let answer = heard(modem).pop().expect("it answers");
        Frame::decode(&answer).expect("a frame").message == Message::LinkStatusConfirm { linked: true }
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
        for kind in [0x6064, 0x607d, 0x607e, 0x6063] {
            said(&mut car, &slac(kind));
        }
        said(&mut car, &data(EVERYBODY, CAR));
        cable.carry(true);
        assert_eq!(heard(&mut evse), [slac(0x6064), slac(0x607d)]);
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
