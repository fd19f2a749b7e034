//! What breaks the rules of the discovery, the connection, identifiers, codes and times.

use super::sessions::{SESSION, din, iso2_ac, iso2_dc, iso20_dc, v2g20};
use super::shot::{Sent, Shot, Shots, Thing};
use super::{Case, FIELD, STRICT, case};
use crate::sdp::{self, Security, Transport};
use crate::v2gtp::{HeaderError, PayloadType};
use crate::wire::{Side, What};

/// Enough of both for the order.
const INSTALL: &str = r#""OEMProvisioningCertificateChain":{"@Id":"id1","Certificate":"AA=="},"ListOfRootCertificateIDs":{"RootCertificateID":[{"X509IssuerName":"CN=A","X509SerialNumber":"1"}]},"MaximumContractCertificateChains":1"#;
const INSTALLED: &str = r#""ResponseCode":"OK","EVSEProcessing":"Ongoing","CPSCertificateChain":{"Certificate":"AA=="},"SignedInstallationData":{"@Id":"id2","ContractCertificateChain":{"Certificate":"AA==","SubCertificates":{"Certificate":["AA=="]}},"ECDHCurve":"X448","DHPublicKey":"AA==","X448_EncryptedPrivateKey":"AA=="},"RemainingContractCertificateChains":0"#;

fn question(s: &mut Shots, mut change: impl FnMut(&mut sdp::Request)) {
    s.each(|what| {
        if let What::Sdp(sdp::Message::Request(request)) = what {
            change(request);
        }
    });
}

fn answer(s: &mut Shots, mut change: impl FnMut(&mut sdp::Response)) {
    s.each(|what| {
        if let What::Sdp(sdp::Message::Response(response)) = what {
            change(response);
        }
    });
}

/// More questions before the first.
fn questions(s: &mut Shots, count: usize, gap: u64) {
    let at = s.position(|what| matches!(what, What::Sdp(_)));
    for _ in 0..count {
        let first = s.0[at].clone();
        s.delay_at(at, gap);
        s.0.insert(at, first);
    }
}

fn unreadable_sdp(s: &mut Shots, at: usize) {
    let what = Thing::Other(What::UnreadableSdp("one octet".to_owned()));
    let ms = s.0[at].ms;
    s.0.insert(at, Shot { ms, what });
}

fn no_frame(s: &mut Shots, from: Side) {
    let ms = s.now();
    let at = s.find("ChargingStatusRes", 2) + 1;
    s.0.truncate(at);
    s.0.push(Shot { ms, what: Thing::Other(What::NoFrame { from, error: HeaderError::Version(2, 1) }) });
}

/// Of a frame only the beginning comes.
fn unfinished(s: &mut Shots, name: &str, expected: Option<usize>) {
    let at = s.find(name, 2);
    let Thing::Message(Sent { from, .. }) = s.0[at].what else { return };
    s.0[at] = Shot { ms: s.0[at + 1].ms, what: Thing::Other(What::Unfinished { from, octets: 12, expected }) };
}

fn other_payload(s: &mut Shots, from: Side) {
    let at = s.find("ChargingStatusRes", 2) + 1;
    let ms = s.0[at].ms;
    let what = What::OtherPayload { from, payload_type: PayloadType(0x8fff), octets: 4 };
    s.0.insert(at, Shot { ms, what: Thing::Other(what) });
}

/// So many more exchanges of that stem behind the first, each so much later.
fn polls(s: &mut Shots, stem: &str, count: usize, gap: u64) {
    let (request, response) = (format!("{stem}Req"), format!("{stem}Res"));
    for _ in 1..count {
        s.again(stem, &response);
    }
    for nth in 1..=count {
        s.delay(&request, nth, gap);
    }
}

fn change_session(shot: &mut Shot, id: &str) {
    if let Thing::Message(sent) = &mut shot.what
        && let exi::Tree::Fields(root) = &mut sent.tree
        && let Some(session) = root[0].1.at_mut("Header/SessionID")
    {
        *session = exi::Tree::Text(id.to_owned());
    }
}

fn zero(shot: &mut Shot) {
    change_session(shot, "0000000000000000");
}

/// The station gives a short one, the car writes it with all digits.
fn shorten(shot: &mut Shot) {
    let from_car = matches!(&shot.what, Thing::Message(sent) if sent.from == Side::Car);
    let is_setup = matches!(&shot.what, Thing::Message(sent) if sent.name() == "SessionSetupReq");
    if !is_setup {
        change_session(shot, if from_car { "00000000000000AB" } else { "AB" });
    }
}

pub(super) const CASES: &[Case] = &[
    case("SDP-READABLE-CAR", iso2_ac, STRICT, &[], |s| unreadable_sdp(s, 19)),
    case("SDP-READABLE-STATION", iso2_ac, STRICT, &["SDP-RES-ASKED"], |s| unreadable_sdp(s, 20)),
    case("SDP-REQ-SECURITY", iso2_ac, STRICT, &[], |s| {
        question(s, |request| {
            request.security = Security::Reserved(5);
        })
    }),
    case("SDP-REQ-TRANSPORT", iso2_ac, STRICT, &[], |s| {
        question(s, |request| {
            request.transport = Transport::Udp;
        })
    }),
    case("SDP-REQ-PACE", iso2_ac, STRICT, &[], |s| questions(s, 1, 100)),
    case("SDP-REQ-COUNT", iso2_ac, STRICT, &[], |s| questions(s, 50, 250)),
    case("SDP-RES-ASKED", iso2_ac, STRICT, &[], |s| {
        s.0.remove(19);
    }),
    case("SDP-RES-IN-TIME", iso2_ac, STRICT, &[], |s| s.delay_at(20, 300)),
    case("SDP-RES-LINK-LOCAL", iso2_ac, STRICT, &[], |s| {
        answer(s, |response| {
            response.address = std::net::Ipv6Addr::LOCALHOST;
        })
    }),
    case("SDP-RES-PORT", iso2_ac, STRICT, &[], |s| {
        answer(s, |response| {
            response.port = 15118;
        })
    }),
    case("SDP-RES-SECURITY", iso2_ac, STRICT, &[], |s| {
        answer(s, |response| {
            response.security = Security::Reserved(1);
        })
    }),
    case("SDP-RES-TRANSPORT", iso2_ac, STRICT, &[], |s| {
        answer(s, |response| {
            response.transport = Transport::Udp;
        })
    }),
    case("SDP-RES-FITS", iso20_dc, STRICT, &[], |s| {
        question(s, |request| {
            request.security = Security::None;
        })
    }),
    case("SDP-KEPT", iso2_ac, STRICT, &[], |s| {
        question(s, |request| request.security = Security::Tls);
        answer(s, |response| response.security = Security::Tls);
    }),
    case("SAP-FIRST", iso2_ac, STRICT, &[], |s| s.drop_all("supportedAppProtocol")),
    case("SAP-ONCE", iso2_ac, STRICT, &[], |s| s.again("supportedAppProtocol", "supportedAppProtocolRes")),
    case("SAP-IDS", iso2_ac, STRICT, &[], |s| s.set("supportedAppProtocolReq", "AppProtocol/0/SchemaID", "3")),
    case("SAP-PRIORITIES", iso2_ac, STRICT, &[], |s| s.set("supportedAppProtocolReq", "AppProtocol/0/Priority", "2")),
    case("SAP-NAMESPACE", iso2_ac, STRICT, &[], |s| {
        s.set(
            "supportedAppProtocolReq",
            "AppProtocol/0/ProtocolNamespace",
            "\"urn:iso:std:iso:15118:-20:CommonMessages\"",
        )
    }),
    case("SAP-ID-THERE", iso2_ac, STRICT, &[], |s| s.unset("supportedAppProtocolRes", "SchemaID")),
    case("SAP-ID-OFFERED", iso2_ac, STRICT, &[], |s| s.set("supportedAppProtocolRes", "SchemaID", "4")),
    case("SAP-RANKING", iso2_ac, STRICT, &[], |s| {
        s.set("supportedAppProtocolReq", "AppProtocol/0/ProtocolNamespace", "\"urn:iso:15118:2:2013:MsgDef\"");
        s.set("supportedAppProtocolReq", "AppProtocol/0/VersionNumberMajor", "2");
    }),
    case("SAP-MAJOR", iso2_ac, STRICT, &[], |s| {
        s.set("supportedAppProtocolReq", "AppProtocol/1/VersionNumberMajor", "3")
    }),
    case("SAP-MINOR", iso2_ac, STRICT, &[], |s| {
        s.set("supportedAppProtocolReq", "AppProtocol/1/VersionNumberMinor", "1")
    }),
    case("SAP-FAILED-END", iso2_ac, STRICT, &[], |s| {
        s.set("supportedAppProtocolRes", "ResponseCode", "\"Failed_NoNegotiation\"")
    }),
    case("V2GTP-HEADER-CAR", iso2_ac, STRICT, &[], |s| no_frame(s, Side::Car)),
    case("V2GTP-HEADER-STATION", iso2_ac, STRICT, &[], |s| no_frame(s, Side::Station)),
    case("V2GTP-HEADER-CAR", iso2_ac, STRICT, &[], |s| unfinished(s, "ChargingStatusReq", Some(120))),
    case("V2GTP-HEADER-STATION", iso2_ac, STRICT, &[], |s| unfinished(s, "ChargingStatusRes", None)),
    case("V2GTP-TYPE-CAR", iso2_ac, STRICT, &[], |s| other_payload(s, Side::Car)),
    case("V2GTP-TYPE-STATION", iso2_ac, STRICT, &[], |s| {
        s.message("SessionStopRes", 0).payload_type = PayloadType::ISO20_AC
    }),
    case("EXI-READABLE-CAR", iso2_ac, STRICT, &[], |s| s.message("ChargingStatusReq", 0).octets = Some(vec![0x80])),
    case("EXI-READABLE-STATION", iso2_ac, STRICT, &[], |s| s.message("ChargingStatusRes", 0).octets = Some(vec![0x80])),
    case("EXI-FACETS-CAR", iso2_ac, STRICT, &["ID-EVCCID"], |s| {
        s.set("SessionSetupReq", "EVCCID", "\"02000000000102\"")
    }),
    case("EXI-FACETS-STATION", iso2_ac, STRICT, &[], |s| {
        s.set("ChargingStatusRes", "MeterInfo/MeterID", "\"123456789012345678901234567890123\"")
    }),
    case("EXI-LITERAL-CAR", iso2_ac, STRICT, &[], |s| s.message("SessionSetupReq", 0).references = true),
    case("EXI-LITERAL-STATION", iso2_ac, STRICT, &[], |s| s.message("SessionSetupRes", 0).references = true),
    case("V2G-CAR-ASKS", iso2_ac, STRICT, &[], |s| {
        let at = s.find("ChargingStatusReq", 1);
        if let Thing::Message(sent) = &mut s.0[at].what
            && let exi::Tree::Fields(root) = &mut sent.tree
            && let Some(body) = root[0].1.at_mut("Body")
        {
            *body = exi::Tree::Fields(Vec::new());
        }
    }),
    case("V2G-CAR-ASKS", iso2_ac, STRICT, &["V2G-ONE-IN-FLIGHT"], |s| {
        s.message("ChargingStatusRes", 1).from = Side::Car
    }),
    case("V2G-STATION-ANSWERS", iso2_ac, STRICT, &[], |s| s.message("ChargingStatusReq", 1).from = Side::Station),
    case("I20-TLS", iso20_dc, STRICT, &[], |s| {
        s.each(|what| match what {
            What::Sdp(sdp::Message::Request(request)) => request.security = Security::None,
            What::Sdp(sdp::Message::Response(response)) => response.security = Security::None,
            What::Tls(_) => *what = What::Lost { from: Side::Car, octets: 0 },
            _ => {}
        })
    }),
    case("V2G-ONE-IN-FLIGHT", iso2_ac, STRICT, &[], |s| s.drop("ChargingStatusRes", 1)),
    case("V2G-RES-ASKED", iso2_ac, STRICT, &[], |s| s.drop("ChargingStatusReq", 1)),
    case("V2G-RES-FITS", iso2_dc, STRICT, &["PROC-CABLE-CHECK"], |s| {
        let body = s.message("CableCheckRes", 0).clone();
        *s.message("PreChargeRes", 0) = body;
    }),
    case("V2G-RES-THERE", iso2_ac, STRICT, &[], |s| {
        s.drop("SessionStopRes", 0);
        let last = s.0.len() - 1;
        s.delay_at(last, 3_000);
    }),
    case("END-NOTHING-AFTER", iso2_ac, STRICT, &["I2-SEQ-SESSION-STOP", "SEQ-ERROR-TOLD"], |s| {
        s.again("SessionStop", "SessionStopRes")
    }),
    case("END-CAR-STOPS", iso2_ac, STRICT, &[], |s| s.drop_all("SessionStop")),
    case("END-STATION-WAITS", iso2_ac, STRICT, &[], |s| {
        s.drop_all("SessionStop");
        s.each(|what| {
            if let What::Closed { by, .. } = what {
                *by = Some(Side::Station);
            }
        });
    }),
    case("END-CLOSED-IN-TIME", iso2_ac, STRICT, &[], |s| {
        let last = s.0.len() - 1;
        s.delay_at(last, 6_000);
    }),
    case("SID-FIRST", iso2_ac, STRICT, &[], |s| s.set_session("SessionSetupReq", 0, "1111111111111111")),
    case("SID-LENGTH-CAR", iso2_ac, STRICT, &[], |s| s.set_session("SessionSetupReq", 0, "00")),
    case("SID-LENGTH-STATION", iso2_ac, STRICT, &[], |s| s.0.iter_mut().for_each(shorten)),
    case("SID-NEW", iso2_ac, STRICT, &[], |s| s.0.iter_mut().for_each(zero)),
    case("SID-JOINED", iso2_ac, STRICT, &[], |s| s.set("SessionSetupRes", "ResponseCode", "\"OK_OldSessionJoined\"")),
    case("SID-KEPT-CAR", iso2_ac, STRICT, &["RC-AFTER-FAILED"], |s| {
        s.set_session("ServiceDetailReq", 0, "1111111111111111");
        s.set("ServiceDetailRes", "ResponseCode", "\"FAILED_UnknownSession\"");
    }),
    case("SID-KEPT-STATION", iso2_ac, STRICT, &[], |s| s.set_session("ServiceDetailRes", 0, "1111111111111111")),
    case("SID-UNKNOWN-TOLD", iso2_ac, STRICT, &["SID-KEPT-CAR"], |s| {
        s.set_session("ServiceDetailReq", 0, "1111111111111111")
    }),
    case("SID-UNKNOWN-TRUE", iso2_ac, STRICT, &[], |s| {
        s.set("SessionStopRes", "ResponseCode", "\"FAILED_UnknownSession\"")
    }),
    case("RC-SETUP", iso2_ac, STRICT, &[], |s| s.set("SessionSetupRes", "ResponseCode", "\"OK\"")),
    case("RC-SETUP-ONLY", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDetailRes", "ResponseCode", "\"OK_NewSessionEstablished\"")
    }),
    case("RC-EXPIRES-SOON", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDetailRes", "ResponseCode", "\"OK_CertificateExpiresSoon\"")
    }),
    case("RC-FITS", iso2_ac, STRICT, &[], |s| s.set("SessionStopRes", "ResponseCode", "\"FAILED_ContactorError\"")),
    case("RC-AFTER-FAILED", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "ResponseCode", "\"FAILED\"")),
    case("I20-RC-AFTER-FAILED", iso20_dc, STRICT, &[], |s| {
        s.set_nth("DC_ChargeLoopRes", 0, "ResponseCode", "\"FAILED\"")
    }),
    case("I20-RC-WARNING", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceDetailRes", "ResponseCode", "\"WARNING_ChallengeInvalid\"")
    }),
    case("I20-RC-TOLERANCE", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceDetailRes", "ResponseCode", "\"OK_PowerToleranceConfirmed\"")
    }),
    case("PROC-AUTHORIZATION", iso2_ac, STRICT, &[], |s| s.set("AuthorizationRes", "EVSEProcessing", "\"Ongoing\"")),
    case("PROC-PARAMETERS", iso2_ac, STRICT, &[], |s| s.drop_exchange("ChargeParameterDiscovery", 1)),
    case("PROC-CABLE-CHECK", iso2_dc, STRICT, &[], |s| s.drop_exchange("CableCheck", 1)),
    case("PROC-AGAIN", iso2_ac, STRICT, &[], |s| s.set("AuthorizationRes", "EVSEProcessing", "\"Finished\"")),
    case("I20-PROC-SCHEDULE", iso20_dc, STRICT, &[], |s| s.set("ScheduleExchangeRes", "EVSEProcessing", "\"Ongoing\"")),
    case("I20-PROC-INSTALLATION", iso20_dc, STRICT, &["EXI-FACETS-STATION"], |s| {
        s.insert(
            "AuthorizationSetupRes",
            [
                v2g20(0, SESSION, "CertificateInstallationReq", INSTALL),
                v2g20(0, SESSION, "CertificateInstallationRes", INSTALLED),
            ],
        )
    }),
    case("I20-PROC-START", iso20_dc, STRICT, &[], |s| s.set_nth("PowerDeliveryReq", 0, "EVProcessing", "\"Ongoing\"")),
    case("I20-PROC-PRE-CHARGE", iso20_dc, STRICT, &[], |s| s.set("DC_PreChargeReq", "EVProcessing", "\"Ongoing\"")),
    case("TIME-RES-PERFORMANCE", iso2_ac, STRICT, &[], |s| s.delay("ServiceDiscoveryRes", 0, 1_600)),
    case("TIME-RES-PERFORMANCE", iso2_ac, STRICT, &[], |s| s.delay("supportedAppProtocolRes", 0, 1_600)),
    case("TIME-RES-TIMEOUT", iso2_ac, FIELD, &[], |s| s.delay("supportedAppProtocolRes", 0, 3_000)),
    case("TIME-RES-LOOP-PERFORMANCE", iso2_dc, STRICT, &[], |s| s.delay("CurrentDemandRes", 1, 50)),
    case("TIME-RES-TIMEOUT", iso2_ac, FIELD, &[], |s| s.delay("ServiceDiscoveryRes", 0, 2_500)),
    case("TIME-RES-LOOP-TIMEOUT", iso2_dc, FIELD, &[], |s| s.delay("CurrentDemandRes", 1, 300)),
    case("TIME-REQ-PERFORMANCE", iso2_ac, STRICT, &[], |s| s.delay("ChargingStatusReq", 1, 45_000)),
    case("TIME-REQ-TIMEOUT", iso2_ac, FIELD, &[], |s| s.delay("ChargingStatusReq", 1, 61_000)),
    case("I20-TIME-REQ-LOOP", iso20_dc, STRICT, &[], |s| s.delay("DC_ChargeLoopReq", 1, 600)),
    case("TIME-SETUP", iso2_ac, STRICT, &[], |s| s.delay("SessionSetupReq", 0, 18_000)),
    case("TIME-ONGOING-AUTHORIZATION", iso2_ac, STRICT, &[], |s| polls(s, "Authorization", 2, 28_500)),
    case("TIME-ONGOING-PARAMETERS", iso2_ac, STRICT, &[], |s| polls(s, "ChargeParameterDiscovery", 2, 28_500)),
    case("TIME-ONGOING-CAR", iso2_ac, FIELD, &[], |s| polls(s, "Authorization", 2, 31_000)),
    case("TIME-CABLE-CHECK", iso2_dc, STRICT, &[], |s| s.delay("CableCheckReq", 1, 39_000)),
    case("TIME-CABLE-CHECK-CAR", iso2_dc, FIELD, &[], |s| polls(s, "CableCheck", 2, 21_000)),
    case("TIME-PRE-CHARGE", iso2_dc, STRICT, &[], |s| s.delay("PreChargeReq", 1, 6_000)),
    case("TIME-PRE-CHARGE-CAR", iso2_dc, FIELD, &[], |s| s.delay("PreChargeReq", 1, 8_000)),
    case("DIN-TIME-READY", din, STRICT, &[], |s| {
        for stem in [
            "ServiceDiscovery",
            "ServicePaymentSelection",
            "ContractAuthentication",
            "ChargeParameterDiscovery",
            "CableCheck",
        ] {
            s.delay(&format!("{stem}Req"), 0, 35_000);
        }
    }),
];
