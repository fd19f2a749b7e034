//! The charger's host as a guest kernel: chargerd with its real backends, on device nodes behind which our models are.
//!
//! ```text
//!   guest                               outside
//!   /dev/rpmsg0        virtio-rpmsg     firmware of the power board
//!   /dev/i2c-0 @20 @24 virtio-i2c       lock motor, card reader
//!   /dev/fb0           memory           panel: read back over the shared folder
//!   /dev/ttyS0         serial line 0    control line: events, echo probe
//!   /dev/ttyS1         serial line 1    orders to the guest's first process
//!   can0 (slcan)       serial line 2    rectifier
//!   /dev/ttyS3         serial line 3    house meter (TIC)
//!   vec0               packet socket    PLC modem
//!   vec1               packet socket    CSMS and Modbus meter, over TCP
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use devices::I2cChip;
use devices::bare_board::BareBoard;
use devices::linky::LinkySerial;
use devices::modbus::Framing;
use hardware::LinkFault;
use hil::Endpoint;
use hil_vhost::{I2cBus, Rpmsg, RpmsgPort};
use panel_view::Picture;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use station::BenchCommand;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use twin::{Action, Device, OutsideHost, Terminals, TwinError};
use units::{EvseId, Instant};

use crate::bare::BareWires;
use crate::charger_line::{self, State};
use crate::control::{Control, ControlError};
use crate::gate::{Gate, Gated, Passes};
use crate::guest::{Guest, GuestBuilder};
use crate::lan::Lan;
use crate::ports::OwnPort;
use crate::program::{EndOrder, Program};
use crate::rig_devices::RigDevices;
use crate::screen::GuestScreen;
use crate::serve::{self, Lasts};
use crate::stream::polled;
use crate::wiring::{MeterServer, Wiring, linky, meter};
use crate::{abilities, board_file};

/// Where the world is, as the guest sees it.
const WORLD: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// How long the guest may take to boot.
const BOOT: Duration = Duration::from_secs(5);

/// What the guest is made of, and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct GuestSettings {
    /// The kernel.
    pub kernel: PathBuf,
    /// The library that fits it to the host, where it is needed.
    pub shim: Option<PathBuf>,
    /// Its first process.
    pub init: PathBuf,
    /// The charger.
    pub chargerd: PathBuf,
    /// The folder of this scenario.
    pub folder: PathBuf,
    /// The charger's devices, with their endpoints as they stand in the rig file: those of one EVSE.
    pub devices: RigDevices<Endpoint>,
    /// The power board, where the charger runs its safety machine.
    pub bare_board: Option<BareBoard>,
    /// A charger that does not answer for so long makes a scenario invalid.
    pub stall: Duration,
}

/// The power board's wires.
#[derive(Debug)]
enum BoardWires {
    /// Messages to its firmware.
    Rpmsg { _daemon: Rpmsg },
    /// Chips and lines.
    Bare(BareWires),
}

/// The rpmsg is the second virtio device of the guest; the first is the I2C bus.
const RPMSG_NUMBER: usize = 1;

/// The guest.
#[derive(Debug)]
pub(crate) struct GuestHost {
    wiring: Wiring,
    state: Rc<State>,
    program: Rc<Program>,
    guest: RefCell<Guest>,
    orders: mpsc::UnboundedSender<String>,
    commands: mpsc::UnboundedSender<(EvseId, BenchCommand)>,
    devices: RigDevices<Endpoint>,
    screen: Option<GuestScreen>,
    stall: Duration,
    /// What holds up the whole I2C bus.
    gate: Gate,
    start: String,
    // Dropped after the guest, which uses them.
    board: BoardWires,
    _i2c: I2cBus,
    _lan: Lan,
}

impl GuestHost {
    /// Boots the guest and puts the models on its wires; inside the runtime.
    pub(crate) fn boot(terminals: Terminals, settings: GuestSettings) -> Result<Self, TwinError> {
        Self::make(terminals, settings).map_err(|error| TwinError::Broken(format!("the virtual rig: {error}")))
    }

    fn make(terminals: Terminals, settings: GuestSettings) -> io::Result<Self> {
        let GuestSettings { kernel, shim, init, chargerd, folder, devices, bare_board, stall } = settings;
        std::fs::create_dir_all(&folder)?;
        let wiring = Wiring::new(terminals.clone());
        let clock = terminals.clock;
        let now: hil_vhost::Clock = Arc::new(move || clock.now());
        let gate = Gate::default();
        let mut chips: BTreeMap<u16, Box<dyn I2cChip>> = BTreeMap::new();
        chips.insert(0x20, Box::new(Gated(wiring.lock.clone(), gate.clone())));
        chips.insert(0x24, Box::new(Gated(wiring.reader.clone(), gate.clone())));
        let (board, port) = match bare_board {
            None => {
                let (daemon, port) = Rpmsg::start(&folder.join("rpmsg.sock")).map_err(io::Error::other)?;
                (BoardWires::Rpmsg { _daemon: daemon }, Some(port))
            }
            Some(board) => {
                let bare = BareWires::start(board, &folder, Arc::clone(&now))?;
                (BoardWires::Bare(bare), None)
            }
        };
        let i2c = I2cBus::start(&folder.join("i2c.sock"), chips, Arc::clone(&now)).map_err(io::Error::other)?;
        let meter_port = OwnPort::new()?;
        let told = told(&devices, meter_port.number());
        board_file::write(&folder, &terminals.charger, &told)?;
        let mut builder = GuestBuilder::new(kernel, init, &folder)
            .device(i2c.socket(), 34)
            .serial_lines(4)
            .cards(2)
            .environment("PF_CAN", "ttyS2");
        if let Some(folder) = chargerd.parent() {
            builder = builder.keep(folder);
        }
        builder = match &board {
            BoardWires::Rpmsg { .. } => builder.device(folder.join("rpmsg.sock"), 7),
            BoardWires::Bare(bare) => bare.put_into(builder),
        };
        let screen = GuestScreen::of(&devices, &folder);
        if screen.is_some() {
            builder = GuestScreen::put_into(builder);
        }
        if let Some(shim) = shim {
            builder = builder.shim(shim);
        }
        let (mut guest, first) = boot(&builder)?;
        let ports: Vec<u16> = terminals.csms_port.into_iter().chain([meter_port.number()]).collect();
        let lan = Lan::start(taken(guest.net(1))?, &ports, now)?;

        let (orders, to_init) = mpsc::unbounded_channel();
        let (commands, to_charger) = mpsc::unbounded_channel();
        let (state, program) = (Rc::new(State::default()), Rc::new(Program::default()));
        let control = line(taken(guest.serial(0))?)?;
        let wake = terminals.clone();
        let (heard, log) = (Rc::clone(&state), terminals.log.clone());
        drop(tokio::task::spawn_local(charger_line::serve(control, to_charger, heard, log, clock, move || {
            wake.mark()
        })));
        wiring.spawn("orders to the guest", give_orders(first, to_init, Rc::clone(&program), terminals.clone()));
        match (&board, port) {
            (BoardWires::Bare(bare), _) => wiring.spawn("power board", bare.carry(terminals.clone())),
            (BoardWires::Rpmsg { .. }, Some(port)) => put_firmware_on_wire(&wiring, port),
            (BoardWires::Rpmsg { .. }, None) => {}
        }
        put_on_wires(&wiring, &devices, &mut guest, meter_port)?;
        wiring.spawn_mechanics();

        let folder = folder.display();
        let csms = terminals.csms_port.map_or(String::new(), |port| format!(" --csms ws://{WORLD}:{port}/ocpp"));
        let start = format!(
            "{chargerd} --config {folder}/charger.toml --board {folder}/board.toml --state /run/chargerd \
             --control /dev/ttyS0 --events {folder}/charger.ndjson{csms}",
            chargerd = chargerd.display(),
        );
        Ok(Self {
            wiring,
            state,
            program,
            guest: RefCell::new(guest),
            orders,
            commands,
            devices,
            screen,
            stall,
            gate,
            start,
            board,
            _i2c: i2c,
            _lan: lan,
        })
    }

    fn order(&self, order: impl Into<String>) {
        // The task that writes them lives as long as the guest; after that there is nobody to order about.
        let _ = self.orders.send(order.into());
    }
}

impl Drop for GuestHost {
    fn drop(&mut self) {
        // A transfer that hangs would hold up the end of its thread.
        self.gate.set(Passes::All);
        if let BoardWires::Bare(bare) = &self.board {
            bare.set_fault(LinkFault::None);
        }
    }
}

impl OutsideHost for GuestHost {
    fn start(&mut self) -> Result<(), TwinError> {
        self.state.wake();
        self.order("shell mkdir -p /run/chargerd");
        self.order(format!("start {}", self.start));
        Ok(())
    }

    fn kill(&mut self) {
        self.program.tell(EndOrder::Kill);
        self.state.rest();
        self.order("kill");
    }

    fn shut_down(&mut self) {
        self.program.tell(EndOrder::Orderly);
        self.state.rest();
        self.order("term");
    }

    fn is_running(&self) -> bool {
        self.program.runs()
    }

    fn is_ready(&self) -> bool {
        self.wiring.is_up(&self.state, &self.devices)
    }

    fn has_told(&self, until: Instant) -> bool {
        self.state.has_told(until)
    }

    fn health(&self) -> Result<(), TwinError> {
        // Of a guest that ended all wires end as well.
        match self.guest.borrow_mut().exit_status() {
            Ok(None) => {}
            Ok(Some(status)) => return Err(TwinError::Charger(format!("the guest ended: {status}; see console.log"))),
            Err(error) => return Err(TwinError::Broken(format!("the guest cannot be asked: {error}"))),
        }
        if let Some(trouble) = self.wiring.trouble() {
            return Err(TwinError::Broken(trouble));
        }
        self.program.health()?;
        let now = self.wiring.terminals.clock.now();
        if let Some(why) = self.state.silenced(now, self.stall).filter(|_| self.program.should_run()) {
            return Err(TwinError::Charger(why));
        }
        if let Some(why) = self.state.incomplete() {
            return Err(TwinError::Broken(why));
        }
        let stood = self.state.stood(now);
        if stood > self.stall {
            return Err(TwinError::Stalled { stood, allowed: self.stall });
        }
        Ok(())
    }

    fn link(&mut self, _: EvseId, device: Device, fault: LinkFault) {
        let before = self.wiring.breaks.of(device).current();
        self.wiring.breaks.of(device).set(fault);
        let gone = |fault| fault == LinkFault::Gone;
        match device {
            Device::Board => match &self.board {
                BoardWires::Bare(bare) => bare.set_fault(fault),
                BoardWires::Rpmsg { .. } if gone(fault) != gone(before) => {
                    let verb = if gone(fault) { "unbind" } else { "bind" };
                    self.order(format!("{verb} virtio-uml.{RPMSG_NUMBER}"));
                }
                BoardWires::Rpmsg { .. } => {}
            },
            Device::Supply if gone(fault) != gone(before) => {
                let state = if gone(fault) { "down" } else { "up" };
                self.order(format!("shell ip link set can0 {state}"));
            }
            Device::Lock | Device::Reader => {
                let hangs = |device| self.wiring.breaks.of(device).current() == LinkFault::StuckBus;
                let hangs = hangs(Device::Lock) || hangs(Device::Reader);
                self.gate.set(if hangs { Passes::Nothing } else { Passes::All });
            }
            Device::Panel if gone(fault) != gone(before) => {
                let verb = if gone(fault) { "unbind" } else { "bind" };
                self.order(format!("shell echo vfb.0 >/sys/bus/platform/drivers/vfb/{verb}"));
            }
            Device::HouseMeter | Device::Insulation | Device::Meter | Device::Panel | Device::Plc | Device::Supply => {}
        }
    }

    fn bench(&mut self, evse: EvseId, command: BenchCommand) {
        // As for orders.
        let _ = self.commands.send((evse, command));
    }

    fn panel_picture(&mut self, _: EvseId) -> Poll<Result<Picture, String>> {
        let orders = &self.orders;
        match &mut self.screen {
            // As for other orders.
            Some(screen) => screen.picture(|order| drop(orders.send(order))),
            None => Poll::Ready(Err(abilities::NO_PANEL.into())),
        }
    }

    fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        if matches!(action, Action::Link(Device::Panel, LinkFault::Gone)) && self.program.runs() {
            return Err(
                "the driver of the guest's screen frees what is still open: it can be gone from the start only".into(),
            );
        }
        if matches!(action, Action::BoardReset) && self.wiring.terminals.has_plain_firmware() {
            return Err(
                "a plain firmware takes its rpmsg channel along when it starts anew, and the one of this guest stays"
                    .into(),
            );
        }
        abilities::can(evse, action, &self.devices)
    }
}

/// Boots the guest and waits for the first byte of its first process; answers it and the line of orders.
fn boot(builder: &GuestBuilder) -> io::Result<(Guest, OwnedFd)> {
    let mut guest = builder.start().map_err(io::Error::other)?;
    let orders = taken(guest.serial(1))?;
    let limit = Timespec { tv_sec: BOOT.as_secs().cast_signed(), tv_nsec: 0 };
    let mut first = [PollFd::new(&orders, PollFlags::IN)];
    if poll(&mut first, Some(&limit))? == 0 {
        return Err(io::Error::other(format!("the guest had no first process within {BOOT:?}: see console.log")));
    }
    // The line ends with the guest.
    if first[0].revents().contains(PollFlags::HUP)
        && let Some(status) = guest.wait(BOOT)?
    {
        return Err(io::Error::other(format!("the guest ended while it booted: {status}; see console.log")));
    }
    Ok((guest, orders))
}

/// A descriptor of the guest, which has each once.
fn taken(descriptor: Option<OwnedFd>) -> io::Result<OwnedFd> {
    descriptor.ok_or_else(|| io::Error::other("the guest lacks a wire"))
}

/// A serial line of the guest as a stream.
fn line(descriptor: OwnedFd) -> io::Result<UnixStream> {
    let stream = std::os::unix::net::UnixStream::from(descriptor);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// The devices as the charger in the guest is told of them: `world` is where the world's sockets are.
fn told(devices: &RigDevices<Endpoint>, meter_port: u16) -> RigDevices<String> {
    let place = format!("tcp:{WORLD}:{meter_port}");
    let mut told = devices.as_they_are();
    let each = told.evses.iter_mut().flatten().chain(&mut told.station);
    each.for_each(|(_, endpoint)| *endpoint = endpoint.replacen("tcp:world", &place, 1));
    told
}

/// Connects the firmware that the world runs.
fn put_firmware_on_wire(wiring: &Wiring, RpmsgPort { from_guest, to_guest }: RpmsgPort) {
    let tap = wiring.tap("rpmsg");
    let firmware = wiring.terminals.firmware(wiring.breaks.board.clone());
    wiring.spawn("rpmsg", async move {
        // A guest that reads too slowly loses messages, as it would from a real one.
        let to_host = move |message: &[u8]| {
            let _ = to_guest.send(message);
        };
        firmware.on_packets(from_guest, to_host, |way, message| tap.passes(way, message)).await;
        Ok(())
    });
}

/// Puts each other model on its wire.
fn put_on_wires(
    wiring: &Wiring,
    devices: &RigDevices<Endpoint>,
    guest: &mut Guest,
    meter_port: OwnPort,
) -> io::Result<()> {
    let mut meter_port = Some(meter_port);
    for (key, endpoint) in devices.of(wiring.terminals.evse()) {
        match *key {
            "meter" => {
                let meter = meter(endpoint, Framing::Tcp).map_err(io::Error::other)?;
                // A rig file has each key once.
                if let Some(port) = meter_port.take() {
                    wiring.spawn("meter", serve_meter(wiring.clone(), meter, port));
                }
            }
            "grid_meter" => {
                let mut meter = LinkySerial::new(linky(endpoint, &wiring.terminals));
                let stream = line(taken(guest.serial(3))?)?;
                let (all, mut refresh) = (wiring.clone(), wiring.refresh_linky());
                wiring.spawn("house meter", async move {
                    let refresh = move |meter: &mut LinkySerial, fault| refresh(meter.meter_mut(), fault);
                    let broken = (&all.breaks.house_meter, Lasts::Always);
                    serve::bytes(&mut meter, refresh, broken, stream, all.terminals.clock, None).await
                });
            }
            "plc" => {
                let socket = polled(taken(guest.net(0))?)?;
                let (terminals, tap) = (wiring.terminals.clone(), wiring.tap("plc"));
                wiring.spawn("PLC modem", async move { serve::frames(&terminals, &socket, tap).await });
            }
            "power_supply" => {
                let stream = line(taken(guest.serial(2))?)?;
                wiring.rectifier(endpoint, stream).map_err(io::Error::other)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The meter at its TCP port, which is closed while the meter is gone.
pub(crate) async fn serve_meter(wiring: Wiring, mut meter: MeterServer, port: OwnPort) -> io::Result<()> {
    let broken = wiring.breaks.meter.clone();
    loop {
        while broken.current() == LinkFault::Gone {
            broken.changes_from(LinkFault::Gone).await;
        }
        let listener = port.listen()?;
        loop {
            let fault = broken.current();
            if fault == LinkFault::Gone {
                break;
            }
            tokio::select! {
                biased;
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    // A client that goes away is no trouble; the next one is served.
                    drop(wiring.clone().outlet_meter(&mut meter, stream).await);
                }
                () = broken.changes_from(fault) => {}
            }
        }
    }
}

/// What the first process says of an end, as the kernel would.
fn told_code(code: i32) -> String {
    match code {
        128.. => format!("signal: {}", code - 128),
        _ => format!("exit status: {code}"),
    }
}

/// Gives one order. A program is started when the one before has ended, so that its end is not taken for the new one's.
async fn obey(guest: &mut Control, order: &str, program: &Program, terminals: &Terminals) -> Result<(), ControlError> {
    if order.starts_with("start ") && program.runs() {
        let code = guest.exited().await?;
        program.ended(&told_code(code), code == 0, &terminals.log);
    }
    guest.order(order).await.map(drop)
}

/// Gives the orders once the first process is ready, and notes how the charger's program ends.
async fn give_orders(
    line: OwnedFd,
    mut orders: mpsc::UnboundedReceiver<String>,
    program: Rc<Program>,
    terminals: Terminals,
) -> io::Result<()> {
    let mut guest = Control::new(line)?;
    guest.ready(BOOT).await.map_err(io::Error::other)?;
    loop {
        tokio::select! {
            biased;
            code = guest.exited(), if program.runs() => {
                let code = code.map_err(io::Error::other)?;
                program.ended(&told_code(code), code == 0, &terminals.log);
            }
            order = orders.recv() => match order {
                Some(order) => match obey(&mut guest, &order, &program, &terminals).await {
                    Ok(()) if order.starts_with("start ") => program.started(),
                    Ok(()) => {}
                    // It may have ended meanwhile; what is left undone is seen in the scenario.
                    Err(ControlError::Refused { order, answer }) => {
                        terminals.log.record("host", "refused", json!({ "order": order, "answer": answer }));
                    }
                    Err(error) => return Err(io::Error::other(error)),
                },
                None => return Ok(()),
            },
        }
        terminals.mark();
    }
}
