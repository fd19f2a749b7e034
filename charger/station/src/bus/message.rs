//! What travels on the bus. One schema, compiled into every service: versions cannot drift apart.

use hardware::{LockPosition, MeterReading, Screen, SupplyTarget, Token};
use iec61851::PilotSignal;
use ocpp::{Answer, ChargingLimit, ConnectorStatus, IdToken, Local, ReservationUpdate, TransactionReport};

use super::Verb;
use crate::energy::SiteLimit;
use crate::session::{BoardInput, CsmsInput, DcInput};

/// One message; its verb says whose it is.
#[derive(Clone, Debug)]
pub enum Message {
    /// [`Verb::PowerAllow`].
    AllowPower(bool),
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
    /// [`Verb::SessionDc`].
    Dc(DcInput),
    /// [`Verb::LockDrive`].
    DriveLock(bool),
    /// [`Verb::EnergyHouse`]: a reading at the house connection with the outlet's of the same moment; `None` when the
    /// house meter does not answer.
    House {
        /// At the house connection.
        service: Option<MeterReading>,
        /// At the outlet.
        outlet: MeterReading,
    },
    /// [`Verb::SessionLock`]: where the bolt ended, or why it cannot be told.
    Lock(Result<LockPosition, String>),
    /// [`Verb::DcMeasure`].
    MeasureInsulation(bool),
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
    /// [`Verb::DcSet`].
    SetSupply(SupplyTarget),
    /// [`Verb::PanelShow`].
    Show(Screen),
    /// [`Verb::OcppStatus`].
    Status(ConnectorStatus),
    /// [`Verb::SessionStop`].
    Stop,
    /// [`Verb::DcStop`].
    StopSupply,
    /// [`Verb::DcSwitch`].
    SwitchSupply(bool),
    /// [`Verb::DcTest`].
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
            Self::AllowPower(_) => Verb::PowerAllow,
            Self::Answer { .. } => Verb::OcppAnswer,
            Self::Authorize { .. } => Verb::OcppAuthorize,
            Self::Board(_) => Verb::SessionPower,
            Self::Csms(_) => Verb::SessionCsms,
            Self::Dc(_) => Verb::SessionDc,
            Self::DriveLock(_) => Verb::LockDrive,
            Self::House { .. } => Verb::EnergyHouse,
            Self::Limits { .. } => Verb::SessionLimit,
            Self::Lock(_) => Verb::SessionLock,
            Self::MeasureInsulation(_) => Verb::DcMeasure,
            Self::Profile(_) => Verb::EnergyProfile,
            Self::ReadMeter => Verb::MeterRead,
            Self::Reading(_) => Verb::SessionReading,
            Self::Report(_) => Verb::OcppReport,
            Self::Reservation { .. } => Verb::OcppReservation,
            Self::SetPilot(_) => Verb::PowerPilot,
            Self::SetSupply(_) => Verb::DcSet,
            Self::Show(_) => Verb::PanelShow,
            Self::Status(_) => Verb::OcppStatus,
            Self::Stop => Verb::SessionStop,
            Self::StopSupply => Verb::DcStop,
            Self::SwitchSupply(_) => Verb::DcSwitch,
            Self::TestInsulation => Verb::DcTest,
            Self::Token(_) => Verb::SessionToken,
        }
    }

    /// What the OCPP core takes, for the messages to the CSMS side.
    pub(crate) fn into_local(self, evse: u16) -> Option<Local> {
        match self {
            Self::Answer { ticket, answer } => Some(Local::Answer { ticket, answer }),
            Self::Authorize { ticket, token } => Some(Local::Authorize { ticket, token }),
            Self::Report(report) => Some(Local::Transaction(*report)),
            Self::Reservation { id, update } => Some(Local::ReservationStatus { id, status: update }),
            Self::Status(status) => Some(Local::Status { evse, status }),
            Self::AllowPower(_)
            | Self::Board(_)
            | Self::Csms(_)
            | Self::Dc(_)
            | Self::DriveLock(_)
            | Self::House { .. }
            | Self::Limits { .. }
            | Self::Lock(_)
            | Self::MeasureInsulation(_)
            | Self::Profile(_)
            | Self::ReadMeter
            | Self::Reading(_)
            | Self::SetPilot(_)
            | Self::SetSupply(_)
            | Self::Show(_)
            | Self::Stop
            | Self::StopSupply
            | Self::SwitchSupply(_)
            | Self::TestInsulation
            | Self::Token(_) => None,
        }
    }
}
