//! What the safety machine touches.

use std::future::pending;
use std::time::Duration;

use hardware::LinkError;
use iec61851::{PilotSignal, Sample};
use units::{Microamps, Milliamps, PerPhase};

use super::lines::{InputLine, KernelInput, KernelOutput, OutputLine};
use super::settings::Settings;
use super::sysfs::{Analog, IioChannel};
use crate::Worker;

/// At 5000 readings a second a steady level takes 1 ms, and the 160 readings that 5 % duty may need take 32 ms. What takes
/// longer than this will not end.
const ANALOG_WITHIN: Duration = Duration::from_millis(40);

/// Opening files and exporting a PWM.
const OPEN_WITHIN: Duration = Duration::from_secs(2);

/// What the safety machine touches.
pub(super) trait Circuit {
    /// Energises the contactor's coil, or cuts it.
    fn contactor(&mut self, closed: bool) -> Result<(), LinkError>;

    /// Makes the residual current device see a test current, or no longer.
    fn residual_test(&mut self, driven: bool) -> Result<(), LinkError>;

    /// Drives the pilot.
    async fn pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError>;

    /// Measures everything; `None` when it says nothing this time.
    async fn measure(&mut self) -> Result<Option<Sample>, LinkError>;

    /// Completes when an input has changed. Cancel safe.
    async fn moved(&mut self) -> Result<(), LinkError>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct BoardCircuit {
    lines: Lines<KernelOutput, KernelInput>,
    analog: Worker<Analog<IioChannel>>,
}

impl BoardCircuit {
    /// Opens everything. The contactor's line is driven inactive first.
    pub(super) async fn open(settings: &Settings) -> Result<Self, LinkError> {
        let input = |line: &_| KernelInput::open(&settings.chip, line);
        let lines = Lines {
            contactor: KernelOutput::open(&settings.chip, &settings.contactor)?,
            feedback: settings.feedback.as_ref().map(input).transpose()?,
            rcd: settings.rcd.as_ref().map(input).transpose()?,
            rcd_test: settings.rcd_test.as_ref().map(|line| KernelOutput::open(&settings.chip, line)).transpose()?,
            trip: settings.machine.residual.trip,
        };
        let files = settings.clone();
        let analog = Worker::start("board analog", OPEN_WITHIN, move || Analog::open(&files)).await?;
        Ok(Self { lines, analog })
    }
}

impl Circuit for BoardCircuit {
    fn contactor(&mut self, closed: bool) -> Result<(), LinkError> {
        self.lines.contactor.set(closed)
    }

    fn residual_test(&mut self, driven: bool) -> Result<(), LinkError> {
        self.lines.rcd_test.as_mut().map_or(Ok(()), |line| line.set(driven))
    }

    async fn pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        self.analog.call(ANALOG_WITHIN, move |analog| analog.drive(signal)).await
    }

    async fn measure(&mut self) -> Result<Option<Sample>, LinkError> {
        let measured = self.analog.call(ANALOG_WITHIN, |analog| Ok((analog.pilot()?, analog.proximity()?))).await;
        let (pilot, proximity) = measured?;
        let Some(pilot) = pilot else { return Ok(None) };
        let (contactor_closed, residual) = self.lines.read()?;
        Ok(Some(Sample {
            pilot_high: pilot.high,
            pilot_low: pilot.low,
            proximity,
            contactor_closed,
            residual,
            current: PerPhase::all(Milliamps::ZERO),
        }))
    }

    async fn moved(&mut self) -> Result<(), LinkError> {
        self.lines.moved().await
    }
}

/// The lines of the chip.
#[derive(Debug)]
struct Lines<O: OutputLine, I> {
    contactor: O,
    feedback: Option<I>,
    rcd: Option<I>,
    rcd_test: Option<O>,
    /// What a tripped residual current device stands for.
    trip: Microamps,
}

impl<O: OutputLine, I: InputLine> Lines<O, I> {
    /// Where the contactor is, and the residual current.
    fn read(&mut self) -> Result<(Option<bool>, Microamps), LinkError> {
        let closed = self.feedback.as_mut().map(InputLine::active).transpose()?;
        let tripped = self.rcd.as_mut().map(InputLine::active).transpose()?;
        Ok((closed, if tripped == Some(true) { self.trip } else { Microamps::ZERO }))
    }

    async fn moved(&mut self) -> Result<(), LinkError> {
        let (feedback, rcd) = (&mut self.feedback, &mut self.rcd);
        tokio::select! {
            biased;
            edge = edge(rcd) => edge,
            edge = edge(feedback) => edge,
        }
    }
}

impl<O: OutputLine, I> Drop for Lines<O, I> {
    fn drop(&mut self) {
        // The line may be gone, and then nothing can be driven any more.
        let _ = self.contactor.set(false);
        if let Some(test) = &mut self.rcd_test {
            let _ = test.set(false);
        }
    }
}

async fn edge(line: &mut Option<impl InputLine>) -> Result<(), LinkError> {
    match line {
        Some(line) => line.edge().await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Debug)]
    struct Coil(Rc<RefCell<Vec<bool>>>);

    impl OutputLine for Coil {
        fn set(&mut self, active: bool) -> Result<(), LinkError> {
            self.0.borrow_mut().push(active);
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Contact(bool, tokio::sync::mpsc::Receiver<bool>);

    impl InputLine for Contact {
        fn active(&mut self) -> Result<bool, LinkError> {
            Ok(self.0)
        }

        async fn edge(&mut self) -> Result<(), LinkError> {
            match self.1.recv().await {
                Some(level) => self.0 = level,
                None => pending().await,
            }
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn lines_are_read_edges_wake_and_a_drop_cuts_the_coil() {
        let coil = Rc::new(RefCell::new(Vec::new()));
        let (trips, edges) = tokio::sync::mpsc::channel(4);
        let mut lines = Lines {
            contactor: Coil(Rc::clone(&coil)),
            feedback: None,
            rcd: Some(Contact(false, edges)),
            rcd_test: None,
            trip: Microamps(6_000),
        };
        assert_eq!(lines.read(), Ok((None, Microamps::ZERO)));
        trips.send(true).await.expect("it listens");
        lines.moved().await.expect("an edge");
        assert_eq!(lines.read(), Ok((None, Microamps(6_000))));
        lines.contactor.set(true).expect("it closes");
        drop(lines);
        assert_eq!(*coil.borrow(), [true, false]);
    }
}
