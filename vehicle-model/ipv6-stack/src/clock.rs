//! smoltcp's time: signed microseconds.

use std::time::Duration;

use smoltcp::time::Instant as StackInstant;
use units::Instant;

/// The shortest time after which it is worth looking again.
pub(crate) const MOMENT: Duration = Duration::from_millis(1);

pub(crate) fn to_stack(instant: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(instant.as_micros()).unwrap_or(i64::MAX))
}

pub(crate) fn of_stack(instant: StackInstant) -> Instant {
    Instant::from_micros(u64::try_from(instant.total_micros()).unwrap_or(0))
}
