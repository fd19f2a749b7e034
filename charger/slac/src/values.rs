//! Small values that several messages of a matching share (ISO 15118-3 annex A). A number that the standard does not know is kept.

use std::time::Duration;

use serde::Serialize;

/// What the matching is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ApplicationType(pub u8);

impl ApplicationType {
    /// 0: a car and an EVSE find each other. The only one of ISO 15118-3.
    pub const PEV_EVSE_MATCHING: Self = Self(0x00);
}

/// How the messages of the matching are protected.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SecurityType(pub u8);

impl SecurityType {
    /// 0: not at all. The only one of ISO 15118-3.
    pub const NONE: Self = Self(0x00);
    /// 1: by public keys; CM_SLAC_PARM then names cipher suites (HomePlug Green PHY; seen in no capture).
    pub const PUBLIC_KEY: Self = Self(0x01);
}

/// To whom the attenuation is reported.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ResponseType(pub u8);

impl ResponseType {
    /// 0: to the host of the station that is asked. What `open-plc-utils` sends by default.
    pub const HOST: Self = Self(0x00);
    /// 1: to another Green PHY station, the forwarding station. The only one of ISO 15118-3.
    pub const OTHER_STATION: Self = Self(0x01);
}

/// How long sounds are listened to: TT_EVSE_match_MNBC, in units of 100 ms. Every captured car and charger says 6.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SoundTimeout(pub u8);

impl SoundTimeout {
    /// 600 ms: chargers are known that take no other.
    pub const STANDARD: Self = Self(6);

    /// As a time.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64 * 100)
    }
}
