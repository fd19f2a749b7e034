//! Whether a text says something new: repeats collapse to one, also where a counter in them goes on.

/// What was said already.
#[derive(Debug)]
pub(crate) struct AlreadySaid(Vec<String>);

impl AlreadySaid {
    /// More different things than this are not kept apart: the first of them says enough.
    const MOST: usize = 16;

    pub(crate) const fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Whether it was not said before, but for its numbers.
    pub(crate) fn is_news(&mut self, text: &str) -> bool {
        let gist = gist(text);
        let news = self.0.len() < Self::MOST && !self.0.contains(&gist);
        if news {
            self.0.push(gist);
        }
        news
    }

    /// From now on everything is news again; answers whether anything was said.
    pub(crate) fn forget(&mut self) -> bool {
        let said = !self.0.is_empty();
        self.0.clear();
        said
    }
}

/// A text with one sign for each of its numbers.
fn gist(text: &str) -> String {
    let mut gist = String::with_capacity(text.len());
    for sign in text.chars() {
        if !sign.is_ascii_digit() {
            gist.push(sign);
        } else if !gist.ends_with('#') {
            gist.push('#');
        }
    }
    gist
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_make_no_news_and_memory_is_bounded() {
        let mut told = AlreadySaid::nothing();
        let news = ["a frame of 9 bytes", "a frame of 10 bytes", "no frame"].map(|text| told.is_news(text));
        assert_eq!(news, [true, false, true]);
        let more = (0..100).filter(|number| told.is_news(&"x".repeat(*number))).count();
        assert_eq!(more, AlreadySaid::MOST - 2);
        assert!(told.forget() && !told.forget() && told.is_news("no frame"));
    }
}
