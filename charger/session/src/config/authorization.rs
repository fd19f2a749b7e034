//! `[authorization]` in `charger.toml`.

use serde::{Deserialize, Serialize};

use super::tokens::ListedToken;

/// Who may charge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationMode {
    /// Whoever plugs in.
    Free,
    /// Who presents a token, or whom the CSMS lets in.
    Token,
}

/// Authorization.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationConfig {
    /// Who may charge.
    pub mode: AuthorizationMode,
    /// A token first: how long the driver may take to plug in, s.
    pub connect_timeout_s: u32,
    /// How long the CSMS may take to answer, s.
    pub answer_timeout_s: u32,
    /// Whether a listed token is accepted without asking.
    pub pre_authorize: bool,
    /// Whether an unknown token may charge while the CSMS cannot be asked.
    pub offline_unknown: bool,
    /// Whether a transaction ends whose token the CSMS rejects afterwards.
    pub stop_on_invalid: bool,
    /// Whether the token of a remote start is checked as well.
    pub authorize_remote_start: bool,
    /// A card that is shown again within so many seconds does not undo what it has just done, s.
    pub second_tap_s: u32,
    /// Tokens this charger knows by itself.
    pub tokens: Vec<ListedToken>,
}
