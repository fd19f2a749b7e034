//! Ears at an interface, on a thread of their own: what they hear has the time at which it came, whatever its speaker is busy with.

use std::thread::JoinHandle;
use std::time::Duration;

use hil::plc::Capture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::clock::time_of_day;
use super::listener::{Conclusion, Listener};
use super::runtime::{endpoint, runtime};

/// What was sent last has passed when nothing more is heard for so long.
const QUIET: Duration = Duration::from_millis(150);
/// A line that is never quiet is concluded all the same.
const NEVER_QUIET: Duration = Duration::from_secs(2);

/// Ears that are open.
pub(crate) struct Ears {
    asks: mpsc::UnboundedSender<oneshot::Sender<Conclusion>>,
    thread: JoinHandle<()>,
}

impl Ears {
    /// Opens them at an interface.
    ///
    /// # Errors
    /// The interface is not there, or raw frames are not allowed.
    pub(crate) fn open(interface: &str, mut listener: Listener) -> Result<Self, String> {
        let endpoint = endpoint("packet", interface)?;
        let (asks, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<Conclusion>>();
        let (opened, is_open) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(why) => return drop(opened.send(Err(why))),
            };
            runtime.block_on(async {
                let mut capture = match Capture::open(&endpoint) {
                    Ok(capture) => capture,
                    Err(error) => return drop(opened.send(Err(error.to_string()))),
                };
                let _ = opened.send(Ok(()));
                loop {
                    tokio::select! {
                        biased;
                        frame = capture.next() => match frame {
                            Ok(captured) => hear(&mut listener, captured.frame),
                            // It comes back, or the session ends.
                            Err(_) => tokio::time::sleep(QUIET).await,
                        },
                        ask = asked.recv() => {
                            let Some(answer) = ask else { return };
                            let rest = async {
                                while let Ok(Ok(captured)) = timeout(QUIET, capture.next()).await {
                                    hear(&mut listener, captured.frame);
                                }
                            };
                            let _ = timeout(NEVER_QUIET, rest).await;
                            let _ = answer.send(listener.conclude());
                        }
                    }
                }
            });
        });
        match is_open.recv() {
            Ok(Ok(())) => Ok(Self { asks, thread }),
            Ok(Err(why)) => Err(why),
            Err(_) => Err("the thread that listens has ended".to_owned()),
        }
    }

    /// What the judge says of what was heard since it was asked last.
    pub(crate) async fn conclude(&self) -> Conclusion {
        let (answer, answered) = oneshot::channel();
        let lost =
            || Conclusion { troubles: vec!["the thread that listens has ended".to_owned()], ..Conclusion::default() };
        if self.asks.send(answer).is_err() {
            return lost();
        }
        answered.await.unwrap_or_else(|_| lost())
    }

    /// Closes them.
    pub(crate) fn close(self) {
        drop(self.asks);
        let _ = self.thread.join();
    }
}

fn hear(listener: &mut Listener, frame: Vec<u8>) {
    listener.frame(time_of_day(), frame);
    // Whoever wants to know asks the judge.
    listener.take_seen();
}
