//! The sooner of two instants.

use units::Instant;

/// The sooner of two instants, of which neither need be. The parts of a car are asked after every step when they change next,
/// so this is plain comparison: iterators within iterators took three times as long.
pub(crate) const fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(a), Some(b)) if b.as_micros() < a.as_micros() => Some(b),
        (Some(a), Some(_) | None) => Some(a),
        (None, other) => other,
    }
}
