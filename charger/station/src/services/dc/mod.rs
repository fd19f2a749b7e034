//! Drives the DC supply and reads the insulation monitor.
//!
//! Both are read at an interval, which is also the supply's sign of life from us. A device that is gone is lost at once, one
//! that does not answer is lost after a while; a supply that comes back is switched off before anything else, a monitor that
//! comes back is told again whether to measure.
//!
//! A self-test of the monitor takes up to half a minute. The supply is served meanwhile, and an order to stop it ends the
//! test: whoever gives it does not want to hear of the insulation any more.

mod link;
mod seen;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::VecDeque;
use std::pin::pin;

use event_log::Log;
use hardware::{InsulationMonitor, PowerSupplyDc};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use self::link::Link;
use self::seen::Seen;
use self::watch::Watch;
use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::config::DcConfig;
use crate::session::DcInput;

/// Serves the DC side of the outlet; with neither device there is nothing to do.
pub(crate) async fn dc<S: PowerSupplyDc, I: InsulationMonitor>(
    bus: &Bus,
    inbox: Inbox,
    config: DcConfig,
    log: Log,
    supply: Option<S>,
    monitor: Option<I>,
) {
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let supply = Supply { device: supply, link: Link::new(config.lost_after()), port: bus.port(Service::Dc) };
    let watch = Watch::new(config.lost_after());
    Side { inbox, later: VecDeque::new(), config, ticks, seen: Seen::new(log), supply, monitor, watch }.serve().await;
}

/// The supply, if there is one.
struct Supply<S> {
    device: Option<S>,
    link: Link,
    port: Port,
}

/// The DC side.
struct Side<S, I> {
    inbox: Inbox,
    /// What came for the monitor while it tested itself.
    later: VecDeque<Message>,
    config: DcConfig,
    ticks: Interval,
    seen: Seen,
    supply: Supply<S>,
    monitor: Option<I>,
    watch: Watch,
}

impl<S: PowerSupplyDc, I: InsulationMonitor> Side<S, I> {
    /// Runs until the bus is gone.
    async fn serve(&mut self) {
        loop {
            let devices = self.supply.device.is_some() || self.monitor.is_some();
            tokio::select! {
                biased;
                message = next(&mut self.later, &mut self.inbox) => match message {
                    Some(message) => self.obey(message).await,
                    None => return,
                },
                _ = self.ticks.tick(), if devices => {
                    self.supply.read(&mut self.seen).await;
                    self.read_monitor().await;
                }
            }
        }
    }

    async fn obey(&mut self, message: Message) {
        let verb = message.verb();
        let result = match (message, &mut self.monitor) {
            (Message::MeasureInsulation(on), Some(monitor)) => {
                self.watch.order(on);
                monitor.measure(on).await.map_err(|error| error.to_string())
            }
            (Message::TestInsulation, Some(_)) => self.test().await,
            (Message::MeasureInsulation(_) | Message::TestInsulation, None) => {
                Err("there is no insulation monitor".into())
            }
            (message, _) => return self.supply.obey(message).await,
        };
        if let Err(why) = result {
            tracing::warn!(%verb, why, "DC side");
        }
    }

    /// Has the monitor test itself, and serves the supply meanwhile.
    async fn test(&mut self) -> Result<(), String> {
        let Some(monitor) = &mut self.monitor else { return Ok(()) };
        let mut test = pin!(monitor.self_test());
        let tested = loop {
            tokio::select! {
                biased;
                message = self.inbox.recv() => match message {
                    Some(message @ (Message::MeasureInsulation(_) | Message::TestInsulation)) => {
                        self.later.push_back(message);
                    }
                    Some(Message::StopSupply) => {
                        self.supply.obey(Message::StopSupply).await;
                        break Err("the self-test was given up: the supply was stopped".into());
                    }
                    Some(message) => self.supply.obey(message).await,
                    None => break Err("the self-test was given up: the charger ends".into()),
                },
                tested = &mut test => break tested.map_err(|error| error.to_string()),
                _ = self.ticks.tick(), if self.supply.device.is_some() => self.supply.read(&mut self.seen).await,
            }
        };
        self.watch.tested();
        tested
    }

    async fn read_monitor(&mut self) {
        let Some(monitor) = &mut self.monitor else { return };
        let reading = monitor.read().await;
        let port = &self.supply.port;
        if let Some(state) = self.watch.judge(&reading) {
            // It may have started anew, and then it is switched off.
            if let (Ok(()), Some(on)) = (&state, self.watch.ordered())
                && let Err(error) = monitor.measure(on).await
            {
                tracing::warn!(%error, "insulation monitor");
            }
            port.tell(Message::Dc(DcInput::Monitor(state)));
        }
        if let Ok(reading) = reading {
            self.seen.insulation(reading);
            if let Some(state) = self.watch.insulation(&self.config, &reading) {
                port.tell(Message::Dc(DcInput::Insulation(state)));
            }
        }
    }
}

impl<S: PowerSupplyDc> Supply<S> {
    async fn obey(&mut self, message: Message) {
        let verb = message.verb();
        let result = match (message, &mut self.device) {
            (_, None) => Err("there is no DC supply".into()),
            (Message::SetSupply(target), Some(supply)) => supply.set(target).await.map_err(|error| error.to_string()),
            (Message::SwitchSupply(on), Some(supply)) => supply.switch(on).await.map_err(|error| error.to_string()),
            (Message::StopSupply, Some(supply)) => supply.switch(false).await.map_err(|error| error.to_string()),
            (_, Some(_)) => Err("not a verb of dc".into()),
        };
        if let Err(why) = result {
            tracing::warn!(%verb, why, "DC side");
        }
    }

    async fn read(&mut self, seen: &mut Seen) {
        let Some(supply) = &mut self.device else { return };
        let reading = supply.read().await;
        if let Some(state) = self.link.judge(&reading) {
            if state.is_ok() {
                // Whatever it was told in an earlier life: it begins switched off.
                if let Err(error) = supply.switch(false).await {
                    tracing::warn!(%error, "DC supply");
                }
            }
            self.port.tell(Message::Dc(DcInput::Supply(state)));
        }
        if let Ok(reading) = reading {
            seen.supply(reading);
        }
    }
}

/// What is to be done next: what was put off, and then what comes. Cancel safe.
async fn next(later: &mut VecDeque<Message>, inbox: &mut Inbox) -> Option<Message> {
    match later.pop_front() {
        Some(message) => Some(message),
        None => inbox.recv().await,
    }
}
