//! The words between a charger and its CSMS side. Variants are spelled as OCPP spells them.

use std::fmt;

use energy::ChargingLimit;
use serde::{Deserialize, Serialize};
use units::{EvseId, Instant, Milliamps, Millivolts, MilliwattHours, PerPhase, PhaseCount, Soc, Watts};

/// The status of a connector.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ConnectorStatus {
    /// Free.
    Available,
    /// A fault is present.
    Faulted,
    /// A car is there.
    Occupied,
    /// Held for a driver.
    Reserved,
    /// Out of service.
    Unavailable,
}

/// What kind of identifier a token is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum TokenKind {
    Central,
    #[serde(rename = "eMAID")]
    EMaid,
    ISO14443,
    ISO15693,
    KeyCode,
    Local,
    MacAddress,
    NoAuthorization,
}

/// An identifier of a driver. Upper and lower case are the same.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct IdToken {
    /// The identifier, at most 36 characters.
    #[serde(rename = "idToken")]
    pub id: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: TokenKind,
}

/// What the CSMS says of a token.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum AuthorizationStatus {
    Accepted,
    Blocked,
    ConcurrentTx,
    Expired,
    Invalid,
    NoCredit,
    NotAllowedTypeEVSE,
    NotAtThisLocation,
    NotAtThisTime,
    Unknown,
}

/// What came of a question about a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthorizationOutcome {
    /// Good.
    Accepted {
        /// Tokens of one group may end each other's transactions.
        group: Option<IdToken>,
    },
    /// There was no answer: offline, silence, or an error.
    NoAnswer,
    /// Not good.
    Refused(AuthorizationStatus),
}

/// Where a transaction is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum Stage {
    Started,
    Updated,
    Ended,
}

impl Stage {
    /// Its name, in messages and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Updated => "Updated",
            Self::Ended => "Ended",
        }
    }

    /// The stage of that name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Started, Self::Updated, Self::Ended].into_iter().find(|stage| stage.name() == name)
    }
}

/// Why a transaction is reported.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum TriggerReason {
    AbnormalCondition,
    Authorized,
    CablePluggedIn,
    ChargingRateChanged,
    ChargingStateChanged,
    Deauthorized,
    EVCommunicationLost,
    MeterValuePeriodic,
    RemoteStart,
    RemoteStop,
    ResetCommand,
    StopAuthorized,
    Trigger,
    UnlockCommand,
}

/// What the energy of a transaction does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ChargingState {
    Charging,
    EVConnected,
    Idle,
    SuspendedEV,
    SuspendedEVSE,
}

/// Why a transaction ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum StoppedReason {
    DeAuthorized,
    EVDisconnected,
    EmergencyStop,
    EnergyLimitReached,
    GroundFault,
    ImmediateReset,
    Local,
    Other,
    OvercurrentFault,
    PowerLoss,
    Reboot,
    Remote,
    StoppedByEV,
    TimeLimitReached,
    Timeout,
}

/// When a meter value was taken.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReadingContext {
    /// At another moment of interest.
    Other,
    /// By the interval.
    #[serde(rename = "Sample.Periodic")]
    SamplePeriodic,
    /// At the beginning of a transaction.
    #[serde(rename = "Transaction.Begin")]
    TransactionBegin,
    /// At its end.
    #[serde(rename = "Transaction.End")]
    TransactionEnd,
    /// Because the CSMS asked.
    Trigger,
}

/// One set of meter values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MeterSample {
    /// When it was taken.
    pub context: ReadingContext,
    /// The register of energy delivered to the car.
    pub import: MilliwattHours,
    /// The register of energy taken from the car.
    pub export: MilliwattHours,
    /// All lines together.
    pub power: Watts,
    /// Each line.
    pub current: PerPhase<Milliamps>,
    /// Each line to neutral.
    pub voltage: PerPhase<Millivolts>,
    /// When it was taken.
    pub at: Instant,
    /// Where the car tells it.
    pub soc: Option<Soc>,
}

/// One report about a transaction; the core adds the sequence number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransactionReport {
    /// The EVSE.
    pub evse: EvseId,
    /// The transaction, named by the station.
    pub transaction: String,
    /// Where it is.
    pub stage: Stage,
    /// When it happened.
    pub at: Instant,
    /// Why it is reported.
    pub trigger: TriggerReason,
    /// What the energy does.
    pub charging_state: Option<ChargingState>,
    /// Whose it is; told once.
    pub token: Option<IdToken>,
    /// The remote start it came from.
    pub remote_start_id: Option<i32>,
    /// The reservation it used up.
    pub reservation: Option<i32>,
    /// Why it ended.
    pub stopped: Option<StoppedReason>,
    /// Meter values.
    pub meter: Vec<MeterSample>,
    /// What the cable may carry.
    pub cable_max: Option<Milliamps>,
    /// The lines the car uses.
    pub phases_used: Option<PhaseCount>,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReservationUpdate {
    /// Its time ran out.
    Expired,
    /// The station gave it up.
    Removed,
}

/// What the charger tells its CSMS side.
#[derive(Clone, Debug)]
pub enum Local {
    /// To an [`Ask`].
    Answer {
        /// The ask.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
    /// Is that token good? Answered by [`Notice::Authorized`].
    Authorize {
        /// Names the question.
        ticket: u64,
        /// The token.
        token: IdToken,
    },
    /// Something of the charger's own survives a power cut: the newest value of that name, in order with the transactions'
    /// events. The station does not read it; after a start it is in [`Station::kept`](crate::Station::kept).
    Keep {
        /// Its name.
        name: String,
        /// What is kept; `None` forgets it.
        value: Option<String>,
    },
    /// A part of the station has a problem, or not any more.
    Problem(crate::Problem),
    /// A reservation ended.
    ReservationStatus {
        /// The reservation.
        id: i32,
        /// What became of it.
        status: ReservationUpdate,
    },
    /// The status of a connector; told on only when it changed.
    Status {
        /// The EVSE.
        evse: EvseId,
        /// Its connector's status.
        status: ConnectorStatus,
    },
    /// A transaction moved on.
    Transaction(TransactionReport),
}

/// Whether the CSMS takes this station.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum BootState {
    Accepted,
    Pending,
    Rejected,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Blame {
    /// This charger's own: its program or its configuration.
    OurFault,
    /// The CSMS broke the rules, or did not answer.
    PeerMisbehaved,
    /// The durable store, or the disk under it.
    Store,
}

/// What comes out of the core for the charger.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The CSMS asks for something that a session must decide; answer with [`Local::Answer`].
    Ask {
        /// Names the request.
        ticket: u64,
        /// What it asks for.
        ask: Ask,
    },
    /// The answer to [`Local::Authorize`].
    Authorized {
        /// Names the question.
        ticket: u64,
        /// The answer.
        outcome: AuthorizationOutcome,
    },
    /// How the CSMS takes the station.
    Boot(BootState),
    /// The token of a running transaction is no good.
    Deauthorized {
        /// The transaction.
        transaction: String,
        /// Why.
        status: AuthorizationStatus,
    },
    /// What charging profiles leave has changed; `None`: they say nothing.
    Limit {
        /// The EVSE.
        evse: EvseId,
        /// The composite.
        limit: Option<ChargingLimit>,
    },
    /// The CSMS cannot be asked.
    Offline {
        /// Why.
        why: OfflineReason,
    },
    /// The CSMS can be asked.
    Online,
    /// The store works again: everything that waited in memory is written.
    StoreWorks,
    /// The CSMS wrote a variable.
    Variable {
        /// The component.
        component: String,
        /// The variable.
        name: String,
        /// The new value.
        value: String,
    },
    /// Something went wrong that the charger lives with.
    Trouble {
        /// Whose fault it is.
        blame: Blame,
        /// What and where, for a person.
        text: String,
    },
}

/// What the CSMS asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Give up a reservation.
    CancelReservation {
        /// The reservation.
        id: i32,
    },
    /// Put an EVSE, or all, in or out of service.
    ChangeAvailability {
        /// `None`: the whole station.
        evse: Option<EvseId>,
        /// In service.
        operative: bool,
    },
    /// Begin a transaction.
    RequestStart {
        /// For this driver.
        token: IdToken,
        /// There; `None`: anywhere.
        evse: Option<EvseId>,
        /// To be given back when it starts.
        remote_start_id: i32,
        /// The driver's group.
        group: Option<IdToken>,
    },
    /// End a transaction.
    RequestStop {
        /// That one.
        transaction: String,
    },
    /// Hold an EVSE.
    Reserve {
        /// The reservation.
        id: i32,
        /// For this driver.
        token: IdToken,
        /// Or anyone of this group.
        group: Option<IdToken>,
        /// There; `None`: anywhere.
        evse: Option<EvseId>,
        /// So long.
        expires: Instant,
    },
    /// Start anew.
    Reset {
        /// When.
        kind: ResetKind,
        /// Only that EVSE.
        evse: Option<EvseId>,
    },
    /// Open the lock.
    Unlock {
        /// There.
        evse: EvseId,
    },
}

impl Ask {
    /// The EVSE that it names; `None`: it is for the station, or says which transaction or reservation it means.
    #[must_use]
    pub const fn evse(&self) -> Option<EvseId> {
        match self {
            Self::CancelReservation { .. } | Self::RequestStop { .. } => None,
            Self::ChangeAvailability { evse, .. }
            | Self::RequestStart { evse, .. }
            | Self::Reserve { evse, .. }
            | Self::Reset { evse, .. } => *evse,
            Self::Unlock { evse } => Some(*evse),
        }
    }
}

/// When to start anew.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ResetKind {
    Immediate,
    OnIdle,
}

/// To [`Ask::Reset`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ResetAnswer {
    Accepted,
    Rejected,
    Scheduled,
}

/// To [`Ask::Reserve`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ReserveAnswer {
    Accepted,
    Faulted,
    Occupied,
    Rejected,
    Unavailable,
}

/// To [`Ask::Unlock`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum UnlockAnswer {
    OngoingAuthorizedTransaction,
    UnknownConnector,
    UnlockFailed,
    Unlocked,
}

/// To [`Ask::ChangeAvailability`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum AvailabilityAnswer {
    Accepted,
    Rejected,
    Scheduled,
}

/// What the session says to an [`Ask`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// To [`Ask::ChangeAvailability`].
    Availability(AvailabilityAnswer),
    /// To [`Ask::CancelReservation`].
    Cancel {
        /// Whether there was such a reservation.
        accepted: bool,
    },
    /// To [`Ask::Reserve`].
    Reserve(ReserveAnswer),
    /// To [`Ask::Reset`].
    Reset(ResetAnswer),
    /// To [`Ask::RequestStart`].
    Start {
        /// Whether it will be tried.
        accepted: bool,
        /// The transaction, when it runs already.
        transaction: Option<String>,
    },
    /// To [`Ask::RequestStop`].
    Stop {
        /// Whether it is ended.
        accepted: bool,
    },
    /// To [`Ask::Unlock`].
    Unlock(UnlockAnswer),
}

/// Why there is no connection. Names the URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OfflineReason {
    /// Where the CSMS should be.
    pub url: String,
    /// What happened, and what was expected.
    pub what: String,
}

impl fmt::Display for OfflineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CSMS at {}: {}", self.url, self.what)
    }
}
