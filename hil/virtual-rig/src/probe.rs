//! Opens one device of a rig and asks it something that changes nothing: what `plugfest rig check` says of it.
//!
//! | device | what it is asked |
//! |---|---|
//! | `power_board` | who it is; it answers with the outlet off |
//! | `lock` | where the bolt is |
//! | `meter`, `grid_meter` | a reading |
//! | `power_supply`, `insulation_monitor` | a reading, switched as it is |
//! | `plc` | its software |
//! | `v2g` | where a car could connect |
//! | `token_reader`, `panel` | nothing: that it opens is all |
//! | `interlock` | whether it is closed |
//! | `pcap` | nothing: that frames can be captured there is all |
//! | `scope` | whether `sigrok-cli` finds it |

use std::time::Duration;

use hardware::{
    ConnectorLock as _, InsulationMonitor as _, LinkError, Meter as _, PowerBoard as _, PowerSupplyDc as _,
    V2gNetwork as _,
};
use hil::insulation::IsoCha425;
use hil::lock::I2cLock;
use hil::meter::AnyMeter;
use hil::panel::AnyPanel;
use hil::plc::{Capture, PacketLink};
use hil::reader::AnyReader;
use hil::supply::CanSupply;
use hil::v2g_network::KernelV2gNetwork;
use hil::{AnyBoard, Endpoint, Open as _};
use hil_rig::{Checked, RigFile, World};

use crate::operator::recorders::find_scope;
use crate::programs::Programs;
use crate::{interlock, operator};

/// A device that does not answer within this time is not ready.
const LIMIT: Duration = Duration::from_secs(3);

/// A modem is asked for a little less long, so that it is the modem that is told to be silent.
const MODEM: Duration = Duration::from_secs(2);

/// Looks at everything that a rig file names, and at what a run on it needs besides: programs, and what a bench must have.
#[must_use]
pub fn check(file: &RigFile) -> Checked {
    let mut checked = hil_rig::check(file, |key, endpoint| match file.rig.world {
        World::Twin => Ok("made for a run".into()),
        World::Operator => probe(key, endpoint),
    });
    for (name, program) in Programs::look(file.rig.host) {
        let (place, verdict) = match program {
            Ok(path) => (path.display().to_string(), Ok("is there".into())),
            Err(why) => ("-".into(), Err(why)),
        };
        checked.add(name, place, verdict);
    }
    if file.rig.world == World::Operator
        && let Err(why) = operator::suits(file)
    {
        checked.add("rig file", file.path().display().to_string(), Err(why));
    }
    checked
}

/// Opens the device under that key of a rig file, and answers what it says of itself.
///
/// # Errors
/// Why it cannot be used, with its place.
pub fn probe(key: &str, endpoint: &Endpoint) -> Result<String, String> {
    if key == "interlock" {
        return interlock::is_closed(endpoint).map(|closed| if closed { "closed".into() } else { "open".into() });
    }
    if key == "scope" {
        return find_scope(endpoint);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let local = tokio::task::LocalSet::new();
    let answer = runtime.block_on(local.run_until(async { tokio::time::timeout(LIMIT, ask(key, endpoint)).await }));
    // A stuck thread of a device holds up nobody.
    runtime.shutdown_background();
    match answer {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("{endpoint}: no answer within {LIMIT:?}")),
    }
}

async fn ask(key: &str, endpoint: &Endpoint) -> Result<String, LinkError> {
    Ok(match key {
        "power_board" => {
            let info = AnyBoard::open(endpoint).await?.start().await?;
            format!("{}, protocol {}", info.firmware, info.protocol)
        }
        "lock" => format!("{:?}", I2cLock::open(endpoint).await?.position().await?).to_lowercase(),
        "meter" | "grid_meter" => {
            let reading = AnyMeter::open(endpoint).await?.read().await?;
            let [volts, ..] = reading.voltage.0;
            format!(
                "{:.1} V, {:.1} A, {:.2} kWh",
                volts.volts(),
                reading.current.highest().amps(),
                reading.import.watt_hours() / 1e3
            )
        }
        "power_supply" => {
            let reading = CanSupply::open(endpoint).await?.read().await?;
            let on = if reading.on { "on" } else { "off" };
            format!("{on}, {:.1} V, {:.1} A", reading.voltage.volts(), reading.current.amps())
        }
        "insulation_monitor" => match IsoCha425::open(endpoint).await?.read().await?.resistance {
            Some(resistance) => format!("{} kOhm", resistance.0 / 1000),
            None => "answers, measures nothing".into(),
        },
        "plc" => {
            let modem = station::probe_modem(&mut PacketLink::open(endpoint).await?, MODEM).await?;
            let address = modem.address.map(|byte| format!("{byte:02x}")).join(":");
            format!("{} at {address}", modem.version)
        }
        "token_reader" => {
            AnyReader::open(endpoint).await?;
            "opened".into()
        }
        "panel" => {
            AnyPanel::open(endpoint).await?;
            "opened".into()
        }
        "v2g" => format!("at {}", KernelV2gNetwork::open(endpoint).await?.listen().await?),
        "pcap" => {
            Capture::open(endpoint)?;
            "opened".into()
        }
        _ => return Err(endpoint.wrong(format!("nothing is known of a {key}")).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told_with_its_place() {
        for (key, endpoint) in [
            ("power_board", "uart:/dev/no-such-line"),
            ("lock", "i2c:/dev/no-such-bus@0x20"),
            ("meter", "modbus:/dev/no-such-line?unit=1&map=eastron-sdm72d-m-v2"),
            ("grid_meter", "tic:/dev/no-such-line?mode=standard"),
            ("power_supply", "can:nocan7?proto=infypower"),
            ("insulation_monitor", "isocha425:/dev/no-such-line?unit=3"),
            ("plc", "packet:noeth7"),
            ("token_reader", "pn532:/dev/no-such-line"),
            ("panel", "fb:/dev/no-such-screen"),
            ("v2g", "interface:noeth7"),
            ("interlock", "gpio:/dev/no-such-chip@DOOR"),
            ("pcap", "packet:noeth7"),
            ("scope", "sigrok:no-such-driver"),
        ] {
            let target = endpoint.split([':', '@', '?']).nth(1).unwrap_or_default();
            let error = probe(key, &endpoint.parse().expect("an endpoint")).expect_err("not there");
            assert!(error.contains(target), "{key}: {error}");
        }
    }

    #[test]
    fn a_line_where_nobody_answers_is_given_up() {
        let pty = crate::stream::Pty::open().expect("a pty");
        let endpoint = format!("modbus:{}?unit=1&map=eastron-sdm72d-m-v2", pty.path.display());
        let error = probe("meter", &endpoint.parse().expect("an endpoint")).expect_err("silent");
        assert!(error.contains(&pty.path.display().to_string()), "{error}");
    }
}
