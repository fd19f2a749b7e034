//! The wires of a charger that is a program of this machine: pseudo terminals, sockets of the loopback, files with pixels.
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

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};

use clock::Alarm;

use devices::MessageDevice as _;
use devices::isocha425::IsoCha425;
use devices::linky::{LinkySerial, LinkyUdp};
use devices::modbus::{Framing, RegisterServer};
use hil::Endpoint;
use tokio::net::UdpSocket;
use twin::LineEnd;
use units::EvseId;

use crate::ports::{self, OwnPort};
use crate::rig_devices::{Named, RigDevices};
use crate::rs485::SharedLine;
use crate::serve::{self, Lasts};
use crate::stream::on_pty_while_there;
use crate::wiring::{StationWiring, Wiring, linky, meter};

/// The models on their wires.
pub(crate) struct OnWires {
    /// The endpoints as the charger is told of them.
    pub(crate) told: RigDevices<String>,
    /// The names of the pseudo terminals, which are made when their turn comes.
    pub(crate) ptys: BTreeSet<PathBuf>,
}

/// Puts each model on its wire.
pub(crate) fn put_on_wires(
    wiring: &StationWiring,
    folder: &Path,
    devices: &RigDevices<Endpoint>,
) -> io::Result<OnWires> {
    let mut wires = WiresInFolder { folder: folder.join("dev"), lines: BTreeMap::new(), ptys: BTreeSet::new() };
    std::fs::create_dir_all(&wires.folder)?;
    let of_station = |name: &str| if name == "grid_meter" { name.to_owned() } else { format!("station-{name}") };
    let station = wires.put_all(&wiring.station, &devices.station, of_station)?;
    let mut told = RigDevices { station, evses: Vec::new() };
    for (evse, own) in wiring.evses.iter().zip(&devices.evses) {
        let of_evse = |name: &str| match evse.terminals.evse() {
            EvseId::FIRST => name.to_owned(),
            number => format!("{name}-{number}"),
        };
        told.evses.push(wires.put_all(evse, own, of_evse)?);
    }
    for (node, line) in wires.lines {
        line.spawn(&wiring.station, &node);
    }
    Ok(OnWires { told, ptys: wires.ptys })
}

/// The wires of a charger while they are made.
struct WiresInFolder {
    /// Where their nodes are.
    folder: PathBuf,
    /// Lines that several devices may share, under their nodes.
    lines: BTreeMap<PathBuf, SharedLine>,
    ptys: BTreeSet<PathBuf>,
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
        let node = self.folder.join(match target.strip_prefix("pty:") {
            // The rig file was refused if it is not a part of the name of a file.
            Some(line) => format!("line-{line}"),
            None => node.to_owned(),
        });
        let place = node.display().to_string();
        let broken = wiring.breaks.clone();
        match name {
            "meter" if is_on_pty(target) => {
                let meter = meter(endpoint, Framing::Rtu).map_err(io::Error::other)?;
                self.lines.entry(node.clone()).or_default().add_meter(meter, wiring);
            }
            "insulation_monitor" if is_on_pty(target) => {
                let unit = endpoint.number("unit").map_err(io::Error::other)?.unwrap_or(3);
                let monitor = IsoCha425::new(wiring.terminals.dc().clone());
                let monitor = RegisterServer::new(Framing::Rtu, unit, monitor);
                self.lines.entry(node.clone()).or_default().add_monitor(monitor, wiring);
            }
            "power_board" if target == "pty" => power_board(wiring, node.clone()),
            "grid_meter" if target == "pty" => {
                let mut meter = LinkySerial::new(linky(endpoint, &wiring.terminals));
                let (all, mut refresh, node) = (wiring.clone(), wiring.refresh_linky(), node.clone());
                wiring.spawn("house meter", async move {
                    on_pty_while_there(&node, &broken.house_meter, async |line| {
                        let refresh = |meter: &mut LinkySerial, fault| refresh(meter.meter_mut(), fault);
                        let broken = (&all.breaks.house_meter, Lasts::UntilGone);
                        serve::bytes(&mut meter, refresh, broken, line, all.terminals.clock, None).await
                    })
                    .await
                });
            }
            "token_reader" if target == "pty" => {
                let (mut reader, clock, node) = (wiring.reader.clone(), wiring.terminals.clock, node.clone());
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
                let meter = LinkyUdp::new(linky(endpoint, &wiring.terminals));
                wiring.spawn("house meter", datagrams(wiring.clone(), meter, socket, charger));
                return Ok(endpoint.to_string().replacen("world", &charger.to_string(), 1));
            }
            _ => {}
        }
        if is_on_pty(target) {
            self.ptys.insert(node);
            return Ok(endpoint.to_string().replacen(target, &place, 1));
        }
        Ok(endpoint.to_string().replacen("world", &place, 1))
    }
}

/// Whether a device is on a pseudo terminal: one of its own, or one of that name.
fn is_on_pty(target: &str) -> bool {
    target == "pty" || target.starts_with("pty:")
}

/// The firmware that the world runs, on a serial line.
fn power_board(wiring: &Wiring, node: PathBuf) {
    let (broken, tap) = (wiring.breaks.board.clone(), wiring.tap("uart"));
    let firmware = wiring.terminals.firmware(broken.clone());
    wiring.spawn("power board", async move {
        let ended = Cell::new(LineEnd::StartedAnew);
        while ended.get() == LineEnd::StartedAnew {
            on_pty_while_there(&node, &broken, async |line| {
                ended.set(firmware.clone().on_line(line, |way, bytes| tap.passes(way, bytes)).await?);
                Ok(())
            })
            .await?;
        }
        Ok(())
    });
}

/// The house meter's gateway: a datagram for each frame.
async fn datagrams(wiring: Wiring, mut meter: LinkyUdp, socket: UdpSocket, charger: SocketAddrV4) -> io::Result<()> {
    let mut refresh = wiring.refresh_linky();
    let (clock, broken) = (wiring.terminals.clock, &wiring.breaks.house_meter);
    let mut alarm = Alarm::default();
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
            () = alarm.at(next.map(|at| clock.at(at))) => {}
        }
    }
}
