//! What this charger needs, as its files name it. Whatever is not in here is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use hil::{Devices, Endpoint};
use rustix::thread::CapabilitySet;

use crate::settings::Settings;

/// What the name resolver and the time zone need. Single files: beside them is /etc/shadow.
const ETC: [&str; 8] = [
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/services",
];

/// What the charger may do once it is isolated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    /// Written to, with all that is in it.
    pub(super) state: PathBuf,
    /// Read.
    pub(super) read: BTreeSet<PathBuf>,
    /// Device nodes, or the folders in which they come and go: read, written, controlled.
    pub(super) devices: BTreeSet<PathBuf>,
    /// TCP ports to connect to.
    pub(super) ports: BTreeSet<u16>,
    /// Address families of sockets.
    pub(super) families: BTreeSet<i32>,
}

impl Plan {
    /// What these settings need.
    pub(crate) fn of(settings: &Settings) -> Self {
        let mut plan = Self::of_devices(&settings.devices, &settings.state);
        if let Some(csms) = &settings.csms {
            plan.reach(csms.port);
        }
        plan
    }

    fn of_devices(devices: &Devices, state: &Path) -> Self {
        // Unix sockets: the service manager, and the control line.
        let mut plan = Self {
            state: state.into(),
            read: ["/dev/urandom".into()].into(),
            devices: BTreeSet::new(),
            ports: BTreeSet::new(),
            families: [libc::AF_UNIX].into(),
        };
        for (_, endpoint) in devices.named() {
            plan.add(endpoint);
        }
        plan
    }

    fn add(&mut self, endpoint: &Endpoint) {
        let (target, _) = endpoint.target_and_address();
        match endpoint.scheme() {
            "can" => {
                self.families.extend([libc::AF_CAN, libc::AF_NETLINK]);
            }
            "packet" => {
                self.families.extend([libc::AF_PACKET, libc::AF_NETLINK]);
            }
            // The node is found by the name of the endpoint; its number changes with every start of the firmware.
            "rpmsg" => {
                self.devices.insert("/dev".into());
                self.read.extend(["/sys/class/rpmsg", "/sys/bus/rpmsg", "/sys/devices"].map(PathBuf::from));
            }
            // A line is found by its name on any chip.
            "gpio" => {
                self.devices.insert("/dev".into());
                self.read.extend(["/sys/bus/gpio", "/sys/devices"].map(PathBuf::from));
            }
            // A daemon has the reader; it is spoken to over a unix socket.
            "pcsc" => {}
            _ if target.starts_with('/') => self.add_path(Path::new(target)),
            _ => {
                if let Some((_, port)) = target.rsplit_once(':')
                    && let Ok(port) = port.parse()
                {
                    self.reach(port);
                }
            }
        }
    }

    /// A device behind a path. A node that is there from the start of the machine to its end is named itself. One that comes
    /// and goes is another file each time, so its folder is named: the rights of the nodes in it still hold.
    fn add_path(&mut self, path: &Path) {
        let fixed = ["/dev/i2c-", "/dev/fb", "/dev/gpiochip", "/dev/spidev", "/dev/ttyS"];
        let there = fs::metadata(path).is_ok() && fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_symlink());
        if there && fixed.iter().any(|start| path.as_os_str().as_encoded_bytes().starts_with(start.as_bytes())) {
            self.devices.insert(path.into());
            return;
        }
        // A link leads elsewhere: to the folder of its target, if it has one already.
        for path in [Some(path.to_path_buf()), fs::canonicalize(path).ok()].into_iter().flatten() {
            self.devices.extend(path.parent().filter(|folder| folder.is_dir()).map(Path::to_path_buf));
        }
    }

    /// A TCP connection to a host that may have a name.
    fn reach(&mut self, port: u16) {
        // Long answers of a name server come over TCP.
        self.ports.extend([port, 53]);
        self.families.extend([libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK]);
        for path in ETC.map(Path::new) {
            // A link is followed now, and its folder named: the resolver's file is replaced whenever the network changes.
            match fs::canonicalize(path) {
                Ok(real) if real.starts_with("/run") => self.read.extend(real.parent().map(Path::to_path_buf)),
                Ok(real) => {
                    self.read.insert(real);
                }
                Err(_) => {}
            }
        }
    }

    /// The capabilities that are kept.
    pub(super) fn capabilities(&self) -> CapabilitySet {
        if self.families.contains(&libc::AF_PACKET) { CapabilitySet::NET_RAW } else { CapabilitySet::empty() }
    }

    /// The nodes that the devices need, for a proof that they can be opened.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &Path> {
        self.devices.iter().map(PathBuf::as_path)
    }

    /// Whether sockets of that family may be made.
    pub(crate) fn allows_family(&self, family: i32) -> bool {
        self.families.contains(&family)
    }

    /// Whether that TCP port may be connected to.
    pub(crate) fn allows_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = |paths: &BTreeSet<PathBuf>| {
            paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        let ports: Vec<_> = self.ports.iter().map(u16::to_string).collect();
        writeln!(f, "may write           {}", self.state.display())?;
        writeln!(f, "may use             {}", paths(&self.devices))?;
        writeln!(f, "may read            {}", paths(&self.read))?;
        writeln!(f, "may connect to TCP  {}", if ports.is_empty() { "nothing".into() } else { ports.join(" ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(devices: &str) -> Plan {
        Plan::of_devices(&toml::from_str(devices).expect("a table"), Path::new("/var/lib/chargerd"))
    }

    #[test]
    fn a_board_without_networks_gets_no_network() {
        let plan = plan("power_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB_NONE?unit=1\"\n");
        assert_eq!(plan.families, [libc::AF_UNIX].into());
        assert_eq!(plan.devices, [PathBuf::from("/dev")].into());
        assert!(plan.ports.is_empty() && plan.capabilities().is_empty());
    }

    #[test]
    fn each_link_gets_what_it_needs_and_only_a_modem_keeps_a_capability() {
        let plan = plan(
            "power_board = \"yeti:/dev/ttyUSB0\"\nmeter = \"modbus:192.0.2.7:502?unit=1\"\nplc = \"packet:eth2\"\n\
             power_supply = \"can:can0?proto=infypower\"\n",
        );
        assert!(plan.allows_port(502) && !plan.allows_port(80));
        for family in [libc::AF_CAN, libc::AF_INET, libc::AF_PACKET] {
            assert!(plan.allows_family(family));
        }
        assert_eq!(plan.capabilities(), CapabilitySet::NET_RAW);
    }

    #[test]
    fn single_files_of_etc_are_read_and_never_the_folder() {
        let mut plan = plan("power_board = \"yeti:/dev/ttyUSB0\"\nmeter = \"modbus:/dev/ttyUSB1\"\n");
        plan.reach(80);
        assert!(!plan.read.contains(Path::new("/etc")) && !plan.read.contains(Path::new("/")));
    }
}
