//! The charger's host as a program beside this one: chargerd with its real backends, on pseudo terminals and sockets of the
//! loopback behind which our models are. No kernel of its own, no root, no buses: what a machine without hardware has.
//!
//! | device | wire |
//! |---|---|
//! | `power_board = "uart:pty?115200"` | pseudo terminal, COBS frames |
//! | `meter = "modbus:pty?9600n1&unit=1"` | pseudo terminal, Modbus RTU |
//! | `meter = "modbus:tcp:world?unit=1"` | Modbus TCP |
//! | `grid_meter = "tic:pty?1200e1&mode=historic"` | pseudo terminal at 1200 baud |
//! | `grid_meter = "tic:udp:world?mode=standard"` | datagrams |
//! | `token_reader = "pn532:pty?115200"` | pseudo terminal |
//! | `panel = "fb:world?size=1024x600"` | a plain file with the pixels |
//! | `insulation_monitor = "isocha425:pty?19200e1&unit=3"` | pseudo terminal, Modbus RTU |

use std::cell::RefCell;
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
use crate::serve::{self, Lasts};
use crate::stream::{FdStream, Pty};
use crate::wiring::{Wiring, linky, meter, modbus_fault};
use crate::{abilities, board_file};

/// What the program needs.
#[derive(Clone, Debug)]
pub(crate) struct LocalSettings {
    /// The charger.
    pub chargerd: PathBuf,
    /// The folder of this scenario.
    pub folder: PathBuf,
    /// The charger's devices: key and endpoint as they stand in the rig file.
    pub devices: Vec<(&'static str, Endpoint)>,
    /// A charger that does not answer for so long makes a scenario invalid.
    pub stall: Duration,
    /// The devices are real: no model is made, and the charger is told of them as they are. The number of its process is kept
    /// in this file while it runs.
    pub real: Option<PathBuf>,
}

/// The program.
pub(crate) struct LocalHost {
    wiring: Wiring,
    state: Rc<State>,
    settings: LocalSettings,
    /// The process while it runs, and what ends it when this program is gone.
    child: RefCell<Option<(Child, Keeper)>>,
    program: Program,
    /// Where the panel's pixels are.
    panel: Option<Endpoint>,
    commands: Option<mpsc::UnboundedSender<BenchCommand>>,
}

impl LocalHost {
    /// Puts the models on their wires; inside the runtime. The program is started by [`OutsideHost::start`].
    pub(crate) fn new(wires: Wires, settings: LocalSettings) -> Result<Self, TwinError> {
        let broken = |error: io::Error| TwinError::Broken(format!("the rig's wires: {error}"));
        let wiring = Wiring::new(wires);
        let told = if settings.real.is_some() {
            settings.devices.iter().map(|(key, endpoint)| (*key, endpoint.to_string())).collect()
        } else {
            wiring.spawn_mechanics();
            put_on_wires(&wiring, &settings.folder, &settings.devices).map_err(broken)?
        };
        board_file::write(&settings.folder, &wiring.wires.charger, &told).map_err(broken)?;
        let panel = told.iter().find(|(key, _)| *key == "panel").and_then(|(_, text)| text.parse().ok());
        Ok(Self {
            wiring,
            state: Rc::new(State::default()),
            settings,
            child: RefCell::new(None),
            program: Program::default(),
            panel,
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
        if let Some(port) = self.wiring.wires.csms_port {
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
        let (state, wires) = (Rc::clone(&self.state), self.wiring.wires.clone());
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
        self.program.ended(&status, well, &self.wiring.wires.log);
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
            self.program.ended(&ended, false, &self.wiring.wires.log);
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
        if let Some(trouble) = self.wiring.trouble() {
            return Err(TwinError::Broken(trouble));
        }
        self.look();
        self.program.health()?;
        let (now, stall) = (self.wiring.wires.clock.now(), self.settings.stall);
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

    fn link(&mut self, _: EvseId, device: Device, fault: LinkFault) {
        self.wiring.breaks.of(device).set(fault);
    }

    fn bench(&mut self, _: EvseId, command: BenchCommand) {
        if let Some(commands) = &self.commands {
            // It may have ended; then nobody is asked.
            let _ = commands.send(command);
        }
    }

    fn panel_picture(&mut self, _: EvseId) -> Poll<Result<Picture, String>> {
        let Some(panel) = self.panel.as_ref().filter(|panel| panel.scheme() == "fb") else {
            return Poll::Ready(Err(abilities::NO_PANEL.into()));
        };
        match hil::panel::picture(panel) {
            Ok(picture) => Poll::Ready(Ok(picture)),
            // A plain file is there, and whole, once something was drawn on it.
            Err(_) if self.is_modelled() => Poll::Pending,
            Err(error) => Poll::Ready(Err(error.to_string())),
        }
    }

    fn is_modelled(&self) -> bool {
        self.settings.real.is_none()
    }

    fn can(&self, _: EvseId, action: &Action) -> Result<(), String> {
        if matches!(action, Action::Link(Device::Panel, LinkFault::Gone)) && self.is_modelled() {
            return Err("the panel of this rig is a file: it is there as soon as somebody draws on it".into());
        }
        abilities::can(action, &self.settings.devices)
    }
}

/// Puts each model on its wire; answers the endpoints as the charger is told of them.
pub(crate) fn put_on_wires(
    wiring: &Wiring,
    folder: &Path,
    devices: &[(&'static str, Endpoint)],
) -> io::Result<Vec<(&'static str, String)>> {
    let folder = folder.join("dev");
    std::fs::create_dir_all(&folder)?;
    let mut told = Vec::new();
    for (key, endpoint) in devices {
        let node = folder.join(key);
        let on_pty = endpoint.target() == "pty";
        let text = endpoint.to_string();
        let mut place = node.display().to_string();
        let broken = wiring.breaks.clone();
        match (*key, on_pty) {
            ("power_board", true) => {
                let (firmware, tap) = (wiring.wires.firmware(broken.board.clone()), wiring.tap("uart"));
                wiring.spawn("power board", async move {
                    on_pty_while_there(&node, &broken.board, async |line| {
                        firmware.clone().on_line(line, |way, bytes| tap.passes(way, bytes)).await
                    })
                    .await
                });
            }
            ("meter", true) => {
                let mut meter = meter(endpoint, Framing::Rtu).map_err(io::Error::other)?;
                let (all, tap) = (wiring.clone(), wiring.tap("rs485"));
                wiring.spawn("meter", async move {
                    on_pty_while_there(&node, &broken.meter, async |line| {
                        all.clone().outlet_meter(&mut meter, line, Some(tap.clone())).await
                    })
                    .await
                });
            }
            ("meter", false) => {
                let meter = meter(endpoint, Framing::Tcp).map_err(io::Error::other)?;
                let port = OwnPort::new()?;
                place = format!("127.0.0.1:{}", port.number());
                wiring.spawn("meter", crate::guest_host::serve_meter(wiring.clone(), meter, port));
            }
            ("grid_meter", true) => {
                let mut meter = LinkySerial::new(linky(endpoint, &wiring.wires));
                let (all, mut refresh) = (wiring.clone(), wiring.refresh_linky());
                wiring.spawn("house meter", async move {
                    on_pty_while_there(&node, &broken.house_meter, async |line| {
                        let refresh = |meter: &mut LinkySerial, fault| refresh(meter.meter_mut(), fault);
                        let broken = (&all.breaks.house_meter, Lasts::UntilGone);
                        serve::bytes(&mut meter, refresh, broken, line, all.wires.clock, None).await
                    })
                    .await
                });
            }
            ("grid_meter", false) => {
                let (socket, charger) = ports::datagrams()?;
                place = charger.to_string();
                let meter = LinkyUdp::new(linky(endpoint, &wiring.wires));
                wiring.spawn("house meter", datagrams(wiring.clone(), meter, socket, charger));
            }
            ("insulation_monitor", true) => {
                let unit = endpoint.number("unit").map_err(io::Error::other)?.unwrap_or(3);
                let monitor = IsoCha425::new(wiring.wires.dc().clone());
                let mut monitor = RegisterServer::new(Framing::Rtu, unit, monitor);
                let clock = wiring.wires.clock;
                wiring.spawn("insulation monitor", async move {
                    on_pty_while_there(&node, &broken.insulation, async |line| {
                        let refresh =
                            |monitor: &mut RegisterServer<IsoCha425>, fault| monitor.set_fault(modbus_fault(fault));
                        let broken = (&broken.insulation, Lasts::UntilGone);
                        serve::bytes(&mut monitor, refresh, broken, line, clock, None).await
                    })
                    .await
                });
            }
            ("token_reader", true) => {
                let (mut reader, clock) = (wiring.reader.clone(), wiring.wires.clock);
                wiring.spawn("card reader", async move {
                    on_pty_while_there(&node, &broken.reader, async |line| {
                        let broken = (&broken.reader, Lasts::UntilGone);
                        serve::bytes(&mut reader, |_, _| {}, broken, line, clock, None).await
                    })
                    .await
                });
            }
            _ => {}
        }
        told.push((*key, text.replacen(if on_pty { "pty" } else { "world" }, &place, 1)));
    }
    Ok(told)
}

/// Makes a pseudo terminal under a name that stays, serves it until the device is taken away, and begins anew when it is back.
async fn on_pty_while_there(
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
