//! Stands in until the DC circuit is there.
use crate::ports::Ports;
use hardware::{InsulationMonitor, InsulationReading, LinkError};
use std::rc::Rc;
/// Stands in until the DC circuit is there.
#[derive(Debug)]
pub(crate) struct SimInsulation(#[allow(dead_code)] pub(crate) Rc<Ports>);
impl InsulationMonitor for SimInsulation {
    type Error = LinkError;
    async fn measure(&mut self, _: bool) -> Result<(), LinkError> {
        Ok(())
    }
    async fn self_test(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
    async fn read(&mut self) -> Result<InsulationReading, LinkError> {
        Ok(InsulationReading::default())
    }
}
