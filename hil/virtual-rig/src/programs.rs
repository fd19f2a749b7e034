//! Where the programs of a rig are: the charger, and a guest's kernel.

use std::env;
use std::path::{Path, PathBuf};

use hil_rig::Host;

/// Names the charger's program when it does not lie beside this one.
const CHARGERD: &str = "PLUGFEST_CHARGERD";

/// Names the folder with the guest's kernel (`linux`) and the library to preload (`shim.so`).
const UML: &str = "PLUGFEST_UML";

/// Whether that host is a guest kernel.
pub(crate) const fn is_guest(host: Host) -> bool {
    matches!(host, Host::Uml)
}

/// A guest's kernel.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// It is started as a process.
    pub linux: PathBuf,
    /// A library to preload.
    pub shim: Option<PathBuf>,
}

/// The programs of a rig.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The charger.
    pub chargerd: PathBuf,
    /// What a rig whose charger is in a guest needs as well.
    pub guest: Option<Kernel>,
}

impl Programs {
    /// Finds them.
    ///
    /// # Errors
    /// Which is missing, and how to get it.
    pub fn find(host: Host) -> Result<Self, String> {
        let chargerd = chargerd()?;
        let guest = if is_guest(host) { Some(guest()?) } else { None };
        Ok(Self { chargerd, guest })
    }
}

impl Programs {
    /// Where each program of a rig on such a host is, or why it is not there.
    pub(crate) fn look(host: Host) -> Vec<(&'static str, Result<PathBuf, String>)> {
        let kernel = is_guest(host).then(|| ("kernel", guest().map(|kernel| kernel.linux)));
        [("chargerd", chargerd())].into_iter().chain(kernel).collect()
    }
}

fn chargerd() -> Result<PathBuf, String> {
    let path = match env::var_os(CHARGERD) {
        Some(path) => PathBuf::from(path),
        None => {
            let own = env::current_exe().map_err(|error| error.to_string())?;
            own.with_file_name("chargerd")
        }
    };
    if path.is_file() {
        return std::path::absolute(&path).map_err(|error| error.to_string());
    }
    Err(format!(
        "{}: the charger is not there; `cargo build --release -p chargerd` makes it, {CHARGERD} may name another",
        path.display()
    ))
}

fn guest() -> Result<Kernel, String> {
    let folder = env::var_os(UML).map_or_else(cache, PathBuf::from);
    let linux = folder.join("linux");
    if !linux.is_file() {
        return Err(format!(
            "{}: the guest's kernel is not there; `ci/uml build` makes it, {UML} may name the folder of another",
            linux.display()
        ));
    }
    let shim = folder.join("shim.so");
    Ok(Kernel { linux, shim: shim.is_file().then_some(shim) })
}

/// Where `ci/uml build` leaves the kernel it built last.
fn cache() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    env::var_os("PLUGFEST_CACHE")
        .map(PathBuf::from)
        .or_else(|| env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home).map(|cache| cache.join("plugfest")))
        .unwrap_or_default()
        .join("uml/current")
}
