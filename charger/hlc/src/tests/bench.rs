//! A car, a modem, a network and a coordinator, around the machine.

use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use energy::{Bound, LimitReason, LimitSource};
use hardware::{SupplyCapabilities, V2gNetworkEvent};
use iso15118::messages::{din, iso2};
use iso15118::secc::{self, AcCapability};
use iso15118::v2gtp::Frame as V2gtp;
use iso15118::{Protocol, sdp};
use session::{
    Authorization, Dialog, HlcEvent, HlcInput, HlcOutput, Isolation, Offer, OfferedLimits, PowerPath, Readiness,
    StopWhy, WantedPower,
};
use slac::ev::{self, Ev};
use slac::modem::qca::{QcaMessage, SwVerCnf};
use slac::modem::{ModemFamily, QCA, VendorMessage};
use slac::{AttenProfileInd, AttenuationProfile, Frame, LOCAL_MODEM, MacAddress, Message, Nmk, SetKeyCnf};
use units::{Instant, Milliamps, Millivolts, MilliwattHours, Soc, Watts};
use vehicle_model::hlc as evcc;
use vehicle_model::{EnergyKind, Profile};

use crate::{Communication, Config, Input, NetworkCommand, Note, Output};

pub(super) const HOST: [u8; 6] = [2, 0, 0, 0, 0, 0x0a];
const MODEM: MacAddress = MacAddress([2, 0, 0, 0, 1, 0x0a]);
pub(super) const CAR: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

pub(super) const SUPPLY: SupplyCapabilities = SupplyCapabilities {
    min_voltage: Millivolts::from_volts(150),
    max_voltage: Millivolts::from_volts(500),
    max_current: Milliamps::from_amps(125),
    max_power: Watts(30_000),
};

pub(super) fn config() -> Config {
    let mut secc = secc::Config::new("DE*PLF*E1");
    secc.iso2_modes = vec![
        iso2::EnergyTransferMode::AcThreePhaseCore,
        iso2::EnergyTransferMode::AcSinglePhaseCore,
        iso2::EnergyTransferMode::DcExtended,
    ];
    secc.din_type = Some(din::EvseSupportedEnergyTransfer::DcExtended);
    secc.ac =
        Some(AcCapability { nominal_voltage: Millivolts::from_volts(230), max_current: Milliamps::from_amps(32) });
    Config::new(secc)
}

fn battery() -> evcc::Battery {
    evcc::Battery {
        soc: Soc::from_percent(40).expect("a percentage"),
        voltage: Millivolts::from_volts(380),
        target_voltage: Millivolts::from_volts(400),
        target_current: Milliamps::from_amps(60),
        most: evcc::Most {
            voltage: Millivolts::from_volts(420),
            current: Milliamps::from_amps(100),
            power: Watts(30_000),
        },
        energy_request: MilliwattHours::from_watt_hours(30_000),
        ready: true,
    }
}

/// What the car does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asks {
    /// For a connection, as soon as it is in the network.
    Sdp,
    /// Nothing, though it is in the network.
    Nothing,
}

/// All of it.
pub(super) struct Bench {
    pub(super) hlc: Communication,
    pub(super) now: Instant,
    /// What happened: events of the session, notes and commands in short, with their ms.
    pub(super) story: Vec<String>,
    pub(super) notes: Vec<Note>,
    wait: Option<Instant>,
    /// The modem: its family, key, and whether it lives.
    pub(super) family: &'static ModemFamily,
    pub(super) key: Option<Nmk>,
    pub(super) keys: usize,
    pub(super) alive: bool,
    /// Modem and car's modem are joined by the cable.
    pub(super) joined: bool,
    to_host: VecDeque<Vec<u8>>,
    pub(super) ev: Option<Ev>,
    car_key: Option<Nmk>,
    pub(super) to_car: VecDeque<Frame>,
    pub(super) asks: Asks,
    kind: EnergyKind,
    protocol: Protocol,
    pub(super) evcc: Option<evcc::Evcc>,
    pub(super) resumes: Option<evcc::PausedSession>,
    pub(super) connected: bool,
    pub(super) listening: bool,
    /// The network is there.
    pub(super) network: bool,
    contactors: Option<(Instant, evcc::Contactors)>,
    pub(super) dialog: Option<Dialog>,
    dialogs: u64,
    /// What the coordinator does later.
    later: VecDeque<(Instant, HlcOutput)>,
    /// The wish that was told last.
    pub(super) wants: WantedPower,
    /// The coordinator leaves a dialog that is over.
    pub(super) leaves: bool,
    pub(super) responses: usize,
}

impl Bench {
    pub(super) fn new(kind: EnergyKind, protocol: Protocol, config: Config) -> Self {
        let mut number = 0;
        let random = Box::new(move || {
            number += 1;
            0x1000_0000_0000_0000_0000_0000_0000_0000 + number
        });
        Self::with(kind, protocol, Communication::new(config, random))
    }

    pub(super) fn with(kind: EnergyKind, protocol: Protocol, hlc: Communication) -> Self {
        Self::of_family(&QCA, kind, protocol, hlc)
    }

    pub(super) fn of_family(
        family: &'static ModemFamily,
        kind: EnergyKind,
        protocol: Protocol,
        hlc: Communication,
    ) -> Self {
        let mut bench = Self {
            hlc,
            now: Instant::from_millis(1_000),
            story: Vec::new(),
            notes: Vec::new(),
            wait: None,
            family,
            key: None,
            keys: 0,
            alive: true,
            joined: true,
            to_host: VecDeque::new(),
            ev: None,
            car_key: None,
            to_car: VecDeque::new(),
            asks: Asks::Sdp,
            kind,
            protocol,
            evcc: None,
            resumes: None,
            connected: false,
            listening: false,
            network: true,
            contactors: None,
            dialog: None,
            dialogs: 0,
            later: VecDeque::new(),
            wants: WantedPower::Nothing,
            leaves: true,
            responses: 0,
        };
        if kind == EnergyKind::Dc {
            bench.tell(Input::SupplyCapabilities(SUPPLY));
        }
        bench.tell(Input::ModemLink(HOST));
        bench
    }

    fn say(&mut self, text: &str) {
        self.story.push(format!("{} {text}", self.now.as_millis()));
    }

    /// Whether something happened.
    pub(super) fn has(&self, text: &str) -> bool {
        self.story.iter().any(|line| line.split_once(' ').is_some_and(|(_, what)| what == text))
    }

    pub(super) fn count(&self, text: &str) -> usize {
        self.story.iter().filter(|line| line.split_once(' ').is_some_and(|(_, what)| what == text)).count()
    }

    /// What happened, without the times.
    pub(super) fn told(&mut self) -> Vec<String> {
        let story = std::mem::take(&mut self.story);
        story.into_iter().filter_map(|line| line.split_once(' ').map(|(_, what)| what.to_owned())).collect()
    }

    pub(super) fn tell(&mut self, input: Input) {
        self.hlc.handle_input(self.now, input);
        self.outputs();
    }

    pub(super) fn session(&mut self, output: HlcOutput) {
        self.tell(Input::Session(output));
    }

    fn outputs(&mut self) {
        for _ in 0..10_000 {
            match self.hlc.poll_output() {
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
                Output::Frame(frame) => self.asked_of_modem(&frame),
                Output::Network(command) => self.command(command),
                Output::Session(HlcInput { dialog, event }) => self.hears(dialog, event),
                Output::Modem(state) => self.say(if state.is_ok() { "modem found" } else { "modem lost" }),
                Output::Note(note) => {
                    if !matches!(note, Note::Message(_)) {
                        self.say(&format!("{}/{}", note.source(), note.kind()));
                    }
                    self.notes.push(note);
                }
            }
        }
        panic!("it never waits: {:?}", self.hlc);
    }

    /// The modem gets a frame of its host.
    fn asked_of_modem(&mut self, octets: &[u8]) {
        let frame = Frame::decode(octets).expect("a frame");
        if !self.alive {
            return;
        }
        if frame.destination != LOCAL_MODEM {
            if self.joined {
                self.to_car.push_back(frame);
            }
            return;
        }
        let answer = match &frame.message {
            Message::SetKeyReq(request) => {
                (self.key, self.keys) = (Some(request.nmk), self.keys + 1);
                Message::SetKeyCnf(SetKeyCnf::new(1, 1, request.nonce))
            }
            Message::Vendor(message) if message.family() == self.family => match self.answers(message) {
                Some(answer) => Message::Vendor(answer),
                None => return,
            },
            _ => return,
        };
        self.to_host.push_back(Frame::new(frame.source, MODEM, answer).encode());
    }

    fn answers(&self, message: &VendorMessage) -> Option<VendorMessage> {
        let linked = self.is_linked();
        super::modem::answer(message, linked).or(match message {
            VendorMessage::Qca(QcaMessage::SwVerReq) => {
                Some(VendorMessage::Qca(QcaMessage::SwVerCnf(SwVerCnf::new(0, 0x22, "MAC-1"))))
            }
            VendorMessage::Qca(QcaMessage::LinkStatusReq) => {
                Some(VendorMessage::Qca(QcaMessage::LinkStatusCnf { status: 0, link: u8::from(linked) }))
            }
            _ => None,
        })
    }

    fn is_linked(&self) -> bool {
        self.joined && self.key.is_some() && self.key == self.car_key
    }

    fn command(&mut self, command: NetworkCommand) {
        match command {
            NetworkCommand::Listen if self.network => {
                self.listening = true;
                self.tell(Input::Listening(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 50_000, 0, 0)));
            }
            NetworkCommand::Listen => self.tell(Input::NetworkLost("no such interface".to_owned())),
            NetworkCommand::Deafen => {
                self.say("deaf");
                self.listening = false;
                self.hung_up();
            }
            NetworkCommand::Answer { to: _, payload } => {
                self.say("SDP answered");
                let (frame, _) = V2gtp::decode(&payload).expect("a frame").expect("all of it");
                let answer = sdp::Message::decode(frame.payload_type, &frame.payload).expect("SDP");
                assert!(matches!(answer, sdp::Message::Response(sdp::Response { security: sdp::Security::None, .. })));
                if !self.connected && self.evcc.is_none() && self.asks == Asks::Sdp {
                    self.connect();
                }
            }
            NetworkCommand::Send(octets) => {
                self.responses += 1;
                self.evcc(evcc::Input::Received(&octets));
            }
            NetworkCommand::HangUp => {
                self.say("hung up");
                self.hung_up();
            }
        }
    }

    fn hung_up(&mut self) {
        if std::mem::take(&mut self.connected) {
            self.evcc(evcc::Input::Closed);
        }
    }

    pub(super) fn datagram(&mut self, payload: Vec<u8>) {
        let from = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 40_000, 0, 0);
        self.tell(Input::Network(V2gNetworkEvent::Datagram { from, payload }));
    }

    pub(super) fn asks_for(&mut self, security: sdp::Security) {
        let request = sdp::Request { security, transport: sdp::Transport::Tcp };
        let (payload_type, payload) = sdp::Message::Request(request).encode();
        self.datagram(V2gtp { payload_type, payload }.encode());
    }

    pub(super) fn opens(&mut self) {
        let from = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 40_001, 0, 0);
        self.tell(Input::Network(V2gNetworkEvent::Connected { from }));
    }

    pub(super) fn connect(&mut self) {
        let mut config = evcc::Config::new(&Profile::builtin("small-car-7").expect("a car"), CAR.0, self.kind);
        let words = if self.protocol == Protocol::Din { "din" } else { "iso" };
        config.offers.retain(|offer| offer.protocol_namespace.contains(words));
        self.connected = true;
        self.evcc = Some(evcc::Evcc::new(config, battery()));
        self.opens();
        let session = self.resumes.take();
        self.evcc(evcc::Input::Connected { session });
    }

    pub(super) fn evcc(&mut self, input: evcc::Input<'_>) {
        let Some(evcc) = &mut self.evcc else { return };
        evcc.handle_input(self.now, input);
        self.evcc_outputs();
    }

    fn evcc_outputs(&mut self) {
        loop {
            let Some(evcc) = &mut self.evcc else { return };
            match evcc.poll_output() {
                evcc::Output::Send(octets) => {
                    if self.connected {
                        self.tell(Input::Network(V2gNetworkEvent::Received(octets)));
                    }
                }
                evcc::Output::Close => {
                    if std::mem::take(&mut self.connected) {
                        self.tell(Input::Network(V2gNetworkEvent::Closed));
                    }
                }
                evcc::Output::Event(event) => self.car_does(event),
                evcc::Output::Wait(_) => return,
            }
        }
    }

    fn car_does(&mut self, event: evcc::Event) {
        let soon = self.now + Duration::from_millis(50);
        match event {
            evcc::Event::PowerWanted(pilot) => {
                let ready = match pilot {
                    evcc::Pilot::B => Readiness::NotReady,
                    evcc::Pilot::C => Readiness::Ready,
                };
                self.later.push_back((soon, HlcOutput::Ready(ready)));
            }
            evcc::Event::CloseContactors => self.contactors = Some((soon, evcc::Contactors::Closed)),
            evcc::Event::OpenContactors => self.contactors = Some((soon, evcc::Contactors::Open)),
            evcc::Event::Ended(end) => self.say(&format!("car: Ended({end:?})")),
            evcc::Event::Failed { why, fault } => self.say(&format!("car: Failed({why:?}, {fault:?})")),
            evcc::Event::Paused(session) => {
                self.say("car: Paused");
                self.resumes = Some(session);
            }
            _ => {}
        }
    }

    /// What the coordinator does.
    fn hears(&mut self, dialog: Dialog, event: HlcEvent) {
        assert_eq!(Some(dialog), self.dialog, "{event:?} of a dialog that was left");
        let soon = self.now + Duration::from_millis(100);
        let text = match &event {
            HlcEvent::Target(_) | HlcEvent::Soc(_) => None,
            event => Some(format!("{event:?}")),
        };
        if let Some(text) = text {
            self.say(&text);
        }
        let mut later = |output| self.later.push_back((soon, output));
        match event {
            HlcEvent::Matched => {
                let offer = offer(self.kind, 16);
                later(offer);
                later(HlcOutput::Ready(Readiness::NotReady));
            }
            HlcEvent::WantsAuthorization(_) => later(HlcOutput::Authorization(Authorization::Accepted)),
            HlcEvent::WantsPower(wanted) => {
                self.wants = wanted;
                match wanted {
                    WantedPower::CableCheck => {
                        later(HlcOutput::Isolation(Isolation::Invalid));
                        later(HlcOutput::Isolation(Isolation::Valid));
                        later(HlcOutput::Power(PowerPath::Checked));
                    }
                    WantedPower::Energy if self.kind == EnergyKind::Ac => later(HlcOutput::Power(PowerPath::Closed)),
                    WantedPower::Nothing => later(HlcOutput::Power(PowerPath::Open)),
                    WantedPower::Energy | WantedPower::PreCharge | WantedPower::WeldingDetection => {}
                }
            }
            HlcEvent::Target(target) => {
                let (voltage, current) = (target.voltage, target.current);
                self.hlc.handle_input(self.now, Input::Measured { voltage, current });
                self.evcc(evcc::Input::Inlet(evcc::Present { voltage, current }));
            }
            HlcEvent::Lost | HlcEvent::NeverConnected | HlcEvent::Failed | HlcEvent::Ended => {
                let rests = matches!(self.wants, WantedPower::Nothing | WantedPower::WeldingDetection);
                assert!(rests, "the dialog ended, and the car wants {:?} still", self.wants);
                if self.leaves {
                    later(HlcOutput::Leave(dialog));
                }
            }
            HlcEvent::Heard | HlcEvent::MatchFailed | HlcEvent::Needs(_) | HlcEvent::Soc(_) | HlcEvent::Paused => {}
        }
    }

    /// The driver plugs in, and the pilot says 5 %.
    pub(super) fn plug(&mut self) -> &mut Self {
        let mut ev = Ev::new(ev::Config::new(CAR));
        ev.handle_input(self.now, ev::Input::Begin { seed: 7 });
        self.ev = Some(ev);
        self.invite()
    }

    /// The car begins its matching again.
    pub(super) fn plug_again(&mut self) -> &mut Self {
        let mut ev = Ev::new(ev::Config::new(CAR));
        ev.handle_input(self.now, ev::Input::Begin { seed: 8 });
        self.ev = Some(ev);
        self
    }

    pub(super) fn invite(&mut self) -> &mut Self {
        self.dialogs += 1;
        let dialog = Dialog::numbered(self.dialogs);
        self.wants = WantedPower::Nothing;
        self.dialog = Some(dialog);
        self.session(HlcOutput::Match(dialog));
        self
    }

    /// The coordinator leaves.
    pub(super) fn leave(&mut self) -> &mut Self {
        if let Some(dialog) = self.dialog.take() {
            self.session(HlcOutput::Leave(dialog));
        }
        self
    }

    /// The plug is out.
    pub(super) fn unplug(&mut self) -> &mut Self {
        (self.ev, self.car_key, self.evcc, self.connected) = (None, None, None, false);
        (self.resumes, self.contactors) = (None, None);
        self.later.clear();
        self.leave()
    }

    pub(super) fn frame(&mut self, frame: Vec<u8>) {
        self.tell(Input::Frame(frame));
    }

    /// The car's side of the matching.
    fn car_frames(&mut self) {
        let linked = self.is_linked();
        let Some(ev) = &mut self.ev else { return self.to_car.clear() };
        while let Some(frame) = self.to_car.pop_front() {
            ev.handle_input(self.now, ev::Input::Frame(&frame));
        }
        ev.handle_input(self.now, ev::Input::Link(linked));
        loop {
            let Some(ev) = &mut self.ev else { return };
            match ev.poll_output() {
                slac::Output::Send(frame) if frame.destination == LOCAL_MODEM => {
                    if let Message::SetKeyReq(request) = &frame.message {
                        self.car_key = Some(request.nmk);
                        let answer = Message::SetKeyCnf(SetKeyCnf::new(1, 1, request.nonce));
                        self.to_car.push_back(Frame::new(CAR, MODEM, answer));
                    }
                }
                slac::Output::Send(frame) => {
                    if self.alive && self.joined {
                        self.to_host.push_back(frame.encode());
                        if matches!(frame.message, Message::MnbcSoundInd(_)) {
                            let profile = AttenuationProfile::new(vec![10; 58]).expect("58 groups");
                            let profile = AttenProfileInd { car: CAR, reserved: 0, profile };
                            let frame = Frame::new(MacAddress(HOST), MODEM, Message::AttenProfileInd(profile));
                            self.to_host.push_back(frame.encode());
                        }
                    }
                }
                slac::Output::Event(ev::Event::LinkUp) => self.evcc = None,
                slac::Output::Event(_) => {}
                slac::Output::Wait(_) => return,
            }
        }
    }

    /// Lets time pass, in steps of 10 ms: cars ask for a connection each 250 ms.
    pub(super) fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        while self.now < end {
            let step = self.now + Duration::from_millis(10);
            // The machine is woken when it wants to be.
            let mut wakes = 0;
            while let Some(at) = self.wait.filter(|at| *at <= step) {
                self.now = self.now.max(at);
                self.tell(Input::Time);
                wakes += 1;
                assert!(wakes < 20, "it wants to be woken for nothing: {:?}", self.hlc);
            }
            self.now = step;
            self.car_frames();
            while let Some(frame) = self.to_host.pop_front() {
                self.frame(frame);
            }
            while let Some((_, output)) = self.later.pop_front_if(|(at, _)| *at <= step) {
                if let HlcOutput::Leave(dialog) = output
                    && self.dialog == Some(dialog)
                {
                    self.dialog = None;
                }
                self.session(output);
            }
            if let Some((_, contactors)) = self.contactors.take_if(|(at, _)| *at <= step) {
                self.evcc(evcc::Input::Contactors(contactors));
            }
            if self.connected {
                self.evcc(evcc::Input::Time);
            }
            let asks = self.asks == Asks::Sdp && self.is_linked() && self.listening && self.evcc.is_none();
            if asks && self.now.as_millis().is_multiple_of(250) {
                self.asks_for(sdp::Security::Tls);
            }
        }
        self
    }

    pub(super) fn seconds(&mut self, seconds: u64) -> &mut Self {
        self.pass(Duration::from_secs(seconds))
    }

    /// Until that has happened, for a minute at most.
    pub(super) fn until(&mut self, text: &str) -> &mut Self {
        for _ in 0..6_000 {
            if self.has(text) {
                return self;
            }
            self.pass(Duration::from_millis(10));
        }
        panic!("{text} did not happen: {:#?}", self.story);
    }

    /// The car stops as its driver wants, and the session ends.
    pub(super) fn stop(&mut self) -> &mut Self {
        self.evcc(evcc::Input::Stop(evcc::Stop::Driver));
        self
    }

    pub(super) fn asked_to_stop(&mut self, why: StopWhy) -> &mut Self {
        self.session(HlcOutput::Stop(why));
        self
    }
}

/// An offer of so many amperes, or of all that the supply has.
pub(super) fn offer(kind: EnergyKind, amps: i32) -> HlcOutput {
    let limits = match kind {
        EnergyKind::Ac => OfferedLimits::Ac {
            current: Bound::import(Milliamps::from_amps(amps), LimitSource::Outlet, LimitReason::Rating),
        },
        EnergyKind::Dc => OfferedLimits::Dc {
            min_voltage: Bound::import(SUPPLY.min_voltage, LimitSource::Supply, LimitReason::Rating),
            max_voltage: Bound::import(SUPPLY.max_voltage, LimitSource::Supply, LimitReason::Rating),
            current: Bound::import(SUPPLY.max_current, LimitSource::Supply, LimitReason::Rating),
            power: Bound::import(SUPPLY.max_power, LimitSource::Supply, LimitReason::Rating),
        },
    };
    HlcOutput::Offer(Offer { limits, held_back: None })
}
