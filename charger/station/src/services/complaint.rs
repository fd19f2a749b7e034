//! What an operator is told of a device that fails.

use std::fmt::Display;

use crate::gist::AlreadySaid;

/// Tells of a device that fails: once for each thing that it says, however often it is tried, and once when it works again.
/// What differs in its numbers only is the same thing.
#[derive(Debug)]
pub(super) struct Complaint {
    device: &'static str,
    told: AlreadySaid,
}

impl Complaint {
    pub(super) const fn about(device: &'static str) -> Self {
        Self { device, told: AlreadySaid::nothing() }
    }

    /// The device failed; answers whether that is news.
    pub(super) fn fails(&mut self, why: &dyn Display) -> bool {
        let why = why.to_string();
        let news = self.told.is_news(&why);
        if news {
            tracing::warn!(device = self.device, why, "a device fails");
        }
        news
    }

    /// The device works; answers whether that is news.
    pub(super) fn works(&mut self) -> bool {
        let news = self.told.forget();
        if news {
            tracing::info!(device = self.device, "a device works again");
        }
        news
    }

    /// It failed or worked.
    pub(super) fn hear<T, E: Display>(&mut self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.works(),
            Err(error) => self.fails(error),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_until_the_device_works_again() {
        let mut reader = Complaint::about("token reader");
        let news = ["gone", "gone", "NACK", "gone", "NACK 7", "NACK 8"].map(|why| reader.fails(&why));
        assert_eq!(news, [true, false, true, false, true, false]);
        assert_eq!([reader.works(), reader.works()], [true, false]);
        assert!(reader.fails(&"gone"));
    }
}
