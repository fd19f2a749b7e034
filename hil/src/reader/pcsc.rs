//! A reader of PC/SC, `pcsc:ACR122`: the first one whose name contains the text. Anything that pcscd drives serves; a card's
//! serial number is asked with the reader's own APDU for it (PC/SC part 3, GET DATA).

use std::ffi::CString;
use std::time::Duration;

use hardware::{ErrorKind, LinkError, Token, TokenReader};
use pcsc::{Context, Error, Protocols, ReaderState, Scope, ShareMode, State};
use wire::card::CardUid;

use super::presence::Presence;
use crate::options::Options;
use crate::worker::Call;
use crate::{Endpoint, EndpointError, Open, Worker};

/// How long a look waits for something to change.
const LOOK: Duration = Duration::from_millis(300);
/// How long a call to pcscd may take: a look, and a card that answers slowly.
const LIMIT: Duration = Duration::from_secs(5);
const GET_UID: [u8; 5] = [0xff, 0xca, 0x00, 0x00, 0x00];

/// A reader of PC/SC.
pub struct PcscReader {
    worker: Worker<Reader>,
    /// The look that is under way.
    look: Option<Call<Option<CardUid>>>,
    presence: Presence,
}

/// What lives on the thread.
struct Reader {
    context: Context,
    /// As errors call it.
    device: String,
    name: CString,
    /// The one reader and what was last heard of it.
    states: [ReaderState; 1],
    seen: LastLook,
}

/// The card of the last look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LastLook {
    Nothing,
    Card(CardUid),
    /// It has no serial number; that was told.
    Unreadable,
}

impl Open for PcscReader {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        Options::of(endpoint).end()
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Self::check(endpoint)?;
        let device = endpoint.to_string();
        let wanted = endpoint.target().to_owned();
        let worker = Worker::start(&device.clone(), LIMIT, move || Reader::open(device, &wanted)).await?;
        Ok(Self { worker, look: None, presence: Presence::default() })
    }
}

impl TokenReader for PcscReader {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        loop {
            let look = match &mut self.look {
                Some(look) => look,
                None => self.look.insert(self.worker.begin(LIMIT, Reader::look)?),
            };
            let found = look.end().await;
            self.look = None;
            if let Some(token) = self.presence.look(found?) {
                return Ok(token);
            }
        }
    }
}

impl Reader {
    fn open(device: String, wanted: &str) -> Result<Self, LinkError> {
        let context = Context::establish(Scope::User).map_err(|error| told(&device, "reaching pcscd", error))?;
        let names = match context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(error) => return Err(told(&device, "listing the readers", error)),
        };
        let Some(name) = names.iter().find(|name| name.to_string_lossy().contains(wanted)).cloned() else {
            let what = format!("no reader whose name contains {wanted:?}; pcscd has {names:?}");
            return Err(LinkError::new(ErrorKind::Disconnected, device, what));
        };
        let states = [ReaderState::new(name.clone(), State::UNAWARE)];
        Ok(Self { context, device, name, states, seen: LastLook::Nothing })
    }

    /// Waits a little for a change; gives the card that is there.
    fn look(&mut self) -> Result<Option<CardUid>, LinkError> {
        let changed = match self.context.get_status_change(LOOK, &mut self.states) {
            Ok(()) => true,
            Err(Error::Timeout) => false,
            Err(error) => return Err(self.told("waiting for a card", error)),
        };
        let [state] = &mut self.states;
        // Next time, wait for a change of this.
        state.sync_current_state();
        let state = state.event_state();
        if state.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
            let what = format!("pcscd has lost the reader: {state:?}");
            return Err(LinkError::new(ErrorKind::Disconnected, self.device.clone(), what));
        }
        self.card(state.contains(State::PRESENT), changed)
    }

    fn card(&mut self, present: bool, changed: bool) -> Result<Option<CardUid>, LinkError> {
        if !present {
            self.seen = LastLook::Nothing;
            return Ok(None);
        }
        if changed || self.seen == LastLook::Nothing {
            self.seen = LastLook::Nothing;
            match self.read_uid() {
                // It left while it was read.
                Ok(None) => {}
                Ok(Some(uid)) => self.seen = LastLook::Card(uid),
                Err(error) => {
                    self.seen = LastLook::Unreadable;
                    return Err(error);
                }
            }
        }
        Ok(match self.seen {
            LastLook::Card(uid) => Some(uid),
            LastLook::Nothing | LastLook::Unreadable => None,
        })
    }

    fn read_uid(&self) -> Result<Option<CardUid>, LinkError> {
        let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
        let answer = match self
            .context
            .connect(&self.name, ShareMode::Shared, Protocols::ANY)
            .and_then(|card| card.transmit(&GET_UID, &mut buffer).map(<[u8]>::to_vec))
        {
            Ok(answer) => answer,
            Err(
                Error::NoSmartcard
                | Error::RemovedCard
                | Error::ResetCard
                | Error::UnpoweredCard
                | Error::UnresponsiveCard
                | Error::NotTransacted,
            ) => return Ok(None),
            Err(error) => return Err(self.told("reading a card", error)),
        };
        match answer.split_last_chunk::<2>() {
            Some((uid, [0x90, 0x00])) => CardUid::new(uid).map(Some).ok_or_else(|| {
                let what = format!("the card gave a serial number of {} bytes: expected 4, 7 or 10", uid.len());
                LinkError::new(ErrorKind::Garbled, self.device.clone(), what)
            }),
            _ => {
                let what = format!("the card gave no serial number: {answer:02x?}");
                Err(LinkError::new(ErrorKind::Refused, self.device.clone(), what))
            }
        }
    }

    fn told(&self, what: &str, error: Error) -> LinkError {
        told(&self.device, what, error)
    }
}

fn told(device: &str, what: &str, error: Error) -> LinkError {
    let kind = match error {
        Error::NoService
        | Error::ServiceStopped
        | Error::UnknownReader
        | Error::ReaderUnavailable
        | Error::InvalidHandle
        | Error::CommError
        | Error::CommDataLost
        // What the library also says of a service that ends under its hands; one that refuses us says so at every opening.
        | Error::SecurityViolation
        | Error::InternalError => ErrorKind::Disconnected,
        Error::Timeout => ErrorKind::TimedOut,
        Error::ProtoMismatch => ErrorKind::Garbled,
        _ => ErrorKind::Refused,
    };
    LinkError::new(kind, device.to_owned(), format!("{what}: {error}"))
}
