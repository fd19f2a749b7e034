//! A device that may be missing, vanish and return.

use hardware::{
    BoardInfo, ConnectorLock, ErrorKind, InsulationMonitor, InsulationReading, LinkError, LockPosition, MacAddress,
    Meter, MeterReading, Panel, PlcLink, PowerBoard, PowerSupplyDc, Screen, SupplyCapabilities, SupplyReading,
    SupplyTarget, Token, TokenReader,
};
use iec61851::{Event, Permission, PilotSignal};

use crate::{Endpoint, EndpointError};

/// A backend that can be opened at an endpoint.
pub trait Open: Sized {
    /// Reads the endpoint, and opens nothing.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError>;

    /// Opens the device.
    ///
    /// # Errors
    /// It is not there ([`ErrorKind::Disconnected`]), or something in the endpoint is wrong ([`ErrorKind::Refused`]).
    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError>;
}

/// Opens the device at its first use, closes it when it is gone, and opens it again at the next use. Whoever uses it sees
/// only the errors; how often it tries is the caller's business.
#[derive(Debug)]
pub struct Reopening<T> {
    endpoint: Endpoint,
    device: Option<T>,
}

impl<T: Open> Reopening<T> {
    /// Nothing is opened yet.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, device: None }
    }

    /// Opens it now, unless it is open: a charger opens its devices before it drops its rights.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub async fn open(&mut self) -> Result<&mut T, LinkError> {
        let device = match self.device.take() {
            Some(device) => device,
            None => T::open(&self.endpoint).await?,
        };
        Ok(self.device.insert(device))
    }

    async fn with<R>(&mut self, work: impl AsyncFnOnce(&mut T) -> Result<R, LinkError>) -> Result<R, LinkError> {
        let result = work(self.open().await?).await;
        if result.as_ref().is_err_and(|error| error.kind == ErrorKind::Disconnected) {
            self.device = None;
        }
        result
    }
}

impl<T: Open + PowerBoard<Error = LinkError>> PowerBoard for Reopening<T> {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        self.with(async |board: &mut T| board.start().await).await
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.with(async move |board: &mut T| board.set_pilot(signal).await).await
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
        self.with(async move |board: &mut T| board.allow_power(permission).await).await
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        self.with(async |board: &mut T| board.heartbeat().await).await
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        self.with(async |board: &mut T| board.next_event().await).await
    }

    fn damaged(&self) -> u64 {
        self.device.as_ref().map_or(0, PowerBoard::damaged)
    }
}

impl<T: Open + ConnectorLock<Error = LinkError>> ConnectorLock for Reopening<T> {
    type Error = LinkError;

    async fn drive(&mut self, locked: bool) -> Result<(), LinkError> {
        self.with(async move |lock: &mut T| lock.drive(locked).await).await
    }

    async fn position(&mut self) -> Result<LockPosition, LinkError> {
        self.with(async |lock: &mut T| lock.position().await).await
    }
}

impl<T: Open + Meter<Error = LinkError>> Meter for Reopening<T> {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        self.with(async |meter: &mut T| meter.read().await).await
    }
}

impl<T: Open + TokenReader<Error = LinkError>> TokenReader for Reopening<T> {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        self.with(async |reader: &mut T| reader.next_token().await).await
    }
}

impl<T: Open + Panel<Error = LinkError>> Panel for Reopening<T> {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        self.with(async |panel: &mut T| panel.show(screen).await).await
    }
}

impl<T: Open + PowerSupplyDc<Error = LinkError>> PowerSupplyDc for Reopening<T> {
    type Error = LinkError;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
        self.with(async |supply: &mut T| supply.capabilities().await).await
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), LinkError> {
        self.with(async move |supply: &mut T| supply.set(target).await).await
    }

    async fn switch(&mut self, on: bool) -> Result<(), LinkError> {
        self.with(async move |supply: &mut T| supply.switch(on).await).await
    }

    async fn read(&mut self) -> Result<SupplyReading, LinkError> {
        self.with(async |supply: &mut T| supply.read().await).await
    }
}

impl<T: Open + InsulationMonitor<Error = LinkError>> InsulationMonitor for Reopening<T> {
    type Error = LinkError;

    async fn measure(&mut self, on: bool) -> Result<(), LinkError> {
        self.with(async move |monitor: &mut T| monitor.measure(on).await).await
    }

    async fn read(&mut self) -> Result<InsulationReading, LinkError> {
        self.with(async |monitor: &mut T| monitor.read().await).await
    }

    async fn self_test(&mut self) -> Result<(), LinkError> {
        self.with(async |monitor: &mut T| monitor.self_test().await).await
    }
}

impl<T: Open + PlcLink<Error = LinkError>> PlcLink for Reopening<T> {
    type Error = LinkError;

    async fn address(&mut self) -> Result<MacAddress, LinkError> {
        self.with(async |link: &mut T| link.address().await).await
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.with(async |link: &mut T| link.send(frame).await).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        self.with(async |link: &mut T| link.receive().await).await
    }
}
