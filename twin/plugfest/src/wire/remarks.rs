//! Remarks about a capture, for people: the first of a kind is told in its place, those like it by their number at the end. A
//! capture that was cut to the beginning of each packet would have a line a packet else.

use std::fmt;
use std::mem::{Discriminant, discriminant};

use capture::{Remark, Trouble};

/// So many interfaces that cannot be read are told each by itself; a file can have thousands.
const INTERFACES: usize = 32;

/// What was told so far, and how often it came again.
#[derive(Default)]
pub(crate) struct Remarks {
    told: Vec<Told>,
    wrong_secrets: u64,
}

/// The first of its kind.
struct Told {
    kind: Kind,
    first: u64,
    /// The first and the last one that were like it, and how many there were.
    again: Option<(u64, u64, u64)>,
}

/// Remarks of one kind say the same of different packets.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// Packets of an interface that cannot be read.
    Interface(u32),
    Trouble(Discriminant<Trouble>),
}

impl Remarks {
    /// The line of a remark, where it is to be told now.
    pub(crate) fn line(&mut self, remark: &Remark) -> Option<String> {
        let Remark { packet, trouble, .. } = remark;
        let kind = self.kind(trouble);
        match self.told.iter_mut().find(|told| told.kind == kind) {
            Some(told) => {
                let (second, _, count) = told.again.unwrap_or((*packet, *packet, 0));
                told.again = Some((second, *packet, count + 1));
                None
            }
            None => {
                self.told.push(Told { kind, first: *packet, again: None });
                Some(remark.to_string())
            }
        }
    }

    /// The line of a wrong line of the secrets that the capture carries, where it is to be told now.
    pub(crate) fn wrong_secrets(&mut self, complaint: &str) -> Option<String> {
        self.wrong_secrets += 1;
        (self.wrong_secrets == 1).then(|| format!("secrets in the capture: {complaint}"))
    }

    /// The capture is over: what was only counted, a line a kind.
    pub(crate) fn rest(&self) -> impl Iterator<Item = String> {
        let secrets = self.wrong_secrets.saturating_sub(1);
        let secrets = (secrets > 0).then(|| format!("secrets in the capture: {secrets} more wrong lines"));
        self.told.iter().filter(|told| told.again.is_some()).map(ToString::to_string).chain(secrets)
    }

    fn kind(&self, trouble: &Trouble) -> Kind {
        match trouble {
            Trouble::LinkType { interface, .. } => {
                let kind = Kind::Interface(*interface);
                let known = self.told.iter().filter(|told| matches!(told.kind, Kind::Interface(_)));
                let has_room = known.clone().count() < INTERFACES;
                if has_room || known.clone().any(|told| told.kind == kind) {
                    kind
                } else {
                    Kind::Trouble(discriminant(trouble))
                }
            }
            trouble => Kind::Trouble(discriminant(trouble)),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first;
        match self.again {
            None => Ok(()),
            Some((packet, _, 1)) => write!(f, "packet {packet}: once more what was told of packet {first}"),
            Some((second, last, count)) => {
                write!(f, "packets {second} to {last}: {count} times more what was told of packet {first}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(troubles: impl IntoIterator<Item = (u64, Trouble)>) -> Vec<String> {
        let mut remarks = Remarks::default();
        let mut lines: Vec<String> = troubles
            .into_iter()
            .filter_map(|(packet, trouble)| remarks.line(&Remark { packet, time: 0, trouble }))
            .collect();
        lines.extend(remarks.rest());
        lines
    }

    #[test]
    fn the_first_of_a_kind_is_told_and_those_like_it_are_counted() {
        let cut = |captured| Trouble::CutDatagram { captured, length: 100 };
        let mixed = [(1, cut(8)), (2, Trouble::NoTime), (5, cut(9)), (9, cut(7)), (10, Trouble::NoTime)];
        assert_eq!(
            story(mixed),
            [
                "packet 1: a UDP datagram of which 8 of 100 bytes were captured; expected all of it",
                "packet 2: simple packets have no time of their own; they get that of the packet before",
                "packets 5 to 9: 2 times more what was told of packet 1",
                "packet 10: once more what was told of packet 2",
            ]
        );
    }

    #[test]
    fn each_interface_has_a_line_until_there_are_too_many() {
        let of = |interface| Trouble::LinkType { interface, found: 195 };
        let lines = story((0..20_000).map(|n| (n, of(n as u32 % 4_000))));
        let (first, again): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.contains("link type"));
        assert_eq!((first.len(), again.len()), (INTERFACES + 1, INTERFACES + 1));
        assert_eq!(again[0], "packets 4000 to 16000: 4 times more what was told of packet 0");
    }

    #[test]
    fn wrong_lines_of_secrets_are_counted() {
        let mut remarks = Remarks::default();
        assert_eq!(remarks.wrong_secrets("line 1").as_deref(), Some("secrets in the capture: line 1"));
        assert_eq!((remarks.wrong_secrets("line 2"), remarks.wrong_secrets("line 3")), (None, None));
        assert_eq!(remarks.rest().collect::<Vec<_>>(), ["secrets in the capture: 2 more wrong lines"]);
    }
}
