//! The reports of a run. Each is a view of the event log, so a run that was killed has them too.
//!
//! [`load`] reads the folder of a run into a [`Run`]; [`junit`], [`html`], [`messages`], [`summary`], [`rerun`], [`github`] and
//! [`markdown`] are pure functions of it, and [`write_all`] puts the files beside the logs. [`chart`] and [`transcript`] tell the events of
//! one scenario as messages between the parties: the first for drawing, the second as plain text for snapshots.
//!
//! It is not a recorder (that is `event-log`) and judges nothing: verdicts come from the log.
//!
//! The folder is an [`event_log::RunFolder`]: `plan.json` says what was to run, `scenarios/NNNN-slug/events.ndjson` what did, and
//! `run.json` what the run was. A killed run has no `run.json`, and whatever its plan has beside its logs was not run.
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
mod bands;
mod chart;
mod curve;
mod error;
mod escape;
mod evses;
mod files;
mod format;
mod github;
mod html;
mod junit;
mod message;
mod messages;
mod ocpp;
mod plan;
#[cfg(test)]
mod properties;
mod run;
mod scenario;
mod series;
mod terminal;
#[cfg(test)]
mod testing;
mod transcript;
mod v2g;
mod value;
mod verdict;

pub use bands::{Band, Span, Subject};
pub use chart::chart;
pub use curve::Curve;
pub use error::ReportError;
pub use escape::markup;
pub use files::write_all;
pub use github::{github, markdown};
pub use html::html;
pub use junit::junit;
pub use message::{Kind, Lane, Message, Noise};
pub use messages::messages;
pub use plan::{Plan, Planned, PlannedStep};
pub use run::{Counts, Run, load};
pub use scenario::{Exchange, Scenario, Step, StepStatus};
pub use series::{Mark, Series};
pub use terminal::{rerun, summary};
pub use transcript::transcript;
pub use v2g::{Conversation, Lags, Late, Pacing, Quantity, Timing, Total, V2gCurve, Which};
pub use verdict::{Cause, Verdict, exit_code};
