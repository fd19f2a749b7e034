//! A bolt that a motor moves.

use std::rc::Rc;
use std::time::Duration;

use hardware::{ConnectorLock, LinkError, LockPosition};

use crate::ports::{EvsePorts, LockFault};

/// The motor of the connector lock.
#[derive(Debug)]
pub(crate) struct SimLock(pub(crate) Rc<EvsePorts>);

/// How long the motor runs (the pulse of a known board).
const TRAVEL: Duration = Duration::from_millis(300);

impl ConnectorLock for SimLock {
    type Error = LinkError;

    async fn drive(&mut self, locked: bool) -> Result<(), LinkError> {
        tokio::time::sleep(TRAVEL).await;
        match self.0.lock.fault.get() {
            LockFault::Jammed => {}
            LockFault::None | LockFault::StuckContact => {
                self.0.lock.position.set(if locked { LockPosition::Locked } else { LockPosition::Unlocked });
            }
        }
        Ok(())
    }

    async fn position(&mut self) -> Result<LockPosition, LinkError> {
        Ok(match self.0.lock.fault.get() {
            LockFault::StuckContact => LockPosition::Unlocked,
            LockFault::Jammed | LockFault::None => self.0.lock.position.get(),
        })
    }
}
