//! What the station asks of the car, by either sign: EVSENotification or EVSEStatusCode.

use iso15118::messages::iso2::{DcEvseStatusCode, EvseNotification};

use super::event::StationWish;
use super::quirks::Quirks;
use super::response::EvseStatus;

/// What the station asks for. DIN knows the status code alone, and yet some stations of DIN use the notification: a car obeys
/// either, unless it is one of those that look at the code only.
pub(super) const fn wish(status: EvseStatus, quirks: &Quirks) -> Option<StationWish> {
    if status.tripped {
        return Some(StationWish::Malfunction);
    }
    match status.code {
        Some(DcEvseStatusCode::EvseShutdown) => return Some(StationWish::Shutdown),
        Some(DcEvseStatusCode::EvseUtilityInterruptEvent) => return Some(StationWish::UtilityInterrupt),
        Some(DcEvseStatusCode::EvseEmergencyShutdown) => return Some(StationWish::Emergency),
        Some(DcEvseStatusCode::EvseMalfunction) => return Some(StationWish::Malfunction),
        Some(
            DcEvseStatusCode::EvseNotReady
            | DcEvseStatusCode::EvseReady
            | DcEvseStatusCode::EvseIsolationMonitoringActive
            | DcEvseStatusCode::Reserved8
            | DcEvseStatusCode::Reserved9
            | DcEvseStatusCode::ReservedA
            | DcEvseStatusCode::ReservedB
            | DcEvseStatusCode::ReservedC,
        )
        | None => {}
    }
    match status.notification {
        _ if quirks.obeys_status_code_only && status.code.is_some() => None,
        EvseNotification::None => None,
        EvseNotification::StopCharging => Some(StationWish::Stop),
        EvseNotification::ReNegotiation => Some(StationWish::Renegotiate),
    }
}
