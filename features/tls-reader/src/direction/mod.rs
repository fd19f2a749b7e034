//! What one side sends: its records, and under which keys they are.

mod tls12;
mod tls13;

use crate::connection::{Connection, Missing, Place, Step};
use crate::handshake::{Message, Messages};
use crate::protection::Opener;
use crate::record::{ContentType, HEADER, MAX_TEXT, Stream};
use crate::{KeyLog, Label, Malformed, Side, Stopped, Trouble, Version, What};

/// One side of a connection.
#[derive(Clone)]
pub(crate) struct Direction {
    pub(crate) side: Side,
    pub(crate) stream: Stream,
    pub(crate) messages: Messages,
    pub(crate) stage: Stage,
    /// No more comes, and why; what came before is still read.
    pub(crate) end: Option<Stopped>,
    /// Nothing more is read.
    pub(crate) stopped: bool,
    pub(crate) certificate: ClientCertificate,
}

/// Under which keys the records of a side are.
#[derive(Clone)]
pub(crate) enum Stage {
    /// None yet.
    Clear,
    /// TLS 1.2: those of the connection.
    Tls12(Opener),
    /// TLS 1.3: those of the handshake.
    Handshake {
        opener: Opener,
        /// A record fitted them: what does not fit is no early data any more.
        fitted: bool,
    },
    /// TLS 1.3: the side is done with its handshake, and no record has come since.
    Finished,
    /// TLS 1.3: those of the application data.
    Application { opener: Opener, secret: Vec<u8> },
}

/// What is known of the server's wish for a certificate of the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClientCertificate {
    NotRequested,
    Requested,
    /// It was told, whichever it is.
    Told,
}

impl Direction {
    pub(crate) fn new(side: Side) -> Self {
        Self {
            side,
            stream: Stream::default(),
            messages: Messages::default(),
            stage: Stage::Clear,
            end: None,
            stopped: false,
            certificate: ClientCertificate::NotRequested,
        }
    }

    /// How many bytes wait.
    pub(crate) const fn waiting(&self) -> usize {
        self.stream.waiting()
    }

    /// How many bytes are held, of records and of handshake messages.
    pub(crate) const fn held(&self) -> usize {
        self.stream.waiting() + self.messages.held()
    }

    /// Where the next record begins.
    pub(crate) const fn here(&self) -> Place {
        let at = self.stream.at();
        Place { side: self.side, bytes: at..at }
    }

    /// Nothing more of it is wanted.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
        self.stream.clear();
        self.messages = Messages::default();
        self.stage = Stage::Clear;
    }

    /// Reads the next message that is complete, or else the next record.
    pub(crate) fn step(&mut self, connection: &mut Connection, key_log: &KeyLog) -> Result<Step, Trouble> {
        if self.stopped {
            return Ok(Step::Nothing);
        }
        let place = Place { side: self.side, bytes: self.messages.place() };
        match self.messages.peek().map_err(|what| place.malformed(what))? {
            Some(message) => {
                if let Some(missing) = waits_for(self.side, &self.stage, connection) {
                    return Ok(Step::Waits(missing));
                }
                // The message goes away before its meaning changes what is around it.
                let (kind, body) = (message.kind, message.body.to_vec());
                self.messages.pass(body.len());
                self.message(connection, &place, Message { kind, body: &body })?;
                Ok(Step::Read)
            }
            None => self.record(connection, key_log),
        }
    }

    fn message(&mut self, connection: &mut Connection, place: &Place, message: Message<'_>) -> Result<(), Trouble> {
        match self.stage {
            Stage::Clear => tls12::clear_message(self, connection, place, message),
            Stage::Tls12(_) => tls12::protected_message(self, connection, place, message),
            Stage::Handshake { .. } => tls13::handshake_message(self, connection, place, message),
            Stage::Application { .. } => tls13::application_message(self, connection, place, message),
            // Keys change only where no message is left.
            Stage::Finished => Err(place.unexpected("a handshake message under old keys", "one under new keys")),
        }
    }

    fn record(&mut self, connection: &mut Connection, key_log: &KeyLog) -> Result<Step, Trouble> {
        let here = self.here();
        let Some(record) = self.stream.peek().map_err(|what| here.malformed(what))? else {
            return Ok(Step::Nothing);
        };
        let length = record.body.len();
        let end = here.bytes.start + (HEADER + length) as u64;
        let place = Place { side: self.side, bytes: here.bytes.start..end };
        // A record under keys has an opener; what else there may be depends on the stage.
        let (opener, label) = match (&mut self.stage, record.content) {
            (Stage::Clear, _) => return self.clear_record(connection, key_log, &place),
            // A second one would be renegotiation, whose hellos are told first.
            (Stage::Tls12(opener), _) => (opener, Label::ClientRandom),
            // For the sake of boxes on the way, at any time of the handshake (RFC 8446, D.4).
            (_, ContentType::ChangeCipherSpec) => {
                self.stream.pass(length);
                return Ok(Step::Read);
            }
            (_, ContentType::Alert | ContentType::Handshake) => {
                return Err(place.unexpected(record.content.name(), "a protected record"));
            }
            (Stage::Finished, ContentType::ApplicationData) => {
                return tls13::take_application_keys(self, connection, key_log);
            }
            (Stage::Handshake { opener, .. }, ContentType::ApplicationData) => {
                (opener, tls13::handshake_label(self.side))
            }
            (Stage::Application { opener, .. }, ContentType::ApplicationData) => {
                (opener, tls13::application_label(self.side))
            }
        };
        let opened = opener.open(record);
        self.stream.pass(length);
        match opened {
            Ok((content, text)) => {
                if let Stage::Handshake { fitted, .. } = &mut self.stage {
                    *fitted = true;
                }
                self.opened(connection, &place, content, text)?;
            }
            Err(_) if matches!(self.stage, Stage::Handshake { fitted: false, .. }) && self.early_data(connection) => {
                tls13::pass_over_early_data(connection, &place);
            }
            Err(_) => return Err(connection.does_not_fit(&place, label)),
        }
        Ok(Step::Read)
    }

    /// Nothing protects it, or the keys begin with it.
    fn clear_record(&mut self, connection: &mut Connection, key_log: &KeyLog, place: &Place) -> Result<Step, Trouble> {
        // It was looked at just now.
        let Ok(Some(record)) = self.stream.peek() else { return Ok(Step::Nothing) };
        let length = record.body.len();
        let first_of_client = self.side == Side::Client && connection.client.is_none();
        if first_of_client && record.content != ContentType::Handshake {
            return Err(place.unexpected(record.content.name(), "a ClientHello"));
        }
        match record.content {
            ContentType::Handshake if length > MAX_TEXT => {
                return Err(place.malformed(Malformed::RecordLength { got: length, most: MAX_TEXT }));
            }
            ContentType::Handshake => self.messages.push(record.body, place.bytes.clone()),
            ContentType::Alert => connection.tell_alert(place, record.body)?,
            ContentType::ChangeCipherSpec | ContentType::ApplicationData if !self.messages.is_empty() => {
                return Err(place.unexpected(record.content.name(), "the rest of a handshake message"));
            }
            ContentType::ChangeCipherSpec => match connection.version() {
                None if self.side == Side::Client => return Ok(Step::Waits(Missing::Hello(Side::Server))),
                None => return Err(place.unexpected(record.content.name(), "a ServerHello")),
                Some(Version::Tls13) => {}
                Some(Version::Tls12) => match tls12::opener(self.side, connection, key_log) {
                    Some(opener) => self.stage = Stage::Tls12(opener),
                    None => return Ok(Step::Waits(Missing::Secret(Label::ClientRandom))),
                },
            },
            ContentType::ApplicationData
                if self.early_data(connection) && connection.retried && !connection.client_again =>
            {
                tls13::pass_over_early_data(connection, place);
            }
            ContentType::ApplicationData => match connection.version() {
                None if self.side == Side::Client => return Ok(Step::Waits(Missing::Hello(Side::Server))),
                None => return Err(place.unexpected(record.content.name(), "a ServerHello")),
                Some(Version::Tls12) => {
                    return Err(place.unexpected(record.content.name(), "a ChangeCipherSpec record"));
                }
                Some(Version::Tls13) => return tls13::take_handshake_keys(self, connection, key_log, place),
            },
        }
        self.stream.pass(length);
        Ok(Step::Read)
    }

    /// What a record carried under its protection.
    fn opened(
        &mut self,
        connection: &mut Connection,
        place: &Place,
        content: ContentType,
        text: Vec<u8>,
    ) -> Result<(), Trouble> {
        match (content, &self.stage) {
            (ContentType::Handshake, _) => self.messages.push(&text, place.bytes.clone()),
            (ContentType::Alert, _) => connection.tell_alert(place, &text)?,
            (ContentType::ApplicationData, Stage::Tls12(_) | Stage::Application { .. }) => {
                if !text.is_empty() {
                    connection.tell(place, What::Data(text));
                }
            }
            (content, _) => return Err(place.unexpected(content.name(), "a handshake message")),
        }
        Ok(())
    }

    /// Records may come that are under keys which are not read.
    fn early_data(&self, connection: &Connection) -> bool {
        self.side == Side::Client && connection.client.as_ref().is_some_and(|says| says.early_data)
    }
}

/// What the next message waits for. Under keys nothing waits: they are made of both hellos.
fn waits_for(side: Side, stage: &Stage, connection: &Connection) -> Option<Missing> {
    let missing = match (stage, side) {
        (Stage::Clear, Side::Client) => connection.client.is_some() && connection.version().is_none(),
        (Stage::Clear, Side::Server) => connection.client.is_none(),
        _ => false,
    };
    missing.then_some(Missing::Hello(side.other()))
}
