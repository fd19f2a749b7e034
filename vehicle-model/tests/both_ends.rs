//! The car's EVCC and the charger's SECC in virtual time, with a judge that hears both: every car, each protocol, to the end.

mod station_config;

use std::sync::Arc;
use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::judge::{Judge, Outcome, Profile as Reading};
use iso15118::secc::{self, PowerPath, Secc, WantedPower};
use iso15118::v2gtp::{Frame, Frames};
use iso15118::wire::{SeenMessage, Side, Sighting, What};
use iso15118::{Protocol, set_of};
use units::{Instant, Milliamps, Millivolts, MilliwattHours, Soc, Watts};
use vehicle_model::hlc::{self, Battery, Contactors, End, Evcc, Most, Present, Stop};
use vehicle_model::{EnergyKind, Profile};

use station_config::station_config;

/// From one side to the other.
const LATENCY: Duration = Duration::from_millis(4);
/// The charger's own things take so long.
const CLOSES: Duration = Duration::from_millis(300);
const CHECKS: Duration = Duration::from_secs(3);
const DECIDES: Duration = Duration::from_secs(2);

/// Something that arrives, or is done, later.
enum Later {
    ToStation(Vec<u8>),
    ToCar(Vec<u8>),
    Authorized,
    Path(PowerPath),
    Contactors(Contactors),
    Voltage,
    StationCloses,
    Ends,
}

/// How a session comes to its end, after twenty messages of the charge loop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    CarStops,
    StationStops,
    CarPauses,
}

struct Both {
    evcc: Evcc,
    secc: Secc,
    kind: EnergyKind,
    ending: Ending,
    /// The link breaks after so many messages.
    cut_after: Option<u64>,
    now: Instant,
    later: Vec<(Instant, Later)>,
    judges: Vec<Judge>,
    protocol: Option<Protocol>,
    packet: u64,
    /// What waits for the rest of its frame: of the car, of the station.
    frames: [Frames; 2],
    battery: Battery,
    wanted: WantedPower,
    target: Present,
    present: Present,
    contactors: Contactors,
    closed: bool,
    ended: Option<hlc::Event>,
    station_ended: Option<secc::Event>,
    loops: u32,
    /// The contactor of the station, or its supply, while nobody had allowed it.
    unsafe_energy: bool,
    authorized: bool,
}

fn battery() -> Battery {
    Battery {
        soc: Soc::from_percent(40).expect("a percentage"),
        voltage: Millivolts::from_volts(380),
        target_voltage: Millivolts::from_volts(400),
        target_current: Milliamps::from_amps(60),
        most: Most { voltage: Millivolts::from_volts(420), current: Milliamps::from_amps(200), power: Watts(80_000) },
        energy_request: MilliwattHours::from_watt_hours(30_000),
        ready: true,
    }
}

impl Both {
    fn new(profile: &Profile, kind: EnergyKind, protocol: Protocol, ending: Ending) -> Self {
        let mut config = hlc::Config::new(profile, [2, 0, 0, 0, 0, 1], kind);
        config.offers.retain(|offer| Protocol::of_offer(offer) == Some(protocol));
        Self {
            evcc: Evcc::new(config, battery()),
            secc: Secc::new(station_config(kind)),
            kind,
            ending,
            cut_after: None,
            now: Instant::ZERO,
            later: Vec::new(),
            judges: [Reading::Strict, Reading::Field].into_iter().map(Judge::new).collect(),
            protocol: None,
            packet: 0,
            frames: [Frames::default(), Frames::default()],
            battery: battery(),
            wanted: WantedPower::Nothing,
            target: Present::default(),
            present: Present::default(),
            contactors: Contactors::Open,
            closed: false,
            ended: None,
            station_ended: None,
            loops: 0,
            unsafe_energy: false,
            authorized: false,
        }
    }

    fn after(&mut self, time: Duration, what: Later) {
        self.later.push((self.now + time, what));
    }

    fn see(&mut self, what: What) {
        self.packet += 1;
        let sighting = Sighting { packet: self.packet, at: self.now.elapsed(), what };
        self.judges.iter_mut().for_each(|judge| judge.see(&sighting));
    }

    fn hear(&mut self, from: Side, octets: &[u8]) {
        let side = usize::from(from == Side::Station);
        self.frames[side].push(octets);
        while let Ok(Some(frame)) = self.frames[side].next_frame() {
            let Frame { payload_type, payload } = frame;
            let sap = iso15118::schemas::SAP.name;
            let read = |protocol| {
                let set = set_of(protocol, payload_type)?;
                Some((set, exi::from_document::<Tree>(set, &payload, Facets::Off).ok()?))
            };
            let is_sap = self.packet < 3;
            let (set, tree) = read(if is_sap { None } else { self.protocol }).expect("our own messages can be read");
            let mut again = Vec::new();
            let written = exi::tree_to_document(set, &tree, Facets::Checked, &mut again).is_ok();
            let name = iso15118::name_of(&tree).to_owned();
            self.loops += u32::from(matches!(name.as_str(), "ChargingStatusReq" | "CurrentDemandReq"));
            let identical = written && again == payload;
            let protocol = self.protocol.filter(|_| set.name != sap);
            let message = SeenMessage { from, payload_type, protocol, payload, content: Ok(Arc::new(tree)), identical };
            self.see(What::Message(Box::new(message)));
        }
    }

    fn tell_car(&mut self, input: hlc::Input<'_>) {
        self.evcc.handle_input(self.now, input);
        loop {
            match self.evcc.poll_output() {
                hlc::Output::Send(octets) => {
                    self.hear(Side::Car, &octets);
                    self.after(LATENCY, Later::ToStation(octets));
                    if self.loops == 20 {
                        self.after(Duration::from_millis(1), Later::Ends);
                        self.loops += 1;
                    }
                }
                hlc::Output::Close => self.close(Some(Side::Car)),
                hlc::Output::Event(event) => self.of_car(event),
                hlc::Output::Wait(_) => return,
            }
        }
    }

    fn of_car(&mut self, event: hlc::Event) {
        match event {
            hlc::Event::PowerWanted(pilot) => {
                let pilot = if pilot == hlc::Pilot::C { secc::Pilot::C } else { secc::Pilot::B };
                self.tell_station(secc::Input::Pilot(pilot));
            }
            hlc::Event::CloseContactors => {
                self.after(Duration::from_millis(100), Later::Contactors(Contactors::Closed))
            }
            hlc::Event::OpenContactors => self.after(Duration::from_millis(100), Later::Contactors(Contactors::Open)),
            hlc::Event::Ended(_) | hlc::Event::Failed { .. } | hlc::Event::Paused(_) => self.ended = Some(event),
            _ => {}
        }
    }

    fn tell_station(&mut self, input: secc::Input<'_>) {
        self.secc.handle_input(self.now, input);
        loop {
            match self.secc.poll_output() {
                secc::Output::Send(octets) => {
                    self.hear(Side::Station, &octets);
                    self.after(LATENCY, Later::ToCar(octets));
                }
                secc::Output::Close { after, .. } => self.after(after, Later::StationCloses),
                secc::Output::Event(event) => self.of_station(event),
                secc::Output::Wait(_) => return,
            }
        }
    }

    fn of_station(&mut self, event: secc::Event) {
        match event {
            secc::Event::Agreed(protocol) => self.protocol = Some(protocol),
            secc::Event::WantsAuthorization { .. } => self.after(DECIDES, Later::Authorized),
            secc::Event::Target { voltage, current } => {
                self.target = Present { voltage, current };
                self.after(Duration::from_millis(200), Later::Voltage);
            }
            secc::Event::WantsPower(wanted) => {
                self.wanted = wanted;
                self.unsafe_energy |= wanted == WantedPower::Energy && !self.authorized;
                match wanted {
                    WantedPower::CableCheck => self.after(CHECKS, Later::Path(PowerPath::Checked)),
                    WantedPower::Energy if self.kind == EnergyKind::Ac => {
                        self.after(CLOSES, Later::Path(PowerPath::Closed));
                    }
                    WantedPower::Nothing | WantedPower::WeldingDetection => {
                        self.after(CLOSES, Later::Path(PowerPath::Open));
                        self.after(Duration::from_millis(20), Later::Voltage);
                    }
                    WantedPower::PreCharge | WantedPower::Energy => {
                        self.after(Duration::from_millis(200), Later::Voltage);
                    }
                }
            }
            secc::Event::Ended | secc::Event::Failed(_) | secc::Event::Paused(_) => self.station_ended = Some(event),
            secc::Event::Needs(_)
            | secc::Event::Soc(_)
            | secc::Event::ServiceSelected { .. }
            | secc::Event::Renegotiates => {}
        }
    }

    /// By one of the two, or by the link.
    fn close(&mut self, by: Option<Side>) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        self.see(What::Closed { by, reset: false });
        self.secc.handle_input(self.now, secc::Input::Closed);
        self.tell_station(secc::Input::Time);
        self.tell_car(hlc::Input::Closed);
    }

    /// What supply and battery do to the voltage of the line.
    fn settle(&mut self) {
        let on_battery = self.contactors == Contactors::Closed;
        self.present = match self.wanted {
            WantedPower::PreCharge => Present { voltage: self.target.voltage, current: Milliamps::ZERO },
            WantedPower::Energy => Present {
                voltage: Millivolts(self.battery.voltage.0 + 2_000),
                current: if on_battery { self.target.current } else { Milliamps::ZERO },
            },
            _ if on_battery => Present { voltage: self.battery.voltage, current: Milliamps::ZERO },
            _ => Present::default(),
        };
        let Present { voltage, current } = self.present;
        self.tell_station(secc::Input::Measured { voltage, current });
        self.tell_car(hlc::Input::Inlet(self.present));
    }

    fn happens(&mut self, what: Later) {
        match what {
            Later::ToStation(octets) if !self.closed => self.tell_station(secc::Input::Received(&octets)),
            Later::ToCar(octets) if !self.closed => self.tell_car(hlc::Input::Received(&octets)),
            Later::ToStation(_) | Later::ToCar(_) => {}
            Later::Authorized => {
                self.authorized = true;
                let offer = match self.kind {
                    EnergyKind::Ac => secc::Offer::Ac { current: Milliamps::from_amps(16) },
                    EnergyKind::Dc => secc::Offer::Dc {
                        voltage: Millivolts::from_volts(920),
                        current: Milliamps::from_amps(150),
                        power: Watts(60_000),
                    },
                };
                self.tell_station(secc::Input::Offer(offer));
                self.tell_station(secc::Input::Authorization(secc::Authorization::Accepted));
            }
            Later::Path(path) => self.tell_station(secc::Input::Power(path)),
            Later::Contactors(contactors) => {
                self.contactors = contactors;
                self.tell_car(hlc::Input::Contactors(contactors));
                self.settle();
            }
            Later::Voltage => self.settle(),
            Later::StationCloses => self.close(Some(Side::Station)),
            Later::Ends => match self.ending {
                Ending::CarStops => self.tell_car(hlc::Input::Stop(Stop::Driver)),
                Ending::CarPauses => self.tell_car(hlc::Input::Pause),
                Ending::StationStops => self.tell_station(secc::Input::Stop(secc::StopWhy::Ended)),
            },
        }
    }

    /// To the end of the connection, or to that time.
    fn run(&mut self, most: Duration) {
        self.see(What::Opened { from_the_start: true });
        self.tell_station(secc::Input::Connected(secc::Connection {
            session_id: [0xa1, 2, 3, 4, 5, 6, 7, 8],
            paused: None,
        }));
        self.tell_car(hlc::Input::Battery(self.battery));
        self.tell_car(hlc::Input::Connected { session: None });
        while !self.closed && self.now.elapsed() < most && self.step() {
            if self.cut_after.is_some_and(|messages| self.packet > messages) {
                self.close(None);
            }
        }
        // What is done when nobody speaks any longer.
        let end = self.now + Duration::from_secs(10);
        while self.now < end && self.step() {}
    }

    /// The next thing that happens; `false` when nothing does.
    fn step(&mut self) -> bool {
        let car = if let hlc::Output::Wait(wait) = self.evcc.poll_output() { wait } else { None };
        let charger = if let secc::Output::Wait(wait) = self.secc.poll_output() { wait } else { None };
        let first = self.later.iter().map(|(at, _)| *at).min();
        let Some(next) = car.into_iter().chain(charger).chain(first).min() else { return false };
        self.now = self.now.max(next);
        match self.later.iter().position(|(at, _)| *at <= self.now && first == Some(*at)) {
            Some(index) => {
                let (_, what) = self.later.remove(index);
                self.happens(what);
            }
            None => {
                self.tell_car(hlc::Input::Time);
                self.tell_station(secc::Input::Time);
            }
        }
        true
    }

    /// What both readings of the rules say is broken, but for what this car is known for.
    fn broken(self, car: &Profile) -> Vec<String> {
        let evcc = car.evcc.as_deref();
        let (protocol, kind) = (self.protocol, self.kind);
        let is_known = |rule: &str| match rule {
            "SID-LENGTH-CAR" => evcc.and_then(|evcc| evcc.quirks.session_id_octets).is_some_and(|octets| octets < 8),
            "EXI-LITERAL-CAR" => protocol
                .and_then(|protocol| evcc?.mode(protocol, kind))
                .is_some_and(|mode| !mode.quirks.zero_octets_behind.is_empty()),
            _ => false,
        };
        let verdicts = self.judges.into_iter().flat_map(Judge::finish);
        let broken = verdicts.filter_map(|verdict| match verdict.outcome {
            Outcome::Fail { findings, .. } if !is_known(verdict.rule.id) => {
                Some(format!("{}: {:?}", verdict.rule.id, findings.first()))
            }
            Outcome::Fail { .. } | Outcome::Pass { .. } | Outcome::NotApplicable { .. } => None,
        });
        broken.collect()
    }
}

/// Every built-in car.
fn cars() -> impl Iterator<Item = Profile> {
    Profile::names().into_iter().map(|name| Profile::builtin(name).expect("a car"))
}

/// Every car by each protocol that it offers, to that end; how both sides say that it was.
fn sessions(ending: Ending, is_good: impl Fn(Protocol, Option<&hlc::Event>, Option<&secc::Event>) -> bool) {
    let (mut sessions, mut wrong) = (0, Vec::new());
    for car in cars() {
        let sorts =
            [(EnergyKind::Ac, Protocol::Iso2), (EnergyKind::Dc, Protocol::Iso2), (EnergyKind::Dc, Protocol::Din)];
        for (kind, protocol) in sorts {
            let offers = hlc::Config::new(&car, [2, 0, 0, 0, 0, 1], kind).offers;
            if !offers.iter().any(|offer| Protocol::of_offer(offer) == Some(protocol)) {
                continue;
            }
            let mut both = Both::new(&car, kind, protocol, ending);
            both.run(Duration::from_secs(600));
            sessions += 1;
            let name = format!("{}, {kind:?}, {protocol}, {ending:?}", car.name);
            let is_still = both.contactors == Contactors::Open && both.wanted == WantedPower::Nothing && both.closed;
            let (car_says, station_says) = (both.ended.as_ref(), both.station_ended.as_ref());
            if !is_good(protocol, car_says, station_says) || !is_still || both.unsafe_energy {
                wrong.push(format!("{name}: {car_says:?}, {station_says:?}, {:?}, {:?}", both.contactors, both.wanted));
            }
            wrong.extend(both.broken(&car).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{} of {sessions} sessions: {wrong:#?}", wrong.len());
    assert!(sessions > 20, "{sessions}");
}

#[test]
fn every_car_charges_at_our_charger_by_each_protocol() {
    sessions(Ending::CarStops, |_, car, station| {
        car == Some(&hlc::Event::Ended(End::Car(Stop::Driver))) && station == Some(&secc::Event::Ended)
    });
}

#[test]
fn every_car_ends_when_our_charger_asks_for_it() {
    sessions(Ending::StationStops, |_, car, station| {
        matches!(car, Some(hlc::Event::Ended(End::Station(_)))) && station == Some(&secc::Event::Ended)
    });
}

#[test]
fn every_car_pauses_where_there_is_a_pause() {
    sessions(Ending::CarPauses, |protocol, car, station| match protocol {
        Protocol::Din => matches!(car, Some(hlc::Event::Ended(_))) && station == Some(&secc::Event::Ended),
        _ => matches!((car, station), (Some(hlc::Event::Paused(_)), Some(secc::Event::Paused(_)))),
    });
}

#[test]
fn wherever_the_link_breaks_nothing_stays_closed() {
    let car = Profile::builtin("vw-id3").expect("a car");
    for (kind, protocol) in
        [(EnergyKind::Ac, Protocol::Iso2), (EnergyKind::Dc, Protocol::Iso2), (EnergyKind::Dc, Protocol::Din)]
    {
        for messages in 1..120 {
            let mut both = Both::new(&car, kind, protocol, Ending::CarStops);
            both.cut_after = Some(messages);
            both.run(Duration::from_secs(600));
            let name = format!("{kind:?}, {protocol}, after {messages} messages");
            assert_eq!((both.contactors, both.wanted), (Contactors::Open, WantedPower::Nothing), "{name}");
            assert!(both.ended.is_some() && both.closed, "{name}: {:?}", both.ended);
            assert_eq!(both.broken(&car), [""; 0], "{name}");
        }
    }
}
