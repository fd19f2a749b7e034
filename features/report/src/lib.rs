//! The reports of a run. Each is a view of the event log, so a run that was killed has them too.
//!
//! [`load`] reads the folder of a run into a [`Run`]; [`junit`], [`html`], [`summary`], [`rerun`], [`github`] and [`markdown`]
//! are pure functions of it, and [`write_all`] puts the files beside the logs. [`chart`] and [`transcript`] tell the events of
//! one scenario as messages between the parties: the first for drawing, the second as plain text for snapshots.
//!
//! It is not a recorder (that is `event-log`) and judges nothing: verdicts come from the log.
//!
//! The folder: `run.json` (what the run was; may be missing after a kill) and `scenarios/NNNN-slug/events.ndjson`, one log a
//! scenario.
//!
//! ```
//! let log = event_log::Log::memory();
//! log.record("car", "action", serde_json::json!({ "what": "plugs in (32 A cable)" }));
//! log.record("contactor", "closed", serde_json::json!({}));
//! assert_eq!(
//!     report::transcript(&log.snapshot()),
//!     "00:00:00.000  car      plugs in (32 A cable)\n00:00:00.000  board    contactor closed\n"
//! );
//! ```

mod action;
mod chart;
mod error;
mod escape;
mod files;
mod format;
mod github;
mod html;
mod junit;
mod message;
mod ocpp;
#[cfg(test)]
mod properties;
mod run;
mod scenario;
mod series;
mod terminal;
#[cfg(test)]
mod testing;
mod transcript;
mod value;

pub use chart::chart;
pub use error::ReportError;
pub use files::write_all;
pub use github::{github, markdown};
pub use html::html;
pub use junit::junit;
pub use message::{Kind, Lane, Message, Noise};
pub use run::{Counts, Run, load};
pub use scenario::{Exchange, Scenario, Step, StepStatus, Verdict};
pub use series::{Curve, Mark, Series, Span};
pub use terminal::{rerun, summary};
pub use transcript::transcript;
