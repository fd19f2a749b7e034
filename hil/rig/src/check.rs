//! `plugfest rig check`: whether a rig is as its file says, before anything is run on it.

use std::fmt;
use std::path::{Path, PathBuf};

use hil_endpoint::Endpoint;

use crate::table::Table;
use crate::{Host, RigFile};

/// What was looked at, one row each.
#[derive(Clone, Debug)]
pub struct Checked {
    table: Table,
    bad: usize,
}

impl Checked {
    /// Whether everything is as the file says.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.bad == 0
    }

    /// Adds a row: something, where it is, and what it is or why it is not in order.
    pub fn add(&mut self, what: &str, place: String, verdict: Result<String, String>) {
        self.bad += usize::from(verdict.is_err());
        let mark = if verdict.is_ok() { "ok" } else { "BAD" };
        let (Ok(text) | Err(text)) = verdict;
        self.table.row([mark.into(), what.into(), place, text]);
    }

    /// The exit code: 0 ready, 3 the rig is not ready.
    #[must_use]
    pub const fn exit_code(&self) -> i32 {
        if self.is_ready() { 0 } else { 3 }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)?;
        match self.bad {
            0 => writeln!(f, "the rig is ready"),
            bad => writeln!(f, "the rig is not ready: {bad} of {} not in order", self.table.len()),
        }
    }
}

/// Looks at everything the file names. `probe` opens a device (or what is beside them, under the names `interlock`, `pcap` and
/// `scope`) and answers what it is, or why it cannot be used; it is asked only for what is there. Models and what lies inside a
/// guest are not looked at here.
#[must_use]
pub fn check(rig: &RigFile, mut probe: impl FnMut(&str, &Endpoint) -> Result<String, String>) -> Checked {
    let mut checked = Checked { table: Table::new(&["", "WHAT", "WHERE", "VERDICT"]), bad: 0 };
    let besides = [("interlock", &rig.safety.interlock), ("pcap", &rig.evidence.pcap), ("scope", &rig.evidence.scope)];
    let besides = besides.into_iter().filter_map(|(name, at)| at.as_ref().map(|at| (name.to_owned(), name, at)));
    for (label, name, endpoint) in rig.named().map(|(key, at)| (key.label(), key.name, at)).chain(besides) {
        let verdict = match (presence(endpoint), rig.rig.host) {
            (Presence::LeftOut, _) => Ok("left out".into()),
            (Presence::Made, _) => Ok("made for a run".into()),
            (Presence::Model, _) => Ok("a model".into()),
            (_, Host::Uml) => Ok("inside the guest".into()),
            (Presence::Missing(node), Host::Local) => Err(format!("there is no {}", node.display())),
            (Presence::There(_) | Presence::Unknown, Host::Local) => probe(name, endpoint),
        };
        checked.add(&label, endpoint.to_string(), verdict);
    }
    if let Some(file) = rig.charger_file() {
        let verdict = if file.is_file() { Ok("is there".into()) } else { Err("there is no such file".into()) };
        checked.add("charger", file.display().to_string(), verdict);
    }
    checked
}

/// Whether there is anything at an endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Presence {
    /// `none:` is not there on purpose.
    LeftOut,
    /// `pty` or `pty:NAME` is made when a run begins.
    Made,
    /// Its node is not there.
    Missing(PathBuf),
    /// It is a model.
    Model,
    /// Its node is there.
    There(PathBuf),
    /// Only opening it can tell.
    Unknown,
}

/// Looks whether the node of an endpoint is there, without opening it: a device node, or a network interface.
#[must_use]
pub fn presence(endpoint: &Endpoint) -> Presence {
    let (target, _) = endpoint.target_and_address();
    // One link inside another: pn532:i2c:/dev/i2c-0.
    let target =
        target.split_once(':').map_or(target, |(_, inner)| if inner.starts_with('/') { inner } else { target });
    let node = match endpoint.scheme() {
        "none" => return Presence::LeftOut,
        "sim" => return Presence::Model,
        _ if target == "pty" || endpoint.target().starts_with("pty:") => return Presence::Made,
        _ if target.starts_with('/') => PathBuf::from(target),
        // Where the kernel does not list its interfaces, nothing is known of them.
        "can" | "interface" | "packet" if Path::new(INTERFACES).is_dir() => Path::new(INTERFACES).join(target),
        _ => return Presence::Unknown,
    };
    if node.exists() { Presence::There(node) } else { Presence::Missing(node) }
}

const INTERFACES: &str = "/sys/class/net";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn rig(folder: &Folder) -> RigFile {
        let at = folder.path().display().to_string();
        let text = format!(
            "[rig]\nid = \"b\"\nplace = \"here\"\nworld = \"operator\"\n[safety]\nmax_v = 0\nmax_a = 0\n\
             interlock = \"gpio:{at}/gpiochip0@INTERLOCK\"\n[caps]\nprovides = [\"lock\"]\n[devices]\nlock = \
             \"i2c:{at}/i2c-0@0x20\"\nmeter = \"modbus:{at}/tty?unit=1\"\ntoken_reader = \"pcsc:ACR122\"\npanel = \"sim:panel\"\n\
             [evidence]\nscope = \"sigrok:fx2lafw\"\n[charger]\nfile = \"charger.toml\"\n"
        );
        RigFile::from_toml(&folder.path().join("b.toml"), &text).expect("a rig")
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_is_opened_and_what_is_not_is_told() {
        let folder = Folder::new("check");
        for node in ["gpiochip0", "i2c-0"] {
            std::fs::write(folder.path().join(node), "").expect("written");
        }
        let mut asked = Vec::new();
        let checked = check(&rig(&folder), |name, endpoint| {
            asked.push(name.to_owned());
            match name {
                "token_reader" => Err(format!("{endpoint}: pcscd does not run")),
                _ => Ok("opened".into()),
            }
        });
        assert_eq!(asked, ["lock", "token_reader", "interlock", "scope"]);
        let text = checked.to_string().replace(&folder.path().display().to_string(), "~");
        let row = |mark: &str, name: &str, verdict: &str| {
            text.lines().any(|line| {
                let cells: Vec<_> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
                cells.len() == 4 && cells[..2] == [mark, name] && cells[3] == verdict
            })
        };
        assert!(row("ok", "lock", "opened"), "{text}");
        assert!(row("BAD", "meter", "there is no ~/tty"), "{text}");
        assert!(row("ok", "panel", "a model"), "{text}");
        assert!(text.contains("pcsc:ACR122: pcscd does not run"), "{text}");
        assert!(text.contains("there is no such file"), "{text}");
        assert!(text.ends_with("the rig is not ready: 3 of 7 not in order\n"), "{text}");
        assert_eq!(checked.exit_code(), 3);
    }

    #[test]
    fn what_lies_inside_a_guest_is_not_looked_for_here() {
        let folder = Folder::new("check-guest");
        std::fs::write(folder.path().join("charger.toml"), "").expect("written");
        // A path of Windows is no path of the guest; nothing is opened in either case.
        let rig = RigFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../rigs/uml.toml")).expect("a rig");
        let checked = check(&rig, |name, _| Err(format!("{name} was opened")));
        assert!(checked.is_ready(), "{checked}");
        assert_eq!(checked.exit_code(), 0);
        assert!(checked.to_string().ends_with("the rig is ready\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_interface_is_there_or_not() {
        let at = |text: &str| presence(&text.parse().expect("an endpoint"));
        assert_eq!(at("packet:lo"), Presence::There("/sys/class/net/lo".into()));
        assert_eq!(at("can:nocan7?bitrate=125000"), Presence::Missing("/sys/class/net/nocan7".into()));
        assert_eq!(at("i2c:/dev/no-such-bus@0x20"), Presence::Missing("/dev/no-such-bus".into()));
        assert_eq!(at("rpmsg:rpmsg_tuxevse@14"), Presence::Unknown);
        assert_eq!(at("modbus:tcp:192.168.1.20:502?unit=1"), Presence::Unknown);
        assert_eq!(at("pn532:i2c:/dev/no-such-bus@0x24"), Presence::Missing("/dev/no-such-bus".into()));
        assert_eq!([at("none:"), at("uart:pty?115200")], [Presence::LeftOut, Presence::Made]);
        assert_eq!(at("sim:anything"), Presence::Model);
    }
}
