//! Leaves a rig safe when the program that used it dies.
//!
//! A guard inside the program does not outlive SIGKILL and does not run while the program is stuck; a process beside it does
//! both. The program holds one end of a pipe, the watchdog the other:
//!
//! ```text
//!   program                                   watchdog (the same binary, another verb)
//!     beat\n  ────────────────────────────►     fine, wait on
//!     beat\n  ────────────────────────────►     fine, wait on
//!     done\n  ────────────────────────────►     the rig was left safe: end
//!     (the pipe closes without done)            the program died: make the rig safe
//!     (nothing for longer than the limit)       the program is stuck: make the rig safe
//!     (anything else)                           the program is confused: make the rig safe
//! ```
//!
//! Whoever beats should do so from where the work is done: a beat from a thread of its own says that the process lives, not
//! that it gets on.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const BEAT: &[u8] = b"beat";
const DONE: &[u8] = b"done";
/// No word of the protocol is longer.
const LONGEST: usize = 8;

/// What became of the program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It left the rig safe itself.
    Done,
    /// It did not, and why the watchdog thinks so.
    Lost(String),
}

/// Listens until the program is done or lost. A program is lost when it says nothing for `limit`.
///
/// A reader that never ends leaves its thread behind; whoever calls this makes the rig safe next and ends the process.
#[must_use]
pub fn watch(reader: impl Read + Send + 'static, limit: Duration) -> Fate {
    let (tell, told) = mpsc::sync_channel(1);
    let listening = thread::Builder::new().name("watchdog".into()).spawn(move || {
        let mut words = Words::new(reader);
        // Nobody listens any more once it is known what became of the program.
        while tell.send(words.next()).is_ok() {}
    });
    if let Err(error) = listening {
        return Fate::Lost(format!("the watchdog cannot listen: {error}"));
    }
    loop {
        match told.recv_timeout(limit) {
            Ok(Word::Beat) => {}
            Ok(Word::Done) => return Fate::Done,
            Ok(Word::Closed) => return Fate::Lost("the program ended without a word".into()),
            Ok(Word::Other(text)) => {
                return Fate::Lost(format!("the program said {text:?}; expected beat or done"));
            }
            Ok(Word::Failed(error)) => return Fate::Lost(format!("the pipe from the program failed: {error}")),
            Err(RecvTimeoutError::Timeout) => {
                return Fate::Lost(format!("the program has said nothing for {limit:?}"));
            }
            Err(RecvTimeoutError::Disconnected) => return Fate::Lost("the watchdog stopped listening".into()),
        }
    }
}

/// The whole life of the watchdog process: listens, makes the rig safe when the program is lost, says so. Answers the exit
/// code of the process: 0 done, 3 lost and made safe, 4 lost and not made safe.
///
/// Everything it says goes to `say`, whose errors are of no interest: the terminal may be gone with the program.
pub fn serve(
    reader: impl Read + Send + 'static,
    limit: Duration,
    say: &mut dyn Write,
    make_safe: impl FnOnce() -> Result<(), String>,
) -> i32 {
    let Fate::Lost(reason) = watch(reader, limit) else { return 0 };
    let _ = writeln!(say, "watchdog: {reason}; making the rig safe");
    match make_safe() {
        Ok(()) => {
            let _ = writeln!(say, "watchdog: the rig is safe");
            3
        }
        Err(error) => {
            let _ = writeln!(say, "watchdog: THE RIG MAY NOT BE SAFE: {error}");
            4
        }
    }
}

/// A word from the program.
#[derive(Debug)]
enum Word {
    Beat,
    Done,
    Closed,
    Other(String),
    Failed(io::Error),
}

/// The words of a stream, one a line.
struct Words<R> {
    reader: R,
}

impl<R: Read> Words<R> {
    const fn new(reader: R) -> Self {
        Self { reader }
    }

    fn next(&mut self) -> Word {
        let mut word = Vec::with_capacity(LONGEST);
        loop {
            let mut byte = [0];
            match self.reader.read(&mut byte) {
                Ok(0) => return Word::Closed,
                Ok(_) if byte == *b"\n" => break,
                Ok(_) if word.len() == LONGEST => break,
                Ok(_) => word.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Word::Failed(error),
            }
        }
        match word.as_slice() {
            BEAT => Word::Beat,
            DONE => Word::Done,
            other => Word::Other(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

/// The watchdog, as the program holds it. Dropped without [`stand_down`](Self::stand_down), it makes the rig safe.
#[derive(Debug)]
pub struct Watchdog {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// How long a watchdog may take to end once it has nothing to wait for.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Starts the watchdog process. `command` is this binary with the verb that calls [`serve`] on its standard input; its
    /// standard output may be [`Reservation::share`](crate::Reservation::share).
    ///
    /// # Errors
    /// It cannot be started.
    pub fn arm(command: &mut Command) -> io::Result<Self> {
        apart(command);
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let pipe = child.stdin.take();
        let mut watchdog = Self { child, pipe };
        // Tells at once when there is nobody at the other end.
        watchdog.beat()?;
        Ok(watchdog)
    }

    /// A sign of life.
    ///
    /// # Errors
    /// The watchdog is gone; nothing should go on that needs it.
    pub fn beat(&mut self) -> io::Result<()> {
        self.say(BEAT)
    }

    /// The rig was left safe: the watchdog may go. Answers once it is gone.
    ///
    /// # Errors
    /// It was gone before, it does not go, or it thought that the program was lost.
    pub fn stand_down(mut self) -> io::Result<()> {
        let said = self.say(DONE);
        self.pipe = None;
        match self.ended()? {
            Some(0) => said,
            code => {
                let code = code.map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"));
                Err(io::Error::other(format!("the watchdog of the rig ended with {code} before it was told to")))
            }
        }
    }

    fn say(&mut self, word: &[u8]) -> io::Result<()> {
        let gone = || io::Error::new(io::ErrorKind::BrokenPipe, "the watchdog of the rig is gone");
        // The pipe alone does not tell: a process that another thread is just starting holds a copy of the reading end until
        // it becomes its program.
        if self.child.try_wait()?.is_some() {
            return Err(gone());
        }
        let pipe = self.pipe.as_mut().ok_or_else(gone)?;
        let line = [word, b"\n"].concat();
        pipe.write_all(&line).and_then(|()| pipe.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => gone(),
            _ => error,
        })
    }

    /// Waits for the end of the process; answers its code.
    fn ended(&mut self) -> io::Result<Option<i32>> {
        const LOOK: Duration = Duration::from_millis(10);
        for _ in 0..Self::PATIENCE.as_millis() / LOOK.as_millis() {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            thread::park_timeout(LOOK);
        }
        let why = format!("the watchdog of the rig has not ended within {:?}", Self::PATIENCE);
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Without the word, the end of the pipe makes it act. Whoever goes on must find the rig safe.
        self.pipe = None;
        if let Err(error) = self.ended() {
            tracing::error!("{error}");
        }
    }
}

/// Ctrl-C goes to everything in the foreground of a terminal: the watchdog must not be there.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ample: no test waits for it to pass.
    const LIMIT: Duration = Duration::from_secs(60);

    fn lost(said: &'static [u8]) -> String {
        match watch(said, LIMIT) {
            Fate::Done => "done".into(),
            Fate::Lost(reason) => reason,
        }
    }

    #[test]
    fn a_program_is_done_only_when_it_says_so() {
        assert_eq!(watch(&b"beat\nbeat\ndone\n"[..], LIMIT), Fate::Done);
        assert_eq!(lost(b"beat\nbeat\n"), "the program ended without a word");
        assert_eq!(lost(b""), "the program ended without a word");
        assert_eq!(lost(b"beat\ndone"), "the program ended without a word");
        assert_eq!(lost(b"beat\nbye\ndone\n"), "the program said \"bye\"; expected beat or done");
        assert_eq!(lost(b"beatbeatbeatbeat\ndone\n"), "the program said \"beatbeat\"; expected beat or done");
    }

    #[test]
    fn a_program_that_says_nothing_is_lost() {
        let (reader, writer) = io::pipe().expect("a pipe");
        let limit = Duration::from_millis(30);
        assert_eq!(watch(reader, limit), Fate::Lost("the program has said nothing for 30ms".into()));
        drop(writer);
    }

    #[test]
    fn a_pipe_that_closes_is_seen_at_once() {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let watching = thread::spawn(move || watch(reader, LIMIT));
        writer.write_all(b"beat\n").expect("somebody reads");
        drop(writer);
        let fate = watching.join().expect("no panic");
        assert_eq!(fate, Fate::Lost("the program ended without a word".into()));
    }

    #[test]
    fn the_rig_is_made_safe_once_and_only_when_the_program_is_lost() {
        let told = |said: &'static [u8], outcome: Result<(), String>| {
            let (mut say, mut acted) = (Vec::new(), 0);
            let code = serve(said, LIMIT, &mut say, || {
                acted += 1;
                outcome
            });
            (code, acted, String::from_utf8(say).expect("text"))
        };
        assert_eq!(told(b"done\n", Ok(())), (0, 0, String::new()));
        let (code, acted, said) = told(b"beat\n", Ok(()));
        assert_eq!((code, acted), (3, 1));
        assert_eq!(
            said,
            "watchdog: the program ended without a word; making the rig safe\nwatchdog: the rig is safe\n"
        );
        let (code, acted, said) = told(b"", Err("power_board: disconnected".into()));
        assert_eq!((code, acted), (4, 1));
        assert!(said.ends_with("watchdog: THE RIG MAY NOT BE SAFE: power_board: disconnected\n"), "{said}");
    }

    /// The watchdog of these tests: the test binary itself, in [`the_watchdog_process`]; 0 s is a limit for nobody.
    fn myself(folder: &crate::testing::Folder) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this binary has a path"));
        command.args(["--exact", "watchdog::tests::the_watchdog_process", "--nocapture"]);
        command.env("PLUGFEST_TEST_SAFE", folder.path().join("safe"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Run by hand of another test it is a watchdog whose safe state is a file; by itself it watches a program that is done.
    #[test]
    fn the_watchdog_process() {
        let Some(safe) = std::env::var_os("PLUGFEST_TEST_SAFE") else {
            assert_eq!(serve(&b"done\n"[..], LIMIT, &mut io::sink(), || Err("not lost".into())), 0);
            return;
        };
        let act = || std::fs::write(safe, "safe").map_err(|error| error.to_string());
        std::process::exit(serve(io::stdin(), LIMIT, &mut io::stderr(), act));
    }

    #[test]
    fn a_watchdog_that_is_told_stands_down_and_touches_nothing() {
        let folder = crate::testing::Folder::new("stands-down");
        let mut watchdog = Watchdog::arm(&mut myself(&folder)).expect("it starts");
        watchdog.beat().expect("it is there");
        watchdog.stand_down().expect("it goes");
        assert!(!folder.path().join("safe").exists());
    }

    #[test]
    fn a_watchdog_that_is_dropped_makes_the_rig_safe_before_anybody_goes_on() {
        let folder = crate::testing::Folder::new("dropped");
        drop(Watchdog::arm(&mut myself(&folder)).expect("it starts"));
        assert!(folder.path().join("safe").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn the_rig_is_made_safe_when_the_program_is_killed() {
        let folder = crate::testing::Folder::new("killed-program");
        let safe = folder.path().join("safe");
        // `cat` is the program: its output is the pipe of the watchdog, and it is killed without a chance to say a word.
        let mut program = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat");
        let pipe = program.stdout.take().expect("a pipe");
        let mut watchdog = myself(&folder).stdin(pipe).spawn().expect("it starts");
        let mut input = program.stdin.take().expect("a pipe");
        input.write_all(b"beat\n").expect("cat reads");
        program.kill().expect("SIGKILL");
        program.wait().expect("it is gone");
        assert_eq!(watchdog.wait().expect("it ends").code(), Some(3));
        assert!(safe.is_file());
    }

    #[test]
    fn a_watchdog_that_is_gone_is_noticed() {
        let folder = crate::testing::Folder::new("gone");
        let mut watchdog = Watchdog::arm(&mut myself(&folder)).expect("it starts");
        watchdog.child.kill().expect("it was there");
        watchdog.child.wait().expect("it is gone");
        let error = watchdog.beat().expect_err("nobody reads").to_string();
        assert_eq!(error, "the watchdog of the rig is gone");
        assert!(watchdog.stand_down().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_watchdog_that_is_gone_is_noticed_while_somebody_holds_a_copy_of_its_pipe() {
        let folder = crate::testing::Folder::new("gone-with-a-copy");
        let (reader, writer) = io::pipe().expect("a pipe");
        let mut child = myself(&folder).stdin(reader.try_clone().expect("a copy")).spawn().expect("it starts");
        child.kill().expect("it was there");
        child.wait().expect("it is gone");
        let pipe = Some(ChildStdin::from(std::os::fd::OwnedFd::from(writer)));
        let mut watchdog = Watchdog { child, pipe };
        assert_eq!(watchdog.beat().expect_err("nobody reads").to_string(), "the watchdog of the rig is gone");
        drop(reader);
    }

    proptest! {
        #[test]
        fn whatever_is_said_it_is_known_what_became_of_the_program(said in proptest::collection::vec(any::<u8>(), 0..200)) {
            let done = said.split_inclusive(|byte| *byte == b'\n').find(|line| *line != b"beat\n") == Some(b"done\n");
            let fate = watch(io::Cursor::new(said), LIMIT);
            prop_assert_eq!(fate == Fate::Done, done);
        }
    }
}
