//! What the tests of the real binary share.

#![allow(dead_code)] // each test file is a program of its own and uses its part

pub(crate) mod bench;
pub(crate) mod models;
pub(crate) mod rig_run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder for one test, gone with it.
pub(crate) struct Folder(PathBuf);

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it told an operator.
    pub(crate) stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Folder {
    /// A new folder, with an empty `charger.toml`: the standard charger.
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("chargerd-{test}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("a folder for the test");
        let folder = Self(path);
        folder.write("charger.toml", "");
        folder
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file for the test");
    }

    /// Reads a file in it; empty while there is none.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A board file with a lock that is not there.
    pub(crate) fn board(&self, power_board: &str, meter: &str) {
        self.write(
            "board.toml",
            &format!(
                "[devices]\npower_board = \"{power_board}\"\nmeter = \"{meter}\"\nlock = \"i2c:/dev/chargerd-no-bus@0x20\"\n"
            ),
        );
    }

    /// The binary with the files of this folder.
    pub(crate) fn chargerd(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chargerd"));
        command
            .args(arguments)
            .args(self.files())
            .env_remove("RUST_LOG")
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null());
        command
    }

    fn files(&self) -> Vec<String> {
        [("--config", "charger.toml"), ("--board", "board.toml"), ("--state", "state")]
            .into_iter()
            .flat_map(|(option, name)| [option.to_owned(), self.path(name).display().to_string()])
            .collect()
    }

    /// Runs the escape test of the binary to its end.
    pub(crate) fn escape_test(&self, arguments: &[&str]) -> Said {
        let arguments = [&["escape-test"], arguments].concat();
        self.chargerd(&arguments).output().expect("it runs").into()
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.chargerd(arguments).output().expect("it runs").into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}
