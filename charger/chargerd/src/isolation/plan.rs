//! What this charger needs, as its files name it. Whatever is not in here is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hil::v2g_network::PORTS;
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

/// What the charger may do once it is isolated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    /// Written, with all that is in it: the state folder.
    pub(super) written: BTreeSet<PathBuf>,
    /// Read.
    pub(super) read: BTreeSet<PathBuf>,
    /// Device nodes: read, written, controlled.
    pub(super) devices: BTreeSet<PathBuf>,
    /// Nodes that come and go, which the opener opens: as they are named.
    pub(super) opened: BTreeSet<PathBuf>,
    /// The opener opens the endpoints of firmwares as well: their numbers change.
    pub(super) opens_rpmsg: bool,
    /// Nodes that are not there yet and that nobody can open for it: for them the folder of all nodes is open.
    pub(super) missing: BTreeSet<PathBuf>,
    /// TCP ports to connect to.
    pub(super) ports: BTreeSet<u16>,
    /// TCP ports to listen on.
    pub(super) listened: BTreeSet<u16>,
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
            opened: BTreeSet::new(),
            opens_rpmsg: false,
            missing: BTreeSet::new(),
            ports: BTreeSet::new(),
            listened: BTreeSet::new(),
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
            // Datagrams and one of a few ports, on an interface whose address the kernel tells over netlink.
            "interface" => {
                self.listened.extend(PORTS);
                self.families.extend([libc::AF_INET6, libc::AF_NETLINK]);
            }
            // A daemon has the reader; it is spoken to over a unix socket.
            "pcsc" => {}
            // The node is found by the name of the endpoint; its number changes with every start of the firmware.
            "rpmsg" => {
                self.opens_rpmsg = true;
                let control = endpoint.option("ctrl").unwrap_or("/dev/rpmsg_ctrl0");
                self.opened
                    .extend([place, control].into_iter().filter(|path| path.starts_with('/')).map(PathBuf::from));
                self.read.extend(["/sys/class/rpmsg", "/sys/bus/rpmsg", "/sys/devices"].map(PathBuf::from));
            }
            // A plain file with pixels in the place of a framebuffer.
            "fb" if endpoint.option("size").is_some() => self.add_file(Path::new(place)),
            "isocha425" | "modbus" | "pn532" | "tic" | "uart" if target.starts_with('/') => {
                self.opened.insert(target.into());
            }
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
                "ctrl" => {}
                // A register map, or whatever else a backend reads.
                _ if value.starts_with('/') => {
                    self.read.insert(value.into());
                }
                _ => {}
            }
        }
    }

    /// A device behind a path: a controller of the board itself, that is there from the start of the machine to its end. Where
    /// it is not, the folder of all nodes is open: the rights of the nodes in it still hold, and the unit file lists those that
    /// the service may use at all.
    fn add_device(&mut self, path: &Path) {
        match fs::canonicalize(path) {
            Ok(node) => {
                self.devices.insert(node);
            }
            Err(_) => {
                self.devices.insert(NODES.into());
                self.missing.insert(path.into());
            }
        }
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

    /// What the opener needs: the folder of all nodes, and nothing else.
    pub(super) fn of_opener() -> Self {
        let none = BTreeSet::new;
        Self {
            written: none(),
            read: none(),
            devices: [NODES.into()].into(),
            opened: none(),
            opens_rpmsg: false,
            missing: none(),
            ports: BTreeSet::new(),
            listened: BTreeSet::new(),
            families: BTreeSet::new(),
        }
    }

    /// Without an opener the folder of all nodes is open.
    pub(super) fn do_without_opener(&mut self) {
        self.devices.insert(NODES.into());
    }

    /// Whether there is anything for an opener to do.
    pub(crate) fn needs_opener(&self) -> bool {
        self.opens_rpmsg || !self.opened.is_empty()
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

    /// TCP ports that may be listened on.
    pub(crate) fn listened(&self) -> impl Iterator<Item = u16> {
        self.listened.iter().copied()
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
        for path in &self.missing {
            writeln!(f, "                    {NODES}, because {} is not there", path.display())?;
        }
        if self.needs_opener() {
            let endpoints = if self.opens_rpmsg { " /dev/rpmsg*" } else { "" };
            writeln!(f, "is given            {}{endpoints}", paths(&self.opened))?;
        }
        writeln!(f, "may read            {}", paths(&self.read))?;
        writeln!(f, "may connect to TCP  {}", if ports.is_empty() { "nothing".into() } else { ports.join(" ") })?;
        match self.listened.first().zip(self.listened.last()) {
            Some((first, last)) => writeln!(f, "may listen on TCP   {first} to {last}, and hear UDP"),
            None => writeln!(f, "may listen on TCP   nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board_file::BoardFile;

    fn plan(devices: &str) -> Plan {
        let file = BoardFile::parse("board.toml", &format!("[devices]\n{devices}"));
        Plan::of_devices(&file.devices().expect("devices"), Path::new("/var/lib/chargerd"))
    }

    #[test]
    fn the_devices_of_every_evse_are_in_it() {
        let file = BoardFile::parse(
            "board.toml",
            "[devices]\ntoken_reader = \"pn532:/dev/ttyS9\"\n\
             [[evse]]\npower_board = \"uart:/dev/ttyS1\"\nmeter = \"modbus:/dev/ttyUSB0?map=eastron-sdm230&unit=1\"\n\
             [[evse]]\npower_board = \"uart:/dev/ttyS2\"\nmeter = \"modbus:/dev/ttyUSB0?map=eastron-sdm230&unit=2\"\n\
             plc = \"packet:eth2\"\n",
        );
        let plan = Plan::of_devices(&file.devices().expect("devices"), Path::new("/var/lib/chargerd"));
        let given = ["/dev/ttyS1", "/dev/ttyS2", "/dev/ttyS9", "/dev/ttyUSB0"];
        assert_eq!(plan.opened, given.map(PathBuf::from).into());
        assert_eq!(plan.capabilities(), CapabilitySet::NET_RAW);
    }

    #[test]
    fn a_board_without_networks_gets_no_network() {
        let plan = plan("power_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB_NONE?unit=1\"\n");
        assert_eq!(plan.families, [libc::AF_UNIX].into());
        assert!(plan.devices.is_empty() && plan.opens_rpmsg, "{plan}");
        assert_eq!(plan.opened, ["/dev/rpmsg_ctrl0", "/dev/ttyUSB_NONE"].map(PathBuf::from).into());
        assert!(plan.ports.is_empty() && plan.capabilities().is_empty());
    }

    #[test]
    fn a_node_that_comes_and_goes_is_given_and_the_folder_of_all_nodes_stays_closed() {
        let two = "power_board = \"uart:/dev/ttyS1\"\nmeter = \"modbus:/dev/serial/by-id/usb-RS485?unit=1\"\n";
        let given = plan(two);
        assert!(given.devices.is_empty() && given.needs_opener() && !given.opens_rpmsg, "{given}");
        assert!(given.to_string().contains("is given            /dev/serial/by-id/usb-RS485 /dev/ttyS1\n"), "{given}");
        // A controller is named itself, by whatever name; one that is not there opens the folder, and says so.
        let link = std::env::temp_dir().join(format!("chargerd-link-{}", std::process::id()));
        std::os::unix::fs::symlink("/dev/null", &link).expect("a link");
        let chip = plan(&format!("{two}lock = \"i2c:{}@0x20\"\n", link.display()));
        fs::remove_file(&link).expect("it is there");
        assert_eq!(chip.devices, [PathBuf::from("/dev/null")].into());
        let missing = plan(&format!("{two}lock = \"i2c:/dev/i2c-none@0x20\"\n"));
        assert_eq!(missing.devices, [PathBuf::from("/dev")].into());
        assert!(missing.to_string().contains("/dev, because /dev/i2c-none is not there\n"), "{missing}");
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
    fn the_network_to_the_car_is_listened_to_and_connects_to_nothing() {
        let board = "power_board = \"uart:/dev/ttyS1\"\nmeter = \"modbus:/dev/ttyUSB1\"\n";
        let car = plan(&format!("{board}v2g = \"interface:eth2\"\n"));
        assert_eq!(car.families, [libc::AF_UNIX, libc::AF_INET6, libc::AF_NETLINK].into());
        assert_eq!(car.listened, PORTS.collect());
        assert!(car.ports.is_empty() && car.capabilities().is_empty());
        assert!(car.to_string().ends_with("may listen on TCP   49152 to 49167, and hear UDP\n"), "{car}");
        let none = plan(board);
        assert!(none.listened.is_empty());
        assert!(none.to_string().ends_with("may listen on TCP   nothing\n"), "{none}");
    }

    #[test]
    fn single_files_of_etc_are_read_and_never_the_folder() {
        let mut plan = plan("power_board = \"yeti:/dev/ttyUSB0\"\nmeter = \"modbus:/dev/ttyUSB1\"\n");
        plan.reach(80);
        assert!(!plan.read.contains(Path::new("/etc")) && !plan.read.contains(Path::new("/")));
    }
}
