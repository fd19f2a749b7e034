//! What several devices share: a serial line or a gateway is opened once, locked once, and asked one question at a time.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use hardware::{ErrorKind, LinkError};
use tokio::sync::Mutex as Queue;
use wire::modbus::Response;

use super::rtu::Rtu;
use super::settings::Place;
use super::tcp::Gateway;
use super::{Failure, Question};
use crate::{Line, LineSettings};

/// The ports that devices of this process use now.
static USED: Mutex<Vec<Weak<Port>>> = Mutex::new(Vec::new());

/// A line or a gateway, and the queue of those who ask over it: first come, first served.
#[derive(Debug)]
pub(super) struct Port {
    place: Place,
    wire: Queue<Wire>,
}

#[derive(Debug)]
enum Wire {
    Line(OneLine),
    Gateway(Gateway),
}

/// A serial line. Where its name leads later is another line: whoever uses this one begins again then.
#[derive(Debug)]
struct OneLine {
    /// As the first device names it. It is opened by that: others who open nodes know no other name.
    name: String,
    /// Where that led.
    node: String,
    settings: LineSettings,
    open: Option<Box<Rtu<Line>>>,
}

impl Port {
    /// The port at that place: the one that another device uses already, or a new one.
    ///
    /// # Errors
    /// Another device uses the line with other settings.
    pub(super) fn at(place: &Place) -> Result<Arc<Self>, LinkError> {
        let (named, place) = (place, place.canonical());
        let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|port| port.strong_count() > 0);
        if let Some(port) = used.iter().filter_map(Weak::upgrade).find(|port| port.place.is_same(&place)) {
            return port.place.agrees(&place).map(|()| Arc::clone(&port));
        }
        let wire = match &place {
            Place::Line { path, line } => {
                Wire::Line(OneLine { name: named.name().into(), node: path.clone(), settings: *line, open: None })
            }
            Place::Gateway(address) => Wire::Gateway(Gateway::new(address.clone())),
        };
        let port = Arc::new(Self { place, wire: Queue::new(wire) });
        used.push(Arc::downgrade(&port));
        Ok(port)
    }

    /// Opens it, unless it is open.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        match &mut *self.wire.lock().await {
            Wire::Line(line) => line.opened().map(drop),
            Wire::Gateway(gateway) => gateway.open().await,
        }
    }

    /// Asks a question when it is its turn.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Response, Failure> {
        match &mut *self.wire.lock().await {
            Wire::Line(line) => {
                let answer = line.opened()?.ask(question).await;
                if matches!(answer, Err(Failure::Gone(_))) {
                    line.open = None;
                }
                answer
            }
            Wire::Gateway(gateway) => gateway.ask(question).await,
        }
    }
}

impl OneLine {
    fn opened(&mut self) -> Result<&mut Rtu<Line>, Failure> {
        let line = match self.open.take() {
            Some(line) => line,
            None => {
                if node_of(&self.name) != self.node {
                    let error = LinkError::new(ErrorKind::Disconnected, self.name.clone(), "it is another line now");
                    return Err(Failure::NotOpened(error));
                }
                let line = self.settings.open(&self.name).map_err(Failure::NotOpened)?;
                Box::new(Rtu::new(line, self.settings.character()))
            }
        };
        Ok(self.open.insert(line))
    }
}

impl Place {
    fn name(&self) -> &str {
        match self {
            Self::Line { path, .. } => path,
            Self::Gateway(address) => address,
        }
    }

    /// The place itself, behind the links that lead to it.
    pub(crate) fn canonical(&self) -> Self {
        match self {
            Self::Line { path, line } => Self::Line { path: node_of(path), line: *line },
            Self::Gateway(address) => Self::Gateway(address.clone()),
        }
    }

    /// Whether both are the same line, or the same gateway.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Line { path, .. }, Self::Line { path: other, .. }) => path == other,
            (Self::Gateway(address), Self::Gateway(other)) => address == other,
            (Self::Line { .. }, Self::Gateway(_)) | (Self::Gateway(_), Self::Line { .. }) => false,
        }
    }

    /// Whether two devices at the same place speak in the same way.
    ///
    /// # Errors
    /// They do not, and one line has one speed.
    fn agrees(&self, other: &Self) -> Result<(), LinkError> {
        match (self, other) {
            (Self::Line { path, line }, Self::Line { line: wanted, .. }) if line != wanted => {
                let what = format!("another device uses this line with {line}, this one wants {wanted}");
                Err(LinkError::new(ErrorKind::Refused, path.clone(), what))
            }
            _ => Ok(()),
        }
    }
}

/// The node behind the links that a name of a line is; the name itself where nothing is there.
fn node_of(name: &str) -> String {
    let node = std::fs::canonicalize(name).ok().and_then(|node| node.to_str().map(str::to_owned));
    node.unwrap_or_else(|| name.to_owned())
}
