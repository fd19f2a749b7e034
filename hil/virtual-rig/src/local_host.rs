//! The charger's host as a program beside this one: chargerd with its real backends, on pseudo terminals and sockets of the
//! loopback behind which our models are. No kernel of its own, no root, no buses: what a machine without hardware has.
//!
//! | device | wire |
//! |---|---|
//! | `power_board = "uart:pty?115200"` | pseudo terminal, COBS frames |
//! | `meter = "modbus:pty?9600n1&unit=1"` | pseudo terminal, Modbus RTU |
//! | `meter = "modbus:pty:rs485?9600n1&unit=1"` | likewise; what names the same line is on it |
//! | `meter = "modbus:tcp:world?unit=1"` | Modbus TCP |
//! | `grid_meter = "tic:pty?1200e1&mode=historic"` | pseudo terminal at 1200 baud |
//! | `grid_meter = "tic:udp:world?mode=standard"` | datagrams |
//! | `token_reader = "pn532:pty?115200"` | pseudo terminal |
//! | `panel = "fb:world?size=1024x600"` | a plain file with the pixels |
//! | `insulation_monitor = "isocha425:pty?19200e1&unit=3"` | pseudo terminal, Modbus RTU |

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddrV4;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use devices::MessageDevice as _;
use devices::isocha425::IsoCha425;
use devices::linky::{LinkySerial, LinkyUdp};
use devices::modbus::{Framing, RegisterServer};
use hardware::{FaultPlan, LinkFault};
use hil::Endpoint;
use panel_view::Picture;
use rustix::process::{Pid, Signal, kill_process};
use station::BenchCommand;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use twin::{Action, Device, OutsideHost, TwinError, Wires};
use units::{EvseId, Instant};

use crate::charger_line::{self, State};
use crate::keeper::Keeper;
use crate::ports::{self, OwnPort};
use crate::program::{EndOrder, Program};
use crate::rig_devices::{Named, RigDevices};
use crate::rs485::SharedLine;
use crate::serve::{self, Lasts};
use crate::stream::{FdStream, Pty};
use crate::wiring::{StationWiring, Wiring, linky, meter};
use crate::{abilities, board_file};

/// What the program needs.
#[derive(Clone, Debug)]
pub(crate) struct LocalSettings {
    /// The charger.
    pub chargerd: PathBuf,
    /// The folder of this scenario.
    pub folder: PathBuf,
    /// The charger's devices, with their endpoints as they stand in the rig file.
    pub devices: RigDevices<Endpoint>,
    /// A charger that does not answer for so long makes a scenario invalid.
    pub stall: Duration,
    /// The devices are real: no model is made, and the charger is told of them as they are. The number of its process is kept
    /// in this file while it runs.
    pub real: Option<PathBuf>,
}

/// The program.
pub(crate) struct LocalHost {
    wiring: StationWiring,
    state: Rc<State>,
    settings: LocalSettings,
    /// The process while it runs, and what ends it when this program is gone.
    child: RefCell<Option<(Child, Keeper)>>,
    program: Program,
    /// The devices as the charger is told of them.
    told: RigDevices<String>,
    commands: Option<mpsc::UnboundedSender<(EvseId, BenchCommand)>>,
}

impl LocalHost {
    /// Puts the models on their wires; inside the runtime. The program is started by [`OutsideHost::start`].
    pub(crate) fn new(wires: Wires, settings: LocalSettings) -> Result<Self, TwinError> {
        let broken = |error: io::Error| TwinError::Broken(format!("the rig's wires: {error}"));
        let wiring = StationWiring::new(wires);
        let told = if settings.real.is_some() {
            settings.devices.as_they_are()
        } else {
            wiring.spawn_mechanics();
            put_on_wires(&wiring, &settings.folder, &settings.devices).map_err(broken)?.told
        };
        board_file::write(&settings.folder, &wiring.station.wires.charger, &told).map_err(broken)?;
        Ok(Self {
            wiring,
            state: Rc::new(State::default()),
            settings,
            child: RefCell::new(None),
            program: Program::default(),
            told,
            commands: None,
        })
    }

    fn launch(&mut self) -> io::Result<()> {
        // What the line of an earlier life still has to say is not about this one.
        self.state = Rc::default();
        self.state.wake();
        let LocalSettings { chargerd, folder, .. } = &self.settings;
        std::fs::create_dir_all(folder.join("state"))?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("program.log"))?;
        let mut command = Command::new(chargerd);
        command
            .arg("--config")
            .arg(folder.join("charger.toml"))
            .arg("--board")
            .arg(folder.join("board.toml"))
            .arg("--state")
            .arg(folder.join("state"))
            .arg("--events")
            .arg(folder.join("charger.ndjson"))
            .args(["--control", "stdio:"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        if let Some(port) = self.wiring.station.wires.csms_port {
            command.arg("--csms").arg(format!("ws://127.0.0.1:{port}/ocpp"));
        }
        if self.settings.real.is_some() {
            // Nobody else hears what passes on wires with real devices at their other ends.
            command.arg("--frames");
        }
        // Ctrl-C at the terminal is for this program, which ends it in an orderly way.
        command.process_group(0);
        let mut child = command.spawn()?;
        if let Some(file) = &self.settings.real {
            std::fs::write(file, child.id().to_string())?;
        }
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the charger has no standard input or output"));
        };
        let line = tokio::io::join(FdStream::new(output.into())?, FdStream::new(input.into())?);
        let (commands, to_charger) = mpsc::unbounded_channel();
        self.commands = Some(commands);
        let (state, wires) = (Rc::clone(&self.state), self.wiring.station.wires.clone());
        let (log, clock) = (wires.log.clone(), wires.clock);
        drop(tokio::task::spawn_local(charger_line::serve(line, to_charger, state, log, clock, move || wires.mark())));
        let keeper = Keeper::of_process(child.id())?;
        *self.child.borrow_mut() = Some((child, keeper));
        self.program.started();
        Ok(())
    }

    fn end(&self, told: EndOrder, signal: Signal) {
        self.look();
        self.program.tell(told);
        self.state.rest();
        if let Some((child, _)) = &*self.child.borrow()
            && let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
        {
            // It may end by itself in this instant.
            let _ = kill_process(pid, signal);
        }
    }

    /// Notes the end of the program, once it has ended.
    fn look(&self) {
        let mut child = self.child.borrow_mut();
        let Some((running, _)) = child.as_mut() else { return };
        let (status, well) = match running.try_wait() {
            Ok(None) => return,
            Ok(Some(status)) => (status.to_string(), status.success()),
            Err(error) => (format!("it cannot be asked: {error}"), false),
        };
        *child = None;
        self.program.ended(&status, well, &self.wiring.station.wires.log);
    }
}

impl Drop for LocalHost {
    fn drop(&mut self) {
        if let Some((child, _)) = self.child.get_mut() {
            // Ended already is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl OutsideHost for LocalHost {
    fn start(&mut self) -> Result<(), TwinError> {
        self.look();
        if let Some((mut child, _keeper)) = self.child.get_mut().take() {
            self.program.tell(EndOrder::Kill);
            let _ = child.kill();
            let ended = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
            self.program.ended(&ended, false, &self.wiring.station.wires.log);
        }
        self.launch().map_err(|error| {
            TwinError::Charger(format!("{} cannot be started: {error}", self.settings.chargerd.display()))
        })
    }

    fn kill(&mut self) {
        self.end(EndOrder::Kill, Signal::KILL);
    }

    fn shut_down(&mut self) {
        self.end(EndOrder::Orderly, Signal::TERM);
    }

    fn is_running(&self) -> bool {
        self.look();
        self.program.runs()
    }

    fn is_ready(&self) -> bool {
        self.wiring.is_up(&self.state, &self.settings.devices)
    }

    fn has_told(&self, until: Instant) -> bool {
        self.state.has_told(until)
    }

    fn health(&self) -> Result<(), TwinError> {
        if let Some(trouble) = self.wiring.station.trouble() {
            return Err(TwinError::Broken(trouble));
        }
        self.look();
        self.program.health()?;
        let (now, stall) = (self.wiring.station.wires.clock.now(), self.settings.stall);
        if let Some(why) = self.state.silenced(now, stall).filter(|_| self.program.should_run()) {
            return Err(TwinError::Charger(why));
        }
        if let Some(why) = self.state.incomplete() {
            return Err(TwinError::Broken(why));
        }
        let stood = self.state.stood(now);
        if stood > stall {
            return Err(TwinError::Stalled { stood, allowed: stall });
        }
        Ok(())
    }

    fn link(&mut self, evse: EvseId, device: Device, fault: LinkFault) {
        if let Some(wiring) = self.wiring.of(evse) {
            wiring.breaks.of(device).set(fault);
        }
    }

    fn bench(&mut self, evse: EvseId, command: BenchCommand) {
        if let Some(commands) = &self.commands {
            // It may have ended; then nobody is asked.
            let _ = commands.send((evse, command));
        }
    }

    fn panel_picture(&mut self, evse: EvseId) -> Poll<Result<Picture, String>> {
        let panel = self.told.get(evse, "panel").and_then(|text| text.parse::<Endpoint>().ok());
        let Some(panel) = panel.filter(|panel| panel.scheme() == "fb") else {
            return Poll::Ready(Err(abilities::NO_PANEL.into()));
        };
        match hil::panel::picture(&panel) {
            Ok(picture) => Poll::Ready(Ok(picture)),
            // A plain file is there, and whole, once something was drawn on it.
            Err(_) if self.is_modelled() => Poll::Pending,
            Err(error) => Poll::Ready(Err(error.to_string())),
        }
    }

    fn is_modelled(&self) -> bool {
        self.settings.real.is_none()
    }

    fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        if matches!(action, Action::Link(Device::Panel, LinkFault::Gone)) && self.is_modelled() {
            return Err("the panel of this rig is a file: it is there as soon as somebody draws on it".into());
        }
        abilities::can(evse, action, &self.settings.devices)
    }
}

/// The models on their wires.
pub(crate) struct OnWires {
    /// The endpoints as the charger is told of them.
    pub(crate) told: RigDevices<String>,
    /// The names of the pseudo terminals, which are made when their turn comes.
    pub(crate) terminals: BTreeSet<PathBuf>,
}

/// Puts each model on its wire.
pub(crate) fn put_on_wires(
    wiring: &StationWiring,
    folder: &Path,
    devices: &RigDevices<Endpoint>,
) -> io::Result<OnWires> {
    let mut wires = WiresInFolder { folder: folder.join("dev"), lines: BTreeMap::new(), terminals: BTreeSet::new() };
    std::fs::create_dir_all(&wires.folder)?;
    let of_station = |name: &str| if name == "grid_meter" { name.to_owned() } else { format!("station-{name}") };
    let station = wires.put_all(&wiring.station, &devices.station, of_station)?;
    let mut told = RigDevices { station, evses: Vec::new() };
    for (evse, own) in wiring.evses.iter().zip(&devices.evses) {
        let of_evse = |name: &str| match evse.wires.evse() {
            EvseId::FIRST => name.to_owned(),
            number => format!("{name}-{number}"),
        };
        told.evses.push(wires.put_all(evse, own, of_evse)?);
    }
    for (node, line) in wires.lines {
        line.spawn(&wiring.station, &node);
    }
    Ok(OnWires { told, terminals: wires.terminals })
}

/// The wires of a charger while they are made.
struct WiresInFolder {
    /// Where their nodes are.
    folder: PathBuf,
    /// Lines that several devices may share, under their nodes.
    lines: BTreeMap<PathBuf, SharedLine>,
    terminals: BTreeSet<PathBuf>,
}

impl WiresInFolder {
    /// Puts these models on their wires; `node` names the wire of each that has one of its own.
    fn put_all(
        &mut self,
        wiring: &Wiring,
        devices: &[Named<Endpoint>],
        node: impl Fn(&str) -> String,
    ) -> io::Result<Vec<Named<String>>> {
        devices.iter().map(|(name, at)| Ok((*name, self.put(wiring, name, at, &node(name))?))).collect()
    }

    /// Puts one model on its wire, under that name where it has one of its own; answers the endpoint as the charger is told of it.
    fn put(&mut self, wiring: &Wiring, name: &str, endpoint: &Endpoint, node: &str) -> io::Result<String> {
        let target = endpoint.target();
        let shared = target.strip_prefix("pty:");
        let node = match shared {
            Some(line) => self.folder.join(format!("line-{}", line_name(endpoint, line)?)),
            None => self.folder.join(node),
        };
        let place = node.display().to_string();
        let broken = wiring.breaks.clone();
        match name {
            "meter" if is_on_pty(target) => {
                let meter = meter(endpoint, Framing::Rtu).map_err(io::Error::other)?;
                self.lines.entry(node.clone()).or_default().add_meter(meter, wiring);
            }
            "insulation_monitor" if is_on_pty(target) => {
                let unit = endpoint.number("unit").map_err(io::Error::other)?.unwrap_or(3);
                let monitor = IsoCha425::new(wiring.wires.dc().clone());
                let monitor = RegisterServer::new(Framing::Rtu, unit, monitor);
                self.lines.entry(node.clone()).or_default().add_monitor(monitor, wiring);
            }
            _ if shared.is_some() => {
                return Err(io::Error::other(format!("{endpoint}: only devices on Modbus share a line: expected pty")));
            }
            "power_board" if target == "pty" => power_board(wiring, node.clone()),
            "grid_meter" if target == "pty" => {
                let mut meter = LinkySerial::new(linky(endpoint, &wiring.wires));
                let (all, mut refresh, node) = (wiring.clone(), wiring.refresh_linky(), node.clone());
                wiring.spawn("house meter", async move {
                    on_pty_while_there(&node, &broken.house_meter, async |line| {
                        let refresh = |meter: &mut LinkySerial, fault| refresh(meter.meter_mut(), fault);
                        let broken = (&all.breaks.house_meter, Lasts::UntilGone);
                        serve::bytes(&mut meter, refresh, broken, line, all.wires.clock, None).await
                    })
                    .await
                });
            }
            "token_reader" if target == "pty" => {
                let (mut reader, clock, node) = (wiring.reader.clone(), wiring.wires.clock, node.clone());
                wiring.spawn("card reader", async move {
                    on_pty_while_there(&node, &broken.reader, async |line| {
                        let broken = (&broken.reader, Lasts::UntilGone);
                        serve::bytes(&mut reader, |_, _| {}, broken, line, clock, None).await
                    })
                    .await
                });
            }
            "meter" => {
                let meter = meter(endpoint, Framing::Tcp).map_err(io::Error::other)?;
                let port = OwnPort::new()?;
                let place = format!("127.0.0.1:{}", port.number());
                wiring.spawn("meter", crate::guest_host::serve_meter(wiring.clone(), meter, port));
                return Ok(endpoint.to_string().replacen("world", &place, 1));
            }
            "grid_meter" => {
                let (socket, charger) = ports::datagrams()?;
                let meter = LinkyUdp::new(linky(endpoint, &wiring.wires));
                wiring.spawn("house meter", datagrams(wiring.clone(), meter, socket, charger));
                return Ok(endpoint.to_string().replacen("world", &charger.to_string(), 1));
            }
            _ => {}
        }
        if is_on_pty(target) {
            self.terminals.insert(node);
            return Ok(endpoint.to_string().replacen(target, &place, 1));
        }
        Ok(endpoint.to_string().replacen("world", &place, 1))
    }
}

/// Whether a device is on a pseudo terminal: one of its own, or one of that name.
fn is_on_pty(target: &str) -> bool {
    target == "pty" || target.starts_with("pty:")
}

/// The name of a line, which becomes a part of the name of a file.
fn line_name<'a>(endpoint: &Endpoint, name: &'a str) -> io::Result<&'a str> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if (1..=32).contains(&name.len()) && name.bytes().all(good) {
        Ok(name)
    } else {
        Err(io::Error::other(format!("{endpoint}: expected pty:NAME with a name of letters, digits, - and _")))
    }
}

/// The firmware that the world runs, on a serial line.
fn power_board(wiring: &Wiring, node: PathBuf) {
    let (broken, tap) = (wiring.breaks.board.clone(), wiring.tap("uart"));
    let firmware = wiring.wires.firmware(broken.clone());
    wiring.spawn("power board", async move {
        on_pty_while_there(&node, &broken, async |line| {
            firmware.clone().on_line(line, |way, bytes| tap.passes(way, bytes)).await
        })
        .await
    });
}

/// Makes a pseudo terminal under a name that stays, serves it until the device is taken away, and begins anew when it is back.
pub(crate) async fn on_pty_while_there(
    node: &Path,
    broken: &FaultPlan,
    mut serve: impl AsyncFnMut(FdStream) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        while broken.current() == LinkFault::Gone {
            broken.changes_from(LinkFault::Gone).await;
        }
        let Pty { master, slave, path } = Pty::open()?;
        // Left over from before the device was taken away.
        let _ = std::fs::remove_file(node);
        std::os::unix::fs::symlink(&path, node)?;
        let ended = serve(FdStream::new(master)?).await;
        let _ = std::fs::remove_file(node);
        drop(slave);
        if broken.current() != LinkFault::Gone {
            return ended;
        }
    }
}

/// The house meter's gateway: a datagram for each frame.
async fn datagrams(wiring: Wiring, mut meter: LinkyUdp, socket: UdpSocket, charger: SocketAddrV4) -> io::Result<()> {
    let mut refresh = wiring.refresh_linky();
    let (clock, broken) = (wiring.wires.clock, &wiring.breaks.house_meter);
    loop {
        let fault = broken.current();
        refresh(meter.meter_mut(), fault);
        while let Some(frame) = meter.transmit(clock.now()) {
            // Nobody may listen yet.
            let _ = socket.send_to(&frame, charger).await;
        }
        let next = meter.next_change();
        tokio::select! {
            biased;
            () = broken.changes_from(fault) => {}
            () = clock.deadline(next) => {}
        }
    }
}
