//! What happens to a world of interleavings: causes alone, each of which can be mended.

use std::time::Duration;

use hardware::{LinkFault, Token};
use serde_json::json;
use twin::{Action, CableEnd, Condition, CsmsAction, DcLineAction, Device, HostAction, LineAction, ModemFault, Twin};
use units::Ohms;
use vehicle_model::{Action as Car, Cable, CableRating, CarFault};

/// The card that the CSMS accepts.
pub(crate) const CARD: &str = "04CA2D01";

/// One thing that happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cause {
    Card,
    CarNegotiates,
    CarPauses,
    CarStops,
    CarWakes,
    CarWants,
    CsmsStops,
    HostDies,
    HostStarts,
    Insulated,
    Leaks,
    LimitOfNothing,
    NoLimit,
    LineDelays(u16),
    LineDoubles(u16),
    LineGood,
    LineLoses(u16),
    ModemHangs(CableEnd),
    ModemBack(CableEnd),
    ModemLinkGone,
    ModemLinkBack,
    PilotOpen,
    PilotWhole,
    Plug,
    SupplyBack,
    SupplyLost,
    Unplug,
}

impl Cause {
    /// What ends it, where something does.
    pub(crate) const fn mended_by(self) -> Option<Self> {
        match self {
            Self::CarPauses => Some(Self::CarWakes),
            Self::CarStops => Some(Self::CarWants),
            Self::HostDies => Some(Self::HostStarts),
            Self::Leaks => Some(Self::Insulated),
            Self::LimitOfNothing => Some(Self::NoLimit),
            Self::LineDelays(_) | Self::LineDoubles(_) | Self::LineLoses(_) => Some(Self::LineGood),
            Self::ModemHangs(end) => Some(Self::ModemBack(end)),
            Self::ModemLinkGone => Some(Self::ModemLinkBack),
            Self::PilotOpen => Some(Self::PilotWhole),
            Self::SupplyLost => Some(Self::SupplyBack),
            Self::Unplug => Some(Self::Plug),
            Self::Card
            | Self::CarNegotiates
            | Self::CarWakes
            | Self::CarWants
            | Self::CsmsStops
            | Self::HostStarts
            | Self::Insulated
            | Self::LineGood
            | Self::ModemBack(_)
            | Self::ModemLinkBack
            | Self::NoLimit
            | Self::PilotWhole
            | Self::Plug
            | Self::SupplyBack => None,
        }
    }

    /// Whether it is of a world with direct current alone.
    pub(crate) const fn is_of_direct_current(self) -> bool {
        matches!(self, Self::Insulated | Self::Leaks | Self::SupplyBack | Self::SupplyLost)
    }

    /// Lets it happen; a CSMS that has nothing to stop stops nothing.
    pub(crate) fn happen(self, twin: &mut Twin) {
        match self {
            Self::Card => twin.act(Action::Badge(Token::card(CARD))),
            Self::CarNegotiates => twin.act(Action::Car(Car::Renegotiate)),
            Self::CarPauses => twin.act(Action::Car(Car::Pause)),
            Self::CarStops => twin.act(Action::Car(Car::RequestEnergy(false))),
            Self::CarWakes => twin.act(Action::Car(Car::WakeCharger)),
            Self::CarWants => twin.act(Action::Car(Car::RequestEnergy(true))),
            Self::CsmsStops => {
                if let Some(id) = twin.csms().and_then(twin::Csms::transaction) {
                    call(twin, "RequestStopTransaction", json!({ "transactionId": id }));
                }
            }
            Self::HostDies => twin.act(Action::Host(HostAction::Kill)),
            Self::HostStarts => twin.act(Action::Host(HostAction::Start)),
            Self::Insulated => twin.act(Action::DcLines(DcLineAction::Leakage { plus: None, minus: None })),
            Self::Leaks => {
                twin.act(Action::DcLines(DcLineAction::Leakage { plus: Some(Ohms(20_000)), minus: None }));
            }
            Self::LimitOfNothing => limit_to_nothing(twin),
            Self::NoLimit => call(twin, "ClearChargingProfile", json!({ "chargingProfileCriteria": {} })),
            Self::LineDelays(ms) => {
                line(twin, LineAction::Condition(Condition::Delay(Duration::from_millis(ms.into()))));
            }
            Self::LineDoubles(thousandths) => line(twin, LineAction::Condition(Condition::Doubled(thousandths))),
            Self::LineGood => line(twin, LineAction::Condition(Condition::Good)),
            Self::LineLoses(thousandths) => line(twin, LineAction::Condition(Condition::Lost(thousandths))),
            Self::ModemHangs(end) => line(twin, LineAction::Modem(end, ModemFault::Mute)),
            Self::ModemBack(end) => line(twin, LineAction::Modem(end, ModemFault::None)),
            Self::ModemLinkGone => twin.act(Action::Link(Device::Plc, LinkFault::Gone)),
            Self::ModemLinkBack => twin.act(Action::Link(Device::Plc, LinkFault::None)),
            Self::PilotOpen => twin.act(Action::Car(Car::Break(CarFault::PilotOpen))),
            Self::PilotWhole => twin.act(Action::Car(Car::Mend(CarFault::PilotOpen))),
            Self::Plug => twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32)))),
            Self::SupplyBack => twin.act(Action::Link(Device::Supply, LinkFault::None)),
            Self::SupplyLost => twin.act(Action::Link(Device::Supply, LinkFault::Gone)),
            Self::Unplug => twin.act(Action::Car(Car::Unplug)),
        }
    }
}

fn line(twin: &mut Twin, action: LineAction) {
    twin.act(Action::Line(action));
}

fn call(twin: &mut Twin, action: &str, payload: serde_json::Value) {
    twin.act(Action::Csms(CsmsAction::Call { action: action.into(), payload }));
}

fn limit_to_nothing(twin: &mut Twin) {
    let start = twin.csms().map(|csms| csms.time_at(twin.now()));
    let schedule = json!({ "id": 1, "chargingRateUnit": "A", "startSchedule": start,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 0.0 }] });
    let profile = json!({ "id": 900, "stackLevel": 0, "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": [schedule] });
    call(twin, "SetChargingProfile", json!({ "evseId": 0, "chargingProfile": profile }));
}
