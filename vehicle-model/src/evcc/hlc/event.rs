//! What the host tells the EVCC, and what it is told.

use std::fmt;

use iso15118::messages::{din, iso2};
use iso15118::v2gtp::{HeaderError, PayloadType};
use iso15118::{MessageError, Protocol};
use units::{Instant, Milliamps, Millivolts, MilliwattHours, Soc, Watts};

/// What the host tells.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Time has passed.
    Time,
    /// The TCP connection to the station stands.
    Connected {
        /// A session that was paused, and is to go on.
        session: Option<PausedSession>,
    },
    /// Octets came, split or merged anyhow.
    Received(&'a [u8]),
    /// The station has closed the connection, or it broke.
    Closed,
    /// What the battery wants now.
    Battery(Battery),
    /// What the car measures at its inlet.
    Inlet(Present),
    /// The contactors have switched.
    Contactors(Contactors),
    /// The car shall end.
    Stop(Stop),
    /// The car shall pause. DIN has no pause: there it ends.
    Pause,
    /// The car wants other parameters. DIN has no such thing, and it does nothing while no energy flows.
    Renegotiate,
}

/// What the EVCC wants of its host. Asked for after each input, until it is [`Output::Wait`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// These octets go to the station.
    Send(Vec<u8>),
    /// The connection is closed.
    Close,
    /// Something happened, or something is to be done in the car.
    Event(Event),
    /// Nothing more until the next input, or until then.
    Wait(Option<Instant>),
}

/// What the battery wants now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Battery {
    /// How full it is.
    pub soc: Soc,
    /// Its voltage: what the station is to have before the contactors close.
    pub voltage: Millivolts,
    /// What it wants at the inlet.
    pub target_voltage: Millivolts,
    /// What it wants to flow.
    pub target_current: Milliamps,
    /// What it can bear at most.
    pub most: Most,
    /// What it wants in all.
    pub energy_request: MilliwattHours,
    /// It can be charged. A battery that cannot any longer ends the session.
    pub ready: bool,
}

/// What a battery can bear at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Most {
    /// Voltage.
    pub voltage: Millivolts,
    /// Current.
    pub current: Milliamps,
    /// Power.
    pub power: Watts,
}

/// What is measured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Present {
    /// Voltage.
    pub voltage: Millivolts,
    /// Current.
    pub current: Milliamps,
}

/// The car's contactors for direct current.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Contactors {
    /// Nothing flows.
    #[default]
    Open,
    /// The battery is on the line.
    Closed,
}

/// Why the car ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// The driver wants it.
    Driver,
    /// The battery has what it wanted.
    Full,
    /// Something in the car forbids to go on.
    Car,
}

/// A session that was paused (ISO 15118-2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PausedSession {
    /// Its number.
    pub id: [u8; 8],
    /// The schedule that it followed.
    pub schedule: u8,
}

/// Something happened, or something is to be done in the car.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Both sides speak this.
    Agreed(Protocol),
    /// The station has opened a session.
    SessionSetUp {
        /// Whether it is the old one.
        session: Setup,
        /// The EVSE, as the station writes it.
        evse_id: String,
    },
    /// What the station has, and when.
    Offer(Offer),
    /// What it has has changed.
    Limits(Limits),
    /// The pilot shall show this state: S2 is open in B and closed in C.
    PowerWanted(Pilot),
    /// The contactors shall close: the voltages before and behind them are the same.
    CloseContactors,
    /// The contactors shall open.
    OpenContactors,
    /// The station wants something, and the car is going to do it.
    StationWants(StationWish),
    /// The session is paused, and can go on.
    Paused(PausedSession),
    /// The session is over.
    Ended(End),
    /// The session is over because of this.
    Failed {
        /// What is wrong.
        why: Failure,
        /// Whose fault it is.
        fault: Fault,
    },
}

/// Whether a session is new.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Setup {
    /// It is.
    New,
    /// It was paused, and goes on.
    Joined,
}

/// The states of the pilot that the car chooses between.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pilot {
    /// Plugged in, S2 open.
    B,
    /// It wants energy, S2 closed.
    C,
}

/// What the station has, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    /// Its limits.
    pub limits: Limits,
    /// The schedule that the car follows.
    pub schedule: Schedule,
}

/// The station's limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Limits {
    /// Of alternating current.
    Ac {
        /// Between phase and neutral.
        nominal_voltage: Millivolts,
        /// Of each phase.
        max_current: Milliamps,
    },
    /// Of direct current.
    Dc {
        /// The lowest voltage.
        min_voltage: Millivolts,
        /// The highest voltage.
        max_voltage: Millivolts,
        /// The highest current.
        max_current: Milliamps,
        /// The highest power; `None` if it was not told.
        max_power: Option<Watts>,
    },
}

/// A schedule: from so many seconds on at most so much power.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Schedule {
    /// Its number.
    pub id: i16,
    /// Its entries, the first at 0.
    pub entries: Vec<(u32, Watts)>,
}

/// What a station asks of the car.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StationWish {
    /// The end: EVSENotification is StopCharging.
    Stop,
    /// The end: EVSE_Shutdown.
    Shutdown,
    /// The end, since the grid wants a break.
    UtilityInterrupt,
    /// The end, since it is broken, or its residual current device has tripped.
    Malfunction,
    /// The end, at once.
    Emergency,
    /// Other parameters.
    Renegotiate,
}

/// Why a session that went well is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The car wanted it.
    Car(Stop),
    /// The station wanted it.
    Station(StationWish),
    /// The car only wanted to tell how full it is.
    SocTold,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The station does not keep to the standard, refuses, or has not what the car needs.
    Station,
    /// The car.
    Car,
    /// Nobody knows: the connection is gone.
    Link,
}

/// A code of a response that is FAILED.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// Of DIN 70121.
    Din(din::ResponseCode),
    /// Of ISO 15118-2.
    Iso2(iso2::ResponseCode),
}

/// Why a session failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The station speaks nothing of what the car offers.
    NoAgreement,
    /// The station chose what the car did not offer.
    NotOffered(Option<u8>),
    /// The station chose a protocol that this car has only in its offer.
    NotSpoken(String),
    /// No response in time.
    Silent(&'static str),
    /// What came is no V2GTP.
    NoFrame(HeaderError),
    /// A frame of more octets than any message has.
    TooLong,
    /// A message that cannot be read.
    Unreadable(Box<MessageError>),
    /// Another response than the one to the request.
    WrongResponse {
        /// What was asked.
        asked: &'static str,
        /// What came.
        got: &'static str,
    },
    /// A message that nobody asked for.
    Unasked(PayloadType),
    /// The response belongs to another session.
    WrongSession,
    /// The station refuses.
    Refused {
        /// What was asked.
        asked: &'static str,
        /// Its code.
        code: Code,
    },
    /// The station says Ongoing, and does not come to an end.
    NeverFinished(&'static str),
    /// From the session's begin to the power it took too long (DIN).
    ReadyTooLate,
    /// The station wants to be paid otherwise.
    Payment,
    /// The station has no energy transfer that the car has.
    EnergyTransfer,
    /// The limits of both do not fit.
    Limits,
    /// There is no schedule, or one that cannot be.
    Schedule,
    /// The isolation is not good.
    Isolation,
    /// The voltage of the battery was not reached.
    PreCharge,
    /// The car's contactors do not do what they are told.
    Contactors,
    /// A request that cannot be written.
    Unwritable(&'static str),
    /// The connection is gone.
    Closed,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Din(code) => write!(f, "{code:?}"),
            Self::Iso2(code) => write!(f, "{code:?}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAgreement => f.write_str("the station speaks none of the protocols of the offer"),
            Self::NotOffered(Some(id)) => write!(f, "the station chose SchemaID {id}, which was not offered"),
            Self::NotOffered(None) => f.write_str("the station agreed and did not say on what"),
            Self::NotSpoken(namespace) => write!(f, "the station chose {namespace}, which is not spoken here"),
            Self::Silent(asked) => write!(f, "{asked} had no response in time"),
            Self::NoFrame(error) => error.fmt(f),
            Self::TooLong => f.write_str("a frame is longer than any message"),
            Self::Unreadable(error) => error.fmt(f),
            Self::WrongResponse { asked, got } => write!(f, "{asked} was answered with {got}"),
            Self::Unasked(payload_type) => write!(f, "{payload_type}: nobody asked for it"),
            Self::WrongSession => f.write_str("the response belongs to another session"),
            Self::Refused { asked, code } => write!(f, "{asked} was answered {code}"),
            Self::NeverFinished(asked) => write!(f, "{asked} does not come to an end"),
            Self::ReadyTooLate => f.write_str("the station was not ready in time"),
            Self::Payment => f.write_str("external payment is not offered"),
            Self::EnergyTransfer => f.write_str("no energy transfer that the car has is offered"),
            Self::Limits => f.write_str("the limits of car and station do not fit"),
            Self::Schedule => f.write_str("there is no schedule that could be followed"),
            Self::Isolation => f.write_str("the isolation is not good"),
            Self::PreCharge => f.write_str("the voltage of the battery was not reached"),
            Self::Contactors => f.write_str("the contactors of the car did not follow"),
            Self::Unwritable(asked) => write!(f, "{asked} cannot be written"),
            Self::Closed => f.write_str("the connection is gone"),
        }
    }
}
