//! Tries to break out of the isolation, and prints what was refused.
//!
//! ```text
//!   read /etc/passwd ............. refused (Permission denied)
//!   write the state folder ....... works
//! ```
//!
//! The isolation is the one of the charger itself, made from the same files: what this shows holds for the daemon with this
//! configuration on this kernel. Each attempt is harmless where it succeeds.

use std::ffi::CString;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::ptr;
use std::time::Duration;

use hardware::V2gNetwork as _;
use hil::Endpoint;
use libc::c_long;
use ocpp::Sqlite;
use rustix::net::{AddressFamily, SocketType, socket};
use tokio::runtime;

use crate::devices::open_v2g;
use crate::ending::Ending;
use crate::isolation::{self, Plan};
use crate::say::{Output, complain};
use crate::settings::Settings;

/// What must come of an attempt.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Expected {
    Refused,
    Works,
}

/// One line of the table.
struct Attempt {
    what: String,
    expected: Expected,
    result: io::Result<()>,
}

impl Attempt {
    /// Refused is what says so; that something is not there, or not listening, is no refusal.
    fn is_refused(&self) -> bool {
        self.result
            .as_ref()
            .is_err_and(|error| matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES | libc::ENOSYS)))
    }

    fn is_good(&self) -> bool {
        match self.expected {
            Expected::Refused => self.is_refused(),
            Expected::Works => self.result.is_ok(),
        }
    }
}

/// The verb `escape-test`: 0 when everything that must be refused is, and what the charger needs works.
pub(crate) fn run(settings: Settings) -> Ending {
    if let Err(error) = fs::create_dir_all(&settings.state) {
        complain(format_args!("{}: {error}", settings.state.display()));
        return Ending::Start;
    }
    let mut plan = Plan::of(&settings);
    isolation::opener::start(&mut plan, settings.isolation);
    // What an attempt needs and may not have any more afterwards.
    let closed_port = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr()) {
        Ok(address) => address,
        Err(error) => {
            complain(format_args!("no port to try: {error}"));
            return Ending::Start;
        }
    };
    // An interface that is off, or not there, proves nothing.
    let cars = settings.devices.evses.iter().filter_map(|evse| evse.v2g.as_ref());
    let cars: Vec<_> = cars.filter(|endpoint| listen_for_a_car(endpoint).is_ok()).collect();
    let mut table = Table::default();
    match isolation::apply(settings.isolation, &plan) {
        Ok(applied) => table.output.print(format_args!("isolation: {applied}\n")),
        Err(error) => {
            complain(format_args!("{error}"));
            return Ending::Isolation;
        }
    }
    allowed(&mut table, &settings.state, &plan);
    files(&mut table, &settings.state, &plan);
    network(&mut table, &plan, closed_port);
    car(&mut table, &plan, closed_port, &cars);
    kernel(&mut table);
    processes(&mut table);
    let Table { good, bad, mut output } = table;
    output.print(format_args!("{good} as they must be, {bad} not\n"));
    output.end(if bad == 0 { Ending::Orderly } else { Ending::Isolation })
}

/// Prints as it goes: an attempt that succeeds may be the last one.
#[derive(Default)]
struct Table {
    good: usize,
    bad: usize,
    output: Output,
}

impl Table {
    fn refused(&mut self, what: impl Into<String>, result: io::Result<()>) {
        self.add(Attempt { what: what.into(), expected: Expected::Refused, result });
    }

    fn works(&mut self, what: impl Into<String>, result: io::Result<()>) {
        self.add(Attempt { what: what.into(), expected: Expected::Works, result });
    }

    fn add(&mut self, attempt: Attempt) {
        let outcome = match &attempt.result {
            Ok(()) => "works".into(),
            Err(error) if attempt.is_refused() => format!("refused ({error})"),
            Err(error) => format!("fails ({error})"),
        };
        let verdict = if attempt.is_good() { "" } else { "   <-- NOT AS IT MUST BE" };
        self.output.print(format_args!("  {:.<44} {outcome}{verdict}\n", format!("{} ", attempt.what)));
        if attempt.is_good() { self.good += 1 } else { self.bad += 1 }
    }
}

/// What the charger does every day.
fn allowed(table: &mut Table, state: &Path, plan: &Plan) {
    let file = state.join("escape-test");
    table.works("write the state folder", fs::write(&file, "x").and_then(|()| fs::remove_file(&file)));
    let store = state.join("escape-test.sqlite");
    table.works("open the durable store", Sqlite::open(&store).map(drop).map_err(io::Error::other));
    for end in ["", "-wal", "-shm"] {
        drop(fs::remove_file(state.join(format!("escape-test.sqlite{end}"))));
    }
    table.works("start a thread", std::thread::Builder::new().spawn(|| {}).map(drop));
    table.works("open a unix socket", std::os::unix::net::UnixDatagram::unbound().map(drop));
    for device in plan.devices() {
        let opened = if device.is_dir() {
            fs::read_dir(device).map(drop)
        } else {
            fs::OpenOptions::new().read(true).write(true).open(device).map(drop)
        };
        table.works(format!("open {} again", device.display()), opened);
    }
}

fn files(table: &mut Table, state: &Path, plan: &Plan) {
    // Where a controller is missing, the folder of all nodes is open: that is said by `--check`.
    if !plan.devices().any(Path::is_dir) {
        let opened = fs::OpenOptions::new().read(true).write(true).open("/dev/null");
        table.refused("open a node that no device is at", opened.map(drop));
        table.refused("list /dev", fs::read_dir("/dev").map(drop));
    }
    table.refused("read /etc/passwd", fs::read("/etc/passwd").map(drop));
    table.refused("read /etc/shadow", fs::read("/etc/shadow").map(drop));
    table.refused("read its own program", fs::File::open("/proc/self/exe").map(drop));
    table.refused("list the root folder", fs::read_dir("/").map(drop));
    for folder in [Path::new("/tmp"), Path::new("/run"), state.parent().unwrap_or(Path::new("/"))] {
        let file = folder.join(format!("chargerd-escape-{}", std::process::id()));
        let written = fs::write(&file, "x");
        drop(fs::remove_file(&file));
        // Where nobody may write anyway, that is no merit of ours; it is refused all the same.
        table.refused(format!("write in {}", folder.display()), written);
    }
    table.refused("make a link to /etc/passwd", std::os::unix::fs::symlink("/etc/passwd", state.join("escape-link")));
    drop(fs::remove_file(state.join("escape-link")));
}

fn network(table: &mut Table, plan: &Plan, closed: SocketAddr) {
    let limit = Duration::from_secs(1);
    if plan.allows_port(closed.port()) {
        // As good as impossible: the kernel has just chosen it at random.
        table.works("a port that nobody may use", Ok(()));
    } else {
        table.refused(
            format!("connect to TCP port {}", closed.port()),
            TcpStream::connect_timeout(&closed, limit).map(drop),
        );
    }
    table.refused("listen on a TCP port", TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(drop));
    for (name, family, kind) in [
        ("Ethernet frames", libc::AF_PACKET, libc::SOCK_RAW),
        ("raw IP", libc::AF_INET, libc::SOCK_RAW),
        ("CAN", libc::AF_CAN, libc::SOCK_RAW),
        ("kernel crypto", libc::AF_ALG, libc::SOCK_SEQPACKET),
        ("virtual machines", libc::AF_VSOCK, libc::SOCK_STREAM),
        ("Bluetooth", libc::AF_BLUETOOTH, libc::SOCK_RAW),
    ] {
        let opened = call(libc::SYS_socket, [family as usize, kind as usize, 0, 0, 0]);
        match family {
            // What the board file names is there to be used.
            libc::AF_PACKET | libc::AF_CAN if plan.allows_family(family) => {}
            _ => table.refused(format!("open a socket for {name}"), opened),
        }
    }
    if !plan.allows_family(libc::AF_INET) {
        table.refused("open a UDP socket", UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(drop));
    }
}

/// The network to the car: what it needs where the board file names one, and nothing of it elsewhere.
fn car(table: &mut Table, plan: &Plan, closed: SocketAddr, cars: &[&Endpoint]) {
    let listened: Vec<u16> = plan.listened().collect();
    let listen = |port: u16| TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).map(drop);
    let Some((first, last)) = listened.first().zip(listened.last()) else {
        let family = if plan.allows_family(libc::AF_INET) { AddressFamily::INET } else { AddressFamily::INET6 };
        table.refused("listen on a port that the kernel chooses", listen_anywhere(family));
        if !plan.allows_family(libc::AF_INET6) {
            table.refused("open a UDP socket for IPv6", UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).map(drop));
        }
        return;
    };
    // Some other program may have one of them.
    let some = listened.iter().map(|port| listen(*port)).reduce(Result::or).unwrap_or(Ok(()));
    table.works(format!("listen on TCP port {first} to {last}"), some);
    table.works("open a UDP socket for IPv6", UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).map(drop));
    for port in [first - 1, last + 1, 0] {
        let port_name = if port == 0 { "any TCP port".into() } else { format!("TCP port {port}") };
        table.refused(format!("listen on {port_name} for IPv6"), listen(port));
    }
    let place = SocketAddr::from((Ipv6Addr::LOCALHOST, closed.port()));
    if !plan.allows_port(closed.port()) {
        let connected = TcpStream::connect_timeout(&place, Duration::from_secs(1)).map(drop);
        table.refused(format!("connect to TCP port {} for IPv6", closed.port()), connected);
    }
    for endpoint in cars {
        table.works(format!("listen for a car at {endpoint}"), listen_for_a_car(endpoint));
    }
}

/// As the charger does, with its own backend.
fn listen_for_a_car(endpoint: &Endpoint) -> io::Result<()> {
    let mut network = open_v2g(endpoint).map_err(io::Error::other)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(network.listen()).map(drop).map_err(io::Error::other)
}

/// Listens without a port: the kernel then chooses one.
fn listen_anywhere(family: AddressFamily) -> io::Result<()> {
    let socket = socket(family, SocketType::STREAM, None)?;
    Ok(rustix::net::listen(socket, 1)?)
}

/// Calls with arguments that do nothing where they are let through.
fn kernel(table: &mut Table) {
    for (what, number, arguments) in [
        ("ptrace", libc::SYS_ptrace, [libc::PTRACE_PEEKDATA as usize, 0, 0, 0, 0]),
        ("mount", libc::SYS_mount, [0; 5]),
        ("pivot_root", libc::SYS_pivot_root, [0; 5]),
        ("bpf", libc::SYS_bpf, [5, 0, 0, 0, 0]),
        ("perf_event_open", libc::SYS_perf_event_open, [0, 0, usize::MAX, usize::MAX, 0]),
        ("io_uring_setup", libc::SYS_io_uring_setup, [1, 0, 0, 0, 0]),
        ("keyctl", libc::SYS_keyctl, [0, usize::MAX - 2, 0, 0, 0]),
        ("userfaultfd", libc::SYS_userfaultfd, [usize::MAX, 0, 0, 0, 0]),
        ("process_vm_readv", libc::SYS_process_vm_readv, [1, 0, 0, 0, 0]),
        ("init_module", libc::SYS_init_module, [0; 5]),
        ("kexec_load", libc::SYS_kexec_load, [0, 0, 0, usize::MAX, 0]),
        ("setuid to root", libc::SYS_setuid, [0; 5]),
        ("settimeofday", libc::SYS_settimeofday, [0; 5]),
        ("setns", libc::SYS_setns, [usize::MAX, 0, 0, 0, 0]),
    ] {
        table.refused(what, call(number, arguments));
    }
    let page = [0, 4096, (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC) as usize];
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    table.refused(
        "memory that can be executed",
        call(libc::SYS_mmap, [page[0], page[1], page[2], anonymous, usize::MAX]),
    );
    table.refused("type into the terminal", call(libc::SYS_ioctl, [0, libc::TIOCSTI as usize, 0, 0, 0]));
}

fn processes(table: &mut Table) {
    let parent = std::os::unix::process::parent_id() as usize;
    table.refused("signal another process", call(libc::SYS_kill, [parent, 0, 0, 0, 0]));
    table.refused("start a process", Command::new("/bin/true").spawn().map(|mut child| drop(child.wait())));
    table.refused("a user namespace", call(libc::SYS_unshare, [libc::CLONE_NEWUSER as usize, 0, 0, 0, 0]));
    table.refused("become /bin/sh", become_shell());
}

/// Where it succeeds, the shell says so in place of this program.
fn become_shell() -> io::Result<()> {
    let words = ["/bin/sh", "-c", "echo '  become /bin/sh: works   <-- NOT AS IT MUST BE'; exit 3"];
    let words = words.map(CString::new).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    pointers.push(ptr::null());
    call(libc::SYS_execve, [words[0].as_ptr() as usize, pointers.as_ptr() as usize, 0, 0, 0])
}

/// One system call by its number.
#[allow(unsafe_code)] // the library has no safe form of most of these, for good reason
fn call(number: c_long, arguments: [usize; 5]) -> io::Result<()> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: the callers above pass null where memory is expected, or memory that outlives the call (`become_shell`); the
    // kernel checks either. No call changes memory of this program that Rust knows of: what is mapped is new and unused.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, 0) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
