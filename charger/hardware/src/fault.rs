//! Middleware that breaks the crossing of the seam in the ways real links break.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{pending, poll_fn};
use std::net::SocketAddrV6;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::{
    ConnectorLock, ErrorKind, HardwareError, InsulationMonitor, InsulationReading, LinkError, LockPosition, MacAddress,
    Meter, MeterReading, Panel, PlcLink, PowerSupplyDc, Screen, SupplyCapabilities, SupplyReading, SupplyTarget, Token,
    TokenReader, V2gNetwork, V2gNetworkEvent,
};

/// What the network to the car is called in errors.
const V2G_NETWORK: &str = "V2G network";

/// How a link is broken. A cause, not a verdict: the charger must find out by itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LinkFault {
    /// Nothing is broken.
    #[default]
    None,
    /// The device is gone: every crossing fails at once and nothing arrives.
    Gone,
    /// What the host sends is lost without an error, as on a serial line; what the device sends still arrives.
    DeafDevice,
    /// Nothing arrives from the device; what the host sends still does.
    MuteDevice,
    /// What arrives is damaged: each crossing fails as garbled.
    Garbled,
    /// What the device says arrives with wrong checksums; what it hears is right.
    BadChecksums,
    /// The device's answers stick together, two in one read.
    MergedReads,
    /// The device does not acknowledge: an I2C chip without power.
    Nack,
    /// The device's answers end too early.
    ShortReads,
    /// The wire of the device damages some of what it carries.
    Noise(Noise),
    /// No transfer on the bus of the device ends.
    StuckBus,
    /// The device gives the words of its numbers in another order than expected.
    WrongWordOrder,
    /// The device answers with values frozen at the first reading after the fault began.
    Stuck,
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "nothing is broken",
            Self::Gone => "the device is gone",
            Self::DeafDevice => "the device hears nothing",
            Self::MuteDevice => "the device says nothing",
            Self::Garbled => "what arrives is damaged",
            Self::BadChecksums => "the device's checksums are wrong",
            Self::MergedReads => "two answers come in one read",
            Self::Nack => "the device does not acknowledge",
            Self::ShortReads => "answers end too early",
            Self::Noise(_) => "the wire damages some of what it carries",
            Self::StuckBus => "no transfer on the bus ends",
            Self::WrongWordOrder => "the words of numbers come in another order",
            Self::Stuck => "values stand still",
        })
    }
}

/// What a wire damages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Noise {
    /// Of each million bits on a serial line so many, in either direction.
    Bits(u32),
    /// Of the messages from the device so many, spread evenly.
    Messages {
        /// So many
        damaged: u8,
        /// of so many.
        of: u8,
    },
    /// The next message from the device; with it the fault is over.
    OneFromDevice,
    /// The next message to the device; with it the fault is over.
    OneToDevice,
}

/// The switch of a [`Fault`], shared with whoever breaks things.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan(Rc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    fault: Cell<LinkFault>,
    /// Whoever waits for something to arrive, and would wait in vain.
    waiting: RefCell<Vec<Waker>>,
}

impl FaultPlan {
    /// Nothing is broken yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Breaks the link so from now on; [`LinkFault::None`] mends it.
    pub fn set(&self, fault: LinkFault) {
        self.0.fault.set(fault);
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// What is broken now.
    #[must_use]
    pub fn current(&self) -> LinkFault {
        self.0.fault.get()
    }

    /// Completes as soon as something else is broken than that.
    pub async fn changes_from(&self, fault: LinkFault) {
        poll_fn(|cx| {
            if self.current() != fault {
                return Poll::Ready(());
            }
            self.wait(cx.waker());
            Poll::Pending
        })
        .await;
    }

    fn wait(&self, waker: &Waker) {
        let mut waiting = self.0.waiting.borrow_mut();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }
}

/// Wraps any implementor and breaks its link as a [`FaultPlan`] says. Not a power board: what its link does with a broken wire is
/// to be seen on the wire, also where that is in memory.
#[derive(Clone, Debug)]
pub struct Fault<T> {
    inner: T,
    plan: FaultPlan,
    frozen: Option<MeterReading>,
}

/// What a broken link did, or what the device behind it did.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FaultError<E: std::error::Error> {
    /// The device's own error.
    #[error(transparent)]
    Device(E),
    /// The link is broken.
    #[error(transparent)]
    Link(LinkError),
}

impl<E: HardwareError> HardwareError for FaultError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::Link(error) => error.kind(),
        }
    }
}

/// What becomes of one crossing.
enum Crossing {
    Passes,
    Vanishes,
    Fails(ErrorKind),
}

/// What becomes of a crossing from the device.
const fn inbound(fault: LinkFault) -> Crossing {
    match fault {
        // Noise does its work on the wire itself, where there is one.
        LinkFault::DeafDevice | LinkFault::Noise(_) | LinkFault::None | LinkFault::Stuck => Crossing::Passes,
        LinkFault::MuteDevice => Crossing::Vanishes,
        LinkFault::Gone | LinkFault::Nack => Crossing::Fails(ErrorKind::Disconnected),
        LinkFault::BadChecksums
        | LinkFault::Garbled
        | LinkFault::MergedReads
        | LinkFault::ShortReads
        | LinkFault::WrongWordOrder => Crossing::Fails(ErrorKind::Garbled),
        LinkFault::StuckBus => Crossing::Fails(ErrorKind::TimedOut),
    }
}

impl<T> Fault<T> {
    /// Wraps `inner`; `plan` says what is broken.
    pub fn new(inner: T, plan: FaultPlan) -> Self {
        Self { inner, plan, frozen: None }
    }

    fn outbound(&self) -> Crossing {
        match self.plan.current() {
            LinkFault::BadChecksums
            | LinkFault::MergedReads
            | LinkFault::MuteDevice
            | LinkFault::Noise(_)
            | LinkFault::None
            | LinkFault::ShortReads
            | LinkFault::Stuck
            | LinkFault::WrongWordOrder => Crossing::Passes,
            LinkFault::DeafDevice => Crossing::Vanishes,
            LinkFault::Gone | LinkFault::Nack => Crossing::Fails(ErrorKind::Disconnected),
            LinkFault::Garbled => Crossing::Fails(ErrorKind::Garbled),
            LinkFault::StuckBus => Crossing::Fails(ErrorKind::TimedOut),
        }
    }

    fn inbound(&self) -> Crossing {
        inbound(self.plan.current())
    }

    /// What arrives from the device; a device that is gone is told at once, as a kernel tells it, and not at the next word.
    async fn arrives<R, E: std::error::Error>(
        plan: &FaultPlan,
        device: &'static str,
        arriving: impl Future<Output = Result<R, E>>,
    ) -> Result<R, FaultError<E>> {
        let mut arriving = pin!(arriving);
        let arrived = poll_fn(|cx| {
            if plan.current() == LinkFault::Gone {
                return Poll::Ready(None);
            }
            if let Poll::Ready(result) = arriving.as_mut().poll(cx) {
                return Poll::Ready(Some(result));
            }
            plan.wait(cx.waker());
            Poll::Pending
        });
        let Some(result) = arrived.await else { return Err(Self::broken(ErrorKind::Disconnected, device)) };
        let item = result.map_err(FaultError::Device)?;
        match inbound(plan.current()) {
            Crossing::Passes => Ok(item),
            Crossing::Vanishes => pending().await,
            Crossing::Fails(kind) => Err(Self::broken(kind, device)),
        }
    }

    fn broken<E: std::error::Error>(kind: ErrorKind, device: &'static str) -> FaultError<E> {
        FaultError::Link(LinkError::new(kind, device, "the link is broken"))
    }
}

impl<T> Fault<T> {
    /// One way: what is lost is lost without an error.
    async fn tell<E: std::error::Error>(
        &mut self,
        device: &'static str,
        command: impl AsyncFnOnce(&mut T) -> Result<(), E>,
    ) -> Result<(), FaultError<E>> {
        match self.outbound() {
            Crossing::Passes => command(&mut self.inner).await.map_err(FaultError::Device),
            Crossing::Vanishes => Ok(()),
            Crossing::Fails(kind) => Err(Self::broken(kind, device)),
        }
    }

    /// A question with its answer: whichever way it is lost, the answer is missing.
    async fn ask<R, E: std::error::Error>(
        &mut self,
        device: &'static str,
        question: impl AsyncFnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, FaultError<E>> {
        match (self.outbound(), self.inbound()) {
            (Crossing::Passes, Crossing::Passes) => question(&mut self.inner).await.map_err(FaultError::Device),
            (Crossing::Fails(kind), _) | (_, Crossing::Fails(kind)) => Err(Self::broken(kind, device)),
            (Crossing::Vanishes, _) | (_, Crossing::Vanishes) => Err(Self::broken(ErrorKind::TimedOut, device)),
        }
    }
}

impl<T: ConnectorLock> ConnectorLock for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn drive(&mut self, locked: bool) -> Result<(), Self::Error> {
        self.tell("connector lock", async move |lock: &mut T| lock.drive(locked).await).await
    }

    async fn position(&mut self) -> Result<LockPosition, Self::Error> {
        match self.inbound() {
            Crossing::Passes => self.inner.position().await.map_err(FaultError::Device),
            Crossing::Vanishes => Err(Self::broken(ErrorKind::TimedOut, "connector lock")),
            Crossing::Fails(kind) => Err(Self::broken(kind, "connector lock")),
        }
    }
}

impl<T: Meter> Meter for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn read(&mut self) -> Result<MeterReading, Self::Error> {
        match self.inbound() {
            Crossing::Passes => {
                let reading = self.inner.read().await.map_err(FaultError::Device)?;
                if self.plan.current() != LinkFault::Stuck {
                    self.frozen = None;
                    return Ok(reading);
                }
                Ok(*self.frozen.get_or_insert(reading))
            }
            Crossing::Vanishes => Err(Self::broken(ErrorKind::TimedOut, "meter")),
            Crossing::Fails(kind) => Err(Self::broken(kind, "meter")),
        }
    }
}

impl<T: TokenReader> TokenReader for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn next_token(&mut self) -> Result<Token, Self::Error> {
        // A reader is asked for cards again and again: that it does not answer is noticed before there is one.
        match self.inbound() {
            Crossing::Passes => {}
            Crossing::Vanishes => return Err(Self::broken(ErrorKind::TimedOut, "token reader")),
            Crossing::Fails(kind) => return Err(Self::broken(kind, "token reader")),
        }
        Self::arrives(&self.plan, "token reader", self.inner.next_token()).await
    }
}

impl<T: Panel> Panel for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn show(&mut self, screen: &Screen) -> Result<(), Self::Error> {
        self.tell("panel", async |panel: &mut T| panel.show(screen).await).await
    }
}

impl<T: PowerSupplyDc> PowerSupplyDc for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, Self::Error> {
        self.ask("power supply", async |supply: &mut T| supply.capabilities().await).await
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), Self::Error> {
        self.ask("power supply", async move |supply: &mut T| supply.set(target).await).await
    }

    async fn switch(&mut self, on: bool) -> Result<(), Self::Error> {
        self.ask("power supply", async move |supply: &mut T| supply.switch(on).await).await
    }

    async fn read(&mut self) -> Result<SupplyReading, Self::Error> {
        self.ask("power supply", async |supply: &mut T| supply.read().await).await
    }
}

impl<T: InsulationMonitor> InsulationMonitor for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn measure(&mut self, on: bool) -> Result<(), Self::Error> {
        self.ask("insulation monitor", async move |monitor: &mut T| monitor.measure(on).await).await
    }

    async fn read(&mut self) -> Result<InsulationReading, Self::Error> {
        self.ask("insulation monitor", async |monitor: &mut T| monitor.read().await).await
    }

    async fn self_test(&mut self) -> Result<(), Self::Error> {
        self.ask("insulation monitor", async |monitor: &mut T| monitor.self_test().await).await
    }
}

impl<T: PlcLink> PlcLink for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn address(&mut self) -> Result<MacAddress, Self::Error> {
        self.inner.address().await.map_err(FaultError::Device)
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Self::Error> {
        self.tell("PLC modem", async |link: &mut T| link.send(frame).await).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, Self::Error> {
        Self::arrives(&self.plan, "PLC modem", self.inner.receive()).await
    }
}

impl<T: V2gNetwork> V2gNetwork for Fault<T> {
    type Error = FaultError<T::Error>;

    async fn listen(&mut self) -> Result<SocketAddrV6, Self::Error> {
        self.ask(V2G_NETWORK, async |network: &mut T| network.listen().await).await
    }

    async fn deafen(&mut self) -> Result<(), Self::Error> {
        self.tell(V2G_NETWORK, async |network: &mut T| network.deafen().await).await
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), Self::Error> {
        self.tell(V2G_NETWORK, async |network: &mut T| network.answer(to, payload).await).await
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        self.tell(V2G_NETWORK, async |network: &mut T| network.send(octets).await).await
    }

    async fn hang_up(&mut self) -> Result<(), Self::Error> {
        self.tell(V2G_NETWORK, async |network: &mut T| network.hang_up().await).await
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, Self::Error> {
        Self::arrives(&self.plan, V2G_NETWORK, self.inner.next_event()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{MilliwattHours, Watts};

    struct Steady(i64);

    impl Meter for Steady {
        type Error = LinkError;
        async fn read(&mut self) -> Result<MeterReading, LinkError> {
            self.0 += 1;
            Ok(MeterReading {
                import: MilliwattHours(self.0),
                power: units::PerPhase::all(Watts(10)),
                ..Default::default()
            })
        }
    }

    fn block<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn a_stuck_meter_repeats_its_first_reading_and_a_mended_one_goes_on() {
        let plan = FaultPlan::new();
        let mut meter = Fault::new(Steady(0), plan.clone());
        let mut read = || block(meter.read()).map(|reading| reading.import.0);
        assert_eq!(read(), Ok(1));
        plan.set(LinkFault::Stuck);
        assert_eq!((read(), read()), (Ok(2), Ok(2)));
        plan.set(LinkFault::None);
        assert_eq!(read(), Ok(4));
    }

    #[test]
    fn a_device_that_is_gone_says_so_and_names_itself() {
        let plan = FaultPlan::new();
        let mut meter = Fault::new(Steady(0), plan.clone());
        plan.set(LinkFault::Gone);
        let error = block(meter.read()).expect_err("the link is broken");
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Disconnected, "meter: disconnected: the link is broken")
        );
    }
}
