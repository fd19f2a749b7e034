//! What this charger needs, as its files name it. Whatever is not in here is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hil::{Devices, Endpoint, ModbusLink};
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

/// Where all device nodes are.
const NODES: &str = "/dev";

/// Nodes that do not come and go: a controller of the board itself.
const FIXED: [&str; 5] = ["/dev/fb", "/dev/gpiochip", "/dev/i2c-", "/dev/spidev", "/dev/ttyS"];

/// What the charger may do once it is isolated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    /// Written, with all that is in it: the state folder.
    pub(super) written: BTreeSet<PathBuf>,
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
            written: [state.into()].into(),
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
        // Some links name the bus in front of the place: pn532:i2c:/dev/i2c-0, modbus:tcp:192.0.2.7.
        let place = target.strip_prefix("i2c:").unwrap_or(target);
        match endpoint.scheme() {
            "can" => self.families.extend([libc::AF_CAN, libc::AF_NETLINK]),
            "packet" => self.families.extend([libc::AF_PACKET, libc::AF_NETLINK]),
            // A daemon has the reader; it is spoken to over a unix socket.
            "pcsc" => {}
            // The node is found by the name of the endpoint; its number changes with every start of the firmware.
            "rpmsg" => {
                self.devices.insert(NODES.into());
                self.read.extend(["/sys/class/rpmsg", "/sys/bus/rpmsg", "/sys/devices"].map(PathBuf::from));
            }
            // A plain file with pixels in the place of a framebuffer.
            "fb" if endpoint.option("size").is_some() => self.add_file(Path::new(place)),
            _ if place.starts_with('/') => self.add_device(Path::new(place)),
            _ => self.add_host(endpoint),
        }
        for (key, value) in endpoint.options() {
            match key {
                // Exporting a channel and setting it is writing below the chip.
                "pwm" => {
                    let chip = Path::new("/sys/class/pwm").join(value.split('/').next().unwrap_or_default());
                    self.devices.extend(fs::canonicalize(chip));
                }
                "cp_adc" | "pp_adc" => self.read.extend(["/sys/bus/iio", "/sys/devices"].map(PathBuf::from)),
                _ if value.starts_with("/dev/") => self.add_device(Path::new(value)),
                // A register map, or whatever else a backend reads.
                _ if value.starts_with('/') => {
                    self.read.insert(value.into());
                }
                _ => {}
            }
        }
    }

    /// A device behind a path. A node that is there from the start of the machine to its end is named itself. One that comes
    /// and goes is another file each time, and a link leads to another one, so the folder of all nodes is named: the rights
    /// of the nodes in it still hold, and the unit file lists those that the service may use at all.
    fn add_device(&mut self, path: &Path) {
        let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
        let is_fixed = FIXED.iter().any(|start| path.to_str().is_some_and(|path| path.starts_with(start)));
        self.devices.insert(if is_fixed && !is_link && path.exists() { path.into() } else { NODES.into() });
    }

    /// A file that is written, and made if it is not there.
    fn add_file(&mut self, path: &Path) {
        let place = if path.exists() { Some(path) } else { path.parent() };
        self.written.extend(place.map(Path::to_path_buf));
    }

    /// A device behind a socket.
    fn add_host(&mut self, endpoint: &Endpoint) {
        if let Ok(Some((_, port))) = ModbusLink::tcp(endpoint) {
            self.reach(port);
        }
        // What sends datagrams is listened to at an address of this machine: nothing is resolved, nothing connected to.
        match endpoint.target().strip_prefix("udp:").map(str::parse) {
            Some(Ok(SocketAddr::V4(_))) => self.families.extend([libc::AF_INET]),
            Some(Ok(SocketAddr::V6(_))) => self.families.extend([libc::AF_INET6]),
            // An address that is none is refused when the device is opened.
            Some(Err(_)) | None => {}
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
        writeln!(f, "may write           {}", paths(&self.written))?;
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
            "power_board = \"yeti:/dev/ttyUSB0\"\nmeter = \"modbus:tcp:192.0.2.7:502?map=/etc/chargerd/map.toml\"\nplc = \"packet:eth2\"\n\
             power_supply = \"can:can0?proto=infypower\"\n",
        );
        assert!(plan.allows_port(502) && !plan.allows_port(80));
        for family in [libc::AF_CAN, libc::AF_INET, libc::AF_PACKET] {
            assert!(plan.allows_family(family));
        }
        assert_eq!(plan.capabilities(), CapabilitySet::NET_RAW);
        assert!(plan.read.contains(Path::new("/etc/chargerd/map.toml")));
    }

    #[test]
    fn a_device_behind_tcp_has_the_port_of_modbus_where_none_is_named() {
        for (devices, port) in [
            ("meter = \"modbus:tcp:meter.local?unit=1\"\n", 502),
            ("meter = \"modbus:tcp:meter.local:1502\"\n", 1502),
            ("meter = \"modbus:/dev/ttyUSB1\"\ninsulation_monitor = \"isocha425:tcp:192.0.2.8\"\n", 502),
        ] {
            let plan = plan(&format!("power_board = \"uart:/dev/ttyS1\"\n{devices}"));
            assert_eq!(plan.ports, [53, port].into(), "{devices}");
            assert!(plan.allows_family(libc::AF_INET), "{devices}");
        }
    }

    #[test]
    fn who_only_listens_to_datagrams_connects_to_nothing() {
        let meter = |address: &str| {
            plan(&format!("power_board = \"uart:/dev/ttyS1\"\nmeter = \"tic:udp:{address}?mode=standard\"\n"))
        };
        let v4 = meter("0.0.0.0:2000");
        assert!(v4.ports.is_empty());
        assert_eq!(v4.families, [libc::AF_UNIX, libc::AF_INET].into());
        assert_eq!(meter("[::]:2000").families, [libc::AF_UNIX, libc::AF_INET6].into());
    }

    #[test]
    fn single_files_of_etc_are_read_and_never_the_folder() {
        let mut plan = plan("power_board = \"yeti:/dev/ttyUSB0\"\nmeter = \"modbus:/dev/ttyUSB1\"\n");
        plan.reach(80);
        assert!(!plan.read.contains(Path::new("/etc")) && !plan.read.contains(Path::new("/")));
    }
}
