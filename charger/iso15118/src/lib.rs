//! V2G communication between a car and a charging station: DIN 70121, ISO 15118-2 and ISO 15118-20.
//!
//! | module | what |
//! |---|---|
//! | [`messages`] | the messages as types, with the names and units of the standards |
//! | [`schemas`] | the tables by which they are read and written |
//! | [`Message`] | a message of any generation; from and to a payload |
//! | [`v2gtp`] | the frames that carry payloads |
//! | [`sdp`] | how the car finds the station's controller |
//! | [`wire`] | what was seen between a car and a station, in order |
//! | [`judge`] | whether what was seen keeps to the rules, and whose fault it is where it does not |
//! | [`vector`] | one message in several forms, and whether each is read and written alike |
//! | [`timing`] | how long each side may take, by generation |
//! | [`secc`] | the charger's side of a session of DIN 70121 or ISO 15118-2 |
//! | [`station_profile`] | how a real station talks, as data; `stations/` has some, and describes the format |
//!
//! Nothing here opens a socket or looks at a clock.

pub mod judge;
mod message;
pub mod messages;
mod protocol;
pub mod schemas;
pub mod sdp;
pub mod secc;
mod spread;
pub mod station_profile;
pub mod timing;
pub mod v2gtp;
pub mod vector;
pub mod wire;

pub use message::{Message, MessageError, carried_by, content_of, is_message, is_request, name_of, session_of, set_of};
pub use protocol::Protocol;
pub use spread::Spread;
