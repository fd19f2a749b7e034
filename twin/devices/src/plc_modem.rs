//! The charger's PLC modem, as far as it speaks for itself: it takes a key, says what it runs and whether another modem has
//! joined. Frames that are not for it would go to the car; this model lets them pass unanswered.

use std::collections::VecDeque;

use units::Instant;
use wire::homeplug::{Frame, LOCAL_MODEM, MacAddress, Message, ModemVersion, SetKeyConfirm};

use crate::MessageDevice;
use crate::shared::Shared;

/// The most answers that wait to be fetched; a host that fetches none loses the oldest.
const MAX_WAITING: usize = 32;

/// What is broken in the modem.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ModemFault {
    /// Nothing.
    #[default]
    None,
    /// It hangs: it answers nothing.
    Mute,
}

/// A Green PHY modem behind an Ethernet interface. Clones are handles on the same modem.
#[derive(Clone, Debug)]
pub struct PlcModem(Shared<Modem>);

#[derive(Debug)]
struct Modem {
    address: MacAddress,
    version: String,
    nmk: Option<[u8; 16]>,
    linked: bool,
    fault: ModemFault,
    answers: VecDeque<Vec<u8>>,
    /// What it draws nonces from: a count is enough for a model.
    nonce: u32,
}

impl Default for PlcModem {
    fn default() -> Self {
        Self::new(LOCAL_MODEM, "MAC-QCA7005-1.1.0.730-04")
    }
}

impl PlcModem {
    /// A modem of this address that runs this software. It always answers at [`LOCAL_MODEM`] as well.
    #[must_use]
    pub fn new(address: MacAddress, version: &str) -> Self {
        let version = version.to_owned();
        let (nmk, linked, fault, answers, nonce) = (None, false, ModemFault::None, VecDeque::new(), 0);
        Self(Shared::new(Modem { address, version, nmk, linked, fault, answers, nonce }))
    }

    /// The key it was given last.
    #[must_use]
    pub fn nmk(&self) -> Option<[u8; 16]> {
        self.0.with(|modem| modem.nmk)
    }

    /// Another modem has joined, or left.
    pub fn set_linked(&self, linked: bool) {
        self.0.with(|modem| modem.linked = linked);
    }

    /// Breaks the modem; [`ModemFault::None`] mends it.
    pub fn set_fault(&self, fault: ModemFault) {
        self.0.with(|modem| modem.fault = fault);
    }
}

impl Modem {
    fn answer(&mut self, message: &Message) -> Option<Message> {
        Some(match message {
            Message::SetKey(key) => {
                self.nmk = Some(key.nmk);
                // A new key is a new network: whoever was in the old one is out.
                self.linked = false;
                self.nonce = self.nonce.wrapping_add(1);
                // Modems in chargers say 1 here and mean success.
                Message::SetKeyConfirm(SetKeyConfirm { result: 1, nonce: self.nonce, your_nonce: key.nonce })
            }
            Message::Version => {
                Message::VersionConfirm(ModemVersion { status: 0, device: 0x22, version: self.version.clone() })
            }
            Message::LinkStatus => Message::LinkStatusConfirm { linked: self.linked },
            Message::SetKeyConfirm(_)
            | Message::VersionConfirm(_)
            | Message::LinkStatusConfirm { .. }
            | Message::Other(_) => return None,
        })
    }
}

impl MessageDevice for PlcModem {
    fn receive(&mut self, _now: Instant, message: &[u8]) {
        // What is no frame of management is the car's.
        let Ok(frame) = Frame::decode(message) else { return };
        self.0.with(|modem| {
            if modem.fault == ModemFault::Mute || ![LOCAL_MODEM, modem.address].contains(&frame.destination) {
                return;
            }
            let Some(message) = modem.answer(&frame.message) else { return };
            if modem.answers.len() == MAX_WAITING {
                modem.answers.pop_front();
            }
            let answer = Frame { destination: frame.source, source: modem.address, message };
            modem.answers.push_back(answer.encode());
        });
    }

    fn transmit(&mut self, _now: Instant) -> Option<Vec<u8>> {
        self.0.with(|modem| modem.answers.pop_front())
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.with(|modem| (!modem.answers.is_empty()).then_some(Instant::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::homeplug::SetKey;

    const HOST: MacAddress = [0x02, 0, 0, 0, 0, 0x0a];

    fn ask(modem: &mut PlcModem, destination: MacAddress, message: Message) -> Option<Message> {
        modem.receive(Instant::ZERO, &Frame { destination, source: HOST, message }.encode());
        let answer = Frame::decode(&modem.transmit(Instant::ZERO)?).expect("a frame");
        assert_eq!(answer.destination, HOST);
        Some(answer.message)
    }

    #[test]
    fn it_answers_at_its_own_address_and_at_the_local_one() {
        let own = [0x02, 0, 0, 0, 0, 0x0b];
        let mut modem = PlcModem::new(own, "MAC-TEST");
        let version =
            Some(Message::VersionConfirm(ModemVersion { status: 0, device: 0x22, version: "MAC-TEST".into() }));
        assert_eq!(ask(&mut modem, LOCAL_MODEM, Message::Version), version);
        assert_eq!(ask(&mut modem, own, Message::Version), version);
        assert_eq!(ask(&mut modem, [0x02, 0, 0, 0, 0, 0x0c], Message::Version), None);
    }

    #[test]
    fn a_new_key_ends_the_old_link() {
        let mut modem = PlcModem::default();
        modem.set_linked(true);
        assert_eq!(
            ask(&mut modem, LOCAL_MODEM, Message::LinkStatus),
            Some(Message::LinkStatusConfirm { linked: true })
        );
        let key = SetKey { nonce: 0xaaaa_aaaa, nid: [1; 7], nmk: [7; 16] };
        let confirm = SetKeyConfirm { result: 1, nonce: 1, your_nonce: 0xaaaa_aaaa };
        assert_eq!(ask(&mut modem, LOCAL_MODEM, Message::SetKey(key)), Some(Message::SetKeyConfirm(confirm)));
        assert_eq!(modem.nmk(), Some([7; 16]));
        assert_eq!(
            ask(&mut modem, LOCAL_MODEM, Message::LinkStatus),
            Some(Message::LinkStatusConfirm { linked: false })
        );
    }

    #[test]
    fn a_mute_modem_and_one_that_is_flooded_stay_within_bounds() {
        let mut modem = PlcModem::default();
        modem.set_fault(ModemFault::Mute);
        assert_eq!(ask(&mut modem, LOCAL_MODEM, Message::Version), None);
        modem.set_fault(ModemFault::None);
        let ask = Frame { destination: LOCAL_MODEM, source: HOST, message: Message::Version }.encode();
        (0..1000).for_each(|_| modem.receive(Instant::ZERO, &ask));
        let answers = std::iter::from_fn(|| modem.transmit(Instant::ZERO)).count();
        assert_eq!((answers, modem.next_change()), (MAX_WAITING, None));
    }
}
