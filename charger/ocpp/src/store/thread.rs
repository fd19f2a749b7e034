//! The store's own thread: a commit, a lock of another program or a slow disk hold up nobody else.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Sqlite, Store, StoreAnswer, StoreError, StoreErrorKind, StoreLink, StoreRequest};

/// Owns a store on a thread of its own, where it is opened too. The thread ends when this is dropped, once the call that is
/// under way has returned.
#[derive(Debug)]
pub struct StoreThread {
    path: PathBuf,
    requests: mpsc::Sender<StoreRequest>,
    answers: UnboundedReceiver<StoreAnswer>,
    asked: Option<Asked>,
}

/// What the thread owes an answer to.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Commit,
    Load,
}

impl StoreThread {
    /// A store in that file, which is made if it is not there.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn sqlite(path: PathBuf) -> Result<Self, StoreError> {
        let file = path.clone();
        Self::start(path, move || Sqlite::open(&file))
    }

    /// A store that `open` opens, over there, when it is asked for something the first time.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start<S, F>(path: PathBuf, open: F) -> Result<Self, StoreError>
    where
        S: Store,
        F: FnMut() -> Result<S, StoreError> + Send + 'static,
    {
        let (requests, inbox) = mpsc::channel();
        let (outbox, answers) = unbounded_channel();
        thread::Builder::new()
            .name("store".into())
            .spawn(move || serve(open, &inbox, &outbox))
            .map_err(|error| failed(&path, format!("no thread for the store: {error}")))?;
        Ok(Self { path, requests, answers, asked: None })
    }
}

fn failed(path: &Path, what: String) -> StoreError {
    StoreError { path: path.into(), kind: StoreErrorKind::Failed, what }
}

impl StoreLink for StoreThread {
    fn request(&mut self, request: StoreRequest) {
        self.asked = Some(match request {
            StoreRequest::Commit(_) => Asked::Commit,
            StoreRequest::Load => Asked::Load,
        });
        // Where there is no thread any more, there is no sender of answers either, and that is told below.
        let _ = self.requests.send(request);
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<StoreAnswer> {
        let Some(asked) = self.asked else { return Poll::Pending };
        let answer = match self.answers.poll_recv(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(answer)) => answer,
            Poll::Ready(None) => {
                let error = failed(&self.path, "the thread of the store has ended: restart the charger".into());
                match asked {
                    Asked::Commit => StoreAnswer::Committed(Err(error)),
                    Asked::Load => StoreAnswer::Loaded(Err(error)),
                }
            }
        };
        if !matches!(answer, StoreAnswer::Waiting(_)) {
            self.asked = None;
        }
        Poll::Ready(answer)
    }
}

/// Serves requests until nobody can make any.
fn serve<S: Store>(
    mut open: impl FnMut() -> Result<S, StoreError>,
    inbox: &mpsc::Receiver<StoreRequest>,
    outbox: &UnboundedSender<StoreAnswer>,
) {
    let mut opened = None;
    while let Ok(request) = inbox.recv() {
        let answer = match request {
            StoreRequest::Load => StoreAnswer::Loaded(patiently(outbox, || opened_by(&mut opened, &mut open)?.load())),
            StoreRequest::Commit(batch) => {
                StoreAnswer::Committed(patiently(outbox, || opened_by(&mut opened, &mut open)?.commit(&batch)))
            }
        };
        // Nobody may be listening any more; then the loop ends.
        let _ = outbox.send(answer);
    }
}

/// The store, opened if it is not yet.
fn opened_by<'a, S: Store>(
    opened: &'a mut Option<S>,
    open: &mut impl FnMut() -> Result<S, StoreError>,
) -> Result<&'a mut S, StoreError> {
    match opened {
        Some(store) => Ok(store),
        None => Ok(opened.insert(open()?)),
    }
}

/// Does the work again while another program holds the file, and says once that it waits. Each attempt itself waits a while
/// for the file. Given up when nobody listens any more.
fn patiently<T>(
    outbox: &UnboundedSender<StoreAnswer>,
    mut work: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut told = false;
    loop {
        match work() {
            Err(error) if error.kind == StoreErrorKind::Busy && !outbox.is_closed() => {
                if !std::mem::replace(&mut told, true) {
                    let _ = outbox.send(StoreAnswer::Waiting(error));
                }
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::store::{Batch, Contents, load};

    /// A disk whose commits the test lets go on one by one; it says what it began.
    struct Disk {
        begun: mpsc::Sender<Batch>,
        results: mpsc::Receiver<Result<(), StoreError>>,
    }

    impl Store for Disk {
        fn load(&mut self) -> Result<Contents, StoreError> {
            Ok(Contents::default())
        }

        fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
            let _ = self.begun.send(batch.clone());
            self.results.recv().unwrap_or(Ok(()))
        }
    }

    fn path() -> PathBuf {
        "store".into()
    }

    fn error(kind: StoreErrorKind) -> StoreError {
        StoreError { path: path(), kind, what: "no".into() }
    }

    async fn answer(link: &mut StoreThread) -> StoreAnswer {
        poll_fn(|context| link.poll_answer(context)).await
    }

    #[tokio::test]
    async fn a_commit_that_takes_long_holds_up_nobody_and_one_that_is_held_up_says_so_once() {
        let ((begun, begins), (results, told)) = (mpsc::channel(), mpsc::channel());
        let mut disk = Some(Disk { begun, results: told });
        let mut link = StoreThread::start(path(), move || Ok(disk.take().expect("opened once"))).expect("a thread");
        assert_eq!(load(&mut link).await, Ok(Contents::default()));
        let values = vec![(("kind".into(), "name".into()), Some("value".into()))];
        let batch = Batch { values, ..Batch::default() };
        link.request(StoreRequest::Commit(batch.clone()));
        assert_eq!(begins.recv(), Ok(batch.clone()));
        // It is under way over there; here nothing waits.
        assert!(poll_fn(|context| Poll::Ready(link.poll_answer(context).is_pending())).await);
        for _ in 0..3 {
            results.send(Err(error(StoreErrorKind::Busy))).expect("it waits for that");
            assert_eq!(begins.recv(), Ok(batch.clone()));
        }
        results.send(Ok(())).expect("it waits for that");
        assert_eq!(answer(&mut link).await, StoreAnswer::Waiting(error(StoreErrorKind::Busy)));
        assert_eq!(answer(&mut link).await, StoreAnswer::Committed(Ok(())));
        results.send(Err(error(StoreErrorKind::Failed))).expect("it lives");
        link.request(StoreRequest::Commit(batch));
        assert_eq!(answer(&mut link).await, StoreAnswer::Committed(Err(error(StoreErrorKind::Failed))));
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_opened_is_opened_with_the_next_request() {
        let mut results = vec![Sqlite::in_memory(), Err(error(StoreErrorKind::Failed))];
        let mut link = StoreThread::start(path(), move || results.pop().expect("opened twice")).expect("a thread");
        assert_eq!(load(&mut link).await, Err(error(StoreErrorKind::Failed)));
        assert_eq!(load(&mut link).await, Ok(Contents::default()));
    }

    #[tokio::test]
    async fn a_thread_that_has_ended_is_told_with_each_request_and_never_waited_for() {
        let open = || -> Result<Sqlite, StoreError> { panic!("a bug in the store") };
        let mut link = StoreThread::start(path(), open).expect("a thread");
        let ended = load(&mut link).await.expect_err("it panicked");
        assert_eq!(ended.to_string(), "store: the thread of the store has ended: restart the charger");
        link.request(StoreRequest::Commit(Batch::default()));
        assert_eq!(answer(&mut link).await, StoreAnswer::Committed(Err(ended)));
        assert!(poll_fn(|context| Poll::Ready(link.poll_answer(context).is_pending())).await);
    }
}
