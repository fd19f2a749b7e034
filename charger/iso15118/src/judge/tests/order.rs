//! What breaks the order of messages.

use super::sessions::{SESSION, din, iso2_ac, iso2_dc, iso20_dc, v2g, v2g20};
use super::shot::{Sent, Shot, Thing};
use super::{Case, STRICT, case};
use crate::Protocol;

const INSTALL2: &str = r#""@Id":"id1","OEMProvisioningCert":"AA==","ListOfRootCertificateIDs":{"RootCertificateID":[{"X509IssuerName":"CN=A","X509SerialNumber":"1"}]}"#;
const UPDATE2: &str = r#""@Id":"id1","ContractSignatureCertChain":{"Certificate":"AA=="},"eMAID":"DEABC123456789","ListOfRootCertificateIDs":{"RootCertificateID":[{"X509IssuerName":"CN=A","X509SerialNumber":"1"}]}"#;
const DETAILS2: &str = r#""eMAID":"DEABC123456789","ContractSignatureCertChain":{"Certificate":"AA=="}"#;
const RECEIPT2: &str = r#""SessionID":"A1B2C3D4E5F60718","MeterInfo":{"MeterID":"M1"}"#;
const RECEIVED2: &str = r#""ResponseCode":"FAILED_SequenceError","AC_EVSEStatus":{"NotificationMaxDelay":0,"EVSENotification":"None","RCD":false}"#;
const STATUS_DIN: &str = r#""ResponseCode":"FAILED_SequenceError","EVSEID":"00","SAScheduleTupleID":1,"ReceiptRequired":false,"AC_EVSEStatus":{"PowerSwitchClosed":true,"RCD":false,"NotificationMaxDelay":0,"EVSENotification":"None"}"#;
const INSTALL20: &str = r#""OEMProvisioningCertificateChain":{"@Id":"id1","Certificate":"AA=="},"ListOfRootCertificateIDs":{"RootCertificateID":[{"X509IssuerName":"CN=A","X509SerialNumber":"1"}]},"MaximumContractCertificateChains":1"#;
const INSTALLED20: &str = r#""ResponseCode":"FAILED_SequenceError","EVSEProcessing":"Finished","CPSCertificateChain":{"Certificate":"AA=="},"SignedInstallationData":{"@Id":"id2","ContractCertificateChain":{"Certificate":"AA==","SubCertificates":{"Certificate":["AA=="]}},"ECDHCurve":"X448","DHPublicKey":"AA==","X448_EncryptedPrivateKey":"AA=="},"RemainingContractCertificateChains":0"#;
const CONFIRM20: &str = r#""SignedMeteringData":{"@Id":"id1","SessionID":"A1B2C3D4E5F60718","MeterInfo":{"MeterID":"M1","ChargedEnergyReadingWh":1},"Dynamic_SMDTControlMode":{}}"#;

fn sent_of(shot: Shot) -> Sent {
    match shot.what {
        Thing::Message(sent) => sent,
        Thing::Other(_) => panic!("a message"),
    }
}

pub(super) const CASES: &[Case] = &[
    case("I2-SEQ-SESSION-SETUP", iso2_ac, STRICT, &["I2-SEQ-PAYMENT-SERVICE-SELECTION", "SEQ-ERROR-TOLD"], |s| {
        s.again("SessionSetup", "ServiceDetailRes")
    }),
    case(
        "I2-SEQ-SERVICE-DISCOVERY",
        iso2_ac,
        STRICT,
        &["PROC-AUTHORIZATION", "I2-SEQ-AUTHORIZATION", "SEQ-ERROR-TOLD"],
        |s| s.again("ServiceDiscovery", "AuthorizationRes"),
    ),
    case(
        "I2-SEQ-SERVICE-DETAIL",
        iso2_ac,
        STRICT,
        &["PROC-AUTHORIZATION", "I2-SEQ-AUTHORIZATION", "SEQ-ERROR-TOLD"],
        |s| s.again("ServiceDetail", "AuthorizationRes"),
    ),
    case("I2-SEQ-PAYMENT-SERVICE-SELECTION", iso2_ac, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("ServiceDiscovery");
        s.drop_all("ServiceDetail");
    }),
    case("I2-SEQ-CERTIFICATE-INSTALLATION", iso2_ac, STRICT, &["EXI-FACETS-STATION", "RC-AFTER-FAILED"], |s| {
        s.insert(
            "ServiceDetailRes",
            [
                v2g(Protocol::Iso2, SESSION, "CertificateInstallationReq", INSTALL2),
                v2g(Protocol::Iso2, SESSION, "CertificateInstallationRes", r#""ResponseCode":"FAILED_SequenceError""#),
            ],
        )
    }),
    case("I2-SEQ-CERTIFICATE-UPDATE", iso2_ac, STRICT, &["EXI-FACETS-STATION", "RC-AFTER-FAILED"], |s| {
        s.insert(
            "ServiceDetailRes",
            [
                v2g(Protocol::Iso2, SESSION, "CertificateUpdateReq", UPDATE2),
                v2g(Protocol::Iso2, SESSION, "CertificateUpdateRes", r#""ResponseCode":"FAILED_SequenceError""#),
            ],
        )
    }),
    case("I2-SEQ-PAYMENT-DETAILS", iso2_ac, STRICT, &["RC-AFTER-FAILED"], |s| {
        s.insert("ServiceDetailRes", [v2g(Protocol::Iso2, SESSION, "PaymentDetailsReq", DETAILS2), v2g(Protocol::Iso2, SESSION, "PaymentDetailsRes", r#""ResponseCode":"FAILED_SequenceError","GenChallenge":"AAAAAAAAAAAAAAAAAAAAAA==","EVSETimeStamp":1"#)])
    }),
    case("I2-SEQ-AUTHORIZATION", iso2_ac, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("PaymentServiceSelection")),
    case("I2-SEQ-CHARGE-PARAMETER-DISCOVERY", iso2_ac, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("Authorization")),
    case("I2-SEQ-CABLE-CHECK", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("ChargeParameterDiscovery")),
    case("I2-SEQ-PRE-CHARGE", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("CableCheck")),
    case("I2-SEQ-POWER-DELIVERY-START", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("PreCharge")),
    case("I2-SEQ-POWER-DELIVERY-RENEGOTIATE", iso2_ac, STRICT, &["PROC-PARAMETERS", "SEQ-ERROR-TOLD"], |s| {
        s.again("PowerDelivery", "ChargeParameterDiscoveryRes");
        s.set_nth("PowerDeliveryReq", 0, "ChargeProgress", "\"Renegotiate\"");
    }),
    case("I2-SEQ-CHARGING-STATUS", iso2_ac, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 0)),
    case("I2-SEQ-CURRENT-DEMAND", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 0)),
    case("I2-SEQ-METERING-RECEIPT", iso2_ac, STRICT, &["RC-AFTER-FAILED", "I2-RECEIPT-ASKED"], |s| {
        s.insert(
            "ServiceDetailRes",
            [
                v2g(Protocol::Iso2, SESSION, "MeteringReceiptReq", RECEIPT2),
                v2g(Protocol::Iso2, SESSION, "MeteringReceiptRes", RECEIVED2),
            ],
        )
    }),
    case("I2-SEQ-POWER-DELIVERY-STOP", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        let at = s.find("PowerDeliveryReq", 1);
        let pair = [at, at + 1].map(|at| s.0[at].clone());
        s.insert("ServiceDetailRes", pair.map(sent_of));
    }),
    case("I2-SEQ-WELDING-DETECTION", iso2_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 1)),
    case("I2-SEQ-SESSION-STOP", iso2_ac, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 1)),
    case(
        "SEQ-ERROR-TOLD",
        iso2_ac,
        STRICT,
        &["PROC-AUTHORIZATION", "I2-SEQ-SERVICE-DETAIL", "I2-SEQ-AUTHORIZATION"],
        |s| s.again("ServiceDetail", "AuthorizationRes"),
    ),
    case("SEQ-ERROR-TRUE", iso2_ac, STRICT, &[], |s| {
        s.set("SessionStopRes", "ResponseCode", "\"FAILED_SequenceError\"")
    }),
    case("DIN-SEQ-SESSION-SETUP", din, STRICT, &["DIN-SEQ-SERVICE-PAYMENT-SELECTION", "SEQ-ERROR-TOLD"], |s| {
        s.again("SessionSetup", "ServiceDiscoveryRes")
    }),
    case(
        "DIN-SEQ-SERVICE-DISCOVERY",
        din,
        STRICT,
        &["PROC-AUTHORIZATION", "DIN-SEQ-CONTRACT-AUTHENTICATION", "SEQ-ERROR-TOLD"],
        |s| s.again("ServiceDiscovery", "ContractAuthenticationRes"),
    ),
    case("DIN-SEQ-SERVICE-DETAIL", din, STRICT, &["RC-AFTER-FAILED", "PROC-AUTHORIZATION"], |s| {
        s.insert(
            "ContractAuthenticationRes",
            [
                v2g(Protocol::Din, SESSION, "ServiceDetailReq", r#""ServiceID":1"#),
                v2g(
                    Protocol::Din,
                    SESSION,
                    "ServiceDetailRes",
                    r#""ResponseCode":"FAILED_SequenceError","ServiceID":1"#,
                ),
            ],
        )
    }),
    case("DIN-SEQ-SERVICE-PAYMENT-SELECTION", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("ServiceDiscovery")),
    case("DIN-SEQ-CONTRACT-AUTHENTICATION", din, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("ServicePaymentSelection")
    }),
    case("DIN-SEQ-CHARGE-PARAMETER-DISCOVERY", din, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("ContractAuthentication")
    }),
    case("DIN-SEQ-CABLE-CHECK", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("ChargeParameterDiscovery")),
    case("DIN-SEQ-PRE-CHARGE", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("CableCheck")),
    case("DIN-SEQ-POWER-DELIVERY-START", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("PreCharge")),
    case("DIN-SEQ-CURRENT-DEMAND", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 0)),
    case("DIN-SEQ-POWER-DELIVERY-STOP", din, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        let at = s.find("PowerDeliveryReq", 1);
        let pair = [at, at + 1].map(|at| s.0[at].clone());
        s.insert("ServiceDiscoveryRes", pair.map(sent_of));
    }),
    case("DIN-SEQ-WELDING-DETECTION", din, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 1)),
    case("DIN-SEQ-SESSION-STOP", din, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_exchange("PowerDelivery", 1);
        s.drop_all("WeldingDetection");
    }),
    case("DIN-SEQ-UNUSED", din, STRICT, &["RC-AFTER-FAILED"], |s| {
        s.insert(
            "CurrentDemandRes",
            [
                v2g(Protocol::Din, SESSION, "ChargingStatusReq", ""),
                v2g(Protocol::Din, SESSION, "ChargingStatusRes", STATUS_DIN),
            ],
        )
    }),
    case("I20-SEQ-SESSION-SETUP", iso20_dc, STRICT, &["I20-SEQ-SERVICE-SELECTION", "SEQ-ERROR-TOLD"], |s| {
        s.again("SessionSetup", "ServiceDetailRes")
    }),
    case("I20-SEQ-AUTHORIZATION-SETUP", iso20_dc, STRICT, &["I20-SEQ-SERVICE-SELECTION", "SEQ-ERROR-TOLD"], |s| {
        s.again("AuthorizationSetup", "ServiceDetailRes")
    }),
    case("I20-SEQ-CERTIFICATE-INSTALLATION", iso20_dc, STRICT, &["EXI-FACETS-STATION", "I20-RC-AFTER-FAILED"], |s| {
        s.insert(
            "ServiceDetailRes",
            [
                v2g20(9_000, SESSION, "CertificateInstallationReq", INSTALL20),
                v2g20(0, SESSION, "CertificateInstallationRes", INSTALLED20),
            ],
        )
    }),
    case("I20-SEQ-AUTHORIZATION", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("AuthorizationSetup")),
    case("I20-SEQ-SERVICE-DISCOVERY", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("Authorization")),
    case("I20-SEQ-SERVICE-DETAIL", iso20_dc, STRICT, &["I20-SEQ-CHARGE-PARAMETER-DISCOVERY", "SEQ-ERROR-TOLD"], |s| {
        s.again("ServiceDetail", "ServiceSelectionRes")
    }),
    case("I20-SEQ-SERVICE-SELECTION", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("ServiceDiscovery");
        s.drop_all("ServiceDetail");
    }),
    case("I20-SEQ-CHARGE-PARAMETER-DISCOVERY", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("ServiceSelection")
    }),
    case("I20-SEQ-SCHEDULE-EXCHANGE", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_all("DC_ChargeParameterDiscovery")
    }),
    case("I20-SEQ-CABLE-CHECK", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("ScheduleExchange")),
    case("I20-SEQ-PRE-CHARGE", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("DC_CableCheck")),
    case("I20-SEQ-POWER-DELIVERY-START", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_all("DC_PreCharge")),
    case("I20-SEQ-CHARGE-LOOP", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 0)),
    case("I20-SEQ-METERING-CONFIRMATION", iso20_dc, STRICT, &["I20-RC-AFTER-FAILED"], |s| {
        s.insert(
            "ServiceDetailRes",
            [
                v2g20(9_000, SESSION, "MeteringConfirmationReq", CONFIRM20),
                v2g20(9_000, SESSION, "MeteringConfirmationRes", r#""ResponseCode":"FAILED_SequenceError""#),
            ],
        )
    }),
    case("I20-SEQ-POWER-DELIVERY-RENEGOTIATE", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.again("PowerDelivery", "ServiceDetailRes");
        s.set_nth("PowerDeliveryReq", 0, "ChargeProgress", "\"ScheduleRenegotiation\"");
    }),
    case("I20-SEQ-POWER-DELIVERY-STANDBY", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.again("PowerDelivery", "ServiceDetailRes");
        s.set_nth("PowerDeliveryReq", 0, "ChargeProgress", "\"Standby\"");
    }),
    case("I20-SEQ-POWER-DELIVERY-STOP", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.again("PowerDelivery", "ServiceDetailRes");
        s.set_nth("PowerDeliveryReq", 0, "ChargeProgress", "\"Stop\"");
    }),
    case("I20-SEQ-WELDING-DETECTION", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| s.drop_exchange("PowerDelivery", 1)),
    case("I20-SEQ-SESSION-STOP", iso20_dc, STRICT, &["SEQ-ERROR-TOLD"], |s| {
        s.drop_exchange("PowerDelivery", 1);
        s.drop_all("DC_WeldingDetection");
    }),
];
