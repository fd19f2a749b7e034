//! Drives the DC supply.
//!
//! It is read at an interval, which is also its sign of life from us. A supply that is gone is lost at once, one that does not
//! answer is lost after a while; one that comes back is switched off before anything else.
//!
//! A stop waits for nothing: not for an answer that is due, and not for an order that is being carried out. What was not
//! switched off is tried again at each interval.

pub(crate) mod call;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use event_log::Log;
use hardware::PowerSupplyDc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use self::call::SupplyCall;
use super::changes::Changes;
use super::complaint::Complaint;
use super::hlc::call::HlcCall;
use super::link::Link;
use super::session::call::SessionCall;
use crate::bus::{Call, Inbox, Port};
use crate::config::DcConfig;

/// Serves the DC supply; without one, whatever is asked of it is answered in the log.
pub(crate) async fn supply<S: PowerSupplyDc>(
    port: Port,
    mut inbox: Inbox<SupplyCall>,
    config: DcConfig,
    log: Log,
    supply: Option<S>,
) {
    let Some(device) = supply else {
        while let Some(call) = inbox.recv().await {
            if !matches!(call, SupplyCall::Stop) {
                tracing::warn!(verb = %call.verb(), "there is no DC supply");
            }
        }
        return;
    };
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut supply = Supply {
        device,
        link: Link::new("DC supply", config.lost_after()),
        port,
        orders: Orders { inbox, later: VecDeque::new() },
        stops: false,
        complaint: Complaint::about("DC supply"),
        seen: Changes::of("supply", log),
    };
    loop {
        tokio::select! {
            biased;
            call = supply.orders.next() => match call {
                Some(call) => supply.obey(call).await,
                None => return,
            },
            _ = ticks.tick() => supply.look().await,
        }
    }
}

/// The supply, and what is known of it.
struct Supply<S> {
    device: S,
    link: Link,
    port: Port,
    orders: Orders,
    /// It is to be off, and is not known to be.
    stops: bool,
    complaint: Complaint,
    /// In steps of a volt and half an ampere.
    seen: Changes<(i32, i32, bool)>,
}

/// What is asked of the supply.
struct Orders {
    inbox: Inbox<SupplyCall>,
    /// What came while something else was done.
    later: VecDeque<SupplyCall>,
}

impl Orders {
    /// What is to be done next. Cancel safe.
    async fn next(&mut self) -> Option<SupplyCall> {
        match self.later.pop_front() {
            Some(call) => Some(call),
            None => self.inbox.recv().await,
        }
    }

    /// Completes when the supply is to stop; what else comes is for later, and what came before the stop is not done any more.
    /// Cancel safe.
    async fn stop(&mut self) {
        loop {
            match self.inbox.recv().await {
                Some(SupplyCall::Stop) => return self.later.clear(),
                Some(call) => self.later.push_back(call),
                // Whoever ends the bus stops the supply by itself.
                None => return std::future::pending().await,
            }
        }
    }
}

impl<S: PowerSupplyDc> Supply<S> {
    async fn obey(&mut self, call: SupplyCall) {
        let verb = call.verb();
        let done = match call {
            SupplyCall::Stop | SupplyCall::Switch(false) => return self.off().await,
            SupplyCall::Set(target) => tokio::select! {
                biased;
                () = self.orders.stop() => None,
                done = self.device.set(target) => Some(done),
            },
            SupplyCall::Switch(true) => {
                self.stops = false;
                tokio::select! {
                    biased;
                    () = self.orders.stop() => None,
                    done = self.device.switch(true) => Some(done),
                }
            }
        };
        match done {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%verb, %error, "DC supply"),
            None => self.off().await,
        }
    }

    /// Switches it off; what does not succeed is tried again.
    async fn off(&mut self) {
        let done = self.device.switch(false).await;
        self.complaint.hear(&done);
        self.stops = done.is_err();
    }

    /// Reads it, and does what follows from that.
    async fn look(&mut self) {
        if self.stops {
            self.off().await;
        }
        let reading = tokio::select! {
            biased;
            () = self.orders.stop() => return self.off().await,
            reading = self.device.read() => reading,
        };
        if let Some(state) = self.link.judge(&reading) {
            if state.is_ok() {
                // Whatever it was told in an earlier life: it begins switched off.
                self.off().await;
                match self.device.capabilities().await {
                    Ok(can) => {
                        self.port.tell(HlcCall::Capabilities(can));
                        self.port.tell(SessionCall::SupplyCapabilities(can));
                    }
                    Err(error) => tracing::warn!(%error, "the DC supply does not say what it can do"),
                }
            }
            self.port.tell(SessionCall::Supply(state));
        }
        if let Ok(reading) = reading {
            self.seen.note((reading.voltage.0 / 1000, reading.current.0 / 500, reading.on), reading);
            self.port.tell(HlcCall::Measured(reading));
            self.port.tell(SessionCall::SupplyReading(reading));
        }
    }
}
