//! Where the charger finds its CSMS.

use crate::csms::Policy;

/// Where the charger finds its CSMS.
#[derive(Clone, Debug)]
pub enum CsmsChoice {
    /// Nowhere.
    None,
    /// Inside the process.
    Simulated(Policy),
    /// At a `ws://` URL, over a real socket, in real time.
    Url(String),
}
