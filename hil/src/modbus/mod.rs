//! A Modbus client on a serial line or a TCP connection, for every device that has registers.
//!
//! ```text
//!   modbus:/dev/ttyUSB_RS485?9600n1&unit=1&timeout_ms=250      RTU
//!   modbus:tcp:192.168.1.20:502?unit=1                         TCP, port 502 where none is named
//! ```
//!
//! | option | meaning | when it is not there |
//! |---|---|---|
//! | a bare word such as `19200e1` | bit rate, parity, stop bits of a serial line | as the device is delivered |
//! | `rs485`, `rs485=inverted` | the driver of the line switches its direction with RTS | the adapter does, or nobody has to |
//! | `unit` | its number, 1 to 247 | as it is delivered |
//! | `timeout_ms` | how long it may take for an answer, besides what both take on the line | 250 |
//! | `late_ms` | how much later an answer may come: a device that missed its time is left alone for so long | 1000 |
//! | `gap_ms` | the pause it needs between two questions | as it is delivered |
//!
//! Devices may share a line, or a gateway: it is opened once, and each question waits for its turn. A device that is silent
//! costs the others its timeout. An answer that comes late is never taken for that to another question ([`owed`]); over TCP
//! its transaction tells.

mod owed;
mod port;
mod rtu;
mod settings;
mod tcp;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::{Instant, sleep_until};
use wire::modbus::{Exception, MAX_READ, MAX_WRITE, Request, Response, Table};

use crate::{Endpoint, EndpointError};
use port::Port;
pub(crate) use settings::Place;
pub(crate) use settings::{ModbusSettings, Usual};

/// The code with which a gateway says that the unit behind it does not answer.
const NO_ANSWER: Exception = Exception::Other(11);

/// A Modbus client for one unit.
#[derive(Debug)]
pub struct ModbusLink {
    device: String,
    settings: ModbusSettings,
    port: Arc<Port>,
    /// Not before then may the unit be asked.
    free: Instant,
}

/// What a unit is asked.
#[derive(Debug)]
struct Question<'a> {
    unit: u8,
    request: &'a Request,
    timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
enum Failure {
    /// The line cannot be opened.
    NotOpened(LinkError),
    /// The line or the connection is gone.
    Gone(io::Error),
    /// Nothing came.
    Silent,
    /// Only the answer to an earlier question came.
    Late,
    /// What came is no answer of anybody.
    Noise,
    /// The unit answered what it was not asked.
    Unasked,
    /// Another unit answered, and nobody had asked it.
    Stranger(u8),
}

impl ModbusLink {
    /// The host and the port of a device behind a TCP connection; `None` when it is on a serial line.
    ///
    /// # Errors
    /// It names no host, or a port that is none.
    pub fn tcp(endpoint: &Endpoint) -> Result<Option<(&str, u16)>, EndpointError> {
        settings::gateway(endpoint)
    }

    /// Opens the link of the device at that endpoint.
    ///
    /// # Errors
    /// It is not there, or the line is used otherwise by another device.
    pub(crate) async fn open(endpoint: &Endpoint, settings: ModbusSettings) -> Result<Self, LinkError> {
        let port = Port::at(&settings.place)?;
        let device = format!("{} unit {}", endpoint.target(), settings.unit);
        let link = Self { device, settings, port, free: Instant::now() };
        link.port.open().await.map_err(|failure| link.explain("opening", failure))?;
        Ok(link)
    }

    /// Reads registers: as many as were asked for.
    ///
    /// # Errors
    /// No answer in time, none that is one, a refusal, or the link is gone.
    pub async fn read(&mut self, table: Table, address: u16, count: u16) -> Result<Vec<u16>, LinkError> {
        if !(1..=MAX_READ).contains(&count) {
            return Err(self.error(ErrorKind::Refused, format!("a read is of 1 to {MAX_READ} registers, not {count}")));
        }
        let what = format!("{count} {} registers from {address}", table.name());
        match self.call(&Request::Read { table, address, count }, &what).await? {
            Response::Read { table: from, values } if from == table && values.len() == usize::from(count) => Ok(values),
            Response::Read { values, .. } => {
                Err(self.error(ErrorKind::Garbled, format!("{what}: the answer has {} of them", values.len())))
            }
            _ => Err(self.error(ErrorKind::Garbled, format!("{what}: the answer is to something else"))),
        }
    }

    /// Writes holding registers (function 16).
    ///
    /// # Errors
    /// No answer in time, none that is one, a refusal, or the link is gone.
    pub async fn write(&mut self, address: u16, values: &[u16]) -> Result<(), LinkError> {
        if values.is_empty() || values.len() > usize::from(MAX_WRITE) {
            let what = format!("a write is of 1 to {MAX_WRITE} registers, not {}", values.len());
            return Err(self.error(ErrorKind::Refused, what));
        }
        let what = format!("writing {} registers from {address}", values.len());
        match self.call(&Request::WriteMultiple { address, values: values.into() }, &what).await? {
            Response::WriteMultiple { address: at, count } if at == address && usize::from(count) == values.len() => {
                Ok(())
            }
            _ => Err(self.error(ErrorKind::Garbled, format!("{what}: the answer is of other registers"))),
        }
    }

    /// An error of this device.
    pub fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.device.clone(), what)
    }

    async fn call(&mut self, request: &Request, what: &str) -> Result<Response, LinkError> {
        sleep_until(self.free).await;
        let ModbusSettings { unit, timeout, late, gap, .. } = self.settings;
        // On a line, what a unit says late would disturb the answer to the next question. So it is while this future lasts,
        // and when it is dropped.
        let late = if self.is_on_line() { late } else { gap };
        self.free = Instant::now() + timeout + late;
        let answer = self.port.ask(&Question { unit, request, timeout }).await;
        self.free = Instant::now() + if answer.is_ok() { gap } else { late };
        match answer {
            Ok(Response::Exception { exception: NO_ANSWER, .. }) => {
                let what = format!("{what}: the gateway has no answer from the unit");
                Err(self.error(ErrorKind::TimedOut, what))
            }
            Ok(Response::Exception { exception, .. }) => {
                Err(self.error(ErrorKind::Refused, format!("{what}: {exception}")))
            }
            Ok(response) => Ok(response),
            Err(failure) => Err(self.explain(what, failure)),
        }
    }

    const fn is_on_line(&self) -> bool {
        matches!(self.settings.place, Place::Line { .. })
    }

    /// Without numbers that change: whoever hears the same twice says it once.
    fn explain(&self, what: &str, failure: Failure) -> LinkError {
        let timeout = self.settings.timeout.as_millis();
        match failure {
            Failure::NotOpened(error) => LinkError { device: self.device.clone().into(), ..error },
            Failure::Gone(error) => self.error(ErrorKind::Disconnected, format!("{what}: {error}")),
            Failure::Silent => self.error(ErrorKind::TimedOut, format!("{what}: no answer within {timeout} ms")),
            Failure::Late => {
                let what = format!(
                    "{what}: no answer within {timeout} ms, only that to an earlier question: a longer timeout_ms may help"
                );
                self.error(ErrorKind::TimedOut, what)
            }
            Failure::Noise => {
                let what =
                    format!("{what}: what came is no answer: a bad checksum, a cut frame, or another line setting");
                self.error(ErrorKind::Garbled, what)
            }
            Failure::Unasked => {
                self.error(ErrorKind::Garbled, format!("{what}: the unit answered what it was not asked"))
            }
            Failure::Stranger(unit) => {
                self.error(ErrorKind::Garbled, format!("{what}: the answer is another's, of unit {unit}"))
            }
        }
    }
}
