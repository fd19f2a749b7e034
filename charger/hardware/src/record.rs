//! Middleware that tells a tap what crossed the seam.

use crate::{
    BoardInfo, ConnectorLock, InsulationMonitor, InsulationReading, LockPosition, MacAddress, Meter, MeterReading,
    Panel, PlcLink, PowerBoard, PowerSupplyDc, Screen, SupplyCapabilities, SupplyReading, SupplyTarget, Token,
    TokenReader, V2gNetwork, V2gNetworkEvent,
};
use std::net::SocketAddrV6;

use iec61851::{Event, Permission, PilotSignal};

/// One crossing of the seam, after it happened.
#[derive(Clone, Debug)]
pub enum Crossing {
    /// The board was started and said who it is.
    BoardStarted(BoardInfo),
    /// The host set the pilot.
    Pilot(PilotSignal),
    /// The host gave or withdrew the permission to close.
    AllowPower(Permission),
    /// The host gave a sign of life.
    Heartbeat,
    /// The board said something.
    BoardEvent(Event),
    /// So much of what the board says has arrived damaged since it was opened, and was asked for again.
    BoardDamaged(u64),
    /// The lock was driven.
    Lock(bool),
    /// The lock was read back.
    LockPosition(LockPosition),
    /// The meter was read.
    Meter(MeterReading),
    /// A token was presented.
    Token(Token),
    /// The panel shows this.
    Screen(Screen),
    /// The supply said what it can do.
    SupplyCapabilities(SupplyCapabilities),
    /// The supply was set.
    SupplySet(SupplyTarget),
    /// The supply was switched on or off.
    SupplySwitched(bool),
    /// The supply was read.
    Supply(SupplyReading),
    /// The insulation monitor began or ended measuring.
    InsulationMeasured(bool),
    /// The insulation monitor was read.
    Insulation(InsulationReading),
    /// The insulation monitor passed its self-test.
    InsulationTested,
    /// A frame to the modem.
    PlcSent(Vec<u8>),
    /// A frame from the modem.
    PlcReceived(Vec<u8>),
    /// The network to the car has its ears open there.
    V2gListening(SocketAddrV6),
    /// It has them closed.
    V2gDeaf,
    /// An answer of discovery to a car.
    V2gAnswered {
        /// The car.
        to: SocketAddrV6,
        /// What it was told.
        payload: Vec<u8>,
    },
    /// Octets to the car.
    V2gSent(Vec<u8>),
    /// The charger ended the connection.
    V2gHungUp,
    /// Something came from the car.
    V2gEvent(V2gNetworkEvent),
    /// The crossing failed; the text names the device.
    Failed(String),
}

/// Wraps any implementor and hands each crossing to a tap.
#[derive(Clone, Debug)]
pub struct Record<T, F> {
    inner: T,
    tap: F,
    /// How much of what a board says had arrived damaged when it was looked at last.
    damaged: u64,
}

impl<T, F: FnMut(Crossing)> Record<T, F> {
    /// Wraps `inner`; `tap` sees every crossing.
    pub fn new(inner: T, tap: F) -> Self {
        Self { inner, tap, damaged: 0 }
    }

    fn note<R, E: std::error::Error>(
        &mut self,
        result: Result<R, E>,
        crossing: impl FnOnce(&R) -> Crossing,
    ) -> Result<R, E> {
        (self.tap)(match &result {
            Ok(value) => crossing(value),
            Err(error) => Crossing::Failed(error.to_string()),
        });
        result
    }
}

impl<T: PowerBoard, F: FnMut(Crossing)> PowerBoard for Record<T, F> {
    type Error = T::Error;

    async fn start(&mut self) -> Result<BoardInfo, Self::Error> {
        let result = self.inner.start().await;
        self.note_damage();
        self.note(result, |info| Crossing::BoardStarted(info.clone()))
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), Self::Error> {
        let result = self.inner.set_pilot(signal).await;
        self.note_damage();
        self.note(result, |()| Crossing::Pilot(signal))
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), Self::Error> {
        let result = self.inner.allow_power(permission).await;
        self.note_damage();
        self.note(result, |()| Crossing::AllowPower(permission))
    }

    async fn heartbeat(&mut self) -> Result<(), Self::Error> {
        let result = self.inner.heartbeat().await;
        self.note_damage();
        self.note(result, |()| Crossing::Heartbeat)
    }

    async fn next_event(&mut self) -> Result<Event, Self::Error> {
        let result = self.inner.next_event().await;
        self.note_damage();
        self.note(result, |event| Crossing::BoardEvent(*event))
    }

    fn damaged(&self) -> u64 {
        self.inner.damaged()
    }
}

impl<T: PowerBoard, F: FnMut(Crossing)> Record<T, F> {
    fn note_damage(&mut self) {
        let before = std::mem::replace(&mut self.damaged, self.inner.damaged());
        // A device that was opened again counts from the beginning.
        if self.damaged > before {
            (self.tap)(Crossing::BoardDamaged(self.damaged));
        }
    }
}

impl<T: ConnectorLock, F: FnMut(Crossing)> ConnectorLock for Record<T, F> {
    type Error = T::Error;

    async fn drive(&mut self, locked: bool) -> Result<(), Self::Error> {
        let result = self.inner.drive(locked).await;
        self.note(result, |()| Crossing::Lock(locked))
    }

    async fn position(&mut self) -> Result<LockPosition, Self::Error> {
        let result = self.inner.position().await;
        self.note(result, |position| Crossing::LockPosition(*position))
    }
}

impl<T: Meter, F: FnMut(Crossing)> Meter for Record<T, F> {
    type Error = T::Error;

    async fn read(&mut self) -> Result<MeterReading, Self::Error> {
        let result = self.inner.read().await;
        self.note(result, |reading| Crossing::Meter(*reading))
    }
}

impl<T: TokenReader, F: FnMut(Crossing)> TokenReader for Record<T, F> {
    type Error = T::Error;

    async fn next_token(&mut self) -> Result<Token, Self::Error> {
        let result = self.inner.next_token().await;
        self.note(result, |token| Crossing::Token(token.clone()))
    }
}

impl<T: Panel, F: FnMut(Crossing)> Panel for Record<T, F> {
    type Error = T::Error;

    async fn show(&mut self, screen: &Screen) -> Result<(), Self::Error> {
        let result = self.inner.show(screen).await;
        self.note(result, |()| Crossing::Screen(screen.clone()))
    }
}

impl<T: PowerSupplyDc, F: FnMut(Crossing)> PowerSupplyDc for Record<T, F> {
    type Error = T::Error;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, Self::Error> {
        let result = self.inner.capabilities().await;
        self.note(result, |capabilities| Crossing::SupplyCapabilities(*capabilities))
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), Self::Error> {
        let result = self.inner.set(target).await;
        self.note(result, |()| Crossing::SupplySet(target))
    }

    async fn switch(&mut self, on: bool) -> Result<(), Self::Error> {
        let result = self.inner.switch(on).await;
        self.note(result, |()| Crossing::SupplySwitched(on))
    }

    async fn read(&mut self) -> Result<SupplyReading, Self::Error> {
        let result = self.inner.read().await;
        self.note(result, |reading| Crossing::Supply(*reading))
    }
}

impl<T: InsulationMonitor, F: FnMut(Crossing)> InsulationMonitor for Record<T, F> {
    type Error = T::Error;

    async fn measure(&mut self, on: bool) -> Result<(), Self::Error> {
        let result = self.inner.measure(on).await;
        self.note(result, |()| Crossing::InsulationMeasured(on))
    }

    async fn read(&mut self) -> Result<InsulationReading, Self::Error> {
        let result = self.inner.read().await;
        self.note(result, |reading| Crossing::Insulation(*reading))
    }

    async fn self_test(&mut self) -> Result<(), Self::Error> {
        let result = self.inner.self_test().await;
        self.note(result, |()| Crossing::InsulationTested)
    }
}

impl<T: PlcLink, F: FnMut(Crossing)> PlcLink for Record<T, F> {
    type Error = T::Error;

    async fn address(&mut self) -> Result<MacAddress, Self::Error> {
        self.inner.address().await
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Self::Error> {
        let result = self.inner.send(frame).await;
        self.note(result, |()| Crossing::PlcSent(frame.to_vec()))
    }

    async fn receive(&mut self) -> Result<Vec<u8>, Self::Error> {
        let result = self.inner.receive().await;
        self.note(result, |frame| Crossing::PlcReceived(frame.clone()))
    }
}

impl<T: V2gNetwork, F: FnMut(Crossing)> V2gNetwork for Record<T, F> {
    type Error = T::Error;

    async fn listen(&mut self) -> Result<SocketAddrV6, Self::Error> {
        let result = self.inner.listen().await;
        self.note(result, |at| Crossing::V2gListening(*at))
    }

    async fn deafen(&mut self) -> Result<(), Self::Error> {
        let result = self.inner.deafen().await;
        self.note(result, |()| Crossing::V2gDeaf)
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), Self::Error> {
        let result = self.inner.answer(to, payload).await;
        self.note(result, |()| Crossing::V2gAnswered { to, payload: payload.to_vec() })
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        let result = self.inner.send(octets).await;
        self.note(result, |()| Crossing::V2gSent(octets.to_vec()))
    }

    async fn hang_up(&mut self) -> Result<(), Self::Error> {
        let result = self.inner.hang_up().await;
        self.note(result, |()| Crossing::V2gHungUp)
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, Self::Error> {
        let result = self.inner.next_event().await;
        self.note(result, |event| Crossing::V2gEvent(event.clone()))
    }
}
