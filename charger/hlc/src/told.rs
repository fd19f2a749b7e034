//! What the coordinator and the devices have told. A controller forgets it with each connection, and is told again.

use iso15118::secc;
use session::{Authorization, Isolation, Offer, PowerPath, Readiness, StopWhy};
use units::{Milliamps, Millivolts};

use crate::translate;

/// What holds for one dialog. It is dropped with it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) authorization: Option<Authorization>,
    pub(crate) offer: Option<Offer>,
    pub(crate) power: Option<PowerPath>,
    pub(crate) ready: Option<Readiness>,
    pub(crate) isolation: Option<Isolation>,
    pub(crate) stop: Option<StopWhy>,
    /// The emergency button was pressed, or there is danger.
    pub(crate) emergency: bool,
}

/// What devices say of themselves, whoever is plugged in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Measured {
    pub(crate) output: Option<(Millivolts, Milliamps)>,
    pub(crate) meter_wh: Option<u64>,
}

impl Told {
    /// What is offered. It ends a fault.
    pub(crate) fn offered(&mut self, offer: Offer) {
        if offer.held_back.is_none() {
            self.stop.take_if(|why| *why == StopWhy::Fault);
        }
        self.offer = Some(offer);
    }

    /// All of it, for a controller that knows nothing.
    pub(crate) fn again(&self, measured: &Measured) -> Vec<secc::Input<'static>> {
        let all = [
            self.authorization.map(translate::authorization),
            self.offer.map(translate::offer),
            self.power.map(translate::power),
            self.ready.map(translate::ready),
            self.isolation.and_then(translate::isolation),
            measured.output.map(|(voltage, current)| secc::Input::Measured { voltage, current }),
            measured.meter_wh.map(|reading_wh| secc::Input::Meter { reading_wh }),
            self.stop.map(translate::stop),
            self.emergency.then_some(secc::Input::Stop(secc::StopWhy::Emergency)),
        ];
        all.into_iter().flatten().collect()
    }
}
