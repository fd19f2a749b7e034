//! The plots of a scenario on one time axis.
//!
//! The curves are SVG stretched to the width of the page; all text is HTML beside them, so that it stays readable on a phone.

use units::Instant;

use crate::bands::{Band, Span, Subject};
use crate::curve::Curve;
use crate::escape::{attribute, markup};
use crate::format::number;
use crate::html::put;
use crate::series::{Mark, Series};
use crate::v2g::{Quantity, Which};

/// The time axis.
struct Axis {
    begin: Instant,
    micros: f64,
}

impl Axis {
    fn percent(&self, t: Instant) -> f64 {
        (t.since(self.begin).as_micros() as f64 / self.micros * 100.0).clamp(0.0, 100.0)
    }
}

/// One curve of a plot.
struct Line<'a> {
    name: &'static str,
    class: &'static str,
    curve: &'a Curve,
    /// How long its last value holds.
    until: Instant,
    /// A bound, which is not drawn where it would make everything else flat.
    is_limit: bool,
}

/// Writes the plots, each curve with at most so many points.
pub(crate) fn write(out: &mut String, series: &Series, points: usize) {
    let axis = Axis { begin: series.begin, micros: (series.end.since(series.begin).as_micros() as f64).max(1.0) };
    let seconds = axis.micros / 1e6;
    put(
        out,
        format_args!(
            "<div class=\"plots\" data-begin=\"{:.6}\" data-seconds=\"{seconds:.6}\">\n",
            series.begin.as_secs_f64()
        ),
    );
    flags(out, &axis, &series.marks);
    bands(out, &axis, &series.bands);
    let line = |name, class, curve| Line { name, class, curve, until: series.end, is_limit: false };
    plot(out, &axis, series, "Pilot level", "V", &[line("pilot", "c1", &series.pilot_v)], points);
    let current = [line("limit", "c4", &series.limit_a), line("current", "c2", &series.current_a)];
    plot(out, &axis, series, "Current", "A", &current, points);
    plot(out, &axis, series, "Power", "W", &[line("power", "c3", &series.power_w)], points);
    plot(out, &axis, series, "State of charge", "%", &[line("soc", "c5", &series.soc_pct)], points);
    v2g(out, &axis, series, points);
    ticks(out, &axis, seconds);
    legend(out, &series.marks);
    out.push_str("</div>\n");
}

/// What the messages between car and station say.
fn v2g(out: &mut String, axis: &Axis, series: &Series, points: usize) {
    // Beside curves of the charger itself it must be told whose these are.
    let own = !(series.current_a.is_empty() && series.power_w.is_empty());
    for (quantity, title, unit) in [
        (Quantity::Voltage, "Voltage", "V"),
        (Quantity::Current, "Current", "A"),
        (Quantity::Power, "Power", "W"),
        (Quantity::Charge, "State of charge", "%"),
    ] {
        let line = |which: Which| {
            let found = series.v2g.iter().find(|one| (one.quantity, one.which) == (quantity, which))?;
            Some(Line {
                name: which.name(),
                class: class(which),
                curve: &found.curve,
                until: found.until,
                is_limit: which.is_limit(),
            })
        };
        let lines: Vec<_> = Which::ALL.into_iter().filter_map(line).collect();
        let title = if own { format!("{title}, V2G") } else { title.to_owned() };
        plot(out, axis, series, &title, unit, &lines, points);
    }
}

const fn class(which: Which) -> &'static str {
    match which {
        Which::AtStation => "c2",
        Which::AtCar => "c5",
        Which::Target => "c4",
        Which::CarLimit => "c1 limit",
        Which::StationLimit => "c3 limit",
    }
}

/// Numbered flags above the plots; the legend below tells what they are.
fn flags(out: &mut String, axis: &Axis, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    // Flags that would cover each other are put into a second and third row.
    let mut ends = [-100.0_f64; 3];
    let mut rows = 1;
    let mut flags = String::new();
    for (index, mark) in marks.iter().enumerate() {
        let at = axis.percent(mark.t);
        let row = ends.iter().position(|end| at - end > 5.5).unwrap_or(2);
        ends[row] = at;
        rows = rows.max(row + 1);
        put(
            &mut flags,
            format_args!(
                "<span class=\"flag{} row{row}\" style=\"left:{at:.2}%\" title=\"{}\">{}</span>",
                if mark.failure { " bad" } else { "" },
                attribute(&mark.text),
                index + 1
            ),
        );
    }
    put(out, format_args!("<div class=\"flags\" style=\"height:{}px\">{flags}</div>\n", rows * 18 + 3));
}

fn legend(out: &mut String, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    out.push_str("<ol class=\"marks\">\n");
    for mark in marks {
        let class = if mark.failure { " class=\"bad\"" } else { "" };
        put(out, format_args!("<li{class}><time>{}</time> {}</li>\n", mark.t, markup(&mark.text)));
    }
    out.push_str("</ol>\n");
}

/// The bands of what lasted.
fn bands(out: &mut String, axis: &Axis, bands: &[Band]) {
    for one in bands {
        put(out, format_args!("<div class=\"row band\"><p><b>{}</b></p><div class=\"track\">", one.subject.name()));
        for span in &one.spans {
            band(out, axis, span, one.subject);
        }
        out.push_str("</div></div>\n");
    }
}

fn band(out: &mut String, axis: &Axis, span: &Span, subject: Subject) {
    let (left, right) = (axis.percent(span.from), axis.percent(span.to));
    let class = match (subject, span.label.chars().next()) {
        (Subject::Contactor, _) => "closed",
        (Subject::Lock, _) => "st-a",
        (Subject::Limit, _) => "st-b",
        (Subject::Faults, _) => "st-e",
        (Subject::Talk, _) if matches!(span.label.as_str(), "SLAC" | "SDP") => "st-a",
        (Subject::Talk, _) if span.label.contains("CurrentDemand") || span.label.contains("ChargeLoop") => "st-c",
        (Subject::Talk, _) if span.label == "ChargingStatus" => "st-c",
        (Subject::Talk, _) => "st-b",
        (Subject::Pilot, Some('A')) => "st-a",
        (Subject::Pilot, Some('B')) => "st-b",
        (Subject::Pilot, Some('C' | 'D')) => "st-c",
        (Subject::Pilot, _) => "st-e",
    };
    // A label that does not fit would only be noise; it is in the title.
    let (label, wide) = if right - left > 2.5 { (markup(&span.label), " wide") } else { (String::new(), "") };
    put(
        out,
        format_args!(
            "<span class=\"{class}{wide}\" style=\"left:{left:.2}%;width:{:.2}%\" title=\"{} from {} to {}\">{label}</span>",
            (right - left).max(0.1),
            attribute(&span.label),
            span.from,
            span.to
        ),
    );
}

fn plot(out: &mut String, axis: &Axis, series: &Series, title: &str, unit: &str, lines: &[Line<'_>], points: usize) {
    let range = |lines: &mut dyn Iterator<Item = &Line<'_>>| {
        let ranges = lines.filter_map(|line| line.curve.range());
        ranges.reduce(|(a, b), (low, high)| (a.min(low), b.max(high)))
    };
    let values = range(&mut lines.iter().filter(|line| !line.is_limit));
    // How far a limit may stand off what it limits.
    let far = |line: &Line<'_>| {
        let highest = values.map_or(f64::INFINITY, |(_, high)| high.max(0.0) * 2.0);
        line.is_limit && line.curve.range().is_some_and(|(_, high)| high > highest)
    };
    let Some((low, high)) = range(&mut lines.iter().filter(|line| !far(line))) else { return };
    let (low, high) = match unit {
        // Energy curves are read against zero, a state of charge is not.
        "%" => (low.floor(), high.ceil()),
        _ => (low.min(0.0), high.max(0.0)),
    };
    let high = if high - low < 1e-9 { low + 1.0 } else { high };
    let (unit, scale) = if unit == "W" && high.abs().max(low.abs()) >= 2000.0 { ("kW", 1000.0) } else { (unit, 1.0) };
    put(
        out,
        format_args!(
            "<div class=\"row\" data-low=\"{}\" data-high=\"{}\" data-unit=\"{unit}\"><p><b>{title}</b>",
            low / scale,
            high / scale
        ),
    );
    let (beyond, drawn): (Vec<_>, Vec<_>) =
        lines.iter().filter(|line| !line.curve.is_empty()).partition(|line| far(line));
    if drawn.len() + beyond.len() > 1 || drawn.iter().any(|line| line.is_limit) {
        for line in &drawn {
            put(out, format_args!("<span class=\"key {}\">{}</span>", line.class, line.name));
        }
    }
    for line in &beyond {
        if let Some((_, most)) = line.curve.range() {
            let most = number(most / scale, 1);
            put(out, format_args!("<span class=\"beyond\">{} {most} {unit}</span>", line.name));
        }
    }
    let digits = if (high - low) / scale < 100.0 { 2 } else { 1 };
    put(
        out,
        format_args!(
            "<output></output></p><div class=\"track\"><i class=\"high\">{} {unit}</i><i class=\"low\">{}</i>\
             <svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <path class=\"grid\" d=\"M0 50H1000\"/>",
            number(high / scale, digits),
            number(low / scale, digits)
        ),
    );
    let y = |value: f64| 100.0 - (value - low) / (high - low) * 100.0;
    if low < 0.0 && high > 0.0 {
        put(out, format_args!("<path class=\"zero\" d=\"M0 {0:.1}H1000\"/>", y(0.0)));
    }
    for mark in &series.marks {
        let class = if mark.failure { "mark bad" } else { "mark" };
        put(out, format_args!("<path class=\"{class}\" d=\"M{:.1} 0V100\"/>", axis.percent(mark.t) * 10.0));
    }
    for line in drawn {
        let thin = line.curve.thin(points);
        let corners = thin.held(line.until);
        put(out, format_args!("<path class=\"curve {}\" data-name=\"{}\" d=\"", line.class, line.name));
        let mut letter = 'M';
        for (t, value) in corners {
            put(out, format_args!("{letter}{} {}", number(axis.percent(t) * 10.0, 1), number(y(value), 1)));
            letter = 'L';
        }
        out.push_str("\"/>");
    }
    out.push_str("</svg></div></div>\n");
}

/// The labels of the time axis.
fn ticks(out: &mut String, axis: &Axis, seconds: f64) {
    let begin = axis.begin.as_secs_f64();
    let step = tick_step(seconds);
    put(out, format_args!("<div class=\"row axis\"><p></p><div class=\"track\">"));
    let mut tick = (begin / step).ceil();
    // At most a dozen by the choice of the step.
    while tick * step <= begin + seconds {
        let at = (tick * step - begin) / seconds * 100.0;
        // At the ends a label would stand out of the plot.
        let class = if at < 1.0 {
            " class=\"first\""
        } else if at > 97.0 {
            " class=\"last\""
        } else {
            ""
        };
        put(out, format_args!("<span{class} style=\"left:{at:.2}%\">{}</span>", clock(tick * step, step)));
        tick += 1.0;
    }
    out.push_str("</div></div>\n");
}

/// The smallest pleasant step that gives at most six ticks: more would run into each other on a phone.
fn tick_step(seconds: f64) -> f64 {
    const STEPS: [f64; 20] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
        7200.0, 21600.0,
    ];
    let fit = STEPS.into_iter().find(|step| seconds / step <= 6.0);
    fit.unwrap_or_else(|| (seconds / 6.0 / 86400.0).ceil() * 86400.0).max(seconds / 12.0)
}

/// A time as `4.5`, `1:20` or `2:05:00`, as exact as the step.
fn clock(seconds: f64, step: f64) -> String {
    if step < 1.0 {
        return format!("{} s", number(seconds, 2));
    }
    let s = seconds.round() as u64;
    match s {
        ..60 => format!("{s} s"),
        60..3600 => format!("{}:{:02}", s / 60, s % 60),
        _ => format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, well_formed};

    #[test]
    fn a_charge_is_drawn_on_one_axis_with_its_faults() {
        let mut out = String::new();
        write(&mut out, &Series::from_events(&charge().events()), 600);
        let elements = well_formed(&out).unwrap_or_else(|why| panic!("{why}\n{out}"));
        // Level, current, power, state of charge.
        assert_eq!(elements["svg"], 4);
        assert_eq!(out.matches("class=\"mark\"").count(), 4 * 2);
        for expected in ["<i class=\"high\">11.04 kW</i>", ">C2</span>", "detected: DiodeFault", ">1:00</span>"] {
            assert!(out.contains(expected), "{expected} is missing in {out}");
        }
    }

    #[test]
    fn the_axis_has_a_handful_of_ticks_whatever_its_length() {
        for seconds in [0.001, 0.3, 7.0, 61.0, 3600.0, 40_000.0, 86400.0 * 365.0] {
            let ticks = seconds / tick_step(seconds);
            assert!((0.05..=12.0).contains(&ticks), "{seconds}: {ticks}");
        }
        assert_eq!(
            [clock(0.25, 0.05), clock(45.0, 5.0), clock(80.0, 20.0), clock(7500.0, 300.0)],
            ["0.25 s", "45 s", "1:20", "2:05:00"]
        );
    }
}
