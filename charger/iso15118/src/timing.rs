//! How long each side may take, by generation.
//!
//! A *timeout* of the car ends the session. A *performance time* of the station is missed without that: it is a deviation. The
//! values are those of DIN 70121 clause 9.6, ISO 15118-2 tables 109 to 111 and ISO 15118-20 tables 215 to 218, as two independent
//! implementations have them; where they disagree it says so.

use std::time::Duration;

use crate::Protocol;

/// The times of one generation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// The car waits this long for a response that is not named below.
    pub message_timeout: Duration,
    /// The station has answered by then, where it is not named below.
    pub message_performance: Duration,
    /// Requests that have times of their own.
    exceptions: &'static [Exception],
    /// The station waits this long for the next request of a session.
    pub sequence_timeout: Duration,
    /// The car has sent its next request by then.
    pub sequence_performance: Duration,
    /// The station waits this long for the next request after the response of a charge loop.
    pub loop_sequence_timeout: Duration,
    /// From the plug to the response of SessionSetup, on the side of the car.
    pub setup_timeout: Duration,
    /// The same, on the side of the station.
    pub setup_performance: Duration,
    /// The car goes on asking this long while the station says Ongoing.
    pub ongoing_timeout: Duration,
    /// The station has an answer by then.
    pub ongoing_performance: Duration,
    /// The car waits this long for the end of the cable check.
    pub cable_check_timeout: Duration,
    /// The car waits this long for the voltage of its battery.
    pub pre_charge_timeout: Duration,
    /// The connection is closed this long after SessionStop.
    pub close_after_stop: Duration,
}

/// A request with times of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Exception {
    requests: &'static [&'static str],
    timeout: Duration,
    performance: Duration,
}

impl Timing {
    /// The car waits this long for the response to a request of that name.
    #[must_use]
    pub fn timeout(&self, request: &str) -> Duration {
        self.exception(request).map_or(self.message_timeout, |exception| exception.timeout)
    }

    /// The station has answered a request of that name by then.
    #[must_use]
    pub fn performance(&self, request: &str) -> Duration {
        self.exception(request).map_or(self.message_performance, |exception| exception.performance)
    }

    fn exception(&self, request: &str) -> Option<&'static Exception> {
        self.exceptions.iter().find(|exception| exception.requests.contains(&request))
    }

    /// The station waits this long for the next request after its response to a request of that name.
    #[must_use]
    pub fn sequence_after(&self, request: &str) -> Duration {
        if is_loop(request) { self.loop_sequence_timeout } else { self.sequence_timeout }
    }
}

/// Whether a request of that name is one of those that repeat while energy flows.
#[must_use]
pub fn is_loop(request: &str) -> bool {
    matches!(
        request,
        "ChargingStatusReq" | "CurrentDemandReq" | "AC_ChargeLoopReq" | "DC_ChargeLoopReq" | "WPT_ChargeLoopReq"
    )
}

/// The times of a generation.
#[must_use]
pub const fn of(protocol: Protocol) -> &'static Timing {
    match protocol {
        Protocol::Din => &DIN,
        Protocol::Iso2 => &ISO2,
        Protocol::Iso20 => &ISO20,
    }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// DIN 70121.
pub static DIN: Timing = Timing {
    message_timeout: ms(2_000),
    message_performance: ms(1_500),
    exceptions: &[Exception { requests: &["CurrentDemandReq"], timeout: ms(250), performance: ms(25) }],
    sequence_timeout: ms(60_000),
    sequence_performance: ms(40_000),
    loop_sequence_timeout: ms(60_000),
    setup_timeout: ms(20_000),
    setup_performance: ms(18_000),
    ongoing_timeout: ms(60_000),
    ongoing_performance: ms(55_000),
    cable_check_timeout: ms(40_000),
    pre_charge_timeout: ms(7_000),
    close_after_stop: ms(5_000),
};

/// ISO 15118-2.
pub static ISO2: Timing = Timing {
    message_timeout: ms(2_000),
    message_performance: ms(1_500),
    exceptions: &[
        Exception {
            requests: &[
                "ServiceDetailReq",
                "PaymentDetailsReq",
                "CertificateInstallationReq",
                "CertificateUpdateReq",
                "PowerDeliveryReq",
            ],
            timeout: ms(5_000),
            performance: ms(4_500),
        },
        Exception { requests: &["CurrentDemandReq"], timeout: ms(250), performance: ms(25) },
    ],
    sequence_timeout: ms(60_000),
    sequence_performance: ms(40_000),
    loop_sequence_timeout: ms(60_000),
    setup_timeout: ms(20_000),
    setup_performance: ms(18_000),
    ongoing_timeout: ms(60_000),
    ongoing_performance: ms(55_000),
    cable_check_timeout: ms(40_000),
    pre_charge_timeout: ms(7_000),
    close_after_stop: ms(5_000),
};

/// ISO 15118-20. Peers in the field give a car 60 s after a response of the charge loop, and not half a second; Josev's cars wait
/// 10 s for the voltage, others 7 s.
pub static ISO20: Timing = Timing {
    message_timeout: ms(2_000),
    message_performance: ms(1_500),
    exceptions: &[
        Exception {
            requests: &["CertificateInstallationReq", "ServiceDetailReq"],
            timeout: ms(5_000),
            performance: ms(4_500),
        },
        Exception {
            requests: &["AC_ChargeLoopReq", "DC_ChargeLoopReq", "WPT_ChargeLoopReq"],
            timeout: ms(500),
            performance: ms(250),
        },
    ],
    sequence_timeout: ms(60_000),
    sequence_performance: ms(40_000),
    loop_sequence_timeout: ms(500),
    setup_timeout: ms(20_000),
    setup_performance: ms(18_000),
    ongoing_timeout: ms(60_000),
    ongoing_performance: ms(55_000),
    cable_check_timeout: ms(40_000),
    pre_charge_timeout: ms(10_000),
    close_after_stop: ms(5_000),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_times_of_their_generation() {
        let timeouts = |request| [&DIN, &ISO2, &ISO20].map(|timing| timing.timeout(request).as_millis());
        assert_eq!(timeouts("SessionSetupReq"), [2_000, 2_000, 2_000]);
        assert_eq!(timeouts("PowerDeliveryReq"), [2_000, 5_000, 2_000]);
        assert_eq!(timeouts("CurrentDemandReq"), [250, 250, 2_000]);
        assert_eq!(timeouts("DC_ChargeLoopReq"), [2_000, 2_000, 500]);
    }

    #[test]
    fn a_station_is_patient_but_in_the_loop_of_iso_20() {
        let sequence = |request| {
            [Protocol::Din, Protocol::Iso2, Protocol::Iso20]
                .map(|protocol| of(protocol).sequence_after(request).as_millis())
        };
        assert_eq!(sequence("ChargingStatusReq"), [60_000, 60_000, 500]);
        assert_eq!(sequence("SessionSetupReq"), [60_000; 3]);
    }

    #[test]
    fn who_answers_in_time_is_not_given_up() {
        for timing in [&DIN, &ISO2, &ISO20] {
            for request in
                ["SessionSetupReq", "PowerDeliveryReq", "CurrentDemandReq", "AC_ChargeLoopReq", "ServiceDetailReq"]
            {
                assert!(timing.performance(request) < timing.timeout(request), "{request}");
            }
        }
    }
}
