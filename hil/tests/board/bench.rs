//! A firmware with its safety machine and a car, at the far end of some wire.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use devices::m4::{CobsPeer, M4Fault, M4Peer};
use devices::{ByteDevice, MessageDevice};
use hardware::{LinkError, PROTOCOL_VERSION, PowerBoard};
use iec61851::{Config, Event, Input, Machine, Output, PilotSignal, PlugIn, Sample};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use units::{Microamps, Milliamps, Millivolts, Ohms, PerPhase};

/// The firmware's end of a wire.
pub(crate) trait FarEnd {
    /// What the host sent next; `None` when it is gone.
    async fn read(&mut self) -> Option<Vec<u8>>;

    /// Sends to the host.
    async fn write(&mut self, bytes: Vec<u8>);
}

/// The link half of the firmware.
#[derive(Debug)]
enum Peer {
    Messages(M4Peer),
    Bytes(CobsPeer),
}

/// The board.
#[derive(Debug)]
struct Firmware {
    peer: Peer,
    machine: Machine,
    /// What the car's resistor makes of +12 V.
    level: i32,
    residual: Microamps,
    wait: Option<units::Instant>,
}

impl Firmware {
    fn peer(&mut self) -> &mut M4Peer {
        match &mut self.peer {
            Peer::Messages(peer) => peer,
            Peer::Bytes(peer) => peer.peer(),
        }
    }

    fn receive(&mut self, now: units::Instant, bytes: &[u8]) {
        match &mut self.peer {
            Peer::Messages(peer) => peer.receive(now, bytes),
            Peer::Bytes(peer) => peer.receive(now, bytes),
        }
    }

    fn transmit(&mut self, now: units::Instant) -> Vec<Vec<u8>> {
        match &mut self.peer {
            Peer::Messages(peer) => std::iter::from_fn(|| peer.transmit(now)).collect(),
            Peer::Bytes(peer) => Some(peer.transmit(now)).filter(|line| !line.is_empty()).into_iter().collect(),
        }
    }

    fn next_change(&self) -> Option<units::Instant> {
        let peer = match &self.peer {
            Peer::Messages(peer) => peer.next_change(),
            Peer::Bytes(peer) => peer.next_change(),
        };
        peer.into_iter().chain(self.wait).min()
    }

    fn step(&mut self, now: units::Instant) {
        for command in self.peer().take_commands() {
            self.machine.handle_input(now, Input::Command(command));
            self.drain();
        }
        for _ in 0..4 {
            let (high, low) = match self.machine.pilot() {
                PilotSignal::Pwm(_) => (self.level, -12_000),
                PilotSignal::X1 => (self.level, self.level),
                PilotSignal::E => (0, 0),
                PilotSignal::F => (-12_000, -12_000),
            };
            let sample = Sample {
                pilot_high: Millivolts(high),
                pilot_low: Millivolts(low),
                proximity: (self.level < 12_000).then_some(Ohms(220)),
                contactor_closed: Some(self.machine.contactor()),
                residual: if self.machine.residual_test() { Microamps(6_000) } else { self.residual },
                current: PerPhase::all(Milliamps::ZERO),
            };
            self.machine.handle_input(now, Input::Sample(sample));
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.machine.poll_output() {
                Output::Event(event) => self.peer().tell(event),
                Output::Contactor(_) | Output::Pilot(_) | Output::ResidualTest(_) => {}
                Output::Wait(at) => {
                    self.wait = at;
                    return;
                }
            }
        }
    }
}

/// The number of each start of the test's board.
pub(crate) const BOOT: u32 = 7;

/// What a test holds of a board.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    firmware: Rc<RefCell<Firmware>>,
    changed: Rc<Notify>,
}

impl Board {
    pub(crate) fn messages(peer: M4Peer) -> Self {
        Self::new(Peer::Messages(peer))
    }

    pub(crate) fn bytes(peer: M4Peer) -> Self {
        Self::new(Peer::Bytes(CobsPeer::new(peer)))
    }

    fn new(peer: Peer) -> Self {
        let firmware = Firmware {
            peer,
            machine: Machine::new(Config::default(), BOOT),
            level: 12_000,
            residual: Microamps::ZERO,
            wait: None,
        };
        Self { firmware: Rc::new(RefCell::new(firmware)), changed: Rc::default() }
    }

    pub(crate) fn car(&self, level: i32) {
        self.firmware.borrow_mut().level = level;
        self.changed.notify_one();
    }

    pub(crate) fn residual(&self, residual: Microamps) {
        self.firmware.borrow_mut().residual = residual;
        self.changed.notify_one();
    }

    pub(crate) fn fault(&self, fault: Option<M4Fault>) {
        self.firmware.borrow_mut().peer().set_fault(fault);
    }

    /// The next message from the board is damaged.
    pub(crate) fn damage_next_up(&self) {
        self.firmware.borrow_mut().peer().damage_next_up();
    }

    /// The next message to the board is damaged.
    pub(crate) fn damage_next_down(&self) {
        self.firmware.borrow_mut().peer().damage_next_down();
    }

    /// The firmware starts anew, and with it the safety machine.
    pub(crate) fn restart(&self) {
        let mut firmware = self.firmware.borrow_mut();
        let fresh = M4Peer::new(PROTOCOL_VERSION, "plugfest-m4 0.1", BOOT + 1);
        match &mut firmware.peer {
            Peer::Messages(peer) => peer.restart(fresh),
            Peer::Bytes(peer) => peer.restart(fresh),
        }
        firmware.machine = Machine::new(Config::default(), BOOT + 1);
        drop(firmware);
        self.changed.notify_one();
    }

    pub(crate) fn closed(&self) -> bool {
        self.firmware.borrow().machine.contactor()
    }

    pub(crate) fn pilot(&self) -> PilotSignal {
        self.firmware.borrow().machine.pilot()
    }

    /// Runs the firmware until the host closes the wire. The clock is the runtime's, paused or not.
    pub(crate) async fn serve(&self, mut wire: impl FarEnd) {
        let begun = Instant::now();
        loop {
            let next = self.firmware.borrow().next_change().map(|at| begun + at.elapsed());
            let received = tokio::select! {
                biased;
                bytes = wire.read() => match bytes {
                    Some(bytes) => bytes,
                    None => return,
                },
                () = self.changed.notified() => Vec::new(),
                () = async {
                    match next {
                        Some(at) => sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                } => Vec::new(),
            };
            let now = units::Instant::from(begun.elapsed());
            let sent = {
                let mut firmware = self.firmware.borrow_mut();
                if !received.is_empty() {
                    firmware.receive(now, &received);
                }
                firmware.step(now);
                firmware.transmit(now)
            };
            for bytes in sent {
                wire.write(bytes).await;
            }
        }
    }
}

/// Runs a story against a board that is served meanwhile. A real wire needs a real clock: then this is the safety net.
pub(crate) async fn story(board: &Board, wire: impl FarEnd, story: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = story => {}
        () = async {
            board.serve(wire).await;
            std::future::pending().await
        } => {}
        () = tokio::time::sleep(Duration::from_secs(7_200)) => panic!("the story does not end"),
    }
}

/// The next event, and a heartbeat each half second meanwhile, as the charger does it.
pub(crate) async fn next(host: &mut impl PowerBoard<Error = LinkError>) -> Result<Event, LinkError> {
    loop {
        if let Ok(event) = tokio::time::timeout(Duration::from_millis(500), host.next_event()).await {
            return event;
        }
        host.heartbeat().await?;
    }
}

/// As many events as are expected, or the error in their place. Which plug-in it is does not count here.
pub(crate) async fn expect(host: &mut impl PowerBoard<Error = LinkError>, expected: &[Event]) {
    for (at, event) in expected.iter().enumerate() {
        let heard = next(host).await.map(unnumbered);
        assert_eq!(heard.as_ref(), Ok(event), "event {at} of {expected:?}");
    }
}

/// An event without the number of the plug-in.
pub(crate) fn unnumbered(event: Event) -> Event {
    match event {
        Event::Pilot { state, pwm, .. } => Event::Pilot { state, pwm, plug_in: None },
        other => other,
    }
}

/// Which plug-in the board tells with the next state of the pilot.
pub(crate) async fn plug_in(host: &mut impl PowerBoard<Error = LinkError>) -> Option<PlugIn> {
    loop {
        if let Event::Pilot { plug_in, .. } = next(host).await.expect("the board talks") {
            return plug_in;
        }
    }
}
