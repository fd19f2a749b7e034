//! Makes every outlet safe on a path of its own: the devices are opened anew, nothing of the running program is needed.
//!
//! A power board with a firmware of ours opens the contactor by itself when the heartbeat is missing, and a DC supply
//! switches itself off when it hears nothing. For these, this is for the seconds until then. A plain Tux-EVSE firmware does
//! nothing about a host that is silent: there, this is all that opens the contactor, until the car lets go.

use std::fmt::Display;
use std::time::Duration;

use event_log::Log;
use futures_util::future::join_all;
use hardware::{PowerBoard, PowerSupplyDc};
use hil::supply::CanSupply;
use hil::{AnyBoard, DeviceTable, Devices, Endpoint, EvseDevices, Reopening};
use iec61851::{Permission, PilotSignal};
use serde_json::json;

use crate::board_file::BoardFile;
use crate::ending::Ending;
use crate::panics;

/// What an operator is told when it could not be done.
pub(crate) const NOT_SAFE: &str = "not known to be safe; a board opens when the heartbeat is missing, \
                                   unless its firmware is the plain one of Tux-EVSE";

/// How long it may take after a panic.
const AFTER_PANIC: Duration = Duration::from_millis(500);

/// The devices that can put power on an outlet, of every EVSE.
#[derive(Clone, Debug)]
pub(crate) struct Dangerous(Vec<Outlet>);

/// Those of one EVSE.
#[derive(Clone, Debug)]
struct Outlet {
    table: DeviceTable,
    /// `None`: the file names none that could be reached.
    power_board: Option<Endpoint>,
    power_supply: Option<Endpoint>,
}

impl Dangerous {
    /// Those of a board file, whatever else is wrong with it; `None` when it names no power board at all.
    pub(crate) fn of(file: &BoardFile) -> Option<Self> {
        let outlets: Vec<_> = file
            .dangerous()
            .map(|(table, board, supply)| Outlet { table, power_board: board.cloned(), power_supply: supply.cloned() })
            .collect();
        outlets.iter().any(|outlet| outlet.power_board.is_some()).then_some(Self(outlets))
    }
}

impl From<&Devices> for Dangerous {
    fn from(devices: &Devices) -> Self {
        let outlet = |evse: &EvseDevices| Outlet {
            table: evse.table,
            power_board: Some(evse.power_board.clone()),
            power_supply: evse.power_supply.clone(),
        };
        Self(devices.evses.iter().map(outlet).collect())
    }
}

/// The verb `safe-state`.
pub(crate) fn run(devices: &Dangerous, within: Duration) -> Ending {
    match in_time(devices, within) {
        Ok(()) => {
            tracing::info!(
                "safe: the permission is withdrawn, the pilot offers nothing (X1, or F on a gpio: board), a supply is off"
            );
            Ending::Orderly
        }
        Err(why) => {
            tracing::error!(why, "{NOT_SAFE}");
            Ending::Start
        }
    }
}

/// Does the work. When it panics, its devices are gone with it, and the outlet is made safe past it.
pub(crate) fn guard(devices: &Dangerous, log: &Log, work: impl FnOnce() -> Ending) -> Ending {
    panics::catch(work).unwrap_or_else(|what| after_panic(devices, log, &what))
}

/// After a panic: what can be done in half a second is done, and the event log says how it went.
fn after_panic(devices: &Dangerous, log: &Log, what: &str) -> Ending {
    log.record("run", "broken", json!({ "what": what }));
    let safe = in_time(devices, AFTER_PANIC);
    log.record("run", "safe_state", json!({ "why": safe.as_ref().err() }));
    if let Err(why) = safe {
        tracing::error!(why, "{NOT_SAFE}");
    }
    Ending::Panicked
}

fn in_time(devices: &Dangerous, within: Duration) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let safe = runtime.block_on(async {
        tokio::time::timeout(within, make_safe(devices))
            .await
            .unwrap_or_else(|_| Err(format!("not done within {} ms", within.as_millis())))
    });
    // A stuck thread of a device holds up nobody.
    runtime.shutdown_background();
    safe
}

/// Withdraws the permission and switches the supply off, at every EVSE at once. Each device is tried, whatever the others say.
pub(crate) async fn make_safe(devices: &Dangerous) -> Result<(), String> {
    let failed: Vec<_> = join_all(devices.0.iter().map(outlet_safe)).await.into_iter().flatten().collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

/// Makes one outlet safe; what could not be done.
async fn outlet_safe(outlet: &Outlet) -> Vec<String> {
    let board = async {
        let Some(endpoint) = &outlet.power_board else {
            return Err(format!("{}.power_board: there is none that could be told", outlet.table));
        };
        let mut board = Reopening::<AnyBoard>::new(endpoint.clone());
        // In this order: the permission is what closes the contactor.
        let withdrawn = board.allow_power(Permission::Withdrawn).await;
        let pilot = board.set_pilot(PilotSignal::X1).await;
        withdrawn.and(pilot).map_err(text)
    };
    let supply = async {
        match outlet.power_supply.clone().map(Reopening::<CanSupply>::new) {
            Some(mut supply) => supply.switch(false).await.map_err(text),
            None => Ok(()),
        }
    };
    let (board, supply) = tokio::join!(board, supply);
    [board, supply].into_iter().filter_map(Result::err).collect()
}

fn text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Board;
    use iec61851::Command;

    fn dangerous(table: &str) -> Dangerous {
        Dangerous::of(&BoardFile::parse("board.toml", &format!("[devices]\n{table}"))).expect("a board")
    }

    /// A power board behind a pty of its own, and the table that names it.
    fn bench(test: &str) -> (Board, Dangerous, std::path::PathBuf) {
        let folder = std::env::temp_dir().join(format!("chargerd-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let board = Board::behind(&folder.join("board"));
        let table = format!(
            "power_board = \"uart:{}\"\nmeter = \"modbus:/dev/none?map=eastron-sdm72d-m-v2\"\n",
            folder.join("board").display()
        );
        (board, dangerous(&table), folder)
    }

    #[test]
    fn a_panic_is_told_and_the_permission_is_withdrawn_on_a_fresh_path() {
        let (board, devices, folder) = bench("panic");
        let log = Log::memory();
        let ending = guard(&devices, &log, || panic!("a bug in the charger"));
        assert_eq!(ending, Ending::Panicked);
        board.hears(Command::AllowPower(Permission::Withdrawn));
        board.hears(Command::SetPilot(PilotSignal::X1));
        let events = log.snapshot();
        assert!(events[0].is("run", "broken") && events[0].text("what").contains("a bug in the charger"));
        assert!(events[1].is("run", "safe_state") && events[1].data["why"].is_null());
        drop(std::fs::remove_dir_all(folder));
    }

    #[test]
    fn every_outlet_is_made_safe_and_one_that_cannot_be_does_not_keep_the_others_from_it() {
        let (first, _, folder) = bench("two");
        let second = Board::behind(&folder.join("second"));
        let evse = |board: &str| format!("[[evse]]\npower_board = {board}\nmeter = 5\n");
        let uart = |name: &str| format!("\"uart:{}\"", folder.join(name).display());
        let safe = |text: &str| {
            let devices = Dangerous::of(&BoardFile::parse("board.toml", text)).expect("a board");
            in_time(&devices, AFTER_PANIC)
        };
        let both = evse(&uart("board")) + &evse(&uart("second"));
        assert_eq!(safe(&both), Ok(()));
        for board in [&first, &second] {
            board.hears(Command::AllowPower(Permission::Withdrawn));
            board.hears(Command::SetPilot(PilotSignal::X1));
        }
        // The file does not say where the first one is: that is told, and the second one is made safe.
        let why = safe(&(evse("7") + &evse(&uart("second")))).expect_err("one is not known");
        assert_eq!(why, "evse[0].power_board: there is none that could be told");
        second.hears(Command::AllowPower(Permission::Withdrawn));
        assert!(Dangerous::of(&BoardFile::parse("board.toml", &evse("7"))).is_none());
        drop(std::fs::remove_dir_all(folder));
    }

    #[test]
    fn work_that_ends_well_touches_nothing() {
        let (board, devices, folder) = bench("no-panic");
        assert_eq!(guard(&devices, &Log::memory(), || Ending::Orderly), Ending::Orderly);
        assert!(board.heard().is_empty());
        drop(std::fs::remove_dir_all(folder));
    }

    #[test]
    fn a_board_that_is_not_there_is_told_and_does_not_hold_up_the_end() {
        // The rest of the file is wrong, and that is no reason to leave an outlet alone.
        let table = "power_board = \"uart:/dev/chargerd-none\"\nmeter = \"modbus:/dev/none\"\nlock = 5\n";
        let (log, devices) = (Log::memory(), dangerous(table));
        assert_eq!(guard(&devices, &log, || panic!("a bug")), Ending::Panicked);
        assert!(log.snapshot()[1].text("why").contains("/dev/chargerd-none"));
    }
}
