//! Drives the connector lock and reads it back.

use hardware::ConnectorLock;

use crate::bus::{Bus, Inbox, Message, Service};

/// Moves the bolt as the session asks; every movement ends with a read-back.
pub(crate) async fn lock<L: ConnectorLock>(bus: &Bus, mut inbox: Inbox, mut lock: L) {
    let port = bus.port(Service::Lock);
    while let Some(message) = inbox.recv().await {
        let Message::DriveLock(mut locked) = message else { continue };
        // Only the last wish counts.
        while let Ok(Message::DriveLock(newer)) = inbox.try_recv() {
            locked = newer;
        }
        let result = match lock.drive(locked).await {
            Ok(()) => lock.position().await,
            Err(error) => Err(error),
        };
        port.tell(Message::Lock(result.map_err(|error| error.to_string())));
    }
}
