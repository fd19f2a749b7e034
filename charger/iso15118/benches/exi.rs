//! How long a message takes, beside crate `iso15118`: the same messages, the same process. `cargo bench -p plugfest-iso15118
//! --bench exi`.
//!
//! Each figure is nanoseconds for one message, the least of several rounds: reading into Rust types, and writing from them into a
//! buffer that is there already. With `PLUGFEST_VECTORS` the random sets are those of that folder, else a chosen part.
//!
//! `exi turns SET TIMES` reads and writes the messages of a session set so often and prints nothing: for a counter of instructions.

// A benchmark looks at the clock of the machine, and prints.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exi::{Facets, SchemaSet};
use iso15118::messages::{iso2, iso20};
use iso15118::schemas;
use peer::exi::ExiDocument;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const ROUNDS: usize = 15;

/// A document of -2.
#[derive(Deserialize, Serialize)]
enum Iso2 {
    #[serde(rename = "V2G_Message")]
    V2gMessage(iso2::V2gMessage),
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [verb, set, times] = &arguments[..]
        && verb == "turns"
    {
        let times = times.parse().expect("a number of turns");
        match set.as_str() {
            "iso2" => turns::<Iso2>("session-iso2", &schemas::ISO2, times),
            "iso20_dc" => turns::<iso20::dc::Message>("session-iso20_dc", &schemas::ISO20_DC, times),
            other => panic!("no session set {other}"),
        }
        return;
    }
    let chosen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let folder = std::env::var_os("PLUGFEST_VECTORS").map_or_else(|| chosen.clone(), PathBuf::from);
    println!(
        "{:<44} {:>5} {:>6}  {:>15}  {:>15}  {:>5}",
        "messages", "count", "octets", "ours dec + enc", "crate dec + enc", "ratio"
    );
    for file in ["session-iso2", "random-iso2"] {
        set::<Iso2, peer::iso2::Document>(&folder, file, &schemas::ISO2);
    }
    for file in ["session-iso20_dc", "random-iso20_dc"] {
        set::<iso20::dc::Message, peer::iso20::dc::Document>(&folder, file, &schemas::ISO20_DC);
    }
    set::<iso20::ac::Message, peer::iso20::ac::Document>(&folder, "random-iso20_ac", &schemas::ISO20_AC);
    set::<iso20::messages::Message, peer::iso20::messages::Document>(
        &folder,
        "random-iso20_messages",
        &schemas::ISO20_MESSAGES,
    );
}

/// Reads and writes each message of a session set, so often.
fn turns<T: Serialize + DeserializeOwned>(file: &str, set: &'static SchemaSet, times: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{file}.jsonl"));
    let text = std::fs::read_to_string(path).expect("the vectors are there");
    let document = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("a vector");
        exi::text::hex::read(line["document"].as_str().expect("a document")).expect("hexadecimal")
    };
    let documents: Vec<Vec<u8>> = text.lines().map(document).collect();
    let mut out = Vec::with_capacity(1 << 16);
    for _ in 0..times {
        for document in &documents {
            let message: T = exi::from_document(set, document, Facets::Checked).expect("a message");
            out.clear();
            exi::to_document(set, &message, Facets::Checked, &mut out).expect("it is written");
            assert_eq!(&out, document, "the same comes back");
        }
    }
}

/// A file whole, and, of sessions, each kind of message in it.
fn set<Ours: Serialize + DeserializeOwned, Theirs: ExiDocument>(folder: &Path, file: &str, set: &'static SchemaSet) {
    let text = std::fs::read_to_string(folder.join(format!("{file}.jsonl"))).expect("the vectors are there");
    let mut messages: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a vector");
        let document = exi::text::hex::read(line["document"].as_str().expect("a document")).expect("hexadecimal");
        // What one of the two refuses is not measured.
        let ours: Result<Ours, _> = exi::from_document(set, &document, Facets::Checked);
        if ours.is_err() || Theirs::from_bytes(&document).is_err() {
            continue;
        }
        let tree: exi::Tree = exi::from_document(set, &document, Facets::Checked).expect("it was read");
        let (root, content) = tree.root().expect("a message");
        let name = match content.at("Body").and_then(exi::Tree::root) {
            Some((body, _)) => body.to_owned(),
            None => root.to_owned(),
        };
        messages.push((name, document));
    }
    let all: Vec<&[u8]> = messages.iter().map(|(_, document)| &document[..]).collect();
    row::<Ours, Theirs>(file, &all, set);
    if file.starts_with("session") {
        let mut names: Vec<&str> = messages.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let some: Vec<&[u8]> =
                messages.iter().filter(|(of, _)| of == name).map(|(_, document)| &document[..]).collect();
            row::<Ours, Theirs>(&format!("  {name}"), &some, set);
        }
    }
}

fn row<Ours: Serialize + DeserializeOwned, Theirs: ExiDocument>(
    name: &str,
    documents: &[&[u8]],
    set: &'static SchemaSet,
) {
    let ours: Vec<Ours> = documents
        .iter()
        .map(|document| exi::from_document(set, document, Facets::Checked).expect("read before"))
        .collect();
    let theirs: Vec<Theirs> =
        documents.iter().map(|document| Theirs::from_bytes(document).expect("read before")).collect();
    let mut buffer = vec![0; 1 << 20];
    let mut out = Vec::with_capacity(1 << 20);
    let mut least = [f64::MAX; 4];
    // In turns, so that both see the same machine.
    for _ in 0..ROUNDS {
        let times = [
            each(documents.len(), || {
                for document in documents {
                    black_box(exi::from_document::<Ours>(set, black_box(document), Facets::Checked).is_ok());
                }
            }),
            each(documents.len(), || {
                for message in &ours {
                    out.clear();
                    let _ = black_box(exi::to_document(set, black_box(message), Facets::Checked, &mut out));
                }
            }),
            each(documents.len(), || {
                for document in documents {
                    black_box(Theirs::from_bytes(black_box(document)).is_ok());
                }
            }),
            each(documents.len(), || {
                for message in &theirs {
                    let _ = black_box(black_box(message).to_slice(&mut buffer));
                }
            }),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = least.min(time);
        }
    }
    let [dec, enc, peer_dec, peer_enc] = least;
    let octets = documents.iter().map(|document| document.len()).sum::<usize>() / documents.len();
    println!(
        "{name:<44} {:>5} {octets:>6}  {:>15}  {:>15}  {:>5.2}",
        documents.len(),
        format!("{dec:.0} + {enc:.0}"),
        format!("{peer_dec:.0} + {peer_enc:.0}"),
        (dec + enc) / (peer_dec + peer_enc)
    );
}

/// Nanoseconds for each of `count`, in a round of some milliseconds.
fn each(count: usize, mut run: impl FnMut()) -> f64 {
    let turns = (4_000 / count).max(1);
    let start = Instant::now();
    for _ in 0..turns {
        run();
    }
    start.elapsed().as_nanos() as f64 / (turns * count) as f64
}
