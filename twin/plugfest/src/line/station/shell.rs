//! What joins communication, power stage, network and modem, in real time.

use std::collections::VecDeque;
use std::time::Duration;

use capture::Direction;
use event_log::Log;
use features::print;
use hardware::{LinkError, PlcLink as _, V2gNetwork as _, V2gNetworkEvent};
use hil::Open as _;
use hil::plc::PacketLink;
use hil::v2g_network::KernelV2gNetwork;
use hlc::{Communication, Input, NetworkCommand, Note, Output};
use session::words::StoppedReason;
use session::{Dialog, HlcEvent, HlcOutput, StopWhy};
use tokio::sync::mpsc;
use units::Instant;

use super::delays::Delays;
use super::dialogue::{Dialogue, Outcome};
use super::hearing::Hearing;
use super::power_stage::{Abilities, PowerStage, Said};
use super::settings::Settings;
use crate::line::clock::Clock;
use crate::line::runtime::{endpoint, interrupted};
use crate::line::verdict;

/// A car that is asked to stop because of Ctrl-C has so long.
const STOPS: Duration = Duration::from_secs(15);
/// Between two attempts to find an interface again that went away.
const AGAIN: Duration = Duration::from_secs(1);

/// How many sessions there were.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End {
    /// Those that ended well.
    pub(super) passed: u64,
    /// The others.
    pub(super) failed: u64,
}

/// A modem, or the place of one.
enum Modem {
    /// The link is there without.
    None,
    /// A raw socket at its interface.
    Open(PacketLink),
    /// The interface went away; it is tried again then.
    Lost { again: Instant },
}

/// The station.
pub(super) struct Shell {
    clock: Clock,
    interface: String,
    communication: Communication,
    stage: PowerStage,
    dialogue: Dialogue,
    network: KernelV2gNetwork,
    modem: Modem,
    delays: Delays,
    /// What is to be done on the network, and when.
    commands: VecDeque<(Instant, NetworkCommand)>,
    /// When the car spoke last.
    heard: Instant,
    dialogs: u64,
    /// The dialog is over without a session.
    next_car: bool,
}

impl Shell {
    /// Opens the interface.
    ///
    /// # Errors
    /// It is not there, or a right is missing: which.
    pub(super) async fn open(interface: &str, slac: bool, settings: &Settings, clock: Clock) -> Result<Self, String> {
        let mut network =
            KernelV2gNetwork::of(&endpoint("interface", interface)?).map_err(|error| format!("--interface {error}"))?;
        // Whether it can be opened at all; the communication opens it when there is a link.
        network.listen().await.map_err(|error| error.to_string())?;
        network.deafen().await.map_err(|error| error.to_string())?;
        let mut random = Vec::new();
        let mut communication = Communication::new(
            settings.communication.clone(),
            Box::new(move || random.pop().unwrap_or_else(|| draw(&mut random))),
        );
        let modem = if slac {
            let mut link = PacketLink::open(&endpoint("packet", interface)?)
                .await
                .map_err(|error| format!("{error} (it is needed for the matching; --no-slac does without modems)"))?;
            let address = link.address().await.map_err(|error| error.to_string())?;
            communication.handle_input(clock.now(), Input::ModemLink(address));
            Modem::Open(link)
        } else {
            Modem::None
        };
        if let Abilities::Dc(can) = settings.abilities {
            communication.handle_input(clock.now(), Input::SupplyCapabilities(can));
        }
        Ok(Self {
            clock,
            interface: interface.to_owned(),
            communication,
            stage: PowerStage::new(settings.abilities, settings.cable_check),
            dialogue: Dialogue::new(),
            network,
            modem,
            delays: settings.delays.clone(),
            commands: VecDeque::new(),
            heard: Instant::ZERO,
            dialogs: 0,
            next_car: false,
        })
    }

    /// Speaks with one car after the other.
    pub(super) async fn run(
        &mut self,
        mut hearing: Hearing,
        log: &Log,
        sessions: Option<u64>,
        is_judged: bool,
        interrupts: &mut mpsc::UnboundedReceiver<()>,
    ) -> End {
        let mut end = End::default();
        let mut stops: Option<Instant> = None;
        self.invite();
        loop {
            let wait = self.go_on(&mut hearing, log).await;
            let now = self.clock.now();
            if let Some(outcome) = self.dialogue.outcome(now) {
                let well = self.conclude(&outcome, &hearing, log, is_judged).await;
                if well {
                    end.passed += 1
                } else {
                    end.failed += 1
                }
                if stops.is_some() || sessions.is_some_and(|sessions| end.passed + end.failed >= sessions) {
                    break;
                }
                if outcome == Outcome::Paused {
                    // The link stays, and the same car may come back.
                    self.stage.begin();
                } else {
                    self.next_car();
                }
                continue;
            }
            if std::mem::take(&mut self.next_car) {
                self.next_car();
                continue;
            }
            if stops.is_some_and(|stops| stops <= now || !self.dialogue.is_open() && self.dialogue.until().is_none()) {
                if self.dialogue.is_open() {
                    end.failed += 1;
                    print::line(format_args!("the session was ended in the middle: the car did not stop"));
                }
                break;
            }
            let due = [wait, stops, self.dialogue.until()].into_iter().flatten().min();
            tokio::select! {
                biased;
                () = interrupted(interrupts) => {
                    stops = Some(self.clock.now() + STOPS);
                    let stop = HlcOutput::Stop(StopWhy::Ended(StoppedReason::Local));
                    self.communication.handle_input(self.clock.now(), Input::Session(stop));
                }
                event = self.network.next_event() => self.network_event(event, &mut hearing),
                frame = receive(&mut self.modem) => self.modem_event(frame),
                () = self.clock.until(due) => {}
            }
        }
        self.leave();
        self.go_on(&mut hearing, log).await;
        hearing.close();
        end
    }

    /// The next car.
    fn next_car(&mut self) {
        self.leave();
        self.invite();
    }

    fn leave(&mut self) {
        self.communication
            .handle_input(self.clock.now(), Input::Session(HlcOutput::Leave(Dialog::numbered(self.dialogs))));
    }

    fn invite(&mut self) {
        self.dialogs += 1;
        let now = self.clock.now();
        self.communication.handle_input(now, Input::Session(HlcOutput::Match(Dialog::numbered(self.dialogs))));
        self.stage.begin();
        if matches!(self.modem, Modem::None) {
            self.communication.handle_input(now, Input::LinkedWithoutMatching);
        }
    }

    fn network_event(&mut self, event: Result<V2gNetworkEvent, LinkError>, hearing: &mut Hearing) {
        let now = self.clock.now();
        self.heard = now;
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.commands.clear();
                return self.communication.handle_input(now, Input::NetworkLost(error.to_string()));
            }
        };
        if let V2gNetworkEvent::Connected { .. } = event {
            self.commands.clear();
            self.delays.connected();
        }
        if let Some(said) = hearing.sockets() {
            match &event {
                V2gNetworkEvent::Datagram { from, payload } => said.datagram(*from, true, payload),
                V2gNetworkEvent::Connected { from } => said.opened(*from),
                V2gNetworkEvent::Received(octets) => said.data(Direction::Forward, octets),
                V2gNetworkEvent::Closed => said.closed(Direction::Forward),
            }
        }
        self.communication.handle_input(now, Input::Network(event));
    }

    fn modem_event(&mut self, frame: Result<Vec<u8>, LinkError>) {
        let now = self.clock.now();
        match frame {
            Ok(frame) => self.communication.handle_input(now, Input::Frame(frame)),
            Err(error) => self.modem_lost(&error),
        }
    }

    fn modem_lost(&mut self, error: &LinkError) {
        let now = self.clock.now();
        self.modem = Modem::Lost { again: now + AGAIN };
        self.communication.handle_input(now, Input::ModemLinkLost(error.to_string()));
    }

    /// Does all that is to be done now; answers when there is more.
    async fn go_on(&mut self, hearing: &mut Hearing, log: &Log) -> Option<Instant> {
        loop {
            let now = self.clock.now();
            self.find_modem(now).await;
            self.stage.time(now);
            self.communication.handle_input(now, Input::Time);
            let wait = self.drain(hearing, log).await;
            let next = self.commands.front().map(|(due, _)| *due);
            if next.is_some_and(|due| due <= self.clock.now()) {
                if let Some((_, command)) = self.commands.pop_front() {
                    self.carry_out(command, hearing).await;
                }
                continue;
            }
            let again = match self.modem {
                Modem::Lost { again } => Some(again),
                Modem::None | Modem::Open(_) => None,
            };
            return [wait, next, self.stage.until(), again].into_iter().flatten().min();
        }
    }

    /// An interface that went away may be back.
    async fn find_modem(&mut self, now: Instant) {
        let Modem::Lost { again } = self.modem else { return };
        if now < again {
            return;
        }
        let Ok(endpoint) = endpoint("packet", &self.interface) else { return };
        match PacketLink::open(&endpoint).await {
            Ok(mut link) => {
                if let Ok(address) = link.address().await {
                    self.communication.handle_input(now, Input::ModemLink(address));
                }
                self.modem = Modem::Open(link);
            }
            Err(_) => self.modem = Modem::Lost { again: now + AGAIN },
        }
    }

    /// What communication and power stage say to each other and to the world.
    async fn drain(&mut self, hearing: &mut Hearing, log: &Log) -> Option<Instant> {
        loop {
            let now = self.clock.now();
            if let Some(said) = self.stage.next() {
                let input = match said {
                    Said::Hlc(output) => Input::Session(output),
                    Said::Measured { voltage, current } => Input::Measured { voltage, current },
                    Said::Meter { reading_wh } => Input::Meter { reading_wh },
                };
                self.communication.handle_input(now, input);
                continue;
            }
            match self.communication.poll_output() {
                Output::Frame(frame) => {
                    if let Modem::Open(link) = &mut self.modem
                        && let Err(error) = link.send(&frame).await
                    {
                        self.modem_lost(&error);
                    }
                }
                Output::Network(command) => self.schedule(now, command, hearing).await,
                Output::Session(input) => {
                    if let HlcEvent::WantsPower(wanted) = input.event {
                        self.delays.wants(wanted);
                    }
                    self.stage.hear(now, &input.event);
                    self.next_car |= self.dialogue.hear(now, &input.event);
                }
                // The notes say it too.
                Output::Modem(_) => {}
                Output::Note(note) => {
                    if let Note::Agreed { protocol } = note {
                        self.delays.agreed(protocol);
                    }
                    log.record(note.source(), note.kind(), &note);
                    self.dialogue.note(now, &note);
                    tell(&note);
                }
                Output::Wait(until) => return until,
            }
        }
    }

    /// What takes its time waits; all others are done at once, unless something waits.
    async fn schedule(&mut self, now: Instant, command: NetworkCommand, hearing: &mut Hearing) {
        let delay = match &command {
            NetworkCommand::Answer { .. } => self.delays.discovery(),
            NetworkCommand::Send(octets) => self.delays.answer(octets),
            NetworkCommand::Listen | NetworkCommand::Deafen | NetworkCommand::HangUp => Duration::ZERO,
        };
        let due = self.heard + delay;
        let due = self.commands.back().map_or(due, |(before, _)| due.max(*before));
        if due <= now && self.commands.is_empty() {
            return self.carry_out(command, hearing).await;
        }
        self.commands.push_back((due, command));
    }

    async fn carry_out(&mut self, command: NetworkCommand, hearing: &mut Hearing) {
        let sockets = hearing.sockets();
        let done = match command {
            NetworkCommand::Listen => match self.network.listen().await {
                Ok(at) => {
                    if let Some(said) = sockets {
                        said.listening(at);
                    }
                    self.communication.handle_input(self.clock.now(), Input::Listening(at));
                    Ok(())
                }
                Err(error) => Err(error),
            },
            NetworkCommand::Deafen => {
                if let Some(said) = sockets {
                    said.closed(Direction::Backward);
                }
                self.network.deafen().await
            }
            NetworkCommand::Answer { to, payload } => {
                if let Some(said) = sockets {
                    said.datagram(to, false, &payload);
                }
                self.network.answer(to, &payload).await
            }
            NetworkCommand::Send(octets) => {
                if let Some(said) = sockets {
                    said.data(Direction::Backward, &octets);
                }
                self.network.send(&octets).await
            }
            NetworkCommand::HangUp => {
                if let Some(said) = sockets {
                    said.closed(Direction::Backward);
                }
                self.network.hang_up().await
            }
        };
        if let Err(error) = done {
            self.communication.handle_input(self.clock.now(), Input::NetworkLost(error.to_string()));
        }
    }

    /// Tells how a session came out; answers whether well.
    async fn conclude(&mut self, outcome: &Outcome, hearing: &Hearing, log: &Log, is_judged: bool) -> bool {
        let conclusion = hearing.conclude().await;
        let words = match outcome {
            Outcome::Ended => "the car ended the session".to_owned(),
            Outcome::Paused => "the car pauses".to_owned(),
            Outcome::Failed(why) => format!("the session failed: {why}"),
        };
        print::line(format_args!("{words}"));
        let rules_hold = conclusion.is_none_or(|conclusion| {
            let verdict = serde_json::json!({ "held": conclusion.held, "broken": conclusion.failed });
            log.record_value("judge", "verdict", verdict);
            verdict::tell(&conclusion, is_judged)
        });
        !matches!(outcome, Outcome::Failed(_)) && rules_hold
    }
}

/// The next frame of the modem; where there is none, for ever nothing.
async fn receive(modem: &mut Modem) -> Result<Vec<u8>, LinkError> {
    match modem {
        Modem::Open(link) => link.receive().await,
        Modem::None | Modem::Lost { .. } => std::future::pending().await,
    }
}

/// Notes of what is not on the line, for who watches.
fn tell(note: &Note) {
    match note {
        Note::Modem { address, family, version, .. } => {
            print::line(format_args!("modem {address}: {family}, {version}"))
        }
        Note::ModemLost { why } => print::complain(format_args!("the modem is lost: {why}")),
        Note::NotKeyed {} => print::complain(format_args!("the modem does not take the key")),
        Note::MatchFailed { car, why } => print::complain(format_args!("the matching of {car} failed: {why}")),
        Note::NetworkLost { why } => print::complain(format_args!("the network is lost: {why}")),
        _ => {}
    }
}

/// Numbers that nobody can guess.
fn draw(more: &mut Vec<u128>) -> u128 {
    let mut octets = [0; 128];
    if getrandom::fill(&mut octets).is_err() {
        // A kernel that is up gives them always; without, nobody may take a key for one.
        print::complain(format_args!("the machine gives no random numbers: keys and session ids can be guessed"));
    }
    more.extend(octets.chunks_exact(16).filter_map(|chunk| chunk.try_into().ok().map(u128::from_ne_bytes)));
    more.pop().unwrap_or_default()
}
