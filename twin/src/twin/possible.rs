//! What is possible in a world: nothing can be done to a party of which it has no model, and nothing is measured of it.

use units::EvseId;
use vehicle_model::{Car, DcInlet};

use super::{Charger, Twin};
use crate::action::{Action, MeterAt};
use crate::parties::NotModelled;
use crate::world::Physics;

/// To whom something happens.
enum Whom {
    Car,
    /// That of the car.
    DcInlet,
    /// What the charger has at its terminals.
    Charger,
    /// The modems of charger and car.
    Modems,
    /// The computer that runs the charger's services: it has one on a bench too.
    Host,
    Csms,
    Site,
}

impl Whom {
    const fn of(action: &Action) -> Self {
        match action {
            Action::Badge(_)
            | Action::BoardCommand(_)
            | Action::BoardFirmware(_)
            | Action::BoardReset
            | Action::ChargerPower(_)
            | Action::Contactor(_)
            | Action::DcLines(_)
            | Action::Lock(_)
            | Action::Meter(MeterAt::Outlet, _)
            | Action::Pilot(_)
            | Action::ResidualMonitor(_) => Self::Charger,
            Action::Bench(_) | Action::Host(_) | Action::Link(..) | Action::Rogue { .. } | Action::Store(_) => {
                Self::Host
            }
            Action::Line(_) => Self::Modems,
            Action::Car(vehicle_model::Action::Dc(_)) => Self::DcInlet,
            Action::Car(_) => Self::Car,
            Action::Csms(_) | Action::CsmsPolicy(_) => Self::Csms,
            Action::Grid(_) | Action::Meter(MeterAt::House, _) => Self::Site,
        }
    }
}

impl Twin {
    /// Whether that can be done at that EVSE of this world.
    ///
    /// # Errors
    /// Why not.
    pub fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        if self.evses().all(|own| own != evse) {
            return Err(format!("this charger has no EVSE {evse}"));
        }
        self.is_possible(evse, action).map_err(|why| why.to_string())?;
        match &self.host {
            Charger::Inside(_) | Charger::None => Ok(()),
            Charger::Outside(host) => host.can(evse, action),
        }
    }

    /// Whether that happens to somebody who is there.
    pub(super) fn is_possible(&self, evse: EvseId, action: &Action) -> Result<(), NotModelled> {
        match (Whom::of(action), &self.host) {
            (Whom::Car, _) => self.car(evse).map(drop),
            (Whom::DcInlet, _) => self.dc_inlet(evse).map(drop),
            (Whom::Charger, _) => self.outlets().map(drop),
            (Whom::Modems, _) => match self.outlets()?.power_line(evse) {
                Some(_) => Ok(()),
                None => Err(NotModelled::NoModems(evse)),
            },
            (Whom::Csms, _) | (Whom::Host, Charger::Inside(_) | Charger::Outside(_)) => Ok(()),
            (Whom::Host, Charger::None) => Err(NotModelled::NoCharger),
            (Whom::Site, _) => self.site().map(drop),
        }
    }

    /// The car at that EVSE.
    pub(super) fn car(&self, evse: EvseId) -> Result<&Car, NotModelled> {
        self.physics.car(evse).ok_or(if self.is_bench() {
            NotModelled::RealCar(evse)
        } else {
            NotModelled::NoCar(evse)
        })
    }

    /// What the car at that EVSE has for direct current.
    pub(super) fn dc_inlet(&self, evse: EvseId) -> Result<&DcInlet, NotModelled> {
        self.car(evse)?.dc_inlet().ok_or(NotModelled::NoDcInlet(evse))
    }

    /// The world, for whoever asks for what the charger has at its terminals.
    pub(super) fn outlets(&self) -> Result<&Physics, NotModelled> {
        match &self.host {
            Charger::None => Err(NotModelled::NoCharger),
            Charger::Inside(_) | Charger::Outside(_) => self.site(),
        }
    }

    /// The world, for whoever asks for its house and its grid.
    pub(super) fn site(&self) -> Result<&Physics, NotModelled> {
        if self.is_bench() { Err(NotModelled::RealCharger) } else { Ok(&self.physics) }
    }
}
