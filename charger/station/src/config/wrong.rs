//! What is wrong with a value that its type alone does not refuse.

/// Whether a value is good; its key, and what was expected there.
pub(super) type Wrong = (bool, &'static str, &'static str);
