//! What both sides of a connection have to know of each other, and what is to be told of it.

use std::collections::VecDeque;
use std::ops::Range;

use crate::handshake::ClientSays;
use crate::protection::Randoms;
use crate::suite::Working;
use crate::{Alert, CipherSuite, Event, KeyLog, Label, Malformed, Side, Trouble, Version, What};

/// What is known of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    /// The client's first hello.
    pub(crate) client: Option<ClientSays>,
    /// The server wants another hello: it is TLS 1.3.
    pub(crate) retried: bool,
    /// The client said hello a second time.
    pub(crate) client_again: bool,
    /// That there is early data is told once.
    pub(crate) early_data_told: bool,
    /// What the server chose.
    pub(crate) agreed: Option<Agreed>,
    pub(crate) events: VecDeque<Event>,
}

/// What client and server agreed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) version: Version,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) working: Working,
    pub(crate) randoms: Randoms,
    pub(crate) encrypt_then_mac: bool,
}

/// What a side cannot be read without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Missing {
    /// The hello of this side.
    Hello(Side),
    /// A line of the key log.
    Secret(Label),
}

/// What became of the next record or message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// It is read, and there may be more.
    Read,
    /// There is none that is complete.
    Nothing,
    /// It waits.
    Waits(Missing),
}

/// Where something stands: who sent it, and the records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) side: Side,
    pub(crate) bytes: Range<u64>,
}

impl Place {
    pub(crate) const fn malformed(&self, what: Malformed) -> Trouble {
        Trouble::Malformed { side: self.side, at: self.bytes.start, what }
    }

    pub(crate) const fn unexpected(&self, got: &'static str, expected: &'static str) -> Trouble {
        self.malformed(Malformed::Unexpected { got, expected })
    }

    pub(crate) const fn too_short(&self, what: &'static str) -> Trouble {
        self.malformed(Malformed::TooShort(what))
    }
}

impl Connection {
    pub(crate) fn tell(&mut self, place: &Place, what: What) {
        self.events.push_back(Event { side: place.side, bytes: place.bytes.clone(), what });
    }

    /// An alert is two bytes in a record of its own.
    pub(crate) fn tell_alert(&mut self, place: &Place, text: &[u8]) -> Result<(), Trouble> {
        let [level, description] = *text else {
            return Err(place.unexpected("an alert of another length", "two bytes"));
        };
        self.tell(place, What::Alert(Alert { level, description }));
        Ok(())
    }

    /// The version, once the server has said so.
    pub(crate) const fn version(&self) -> Option<Version> {
        match &self.agreed {
            Some(agreed) => Some(agreed.version),
            None if self.retried => Some(Version::Tls13),
            None => None,
        }
    }

    /// By this the key log finds the connection; zeros when it has no hello, but then nothing is looked for.
    pub(crate) fn client_random(&self) -> [u8; 32] {
        self.client.as_ref().map_or([0; 32], |says| says.hello.random)
    }

    pub(crate) fn does_not_fit(&self, place: &Place, label: Label) -> Trouble {
        let client_random = self.client_random();
        Trouble::DoesNotFit { side: place.side, at: place.bytes.start, label, client_random }
    }

    /// What it is that nothing can be read without.
    pub(crate) fn is_missing(&self, missing: Missing) -> Trouble {
        match missing {
            Missing::Hello(side) => Trouble::NoHello { side },
            Missing::Secret(label) => Trouble::NoSecret { label, client_random: self.client_random() },
        }
    }
}

impl Agreed {
    /// A secret of TLS 1.3; `None` while the key log does not have it.
    pub(crate) fn tls13_secret(self, key_log: &KeyLog, label: Label) -> Result<Option<Vec<u8>>, Trouble> {
        let client_random = self.randoms.client;
        let Some(secret) = key_log.secret(&client_random, label) else { return Ok(None) };
        let (got, expected) = (secret.len(), self.working.hash.length());
        if got == expected {
            Ok(Some(secret.to_vec()))
        } else {
            Err(Trouble::SecretLength { label, client_random, cipher_suite: self.cipher_suite, got, expected })
        }
    }
}
