//! HomePlug Green PHY as a charger and a car need it: the messages by which they find each other on the charging cable (SLAC,
//! ISO 15118-3 annex A), those by which a host speaks with its own modem, and both sides of the matching. Without I/O and without
//! a clock.
//!
//! ```text
//!   car                          charger                      its modem
//!    │ CM_SLAC_PARM.REQ ────────────▶│◀── CM_SET_KEY ──────────▶│
//!    │◀──────────── CM_SLAC_PARM.CNF │
//!    │ CM_START_ATTEN_CHAR.IND, 3 ──▶│
//!    │ CM_MNBC_SOUND.IND, 10 ───────▶│◀── CM_ATTEN_PROFILE.IND ─│  one for each sound
//!    │◀─────────── CM_ATTEN_CHAR.IND │
//!    │ CM_ATTEN_CHAR.RSP ───────────▶│
//!    │ (CM_VALIDATE, both ways)      │
//!    │ CM_SLAC_MATCH.REQ ───────────▶│
//!    │◀─────────── CM_SLAC_MATCH.CNF │  the key: both modems join one network
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `frame` | a frame of Ethernet: addresses, header, message, padding |
//! | `message` | all messages in one enum, and their names |
//! | `mme` | the header of a management message, and the types by number |
//! | `parm`, `sounding`, `attenuation`, `validate`, `matching`, `amp_map`, `key` | the messages, in the order of a matching |
//! | `modem` | the families of modems, and which frame of each vendor asks what |
//! | `timing` | times and counts of ISO 15118-3 |
//! | `evse`, `ev` | the matching itself, of a charger and of a car: frames and times in, frames and events out |
//! | `keying`, `process` | what both have in common |
//!
//! What is decoded is encoded to the very same bytes: fields that are reserved are kept, and so is what stands behind the last
//! field ([`Padding`]). Whatever arrives may be hostile: decoding answers with a frame or with what was missing where.

mod amp_map;
mod attenuation;
mod bytes;
mod error;
mod ethernet;
pub mod ev;
pub mod evse;
mod frame;
mod key;
mod keying;
mod matching;
mod message;
mod mme;
pub mod modem;
mod octets;
mod parm;
mod process;
mod sounding;
pub mod timing;
mod validate;
mod values;

pub use amp_map::{AmpMapCnf, AmpMapReq, AmplitudeMap};
pub use attenuation::{AttenCharInd, AttenCharRsp, AttenuationProfile};
pub use error::FrameError;
pub use ethernet::{BROADCAST, ETHER_TYPE, LOCAL_MODEM, MIN_FRAME, MacAddress};
pub use frame::{Frame, Padding};
pub use key::{Nid, Nmk, SetKeyCnf, SetKeyReq};
pub use matching::{SlacMatchCnf, SlacMatchReq};
pub use message::{Message, Other};
pub use mme::{Fragment, HeaderVersion, MmType, Operation};
pub use octets::{Oui, RunId, RunIdTail, SoundRandom, StationId, Text};
pub use parm::{SlacParmCnf, SlacParmReq};
pub use process::{Output, Profile};
pub use sounding::{AttenProfileInd, MnbcSoundInd, StartAttenCharInd};
pub use validate::{SignalType, ValidateCnf, ValidateReq, ValidateResult, ValidateTimer};
pub use values::{ApplicationType, ResponseType, SecurityType, SoundTimeout};
