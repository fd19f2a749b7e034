//! A Modbus client on a serial line or a TCP connection, for every device that has registers.
//!
//! ```text
//!   modbus:/dev/ttyUSB_RS485?9600n1&unit=1&timeout_ms=250      RTU
//!   modbus:tcp:192.168.1.20:502?unit=1                         TCP, port 502 where none is named
//! ```

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_modbus::client::{Client, Context, rtu, tcp};
use tokio_modbus::{ExceptionCode, Request, Response, Slave};
use wire::modbus::{MAX_READ, MAX_WRITE, Table};

use crate::frames::Heard;
use crate::serial::line_word;
use crate::{Endpoint, EndpointError, LineSettings, options};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(2);
/// Where nothing else is said.
const TIMEOUT: Duration = Duration::from_millis(250);
/// The port of Modbus, for where none is named.
const PORT: u16 = 502;

/// A Modbus client for one unit. After anything that went wrong it waits and opens its link anew, so that no late answer is
/// taken for the next one.
#[derive(Debug)]
pub struct ModbusLink {
    device: String,
    target: Target,
    unit: u8,
    timeout: Duration,
    open: Option<OpenLink>,
    /// When the line may be used again.
    quiet: Instant,
}

#[derive(Clone, Debug)]
enum Target {
    Serial { path: String, line: LineSettings },
    Tcp(String),
}

struct OpenLink {
    context: Context,
    heard: Arc<AtomicU64>,
}

impl fmt::Debug for OpenLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenLink").field("heard", &self.heard).finish_non_exhaustive()
    }
}

impl ModbusLink {
    /// Refuses an endpoint with a setting that neither this link knows nor the device behind it.
    ///
    /// # Errors
    /// There is one.
    pub fn only(endpoint: &Endpoint, device: &[&str]) -> Result<(), LinkError> {
        let known: Vec<_> = device.iter().copied().chain(["unit", "timeout_ms"]).chain(line_word(endpoint)).collect();
        options::only(endpoint, &known)
    }

    /// The host and the port of a device behind a TCP connection; `None` when it is on a serial line.
    ///
    /// # Errors
    /// There is a port, and it is none.
    pub fn tcp(endpoint: &Endpoint) -> Result<Option<(&str, u16)>, EndpointError> {
        let Some(address) = endpoint.target().strip_prefix("tcp:") else { return Ok(None) };
        // An IPv6 address has its colons between brackets.
        match address.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => match port.parse() {
                Ok(port) => Ok(Some((host, port))),
                Err(_) => Err(endpoint.wrong(format!("expected tcp:HOST[:PORT], and {port:?} is no port"))),
            },
            None => Ok(Some((address, PORT))),
        }
    }

    /// Opens the link; `line` and `unit` are how the device is delivered, for where the endpoint says nothing.
    ///
    /// # Errors
    /// It is not there, or something in the endpoint is wrong.
    pub async fn open(endpoint: &Endpoint, line: LineSettings, unit: u8) -> Result<Self, LinkError> {
        let line = LineSettings::of(endpoint, line)?;
        let target = match Self::tcp(endpoint)? {
            Some((host, port)) => Target::Tcp(format!("{host}:{port}")),
            None => Target::Serial { path: endpoint.target().into(), line },
        };
        let unit = endpoint.number("unit")?.unwrap_or(unit);
        if !(1..=247).contains(&unit) {
            return Err(endpoint.wrong("unit: expected 1 to 247").into());
        }
        let timeout = options::millis(endpoint, "timeout_ms", TIMEOUT)?;
        let device = format!("{} unit {unit}", endpoint.target());
        let mut link = Self { device, target, unit, timeout, open: None, quiet: Instant::now() };
        link.open = Some(link.connect().await?);
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
        let what = format!("{count} {} registers from {address}", name(table));
        let request = match table {
            Table::Holding => Request::ReadHoldingRegisters(address, count),
            Table::Input => Request::ReadInputRegisters(address, count),
        };
        let words = match self.call(request, &what).await? {
            Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => words,
            _ => Vec::new(),
        };
        if words.len() == usize::from(count) {
            Ok(words)
        } else {
            self.open = None;
            Err(self.error(ErrorKind::Garbled, format!("{what}: the answer has {} of them", words.len())))
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
        match self.call(Request::WriteMultipleRegisters(address, values.into()), &what).await? {
            Response::WriteMultipleRegisters(at, count) if at == address && usize::from(count) == values.len() => {
                Ok(())
            }
            _ => {
                self.open = None;
                Err(self.error(ErrorKind::Garbled, format!("{what}: the answer is of other registers")))
            }
        }
    }

    /// An error of this device.
    pub fn error(&self, kind: ErrorKind, what: impl Into<String>) -> LinkError {
        LinkError::new(kind, self.device.clone(), what)
    }

    async fn connect(&self) -> Result<OpenLink, LinkError> {
        let heard = Arc::new(AtomicU64::new(0));
        let slave = Slave(self.unit);
        let context = match &self.target {
            Target::Serial { path, line } => {
                rtu::attach_slave(Counted { inner: line.open(path)?, heard: Arc::clone(&heard) }, slave)
            }
            Target::Tcp(address) => {
                let stream = match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => return Err(self.error(ErrorKind::Disconnected, error.to_string())),
                    Err(_) => return Err(self.error(ErrorKind::Disconnected, format!("no connection in {CONNECT:?}"))),
                };
                let stream = Heard::new(format!("modbus:{address}"), stream);
                tcp::attach_slave(Counted { inner: stream, heard: Arc::clone(&heard) }, slave)
            }
        };
        Ok(OpenLink { context, heard })
    }

    async fn call(&mut self, request: Request<'_>, what: &str) -> Result<Response, LinkError> {
        // The link is put back only after a good answer: a future that is dropped meanwhile takes it along, and the answer
        // that is still to come with it.
        let open = self.open.take();
        tokio::time::sleep_until(self.quiet).await;
        let mut link = match open {
            Some(link) => link,
            None => self.connect().await?,
        };
        let before = link.heard.load(Ordering::Relaxed);
        let answer = tokio::time::timeout(self.timeout, link.context.call(request)).await;
        if let Target::Serial { line, .. } = &self.target {
            // Between two frames a line is quiet for three and a half characters. After a failure a late answer gets as long
            // again as it had, and is forgotten when the line is opened anew.
            let gap = if matches!(answer, Ok(Ok(_))) { line.character() * 7 / 2 } else { self.timeout };
            self.quiet = Instant::now() + gap;
        }
        let bytes = link.heard.load(Ordering::Relaxed).saturating_sub(before);
        let garbled =
            || format!("{what}: {bytes} bytes that are no answer: a bad checksum, a cut frame, another line setting");
        match answer {
            Ok(Ok(Ok(response))) => {
                self.open = Some(link);
                Ok(response)
            }
            Ok(Ok(Err(exception))) => {
                self.open = Some(link);
                let kind = match exception {
                    ExceptionCode::GatewayTargetDevice => ErrorKind::TimedOut,
                    _ => ErrorKind::Refused,
                };
                Err(self.error(kind, format!("{what}: {exception}")))
            }
            Ok(Err(tokio_modbus::Error::Protocol(error))) => {
                Err(self.error(ErrorKind::Garbled, format!("{what}: the answer is another's: {error}")))
            }
            Ok(Err(tokio_modbus::Error::Transport(error))) => {
                if matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput) {
                    return Err(self.error(ErrorKind::Garbled, garbled()));
                }
                Err(self.error(ErrorKind::Disconnected, format!("{what}: {error}")))
            }
            // A bad checksum is silence to the codec: it goes on looking for a frame. What came tells the difference.
            Err(_) if bytes > 0 => Err(self.error(ErrorKind::Garbled, garbled())),
            Err(_) => Err(self.error(ErrorKind::TimedOut, format!("{what}: no answer within {:?}", self.timeout))),
        }
    }
}

const fn name(table: Table) -> &'static str {
    match table {
        Table::Holding => "holding",
        Table::Input => "input",
    }
}

/// Counts what comes.
#[derive(Debug)]
struct Counted<T> {
    inner: T,
    heard: Arc<AtomicU64>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(context, buffer);
        let came = buffer.filled().len() - before;
        self.heard.fetch_add(came as u64, Ordering::Relaxed);
        poll
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_name_its_port_and_has_that_of_modbus_otherwise() {
        for (target, expected) in [
            ("tcp:192.0.2.7:1502", Some(("192.0.2.7", 1502))),
            ("tcp:192.0.2.7", Some(("192.0.2.7", 502))),
            ("tcp:meter.local", Some(("meter.local", 502))),
            ("tcp:[2001:db8::7]", Some(("[2001:db8::7]", 502))),
            ("tcp:[2001:db8::7]:1502", Some(("[2001:db8::7]", 1502))),
            ("/dev/ttyUSB0", None),
        ] {
            let endpoint = format!("modbus:{target}?unit=1").parse().expect("an endpoint");
            assert_eq!(ModbusLink::tcp(&endpoint), Ok(expected), "{target}");
        }
        let endpoint = "modbus:tcp:192.0.2.7:http".parse().expect("an endpoint");
        let error = ModbusLink::tcp(&endpoint).expect_err("no port");
        assert_eq!(error.expected, "expected tcp:HOST[:PORT], and \"http\" is no port");
    }
}
