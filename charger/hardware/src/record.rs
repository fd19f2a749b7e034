//! Middleware that tells a tap what crossed the seam.

use crate::{
    BoardInfo, ConnectorLock, LockPosition, Meter, MeterReading, Panel, PowerBoard, Screen, Token, TokenReader,
};
use iec61851::{Event, PilotSignal};

/// One crossing of the seam, after it happened.
#[derive(Clone, Debug)]
pub enum Crossing {
    /// The board was started and said who it is.
    BoardStarted(BoardInfo),
    /// The host set the pilot.
    Pilot(PilotSignal),
    /// The host gave or withdrew the permission to close.
    AllowPower(bool),
    /// The host gave a sign of life.
    Heartbeat,
    /// The board said something.
    BoardEvent(Event),
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
    /// The crossing failed; the text names the device.
    Failed(String),
}

/// Wraps any implementor and hands each crossing to a tap.
#[derive(Clone, Debug)]
pub struct Record<T, F> {
    inner: T,
    tap: F,
}

impl<T, F: FnMut(Crossing)> Record<T, F> {
    /// Wraps `inner`; `tap` sees every crossing.
    pub fn new(inner: T, tap: F) -> Self {
        Self { inner, tap }
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
        self.note(result, |info| Crossing::BoardStarted(info.clone()))
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), Self::Error> {
        let result = self.inner.set_pilot(signal).await;
        self.note(result, |()| Crossing::Pilot(signal))
    }

    async fn allow_power(&mut self, allow: bool) -> Result<(), Self::Error> {
        let result = self.inner.allow_power(allow).await;
        self.note(result, |()| Crossing::AllowPower(allow))
    }

    async fn heartbeat(&mut self) -> Result<(), Self::Error> {
        let result = self.inner.heartbeat().await;
        self.note(result, |()| Crossing::Heartbeat)
    }

    async fn next_event(&mut self) -> Result<Event, Self::Error> {
        let result = self.inner.next_event().await;
        self.note(result, |event| Crossing::BoardEvent(*event))
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
