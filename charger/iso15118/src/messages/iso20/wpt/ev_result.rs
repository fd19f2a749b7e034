//! Whether the car's part of positioning, pairing or alignment went well.

use serde::{Deserialize, Serialize};

/// What a car thinks of a step.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum WptEvResult {
    /// It does not know yet.
    #[serde(rename = "EVResultUnknown")]
    Unknown,
    /// Done.
    #[serde(rename = "EVResultSuccess")]
    Success,
    /// It does not work.
    #[serde(rename = "EVResultFailed")]
    Failed,
}
