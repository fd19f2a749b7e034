//! The flanks of the pilot: the output stage charges the capacitance of line and car through its series resistor, and the
//! car's resistors take part while its diode conducts.
//!
//! ```text
//!  +-12 V --[1 k]--o----+----->|--[R2, R3]-- PE
//!                      === charger, cable, inlet
//! ```

use units::{Millivolts, Ohms};

use super::circuit::{Diode, FORWARD_MV, PilotLoad, PilotSource, SHORT_OHM, Short};

/// Between pilot and earth in cable and inlet of a car that is plugged in, picofarads (a cable of 5 m and a usual inlet).
const PLUGGED_PF: i32 = 1_500;

/// One flank of a pilot whose oscillator runs, from one plateau to the other.
#[derive(Clone, Copy, Debug)]
pub struct Flank {
    /// The plateau it comes from, V.
    from: f64,
    /// The source's level that it goes to, V.
    to: f64,
    /// Of the source, ohm.
    series: f64,
    /// What takes current from the line.
    conducting: Option<Branch>,
    /// Farad.
    capacitance: f64,
}

/// What takes current from the line while that is above a level.
#[derive(Clone, Copy, Debug)]
struct Branch {
    ohms: f64,
    /// It takes some above this, V.
    above: f64,
    /// What stays across the diode, V.
    drop: f64,
}

impl Flank {
    /// The flank from `from` to what the source drives in its positive or its negative half; `capacitance_pf` is that of
    /// the charger's own side.
    #[must_use]
    pub fn new(from: Millivolts, positive: bool, source: &PilotSource, load: &PilotLoad, capacitance_pf: i32) -> Self {
        let plugged = load.plugged && !load.pilot_open && !load.pe_open;
        let picofarads = capacitance_pf.max(1) + if plugged { PLUGGED_PF } else { 0 };
        Self {
            from: from.volts(),
            to: if positive { source.high } else { source.low }.volts(),
            series: f64::from(source.resistance.0.max(1)),
            conducting: plugged.then(|| conducting(load)).flatten(),
            capacitance: f64::from(picofarads) * 1e-12,
        }
    }

    /// When it crosses that level, microseconds after the source switched; `None` when it never does.
    #[must_use]
    pub fn crosses(&self, level: f64) -> Option<f64> {
        let rising = self.to > self.from;
        // Where the diode begins or ends to conduct the flank goes on with another time constant.
        let bend = self.conducting.map(|branch| branch.above);
        let mut at = self.from;
        let mut seconds = 0.0;
        for end in [bend, Some(level)].into_iter().flatten() {
            let ahead = if rising { at < end && end <= level } else { at > end && end >= level };
            if ahead {
                seconds += self.leg(at, end, rising)?;
                at = end;
            }
        }
        (at == level).then_some(seconds * 1e6)
    }

    /// Seconds from one level to another, both on one side of the bend.
    fn leg(&self, begin: f64, end: f64, rising: bool) -> Option<f64> {
        let middle = f64::midpoint(begin, end);
        let (target, resistance) = match self.conducting {
            Some(Branch { ohms, above, drop }) if middle > above => {
                let sum = self.series + ohms;
                ((self.to * ohms + drop * self.series) / sum, self.series * ohms / sum)
            }
            Some(_) | None => (self.to, self.series),
        };
        let reached = if rising { end < target } else { end > target };
        reached.then(|| resistance * self.capacitance * ((target - begin) / (target - end)).ln())
    }
}

/// What of the car, or of a short, takes current from the line.
fn conducting(load: &PilotLoad) -> Option<Branch> {
    let ohms = |Ohms(ohms): Ohms| f64::from(ohms.max(1));
    let car = load.r3.map_or_else(|| ohms(load.r2), |r3| 1.0 / (1.0 / ohms(load.r2) + 1.0 / ohms(r3)));
    let short = SHORT_OHM as f64;
    let always = |ohms| Branch { ohms, above: f64::NEG_INFINITY, drop: 0.0 };
    let forward = FORWARD_MV as f64 / 1000.0;
    let diode = |ohms| Branch { ohms, above: forward, drop: forward };
    match (load.short_to_pe, load.diode) {
        (Some(Short::BeforeDiode), _) => Some(always(short)),
        (Some(Short::AfterDiode) | None, Diode::Open) => None,
        (Some(Short::AfterDiode), Diode::Good) => Some(diode(short)),
        (None, Diode::Good) => Some(diode(car)),
        (Some(Short::AfterDiode), Diode::Shorted) => Some(always(short)),
        (None, Diode::Shorted) => Some(always(car)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inlet::circuit::pilot_levels;
    use crate::inlet::circuit::tests::{SOURCE, car};

    /// Between two levels, microseconds.
    fn between(load: &PilotLoad, charger_pf: i32, begin: f64, end: f64) -> Option<f64> {
        let levels = pilot_levels(&SOURCE, load);
        let positive = end > begin;
        let from = if positive { levels.low } else { levels.high };
        let flank = Flank::new(from, positive, &SOURCE, load, charger_pf);
        Some(flank.crosses(end)? - flank.crosses(begin)?)
    }

    #[test]
    fn the_limits_of_the_flanks_are_those_of_the_largest_capacitance() {
        // 6 nF in all: what charger, cable and inlet may have together. The limits of the bring-up list follow from it.
        let charger = 6_000 - PLUGGED_PF;
        let (b, c) = (car(None), car(Some(1300)));
        let near = |seen: Option<f64>, limit: f64| seen.is_some_and(|seen| (seen - limit).abs() < 0.3);
        assert!(near(between(&b, charger, -9.9, 6.9), 10.0), "{:?}", between(&b, charger, -9.9, 6.9));
        assert!(near(between(&c, charger, -10.2, 4.2), 7.0), "{:?}", between(&c, charger, -10.2, 4.2));
        assert!(near(between(&b, charger, 6.9, -9.9), 13.0), "{:?}", between(&b, charger, 6.9, -9.9));
    }

    #[test]
    fn a_flank_that_does_not_get_there_has_no_time() {
        let shorted = PilotLoad { short_to_pe: Some(Short::BeforeDiode), ..car(None) };
        assert_eq!(between(&shorted, 1_000, -9.9, 6.9), None);
        assert_eq!(between(&car(Some(1300)), 1_000, -10.2, 6.9), None);
        let free = PilotLoad { plugged: false, ..car(None) };
        assert!(between(&free, 1_000, -9.6, 9.6).is_some_and(|time| time < 2.3));
    }
}
