//! One side of a matching against a program that nobody here wrote, with a modem model at each end of a cable: `ci/interop-plc-utils`
//! makes the interface and runs both.
//!
//! ```text
//!   their program ── veth ── their modem ═════ cable ═════ our modem ── our side of the matching
//! ```
//!
//! Arguments: `evse` or `pev`, which of the two the program is, and the interface at whose other end it sits. Ends with 0 when the
//! modems have become one network.

use std::process::ExitCode;
use std::time::Duration;

use devices::MessageDevice as _;
use devices::plc_cable::PlcCable;
use devices::plc_modem::PlcModem;
use hardware::PlcLink as _;
use hil::Open as _;
use hil::plc::PacketLink;
use slac::ev::{self, Ev};
use slac::evse::{self, Evse};
use slac::{Frame, MacAddress, Nmk, Output};
use tokio::time::{sleep, timeout};
use units::Instant;

const OURS: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x01]);
const OUR_MODEM: MacAddress = MacAddress([0x02, 0, 0, 0, 1, 0x01]);
const THEIR_MODEM: MacAddress = MacAddress([0x02, 0, 0, 0, 1, 0x02]);
/// TT_EVSE_SLAC_init, and a car that tries again.
const LIMIT: Duration = Duration::from_secs(60);
/// Our side.
enum Side {
    Car(Ev),
    Charger(Evse),
}

/// What our side wants next.
enum Wanted {
    Send(Frame),
    Told { what: String, over: Option<bool> },
    Wait(Option<Instant>),
}

impl Side {
    fn frame(&mut self, now: Instant, frame: &Frame) {
        match self {
            Self::Car(car) => car.handle_input(now, ev::Input::Frame(frame)),
            Self::Charger(charger) => charger.handle_input(now, evse::Input::Frame(frame)),
        }
    }

    fn link(&mut self, now: Instant, up: bool) {
        match self {
            Self::Car(car) => car.handle_input(now, ev::Input::Link(up)),
            Self::Charger(charger) => charger.handle_input(now, evse::Input::Link(up)),
        }
    }

    fn time(&mut self, now: Instant) {
        match self {
            Self::Car(car) => car.handle_input(now, ev::Input::Time),
            Self::Charger(charger) => charger.handle_input(now, evse::Input::Time),
        }
    }

    fn next(&mut self) -> Wanted {
        match self {
            Self::Car(car) => match car.poll_output() {
                Output::Send(frame) => Wanted::Send(frame),
                Output::Wait(until) => Wanted::Wait(until),
                Output::Event(event) => {
                    let over = match event {
                        ev::Event::LinkUp => Some(true),
                        ev::Event::Failed(_) => Some(false),
                        _ => None,
                    };
                    Wanted::Told { what: format!("{event:?}"), over }
                }
            },
            Self::Charger(charger) => match charger.poll_output() {
                Output::Send(frame) => Wanted::Send(frame),
                Output::Wait(until) => Wanted::Wait(until),
                Output::Event(event) => {
                    let over = matches!(event, evse::Event::LinkUp).then_some(true);
                    Wanted::Told { what: format!("{event:?}"), over }
                }
            },
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let Ok([peer, interface]) = <[String; 2]>::try_from(arguments) else {
        eprintln!("expected evse or pev, and an interface; ci/interop-plc-utils makes it");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(async { timeout(LIMIT, talk(&peer, &interface)).await }) {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::FAILURE,
        Ok(Err(why)) => {
            println!("{why}");
            ExitCode::FAILURE
        }
        Err(_) => {
            println!("no link within {LIMIT:?}");
            ExitCode::FAILURE
        }
    }
}

/// Matches until the modems are one network, or that came to nothing.
async fn talk(peer: &str, interface: &str) -> Result<bool, String> {
    let began = tokio::time::Instant::now();
    let clock = move || Instant::from_micros(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    let endpoint = format!("packet:{interface}").parse().map_err(|error| format!("{error}"))?;
    let mut link = PacketLink::open(&endpoint).await.map_err(|error| error.to_string())?;
    let mut ours = PlcModem::new(OUR_MODEM, "MAC-QCA7005-OURS");
    let mut theirs = PlcModem::new(THEIR_MODEM, "MAC-QCA7005-THEIRS");
    let (mut side, mut cable) = if peer == "evse" {
        (Side::Car(Ev::new(ev::Config::new(OURS))), PlcCable::new(theirs.clone(), ours.clone(), 1))
    } else {
        let mut charger = Evse::new(evse::Config::new(OURS));
        charger.handle_input(clock(), evse::Input::SetKey(Nmk(*b"sixteen letters!")));
        charger.handle_input(clock(), evse::Input::Begin);
        (Side::Charger(charger), PlcCable::new(ours.clone(), theirs.clone(), 1))
    };
    cable.join(clock(), true);
    println!("listening");
    let (mut begun, mut linked) = (false, false);
    loop {
        let now = clock();
        // Their charger is there as soon as it has given its modem a key.
        if let Side::Car(car) = &mut side
            && !begun
            && theirs.nmk().is_some()
        {
            begun = true;
            car.handle_input(now, ev::Input::Begin { seed: 1 });
        }
        side.time(now);
        cable.carry(now);
        if cable.is_linked() != linked {
            linked = !linked;
            side.link(now, linked);
        }
        while let Some(frame) = ours.transmit(now) {
            if let Ok(frame) = Frame::decode(&frame) {
                side.frame(now, &frame);
            }
        }
        while let Some(frame) = theirs.transmit(now) {
            link.send(&frame).await.map_err(|error| error.to_string())?;
        }
        let until = loop {
            match side.next() {
                Wanted::Send(frame) => ours.receive(now, &frame.encode()),
                Wanted::Told { what, over } => {
                    println!("{:.3} {what}", now.as_micros() as f64 / 1e6);
                    if let Some(over) = over {
                        return Ok(over);
                    }
                }
                Wanted::Wait(until) => break until,
            }
        };
        // What was sent just now is carried in the next turn.
        let changes = [until, cable.next_change(), ours.next_change(), theirs.next_change()];
        let soonest = changes.into_iter().flatten().min();
        let pause = if ours.has_for_line() || theirs.has_for_line() {
            Duration::ZERO
        } else {
            soonest.map_or(LIMIT, |at| Duration::from_micros(at.as_micros().saturating_sub(clock().as_micros())))
        };
        tokio::select! {
            biased;
            frame = link.receive() => {
                let frame = frame.map_err(|error| error.to_string())?;
                theirs.receive(clock(), &frame);
            }
            () = sleep(pause) => {}
        }
    }
}
