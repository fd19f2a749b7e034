//! An interface of a section: what its packets are, and what their times count.

use crate::container::source::Order;
use crate::packet::LinkType;

/// Option: no more options.
const END: u16 = 0;
/// Option `if_tsresol`: the unit of times.
const RESOLUTION: u16 = 9;
/// Option `if_tsoffset`: seconds that are added to each time.
const OFFSET: u16 = 14;

/// The interface of a section on which packets were captured.
pub(super) struct Interface {
    /// What its packets begin with; the number when that is not known.
    pub(super) link: Result<LinkType, u16>,
    /// How much of a packet is captured at most; 0 for all of it.
    pub(super) snap_length: u32,
    unit: Unit,
    /// Seconds.
    offset: i64,
}

/// What a time counts.
#[derive(Clone, Copy)]
enum Unit {
    /// This negative power of ten of a second.
    Decimal(u8),
    /// This negative power of two of a second.
    Binary(u8),
}

impl Interface {
    /// Reads a description. The second value says where its options cannot be read any more.
    pub(super) fn read(order: Order, fixed: &[u8; 8], options: &[u8]) -> (Self, Option<usize>) {
        let number = order.u16(fixed, 0);
        let mut interface = Self {
            link: LinkType::from_number(number).ok_or(number),
            snap_length: order.u32(fixed, 4),
            unit: Unit::Decimal(6),
            offset: 0,
        };
        let broken = interface.options(order, options);
        (interface, broken)
    }

    fn options(&mut self, order: Order, options: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < options.len() {
            if options.len() - at < 4 {
                return Some(at);
            }
            let (code, length) = (order.u16(options, at), usize::from(order.u16(options, at + 2)));
            if code == END {
                return None;
            }
            let Some(value) = options.get(at + 4..at + 4 + length) else { return Some(at) };
            match (code, value) {
                (RESOLUTION, [power]) if power & 0x80 == 0 => self.unit = Unit::Decimal(*power),
                (RESOLUTION, [power]) => self.unit = Unit::Binary(power & 0x7f),
                (OFFSET, [_, _, _, _, _, _, _, _]) => self.offset = order.i64(value, 0),
                (RESOLUTION | OFFSET, _) => return Some(at),
                _ => {}
            }
            at += 4 + length.next_multiple_of(4);
        }
        None
    }

    /// A time in nanoseconds since 1970; what is earlier or later than 64 bits can say becomes the earliest or the latest.
    pub(super) fn time(&self, count: u64) -> u64 {
        let count = u128::from(count);
        let nanoseconds = match self.unit {
            Unit::Decimal(power @ 0..=9) => count * 10u128.pow(u32::from(9 - power)),
            Unit::Decimal(power) => 10u128.checked_pow(u32::from(power - 9)).map_or(0, |divisor| count / divisor),
            Unit::Binary(power) => (count * 1_000_000_000) >> power.min(127),
        };
        let offset = u128::from(self.offset.unsigned_abs()) * 1_000_000_000;
        let time =
            if self.offset < 0 { nanoseconds.saturating_sub(offset) } else { nanoseconds.saturating_add(offset) };
        u64::try_from(time).unwrap_or(u64::MAX)
    }
}
