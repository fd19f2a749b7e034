//! Messages to begin with, and what is changed in them.

// Each test binary uses a part of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use exi::text::hex;
use exi::{DecodeError, EncodeError, Facets, SchemaSet, Tree, xml};
use iso15118::v2gtp::PayloadType;
use iso15118::{Message, Protocol, schemas};

/// Numbers that look random and follow from a seed (xorshift64*).
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    /// The next one.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// One of so many, from 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }

    fn octet(&mut self) -> u8 {
        (self.next() >> 40) as u8
    }
}

/// How many are mutated: the usual number, or as many as `PLUGFEST_MUTATIONS` says.
pub(crate) fn mutations(usual: usize) -> usize {
    std::env::var("PLUGFEST_MUTATIONS").map_or(usual, |number| number.parse().expect("PLUGFEST_MUTATIONS is a number"))
}

/// Which of the two forms a stream has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Document,
    Fragment,
}

/// A message that is right.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) octets: Vec<u8>,
}

/// All vectors of a set: those beside this file, and those of the folder that `PLUGFEST_VECTORS` names.
pub(crate) fn seeds(set: &'static SchemaSet) -> Vec<Seed> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let theirs = std::env::var_os("PLUGFEST_VECTORS").map(PathBuf::from);
    if theirs.is_none() {
        eprintln!("not applicable: PLUGFEST_VECTORS names no folder of more vectors");
    }
    let mut seeds: Vec<Seed> =
        [Some(ours), theirs].into_iter().flatten().flat_map(|folder| seeds_of(&folder, set)).collect();
    if set.name == "xmldsig" {
        // It has few of its own. What the others sign is described in the same words.
        let signed = seeds_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"), &schemas::ISO2);
        seeds.extend(signed.into_iter().filter_map(|seed| as_signature(set, &seed)));
    }
    assert!(!seeds.is_empty(), "no vectors of {}", set.name);
    seeds
}

/// The signature of a message of ISO 15118-2, alone.
fn as_signature(set: &'static SchemaSet, seed: &Seed) -> Option<Seed> {
    let tree = read(&schemas::ISO2, seed.form, &seed.octets, Facets::Off).ok()?;
    let signature = tree.root()?.1.at("Header/Signature")?.clone();
    let tree = Tree::Fields(vec![("Signature".to_owned(), signature)]);
    let octets = write(set, Form::Document, &tree).ok()?;
    Some(Seed { name: format!("the signature of {}", seed.name), form: Form::Document, octets })
}

fn seeds_of(folder: &Path, set: &SchemaSet) -> Vec<Seed> {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|kind| kind == "jsonl")).collect();
    files.sort();
    let mut seeds = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(&file).expect("a file of vectors").lines() {
            let vector: serde_json::Value = serde_json::from_str(line).expect("a vector");
            if vector["set"] != set.name {
                continue;
            }
            for (key, form) in [
                ("document", Form::Document),
                ("document_string_table", Form::Document),
                ("fragment", Form::Fragment),
                ("fragment_string_table", Form::Fragment),
            ] {
                if let Some(text) = vector[key].as_str() {
                    let name = format!("{} {key}", vector["name"].as_str().unwrap_or_default());
                    seeds.push(Seed { name, form, octets: hex::read(text).expect("hexadecimal") });
                }
            }
        }
    }
    seeds
}

/// Changes a message in one to four ways; now and then not at all.
pub(crate) fn mutate(octets: &mut Vec<u8>, seeds: &[Seed], random: &mut Seeded) {
    const LONGEST: usize = 4096;
    for _ in 0..random.below(5) {
        // The header is what it is nearly always: behind it is more to be found.
        let first = usize::from(random.below(64) > 0);
        let at = (first + random.below(octets.len().saturating_sub(first))).min(octets.len());
        match random.below(10) {
            // A bit: another code, another length, another value.
            0..=3 => {
                if let Some(octet) = octets.get_mut(at) {
                    *octet ^= 1 << random.below(8);
                }
            }
            4 => {
                if let Some(octet) = octets.get_mut(at) {
                    *octet = [0x00, 0xff, 0x7f, 0x80, random.octet()][random.below(5)];
                }
            }
            5 => octets.insert(at, random.octet()),
            6 => {
                let end = octets.len().min(at + random.below(12));
                octets.drain(at..end);
            }
            7 => {
                // A part of it once more: repeats, references. Sometimes many times.
                let end = octets.len().min(at + 1 + random.below(24));
                let part = octets[at..end].to_vec();
                let times = if random.below(8) == 0 { 200 } else { 1 };
                for _ in 0..times {
                    octets.splice(at..at, part.iter().copied());
                }
            }
            8 if random.below(2) == 0 => octets.truncate(at),
            8 => {
                // A length that goes on: the top bit of octets, at any place of the stream.
                let shift = random.below(8);
                for octet in octets.iter_mut().skip(at).take(2 + random.below(9)) {
                    *octet |= 0x80 >> shift;
                }
            }
            _ => {
                let other = &seeds[random.below(seeds.len())].octets;
                octets.truncate(at);
                octets.extend(&other[random.below(other.len())..]);
            }
        }
        octets.truncate(LONGEST);
    }
}

/// Reads a stream as a tree.
pub(crate) fn read(set: &'static SchemaSet, form: Form, octets: &[u8], facets: Facets) -> Result<Tree, DecodeError> {
    match form {
        Form::Document => exi::from_document(set, octets, facets),
        Form::Fragment => exi::from_fragment(set, octets, facets),
    }
}

/// Writes a tree, whatever the schema says of lengths and ranges.
pub(crate) fn write(set: &'static SchemaSet, form: Form, tree: &Tree) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    match form {
        Form::Document => exi::tree_to_document(set, tree, Facets::Off, &mut out)?,
        Form::Fragment => exi::tree_to_fragment(set, tree, Facets::Off, &mut out)?,
    }
    Ok(out)
}

/// XML of the trees of seeds.
pub(crate) fn xml_of(set: &'static SchemaSet, seeds: &[Seed]) -> Vec<String> {
    let trees = seeds.iter().filter_map(|seed| read(set, seed.form, &seed.octets, Facets::Off).ok());
    trees.filter_map(|tree| xml::write(set, &tree).ok()).collect()
}

/// Reads a document of a set as the Rust types; `None` for a set that has none of its own.
pub(crate) fn as_message(
    set: &SchemaSet,
    octets: &[u8],
    facets: Facets,
) -> Option<Result<Message, iso15118::MessageError>> {
    let iso20 = Some(Protocol::Iso20);
    let (protocol, payload_type) = match set.name {
        "sap" => (None, PayloadType::EXI),
        "din" => (Some(Protocol::Din), PayloadType::EXI),
        "iso2" => (Some(Protocol::Iso2), PayloadType::EXI),
        "iso20_messages" => (iso20, PayloadType::ISO20_MESSAGES),
        "iso20_ac" => (iso20, PayloadType::ISO20_AC),
        "iso20_dc" => (iso20, PayloadType::ISO20_DC),
        "iso20_wpt" => (iso20, PayloadType::ISO20_WPT),
        "iso20_acdp" => (iso20, PayloadType::ISO20_ACDP),
        _ => return None,
    };
    Some(Message::decode(protocol, payload_type, octets, facets))
}

/// Messages whose lists are as long as `most` octets allow: each list of each seed, its items again and again, and items with nothing
/// in them.
pub(crate) fn crowded(set: &'static SchemaSet, seeds: &[Seed], most: usize) -> Vec<Seed> {
    let mut all = Vec::new();
    for seed in seeds {
        let Ok(tree) = read(set, seed.form, &seed.octets, Facets::Off) else { continue };
        for path in lists(&tree) {
            let Some(Tree::List(items)) = tree.at(&path) else { continue };
            let items = items.clone();
            for items in [items.clone(), vec![emptied(&items[0])]] {
                let longest = (1..)
                    .map(|power| 1usize << power)
                    .map(|times| crowd(set, seed.form, &tree, &path, &items, times))
                    .take_while(|octets| octets.as_ref().is_some_and(|octets| octets.len() <= most))
                    .take(16)
                    .last()
                    .flatten();
                let name = format!("{} with many at {path}", seed.name);
                all.extend(longest.map(|octets| Seed { name, form: seed.form, octets }));
            }
        }
    }
    all
}

/// The message with so many items at that place; `None` when the schema has less.
fn crowd(
    set: &'static SchemaSet,
    form: Form,
    tree: &Tree,
    path: &str,
    items: &[Tree],
    times: usize,
) -> Option<Vec<u8>> {
    let mut tree = tree.clone();
    *tree.at_mut(path)? = Tree::List(items.iter().cycle().take(times).cloned().collect());
    write(set, form, &tree).ok()
}

/// An item with nothing in it.
fn emptied(item: &Tree) -> Tree {
    match item {
        Tree::Fields(fields) => match &fields[..] {
            // One of those that may come in any order.
            [(key, Tree::Fields(_))] => Tree::Fields(vec![(key.clone(), Tree::Fields(Vec::new()))]),
            _ => Tree::Fields(Vec::new()),
        },
        _ => Tree::Nothing,
    }
}

/// The paths of all lists with something in them; of several items the first one is looked into.
fn lists(tree: &Tree) -> Vec<String> {
    let below = |key: &str, tree: &Tree| {
        lists(tree)
            .into_iter()
            .map(|path| if path.is_empty() { key.to_owned() } else { format!("{key}/{path}") })
            .collect()
    };
    match tree {
        Tree::Fields(fields) => fields.iter().flat_map(|(key, tree)| -> Vec<String> { below(key, tree) }).collect(),
        Tree::List(items) if !items.is_empty() => {
            std::iter::once(String::new()).chain::<Vec<String>>(below("0", &items[0])).collect()
        }
        _ => Vec::new(),
    }
}
