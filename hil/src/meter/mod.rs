//! Meters: Modbus energy meters by register map, and the French house meter.

mod modbus;
mod tic;

use hardware::{LinkError, Meter, MeterReading};

pub use modbus::ModbusMeter;
pub(crate) use modbus::settings as modbus_settings;
pub use tic::TicMeter;

use crate::{Endpoint, EndpointError, Open};

/// Any meter, by the scheme of its endpoint: `modbus:` or `tic:`.
#[derive(Debug)]
pub enum AnyMeter {
    /// A Modbus meter with a register map.
    Modbus(ModbusMeter),
    /// A French house meter.
    Tic(TicMeter),
}

impl Open for AnyMeter {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        match endpoint.scheme() {
            "modbus" => ModbusMeter::check(endpoint),
            "tic" => TicMeter::check(endpoint),
            _ => Err(endpoint.wrong("no meter: expected modbus: or tic:")),
        }
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        match endpoint.scheme() {
            "modbus" => ModbusMeter::open(endpoint).await.map(Self::Modbus),
            "tic" => TicMeter::open(endpoint).await.map(Self::Tic),
            _ => Err(endpoint.wrong("no meter: expected modbus: or tic:").into()),
        }
    }
}

impl Meter for AnyMeter {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        match self {
            Self::Modbus(meter) => meter.read().await,
            Self::Tic(meter) => meter.read().await,
        }
    }
}

/// Splits a whole over the lines in proportion to weights; where there are none, the first line has it all. The parts add up.
fn share(whole: i32, weights: [u32; 3]) -> [i32; 3] {
    let sum: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
    if sum == 0 {
        return [whole, 0, 0];
    }
    // Each line takes its part of what is left, so that the last one takes all of it.
    let (mut left, mut weight_left) = (i64::from(whole), sum);
    weights.map(|weight| {
        let part = if weight_left == 0 { 0 } else { left * i64::from(weight) / weight_left };
        left -= part;
        weight_left -= i64::from(weight);
        part as i32
    })
}

#[cfg(test)]
mod tests {
    use hardware::ErrorKind;

    use super::*;

    #[test]
    fn the_parts_add_up() {
        assert_eq!(share(1000, [1, 1, 1]), [333, 333, 334]);
        assert_eq!(share(-2310, [10, 0, 0]), [-2310, 0, 0]);
        assert_eq!(share(7, [0, 0, 5]), [0, 0, 7]);
        assert_eq!(share(7, [0, 0, 0]), [7, 0, 0]);
        assert_eq!(
            share(i32::MIN, [u32::MAX, 1, u32::MAX]).iter().map(|part| i64::from(*part)).sum::<i64>(),
            i64::from(i32::MIN)
        );
    }

    #[tokio::test]
    async fn what_is_no_meter_is_refused() {
        for (text, expected) in [
            ("i2c:/dev/i2c-0", "expected modbus: or tic:"),
            ("modbus:/dev/null?unit=1", "map: expected"),
            ("modbus:/dev/null?map=sdm72", "expected a path, or one of abb-b23, eastron-sdm230"),
            ("modbus:/dev/null?map=/no/such.toml", "/no/such.toml"),
            ("modbus:/dev/null?map=eastron-sdm230&unit=0", "unit: expected 1 to 247"),
            (
                "modbus:/dev/null?map=eastron-sdm230&word_order=acbd",
                "word_order: expected abcd or cdab or badc or dcba",
            ),
            ("modbus:/dev/null?map=eastron-sdm230&wordorder=abcd", "unknown option \"wordorder\""),
            ("tic:/dev/null?mode=historique", "mode: expected standard or historic, got \"historique\""),
            ("tic:/dev/null?stale=6", "unknown option \"stale\""),
            ("tic:udp:nowhere?mode=standard", "expected udp:ADDRESS:PORT"),
        ] {
            let error = AnyMeter::open(&text.parse().expect("an endpoint")).await.expect_err(text);
            assert_eq!(error.kind, ErrorKind::Refused, "{text}: {error}");
            assert!(error.what.contains(expected), "{text}: {error}");
        }
    }
}
