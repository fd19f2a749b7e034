//! A serial line with several devices on it, each with its number: Modbus RTU.
//!
//! All of them hear every question, and one answers. A device that is taken away falls silent; the line itself is gone once nothing
//! is left on it, as an adapter is that is pulled out together with its only device.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::task::Poll;

use devices::ByteDevice;
use devices::isocha425::IsoCha425;
use devices::modbus::RegisterServer;
use hardware::{FaultPlan, LinkFault};
use units::Instant;

use crate::serve::{self, Lasts, Tap};
use crate::stream::on_pty_while_there;
use crate::wiring::{MeterServer, Wiring, modbus_fault};

/// A device on the line.
enum Unit {
    Meter(MeterServer),
    Monitor(RegisterServer<IsoCha425>),
}

impl Unit {
    fn device(&mut self) -> &mut dyn ByteDevice {
        match self {
            Self::Meter(meter) => meter,
            Self::Monitor(monitor) => monitor,
        }
    }

    fn next_change(&self) -> Option<Instant> {
        match self {
            Self::Meter(meter) => meter.next_change(),
            Self::Monitor(monitor) => monitor.next_change(),
        }
    }
}

/// All devices of a line, as it sees them.
struct Units(Vec<Unit>);

impl ByteDevice for Units {
    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        for unit in &mut self.0 {
            unit.device().receive(now, bytes);
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        self.0.iter_mut().flat_map(|unit| unit.device().transmit(now)).collect()
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.iter().filter_map(Unit::next_change).min()
    }
}

/// Tells a device what the world measures, and what is broken on the way to it.
type Refresh = Box<dyn FnMut(&mut Unit)>;

/// The line while it is put together.
#[derive(Default)]
pub(crate) struct SharedLine {
    units: Vec<Unit>,
    refresh: Vec<Refresh>,
    /// What is broken on the way to each device.
    broken: Vec<FaultPlan>,
    /// Where what passes is told, for a line with a meter on it.
    tap: Option<Tap>,
}

impl SharedLine {
    /// Puts the meter of an EVSE on it.
    pub(crate) fn add_meter(&mut self, meter: MeterServer, wiring: &Wiring) {
        let (broken, mut refresh) = (wiring.breaks.meter.clone(), wiring.refresh_meter());
        self.tap.get_or_insert_with(|| wiring.tap("rs485"));
        self.broken.push(broken.clone());
        self.units.push(Unit::Meter(meter));
        self.refresh.push(Box::new(move |unit| {
            if let Unit::Meter(meter) = unit {
                refresh(meter, broken.current());
            }
        }));
    }

    /// Puts the insulation monitor of an EVSE on it.
    pub(crate) fn add_monitor(&mut self, monitor: RegisterServer<IsoCha425>, wiring: &Wiring) {
        let broken = wiring.breaks.insulation.clone();
        self.broken.push(broken.clone());
        self.units.push(Unit::Monitor(monitor));
        self.refresh.push(Box::new(move |unit| {
            if let Unit::Monitor(monitor) = unit {
                monitor.set_fault(modbus_fault(broken.current()));
            }
        }));
    }

    /// Puts the line on a pseudo terminal under that name; never ends by itself.
    pub(crate) fn spawn(self, station: &Wiring, node: &Path) {
        let Self { units, mut refresh, broken, tap } = self;
        let line = match &broken[..] {
            [only] => only.clone(),
            _ => {
                let line = FaultPlan::new();
                station.spawn("a line without devices", follow(broken, line.clone()));
                line
            }
        };
        let (mut units, clock, node) = (Units(units), station.terminals.clock, node.to_path_buf());
        station.spawn("a shared line", async move {
            on_pty_while_there(&node, &line, async |stream| {
                let refresh = |units: &mut Units, _| {
                    units.0.iter_mut().zip(&mut refresh).for_each(|(unit, refresh)| refresh(unit));
                };
                serve::bytes(&mut units, refresh, (&line, Lasts::UntilGone), stream, clock, tap.clone()).await
            })
            .await
        });
    }
}

/// The line is gone while all its devices are.
async fn follow(devices: Vec<FaultPlan>, line: FaultPlan) -> io::Result<()> {
    loop {
        let now: Vec<_> = devices.iter().map(FaultPlan::current).collect();
        let is_gone = now.iter().all(|fault| *fault == LinkFault::Gone);
        let wanted = if is_gone { LinkFault::Gone } else { LinkFault::None };
        if line.current() != wanted {
            line.set(wanted);
        }
        let mut changes: Vec<_> =
            devices.iter().zip(now).map(|(plan, fault)| Box::pin(plan.changes_from(fault))).collect();
        poll_fn(|context| {
            let changed = changes.iter_mut().any(|change| change.as_mut().poll(context).is_ready());
            if changed { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use devices::modbus::Framing;
    use hil::Endpoint;
    use wire::modbus::{Adu, Request, Table, rtu};

    fn meter(unit: u8) -> Unit {
        let endpoint: Endpoint = format!("modbus:pty?unit={unit}").parse().expect("an endpoint");
        Unit::Meter(crate::wiring::meter(&endpoint, Framing::Rtu).expect("a meter"))
    }

    #[test]
    fn each_unit_answers_for_itself() {
        let mut units = Units(vec![meter(1), meter(2)]);
        for (asked, answers) in [(1, true), (2, true), (3, false)] {
            let request = Request::Read { table: Table::Input, address: 0, count: 2 };
            let frame = rtu::encode(&Adu { unit: asked, pdu: request.encode() });
            let now = Instant::from_millis(1000 * u64::from(asked));
            units.receive(now, &frame);
            let answer = units.transmit(now);
            assert_eq!(answer.first().copied(), answers.then_some(asked), "{answer:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_is_there_as_long_as_one_device_is() {
        let (devices, line) = ([FaultPlan::new(), FaultPlan::new()], FaultPlan::new());
        let following = follow(devices.to_vec(), line.clone());
        let looking = async {
            let mut seen = Vec::new();
            for (place, fault) in [(0, LinkFault::Gone), (1, LinkFault::Gone), (0, LinkFault::Nack)] {
                devices[place].set(fault);
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                seen.push(line.current());
            }
            seen
        };
        let seen = tokio::select! {
            biased;
            seen = looking => seen,
            _ = following => unreachable!("it never ends"),
        };
        assert_eq!(seen, [LinkFault::None, LinkFault::Gone, LinkFault::None]);
    }
}
