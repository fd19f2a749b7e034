//! A picture in the terminal, drawn anew in place.

use std::fmt::Write as _;

use features::print;
use units::Instant;

use super::View;
use super::story::Story;

/// How many lines a picture has.
const LINES: usize = 17;
const BAR: usize = 44;

/// The live view.
#[derive(Debug)]
pub(super) struct Live {
    total_s: Option<f64>,
    drawn: bool,
    color: bool,
    told: usize,
    messages: Vec<String>,
    limit: String,
}

impl Live {
    pub(super) fn open(total_s: Option<f64>) -> Self {
        // The cursor comes back in `close`.
        print::print(format_args!("\x1b[?25l"));
        Self {
            total_s,
            drawn: false,
            color: std::env::var_os("NO_COLOR").is_none(),
            told: 0,
            messages: Vec::new(),
            limit: String::new(),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bar(&self, share: f64, code: &str) -> String {
        let full = ((share.clamp(0.0, 1.0)) * BAR as f64).round() as usize;
        self.paint(code, &"█".repeat(full)) + &self.paint("2", &"░".repeat(BAR - full))
    }

    fn take_messages(&mut self, story: &Story) {
        let events: Vec<_> = story.log().with(self.told, |events| {
            events.filter(|event| matches!(event.source.as_str(), "session" | "contactor" | "fault" | "ocpp")).collect()
        });
        self.told = story.log().len();
        for event in &events {
            if event.is("session", "limit") {
                let amps = event.data["ma"].as_f64().unwrap_or(0.0) / 1000.0;
                self.limit = format!("{amps:.1} A by {}", event.text("by"));
            }
        }
        for line in report::transcript(&events).lines() {
            self.messages.push(line.chars().take(76).collect());
        }
        let surplus = self.messages.len().saturating_sub(6);
        self.messages.drain(..surplus);
    }

    fn picture(&mut self, story: &mut Story) -> String {
        let (outlet, car) = story.views();
        let now = story.now();
        let power = outlet.meter.power.total();
        let contactor = if outlet.contactor { self.paint("32", "closed") } else { self.paint("33", "open") };
        let amps = car.current.0.map(|current| format!("{:.1}", current.amps())).join(" / ");
        let time = now.to_string();
        let mut out = String::new();
        let mut line = |text: String| {
            // A string takes any text.
            let _ = writeln!(out, "\x1b[2K{text}");
        };
        line(format!("{}  {}", self.paint("1", "plugfest"), car.name));
        line(String::new());
        line(format!("  time      {}", &time[..8]));
        line(format!("  pilot     {:<4} {:<12} contactor {contactor}", outlet.pilot_state, outlet.pilot));
        line(format!("  power     {:>6.2} kW       current {amps} A", power.kilowatts()));
        line(format!("  limit     {}", self.limit));
        line(format!(
            "  battery   {} {:.1} %",
            self.bar(car.telemetry.soc.fraction(), "32"),
            car.telemetry.soc.percent()
        ));
        line(format!("  energy    {:>6.3} kWh      cost {}", outlet.delivered.kilowatt_hours(), story.cost()));
        if let Some(total) = self.total_s {
            let left = (total - now.as_secs_f64()).max(0.0);
            let left = Instant::from_millis((left * 1000.0) as u64).to_string();
            line(format!("  session   {} {} left", self.bar(now.as_secs_f64() / total, "36"), &left[..8]));
        } else {
            line(String::new());
        }
        line(String::new());
        for index in 0..6 {
            line(format!("  {}", self.paint("2", self.messages.get(index).map_or("", String::as_str))));
        }
        line(String::new());
        out
    }
}

impl View for Live {
    fn update(&mut self, story: &mut Story) {
        self.take_messages(story);
        let picture = self.picture(story);
        let up = if self.drawn { format!("\x1b[{LINES}A") } else { String::new() };
        self.drawn = true;
        print::print(format_args!("{up}{picture}"));
    }

    fn close(&mut self) {
        print::print(format_args!("\x1b[?25h"));
    }
}
