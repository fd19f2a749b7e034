//! A car at a station, their modems, and what flows between them, in virtual time.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::time::Duration;

use iec61851::{CableRating, Duty, PilotSignal};
use ipv6_stack::{Event as OfLink, Stack};
use iso15118::sdp::{Message as Sdp, Response, Security, Transport};
use iso15118::secc::{self, Authorization, PowerPath, Secc, WantedPower};
use iso15118::v2gtp;
use iso15118::wire::Side;
use slac::evse::{self, Evse};
use slac::modem::VendorMessage;
use slac::modem::qca::QcaMessage;
use slac::{
    AttenProfileInd, AttenuationProfile, Frame, LOCAL_MODEM, MacAddress, Message, Nmk, Output, RunId, SetKeyCnf,
};
use units::{Instant, Milliamps, Millivolts, PerPhase, Watts};
use vehicle_model::{Action, Cable, Car, CarNote, DcLoad, DcPins, EnergyKind, Inlet, Profile, Speech};

use crate::station_config::station_config;
use crate::witness::Witness;

const CAR: usize = 0;
const STATION: usize = 1;
const STATION_MAC: [u8; 6] = [2, 0, 0, 0, 9, 1];
const MODEM: MacAddress = MacAddress([2, 0, 0, 0, 9, 2]);
const TCP: u16 = 50_123;

/// `splitmix64`.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn chance(&mut self, percent: u64) -> bool {
        percent > 0 && self.next() % 100 < percent
    }
}

/// Something that is done later.
#[derive(Clone, Copy, Debug)]
enum Later {
    Digital,
    Authorized,
    Path(PowerPath),
    Mains(bool),
    Close,
}

pub(crate) struct World {
    pub(super) car: Car,
    pub(super) kind: EnergyKind,
    pub(super) now: Instant,
    /// Of all frames so many are lost, or changed, in percent.
    pub(super) lost: u64,
    pub(super) changed: u64,
    pub(super) random: Random,
    pub(super) pilot: PilotSignal,
    /// The station answers SDP.
    pub(super) answers: bool,
    /// It lets nobody in.
    pub(super) refuses: bool,
    pub(super) offer: secc::Offer,
    /// What the car told, with its time in ms.
    pub(super) notes: Vec<(u64, CarNote)>,
    /// What the station told.
    pub(super) station: Vec<secc::Event>,
    pub(super) run_ids: Vec<RunId>,
    /// A digest of all frames.
    pub(super) digest: u64,
    pub(super) mains: bool,
    pub(super) wanted: WantedPower,
    /// Whoever hears the line.
    pub(super) witness: Option<Witness>,
    evse: Evse,
    stack: Stack,
    secc: Secc,
    keys: [Option<Nmk>; 2],
    key_count: u8,
    frames: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    count: u64,
    later: Vec<(Instant, Later)>,
    target: (Millivolts, Milliamps),
    pins: DcPins,
    paused: Option<[u8; 8]>,
    was_closed: bool,
    sessions: u8,
}

impl World {
    pub(super) fn new(car: &str, speech: Speech, seed: u64) -> Self {
        let kind = speech.kind;
        let mut car = Car::new(Profile::builtin(car).expect("a car"), seed);
        car.set_speech(Some(speech));
        let offer = match kind {
            EnergyKind::Ac => secc::Offer::Ac { current: Milliamps::from_amps(13) },
            EnergyKind::Dc => secc::Offer::Dc {
                voltage: Millivolts::from_volts(920),
                current: Milliamps::from_amps(50),
                power: Watts(40_000),
            },
        };
        let mut stack = Stack::new(STATION_MAC, seed);
        stack.bind(15_118);
        stack.listen(TCP);
        let mut world = Self {
            car,
            kind,
            now: Instant::ZERO,
            lost: 0,
            changed: 0,
            random: Random(seed),
            pilot: PilotSignal::X1,
            answers: true,
            refuses: false,
            offer,
            notes: Vec::new(),
            station: Vec::new(),
            run_ids: Vec::new(),
            digest: 0,
            mains: false,
            wanted: WantedPower::Nothing,
            witness: None,
            evse: Evse::new(evse::Config::new(MacAddress(STATION_MAC))),
            stack,
            secc: Secc::new(station_config(kind)),
            keys: [None; 2],
            key_count: 0,
            frames: BTreeMap::new(),
            count: 0,
            later: Vec::new(),
            target: (Millivolts::ZERO, Milliamps::ZERO),
            pins: DcPins::default(),
            paused: None,
            was_closed: false,
            sessions: 0,
        };
        world.new_key();
        world.settle();
        world
    }

    /// Plugged in, and so many seconds later.
    pub(super) fn plugged(car: &str, speech: Speech, seed: u64, seconds: u64) -> Self {
        let mut world = Self::new(car, speech, seed);
        world.plug();
        world.run(seconds * 1_000);
        world
    }

    fn after(&mut self, millis: u64, what: Later) {
        self.later.push((self.now + Duration::from_millis(millis), what));
    }

    fn new_key(&mut self) {
        self.key_count += 1;
        self.evse.handle_input(self.now, evse::Input::SetKey(Nmk([self.key_count; 16])));
    }

    pub(super) fn plug(&mut self) {
        self.car.act(self.now, Action::PlugIn(Cable::rated(CableRating::A32)));
        self.after(800, Later::Digital);
        self.settle();
    }

    pub(super) fn act(&mut self, action: Action) {
        self.car.act(self.now, action);
        self.settle();
    }

    /// The plug goes out, and the station notices.
    pub(super) fn unplug(&mut self) {
        self.car.act(self.now, Action::Unplug);
        self.leave();
        self.settle();
    }

    /// The station begins anew.
    fn leave(&mut self) {
        self.later.clear();
        self.evse.handle_input(self.now, evse::Input::End);
        self.new_key();
        self.pilot = PilotSignal::X1;
        self.secc.handle_input(self.now, secc::Input::Closed);
        (self.paused, self.mains, self.wanted) = (None, false, WantedPower::Nothing);
    }

    /// The station offers to speak.
    pub(super) fn digital(&mut self) {
        self.pilot = PilotSignal::Pwm(Duty::DIGITAL);
        self.evse.handle_input(self.now, evse::Input::Begin);
        self.settle();
    }

    pub(super) fn show(&mut self, pilot: PilotSignal) {
        self.pilot = pilot;
        self.settle();
    }

    /// The station is off: E or F.
    pub(super) fn off(&mut self, pilot: PilotSignal) {
        self.leave();
        self.show(pilot);
    }

    /// Another limit for the car.
    pub(super) fn limit(&mut self, offer: secc::Offer) {
        self.offer = offer;
        self.secc.handle_input(self.now, secc::Input::Offer(offer));
        self.settle();
    }

    /// A duty that says what may be drawn; the station gives it.
    pub(super) fn nominal(&mut self, amps: i32) {
        self.leave();
        self.pilot = Duty::advertise(Milliamps::from_amps(amps)).map_or(PilotSignal::X1, PilotSignal::Pwm);
        self.mains = true;
        self.settle();
    }

    /// The station's modem has another key.
    pub(super) fn lose_link(&mut self) {
        self.evse.handle_input(self.now, evse::Input::End);
        self.new_key();
        self.settle();
    }

    pub(super) fn begin_again(&mut self) {
        self.evse.handle_input(self.now, evse::Input::Begin);
        self.settle();
    }

    fn is_linked(&self) -> bool {
        self.car.is_plugged() && self.keys[CAR].is_some() && self.keys[CAR] == self.keys[STATION]
    }

    pub(super) fn is_c(&self) -> bool {
        self.car.load().r3.is_some()
    }

    pub(super) fn amps(&self) -> f64 {
        self.car.demand().current.iter().map(|current| current.amps()).fold(0.0, f64::max)
    }

    pub(super) fn dc_amps(&self) -> f64 {
        self.car.dc_inlet().map_or(0.0, |dc| dc.pins().current.amps())
    }

    fn inlet(&self) -> Inlet {
        let volts = if self.mains && self.car.is_plugged() && self.is_c() { 230 } else { 0 };
        Inlet { pilot: self.pilot, voltage: PerPhase::all(Millivolts::from_volts(volts)), ..Inlet::default() }
    }

    fn supply(&self) -> DcPins {
        let (voltage, current) = self.target;
        let on = !matches!(self.wanted, WantedPower::Nothing | WantedPower::WeldingDetection);
        match self.car.dc_load() {
            DcLoad::Battery { voltage: own, milliohms } if self.wanted == WantedPower::Energy => {
                let rise = i64::from(current.0) * i64::from(milliohms) / 1_000_000;
                DcPins { voltage: Millivolts(own.0 + i32::try_from(rise).expect("some volts")), current }
            }
            DcLoad::Battery { voltage, .. } => DcPins { voltage, current: Milliamps::ZERO },
            DcLoad::Open if on && self.wanted != WantedPower::CableCheck => {
                DcPins { voltage, current: Milliamps::ZERO }
            }
            DcLoad::Open => DcPins::default(),
        }
    }

    /// Everybody does what is due, until nobody does anything.
    fn settle(&mut self) {
        for _ in 0..50 {
            let before = (self.count, self.notes.len(), self.station.len(), self.is_c(), self.pins, self.wanted);
            let inlet = self.inlet();
            self.car.step(self.now, &inlet);
            self.pins = self.supply();
            self.car.step_dc(self.now, self.pins);
            while let Some(frame) = self.car.next_frame() {
                self.sends(CAR, frame);
            }
            while let Some(note) = self.car.next_note() {
                self.notes.push((self.now.as_millis(), note));
            }
            self.station_matches();
            self.station_speaks();
            let after = (self.count, self.notes.len(), self.station.len(), self.is_c(), self.pins, self.wanted);
            if before == after {
                return;
            }
        }
        panic!("they do not come to rest: {:?}", self.notes.last());
    }

    fn station_matches(&mut self) {
        let linked = self.is_linked();
        self.evse.handle_input(self.now, evse::Input::Link(linked));
        self.evse.handle_input(self.now, evse::Input::Time);
        loop {
            match self.evse.poll_output() {
                Output::Send(frame) => self.sends(STATION, frame.encode()),
                Output::Event(_) => {}
                Output::Wait(_) => return,
            }
        }
    }

    fn station_speaks(&mut self) {
        self.stack.advance(self.now);
        while let Some((from, datagram)) = self.stack.next_datagram() {
            let Ok(Some((frame, _))) = v2gtp::Frame::decode(&datagram) else { continue };
            if !self.answers || Sdp::decode(frame.payload_type, &frame.payload).is_err() {
                continue;
            }
            let address: Ipv6Addr = self.stack.address();
            let response = Response { address, port: TCP, security: Security::None, transport: Transport::Tcp };
            let (payload_type, payload) = Sdp::Response(response).encode();
            self.stack.send_to(self.now, from, &v2gtp::Frame { payload_type, payload }.encode());
        }
        let pilot = if self.is_c() { secc::Pilot::C } else { secc::Pilot::B };
        if self.was_closed != self.is_c() {
            self.was_closed = self.is_c();
            self.secc.handle_input(self.now, secc::Input::Pilot(pilot));
        }
        let DcPins { voltage, current } = self.pins;
        self.secc.handle_input(self.now, secc::Input::Measured { voltage, current });
        while let Some(event) = self.stack.next_event() {
            match event {
                OfLink::Connected { .. } => {
                    if let Some(witness) = &mut self.witness {
                        witness.opened(self.now);
                    }
                    self.sessions += 1;
                    let connection = secc::Connection { session_id: [self.sessions; 8], paused: self.paused };
                    self.secc.handle_input(self.now, secc::Input::Connected(connection));
                    self.secc.handle_input(self.now, secc::Input::Pilot(pilot));
                }
                OfLink::Received(octets) => {
                    if let Some(witness) = &mut self.witness {
                        witness.octets(self.now, Side::Car, &octets);
                    }
                    self.secc.handle_input(self.now, secc::Input::Received(&octets));
                }
                OfLink::Closed => {
                    if let Some(witness) = &mut self.witness {
                        witness.closed(self.now, Some(Side::Car));
                    }
                    self.closed();
                }
            }
        }
        self.secc.handle_input(self.now, secc::Input::Time);
        loop {
            match self.secc.poll_output() {
                secc::Output::Send(octets) => {
                    if let Some(witness) = &mut self.witness {
                        witness.octets(self.now, Side::Station, &octets);
                    }
                    self.stack.send(self.now, &octets);
                }
                secc::Output::Close { after, .. } => self.after(after.as_millis() as u64, Later::Close),
                secc::Output::Event(event) => self.of_station(event),
                secc::Output::Wait(_) => break,
            }
        }
        while let Some(frame) = self.stack.next_frame() {
            self.sends(STATION, frame);
        }
    }

    fn closed(&mut self) {
        self.secc.handle_input(self.now, secc::Input::Closed);
        let over = self.station.iter().rev().find_map(|event| match event {
            secc::Event::Ended | secc::Event::Paused(_) => Some(true),
            secc::Event::Agreed(_) => Some(false),
            _ => None,
        });
        if over == Some(true) {
            self.pilot = PilotSignal::X1;
        }
    }

    fn of_station(&mut self, event: secc::Event) {
        match &event {
            secc::Event::Agreed(protocol) => {
                if let Some(witness) = &mut self.witness {
                    witness.agreed(*protocol);
                }
            }
            secc::Event::WantsAuthorization { .. } => self.after(1_000, Later::Authorized),
            secc::Event::Target { voltage, current } => self.target = (*voltage, *current),
            secc::Event::WantsPower(wanted) => {
                self.wanted = *wanted;
                match wanted {
                    WantedPower::CableCheck => self.after(1_500, Later::Path(PowerPath::Checked)),
                    WantedPower::Energy if self.kind == EnergyKind::Ac => self.after(200, Later::Mains(true)),
                    WantedPower::Nothing => self.after(20, Later::Mains(false)),
                    WantedPower::PreCharge | WantedPower::Energy | WantedPower::WeldingDetection => {}
                }
            }
            secc::Event::Paused(id) => self.paused = Some(*id),
            _ => {}
        }
        self.station.push(event);
    }

    fn happens(&mut self, what: Later) {
        match what {
            Later::Digital => self.digital(),
            Later::Authorized => {
                self.secc.handle_input(self.now, secc::Input::Offer(self.offer));
                let decision = if self.refuses { Authorization::Refused } else { Authorization::Accepted };
                self.secc.handle_input(self.now, secc::Input::Authorization(decision));
            }
            Later::Path(path) => self.secc.handle_input(self.now, secc::Input::Power(path)),
            // With a duty that says so the mains are there whatever was spoken.
            Later::Mains(_) if matches!(self.pilot, PilotSignal::Pwm(duty) if duty != Duty::DIGITAL) => {}
            Later::Mains(on) => {
                self.mains = on;
                let path = if on { PowerPath::Closed } else { PowerPath::Open };
                self.secc.handle_input(self.now, secc::Input::Power(path));
            }
            Later::Close => {
                if let Some(witness) = &mut self.witness {
                    witness.closed(self.now, Some(Side::Station));
                }
                self.stack.close(self.now);
                self.closed();
            }
        }
    }

    /// A host gives a frame to its modem.
    fn sends(&mut self, from: usize, frame: Vec<u8>) {
        for octet in &frame {
            self.digest = (self.digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(witness) = &mut self.witness {
            witness.frame(self.now, &frame);
        }
        let message = Frame::decode(&frame).ok();
        if let Some(message) = &message
            && message.destination == LOCAL_MODEM
        {
            let answer = match &message.message {
                Message::SetKeyReq(key) => {
                    self.keys[from] = Some(key.nmk);
                    Some(Message::SetKeyCnf(SetKeyCnf::new(1, 1, key.nonce)))
                }
                Message::Vendor(VendorMessage::Qca(QcaMessage::LinkStatusReq)) => {
                    let link = u8::from(self.is_linked());
                    Some(VendorMessage::Qca(QcaMessage::LinkStatusCnf { status: 0, link }).into())
                }
                _ => None,
            };
            if let Some(answer) = answer {
                let answer = Frame::new(message.source, MODEM, answer).encode();
                if let Some(witness) = &mut self.witness {
                    witness.frame(self.now, &answer);
                }
                self.deliver(50, from, answer);
            }
            return;
        }
        if let Some(Message::SlacParmReq(request)) = message.as_ref().map(|message| &message.message) {
            self.run_ids.push(request.run_id);
        }
        let passes = match &message {
            Some(message) => message.message.is_of_matching(),
            None => self.is_linked(),
        };
        if !self.car.is_plugged() || !passes || self.random.chance(self.lost) {
            return;
        }
        if let Some(Message::MnbcSoundInd(_)) = message.as_ref().map(|message| &message.message) {
            let profile = AttenuationProfile::new(vec![12; 58]).expect("58 groups");
            let car = message.as_ref().expect("a message").source;
            let heard = Message::AttenProfileInd(AttenProfileInd { car, reserved: 0, profile });
            self.deliver(3, STATION, Frame::new(MacAddress(STATION_MAC), MODEM, heard).encode());
        }
        let mut frame = frame;
        if self.random.chance(self.changed) {
            for _ in 0..=self.random.next() % 3 {
                let at = self.random.next() as usize % frame.len();
                frame[at] = self.random.next() as u8;
            }
        }
        self.deliver(2, 1 - from, frame);
    }

    fn deliver(&mut self, millis: u64, to: usize, frame: Vec<u8>) {
        self.count += 1;
        self.frames.insert((self.now + Duration::from_millis(millis), self.count), (to, frame));
    }

    /// Time passes.
    pub(super) fn run(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        self.settle();
        let (mut at, mut steps) = (self.now, 0);
        loop {
            let frame = self.frames.keys().next().map(|(at, _)| *at);
            let later = self.later.iter().map(|(at, _)| *at).min();
            let evse = if let Output::Wait(wait) = self.evse.poll_output() { wait } else { None };
            let secc = if let secc::Output::Wait(wait) = self.secc.poll_output() { wait } else { None };
            let times = [frame, later, evse, secc, self.car.next_change(), self.stack.next_change()];
            let next = times.into_iter().flatten().min().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            (at, steps) = if at == self.now { (at, steps + 1) } else { (self.now, 0) };
            assert!(steps < 500, "time does not pass at {at}: {times:?}");
            if let Some(entry) = self.frames.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let (to, frame) = entry.remove();
                match (to, Frame::decode(&frame)) {
                    (CAR, _) => {
                        self.car.hear(self.now, &frame);
                    }
                    (_, Ok(frame)) => self.evse.handle_input(self.now, evse::Input::Frame(&frame)),
                    (_, Err(_)) => self.stack.hear(self.now, &frame),
                }
            } else if let Some(index) = self.later.iter().position(|(at, _)| *at <= self.now) {
                let (_, what) = self.later.remove(index);
                self.happens(what);
            }
            self.settle();
        }
    }

    /// What the car told, in short; what repeats itself is left out.
    pub(super) fn story(&self) -> String {
        let mut kinds: Vec<&str> = self.notes.iter().map(|(_, note)| note.kind).collect();
        kinds.dedup();
        kinds.join(" ")
    }

    /// What it told since then, in short.
    pub(super) fn story_since(&self, count: usize) -> String {
        let mut kinds: Vec<&str> = self.notes[count..].iter().map(|(_, note)| note.kind).collect();
        kinds.dedup();
        kinds.join(" ")
    }

    pub(super) fn last(&self, kind: &str) -> &CarNote {
        let found = self.notes.iter().rfind(|(_, note)| note.kind == kind);
        &found.unwrap_or_else(|| panic!("no {kind} in {:?}", self.notes)).1
    }

    pub(super) fn has(&self, kind: &str) -> bool {
        self.notes.iter().any(|(_, note)| note.kind == kind)
    }

    /// The car's controller, without what it counts.
    pub(super) fn controller(&self) -> String {
        let all = format!("{:?}", self.car);
        let begin = all.find("evcc: Digital(").expect("a controller");
        let end = all.find(", charger: OnBoardCharger").expect("a charger");
        let count = all[begin..end].find("matchings: ").expect("a count") + begin;
        let rest = all[count..end].find(", ").expect("more") + count;
        format!("{}{}", &all[begin..count], &all[rest..end])
    }
}
