//! `plugfest cable`: two models of PLC modems and the power line between them, at two real interfaces. Programs that match have
//! something to match over where there are no modems: ours, and those of others.
//!
//! ```text
//!   station's program ── IF ══ modem model ── power line ── modem model ══ IF ── car's program
//! ```

use std::fmt::Display;

use devices::MessageDevice as _;
use devices::plc_cable::PlcCable;
use devices::plc_modem::PlcModem;
use features::print;
use hil::plc::EthernetPort;
use tokio::sync::mpsc;

use super::clock::Clock;
use super::options::CableOptions;
use super::runtime::{endpoint, interrupted, interrupts, runtime};
use crate::signals::INTERRUPTED;

/// The modems' own addresses, the station's and the car's: locally administered, as nobody made them.
const MODEMS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 0x0b], [2, 0, 0, 0, 0, 0x0c]];

/// What they say of their software.
const SOFTWARE: &str = "MAC-QCA7005-MODEL";

/// Is a cable with its modems until Ctrl-C; answers the exit code.
pub(crate) fn cable(options: &CableOptions) -> i32 {
    match try_cable(options) {
        Ok(()) => INTERRUPTED,
        Err(why) => {
            print::complain(format_args!("{why}"));
            2
        }
    }
}

fn try_cable(options: &CableOptions) -> Result<(), String> {
    if options.station == options.car {
        return Err(format!("{}: expected two interfaces, one for each modem", options.car));
    }
    let mut interrupts = interrupts()?;
    runtime()?.block_on(async {
        let ports = [open(&options.station)?, open(&options.car)?];
        print::line(format_args!("a modem of a station at {}, one of a car at {}", options.station, options.car));
        carry(options, ports, &mut interrupts).await
    })
}

fn open(interface: &str) -> Result<EthernetPort, String> {
    EthernetPort::open(&endpoint("packet", interface)?).map_err(|error| error.to_string())
}

/// Carries frames until somebody interrupts it.
async fn carry(
    options: &CableOptions,
    ports: [EthernetPort; 2],
    interrupts: &mut mpsc::UnboundedReceiver<()>,
) -> Result<(), String> {
    let clock = Clock::start();
    let [mut station_modem, mut car_modem] = MODEMS.map(|address| PlcModem::new(address, SOFTWARE));
    let [mut station, mut car] = ports;
    let mut cable = PlcCable::new(station_modem.clone(), car_modem.clone(), options.seed);
    cable.join(clock.now(), true);
    loop {
        // What has arrived may be answered at once.
        while cable.carry(clock.now()) {}
        pass_on(&mut station_modem, &mut station, clock, &options.station).await?;
        pass_on(&mut car_modem, &mut car, clock, &options.car).await?;
        let due = [cable.next_change(), station_modem.next_change(), car_modem.next_change()];
        tokio::select! {
            () = interrupted(interrupts) => return Ok(()),
            frame = station.receive() => station_modem.receive(clock.now(), &frame.map_err(at(&options.station))?),
            frame = car.receive() => car_modem.receive(clock.now(), &frame.map_err(at(&options.car))?),
            () = clock.until(due.into_iter().flatten().min()) => {}
        }
    }
}

/// Hands its host what a modem has for it.
async fn pass_on(modem: &mut PlcModem, port: &mut EthernetPort, clock: Clock, interface: &str) -> Result<(), String> {
    while let Some(frame) = modem.transmit(clock.now()) {
        port.send(&frame).await.map_err(at(interface))?;
    }
    Ok(())
}

/// Where something failed.
fn at<E: Display>(interface: &str) -> impl Fn(E) -> String {
    move |error| format!("{interface}: {error}")
}
