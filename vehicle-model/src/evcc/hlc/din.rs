//! The words of DIN 70121.

use exi::Hex;
use iso15118::messages::din as v1;
use iso15118::messages::iso2 as v2;
use units::{Milliamps, Millivolts, Watts};

use super::event::{Code, Limits, Present, Schedule};
use super::iso2::to_i32;
use super::request::{Demand, EvStatus, Kind, Parameters, Power, Progress, Request};
use super::response::{EvseStatus, LoopLimits, Response, Says};
use super::value::Quantity;

/// A request of this session. `named`: values have their unit.
pub(super) fn request(session: Hex<8>, request: &Request, named: bool) -> v1::V2gMessage {
    let header = v1::MessageHeader { session_id: session, notification: None, signature: None };
    v1::V2gMessage { header, body: body(request, named) }
}

fn body(request: &Request, named: bool) -> v1::Body {
    use v1::Body as B;
    match request {
        Request::SessionSetup { evcc_id, octets } => {
            let mut id = [0; 8];
            id[..6].copy_from_slice(evcc_id);
            let id = id.get(..usize::from(*octets)).unwrap_or(&id);
            B::SessionSetupReq(v1::SessionSetupReq { evcc_id: Hex::new(id).unwrap_or_default() })
        }
        Request::ServiceDiscovery { category } => B::ServiceDiscoveryReq(v1::ServiceDiscoveryReq {
            service_scope: None,
            service_category: category.then_some(v1::ServiceCategory::EvCharging),
        }),
        Request::PaymentServiceSelection { service } => B::ServicePaymentSelectionReq(v1::ServicePaymentSelectionReq {
            selected_payment_option: v1::PaymentOption::ExternalPayment,
            selected_service_list: v1::SelectedServiceList {
                selected_service: vec![v1::SelectedService { service_id: *service, parameter_set_id: None }],
            },
        }),
        Request::Authorization => {
            B::ContractAuthenticationReq(v1::ContractAuthenticationReq { id: None, gen_challenge: None })
        }
        Request::ChargeParameterDiscovery(parameters) => B::ChargeParameterDiscoveryReq(discovery(parameters, named)),
        Request::CableCheck(status) => B::CableCheckReq(v1::CableCheckReq { dc_ev_status: ev_status(*status) }),
        Request::PreCharge { status, voltage, current } => B::PreChargeReq(v1::PreChargeReq {
            dc_ev_status: ev_status(*status),
            ev_target_voltage: voltage.din(named),
            ev_target_current: current.din(named),
        }),
        Request::PowerDelivery(power) => B::PowerDeliveryReq(delivery(power)),
        Request::CurrentDemand(demand) => B::CurrentDemandReq(current_demand(demand, named)),
        Request::WeldingDetection(status) => {
            B::WeldingDetectionReq(v1::WeldingDetectionReq { dc_ev_status: ev_status(*status) })
        }
        // There is no pause, and no alternating current; the car never comes there.
        Request::SessionStop { .. } | Request::ChargingStatus => B::SessionStopReq(v1::SessionStopReq {}),
    }
}

fn ev_status(status: EvStatus) -> v1::DcEvStatus {
    let conditioning = status.conditioning.then_some(false);
    v1::DcEvStatus {
        ev_ready: status.ready,
        ev_cabin_conditioning: conditioning,
        ev_ress_conditioning: conditioning,
        ev_error_code: v1::DcEvErrorCode::NoError,
        ev_ress_soc: status.soc,
    }
}

const fn requested(transfer: v2::EnergyTransferMode) -> v1::EvRequestedEnergyTransfer {
    match transfer {
        v2::EnergyTransferMode::AcSinglePhaseCore => v1::EvRequestedEnergyTransfer::AcSinglePhaseCore,
        v2::EnergyTransferMode::AcThreePhaseCore => v1::EvRequestedEnergyTransfer::AcThreePhaseCore,
        v2::EnergyTransferMode::DcCore => v1::EvRequestedEnergyTransfer::DcCore,
        v2::EnergyTransferMode::DcExtended => v1::EvRequestedEnergyTransfer::DcExtended,
        v2::EnergyTransferMode::DcComboCore => v1::EvRequestedEnergyTransfer::DcComboCore,
        v2::EnergyTransferMode::DcUnique => v1::EvRequestedEnergyTransfer::DcUnique,
    }
}

/// Names of the offer put several together.
fn offered(transfer: v1::EvseSupportedEnergyTransfer) -> Vec<v2::EnergyTransferMode> {
    use v1::EvseSupportedEnergyTransfer as O;
    use v2::EnergyTransferMode as E;
    match transfer {
        O::AcSinglePhaseCore | O::AcThreePhaseCore => Vec::new(),
        O::DcCore | O::AcSingleDcCore => vec![E::DcCore],
        O::DcComboCore => vec![E::DcComboCore],
        O::DcDual => vec![E::DcExtended, E::DcCore],
        O::DcExtended | O::AcCore1pDcExtended | O::AcSinglePhaseThreePhaseCoreDcExtended | O::AcCore3pDcExtended => {
            vec![E::DcExtended]
        }
    }
}

fn discovery(parameters: &Parameters, named: bool) -> v1::ChargeParameterDiscoveryReq {
    let value = |quantity: &Quantity| quantity.din(named);
    let dc = match &parameters.of {
        Kind::Ac { .. } => None,
        Kind::Dc {
            status,
            max_voltage,
            max_current,
            max_power,
            energy_capacity,
            energy_request,
            full_soc,
            bulk_soc,
        } => Some(v1::DcEvChargeParameter {
            dc_ev_status: ev_status(*status),
            ev_maximum_current_limit: value(max_current),
            ev_maximum_power_limit: max_power.as_ref().map(value),
            ev_maximum_voltage_limit: value(max_voltage),
            ev_energy_capacity: energy_capacity.as_ref().map(value),
            ev_energy_request: energy_request.as_ref().map(value),
            full_soc: *full_soc,
            bulk_soc: *bulk_soc,
        }),
    };
    v1::ChargeParameterDiscoveryReq {
        ev_requested_energy_transfer_type: requested(parameters.transfer),
        ac_ev_charge_parameter: None,
        dc_ev_charge_parameter: dc,
    }
}

fn delivery(power: &Power) -> v1::PowerDeliveryReq {
    let entry = |(start, watts): &(u32, i64)| v1::ProfileEntry {
        charging_profile_entry_start: *start,
        charging_profile_entry_max_power: i16::try_from(*watts).unwrap_or(i16::MAX),
    };
    v1::PowerDeliveryReq {
        ready_to_charge_state: power.progress == Progress::Start,
        charging_profile: power.profile.as_ref().map(|profile| v1::ChargingProfile {
            sa_schedule_tuple_id: power.schedule,
            profile_entry: profile.iter().map(entry).collect(),
        }),
        dc_ev_power_delivery_parameter: power.dc.map(|dc| v1::DcEvPowerDeliveryParameter {
            dc_ev_status: ev_status(dc.status),
            bulk_charging_complete: dc.bulk_complete,
            charging_complete: dc.complete,
        }),
    }
}

fn current_demand(demand: &Demand, named: bool) -> v1::CurrentDemandReq {
    let value = |quantity: Quantity| quantity.din(named);
    v1::CurrentDemandReq {
        dc_ev_status: ev_status(demand.status),
        ev_target_current: value(demand.current),
        ev_maximum_voltage_limit: demand.max_voltage.map(value),
        ev_maximum_current_limit: demand.max_current.map(value),
        ev_maximum_power_limit: demand.max_power.map(value),
        bulk_charging_complete: demand.bulk_complete,
        charging_complete: demand.complete,
        remaining_time_to_full_soc: demand.to_full.map(value),
        remaining_time_to_bulk_soc: demand.to_bulk.map(value),
        ev_target_voltage: value(demand.voltage),
    }
}

const fn failed(code: v1::ResponseCode) -> Option<Code> {
    use v1::ResponseCode as C;
    match code {
        C::Ok | C::OkNewSessionEstablished | C::OkOldSessionJoined | C::OkCertificateExpiresSoon => None,
        _ => Some(Code::Din(code)),
    }
}

const fn finished(processing: v1::EvseProcessing) -> bool {
    match processing {
        v1::EvseProcessing::Finished => true,
        v1::EvseProcessing::Ongoing => false,
    }
}

fn evse_status(status: &v1::DcEvseStatus) -> EvseStatus {
    use v1::DcEvseStatusCode as C;
    use v2::DcEvseStatusCode as D;
    EvseStatus {
        notification: match status.evse_notification {
            v1::EvseNotification::None => v2::EvseNotification::None,
            v1::EvseNotification::StopCharging => v2::EvseNotification::StopCharging,
            v1::EvseNotification::ReNegotiation => v2::EvseNotification::ReNegotiation,
        },
        code: Some(match status.evse_status_code {
            C::EvseNotReady => D::EvseNotReady,
            C::EvseReady => D::EvseReady,
            C::EvseShutdown => D::EvseShutdown,
            C::EvseUtilityInterruptEvent => D::EvseUtilityInterruptEvent,
            C::EvseIsolationMonitoringActive => D::EvseIsolationMonitoringActive,
            C::EvseEmergencyShutdown => D::EvseEmergencyShutdown,
            C::EvseMalfunction => D::EvseMalfunction,
            C::Reserved8 => D::Reserved8,
            C::Reserved9 => D::Reserved9,
            C::ReservedA => D::ReservedA,
            C::ReservedB => D::ReservedB,
            C::ReservedC => D::ReservedC,
        }),
        isolation: status.evse_isolation_status.map(|level| match level {
            v1::IsolationLevel::Invalid => v2::IsolationLevel::Invalid,
            v1::IsolationLevel::Valid => v2::IsolationLevel::Valid,
            v1::IsolationLevel::Warning => v2::IsolationLevel::Warning,
            v1::IsolationLevel::Fault => v2::IsolationLevel::Fault,
        }),
        tripped: false,
    }
}

fn volts(value: &v1::PhysicalValue) -> Millivolts {
    Millivolts(to_i32(value.milli()))
}

fn amperes(value: &v1::PhysicalValue) -> Milliamps {
    Milliamps(to_i32(value.milli()))
}

/// What a response says.
pub(super) fn response(message: v1::V2gMessage) -> Response {
    use v1::Body as B;
    let session = message.header.session_id.octets().to_vec();
    let (name, code, says) = match message.body {
        B::SessionSetupRes(body) => {
            let joined = body.response_code == v1::ResponseCode::OkOldSessionJoined;
            let says = Says::SessionSetup { joined, evse_id: body.evse_id.to_string() };
            ("SessionSetupRes", body.response_code, says)
        }
        B::ServiceDiscoveryRes(body) => {
            let service = &body.charge_service;
            let says = Says::ServiceDiscovery {
                external_payment: body.payment_options.payment_option.contains(&v1::PaymentOption::ExternalPayment),
                service: service.service_tag.service_id,
                transfers: offered(service.energy_transfer_type),
            };
            ("ServiceDiscoveryRes", body.response_code, says)
        }
        B::ServicePaymentSelectionRes(body) => {
            ("ServicePaymentSelectionRes", body.response_code, Says::PaymentServiceSelection)
        }
        B::ContractAuthenticationRes(body) => {
            let says = Says::Authorization { finished: finished(body.evse_processing) };
            ("ContractAuthenticationRes", body.response_code, says)
        }
        B::ChargeParameterDiscoveryRes(body) => ("ChargeParameterDiscoveryRes", body.response_code, offer(&body)),
        B::CableCheckRes(body) => {
            let says = Says::CableCheck {
                finished: finished(body.evse_processing),
                status: evse_status(&body.dc_evse_status),
            };
            ("CableCheckRes", body.response_code, says)
        }
        B::PreChargeRes(body) => {
            let says = Says::PreCharge {
                voltage_mv: body.evse_present_voltage.milli(),
                status: evse_status(&body.dc_evse_status),
            };
            ("PreChargeRes", body.response_code, says)
        }
        B::PowerDeliveryRes(body) => {
            let status = body.dc_evse_status.as_ref().map_or(EvseStatus::NOT_TOLD, evse_status);
            ("PowerDeliveryRes", body.response_code, Says::PowerDelivery { status })
        }
        B::CurrentDemandRes(body) => {
            let milli = |value: &Option<v1::PhysicalValue>| value.as_ref().map(v1::PhysicalValue::milli);
            let says = Says::CurrentDemand {
                present: Present {
                    voltage: volts(&body.evse_present_voltage),
                    current: amperes(&body.evse_present_current),
                },
                limits: LoopLimits {
                    voltage: milli(&body.evse_maximum_voltage_limit),
                    current: milli(&body.evse_maximum_current_limit),
                    power: milli(&body.evse_maximum_power_limit),
                },
                status: evse_status(&body.dc_evse_status),
            };
            ("CurrentDemandRes", body.response_code, says)
        }
        B::WeldingDetectionRes(body) => {
            let says = Says::WeldingDetection {
                voltage_mv: body.evse_present_voltage.milli(),
                status: evse_status(&body.dc_evse_status),
            };
            ("WeldingDetectionRes", body.response_code, says)
        }
        B::SessionStopRes(body) => ("SessionStopRes", body.response_code, Says::SessionStop),
        _ => ("another message", v1::ResponseCode::Ok, Says::Other),
    };
    Response { session, name, failed: failed(code), says }
}

fn offer(body: &v1::ChargeParameterDiscoveryRes) -> Says {
    let schedule = |tuple: &v1::SaScheduleTuple| Schedule {
        id: tuple.sa_schedule_tuple_id,
        entries: tuple
            .pmax_schedule
            .pmax_schedule_entry
            .iter()
            .map(|entry| (entry.relative_time_interval.start, Watts(i32::from(entry.pmax))))
            .collect(),
    };
    let dc = body.dc_evse_charge_parameter.as_ref();
    Says::ChargeParameterDiscovery {
        finished: finished(body.evse_processing),
        schedules: body.sa_schedule_list.sa_schedule_tuple.iter().map(schedule).collect(),
        limits: dc.map(|dc| Limits::Dc {
            min_voltage: volts(&dc.evse_minimum_voltage_limit),
            max_voltage: volts(&dc.evse_maximum_voltage_limit),
            max_current: amperes(&dc.evse_maximum_current_limit),
            max_power: dc.evse_maximum_power_limit.as_ref().map(|power| Watts(to_i32(power.milli() / 1_000))),
        }),
        status: dc.map_or(EvseStatus::NOT_TOLD, |dc| evse_status(&dc.dc_evse_status)),
    }
}
