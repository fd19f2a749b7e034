//! The link to the car over the control pilot: HomePlug Green PHY, seen as an Ethernet interface.

use crate::HardwareError;

/// An Ethernet address.
pub type MacAddress = [u8; 6];

/// A PLC modem as the charger needs it: whole Ethernet frames without check sequence, header included.
pub trait PlcLink {
    /// What may go wrong at the modem.
    type Error: HardwareError;

    /// Our own address on the link. Returns within [`bounds::PLC_SEND`](crate::bounds::PLC_SEND).
    async fn address(&mut self) -> Result<MacAddress, Self::Error>;

    /// Sends one frame. Returns within [`bounds::PLC_SEND`](crate::bounds::PLC_SEND).
    async fn send(&mut self, frame: &[u8]) -> Result<(), Self::Error>;

    /// The next frame that arrives. Cancel safe.
    async fn receive(&mut self) -> Result<Vec<u8>, Self::Error>;
}

impl<T: PlcLink> PlcLink for &mut T {
    type Error = T::Error;

    async fn address(&mut self) -> Result<MacAddress, Self::Error> {
        T::address(self).await
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Self::Error> {
        T::send(self, frame).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, Self::Error> {
        T::receive(self).await
    }
}
