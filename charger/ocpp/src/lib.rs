//! The charging-station side of OCPP 2.0.1: what a charger tells its CSMS, and what the CSMS asks of it.
//!
//! - [`Station`] is the sans-IO core: feed an [`Input`] (a frame, a local event, time), drain [`Station::poll_output`].
//! - [`run`] is its tokio shell: it keeps a WebSocket connection through a [`Connect`] and drives the core for a [`Charger`].
//! - [`Store`] keeps what must survive a power cut; [`Sqlite`] is one file, on a [`StoreThread`] of its own.
//!
//! What it is not: it decides nothing about sessions. What the CSMS asks for and a session must decide comes out as an
//! [`Ask`] and is answered with an [`Answer`].
//!
//! Every payload is checked against the generated types of OCPP 2.0.1 (crate `ocpp-types`), outgoing ones before they are
//! sent. The model in [`Local`], [`Notice`] and [`Ask`] does not name those types, so another version is another adapter.

mod clock;
mod config;
mod problem;
mod rpc;
mod schema;
mod shell;
mod station;
mod store;
mod types;

pub use config::{BootReason, Config};
pub use rpc::ErrorCode;
pub use shell::{Charger, Connect, Direction, SUBPROTOCOL, Tcp, run, settle};
pub use station::{Input, Output, Station};
pub use store::{
    Batch, Contents, DeadLetter, Progress, QueuedEvent, Sqlite, Store, StoreAnswer, StoreError, StoreErrorKind,
    StoreLink, StoreRequest, StoreThread, ValueName, load,
};
pub use types::{Blame, BootState, Local, Notice, OfflineReason};
