//! Where values stand: the same bits for whoever reads a stream and for whoever writes it.

use std::path::Path;

use exi::text::hex;
use exi::trace::Spans;
use exi::{Facets, Tree};
use iso15118::schemas;
use iso15118::vector::Vector;

#[test]
fn who_reads_and_who_writes_find_the_same_bits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file of vectors");
        for line in text.lines() {
            let vector: Vector = serde_json::from_str(line).expect("a vector");
            let set = schemas::by_name(&vector.set).expect("a set");
            if let Some(octets) = vector.document.as_deref().and_then(hex::read) {
                let (mut read, mut written, mut out) = (Spans::default(), Spans::default(), Vec::new());
                let tree: Tree = exi::from_document_traced(set, &octets, Facets::Off, &mut read).expect("a message");
                exi::tree_to_document_traced(set, &tree, Facets::Off, &mut out, &mut written).expect("a message");
                assert_eq!(read.all(), written.all(), "{}", vector.name);
                assert_eq!(read.all()[0].bits.start, 8, "{}", vector.name);
                count += read.all().len();
            }
            if let Some(octets) = vector.fragment.as_deref().and_then(hex::read) {
                let (mut read, mut written, mut out) = (Spans::default(), Spans::default(), Vec::new());
                let tree: Tree = exi::from_fragment_traced(set, &octets, Facets::Off, &mut read).expect("an element");
                exi::tree_to_fragment_traced(set, &tree, Facets::Off, &mut out, &mut written).expect("an element");
                assert_eq!(read.all(), written.all(), "{}", vector.name);
                count += read.all().len();
            }
        }
    }
    assert!(count > 1_000, "only {count} values");
}

#[test]
fn an_element_that_comes_again_is_counted() {
    let text = r#"{"supportedAppProtocolReq": {"AppProtocol": [
        {"ProtocolNamespace": "a", "VersionNumberMajor": 1, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1},
        {"ProtocolNamespace": "b", "VersionNumberMajor": 1, "VersionNumberMinor": 0, "SchemaID": 2, "Priority": 2}
    ]}}"#;
    let tree: Tree = serde_json::from_str(text).expect("a message");
    let (mut spans, mut out) = (Spans::default(), Vec::new());
    exi::tree_to_document_traced(&schemas::SAP, &tree, Facets::Checked, &mut out, &mut spans).expect("a message");
    let first = spans.of("supportedAppProtocolReq/AppProtocol/SchemaID").expect("a place");
    let second = spans.of("supportedAppProtocolReq/AppProtocol[1]/SchemaID").expect("a place");
    assert!(first.bits.end < second.bits.start);
    assert_eq!(spans.at(second.bits.start), Some(second));
    assert_eq!(spans.of("supportedAppProtocolReq/AppProtocol[2]"), None);
}
