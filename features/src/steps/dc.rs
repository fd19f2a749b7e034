//! The DC side: rectifier, insulation, and a bench that may drive them.

use cucumber::{given, then, when};
use hardware::SupplyTarget;
use station::BenchCommand;
use twin::{Action, DcLineAction, Device, Signal};
use units::Millivolts;

use crate::lookout::Lookout;
use crate::parameters::{Current, Resistance, Time, Voltage};
use crate::stage::Stage;

/// More than this must not be touched (IEC 61851-23), V.
pub(super) const SAFE_V: f64 = 60.0;

/// A rectifier gives what it is set to within this much (IEC 61851-23 CC.6.3: 10 V below 500 V, 1.5 % and more above).
fn tolerance(volts: f64) -> f64 {
    (volts * 0.015).max(10.0)
}

/// A charger with a rectifier and an insulation monitor, whose charger.toml lets the bench drive them.
#[given(expr = "a charger with a DC supply")]
fn dc_charger(stage: &mut Stage) {
    stage.at_evse().dc = true;
    BenchCommand::permit_all(&mut stage.setup().charger);
}

/// A charger with a rectifier and an insulation monitor, whose charger.toml says nothing of a bench.
#[given(expr = "a charger with a DC supply that no bench may drive")]
fn closed_dc_charger(stage: &mut Stage) {
    stage.at_evse().dc = true;
}

/// The voltage to hold and the current not to exceed.
#[when(expr = "the bench sets the DC supply to {voltage} and {current}")]
#[given(expr = "the bench sets the DC supply to {voltage} and {current}")]
fn set_supply(stage: &mut Stage, voltage: Voltage, current: Current) {
    stage.has(Device::Supply);
    if voltage.0 < 0.0 {
        stage.misstated(format!("{} V: no supply gives less than 0 V", voltage.0));
    }
    let target = SupplyTarget { voltage: Millivolts((voltage.0 * 1000.0).round() as i32), current: current.0 };
    stage.act(Action::Bench(BenchCommand::SetSupply(target)));
}

/// Its output is on from now on.
#[when(expr = "the bench switches the DC supply on")]
#[given(expr = "the bench switches the DC supply on")]
fn switch_on(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::Bench(BenchCommand::SwitchSupply(true)));
}

/// Its output is off from now on.
#[when(expr = "the bench switches the DC supply off")]
fn switch_off(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::Bench(BenchCommand::SwitchSupply(false)));
}

/// The insulation monitor tests itself.
#[when(expr = "the bench has the insulation monitor test itself")]
fn test_monitor(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::Bench(BenchCommand::TestInsulation));
}

/// It gives no more values.
#[when(expr = "the bench stops the insulation monitor")]
fn stop_monitor(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::Bench(BenchCommand::MeasureInsulation(false)));
}

/// It gives values again.
#[when(expr = "the bench starts the insulation monitor")]
fn start_monitor(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::Bench(BenchCommand::MeasureInsulation(true)));
}

/// From plus to earth.
#[when(expr = "{resistance} leaks from DC plus to earth")]
fn leak_plus(stage: &mut Stage, resistance: Resistance) {
    stage.has(Device::Supply);
    let plus = Some(resistance.0);
    stage.act(Action::DcLines(DcLineAction::Leakage { plus, minus: None }));
}

/// From minus to earth.
#[when(expr = "{resistance} leaks from DC minus to earth")]
fn leak_minus(stage: &mut Stage, resistance: Resistance) {
    stage.has(Device::Supply);
    let minus = Some(resistance.0);
    stage.act(Action::DcLines(DcLineAction::Leakage { plus: None, minus }));
}

/// Nothing leaks any more.
#[when(expr = "the DC lines are insulated again")]
fn insulated(stage: &mut Stage) {
    stage.has(Device::Supply);
    stage.act(Action::DcLines(DcLineAction::Leakage { plus: None, minus: None }));
}

/// A resistor across the output.
#[given(expr = "a load of {resistance} at the DC supply")]
#[when(expr = "a load of {resistance} is put on the DC supply")]
fn load(stage: &mut Stage, resistance: Resistance) {
    stage.has(Device::Supply);
    stage.act(Action::DcLines(DcLineAction::Load(Some(resistance.0))));
}

/// At its terminals, within 1.5 % or 10 V, whichever is more.
#[then(expr = "within {duration} the DC supply gives {voltage}")]
fn gives(stage: &mut Stage, time: Time, voltage: Voltage) {
    stage.has(Device::Supply);
    let near = move |volts: f64| (volts - voltage.0).abs() <= tolerance(voltage.0);
    stage.within(
        time.0,
        |rig| near(rig.probe(Signal::SupplyVoltage)),
        |rig| format!("it gives {:.1} V", rig.probe(Signal::SupplyVoltage)),
    );
}

/// At its terminals, at every instant.
#[then(expr = "for {duration} the DC supply never gives more than {voltage}")]
fn never_more(stage: &mut Stage, time: Time, voltage: Voltage) {
    stage.has(Device::Supply);
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::SupplyVoltage) <= voltage.0,
        |rig| format!("it gives {:.1} V", rig.probe(Signal::SupplyVoltage)),
    );
}

/// Below 60 V, which is safe to touch.
#[then(expr = "within {duration} the DC supply is dead")]
fn dead(stage: &mut Stage, time: Time) {
    stage.has(Device::Supply);
    stage.within(
        time.0,
        |rig| rig.probe(Signal::SupplyVoltage) < SAFE_V,
        |rig| format!("it still gives {:.1} V", rig.probe(Signal::SupplyVoltage)),
    );
}

/// Out of it, within 0.5 A.
#[then(expr = "within {duration} the DC supply delivers {current}")]
fn delivers(stage: &mut Stage, time: Time, current: Current) {
    stage.has(Device::Supply);
    stage.within(
        time.0,
        |rig| (rig.probe(Signal::SupplyCurrent) - current.0.amps()).abs() <= 0.5,
        |rig| format!("it delivers {:.2} A", rig.probe(Signal::SupplyCurrent)),
    );
}

/// The insulation monitor passed its self-test since the last action, or does within that time.
#[then(expr = "within {duration} the insulation monitor has passed its self-test")]
fn tested(stage: &mut Stage, time: Time) {
    stage.has(Device::Supply);
    let mut lookout = Lookout::from(stage.mark_position());
    stage.within(
        time.0,
        |rig| lookout.event(rig.log(), |event| event.is("insulation", "tested")),
        |_| "nothing was said of a self-test".into(),
    );
}
