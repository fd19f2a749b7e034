//! Reads the meter at the house connection, which nobody else waits for: some lines take seconds for a reading.

use hardware::{ErrorKind, LinkError, Meter, bounds};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use units::EvseId;

use super::energy::call::EnergyCall;
use super::link::Link;
use super::session::call::SessionCall;
use crate::bus::Port;
use crate::config::MeterConfig;
use energy::SiteConfig;
use session::Accessory;

/// Reads the house meter at the configured interval; without one there is nothing to do. The session of each EVSE is told when it
/// is lost.
pub(crate) async fn house<M: Meter>(
    port: Port,
    evses: &[EvseId],
    config: MeterConfig,
    site: SiteConfig,
    meter: Option<M>,
) {
    let Some(mut meter) = meter else { return std::future::pending().await };
    let mut link = Link::new("house meter", site.lost_after()).steady(bounds::NOTICED);
    let mut ticks = interval_at(Instant::now(), config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let reading = timeout(link.patience_left(), meter.read()).await;
        let state = match &reading {
            Ok(reading) => link.judge(reading),
            Err(_) => {
                let what = format!("nothing heard for {} s", site.lost_after_s);
                link.fails(&LinkError::new(ErrorKind::TimedOut, "house meter", what))
            }
        };
        if let Some(state) = state {
            for evse in evses {
                port.at(*evse).tell(SessionCall::Accessory(Accessory::HouseMeter, state.clone()));
            }
        }
        match reading {
            Ok(Ok(reading)) => port.tell(EnergyCall::House(Some(reading))),
            Ok(Err(_)) | Err(_) if link.is_lost() => port.tell(EnergyCall::House(None)),
            // It is not lost yet: what it showed last still holds.
            Ok(Err(_)) | Err(_) => {}
        }
    }
}
