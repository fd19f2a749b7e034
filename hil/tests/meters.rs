//! The meter backends against the models, over real ptys and loopback sockets. The clock is the machine's: tests wait for
//! what happens, and a generous limit only keeps a broken one from hanging.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Pty, Shared, limited, lock};
use devices::linky::{Linky, LinkyFault, LinkySerial, LinkyUdp};
use devices::measured::MeterBank;
use devices::meters;
use devices::modbus::{Framing, ModbusFault, RegisterServer};
use devices::{ByteDevice, MessageDevice};
use hardware::{ErrorKind, LinkError, Meter, MeterReading};
use hil::meter::AnyMeter;
use hil::{Open as _, Reopening};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::{Instant, sleep};
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, PhaseCount, Watts};
use wire::modbus::Exception;
use wire::register_map::WordOrder;
use wire::tic::Mode;

async fn open(endpoint: &str) -> Result<AnyMeter, LinkError> {
    AnyMeter::open(&endpoint.parse().expect("an endpoint")).await
}

/// The first good reading: a machine under load may miss a time limit.
async fn good(meter: &mut impl Meter) -> MeterReading {
    loop {
        if let Ok(reading) = meter.read().await {
            return reading;
        }
    }
}

/// Three lines, of which one gives back.
fn reading() -> MeterReading {
    MeterReading {
        current: PerPhase([Milliamps(16_000), Milliamps(-10_000), Milliamps(0)]),
        voltage: PerPhase([Millivolts(230_500), Millivolts(231_000), Millivolts(229_500)]),
        power: PerPhase([Watts(3688), Watts(-2310), Watts(0)]),
        frequency: Millihertz(49_980),
        import: MilliwattHours::from_watt_hours(12_500),
        export: MilliwattHours::from_watt_hours(2_500),
    }
}

fn modbus_meter(map: &str, framing: Framing) -> Shared<RegisterServer<Box<dyn MeterBank>>> {
    let mut meter = meters::meter(map).expect("a map");
    meter.set_reading(reading());
    Arc::new(Mutex::new(RegisterServer::new(framing, 1, meter)))
}

#[tokio::test]
async fn an_eastron_on_a_serial_line_is_read_and_every_fault_has_its_name() {
    limited(async {
        let device = modbus_meter("eastron-sdm72d-m-v2", Framing::Rtu);
        let pty = Pty::serve(Arc::clone(&device), 1);
        let options = "9600n1&unit=1&map=eastron-sdm72d-m-v2&timeout_ms=300";
        let mut meter = open(&pty.endpoint("modbus", options)).await.expect("it opens");
        assert_eq!(good(&mut meter).await, reading());
        for (fault, kind, expected) in [
            (ModbusFault::Mute, ErrorKind::TimedOut, "no answer within"),
            (ModbusFault::BadCrc, ErrorKind::Garbled, "a bad checksum"),
            (ModbusFault::ShortReply, ErrorKind::Garbled, "a cut frame"),
            (ModbusFault::WrongUnit, ErrorKind::Garbled, "another's"),
            (ModbusFault::Exception(Exception::ServerDeviceBusy), ErrorKind::Refused, "usy"),
            (ModbusFault::SlowReply(Duration::from_millis(450)), ErrorKind::TimedOut, "no answer within"),
        ] {
            lock(&device).set_fault(fault);
            let error = meter.read().await.expect_err("it is broken");
            assert_eq!(error.kind, kind, "{fault:?}: {error}");
            assert!(error.what.contains(expected), "{fault:?}: {error}");
            assert!(error.device.ends_with("unit 1"), "{error}");
            lock(&device).set_fault(ModbusFault::None);
            assert_eq!(good(&mut meter).await, reading(), "mended after {fault:?}");
        }
        lock(&device).bank_mut().set_word_order(WordOrder::Cdab);
        let error = meter.read().await.expect_err("wrong words");
        assert_eq!(error.kind, ErrorKind::Garbled);
        assert!(error.what.ends_with("word_order=cdab would give 230.5 V"), "{error}");
        drop(meter);
        let mut told = open(&pty.endpoint("modbus", &format!("{options}&word_order=cdab"))).await.expect("it opens");
        assert_eq!(good(&mut told).await, reading());
        drop(told);
        let mut other = open(&pty.endpoint("modbus", &options.replace("unit=1", "unit=2"))).await.expect("it opens");
        assert_eq!(other.read().await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
    })
    .await;
}

#[tokio::test]
async fn a_meter_with_integers_of_64_bits_is_read_in_every_word_order() {
    limited(async {
        let device = modbus_meter("abb-b23", Framing::Rtu);
        let pty = Pty::serve(Arc::clone(&device), 1);
        for order in WordOrder::ALL {
            lock(&device).bank_mut().set_word_order(order);
            let options = format!("19200-8e1&map=abb-b23&word_order={}", order.name());
            let mut meter = open(&pty.endpoint("modbus", &options)).await.expect("it opens");
            assert_eq!(good(&mut meter).await, reading());
        }
    })
    .await;
}

#[tokio::test]
async fn a_meter_that_refuses_an_address_of_a_manual_is_told_with_the_right_number() {
    limited(async {
        let map = std::env::temp_dir().join(format!("plugfest-manual-{}.toml", std::process::id()));
        let text = "quantities.voltage_l1 = { address = 30001 }\nquantities.current_l1 = { address = 30007 }\n\
            quantities.power = { address = 30053 }\nquantities.import = { address = 30073 }\n";
        fs::write(&map, text).expect("a file");
        let pty = Pty::serve(modbus_meter("eastron-sdm72d-m-v2", Framing::Rtu), 1);
        let endpoint = pty.endpoint("modbus", &format!("timeout_ms=2000&map={}", map.display()));
        let mut meter = open(&endpoint).await.expect("it opens");
        let error = meter.read().await.expect_err("there are no such registers");
        fs::remove_file(&map).expect("it is there");
        assert_eq!(error.kind, ErrorKind::Refused, "{error}");
        assert!(error.what.ends_with("what a manual calls 30001 is input register 0 here"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_meter_whose_adapter_is_pulled_and_plugged_in_again_is_read_again() {
    limited(async {
        let link = std::env::temp_dir().join(format!("plugfest-meter-{}", std::process::id()));
        let plug_in = |link: &Path, pty: &Pty| {
            let _ = fs::remove_file(link);
            symlink(&pty.path, link).expect("a link, as udev makes them");
        };
        let pty = Pty::serve(modbus_meter("eastron-sdm72d-m-v2", Framing::Rtu), 1);
        plug_in(&link, &pty);
        let endpoint = format!("modbus:{}?map=eastron-sdm72d-m-v2", link.display());
        let mut meter = Reopening::<AnyMeter>::new(endpoint.parse().expect("an endpoint"));
        assert_eq!(good(&mut meter).await, reading());
        drop(pty);
        fs::remove_file(&link).expect("the link");
        // The hang-up takes effect when the task is gone.
        let mut gone = meter.read().await;
        while gone.as_ref().is_ok() || gone.as_ref().is_err_and(|error| error.kind == ErrorKind::TimedOut) {
            gone = meter.read().await;
        }
        assert_eq!(gone.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
        assert_eq!(meter.read().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
        let pty = Pty::serve(modbus_meter("eastron-sdm72d-m-v2", Framing::Rtu), 1);
        plug_in(&link, &pty);
        assert_eq!(good(&mut meter).await, reading());
        fs::remove_file(&link).expect("the link");
    })
    .await;
}

async fn serve_tcp<D: ByteDevice>(mut stream: TcpStream, device: Shared<D>) {
    let started = Instant::now();
    let mut buffer = [0; 512];
    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
        let now = units::Instant::from(started.elapsed());
        let out = {
            let mut device = lock(&device);
            device.receive(now, &buffer[..bytes]);
            device.transmit(now)
        };
        if stream.write_all(&out).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn an_eastron_behind_a_tcp_gateway_is_read_again_after_the_gateway_was_gone() {
    limited(async {
        let device = modbus_meter("eastron-sdm72d-m-v2", Framing::Tcp);
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = gateway.local_addr().expect("an address");
        let (closed, mut close) = tokio::sync::mpsc::channel::<()>(1);
        let serving = Arc::clone(&device);
        tokio::spawn(async move {
            loop {
                let (stream, _) = gateway.accept().await.expect("a connection");
                tokio::select! {
                    biased;
                    _ = close.recv() => {}
                    () = serve_tcp(stream, Arc::clone(&serving)) => {}
                }
            }
        });
        let endpoint = format!("modbus:tcp:{address}?unit=1&map=eastron-sdm72d-m-v2&timeout_ms=300");
        let mut meter = open(&endpoint).await.expect("it opens");
        assert_eq!(good(&mut meter).await, reading());
        lock(&device).set_fault(ModbusFault::BadCrc);
        let error = meter.read().await.expect_err("a bad header");
        assert!(matches!(error.kind, ErrorKind::Garbled), "{error}");
        lock(&device).set_fault(ModbusFault::None);
        assert_eq!(good(&mut meter).await, reading());
        closed.send(()).await.expect("the gateway is there");
        // The gateway hangs up; the next read says so or is on a new connection already.
        assert_eq!(good(&mut meter).await, reading());
        let refused = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let error = open(&format!("modbus:tcp:{refused}?map=eastron-sdm230")).await.expect_err("nobody is there");
        assert_eq!(error.kind, ErrorKind::Disconnected);
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_another_length_is_garbled_and_no_panic() {
    limited(async {
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = gateway.local_addr().expect("an address");
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = gateway.accept().await.expect("a connection");
                let mut request = [0; 12];
                while stream.read_exact(&mut request).await.is_ok() {
                    // One register, whatever was asked for.
                    let answer = [request[0], request[1], 0, 0, 0, 5, request[6], request[7], 2, 0x12, 0x34];
                    stream.write_all(&answer).await.expect("a listener");
                }
            }
        });
        let mut meter = open(&format!("modbus:tcp:{address}?map=eastron-sdm230")).await.expect("it opens");
        for _ in 0..2 {
            let error = meter.read().await.expect_err("too short");
            assert_eq!(error.kind, ErrorKind::Garbled);
            assert!(error.what.contains("14 input registers from 0: the answer has 1 of them"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn over_tcp_a_late_answer_is_told_by_its_transaction_and_the_connection_is_kept() {
    limited(async {
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = gateway.local_addr().expect("an address");
        let connections = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = gateway.accept().await.expect("a connection");
                *lock(&counted) += 1;
                let mut earlier = Vec::new();
                let mut request = [0; 12];
                // The first answer comes with the second, and so on: always one late, whatever is asked.
                for number in 0u8.. {
                    if stream.read_exact(&mut request).await.is_err() {
                        break;
                    }
                    let words = usize::from(request[11]);
                    let mut answer = [&request[..2], &[0, 0, 0, 3 + 2 * words as u8], &request[6..8]].concat();
                    answer.push(2 * words as u8);
                    answer.extend([0x43, 0x66].into_iter().cycle().take(2 * words));
                    let late = std::mem::replace(&mut earlier, answer);
                    // From the third question on each has its own.
                    let out = if number < 2 { late } else { std::mem::take(&mut earlier) };
                    stream.write_all(&out).await.expect("a listener");
                }
            }
        });
        let endpoint = format!("modbus:tcp:{address}?map=eastron-sdm230&timeout_ms=200");
        let mut meter = open(&endpoint).await.expect("it opens");
        for _ in 0..2 {
            let error = meter.read().await.expect_err("only the answer to the question before");
            assert_eq!(error.kind, ErrorKind::TimedOut, "{error}");
        }
        // The values are nonsense on purpose: an answer of its own came.
        let error = meter.read().await.expect_err("no such mains");
        assert!(error.what.contains("expected"), "{error}");
        assert_eq!(*lock(&connections), 1, "a gateway with one place for a client keeps it");
    })
    .await;
}

fn linky(mode: Mode, phases: PhaseCount) -> Linky {
    let mut meter = Linky::new(mode, phases);
    meter.set_reading(MeterReading {
        current: PerPhase([12, 0, 0].map(Milliamps::from_amps)),
        voltage: PerPhase([230, 0, 0].map(Millivolts::from_volts)),
        power: PerPhase([2760, 0, 0].map(Watts)),
        import: MilliwattHours::from_watt_hours(1_234_567),
        export: MilliwattHours::from_watt_hours(4_321),
        frequency: Millihertz(50_000),
    });
    meter
}

/// What a house meter tells of it.
fn told(export: i64) -> MeterReading {
    MeterReading {
        current: PerPhase([12, 0, 0].map(Milliamps::from_amps)),
        voltage: PerPhase([230, 0, 0].map(Millivolts::from_volts)),
        power: PerPhase([2760, 0, 0].map(Watts)),
        import: MilliwattHours::from_watt_hours(1_234_567),
        export: MilliwattHours::from_watt_hours(export),
        frequency: Millihertz::ZERO,
    }
}

async fn bad(meter: &mut AnyMeter) -> LinkError {
    loop {
        match meter.read().await {
            Ok(_) => sleep(Duration::from_millis(20)).await,
            Err(error) => return error,
        }
    }
}

#[tokio::test]
async fn a_house_meter_on_a_serial_line_is_heard_in_both_modes_and_every_fault_has_its_name() {
    limited(async {
        for (mode, options, export) in
            [(Mode::Historic, "1200e1&mode=historic&stale_s=1", 0), (Mode::Standard, "mode=standard&stale_s=1", 4_321)]
        {
            let device = Arc::new(Mutex::new(LinkySerial::new(linky(mode, PhaseCount::One))));
            let pty = Pty::serve(Arc::clone(&device), 20);
            let mut meter = open(&pty.endpoint("tic", options)).await.expect("it opens");
            assert_eq!(good(&mut meter).await, told(export), "{mode:?}");
            for (fault, kind, expected) in [
                (LinkyFault::BadChecksums, ErrorKind::Garbled, "bad checksums"),
                (LinkyFault::Truncated, ErrorKind::Garbled, "broken off"),
                (LinkyFault::Silent, ErrorKind::TimedOut, "nothing for 1 s"),
            ] {
                lock(&device).meter_mut().set_fault(fault);
                let error = bad(&mut meter).await;
                // The first error may still tell of the frame that was on the wire.
                let error = if error.kind == kind { error } else { bad(&mut meter).await };
                assert_eq!(error.kind, kind, "{mode:?} {fault:?}: {error}");
                assert!(error.what.contains(expected), "{mode:?} {fault:?}: {error}");
                lock(&device).meter_mut().set_fault(LinkyFault::None);
                assert_eq!(good(&mut meter).await, told(export), "{mode:?} after {fault:?}");
            }
            drop(pty);
            let mut gone = bad(&mut meter).await;
            while gone.kind != ErrorKind::Disconnected {
                gone = bad(&mut meter).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_house_meter_of_the_other_mode_is_garbled() {
    limited(async {
        let device = Arc::new(Mutex::new(LinkySerial::new(linky(Mode::Historic, PhaseCount::One))));
        let pty = Pty::serve(device, 20);
        let mut meter = open(&pty.endpoint("tic", "mode=standard&stale_s=1")).await.expect("it opens");
        let error = bad(&mut meter).await;
        assert_eq!(error.kind, ErrorKind::Garbled);
        assert!(error.what.contains("no whole frame of standard mode"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_house_meter_behind_a_udp_gateway_is_heard_and_a_stranger_is_not() {
    limited(async {
        let gateway = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        // A free port: taken, told, and given back.
        let to = UdpSocket::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let mut meter = open(&format!("tic:udp:{to}?mode=standard&peer=127.0.0.1")).await.expect("it opens");
        let mut stranger_refused = open("tic:udp:127.0.0.1:0?mode=standard&peer=localhost").await;
        assert_eq!(stranger_refused.as_mut().map_err(|error| error.kind).err(), Some(ErrorKind::Refused));
        let mut device = LinkyUdp::new(linky(Mode::Standard, PhaseCount::One));
        let frame = device.transmit(units::Instant::ZERO).expect("a frame");
        gateway.send_to(&frame, to).await.expect("sent");
        assert_eq!(meter.read().await, Ok(told(4_321)));
        drop(meter);
        let mut meter = open(&format!("tic:udp:{to}?mode=standard&peer=127.0.0.2&stale_s=1")).await.expect("it opens");
        gateway.send_to(&frame, to).await.expect("sent");
        assert_eq!(meter.read().await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
    })
    .await;
}
