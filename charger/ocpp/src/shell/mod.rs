//! The tokio shell: keeps a WebSocket connection and drives the core. It waits for nobody alone: charger, store and CSMS are
//! served in turn, and none of them can hold up another one.

mod connect;
mod connection;
mod handshake;
mod intake;
mod link;
mod outgoing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use units::Instant;

pub use connect::{Connect, Tcp};

use crate::station::{Input, Output, Station};
use crate::store::{StoreLink, StoreRequest};
use crate::types::{Local, Notice, OfflineReason};
use connection::Connection;
use handshake::open;
use link::{Link, answer};

/// The WebSocket subprotocol of OCPP 2.0.1.
pub const SUBPROTOCOL: &str = "ocpp2.0.1";

/// Which way a frame went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the CSMS.
    Received,
    /// To the CSMS.
    Sent,
}

/// The charger as its link to the CSMS sees it. Neither waits for the other: what the charger has to tell waits with it until
/// it is fetched, and it takes notices at once.
pub trait Charger {
    /// What it has to tell next; `None`: it is gone. Cancel safe.
    fn next(&mut self) -> impl Future<Output = Option<Local>>;

    /// Takes a notice. Returns at once.
    fn notice(&mut self, notice: Notice);

    /// Sees a text frame pass.
    fn frame(&mut self, direction: Direction, text: &str);
}

/// Runs the core on a connection that is made again whenever it is lost; without a CSMS to connect to, on its store alone.
/// Ends when the charger is gone.
pub async fn run<C: Connect, G: Charger>(
    station: &mut Station,
    store: &mut dyn StoreLink,
    connect: Option<&mut C>,
    charger: &mut G,
    clock: impl Fn() -> Instant,
) {
    let mut link = Link { station, store, charger, clock };
    match connect {
        // It ends with the charger.
        Some(connect) => drop(keep_connected(&mut link, connect).await),
        None => drop(link.offline(std::future::pending::<()>()).await),
    }
}

/// Connects again and again; `None` when the charger is gone.
async fn keep_connected<C: Connect, G: Charger>(
    link: &mut Link<'_, G, impl Fn() -> Instant>,
    connect: &mut C,
) -> Option<()> {
    let mut failures = 0;
    loop {
        let url = connect.url();
        let what = match link.offline(open(connect)).await? {
            Ok(socket) => {
                let mut connection = Connection::new(socket, link.now());
                let what = connection.serve(link).await?;
                // One that accepts and hangs up is no better than one that refuses.
                if connection.has_answered {
                    failures = 0;
                }
                what
            }
            Err(what) => what,
        };
        link.feed(Input::Disconnected(OfflineReason { url, what }), None);
        let (minimum, range, doublings) = link.station.back_off();
        let random = link.station.random(range.as_millis() + 1);
        let wait = minimum.saturating_mul(1 << failures.min(doublings).min(16))
            + Duration::from_millis(u64::try_from(random).unwrap_or(0));
        failures = failures.saturating_add(1);
        link.offline(tokio::time::sleep(wait)).await?;
    }
}

/// Gives the store what is still to be written, and waits for it; for the end of a run, after which nobody else does.
pub async fn settle(station: &mut Station, store: &mut dyn StoreLink, clock: impl Fn() -> Instant) {
    station.handle_input(clock(), Input::Timeout);
    loop {
        match station.poll_output() {
            Output::Persist(batch) => store.request(StoreRequest::Commit(batch)),
            Output::Notice(_) | Output::Send(_) => {}
            Output::Wait(_) if station.is_kept() => return,
            Output::Wait(_) => station.handle_input(clock(), answer(store).await),
        }
    }
}
