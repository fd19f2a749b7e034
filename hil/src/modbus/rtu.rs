//! Question and answer on a serial line that several units share.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout_at};
use wire::modbus::rtu::{ResponseReader, encode};
use wire::modbus::{Adu, Request, Response};

use super::owed::{Owed, answers};
use super::{Failure, Question};

/// Between two frames a line is quiet for three and a half characters; on a fast line for this long at least.
const LEAST_QUIET: Duration = Duration::from_micros(1750);
/// How often a question waits for a line that is not quiet. Then it is asked all the same: what disturbs may never end.
const PATIENCE: usize = 8;
/// How many reads go into emptying the input: no line brings more within a gap.
const MOST_WAITING: usize = 16;

/// A stream whose input can be looked at without waiting.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Reads what is there already; `WouldBlock` when nothing is.
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Stream for crate::Line {
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read(buffer)
    }
}

/// One line, and what its units still owe.
#[derive(Debug)]
pub(super) struct Rtu<S> {
    stream: S,
    /// How long a character takes.
    character: Duration,
    reader: ResponseReader,
    owed: Owed,
    /// Not before then may the line be used.
    quiet: Instant,
}

/// What came, other than an answer to the question.
#[derive(Debug, Default)]
struct Heard {
    /// Bytes that belong to no response.
    noise: usize,
    /// A unit that nobody has asked, or that answered something else.
    stranger: Option<Adu>,
    /// An answer to an earlier question.
    late: bool,
}

impl<S: Stream> Rtu<S> {
    pub(super) fn new(stream: S, character: Duration) -> Self {
        Self { stream, character, reader: ResponseReader::new(), owed: Owed::default(), quiet: Instant::now() }
    }

    /// Asks a unit. A future that is dropped leaves the answer owed, and the next question takes that into account.
    pub(super) async fn ask(&mut self, question: &Question<'_>) -> Result<Response, Failure> {
        let Question { unit, request, .. } = question;
        self.listen_before().await?;
        if self.owed.looks_alike(Instant::now(), *unit, request) {
            let probe = self.owed.probe(*unit, request);
            self.send(*unit, &probe).await?;
            let deadline = self.deadline(question, &probe);
            self.hear(question, deadline, |owed, _| !owed.looks_alike(Instant::now(), *unit, request)).await?;
            self.listen_before().await?;
        }
        self.send(*unit, request).await?;
        let deadline = self.deadline(question, request);
        self.hear(question, deadline, |_, response| answers(request, response)).await
    }

    /// Waits until the line is quiet and its input is empty: what is in there was meant for an earlier question.
    async fn listen_before(&mut self) -> Result<(), Failure> {
        for _ in 0..PATIENCE {
            sleep_until(self.quiet).await;
            if !self.empty()? {
                break;
            }
            self.quiet = Instant::now() + self.gap();
        }
        self.reader.clear();
        Ok(())
    }

    /// Takes what is there; answers whether anything was.
    fn empty(&mut self) -> Result<bool, Failure> {
        let mut buffer = [0; 256];
        for reads in 0..MOST_WAITING {
            match self.stream.read_now(&mut buffer) {
                Ok(0) => return Err(ended()),
                Ok(length) => {
                    self.reader.push(&buffer[..length]);
                    while let Some(adu) = self.reader.next_response() {
                        if let Ok(response) = Response::decode(&adu.pdu) {
                            self.owed.hear(adu.unit, &response);
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(reads > 0),
                Err(error) => return Err(Failure::Gone(error)),
            }
        }
        Ok(true)
    }

    async fn send(&mut self, unit: u8, request: &Request) -> Result<(), Failure> {
        let frame = encode(&Adu { unit, pdu: request.encode() });
        // First: whoever drops this future may have sent it.
        self.owed.ask(Instant::now(), unit, request);
        self.stream.write_all(&frame).await.map_err(Failure::Gone)?;
        self.stream.flush().await.map_err(Failure::Gone)?;
        self.quiet = Instant::now() + self.character * frame.len() as u32 + self.gap();
        Ok(())
    }

    /// Until when the answer must be there: what question and answer take on the line comes on top of the unit's time.
    fn deadline(&self, question: &Question<'_>, request: &Request) -> Instant {
        let asked = request.encode().len() + 3;
        let answered = match request {
            Request::Read { count, .. } => 5 + 2 * usize::from(*count),
            Request::WriteSingle { .. } | Request::WriteMultiple { .. } => 8,
        };
        Instant::now() + question.timeout + self.character * (asked + answered) as u32
    }

    /// Hears until something came from the unit that is `wanted`, or that refuses; it has settled what it was about before
    /// `wanted` is asked.
    async fn hear(
        &mut self,
        question: &Question<'_>,
        deadline: Instant,
        wanted: impl Fn(&Owed, &Response) -> bool,
    ) -> Result<Response, Failure> {
        let mut heard = Heard::default();
        let mut buffer = [0; 256];
        loop {
            let length = match timeout_at(deadline, self.stream.read(&mut buffer)).await {
                Ok(Ok(0)) => return Err(ended()),
                Ok(Ok(length)) => length,
                Ok(Err(error)) => return Err(Failure::Gone(error)),
                Err(_) => return Err(heard.failure(question)),
            };
            self.quiet = Instant::now() + self.gap();
            heard.noise += length;
            self.reader.push(&buffer[..length]);
            while let Some(adu) = self.reader.next_response() {
                let Ok(response) = Response::decode(&adu.pdu) else { continue };
                // A unit, the PDU, a checksum: what is whole is no noise.
                heard.noise = heard.noise.saturating_sub(adu.pdu.len() + 3);
                let asked_for = self.owed.hear(adu.unit, &response);
                if adu.unit == question.unit && wanted(&self.owed, &response) {
                    return Ok(response);
                }
                if asked_for {
                    heard.late = true;
                } else {
                    heard.stranger = Some(adu);
                }
            }
        }
    }

    fn gap(&self) -> Duration {
        (self.character * 7 / 2).max(LEAST_QUIET)
    }
}

impl Heard {
    /// Why there is no answer.
    fn failure(self, question: &Question<'_>) -> Failure {
        match self {
            Self { stranger: Some(adu), .. } if adu.unit == question.unit => Failure::Unasked,
            Self { stranger: Some(adu), .. } => Failure::Stranger(adu.unit),
            Self { noise: 1.., .. } => Failure::Noise,
            Self { late: true, .. } => Failure::Late,
            Self { .. } => Failure::Silent,
        }
    }
}

fn ended() -> Failure {
    Failure::Gone(io::Error::new(io::ErrorKind::UnexpectedEof, "the line was hung up"))
}
