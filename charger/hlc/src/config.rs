//! What is set once.

use std::time::Duration;

use hardware::SupplyCapabilities;
use iso15118::secc;
use units::Milliamps;

/// Where real cars and the standards disagree.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profile {
    /// As they are written.
    Strict,
    /// As it works: what real cars do is taken where it harms nobody.
    #[default]
    Field,
}

/// What is set once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Where real cars and the standards disagree, in matching and in the session alike.
    pub profile: Profile,
    /// There is a network to the car. Without one the modem is watched, and nothing else.
    pub speaks: bool,
    /// So long a car may take to ask for a matching before that is noted: TT_EVSE_SLAC_init, 20 to 50 s.
    pub slac_init: Duration,
    /// What is lost between the cable and the charger's modem, dB.
    pub receive_db: u8,
    /// V2G_SECC_CommunicationSetup_Timer: so long after the link a car has to connect (ISO 15118-2 table 109).
    pub setup: Duration,
    /// A car is let in by its EVCCID, as a token, instead of by other means.
    pub autocharge: bool,
    /// What the controller of the session is set to: its alternating current, and whatever direct current has beside what the
    /// supply says of itself. Its profile is the one above.
    pub secc: secc::Config,
}

impl Config {
    /// As most chargers are, with a controller that is set so.
    #[must_use]
    pub const fn new(secc: secc::Config) -> Self {
        Self {
            profile: Profile::Field,
            speaks: true,
            slac_init: slac::timing::TT_EVSE_SLAC_INIT_MAX,
            receive_db: 0,
            setup: iso15118::timing::ISO2.setup_performance,
            autocharge: false,
            secc,
        }
    }

    /// The matching of a host with that address.
    pub(crate) const fn slac(&self, host: hardware::MacAddress) -> slac::evse::Config {
        let mut config = slac::evse::Config::new(slac::MacAddress(host));
        config.profile = match self.profile {
            Profile::Strict => slac::Profile::Strict,
            Profile::Field => slac::Profile::Field,
        };
        (config.slac_init, config.receive_db) = (self.slac_init, self.receive_db);
        config
    }

    /// The controller at an EVSE whose supply can do that; `None`: it has none, or it has not told yet. An EVSE with a supply
    /// gives direct current alone.
    pub(crate) fn controller(&self, can: Option<&SupplyCapabilities>) -> secc::Config {
        let mut config = self.secc.clone();
        config.profile = match self.profile {
            Profile::Strict => secc::Profile::Strict,
            Profile::Field => secc::Profile::Field,
        };
        let beside = self.secc.dc;
        config.dc = can.map(|can| secc::DcCapability {
            min_voltage: can.min_voltage,
            max_voltage: can.max_voltage,
            min_current: beside.map_or(Milliamps::ZERO, |dc| dc.min_current),
            max_current: can.max_current,
            max_power: can.max_power,
            current_ripple: beside.map_or(RIPPLE, |dc| dc.current_ripple),
            regulation_tolerance: beside.and_then(|dc| dc.regulation_tolerance),
        });
        if config.dc.is_some() {
            config.ac = None;
        }
        config
    }
}

/// Rectifiers do not say how much their current ripples; IEC 61851-23 allows 1.5 A of slow ripple below 10 Hz.
const RIPPLE: Milliamps = Milliamps(1_500);
