//! How much a car may take: the smallest of what cable, outlet, contract, charging profile and house connection allow.
//!
//! - [`Limits`] is every limit that is known, [`Limit`] the smallest of them and whose it is.
//! - [`LinesInUse`] is what is known of the lines that a car draws from: a limit in watts is shared by those.
//! - [`SiteLimiter`] watches the house connection and says what it leaves: lowered at once, raised slowly.
//! - [`Sharing`] is the whole of it for one site: readings, wishes and limits in, what each EVSE may take out.
//! - [`Allocator`] shares what is left among the EVSEs of a site: lowered at once, raised when others have followed, in turns
//!   where there is not enough for all.
//!
//! Values without clock, tasks and peers: whoever drives them gives the instant. They know nothing of a CSMS, of a session or of
//! how a meter is read.

mod allocator;
mod limits;
mod lines;
mod outlet;
mod sharing;
mod site;
mod site_config;

pub use allocator::{Allocator, Demand, Share};
pub use limits::{ChargingLimit, Limit, LimitSource, Limits, SiteLimit, Supplied};
pub use lines::{Lines, LinesInUse};
pub use sharing::{Connection, Sharing, Wish};
pub use site::SiteLimiter;
pub use site_config::SiteConfig;
