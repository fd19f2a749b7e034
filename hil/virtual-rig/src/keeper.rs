//! Ends a process when this program is gone, however it went: even killed outright it leaves nothing behind.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Waits for a word of ours; when the line ends without one, nobody is left to say it, and the process is killed. In a group
/// of its own, so that Ctrl-C does not reach it.
const SCRIPT: &str = "read -r word || kill -s KILL -- \"$0\"";

/// Watches over one process, or over a whole group of them.
#[derive(Debug)]
pub(crate) struct Keeper(Child);

impl Keeper {
    /// Over a group, by the number of its leader.
    ///
    /// # Errors
    /// There is no shell.
    pub(crate) fn of_group(leader: u32) -> io::Result<Self> {
        Self::watch(format!("-{leader}"))
    }

    /// Over one process.
    ///
    /// # Errors
    /// There is no shell.
    pub(crate) fn of_process(process: u32) -> io::Result<Self> {
        Self::watch(process.to_string())
    }

    fn watch(target: String) -> io::Result<Self> {
        Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .arg(target)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Self)
    }
}

impl Drop for Keeper {
    /// The process was ended in an orderly way.
    fn drop(&mut self) {
        if let Some(mut line) = self.0.stdin.take() {
            // Gone already is as good.
            let _ = line.write_all(b"done\n");
        }
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Child {
        Command::new("/bin/sleep").arg("600").spawn().expect("a process")
    }

    #[test]
    fn without_a_word_the_process_ends_and_with_one_it_stays() {
        let mut lost = sleeper();
        let mut keeper = Keeper::of_process(lost.id()).expect("a keeper");
        // What a program that was killed leaves: a line that ends.
        drop(keeper.0.stdin.take());
        let killed = keeper.0.wait().expect("it ends").success();
        if !killed {
            lost.kill().expect("it is ours");
        }
        lost.wait().expect("it ends");
        assert!(killed);
        let mut kept = sleeper();
        drop(Keeper::of_process(kept.id()).expect("a keeper"));
        assert!(kept.try_wait().expect("it can be asked").is_none());
        kept.kill().and_then(|()| kept.wait()).expect("it ends");
    }
}
