//! Lines, for logs and pipes.

use features::print;
use units::EvseId;

use super::View;
use super::story::Story;

/// One line for each event that means something.
#[derive(Debug)]
pub(super) struct Plain {
    told: usize,
}

impl Plain {
    pub(super) fn open(story: &mut Story) -> Self {
        let snapshot = story.snapshot();
        let car = story.twin().car_name(EvseId::FIRST);
        print::line(format_args!("a virtual {car} at {:.0} % meets a charger", snapshot.car.soc.percent()));
        Self { told: 0 }
    }
}

impl View for Plain {
    fn update(&mut self, story: &mut Story) {
        let events: Vec<_> = story.log().with(self.told, |events| {
            events
                .filter(|event| {
                    matches!(event.source.as_str(), "session" | "contactor" | "fault" | "panel" | "ocpp" | "world")
                })
                .filter(|event| !matches!(event.kind.as_str(), "sent" | "received" | "action"))
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
