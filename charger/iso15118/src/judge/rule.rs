//! What a rule says, whom it blames, and where it applies.

use serde::Serialize;

use crate::Protocol;
use crate::wire::Side;

/// How strictly a session is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Profile {
    /// By the text of the standards.
    Strict,
    /// Real cars and stations are forgiven what they are known to do, and asked for what others of them need.
    Field,
}

impl Profile {
    /// Its name in reasons.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Field => "field",
        }
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Kind {
    /// The order of messages.
    Sequence,
    /// How long something takes.
    Timing,
    /// What stands in a message.
    Value,
    /// The identifier of the session, and its end.
    Session,
    /// How a response says that it went.
    ResponseCode,
    /// The state that a side tells of itself.
    State,
    /// What carries the messages.
    Transport,
    /// The matching of the modems.
    Slac,
}

/// Where a rule applies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// The matching of the modems.
    Slac,
    /// The discovery.
    Sdp,
    /// Any connection.
    Connection,
    /// Sessions of these generations.
    Of(&'static [Protocol]),
}

/// DIN 70121 alone.
pub(super) const DIN: Scope = Scope::Of(&[Protocol::Din]);
/// ISO 15118-2 alone.
pub(super) const ISO2: Scope = Scope::Of(&[Protocol::Iso2]);
/// ISO 15118-20 alone.
pub(super) const ISO20: Scope = Scope::Of(&[Protocol::Iso20]);
/// The two that have the same messages.
pub(super) const DIN_ISO2: Scope = Scope::Of(&[Protocol::Din, Protocol::Iso2]);
/// Any session.
pub(super) const SESSION: Scope = Scope::Of(&[Protocol::Din, Protocol::Iso2, Protocol::Iso20]);

/// A rule. Which message must hold to it stands beside the code that looks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rule {
    /// Its name, for reports and filters: `I2-SEQ-CABLE-CHECK`.
    pub id: &'static str,
    /// The requirement of the standard, where it is known: `[V2G-DC-500]`.
    pub requirement: Option<&'static str>,
    /// What must be, in one sentence.
    pub title: &'static str,
    /// Whose fault it is when it is not so.
    pub blames: Side,
    /// What it is about.
    pub kind: Kind,
    /// Where it applies.
    #[serde(skip)]
    pub(super) scope: Scope,
    /// What has to be seen before it can be judged.
    #[serde(skip)]
    pub(super) needs: &'static str,
    /// The only profile in which it is judged.
    #[serde(skip)]
    pub(super) only: Option<Profile>,
}

impl Rule {
    /// A rule for the car.
    pub(super) const fn car(
        id: &'static str,
        kind: Kind,
        scope: Scope,
        title: &'static str,
        needs: &'static str,
    ) -> Self {
        Self { id, requirement: None, title, blames: Side::Car, kind, scope, needs, only: None }
    }

    /// A rule for the station.
    pub(super) const fn station(
        id: &'static str,
        kind: Kind,
        scope: Scope,
        title: &'static str,
        needs: &'static str,
    ) -> Self {
        Self { id, requirement: None, title, blames: Side::Station, kind, scope, needs, only: None }
    }

    /// Whether it is about the matching of the modems. Nothing on the line repeats a frame of it that was lost, or puts such frames
    /// in order.
    #[must_use]
    pub const fn is_of_matching(&self) -> bool {
        matches!(self.scope, Scope::Slac)
    }

    /// The requirement that it is.
    pub(super) const fn requirement(self, requirement: &'static str) -> Self {
        Self { requirement: Some(requirement), ..self }
    }

    /// The field forgives it.
    pub(super) const fn strict(self) -> Self {
        Self { only: Some(Profile::Strict), ..self }
    }

    /// The text does not ask for it, the field does.
    pub(super) const fn field(self) -> Self {
        Self { only: Some(Profile::Field), ..self }
    }
}
