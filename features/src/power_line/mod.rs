//! What charger and car say over the power line of the cable: each scenario records it and lets it be judged.

mod line_judge;
mod recording;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use twin::FrameSink;
use units::{EvseId, Instant};

pub use self::line_judge::Broken;
use self::line_judge::LineJudge;
use self::recording::Recording;

/// The power lines of a scenario. Clones are handles on the same ones.
#[derive(Clone)]
#[allow(missing_debug_implementations)] // a judge has none
pub struct PowerLines(Rc<RefCell<Lines>>);

struct Lines {
    /// Unix time of the world's beginning, in microseconds.
    epoch_micros: i64,
    judges: BTreeMap<EvseId, LineJudge>,
    recording: Option<Recording>,
    /// Whether times mean something: not where the computer decides about them.
    timing: bool,
}

impl PowerLines {
    /// Nothing was heard yet. Frames go to `plc.pcapng` in the folder as they come; without a folder they are judged alone.
    #[must_use]
    pub fn new(epoch_micros: i64, folder: Option<&Path>, timing: bool) -> Self {
        let recording = folder.map(Recording::into_folder);
        Self(Rc::new(RefCell::new(Lines { epoch_micros, judges: BTreeMap::new(), recording, timing })))
    }

    /// Where the world tells what it hears.
    #[must_use]
    pub fn sink(&self) -> FrameSink {
        let lines = self.clone();
        FrameSink::new(move |evse, at, frame| lines.0.borrow_mut().hear(evse, at, frame))
    }

    /// Nothing more comes: which rules were broken at which EVSE. A second call knows of none.
    ///
    /// # Errors
    /// What was heard could not be recorded.
    pub fn finish(&self) -> Result<Vec<(EvseId, Broken)>, String> {
        let mut lines = self.0.borrow_mut();
        let judges = std::mem::take(&mut lines.judges);
        let broken = |(evse, judge): (EvseId, LineJudge)| judge.finish().into_iter().map(move |broken| (evse, broken));
        let broken = judges.into_iter().flat_map(broken).collect();
        match lines.recording.take() {
            Some(recording) => recording.finish().map(|()| broken),
            None => Ok(broken),
        }
    }
}

impl Lines {
    fn hear(&mut self, evse: EvseId, at: Instant, frame: &[u8]) {
        let nanos = u64::try_from(self.epoch_micros).unwrap_or(0).saturating_add(at.as_micros()).saturating_mul(1000);
        if let Some(recording) = &mut self.recording {
            recording.frame(evse, nanos, frame);
        }
        let timing = self.timing;
        self.judges.entry(evse).or_insert_with(|| LineJudge::new(timing)).hear(nanos, frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_on_which_nothing_is_said_breaks_no_rule_and_leaves_no_file() {
        let lines = PowerLines::new(0, None, true);
        assert_eq!(lines.finish(), Ok(Vec::new()));
    }

    #[test]
    fn frames_of_two_evses_are_judged_apart() {
        let lines = PowerLines::new(1_000_000, None, true);
        let sink = lines.sink();
        drop(sink);
        for evse in [1, 2] {
            let evse = EvseId::new(evse).expect("a number");
            // No frame of anything: it is told as what cannot be read, and breaks nothing of the other.
            lines.0.borrow_mut().hear(evse, Instant::from_millis(1), &[0; 60]);
        }
        assert_eq!(lines.0.borrow().judges.len(), 2);
        assert_eq!(lines.finish(), Ok(Vec::new()));
    }
}
