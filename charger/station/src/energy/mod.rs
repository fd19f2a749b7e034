//! How much the car may take: the smallest of what cable, outlet, contract, charging profile and site allow.

mod limits;
mod site;

pub use limits::{Limit, LimitSource, Limits};
pub use site::{SiteLimit, SiteLimiter};
