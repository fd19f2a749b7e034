//! Question and answer over a connection. The transaction tells which answer belongs to which question.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use wire::modbus::tcp::{Frame, FrameReader, encode};
use wire::modbus::{Adu, Response};

use super::{Failure, Question};
use crate::frames::Heard;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(2);
/// After so many questions in a row without an answer the connection counts as gone: the host may have restarted, and said
/// nothing.
const MUTE: u8 = 3;

/// A connection to a host that answers, or passes questions on to units behind it.
#[derive(Debug)]
pub(super) struct Gateway {
    address: String,
    connection: Option<Connection>,
    transaction: u16,
    unanswered: u8,
}

#[derive(Debug)]
struct Connection {
    stream: Heard<TcpStream>,
    reader: FrameReader,
}

impl Gateway {
    pub(super) const fn new(address: String) -> Self {
        Self { address, connection: None, transaction: 0, unanswered: 0 }
    }

    /// Connects, unless it is connected.
    pub(super) async fn open(&mut self) -> Result<(), Failure> {
        let connection = self.connected().await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn connected(&mut self) -> Result<Connection, Failure> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        self.unanswered = 0;
        let stream = match timeout(CONNECT, TcpStream::connect(&self.address)).await {
            Ok(stream) => stream.map_err(Failure::Gone)?,
            Err(_) => {
                let what = format!("no connection in {} s", CONNECT.as_secs());
                return Err(Failure::Gone(io::Error::new(io::ErrorKind::TimedOut, what)));
            }
        };
        let stream = Heard::new(format!("modbus:{}", self.address), stream);
        Ok(Connection { stream, reader: FrameReader::new() })
    }

    /// Asks a unit. A future that is dropped leaves an answer to come, whose transaction nobody waits for.
    pub(super) async fn ask(&mut self, question: &Question<'_>) -> Result<Response, Failure> {
        let mut connection = self.connected().await?;
        self.transaction = self.transaction.wrapping_add(1);
        let transaction = self.transaction;
        let adu = Adu { unit: question.unit, pdu: question.request.encode() };
        // Half a request would make nonsense of all that follow: the connection is kept only when it is sent.
        connection.stream.write_all(&encode(&Frame { transaction, adu })).await.map_err(Failure::Gone)?;
        connection.stream.flush().await.map_err(Failure::Gone)?;
        let connection = self.connection.insert(connection);
        let deadline = Instant::now() + question.timeout;
        let answer = timeout_at(deadline, connection.answer(transaction)).await.unwrap_or(Err(Failure::Silent));
        self.unanswered = if matches!(answer, Err(Failure::Silent)) { self.unanswered + 1 } else { 0 };
        if self.unanswered == MUTE || matches!(answer, Err(Failure::Gone(_) | Failure::Noise)) {
            self.connection = None;
        }
        let adu = answer?;
        if adu.unit != question.unit {
            return Err(Failure::Stranger(adu.unit));
        }
        Response::decode(&adu.pdu).map_err(|_| Failure::Noise)
    }
}

impl Connection {
    /// Reads on until the answer of this transaction; those of earlier ones come too late.
    async fn answer(&mut self, transaction: u16) -> Result<Adu, Failure> {
        let mut buffer = [0; 512];
        loop {
            while let Some(frame) = self.reader.next_frame().map_err(|_| Failure::Noise)? {
                if frame.transaction == transaction {
                    return Ok(frame.adu);
                }
            }
            match self.stream.read(&mut buffer).await {
                Ok(0) => {
                    return Err(Failure::Gone(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the connection was closed",
                    )));
                }
                Ok(length) => self.reader.push(&buffer[..length]),
                Err(error) => return Err(Failure::Gone(error)),
            }
        }
    }
}
