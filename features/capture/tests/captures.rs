//! Real captures, in the folder that `PLUGFEST_CAPTURES` names: each is read to its end, and no byte of a stream is lost on the
//! way. With `--nocapture` a table tells what is in them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use capture::{Counts, Event, How, Reader, TcpEvent, Totals};

/// The captures; `None` when there is no folder of them.
fn captures() -> Option<Vec<PathBuf>> {
    let Some(folder) = std::env::var_os("PLUGFEST_CAPTURES") else {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
        return None;
    };
    let entries = std::fs::read_dir(&folder).expect("the folder of captures");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| {
            path.extension().is_some_and(|kind| ["dump", "pcap", "pcapng"].iter().any(|known| kind == *known))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no capture in {}", Path::new(&folder).display());
    Some(files)
}

/// What was found in one.
#[derive(Default)]
struct Found {
    counts: Counts,
    connections: u64,
    /// Of all connections: forward, backward.
    totals: [Totals; 2],
    from_start: u64,
    how: BTreeMap<&'static str, u64>,
    remarks: Vec<String>,
    error: Option<String>,
}

fn read(path: &Path) -> Found {
    let mut found = Found::default();
    let mut reader = Reader::open(File::open(path).expect("a capture"));
    // Where each stream is: what is given must follow what was given before.
    let mut positions: BTreeMap<(u64, capture::Direction), u64> = BTreeMap::new();
    for event in reader.by_ref() {
        match event {
            Err(error) => found.error = Some(error.to_string()),
            Ok(Event::Remark(remark)) => found.remarks.push(remark.to_string()),
            Ok(Event::Tcp { connection, event }) => match event {
                TcpEvent::Opened { seen_from_start, .. } => {
                    found.connections += 1;
                    found.from_start += u64::from(seen_from_start);
                }
                TcpEvent::Data { direction, offset, bytes, .. } => {
                    let position = positions.entry((connection, direction)).or_default();
                    assert_eq!(*position, offset, "{}: connection {connection}", path.display());
                    *position += bytes.len() as u64;
                }
                TcpEvent::Gap { direction, bytes, .. } => {
                    *positions.entry((connection, direction)).or_default() += bytes
                }
                TcpEvent::Closed { how, totals, .. } => {
                    for (sum, one) in found.totals.iter_mut().zip(totals) {
                        sum.bytes += one.bytes;
                        sum.gaps += one.gaps;
                        sum.lost += one.lost;
                        sum.duplicates += one.duplicates;
                        sum.repeated += one.repeated;
                        sum.out_of_order += one.out_of_order;
                    }
                    let how = match how {
                        How::Fin => "fin",
                        How::Reset { .. } => "reset",
                        How::Replaced => "replaced",
                        How::Forgotten => "forgotten",
                        How::EndOfCapture => "end",
                    };
                    *found.how.entry(how).or_default() += 1;
                }
                TcpEvent::Duplicate { .. } | TcpEvent::Finished { .. } => {}
            },
            Ok(Event::Frame(_) | Event::Datagram(_) | Event::Secrets(_)) => {}
        }
    }
    found.counts = reader.counts();
    found
}

#[test]
fn every_capture_is_read_to_its_end() {
    let Some(files) = captures() else { return };
    println!(
        "{:>7} {:>6} {:>5} {:>6} {:>5} {:>4} {:>9} {:>9} {:>4} {:>6} {:>5} {:>5} {:>5} {:>3}  ended, file",
        "packets",
        "frames",
        "udp",
        "tcp",
        "other",
        "conn",
        "forward",
        "backward",
        "gaps",
        "lost",
        "again",
        "order",
        "twice",
        "rem"
    );
    let mut errors = Vec::new();
    for path in &files {
        let found = read(path);
        let [forward, backward] = found.totals;
        let Counts { packets, frames, datagrams, segments, other, twice, remarks } = found.counts;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "{packets:>7} {frames:>6} {datagrams:>5} {segments:>6} {other:>5} {:>4} {:>9} {:>9} {:>4} {:>6} {:>5} {:>5} {twice:>5} {remarks:>3}  \
             {:?} of {} {name}",
            found.connections,
            forward.bytes,
            backward.bytes,
            forward.gaps + backward.gaps,
            forward.lost + backward.lost,
            forward.duplicates + backward.duplicates,
            forward.out_of_order + backward.out_of_order,
            found.how,
            found.from_start,
        );
        for remark in &found.remarks {
            println!("        {remark}");
        }
        if let Some(error) = found.error {
            println!("        {error}");
            errors.push((name.into_owned(), error));
        }
        assert!(packets > 0, "{}", path.display());
    }
    // A capture that was broken off ends in the middle of a packet, and one that was damaged has a length that cannot be: two
    // things that no reader can read over. Nothing else may end the reading.
    let expected =
        |error: &str| error.starts_with("the input ends in the middle of") || error.contains(" says that it has ");
    assert!(errors.iter().all(|(_, error)| expected(error)), "{errors:?}");
}
