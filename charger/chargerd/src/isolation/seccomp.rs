//! seccomp: the system calls that the charger needs. Any other is answered with EPERM.
//!
//! What is on the list is there for a reason that stands beside it. It is no substitute for the rest of the isolation: it keeps
//! the surface of the kernel small, for the day when a peer finds a way to have its own code run here.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule,
};

use super::{Force, Plan};

/// Calls that are allowed whatever their arguments are.
const ALLOWED: &[c_long] = &[
    // The runtime: waiting, time, threads, memory.
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    // Files: the store, the event log, device nodes. Which ones, Landlock says.
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat2,
    libc::SYS_statx,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
    libc::SYS_write,
    libc::SYS_writev,
    // The store asks who it is, before it trusts a file.
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getuid,
    // Sockets. Which families, the rule for `socket` says.
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    // Threads, see below: refused in a way that has the C library fall back to `clone`.
    libc::SYS_clone3,
];

/// What the C library still uses where the machine has these older calls.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_dup2,
    libc::SYS_epoll_wait,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_stat,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Restricts this thread, and all that it starts.
pub(super) fn restrict(plan: &Plan, audit: bool) -> Result<Force, Error> {
    // The list comes last: it has no place for further filters.
    for program in [threads()?, calls(plan, audit)?] {
        match seccompiler::apply_filter_all_threads(&program) {
            Ok(()) => {}
            Err(Error::Prctl(error) | Error::Seccomp(error)) if is_missing(&error) => return Ok(Force::Missing),
            Err(error) => return Err(error),
        }
    }
    Ok(if audit { Force::Logs } else { Force::Full })
}

/// Whether this is how a kernel says that it has no such filters.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL))
}

/// The list.
fn calls(plan: &Plan, audit: bool) -> Result<BpfProgram, Error> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> =
        ALLOWED.iter().chain(OLDER).map(|call| (*call, Vec::new())).collect();

    // A thread, not a process, and never in a namespace of its own.
    let namespaces = libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWUTS;
    let mask = (libc::CLONE_THREAD | namespaces) as u32;
    let thread = condition(0, Op::MaskedEq(u64::from(mask)), libc::CLONE_THREAD as u32)?;
    rules.insert(libc::SYS_clone, vec![rule(vec![thread])?]);

    // Memory is never made executable: the program is linked when it starts.
    let data = || condition(2, Op::MaskedEq(libc::PROT_EXEC as u64), 0);
    rules.insert(libc::SYS_mmap, vec![rule(vec![data()?])?]);
    rules.insert(libc::SYS_mprotect, vec![rule(vec![data()?])?]);

    // Names of threads and of memory, and whether privileges can be gained.
    let options = [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_SET_VMA, libc::PR_GET_NO_NEW_PRIVS];
    let options = options.into_iter().map(|option| rule(vec![condition(0, Op::Eq, option as u32)?]));
    rules.insert(libc::SYS_prctl, options.collect::<Result<_, BackendError>>()?);

    // Devices are controlled by ioctl; on which nodes, Landlock says. Never typing into somebody's terminal.
    let control = vec![condition(1, Op::Ne, libc::TIOCSTI as u32)?, condition(1, Op::Ne, libc::TIOCLINUX as u32)?];
    rules.insert(libc::SYS_ioctl, vec![rule(control)?]);

    // Signals to itself, for a panic that aborts.
    let own = condition(0, Op::Eq, std::process::id())?;
    rules.insert(libc::SYS_tgkill, vec![rule(vec![own])?]);

    let mut sockets = Vec::new();
    for family in &plan.families {
        let is = condition(0, Op::Eq, *family as u32)?;
        match *family {
            // Streams and datagrams, no raw ones.
            libc::AF_INET | libc::AF_INET6 => {
                for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM] {
                    sockets.push(rule(vec![is.clone(), condition(1, Op::MaskedEq(0xf), kind as u32)?])?);
                }
            }
            // Addresses and interfaces, nothing else of the kernel.
            libc::AF_NETLINK => {
                sockets.push(rule(vec![is, condition(2, Op::Eq, libc::NETLINK_ROUTE as u32)?])?);
            }
            _ => sockets.push(rule(vec![is])?),
        }
    }
    rules.insert(libc::SYS_socket, sockets);
    let unix = condition(0, Op::Eq, libc::AF_UNIX as u32)?;
    rules.insert(libc::SYS_socketpair, vec![rule(vec![unix])?]);

    // The control line listens already. Which ports, Landlock says.
    if !plan.listened.is_empty() {
        rules.insert(libc::SYS_listen, Vec::new());
    }

    let refused = if audit { SeccompAction::Log } else { SeccompAction::Errno(libc::EPERM as u32) };
    Ok(SeccompFilter::new(rules, refused, SeccompAction::Allow, arch()?)?.try_into()?)
}

/// `clone3` keeps its flags where a filter cannot look: the C library is told that there is none, and takes `clone`.
fn threads() -> Result<BpfProgram, Error> {
    let rules = [(libc::SYS_clone3, Vec::new())].into();
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, missing, arch()?)?.try_into()?)
}

fn arch() -> Result<seccompiler::TargetArch, BackendError> {
    std::env::consts::ARCH.try_into()
}

fn condition(argument: u8, operator: Op, value: u32) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, Len::Dword, operator, u64::from(value))
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}
