//! What car and station said in the captures: one request after the other, each with its response and its times.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use capture::Reader;
use conversation::{Follower, Options, Seen};
use exi::Tree;
use iso15118::Protocol;
use iso15118::wire::{SeenMessage, Side, What, milli};

/// A request and its response.
pub(crate) struct Exchange {
    pub(crate) request: SeenMessage,
    /// When the car asked.
    pub(crate) asked: Duration,
    /// When the station answered, and what.
    pub(crate) response: Option<(Duration, SeenMessage)>,
}

/// A connection of a car with a station.
pub(crate) struct Session {
    /// The name of the file.
    pub(crate) capture: String,
    /// Which conversation of it.
    pub(crate) number: u64,
    pub(crate) exchanges: Vec<Exchange>,
}

/// What is asked, in one word: PowerDelivery is there three times.
pub(crate) fn kind(request: &SeenMessage) -> String {
    let name = request.name().trim_end_matches("Req").to_owned();
    let ready = |word: &Tree| match word {
        Tree::Boolean(ready) => Some(if *ready { "Start" } else { "Stop" }),
        _ => None,
    };
    let progress = request.at("ChargeProgress").and_then(Tree::as_text);
    match progress.or_else(|| request.at("ReadyToChargeState").and_then(ready)) {
        Some("Start") | None => name,
        Some(other) => format!("{name}({other})"),
    }
}

/// Whether it refuses.
pub(crate) fn failed(response: &SeenMessage) -> Option<&str> {
    response.response_code().filter(|code| code.starts_with("FAILED") || code.starts_with("Failed"))
}

/// Whether it says that the station is not done.
pub(crate) fn is_ongoing(response: &SeenMessage) -> bool {
    response.at("EVSEProcessing").and_then(Tree::as_text).is_some_and(|word| word.starts_with("Ongoing"))
}

/// A value of the body, in thousandths.
pub(crate) fn value(message: &SeenMessage, path: &str) -> Option<i32> {
    message.at(path).and_then(milli).and_then(|value| i32::try_from(value).ok())
}

impl Exchange {
    pub(crate) fn kind(&self) -> String {
        kind(&self.request)
    }

    /// How long the station took.
    pub(crate) fn delay(&self) -> Duration {
        self.response.as_ref().map_or(Duration::ZERO, |(at, _)| at.saturating_sub(self.asked))
    }

    pub(crate) fn answer(&self) -> Option<&SeenMessage> {
        self.response.as_ref().map(|(_, message)| message)
    }
}

/// Kinds of requests in their order, each once as long as it repeats.
pub(crate) fn course(kinds: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut course: Vec<String> = kinds.into_iter().collect();
    course.dedup();
    course
}

impl Session {
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        self.exchanges.iter().find_map(|exchange| exchange.request.protocol)
    }

    /// All requests of a name.
    pub(crate) fn requests<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SeenMessage> {
        self.exchanges.iter().map(|exchange| &exchange.request).filter(move |request| request.name() == name)
    }

    /// All responses of a name.
    pub(crate) fn responses<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SeenMessage> {
        self.exchanges.iter().filter_map(Exchange::answer).filter(move |response| response.name() == name)
    }

    /// Whether direct current was wanted, or was all that there was.
    pub(crate) fn is_dc(&self) -> bool {
        let word = |message: &SeenMessage, path: &str| message.at(path).and_then(Tree::as_text).map(str::to_owned);
        let wanted = self
            .requests("ChargeParameterDiscoveryReq")
            .find_map(|request| word(request, "RequestedEnergyTransferMode"));
        let offered = self
            .responses("ServiceDiscoveryRes")
            .find_map(|response| word(response, "ChargeService/SupportedEnergyTransferMode/EnergyTransferMode/0"));
        match wanted.or(offered) {
            Some(mode) => mode.starts_with("DC"),
            None => self.protocol() != Some(Protocol::Iso2) && !self.capture.contains("AC"),
        }
    }
}

/// All sessions of the captures, `None` where there are none.
pub(crate) fn sessions() -> Option<Vec<Session>> {
    let Some(folder) = std::env::var_os("PLUGFEST_CAPTURES").map(PathBuf::from) else {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
        return None;
    };
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "dump" || extension == "pcap"));
    files.sort();
    let sessions = files.iter().flat_map(|file| read(file));
    Some(sessions.filter(|session| !session.exchanges.is_empty()).collect())
}

fn read(path: &Path) -> Vec<Session> {
    let capture = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = fs::read(path).expect("a capture");
    let mut sessions: Vec<Session> = Vec::new();
    let mut take = |seen: Seen| {
        let Seen::In { conversation: number, sighting, .. } = seen else { return };
        if let What::Message(message) = sighting.what {
            let new = || Session { capture: capture.clone(), number, exchanges: Vec::new() };
            let place = sessions.iter().position(|session| session.number == number).unwrap_or_else(|| {
                sessions.push(new());
                sessions.len() - 1
            });
            let exchanges = &mut sessions[place].exchanges;
            match (message.from, exchanges.last_mut()) {
                (Side::Car, _) => {
                    exchanges.push(Exchange { request: *message, asked: sighting.at, response: None });
                }
                (Side::Station, Some(exchange)) if exchange.response.is_none() => {
                    exchange.response = Some((sighting.at, *message));
                }
                (Side::Station, _) => {}
            }
        }
    };
    let mut follower = Follower::new(Options::default());
    for event in Reader::open(&bytes[..]) {
        // Some captures end in the middle of a packet.
        let Ok(event) = event else { break };
        follower.take(event);
        follower.drain().for_each(&mut take);
    }
    follower.drain().for_each(&mut take);
    sessions
}
