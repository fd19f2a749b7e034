//! What can be wrong with a world itself.

use std::time::Duration;

use units::Instant;

use crate::parties::NotModelled;

/// Why a world is not in order: a fault of the harness, not of the charger.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TwinError {
    /// Something that makes the world broke: a task, a wire, the host's own computer.
    #[error("the world is not in order: {0}")]
    Broken(String),
    /// The charger is not there any more, could not start, or did not end well: whatever was seen meanwhile counts for nothing.
    #[error("{0}")]
    Charger(String),
    /// Something was done to a party of which this world has no model.
    #[error("this cannot be done: {0}")]
    Impossible(NotModelled),
    /// Somebody at the terminal ended the run.
    #[error("interrupted")]
    Interrupted,
    /// The time of the world stands still: whoever runs in it never comes to rest.
    #[error(
        "the time of the world stands still at {0}: charger, car or CSMS do something again and again at this instant"
    )]
    Standstill(Instant),
    /// The host's computer stood still for so long that nothing can be said about the charger.
    #[error("invalid: the host stood still for {} ms, at most {} ms are allowed", .stood.as_millis(), .allowed.as_millis())]
    Stalled {
        /// For so long.
        stood: Duration,
        /// At most this is allowed.
        allowed: Duration,
    },
}
