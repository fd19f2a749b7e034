//! A car that says what it is told to, the host of a station, and the judge between them.

use std::sync::Arc;
use std::time::Duration;

use exi::{Facets, Tree};
use units::{Instant, Milliamps, Millivolts, Watts};

use crate::judge::{Judge, Outcome};
use crate::secc::{
    Authorization, CloseWhy, Config, Connection, Event, Input, Offer, Output, PowerPath, Secc, StopWhy, WantedPower,
};
use crate::v2gtp::{Frame, PayloadType};
use crate::wire::{SeenMessage, Side, Sighting, What};
use crate::{Protocol, set_of};

pub(super) const ID: [u8; 8] = [0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18];
pub(super) const NONE: &str = "0000000000000000";
pub(super) const SESSION: &str = "A1B2C3D4E5F60718";

/// A message of the car.
pub(super) fn octets(protocol: Option<Protocol>, json: &str) -> Vec<u8> {
    let tree: Tree = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let set = set_of(protocol, PayloadType::EXI).expect("a set");
    let mut payload = Vec::new();
    exi::tree_to_document(set, &tree, Facets::Off, &mut payload).unwrap_or_else(|error| panic!("{error}: {json}"));
    Frame { payload_type: PayloadType::EXI, payload }.encode()
}

pub(super) fn v2g(protocol: Protocol, session: &str, name: &str, body: &str) -> Vec<u8> {
    let json = format!(r#"{{"V2G_Message":{{"Header":{{"SessionID":"{session}"}},"Body":{{"{name}":{{{body}}}}}}}}}"#);
    octets(Some(protocol), &json)
}

pub(super) fn offer_of(entries: &[(&str, u8, u8)]) -> Vec<u8> {
    let entry = |(namespace, id, priority): &(&str, u8, u8)| {
        format!(
            r#"{{"ProtocolNamespace":"{namespace}","VersionNumberMajor":2,"VersionNumberMinor":0,"SchemaID":{id},"Priority":{priority}}}"#
        )
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    octets(None, &format!(r#"{{"supportedAppProtocolReq":{{"AppProtocol":[{}]}}}}"#, entries.join(",")))
}

pub(super) fn namespace(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Din => "urn:din:70121:2012:MsgDef",
        _ => "urn:iso:15118:2:2013:MsgDef",
    }
}

/// What the host does by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Does {
    /// All that a car wants.
    Everything,
    Nothing,
}

/// Car, station, host and judge.
pub(super) struct Wire {
    pub(super) secc: Secc,
    pub(super) now: Instant,
    pub(super) protocol: Option<Protocol>,
    pub(super) does: Does,
    /// What the station said.
    pub(super) said: Vec<Tree>,
    pub(super) events: Vec<Event>,
    pub(super) closed: Option<(Duration, CloseWhy)>,
    pub(super) wait: Option<Instant>,
    seen: Vec<Sighting>,
    /// What the host does before the next request.
    later: Vec<Event>,
}

impl Wire {
    pub(super) fn new(config: Config, does: Does) -> Self {
        let mut wire = Self {
            secc: Secc::new(config),
            now: Instant::from_millis(1_000),
            protocol: None,
            does,
            said: Vec::new(),
            events: Vec::new(),
            closed: None,
            wait: None,
            seen: Vec::new(),
            later: Vec::new(),
        };
        wire.see(What::Opened { from_the_start: true });
        wire.tell(Input::Connected(Connection { session_id: ID, paused: None }));
        wire
    }

    fn see(&mut self, what: What) {
        let packet = self.seen.len() as u64 + 1;
        self.seen.push(Sighting { packet, at: self.now.elapsed(), what });
    }

    fn message(&mut self, from: Side, octets: &[u8]) -> Tree {
        let (frame, count) = Frame::decode(octets).expect("a frame").expect("all of it");
        assert_eq!(count, octets.len());
        let set = set_of(self.protocol, frame.payload_type).expect("a set");
        let tree: Tree = exi::from_document(set, &frame.payload, Facets::Checked).expect("a message");
        let mut again = Vec::new();
        exi::tree_to_document(set, &tree, Facets::Checked, &mut again).expect("written again");
        let message = SeenMessage {
            from,
            payload_type: frame.payload_type,
            protocol: self.protocol,
            identical: again == frame.payload,
            payload: frame.payload,
            content: Ok(Arc::new(tree.clone())),
        };
        self.see(What::Message(Box::new(message)));
        tree
    }

    /// The host tells something, and hears what comes of it.
    pub(super) fn tell(&mut self, input: Input<'_>) {
        self.secc.handle_input(self.now, input);
        loop {
            match self.secc.poll_output() {
                Output::Send(octets) => {
                    let tree = self.message(Side::Station, &octets);
                    self.said.push(tree);
                }
                Output::Event(event) => {
                    if let Event::Agreed(protocol) = event {
                        self.protocol = Some(protocol);
                    }
                    self.later.push(event.clone());
                    self.events.push(event);
                }
                Output::Close { after, why } => self.closed = Some((after, why)),
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
            }
        }
    }

    /// Time passes, and what the station waits for happens.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.wait.filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tell(Input::Time);
        }
        self.now = end;
    }

    /// The host does what was wanted.
    pub(super) fn host(&mut self) {
        for event in std::mem::take(&mut self.later) {
            if self.does == Does::Nothing {
                continue;
            }
            match event {
                Event::WantsAuthorization { .. } => self.tell(Input::Authorization(Authorization::Accepted)),
                Event::Needs(crate::secc::Needs::Ac { .. }) => {
                    self.tell(Input::Offer(Offer::Ac { current: Milliamps(16_000) }));
                }
                Event::Needs(crate::secc::Needs::Dc { .. }) => self.tell(Input::Offer(Offer::Dc {
                    voltage: Millivolts(900_000),
                    current: Milliamps(150_000),
                    power: Watts(30_000),
                })),
                Event::Target { voltage, current } => self.tell(Input::Measured { voltage, current }),
                Event::WantsPower(WantedPower::CableCheck) => self.tell(Input::Power(PowerPath::Checked)),
                Event::WantsPower(WantedPower::Energy) => {
                    self.tell(Input::Meter { reading_wh: 1_000 });
                    self.tell(Input::Power(PowerPath::Closed));
                }
                Event::WantsPower(WantedPower::Nothing) => {
                    self.tell(Input::Power(PowerPath::Open));
                    self.tell(Input::Measured { voltage: Millivolts(10_000), current: Milliamps::ZERO });
                }
                _ => {}
            }
        }
    }

    /// The car sends these octets after a while.
    pub(super) fn sends(&mut self, octets: &[u8]) {
        self.pass(Duration::from_millis(20));
        self.host();
        self.pass(Duration::from_millis(20));
        self.message(Side::Car, octets);
        self.tell(Input::Received(octets));
    }

    /// The car asks, and hears the answer: its body.
    pub(super) fn asks(&mut self, session: &str, name: &str, body: &str) -> Tree {
        let before = self.said.len();
        self.sends(&v2g(self.protocol.expect("a protocol"), session, name, body));
        if self.said.len() == before {
            // The contactor is waited for.
            self.pass(Duration::from_millis(10));
            self.host();
        }
        let said =
            self.said.last().filter(|_| self.said.len() > before).unwrap_or_else(|| panic!("no answer to {name}"));
        assert_eq!(crate::name_of(said), name.replace("Req", "Res"), "{:?}", self.events);
        crate::content_of(said).expect("a body").clone()
    }

    pub(super) fn agrees(&mut self, protocol: Protocol) {
        self.sends(&offer_of(&[("urn:tesla:din:2018:MsgDef", 7, 1), (namespace(protocol), 3, 2)]));
        assert_eq!(self.protocol, Some(protocol));
    }

    pub(super) fn stop(&mut self, why: StopWhy) {
        self.tell(Input::Stop(why));
    }

    /// The connection is closed by the car, and the judge says what was wrong.
    pub(super) fn end(mut self, profile: crate::judge::Profile) -> Vec<(&'static str, Side, Vec<String>)> {
        self.pass(Duration::from_millis(100));
        self.see(What::Closed { by: Some(Side::Car), reset: false });
        self.tell(Input::Closed);
        let mut judge = Judge::new(profile);
        self.seen.iter().for_each(|sighting| judge.see(sighting));
        judge
            .finish()
            .into_iter()
            .filter(|verdict| verdict.is_fail())
            .map(|verdict| {
                let found = match verdict.outcome {
                    Outcome::Fail { findings, .. } => findings.into_iter().map(|finding| finding.what).collect(),
                    _ => Vec::new(),
                };
                (verdict.rule.id, verdict.rule.blames, found)
            })
            .collect()
    }
}

/// What stands there, as text.
pub(super) fn text(tree: &Tree, path: &str) -> String {
    tree.at(path).and_then(Tree::as_text).unwrap_or_default().to_owned()
}

/// A PhysicalValue.
pub(super) fn value(value: i16, unit: &str) -> String {
    format!(r#"{{"Multiplier":0,"Unit":"{unit}","Value":{value}}}"#)
}

pub(super) fn ev(soc: u8) -> String {
    format!(r#""DC_EVStatus":{{"EVReady":true,"EVErrorCode":"NO_ERROR","EVRESSSOC":{soc}}}"#)
}

/// All requests of a generation, as a car sends them that charges without trouble.
pub(super) fn requests(protocol: Protocol, dc: bool) -> Vec<(&'static str, String)> {
    let is_din = protocol == Protocol::Din;
    let target = format!(r#"{},"EVTargetVoltage":{},"EVTargetCurrent":{}"#, ev(40), value(380, "V"), value(1, "A"));
    let selection =
        r#""SelectedPaymentOption":"ExternalPayment","SelectedServiceList":{"SelectedService":[{"ServiceID":1}]}"#;
    let mode = if is_din { "EVRequestedEnergyTransferType" } else { "RequestedEnergyTransferMode" };
    let parameters = if dc {
        format!(
            r#""{mode}":"DC_extended","DC_EVChargeParameter":{{{},"EVMaximumCurrentLimit":{},"EVMaximumVoltageLimit":{}}}"#,
            ev(40),
            value(200, "A"),
            value(420, "V")
        )
    } else {
        format!(
            r#""{mode}":"AC_three_phase_core","AC_EVChargeParameter":{{"EAmount":{},"EVMaxVoltage":{},"EVMaxCurrent":{},"EVMinCurrent":{}}}"#,
            value(20_000, "Wh"),
            value(400, "V"),
            value(32, "A"),
            value(6, "A")
        )
    };
    let power = if dc {
        format!(r#","DC_EVPowerDeliveryParameter":{{{},"ChargingComplete":false}}"#, ev(40))
    } else {
        String::new()
    };
    let demand = format!(
        r#"{},"EVTargetCurrent":{},"EVMaximumVoltageLimit":{},"EVMaximumCurrentLimit":{},"ChargingComplete":false,"EVTargetVoltage":{}"#,
        ev(41),
        value(70, "A"),
        value(420, "V"),
        value(200, "A"),
        value(400, "V")
    );
    let mut all = vec![
        ("SessionSetupReq", r#""EVCCID":"020000000001""#.to_owned()),
        ("ServiceDiscoveryReq", String::new()),
        (if is_din { "ServicePaymentSelectionReq" } else { "PaymentServiceSelectionReq" }, selection.to_owned()),
        (if is_din { "ContractAuthenticationReq" } else { "AuthorizationReq" }, String::new()),
        ("ChargeParameterDiscoveryReq", parameters),
    ];
    if dc {
        all.extend([("CableCheckReq", ev(40)), ("PreChargeReq", target)]);
    }
    let progress = |start: bool| match (is_din, start) {
        (true, true) => r#""ReadyToChargeState":true"#,
        (true, false) => r#""ReadyToChargeState":false"#,
        (false, true) => r#""ChargeProgress":"Start","SAScheduleTupleID":1"#,
        (false, false) => r#""ChargeProgress":"Stop","SAScheduleTupleID":1"#,
    };
    all.push(("PowerDeliveryReq", format!("{}{power}", progress(true))));
    all.push(if dc { ("CurrentDemandReq", demand) } else { ("ChargingStatusReq", String::new()) });
    all.push(("PowerDeliveryReq", format!("{}{power}", progress(false))));
    if dc {
        all.push(("WeldingDetectionReq", ev(41)));
    }
    all.push(("SessionStopReq", if is_din { String::new() } else { r#""ChargingSession":"Terminate""#.to_owned() }));
    all
}

/// The car goes through the session up to before the request of that name and number, and asks again while the station is not
/// ready. The number counts the requests of that name, from 0.
pub(super) fn up_to(wire: &mut Wire, dc: bool, name: &str, nth: usize) {
    let protocol = wire.protocol.expect("a protocol");
    let mut seen = 0;
    for (asked, body) in requests(protocol, dc) {
        if asked == name {
            if seen == nth {
                return;
            }
            seen += 1;
        }
        charge(wire, asked, &body);
    }
}

/// One request, and again while it is Ongoing.
pub(super) fn charge(wire: &mut Wire, name: &str, body: &str) {
    let session = if name == "SessionSetupReq" { NONE } else { SESSION };
    for _ in 0..5 {
        let answer = wire.asks(session, name, body);
        assert!(text(&answer, "ResponseCode").starts_with("OK"), "{name}: {answer:?} {:?}", wire.events);
        // The car closes its contactors when the voltage is that of its battery.
        let present = answer.at("EVSEPresentVoltage").and_then(crate::wire::milli).unwrap_or_default();
        let waits = name == "PreChargeReq" && present.abs_diff(380_000) > 20_000;
        if text(&answer, "EVSEProcessing") != "Ongoing" && !waits {
            return;
        }
    }
    panic!("{name} is Ongoing");
}
