//! What can never be sent: it has left its queue for good.

use std::collections::BTreeSet;

/// What has left a queue without having been told to the CSMS.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    count: u64,
    /// Each action and reason that was told, so that it is told once.
    told: BTreeSet<(&'static str, String)>,
}

impl DeadLetters {
    /// Reasons that are remembered; with more of them, some may be told again.
    const MOST_TOLD: usize = 64;

    /// Counts one more; answers what to tell of it, the first time that this reason occurs.
    pub(super) fn bury(&mut self, action: &'static str, why: &str) -> Option<String> {
        self.count = self.count.saturating_add(1);
        if self.told.len() >= Self::MOST_TOLD {
            self.told.clear();
        }
        let is_new = self.told.insert((action, why.to_owned()));
        is_new.then(|| format!("{action} is given up and never sent: {why} (message {} that is given up)", self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_and_every_letter_is_counted() {
        let mut letters = DeadLetters::default();
        let told = letters.bury("StatusNotification", "it breaks its schema");
        assert_eq!(
            told.as_deref(),
            Some("StatusNotification is given up and never sent: it breaks its schema (message 1 that is given up)")
        );
        assert_eq!(letters.bury("StatusNotification", "it breaks its schema"), None);
        let told = letters.bury("Authorize", "it breaks its schema").expect("another action");
        assert!(told.ends_with("(message 3 that is given up)"), "{told}");
        for n in 0..1_000 {
            letters.bury("Authorize", &n.to_string());
        }
        assert!(letters.told.len() <= DeadLetters::MOST_TOLD);
        assert_eq!(letters.count, 1_003);
    }
}
