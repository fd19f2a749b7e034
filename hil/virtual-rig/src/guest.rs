//! A guest kernel: User-Mode Linux as a process of this machine, on its file system, without root.
//!
//! The guest is an ordinary process tree; its root is the host's file system (hostfs), so that programs are simply there. What
//! connects it: vhost-user devices (`hil_vhost`) by their sockets, serial lines and network cards by socket pairs whose host
//! ends are taken from the [`Guest`]. Its first process is `hil/uml/init.sh`, which tells the orders it takes over
//! serial line 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::keeper::Keeper;

/// The exit status of a guest that came to no verdict.
pub const NO_VERDICT: i32 = 99;

/// A path of a unix socket has room for so many bytes.
const SOCKET_PATH: usize = 107;

/// A guest cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// A path or a name cannot be put on the kernel's command line or into a socket's address.
    #[error("{}: {why}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A name of the environment is none.
    #[error("`{0}` is no name of an environment variable")]
    Name(String),
    /// The system refuses.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What it said.
        source: io::Error,
    },
}

impl GuestError {
    fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { what: what.into(), source }
    }
}

/// What a guest is made of.
#[derive(Clone, Debug)]
pub struct GuestBuilder {
    kernel: PathBuf,
    init: PathBuf,
    folder: PathBuf,
    shim: Option<PathBuf>,
    memory: u32,
    devices: Vec<(PathBuf, u32)>,
    serial_lines: usize,
    cards: usize,
    environment: BTreeMap<String, String>,
    kept: Vec<PathBuf>,
    arguments: Vec<String>,
}

impl GuestBuilder {
    /// A guest of this kernel, with this first process, that leaves its logs in this folder: `console.log` of the kernel,
    /// `init.log` and `program.log`. The folder is created if need be; one guest a folder. All paths are absolute.
    #[must_use]
    pub fn new(kernel: impl Into<PathBuf>, init: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            kernel: kernel.into(),
            init: init.into(),
            folder: folder.into(),
            shim: None,
            memory: 256,
            devices: Vec::new(),
            serial_lines: 2,
            cards: 0,
            environment: BTreeMap::new(),
            kept: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The library that makes an old kernel fit a new host, to be preloaded.
    #[must_use]
    pub fn shim(mut self, shim: impl Into<PathBuf>) -> Self {
        self.shim = Some(shim.into());
        self
    }

    /// Memory in MiB, 256 by default. It is taken from `/dev/shm` as it is used.
    #[must_use]
    pub fn memory(mut self, mebibytes: u32) -> Self {
        self.memory = mebibytes;
        self
    }

    /// A vhost-user device by its socket and virtio id: 34 I2C, 41 GPIO, 7 rpmsg. In the guest it is `virtio-uml.N`, counted
    /// from 0 in the order of these calls.
    #[must_use]
    pub fn device(mut self, socket: impl Into<PathBuf>, id: u32) -> Self {
        self.devices.push((socket.into(), id));
        self
    }

    /// How many serial lines there are, `/dev/ttyS0` up; at least two, as line 1 gives the orders.
    #[must_use]
    pub fn serial_lines(mut self, lines: usize) -> Self {
        self.serial_lines = lines.max(2);
        self
    }

    /// How many network cards there are, `vec0` up, at most two; the first process gives `vec1` the address 192.0.2.2/24.
    #[must_use]
    pub fn cards(mut self, cards: usize) -> Self {
        self.cards = cards.min(2);
        self
    }

    /// A variable of the environment of the guest's processes, any value.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// A folder of the host that the guest sees although it is under `/tmp` or `/run`, which are the guest's own. The run's folder
    /// needs no mention.
    #[must_use]
    pub fn keep(mut self, folder: impl Into<PathBuf>) -> Self {
        self.kept.push(folder.into());
        self
    }

    /// A further argument of the kernel.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Boots it. The sockets of its devices must be there.
    ///
    /// # Errors
    /// A path does not fit, the folder cannot be written, the kernel cannot be run.
    pub fn start(&self) -> Result<Guest, GuestError> {
        let folder = plain(&self.folder)?;
        let control = self.folder.join(UMID).join("mconsole");
        if control.as_os_str().len() > SOCKET_PATH {
            return Err(GuestError::Path { path: control, why: "too long for a socket" });
        }
        fs::create_dir_all(&self.folder).map_err(GuestError::system(format!("cannot create {folder}")))?;
        let script = self.folder.join("env");
        fs::write(&script, self.script()?).map_err(GuestError::system(format!("cannot write {}", script.display())))?;
        let log = self.folder.join("console.log");
        let console = File::create(&log).map_err(GuestError::system(format!("cannot write {}", log.display())))?;
        let errors = console.try_clone().map_err(GuestError::system("cannot duplicate a file"))?;

        let mut command = Command::new(&self.kernel);
        command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(console)
            .stderr(errors)
            .arg(format!("mem={}M", self.memory))
            .args(["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw"])
            .arg(format!("init={}", plain(&self.init)?))
            .args(["con0=null,fd:1", "con=null", "ssl=null"])
            // Not to be measured at each boot: it takes up to half a second, and is wrong when others are busy meanwhile.
            .arg("lpj=25000000")
            .arg(format!("umid={UMID}"))
            .arg(format!("uml_dir={folder}/"));
        if let Some(shim) = &self.shim {
            command.env("LD_PRELOAD", shim);
        }
        for (socket, id) in &self.devices {
            command.arg(format!("virtio_uml.device={}:{id}", plain(socket)?));
        }
        let (mut serial, mut cards, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for line in 0..self.serial_lines {
            let (host, guest) = UnixStream::pair().map_err(GuestError::system("cannot make a serial line"))?;
            command.arg(format!("ssl{line}=fd:{}", guest.as_raw_fd()));
            serial.push(Some(OwnedFd::from(host)));
            theirs.push(OwnedFd::from(guest));
        }
        for card in 0..self.cards {
            let (host, guest) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(io::Error::from)
                .map_err(GuestError::system("cannot make a network card"))?;
            command.arg(format!("vec{card}:transport=fd,fd={},mac=02:00:00:00:01:{:02x}", guest.as_raw_fd(), card + 1));
            cards.push(Some(host));
            theirs.push(guest);
        }
        command.args(&self.arguments).arg(format!("PF_DIR={folder}"));

        let child =
            spawn(&mut command, theirs).map_err(GuestError::system(format!("cannot run {}", self.kernel.display())))?;
        let mut guest = Guest { child, process: None, status: None, serial, cards, control, keeper: None };
        // From here on a failure ends the guest by its drop.
        guest.keeper =
            Some(Keeper::of_group(guest.child.id()).map_err(GuestError::system("cannot watch over the guest"))?);
        let pid = guest.pid()?;
        guest.process = Some(
            pidfd_open(pid, PidfdFlags::empty())
                .map_err(io::Error::from)
                .map_err(GuestError::system("cannot watch the kernel's process"))?,
        );
        Ok(guest)
    }

    /// The environment, as the first process reads it.
    fn script(&self) -> Result<String, GuestError> {
        let mut script = String::new();
        for (name, value) in &self.environment {
            let mut letters = name.chars();
            if !letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
                || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            {
                return Err(GuestError::Name(name.clone()));
            }
            // A String takes everything.
            let _ = writeln!(script, "export {name}='{}'", value.replace('\'', r"'\''"));
        }
        let kept: Vec<&str> = self.kept.iter().map(|folder| plain(folder)).collect::<Result<_, _>>()?;
        let _ = writeln!(script, "PF_KEEP='{}'", kept.join(" "));
        Ok(script)
    }
}

/// The name of the kernel's folder for its own sockets, within the run's folder.
const UMID: &str = "uml";

/// A path as it can stand on the kernel's command line.
fn plain(path: &Path) -> Result<&str, GuestError> {
    let bad = |why| GuestError::Path { path: path.to_owned(), why };
    let text = path.to_str().ok_or_else(|| bad("not UTF-8"))?;
    if !path.is_absolute() {
        return Err(bad("not absolute"));
    }
    if text.contains(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | ':' | ',')) {
        return Err(bad("has a blank, quote, colon or comma, which a kernel's command line cannot carry"));
    }
    Ok(text)
}

/// Runs a program that inherits these descriptors under their own numbers.
fn spawn(command: &mut Command, inherited: Vec<OwnedFd>) -> io::Result<Child> {
    // Two guests started at a time must not inherit each other's descriptors.
    static SPAWNING: Mutex<()> = Mutex::new(());
    let _one = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
    for descriptor in &inherited {
        fcntl_setfd(descriptor, FdFlags::empty())?;
    }
    let child = command.spawn();
    drop(inherited);
    child
}

/// Waits for a descriptor within a runtime.
#[allow(unsafe_code)]
fn watch(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd is open until it is dropped, which the AsyncFd does last, and always has the same number.
    let watched = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    watched.map_err(io::Error::from)
}

/// A guest that runs. Dropped, it is killed; none of its processes is left.
#[derive(Debug)]
pub struct Guest {
    child: Child,
    process: Option<OwnedFd>,
    status: Option<ExitStatus>,
    serial: Vec<Option<OwnedFd>>,
    cards: Vec<Option<OwnedFd>>,
    control: PathBuf,
    /// Ends the guest when this program is gone; dropped after the guest has ended.
    keeper: Option<Keeper>,
}

impl Guest {
    /// The number of the kernel's process, of its group and of its session.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The host's end of a serial line, once: a stream of bytes. Line 1 gives the orders; when its end is closed, the guest
    /// powers off.
    pub fn serial(&mut self, line: usize) -> Option<OwnedFd> {
        self.serial.get_mut(line)?.take()
    }

    /// The host's end of a network card, once: one Ethernet frame a message, bare.
    pub fn net(&mut self, card: usize) -> Option<OwnedFd> {
        self.cards.get_mut(card)?.take()
    }

    /// The exit status, once the guest has ended; `None` while it runs.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.wait(Duration::ZERO)
    }

    /// Waits for the end of the guest, at most so long. Blocks the thread.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        if self.status.is_some() {
            return Ok(self.status);
        }
        let limit =
            Timespec { tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX), tv_nsec: limit.subsec_nanos().into() };
        loop {
            let Some(process) = &self.process else { return Err(io::ErrorKind::NotFound.into()) };
            match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&limit)) {
                Ok(0) => return Ok(None),
                Ok(_) => return self.reap().map(Some),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits for the end of the guest. Cancel safe.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        let process = self.process.as_ref().ok_or(io::ErrorKind::NotFound)?.try_clone()?;
        // The guard is dropped at once: the descriptor stays readable from now on.
        drop(watch(process)?.readable().await?);
        self.reap()
    }

    /// Halts the kernel, without asking anybody in the guest; if it does not end within two seconds, it is terminated, then
    /// killed. Blocks the thread meanwhile. Returns the exit status: [`NO_VERDICT`] for one that was halted before its verdict.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        const PATIENCE: Duration = Duration::from_secs(2);
        if let Some(status) = self.exit_status()? {
            return Ok(status);
        }
        // One that is not up yet has no such socket.
        let _ = UnixDatagram::unbound()?.send_to(&halt(), &self.control);
        if let Some(status) = self.wait(PATIENCE)? {
            return Ok(status);
        }
        self.signal(Signal::TERM);
        if let Some(status) = self.wait(PATIENCE)? {
            return Ok(status);
        }
        self.signal(Signal::KILL);
        self.reap()
    }

    /// Kills it, as a power failure does.
    ///
    /// # Errors
    /// The process cannot be asked.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        match self.status {
            Some(status) => Ok(status),
            None => {
                self.signal(Signal::KILL);
                self.reap()
            }
        }
    }

    fn pid(&self) -> Result<Pid, GuestError> {
        i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| GuestError::system("the kernel's process")(io::ErrorKind::NotFound.into()))
    }

    fn signal(&self, signal: Signal) {
        // It may have ended meanwhile; until it is waited for, its number is nobody else's.
        if let Ok(pid) = self.pid() {
            let _ = kill_process(pid, signal);
        }
    }

    /// The kernel's process has ended or is about to.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        // The kernel makes itself the leader of a session and a group: its stub processes are in there, and stay when it is
        // killed. As long as nobody has waited for it, the number of the group is not given to others.
        if let Ok(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let status = self.child.wait()?;
        self.status = Some(status);
        Ok(status)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!("guest {}: cannot be waited for: {error}", self.child.id());
        }
        self.keeper = None;
    }
}

/// What an exit status says: the guest's verdict, or the signal that ended its kernel.
#[must_use]
pub fn verdict(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(NO_VERDICT), _) => "came to no verdict".into(),
        (Some(code), _) => format!("verdict {code}"),
        (None, Some(signal)) => format!("the kernel was ended by signal {signal}"),
        (None, None) => "unknown".into(),
    }
}

/// A request to the kernel's management console: {magic: u32, version: u32, length: u32, text: 512 bytes}, as the machine has it.
fn halt() -> Vec<u8> {
    const MAGIC: u32 = 0xcafe_babe;
    const VERSION: u32 = 2;
    const TEXT: &[u8] = b"halt";
    let mut request = Vec::with_capacity(12 + 512);
    for word in [MAGIC, VERSION, TEXT.len() as u32] {
        request.extend(word.to_ne_bytes());
    }
    request.extend(TEXT);
    request.resize(12 + 512, 0);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_takes_any_value_and_no_odd_name() {
        let guest = GuestBuilder::new("/linux", "/init", "/run")
            .environment("PF_RUN", "a 'b' $c\nd")
            .keep("/tmp/a")
            .keep("/tmp/b");
        assert_eq!(guest.script().expect("a script"), "export PF_RUN='a '\\''b'\\'' $c\nd'\nPF_KEEP='/tmp/a /tmp/b'\n");
        for name in ["", "1A", "A-B", "A B", "A;reboot"] {
            assert!(GuestBuilder::new("/l", "/i", "/f").environment(name, "").script().is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_that_would_be_cut_on_the_command_line_is_refused() {
        for path in ["relative", "/with blank", "/with:colon", "/with,comma", "/with\"quote"] {
            let error = GuestBuilder::new("/linux", "/init", path).start().map(drop);
            assert!(matches!(error, Err(GuestError::Path { .. })), "{path}: {error:?}");
        }
        let long = format!("/{}", "x".repeat(100));
        let error = GuestBuilder::new("/linux", "/init", long).start().map(drop);
        assert!(matches!(error, Err(GuestError::Path { why: "too long for a socket", .. })), "{error:?}");
    }

    #[test]
    fn a_kernel_that_is_not_there_is_named() {
        let folder = std::env::temp_dir().join(format!("pf-guest-{}", std::process::id()));
        let error = GuestBuilder::new("/no/such/linux", "/init", &folder).start().map(drop);
        fs::remove_dir_all(&folder).expect("the folder was made");
        let text = error.map_err(|error| error.to_string());
        assert_eq!(text, Err("cannot run /no/such/linux: No such file or directory (os error 2)".into()));
    }

    #[test]
    fn a_halt_is_a_request_of_524_bytes() {
        let request = halt();
        assert_eq!(request.len(), 524);
        assert_eq!(request[..16], *b"\xbe\xba\xfe\xca\x02\0\0\0\x04\0\0\0halt");
    }
}
