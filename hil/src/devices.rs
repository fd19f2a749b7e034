//! Which devices a charger has: the `[devices]` table of a board file and of a rig file.
//!
//! ```toml
//! [devices]
//! power_board = "rpmsg:rpmsg_tuxevse@14"
//! lock = "i2c:/dev/i2c-0@0x20"
//! meter = "modbus:/dev/ttyUSB_RS485?unit=1"
//! ```

use serde::{Deserialize, Serialize};

use crate::Endpoint;

/// Where each device of one charger is. What is not named is not there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// Runs the safety machine.
    pub power_board: Endpoint,
    /// Holds the plug; a socket needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Endpoint>,
    /// At the outlet.
    pub meter: Endpoint,
    /// At the house connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid_meter: Option<Endpoint>,
    /// Reads cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_reader: Option<Endpoint>,
    /// Shows the driver what happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Endpoint>,
    /// The DC power supply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_supply: Option<Endpoint>,
    /// Between the DC lines and earth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insulation_monitor: Option<Endpoint>,
    /// The PLC modem, as the Ethernet interface that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plc: Option<Endpoint>,
}

impl Devices {
    /// The keys of all devices there are, in their order.
    pub const KEYS: [&'static str; 9] = [
        "power_board",
        "lock",
        "meter",
        "grid_meter",
        "token_reader",
        "panel",
        "power_supply",
        "insulation_monitor",
        "plc",
    ];

    /// Every device that is named, under its key.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Endpoint)> {
        [
            ("power_board", Some(&self.power_board)),
            ("lock", self.lock.as_ref()),
            ("meter", Some(&self.meter)),
            ("grid_meter", self.grid_meter.as_ref()),
            ("token_reader", self.token_reader.as_ref()),
            ("panel", self.panel.as_ref()),
            ("power_supply", self.power_supply.as_ref()),
            ("insulation_monitor", self.insulation_monitor.as_ref()),
            ("plc", self.plc.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, endpoint)| Some((key, endpoint?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "power_board = \"rpmsg:rpmsg_tuxevse@14\"\nmeter = \"modbus:/dev/ttyUSB0?unit=1\"\n";

    #[test]
    fn a_board_and_a_meter_are_enough_and_the_rest_is_named_in_order() {
        let devices: Devices = toml::from_str(TWO).expect("a table");
        assert_eq!(devices.named().map(|(key, _)| key).collect::<Vec<_>>(), ["power_board", "meter"]);
        let all = Devices::KEYS.map(|key| format!("{key} = \"sim:model\"\n")).concat();
        let all: Devices = toml::from_str(&all).expect("a table");
        assert_eq!(all.named().map(|(key, _)| key).collect::<Vec<_>>(), Devices::KEYS);
        let devices: Devices =
            toml::from_str(&format!("{TWO}plc = \"eth:eth2\"\nlock = \"i2c:/dev/i2c-0@0x20\"\n")).expect("a table");
        let named: Vec<_> = devices.named().map(|(key, endpoint)| format!("{key}={endpoint}")).collect();
        assert_eq!(named[1..], ["lock=i2c:/dev/i2c-0@0x20", "meter=modbus:/dev/ttyUSB0?unit=1", "plc=eth:eth2"]);
        let again: Devices = toml::from_str(&toml::to_string(&devices).expect("it is written")).expect("it is read");
        assert_eq!(again, devices);
    }

    #[test]
    fn what_no_charger_has_and_what_is_no_endpoint_is_refused() {
        let refused = |text: &str| toml::from_str::<Devices>(text).expect_err("refused").message().to_owned();
        assert!(
            refused(&format!("{TWO}toaster = \"usb:1\"\n")).starts_with("unknown field `toaster`, expected one of")
        );
        assert_eq!(refused("meter = \"modbus:/dev/ttyUSB0\"\n"), "missing field `power_board`");
        assert!(refused(&TWO.replace("rpmsg:", "")).contains("expected SCHEME:TARGET"));
    }
}
