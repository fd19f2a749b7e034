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
fn elements_in_any_order_have_their_bits() {
    let xml = "<KeyInfo><KeyName>a</KeyName><X509Data><X509SKI>YQ==</X509SKI><X509SubjectName>b</X509SubjectName></X509Data>\
               <KeyName>c</KeyName></KeyInfo>";
    let tree = exi::xml::read(&schemas::XMLDSIG, xml).expect("a message");
    let (mut read, mut written, mut out) = (Spans::default(), Spans::default(), Vec::new());
    exi::tree_to_document_traced(&schemas::XMLDSIG, &tree, Facets::Checked, &mut out, &mut written).expect("a message");
    let again: Tree =
        exi::from_document_traced(&schemas::XMLDSIG, &out, Facets::Checked, &mut read).expect("a message");
    assert_eq!(again, tree);
    assert_eq!(read.all(), written.all());
    for path in ["KeyInfo/X509Data/X509SubjectName", "KeyInfo/KeyName[1]"] {
        assert!(read.of(path).is_some(), "{path}: {read:?}");
    }
}

#[test]
fn the_choice_of_a_rust_type_has_its_bits() {
    let octets = hex::read("809802004080c1014181c211e00420").expect("hexadecimal");
    let (mut of_type, mut of_tree) = (Spans::default(), Spans::default());
    let _: Tree = exi::from_document_traced(&schemas::ISO2, &octets, Facets::Off, &mut of_tree).expect("a message");
    let _: Document = exi::from_document_traced(&schemas::ISO2, &octets, Facets::Off, &mut of_type).expect("a message");
    assert_eq!(of_type.all(), of_tree.all());
    assert!(of_type.of("V2G_Message/Body/SessionSetupRes/EVSEID").is_some(), "{of_type:?}");
}

/// A document of ISO 15118-2 as a Rust type.
#[derive(serde::Deserialize)]
enum Document {
    #[serde(rename = "V2G_Message")]
    Message(#[expect(dead_code, reason = "only its places matter")] iso15118::messages::iso2::V2gMessage),
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
