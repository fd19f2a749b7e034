//! Capabilities: what a scenario asks for and a rig has to offer.
//!
//! | word | a rig that offers it has |
//! |---|---|
//! | `ac`, `board` | a power board |
//! | `dc` | a power supply |
//! | `evses` | devices for several EVSEs |
//! | `grid` | a meter at the house connection |
//! | `imd` | an insulation monitor |
//! | `lock`, `meter`, `panel` | that device |
//! | `plc` | a modem to the car |
//! | `rfid` | a token reader |
//! | `v2g` | a network to the car |
//!
//! A word may be refined (`rfid.pn532`, `dc.infypower`), and a rig may offer words of its own (`can`, `climate-chamber`).

/// The tag with which a scenario asks for a capability.
const REQUIRES: &str = "requires:";

/// What the scenario's tags ask for and `caps` does not offer, in the order of the tags. Tags may have their `@`.
#[must_use]
pub fn missing(tags: &[impl AsRef<str>], caps: &[impl AsRef<str>]) -> Vec<String> {
    let mut missing = Vec::new();
    for word in required(tags) {
        if !provides(caps, word) && !missing.iter().any(|known| known == word) {
            missing.push(word.to_owned());
        }
    }
    missing
}

/// Whether `caps` offers that word: itself, or a refinement of it.
#[must_use]
pub fn provides(caps: &[impl AsRef<str>], word: &str) -> bool {
    caps.iter().any(|cap| {
        cap.as_ref()
            .strip_prefix(word)
            .is_some_and(|rest| !word.is_empty() && (rest.is_empty() || rest.starts_with('.')))
    })
}

/// The words that the tags ask for.
fn required(tags: &[impl AsRef<str>]) -> impl Iterator<Item = &str> {
    tags.iter().filter_map(|tag| bare(tag.as_ref()).strip_prefix(REQUIRES))
}

/// A tag without its `@`.
pub(crate) fn bare(tag: &str) -> &str {
    tag.strip_prefix('@').unwrap_or(tag)
}

/// Whether it can be a capability: words of `a-z`, `0-9` and `-`, joined by dots.
pub(crate) fn is_word(cap: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    cap.split('.').all(|part| !part.is_empty() && part.bytes().all(good))
}

/// The device without which a rig cannot offer that word.
pub(crate) fn device_of(cap: &str) -> Option<&'static str> {
    Some(match cap.split('.').next().unwrap_or_default() {
        "ac" | "board" => "power_board",
        "dc" => "power_supply",
        "grid" => "grid_meter",
        "imd" => "insulation_monitor",
        "lock" => "lock",
        "meter" => "meter",
        "panel" => "panel",
        "plc" => "plc",
        "rfid" => "token_reader",
        "v2g" => "v2g",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refined_word_offers_the_plain_one_and_not_the_other_way_round() {
        assert!(provides(&["rfid.pn532"], "rfid"));
        assert!(!provides(&["rfid"], "rfid.pn532"));
        assert!(!provides(&["rfid-reader", "rfidx"], "rfid"));
        assert!(!provides(&["rfid"], ""));
    }

    #[test]
    fn what_is_missing_is_told_once_in_the_order_of_the_tags() {
        let tags = ["@requires:plc", "@slow", "@requires:rfid.pn532", "requires:dc", "@requires:plc", "@requires:rfid"];
        assert_eq!(missing(&tags, &["rfid", "can"]), ["plc", "rfid.pn532", "dc"]);
        assert_eq!(missing(&tags, &["rfid.pn532", "plc.qca7005", "dc"]), Vec::<String>::new());
        assert_eq!(missing(&["@energised"], &[""; 0]), Vec::<String>::new());
    }

    #[test]
    fn words_are_told_from_what_is_none() {
        assert!(is_word("plc") && is_word("rfid.pn532") && is_word("climate-chamber.2"));
        assert!(!is_word("") && !is_word("rfid.") && !is_word(".x") && !is_word("PLC") && !is_word("a b"));
    }
}
