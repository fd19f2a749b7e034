//! A place at a labgrid coordinator, taken with labgrid's own client.

use std::io;
use std::process::Command;
use std::time::Duration;

use super::ReservationError;
use super::program::run;

/// A place that this process has acquired.
#[derive(Clone, Debug)]
pub(super) struct Place {
    client: String,
    coordinator: String,
    place: String,
}

impl Place {
    /// The client of labgrid.
    pub(super) const CLIENT: &str = "labgrid-client";
    /// It talks to a coordinator over the network.
    const LIMIT: Duration = Duration::from_secs(30);

    /// Acquires the place.
    pub(super) fn acquire(client: &str, coordinator: &str, place: &str) -> Result<Self, ReservationError> {
        let place = Self { client: client.into(), coordinator: coordinator.into(), place: place.into() };
        place.client("acquire")?;
        Ok(place)
    }

    /// Gives it back.
    pub(super) fn release(&self) -> Result<(), ReservationError> {
        self.client("release")
    }

    fn client(&self, verb: &str) -> Result<(), ReservationError> {
        let Self { client, coordinator, place } = self;
        let failed = |why: String| ReservationError::Labgrid {
            command: format!("{client} -x {coordinator} -p {place} {verb}"),
            why,
        };
        let mut command = Command::new(client);
        command.args(["-x", coordinator, "-p", place, verb]);
        let outcome = run(&mut command, Self::LIMIT).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(format!(
                "there is no {client}: install labgrid, or take reservation.labgrid out of the rig file"
            )),
            _ => failed(error.to_string()),
        })?;
        match outcome.status {
            Some(status) if status.success() => Ok(()),
            Some(status) if outcome.words.is_empty() => Err(failed(format!("it ended with {status}"))),
            Some(_) => Err(failed(outcome.words)),
            None => Err(failed(format!("no answer within {:?}", Self::LIMIT))),
        }
    }
}
