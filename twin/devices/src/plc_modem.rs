//! A PLC modem: it takes a key, says what it runs and whether another modem has joined. Frames of its host that are not for
//! itself go onto the line, and what comes from there goes to its host; see [`PlcCable`](crate::plc_cable::PlcCable).

use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slac::modem::VendorMessage;
use slac::modem::qca::{QcaMessage, SwVerCnf};
use slac::{AttenProfileInd, AttenuationProfile, ETHER_TYPE, Frame, LOCAL_MODEM, MacAddress, Message, Nmk, SetKeyCnf};
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
    /// It does not tell its host how weak sounds arrive: CM_ATTEN_PROFILE.IND is missing, as with chips that were not made for
    /// chargers.
    NoProfiles,
    /// It takes no key: CM_SET_KEY.CNF does not come.
    NoKey,
}

/// What a frame carries, by its EtherType: which part of a host it is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Traffic {
    /// Management of HomePlug: matching, and what a host and its modem say to each other.
    Management,
    /// Anything else: IPv6.
    Data,
}

impl Traffic {
    /// What that Ethernet frame carries.
    #[must_use]
    pub fn of(frame: &[u8]) -> Self {
        if frame.get(12..14) == Some(&ETHER_TYPE.to_be_bytes()[..]) { Self::Management } else { Self::Data }
    }
}

/// Which way a frame goes between a modem and its host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// From the modem.
    ToHost,
    /// From the host.
    FromHost,
}

/// Hears every frame between a modem and its host.
pub type Tap = Box<dyn FnMut(Instant, Way, &[u8]) + Send>;

/// A Green PHY modem behind an Ethernet interface. Clones are handles on the same modem.
#[derive(Clone, Debug)]
pub struct PlcModem(Shared<Modem>);

struct Modem {
    address: MacAddress,
    version: String,
    nmk: Option<Nmk>,
    /// So long it takes to change its key. Until then it hears nothing of the line.
    key_time: Duration,
    /// It changes its key until then, and says so with this frame.
    keying: Option<(Instant, Vec<u8>)>,
    linked: bool,
    fault: ModemFault,
    /// For its host: management, and anything else.
    waiting: [Queue; 2],
    tap: Option<Tap>,
    /// For the line.
    to_line: VecDeque<Vec<u8>>,
    /// Whoever spoke to it last as its host.
    host: Option<MacAddress>,
    /// What it draws nonces from: a count is enough for a model.
    nonce: u32,
}

impl fmt::Debug for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem").field("address", &self.address).field("linked", &self.linked).finish_non_exhaustive()
    }
}

/// Frames for one part of a host.
#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Vec<u8>>,
    /// Whoever waits for them.
    waker: Option<Waker>,
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
            key_time: Duration::ZERO,
            keying: None,
            linked: false,
            fault: ModemFault::None,
            waiting: <[Queue; 2]>::default(),
            tap: None,
            to_line: VecDeque::new(),
            host: None,
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

    /// So long it takes to change its key; at first it does that at once.
    pub fn set_key_time(&self, key_time: Duration) {
        self.0.with(|modem| modem.key_time = key_time);
    }

    /// When the key that it is changing is in, and is confirmed; `None`: it changes none.
    #[must_use]
    pub fn keyed_at(&self) -> Option<Instant> {
        self.0.with(|modem| modem.keying.as_ref().map(|(until, _)| *until))
    }

    /// Lets somebody hear what it says to its host and hears from it.
    pub fn set_tap(&self, tap: Tap) {
        self.0.with(|modem| modem.tap = Some(tap));
    }

    /// The key of the network that it is in, if it works and has one.
    pub(crate) fn network(&self) -> Option<Nmk> {
        self.0.with(|modem| modem.nmk.filter(|_| modem.fault != ModemFault::Mute && modem.keying.is_none()))
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

    /// A frame comes from the line, so much weaker than it was sent.
    pub(crate) fn hear(&self, frame: Vec<u8>, attenuation_db: u8) {
        self.0.with(|modem| {
            if modem.fault == ModemFault::Mute || modem.keying.is_some() || modem.is_for_others(&frame) {
                return;
            }
            let profile = modem.profile_of(&frame, attenuation_db);
            modem.tell(frame);
            if let Some(profile) = profile {
                modem.tell(profile);
            }
        });
    }

    /// Ready as soon as something waits for its host; who asked last is woken. A key that is being changed is done at
    /// [`MessageDevice::next_change`], and wakes nobody.
    pub fn poll_waiting(&self, context: &mut Context<'_>) -> Poll<()> {
        let management = self.poll_waiting_for(Traffic::Management, context);
        if management.is_ready() { management } else { self.poll_waiting_for(Traffic::Data, context) }
    }

    /// The same for one kind of traffic, where a host has two parts.
    pub fn poll_waiting_for(&self, traffic: Traffic, context: &mut Context<'_>) -> Poll<()> {
        self.0.with(|modem| {
            let queue = &mut modem.waiting[traffic as usize];
            if !queue.frames.is_empty() {
                return Poll::Ready(());
            }
            queue.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }

    /// The next frame of that kind for its host.
    pub fn transmit_only(&self, now: Instant, traffic: Traffic) -> Option<Vec<u8>> {
        self.0.with(|modem| modem.transmit(now, traffic))
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
        let queue = &mut self.waiting[Traffic::of(&frame) as usize];
        wait(&mut queue.frames, frame);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }

    /// The key is in, if that was to take until now.
    fn key_is_in(&mut self, now: Instant) {
        if let Some((_, confirm)) = self.keying.take_if(|(until, _)| *until <= now) {
            self.tell(confirm);
        }
    }

    fn transmit(&mut self, now: Instant, traffic: Traffic) -> Option<Vec<u8>> {
        self.key_is_in(now);
        let frame = self.waiting[traffic as usize].frames.pop_front()?;
        if let Some(tap) = &mut self.tap {
            tap(now, Way::ToHost, &frame);
        }
        Some(frame)
    }

    /// What it tells its host of a sound: how much weaker it came, for each group of carriers.
    fn profile_of(&self, frame: &[u8], attenuation_db: u8) -> Option<Vec<u8>> {
        if self.fault == ModemFault::NoProfiles {
            return None;
        }
        let frame = Frame::decode(frame).ok()?;
        let Message::MnbcSoundInd(_) = frame.message else { return None };
        // Higher carriers are weakened more, by some dB over the band.
        let groups = (0..AttenuationProfile::GROUPS).map(|group| attenuation_db.saturating_add((group / 20) as u8));
        let profile = AttenuationProfile::new(groups.collect())?;
        let indication = AttenProfileInd { car: frame.source, reserved: 0, profile };
        Some(Frame::new(self.host?, self.address, Message::AttenProfileInd(indication)).encode())
    }

    /// Whether a frame of the line is for one other host alone: a modem passes on what is for its own, and what is for many.
    fn is_for_others(&self, frame: &[u8]) -> bool {
        let Some(destination) = frame.get(..6) else { return false };
        let is_for_many = destination[0] & 1 != 0;
        !is_for_many && self.host.is_some_and(|host| host.0 != destination)
    }

    /// Whether a frame of its host is for itself.
    fn is_for_itself(&self, frame: &[u8]) -> bool {
        frame.get(..6).is_some_and(|destination| destination == LOCAL_MODEM.0 || destination == self.address.0)
    }

    fn answer(&mut self, message: &Message) -> Option<Message> {
        Some(match message {
            Message::SetKeyReq(_) if self.fault == ModemFault::NoKey => return None,
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
    fn receive(&mut self, now: Instant, message: &[u8]) {
        self.0.with(|modem| {
            if let Some(tap) = &mut modem.tap {
                tap(now, Way::FromHost, message);
            }
            if modem.fault == ModemFault::Mute {
                return;
            }
            modem.key_is_in(now);
            if let Some(source) = message.get(6..12).and_then(|source| source.try_into().ok()) {
                modem.host = Some(MacAddress(source));
            }
            if !modem.is_for_itself(message) {
                if (HEADER..=LONGEST_FRAME).contains(&message.len()) {
                    wait(&mut modem.to_line, message.to_vec());
                }
                return;
            }
            let Ok(frame) = Frame::decode(message) else { return };
            let Some(message) = modem.answer(&frame.message) else { return };
            let takes_time = matches!(message, Message::SetKeyCnf(_)) && modem.key_time > Duration::ZERO;
            let answer = Frame::new(frame.source, modem.address, message).encode();
            if takes_time {
                modem.keying = Some((now + modem.key_time, answer));
            } else {
                modem.tell(answer);
            }
        });
    }

    fn transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.0.with(|modem| modem.transmit(now, Traffic::Management).or_else(|| modem.transmit(now, Traffic::Data)))
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.with(|modem| {
            if modem.waiting.iter().any(|queue| !queue.frames.is_empty()) {
                return Some(Instant::ZERO);
            }
            modem.keying.as_ref().map(|(until, _)| *until)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slac::modem::QCA;
    use slac::{BROADCAST, MnbcSoundInd, Nid, RunId, SetKeyReq, SoundRandom};

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

    #[test]
    fn a_key_that_takes_time_is_confirmed_when_it_is_in() {
        let mut modem = PlcModem::default();
        modem.set_key_time(Duration::from_millis(700));
        let key = SetKeyReq::new(1, Nid::of(&KEY, Nid::SIMPLE_CONNECT), KEY);
        assert_eq!(ask_at(&mut modem, 0, Message::SetKeyReq(key)), None);
        assert_eq!((modem.next_change(), modem.network()), (Some(Instant::from_millis(700)), None));
        assert!(modem.transmit(Instant::from_millis(699)).is_none());
        assert!(modem.transmit(Instant::from_millis(700)).is_some());
        assert_eq!(modem.network(), Some(KEY));
        modem.set_fault(ModemFault::NoKey);
        assert_eq!(ask(&mut modem, LOCAL_MODEM, Message::SetKeyReq(key)), None);
        assert!(ask(&mut modem, LOCAL_MODEM, QCA.version).is_some(), "it is there all the same");
    }

    fn ask_at(modem: &mut PlcModem, ms: u64, message: Message) -> Option<Vec<u8>> {
        let now = Instant::from_millis(ms);
        modem.receive(now, &Frame::new(LOCAL_MODEM, HOST, message).encode());
        modem.transmit(now)
    }

    #[test]
    fn each_sound_is_told_with_its_attenuation_by_a_modem_that_can() {
        let mut modem = PlcModem::default();
        assert!(ask(&mut modem, LOCAL_MODEM, QCA.version).is_some());
        let car = MacAddress([0x02, 0, 0, 0, 1, 0x01]);
        let sound = MnbcSoundInd::new(RunId([1; 8]), 9, SoundRandom([3; 16]));
        let sound = Frame::new(BROADCAST, car, Message::MnbcSoundInd(sound)).encode();
        modem.hear(sound.clone(), 12);
        assert_eq!(modem.transmit(Instant::ZERO), Some(sound.clone()));
        let told = Frame::decode(&modem.transmit(Instant::ZERO).expect("it tells")).expect("a frame");
        let Message::AttenProfileInd(told) = told.message else { panic!("a profile") };
        assert_eq!((told.car, told.profile.count(), told.profile.groups()[0]), (car, 58, 12));
        modem.set_fault(ModemFault::NoProfiles);
        modem.hear(sound.clone(), 12);
        assert_eq!((modem.transmit(Instant::ZERO), modem.transmit(Instant::ZERO)), (Some(sound), None));
    }

    #[test]
    fn hosts_fetch_management_and_data_apart_and_a_tap_hears_both() {
        let mut modem = PlcModem::default();
        let heard = Shared::new(Vec::new());
        let tap = heard.clone();
        modem.set_tap(Box::new(move |_, way, frame| tap.with(|heard| heard.push((way, Traffic::of(frame))))));
        let data = [&HOST.0[..], &[2, 0, 0, 0, 0, 9], &[0x86, 0xdd], &[7; 46]].concat();
        modem.hear(data.clone(), 12);
        assert!(ask(&mut modem, LOCAL_MODEM, QCA.version).is_some());
        assert_eq!(modem.transmit_only(Instant::ZERO, Traffic::Management), None);
        assert_eq!(modem.transmit_only(Instant::ZERO, Traffic::Data), Some(data));
        let expected =
            [(Way::FromHost, Traffic::Management), (Way::ToHost, Traffic::Management), (Way::ToHost, Traffic::Data)];
        assert_eq!(heard.with(|heard| heard.clone()), expected);
    }
}
