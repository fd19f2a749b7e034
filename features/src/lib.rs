//! The Gherkin suite: steps about intent, rigs they act on, and the runner.
//!
//! - [`Rig`] is what a scenario runs on; [`SimRig`] is a twin of its own for each scenario.
//! - [`Stage`] is what the steps see. The step functions stand in `steps/`, by subject.
//! - [`run`] runs scenarios on several threads, streams their event logs and writes the reports. [`discover`] and
//!   [`perform`] are its parts, for whoever lists scenarios one by one (`cargo test`, nextest).
//!
//! Verdicts: a broken assertion is *failed*; an undefined or ambiguous step, a panic, a world that is not in order are
//! *error* and never green.

mod case;
mod interrupt;
mod lookout;
mod measurement;
mod options;
mod parameters;
mod phrases;
mod picture_file;
mod place;
mod power_line;
pub mod print;
mod quiet;
mod rehearsal;
mod rig;
mod runner;
mod stage;
mod steps;
mod stop;
mod story;
mod vocabulary;
mod wall;

pub use case::{Case, DiscoverError, discover};
pub use interrupt::{interrupt, is_interrupted};
pub use measurement::not_measured;
pub use options::{Conditions, Options, Shard, TimeLimits};
pub use phrases::{Phrases, PhrasesError};
pub use power_line::{Broken, PowerLines};
pub use rehearsal::{FeatureError, rehearse};
pub use report::{Cause, Verdict};
pub use rig::{NoRig, Rig, Rigs, SimRig, Twins, processors};
pub use runner::{Outcome, RunEnd, longest_first, perform, run, run_on};
pub use stage::Stage;
pub use stop::{failed, unable};
pub use story::Stories;
pub use vocabulary::{StepEntry, print_steps, vocabulary};
