//! What breaks the rules of values in ISO 15118-20.

use super::sessions::iso20_dc;
use super::{Case, STRICT, case};

const DYNAMIC: &str = r#"{"EVTargetEnergyRequest":{"Exponent":0,"Value":1},"EVMaximumEnergyRequest":{"Exponent":0,"Value":1},"EVMinimumEnergyRequest":{"Exponent":0,"Value":1},"EVMaximumChargePower":{"Exponent":0,"Value":1},"EVMinimumChargePower":{"Exponent":0,"Value":1},"EVMaximumChargeCurrent":{"Exponent":0,"Value":1},"EVMaximumVoltage":{"Exponent":0,"Value":1},"EVMinimumVoltage":{"Exponent":0,"Value":1}}"#;
const DYNAMIC_RES: &str = r#"{"EVSEMaximumChargePower":{"Exponent":0,"Value":1},"EVSEMinimumChargePower":{"Exponent":0,"Value":1},"EVSEMaximumChargeCurrent":{"Exponent":0,"Value":1},"EVSEMaximumVoltage":{"Exponent":0,"Value":1}}"#;

pub(super) const CASES: &[Case] = &[
    case("I20-CLOCK-CAR", iso20_dc, STRICT, &[], |s| s.set_nth("DC_ChargeLoopReq", 1, "Header/TimeStamp", "1")),
    case("I20-CLOCK-STATION", iso20_dc, STRICT, &[], |s| s.set_nth("DC_ChargeLoopRes", 1, "Header/TimeStamp", "1")),
    case("I20-AUTHORIZATION-OFFERED", iso20_dc, STRICT, &[], |s| {
        s.set("AuthorizationSetupRes", "AuthorizationServices", "[\"PnC\"]")
    }),
    case("I20-SERVICE-IDS", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "EnergyTransferServiceList/Service/1/ServiceID", "2")
    }),
    case("I20-SERVICE-OFFERED", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "EnergyTransferServiceList/Service/0/ServiceID", "1")
    }),
    case("I20-DETAIL-SAME", iso20_dc, STRICT, &[], |s| s.set("ServiceDetailRes", "ServiceID", "6")),
    case("I20-SET-OFFERED", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceSelectionReq", "SelectedEnergyTransferService/ParameterSetID", "2")
    }),
    case("I20-SERVICE-FITS", iso20_dc, STRICT, &[], |s| {
        s.set("ServiceDiscoveryRes", "EnergyTransferServiceList/Service/1/ServiceID", "1");
        s.set("ServiceSelectionReq", "SelectedEnergyTransferService/ServiceID", "1");
    }),
    case("I20-DC-ORDER", iso20_dc, STRICT, &[], |s| {
        s.set("DC_ChargeParameterDiscoveryRes", "DC_CPDResEnergyTransferMode/EVSEMinimumVoltage/Value", "510")
    }),
    case("I20-MODE-SCHEDULE", iso20_dc, STRICT, &[], |s| {
        s.unset("ScheduleExchangeRes", "Scheduled_SEResControlMode");
        s.set("ScheduleExchangeRes", "Dynamic_SEResControlMode", "{}");
    }),
    case("I20-MODE-LOOP-CAR", iso20_dc, STRICT, &[], |s| {
        s.unset("DC_ChargeLoopReq", "Scheduled_DC_CLReqControlMode");
        s.set("DC_ChargeLoopReq", "Dynamic_DC_CLReqControlMode", DYNAMIC);
    }),
    case("I20-MODE-LOOP-STATION", iso20_dc, STRICT, &[], |s| {
        s.unset("DC_ChargeLoopRes", "Scheduled_DC_CLResControlMode");
        s.set("DC_ChargeLoopRes", "Dynamic_DC_CLResControlMode", DYNAMIC_RES);
    }),
    case("I20-SCHEDULE-CHOSEN", iso20_dc, STRICT, &[], |s| {
        s.set_nth("PowerDeliveryReq", 0, "EVPowerProfile/Scheduled_EVPPTControlMode/SelectedScheduleTupleID", "2")
    }),
    case("I20-PRE-CHARGE", iso20_dc, STRICT, &[], |s| {
        s.set_nth("DC_PreChargeRes", 1, "EVSEPresentVoltage/Value", "350")
    }),
    case("I20-TARGET", iso20_dc, STRICT, &[], |s| {
        s.set_nth("DC_ChargeLoopReq", 1, "Scheduled_DC_CLReqControlMode/EVTargetCurrent/Value", "160")
    }),
    case("I20-PRESENT-VOLTAGE", iso20_dc, STRICT, &[], |s| {
        s.set_nth("DC_ChargeLoopRes", 1, "EVSEPresentVoltage/Value", "600")
    }),
    case("I20-METER-THERE", iso20_dc, STRICT, &[], |s| s.unset("DC_ChargeLoopRes", "MeterInfo")),
    case("I20-PAUSE", iso20_dc, STRICT, &["I20-SEQ-SESSION-STOP", "SEQ-ERROR-TOLD"], |s| {
        s.set("SessionStopReq", "ChargingSession", "\"Pause\"");
        s.drop_exchange("PowerDelivery", 1);
        s.drop_all("DC_WeldingDetection");
    }),
];
