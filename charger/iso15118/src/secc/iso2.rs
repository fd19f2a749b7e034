//! Requests and answers as messages of ISO 15118-2.

use exi::{Base64, Hex};
use units::{Milliamps, Millivolts, Watts};

use super::config::Config;
use super::dialogue::{
    Answer, Current, DAY, Level, Parameters, Processing, Request, Status, StatusCode, Supply, TUPLE, Target, Told,
    Wish, scaled, whole,
};
use super::words::Code;
use crate::messages::iso2::*;

/// What the message asks; `None` for what no station answers: responses, and messages about certificates, since contracts are not
/// offered.
pub(super) fn read(body: &Body) -> Option<Request> {
    Some(match body {
        Body::SessionSetupReq(request) => {
            Request::SessionSetup { evcc_id: Hex::new(request.evcc_id.octets()).unwrap_or_default() }
        }
        Body::ServiceDiscoveryReq(request) => Request::ServiceDiscovery { category: request.service_category },
        Body::ServiceDetailReq(request) => Request::ServiceDetail { id: request.service_id },
        Body::PaymentServiceSelectionReq(request) => Request::PaymentSelection {
            contract: request.selected_payment_option == PaymentOption::Contract,
            services: request
                .selected_service_list
                .selected_service
                .iter()
                .map(|service| (service.service_id, service.parameter_set_id))
                .collect(),
        },
        Body::PaymentDetailsReq(_) => Request::PaymentDetails,
        Body::AuthorizationReq(_) => Request::Authorization,
        Body::ChargeParameterDiscoveryReq(request) => Request::ChargeParameters {
            mode: request.requested_energy_transfer_mode,
            parameters: match (&request.ac_ev_charge_parameter, &request.dc_ev_charge_parameter) {
                (Some(ac), None) => Some(Parameters::Ac {
                    min_current: Milliamps(whole(ac.ev_min_current.milli())),
                    max_current: Milliamps(whole(ac.ev_max_current.milli())),
                }),
                (None, Some(dc)) => Some(Parameters::Dc {
                    soc: dc.dc_ev_status.ev_ress_soc,
                    max_voltage: Millivolts(whole(dc.ev_maximum_voltage_limit.milli())),
                    max_current: Milliamps(whole(dc.ev_maximum_current_limit.milli())),
                    max_power: dc.ev_maximum_power_limit.as_ref().map(|power| Watts(whole(power.milli() / 1_000))),
                }),
                _ => None,
            },
        },
        Body::CableCheckReq(request) => Request::CableCheck { soc: request.dc_ev_status.ev_ress_soc },
        Body::PreChargeReq(request) => Request::PreCharge {
            soc: request.dc_ev_status.ev_ress_soc,
            target: target(&request.ev_target_voltage, &request.ev_target_current),
        },
        Body::PowerDeliveryReq(request) => Request::PowerDelivery {
            progress: request.charge_progress,
            tuple: Some(request.sa_schedule_tuple_id.into()),
            profile: request.charging_profile.iter().flat_map(|profile| &profile.profile_entry).map(step).collect(),
        },
        Body::ChargingStatusReq(_) => Request::ChargingStatus,
        Body::CurrentDemandReq(request) => Request::CurrentDemand {
            soc: request.dc_ev_status.ev_ress_soc,
            target: target(&request.ev_target_voltage, &request.ev_target_current),
            max_voltage: request.ev_maximum_voltage_limit.as_ref().map(|limit| Millivolts(whole(limit.milli()))),
            max_current: request.ev_maximum_current_limit.as_ref().map(|limit| Milliamps(whole(limit.milli()))),
        },
        Body::MeteringReceiptReq(_) => Request::MeteringReceipt,
        Body::WeldingDetectionReq(request) => Request::WeldingDetection { soc: request.dc_ev_status.ev_ress_soc },
        Body::SessionStopReq(request) => {
            Request::SessionStop { pause: request.charging_session == ChargingSession::Pause }
        }
        _ => return None,
    })
}

fn target(voltage: &PhysicalValue, current: &PhysicalValue) -> Target {
    Target { voltage: Millivolts(whole(voltage.milli())), current: Milliamps(whole(current.milli())) }
}

fn step(entry: &ProfileEntry) -> (u32, i64) {
    (entry.charging_profile_entry_start, entry.charging_profile_entry_max_power.milli())
}

fn value(milli: i64, unit: UnitSymbol) -> PhysicalValue {
    let (value, multiplier) = scaled(milli);
    PhysicalValue::new(value, multiplier, unit)
}

fn volts(voltage: Millivolts) -> PhysicalValue {
    value(voltage.0.into(), UnitSymbol::Volt)
}

fn amperes(current: Milliamps) -> PhysicalValue {
    value(current.0.into(), UnitSymbol::Ampere)
}

fn watts(power: Watts) -> PhysicalValue {
    value(i64::from(power.0) * 1_000, UnitSymbol::Watt)
}

const fn code(code: Code) -> ResponseCode {
    match code {
        Code::Ok => ResponseCode::Ok,
        Code::OkNewSessionEstablished => ResponseCode::OkNewSessionEstablished,
        Code::OkOldSessionJoined => ResponseCode::OkOldSessionJoined,
        Code::Failed | Code::FailedNoNegotiation => ResponseCode::Failed,
        Code::FailedSequenceError => ResponseCode::FailedSequenceError,
        Code::FailedServiceIdInvalid => ResponseCode::FailedServiceIdInvalid,
        Code::FailedUnknownSession => ResponseCode::FailedUnknownSession,
        Code::FailedServiceSelectionInvalid => ResponseCode::FailedServiceSelectionInvalid,
        Code::FailedPaymentSelectionInvalid => ResponseCode::FailedPaymentSelectionInvalid,
        Code::FailedNoChargeServiceSelected => ResponseCode::FailedNoChargeServiceSelected,
        Code::FailedWrongChargeParameter => ResponseCode::FailedWrongChargeParameter,
        Code::FailedWrongEnergyTransferMode => ResponseCode::FailedWrongEnergyTransferMode,
        Code::FailedPowerDeliveryNotApplied => ResponseCode::FailedPowerDeliveryNotApplied,
        Code::FailedTariffSelectionInvalid => ResponseCode::FailedTariffSelectionInvalid,
        Code::FailedChargingProfileInvalid => ResponseCode::FailedChargingProfileInvalid,
        Code::FailedContactorError => ResponseCode::FailedContactorError,
    }
}

const fn processing(processing: Processing) -> EvseProcessing {
    match processing {
        Processing::Ongoing => EvseProcessing::Ongoing,
        Processing::Finished => EvseProcessing::Finished,
    }
}

const fn notification(status: Status) -> EvseNotification {
    match status.wish {
        Wish::None => EvseNotification::None,
        Wish::StopCharging => EvseNotification::StopCharging,
        Wish::ReNegotiation => EvseNotification::ReNegotiation,
    }
}

const fn ac_status(status: Status) -> AcEvseStatus {
    AcEvseStatus { notification_max_delay: 0, evse_notification: notification(status), rcd: false }
}

const fn dc_status(status: Status) -> DcEvseStatus {
    DcEvseStatus {
        notification_max_delay: 0,
        evse_notification: notification(status),
        evse_isolation_status: Some(match status.level {
            Level::Invalid => IsolationLevel::Invalid,
            Level::Valid => IsolationLevel::Valid,
            Level::Warning => IsolationLevel::Warning,
            Level::Fault => IsolationLevel::Fault,
        }),
        evse_status_code: match status.code {
            StatusCode::NotReady => DcEvseStatusCode::EvseNotReady,
            StatusCode::Ready => DcEvseStatusCode::EvseReady,
            StatusCode::Shutdown => DcEvseStatusCode::EvseShutdown,
            StatusCode::IsolationMonitoringActive => DcEvseStatusCode::EvseIsolationMonitoringActive,
            StatusCode::EmergencyShutdown => DcEvseStatusCode::EvseEmergencyShutdown,
            StatusCode::Malfunction => DcEvseStatusCode::EvseMalfunction,
        },
    }
}

/// The schema allows no more.
const MOST_SERVICES: usize = 8;

fn discovery(config: &Config, response_code: ResponseCode, category: Option<ServiceCategory>) -> ServiceDiscoveryRes {
    let fits = |service: &&Service| category.is_none_or(|category| category == service.service_category);
    let services: Vec<Service> =
        config.services.iter().map(|one| &one.service).filter(fits).take(MOST_SERVICES).cloned().collect();
    ServiceDiscoveryRes {
        response_code,
        payment_option_list: PaymentOptionList { payment_option: vec![PaymentOption::ExternalPayment] },
        charge_service: ChargeService {
            service_id: 1,
            service_name: None,
            service_category: ServiceCategory::EvCharging,
            service_scope: None,
            free_service: config.free_service,
            supported_energy_transfer_mode: SupportedEnergyTransferMode { energy_transfer_mode: config.modes() },
        },
        service_list: (!services.is_empty()).then_some(ServiceList { service: services }),
    }
}

fn schedule(power: Watts) -> SaScheduleList {
    let relative_time_interval = RelativeTimeInterval { start: 0, duration: Some(DAY) };
    let entry = PMaxScheduleEntry { relative_time_interval, pmax: watts(power) };
    SaScheduleList {
        sa_schedule_tuple: vec![SaScheduleTuple {
            sa_schedule_tuple_id: TUPLE,
            pmax_schedule: PMaxSchedule { pmax_schedule_entry: vec![entry] },
            sales_tariff: None,
        }],
    }
}

fn parameters(told: &Told<'_>, how_far: Processing, supply: Supply) -> ChargeParameterDiscoveryRes {
    let mut answer = ChargeParameterDiscoveryRes {
        response_code: code(told.code),
        evse_processing: processing(how_far),
        sa_schedule_list: (how_far == Processing::Finished && told.code == Code::Ok).then(|| schedule(supply.power())),
        ac_evse_charge_parameter: None,
        dc_evse_charge_parameter: None,
    };
    match supply {
        Supply::Ac { nominal_voltage, max_current, .. } => {
            answer.ac_evse_charge_parameter = Some(AcEvseChargeParameter {
                ac_evse_status: ac_status(told.status),
                evse_nominal_voltage: volts(nominal_voltage),
                evse_max_current: amperes(max_current),
            });
        }
        Supply::Dc(limits) => {
            let dc = told.config.dc;
            answer.dc_evse_charge_parameter = Some(DcEvseChargeParameter {
                dc_evse_status: dc_status(told.status),
                evse_maximum_current_limit: amperes(limits.max_current),
                evse_maximum_power_limit: watts(limits.max_power),
                evse_maximum_voltage_limit: volts(limits.max_voltage),
                evse_minimum_current_limit: amperes(limits.min_current),
                evse_minimum_voltage_limit: volts(limits.min_voltage),
                evse_current_regulation_tolerance: dc.and_then(|dc| dc.regulation_tolerance).map(amperes),
                evse_peak_current_ripple: amperes(dc.map_or(Milliamps::ZERO, |dc| dc.current_ripple)),
                evse_energy_to_be_delivered: None,
            });
        }
    }
    answer
}

/// The message that says it.
pub(super) fn write(told: &Told<'_>) -> Body {
    let (response_code, config) = (code(told.code), told.config);
    let meter_info = match (&config.meter_id, told.meter) {
        (Some(meter_id), Some(reading)) => Some(MeterInfo {
            meter_id: meter_id.clone(),
            meter_reading: Some(reading),
            sig_meter_reading: None,
            meter_status: None,
            t_meter: None,
        }),
        _ => None,
    };
    let ac = |current| (current == Current::Ac).then(|| ac_status(told.status));
    let dc = |current| (current == Current::Dc).then(|| dc_status(told.status));
    match told.answer {
        Answer::SessionSetup => Body::SessionSetupRes(SessionSetupRes {
            response_code,
            evse_id: config.evse_id.clone(),
            evse_time_stamp: None,
        }),
        Answer::ServiceDiscovery(category) => {
            Body::ServiceDiscoveryRes(Box::new(discovery(config, response_code, category)))
        }
        Answer::ServiceDetail(service_id) => Body::ServiceDetailRes(ServiceDetailRes {
            response_code,
            service_id,
            service_parameter_list: config
                .service(service_id)
                .filter(|service| !service.parameter_sets.is_empty())
                .map(|service| ServiceParameterList { parameter_set: service.parameter_sets.clone() }),
        }),
        Answer::PaymentSelection => Body::PaymentServiceSelectionRes(PaymentServiceSelectionRes { response_code }),
        // Contracts are not offered: this says FAILED, and the challenge is none.
        Answer::PaymentDetails => Body::PaymentDetailsRes(PaymentDetailsRes {
            response_code,
            gen_challenge: Base64(vec![0; 16]),
            evse_time_stamp: 0,
        }),
        Answer::Authorization(how_far) => {
            Body::AuthorizationRes(AuthorizationRes { response_code, evse_processing: processing(how_far) })
        }
        Answer::ChargeParameters(how_far, supply) => {
            Body::ChargeParameterDiscoveryRes(Box::new(parameters(told, how_far, supply)))
        }
        Answer::CableCheck(how_far) => Body::CableCheckRes(CableCheckRes {
            response_code,
            dc_evse_status: dc_status(told.status),
            evse_processing: processing(how_far),
        }),
        Answer::PreCharge => Body::PreChargeRes(PreChargeRes {
            response_code,
            dc_evse_status: dc_status(told.status),
            evse_present_voltage: volts(told.voltage),
        }),
        Answer::PowerDelivery(current) => Body::PowerDeliveryRes(PowerDeliveryRes {
            response_code,
            ac_evse_status: ac(current),
            dc_evse_status: dc(current),
        }),
        Answer::ChargingStatus(current) => Body::ChargingStatusRes(ChargingStatusRes {
            response_code,
            evse_id: config.evse_id.clone(),
            sa_schedule_tuple_id: TUPLE,
            evse_max_current: Some(amperes(current)),
            meter_info,
            // Only a contract's car can sign one.
            receipt_required: Some(false),
            ac_evse_status: ac_status(told.status),
        }),
        Answer::CurrentDemand(limits, achieved) => Body::CurrentDemandRes(CurrentDemandRes {
            response_code,
            dc_evse_status: dc_status(told.status),
            evse_present_voltage: volts(told.voltage),
            evse_present_current: amperes(told.current),
            evse_current_limit_achieved: achieved.current,
            evse_voltage_limit_achieved: achieved.voltage,
            evse_power_limit_achieved: achieved.power,
            evse_maximum_voltage_limit: Some(volts(limits.max_voltage)),
            evse_maximum_current_limit: Some(amperes(limits.max_current)),
            evse_maximum_power_limit: Some(watts(limits.max_power)),
            evse_id: config.evse_id.clone(),
            sa_schedule_tuple_id: TUPLE,
            meter_info,
            receipt_required: Some(false),
        }),
        Answer::MeteringReceipt(current) => Body::MeteringReceiptRes(MeteringReceiptRes {
            response_code,
            ac_evse_status: ac(current),
            dc_evse_status: dc(current),
        }),
        Answer::WeldingDetection => Body::WeldingDetectionRes(WeldingDetectionRes {
            response_code,
            dc_evse_status: dc_status(told.status),
            evse_present_voltage: volts(told.voltage),
        }),
        Answer::SessionStop => Body::SessionStopRes(SessionStopRes { response_code }),
    }
}
