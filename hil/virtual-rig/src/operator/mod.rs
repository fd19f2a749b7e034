//! Benches with a person beside them: the charger's devices are real, and what happens to it is done by hand.
//!
//! chargerd is started here with the devices of the rig file; the CSMS is ours, on the loopback. [`Request`](request) says what
//! the person is asked to do, [`Terminal`] asks, [`Observed`](observed) tells from the charger's own log what came of it. Before
//! and after each scenario the bench is made safe on a path of its own, and a [watchdog](watch) does so when this program dies.

mod bench;
mod charger;
mod consent;
mod guard;
mod observed;
pub(crate) mod recorders;
mod request;
mod rig;
mod safe;
mod terminal;

pub use bench::{OperatorRigs, WatchdogCommand, suits};
pub use safe::watch;
pub use terminal::Terminal;
