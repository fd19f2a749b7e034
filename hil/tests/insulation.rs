//! The insulation monitor's backend against its model, over a real pty and a loopback socket. The clock is the machine's:
//! tests wait for what happens, and a generous limit only keeps a broken one from hanging.
#![cfg(target_os = "linux")]

mod common;

use std::future::Future;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devices::ByteDevice as _;
use devices::dc::{DcCircuit, Rating};
use devices::isocha425::IsoCha425 as Model;
use devices::modbus::{Framing, ModbusFault, RegisterServer};
use hardware::{ErrorKind, InsulationMonitor, InsulationReading, LinkError};
use hil::insulation::IsoCha425;
use hil::{Open as _, Reopening};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use units::{Instant as Now, Milliamps, Millivolts, Ohms};
use wire::modbus::Exception;

type Device = Arc<Mutex<RegisterServer<Model>>>;

/// The model's time runs so many times as fast as ours.
const SPEED: u32 = 10;

async fn limited<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("it ends within a minute")
}

/// A monitor on a circuit at 500 V with a fault from minus to earth.
fn device(framing: Framing) -> Device {
    let circuit = DcCircuit::new(Rating::default());
    circuit.set_target(Now::ZERO, Millivolts::from_volts(500), Milliamps::from_amps(1));
    circuit.switch(Now::ZERO, true);
    circuit.set_leakage(Now::ZERO, None, Some(Ohms(100_000)));
    Arc::new(Mutex::new(RegisterServer::new(framing, 3, Model::new(circuit))))
}

fn exchange(device: &Device, started: Instant, bytes: &[u8]) -> Vec<u8> {
    let now = Now::from(started.elapsed() * SPEED);
    let mut device = device.lock().expect("nobody panicked with it");
    if !bytes.is_empty() {
        device.receive(now, bytes);
    }
    device.transmit(now)
}

fn break_so(device: &Device, fault: ModbusFault) {
    device.lock().expect("nobody panicked with it").set_fault(fault);
}

/// Serves the model at one end of a pty; answers the path of the other.
fn serve_pty(device: Device) -> (String, JoinHandle<()>) {
    let (master, path) = common::pty();
    (path.display().to_string(), tokio::spawn(pump(master, device)))
}

async fn pump(master: OwnedFd, device: Device) {
    let started = Instant::now();
    let mut buffer = [0; 512];
    loop {
        let read = rustix::io::read(&master, &mut buffer).unwrap_or(0);
        let out = exchange(&device, started, &buffer[..read]);
        // What does not fit is lost, as on a wire that nobody listens to.
        let _ = rustix::io::write(&master, &out);
        sleep(Duration::from_millis(1)).await;
    }
}

async fn serve_tcp(mut stream: TcpStream, device: Device, started: Instant) {
    let mut buffer = [0; 512];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let out = exchange(&device, started, &buffer[..read]);
        if stream.write_all(&out).await.is_err() {
            return;
        }
    }
}

/// The first valid reading: a machine under load may miss a time limit, and a monitor needs a while.
async fn valid(monitor: &mut impl InsulationMonitor) -> InsulationReading {
    loop {
        if let Ok(reading @ InsulationReading { resistance: Some(_), .. }) = monitor.read().await
            && reading.voltage == Millivolts::from_volts(500)
        {
            return reading;
        }
    }
}

const FAULTY: InsulationReading =
    InsulationReading { resistance: Some(Ohms(100_000)), voltage: Millivolts::from_volts(500) };

async fn open(endpoint: &str) -> Result<IsoCha425, LinkError> {
    IsoCha425::open(&endpoint.parse().expect("an endpoint")).await
}

#[tokio::test]
async fn over_a_serial_line_it_measures_tests_itself_and_every_fault_of_the_line_has_its_name() {
    limited(async {
        let device = device(Framing::Rtu);
        let (path, server) = serve_pty(Arc::clone(&device));
        let mut monitor = open(&format!("isocha425:{path}?19200e1&unit=3&gap_ms=10")).await.expect("it opens");
        while monitor.measure(true).await.is_err() {}
        assert_eq!(valid(&mut monitor).await, FAULTY);
        monitor.self_test().await.expect("it passes");
        assert_eq!(valid(&mut monitor).await, FAULTY);
        for (fault, kind) in [
            (ModbusFault::Mute, ErrorKind::TimedOut),
            (ModbusFault::BadCrc, ErrorKind::Garbled),
            (ModbusFault::ShortReply, ErrorKind::Garbled),
            (ModbusFault::WrongUnit, ErrorKind::Garbled),
            (ModbusFault::Exception(Exception::ServerDeviceFailure), ErrorKind::Refused),
        ] {
            break_so(&device, fault);
            let error = monitor.read().await.expect_err("it is broken");
            assert_eq!(error.kind, kind, "{fault:?}: {error}");
            assert_eq!(error.device, format!("{path} unit 3"));
            break_so(&device, ModbusFault::None);
            assert_eq!(valid(&mut monitor).await, FAULTY, "mended after {fault:?}");
        }
        // Two answers at once, of which one is late: an error, or the right values, and never one value for another.
        break_so(&device, ModbusFault::MergedReplies);
        let mut errors = 0;
        for _ in 0..4 {
            match monitor.read().await {
                Ok(reading) => assert_eq!(reading, FAULTY),
                Err(_) => errors += 1,
            }
        }
        assert!(errors > 0);
        break_so(&device, ModbusFault::None);
        assert_eq!(valid(&mut monitor).await, FAULTY);
        // The adapter is pulled.
        server.abort();
        let mut gone = monitor.read().await;
        while gone.as_ref().is_ok() || gone.as_ref().is_err_and(|error| error.kind == ErrorKind::TimedOut) {
            gone = monitor.read().await;
        }
        assert_eq!(gone.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
    })
    .await;
}

#[tokio::test]
async fn behind_a_gateway_it_is_read_again_after_the_gateway_was_gone() {
    limited(async {
        let device = device(Framing::Tcp);
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = gateway.local_addr().expect("an address");
        let started = Instant::now();
        let (closed, mut close) = tokio::sync::mpsc::channel::<()>(1);
        let serving = Arc::clone(&device);
        tokio::spawn(async move {
            while let Ok((stream, _)) = gateway.accept().await {
                tokio::select! {
                    biased;
                    _ = close.recv() => {}
                    () = serve_tcp(stream, Arc::clone(&serving), started) => {}
                }
            }
        });
        let endpoint = format!("isocha425:tcp:{address}").parse().expect("an endpoint");
        let mut monitor = Reopening::<IsoCha425>::new(endpoint);
        while monitor.measure(true).await.is_err() {}
        assert_eq!(valid(&mut monitor).await, FAULTY);
        break_so(&device, ModbusFault::BadCrc);
        let error = monitor.read().await.expect_err("a bad header");
        assert_eq!(error.kind, ErrorKind::Garbled, "{error}");
        break_so(&device, ModbusFault::None);
        assert_eq!(valid(&mut monitor).await, FAULTY);
        closed.send(()).await.expect("the gateway is there");
        assert_eq!(valid(&mut monitor).await, FAULTY);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    for (endpoint, kind, expected) in [
        ("isocha425:/dev/plugfest-none?unit=3", ErrorKind::Disconnected, "cannot be opened as a serial line"),
        ("isocha425:/dev/plugfest-none?unit=0", ErrorKind::Refused, "unit: expected 1 to 247"),
        ("isocha425:/dev/plugfest-none?19200x1", ErrorKind::Refused, "19200x1: expected a line such as"),
        ("isocha425:/dev/plugfest-none?parity=e", ErrorKind::Refused, "unknown option \"parity\""),
        ("isocha425:/dev/plugfest-none?gap_ms=-1", ErrorKind::Refused, "gap_ms: expected 0 to 65535"),
    ] {
        let error = open(endpoint).await.map(drop).expect_err("it cannot be");
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.what.contains(expected), "{error}");
    }
}
