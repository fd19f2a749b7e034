//! Stands in until the DC circuit is there.
use crate::ports::Ports;
use hardware::{LinkError, PowerSupplyDc, SupplyCapabilities, SupplyReading, SupplyTarget};
use std::rc::Rc;
/// Stands in until the DC circuit is there.
#[derive(Debug)]
pub(crate) struct SimSupply(#[allow(dead_code)] pub(crate) Rc<Ports>);
impl PowerSupplyDc for SimSupply {
    type Error = LinkError;
    async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
        Err(LinkError::new(hardware::ErrorKind::Refused, "x", "x"))
    }
    async fn set(&mut self, _: SupplyTarget) -> Result<(), LinkError> {
        Ok(())
    }
    async fn switch(&mut self, _: bool) -> Result<(), LinkError> {
        Ok(())
    }
    async fn read(&mut self) -> Result<SupplyReading, LinkError> {
        Ok(SupplyReading::default())
    }
}
