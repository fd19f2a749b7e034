//! Who else has a device: what an operator needs to know when a line cannot be had.

use std::fmt;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// A process that has a device node open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its name; `None` where that may not be read.
    pub name: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "pid {} ({name})", self.pid),
            None => write!(f, "pid {}", self.pid),
        }
    }
}

/// Which other processes have the device at that path open, as far as /proc tells: it tells all to root, and to others their
/// own and who has locked what.
#[must_use]
pub fn holders(path: &Path) -> Vec<Holder> {
    fs::metadata(path).map_or_else(|_| Vec::new(), |node| named(openers(&node).chain(lockers(&node))))
}

/// Which other processes have locked the device at that path.
#[must_use]
pub(crate) fn lock_holders(path: &Path) -> Vec<Holder> {
    fs::metadata(path).map_or_else(|_| Vec::new(), |node| named(lockers(&node)))
}

/// The other processes among these, each once.
fn named(pids: impl Iterator<Item = u32>) -> Vec<Holder> {
    let mut pids: Vec<u32> = pids.filter(|pid| *pid != std::process::id()).collect();
    pids.sort_unstable();
    pids.dedup();
    let name = |pid: u32| fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim().to_owned());
    pids.into_iter().map(|pid| Holder { pid, name: name(pid) }).collect()
}

/// Whoever has a descriptor of that node.
fn openers(node: &fs::Metadata) -> impl Iterator<Item = u32> {
    let same = |other: &fs::Metadata| {
        let device = node.file_type().is_char_device() && other.file_type().is_char_device();
        (device && other.rdev() == node.rdev()) || (other.dev(), other.ino()) == (node.dev(), node.ino())
    };
    let has = |pid: &u32| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.filter_map(|descriptor| fs::metadata(descriptor.path()).ok()).any(|other| same(&other))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.filter(has).collect::<Vec<_>>().into_iter()
}

/// Whoever has locked that node.
fn lockers(node: &fs::Metadata) -> impl Iterator<Item = u32> {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let (major, minor) = (rustix::fs::major(node.dev()), rustix::fs::minor(node.dev()));
    let file = format!("{major:02x}:{minor:02x}:{}", node.ino());
    let pids: Vec<_> = locks.lines().filter_map(|line| locker(line, &file)).collect();
    pids.into_iter()
}

/// The process in a line such as `1: FLOCK  ADVISORY  WRITE 24499 fe:00:10010645 0 EOF`, when it is about that file.
fn locker(line: &str, file: &str) -> Option<u32> {
    let mut words = line.split_ascii_whitespace().rev().skip(2);
    (words.next()? == file).then(|| words.next()?.parse().ok()).flatten()
}

/// The sentence for an error: by whom a device is used.
pub(crate) fn in_use(path: &Path) -> String {
    let others: Vec<_> = holders(path).iter().map(Holder::to_string).collect();
    if others.is_empty() {
        "it is in use by another process, or by another device of this charger".into()
    } else {
        format!("it is in use by {}", others.join(", "))
    }
}

/// For an error: which group may use a node that this process may not.
pub(crate) fn group_of(path: &Path) -> String {
    let Ok(node) = fs::metadata(path) else { return String::new() };
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let name = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(node.gid())).then(|| name.to_owned())
    });
    let name = name.unwrap_or_else(|| node.gid().to_string());
    if node.mode() & 0o060 == 0o060 {
        format!(": the group {name} may use it, and this user is not in it")
    } else {
        format!(": it belongs to the group {name}, which may not use it either")
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_lock_is_read_with_its_process_and_its_file() {
        let line = "1: FLOCK  ADVISORY  WRITE 24499 fe:00:10010645 0 EOF";
        assert_eq!(locker(line, "fe:00:10010645"), Some(24_499));
        assert_eq!(locker(line, "fe:00:1"), None);
        assert_eq!(locker("1: -> FLOCK  ADVISORY  WRITE 25911 00:05:7 0 EOF", "00:05:7"), Some(25_911), "it waits");
        assert_eq!(locker("", "00:05:7"), None);
    }

    #[test]
    fn a_process_that_has_a_file_open_is_named_and_this_one_is_not() {
        let path = std::env::temp_dir().join(format!("plugfest-held-{}", std::process::id()));
        let file = fs::File::create(&path).expect("a file");
        assert_eq!(holders(&path), []);
        let mut other =
            Command::new("sleep").arg("60").stdin(Stdio::from(file)).spawn().expect("a program of every system");
        // It has the file from its first moment, under the name of its parent at first.
        let held = holders(&path);
        assert_eq!(held.iter().map(|holder| holder.pid).collect::<Vec<_>>(), [other.id()]);
        assert!(in_use(&path).contains(&format!("pid {} (", other.id())), "{}", in_use(&path));
        other.kill().and_then(|()| other.wait()).expect("it ran");
        fs::remove_file(&path).expect("it is there");
    }
}
