//! A link between a charger that the test plays and a CSMS that the test plays.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::{Mutex, mpsc};
use tokio::task::LocalSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use units::Instant;

use crate::shell::{Charger, Connect, Direction, SUBPROTOCOL, run};
use crate::station::tests::config;
use crate::{Contents, Local, Notice, Sqlite, Station, Store, StoreAnswer, StoreLink, StoreRequest};

pub(super) type Socket = WebSocketStream<DuplexStream>;

/// The way to the station, for several who have something to say.
pub(super) struct Line(Mutex<SplitSink<Socket, Message>>);

impl Line {
    /// Splits a connection.
    pub(super) fn of(socket: Socket) -> (Self, SplitStream<Socket>) {
        let (sink, stream) = socket.split();
        (Self(Mutex::new(sink)), stream)
    }

    /// Sends a frame, or has it wait for the next that is flushed.
    pub(super) async fn send(&self, text: String, flush: bool) {
        let mut sink = self.0.lock().await;
        sink.feed(Message::text(text)).await.expect("the station reads on");
        if flush {
            sink.flush().await.expect("the station reads on");
        }
    }
}

/// How the peer takes a connection after the first one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Peer {
    /// The test takes it with [`Bench::accept`].
    Accepts,
    /// Dialling it never ends.
    Hangs,
}

/// What the charger was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    pub(super) notices: Vec<String>,
    /// How many frames were recorded.
    pub(super) frames: usize,
}

impl Recorded {
    pub(super) fn says(&self, words: &str) -> bool {
        self.notices.iter().any(|notice| notice.contains(words))
    }
}

/// The test's ends.
pub(super) struct Bench {
    start: tokio::time::Instant,
    locals: mpsc::UnboundedSender<Local>,
    told: Rc<RefCell<Recorded>>,
    dialled: RefCell<mpsc::UnboundedReceiver<DuplexStream>>,
    peer: Rc<Cell<Peer>>,
    disk: Rc<Disk>,
}

impl Bench {
    pub(super) fn now(&self) -> Instant {
        Instant::from(self.start.elapsed())
    }

    /// The charger has something to tell.
    pub(super) fn tell(&self, local: Local) {
        self.locals.send(local).expect("the link runs");
    }

    pub(super) fn told(&self) -> Recorded {
        self.told.borrow().clone()
    }

    pub(super) fn set_peer(&self, peer: Peer) {
        self.peer.set(peer);
    }

    pub(super) fn hold_store(&self, held: bool) {
        self.disk.held.set(held);
    }

    /// What the store has under that name.
    pub(super) fn stored(&self, name: &str) -> Option<String> {
        let Contents { values, .. } = self.disk.store.borrow_mut().load().expect("readable");
        values.into_iter().find(|((_, own), _)| own == name).map(|(_, value)| value)
    }

    /// The next connection that the station makes.
    #[allow(clippy::await_holding_refcell_ref)] // the test alone takes connections, one at a time
    pub(super) async fn accept(&self) -> Socket {
        let stream = self.dialled.borrow_mut().recv().await.expect("the link runs");
        // The error type is tungstenite's own and large; it is never made here.
        #[allow(clippy::result_large_err)]
        let choose = |_: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
            Ok(response)
        };
        accept_hdr_async(stream, choose).await.expect("a handshake")
    }
}

/// The store: done at once, or held.
struct Disk {
    store: RefCell<Sqlite>,
    held: Cell<bool>,
}

struct DiskLink {
    disk: Rc<Disk>,
    asked: Option<StoreRequest>,
}

impl StoreLink for DiskLink {
    fn request(&mut self, request: StoreRequest) {
        self.asked = Some(request);
    }

    fn poll_answer(&mut self, _: &mut Context<'_>) -> Poll<StoreAnswer> {
        if self.disk.held.get() {
            return Poll::Pending;
        }
        match self.asked.take() {
            Some(StoreRequest::Commit(batch)) => {
                Poll::Ready(StoreAnswer::Committed(self.disk.store.borrow_mut().commit(&batch)))
            }
            Some(StoreRequest::Load) | None => Poll::Pending,
        }
    }
}

struct Desk {
    locals: mpsc::UnboundedReceiver<Local>,
    told: Rc<RefCell<Recorded>>,
}

impl Charger for Desk {
    async fn next(&mut self) -> Option<Local> {
        self.locals.recv().await
    }

    fn notice(&mut self, notice: Notice) {
        self.told.borrow_mut().notices.push(format!("{notice:?}"));
    }

    fn frame(&mut self, _: Direction, _: &str) {
        self.told.borrow_mut().frames += 1;
    }
}

struct Dial {
    pipe: usize,
    peers: mpsc::UnboundedSender<DuplexStream>,
    peer: Rc<Cell<Peer>>,
    first: bool,
}

impl Connect for Dial {
    type Stream = DuplexStream;

    async fn connect(&mut self) -> io::Result<DuplexStream> {
        if !std::mem::replace(&mut self.first, false) && self.peer.get() == Peer::Hangs {
            std::future::pending::<()>().await;
        }
        let (near, far) = tokio::io::duplex(self.pipe);
        self.peers.send(far).map_err(io::Error::other)?;
        Ok(near)
    }

    fn url(&self) -> String {
        "ws://csms.test/PF-1".into()
    }
}

pub(super) async fn story(tell: impl AsyncFnOnce(&Bench)) {
    with_pipe(64 * 1024, tell).await;
}

/// Runs a link beside a story; `pipe` is how many bytes may be under way in each direction.
pub(super) async fn with_pipe(pipe: usize, tell: impl AsyncFnOnce(&Bench)) {
    let (locals, told_by_charger) = mpsc::unbounded_channel();
    let (peers, dialled) = mpsc::unbounded_channel();
    let disk = Rc::new(Disk { store: RefCell::new(Sqlite::in_memory().expect("memory")), held: Cell::new(false) });
    let (told, peer) = (Rc::new(RefCell::new(Recorded::default())), Rc::new(Cell::new(Peer::Accepts)));
    let start = tokio::time::Instant::now();
    let bench = Bench {
        start,
        locals,
        told: Rc::clone(&told),
        dialled: RefCell::new(dialled),
        peer: Rc::clone(&peer),
        disk: Rc::clone(&disk),
    };
    let link = async move {
        let mut next = 0;
        let ids = Box::new(move || {
            next += 1;
            next
        });
        let mut station = Station::new(config(), Contents::default(), ids, Instant::ZERO);
        let mut store = DiskLink { disk, asked: None };
        let mut dial = Dial { pipe, peers, peer, first: true };
        let mut desk = Desk { locals: told_by_charger, told };
        run(&mut station, &mut store, Some(&mut dial), &mut desk, || Instant::from(start.elapsed())).await;
    };
    // A task of its own: it runs when it has something to do, not when the story waits.
    let tasks = LocalSet::new();
    tasks.spawn_local(link);
    tasks.run_until(tell(&bench)).await;
}

/// Takes the first connection and accepts the station.
pub(super) async fn booted(bench: &Bench) -> Socket {
    let mut socket = bench.accept().await;
    let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("no boot") };
    let frame: Value = serde_json::from_str(&text).expect("JSON");
    socket.send(Message::text(answer_to(&frame).expect("a CALL"))).await.expect("it is connected");
    socket
}

/// What a CSMS that behaves answers to a frame, if it is a CALL.
fn answer_to(frame: &Value) -> Option<String> {
    if frame[0] != 2 {
        return None;
    }
    let payload = match frame[2].as_str().unwrap_or_default() {
        "BootNotification" => json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 300 }),
        "Heartbeat" => json!({ "currentTime": "2026-03-02T06:00:00Z" }),
        "Authorize" => json!({ "idTokenInfo": { "status": "Accepted" } }),
        _ => json!({}),
    };
    Some(json!([3, frame[1], payload]).to_string())
}

/// What came on a connection until the answer to one CALL.
pub(super) struct Answered {
    pub(super) at: Instant,
    /// The actions of the station's own CALLs.
    pub(super) calls: Vec<String>,
}

/// Reads everything until the answer to `probe`; the CALLs of the station are written down and answered.
pub(super) async fn converse(bench: &Bench, line: &Line, mut stream: SplitStream<Socket>, probe: &str) -> Answered {
    let mut calls = Vec::new();
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else { continue };
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        if let Some(answer) = answer_to(&frame) {
            calls.push(frame[2].as_str().unwrap_or_default().to_owned());
            line.send(answer, true).await;
        } else if frame[1] == probe {
            return Answered { at: bench.now(), calls };
        }
    }
    panic!("the connection ended: {:?}", bench.told().notices.last());
}
