//! Whose a limit is, and why.

use serde::{Deserialize, Serialize};

/// Whose limit it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum LimitSource {
    /// The cable, by its PP resistor.
    Cable,
    /// The car, by what it says of itself.
    Car,
    /// The contract of the token.
    Contract,
    /// The charger's own wiring.
    Outlet,
    /// A charging profile of the CSMS for the EVSE or its transaction; at a station with one EVSE also one for the station.
    Profile,
    /// The house connection.
    Site,
    /// The fuse of the station's own supply, which its EVSEs share.
    StationFuse,
    /// A charging profile of the CSMS for all EVSEs of the station together.
    StationProfile,
    /// The DC supply of the EVSE.
    Supply,
}

/// Why it is as small as it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum LimitReason {
    /// What it is built for: a cable, an outlet, a fuse, a supply.
    Rating,
    /// What was agreed with whoever pays.
    Contract,
    /// A charging profile that is in force.
    ChargingProfile,
    /// Into the cars: what everything else in the house leaves of the main fuse.
    HouseLoad,
    /// Out of the cars: what may be fed back at the house connection, and what the house itself takes.
    FeedIn,
    /// The house meter does not answer, or has not been read yet.
    FailSafe,
    /// Other EVSEs have the rest.
    Share,
    /// Others have their turn; this one waits for its own.
    Turn,
    /// The car has not taken more when it was offered, and others may.
    NotTaken,
    /// No car asks for what it could use: there is none, or its own limits leave too little.
    NotAsked,
    /// More than the car can take, or give back.
    Needs,
    /// Nothing may flow out of the car: car, outlet, supply or site is not made for it, or not permitted to.
    NotBidirectional,
}
