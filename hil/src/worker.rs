//! A thread for a device whose calls block in the kernel: an I2C adapter, a card reader, a framebuffer.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Openings that nobody waits for any more and that have not returned: the device, and what tells of their end.
static GIVEN_UP: Mutex<Vec<(String, oneshot::Receiver<()>)>> = Mutex::new(Vec::new());

/// Work for the thread.
type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// Owns a blocking device on a thread of its own. A call that does not return in time fails for the caller and goes on over
/// there; until it has ended, further calls fail at once: a stuck bus holds up nobody but its own thread.
#[derive(Debug)]
pub struct Worker<D> {
    name: String,
    jobs: mpsc::SyncSender<Job<D>>,
    /// The call that did not return in time.
    stuck: Option<oneshot::Receiver<()>>,
}

impl<D: 'static> Worker<D> {
    /// Starts the thread; the device is opened over there and stays there.
    ///
    /// A device is tried again and again, and a thread that hangs in the kernel cannot be ended. So as long as an opening
    /// that was given up has not returned, there is no other of the same name.
    ///
    /// # Errors
    /// The device cannot be opened, or not in time, or an earlier opening has not returned yet.
    pub async fn start<F>(name: &str, limit: Duration, open: F) -> Result<Self, LinkError>
    where
        F: FnOnce() -> Result<D, LinkError> + Send + 'static,
    {
        if is_given_up(name) {
            let what = "an earlier opening has not returned yet";
            return Err(LinkError::new(ErrorKind::TimedOut, name.to_owned(), what));
        }
        // One place: what is under way, and never a heap of calls behind it.
        let (jobs, inbox) = mpsc::sync_channel::<Job<D>>(1);
        let (opened, told) = oneshot::channel();
        let (returned, ended) = oneshot::channel();
        thread::Builder::new()
            .name(name.into())
            .spawn(move || match open_and_tell(open, returned) {
                Ok(mut device) => {
                    // Whoever wanted it may have given up meanwhile; then the channel is closed and the loop ends at once.
                    let _ = opened.send(Ok(()));
                    while let Ok(job) = inbox.recv() {
                        job(&mut device);
                    }
                }
                Err(error) => drop(opened.send(Err(error))),
            })
            .map_err(|error| LinkError::new(ErrorKind::Refused, name.to_owned(), error.to_string()))?;
        // Given up as well when whoever waits here is dropped.
        let mut opening = Opening { name, ended: Some(ended) };
        let answer = tokio::time::timeout(limit, told).await;
        if answer.is_ok() {
            opening.ended = None;
        }
        match answer {
            Ok(Ok(Ok(()))) => Ok(Self { name: name.into(), jobs, stuck: None }),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(LinkError::new(ErrorKind::Disconnected, name.to_owned(), "its thread ended")),
            Err(_) => Err(LinkError::new(ErrorKind::TimedOut, name.to_owned(), format!("opening took over {limit:?}"))),
        }
    }

    /// Has the thread do something with the device.
    ///
    /// # Errors
    /// What the work answers, or that it did not end in time.
    pub async fn call<R, F>(&mut self, limit: Duration, work: F) -> Result<R, LinkError>
    where
        R: Send + 'static,
        F: FnOnce(&mut D) -> Result<R, LinkError> + Send + 'static,
    {
        self.begin(limit, work)?.end().await
    }

    /// Has the thread begin to do something with the device. Whoever must not lose the answer when a future is dropped keeps
    /// the call and waits for its end again.
    ///
    /// # Errors
    /// An earlier call has not returned yet, or the thread is gone.
    pub fn begin<R, F>(&mut self, limit: Duration, work: F) -> Result<Call<R>, LinkError>
    where
        R: Send + 'static,
        F: FnOnce(&mut D) -> Result<R, LinkError> + Send + 'static,
    {
        if let Some(stuck) = &mut self.stuck {
            match stuck.try_recv() {
                Err(oneshot::error::TryRecvError::Empty) => {
                    return Err(self.error(ErrorKind::TimedOut, "an earlier call has not returned yet"));
                }
                Ok(()) | Err(oneshot::error::TryRecvError::Closed) => self.stuck = None,
            }
        }
        let (answer, told) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let job: Job<D> = Box::new(move |device| {
            let result = work(device);
            // In this order: whoever has the answer may call again at once. Nobody may be listening any more.
            let _ = done.send(());
            let _ = answer.send(result);
        });
        if self.jobs.try_send(job).is_err() {
            return Err(self.error(ErrorKind::Disconnected, "its thread ended"));
        }
        // Until it has returned, the call counts as stuck: also when whoever asked has given up.
        self.stuck = Some(ended);
        Ok(Call { name: self.name.clone(), limit, deadline: Instant::now() + limit, told })
    }

    fn error(&self, kind: ErrorKind, what: &str) -> LinkError {
        LinkError::new(kind, self.name.clone(), what)
    }
}

/// Opens the device; `returned` is dropped when that has ended, be it by a panic.
fn open_and_tell<D>(
    open: impl FnOnce() -> Result<D, LinkError>,
    returned: oneshot::Sender<()>,
) -> Result<D, LinkError> {
    let opened = open();
    drop(returned);
    opened
}

/// An opening that is waited for.
struct Opening<'a> {
    name: &'a str,
    /// Closed when it has returned; taken out when its answer came.
    ended: Option<oneshot::Receiver<()>>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            let mut given_up = GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner);
            given_up.push((self.name.into(), ended));
        }
    }
}

/// Whether an opening of that name was given up and has not returned. Forgets all that have.
fn is_given_up(name: &str) -> bool {
    let mut given_up = GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner);
    given_up.retain_mut(|(_, ended)| ended.try_recv() == Err(oneshot::error::TryRecvError::Empty));
    given_up.iter().any(|(device, _)| device == name)
}

/// A call of a [`Worker`] that is under way.
#[derive(Debug)]
pub struct Call<R> {
    name: String,
    limit: Duration,
    deadline: Instant,
    told: oneshot::Receiver<Result<R, LinkError>>,
}

impl<R> Call<R> {
    /// Waits for its end. Cancel safe; once it has given an answer there is no other.
    ///
    /// # Errors
    /// What the work answers, or that it did not end in time.
    pub async fn end(&mut self) -> Result<R, LinkError> {
        match tokio::time::timeout_at(self.deadline, &mut self.told).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(LinkError::new(ErrorKind::Disconnected, self.name.clone(), "its thread ended")),
            Err(_) => {
                let what = format!("no answer within {:?}", self.limit);
                Err(LinkError::new(ErrorKind::TimedOut, self.name.clone(), what))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_call_runs_on_the_thread_and_answers() {
        let mut worker = Worker::start("counter", LIMIT, || Ok(41)).await.expect("it opens");
        let next = worker
            .call(LIMIT, |count| {
                *count += 1;
                Ok(*count)
            })
            .await;
        assert_eq!(next, Ok(42));
    }

    #[tokio::test]
    async fn a_stuck_call_fails_in_time_and_later_calls_at_once_until_it_returns() {
        let mut worker = Worker::start("bus", LIMIT, || Ok(())).await.expect("it opens");
        let (release, held) = mpsc::channel::<()>();
        let stuck = worker.call(Duration::ZERO, move |()| Ok(held.recv().ok())).await;
        assert_eq!(stuck.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
        let next = worker.call(LIMIT, |()| Ok(())).await;
        assert_eq!(
            next.map_err(|error| error.to_string()),
            Err("bus: timed out: an earlier call has not returned yet".to_owned())
        );
        drop(release);
        // The thread is free as soon as it has seen that; each look yields.
        while worker.call(LIMIT, |()| Ok(())).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_call_that_was_begun_keeps_its_answer_when_whoever_waits_is_interrupted() {
        let mut worker = Worker::start("bus", LIMIT, || Ok(())).await.expect("it opens");
        let (release, held) = mpsc::channel::<()>();
        let mut call = worker.begin(LIMIT, move |()| Ok(held.recv().is_err())).expect("nothing is under way");
        let interrupted = tokio::time::timeout(Duration::ZERO, call.end()).await;
        assert!(interrupted.is_err());
        drop(release);
        assert_eq!(call.end().await, Ok(true));
        assert!(worker.call(LIMIT, |()| Ok(())).await.is_ok(), "the thread is free at once");
    }

    #[tokio::test]
    async fn a_device_that_cannot_be_opened_says_why() {
        let opened =
            Worker::<()>::start("bus", LIMIT, || Err(LinkError::new(ErrorKind::Disconnected, "bus", "no such device")));
        assert_eq!(
            opened.await.map(drop).map_err(|error| error.to_string()),
            Err("bus: disconnected: no such device".to_owned())
        );
    }

    #[tokio::test]
    async fn an_opening_that_hangs_has_one_thread_however_often_it_is_tried() {
        let (release, held) = mpsc::channel::<()>();
        let hangs = move || Ok(held.recv().ok());
        let first = Worker::start("hanging bus", Duration::ZERO, hangs).await;
        assert_eq!(first.map(drop).map_err(|error| error.kind), Err(ErrorKind::TimedOut));
        for _ in 0..3 {
            let again = Worker::<()>::start("hanging bus", LIMIT, || unreachable!("there is no second thread"));
            assert_eq!(
                again.await.map(drop).map_err(|error| error.to_string()),
                Err("hanging bus: timed out: an earlier opening has not returned yet".to_owned())
            );
        }
        assert!(Worker::start("another bus", LIMIT, || Ok(())).await.is_ok(), "others are not held up");
        drop(release);
        // It returns as soon as it has seen that; each look yields.
        while Worker::start("hanging bus", LIMIT, || Ok(())).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_opening_that_somebody_else_gave_up_counts_too() {
        let (_release, held) = mpsc::channel::<()>();
        let dropped =
            tokio::time::timeout(Duration::ZERO, Worker::start("left bus", LIMIT, move || Ok(held.recv().ok())));
        assert!(dropped.await.is_err());
        let again = Worker::start("left bus", LIMIT, || Ok(())).await;
        assert_eq!(again.map(drop).map_err(|error| error.kind), Err(ErrorKind::TimedOut));
    }
}
