//! Drives the DC supply and reads the insulation monitor.
//!
//! Both are read at an interval, which is also the supply's sign of life from us. A device that is gone is lost at once, one
//! that does not answer is lost after a while; a supply that comes back is switched off before anything else.

use std::time::Duration;

use event_log::Log;
use hardware::{ErrorKind, HardwareError, InsulationMonitor, InsulationReading, PowerSupplyDc, SupplyReading};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::config::DcConfig;
use crate::session::DcInput;

/// Serves the DC side of the outlet; with neither device there is nothing to do.
pub(crate) async fn dc<S: PowerSupplyDc, I: InsulationMonitor>(
    bus: &Bus,
    mut inbox: Inbox,
    config: DcConfig,
    log: Log,
    mut supply: Option<S>,
    mut monitor: Option<I>,
) {
    let port = bus.port(Service::Dc);
    let mut supply_link = Link::new(config.lost_after());
    let mut monitor_link = Link::new(config.lost_after());
    let mut seen = Seen::new(log);
    let mut insulated = true;
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            message = inbox.recv() => match message {
                Some(message) => obey(message, supply.as_mut(), monitor.as_mut()).await,
                None => return,
            },
            _ = ticks.tick(), if supply.is_some() || monitor.is_some() => {
                if let Some(supply) = &mut supply {
                    read_supply(supply, &mut supply_link, &port, &mut seen).await;
                }
                if let Some(monitor) = &mut monitor {
                    let reading = monitor.read().await;
                    if let Some(state) = monitor_link.judge(&reading) {
                        port.tell(Message::Dc(DcInput::Monitor(state)));
                    }
                    if let Ok(reading) = reading {
                        seen.insulation(reading);
                        judge_insulation(&config, &reading, &mut insulated, &port);
                    }
                }
            }
        }
    }
}

async fn obey<S: PowerSupplyDc, I: InsulationMonitor>(
    message: Message,
    supply: Option<&mut S>,
    monitor: Option<&mut I>,
) {
    let verb = message.verb();
    let result = match (message, supply, monitor) {
        (Message::SetSupply(target), Some(supply), _) => supply.set(target).await.map_err(|error| error.to_string()),
        (Message::SwitchSupply(on), Some(supply), _) => supply.switch(on).await.map_err(|error| error.to_string()),
        (Message::StopSupply, Some(supply), _) => supply.switch(false).await.map_err(|error| error.to_string()),
        (Message::MeasureInsulation(on), _, Some(monitor)) => {
            monitor.measure(on).await.map_err(|error| error.to_string())
        }
        (Message::TestInsulation, _, Some(monitor)) => monitor.self_test().await.map_err(|error| error.to_string()),
        (_, None, _) => Err("there is no DC supply".into()),
        (_, _, None) => Err("there is no insulation monitor".into()),
        (..) => Err("not a verb of dc".into()),
    };
    if let Err(why) = result {
        tracing::warn!(%verb, why, "DC side");
    }
}

async fn read_supply<S: PowerSupplyDc>(supply: &mut S, link: &mut Link, port: &Port, seen: &mut Seen) {
    let reading = supply.read().await;
    if let Some(state) = link.judge(&reading) {
        if state.is_ok() {
            // Whatever it was told in an earlier life: it begins switched off.
            if let Err(error) = supply.switch(false).await {
                tracing::warn!(%error, "DC supply");
            }
        }
        port.tell(Message::Dc(DcInput::Supply(state)));
    }
    if let Ok(reading) = reading {
        seen.supply(reading);
    }
}

fn judge_insulation(config: &DcConfig, reading: &InsulationReading, insulated: &mut bool, port: &Port) {
    let Some(resistance) = reading.resistance else { return };
    let good = resistance >= config.insulation_min();
    if good != *insulated {
        *insulated = good;
        let state = if good {
            Ok(())
        } else {
            Err(format!(
                "{} kohm to earth, at least {} kohm are needed",
                resistance.0 / 1000,
                config.insulation_min_kohm
            ))
        };
        port.tell(Message::Dc(DcInput::Insulation(state)));
    }
}

/// Whether a device answers.
struct Link {
    /// `None` until it was heard or lost for the first time.
    there: Option<bool>,
    heard: Instant,
    patience: Duration,
}

impl Link {
    fn new(patience: Duration) -> Self {
        Self { there: None, heard: Instant::now(), patience }
    }

    /// What there is to tell after a reading: it answers again, or it is lost.
    fn judge<R, E: HardwareError>(&mut self, reading: &Result<R, E>) -> Option<Result<(), String>> {
        let (there, state) = match reading {
            Ok(_) => {
                self.heard = Instant::now();
                (true, Ok(()))
            }
            Err(error) if error.kind() == ErrorKind::Disconnected => (false, Err(error.to_string())),
            Err(error) if self.heard.elapsed() >= self.patience => (false, Err(error.to_string())),
            Err(_) => return None,
        };
        (self.there.replace(there) != Some(there)).then_some(state)
    }
}

/// What was written into the log last, so that it holds changes only.
struct Seen {
    log: Log,
    supply: Option<(i32, i32, bool)>,
    insulation: Option<(Option<i32>, i32)>,
}

impl Seen {
    const fn new(log: Log) -> Self {
        Self { log, supply: None, insulation: None }
    }

    /// Noted in steps of a volt and half an ampere.
    fn supply(&mut self, reading: SupplyReading) {
        let coarse = (reading.voltage.0 / 1000, reading.current.0 / 500, reading.on);
        if self.supply.replace(coarse) != Some(coarse) {
            self.log.record("supply", "reading", reading);
        }
    }

    /// Noted in steps of ten kilohms and a volt.
    fn insulation(&mut self, reading: InsulationReading) {
        let coarse = (reading.resistance.map(|ohms| ohms.0 / 10_000), reading.voltage.0 / 1000);
        if self.insulation.replace(coarse) != Some(coarse) {
            self.log.record(
                "insulation",
                "reading",
                json!({ "resistance_ohm": reading.resistance, "voltage_mv": reading.voltage }),
            );
        }
    }
}
