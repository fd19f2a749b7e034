//! The files of a report, beside the logs they are views of.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use crate::error::ReportError;
use crate::run::{load, logs};
use crate::{html, junit, rerun};

/// Writes `junit.xml`, `report.html`, `rerun.txt` and `events.ndjson` (the logs of all scenarios in a row) into the folder of a
/// run, over those of an earlier call.
///
/// # Errors
/// As [`load`](crate::load), and when a file cannot be written.
pub fn write_all(dir: &Path) -> Result<(), ReportError> {
    let run = load(dir)?;
    for (name, text) in [("junit.xml", junit(&run)), ("report.html", html(&run)), ("rerun.txt", rerun(&run))] {
        let path = dir.join(name);
        fs::write(&path, text).map_err(ReportError::io(&path))?;
    }
    merge(dir)
}

/// Copies the whole lines of the logs; the torn end of a killed run is left where it is.
fn merge(dir: &Path) -> Result<(), ReportError> {
    let path = dir.join("events.ndjson");
    let mut all = BufWriter::new(File::create(&path).map_err(ReportError::io(&path))?);
    let mut line = Vec::new();
    for log in logs(dir)? {
        let mut events = BufReader::new(File::open(&log).map_err(ReportError::io(&log))?);
        loop {
            line.clear();
            events.read_until(b'\n', &mut line).map_err(ReportError::io(&log))?;
            if !line.ends_with(b"\n") {
                break;
            }
            all.write_all(&line).map_err(ReportError::io(&path))?;
        }
    }
    all.flush().map_err(ReportError::io(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::testing::{charge, scenario};
    use serde_json::json;

    /// A folder of its own for a test, gone afterwards.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("report-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        fn log(&self, slug: &str, text: &str) {
            let folder = self.0.join("scenarios").join(slug);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("events.ndjson"), text).expect("a log");
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn lines(name: &str, end: Option<(&str, &str)>) -> String {
        let head = json!({ "feature": "features/a.feature", "line": 3, "name": name, "tags": [], "seed": 7 });
        scenario(head, &[("When", "it charges", "passed", "")], charge(), end).lines()
    }

    #[test]
    fn a_killed_run_has_its_reports() {
        let folder = Folder::new("killed");
        let whole = lines("one", Some(("passed", "")));
        folder.log("0001-one", &whole);
        let torn = lines("two", None);
        folder.log("0002-two", &torn[..torn.len() - 30]);
        folder.log("0003-three", "");
        write_all(&folder.0).expect("reports");
        let run = load(&folder.0).expect("a run");
        let verdicts: Vec<_> = run.scenarios.iter().map(|one| (one.name.as_str(), one.verdict)).collect();
        assert_eq!(verdicts, [("one", Verdict::Passed), ("two", Verdict::Error), ("0003-three", Verdict::Error)]);
        assert!(!run.finished && run.seed == "7", "{run:?}");
        let merged = fs::read_to_string(folder.0.join("events.ndjson")).expect("merged");
        assert_eq!(merged.lines().count(), whole.lines().count() + torn.lines().count() - 1);
        assert_eq!(fs::read_to_string(folder.0.join("rerun.txt")).expect("rows"), "features/a.feature:3\n");
        for name in ["junit.xml", "report.html"] {
            assert!(folder.0.join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = Folder::new("named");
        let missing = load(&folder.0.join("nothing")).expect_err("no such folder").to_string();
        assert!(missing.contains("nothing"), "{missing}");
        fs::write(folder.0.join("run.json"), "[1]").expect("written");
        let list = load(&folder.0).expect_err("a list").to_string();
        assert!(list.ends_with("run.json: it is something else; expected a JSON object"), "{list}");
        fs::write(folder.0.join("run.json"), r#"{"version":"0.1.0","seed":1,"rig":"twin","wall_s":2.5}"#)
            .expect("written");
        folder.log("0001-damaged", &(lines("one", Some(("passed", ""))) + "nonsense\n{\"v\":9}\n"));
        let run = load(&folder.0).expect("a run");
        assert_eq!((run.version.as_str(), run.rig.as_str(), run.wall_s), ("0.1.0", "twin", 2.5));
        assert_eq!(run.scenarios[0].damage.len(), 2, "{:?}", run.scenarios[0].damage);
        assert!(run.scenarios[0].damage[1].contains("version 9"), "{:?}", run.scenarios[0].damage);
    }
}
