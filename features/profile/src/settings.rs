//! What a car's file has before what was measured: its battery, its charger, its contacts for direct current. Captures tell little
//! of it; the rest is assumed and says so, so that the file can be used at once and made right by hand.

use std::fmt::Write as _;

use toml::Value;
use vehicle_model::EvccProfile;

use crate::text::inline;

/// Behind a value that no capture told.
const ASSUMED: &str = "assumed";

/// A mid-sized car, where nothing says otherwise.
const CAPACITY_KWH: f64 = 60.0;

/// The settings of a car of that name.
pub(crate) fn settings(name: &str, evcc: &EvccProfile) -> String {
    let mut out = format!(
        "# Battery, charger and curve are settings, not measurements. What is called assumed was in no capture: set it by hand.\n\
         name = {}\n",
        Value::String(name.to_owned())
    );
    let mut table = |name: &str, values: &[(&str, String, &str)]| {
        let _ = writeln!(out, "\n[{name}]");
        for (key, value, comment) in values {
            let _ = writeln!(out, "{key} = {value} # {comment}");
        }
    };
    let capacity = limit(evcc, |limits| limits.energy_capacity_wh, 1_000.0..=500_000.0).map(|wh| wh / 1_000.0);
    let kwh = capacity.unwrap_or(CAPACITY_KWH);
    // So many kW for each kWh as cars of today take, less when the battery is nearly full.
    let curve = [(0, 1.5), (50, 1.0), (80, 0.6), (100, 0.1)].map(|(soc, share)| {
        let kw = (share * kwh * 10.0).round() / 10.0;
        format!("[{soc}, {}]", number(kw))
    });
    table(
        "battery",
        &[
            ("capacity_kwh", number(kwh), if capacity.is_some() { "EVEnergyCapacity" } else { ASSUMED }),
            ("cells_in_series", "96".into(), ASSUMED),
            ("resistance_mohm", "100".into(), ASSUMED),
            ("curve_kw", format!("[{}]", curve.join(", ")), ASSUMED),
        ],
    );
    let transfer = evcc.iso2_ac.iter().flat_map(|mode| &mode.energy_transfer).next().map(String::as_str);
    let (phases, of_phases) = match transfer {
        Some(transfer @ "AC_single_phase_core") => ("1", transfer),
        Some(transfer @ "AC_three_phase_core") => ("3", transfer),
        _ => ("3", ASSUMED),
    };
    // EVMaxCurrent is no help: cars say what their inlet could carry.
    table("charger", &[("phases", phases.into(), of_phases), ("max_current_a", "16".into(), ASSUMED)]);
    if evcc.din.is_some() || evcc.iso2_dc.is_some() {
        let volts = limit(evcc, |limits| limits.max_voltage_v, 150.0..=1_000.0);
        let amperes = limit(evcc, |limits| limits.max_current_a, 1.0..=1_000.0);
        table(
            "dc",
            &[
                told_or("max_voltage_v", volts, "EVMaximumVoltageLimit", 500.0),
                told_or("max_current_a", amperes, "EVMaximumCurrentLimit", 125.0),
            ],
        );
    }
    out
}

/// What the car says of itself when it charges with direct current, where a car's file can have it.
fn limit(
    evcc: &EvccProfile,
    of: impl Fn(&vehicle_model::EvLimits) -> Option<f64>,
    possible: std::ops::RangeInclusive<f64>,
) -> Option<f64> {
    [&evcc.iso2_dc, &evcc.din]
        .into_iter()
        .flatten()
        .find_map(|mode| of(&mode.limits))
        .filter(|it| possible.contains(it))
}

fn told_or(
    key: &'static str,
    told: Option<f64>,
    field: &'static str,
    otherwise: f64,
) -> (&'static str, String, &'static str) {
    match told {
        Some(value) => (key, number(value), field),
        None => (key, number(otherwise), ASSUMED),
    }
}

fn number(value: f64) -> String {
    inline(&Value::Float(value), 0)
}
