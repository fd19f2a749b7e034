//! Stories: the whole event transcript of a scenario, kept as a file beside its feature.
//!
//! A story is `stories/NAME.snap` in the folder of the feature file. It is compared in every run, and written only when a run is
//! told to (`plugfest test --update`): whoever did that reads the difference before it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// What is done with the stories of a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stories {
    /// They are compared; nothing is written.
    #[default]
    Compare,
    /// What is told now is kept.
    Update,
}

/// Stories are told for one seed: ids, noise and back-off follow from it.
pub(crate) const STORY_SEED: u64 = 1;

/// No message shows more lines of a difference.
const MOST_LINES: usize = 60;

/// Where the story of that name is kept.
///
/// # Errors
/// A name that could be another place.
pub(crate) fn place(feature: &Path, name: &str) -> Result<PathBuf, String> {
    let may_be = |c: char| c.is_ascii_alphanumeric() || " ,-_".contains(c);
    if name.is_empty() || !name.chars().all(may_be) {
        return Err(format!("{name:?} is no name of a story: letters, digits, spaces, commas, - and _ only"));
    }
    Ok(feature.with_file_name("stories").join(format!("{name}.snap")))
}

/// Compares what is told with the story at that place, or keeps it there.
///
/// # Errors
/// The difference, or that there is no such story yet, and how to keep it; for whoever looks at the failure.
pub(crate) fn tell(place: &Path, told: &str, stories: Stories, scenario: &str) -> Result<(), String> {
    let shown = place.display();
    match stories {
        Stories::Update => {
            let folder = place.parent().unwrap_or(place);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(place, told))
                .map_err(|error| format!("the story cannot be kept: {shown}: {error}"))
        }
        Stories::Compare => {
            let accept = format!("`plugfest test {scenario} --update` keeps what is told now");
            match fs::read_to_string(place) {
                Ok(kept) if lines(&kept) == lines(told) => Ok(()),
                Ok(kept) => Err(format!("{shown} tells another story; {accept}\n{}", difference(&kept, told))),
                Err(error) => Err(format!("there is no story to compare with: {shown}: {error}; {accept}")),
            }
        }
    }
}

/// The lines, whatever ends them.
fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// What is kept (-) and what is told (+), with some lines around.
fn difference(kept: &str, told: &str) -> String {
    let (kept, told) = (lines(kept).join("\n"), lines(told).join("\n"));
    let diff = TextDiff::from_lines(&kept, &told);
    let text = diff.unified_diff().context_radius(2).missing_newline_hint(false).to_string();
    let all: Vec<&str> = text.lines().collect();
    match all.len().checked_sub(MOST_LINES) {
        None | Some(0) => all.join("\n"),
        Some(more) => format!("{}\n... {more} more lines", all[..MOST_LINES].join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feature in a folder of its own, which is gone with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("plugfest-story-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            Self(folder)
        }

        fn story(&self) -> PathBuf {
            place(&self.0.join("mine.feature"), "one night").expect("a name")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn a_story_lives_beside_its_feature_and_is_written_only_when_told_to() {
        let folder = Folder::new("beside");
        let story = folder.story();
        assert_eq!(story, folder.0.join("stories").join("one night.snap"));
        let missing = tell(&story, "a\n", Stories::Compare, "mine.feature:3").expect_err("missing");
        assert!(missing.contains("there is no story to compare with"), "{missing}");
        assert!(missing.ends_with("`plugfest test mine.feature:3 --update` keeps what is told now"), "{missing}");
        assert!(!story.exists(), "nothing is written");
        assert_eq!(tell(&story, "a\nb\n", Stories::Update, ""), Ok(()));
        assert_eq!(tell(&story, "a\r\nb\r\n", Stories::Compare, ""), Ok(()), "the ends of lines are no difference");
    }

    #[test]
    fn another_story_is_a_difference_that_people_can_read() {
        let folder = Folder::new("difference");
        let story = folder.story();
        tell(&story, "plug\ncard\ncharge\nleave\n", Stories::Update, "").expect("kept");
        let other = tell(&story, "plug\ncharge\nleave\n", Stories::Compare, "f:1").expect_err("different");
        assert!(other.ends_with("@@ -1,4 +1,3 @@\n plug\n-card\n charge\n leave"), "{other}");
        let long: String = (0..500).map(|number| format!("{number}\n")).collect();
        let other = tell(&story, &long, Stories::Compare, "f:1").expect_err("different");
        assert!(other.lines().count() < 70 && other.ends_with("more lines"), "{other}");
    }

    #[test]
    fn a_name_is_no_path() {
        for name in ["", "../mine", "a/b", "a\\b", "c:x"] {
            assert!(place(Path::new("mine.feature"), name).is_err(), "{name}");
        }
    }
}
