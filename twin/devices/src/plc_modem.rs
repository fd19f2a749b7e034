//! A PLC modem: it takes a key, says what it runs and whether another modem has joined. Frames of its host that are not for
//! itself go onto the line, and what comes from there goes to its host; see [`PlcCable`](crate::plc_cable::PlcCable).

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use slac::modem::VendorMessage;
use slac::modem::qca::{QcaMessage, SwVerCnf};
use slac::{Frame, LOCAL_MODEM, MacAddress, Message, Nmk, SetKeyCnf};
use units::Instant;

use crate::MessageDevice;
use crate::shared::Shared;

/// The most frames that wait in each direction: for a host that fetches none, or for a line that takes none. The oldest are lost.
const MAX_WAITING: usize = 32;

/// No Ethernet frame is shorter: both addresses and what it carries.
const HEADER: usize = 14;

/// No Ethernet frame is longer, without its check sequence.
const LONGEST_FRAME: usize = 1514;

/// The vendor's number of the chip.
const QCA7000: u8 = 0x22;

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
    nmk: Option<Nmk>,
    linked: bool,
    fault: ModemFault,
    /// For its host.
    answers: VecDeque<Vec<u8>>,
    /// Whoever waits for that.
    waiting: Option<Waker>,
    /// For the line.
    to_line: VecDeque<Vec<u8>>,
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
    pub fn new(address: impl Into<MacAddress>, version: &str) -> Self {
        let (address, version) = (address.into(), version.to_owned());
        Self(Shared::new(Modem {
            address,
            version,
            nmk: None,
            linked: false,
            fault: ModemFault::None,
            answers: VecDeque::new(),
            waiting: None,
            to_line: VecDeque::new(),
            nonce: 0,
        }))
    }

    /// The key it was given last.
    #[must_use]
    pub fn nmk(&self) -> Option<Nmk> {
        self.0.with(|modem| modem.nmk)
    }

    /// Gives it a key behind its host's back.
    pub fn set_nmk(&self, nmk: impl Into<Nmk>) {
        self.0.with(|modem| modem.take_key(nmk.into()));
    }

    /// The key of the network that it is in, if it works and has one.
    pub(crate) fn network(&self) -> Option<Nmk> {
        self.0.with(|modem| modem.nmk.filter(|_| modem.fault == ModemFault::None))
    }

    /// Whether something waits for the line.
    #[must_use]
    pub fn has_for_line(&self) -> bool {
        self.0.with(|modem| !modem.to_line.is_empty())
    }

    /// The next frame for the line.
    pub(crate) fn next_for_line(&self) -> Option<Vec<u8>> {
        self.0.with(|modem| modem.to_line.pop_front())
    }

    /// A frame comes from the line.
    pub(crate) fn hear(&self, frame: Vec<u8>) {
        self.0.with(|modem| {
            if modem.fault == ModemFault::None {
                modem.tell(frame);
            }
        });
    }

    /// Ready as soon as something waits for its host; who asked last is woken.
    pub fn poll_waiting(&self, context: &mut Context<'_>) -> Poll<()> {
        self.0.with(|modem| {
            if !modem.answers.is_empty() {
                return Poll::Ready(());
            }
            modem.waiting = Some(context.waker().clone());
            Poll::Pending
        })
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

/// It waits for whoever fetches it.
fn wait(queue: &mut VecDeque<Vec<u8>>, frame: Vec<u8>) {
    if queue.len() == MAX_WAITING {
        queue.pop_front();
    }
    queue.push_back(frame);
}

impl Modem {
    /// A new key is a new network: whoever was in the old one is out.
    const fn take_key(&mut self, nmk: Nmk) {
        self.nmk = Some(nmk);
        self.linked = false;
    }

    /// It waits for its host.
    fn tell(&mut self, frame: Vec<u8>) {
        wait(&mut self.answers, frame);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    /// Whether a frame of its host is for itself.
    fn is_for_itself(&self, frame: &[u8]) -> bool {
        frame.get(..6).is_some_and(|destination| destination == LOCAL_MODEM.0 || destination == self.address.0)
    }

    fn answer(&mut self, message: &Message) -> Option<Message> {
        Some(match message {
            Message::SetKeyReq(key) => {
                self.take_key(key.nmk);
                self.nonce = self.nonce.wrapping_add(1);
                // Modems in chargers say 1 here and mean success.
                Message::SetKeyCnf(SetKeyCnf::new(1, self.nonce, key.nonce))
            }
            Message::Vendor(VendorMessage::Qca(request)) => VendorMessage::Qca(self.answer_vendor(request)?).into(),
            // Nothing else is a question that a modem of this vendor answers.
            _ => return None,
        })
    }
}

impl Modem {
    /// It is a Qualcomm.
    fn answer_vendor(&self, request: &QcaMessage) -> Option<QcaMessage> {
        Some(match request {
            QcaMessage::SwVerReq => QcaMessage::SwVerCnf(SwVerCnf::new(0, QCA7000, &self.version)),
            QcaMessage::LinkStatusReq => QcaMessage::LinkStatusCnf { status: 0, link: u8::from(self.linked) },
            QcaMessage::RsDevReq
            | QcaMessage::OpAttributesReq(_)
            | QcaMessage::SwVerCnf(_)
            | QcaMessage::RsDevCnf { .. }
            | QcaMessage::OpAttributesCnf(_)
            | QcaMessage::LinkStatusCnf { .. } => return None,
        })
    }
}

impl MessageDevice for PlcModem {
    fn receive(&mut self, _now: Instant, message: &[u8]) {
        self.0.with(|modem| {
            if modem.fault == ModemFault::Mute {
                return;
            }
            if !modem.is_for_itself(message) {
                if (HEADER..=LONGEST_FRAME).contains(&message.len()) {
                    wait(&mut modem.to_line, message.to_vec());
                }
                return;
            }
            let Ok(frame) = Frame::decode(message) else { return };
            let Some(message) = modem.answer(&frame.message) else { return };
            let answer = Frame::new(frame.source, modem.address, message);
            modem.tell(answer.encode());
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
    use slac::modem::QCA;
    use slac::{Nid, SetKeyReq};

    const HOST: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x0a]);
    const KEY: Nmk = Nmk([7; 16]);

    fn ask(modem: &mut PlcModem, destination: MacAddress, message: impl Into<Message>) -> Option<Message> {
        modem.receive(Instant::ZERO, &Frame::new(destination, HOST, message).encode());
        let answer = Frame::decode(&modem.transmit(Instant::ZERO)?).expect("a frame");
        assert_eq!(answer.destination, HOST);
        Some(answer.message)
    }

    fn link(modem: &mut PlcModem) -> Option<bool> {
        match ask(modem, LOCAL_MODEM, QCA.link_status)? {
            Message::Vendor(answer) => answer.link(),
            other => panic!("got {other:?}"),
        }
    }

    #[test]
    fn it_answers_at_its_own_address_and_at_the_local_one() {
        let own = MacAddress([0x02, 0, 0, 0, 0, 0x0b]);
        let mut modem = PlcModem::new(own, "MAC-TEST");
        let version = QcaMessage::SwVerCnf(SwVerCnf::new(0, QCA7000, "MAC-TEST"));
        let version = Some(Message::Vendor(VendorMessage::Qca(version)));
        assert_eq!(ask(&mut modem, LOCAL_MODEM, QCA.version), version);
        assert_eq!(ask(&mut modem, own, QCA.version), version);
        assert!(!modem.has_for_line());
        assert_eq!(ask(&mut modem, MacAddress([0x02, 0, 0, 0, 0, 0x0c]), QCA.version), None);
        assert!(modem.has_for_line(), "it is another's");
    }

    #[test]
    fn a_new_key_ends_the_old_link() {
        let mut modem = PlcModem::default();
        modem.set_linked(true);
        assert_eq!(link(&mut modem), Some(true));
        let key = SetKeyReq::new(0xaaaa_aaaa, Nid::of(&KEY, Nid::SIMPLE_CONNECT), KEY);
        let confirm = SetKeyCnf::new(1, 1, 0xaaaa_aaaa);
        assert_eq!(ask(&mut modem, LOCAL_MODEM, Message::SetKeyReq(key)), Some(Message::SetKeyCnf(confirm)));
        assert_eq!(modem.nmk(), Some(KEY));
        assert_eq!(link(&mut modem), Some(false));
    }

    #[test]
    fn a_mute_modem_and_one_that_is_flooded_stay_within_bounds() {
        let mut modem = PlcModem::default();
        modem.set_fault(ModemFault::Mute);
        assert_eq!(ask(&mut modem, LOCAL_MODEM, QCA.version), None);
        modem.set_fault(ModemFault::None);
        let ask = Frame::new(LOCAL_MODEM, HOST, QCA.version).encode();
        (0..1000).for_each(|_| modem.receive(Instant::ZERO, &ask));
        let answers = std::iter::from_fn(|| modem.transmit(Instant::ZERO)).count();
        assert_eq!((answers, modem.next_change()), (MAX_WAITING, None));
    }
}
