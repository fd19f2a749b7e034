//! What is kept of a scenario: the same files, under the same names, in the twin and on every rig.
//!
//! | file | what | read with |
//! |---|---|---|
//! | `events.ndjson` | everything, on one time axis; all others are views of it | this program |
//! | `run.json` | rig, versions, verdict, measurements with their limits | anything |
//! | `cp.csv`, `cp.vcd` | the control pilot | a spreadsheet, a wave viewer |
//! | `ocpp.jsonl` | OCPP frames, one a line | `jq` |
//! | `plc.pcapng` | Ethernet frames of the modem, with the TLS secrets | Wireshark |
//! | `can.log` | CAN frames, as `candump -L` writes them | can-utils |
//! | `panel.png` | the panel, where a step looked at its pixels | a browser |
//! | `cp.sr` | what a scope at the pilot of a bench recorded | PulseView, sigrok-cli |
//! | `uart.log`, `wire.log` | bytes of the serial lines, of I2C and the rest | people |
//!
//! What passes on the wires is told by the models at their other ends, and on a bench by the charger itself.
//!
//! A file without content is not written. Second 0 of each is `began_micros` in `run.json`; captures have absolute times.

mod frame;
mod pcapng;
mod pilot;
mod run_record;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use event_log::{Event, ReadError, output};
use serde_json::{Value, json};

pub use frame::{Direction, Frame, Wire};
pub use pcapng::Capture;
pub use run_record::{About, RunRecord};

use self::frame::{hex, id_text};
use self::pilot::{Trace, seconds};

/// A file that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct EvidenceError {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

impl EvidenceError {
    fn at(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self { path: path.into(), source }
    }
}

/// Writes all views of the log `events.ndjson` that lies in the folder. A damaged line is counted and passed over.
///
/// # Errors
/// The log cannot be read, or a file cannot be written.
pub fn write_from_log(folder: &Path, about: &About) -> Result<RunRecord, EvidenceError> {
    let path = folder.join("events.ndjson");
    let log = File::open(&path).map_err(EvidenceError::at(&path))?;
    let (mut events, mut damaged) = (Vec::new(), 0);
    for event in event_log::read(BufReader::new(log)) {
        match event {
            Ok(event) => events.push(event),
            Err(ReadError::Line { .. }) => damaged += 1,
            Err(ReadError::Io(source)) => return Err(EvidenceError { path, source }),
        }
    }
    write_with(folder, &events, about, damaged)
}

/// Writes all views of these events into the folder, over those of an earlier call; answers the record that is `run.json`.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, events: &[Event], about: &About) -> Result<RunRecord, EvidenceError> {
    write_with(folder, events, about, 0)
}

fn write_with(folder: &Path, events: &[Event], about: &About, damaged: usize) -> Result<RunRecord, EvidenceError> {
    let mut record = RunRecord::of(events, about);
    record.unreadable += damaged;
    let frames = Frames::of(events);
    record.unreadable += frames.unreadable;
    let trace = Trace::of(events);
    let [csv, vcd] = if trace.is_empty() { [String::new(), String::new()] } else { [trace.csv(), trace.vcd()] };
    let files = [
        ("can.log", frames.can(about.began_micros).into_bytes()),
        ("cp.csv", csv.into_bytes()),
        ("cp.vcd", vcd.into_bytes()),
        ("ocpp.jsonl", ocpp(events).into_bytes()),
        ("plc.pcapng", frames.plc(about.began_micros, events).map_err(EvidenceError::at(&folder.join("plc.pcapng")))?),
        ("uart.log", frames.text(Wire::Uart).into_bytes()),
        ("wire.log", frames.text(Wire::Other).into_bytes()),
    ];
    for (name, bytes) in files {
        let path = folder.join(name);
        if !bytes.is_empty() {
            output::replace(&path, &bytes).map_err(EvidenceError::at(&path))?;
        } else if path.exists() && name != "plc.pcapng" {
            // Of an earlier call: it would be taken for this scenario's. Frames that are not in the log are written while they are
            // heard.
            fs::remove_file(&path).map_err(EvidenceError::at(&path))?;
        }
    }
    record.files = beside(folder).map_err(EvidenceError::at(folder))?;
    let path = folder.join(RECORD);
    output::replace(&path, record.to_json().as_bytes()).map_err(EvidenceError::at(&path))?;
    Ok(record)
}

/// The record of a scenario.
const RECORD: &str = "run.json";

/// The files beside the record, whoever wrote them.
fn beside(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let names = entries.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name != RECORD).collect();
    names.sort();
    Ok(names)
}

/// The frames of all wires, in the order in which they were seen.
struct Frames<'a> {
    frames: Vec<(&'a Event, Frame)>,
    unreadable: usize,
}

impl<'a> Frames<'a> {
    fn of(events: &'a [Event]) -> Self {
        let (mut frames, mut unreadable) = (Vec::new(), 0);
        for event in events {
            match Frame::of(event) {
                Some(Ok(frame)) if frame.wire() == Wire::Can && frame.id.is_none() => unreadable += 1,
                Some(Ok(frame)) => frames.push((event, frame)),
                Some(Err(_)) => unreadable += 1,
                None => {}
            }
        }
        Self { frames, unreadable }
    }

    fn on(&self, wire: Wire) -> impl Iterator<Item = (&Event, &Frame)> {
        self.frames.iter().filter(move |(_, frame)| frame.wire() == wire).map(|(event, frame)| (*event, frame))
    }

    /// As `candump -L` writes it: `(1700000000.123456) can0 029C00F0#00061A80000186A0`, CAN FD with `##` and its flags.
    fn can(&self, began: u64) -> String {
        let mut out = String::new();
        for (event, frame) in self.on(Wire::Can) {
            let Some((id, extended)) = frame.id else { continue };
            let at = began.saturating_add(event.t.as_micros());
            let mark = frame.fd.map_or_else(|| "#".to_owned(), |flags| format!("##{flags:X}"));
            out += &format!(
                "({}.{:06}) {} {}{mark}{}\n",
                at / 1_000_000,
                at % 1_000_000,
                frame.bus,
                id_text(id, extended),
                hex(&frame.bytes, "")
            );
        }
        out
    }

    /// `0.123456 uart out 0A 05 15`
    fn text(&self, wire: Wire) -> String {
        let mut out = String::new();
        for (event, frame) in self.on(wire) {
            let line =
                format!("{} {} {:<3} {}", seconds(event.t), frame.bus, frame.direction.word(), hex(&frame.bytes, " "));
            out += line.trim_end();
            out.push('\n');
        }
        out
    }

    fn plc(&self, began: u64, events: &[Event]) -> io::Result<Vec<u8>> {
        if self.on(Wire::Plc).next().is_none() {
            return Ok(Vec::new());
        }
        let mut capture = Capture::new(Vec::new())?;
        let mut interfaces = BTreeMap::new();
        for (_, frame) in self.on(Wire::Plc) {
            if !interfaces.contains_key(frame.bus.as_str()) {
                interfaces.insert(frame.bus.as_str(), capture.interface(&frame.bus)?);
            }
        }
        // A reader wants them before the frames they open.
        let secrets: String =
            events.iter().filter(|event| event.is("tls", "secret")).map(|event| secret(event.text("line"))).collect();
        if !secrets.is_empty() {
            capture.secrets(&secrets)?;
        }
        for (event, frame) in self.on(Wire::Plc) {
            let interface = interfaces.get(frame.bus.as_str()).copied().unwrap_or_default();
            capture.frame(interface, began.saturating_add(event.t.as_micros()), frame.direction, &frame.bytes)?;
        }
        capture.finish()
    }
}

/// One line of a key log, whatever line ends stand in it.
fn secret(line: &str) -> String {
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() { line } else { line + "\n" }
}

/// `ocpp.jsonl`: one frame a line, with its time and its direction as seen from the charger.
fn ocpp(events: &[Event]) -> String {
    let mut out = String::new();
    for event in events.iter().filter(|event| event.source == "ocpp") {
        let direction = match event.kind.as_str() {
            "received" => "in",
            "sent" => "out",
            _ => continue,
        };
        let frame = event.data.get("frame").unwrap_or(&Value::Null);
        out += &format!("{}\n", json!({ "t": event.t.as_secs_f64(), "dir": direction, "frame": frame }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Events, Folder};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn about() -> About {
        About { rig: "bench-3".into(), began_micros: 1_700_000_000_000_000, ..About::default() }
    }

    fn frame(log: &mut Events, at: u64, frame: &Frame) {
        log.at(at).record("wire", "frame", frame.data());
    }

    fn scenario() -> Events {
        use Direction::{In, Out};
        let mut log = Events::default();
        log.at(0).record("run", "begin", json!({ "scenario": "a.feature:3", "seed": 1 }));
        log.at(0).record("cp", "state", json!({ "state": "A1" }));
        frame(&mut log, 123_456, &Frame::can("can0", Out, 0x029C_00F0, true, [0, 6, 0x1A, 0x80, 0, 1, 0x86, 0xA0]));
        frame(&mut log, 200_000, &Frame { fd: Some(1), ..Frame::can("can0", In, 0x12, false, [7; 12]) });
        frame(&mut log, 300_000, &Frame::new("uart", Out, [0x0A, 0x05, 0x15]));
        frame(&mut log, 310_000, &Frame::new("rpmsg", In, [0x08, 0x00]));
        frame(&mut log, 400_000, &Frame::new("plc", Out, [&[0xff; 12][..], &[0x88, 0xe1, 1]].concat()));
        log.at(500_000).record("tls", "secret", json!({ "line": "CLIENT_RANDOM 00 11\n" }));
        log.at(600_000).record("ocpp", "sent", json!({ "frame": [2, "1", "Heartbeat", {}] }));
        log.at(650_000).record("ocpp", "received", json!({ "frame": "torn" }));
        log.at(650_000).record("ocpp", "link", json!({ "state": "up" }));
        // Neither of these is a frame.
        log.at(700_000).record("wire", "frame", json!({ "bus": "can0", "dir": "in", "hex": "00" }));
        log.at(700_000).record("wire", "frame", json!({ "bus": "uart", "dir": "up", "hex": "00" }));
        log.at(800_000).record("run", "end", json!({ "verdict": "passed", "message": "" }));
        log
    }

    #[test]
    fn a_scenario_has_its_files() {
        let folder = Folder::new("evidence");
        let record = write(folder.path(), &scenario().events(), &about()).expect("written");
        assert_eq!(record.files, ["can.log", "cp.csv", "cp.vcd", "ocpp.jsonl", "plc.pcapng", "uart.log", "wire.log"]);
        assert_eq!((record.verdict.as_str(), record.unreadable), ("passed", 2));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("it was written");
        assert_eq!(
            read("can.log"),
            "(1700000000.123456) can0 029C00F0#00061A80000186A0\n\
             (1700000000.200000) can0 012##1070707070707070707070707\n"
        );
        assert_eq!(read("uart.log"), "0.300000 uart out 0A 05 15\n");
        assert_eq!(read("wire.log"), "0.310000 rpmsg in  08 00\n");
        assert_eq!(
            read("ocpp.jsonl"),
            "{\"dir\":\"out\",\"frame\":[2,\"1\",\"Heartbeat\",{}],\"t\":0.6}\n{\"dir\":\"in\",\"frame\":\"torn\",\"t\":0.65}\n"
        );
        let back: RunRecord = serde_json::from_str(&read("run.json")).expect("JSON");
        assert_eq!(back, record);
        let capture = fs::read(folder.path().join("plc.pcapng")).expect("it was written");
        let at = |part: &[u8]| capture.windows(part.len()).position(|window| window == part);
        let secrets = at(b"CLIENT_RANDOM 00 11\n").expect("they are there");
        let frame = at(&[0xff, 0xff, 0x88, 0xe1, 1]).expect("it is there");
        assert!(secrets < frame, "a reader wants the secrets first");
    }

    #[test]
    fn a_second_writing_leaves_nothing_of_the_first() {
        let folder = Folder::new("evidence-again");
        write(folder.path(), &scenario().events(), &about()).expect("written");
        let record = write(folder.path(), &[], &about()).expect("written");
        // A capture may be written by whoever hears the frames.
        assert_eq!(record.files, ["plc.pcapng"], "{record:?}");
        let left: BTreeSet<_> =
            fs::read_dir(folder.path()).expect("it is there").flatten().map(|one| one.file_name()).collect();
        assert_eq!(left, ["plc.pcapng", "run.json"].map(Into::into).into());
    }

    #[test]
    fn the_log_of_a_killed_run_has_its_views_too() {
        let folder = Folder::new("evidence-killed");
        let lines: String = scenario().events().iter().map(|event| event.line() + "\n").collect();
        let torn = format!("nonsense\n{}", &lines[..lines.len() - 20]);
        fs::write(folder.path().join("events.ndjson"), torn).expect("written");
        let record = write_from_log(folder.path(), &about()).expect("written");
        assert_eq!((record.verdict.as_str(), record.unreadable, record.files.len()), ("error", 3, 8));
        let error = write_from_log(&folder.path().join("none"), &about()).expect_err("no log").to_string();
        assert!(error.contains("events.ndjson"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let place = Folder::new("evidence-link");
        let (precious, folder) = (place.path().join("precious"), place.path().join("scenario"));
        for name in ["can.log", "cp.csv", "cp.vcd", "ocpp.jsonl", "plc.pcapng", "uart.log", "wire.log", "run.json"] {
            fs::create_dir_all(&folder).expect("made");
            fs::write(&precious, "mine").expect("written");
            std::os::unix::fs::symlink("../precious", folder.join(name)).expect("a link");
            let error = write(&folder, &scenario().events(), &about()).expect_err("a link").to_string();
            assert!(error.ends_with(&format!("{name}: it is a symbolic link, which is not followed")), "{error}");
            assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
            fs::remove_dir_all(&folder).expect("there");
        }
        std::os::unix::fs::symlink(place.path(), &folder).expect("a link");
        assert!(write(&folder, &scenario().events(), &about()).is_err(), "nor is a folder that is one");
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_log_becomes_files(kinds in proptest::collection::vec((0_usize..8, ".{0,20}", any::<i64>()), 0..30)) {
            let mut log = Events::default();
            for (index, (kind, text, number)) in kinds.iter().enumerate() {
                let data = json!({ "state": text, "signal": text, "high_mv": number, "bus": text, "dir": "in", "hex": text,
                                   "id": text, "line": text, "frame": text, "name": text, "unit": text, "value": number,
                                   "Pilot": text, "verdict": text, "tags": [text] });
                let kinds = [("cp", "state"), ("cp", "signal"), ("cp", "levels"), ("wire", "frame"), ("tls", "secret"),
                             ("ocpp", "sent"), ("measurement", "value"), ("run", "begin")];
                let (source, kind) = kinds[*kind];
                log.at(index as u64 * 7).record(source, kind, data);
            }
            let folder = Folder::new("evidence-any");
            let record = write(folder.path(), &log.events(), &about()).expect("written");
            prop_assert!(record.files.iter().all(|name| folder.path().join(name).is_file()));
        }
    }
}
