//! What the coordinator is told, and what it wants done.

use crate::words::{Answer, Ask, AuthorizationOutcome, AuthorizationStatus, ConnectorStatus, IdToken};
use crate::words::{Problem, ReservationUpdate, TransactionReport};
use hardware::{
    BoardInfo, InsulationReading, LockPosition, MeterReading, Screen, SupplyCapabilities, SupplyReading, SupplyTarget,
    Token,
};
use iec61851::{Event, Permission, PilotSignal};
use units::Instant;

use super::accessory::Accessory;
use super::event::SessionEvent;
use super::hlc::{HlcInput, HlcOutput};
use super::kept::Kept;
use super::reception::Vacancy;
use energy::{ChargingLimit, SiteLimit, Wish};

/// What the power board says.
#[derive(Clone, Debug)]
pub enum BoardInput {
    /// Something happened at the pilot, the cable or the contactor.
    Event(Event),
    /// It cannot be reached; the text says why.
    Lost(String),
    /// It runs.
    Started(BoardInfo),
}

/// How the insulation of the DC lines is.
#[derive(Clone, Debug)]
pub enum InsulationInput {
    /// Its monitor answers, or it is lost: why.
    Monitor(Result<(), String>),
    /// It is good, or it is not: why.
    Resistance(Result<(), String>),
}

/// What the CSMS side says.
#[derive(Clone, Debug)]
pub enum CsmsInput {
    /// The CSMS asks for something; the answer carries the ticket.
    Ask {
        /// Names the request.
        ticket: u64,
        /// What it asks for.
        ask: Ask,
    },
    /// The answer to an authorization question.
    Authorized {
        /// Names the question.
        ticket: u64,
        /// The answer.
        outcome: AuthorizationOutcome,
    },
    /// The token of a running transaction is no good.
    Deauthorized {
        /// The transaction.
        transaction: String,
        /// Why.
        status: AuthorizationStatus,
    },
    /// The CSMS cannot be asked.
    Offline,
    /// The CSMS can be asked.
    Online,
}

impl CsmsInput {
    /// The ticket of a request whose answer nobody waits for any more.
    pub const ANSWERED: u64 = 0;
}

/// One input of the [`Coordinator`](super::Coordinator).
#[derive(Clone, Debug)]
pub enum Input {
    /// A device without which the outlet still charges works (again), or it is lost: why.
    Accessory(Accessory, Result<(), String>),
    /// The power board says something.
    Board(BoardInput),
    /// The CSMS side says something.
    Csms(CsmsInput),
    /// Something happened in high-level communication with the car.
    Hlc(HlcInput),
    /// How the insulation of the DC lines is.
    Insulation(InsulationInput),
    /// What the insulation monitor measures. It counts while a cable is checked.
    InsulationReading(InsulationReading),
    /// What charging profiles and site allow.
    Limits {
        /// The composite of the charging profiles in force.
        profile: Option<ChargingLimit>,
        /// What the site leaves.
        site: SiteLimit,
    },
    /// Where the bolt ended, or why it cannot be told.
    Lock(Result<LockPosition, String>),
    /// A reading of the outlet's meter, or why there is none.
    Reading(Result<MeterReading, String>),
    /// The DC supply answers, or it is lost: why.
    Supply(Result<(), String>),
    /// What the DC supply can do. Until then this EVSE gives no direct current.
    SupplyCapabilities(SupplyCapabilities),
    /// What the DC supply measures at its output.
    SupplyReading(SupplyReading),
    /// A deadline may have passed.
    Timeout,
    /// A token was presented.
    Token(Token),
}

/// One wish of the [`Coordinator`](super::Coordinator).
#[derive(Clone, Debug)]
pub enum Output {
    /// Permit the contactor to close, or withdraw the permission.
    AllowPower(Permission),
    /// Answer a request of the CSMS.
    Answer {
        /// The request.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
    /// Ask the CSMS about a token.
    Authorize {
        /// Names the question.
        ticket: u64,
        /// The token.
        token: IdToken,
    },
    /// Move the bolt.
    DriveLock(bool),
    /// Switch the DC supply off.
    StopSupply,
    /// Tell everyone what happened.
    Event(SessionEvent),
    /// Tell high-level communication something.
    Hlc(HlcOutput),
    /// Let the insulation monitor measure, or not any more.
    MeasureInsulation(bool),
    /// Set the control pilot.
    Pilot(PilotSignal),
    /// Keep this over a restart of the host, with the time of day; `None`: nothing.
    Keep(Option<Box<Kept>>),
    /// Report that a part of the station has a problem, or none any more.
    Problem(Problem),
    /// Read the outlet's meter now.
    ReadMeter,
    /// Report a transaction.
    Report(Box<TransactionReport>),
    /// Tell what became of a reservation.
    Reservation {
        /// The reservation.
        id: i32,
        /// What became of it.
        update: ReservationUpdate,
    },
    /// Let the DC supply hold this, and switch it on if it is off.
    SetSupply(SupplyTarget),
    /// Show a screen.
    Show(Screen),
    /// Report the connector's status.
    Status(ConnectorStatus),
    /// How this EVSE stands to whoever comes and does not say where to.
    Vacancy(Vacancy),
    /// What the car could use if the site left all that it wants; `None`: no car may charge here.
    Wish(Option<Wish>),
    /// Nothing more to do before that instant, or before the next input.
    Wait(Option<Instant>),
}
