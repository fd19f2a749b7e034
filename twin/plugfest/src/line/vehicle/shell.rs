//! What joins car, interface and listener, in real time.

use std::time::Duration;

use event_log::Log;
use features::print;
use hardware::LinkError;
use hil::plc::EthernetPort;
use iec61851::CableRating;
use tokio::sync::mpsc;
use units::Instant;
use vehicle_model::{Action, Cable, Car};

use super::course::{Course, Outcome};
use super::imagined::Imagined;
use super::settings::Settings;
use crate::line::clock::{Clock, time_of_day};
use crate::line::listener::{Conclusion, Listener};
use crate::line::runtime::interrupted;

/// What a car does in one go, at most; the rest has to wait a moment.
const ROUNDS: usize = 64;
/// Between two attempts at an interface that went away.
const AGAIN: Duration = Duration::from_millis(500);

/// The car.
pub(super) struct Shell {
    clock: Clock,
    car: Car,
    address: [u8; 6],
    port: EthernetPort,
    listener: Listener,
    imagined: Imagined,
    course: Course,
    /// What was told of the interface that does not work.
    trouble: Option<String>,
}

impl Shell {
    pub(super) fn new(port: EthernetPort, listener: Listener, settings: Settings, clock: Clock) -> Self {
        let Settings { car, charges, .. } = settings;
        let address = car.evcc_id().unwrap_or_default();
        Self {
            clock,
            car,
            address,
            port,
            listener,
            imagined: Imagined::default(),
            course: Course::new(charges),
            trouble: None,
        }
    }

    /// Plugs in, charges, and leaves.
    pub(super) async fn run(&mut self, log: &Log, interrupts: &mut mpsc::UnboundedReceiver<()>) -> Outcome {
        self.car.act(self.clock.now(), Action::PlugIn(Cable::rated(CableRating::A32)));
        loop {
            let next = self.go_on(log).await;
            let now = self.clock.now();
            if let Some(outcome) = self.course.outcome(now) {
                self.car.act(now, Action::Unplug);
                self.go_on(log).await;
                return outcome;
            }
            let due = [next, self.course.next()].into_iter().flatten().min();
            tokio::select! {
                biased;
                () = interrupted(interrupts) => self.course.interrupt(self.clock.now()),
                frame = self.port.receive() => match frame {
                    Ok(frame) => self.hear(frame),
                    Err(error) => {
                        self.lost(&error);
                        self.clock.until(Some(self.clock.now() + AGAIN)).await;
                    }
                },
                () = self.clock.until(due) => {}
            }
        }
    }

    /// What the judge says.
    pub(super) fn conclude(&mut self) -> Conclusion {
        self.listener.conclude()
    }

    /// What is for the car: its own address, and many.
    fn hear(&mut self, frame: Vec<u8>) {
        let is_for_many = frame.first().is_some_and(|first| first & 1 == 1);
        if is_for_many || frame.get(..6) == Some(&self.address) {
            self.listener.frame(time_of_day(), frame.clone());
            self.car.hear(self.clock.now(), &frame);
        }
    }

    fn lost(&mut self, error: &LinkError) {
        let words = error.to_string();
        if self.trouble.as_ref() != Some(&words) {
            print::complain(format_args!("{words}"));
            self.trouble = Some(words);
        }
    }

    /// The car does what is due; answers when there is more.
    async fn go_on(&mut self, log: &Log) -> Option<Instant> {
        for _ in 0..ROUNDS {
            let now = self.clock.now();
            if self.course.stops(now) {
                self.car.act(now, Action::RequestEnergy(false));
            }
            self.car.step(now, &self.imagined.inlet());
            let pins = self.imagined.pins(self.car.dc_load());
            self.car.step_dc(now, pins);
            let mut is_quiet = true;
            while let Some(frame) = self.car.next_frame() {
                is_quiet = false;
                if let Err(error) = self.port.send(&frame).await {
                    self.lost(&error);
                } else {
                    self.listener.frame(time_of_day(), frame);
                }
            }
            for (from, sighting) in self.listener.take_seen() {
                is_quiet = false;
                self.imagined.see(&sighting);
                self.course.see(now, &sighting);
                conversation::record(log, from, &sighting);
            }
            while let Some(note) = self.car.next_note() {
                is_quiet = false;
                log.record_value("car", note.kind, note.data.clone());
                self.course.note(now, &note);
            }
            if is_quiet {
                break;
            }
        }
        self.car.next_change()
    }
}
