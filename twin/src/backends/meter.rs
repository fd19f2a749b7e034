//! A meter that shows what the world measured at its last step.

use std::rc::Rc;

use hardware::{LinkError, Meter, MeterReading};

use crate::ports::{EvsePorts, StationPorts};

/// Which meter.
#[derive(Debug)]
pub(crate) enum SimMeter {
    House(Rc<StationPorts>),
    Outlet(Rc<EvsePorts>),
}

impl Meter for SimMeter {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        Ok(match self {
            Self::House(ports) => ports.house_meter.get(),
            Self::Outlet(ports) => ports.outlet_meter.get(),
        })
    }
}
