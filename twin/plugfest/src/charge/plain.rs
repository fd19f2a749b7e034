//! Lines, for logs and pipes.

use features::print;

use super::View;
use super::story::Story;

/// One line for each event that means something.
#[derive(Debug)]
pub(super) struct Plain {
    told: usize,
}

impl Plain {
    pub(super) fn open(story: &mut Story) -> Self {
        let (_, car) = story.views();
        let soc = car.telemetry.soc.percent();
        print::line(format_args!("a virtual {} at {soc:.0} % meets a charger", car.name));
        Self { told: 0 }
    }
}

impl View for Plain {
    fn update(&mut self, story: &mut Story) {
        let events: Vec<_> = story.log().with(self.told, |events| {
            events
                .filter(|event| {
                    matches!(
                        event.source.as_str(),
                        "session" | "contactor" | "fault" | "panel" | "ocpp" | "world" | "slac" | "v2g"
                    )
                })
                .filter(|event| !matches!(event.kind.as_str(), "sent" | "received" | "action" | "message"))
                .collect()
        });
        self.told = story.log().len();
        if events.is_empty() {
            return;
        }
        print::print(format_args!("{}", report::transcript(&events)));
    }

    fn close(&mut self) {}
}
