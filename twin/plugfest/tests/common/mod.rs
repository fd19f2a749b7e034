//! What the tests of the command line share.

#![allow(dead_code)] // each test file is a program of its own and uses its part

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program.
pub(crate) const PLUGFEST: &str = env!("CARGO_BIN_EXE_plugfest");

/// The program with these arguments, at the top of the house.
pub(crate) fn command(arguments: &[&str]) -> Command {
    // Whoever runs these tests may want them to outlive the terminal, and that would be inherited.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", PLUGFEST]).args(arguments);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).env_remove("GITHUB_ACTIONS");
    command
}

/// Runs it to its end.
pub(crate) fn plugfest(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program runs")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A folder of its own, gone afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plugfest-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A path in it as a text, for a command line.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A feature with a scenario for each of these steps.
    pub(crate) fn feature(&self, name: &str, steps: &[&str]) -> String {
        let scenarios = steps.iter().enumerate().map(|(number, step)| {
            format!("  Scenario: s{}\n    Given a charger where nobody needs a token\n    {step}\n", number + 1)
        });
        self.file(name, &format!("Feature: f\n{}", scenarios.collect::<String>()))
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
