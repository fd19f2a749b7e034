//! How much a car may take and give back: the smallest of what cable, outlet, contract, charging profile and house connection
//! allow.
//!
//! - [`Bound`] is one limit with its sign: into the car 0 or more, out of it 0 or less; whose it is and why.
//! - [`Limits`] is every limit of the line current that is known: the smallest of them in each direction ([`BothWays`]).
//!   [`DcLimits`] is how much direct current there may be: what the supply can do, the car can take, and the lines leave.
//! - [`LinesInUse`] is what is known of the lines that a car draws from: a limit in watts is shared by those ([`Supplied`]).
//! - `SiteLimiter` watches the house connection and says what it leaves: lowered at once, raised slowly.
//! - [`Sharing`] is the whole of it for one site: readings, wishes and limits in, what each EVSE may take and give back out.
//! - `Allocator` shares what is left among the EVSEs of a site: lowered at once, raised when others have followed, in turns
//!   where there is not enough for all.
//!
//! Values without clock, tasks and peers: whoever drives them gives the instant. They know nothing of a CSMS, of a session or of
//! how a meter is read.

mod allocator;
mod bound;
mod charging_limit;
mod direct_current;
mod limits;
mod lines;
mod outlet;
mod sharing;
mod site;
mod site_config;
mod site_limit;
mod source;
mod supplied;

pub use bound::{BothWays, Bound, Direction, Quantity};
pub use charging_limit::ChargingLimit;
pub use direct_current::DcLimits;
pub use limits::Limits;
pub use lines::{Lines, LinesInUse};
pub use sharing::{Connection, Sharing, Wish};
pub use site_config::SiteConfig;
pub use site_limit::SiteLimit;
pub use source::{LimitReason, LimitSource};
pub use supplied::Supplied;
