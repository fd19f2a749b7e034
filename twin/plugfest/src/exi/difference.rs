//! Why a message has other octets when it is written again, value by value.

use std::ops::Range;

use exi::Tree;

use super::message::Reading;
use super::spans::{of_values, place, shown, values};

/// More values are not listed.
const LISTED: usize = 8;

/// What differs, one line each; nothing where the octets are the same.
pub(super) fn lines(reading: &Reading, octets: &[u8]) -> Vec<String> {
    let message = &octets[..octets.len() - reading.trailing];
    let (again, spans) = match &reading.again {
        Err(error) => return vec![format!("it cannot be written again: {error}")],
        Ok(_) if reading.is_same => return Vec::new(),
        Ok(again) => (&again.0, &again.1),
    };
    let first = (0..message.len().max(again.len()) * 8).find(|at| bit(message, *at) != bit(again, *at)).unwrap_or(0);
    let count = match (again.len(), message.len()) {
        (count, of_message) if count == of_message => format!("{count} as well"),
        (count, of_message) => format!("{count}, not {of_message}"),
    };
    let (octet, bit_of_it) = (first / 8, first % 8);
    let mut lines =
        vec![format!("written again it has other octets ({count}), the first at octet {octet}, bit {bit_of_it}")];
    let (before, after, values) = (of_values(&reading.spans), of_values(spans), values(&reading.tree));
    let mut reasons = Vec::new();
    if before.len() == after.len() && before.len() == values.len() {
        for ((before, after), value) in before.iter().zip(&after).zip(&values) {
            if !same_bits(message, &before.bits, again, &after.bits) {
                let reason = reason(value, before.bits.len(), after.bits.len());
                let value = shown(value).map(|value| format!(" = {value}")).unwrap_or_default();
                let at = place(before.bits.start);
                reasons.push(format!("  {at} {}{value}: {reason}", before.path.join("/")));
            }
        }
    }
    if reasons.is_empty() {
        let end = reading.spans.all().first().map_or(0, |root| root.bits.end);
        reasons.push(if first >= end {
            "  the bits that fill the last octet are not zero".to_owned()
        } else {
            "  no value differs: an element begins or ends with an escape that is not needed".to_owned()
        });
    }
    let more = reasons.len().saturating_sub(LISTED);
    reasons.truncate(LISTED);
    lines.append(&mut reasons);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}

fn reason(value: &Tree, before: usize, after: usize) -> String {
    match value {
        Tree::Text(text) if before < after && !text.is_empty() => {
            format!("a string table reference of {before} bits; as a literal it has {after}")
        }
        Tree::Nothing | Tree::Fields(_) | Tree::List(_) => {
            format!("an element that is empty by an escape of {before} bits; {after} are written")
        }
        _ if before > after => format!("{before} bits, where {after} say the same"),
        _ => format!("other bits for the same value ({before}; {after} are written)"),
    }
}

fn bit(octets: &[u8], at: usize) -> Option<bool> {
    octets.get(at / 8).map(|octet| octet & (0x80 >> (at % 8)) != 0)
}

fn same_bits(one: &[u8], of_one: &Range<usize>, other: &[u8], of_other: &Range<usize>) -> bool {
    of_one.len() == of_other.len()
        && of_one.clone().zip(of_other.clone()).all(|(at, there)| bit(one, at) == bit(other, there))
}
