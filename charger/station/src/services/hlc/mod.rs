//! Speaks with the car: puts modem and network to the car around `hlc::Communication`.
//!
//! What the session and the log are told goes out before anything is sent: neither waits for a modem that is slow.

pub(crate) mod call;
#[cfg(test)]
mod tests;

use event_log::Log;
use hardware::{ErrorKind, HardwareError, PlcLink, V2gNetwork, V2gNetworkEvent};
use hlc::{Communication, Input, NetworkCommand, Output};

use self::call::HlcCall;
use super::RETRY;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port};
use clock::{Alarm, Clock};
use session::Accessory;
use units::{Instant, MilliwattHours};

/// What the service needs besides its place on the bus.
pub(crate) struct HlcSeat {
    pub(crate) config: hlc::Config,
    /// Where keys and session ids come from.
    pub(crate) random: Box<dyn FnMut() -> u128>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
}

/// A link to the modem that fails so often without a frame between rests for a while.
const MOST_FAILURES: u32 = 8;

/// Speaks with the car; without a modem there is nobody to speak with, and without a network the modem is only watched.
pub(crate) async fn hlc<P: PlcLink, N: V2gNetwork>(
    port: Port,
    mut inbox: Inbox<HlcCall>,
    seat: HlcSeat,
    modem: Option<P>,
    network: Option<N>,
) {
    let Some(modem) = modem else {
        while inbox.recv().await.is_some() {}
        return;
    };
    let HlcSeat { config, random, clock, log } = seat;
    let communication = Communication::new(config, random);
    let link = Link::Down { again: clock.now() };
    let mut service = Service { communication, modem, link, network, hears: false, port, clock, log };
    let mut alarm = Alarm::default();
    // Whoever is connected since before a new beginning speaks to nobody.
    service.command(NetworkCommand::Deafen).await;
    loop {
        let deadline = service.drain().await;
        let again = match service.link {
            Link::Up { .. } => None,
            Link::Down { again } => Some(again),
        };
        let deadline = deadline.into_iter().chain(again).min().map(|at| clock.at(at));
        let happened = tokio::select! {
            biased;
            call = inbox.recv() => match call {
                Some(call) => Happened::Input(heard(call)),
                None => return,
            },
            event = next_event(&mut service.network, service.hears) => Happened::Network(event),
            frame = next_frame(&mut service.modem, service.link) => Happened::Frame(frame),
            () = alarm.at(deadline) => Happened::Time,
        };
        service.handle(happened).await;
    }
}

/// Whether the link to the modem is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    /// It is, and failed so often since the last frame.
    Up { failures: u32 },
    /// It is not, and is tried again then.
    Down { again: Instant },
}

/// Something happened.
enum Happened<P, N> {
    Input(Input),
    Network(Result<V2gNetworkEvent, N>),
    Frame(Result<Vec<u8>, P>),
    Time,
}

/// The devices, and what is known of them.
struct Service<P, N> {
    communication: Communication,
    modem: P,
    link: Link,
    network: Option<N>,
    /// The ears of the network are open.
    hears: bool,
    port: Port,
    clock: Clock,
    log: Log,
}

impl<P: PlcLink, N: V2gNetwork> Service<P, N> {
    fn input(&mut self, input: Input) {
        self.communication.handle_input(self.clock.now(), input);
    }

    async fn handle(&mut self, happened: Happened<P::Error, N::Error>) {
        match happened {
            Happened::Input(input) => self.input(input),
            Happened::Network(Ok(event)) => self.input(Input::Network(event)),
            Happened::Network(Err(error)) => self.network_lost(&error),
            Happened::Frame(Ok(frame)) => {
                self.link = Link::Up { failures: 0 };
                self.input(Input::Frame(frame));
            }
            Happened::Frame(Err(error)) => self.failed(&error),
            Happened::Time => {
                if let Link::Down { again } = self.link
                    && again <= self.clock.now()
                {
                    self.link_up().await;
                }
                self.input(Input::Time);
            }
        }
    }

    /// Tries whether the link to the modem is there.
    async fn link_up(&mut self) {
        match self.modem.address().await {
            Ok(address) => {
                self.link = Link::Up { failures: 0 };
                self.input(Input::ModemLink(address));
            }
            Err(error) => self.link_down(&error),
        }
    }

    fn link_down(&mut self, error: &impl HardwareError) {
        self.link = Link::Down { again: self.clock.now() + RETRY };
        self.input(Input::ModemLinkLost(error.to_string()));
    }

    /// A frame was lost, or all that come are.
    fn failed(&mut self, error: &impl HardwareError) {
        match self.link {
            Link::Up { failures } if error.kind() != ErrorKind::Disconnected && failures < MOST_FAILURES => {
                self.link = Link::Up { failures: failures + 1 };
            }
            Link::Up { .. } => self.link_down(error),
            Link::Down { .. } => {}
        }
    }

    fn network_lost(&mut self, error: &impl HardwareError) {
        self.hears = false;
        self.input(Input::NetworkLost(error.to_string()));
    }

    /// Carries out everything; returns when the machine wants to be woken.
    async fn drain(&mut self) -> Option<Instant> {
        loop {
            let mut orders = Vec::new();
            let deadline = loop {
                match self.communication.poll_output() {
                    Output::Wait(deadline) => break deadline,
                    Output::Session(input) => self.port.tell(SessionCall::Hlc(input)),
                    Output::Modem(state) => self.port.tell(SessionCall::Accessory(Accessory::Modem, state)),
                    Output::Note(note) => self.log.record(note.source(), note.kind(), &note),
                    Output::Frame(frame) => orders.push(Order::Frame(frame)),
                    Output::Network(command) => orders.push(Order::Network(command)),
                }
            };
            if orders.is_empty() {
                return deadline;
            }
            for order in orders {
                match order {
                    Order::Frame(frame) => self.send(&frame).await,
                    Order::Network(command) => self.command(command).await,
                }
            }
        }
    }

    async fn send(&mut self, frame: &[u8]) {
        if let Err(error) = self.modem.send(frame).await {
            self.failed(&error);
        }
    }

    async fn command(&mut self, command: NetworkCommand) {
        let Some(network) = &mut self.network else { return };
        let done = match command {
            NetworkCommand::Listen => match network.listen().await {
                Ok(at) => {
                    self.hears = true;
                    return self.input(Input::Listening(at));
                }
                Err(error) => return self.network_lost(&error),
            },
            NetworkCommand::Deafen => {
                self.hears = false;
                network.deafen().await
            }
            NetworkCommand::Answer { to, payload } => network.answer(to, &payload).await,
            NetworkCommand::Send(octets) => network.send(&octets).await,
            NetworkCommand::HangUp => network.hang_up().await,
        };
        if let Err(error) = done {
            if self.hears && error.kind() == ErrorKind::Disconnected {
                self.network_lost(&error);
            } else {
                tracing::debug!(%error, "the network to the car");
            }
        }
    }
}

/// What is sent, in its order.
enum Order {
    Frame(Vec<u8>),
    Network(NetworkCommand),
}

/// The next thing that happens on the network; nothing does while its ears are closed. Cancel safe.
async fn next_event<N: V2gNetwork>(network: &mut Option<N>, hears: bool) -> Result<V2gNetworkEvent, N::Error> {
    match network.as_mut().filter(|_| hears) {
        Some(network) => network.next_event().await,
        None => std::future::pending().await,
    }
}

/// The next frame of the modem; none comes while the link to it is gone. Cancel safe.
async fn next_frame<P: PlcLink>(modem: &mut P, link: Link) -> Result<Vec<u8>, P::Error> {
    match link {
        Link::Up { .. } => modem.receive().await,
        Link::Down { .. } => std::future::pending().await,
    }
}

/// What a call says.
fn heard(call: HlcCall) -> Input {
    match call {
        HlcCall::Capabilities(can) => Input::SupplyCapabilities(can),
        HlcCall::Measured(reading) => Input::Measured { voltage: reading.voltage, current: reading.current },
        HlcCall::Meter(MilliwattHours(energy)) => {
            Input::Meter { reading_wh: u64::try_from(energy / 1000).unwrap_or_default() }
        }
        HlcCall::Session(output) => Input::Session(output),
    }
}
