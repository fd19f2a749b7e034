//! Times and limits of the machine.

use core::time::Duration;

use units::{Microamps, Milliamps};

/// How cars are connected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outlet {
    /// The driver brings the cable; PP tells its rating.
    Socket,
    /// A fixed cable of that rating.
    Tethered(Milliamps),
}

/// What a residual direct current does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ResidualPolicy {
    /// From here on the contactor opens (6 mA for the usual device class).
    pub trip: Microamps,
    /// Whether the contactor may close again once the current is gone; otherwise only after unplugging. Some countries
    /// forbid it.
    pub reclose: bool,
    /// Whether the board can make the monitor see a test current ([`Output::ResidualTest`](crate::Output::ResidualTest)). It
    /// then tests it once for each plug-in, before the contactor closes.
    pub self_test: bool,
}

/// Times. Defaults are of table A.6 where the comment names a sequence; the others are settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// A level must hold so long before it counts. At most 50 ms, so that the contactor opens within 100 ms.
    pub debounce: Duration,
    /// Before the contactor closes, a level well inside state C must have been seen for so long without a break. The
    /// standard gives 3 s to close.
    pub closing: Duration,
    /// A car that stays in C after the oscillator stopped is cut off after this (sequence 10.2).
    pub pwm_stop_grace: Duration,
    /// The feedback must follow the contactor's command within this. Unconfirmed: a board's own value.
    pub contactor_feedback: Duration,
    /// A contactor that opened under load stays open for so long. Unconfirmed: a board's own value.
    pub contactor_rest: Duration,
    /// The host must be heard within this. Unconfirmed: a board's own value.
    pub host_silence: Duration,
    /// Something must be measured within this.
    pub sample_silence: Duration,
    /// A level that does not come to rest for so long is a fault.
    pub unsettled: Duration,
    /// The residual current monitor must follow its test current within this. Unconfirmed: a board's own value.
    pub residual_test: Duration,
    /// A plug that was pulled and another one pushed in takes longer than this where no PP tells: a fixed cable that was out
    /// of sight for less is still the same car.
    pub out_of_sight: Duration,
}

/// One board.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    /// How cars are connected.
    pub outlet: Outlet,
    /// Whether state D may be charged.
    pub ventilated: bool,
    /// Whether a mirror contact tells where the contactor really is.
    pub contactor_feedback: bool,
    /// What a residual direct current does.
    pub residual: ResidualPolicy,
    /// Times.
    pub timing: Timing,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            debounce: Duration::from_millis(25),
            closing: Duration::from_millis(100),
            pwm_stop_grace: Duration::from_secs(6),
            contactor_feedback: Duration::from_millis(200),
            contactor_rest: Duration::from_secs(5),
            host_silence: Duration::from_secs(2),
            sample_silence: Duration::from_millis(200),
            unsettled: Duration::from_millis(500),
            residual_test: Duration::from_millis(300),
            out_of_sight: Duration::from_secs(6),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            outlet: Outlet::Socket,
            ventilated: false,
            contactor_feedback: true,
            residual: ResidualPolicy { trip: Microamps(6_000), reclose: false, self_test: true },
            timing: Timing::default(),
        }
    }
}
