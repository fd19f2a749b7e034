//! The words of ISO 15118-2.

use exi::Hex;
use iso15118::messages::iso2 as v2;
use units::{Milliamps, Millivolts, Watts};

use super::event::{Code, Limits, Present, Schedule};
use super::request::{Demand, EvStatus, Kind, Parameters, Power, Progress, Request};
use super::response::{EvseStatus, LoopLimits, Response, Says};

/// A request of this session.
pub(super) fn request(session: Hex<8>, request: &Request) -> v2::V2gMessage {
    let header = v2::MessageHeader { session_id: session, notification: None, signature: None };
    v2::V2gMessage { header, body: body(request) }
}

fn body(request: &Request) -> v2::Body {
    use v2::Body as B;
    match request {
        Request::SessionSetup { evcc_id, .. } => {
            B::SessionSetupReq(v2::SessionSetupReq { evcc_id: Hex::new(evcc_id).unwrap_or_default() })
        }
        Request::ServiceDiscovery { category } => B::ServiceDiscoveryReq(v2::ServiceDiscoveryReq {
            service_scope: None,
            service_category: category.then_some(v2::ServiceCategory::EvCharging),
        }),
        Request::PaymentServiceSelection { service } => B::PaymentServiceSelectionReq(v2::PaymentServiceSelectionReq {
            selected_payment_option: v2::PaymentOption::ExternalPayment,
            selected_service_list: v2::SelectedServiceList {
                selected_service: vec![v2::SelectedService { service_id: *service, parameter_set_id: None }],
            },
        }),
        Request::Authorization => B::AuthorizationReq(v2::AuthorizationReq { id: None, gen_challenge: None }),
        Request::ChargeParameterDiscovery(parameters) => B::ChargeParameterDiscoveryReq(discovery(parameters)),
        Request::CableCheck(status) => B::CableCheckReq(v2::CableCheckReq { dc_ev_status: ev_status(*status) }),
        Request::PreCharge { status, voltage, current } => B::PreChargeReq(v2::PreChargeReq {
            dc_ev_status: ev_status(*status),
            ev_target_voltage: voltage.iso2(),
            ev_target_current: current.iso2(),
        }),
        Request::PowerDelivery(power) => B::PowerDeliveryReq(delivery(power)),
        Request::ChargingStatus => B::ChargingStatusReq(v2::ChargingStatusReq {}),
        Request::CurrentDemand(demand) => B::CurrentDemandReq(current_demand(demand)),
        Request::WeldingDetection(status) => {
            B::WeldingDetectionReq(v2::WeldingDetectionReq { dc_ev_status: ev_status(*status) })
        }
        Request::SessionStop { pause } => B::SessionStopReq(v2::SessionStopReq {
            charging_session: if *pause { v2::ChargingSession::Pause } else { v2::ChargingSession::Terminate },
        }),
    }
}

const fn ev_status(status: EvStatus) -> v2::DcEvStatus {
    v2::DcEvStatus { ev_ready: status.ready, ev_error_code: v2::DcEvErrorCode::NoError, ev_ress_soc: status.soc }
}

fn discovery(parameters: &Parameters) -> v2::ChargeParameterDiscoveryReq {
    let (ac, dc) = match &parameters.of {
        Kind::Ac { energy, max_voltage, max_current, min_current } => {
            let ac = v2::AcEvChargeParameter {
                departure_time: parameters.departure_time,
                e_amount: energy.iso2(),
                ev_max_voltage: max_voltage.iso2(),
                ev_max_current: max_current.iso2(),
                ev_min_current: min_current.iso2(),
            };
            (Some(ac), None)
        }
        Kind::Dc {
            status,
            max_voltage,
            max_current,
            max_power,
            energy_capacity,
            energy_request,
            full_soc,
            bulk_soc,
        } => {
            let dc = v2::DcEvChargeParameter {
                departure_time: parameters.departure_time,
                dc_ev_status: ev_status(*status),
                ev_maximum_current_limit: max_current.iso2(),
                ev_maximum_power_limit: max_power.map(super::value::Quantity::iso2),
                ev_maximum_voltage_limit: max_voltage.iso2(),
                ev_energy_capacity: energy_capacity.map(super::value::Quantity::iso2),
                ev_energy_request: energy_request.map(super::value::Quantity::iso2),
                full_soc: *full_soc,
                bulk_soc: *bulk_soc,
            };
            (None, Some(dc))
        }
    };
    v2::ChargeParameterDiscoveryReq {
        max_entries_sa_schedule_tuple: parameters.max_entries,
        requested_energy_transfer_mode: parameters.transfer,
        ac_ev_charge_parameter: ac,
        dc_ev_charge_parameter: dc,
    }
}

fn delivery(power: &Power) -> v2::PowerDeliveryReq {
    let entry = |(start, watts): &(u32, i64)| v2::ProfileEntry {
        charging_profile_entry_start: *start,
        charging_profile_entry_max_power: super::value::Quantity::watts(*watts).iso2(),
        charging_profile_entry_max_number_of_phases_in_use: None,
    };
    v2::PowerDeliveryReq {
        charge_progress: match power.progress {
            Progress::Start => v2::ChargeProgress::Start,
            Progress::Stop => v2::ChargeProgress::Stop,
            Progress::Renegotiate => v2::ChargeProgress::Renegotiate,
        },
        sa_schedule_tuple_id: u8::try_from(power.schedule).unwrap_or(1).max(1),
        charging_profile: power
            .profile
            .as_ref()
            .map(|profile| v2::ChargingProfile { profile_entry: profile.iter().map(entry).collect() }),
        dc_ev_power_delivery_parameter: power.dc.map(|dc| v2::DcEvPowerDeliveryParameter {
            dc_ev_status: ev_status(dc.status),
            bulk_charging_complete: dc.bulk_complete,
            charging_complete: dc.complete,
        }),
    }
}

fn current_demand(demand: &Demand) -> v2::CurrentDemandReq {
    use super::value::Quantity;
    v2::CurrentDemandReq {
        dc_ev_status: ev_status(demand.status),
        ev_target_current: demand.current.iso2(),
        ev_maximum_voltage_limit: demand.max_voltage.map(Quantity::iso2),
        ev_maximum_current_limit: demand.max_current.map(Quantity::iso2),
        ev_maximum_power_limit: demand.max_power.map(Quantity::iso2),
        bulk_charging_complete: demand.bulk_complete,
        charging_complete: demand.complete,
        remaining_time_to_full_soc: demand.to_full.map(Quantity::iso2),
        remaining_time_to_bulk_soc: demand.to_bulk.map(Quantity::iso2),
        ev_target_voltage: demand.voltage.iso2(),
    }
}

const fn failed(code: v2::ResponseCode) -> Option<Code> {
    use v2::ResponseCode as C;
    match code {
        C::Ok | C::OkNewSessionEstablished | C::OkOldSessionJoined | C::OkCertificateExpiresSoon => None,
        _ => Some(Code::Iso2(code)),
    }
}

const fn finished(processing: v2::EvseProcessing) -> bool {
    match processing {
        v2::EvseProcessing::Finished => true,
        v2::EvseProcessing::Ongoing | v2::EvseProcessing::OngoingWaitingForCustomerInteraction => false,
    }
}

const fn dc_status(status: &v2::DcEvseStatus) -> EvseStatus {
    EvseStatus {
        notification: status.evse_notification,
        code: Some(status.evse_status_code),
        isolation: status.evse_isolation_status,
        tripped: false,
    }
}

const fn ac_status(status: &v2::AcEvseStatus) -> EvseStatus {
    EvseStatus { notification: status.evse_notification, code: None, isolation: None, tripped: status.rcd }
}

/// What fits into the type; the rest is beyond anything that is plugged in.
pub(super) fn to_i32(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

fn volts(value: &v2::PhysicalValue) -> Millivolts {
    Millivolts(to_i32(value.milli()))
}

fn amperes(value: &v2::PhysicalValue) -> Milliamps {
    Milliamps(to_i32(value.milli()))
}

fn watts(value: &v2::PhysicalValue) -> Watts {
    Watts(to_i32(value.milli() / 1_000))
}

/// What a response says.
pub(super) fn response(message: v2::V2gMessage) -> Response {
    use v2::Body as B;
    let session = message.header.session_id.octets().to_vec();
    let (name, code, says) = match message.body {
        B::SessionSetupRes(body) => {
            let joined = body.response_code == v2::ResponseCode::OkOldSessionJoined;
            ("SessionSetupRes", body.response_code, Says::SessionSetup { joined, evse_id: body.evse_id })
        }
        B::ServiceDiscoveryRes(body) => {
            let service = &body.charge_service;
            let says = Says::ServiceDiscovery {
                external_payment: body.payment_option_list.payment_option.contains(&v2::PaymentOption::ExternalPayment),
                service: service.service_id,
                transfers: service.supported_energy_transfer_mode.energy_transfer_mode.clone(),
            };
            ("ServiceDiscoveryRes", body.response_code, says)
        }
        B::PaymentServiceSelectionRes(body) => {
            ("PaymentServiceSelectionRes", body.response_code, Says::PaymentServiceSelection)
        }
        B::AuthorizationRes(body) => {
            let says = Says::Authorization { finished: finished(body.evse_processing) };
            ("AuthorizationRes", body.response_code, says)
        }
        B::ChargeParameterDiscoveryRes(body) => ("ChargeParameterDiscoveryRes", body.response_code, offer(&body)),
        B::CableCheckRes(body) => {
            let says =
                Says::CableCheck { finished: finished(body.evse_processing), status: dc_status(&body.dc_evse_status) };
            ("CableCheckRes", body.response_code, says)
        }
        B::PreChargeRes(body) => {
            let says = Says::PreCharge {
                voltage_mv: body.evse_present_voltage.milli(),
                status: dc_status(&body.dc_evse_status),
            };
            ("PreChargeRes", body.response_code, says)
        }
        B::PowerDeliveryRes(body) => {
            let (ac, dc) = (body.ac_evse_status.as_ref().map(ac_status), body.dc_evse_status.as_ref().map(dc_status));
            let says = Says::PowerDelivery { status: dc.or(ac).unwrap_or(EvseStatus::NOT_TOLD) };
            ("PowerDeliveryRes", body.response_code, says)
        }
        B::ChargingStatusRes(body) => {
            let current = body.evse_max_current.as_ref().map(v2::PhysicalValue::milli);
            let says = Says::ChargingStatus {
                limits: LoopLimits { current, ..LoopLimits::default() },
                status: ac_status(&body.ac_evse_status),
            };
            ("ChargingStatusRes", body.response_code, says)
        }
        B::CurrentDemandRes(body) => {
            let milli = |value: &Option<v2::PhysicalValue>| value.as_ref().map(v2::PhysicalValue::milli);
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
                status: dc_status(&body.dc_evse_status),
            };
            ("CurrentDemandRes", body.response_code, says)
        }
        B::WeldingDetectionRes(body) => {
            let says = Says::WeldingDetection {
                voltage_mv: body.evse_present_voltage.milli(),
                status: dc_status(&body.dc_evse_status),
            };
            ("WeldingDetectionRes", body.response_code, says)
        }
        B::SessionStopRes(body) => ("SessionStopRes", body.response_code, Says::SessionStop),
        _ => ("another message", v2::ResponseCode::Ok, Says::Other),
    };
    Response { session, name, failed: failed(code), says }
}

fn offer(body: &v2::ChargeParameterDiscoveryRes) -> Says {
    let schedule = |tuple: &v2::SaScheduleTuple| Schedule {
        id: i16::from(tuple.sa_schedule_tuple_id),
        entries: tuple
            .pmax_schedule
            .pmax_schedule_entry
            .iter()
            .map(|entry| (entry.relative_time_interval.start, watts(&entry.pmax)))
            .collect(),
    };
    let ac = body.ac_evse_charge_parameter.as_ref();
    let dc = body.dc_evse_charge_parameter.as_ref();
    let limits = match (ac, dc) {
        (_, Some(dc)) => Some(Limits::Dc {
            min_voltage: volts(&dc.evse_minimum_voltage_limit),
            max_voltage: volts(&dc.evse_maximum_voltage_limit),
            max_current: amperes(&dc.evse_maximum_current_limit),
            max_power: Some(watts(&dc.evse_maximum_power_limit)),
        }),
        (Some(ac), None) => Some(Limits::Ac {
            nominal_voltage: volts(&ac.evse_nominal_voltage),
            max_current: amperes(&ac.evse_max_current),
        }),
        (None, None) => None,
    };
    Says::ChargeParameterDiscovery {
        finished: finished(body.evse_processing),
        schedules: body.sa_schedule_list.iter().flat_map(|list| &list.sa_schedule_tuple).map(schedule).collect(),
        limits,
        status: dc
            .map(|dc| dc_status(&dc.dc_evse_status))
            .or_else(|| ac.map(|ac| ac_status(&ac.ac_evse_status)))
            .unwrap_or(EvseStatus::NOT_TOLD),
    }
}
