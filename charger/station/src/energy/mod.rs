//! How much the car may take: the smallest of what cable, outlet, contract, charging profile and site allow.

mod limits;
mod lines;
mod site;

pub use limits::{Limit, LimitSource, Limits, SiteLimit, Supplied};
pub use lines::{Lines, LinesInUse};
pub use site::SiteLimiter;
