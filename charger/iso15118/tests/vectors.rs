//! Vectors of the EXI reference implementation, read in each form and written again: as trees, as XML, and as Rust types.
//!
//! A chosen part is in `tests/vectors`; with `PLUGFEST_VECTORS` all of that folder are tried too.

use std::path::{Path, PathBuf};

use exi::text::hex;
use exi::{Facets, SchemaSet, Tree, xml};
use iso15118::v2gtp::PayloadType;
use iso15118::{Message, Protocol, schemas};

/// A line of a file of vectors.
#[derive(serde::Deserialize)]
struct Vector {
    set: String,
    name: String,
    document: Option<String>,
    document_string_table: Option<String>,
    fragment: Option<String>,
    fragment_string_table: Option<String>,
    xml: Option<String>,
    serial: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Document,
    Fragment,
}

fn read(set: &'static SchemaSet, form: Form, octets: &[u8]) -> Result<Tree, String> {
    match form {
        Form::Document => exi::from_document(set, octets, Facets::Off),
        Form::Fragment => exi::from_fragment(set, octets, Facets::Off),
    }
    .map_err(|error| error.to_string())
}

fn write(set: &'static SchemaSet, form: Form, tree: &Tree) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match form {
        Form::Document => exi::tree_to_document(set, tree, Facets::Off, &mut out),
        Form::Fragment => exi::tree_to_fragment(set, tree, Facets::Off, &mut out),
    }
    .map_err(|error| error.to_string())?;
    Ok(out)
}

fn octets(text: &str) -> Vec<u8> {
    hex::read(text).expect("a vector is hexadecimal")
}

/// The protocol and the payload type under which documents of a set are sent.
fn carried_by(set: &str) -> Option<(Option<Protocol>, PayloadType)> {
    let iso20 = Some(Protocol::Iso20);
    match set {
        "sap" => Some((None, PayloadType::EXI)),
        "din" => Some((Some(Protocol::Din), PayloadType::EXI)),
        "iso2" => Some((Some(Protocol::Iso2), PayloadType::EXI)),
        "iso20_messages" => Some((iso20, PayloadType::ISO20_MESSAGES)),
        "iso20_ac" => Some((iso20, PayloadType::ISO20_AC)),
        "iso20_dc" => Some((iso20, PayloadType::ISO20_DC)),
        "iso20_wpt" => Some((iso20, PayloadType::ISO20_WPT)),
        "iso20_acdp" => Some((iso20, PayloadType::ISO20_ACDP)),
        _ => None,
    }
}

/// What the Rust types leave out on purpose: keys and objects in a signature, which V2G never has, and elements that are no message.
fn is_left_out(error: &str) -> bool {
    ["KeyInfo", "Object", "HMACOutputLength", "XPath", "unknown variant"].iter().any(|name| error.contains(name))
}

/// Answers how many forms were tried, and how many documents as Rust types.
fn check(vector: &Vector) -> Result<(usize, usize), String> {
    let set = schemas::by_name(&vector.set).ok_or_else(|| format!("no set {}", vector.set))?;
    let (mut forms, mut typed) = (0, 0);
    let source =
        vector.xml.as_deref().map(|text| xml::read(set, text)).transpose().map_err(|error| error.to_string())?;
    for (form, literal, others) in [
        (Form::Document, &vector.document, &vector.document_string_table),
        (Form::Fragment, &vector.fragment, &vector.fragment_string_table),
    ] {
        let Some(literal) = literal.as_deref().map(octets) else { continue };
        for input in [Some(literal.clone()), others.as_deref().map(octets)].into_iter().flatten() {
            forms += 1;
            let tree = read(set, form, &input)?;
            let written = write(set, form, &tree)?;
            if written != literal {
                return Err(format!("{} written, {} wanted", hex::write(&written), hex::write(&literal)));
            }
            let text = xml::write(set, &tree).map_err(|error| error.to_string())?;
            if xml::read(set, &text).map_err(|error| error.to_string())? != tree {
                return Err(format!("another message comes back from {text}"));
            }
            if form == Form::Document && source.as_ref().is_some_and(|source| *source != tree) {
                return Err("another message than the XML says".to_owned());
            }
            let number = vector.serial.as_deref();
            if number.is_some_and(|number| {
                !format!("{tree:?}").contains(&format!("\"X509SerialNumber\", Text(\"{number}\")"))
            }) {
                return Err("another serial number".to_owned());
            }
        }
        let Some((protocol, payload_type)) = carried_by(&vector.set).filter(|_| form == Form::Document) else {
            continue;
        };
        match Message::decode(protocol, payload_type, &literal, Facets::Off) {
            Ok(message) => {
                // Nothing was lost on the way; lengths that the schema does not allow are told.
                match message.encode() {
                    Ok((_, written)) if written == literal => typed += 1,
                    // An empty element and an empty text are one thing to a Rust type; it writes the text.
                    Ok(_) if vector.name.starts_with("empty-") => {}
                    Ok((_, written)) => return Err(format!("{} written from the Rust type", hex::write(&written))),
                    Err(error) if error.to_string().contains("where the schema allows") => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
            Err(error) if is_left_out(&error.to_string()) => {}
            Err(error) => return Err(format!("as a Rust type: {error}")),
        }
    }
    Ok((forms, typed))
}

fn check_all(folder: &Path) {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
    files.sort();
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    let (mut vectors, mut forms, mut typed, mut wrong) = (0, 0, 0, Vec::new());
    for file in files {
        for (index, line) in std::fs::read_to_string(&file).expect("a file of vectors").lines().enumerate() {
            let vector: Vector = serde_json::from_str(line).expect("a vector");
            vectors += 1;
            match check(&vector) {
                Ok((some_forms, some_typed)) => (forms, typed) = (forms + some_forms, typed + some_typed),
                Err(error) => wrong.push(format!("{}:{}: {}: {error}", file.display(), index + 1, vector.name)),
            }
        }
    }
    eprintln!("{vectors} vectors, {forms} forms, {typed} documents as Rust types");
    assert!(wrong.is_empty(), "{} wrong, the first of them: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert!(typed > 0, "no document was read as a Rust type");
}

#[test]
fn the_chosen_vectors_are_read_and_written_in_each_form() {
    check_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"));
}

#[test]
fn all_vectors_are_read_and_written_in_each_form() {
    match std::env::var_os("PLUGFEST_VECTORS") {
        Some(folder) => check_all(Path::new(&folder)),
        None => eprintln!("not applicable: PLUGFEST_VECTORS names no folder of vectors"),
    }
}
