//! What a host says to a firmware of ours: everything that it wants, with every sign of life.

use iec61851::{Permission, PilotSignal, PlugIn};
use units::Milliamps;

use super::MessageError;
use super::protobuf::{Fields, Writer};
use super::signal::{signal, write_signal};
use super::state::{read_plug_in, write_plug_in};

/// Whether a number that counts up, and begins again after the last one, is later than another.
#[must_use]
pub const fn is_later(number: u32, than: u32) -> bool {
    number != than && number.wrapping_sub(than) < u32::MAX / 2
}

/// Something that a board takes once, and which host's word it came with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wish<T> {
    /// The number of the [`HostSays`] that brought it first. A board that has taken this number, or a later one, does not take
    /// it again: it may have dropped what it was told since, and for a reason.
    pub number: u32,
    /// What is wished.
    pub what: T,
}

/// A permission, and the plug-in that it is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Permit {
    /// What is permitted.
    pub permission: Permission,
    /// The plug-in that the host knew of when it said so first. A board that sees another one by then does not take it: the
    /// word may have been lost, and said again to the next car.
    pub plug_in: Option<PlugIn>,
}

/// A sign of life with everything that the host wants. A word that is lost does no harm: the next one says the same, and the
/// board says which it has heard.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HostSays {
    /// Which start of the board it belongs to. The board is enabled by the first word, number 1, of the start after its own;
    /// any other start is of another life of host or board, and nothing of it counts.
    pub start: u32,
    /// Counts up with each word that is news.
    pub number: u32,
    /// What to drive on the pilot; `None` as long as nobody wished anything in this start.
    pub pilot: Option<Wish<PilotSignal>>,
    /// Whether the contactor may close.
    pub permission: Option<Wish<Permit>>,
}

impl HostSays {
    pub(super) fn write(&self, to: Writer) -> Writer {
        let mut written = to.number(1, self.start.into()).number(2, self.number.into());
        if let Some(pilot) = self.pilot {
            written = written.number(3, pilot.number.into()).message(4, |to| write_signal(to, pilot.what));
        }
        if let Some(permission) = self.permission {
            written = written.number(5, permission.number.into()).message(6, |to| permission.what.write(to));
        }
        written
    }

    pub(super) fn read(mut fields: Fields<'_>) -> Result<Self, MessageError> {
        let mut says = Self::default();
        let (mut pilot, mut permission) = ((0, None), (0, None));
        while let Some((field, value)) = fields.next()? {
            match field {
                1 => says.start = value.number32(field)?,
                2 => says.number = value.number32(field)?,
                3 => pilot.0 = value.number32(field)?,
                4 => pilot.1 = Some(signal(value.message(field)?)?),
                5 => permission.0 = value.number32(field)?,
                6 => permission.1 = Some(Permit::read(value.message(field)?)?),
                _ => {}
            }
        }
        says.pilot = pilot.1.map(|what| Wish { number: pilot.0, what });
        says.permission = permission.1.map(|what| Wish { number: permission.0, what });
        Ok(says)
    }
}

impl Permit {
    fn write(self, to: Writer) -> Writer {
        let written = match self.permission {
            Permission::Withdrawn => to,
            Permission::Offered => to.number(1, 1),
            // Less than nothing is nothing.
            Permission::Digital { limit } => to.number(1, 2).number(2, limit.0.max(0) as u64),
        };
        match self.plug_in {
            Some(plug_in) => written.message(3, |to| write_plug_in(to, plug_in)),
            None => written,
        }
    }

    fn read(mut fields: Fields<'_>) -> Result<Self, MessageError> {
        let (mut kind, mut limit, mut plug_in) = (0, Milliamps::ZERO, None);
        while let Some((field, value)) = fields.next()? {
            match field {
                1 => kind = value.number(field)?,
                2 => {
                    let value = value.number(field)?;
                    limit = i32::try_from(value).map(Milliamps).map_err(|_| MessageError::Value { field, value })?;
                }
                3 => plug_in = Some(read_plug_in(value.message(field)?)?),
                _ => {}
            }
        }
        let permission = match kind {
            0 => Permission::Withdrawn,
            1 => Permission::Offered,
            2 => Permission::Digital { limit },
            value => return Err(MessageError::Value { field: 1, value }),
        };
        Ok(Self { permission, plug_in })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use iec61851::Duty;
    use proptest::prelude::*;

    use super::*;
    use crate::tux_evse::state::tests::plug_in;

    pub(in crate::tux_evse) fn says() -> impl Strategy<Value = HostSays> {
        let signal = prop_oneof![
            (0..=1000_u16).prop_map(|permille| PilotSignal::Pwm(Duty::from_permille(permille).expect("a duty"))),
            Just(PilotSignal::E),
            Just(PilotSignal::F),
            Just(PilotSignal::X1)
        ];
        let permission = prop_oneof![
            Just(Permission::Withdrawn),
            Just(Permission::Offered),
            (0..=i32::MAX).prop_map(|limit| Permission::Digital { limit: Milliamps(limit) }),
        ];
        let permit = (permission, prop::option::of(plug_in()));
        let pilot = prop::option::of((any::<u32>(), signal));
        let permission = prop::option::of((any::<u32>(), permit));
        (any::<u32>(), any::<u32>(), pilot, permission).prop_map(|(start, number, pilot, permission)| HostSays {
            start,
            number,
            pilot: pilot.map(|(number, what)| Wish { number, what }),
            permission: permission
                .map(|(number, (permission, plug_in))| Wish { number, what: Permit { permission, plug_in } }),
        })
    }

    #[test]
    fn numbers_begin_again_after_the_last_one() {
        assert!(is_later(2, 1) && is_later(0, u32::MAX) && is_later(5, u32::MAX - 5));
        assert!(!is_later(1, 1) && !is_later(1, 2) && !is_later(u32::MAX, 0));
    }
}
