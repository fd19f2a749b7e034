//! Who may charge: what this charger decides by itself, and when it must ask.

use crate::words::IdToken;
use hardware::{Token, TokenKind};
use serde::{Deserialize, Serialize};
use units::{Instant, Milliamps};

use crate::config::{AuthorizationConfig, ListedKind, ListedToken, card_serial};

/// The permission of one driver.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Grant {
    /// The token; `None` when nobody has to show one.
    pub(super) token: Option<IdToken>,
    /// Tokens of this group may end the transaction as well.
    pub(super) group: Option<String>,
    /// What the contract allows, each line.
    pub(super) limit: Option<Milliamps>,
    /// The remote start it came from.
    pub(super) remote_start: Option<i32>,
}

impl Grant {
    /// Plug in and charge.
    pub(super) const fn free() -> Self {
        Self { token: None, group: None, limit: None, remote_start: None }
    }

    /// Whether that token is the one that was granted.
    pub(super) fn is_of(&self, token: &IdToken) -> bool {
        self.token.as_ref().is_some_and(|own| same_id(&own.id, &token.id))
    }

    /// Whether a token of that group may act for the one that was granted.
    pub(super) fn shares(&self, group: Option<&str>) -> bool {
        matches!((self.group.as_deref(), group), (Some(own), Some(other)) if own.eq_ignore_ascii_case(other))
    }
}

/// Somebody wants to begin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Start {
    pub(super) token: IdToken,
    /// The group that the CSMS told with it.
    pub(super) group: Option<IdToken>,
    /// The remote start it comes from; `None` is a tap.
    pub(super) remote_start: Option<i32>,
}

impl Start {
    /// By a token at the reader.
    pub(super) const fn by_tap(token: IdToken) -> Self {
        Self { token, group: None, remote_start: None }
    }
}

/// What a checked token is meant for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Purpose {
    /// To begin.
    Start {
        /// The remote start it came from.
        remote_start: Option<i32>,
    },
    /// To end a transaction that another token began.
    Stop,
}

/// A question that is on its way to the CSMS.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) ticket: u64,
    pub(super) token: IdToken,
    pub(super) purpose: Purpose,
    pub(super) until: Instant,
}

/// What to do with a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Decision {
    /// Only the CSMS knows.
    Ask,
    /// Good.
    Grant(Grant),
    /// Not good; says why.
    Refuse(&'static str),
}

/// The decision, as far as this charger can take it.
pub(super) fn decide(config: &AuthorizationConfig, token: &IdToken, online: bool) -> Decision {
    match (listed(config, token), online) {
        (Some(listed), false) => Decision::Grant(grant_listed(token, listed)),
        (Some(listed), true) if config.pre_authorize => Decision::Grant(grant_listed(token, listed)),
        (_, true) => Decision::Ask,
        (None, false) if config.offline_unknown => {
            Decision::Grant(Grant { token: Some(token.clone()), ..Grant::free() })
        }
        (None, false) => Decision::Refuse("the token is not in the list and the CSMS cannot be asked"),
    }
}

/// The grant of a token after the CSMS accepted it: its contract limit is still the list's.
pub(super) fn grant_accepted(config: &AuthorizationConfig, token: &IdToken, group: Option<&IdToken>) -> Grant {
    let mut grant = listed(config, token)
        .map_or_else(|| Grant { token: Some(token.clone()), ..Grant::free() }, |listed| grant_listed(token, listed));
    if let Some(group) = group {
        grant.group = Some(group.id.clone());
    }
    grant
}

/// The entry of the list that names that token. A card is not a key code, although their characters may be the same.
fn listed<'a>(config: &'a AuthorizationConfig, token: &IdToken) -> Option<&'a ListedToken> {
    let fits = |kind: ListedKind| match kind {
        ListedKind::Card => token.kind != crate::words::TokenKind::KeyCode,
        ListedKind::KeyCode => token.kind != crate::words::TokenKind::ISO14443,
    };
    config.tokens.iter().find(|listed| fits(listed.kind) && same_id(&listed.id, &token.id))
}

/// Whether two identifiers name the same token: upper and lower case are the same, and so is a serial number of a card written
/// with or without separators (`04:CA:2D:01`).
pub(super) fn same_id(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || matches!((card_serial(one), card_serial(other)), (Some(one), Some(other)) if one.eq_ignore_ascii_case(&other))
}

fn grant_listed(token: &IdToken, listed: &ListedToken) -> Grant {
    Grant {
        token: Some(token.clone()),
        group: listed.group.clone(),
        limit: listed.limit_a.map(Milliamps::from_amps),
        remote_start: None,
    }
}

/// A presented token as OCPP names it.
pub(super) fn id_token(token: &Token) -> IdToken {
    let kind = match token.kind {
        TokenKind::Iso14443 => crate::words::TokenKind::ISO14443,
        TokenKind::KeyCode => crate::words::TokenKind::KeyCode,
    };
    IdToken { id: token.id.clone(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn card(id: &str) -> IdToken {
        IdToken { id: id.into(), kind: crate::words::TokenKind::ISO14443 }
    }

    #[test]
    fn the_list_decides_offline_and_the_csms_online() {
        let mut config = Config::standard().authorization;
        config.tokens = vec![ListedToken { limit_a: Some(16), ..ListedToken::card("04a1") }];
        let granted = |decision| matches!(decision, Decision::Grant(Grant { limit: Some(Milliamps(16_000)), .. }));
        assert!(granted(decide(&config, &card("04A1"), false)));
        assert!(granted(decide(&config, &card("04A1"), true)));
        assert_eq!(decide(&config, &card("99"), true), Decision::Ask);
        assert!(matches!(decide(&config, &card("99"), false), Decision::Refuse(_)));
        config.pre_authorize = false;
        assert_eq!(decide(&config, &card("04A1"), true), Decision::Ask);
        config.offline_unknown = true;
        assert!(matches!(decide(&config, &card("99"), false), Decision::Grant(_)));
    }
}
