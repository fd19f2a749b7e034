//! What there is to say at the end.

use std::fmt::Write as _;

use super::options::Plan;
use super::story::{End, Story};

/// The summary, as lines.
pub(super) fn summary(story: &mut Story, plan: &Plan, end: &End, wall_s: f64) -> String {
    let (_, car) = story.views();
    let balance = story.twin().energy_balance();
    let delivered = story.delivered();
    let virtual_s = story.now().as_secs_f64();
    let requests = story.twin().csms().map(|csms| csms.request_count());
    let cost = story.cost().to_string();
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // A string takes any text.
        let _ = writeln!(out, "  {name:<10} {value}");
    };
    line(
        "session",
        match end {
            End::Charged => "charged".into(),
            End::Interrupted => "ended early".into(),
            End::Nothing(_) => "no energy".into(),
        },
    );
    line("battery", format!("{:.1} % -> {:.1} %", plan.from.percent(), car.telemetry.soc.percent()));
    line("energy", format!("{:.3} kWh at the meter, {cost}", delivered.kilowatt_hours()));
    line("power", format!("{:.2} kW at most", story.peak().kilowatts()));
    line("losses", format!("{:.3} kWh in the car", balance.car_losses.kilowatt_hours()));
    if delivered.0 > 0 {
        line("balance", format!("{:.4} % between car, losses, meter and CSMS at most", balance.worst_gap() * 100.0));
    }
    if let Some(requests) = requests {
        line("CSMS", format!("{requests} messages"));
    }
    let speed = if wall_s > 0.0 { virtual_s / wall_s } else { 0.0 };
    line(
        "time",
        format!(
            "{} virtual in {wall_s:.2} s: {speed:.0} virtual seconds per wall second",
            &story.now().to_string()[..8]
        ),
    );
    if let Some(folder) = &plan.record {
        line("record", folder.join("events.ndjson").display().to_string());
        line("report", folder.join("report.html").display().to_string());
    }
    out
}
