//! Requests and answers as messages of DIN 70121.

use units::{Milliamps, Millivolts, Watts};

use super::dialogue::{
    Answer, DAY, Level, Parameters, Processing, Request, Status, StatusCode, Supply, TUPLE, Target, Told, scaled, whole,
};
use super::words::Code;
use crate::messages::din::*;
use crate::messages::iso2;

/// What the message asks; `None` for what no station answers: responses, and what DIN 70121 has in its schema and does not use.
pub(super) fn read(body: &Body) -> Option<Request> {
    Some(match body {
        Body::SessionSetupReq(request) => Request::SessionSetup { evcc_id: request.evcc_id },
        Body::ServiceDiscoveryReq(_) => Request::ServiceDiscovery { category: None },
        Body::ServiceDetailReq(request) => Request::ServiceDetail { id: request.service_id },
        Body::ServicePaymentSelectionReq(request) => Request::PaymentSelection {
            contract: request.selected_payment_option == PaymentOption::Contract,
            services: request
                .selected_service_list
                .selected_service
                .iter()
                .map(|service| (service.service_id, service.parameter_set_id))
                .collect(),
        },
        Body::ContractAuthenticationReq(_) => Request::Authorization,
        Body::ChargeParameterDiscoveryReq(request) => Request::ChargeParameters {
            mode: mode(request.ev_requested_energy_transfer_type),
            parameters: request
                .dc_ev_charge_parameter
                .as_ref()
                .filter(|_| request.ac_ev_charge_parameter.is_none())
                .map(|dc| Parameters::Dc {
                    soc: dc.dc_ev_status.ev_ress_soc,
                    max_voltage: Millivolts(whole(dc.ev_maximum_voltage_limit.milli())),
                    max_current: Milliamps(whole(dc.ev_maximum_current_limit.milli())),
                    max_power: dc.ev_maximum_power_limit.as_ref().map(|power| Watts(whole(power.milli() / 1_000))),
                }),
        },
        Body::CableCheckReq(request) => Request::CableCheck { soc: request.dc_ev_status.ev_ress_soc },
        Body::PreChargeReq(request) => Request::PreCharge {
            soc: request.dc_ev_status.ev_ress_soc,
            target: target(&request.ev_target_voltage, &request.ev_target_current),
        },
        Body::PowerDeliveryReq(request) => Request::PowerDelivery {
            progress: if request.ready_to_charge_state {
                iso2::ChargeProgress::Start
            } else {
                iso2::ChargeProgress::Stop
            },
            tuple: request.charging_profile.as_ref().map(|profile| profile.sa_schedule_tuple_id),
            profile: request.charging_profile.iter().flat_map(|profile| &profile.profile_entry).map(step).collect(),
        },
        Body::CurrentDemandReq(request) => Request::CurrentDemand {
            soc: request.dc_ev_status.ev_ress_soc,
            target: target(&request.ev_target_voltage, &request.ev_target_current),
            max_voltage: request.ev_maximum_voltage_limit.as_ref().map(|limit| Millivolts(whole(limit.milli()))),
            max_current: request.ev_maximum_current_limit.as_ref().map(|limit| Milliamps(whole(limit.milli()))),
        },
        Body::WeldingDetectionReq(request) => Request::WeldingDetection { soc: request.dc_ev_status.ev_ress_soc },
        Body::SessionStopReq(_) => Request::SessionStop { pause: false },
        _ => return None,
    })
}

const fn mode(asked: EvRequestedEnergyTransfer) -> iso2::EnergyTransferMode {
    use EvRequestedEnergyTransfer as T;
    use iso2::EnergyTransferMode as M;
    match asked {
        T::AcSinglePhaseCore => M::AcSinglePhaseCore,
        T::AcThreePhaseCore => M::AcThreePhaseCore,
        T::DcCore => M::DcCore,
        T::DcExtended => M::DcExtended,
        T::DcComboCore => M::DcComboCore,
        T::DcUnique => M::DcUnique,
    }
}

fn target(voltage: &PhysicalValue, current: &PhysicalValue) -> Target {
    Target { voltage: Millivolts(whole(voltage.milli())), current: Milliamps(whole(current.milli())) }
}

fn step(entry: &ProfileEntry) -> (u32, i64) {
    (entry.charging_profile_entry_start, i64::from(entry.charging_profile_entry_max_power) * 1_000)
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
        // DIN 70121 has no code for a contactor.
        Code::Failed | Code::FailedNoNegotiation | Code::FailedContactorError => ResponseCode::Failed,
        Code::FailedSequenceError => ResponseCode::FailedSequenceError,
        Code::FailedServiceIdInvalid => ResponseCode::FailedServiceIdInvalid,
        Code::FailedUnknownSession => ResponseCode::FailedUnknownSession,
        Code::FailedServiceSelectionInvalid | Code::FailedNoChargeServiceSelected => {
            ResponseCode::FailedServiceSelectionInvalid
        }
        Code::FailedPaymentSelectionInvalid => ResponseCode::FailedPaymentSelectionInvalid,
        Code::FailedWrongChargeParameter => ResponseCode::FailedWrongChargeParameter,
        Code::FailedWrongEnergyTransferMode => ResponseCode::FailedWrongEnergyTransferType,
        Code::FailedPowerDeliveryNotApplied => ResponseCode::FailedPowerDeliveryNotApplied,
        Code::FailedTariffSelectionInvalid => ResponseCode::FailedTariffSelectionInvalid,
        Code::FailedChargingProfileInvalid => ResponseCode::FailedChargingProfileInvalid,
    }
}

const fn processing(processing: Processing) -> EvseProcessing {
    match processing {
        Processing::Ongoing => EvseProcessing::Ongoing,
        Processing::Finished => EvseProcessing::Finished,
    }
}

/// The notification is always None [V2G-DC-500]: the wish to stop is the status code [V2G-DC-663].
const fn dc_status(status: Status) -> DcEvseStatus {
    DcEvseStatus {
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
        notification_max_delay: 0,
        evse_notification: EvseNotification::None,
    }
}

/// The schema wants a schedule in every answer. More than 32767 W cannot be said in it.
fn schedule(power: Watts) -> SaScheduleList {
    let relative_time_interval = RelativeTimeInterval { start: 0, duration: Some(DAY) };
    let entry = PMaxScheduleEntry { relative_time_interval, pmax: i16::try_from(power.0).unwrap_or(i16::MAX) };
    SaScheduleList {
        sa_schedule_tuple: vec![SaScheduleTuple {
            sa_schedule_tuple_id: TUPLE.into(),
            pmax_schedule: PMaxSchedule { pmax_schedule_id: 1, pmax_schedule_entry: vec![entry] },
            sales_tariff: None,
        }],
    }
}

fn parameters(told: &Told<'_>, how_far: Processing, supply: Supply) -> ChargeParameterDiscoveryRes {
    let mut answer = ChargeParameterDiscoveryRes {
        response_code: code(told.code),
        evse_processing: processing(how_far),
        sa_schedule_list: schedule(supply.power()),
        ac_evse_charge_parameter: None,
        dc_evse_charge_parameter: None,
    };
    if let Supply::Dc(limits) = supply {
        let dc = told.config.dc;
        answer.dc_evse_charge_parameter = Some(DcEvseChargeParameter {
            dc_evse_status: dc_status(told.status),
            evse_maximum_current_limit: amperes(limits.max_current),
            evse_maximum_power_limit: Some(watts(limits.max_power)),
            evse_maximum_voltage_limit: volts(limits.max_voltage),
            evse_minimum_current_limit: amperes(limits.min_current),
            evse_minimum_voltage_limit: volts(limits.min_voltage),
            evse_current_regulation_tolerance: dc.and_then(|dc| dc.regulation_tolerance).map(amperes),
            evse_peak_current_ripple: amperes(dc.map_or(Milliamps::ZERO, |dc| dc.current_ripple)),
            evse_energy_to_be_delivered: None,
        });
    }
    answer
}

/// The message that says it; `None` for an answer that DIN 70121 does not use, since nobody can have asked for it.
pub(super) fn write(told: &Told<'_>) -> Option<Body> {
    let (response_code, config) = (code(told.code), told.config);
    Some(match told.answer {
        Answer::SessionSetup => {
            Body::SessionSetupRes(SessionSetupRes { response_code, evse_id: config.din_evse_id, date_time_now: None })
        }
        Answer::ServiceDiscovery(_) => Body::ServiceDiscoveryRes(Box::new(ServiceDiscoveryRes {
            response_code,
            payment_options: PaymentOptions { payment_option: vec![PaymentOption::ExternalPayment] },
            charge_service: ServiceCharge {
                service_tag: ServiceTag {
                    service_id: 1,
                    service_name: None,
                    service_category: ServiceCategory::EvCharging,
                    service_scope: None,
                },
                free_service: config.free_service,
                energy_transfer_type: config.din()?,
            },
            service_list: None,
        })),
        Answer::ServiceDetail(service_id) => {
            Body::ServiceDetailRes(ServiceDetailRes { response_code, service_id, service_parameter_list: None })
        }
        Answer::PaymentSelection => Body::ServicePaymentSelectionRes(ServicePaymentSelectionRes { response_code }),
        Answer::Authorization(how_far) => Body::ContractAuthenticationRes(ContractAuthenticationRes {
            response_code,
            evse_processing: processing(how_far),
        }),
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
        Answer::PowerDelivery(_) => Body::PowerDeliveryRes(PowerDeliveryRes {
            response_code,
            ac_evse_status: None,
            dc_evse_status: Some(dc_status(told.status)),
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
        }),
        Answer::WeldingDetection => Body::WeldingDetectionRes(WeldingDetectionRes {
            response_code,
            dc_evse_status: dc_status(told.status),
            evse_present_voltage: volts(told.voltage),
        }),
        Answer::SessionStop => Body::SessionStopRes(SessionStopRes { response_code }),
        Answer::PaymentDetails | Answer::ChargingStatus(_) | Answer::MeteringReceipt(_) => return None,
    })
}
