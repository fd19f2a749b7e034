//! What the types of a rig file alone do not say.

use hil_endpoint::{DeviceKey, DeviceTable, Endpoint, StationDevices};

use super::{Host, RigFile, World};
use crate::caps;

/// The highest values that a rig file may state; a typing error beyond them is found.
const MAX_V: u32 = 1500;
const MAX_A: u32 = 1000;

/// The first thing that is wrong: its key, and what was expected there.
pub(super) fn check(file: &RigFile) -> Result<(), (String, String)> {
    let RigFile { rig, safety, caps, evse, timing, reservation, .. } = file;
    let checks = [
        (is_id(&rig.id), "rig.id", "from 1 to 48 of a-z, 0-9, '-', '_' and '.', the first a letter or a digit"),
        (!rig.place.trim().is_empty(), "rig.place", "where the rig stands, in words"),
        (safety.max_v <= MAX_V, "safety.max_v", "from 0 to 1500 V; 0 where all energy is in a model"),
        (safety.max_a <= MAX_A, "safety.max_a", "from 0 to 1000 A"),
        (
            !safety.energised || safety.is_real(),
            "safety.energised",
            "false where max_v is 0: nothing can be energised there",
        ),
        (
            rig.world != World::Twin || !safety.is_real(),
            "safety.max_v",
            "0 where the world is a twin: all energy is in its models",
        ),
        (
            !safety.energised || safety.interlock.is_some(),
            "safety.interlock",
            "a line that reads closed while it is safe: nothing is energised without one",
        ),
        (
            safety.interlock.as_ref().is_none_or(|interlock| matches!(interlock.scheme(), "gpio" | "sim")),
            "safety.interlock",
            "a line, such as gpio:/dev/gpiochip0@INTERLOCK",
        ),
        (
            rig.world != World::Operator || file.named().any(|(_, device)| !matches!(device.scheme(), "none" | "sim")),
            "devices",
            "at least one real device where the world is an operator",
        ),
        ((1..=10_000).contains(&timing.resolution_ms), "timing.resolution_ms", "from 1 to 10000 ms"),
        ((1..=60_000).contains(&timing.stall_ms), "timing.stall_ms", "from 1 to 60000 ms"),
        (
            reservation.labgrid.as_deref().is_none_or(is_host_and_port),
            "reservation.labgrid",
            "HOST:PORT of the coordinator, such as coordinator:20408",
        ),
        (
            reservation.place.as_deref().is_none_or(|place| !place.is_empty() && !place.starts_with('-')),
            "reservation.place",
            "the name of a place at the coordinator",
        ),
        (
            reservation.place.is_none() || reservation.labgrid.is_some(),
            "reservation.place",
            "nothing without reservation.labgrid: a lock file goes by the rig's id",
        ),
    ];
    if let Some((_, key, expected)) = checks.into_iter().find(|(good, ..)| !good) {
        return Err((key.into(), expected.into()));
    }
    // A guest has device nodes of its own. What is on this machine would be driven without reservation, limits or safe state.
    let real =
        file.named().find(|(_, device)| rig.world == World::Twin && rig.host == Host::Local && !is_model(device));
    if let Some((key, device)) = real {
        let expected = format!("a model (pty, world, sim: or none:) where the world is a twin, got {device}");
        return Err((key.to_string(), expected));
    }
    for (key, device) in file.named() {
        if let Some(line) = device.target().strip_prefix("pty:") {
            let on_modbus = matches!(key.name, "meter" | "insulation_monitor");
            if !on_modbus || !is_name_of_line(line) {
                let expected = "pty, or pty:NAME where it shares a line of that name: only devices on Modbus do, and a name has \
                                1 to 32 of a-z, 0-9 and '-'";
                return Err((key.to_string(), expected.into()));
            }
        }
    }
    let of_evse = |key: &DeviceKey| key.table == DeviceTable::Devices && !StationDevices::NAMES.contains(&key.name);
    if let Some((key, _)) = file.named().find(|(key, _)| !evse.is_empty() && of_evse(key)) {
        return Err((key.to_string(), "under [[evse]]: each EVSE has its own".into()));
    }
    for (index, cap) in caps.provides.iter().enumerate() {
        let key = format!("caps.provides[{index}]");
        if !caps::is_word(cap) {
            return Err((key, format!("a word such as plc or rfid.pn532, got {cap:?}")));
        }
        if caps.provides[..index].contains(cap) {
            return Err((key, format!("{cap} once, it is there twice")));
        }
        if let Some(device) =
            caps::device_of(cap).filter(|device| file.device(device).is_none_or(|at| at.scheme() == "none"))
        {
            let table = if evse.is_empty() { DeviceTable::Devices } else { DeviceTable::Evse(0) };
            return Err((key, format!("a device for {cap}: {table}.{device} is missing")));
        }
        if cap == "evses" && evse.len() < 2 {
            return Err((key, "devices for several EVSEs, each under an [[evse]] of its own".into()));
        }
    }
    Ok(())
}

/// Whether what is at that endpoint is made for a run, or is not there.
fn is_model(device: &Endpoint) -> bool {
    matches!(device.scheme(), "none" | "sim") || is_made(device)
}

/// A name that can be part of a file's name as well.
fn is_name_of_line(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(good)
}

/// Whether its wire is made for a run: `pty`, `pty:NAME`, `world`, or a socket of the world.
fn is_made(device: &Endpoint) -> bool {
    let target = device.target();
    target == "pty" || target.starts_with("pty:") || matches!(target.rsplit(':').next(), Some("world"))
}

/// A name that can be part of a file's name.
fn is_id(id: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    id.len() <= 48 && id.bytes().all(good) && id.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_host_and_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        // It becomes an argument of a program: nothing that would be taken for an option.
        !host.is_empty() && !host.starts_with('-') && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}
