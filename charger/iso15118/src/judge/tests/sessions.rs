//! Good sessions: ISO 15118-2 with alternating and direct current, DIN 70121, ISO 15118-20 with direct current.

use std::net::Ipv6Addr;

use slac::{
    AttenCharInd, AttenCharRsp, AttenuationProfile, BROADCAST, Frame, MacAddress, Message, MnbcSoundInd, Nid, Nmk,
    RunId, SlacMatchCnf, SlacMatchReq, SlacParmCnf, SlacParmReq, SoundRandom, StartAttenCharInd,
};

use super::shot::{Sent, Shots, tree};
use crate::Protocol;
use crate::sdp::{self, Security, Transport};
use crate::v2gtp::PayloadType;
use crate::wire::{Side, What};

pub(super) const SESSION: &str = "A1B2C3D4E5F60718";
const CAR: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const STATION: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

/// A message of DIN or -2.
pub(super) fn v2g(protocol: Protocol, session: &str, name: &str, body: &str) -> Sent {
    let json = format!(r#"{{"V2G_Message":{{"Header":{{"SessionID":"{session}"}},"Body":{{"{name}":{{{body}}}}}}}}}"#);
    sent(Some(protocol), PayloadType::EXI, name, &json)
}

fn sent(protocol: Option<Protocol>, payload_type: PayloadType, name: &str, json: &str) -> Sent {
    let from = if name.ends_with("Req") { Side::Car } else { Side::Station };
    Sent { from, payload_type, protocol, tree: tree(json), references: false, octets: None }
}

/// A message of -20.
pub(super) fn v2g20(time: u64, session: &str, name: &str, body: &str) -> Sent {
    let payload_type = if name.starts_with("DC_") { PayloadType::ISO20_DC } else { PayloadType::ISO20_MESSAGES };
    let comma = if body.is_empty() { "" } else { "," };
    let json = format!(r#"{{"{name}":{{"Header":{{"SessionID":"{session}","TimeStamp":{time}}}{comma}{body}}}}}"#);
    sent(Some(Protocol::Iso20), payload_type, name, &json)
}

/// A PhysicalValue.
pub(super) fn value(value: i16, unit: &str) -> String {
    format!(r#"{{"Multiplier":0,"Unit":"{unit}","Value":{value}}}"#)
}

fn matching(shots: &mut Shots) {
    let run_id = RunId([1, 2, 3, 4, 5, 6, 7, 8]);
    let slac = |frame| What::Slac(Box::new(frame));
    shots.other(0, slac(Frame::new(BROADCAST, CAR, Message::SlacParmReq(SlacParmReq::new(run_id)))));
    shots.other(20, slac(Frame::new(CAR, STATION, Message::SlacParmCnf(SlacParmCnf::new(CAR, run_id)))));
    for _ in 0..3 {
        shots.other(
            30,
            slac(Frame::new(BROADCAST, CAR, Message::StartAttenCharInd(StartAttenCharInd::new(CAR, run_id)))),
        );
    }
    for remaining in (0..10).rev() {
        let random = SoundRandom([remaining; 16]);
        shots.other(
            30,
            slac(Frame::new(BROADCAST, CAR, Message::MnbcSoundInd(MnbcSoundInd::new(run_id, remaining, random)))),
        );
    }
    let profile = AttenuationProfile::new(vec![20; AttenuationProfile::GROUPS]).expect("58 groups");
    shots.other(80, slac(Frame::new(CAR, STATION, Message::AttenCharInd(AttenCharInd::new(CAR, run_id, 10, profile)))));
    shots.other(20, slac(Frame::new(STATION, CAR, Message::AttenCharRsp(AttenCharRsp::new(CAR, run_id)))));
    let request = SlacMatchReq::new(CAR, STATION, run_id);
    shots.other(50, slac(Frame::new(STATION, CAR, Message::SlacMatchReq(request.clone()))));
    let nmk = Nmk([7; 16]);
    let confirm = SlacMatchCnf::new(&request, Nid::of(&nmk, Nid::SIMPLE_CONNECT), nmk);
    shots.other(20, slac(Frame::new(CAR, STATION, Message::SlacMatchCnf(confirm))));
}

fn discovery(shots: &mut Shots, security: Security) {
    let transport = Transport::Tcp;
    shots.other(3_000, What::Sdp(sdp::Message::Request(sdp::Request { security, transport })));
    let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
    let response = sdp::Response { address, port: 50_000, security, transport };
    shots.other(20, What::Sdp(sdp::Message::Response(response)));
    shots.other(50, What::Opened { from_the_start: true });
    if security == Security::Tls {
        shots.other(100, What::Tls("TLS 1.3".to_owned()));
    }
}

fn agreement(shots: &mut Shots, namespace: &str, major: u8) {
    let entry = |namespace: &str, major, id, priority| {
        format!(
            r#"{{"ProtocolNamespace":"{namespace}","VersionNumberMajor":{major},"VersionNumberMinor":0,"SchemaID":{id},"Priority":{priority}}}"#
        )
    };
    let (first, second) = (entry("urn:vendor:2030", 1, 7, 1), entry(namespace, major, 3, 2));
    let json = format!(r#"{{"supportedAppProtocolReq":{{"AppProtocol":[{first},{second}]}}}}"#);
    shots.sent(50, sent(None, PayloadType::EXI, "Req", &json));
    let json = r#"{"supportedAppProtocolRes":{"ResponseCode":"OK_SuccessfulNegotiation","SchemaID":3}}"#;
    shots.sent(20, sent(None, PayloadType::EXI, "Res", json));
}

/// Requests and responses, each answered after 10 ms.
struct Talk {
    shots: Shots,
    protocol: Protocol,
}

impl Talk {
    fn new(protocol: Protocol, namespace: &str, security: Security) -> Self {
        let mut shots = Shots::default();
        matching(&mut shots);
        discovery(&mut shots, security);
        agreement(&mut shots, namespace, if protocol == Protocol::Iso20 { 1 } else { 2 });
        Self { shots, protocol }
    }

    fn pair(&mut self, stem: &str, request: &str, response: &str) {
        let asked = if stem == "SessionSetup" { "0000000000000000" } else { SESSION };
        for (after, id, end, body) in [(40, asked, "Req", request), (10, SESSION, "Res", response)] {
            let name = format!("{stem}{end}");
            let time = self.shots.now() + after;
            let message = match self.protocol {
                Protocol::Iso20 => v2g20(time, id, &name, body),
                protocol => v2g(protocol, id, &name, body),
            };
            self.shots.sent(after, message);
        }
    }

    fn end(mut self) -> Shots {
        self.shots.other(100, What::Closed { by: Some(Side::Car), reset: false });
        self.shots
    }
}

const OK: &str = r#""ResponseCode":"OK""#;

fn schedule_iso2() -> String {
    let (one, two) = (value(11_000, "W"), value(7_000, "W"));
    format!(
        r#""SAScheduleList":{{"SAScheduleTuple":[{{"SAScheduleTupleID":1,"PMaxSchedule":{{"PMaxScheduleEntry":[{{"RelativeTimeInterval":{{"start":0}},"PMax":{one}}},{{"RelativeTimeInterval":{{"start":3600,"duration":3600}},"PMax":{two}}}]}}}}]}}"#
    )
}

fn profile_iso2() -> String {
    let (one, two) = (value(10_000, "W"), value(6_000, "W"));
    format!(
        r#""ChargingProfile":{{"ProfileEntry":[{{"ChargingProfileEntryStart":0,"ChargingProfileEntryMaxPower":{one}}},{{"ChargingProfileEntryStart":3600,"ChargingProfileEntryMaxPower":{two}}}]}}"#
    )
}

fn begin_iso2(mode: &str) -> Talk {
    let mut talk = Talk::new(Protocol::Iso2, "urn:iso:15118:2:2013:MsgDef", Security::None);
    talk.pair(
        "SessionSetup",
        r#""EVCCID":"020000000001""#,
        r#""ResponseCode":"OK_NewSessionEstablished","EVSEID":"DE*PLF*E1""#,
    );
    talk.pair(
        "ServiceDiscovery",
        "",
        &format!(
            r#"{OK},"PaymentOptionList":{{"PaymentOption":["ExternalPayment"]}},"ChargeService":{{"ServiceID":1,"ServiceCategory":"EVCharging","FreeService":true,"SupportedEnergyTransferMode":{{"EnergyTransferMode":["{mode}"]}}}},"ServiceList":{{"Service":[{{"ServiceID":3,"ServiceCategory":"Internet","FreeService":true}}]}}"#
        ),
    );
    talk.pair("ServiceDetail", r#""ServiceID":3"#, &format!(r#"{OK},"ServiceID":3"#));
    talk.pair(
        "PaymentServiceSelection",
        r#""SelectedPaymentOption":"ExternalPayment","SelectedServiceList":{"SelectedService":[{"ServiceID":1}]}"#,
        OK,
    );
    for processing in ["Ongoing_WaitingForCustomerInteraction", "Finished"] {
        talk.pair("Authorization", "", &format!(r#"{OK},"EVSEProcessing":"{processing}""#));
    }
    talk
}

pub(super) fn iso2_ac() -> Shots {
    let mut talk = begin_iso2("AC_three_phase_core");
    let status = r#""AC_EVSEStatus":{"NotificationMaxDelay":0,"EVSENotification":"None","RCD":false}"#;
    let request = format!(
        r#""RequestedEnergyTransferMode":"AC_three_phase_core","AC_EVChargeParameter":{{"EAmount":{},"EVMaxVoltage":{},"EVMaxCurrent":{},"EVMinCurrent":{}}}"#,
        value(20_000, "Wh"),
        value(400, "V"),
        value(32, "A"),
        value(6, "A")
    );
    let offer = format!(
        r#""AC_EVSEChargeParameter":{{{status},"EVSENominalVoltage":{},"EVSEMaxCurrent":{}}}"#,
        value(230, "V"),
        value(16, "A")
    );
    let schedule = schedule_iso2();
    talk.pair("ChargeParameterDiscovery", &request, &format!(r#"{OK},"EVSEProcessing":"Ongoing",{offer}"#));
    talk.pair("ChargeParameterDiscovery", &request, &format!(r#"{OK},"EVSEProcessing":"Finished",{schedule},{offer}"#));
    let start = format!(r#""ChargeProgress":"Start","SAScheduleTupleID":1,{}"#, profile_iso2());
    talk.pair("PowerDelivery", &start, &format!("{OK},{status}"));
    for reading in [1_000, 1_010, 1_020] {
        let body = format!(
            r#"{OK},"EVSEID":"DE*PLF*E1","SAScheduleTupleID":1,"EVSEMaxCurrent":{},"MeterInfo":{{"MeterID":"M1","MeterReading":{reading}}},"ReceiptRequired":false,{status}"#,
            value(16, "A")
        );
        talk.pair("ChargingStatus", "", &body);
    }
    talk.pair("PowerDelivery", r#""ChargeProgress":"Stop","SAScheduleTupleID":1"#, &format!("{OK},{status}"));
    talk.pair("SessionStop", r#""ChargingSession":"Terminate""#, OK);
    talk.end()
}

fn evse(isolation: &str, code: &str, protocol: Protocol) -> String {
    let rest = format!(r#""EVSEIsolationStatus":"{isolation}","EVSEStatusCode":"{code}""#);
    let wish = r#""NotificationMaxDelay":0,"EVSENotification":"None""#;
    match protocol {
        Protocol::Din => format!(r#""DC_EVSEStatus":{{{rest},{wish}}}"#),
        _ => format!(r#""DC_EVSEStatus":{{{wish},{rest}}}"#),
    }
}

fn ev(ready: bool, soc: u8) -> String {
    format!(r#""DC_EVStatus":{{"EVReady":{ready},"EVErrorCode":"NO_ERROR","EVRESSSOC":{soc}}}"#)
}

/// From ChargeParameterDiscovery on: the same in DIN and -2 but for its frame.
fn direct_current(mut talk: Talk) -> Shots {
    let protocol = talk.protocol;
    let is_din = protocol == Protocol::Din;
    let mode = if is_din { "EVRequestedEnergyTransferType" } else { "RequestedEnergyTransferMode" };
    let request = format!(
        r#""{mode}":"DC_extended","DC_EVChargeParameter":{{{},"EVMaximumCurrentLimit":{},"EVMaximumVoltageLimit":{}}}"#,
        ev(false, 40),
        value(200, "A"),
        value(420, "V")
    );
    let offer = format!(
        r#""DC_EVSEChargeParameter":{{{},"EVSEMaximumCurrentLimit":{},"EVSEMaximumPowerLimit":{},"EVSEMaximumVoltageLimit":{},"EVSEMinimumCurrentLimit":{},"EVSEMinimumVoltageLimit":{},"EVSEPeakCurrentRipple":{}}}"#,
        evse("Invalid", "EVSE_NotReady", protocol),
        value(150, "A"),
        value(30_000, "W"),
        value(500, "V"),
        value(1, "A"),
        value(150, "V"),
        value(2, "A")
    );
    let schedule = if is_din {
        r#""SAScheduleList":{"SAScheduleTuple":[{"SAScheduleTupleID":1,"PMaxSchedule":{"PMaxScheduleID":1,"PMaxScheduleEntry":[{"RelativeTimeInterval":{"start":0,"duration":86400},"PMax":30000}]}}]}"#.to_owned()
    } else {
        schedule_iso2()
    };
    if !is_din {
        talk.pair("ChargeParameterDiscovery", &request, &format!(r#"{OK},"EVSEProcessing":"Ongoing",{offer}"#));
    }
    talk.pair("ChargeParameterDiscovery", &request, &format!(r#"{OK},"EVSEProcessing":"Finished",{schedule},{offer}"#));
    let monitored = evse("Invalid", "EVSE_IsolationMonitoringActive", protocol);
    let ready = evse("Valid", "EVSE_Ready", protocol);
    talk.pair("CableCheck", &ev(true, 40), &format!(r#"{OK},{monitored},"EVSEProcessing":"Ongoing""#));
    talk.pair("CableCheck", &ev(true, 40), &format!(r#"{OK},{ready},"EVSEProcessing":"Finished""#));
    let target =
        format!(r#"{},"EVTargetVoltage":{},"EVTargetCurrent":{}"#, ev(true, 40), value(380, "V"), value(1, "A"));
    for volts in [200, 375] {
        talk.pair("PreCharge", &target, &format!(r#"{OK},{ready},"EVSEPresentVoltage":{}"#, value(volts, "V")));
    }
    let parameter = |soc| format!(r#""DC_EVPowerDeliveryParameter":{{{},"ChargingComplete":false}}"#, ev(true, soc));
    let start = if is_din {
        format!(
            r#""ReadyToChargeState":true,"ChargingProfile":{{"SAScheduleTupleID":1,"ProfileEntry":[{{"ChargingProfileEntryStart":0,"ChargingProfileEntryMaxPower":20000}}]}},{}"#,
            parameter(40)
        )
    } else {
        format!(r#""ChargeProgress":"Start","SAScheduleTupleID":1,{},{}"#, profile_iso2(), parameter(40))
    };
    talk.pair("PowerDelivery", &start, &format!("{OK},{ready}"));
    for (reading, soc) in [(1_000, 40), (1_010, 41), (1_020, 42)] {
        let request = format!(
            r#"{},"EVTargetCurrent":{},"EVMaximumVoltageLimit":{},"EVMaximumCurrentLimit":{},"ChargingComplete":false,"EVTargetVoltage":{}"#,
            ev(true, soc),
            value(100, "A"),
            value(420, "V"),
            value(200, "A"),
            value(400, "V")
        );
        let more = format!(
            r#","EVSEID":"DE*PLF*E1","SAScheduleTupleID":1,"MeterInfo":{{"MeterID":"M1","MeterReading":{reading}}},"ReceiptRequired":false"#
        );
        let response = format!(
            r#"{OK},{ready},"EVSEPresentVoltage":{},"EVSEPresentCurrent":{},"EVSECurrentLimitAchieved":false,"EVSEVoltageLimitAchieved":false,"EVSEPowerLimitAchieved":false,"EVSEMaximumVoltageLimit":{},"EVSEMaximumCurrentLimit":{},"EVSEMaximumPowerLimit":{}{}"#,
            value(390, "V"),
            value(99, "A"),
            value(500, "V"),
            value(150, "A"),
            value(30_000, "W"),
            if is_din { "" } else { &more }
        );
        talk.pair("CurrentDemand", &request, &response);
    }
    let stop =
        if is_din { r#""ReadyToChargeState":false"# } else { r#""ChargeProgress":"Stop","SAScheduleTupleID":1"# };
    let shutdown = evse("Valid", "EVSE_Shutdown", protocol);
    talk.pair("PowerDelivery", &format!("{stop},{}", parameter(42)), &format!("{OK},{shutdown}"));
    talk.pair(
        "WeldingDetection",
        &ev(false, 42),
        &format!(r#"{OK},{shutdown},"EVSEPresentVoltage":{}"#, value(10, "V")),
    );
    talk.pair("SessionStop", if is_din { "" } else { r#""ChargingSession":"Terminate""# }, OK);
    talk.end()
}

pub(super) fn iso2_dc() -> Shots {
    direct_current(begin_iso2("DC_extended"))
}

pub(super) fn din() -> Shots {
    let mut talk = Talk::new(Protocol::Din, "urn:din:70121:2012:MsgDef", Security::None);
    talk.pair(
        "SessionSetup",
        r#""EVCCID":"020000000001""#,
        r#""ResponseCode":"OK_NewSessionEstablished","EVSEID":"00""#,
    );
    talk.pair(
        "ServiceDiscovery",
        "",
        &format!(
            r#"{OK},"PaymentOptions":{{"PaymentOption":["ExternalPayment"]}},"ChargeService":{{"ServiceTag":{{"ServiceID":1,"ServiceCategory":"EVCharging"}},"FreeService":true,"EnergyTransferType":"DC_extended"}}"#
        ),
    );
    talk.pair(
        "ServicePaymentSelection",
        r#""SelectedPaymentOption":"ExternalPayment","SelectedServiceList":{"SelectedService":[{"ServiceID":1}]}"#,
        OK,
    );
    for processing in ["Ongoing", "Finished"] {
        talk.pair("ContractAuthentication", "", &format!(r#"{OK},"EVSEProcessing":"{processing}""#));
    }
    direct_current(talk)
}

fn number(value: i16) -> String {
    format!(r#"{{"Exponent":0,"Value":{value}}}"#)
}

pub(super) fn iso20_dc() -> Shots {
    let mut talk = Talk::new(Protocol::Iso20, "urn:iso:std:iso:15118:-20:DC", Security::Tls);
    talk.pair(
        "SessionSetup",
        r#""EVCCID":"DEPLF0001""#,
        r#""ResponseCode":"OK_NewSessionEstablished","EVSEID":"DE*PLF*E1""#,
    );
    talk.pair(
        "AuthorizationSetup",
        "",
        &format!(
            r#"{OK},"AuthorizationServices":["EIM"],"CertificateInstallationService":false,"EIM_ASResAuthorizationMode":{{}}"#
        ),
    );
    for processing in ["Ongoing", "Finished"] {
        talk.pair(
            "Authorization",
            r#""SelectedAuthorizationService":"EIM","EIM_AReqAuthorizationMode":{}"#,
            &format!(r#"{OK},"EVSEProcessing":"{processing}""#),
        );
    }
    talk.pair(
        "ServiceDiscovery",
        "",
        &format!(
            r#"{OK},"ServiceRenegotiationSupported":false,"EnergyTransferServiceList":{{"Service":[{{"ServiceID":2,"FreeService":true}},{{"ServiceID":6,"FreeService":true}}]}}"#
        ),
    );
    talk.pair(
        "ServiceDetail",
        r#""ServiceID":2"#,
        &format!(
            r#"{OK},"ServiceID":2,"ServiceParameterList":{{"ParameterSet":[{{"ParameterSetID":1,"Parameter":[{{"@Name":"Connector","intValue":2}}]}}]}}"#
        ),
    );
    talk.pair("ServiceSelection", r#""SelectedEnergyTransferService":{"ServiceID":2,"ParameterSetID":1}"#, OK);
    let limits = |side: &str| {
        let names = ["ChargePower", "ChargeCurrent", "Voltage"];
        let values = [(30_000, 0), (150, 0), (500, 150)];
        let pairs: Vec<String> = names
            .iter()
            .zip(values)
            .map(|(name, (most, least))| {
                format!(r#""{side}Maximum{name}":{},"{side}Minimum{name}":{}"#, number(most), number(least))
            })
            .collect();
        pairs.join(",")
    };
    talk.pair(
        "DC_ChargeParameterDiscovery",
        &format!(r#""DC_CPDReqEnergyTransferMode":{{{}}}"#, limits("EV")),
        &format!(r#"{OK},"DC_CPDResEnergyTransferMode":{{{}}}"#, limits("EVSE")),
    );
    let schedule = format!(
        r#""Scheduled_SEResControlMode":{{"ScheduleTuple":[{{"ScheduleTupleID":1,"ChargingSchedule":{{"PowerSchedule":{{"TimeAnchor":0,"PowerScheduleEntries":{{"PowerScheduleEntry":[{{"Duration":86400,"Power":{}}}]}}}}}}}}]}}"#,
        number(30_000)
    );
    for processing in ["Ongoing", "Finished"] {
        talk.pair(
            "ScheduleExchange",
            r#""MaximumSupportingPoints":100,"Scheduled_SEReqControlMode":{}"#,
            &format!(r#"{OK},"EVSEProcessing":"{processing}",{schedule}"#),
        );
    }
    for processing in ["Ongoing", "Finished"] {
        talk.pair("DC_CableCheck", "", &format!(r#"{OK},"EVSEProcessing":"{processing}""#));
    }
    for (processing, volts) in [("Ongoing", 200), ("Finished", 375)] {
        talk.pair(
            "DC_PreCharge",
            &format!(
                r#""EVProcessing":"{processing}","EVPresentVoltage":{},"EVTargetVoltage":{}"#,
                number(380),
                number(380)
            ),
            &format!(r#"{OK},"EVSEPresentVoltage":{}"#, number(volts)),
        );
    }
    talk.pair(
        "PowerDelivery",
        &format!(
            r#""EVProcessing":"Finished","ChargeProgress":"Start","EVPowerProfile":{{"TimeAnchor":0,"Scheduled_EVPPTControlMode":{{"SelectedScheduleTupleID":1}},"EVPowerProfileEntries":{{"EVPowerProfileEntry":[{{"Duration":86400,"Power":{}}}]}}}}"#,
            number(20_000)
        ),
        OK,
    );
    for reading in [1_000, 1_010] {
        talk.pair(
            "DC_ChargeLoop",
            &format!(
                r#""MeterInfoRequested":true,"EVPresentVoltage":{},"Scheduled_DC_CLReqControlMode":{{"EVTargetCurrent":{},"EVTargetVoltage":{}}}"#,
                number(390),
                number(100),
                number(400)
            ),
            &format!(
                r#"{OK},"MeterInfo":{{"MeterID":"M1","ChargedEnergyReadingWh":{reading}}},"EVSEPresentCurrent":{},"EVSEPresentVoltage":{},"EVSEPowerLimitAchieved":false,"EVSECurrentLimitAchieved":false,"EVSEVoltageLimitAchieved":false,"Scheduled_DC_CLResControlMode":{{}}"#,
                number(99),
                number(390)
            ),
        );
    }
    talk.pair("PowerDelivery", r#""EVProcessing":"Finished","ChargeProgress":"Stop""#, OK);
    talk.pair(
        "DC_WeldingDetection",
        r#""EVProcessing":"Finished""#,
        &format!(r#"{OK},"EVSEPresentVoltage":{}"#, number(10)),
    );
    talk.pair("SessionStop", r#""ChargingSession":"Terminate""#, OK);
    talk.end()
}
