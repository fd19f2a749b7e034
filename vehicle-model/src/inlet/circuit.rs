//! The control pilot as a circuit.
//!
//! ```text
//!  charger                      wire                 car
//!  +-12 V --[1 k]--o------------------------->|--+----+      R2 2740 ohm always, R3 1300 ohm when S2 is closed
//!                  | measured here           diode [R2] [R3]  (or a lower R3 for a car that needs ventilation)
//!  PE -------------o-----------------------------+----+-S2
//! ```

use units::{Millivolts, Ohms};

/// What the charger drives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PilotSource {
    /// The positive level without a load.
    pub high: Millivolts,
    /// The negative level without a load.
    pub low: Millivolts,
    /// How much of the period is positive: 1000 steady high, 0 steady low.
    pub duty_permille: u16,
    /// In series.
    pub resistance: Ohms,
}

/// The diode in the car.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Diode {
    /// It blocks the negative half.
    #[default]
    Good,
    /// It lets nothing through.
    Open,
    /// It lets everything through.
    Shorted,
}

/// A short between pilot and protective earth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Short {
    /// Behind the diode: only the positive half is lost.
    AfterDiode,
    /// Before the diode: both halves are lost.
    BeforeDiode,
}

/// What hangs on the line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PilotLoad {
    /// A plug is in.
    pub plugged: bool,
    /// The car's fixed resistor.
    pub r2: Ohms,
    /// In parallel to it while S2 is closed.
    pub r3: Option<Ohms>,
    /// The diode.
    pub diode: Diode,
    /// A short to earth.
    pub short_to_pe: Option<Short>,
    /// The protective earth is broken.
    pub pe_open: bool,
    /// The pilot wire is broken.
    pub pilot_open: bool,
}

impl PilotLoad {
    /// No plug is in: the line ends at the outlet.
    pub const NONE: Self = Self {
        plugged: false,
        r2: R2,
        r3: None,
        diode: Diode::Good,
        short_to_pe: None,
        pe_open: false,
        pilot_open: false,
    };
}

/// The plateaus at the charger's terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PilotLevels {
    /// Of the positive half; of the steady level when there is no other half.
    pub high: Millivolts,
    /// Of the negative half; as `high` when there is none.
    pub low: Millivolts,
}

/// The car's fixed resistor (IEC 61851-1, annex A).
pub(crate) const R2: Ohms = Ohms(2740);
/// Across a conducting diode.
pub(crate) const FORWARD_MV: i64 = 700;
/// What is left of a short.
pub(crate) const SHORT_OHM: i64 = 5;

/// Solves the circuit for both halves.
#[must_use]
pub fn pilot_levels(source: &PilotSource, load: &PilotLoad) -> PilotLevels {
    let high = solve(source.high, source.resistance, load);
    let low = solve(source.low, source.resistance, load);
    match source.duty_permille {
        0 => PilotLevels { high: low, low },
        1..1000 => PilotLevels { high, low },
        1000.. => PilotLevels { high, low: high },
    }
}

/// The level at the terminal for one level of the source.
fn solve(source: Millivolts, series: Ohms, load: &PilotLoad) -> Millivolts {
    let open = source;
    if !load.plugged || load.pilot_open || load.pe_open {
        return open;
    }
    let divide = |ohms: i64, drop: i64| {
        let (source, series) = (i64::from(source.0), i64::from(series.0.max(1)));
        let drop = if source < 0 { -drop } else { drop };
        Millivolts(i32::try_from(drop + (source - drop) * ohms / (ohms + series)).unwrap_or(0))
    };
    if load.short_to_pe == Some(Short::BeforeDiode) {
        return divide(SHORT_OHM, 0);
    }
    let (conducts, drop) = match load.diode {
        Diode::Good => (source.0 > 0, FORWARD_MV),
        Diode::Open => (false, 0),
        Diode::Shorted => (true, 0),
    };
    if !conducts {
        return open;
    }
    let r2 = i64::from(load.r2.0.max(1));
    let resistor = match (load.short_to_pe, load.r3) {
        (Some(_), _) => SHORT_OHM,
        (None, None) => r2,
        (None, Some(r3)) => {
            let r3 = i64::from(r3.0.max(1));
            r2 * r3 / (r2 + r3)
        }
    };
    divide(resistor, drop)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SOURCE: PilotSource = PilotSource {
        high: Millivolts::from_volts(12),
        low: Millivolts::from_volts(-12),
        duty_permille: 266,
        resistance: Ohms(1000),
    };

    pub(crate) fn car(r3: Option<i32>) -> PilotLoad {
        PilotLoad {
            plugged: true,
            r2: Ohms(2740),
            r3: r3.map(Ohms),
            diode: Diode::Good,
            short_to_pe: None,
            pe_open: false,
            pilot_open: false,
        }
    }

    fn levels(load: PilotLoad) -> (i32, i32) {
        let levels = pilot_levels(&SOURCE, &load);
        (levels.high.0 / 100, levels.low.0 / 100)
    }

    #[test]
    fn the_states_as_a_circuit() {
        assert_eq!(levels(PilotLoad::NONE), (120, -120));
        assert_eq!(levels(PilotLoad { plugged: false, ..car(None) }), (120, -120));
        assert_eq!(levels(car(None)), (89, -120));
        assert_eq!(levels(car(Some(1300))), (59, -120));
        assert_eq!(levels(car(Some(270))), (29, -120));
    }

    #[test]
    fn faults_as_causes() {
        assert_eq!(levels(PilotLoad { diode: Diode::Shorted, ..car(Some(1300)) }), (56, -56));
        assert_eq!(levels(PilotLoad { diode: Diode::Open, ..car(Some(1300)) }), (120, -120));
        assert_eq!(levels(PilotLoad { short_to_pe: Some(Short::BeforeDiode), ..car(None) }), (0, 0));
        assert_eq!(levels(PilotLoad { short_to_pe: Some(Short::AfterDiode), ..car(None) }), (7, -120));
        assert_eq!(levels(PilotLoad { pe_open: true, ..car(Some(1300)) }), (120, -120));
        assert_eq!(levels(PilotLoad { pilot_open: true, ..car(Some(1300)) }), (120, -120));
    }
}
