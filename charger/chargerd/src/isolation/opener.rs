//! Opens device nodes that come and go, for a charger that may not.
//!
//! Landlock names files, not their names: a USB adapter that is plugged in again is another file, and only the folder of all
//! nodes would let the charger open it. So a helper is started before the rights are given up. It has that folder and nothing
//! else, and opens what the board file names, and nothing else:
//!
//! ```text
//!   charger                                    opener
//!     number, path            ------------>      one of its list?  a device node?  opened
//!                             <------------      number, error; the open node beside it
//! ```
//!
//! It ends when the charger does: then the socket between them is closed. If it ends before, nobody can start another one: the
//! charger may not, and says so.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, IoSlice, IoSliceMut, PipeReader};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use rustix::cmsg_space;
use rustix::fs::{FileType, fstat};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

use super::{Level, Plan, apply};
use crate::ending::Ending;

/// The longest path, and the number ahead of it.
const LONGEST: usize = 4 + 1024;

/// A node opens at once, or not at all; this is for an opener that is stuck.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the opener is told when it starts; its standard input is the socket.
#[derive(Args, Clone, Debug)]
pub(crate) struct List {
    /// How its own rights are cut down.
    #[arg(long)]
    isolation: Level,
    /// It opens the endpoints of firmwares, whatever their numbers are.
    #[arg(long)]
    rpmsg: bool,
    /// Nodes that it opens.
    paths: Vec<PathBuf>,
}

/// The end of an opener, to wait for: a pipe that ends with it.
pub(crate) struct End(PipeReader);

impl End {
    /// Completes when it has ended. Needs the runtime.
    ///
    /// # Errors
    /// That cannot be waited for.
    pub(crate) async fn came(self) -> io::Result<()> {
        let mut pipe = pipe::Receiver::from_owned_fd(self.0.into())?;
        // It says nothing there.
        while pipe.read(&mut [0; 64]).await? > 0 {}
        Ok(())
    }
}

/// Starts the opener for this plan, if it has anything to do, and has the devices opened by it from now on; its end can be
/// waited for. Where it cannot be started, the plan has the folder of all nodes instead.
pub(crate) fn start(plan: &mut Plan, level: Level) -> Option<End> {
    if level == Level::Off || !plan.needs_opener() {
        return None;
    }
    match spawn(plan, level) {
        Ok((socket, end)) => {
            let client = Mutex::new(Client { socket, number: 0 });
            hil::open_nodes_with(move |path| client.lock().unwrap_or_else(PoisonError::into_inner).open(path));
            Some(end)
        }
        Err(error) => {
            tracing::warn!(%error, "nobody can be started who opens devices: all of /dev stays open to the charger");
            plan.do_without_opener();
            None
        }
    }
}

fn spawn(plan: &Plan, level: Level) -> io::Result<(OwnedFd, End)> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    set_socket_timeout(&ours, Timeout::Recv, Some(PATIENCE))?;
    set_socket_timeout(&ours, Timeout::Send, Some(PATIENCE))?;
    let mut command = Command::new("/proc/self/exe");
    command.args(["open-nodes", "--isolation", level.name()]);
    if plan.opens_rpmsg {
        command.arg("--rpmsg");
    }
    // Its output is not the charger's: whoever reads that waits for its end. The charger itself does, on a pipe.
    let (end, output) = io::pipe()?;
    command.arg("--").args(&plan.opened).stdin(Stdio::from(theirs)).stdout(output);
    command.spawn()?;
    Ok((ours, End(end)))
}

/// The charger's end.
struct Client {
    socket: OwnedFd,
    /// Of the last question: an answer that came too late is to another one.
    number: u32,
}

impl Client {
    fn open(&mut self, path: &Path) -> io::Result<OwnedFd> {
        self.number = self.number.wrapping_add(1);
        let question = [&self.number.to_le_bytes()[..], path.as_os_str().as_bytes()].concat();
        let gone = |error: io::Error| io::Error::new(io::ErrorKind::NotConnected, format!("the opener: {error}"));
        rustix::net::send(&self.socket, &question, SendFlags::NOSIGNAL).map_err(|error| gone(error.into()))?;
        loop {
            let (number, error, node) = self.answer().map_err(gone)?;
            if number == self.number {
                return match (error, node) {
                    (0, Some(node)) => Ok(node),
                    (0, None) => Err(gone(io::ErrorKind::InvalidData.into())),
                    (error, _) => Err(io::Error::from_raw_os_error(error)),
                };
            }
        }
    }

    fn answer(&self) -> io::Result<(u32, i32, Option<OwnedFd>)> {
        let mut answer = [0; 8];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let got = recvmsg(&self.socket, &mut [IoSliceMut::new(&mut answer)], &mut beside, RecvFlags::CMSG_CLOEXEC)?;
        let node = beside.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut nodes) => nodes.next(),
            _ => None,
        });
        if got.bytes != answer.len() || got.flags.contains(ReturnFlags::TRUNC) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [a, b, c, d, e, f, g, h] = answer;
        Ok((u32::from_le_bytes([a, b, c, d]), i32::from_le_bytes([e, f, g, h]), node))
    }
}

/// The opener itself: the verb `open-nodes`, which only a charger starts.
pub(crate) fn run(list: List) -> Ending {
    if apply(list.isolation, &Plan::of_opener()).is_err() {
        return Ending::Isolation;
    }
    let allowed = Allowed { paths: list.paths.into_iter().collect(), rpmsg: list.rpmsg };
    serve(io::stdin().as_fd(), &allowed);
    Ending::Orderly
}

/// Answers until the charger is gone.
fn serve(socket: BorrowedFd<'_>, allowed: &Allowed) {
    let mut question = [0; LONGEST];
    loop {
        let length = match rustix::net::recv(socket, &mut question[..], RecvFlags::empty()) {
            Ok((0, _)) | Err(_) => return,
            Ok((length, _)) => length,
        };
        let Some((number, path)) = question[..length].split_first_chunk::<4>() else { continue };
        let opened = allowed.open(Path::new(OsStr::from_bytes(path)));
        let error = opened.as_ref().err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
        let answer = [&number[..], &error.to_le_bytes()[..]].concat();
        let nodes: Vec<_> = opened.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        if !nodes.is_empty() {
            // There is room for one.
            beside.push(SendAncillaryMessage::ScmRights(&nodes));
        }
        if sendmsg(socket, &[IoSlice::new(&answer)], &mut beside, SendFlags::NOSIGNAL).is_err() {
            return;
        }
    }
}

/// What the opener opens.
struct Allowed {
    paths: BTreeSet<PathBuf>,
    rpmsg: bool,
}

impl Allowed {
    fn open(&self, path: &Path) -> io::Result<OwnedFd> {
        let named = self.paths.contains(path) || (self.rpmsg && is_rpmsg(path));
        if !named {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        let node = hil::open_node(path)?;
        // A disk is a block device; a path that leads to a file is none that the board file meant.
        match FileType::from_raw_mode(fstat(&node)?.st_mode) {
            FileType::CharacterDevice => Ok(node),
            _ => Err(io::Error::from_raw_os_error(libc::ENOTTY)),
        }
    }
}

/// Whether that is the endpoint of a firmware, or what makes one.
fn is_rpmsg(path: &Path) -> bool {
    let number = path.to_str().and_then(|path| path.strip_prefix("/dev/rpmsg"));
    let number = number.map(|rest| rest.strip_prefix("_ctrl").unwrap_or(rest));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn bench(paths: &[&str]) -> (Client, thread::JoinHandle<()>) {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair");
        let allowed = Allowed { paths: paths.iter().map(PathBuf::from).collect(), rpmsg: true };
        let serving = thread::spawn(move || serve(theirs.as_fd(), &allowed));
        (Client { socket: ours, number: 0 }, serving)
    }

    #[test]
    fn what_is_on_the_list_is_opened_and_nothing_else() {
        let file = std::env::temp_dir().join(format!("chargerd-no-node-{}", std::process::id()));
        std::fs::write(&file, "").expect("a file");
        let (mut client, serving) = bench(&["/dev/null", "/dev/chargerd-none", &file.display().to_string()]);
        let error = |opened: io::Result<OwnedFd>| opened.expect_err("refused").raw_os_error();
        let node = client.open(Path::new("/dev/null")).expect("a node");
        assert_eq!(rustix::io::write(&node, b"x"), Ok(1), "to read and to write");
        assert_eq!(error(client.open(Path::new("/dev/chargerd-none"))), Some(libc::ENOENT));
        assert_eq!(error(client.open(Path::new("/dev/zero"))), Some(libc::EACCES), "not on the list");
        assert_eq!(error(client.open(Path::new("/dev/../dev/null"))), Some(libc::EACCES), "as it is named");
        assert_eq!(error(client.open(&file)), Some(libc::ENOTTY), "no device");
        assert_eq!(
            error(client.open(Path::new("/dev/rpmsg77"))),
            Some(libc::ENOENT),
            "an endpoint, whatever its number"
        );
        assert_eq!(error(client.open(Path::new("/dev/rpmsg7/../mem"))), Some(libc::EACCES));
        assert!(client.open(Path::new("/dev/null")).is_ok(), "it goes on");
        drop(client);
        serving.join().expect("it ends with the charger");
        std::fs::remove_file(&file).expect("it is there");
    }

    #[tokio::test]
    async fn its_end_is_the_end_of_its_pipe() {
        let (end, output) = io::pipe().expect("a pipe");
        let mut came = tokio::spawn(End(end).came());
        tokio::task::yield_now().await;
        assert!(!came.is_finished(), "it runs");
        drop(output);
        (&mut came).await.expect("no panic").expect("a pipe");
    }

    #[test]
    fn endpoints_of_firmwares_are_known_by_their_names() {
        for (path, is) in [
            ("/dev/rpmsg0", true),
            ("/dev/rpmsg_ctrl12", true),
            ("/dev/rpmsg", false),
            ("/dev/rpmsg_ctrl", false),
            ("/dev/rpmsgX", false),
            ("/tmp/rpmsg0", false),
        ] {
            assert_eq!(is_rpmsg(Path::new(path)), is, "{path}");
        }
    }
}
