//! Drives the connector lock and reads it back.

pub(crate) mod call;

use std::time::Duration;

use hardware::{ConnectorLock, ErrorKind, HardwareError, LockPosition};
use tokio::time::timeout;

use self::call::LockCall;
use super::RETRY;
use super::session::call::SessionCall;
use crate::bus::{Inbox, Port};

/// How long a bolt that did not get there rests: its motor pushed against something with all its force.
const JAM_RETRY: Duration = Duration::from_secs(5);

/// Moves the bolt as the session asks; every movement ends with a read-back.
///
/// The session asks once. A wish that was not fulfilled stays one, and is tried again until the bolt is where it should be or
/// another wish comes: nobody else would free a plug that is stuck, or an outlet that is out of order because of it.
pub(crate) async fn lock<L: ConnectorLock>(port: Port, mut inbox: Inbox<LockCall>, mut lock: L) {
    // What is still to be done, and when.
    let mut open: Option<(bool, Duration)> = None;
    // What the session knows of the wish.
    let mut told = None;
    loop {
        let asked = match open {
            Some((_, pause)) => timeout(pause, inbox.recv()).await.ok(),
            None => Some(inbox.recv().await),
        };
        let locked = match (asked, open) {
            (Some(Some(LockCall::Drive(mut locked))), _) => {
                // Only the last wish counts.
                while let Ok(LockCall::Drive(newer)) = inbox.try_recv() {
                    locked = newer;
                }
                told = None;
                locked
            }
            (Some(None), _) => return,
            (None, Some((locked, _))) => locked,
            (None, None) => continue,
        };
        let result = moved(&mut lock, locked).await;
        let expected = if locked { LockPosition::Locked } else { LockPosition::Unlocked };
        open = match &result {
            Ok(position) if *position == expected => None,
            Ok(_) => Some((locked, JAM_RETRY)),
            Err(_) => Some((locked, RETRY)),
        };
        let result = result.map_err(|error| error.to_string());
        // Trying again is no news as long as nothing else comes of it. Once something else is wished, what became of the wish
        // before is none at all: it would be taken for the answer to the newer one.
        if told.as_ref() != Some(&result) && inbox.is_empty() {
            told = Some(result.clone());
            port.tell(SessionCall::Lock(result));
        }
    }
}

/// Moves the bolt, and says where it is then. A bus has noise as a wire has: what arrived garbled is asked for once more before
/// anybody is told.
async fn moved<L: ConnectorLock>(lock: &mut L, locked: bool) -> Result<LockPosition, L::Error> {
    match lock.drive(locked).await {
        Err(error) if error.kind() == ErrorKind::Garbled => lock.drive(locked).await?,
        done => done?,
    }
    match lock.position().await {
        Err(error) if error.kind() == ErrorKind::Garbled => lock.position().await,
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use hardware::LinkError;
    use tokio::time::sleep;

    use super::*;
    use crate::bus::Port;
    use crate::services::testing::{self, Diary};

    /// A lock that keeps a diary.
    #[derive(Clone, Debug)]
    struct Bench(Rc<RefCell<Inside>>);

    #[derive(Debug)]
    struct Inside {
        diary: Diary,
        driven: bool,
        /// What becomes of the next movements; afterwards the bolt goes where it should.
        fails: VecDeque<Result<LockPosition, ErrorKind>>,
    }

    impl Bench {
        fn write(&self, what: &str) {
            self.0.borrow().diary.write(what);
        }

        fn fails(&self, how: impl IntoIterator<Item = Result<LockPosition, ErrorKind>>) {
            self.0.borrow_mut().fails.extend(how);
        }

        /// What was written since it was read last.
        fn read(&self) -> Vec<String> {
            self.0.borrow().diary.read()
        }
    }

    impl ConnectorLock for Bench {
        type Error = LinkError;

        async fn drive(&mut self, locked: bool) -> Result<(), LinkError> {
            self.write(if locked { "lock" } else { "unlock" });
            self.0.borrow_mut().driven = locked;
            sleep(Duration::from_millis(600)).await;
            Ok(())
        }

        async fn position(&mut self) -> Result<LockPosition, LinkError> {
            let mut inside = self.0.borrow_mut();
            match inside.fails.pop_front() {
                Some(how) => how.map_err(|kind| LinkError::new(kind, "lock", "no answer")),
                None if inside.driven => Ok(LockPosition::Locked),
                None => Ok(LockPosition::Unlocked),
            }
        }
    }

    /// Runs the service beside a story; what it tells the session is in the diary too.
    async fn story(tell: impl AsyncFnOnce(&Bench, &Port)) {
        let diary = Diary::new();
        let inside = Inside { diary: diary.clone(), driven: false, fails: VecDeque::new() };
        let bench = Bench(Rc::new(RefCell::new(inside)));
        testing::story(
            &diary,
            async |port, inbox| lock(port, inbox, bench.clone()).await,
            |call| match call {
                SessionCall::Lock(Ok(position)) => format!("{position:?}"),
                SessionCall::Lock(Err(why)) => why,
                other => format!("{other:?}"),
            },
            async |session| tell(&bench, session).await,
        )
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_obeys_is_driven_once() {
        story(async |bench, session| {
            session.tell(LockCall::Drive(true));
            sleep(Duration::from_secs(60)).await;
            assert_eq!(bench.read(), ["0 lock", "600 -> Locked"]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_failed_is_tried_again_until_it_obeys() {
        story(async |bench, session| {
            bench.fails([Err(ErrorKind::TimedOut); 3]);
            session.tell(LockCall::Drive(false));
            sleep(Duration::from_secs(60)).await;
            assert_eq!(
                bench.read(),
                [
                    "0 unlock",
                    "600 -> lock: timed out: no answer",
                    "1600 unlock",
                    "3200 unlock",
                    "4800 unlock",
                    "5400 -> Unlocked"
                ]
            );
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn one_garbled_answer_is_no_news_and_two_are() {
        story(async |bench, session| {
            bench.fails([Err(ErrorKind::Garbled)]);
            session.tell(LockCall::Drive(true));
            sleep(Duration::from_secs(10)).await;
            assert_eq!(bench.read(), ["0 lock", "600 -> Locked"]);
            bench.fails([Err(ErrorKind::Garbled); 2]);
            session.tell(LockCall::Drive(false));
            sleep(Duration::from_secs(10)).await;
            assert_eq!(
                bench.read(),
                ["10000 unlock", "10600 -> lock: garbled: no answer", "11600 unlock", "12200 -> Unlocked"]
            );
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_bolt_that_jams_rests_before_it_is_tried_again() {
        story(async |bench, session| {
            bench.fails([Ok(LockPosition::Moving), Ok(LockPosition::Moving)]);
            session.tell(LockCall::Drive(true));
            sleep(Duration::from_secs(60)).await;
            assert_eq!(bench.read(), ["0 lock", "600 -> Moving", "5600 lock", "11200 lock", "11800 -> Locked"]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn another_wish_takes_the_place_of_one_that_is_tried_in_vain() {
        story(async |bench, session| {
            bench.fails([Ok(LockPosition::Moving), Ok(LockPosition::Locked)]);
            session.tell(LockCall::Drive(true));
            sleep(Duration::from_secs(2)).await;
            assert_eq!(bench.read(), ["0 lock", "600 -> Moving"]);
            session.tell(LockCall::Drive(false));
            sleep(Duration::from_secs(2)).await;
            assert_eq!(bench.read(), ["2000 unlock", "2600 -> Locked"]);
            // In the middle of the next try: whatever comes of that is not asked for any more.
            sleep(Duration::from_millis(3_700)).await;
            session.tell(LockCall::Drive(true));
            sleep(Duration::from_secs(10)).await;
            assert_eq!(bench.read(), ["7600 unlock", "8200 lock", "8800 -> Locked"]);
        })
        .await;
    }
}
