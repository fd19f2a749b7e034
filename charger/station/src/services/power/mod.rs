//! Talks to the power board: passes wishes down and events up, and gives it a sign of life.

pub(crate) mod call;

use std::time::Duration;

use hardware::{ErrorKind, HardwareError, PROTOCOL_VERSION, PowerBoard};
use iec61851::{Event, Permission};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use self::call::PowerCall;
use super::session::call::SessionCall;
use super::{RETRY, complaint::Complaint};
use crate::bus::{Inbox, Port};
use session::BoardInput;

/// A board opens the contactor when it has heard nothing for four of these.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// How long a link that failed may take to carry the withdrawal.
const WITHDRAW_WITHIN: Duration = Duration::from_millis(100);

/// A board that has run for so long is started again at once, whatever its past.
const TRUSTED: Duration = Duration::from_secs(60);

/// The longest pause before a board that fails on and on is started again: a person who mends something waits no longer, and
/// a watchdog that looks for signs of the board is not alarmed.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Keeps the board running: starts it, serves it until its link fails, starts it again.
///
/// ```text
///   link fails ── withdraws the permission ── tells Lost ── starts the board at once; the second time within a minute after
///                 (unless nothing is there)                 1 s, then after 2, 4, 8 s
///                                           └─ a start that fails is tried again after 1 s: it closes nothing
/// ```
///
/// From the failure until the board runs again nobody passes wishes on, and there are no heartbeats: a board that hears, and
/// cannot be heard, opens by itself as well. Nothing older than the start reaches the board: wishes of before are thrown away,
/// and a permission waits for a state of the pilot that was seen since.
pub(crate) async fn power<B: PowerBoard>(port: Port, mut inbox: Inbox<PowerCall>, mut board: B) {
    let mut complaint = Complaint::about("power board");
    let mut pauses = Pauses::default();
    loop {
        let (why, pause) = match board.start().await {
            Ok(info) if info.protocol == PROTOCOL_VERSION => {
                complaint.works();
                tracing::info!(firmware = info.firmware, "power board started");
                // Wishes of the time before belong to a board that no longer is.
                while inbox.try_recv().is_ok() {}
                port.tell(SessionCall::Power(BoardInput::Started(info)));
                let began = Instant::now();
                let Some(error) = serve(&mut board, &port, &mut inbox).await else { return };
                if error.kind() != ErrorKind::Disconnected {
                    withdraw(&mut board).await;
                }
                (error.to_string(), pauses.after(began.elapsed()))
            }
            Ok(info) => {
                let why = format!(
                    "power board: firmware {} speaks version {} of the messages, this charger speaks version {PROTOCOL_VERSION}: \
                     update one of them",
                    info.firmware, info.protocol
                );
                (why, RETRY)
            }
            Err(error) => (format!("{error} ({})", error.kind()), RETRY),
        };
        complaint.fails(&why);
        port.tell(SessionCall::Power(BoardInput::Lost(why)));
        tokio::time::sleep(pause).await;
    }
}

/// How long a board rests before it is started again. Each start may close the contactor, and one that fails soon opens it under
/// load.
#[derive(Debug, Default)]
struct Pauses {
    next: Duration,
}

impl Pauses {
    /// The pause after a board has run for so long.
    fn after(&mut self, ran: Duration) -> Duration {
        if ran >= TRUSTED {
            self.next = Duration::ZERO;
        }
        let pause = self.next;
        self.next = (2 * pause).clamp(RETRY, LONGEST_PAUSE);
        pause
    }
}

/// Withdraws the permission over a link that has just failed and may still work: the board itself would wait 2 s for a host.
async fn withdraw<B: PowerBoard>(board: &mut B) {
    match timeout(WITHDRAW_WITHIN, board.allow_power(Permission::Withdrawn)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the permission could not be withdrawn"),
        Err(_) => tracing::warn!("the permission could not be withdrawn within {WITHDRAW_WITHIN:?}"),
    }
}

/// Serves a running board; returns the error of its link, or `None` when the bus is gone.
async fn serve<B: PowerBoard>(board: &mut B, port: &Port, inbox: &mut Inbox<PowerCall>) -> Option<B::Error> {
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The pilot was seen since the start.
    let mut in_sight = false;
    loop {
        let done = tokio::select! {
            biased;
            // Events go last: neither a withdrawal nor the sign of life waits for a board that talks without a pause. The sign
            // goes first, because it is so rare that nothing waits for it.
            _ = heartbeat.tick() => board.heartbeat().await,
            call = inbox.recv() => match call {
                Some(PowerCall::Allow(permission)) if permission.is_given() && !in_sight => {
                    tracing::error!("a permission before the board has seen the pilot is not passed on");
                    Ok(())
                }
                Some(PowerCall::Allow(permission)) => board.allow_power(permission).await,
                Some(PowerCall::Pilot(signal)) => board.set_pilot(signal).await,
                None => return None,
            },
            event = board.next_event() => match event {
                Ok(event) => {
                    in_sight |= matches!(event, Event::Pilot { .. });
                    port.tell(SessionCall::Power(BoardInput::Event(event)));
                    Ok(())
                }
                Err(error) => Err(error),
            },
        };
        if let Err(error) = done {
            return Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use hardware::{BoardInfo, LinkError};
    use iec61851::{PilotSignal, PilotState};
    use tokio::sync::Notify;
    use tokio::time::sleep;

    use super::*;
    use crate::services::testing::{self, Diary};

    /// A board that keeps a diary, and a link that fails when it is told to.
    #[derive(Clone, Debug)]
    struct Bench(Rc<RefCell<Inside>>, Rc<Notify>);

    #[derive(Debug)]
    struct Inside {
        diary: Diary,
        /// What the board has to say next.
        says: VecDeque<Result<Event, ErrorKind>>,
        /// The link takes nothing, and does not say so.
        stuck: bool,
        /// The board talks without a pause.
        floods: bool,
    }

    impl Bench {
        fn write(&self, what: &str) {
            self.0.borrow().diary.write(what);
        }

        fn says(&self, what: Result<Event, ErrorKind>) {
            self.0.borrow_mut().says.push_back(what);
            self.1.notify_one();
        }

        /// What was written since it was read last.
        fn read(&self) -> Vec<String> {
            self.0.borrow().diary.read()
        }

        async fn crosses(&self, what: &str) -> Result<(), LinkError> {
            self.write(what);
            if self.0.borrow().stuck {
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    }

    impl PowerBoard for Bench {
        type Error = LinkError;

        async fn start(&mut self) -> Result<BoardInfo, LinkError> {
            self.0.borrow_mut().stuck = false;
            self.crosses("start").await?;
            Ok(BoardInfo { protocol: PROTOCOL_VERSION, firmware: "bench".into() })
        }

        async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
            self.crosses(&format!("pilot {signal}")).await
        }

        async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
            self.crosses(if permission.is_given() { "allow" } else { "withdraw" }).await
        }

        async fn heartbeat(&mut self) -> Result<(), LinkError> {
            Ok(())
        }

        async fn next_event(&mut self) -> Result<Event, LinkError> {
            // As the backends do it.
            tokio::task::coop::consume_budget().await;
            loop {
                if self.0.borrow().floods {
                    return Ok(Event::ContactorOpened);
                }
                if let Some(said) = self.0.borrow_mut().says.pop_front() {
                    return said.map_err(|kind| LinkError::new(kind, "board", "broken"));
                }
                self.1.notified().await;
            }
        }

        fn damaged(&self) -> u64 {
            0
        }
    }

    /// Runs the service beside a story; what it tells the session is in the diary too.
    async fn story(tell: impl AsyncFnOnce(&Bench, &Port)) {
        let diary = Diary::new();
        let inside = Inside { diary: diary.clone(), says: VecDeque::new(), stuck: false, floods: false };
        let bench = Bench(Rc::new(RefCell::new(inside)), Rc::default());
        testing::story(
            &diary,
            async |port, inbox| power(port, inbox, bench.clone()).await,
            |call| match call {
                SessionCall::Power(BoardInput::Started(_)) => "Started".into(),
                SessionCall::Power(BoardInput::Lost(_)) => "Lost".into(),
                SessionCall::Power(BoardInput::Event(event)) => format!("{event:?}"),
                other => format!("{other:?}"),
            },
            async |session| tell(&bench, session).await,
        )
        .await;
    }

    const C2: Event = Event::Pilot { state: PilotState::C, pwm: true, plug_in: None };

    async fn charge(bench: &Bench, session: &Port) {
        bench.says(Ok(C2));
        sleep(Duration::from_secs(10)).await;
        session.tell(PowerCall::Allow(Permission::Offered));
        sleep(Duration::from_secs(10)).await;
        let pilot = format!("0 -> {C2:?}");
        assert_eq!(bench.read(), ["0 start", "0 -> Started", &pilot, "10000 allow"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_garbled_message_ends_the_permission_at_once_and_the_board_is_started_anew() {
        story(async |bench, session| {
            charge(bench, session).await;
            bench.says(Err(ErrorKind::Garbled));
            sleep(Duration::from_millis(500)).await;
            assert_eq!(bench.read(), ["20000 withdraw", "20000 start", "20000 -> Lost", "20000 -> Started"]);
            // Whatever is wished from now on reaches it again.
            session.tell(PowerCall::Allow(Permission::Withdrawn));
            sleep(Duration::from_millis(10)).await;
            assert_eq!(bench.read(), ["20500 withdraw"]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_that_is_stuck_does_not_hold_up_the_start_that_opens_the_contactor() {
        story(async |bench, session| {
            charge(bench, session).await;
            bench.0.borrow_mut().stuck = true;
            bench.says(Err(ErrorKind::TimedOut));
            sleep(Duration::from_millis(500)).await;
            assert_eq!(bench.read(), ["20000 withdraw", "20100 start", "20100 -> Lost", "20100 -> Started"]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_board_that_fails_again_and_again_rests_longer_and_longer() {
        story(async |bench, session| {
            charge(bench, session).await;
            sleep(Duration::from_secs(60)).await;
            let mut rests = Vec::new();
            for _ in 0..6 {
                bench.says(Err(ErrorKind::Garbled));
                sleep(Duration::from_secs(10)).await;
                let diary = bench.read();
                let at = |what: &str| {
                    let line = diary.iter().find(|line| line.ends_with(what)).expect(what);
                    line.split(' ').next().and_then(|at| at.parse::<u64>().ok()).expect("a time")
                };
                rests.push((at(" start") - at("-> Lost")) / 1000);
            }
            assert_eq!(rests, [0, 1, 2, 4, 8, 8]);
            // One that has run for a minute begins again.
            sleep(Duration::from_secs(60)).await;
            bench.says(Err(ErrorKind::Disconnected));
            sleep(Duration::from_millis(10)).await;
            assert_eq!(bench.read().len(), 3, "lost, started, told");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn no_permission_is_passed_on_before_the_pilot_was_seen_since_the_start() {
        story(async |bench, session| {
            charge(bench, session).await;
            bench.says(Err(ErrorKind::TimedOut));
            sleep(Duration::from_millis(10)).await;
            assert_eq!(bench.read(), ["20000 withdraw", "20000 start", "20000 -> Lost", "20000 -> Started"]);
            session.tell(PowerCall::Allow(Permission::Offered));
            bench.says(Ok(Event::ContactorOpened));
            sleep(Duration::from_millis(10)).await;
            assert_eq!(bench.read(), ["20010 -> ContactorOpened"]);
            bench.says(Ok(C2));
            sleep(Duration::from_millis(10)).await;
            session.tell(PowerCall::Allow(Permission::Offered));
            sleep(Duration::from_millis(10)).await;
            assert_eq!(bench.read()[1..], ["20030 allow"]);
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_board_that_talks_without_a_pause_holds_up_no_withdrawal() {
        story(async |bench, session| {
            charge(bench, session).await;
            bench.0.borrow_mut().floods = true;
            bench.says(Ok(Event::ContactorOpened));
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            session.tell(PowerCall::Allow(Permission::Withdrawn));
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            let diary = bench.read();
            let at = |what: &str| diary.iter().position(|line| line == what);
            assert!(at("20000 -> ContactorOpened") < at("20000 withdraw"), "{diary:?}");
        })
        .await;
    }
}
