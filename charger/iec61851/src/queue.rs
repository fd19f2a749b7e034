//! A small fixed queue of outputs.

use crate::Output;

/// Holds what one input can cause. One input changes the state at most once, the contactor at most twice, the pilot at most
/// three times, and raises or clears each fault at most once: 1 + 2 + 3 + 2 x 14 + contactor, cable, and test events stay
/// below the size.
#[derive(Debug)]
pub(crate) struct Queue {
    slots: [Output; Self::SIZE],
    first: usize,
    len: usize,
}

impl Queue {
    const SIZE: usize = 64;

    pub(crate) const fn new() -> Self {
        Self { slots: [Output::Wait(None); Self::SIZE], first: 0, len: 0 }
    }

    /// Appends; drops when full, which the bound above excludes as long as the owner drains after each input. An owner that
    /// does not drain loses messages, never safety: contactor and pilot have their truth in the machine.
    pub(crate) const fn push(&mut self, output: Output) {
        if self.len < Self::SIZE {
            self.slots[(self.first + self.len) % Self::SIZE] = output;
            self.len += 1;
        }
    }

    pub(crate) const fn pop(&mut self) -> Option<Output> {
        if self.len == 0 {
            return None;
        }
        let output = self.slots[self.first];
        self.first = (self.first + 1) % Self::SIZE;
        self.len -= 1;
        Some(output)
    }
}
