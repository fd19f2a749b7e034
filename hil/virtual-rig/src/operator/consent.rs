//! Whether power may be put on the bench. The interlock is read anew each time: a door can be opened at any moment.

use hil_rig::{Flags, RigFile, may_energise};

use crate::interlock;

/// What the run and the rig file say of power, and the interlock between them.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    file: RigFile,
    flags: Flags,
}

impl Consent {
    pub(super) const fn new(file: RigFile, flags: Flags) -> Self {
        Self { file, flags }
    }

    /// The flags of the run, with what the interlock reads now where that matters.
    pub(super) fn flags(&self) -> Flags {
        let interlock = self.file.safety.interlock.as_ref().filter(|_| self.flags.energised);
        // One that cannot be read is not closed.
        let interlock_closed = interlock.and_then(|line| {
            interlock::is_closed(line).inspect_err(|error| tracing::warn!(%error, "the interlock")).ok()
        });
        Flags { interlock_closed, ..self.flags }
    }

    /// Whether this run means to put power on the bench.
    pub(super) const fn is_asked_for(&self) -> bool {
        self.flags.energised
    }

    /// Whether there may be power now.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn given(&self) -> Result<(), String> {
        may_energise(&self.file, self.flags())
    }

    /// Whether somebody has to see to it that there is none behind the contactor.
    pub(super) const fn needs_a_dead_bench(&self) -> bool {
        self.file.safety.is_real() && !self.flags.energised
    }
}
