//! The charger's program, as its host knows it: whether it runs, and how it ended.

use std::cell::{Cell, RefCell};

use event_log::Log;
use serde_json::json;
use twin::TwinError;

/// How a program is told to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EndOrder {
    /// In an orderly way: it has to end well.
    Orderly,
    /// Killed: however it ends is right.
    Kill,
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Life {
    /// It was not started yet, or has ended.
    #[default]
    Rests,
    /// It runs, and may have been told to end.
    Runs(Option<EndOrder>),
}

/// The program. What went wrong with it stays known, whoever asks first, how often, and whatever is started afterwards.
#[derive(Debug, Default)]
pub(crate) struct Program {
    life: Cell<Life>,
    /// Why nothing can be said of this scenario any more.
    lost: RefCell<Option<String>>,
}

impl Program {
    /// It was started.
    pub(crate) fn started(&self) {
        self.life.set(Life::Runs(None));
    }

    /// It is told to end. One that has ended already did so by itself, and that stays so.
    pub(crate) fn tell(&self, how: EndOrder) {
        match self.life.get() {
            // Whoever was killed is not asked any more.
            Life::Runs(Some(EndOrder::Kill)) | Life::Rests => {}
            Life::Runs(None | Some(EndOrder::Orderly)) => self.life.set(Life::Runs(Some(how))),
        }
    }

    /// It has ended with this status, well or not; told once.
    pub(crate) fn ended(&self, status: &str, well: bool, log: &Log) {
        let Life::Runs(told) = self.life.replace(Life::Rests) else { return };
        log.record("host", "ended", json!({ "code": status, "told": told.is_some() }));
        let why = match told {
            Some(EndOrder::Kill) => return,
            Some(EndOrder::Orderly) if well => return,
            Some(EndOrder::Orderly) => {
                format!("chargerd was told to end and did not end well: {status}; see program.log")
            }
            None => format!("chargerd ended by itself: {status}; see program.log"),
        };
        self.lost.borrow_mut().get_or_insert(why);
    }

    /// Whether it runs.
    pub(crate) fn runs(&self) -> bool {
        matches!(self.life.get(), Life::Runs(_))
    }

    /// Whether it runs and should: nobody has told it to end.
    pub(crate) fn should_run(&self) -> bool {
        self.life.get() == Life::Runs(None)
    }

    /// Whether it never ended but when and as it was told to.
    ///
    /// # Errors
    /// How it ended.
    pub(crate) fn health(&self) -> Result<(), TwinError> {
        match &*self.lost.borrow() {
            Some(why) => Err(TwinError::Charger(why.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn health(program: &Program) -> String {
        program.health().err().map_or_else(|| "in order".into(), |error| error.to_string())
    }

    #[test]
    fn an_end_that_nobody_asked_for_stays_known_whoever_asks() {
        let (program, log) = (Program::default(), Log::memory());
        program.started();
        program.ended("signal: 9 (SIGKILL)", false, &log);
        let words = "chargerd ended by itself: signal: 9 (SIGKILL); see program.log";
        assert_eq!([health(&program), health(&program)], [words; 2]);
        // EndOrder afterwards, and started again: it did end by itself.
        program.tell(EndOrder::Kill);
        program.ended("exit status: 0", true, &log);
        program.started();
        assert_eq!(health(&program), words);
        assert_eq!(log.len(), 1, "it ended once");
    }

    #[test]
    fn an_end_that_was_asked_for_has_to_be_a_good_one() {
        let ends = |told, well| {
            let (program, log) = (Program::default(), Log::memory());
            program.started();
            program.tell(EndOrder::Orderly);
            program.tell(told);
            program.ended("exit status: 101", well, &log);
            assert!(!program.runs());
            health(&program)
        };
        assert_eq!(ends(EndOrder::Orderly, true), "in order");
        assert_eq!(ends(EndOrder::Kill, false), "in order");
        let bad = "chargerd was told to end and did not end well: exit status: 101; see program.log";
        assert_eq!(ends(EndOrder::Orderly, false), bad);
    }

    proptest! {
        #[test]
        fn asking_changes_nothing(deeds in proptest::collection::vec((0..4_usize, any::<bool>()), 0..12)) {
            let (asked, silent, log) = (Program::default(), Program::default(), Log::memory());
            let mut lost = None;
            for (deed, well) in deeds {
                for program in [&asked, &silent] {
                    match deed {
                        0 => program.started(),
                        1 => program.tell(EndOrder::Orderly),
                        2 => program.tell(EndOrder::Kill),
                        _ => program.ended("over", well, &log),
                    }
                }
                let now = health(&asked);
                prop_assert_eq!(&now, &health(&asked));
                // What went wrong once does not become right.
                if let Some(lost) = &lost {
                    prop_assert_eq!(lost, &now);
                } else if now != "in order" {
                    lost = Some(now);
                }
            }
            prop_assert_eq!(health(&asked), health(&silent));
            prop_assert_eq!(asked.runs(), silent.runs());
        }
    }
}
