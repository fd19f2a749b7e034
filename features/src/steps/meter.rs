//! What is wrong with a meter: at the outlet (`the meter`) or at the house connection (`the house meter`).

use cucumber::{given, when};
use grid_model::MeterEvent;
use twin::{Action, MeterAt};

use crate::parameters::{Energy, Jump, Line, Time, table};
use crate::stage::Stage;

/// Both meters.
const METERS: [(&str, MeterAt); 2] = [("the meter", MeterAt::Outlet), ("the house meter", MeterAt::House)];

table!(
    /// Which meter.
    MeterName(MeterAt), "meter", "meter", METERS
);

/// Its import register shows this for so long, whatever it stands at; then it shows the register again.
#[when(expr = "{meter} shows {energy} for {duration}")]
fn shows(stage: &mut Stage, meter: MeterName, import: Energy, lasting: Time) {
    let event = MeterEvent::Shows { import: import.0, lasting: lasting.0 };
    stage.act(Action::Meter(meter.is, event));
}

/// Its import register stands so much higher from now on, or lower with a minus.
#[when(expr = "{meter}'s register jumps by {jump}")]
fn jumps(stage: &mut Stage, meter: MeterName, by: Jump) {
    stage.act(Action::Meter(meter.is, MeterEvent::Jump(by.0)));
}

/// Its import register stands so much lower from now on, but never below zero.
#[when(expr = "{meter}'s register falls by {energy}")]
fn falls(stage: &mut Stage, meter: MeterName, by: Energy) {
    stage.act(Action::Meter(meter.is, MeterEvent::Jump(units::MilliwattHours(-by.0.0))));
}

/// Of all lines: what flows in counts as flowing out.
#[when(expr = "{meter}'s transformers are the wrong way round")]
#[given(expr = "{meter}'s transformers are the wrong way round")]
fn reversed(stage: &mut Stage, meter: MeterName) {
    for line in units::Phase::ALL {
        stage.cause(Action::Meter(meter.is, MeterEvent::Reversed(line)));
    }
}

/// Of one line: what flows in there counts as flowing out.
#[when(expr = "{meter}'s transformer of {line} is the wrong way round")]
#[given(expr = "{meter}'s transformer of {line} is the wrong way round")]
fn one_reversed(stage: &mut Stage, meter: MeterName, line: Line) {
    stage.cause(Action::Meter(meter.is, MeterEvent::Reversed(line.0)));
}

/// It shows its register, and its transformers are the right way round. A register that has jumped stays where it is.
#[when(expr = "{meter} is mended")]
fn mended(stage: &mut Stage, meter: MeterName) {
    stage.act(Action::Meter(meter.is, MeterEvent::Mended));
}
