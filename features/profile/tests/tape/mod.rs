//! A session that never happened, written as a capture.

#![allow(dead_code)] // each test file is a program of its own and uses its part

use capture::testing::{Ends, Flags, Talk, ethernet, udp};
use capture::writer::Pcap;
use capture::{Direction, Reader};
use conversation::{Follower, Options};
use exi::{Facets, Tree};
use iso15118::sdp::{self, Security, Transport};
use iso15118::v2gtp::{Frame, PayloadType};
use iso15118::{Protocol, schemas};
use profile::Profiler;
use slac::{MacAddress, Nid, Nmk, RunId, SlacMatchCnf, SlacMatchReq};

/// Where the station waits.
const PORT: u16 = 61_341;

/// A capture that is being made.
pub(crate) struct Tape {
    pcap: Pcap,
    talk: Talk,
    now: u64,
    protocol: Option<Protocol>,
    session: &'static str,
}

impl Tape {
    pub(crate) fn new() -> Self {
        let talk = Talk::new(Ends::v6(50_000, PORT));
        Self { pcap: Pcap::new(), talk, now: 1_700_000_000_000_000_000, protocol: None, session: "00" }
    }

    fn packets(&mut self, packets: Vec<Vec<u8>>) {
        for packet in packets {
            self.pcap.packet(self.now, &ethernet(&packet));
        }
    }

    pub(crate) fn wait(&mut self, milliseconds: u64) -> &mut Self {
        self.now += milliseconds * 1_000_000;
        self
    }

    /// Matching ends.
    pub(crate) fn matched(&mut self) -> &mut Self {
        let (car, evse) = (MacAddress([2, 0, 0, 0, 0, 0x0a]), MacAddress([2, 0, 0, 0, 0, 0x0b]));
        let request = SlacMatchReq::new(car, evse, RunId([7; 8]));
        let confirmation = SlacMatchCnf::new(&request, Nid([1; 7]), Nmk([2; 16]));
        let frame = slac::Frame::new(car, evse, slac::Message::SlacMatchCnf(confirmation)).encode();
        self.pcap.packet(self.now, &frame);
        self
    }

    /// The car looks for the station.
    pub(crate) fn asks(&mut self, security: Security) -> &mut Self {
        let (payload_type, payload) =
            sdp::Message::Request(sdp::Request { security, transport: Transport::Tcp }).encode();
        self.datagram(Direction::Forward, Frame { payload_type, payload })
    }

    /// It is answered.
    pub(crate) fn is_answered(&mut self) -> &mut Self {
        let response = sdp::Response {
            address: "fe80::b".parse().expect("an address"),
            port: PORT,
            security: Security::None,
            transport: Transport::Tcp,
        };
        let (payload_type, payload) = sdp::Message::Response(response).encode();
        self.datagram(Direction::Backward, Frame { payload_type, payload })
    }

    fn datagram(&mut self, direction: Direction, frame: Frame) -> &mut Self {
        let (mut from, mut to) = self.talk.ends.of(direction);
        match direction {
            Direction::Forward => to.set_port(sdp::PORT),
            Direction::Backward => from.set_port(sdp::PORT),
        }
        self.packets(vec![udp(from, to, &frame.encode())]);
        self
    }

    pub(crate) fn opens(&mut self) -> &mut Self {
        let packets = self.talk.open();
        self.packets(packets);
        self
    }

    pub(crate) fn resets(&mut self) -> &mut Self {
        let packet = self.talk.reset(Direction::Forward);
        self.packets(vec![packet]);
        self
    }

    /// The station has said everything first, then the car has.
    pub(crate) fn is_closed(&mut self) -> &mut Self {
        let packets = vec![
            self.talk.segment(Direction::Backward, Flags::FIN, true, &[]),
            self.talk.segment(Direction::Forward, Flags::FIN, true, &[]),
            self.talk.segment(Direction::Backward, Flags::NONE, true, &[]),
        ];
        self.packets(packets);
        self
    }

    /// A whole message, as JSON in the order of its schema.
    fn says(&mut self, direction: Direction, json: &str, zeros: usize) {
        let set = match self.protocol {
            None => &schemas::SAP,
            Some(Protocol::Din) => &schemas::DIN,
            Some(_) => &schemas::ISO2,
        };
        let tree: Tree = serde_json::from_str(json).expect("a tree");
        let mut payload = Vec::new();
        exi::tree_to_document(set, &tree, Facets::Off, &mut payload).unwrap_or_else(|error| panic!("{json}: {error}"));
        payload.resize(payload.len() + zeros, 0);
        let frame = Frame { payload_type: PayloadType::EXI, payload };
        let packets = self.talk.says(direction, &frame.encode());
        self.packets(packets);
    }

    /// DIN 70121 is offered, and taken.
    pub(crate) fn agrees_on_din(&mut self) -> &mut Self {
        let offer = r#"{"supportedAppProtocolReq": {"AppProtocol": [
            {"ProtocolNamespace": "urn:iso:15118:2:2013:MsgDef", "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 0, "Priority": 1},
            {"ProtocolNamespace": "urn:din:70121:2012:MsgDef", "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 2}]}}"#;
        self.says(Direction::Forward, offer, 0);
        self.wait(5);
        let answer = r#"{"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}}"#;
        self.says(Direction::Backward, answer, 0);
        self.protocol = Some(Protocol::Din);
        self
    }

    fn in_session(&mut self, direction: Direction, name: &str, body: &str, zeros: usize) {
        let session = self.session;
        let json = format!(
            r#"{{"V2G_Message": {{"Header": {{"SessionID": "{session}"}}, "Body": {{"{name}": {{{body}}}}}}}}}"#
        );
        self.says(direction, &json, zeros);
    }

    /// After so many milliseconds the car asks, and after so many more the station answers.
    pub(crate) fn exchange(&mut self, waits: u64, name: &str, request: &str, takes: u64, response: &str) -> &mut Self {
        self.wait(waits);
        // One who writes an octet too many.
        let zeros = usize::from(name == "ContractAuthentication");
        self.in_session(Direction::Forward, &format!("{name}Req"), request, zeros);
        self.wait(takes);
        self.session = "0102030405060708";
        self.in_session(Direction::Backward, &format!("{name}Res"), &format!(r#""ResponseCode": {response}"#), 0);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pcap.clone().into_bytes()
    }
}

/// Follows captures.
pub(crate) fn follow(profiler: &mut Profiler, name: &str, bytes: &[u8]) {
    profiler.begin(name);
    let mut follower = Follower::new(Options::default());
    for event in Reader::open(bytes) {
        let Ok(event) = event else { break };
        follower.take(event);
        follower.drain().for_each(|seen| profiler.take(&seen));
    }
}

const STATUS: &str = r#""DC_EVSEStatus": {"EVSEIsolationStatus": "Valid", "EVSEStatusCode": "EVSE_Ready", "NotificationMaxDelay": 0, "EVSENotification": "None"}"#;

/// A whole session of DIN 70121; the car tears the connection down.
pub(crate) fn session() -> Tape {
    let mut tape = open_session();
    tape.wait(7).resets();
    tape
}

/// A session of DIN 70121 up to SessionStopRes.
pub(crate) fn open_session() -> Tape {
    let mut tape = Tape::new();
    let car =
        |ready: bool| format!(r#""DC_EVStatus": {{"EVReady": {ready}, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 40}}"#);
    let value = |field: &str, multiplier: i8, unit: &str, value: i16| {
        format!(r#""{field}": {{"Multiplier": {multiplier}, "Unit": "{unit}", "Value": {value}}}"#)
    };
    tape.matched().wait(900).asks(Security::Tls).wait(250).asks(Security::Tls).wait(12).is_answered();
    tape.wait(30).opens().wait(40).agrees_on_din();
    tape.exchange(
        20,
        "SessionSetup",
        r#""EVCCID": "02AABBCCDDEE""#,
        98,
        r#""OK_NewSessionEstablished", "EVSEID": "49A80737A45678""#,
    );
    tape.exchange(21, "ServiceDiscovery", "", 99, r#""OK", "PaymentOptions": {"PaymentOption": ["ExternalPayment"]}, "ChargeService": {"ServiceTag": {"ServiceID": 1, "ServiceCategory": "EVCharging"}, "FreeService": false, "EnergyTransferType": "DC_extended"}"#);
    tape.exchange(
        22,
        "ServicePaymentSelection",
        r#""SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]}"#,
        97,
        r#""OK""#,
    );
    for processing in ["Ongoing", "Ongoing", "Finished"] {
        tape.exchange(50, "ContractAuthentication", "", 60, &format!(r#""OK", "EVSEProcessing": "{processing}""#));
    }
    let parameters = format!(
        r#""EVRequestedEnergyTransferType": "DC_extended", "DC_EVChargeParameter": {{{}, {}, {}}}"#,
        car(false),
        value("EVMaximumCurrentLimit", -1, "A", 1255),
        value("EVMaximumVoltageLimit", -1, "V", 4120),
    );
    let offer = format!(
        r#""OK", "EVSEProcessing": "Finished", "SAScheduleList": {{"SAScheduleTuple": [{{"SAScheduleTupleID": 1, "PMaxSchedule": {{"PMaxScheduleID": 1, "PMaxScheduleEntry": [{{"RelativeTimeInterval": {{"start": 0, "duration": 86400}}, "PMax": 20000}}]}}}}]}}, "DC_EVSEChargeParameter": {{{STATUS}, {}, {}, {}, {}, {}, {}}}"#,
        value("EVSEMaximumCurrentLimit", 0, "A", 50),
        value("EVSEMaximumPowerLimit", 1, "W", 2000),
        value("EVSEMaximumVoltageLimit", 0, "V", 500),
        value("EVSEMinimumCurrentLimit", 0, "A", 1),
        value("EVSEMinimumVoltageLimit", 0, "V", 200),
        value("EVSEPeakCurrentRipple", 0, "A", 2),
    );
    tape.exchange(23, "ChargeParameterDiscovery", &parameters, 100, &offer);
    for (isolation, processing) in [("Invalid", "Ongoing"), ("Valid", "Finished")] {
        let status = STATUS.replace(r#"Status": "Valid"#, &format!(r#"Status": "{isolation}"#));
        tape.exchange(
            110,
            "CableCheck",
            &car(true),
            90,
            &format!(r#""OK", {status}, "EVSEProcessing": "{processing}""#),
        );
    }
    for present in [5000, 3650] {
        let target = format!(
            "{}, {}, {}",
            car(true),
            value("EVTargetVoltage", -1, "V", 3600),
            value("EVTargetCurrent", 0, "A", 0)
        );
        let response = format!(r#""OK", {STATUS}, {}"#, value("EVSEPresentVoltage", -1, "V", present));
        tape.exchange(120, "PreCharge", &target, 80, &response);
    }
    let power = |on: bool| {
        format!(
            r#""ReadyToChargeState": {on}, "DC_EVPowerDeliveryParameter": {{{}, "ChargingComplete": false}}"#,
            car(on)
        )
    };
    tape.exchange(30, "PowerDelivery", &power(true), 350, &format!(r#""OK", {STATUS}"#));
    for (target, present) in [(5, 0), (10, 5), (20, 10), (30, 20), (30, 30)] {
        let request = format!(
            r#"{}, {}, "ChargingComplete": false, {}"#,
            car(true),
            value("EVTargetCurrent", 0, "A", target),
            value("EVTargetVoltage", 0, "V", 400)
        );
        let response = format!(
            r#""OK", {STATUS}, {}, {}, "EVSECurrentLimitAchieved": false, "EVSEVoltageLimitAchieved": false, "EVSEPowerLimitAchieved": false"#,
            value("EVSEPresentVoltage", -1, "V", 3655),
            value("EVSEPresentCurrent", 0, "A", present)
        );
        tape.exchange(100, "CurrentDemand", &request, 25, &response);
    }
    tape.exchange(35, "PowerDelivery", &power(false), 45, &format!(r#""OK", {STATUS}"#));
    tape.exchange(36, "SessionStop", "", 46, r#""OK""#);
    tape
}
