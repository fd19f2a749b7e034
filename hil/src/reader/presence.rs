//! When a card counts as held against the reader anew.

use hardware::Token;
use wire::card::CardUid;

/// Looks without the card after which it counts as gone. One is not enough: a card at the edge of the field flickers.
const AWAY: u8 = 2;

/// The card that is there.
#[derive(Debug, Default)]
pub(super) struct Presence {
    card: Option<CardUid>,
    /// Looks in a row that did not find it.
    missed: u8,
}

impl Presence {
    /// Takes the result of a look; gives the card if it was not there before.
    pub(super) fn look(&mut self, found: Option<CardUid>) -> Option<Token> {
        match found {
            Some(uid) => {
                self.missed = 0;
                let new = self.card.replace(uid) != Some(uid);
                new.then(|| Token::card(&uid.to_string()))
            }
            None => {
                self.missed = self.missed.saturating_add(1);
                if self.missed >= AWAY {
                    self.card = None;
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_counts_once_until_it_was_away_for_two_looks() {
        let mut presence = Presence::default();
        let mut look = |text: &str| presence.look(text.parse().ok()).map(|token| token.id);
        let (one, other, nothing) = ("DEADBEEF", "04A2B3C4D5E680", "");
        assert_eq!(look(one).as_deref(), Some(one));
        assert_eq!([one, nothing, one, nothing, one].map(&mut look), [const { None }; 5]);
        assert_eq!([nothing, nothing].map(&mut look), [None, None]);
        assert_eq!(look(one).as_deref(), Some(one));
        assert_eq!(look(other).as_deref(), Some(other), "another card needs no pause");
    }
}
