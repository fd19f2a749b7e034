//! Middleware that holds a backend to the times of the seam: a driver that hangs is a device that is lost, and nothing else
//! waits for it.

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddrV6;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use hardware::bounds;
use hardware::{
    BoardInfo, ConnectorLock, ErrorKind, HardwareError, InsulationMonitor, InsulationReading, LinkError, LockPosition,
    MacAddress, Meter, MeterReading, Panel, PlcLink, PowerBoard, PowerSupplyDc, Screen, SupplyCapabilities,
    SupplyReading, SupplyTarget, Token, TokenReader, V2gNetwork, V2gNetworkEvent,
};
use iec61851::{Event, Permission, PilotSignal};
use tokio::time::sleep;

/// Wraps any implementor; a call that takes longer than the seam allows is dropped, and fails as one that timed out.
#[derive(Debug)]
pub(crate) struct Bounded<T> {
    device: &'static str,
    inner: T,
}

/// What went wrong: at the device, or in its time.
#[derive(Debug)]
pub(crate) enum BoundedError<E> {
    Device(E),
    Late(LinkError),
}

impl<E: fmt::Display> fmt::Display for BoundedError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(error) => error.fmt(f),
            Self::Late(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for BoundedError<E> {}

impl<E: HardwareError> HardwareError for BoundedError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::Late(error) => error.kind(),
        }
    }
}

impl<T> Bounded<T> {
    /// Wraps `inner`; `device` is its name in errors.
    pub(crate) const fn new(device: &'static str, inner: T) -> Self {
        Self { device, inner }
    }

    async fn within<R, E>(
        &mut self,
        limit: Duration,
        call: impl AsyncFnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, BoundedError<E>> {
        let mut call = pin!(call(&mut self.inner));
        let mut late = None;
        let done = poll_fn(|cx| {
            if let Poll::Ready(result) = call.as_mut().poll(cx) {
                return Poll::Ready(Some(result));
            }
            // A driver that returns at once needs no timer, and nearly all of them do.
            late.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx).map(|()| None)
        });
        match done.await {
            Some(result) => result.map_err(BoundedError::Device),
            None => {
                let what = format!("its driver has not returned within {} s", limit.as_secs());
                Err(BoundedError::Late(LinkError::new(ErrorKind::TimedOut, self.device, what)))
            }
        }
    }
}

impl<T: PowerBoard> PowerBoard for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn start(&mut self) -> Result<BoardInfo, Self::Error> {
        self.within(bounds::BOARD_START, async |board: &mut T| board.start().await).await
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), Self::Error> {
        self.within(bounds::BOARD_COMMAND, async |board: &mut T| board.set_pilot(signal).await).await
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), Self::Error> {
        self.within(bounds::BOARD_COMMAND, async |board: &mut T| board.allow_power(permission).await).await
    }

    async fn heartbeat(&mut self) -> Result<(), Self::Error> {
        self.within(bounds::BOARD_COMMAND, async |board: &mut T| board.heartbeat().await).await
    }

    async fn next_event(&mut self) -> Result<Event, Self::Error> {
        self.inner.next_event().await.map_err(BoundedError::Device)
    }

    fn damaged(&self) -> u64 {
        self.inner.damaged()
    }
}

impl<T: ConnectorLock> ConnectorLock for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn drive(&mut self, locked: bool) -> Result<(), Self::Error> {
        self.within(bounds::LOCK_DRIVE, async |lock: &mut T| lock.drive(locked).await).await
    }

    async fn position(&mut self) -> Result<LockPosition, Self::Error> {
        self.within(bounds::LOCK_POSITION, async |lock: &mut T| lock.position().await).await
    }
}

impl<T: Meter> Meter for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn read(&mut self) -> Result<MeterReading, Self::Error> {
        self.within(bounds::METER_READ, async |meter: &mut T| meter.read().await).await
    }
}

impl<T: TokenReader> TokenReader for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn next_token(&mut self) -> Result<Token, Self::Error> {
        self.inner.next_token().await.map_err(BoundedError::Device)
    }
}

impl<T: Panel> Panel for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn show(&mut self, screen: &Screen) -> Result<(), Self::Error> {
        self.within(bounds::PANEL_SHOW, async |panel: &mut T| panel.show(screen).await).await
    }
}

impl<T: PowerSupplyDc> PowerSupplyDc for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, Self::Error> {
        self.within(bounds::SUPPLY_SET, async |supply: &mut T| supply.capabilities().await).await
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), Self::Error> {
        self.within(bounds::SUPPLY_SET, async |supply: &mut T| supply.set(target).await).await
    }

    async fn switch(&mut self, on: bool) -> Result<(), Self::Error> {
        let limit = if on { bounds::SUPPLY_SET } else { bounds::SUPPLY_OFF };
        self.within(limit, async |supply: &mut T| supply.switch(on).await).await
    }

    async fn read(&mut self) -> Result<SupplyReading, Self::Error> {
        self.within(bounds::SUPPLY_READ, async |supply: &mut T| supply.read().await).await
    }
}

impl<T: InsulationMonitor> InsulationMonitor for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn measure(&mut self, on: bool) -> Result<(), Self::Error> {
        self.within(bounds::INSULATION_MEASURE, async |monitor: &mut T| monitor.measure(on).await).await
    }

    async fn read(&mut self) -> Result<InsulationReading, Self::Error> {
        self.within(bounds::INSULATION_READ, async |monitor: &mut T| monitor.read().await).await
    }

    async fn self_test(&mut self) -> Result<(), Self::Error> {
        self.within(bounds::INSULATION_TEST, async |monitor: &mut T| monitor.self_test().await).await
    }
}

impl<T: PlcLink> PlcLink for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn address(&mut self) -> Result<MacAddress, Self::Error> {
        self.within(bounds::PLC_SEND, async |link: &mut T| link.address().await).await
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Self::Error> {
        self.within(bounds::PLC_SEND, async |link: &mut T| link.send(frame).await).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, Self::Error> {
        self.inner.receive().await.map_err(BoundedError::Device)
    }
}

impl<T: V2gNetwork> V2gNetwork for Bounded<T> {
    type Error = BoundedError<T::Error>;

    async fn listen(&mut self) -> Result<SocketAddrV6, Self::Error> {
        self.within(bounds::V2G_NETWORK, async |network: &mut T| network.listen().await).await
    }

    async fn deafen(&mut self) -> Result<(), Self::Error> {
        self.within(bounds::V2G_NETWORK, async |network: &mut T| network.deafen().await).await
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), Self::Error> {
        self.within(bounds::V2G_NETWORK, async |network: &mut T| network.answer(to, payload).await).await
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        self.within(bounds::V2G_NETWORK, async |network: &mut T| network.send(octets).await).await
    }

    async fn hang_up(&mut self) -> Result<(), Self::Error> {
        self.within(bounds::V2G_NETWORK, async |network: &mut T| network.hang_up().await).await
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, Self::Error> {
        self.inner.next_event().await.map_err(BoundedError::Device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// A device whose driver never returns.
    struct Hangs;

    impl Meter for Hangs {
        type Error = LinkError;

        async fn read(&mut self) -> Result<MeterReading, LinkError> {
            std::future::pending().await
        }
    }

    impl PowerSupplyDc for Hangs {
        type Error = LinkError;

        async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
            std::future::pending().await
        }

        async fn set(&mut self, _: SupplyTarget) -> Result<(), LinkError> {
            std::future::pending().await
        }

        async fn switch(&mut self, _: bool) -> Result<(), LinkError> {
            std::future::pending().await
        }

        async fn read(&mut self) -> Result<SupplyReading, LinkError> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_driver_that_hangs_is_an_error_in_time() {
        let mut meter = Bounded::new("meter", Hangs);
        let begun = Instant::now();
        let error = Meter::read(&mut meter).await.expect_err("it hangs");
        assert_eq!((error.kind(), begun.elapsed()), (ErrorKind::TimedOut, bounds::METER_READ));
        assert_eq!(error.to_string(), "meter: timed out: its driver has not returned within 10 s");
        let mut supply = Bounded::new("DC supply", Hangs);
        let begun = Instant::now();
        assert!(supply.switch(false).await.is_err());
        assert_eq!(begun.elapsed(), bounds::SUPPLY_OFF, "off does not wait as long as on");
    }
}
