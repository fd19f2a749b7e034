//! What travels on the bus. One schema, compiled into every service: versions cannot drift apart.

use hardware::{LockPosition, MeterReading, Screen, SupplyTarget, Token};
use iec61851::{Permission, PilotSignal};
use ocpp::{Answer, ChargingLimit, ConnectorStatus, IdToken, Local, Problem, ReservationUpdate, TransactionReport};

use super::Verb;
use crate::energy::SiteLimit;
use crate::session::{Accessory, BoardInput, CsmsInput, InsulationInput};

/// One message; its verb says whose it is.
#[derive(Clone, Debug)]
pub enum Message {
    /// [`Verb::SessionAccessory`]: a device without which the outlet still charges works (again), or is lost: why.
    Accessory(Accessory, Result<(), String>),
    /// [`Verb::PowerAllow`].
    AllowPower(Permission),
    /// [`Verb::OcppAnswer`]: to the request with that ticket.
    Answer {
        /// The request.
        ticket: u64,
        /// What the station says to it.
        answer: Answer,
    },
    /// [`Verb::OcppAuthorize`]: the answer comes back as [`CsmsInput::Authorized`] with the ticket.
    Authorize {
        /// Names the question.
        ticket: u64,
        /// Whom to ask about.
        token: IdToken,
    },
    /// [`Verb::SessionPower`].
    Board(BoardInput),
    /// [`Verb::SessionCsms`].
    Csms(CsmsInput),
    /// [`Verb::LockDrive`].
    DriveLock(bool),
    /// [`Verb::EnergyHouse`]: a reading at the house connection; `None` when the house meter is lost.
    House(Option<MeterReading>),
    /// [`Verb::SessionInsulation`].
    Insulation(InsulationInput),
    /// [`Verb::OcppKeep`]: survives a power cut, in order with the reports; `None` forgets it.
    Keep {
        /// Its name.
        name: String,
        /// What is kept.
        value: Option<String>,
    },
    /// [`Verb::SessionLock`]: where the bolt ended, or why it cannot be told.
    Lock(Result<LockPosition, String>),
    /// [`Verb::InsulationMeasure`].
    MeasureInsulation(bool),
    /// [`Verb::EnergyOutlet`]: a reading at the outlet.
    Outlet(MeterReading),
    /// [`Verb::OcppProblem`].
    Problem(Problem),
    /// [`Verb::EnergyProfile`]: the composite of the charging profiles in force.
    Profile(Option<ChargingLimit>),
    /// [`Verb::MeterRead`].
    ReadMeter,
    /// [`Verb::SessionReading`]: a reading of the outlet's meter, or why there is none.
    Reading(Result<MeterReading, String>),
    /// [`Verb::OcppReport`].
    Report(Box<TransactionReport>),
    /// [`Verb::OcppReservation`].
    Reservation {
        /// The reservation.
        id: i32,
        /// What became of it.
        update: ReservationUpdate,
    },
    /// [`Verb::PowerPilot`].
    SetPilot(PilotSignal),
    /// [`Verb::SupplySet`].
    SetSupply(SupplyTarget),
    /// [`Verb::PanelShow`].
    Show(Screen),
    /// [`Verb::OcppStatus`].
    Status(ConnectorStatus),
    /// [`Verb::SupplyStop`].
    StopSupply,
    /// [`Verb::SessionSupply`]: the DC supply works (again), or is lost: why.
    Supply(Result<(), String>),
    /// [`Verb::SupplySwitch`].
    SwitchSupply(bool),
    /// [`Verb::InsulationTest`].
    TestInsulation,
    /// [`Verb::SessionToken`].
    Token(Token),
    /// [`Verb::SessionLimit`]: what profiles and site leave for the car.
    Limits {
        /// The composite of the charging profiles in force.
        profile: Option<ChargingLimit>,
        /// What the house leaves.
        site: Option<SiteLimit>,
    },
}

impl Message {
    /// The verb it belongs to.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Accessory(..) => Verb::SessionAccessory,
            Self::AllowPower(_) => Verb::PowerAllow,
            Self::Answer { .. } => Verb::OcppAnswer,
            Self::Authorize { .. } => Verb::OcppAuthorize,
            Self::Board(_) => Verb::SessionPower,
            Self::Csms(_) => Verb::SessionCsms,
            Self::DriveLock(_) => Verb::LockDrive,
            Self::House(_) => Verb::EnergyHouse,
            Self::Insulation(_) => Verb::SessionInsulation,
            Self::Keep { .. } => Verb::OcppKeep,
            Self::Limits { .. } => Verb::SessionLimit,
            Self::Lock(_) => Verb::SessionLock,
            Self::MeasureInsulation(_) => Verb::InsulationMeasure,
            Self::Outlet(_) => Verb::EnergyOutlet,
            Self::Problem(_) => Verb::OcppProblem,
            Self::Profile(_) => Verb::EnergyProfile,
            Self::ReadMeter => Verb::MeterRead,
            Self::Reading(_) => Verb::SessionReading,
            Self::Report(_) => Verb::OcppReport,
            Self::Reservation { .. } => Verb::OcppReservation,
            Self::SetPilot(_) => Verb::PowerPilot,
            Self::SetSupply(_) => Verb::SupplySet,
            Self::Show(_) => Verb::PanelShow,
            Self::Status(_) => Verb::OcppStatus,
            Self::StopSupply => Verb::SupplyStop,
            Self::Supply(_) => Verb::SessionSupply,
            Self::SwitchSupply(_) => Verb::SupplySwitch,
            Self::TestInsulation => Verb::InsulationTest,
            Self::Token(_) => Verb::SessionToken,
        }
    }

    /// What the OCPP core takes, for the messages to the CSMS side.
    pub(crate) fn into_local(self, evse: u16) -> Option<Local> {
        match self {
            Self::Answer { ticket, answer } => Some(Local::Answer { ticket, answer }),
            Self::Authorize { ticket, token } => Some(Local::Authorize { ticket, token }),
            Self::Keep { name, value } => Some(Local::Keep { name, value }),
            Self::Problem(problem) => Some(Local::Problem(problem)),
            Self::Report(report) => Some(Local::Transaction(*report)),
            Self::Reservation { id, update } => Some(Local::ReservationStatus { id, status: update }),
            Self::Status(status) => Some(Local::Status { evse, status }),
            Self::Accessory(..)
            | Self::AllowPower(_)
            | Self::Board(_)
            | Self::Csms(_)
            | Self::DriveLock(_)
            | Self::House(_)
            | Self::Insulation(_)
            | Self::Limits { .. }
            | Self::Lock(_)
            | Self::MeasureInsulation(_)
            | Self::Outlet(_)
            | Self::Profile(_)
            | Self::ReadMeter
            | Self::Reading(_)
            | Self::SetPilot(_)
            | Self::SetSupply(_)
            | Self::Show(_)
            | Self::StopSupply
            | Self::Supply(_)
            | Self::SwitchSupply(_)
            | Self::TestInsulation
            | Self::Token(_) => None,
        }
    }
}
