//! The words between a session and whoever speaks for it with a CSMS. Variants are spelled as OCPP spells them; which version of
//! it is spoken, and how, is no matter of a session.

mod problem;
mod requests;
mod status;
mod token;
mod transaction;

pub use problem::{Component, Problem};
pub use requests::{
    Answer, Ask, AvailabilityAnswer, ReservationUpdate, ReserveAnswer, ResetAnswer, ResetKind, UnlockAnswer,
};
pub use status::ConnectorStatus;
pub use token::{AuthorizationOutcome, AuthorizationStatus, IdToken, TokenKind};
pub use transaction::{
    ChargingState, MeterSample, ReadingContext, StoppedReason, TransactionReport, TransactionStage, TriggerReason,
};
