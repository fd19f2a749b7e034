//! What one panel shows of one EVSE, or of several.

use std::collections::BTreeMap;
use std::time::Duration;

use hardware::{Screen, Sign};
use tokio::time::Instant;
use units::{EvseId, Milliamps, MilliwattHours, Watts};

use super::call::PanelCall;
use crate::bus::Sent;

/// The newest screens of the EVSEs. Of several the one is shown that changed last, with its number; after a while those that are
/// in use take turns.
#[derive(Debug, Default)]
pub(super) struct Screens {
    of_each: BTreeMap<EvseId, Screen>,
    /// Which one is shown, and until when.
    shown: Option<(EvseId, Instant)>,
    /// What the station says to all drivers.
    said: String,
}

/// Time enough to read one.
const TURN: Duration = Duration::from_secs(10);

impl Screens {
    pub(super) fn hear(&mut self, sent: Sent<PanelCall>) {
        let evse = sent.evse.unwrap_or(EvseId::FIRST);
        match sent.call {
            PanelCall::Say(words) => self.said = words,
            PanelCall::Show(screen) => {
                let before = self.of_each.insert(evse, screen.clone());
                if before.is_none_or(|before| before.sign != screen.sign) {
                    self.shown = Some((evse, Instant::now() + TURN));
                }
            }
        }
    }

    /// Whether nobody has said anything yet.
    pub(super) fn is_empty(&self) -> bool {
        self.of_each.is_empty()
    }

    /// When another EVSE has its turn; `None` where there is only one, or none in use.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        let used = self.of_each.values().any(|screen| screen.sign != Sign::Available);
        self.shown.filter(|_| used && self.of_each.len() > 1).map(|(_, until)| until)
    }

    /// The next one that is in use has its turn, if it is time.
    pub(super) fn turn(&mut self) {
        let now = Instant::now();
        let Some((evse, _)) = self.shown.filter(|(_, until)| *until <= now) else { return };
        let used = |(evse, screen): (&EvseId, &Screen)| (screen.sign != Sign::Available).then_some(*evse);
        let after = self.of_each.range(evse..).skip(1).find_map(used);
        let next = after.or_else(|| self.of_each.iter().find_map(used)).unwrap_or(evse);
        self.shown = Some((next, now + TURN));
    }

    /// The screen that is shown now; `None`: nobody has said anything yet.
    pub(super) fn shown(&self) -> Option<Screen> {
        let (evse, _) = self.shown?;
        let screen = self.of_each.get(&evse)?.clone();
        if !self.said.is_empty() {
            return Some(Screen {
                sign: Sign::Available,
                energy: MilliwattHours::ZERO,
                power: Watts::ZERO,
                limit: Milliamps::ZERO,
                note: self.said.clone(),
            });
        }
        if self.of_each.len() == 1 || self.next_turn().is_none() {
            return Some(screen);
        }
        let note = match screen.note.as_str() {
            "" => format!("EVSE {evse}"),
            note => format!("EVSE {evse}: {note}"),
        };
        Some(Screen { note, ..screen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(sign: Sign) -> Screen {
        let (energy, power, limit) = (MilliwattHours::ZERO, Watts::ZERO, Milliamps::ZERO);
        Screen { sign, energy, power, limit, note: String::new() }
    }

    fn told(screens: &Screens) -> String {
        screens.shown().map_or_else(String::new, |screen| format!("{:?} {}", screen.sign, screen.note))
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_the_one_that_changed_last_is_shown_and_then_those_in_use_take_turns() {
        let evse = |number| EvseId::new(number).expect("a number");
        let mut screens = Screens::default();
        let show = |screens: &mut Screens, number, sign| {
            screens.hear(Sent { evse: Some(evse(number)), call: PanelCall::Show(screen(sign)) });
        };
        show(&mut screens, 1, Sign::Charging);
        assert_eq!(told(&screens), "Charging ", "alone it needs no number");
        show(&mut screens, 2, Sign::Available);
        show(&mut screens, 3, Sign::PresentToken);
        assert_eq!(told(&screens), "PresentToken EVSE 3");
        for next in ["Charging EVSE 1", "PresentToken EVSE 3", "Charging EVSE 1"] {
            tokio::time::sleep(TURN).await;
            screens.turn();
            assert_eq!(told(&screens), next);
        }
        screens.hear(Sent { evse: None, call: PanelCall::Say("plug in".into()) });
        assert_eq!(told(&screens), "Available plug in");
        screens.hear(Sent { evse: None, call: PanelCall::Say(String::new()) });
        show(&mut screens, 1, Sign::Available);
        show(&mut screens, 3, Sign::Available);
        assert_eq!((told(&screens).as_str(), screens.next_turn()), ("Available ", None));
    }
}
