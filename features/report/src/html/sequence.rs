//! The message sequence chart, as SVG.

use crate::escape::{cut, markup};
use crate::format::count;
use crate::html::put;
use crate::message::{Kind, Lane, Message, Noise};
use crate::scenario::Exchange;

const WIDTH: i32 = 1040;
const TOP: i32 = 34;
/// Where the text of the times ends.
const TIMES: i32 = 78;

/// Which lifelines there are, and where they stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    /// All parties of a charger.
    All,
    /// A car and a station, of which nothing is known but what they say to each other.
    Two,
}

impl Layout {
    fn of(exchange: &Exchange) -> Self {
        let between = |message: &Message| {
            let of_talk = matches!(message.actor, "slac" | "sdp" | "v2g");
            of_talk && [message.from, message.to].iter().all(|lane| matches!(lane, Lane::Car | Lane::Session))
        };
        if exchange.messages.iter().all(between) { Self::Two } else { Self::All }
    }

    const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::All => &Lane::ALL,
            Self::Two => &[Lane::Car, Lane::Session],
        }
    }

    const fn title(self, lane: Lane) -> &'static str {
        match (self, lane) {
            (Self::Two, Lane::Car) => "Car",
            (Self::Two, Lane::Session) => "Station",
            (Self::All | Self::Two, lane) => lane.title(),
        }
    }

    /// The widest gap is where the longest texts are: between session and CSMS.
    const fn x(self, lane: Lane) -> i32 {
        match (self, lane) {
            (Self::Two, Lane::Car) => 150,
            (Self::Two, _) => 970,
            (Self::All, Lane::Car) => 146,
            (Self::All, Lane::Board) => 296,
            (Self::All, Lane::Session) => 466,
            (Self::All, Lane::Csms) => 836,
            (Self::All, Lane::Meter) => 972,
        }
    }

    /// Where what belongs to nobody stands.
    const fn middle(self) -> i32 {
        match self {
            Self::All => self.x(Lane::Session),
            Self::Two => 560,
        }
    }
}

/// How many pixels a character takes; a fair guess for the fonts of the page.
fn width(text: &str, per_char: f64) -> i32 {
    (text.chars().count() as f64 * per_char).round() as i32
}

const TITLE: f64 = 6.4;
/// Bold text is wider.
const BOLD: f64 = 7.4;
const DETAIL: f64 = 5.6;

/// The chart, with a note of what was left out.
pub(crate) fn write(out: &mut String, exchange: &Exchange) {
    out.push_str("<div class=\"sequence\">\n");
    let layout = Layout::of(exchange);
    let heights: Vec<i32> = exchange.messages.iter().map(height).collect();
    let left_out = |n: usize, word: &str| (n > 0).then(|| format!("{} {word}", count(n, "message")));
    let (before, after) =
        (left_out(exchange.before, "before are left out"), left_out(exchange.after, "after are left out"));
    let (first, last) = (i32::from(before.is_some()) * 24, i32::from(after.is_some()) * 24);
    let total = TOP + first + heights.iter().sum::<i32>() + last + 12;
    put(
        out,
        format_args!(
            "<svg class=\"lanes\" viewBox=\"0 0 {WIDTH} {total}\" width=\"{WIDTH}\" height=\"{total}\" role=\"img\" \
             aria-label=\"Message sequence chart\">\n"
        ),
    );
    for &lane in layout.lanes() {
        let x = layout.x(lane);
        put(
            out,
            format_args!(
                "<line class=\"life\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{total}\"/>\
                 <rect class=\"head\" x=\"{}\" y=\"3\" width=\"112\" height=\"22\" rx=\"11\"/>\
                 <text class=\"title\" x=\"{x}\" y=\"18\">{}</text>\n",
                TOP - 9,
                x - 56,
                layout.title(lane)
            ),
        );
    }
    let mut y = TOP;
    let mut note = |y: &mut i32, text: Option<String>| {
        if let Some(text) = text {
            put(
                out,
                format_args!(
                    "<text class=\"gap\" x=\"{}\" y=\"{}\">\u{22ee} {text}</text>\n",
                    layout.middle(),
                    *y + 15
                ),
            );
            *y += 24;
        }
    };
    note(&mut y, before);
    let mut shown = None;
    for (message, height) in exchange.messages.iter().zip(&heights) {
        draw(out, layout, message, y, *height, shown != Some(message.t));
        shown = Some(message.t);
        y += height;
    }
    if let Some(text) = after {
        put(
            out,
            format_args!("<text class=\"gap\" x=\"{}\" y=\"{}\">\u{22ee} {text}</text>\n", layout.middle(), y + 15),
        );
    }
    out.push_str("</svg>\n</div>\n");
}

fn height(message: &Message) -> i32 {
    match message.kind {
        Kind::Step => 32,
        Kind::Fault | Kind::Failure => 32,
        Kind::Note | Kind::Trouble if message.from == message.to => 30,
        Kind::Arrow | Kind::Note | Kind::Reply | Kind::Trouble => {
            if message.detail.is_empty() {
                28
            } else {
                40
            }
        }
    }
}

fn draw(out: &mut String, layout: Layout, message: &Message, y: i32, height: i32, with_time: bool) {
    // The fields tell all that the detail does.
    let line = if message.fields.is_empty() { cut(&message.line(), 400) } else { message.text.clone() };
    let tip = format!("{} {}{line}\n{}", message.t, message.place(), message.fields);
    put(out, format_args!("<g class=\"{}\"><title>{}</title>", class(message), markup(tip.trim_end())));
    if !message.fields.is_empty() {
        // All of its place can be pointed at, not only its thin lines.
        put(out, format_args!("<path class=\"hit\" d=\"M0 {y}h{WIDTH}v{height}h-{WIDTH}z\"/>"));
    }
    let time = |out: &mut String, y: i32| {
        if with_time {
            put(out, format_args!("<text class=\"when\" x=\"{TIMES}\" y=\"{y}\">{}</text>", message.t));
        }
    };
    match message.kind {
        Kind::Step => {
            put(
                out,
                format_args!(
                    "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{0}\" y2=\"{0}\"/><text x=\"10\" y=\"{1}\">{2}</text>",
                    y + 8,
                    y + 23,
                    markup(&cut(&message.line(), 140))
                ),
            );
        }
        Kind::Fault | Kind::Failure => {
            time(out, y + 19);
            // The whole message stands above the chart.
            let line = message.place() + &message.line();
            let line = cut(line.lines().next().unwrap_or_default(), 110);
            let sign = if message.kind == Kind::Fault { "\u{26a1}" } else { "\u{2717}" };
            put(
                out,
                format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/><text x=\"{}\" y=\"{}\">{sign} {}</text>",
                    TIMES + 10,
                    y + 4,
                    WIDTH - TIMES - 14,
                    height - 8,
                    TIMES + 22,
                    y + 20,
                    markup(&line)
                ),
            );
        }
        Kind::Note | Kind::Trouble if message.from == message.to => {
            time(out, y + 19);
            boxed(out, layout, message, y, height);
        }
        Kind::Arrow | Kind::Note | Kind::Reply | Kind::Trouble => {
            time(out, y + 21);
            arrow(out, layout, message, y + 23);
        }
    }
    out.push_str("</g>\n");
}

const fn class(message: &Message) -> &'static str {
    match (message.kind, &message.noise) {
        // One of them alone is told as any other.
        (Kind::Arrow, Some(Noise::Repeated(_))) if message.times == 1 => "arrow",
        (Kind::Arrow, Some(_)) => "arrow noise",
        (Kind::Arrow, None) => "arrow",
        (Kind::Fault, _) => "fault",
        (Kind::Failure, _) => "failure",
        (Kind::Note, _) => "note",
        (Kind::Reply, _) => "reply",
        (Kind::Step, _) => "step",
        (Kind::Trouble, _) => "trouble",
    }
}

/// A note at a lifeline, moved so that it stays inside the chart.
fn boxed(out: &mut String, layout: Layout, message: &Message, y: i32, height: i32) {
    let title = cut(&(message.place() + &message.text), 60);
    let detail = cut(&message.detail, 70);
    let gap = if detail.is_empty() { 0 } else { 6 };
    let bold = message.kind == Kind::Trouble;
    let wide = width(&title, if bold { BOLD } else { TITLE }) + gap + width(&detail, DETAIL) + 22;
    let left = (layout.x(message.from) - wide / 2).clamp(TIMES + 10, (WIDTH - 4 - wide).max(TIMES + 10));
    put(
        out,
        format_args!(
            "<rect x=\"{left}\" y=\"{}\" width=\"{wide}\" height=\"{}\" rx=\"5\"/>\
             <text x=\"{}\" y=\"{}\"><tspan class=\"say\">{}</tspan>",
            y + 3,
            height - 6,
            left + wide / 2,
            y + 19,
            markup(&title)
        ),
    );
    if !detail.is_empty() {
        put(out, format_args!(" <tspan class=\"more\">{}</tspan>", markup(&detail)));
    }
    out.push_str("</text>");
}

fn arrow(out: &mut String, layout: Layout, message: &Message, y: i32) {
    let (from, to) = (layout.x(message.from), layout.x(message.to));
    let right = to > from;
    let tip = if right { to - 7 } else { to + 7 };
    put(
        out,
        format_args!(
            "<line x1=\"{from}\" x2=\"{tip}\" y1=\"{y}\" y2=\"{y}\"/><path class=\"tip\" d=\"M{to} {y}l{0} -4v8z\"/>",
            if right { -8 } else { 8 }
        ),
    );
    let (middle, gap) = (f64::from(from + to) / 2.0, (from - to).abs() - 16);
    let fits = |per_char: f64| (f64::from(gap) / per_char).floor() as usize;
    put(
        out,
        format_args!(
            "<text x=\"{middle}\" y=\"{}\" class=\"say\">{}</text>",
            y - 6,
            markup(&cut(&(message.place() + &message.text), fits(TITLE)))
        ),
    );
    if !message.detail.is_empty() {
        put(
            out,
            format_args!(
                "<text x=\"{middle}\" y=\"{}\" class=\"more\">{}</text>",
                y + 13,
                markup(&cut(&message.detail, fits(DETAIL)))
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, well_formed};
    use crate::{Scenario, chart};

    #[test]
    fn the_chart_shows_each_message_once_and_says_what_it_leaves_out() {
        let messages = chart(&charge().events());
        let n = messages.len();
        let mut out = String::new();
        write(&mut out, &Exchange { before: 123, messages, after: 1 });
        let elements = well_formed(&out).unwrap_or_else(|why| panic!("{why}\n{out}"));
        assert_eq!(elements["g"], n);
        assert_eq!(elements["title"], n);
        assert!(
            out.contains("123 messages before are left out") && out.contains("1 message after are left out"),
            "{out}"
        );
        assert!(out.contains("64 meter readings") && out.contains("4 meter values"), "{out}");
    }

    #[test]
    fn a_scenario_of_steps_alone_has_no_chart() {
        assert!(Scenario::from_events("x", &[]).exchange.is_empty());
    }
}
