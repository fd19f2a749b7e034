//! What breaks the rules of values and states in DIN 70121 and ISO 15118-2.

use super::sessions::{SESSION, din, iso2_ac, iso2_dc, v2g};
use super::shot::Sent;
use super::{Case, FIELD, STRICT, case};
use crate::Protocol;

/// A receipt for that meter, and its answer.
pub(super) fn receipt(meter: &str) -> [Sent; 2] {
    let request = format!(r#""SessionID":"{SESSION}","MeterInfo":{{"MeterID":"{meter}"}}"#);
    let status = r#""AC_EVSEStatus":{"NotificationMaxDelay":0,"EVSENotification":"None","RCD":false}"#;
    let response = format!(r#""ResponseCode":"OK",{status}"#);
    [("MeteringReceiptReq", request), ("MeteringReceiptRes", response)]
        .map(|(name, body)| v2g(Protocol::Iso2, SESSION, name, &body))
}

pub(super) const CASES: &[Case] = &[
    case("ID-EVCCID", din, STRICT, &[], |s| s.set("SessionSetupReq", "EVCCID", "\"02000000000102\"")),
    case("I2-EVSEID", iso2_ac, STRICT, &[], |s| {
        s.set("SessionSetupRes", "EVSEID", "\"12*PLF*E1\"");
        s.set("ChargingStatusRes", "EVSEID", "\"12*PLF*E1\"");
    }),
    case("I2-EVSEID-SAME", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "EVSEID", "\"DE*PLF*E2\"")),
    case("PAY-LIST", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "PaymentOptionList/PaymentOption", "[\"ExternalPayment\",\"ExternalPayment\"]")
    }),
    case("PAY-OFFERED", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "PaymentOptionList/PaymentOption", "[\"Contract\"]")
    }),
    case("DIN-PAY-EXTERNAL", din, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "PaymentOptions/PaymentOption", "[\"ExternalPayment\",\"Contract\"]")
    }),
    case("I2-PAY-TLS", iso2_ac, STRICT, &["I2-SEQ-AUTHORIZATION", "SEQ-ERROR-TOLD", "PAY-OFFERED"], |s| {
        s.set("PaymentServiceSelectionReq", "SelectedPaymentOption", "\"Contract\"")
    }),
    case("SERVICE-IDS", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "ServiceList/Service", "[{\"ServiceID\":3,\"ServiceCategory\":\"Internet\",\"FreeService\":true},{\"ServiceID\":1,\"ServiceCategory\":\"Internet\",\"FreeService\":true}]")
    }),
    case("SERVICE-OFFERED", iso2_ac, STRICT, &[], |s| {
        s.set(
            "PaymentServiceSelectionReq",
            "SelectedServiceList/SelectedService",
            "[{\"ServiceID\":1},{\"ServiceID\":9}]",
        )
    }),
    case("SERVICE-ONCE", iso2_ac, STRICT, &[], |s| {
        s.set(
            "PaymentServiceSelectionReq",
            "SelectedServiceList/SelectedService",
            "[{\"ServiceID\":1},{\"ServiceID\":1}]",
        )
    }),
    case("SERVICE-CHARGE", iso2_ac, STRICT, &[], |s| {
        s.set("PaymentServiceSelectionReq", "SelectedServiceList/SelectedService", "[{\"ServiceID\":3}]")
    }),
    case("SERVICE-DETAIL-OFFERED", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDetailReq", "ServiceID", "9");
        s.set("ServiceDetailRes", "ServiceID", "9");
    }),
    case("SERVICE-DETAIL-SAME", iso2_ac, STRICT, &[], |s| s.set("ServiceDetailRes", "ServiceID", "1")),
    case("SERVICE-CATEGORY", iso2_ac, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "ChargeService/ServiceCategory", "\"Internet\"")
    }),
    case("I2-MODE-LIST", iso2_ac, STRICT, &[], |s| {
        s.set(
            "ServiceDiscoveryRes",
            "ChargeService/SupportedEnergyTransferMode/EnergyTransferMode",
            "[\"AC_three_phase_core\",\"AC_three_phase_core\"]",
        )
    }),
    case("I2-MODE-OFFERED", iso2_ac, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryReq", "RequestedEnergyTransferMode", "\"AC_single_phase_core\"")
    }),
    case("DIN-MODE-DC", din, STRICT, &["DIN-MODE-OFFERED"], |s| {
        s.set("ServiceDiscoveryRes", "ChargeService/EnergyTransferType", "\"AC_three_phase_core\"");
    }),
    case("DIN-MODE-OFFERED", din, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "ChargeService/EnergyTransferType", "\"DC_core\"")
    }),
    case("CPD-KIND-CAR", iso2_dc, STRICT, &["CPD-KIND-STATION"], |s| {
        s.set(
            "ServiceDiscoveryRes",
            "ChargeService/SupportedEnergyTransferMode/EnergyTransferMode",
            "[\"AC_three_phase_core\"]",
        );
        s.set("ChargeParameterDiscoveryReq", "RequestedEnergyTransferMode", "\"AC_three_phase_core\"");
    }),
    case("CPD-KIND-STATION", iso2_dc, STRICT, &[], |s| {
        let offer = iso2_ac().message("ChargeParameterDiscoveryRes", 1).clone();
        *s.message("ChargeParameterDiscoveryRes", 1) = offer;
    }),
    case("CPD-DC-CAR", iso2_dc, STRICT, &["CPD-DC-FIT", "DC-OWN-CURRENT"], |s| {
        s.set("ChargeParameterDiscoveryReq", "DC_EVChargeParameter/EVMaximumCurrentLimit/Value", "0")
    }),
    case("CPD-DC-ORDER", iso2_dc, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryRes", "DC_EVSEChargeParameter/EVSEMinimumCurrentLimit/Value", "160")
    }),
    case("CPD-DC-FIT", iso2_dc, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryRes", "DC_EVSEChargeParameter/EVSEMinimumVoltageLimit/Value", "450")
    }),
    case("CPD-AC-CAR", iso2_ac, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryReq", "AC_EVChargeParameter/EVMaxCurrent/Value", "5")
    }),
    case("CPD-AC-STATION", iso2_ac, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryRes", "AC_EVSEChargeParameter/EVSENominalVoltage/Value", "0")
    }),
    case("CPD-AC-FIT", iso2_ac, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryReq", "AC_EVChargeParameter/EVMinCurrent/Value", "20")
    }),
    case("SCHED-THERE", iso2_ac, STRICT, &[], |s| s.unset("ChargeParameterDiscoveryRes", "SAScheduleList")),
    case("SCHED-IDS", iso2_ac, STRICT, &["EXI-FACETS-STATION", "SCHED-CHOSEN"], |s| {
        s.set_nth("ChargeParameterDiscoveryRes", 1, "SAScheduleList/SAScheduleTuple/0/SAScheduleTupleID", "0")
    }),
    case("SCHED-START", iso2_ac, STRICT, &[], |s| {
        s.set_nth(
            "ChargeParameterDiscoveryRes",
            1,
            "SAScheduleList/SAScheduleTuple/0/PMaxSchedule/PMaxScheduleEntry/0/RelativeTimeInterval/start",
            "5",
        )
    }),
    case("SCHED-ORDER", iso2_ac, STRICT, &["SCHED-PROFILE-POWER"], |s| {
        s.set_nth(
            "ChargeParameterDiscoveryRes",
            1,
            "SAScheduleList/SAScheduleTuple/0/PMaxSchedule/PMaxScheduleEntry/1/RelativeTimeInterval/start",
            "0",
        )
    }),
    case("SCHED-POWER", iso2_ac, STRICT, &["SCHED-PROFILE-POWER"], |s| {
        s.set_nth(
            "ChargeParameterDiscoveryRes",
            1,
            "SAScheduleList/SAScheduleTuple/0/PMaxSchedule/PMaxScheduleEntry/1/PMax/Value",
            "-1",
        )
    }),
    case("SCHED-CHOSEN", iso2_ac, STRICT, &[], |s| {
        s.set("PowerDeliveryReq", "SAScheduleTupleID", "2");
        s.set("ChargingStatusRes", "SAScheduleTupleID", "2");
    }),
    case("SCHED-PROFILE-ORDER", iso2_ac, STRICT, &[], |s| {
        s.set_nth("PowerDeliveryReq", 0, "ChargingProfile/ProfileEntry/0/ChargingProfileEntryStart", "10")
    }),
    case("SCHED-PROFILE-POWER", iso2_ac, STRICT, &[], |s| {
        s.set_nth("PowerDeliveryReq", 0, "ChargingProfile/ProfileEntry/1/ChargingProfileEntryMaxPower/Value", "8000")
    }),
    case("I2-SCHED-SAME", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "SAScheduleTupleID", "2")),
    case("DC-TARGET-VOLTAGE", iso2_dc, STRICT, &[], |s| {
        s.set("ChargeParameterDiscoveryReq", "DC_EVChargeParameter/EVMaximumVoltageLimit/Value", "600");
        s.set("CurrentDemandReq", "EVMaximumVoltageLimit/Value", "600");
        s.set_nth("CurrentDemandReq", 1, "EVTargetVoltage/Value", "510");
    }),
    case("DC-TARGET-CURRENT", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandReq", 1, "EVTargetCurrent/Value", "160")
    }),
    case("DC-OWN-VOLTAGE", iso2_dc, STRICT, &[], |s| s.set_nth("CurrentDemandReq", 1, "EVTargetVoltage/Value", "430")),
    case("DC-OWN-CURRENT", din, STRICT, &[], |s| s.set_nth("CurrentDemandReq", 1, "EVMaximumCurrentLimit/Value", "96")),
    case("DC-NEGATIVE", iso2_dc, STRICT, &[], |s| s.set_nth("PreChargeReq", 0, "EVTargetVoltage/Value", "-1")),
    case("DC-PRE-CHARGE", iso2_dc, STRICT, &[], |s| s.set_nth("PreChargeRes", 1, "EVSEPresentVoltage/Value", "350")),
    case("DC-PRESENT-VOLTAGE", iso2_dc, STRICT, &[], |s| {
        s.set_nth("PreChargeRes", 0, "EVSEPresentVoltage/Value", "600")
    }),
    case("DC-PRESENT-CAR-VOLTAGE", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 1, "EVSEPresentVoltage/Value", "460")
    }),
    case("DC-PRESENT-CURRENT", iso2_dc, STRICT, &["DC-CURRENT-ASKED"], |s| {
        s.set_nth("CurrentDemandRes", 1, "EVSEPresentCurrent/Value", "170")
    }),
    case("DC-CURRENT-ASKED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 1, "EVSEPresentCurrent/Value", "120")
    }),
    case("DC-SOC", din, STRICT, &["EXI-FACETS-CAR"], |s| {
        s.set_nth("WeldingDetectionReq", 0, "DC_EVStatus/EVRESSSOC", "101")
    }),
    case("DC-SOC-FALLS", din, STRICT, &[], |s| s.set_nth("CurrentDemandReq", 2, "DC_EVStatus/EVRESSSOC", "30")),
    case("DC-LIMITS-CAR", iso2_dc, FIELD, &[], |s| s.unset("CurrentDemandReq", "EVMaximumCurrentLimit")),
    case("DC-LIMITS-STATION", iso2_dc, FIELD, &[], |s| s.unset("CurrentDemandRes", "EVSEMaximumPowerLimit")),
    case("AC-MAX-CURRENT", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "EVSEMaxCurrent/Value", "20")),
    case("AC-RCD", iso2_ac, STRICT, &[], |s| s.set_nth("PowerDeliveryRes", 0, "AC_EVSEStatus/RCD", "true")),
    case("AC-STATUS-KIND", iso2_dc, STRICT, &[], |s| {
        let status = iso2_ac().message("PowerDeliveryRes", 0).clone();
        *s.message("PowerDeliveryRes", 0) = status;
    }),
    case("ST-ISOLATION-ONGOING", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CableCheckRes", 0, "DC_EVSEStatus/EVSEIsolationStatus", "\"Valid\"")
    }),
    case("ST-ISOLATION-FINISHED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CableCheckRes", 1, "DC_EVSEStatus/EVSEIsolationStatus", "\"Invalid\"")
    }),
    case("ST-READY-FINISHED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CableCheckRes", 1, "DC_EVSEStatus/EVSEStatusCode", "\"EVSE_NotReady\"")
    }),
    case("ST-ISOLATION-KEPT", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 1, "DC_EVSEStatus/EVSEIsolationStatus", "\"Invalid\"")
    }),
    case("ST-READY-KEPT", iso2_dc, STRICT, &[], |s| {
        s.set_nth("PreChargeRes", 0, "DC_EVSEStatus/EVSEStatusCode", "\"EVSE_NotReady\"")
    }),
    case("ST-SHUTDOWN", iso2_dc, STRICT, &[], |s| {
        s.set_nth("WeldingDetectionRes", 0, "DC_EVSEStatus/EVSEStatusCode", "\"EVSE_Ready\"")
    }),
    case("DIN-NOTIFICATION", din, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 2, "DC_EVSEStatus/EVSENotification", "\"StopCharging\"")
    }),
    case("ST-RESERVED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 1, "DC_EVSEStatus/EVSEStatusCode", "\"Reserved_A\"")
    }),
    case("ST-EV-READY", iso2_dc, STRICT, &[], |s| s.set_nth("CurrentDemandReq", 1, "DC_EVStatus/EVReady", "false")),
    case("ST-EV-ERROR", iso2_dc, STRICT, &[], |s| {
        s.set_nth(
            "PowerDeliveryReq",
            0,
            "DC_EVPowerDeliveryParameter/DC_EVStatus/EVErrorCode",
            "\"FAILED_EVRESSMalfunction\"",
        )
    }),
    case("ST-EV-RESERVED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("WeldingDetectionReq", 0, "DC_EVStatus/EVErrorCode", "\"Reserved_A\"")
    }),
    case("ST-STOP-OBEYED", iso2_dc, STRICT, &[], |s| {
        s.set_nth("CurrentDemandRes", 1, "DC_EVSEStatus/EVSEStatusCode", "\"EVSE_Shutdown\"");
        s.delay("CurrentDemandReq", 2, 6_000);
    }),
    case("METER-ID", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "MeterInfo/MeterID", "\"M2\"")),
    case("METER-READING", iso2_ac, STRICT, &[], |s| s.set_nth("ChargingStatusRes", 1, "MeterInfo/MeterReading", "900")),
    case("I2-RECEIPT-ASKED", iso2_ac, STRICT, &[], |s| s.insert("ChargingStatusRes", receipt("M1"))),
    case("I2-RECEIPT-GIVEN", iso2_ac, STRICT, &["I2-RECEIPT-CONTRACT"], |s| {
        s.set_nth("ChargingStatusRes", 1, "ReceiptRequired", "true")
    }),
    case("I2-RECEIPT-CONTRACT", iso2_ac, STRICT, &[], |s| {
        s.set_nth("ChargingStatusRes", 0, "ReceiptRequired", "true");
        s.insert("ChargingStatusRes", receipt("M1"));
    }),
    case("I2-RECEIPT-SAME", iso2_ac, STRICT, &["I2-RECEIPT-CONTRACT"], |s| {
        s.set_nth("ChargingStatusRes", 0, "ReceiptRequired", "true");
        s.insert("ChargingStatusRes", receipt("M2"));
    }),
    case("I2-PAUSE", iso2_ac, STRICT, &["I2-SEQ-SESSION-STOP", "SEQ-ERROR-TOLD"], |s| {
        s.set("SessionStopReq", "ChargingSession", "\"Pause\"");
        s.drop_exchange("PowerDelivery", 1);
    }),
    case("UNIT-CAR", iso2_dc, STRICT, &[], |s| s.set_nth("PreChargeReq", 0, "EVTargetVoltage/Unit", "\"A\"")),
    case("UNIT-STATION", iso2_dc, STRICT, &[], |s| s.set_nth("PreChargeRes", 0, "EVSEPresentVoltage/Unit", "\"A\"")),
];
