//! Reads the insulation monitor, and lets it measure and test itself.
//!
//! It is read at an interval. A monitor that is gone is lost at once, one that does not answer is lost after a while; one that
//! comes back is told again whether to measure. A self-test takes up to half a minute, in which nothing else is asked of it.

pub(crate) mod call;
#[cfg(test)]
mod tests;
mod watch;

use event_log::Log;
use hardware::{InsulationMonitor, InsulationReading};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use self::call::InsulationCall;
use self::watch::Watch;
use super::changes::Changes;
use super::session::call::SessionCall;
use crate::bus::{Call, Inbox, Port};
use crate::config::DcConfig;
use session::InsulationInput;

/// Serves the insulation monitor; without one, whatever is asked of it is answered in the log.
pub(crate) async fn insulation<I: InsulationMonitor>(
    port: Port,
    mut inbox: Inbox<InsulationCall>,
    config: DcConfig,
    log: Log,
    monitor: Option<I>,
) {
    let Some(device) = monitor else {
        while let Some(call) = inbox.recv().await {
            tracing::warn!(verb = %call.verb(), "there is no insulation monitor");
        }
        return;
    };
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch::new(config.lost_after());
    let mut monitor = Monitor { device, config, watch, port, seen: Changes::of("insulation", log) };
    loop {
        tokio::select! {
            biased;
            call = inbox.recv() => match call {
                Some(call) => monitor.obey(call).await,
                None => return,
            },
            _ = ticks.tick() => monitor.read().await,
        }
    }
}

/// The monitor, and what is known of it.
struct Monitor<I> {
    device: I,
    config: DcConfig,
    watch: Watch,
    port: Port,
    /// In steps of ten kilohms and a volt.
    seen: Changes<(Option<i32>, i32)>,
}

impl<I: InsulationMonitor> Monitor<I> {
    async fn obey(&mut self, call: InsulationCall) {
        let verb = call.verb();
        let done = match call {
            InsulationCall::Measure(on) => {
                self.watch.order(on);
                self.device.measure(on).await
            }
            InsulationCall::Test => {
                let tested = self.device.self_test().await;
                self.watch.tested();
                tested
            }
        };
        if let Err(error) = done {
            tracing::warn!(%verb, %error, "insulation monitor");
        }
    }

    async fn read(&mut self) {
        let reading = self.device.read().await;
        if let Some(state) = self.watch.judge(&reading) {
            // It may have started again, and then it is switched off.
            if let (Ok(()), Some(on)) = (&state, self.watch.ordered())
                && let Err(error) = self.device.measure(on).await
            {
                tracing::warn!(%error, "insulation monitor");
            }
            self.port.tell(SessionCall::Insulation(InsulationInput::Monitor(state)));
        }
        if let Ok(reading) = reading {
            let InsulationReading { resistance, voltage } = reading;
            let coarse = (resistance.map(|ohms| ohms.0 / 10_000), voltage.0 / 1000);
            self.seen.note(coarse, json!({ "resistance_ohm": resistance, "voltage_mv": voltage }));
            self.port.tell(SessionCall::InsulationReading(reading));
            if let Some(state) = self.watch.insulation(&self.config, &reading) {
                self.port.tell(SessionCall::Insulation(InsulationInput::Resistance(state)));
            }
        }
    }
}
