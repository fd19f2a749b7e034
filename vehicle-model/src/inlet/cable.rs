//! The charging cable and where its ends are.

use iec61851::CableRating;
use serde::Serialize;
use units::Ohms;

/// A charging cable with a plug for the socket and a connector for the car (IEC 61851-1, case B).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Cable {
    /// Between PP and earth; `None` is an open line.
    pub proximity: Option<Ohms>,
}

impl Cable {
    /// The cable with the resistor for that rating (IEC 61851-1, annex B).
    #[must_use]
    pub const fn rated(rating: CableRating) -> Self {
        let ohms = match rating {
            CableRating::A13 => 1500,
            CableRating::A20 => 680,
            CableRating::A32 => 220,
            CableRating::A63 => 100,
        };
        Self { proximity: Some(Ohms(ohms)) }
    }
}

/// Where the ends of the cable are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Connection {
    /// There is no cable.
    #[default]
    None,
    /// One end is in the socket, the other hangs free.
    Socket(Cable),
    /// From the socket to the inlet.
    Inlet(Cable),
}

impl Connection {
    /// The cable that is in the socket.
    pub(super) const fn cable(&self) -> Option<&Cable> {
        match self {
            Self::None => None,
            Self::Socket(cable) | Self::Inlet(cable) => Some(cable),
        }
    }

    pub(super) const fn cable_mut(&mut self) -> Option<&mut Cable> {
        match self {
            Self::None => None,
            Self::Socket(cable) | Self::Inlet(cable) => Some(cable),
        }
    }

    /// Whether the cable reaches the car.
    pub(super) const fn reaches_car(&self) -> bool {
        match self {
            Self::Inlet(_) => true,
            Self::None | Self::Socket(_) => false,
        }
    }

    /// The free end goes into the inlet; false when there is no cable.
    pub(super) const fn push_into_car(&mut self) -> bool {
        match *self {
            Self::None => false,
            Self::Socket(cable) | Self::Inlet(cable) => {
                *self = Self::Inlet(cable);
                true
            }
        }
    }

    /// The car's end comes out.
    pub(super) const fn pull_from_car(&mut self) {
        match *self {
            Self::None | Self::Socket(_) => {}
            Self::Inlet(cable) => *self = Self::Socket(cable),
        }
    }
}
