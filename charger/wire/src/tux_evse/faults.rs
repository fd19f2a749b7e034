//! Which faults are present, as one number.

use std::fmt;

use iec61851::Fault;

use super::MessageError;

/// The number of a fault on the wire, from 1. It stays when the list grows.
pub(super) const fn code(fault: Fault) -> u32 {
    match fault {
        Fault::ContactorFailedToClose => 1,
        Fault::ContactorOpenedByItself => 2,
        Fault::ContactorWelded => 3,
        Fault::DiodeFault => 4,
        Fault::HostSilent => 5,
        Fault::OverCurrent => 6,
        Fault::PilotLost => 7,
        Fault::PilotShort => 8,
        Fault::ProximityFault => 9,
        Fault::ResidualCurrent => 10,
        Fault::VentilationNotAvailable => 11,
        Fault::ContactorOverused => 12,
        Fault::NoSample => 13,
        Fault::ResidualMonitorFailed => 14,
    }
}

/// The fault with that number in that field.
pub(super) fn fault(field: u32, number: u64) -> Result<Fault, MessageError> {
    let found = Fault::ALL.into_iter().find(|fault| u64::from(code(*fault)) == number);
    found.ok_or(MessageError::Value { field, value: number })
}

/// A set of faults. On the wire the fault with the number n has the bit n - 1.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Faults(u32);

impl Faults {
    /// None.
    pub const NONE: Self = Self(0);

    const fn bit(fault: Fault) -> u32 {
        1 << (code(fault) - 1)
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & Self::bit(fault) != 0
    }

    /// Adds one, or takes it away.
    pub const fn set(&mut self, fault: Fault, present: bool) {
        if present {
            self.0 |= Self::bit(fault);
        } else {
            self.0 &= !Self::bit(fault);
        }
    }

    /// Those that are not among `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.into_iter().filter(move |fault| self.has(*fault))
    }

    /// The number on the wire.
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// The faults of a number on the wire. One that has no name here is refused: it must not be overheard.
    pub(super) fn from_bits(field: u32, bits: u64) -> Result<Self, MessageError> {
        let known = Fault::ALL.into_iter().fold(0, |known, fault| known | Self::bit(fault));
        match u32::try_from(bits) {
            Ok(own) if own & !known == 0 => Ok(Self(own)),
            Ok(_) | Err(_) => Err(MessageError::Value { field, value: bits }),
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        let mut set = Self::NONE;
        for fault in faults {
            set.set(fault, true);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_bit_of_its_own_and_an_unknown_bit_is_refused() {
        let all: Faults = Fault::ALL.into_iter().collect();
        assert_eq!(all.bits().count_ones() as usize, Fault::ALL.len());
        assert_eq!(Faults::from_bits(6, all.bits().into()), Ok(all));
        assert!(all.iter().eq(Fault::ALL));
        let next = u64::from(all.bits()) + 1;
        assert_eq!(Faults::from_bits(6, next), Err(MessageError::Value { field: 6, value: next }));
        assert_eq!(Faults::from_bits(6, 1 << 40), Err(MessageError::Value { field: 6, value: 1 << 40 }));
        let mut some: Faults = [Fault::DiodeFault, Fault::HostSilent].into_iter().collect();
        some.set(Fault::DiodeFault, false);
        assert!(some.iter().eq([Fault::HostSilent]));
        assert!(all.without(some).iter().all(|fault| fault != Fault::HostSilent));
    }
}
