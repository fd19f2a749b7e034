//! Vectors of the EXI reference implementation, read in each form and written again: as trees, as XML, and as Rust types.
//!
//! A chosen part is in `tests/vectors`; with `PLUGFEST_VECTORS` all of that folder are tried too.

use std::path::{Path, PathBuf};

use iso15118::vector::{self, Form, Refusal, Vector};

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
            let place = format!("{}:{}: {}", file.display(), index + 1, vector.name);
            match vector::check(&vector) {
                Ok(checked) => {
                    (forms, typed) = (forms + checked.forms, typed + checked.typed);
                    wrong.extend(checked.mismatches.iter().map(|mismatch| format!("{place}: {mismatch}")));
                }
                Err(refusal) => wrong.push(format!("{place}: {refusal}")),
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

/// SAP: nothing was negotiated successfully.
fn response() -> Vector {
    let (set, name) = ("sap".to_owned(), "response".to_owned());
    let xml = "<a:supportedAppProtocolRes xmlns:a=\"urn:iso:15118:2:2010:AppProtocol\">\
               <ResponseCode>OK_SuccessfulNegotiation</ResponseCode><SchemaID>1</SchemaID></a:supportedAppProtocolRes>";
    Vector { set, name, document: Some("80400040".into()), xml: Some(xml.into()), ..Vector::default() }
}

/// What does not agree, by form; a refusal has none.
fn mismatches(vector: &Vector) -> Result<Vec<(Form, String)>, Refusal> {
    let checked = vector::check(vector)?;
    Ok(checked.mismatches.into_iter().map(|mismatch| (mismatch.form, mismatch.what)).collect())
}

#[test]
fn what_does_not_agree_is_told_with_its_place() {
    assert_eq!(mismatches(&response()), Ok(vec![]));
    let other = Vector { document: Some("80400080".into()), ..response() };
    let told = "another message than the xml says: supportedAppProtocolRes/SchemaID: 2, in the xml 1";
    assert_eq!(mismatches(&other), Ok(vec![(Form::Document, told.into())]));
    let longer = Vector { document: Some("8040004000".into()), xml: None, ..response() };
    let told = "written again it is another stream: octet 4 is the end instead of 00 (4 octets, 5 expected)";
    assert!(mismatches(&longer).is_ok_and(|all| all.contains(&(Form::Document, told.into()))));
    let serial = Vector { serial: Some("12345".into()), ..response() };
    assert_eq!(mismatches(&serial), Ok(vec![(Form::Serial, "12345 expected, document has none".into())]));
    let cut = Vector { document: Some("8040".into()), ..response() };
    assert!(mismatches(&cut).is_ok_and(|all| all.len() == 1 && all[0].1.contains("ends in the middle")));
}

#[test]
fn xml_alone_is_written_and_read_again() {
    let alone = Vector { document: None, ..response() };
    assert_eq!(mismatches(&alone), Ok(vec![]));
    let unknown = Vector { xml: Some("<Moon/>".into()), ..alone };
    assert_eq!(mismatches(&unknown), Ok(vec![(Form::Xml, "the set sap: the schema knows no Moon here".into())]));
}

#[test]
fn what_nothing_can_be_said_about_is_refused() {
    let refused = |vector: &Vector| vector::check(vector).map_err(|refusal| refusal.to_string());
    let set = Vector { set: "iso3".into(), ..response() };
    assert!(refused(&set).is_err_and(|why| why.starts_with("unknown set \"iso3\": expected one of sap, din, iso2")));
    let odd = Vector { fragment: Some("804".into()), ..response() };
    assert_eq!(refused(&odd), Err("not a vector: fragment is not hexadecimal".into()));
    let nothing = Vector { document: None, xml: None, ..response() };
    assert_eq!(refused(&nothing), Err("not a vector: it has no document, no fragment and no xml".into()));
}
