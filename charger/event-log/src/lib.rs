//! The flight recorder: one log of events on one time axis, of which every report is a view.
//!
//! [`Log`] is what the charger and the world write to; [`read()`] gives the events of a file back, of a run that was killed
//! too. The file format, `events.ndjson`, is described in `SCHEMA.md` beside this crate and versioned by [`VERSION`].
//! [`RunFolder`] is where a run leaves its logs and everything that is made of them; [`output`] writes files there and elsewhere,
//! and [`HeldFile`] keeps others away from one.
//!
//! ```
//! let log = event_log::Log::memory();
//! log.record("cp", "state", serde_json::json!({ "state": "B2" }));
//! assert_eq!(log.snapshot()[0].line(), r#"{"v":2,"seq":0,"t":0,"wall":0,"source":"cp","kind":"state","data":{"state":"B2"}}"#);
//! ```

mod data;
mod event;
mod held_file;
mod log;
pub mod output;
mod reader;
mod run_folder;
#[cfg(test)]
mod testing;

pub use data::Data;
pub use event::{Event, VERSION, strip_wall};
pub use held_file::HeldFile;
pub use log::Log;
pub use reader::{ReadError, read};
pub use run_folder::{FolderError, RunFolder, RunKind};
