//! How a scenario ended, and the exit code that follows for its run.

use std::fmt;

/// How a scenario ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// An assertion did not hold: the product is to blame.
    Failed,
    /// The harness, a peer or the rig broke, or it was not run to its end: the product is not judged. [`Cause`] says more.
    Error,
    /// All assertions held.
    Passed,
    /// The rig lacks something that it needs; the reason is its message.
    Skipped,
}

impl Verdict {
    /// The word of the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
        }
    }

    /// The verdict of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Failed, Self::Error, Self::Passed, Self::Skipped].into_iter().find(|one| one.word() == word)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a scenario is an error.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cause {
    /// The charger ended by itself, a panic, a world that broke, and whatever has no name of its own.
    #[default]
    Broken,
    /// The feature file is wrong: an undefined or ambiguous step.
    Feature,
    /// The rig is not ready: a device, a consent or a person is missing.
    NotReady,
    /// It was not run, or not to its end.
    NotRun,
    /// The charger's computer stood still: nothing can be said of the charger, neither good nor bad.
    Invalid,
}

impl Cause {
    /// The word of the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Feature => "feature",
            Self::NotReady => "not ready",
            Self::NotRun => "not run",
            Self::Invalid => "invalid",
        }
    }

    /// The cause of that word; what has no name is [`Cause::Broken`].
    #[must_use]
    pub fn of(word: &str) -> Self {
        let all = [Self::Feature, Self::NotReady, Self::NotRun, Self::Invalid];
        all.into_iter().find(|one| one.word() == word).unwrap_or_default()
    }
}

/// The exit code of a run in which scenarios ended so; `troubled` says that something of the run itself is not in order.
///
/// | code | meaning |
/// |---|---|
/// | 0 | all passed, or were skipped and at least one passed |
/// | 1 | a scenario failed or broke, was not run, or none was |
/// | 2 | a feature is wrong |
/// | 3 | the rig was not ready, or not still: apart from such scenarios, all passed |
#[must_use]
pub fn exit_code(ends: impl IntoIterator<Item = (Verdict, Cause)>, troubled: bool) -> i32 {
    let (mut passed, mut rig, mut broken, mut feature) = (0_usize, 0_usize, 0_usize, 0_usize);
    for end in ends {
        match end {
            (Verdict::Passed, _) => passed += 1,
            (Verdict::Skipped, _) => {}
            (Verdict::Error, Cause::Feature) => feature += 1,
            (Verdict::Error, Cause::NotReady | Cause::Invalid) => rig += 1,
            (Verdict::Error, Cause::Broken | Cause::NotRun) | (Verdict::Failed, _) => broken += 1,
        }
    }
    match (feature, broken, rig, passed) {
        (1.., ..) => 2,
        (0, 1.., ..) => 1,
        _ if troubled => 1,
        (0, 0, 1.., _) => 3,
        // Nothing was looked at: that is no success.
        (0, 0, 0, 0) => 1,
        (0, 0, 0, 1..) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PASSED: (Verdict, Cause) = (Verdict::Passed, Cause::Broken);
    const SKIPPED: (Verdict, Cause) = (Verdict::Skipped, Cause::Broken);

    const fn error(cause: Cause) -> (Verdict, Cause) {
        (Verdict::Error, cause)
    }

    #[test]
    fn the_worst_decides() {
        let code = |ends: &[(Verdict, Cause)]| exit_code(ends.iter().copied(), false);
        assert_eq!(code(&[PASSED, SKIPPED]), 0);
        assert_eq!(code(&[PASSED, (Verdict::Failed, Cause::Broken), error(Cause::Invalid)]), 1);
        assert_eq!(code(&[PASSED, error(Cause::NotRun)]), 1);
        assert_eq!(code(&[error(Cause::Feature), error(Cause::Broken)]), 2);
        assert_eq!(code(&[PASSED, error(Cause::Invalid), error(Cause::NotReady)]), 3);
        assert_eq!([code(&[]), code(&[SKIPPED])], [1, 1], "nothing was looked at");
        assert_eq!(exit_code([PASSED], true), 1, "a run that is not in order is not green");
        assert_eq!(exit_code([error(Cause::Invalid)], true), 1);
    }

    #[test]
    fn words_and_what_they_stand_for_are_the_same() {
        for verdict in [Verdict::Failed, Verdict::Error, Verdict::Passed, Verdict::Skipped] {
            assert_eq!(Verdict::of(verdict.word()), Some(verdict));
        }
        for cause in [Cause::Broken, Cause::Feature, Cause::NotReady, Cause::NotRun, Cause::Invalid] {
            assert_eq!(Cause::of(cause.word()), cause);
        }
        assert_eq!((Verdict::of("splendid"), Cause::of("splendid")), (None, Cause::Broken));
    }

    proptest! {
        #[test]
        fn a_run_is_green_only_when_something_passed_and_nothing_else_happened(
            ends in proptest::collection::vec((0..4_usize, 0..5_usize), 0..8), troubled: bool
        ) {
            let verdicts = [Verdict::Failed, Verdict::Error, Verdict::Passed, Verdict::Skipped];
            let causes = [Cause::Broken, Cause::Feature, Cause::NotReady, Cause::NotRun, Cause::Invalid];
            let ends: Vec<_> = ends.into_iter().map(|(verdict, cause)| (verdicts[verdict], causes[cause])).collect();
            let has = |wanted| ends.iter().any(|(verdict, _)| *verdict == wanted);
            let green = has(Verdict::Passed) && !has(Verdict::Failed) && !has(Verdict::Error) && !troubled;
            prop_assert_eq!(exit_code(ends.iter().copied(), troubled) == 0, green);
        }
    }
}
