//! What is left above the least: to the highest priority first, evenly among those of one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use units::{EvseId, Milliamps, PerPhase};

use crate::lines::Lines;

/// One that is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) evse: EvseId,
    pub(super) lines: Lines,
    pub(super) priority: u8,
    pub(super) most: Milliamps,
}

/// Gives each part the least, which is taken off already, and of what is left as much as it may have.
pub(super) fn fill(
    least: Milliamps,
    mut left: PerPhase<Milliamps>,
    mut parts: Vec<Part>,
) -> BTreeMap<EvseId, Milliamps> {
    let mut filled: BTreeMap<_, _> = parts.iter().map(|part| (part.evse, least)).collect();
    parts.sort_by_key(|part| Reverse(part.priority));
    for group in parts.chunk_by(|one, other| one.priority == other.priority) {
        level(&mut left, group, &mut filled);
    }
    filled
}

/// Raises all of one priority together; whoever has the most he may, or a line that is used up, stays behind.
fn level(left: &mut PerPhase<Milliamps>, group: &[Part], filled: &mut BTreeMap<EvseId, Milliamps>) {
    let mut rising = group.to_vec();
    loop {
        let shared = |left: &PerPhase<Milliamps>, part: &Part| {
            let each = |line| {
                let sharing = rising.iter().filter(|other| other.lines.has(line)).count();
                left[line].0 / i32::try_from(sharing).unwrap_or(i32::MAX).max(1)
            };
            part.lines.iter().map(each).min().unwrap_or(0)
        };
        let more = |left: &PerPhase<Milliamps>, part: &Part| shared(left, part).min((part.most - filled[&part.evse]).0);
        // In whole milliamperes: somebody gets nothing more in each round, so the rounds end.
        let growing: Vec<_> = rising.iter().copied().filter(|part| more(left, part) > 0).collect();
        if growing.len() < rising.len() {
            rising = growing;
            continue;
        }
        let Some(step) = rising.iter().map(|part| more(left, part)).min() else { return };
        for part in &rising {
            part.lines.iter().for_each(|line| left[line] -= Milliamps(step));
            filled.entry(part.evse).and_modify(|amps| *amps += Milliamps(step));
        }
    }
}
