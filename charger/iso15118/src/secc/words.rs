//! What the host tells a station's controller, and what it is told.

use std::fmt;
use std::time::Duration;

use exi::Hex;
use units::{Instant, Milliamps, Millivolts, Watts};

use crate::Protocol;
use crate::wire::Side;

/// A connection of a car.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection {
    /// Random octets, from which a new session has its id.
    pub session_id: [u8; 8],
    /// The session that the same car has paused, if any.
    pub paused: Option<[u8; 8]>,
}

/// What the host tells.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time has passed.
    Time,
    /// A car has opened the connection.
    Connected(Connection),
    /// Octets of the connection, cut anyhow.
    Received(&'a [u8]),
    /// The connection is gone, whoever closed it: nothing of the session is left, and nothing of what the host told. What holds
    /// still is told again.
    Closed,
    /// To [`Event::WantsAuthorization`], or before it.
    Authorization(Authorization),
    /// What the car may take from now on.
    Offer(Offer),
    /// What has become of the power path.
    Power(PowerPath),
    /// The state of the pilot.
    Pilot(Pilot),
    /// What is at the output now.
    Measured {
        /// The voltage.
        voltage: Millivolts,
        /// The current.
        current: Milliamps,
    },
    /// What the meter shows.
    Meter {
        /// Energy, Wh.
        reading_wh: u64,
    },
    /// What the monitor of the isolation says.
    Isolation(Isolation),
    /// The car is to be asked to stop.
    Stop(StopWhy),
}

/// Whether the car is let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authorization {
    /// It is.
    Accepted,
    /// It is not.
    Refused,
}

/// What the car may take now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offer {
    /// Alternating current.
    Ac {
        /// Each line.
        current: Milliamps,
    },
    /// Direct current.
    Dc {
        /// At most.
        voltage: Millivolts,
        /// At most.
        current: Milliamps,
        /// At most.
        power: Watts,
    },
}

/// What has become of the power path.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PowerPath {
    /// Nothing can flow, or what the car asked for is not done yet.
    #[default]
    Open,
    /// AC: the contactor is closed, confirmed.
    Closed,
    /// DC: the cable was checked and is good.
    Checked,
}

/// Whether the car is ready, by its pilot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pilot {
    /// State B: plugged in, not ready.
    B,
    /// State C or D: ready.
    C,
}

/// What the monitor of the isolation says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Isolation {
    /// Good.
    Valid,
    /// Below the level of warning: charging may go on.
    Warning,
    /// Too low.
    Fault,
}

/// Why the car is to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StopWhy {
    /// The transaction ends.
    Ended,
    /// Something is wrong; over with an [`Input::Offer`] of something.
    Fault,
    /// The station has no such current as the car needs.
    NotServed,
    /// At once: the emergency button, or danger.
    Emergency,
}

/// What a car can take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// Alternating current.
    Ac {
        /// Each line, at most.
        current: Milliamps,
    },
    /// Direct current.
    Dc {
        /// At most.
        voltage: Millivolts,
        /// At most.
        current: Milliamps,
        /// At most; `None`: as voltage and current say.
        power: Option<Watts>,
    },
}

/// What a car wants to be done with the power.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WantedPower {
    /// Nothing: no energy, contactor open.
    #[default]
    Nothing,
    /// DC: the cable is checked.
    CableCheck,
    /// DC: the voltage is brought to that of its battery.
    PreCharge,
    /// Energy. AC: the contactor is closed.
    Energy,
    /// DC: nothing is driven, while the car looks for welded contacts of its own.
    WeldingDetection,
}

/// What happened. Each is told when it changes, not with every message that repeats it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The protocol was agreed on.
    Agreed(Protocol),
    /// The car asks to be let in, by external means.
    WantsAuthorization {
        /// Who it is: EVCCID.
        evcc_id: Hex<8>,
    },
    /// What the car can take.
    Needs(Needs),
    /// How full its battery is, in percent.
    Soc(u8),
    /// DC: what it wants at its inlet now, within all limits.
    Target {
        /// The voltage.
        voltage: Millivolts,
        /// The current.
        current: Milliamps,
    },
    /// What it wants to be done with the power.
    WantsPower(WantedPower),
    /// It takes a service besides charging.
    ServiceSelected {
        /// The service.
        service_id: u16,
        /// Its setting.
        parameter_set_id: Option<i16>,
    },
    /// It negotiates again.
    Renegotiates,
    /// It pauses, and may come back with this id.
    Paused([u8; 8]),
    /// It ended the session as one ends it.
    Ended,
    /// The session came to nothing.
    Failed(Failure),
}

/// Why a session came to nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// What the car was told, if anything.
    pub code: Option<Code>,
    /// Whose fault it is.
    pub fault: Side,
    /// Why.
    pub why: Why,
}

/// Why a session came to nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Why {
    /// No protocol in common.
    NoProtocol,
    /// What stands in the stream is no V2GTP.
    NoFrame(String),
    /// A message cannot be read.
    Unreadable(String),
    /// A message of the car that no station answers.
    NotARequest,
    /// The car sends more than anybody reads.
    Flood,
    /// The next request did not come in time.
    SequenceTimeout,
    /// A request that may not come now.
    OutOfOrder(&'static str),
    /// A request of another session.
    UnknownSession,
    /// A service that was not offered, or none at all.
    Service,
    /// A way to pay that was not offered.
    Payment,
    /// The driver was refused.
    Refused,
    /// Nobody decided about the driver in time.
    NotAuthorized,
    /// There was no offer in time.
    NoOffer,
    /// The mode, or what the car needs, is not served.
    Parameters,
    /// The car goes on before what it waits for is done.
    Impatient(&'static str),
    /// The pilot says that the car is not ready.
    NotReady,
    /// The isolation is bad.
    Isolation,
    /// The cable was not checked in time.
    CableCheck,
    /// The voltage was not reached in time.
    PreCharge,
    /// The schedule or the profile does not fit what was offered.
    Profile,
    /// The contactor did not close in time.
    Contactor,
    /// No energy can be given: the station stops.
    NoEnergy,
    /// The car was asked to stop, and did not.
    StopIgnored,
    /// What the station wants to say cannot be written.
    Unwritable(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoProtocol => "no protocol in common",
            Self::NoFrame(error) => return f.write_str(error),
            Self::Unreadable(error) => return f.write_str(error),
            Self::NotARequest => "a message that no station answers",
            Self::Flood => "more octets than anybody reads",
            Self::SequenceTimeout => "the next request did not come in time",
            Self::OutOfOrder(name) => return write!(f, "{name} may not come now"),
            Self::UnknownSession => "a request of another session",
            Self::Service => "a service that was not offered",
            Self::Payment => "a payment option that was not offered",
            Self::Refused => "the authorization was refused",
            Self::NotAuthorized => "nobody authorized the car in time",
            Self::NoOffer => "there was no offer in time",
            Self::Parameters => "what the car asks for is not served",
            Self::Impatient(name) => return write!(f, "{name} while what is before it goes on"),
            Self::NotReady => "CableCheck while the pilot is in state B",
            Self::Isolation => "the isolation is bad",
            Self::CableCheck => "the cable was not checked in time",
            Self::PreCharge => "the voltage was not reached in time",
            Self::Profile => "the charging profile does not fit the schedule",
            Self::Contactor => "the contactor did not close in time",
            Self::NoEnergy => "the station gives no energy",
            Self::StopIgnored => "the car was asked to stop and did not",
            Self::Unwritable(error) => return f.write_str(error),
        };
        f.write_str(text)
    }
}

/// How a request went: the codes of both generations that are used. One without a code of its own in a generation is told as
/// FAILED there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// As asked.
    Ok,
    /// A new session has begun.
    OkNewSessionEstablished,
    /// A paused session goes on.
    OkOldSessionJoined,
    /// For a reason that has no code of its own.
    Failed,
    /// The request may not come now.
    FailedSequenceError,
    /// There is no such service.
    FailedServiceIdInvalid,
    /// The request is of another session.
    FailedUnknownSession,
    /// A service that was not offered.
    FailedServiceSelectionInvalid,
    /// A way to pay that was not offered.
    FailedPaymentSelectionInvalid,
    /// Charging is not among the services (ISO 15118-2).
    FailedNoChargeServiceSelected,
    /// The numbers do not fit the mode or the station.
    FailedWrongChargeParameter,
    /// The mode was not offered.
    FailedWrongEnergyTransferMode,
    /// The station gives no power.
    FailedPowerDeliveryNotApplied,
    /// There is no such schedule.
    FailedTariffSelectionInvalid,
    /// The profile wants more than the schedule has.
    FailedChargingProfileInvalid,
    /// The contactor did not switch (ISO 15118-2).
    FailedContactorError,
    /// No protocol in common (supportedAppProtocol).
    FailedNoNegotiation,
}

/// Why the connection is to be closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseWhy {
    /// The session was ended or paused by the car.
    Stopped,
    /// It came to nothing: [`Event::Failed`] said why.
    Failed,
}

/// What the host is to do. Asked for with `poll_output` after each input, until it is [`Output::Wait`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// These octets go to the car.
    Send(Vec<u8>),
    /// Something happened.
    Event(Event),
    /// The connection is to be closed, after that time unless the car does it before.
    Close {
        /// So long the car may do it.
        after: Duration,
        /// Why.
        why: CloseWhy,
    },
    /// Nothing more until the next input, or until then.
    Wait(Option<Instant>),
}
