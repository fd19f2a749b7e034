//! Several devices on one RS485 line, over a real pty: one queue, one lock, and a silent one costs the others its timeout.
#![cfg(target_os = "linux")]

mod common;

use std::fs::File;
use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Pty, Shared, limited, lock};
use devices::ByteDevice;
use devices::dc::{DcCircuit, Rating};
use devices::isocha425::IsoCha425 as MonitorModel;
use devices::measured::MeterBank;
use devices::meters;
use devices::modbus::{Bus, Framing, ModbusFault, RegisterServer};
use hardware::{ErrorKind, InsulationMonitor, LinkError, Meter, MeterReading};
use hil::insulation::IsoCha425;
use hil::meter::AnyMeter;
use hil::{Open as _, holders};
use rustix::fs::{FlockOperation, flock};
use tokio::time::Instant;
use units::{Instant as Virtual, Millihertz, Millivolts, MilliwattHours, PerPhase};

/// A unit of a line that somebody outside breaks and mends.
struct Unit<B>(Shared<RegisterServer<B>>);

impl<B: devices::modbus::RegisterBank> ByteDevice for Unit<B> {
    fn receive(&mut self, now: Virtual, bytes: &[u8]) {
        lock(&self.0).receive(now, bytes);
    }

    fn transmit(&mut self, now: Virtual) -> Vec<u8> {
        lock(&self.0).transmit(now)
    }

    fn next_change(&self) -> Option<Virtual> {
        lock(&self.0).next_change()
    }
}

type MeterUnit = Shared<RegisterServer<Box<dyn MeterBank>>>;

fn reading(energy: i64) -> MeterReading {
    MeterReading {
        voltage: PerPhase::all(Millivolts::from_volts(230)),
        frequency: Millihertz(50_000),
        import: MilliwattHours::from_watt_hours(energy),
        ..MeterReading::default()
    }
}

fn meter(unit: u8) -> MeterUnit {
    let mut bank = meters::meter("eastron-sdm630-v2").expect("a map");
    bank.set_reading(reading(i64::from(unit) * 1000));
    Arc::new(Mutex::new(RegisterServer::new(Framing::Rtu, unit, bank)))
}

/// An outlet's meter as unit 1, an insulation monitor as unit 2, a house meter as unit 3.
fn line() -> (Pty, MeterUnit, Shared<RegisterServer<MonitorModel>>, MeterUnit) {
    let circuit = DcCircuit::new(Rating::default());
    let monitor = Arc::new(Mutex::new(RegisterServer::new(Framing::Rtu, 2, MonitorModel::new(circuit))));
    let (outlet, house) = (meter(1), meter(3));
    let units: Vec<Box<dyn ByteDevice>> =
        vec![Box::new(Unit(outlet.clone())), Box::new(Unit(monitor.clone())), Box::new(Unit(house.clone()))];
    (Pty::serve(Arc::new(Mutex::new(Bus::new(units))), 1), outlet, monitor, house)
}

async fn open_meter(pty: &Pty, unit: u8) -> Result<AnyMeter, LinkError> {
    let options = format!("9600n1&unit={unit}&map=eastron-sdm630-v2");
    AnyMeter::open(&pty.endpoint("modbus", &options).parse().expect("an endpoint")).await
}

async fn open_monitor(pty: &Pty, options: &str) -> Result<IsoCha425, LinkError> {
    IsoCha425::open(&pty.endpoint("isocha425", options).parse().expect("an endpoint")).await
}

/// Reads until it went well so often.
async fn reads(meter: &mut AnyMeter, expected: i64, times: usize) {
    let mut good = 0;
    while good < times {
        if let Ok(reading) = meter.read().await {
            assert_eq!(reading.import, MilliwattHours::from_watt_hours(expected), "of this meter and no other");
            good += 1;
        }
    }
}

#[tokio::test]
async fn three_devices_share_a_line_and_a_dead_one_costs_the_others_only_its_timeout() {
    limited(async {
        let (pty, _outlet, monitor, house) = line();
        let mut first = open_meter(&pty, 1).await.expect("it opens");
        let mut third = open_meter(&pty, 3).await.expect("it opens as well");
        let mut second = open_monitor(&pty, "9600n1&unit=2").await.expect("it opens as well");
        second.read().await.expect("it is well");
        for (fault, who) in [(ModbusFault::None, "nobody"), (ModbusFault::Mute, "the monitor")] {
            lock(&monitor).set_fault(fault);
            // It is asked all the time, and the others get their turns; what each turn costs is told in virtual time.
            let asks = async {
                loop {
                    let answer = second.read().await;
                    assert_eq!(answer.is_ok(), fault == ModbusFault::None, "{who} is broken: {answer:?}");
                }
            };
            tokio::select! {
                biased;
                ((), ()) = async { tokio::join!(reads(&mut first, 1000, 10), reads(&mut third, 3000, 10)) } => {}
                () = asks => {}
            }
        }
        lock(&house).set_fault(ModbusFault::BadCrc);
        let error = third.read().await.expect_err("damaged");
        assert_eq!(error.kind, ErrorKind::Garbled, "{error}");
        reads(&mut first, 1000, 3).await;
    })
    .await;
}

#[tokio::test]
async fn a_meter_that_answers_late_is_never_read_with_what_was() {
    limited(async {
        let (pty, outlet, _monitor, _house) = line();
        let mut meter = open_meter(&pty, 1).await.expect("it opens");
        meter.read().await.expect("it is well");
        lock(&outlet).set_fault(ModbusFault::SlowReply(Duration::from_millis(1200)));
        let until = Instant::now() + Duration::from_secs(7);
        while Instant::now() < until {
            let late = meter.read().await.expect_err("nothing comes in time");
            assert_eq!(late.kind, ErrorKind::TimedOut, "{late}");
        }
        lock(&outlet).set_fault(ModbusFault::None);
        lock(&outlet).bank_mut().set_reading(reading(1234));
        loop {
            if let Ok(read) = meter.read().await {
                assert_eq!(read.import, MilliwattHours::from_watt_hours(1234), "as it is now");
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_has_one_setting_and_one_user() {
    limited(async {
        let (pty, ..) = line();
        let meter = open_meter(&pty, 1).await.expect("it opens");
        let disagrees = open_monitor(&pty, "19200e1&unit=2").await.map(drop).expect_err("one line has one speed");
        assert_eq!(disagrees.kind, ErrorKind::Refused);
        assert!(disagrees.what.contains("uses this line with 9600-8n1, this one wants 19200-8e1"), "{disagrees}");
        drop(meter);
        open_monitor(&pty, "19200e1&unit=2").await.map(drop).expect("nobody else uses it now");
        // Another program has it.
        let other = File::open(&pty.path).expect("it is there");
        flock(other.as_fd(), FlockOperation::LockExclusive).expect("it is free");
        let taken = open_meter(&pty, 1).await.map(drop).expect_err("it is taken");
        assert_eq!(taken.kind, ErrorKind::Refused, "{taken}");
        assert!(taken.what.starts_with("it is in use by "), "{taken}");
        assert_eq!(holders(&pty.path), [], "this program is no other");
        drop(other);
        open_meter(&pty, 1).await.map(drop).expect("free again");
    })
    .await;
}

#[tokio::test]
async fn a_line_whose_driver_does_not_switch_the_direction_is_used_as_it_is() {
    limited(async {
        let (pty, ..) = line();
        let endpoint = pty.endpoint("modbus", "9600n1&unit=1&map=eastron-sdm630-v2&rs485");
        let mut meter = AnyMeter::open(&endpoint.parse().expect("an endpoint")).await.expect("it opens");
        meter.read().await.expect("a pty needs no direction");
    })
    .await;
}
