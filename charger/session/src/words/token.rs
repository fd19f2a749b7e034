//! Who a driver is, and what the CSMS says of it.

use serde::{Deserialize, Serialize};

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
