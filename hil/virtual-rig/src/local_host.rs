//! The charger's host as a program beside this one: chargerd with its real backends, on pseudo terminals and sockets of the
//! loopback behind which our models are. No kernel of its own, no root, no buses: what a machine without hardware has.

use std::cell::RefCell;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use hardware::LinkFault;
use hil::Endpoint;
use panel_view::Picture;
use rustix::process::{Pid, Signal, kill_process};
use station::BenchCommand;
use tokio::sync::mpsc;
use twin::{Action, Device, OutsideHost, Terminals, TwinError};
use units::{EvseId, Instant};

use crate::charger_line::{self, State};
use crate::keeper::Keeper;
use crate::local_wires::put_on_wires;
use crate::program::{EndOrder, Program};
use crate::rig_devices::RigDevices;
use crate::stream::FdStream;
use crate::wiring::StationWiring;
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
    pub(crate) fn new(terminals: Terminals, settings: LocalSettings) -> Result<Self, TwinError> {
        let broken = |error: io::Error| TwinError::Broken(format!("the rig's wires: {error}"));
        let wiring = StationWiring::new(terminals);
        let told = if settings.real.is_some() {
            settings.devices.as_they_are()
        } else {
            wiring.spawn_mechanics();
            put_on_wires(&wiring, &settings.folder, &settings.devices).map_err(broken)?.told
        };
        board_file::write(&settings.folder, &wiring.station.terminals.charger, &told).map_err(broken)?;
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
        if let Some(port) = self.wiring.station.terminals.csms_port {
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
        let (state, terminals) = (Rc::clone(&self.state), self.wiring.station.terminals.clone());
        let (log, clock) = (terminals.log.clone(), terminals.clock);
        drop(tokio::task::spawn_local(charger_line::serve(line, to_charger, state, log, clock, move || {
            terminals.mark()
        })));
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
        self.program.ended(&status, well, &self.wiring.station.terminals.log);
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
            self.program.ended(&ended, false, &self.wiring.station.terminals.log);
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
        let (now, stall) = (self.wiring.station.terminals.clock.now(), self.settings.stall);
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
            Err(_) if self.settings.real.is_none() => Poll::Pending,
            Err(error) => Poll::Ready(Err(error.to_string())),
        }
    }

    fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        if matches!(action, Action::Link(Device::Panel, LinkFault::Gone)) && self.settings.real.is_none() {
            return Err("the panel of this rig is a file: it is there as soon as somebody draws on it".into());
        }
        abilities::can(evse, action, &self.settings.devices)
    }
}
