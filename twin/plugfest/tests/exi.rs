//! `plugfest exi` as a user meets it.

mod common;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use common::{Folder, code, command, plugfest, said};

/// SAP: agreed, schema 1.
const RESPONSE: &str = "80400040";

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("a text")
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("a text")
}

/// Runs the program with that input.
fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // It may have enough before all of it is written.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

/// The files of vectors in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    files.sort();
    files.into_iter().map(|path| path.display().to_string()).collect()
}

fn chosen_vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charger/iso15118/tests/vectors")
}

/// A line of the chosen vectors.
fn vector(file: &str, name: &str) -> serde_json::Value {
    let text = fs::read_to_string(chosen_vectors().join(file)).expect("a file of vectors");
    let mut vectors = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a vector"));
    vectors.find(|vector| vector["name"].as_str().is_some_and(|own| own.starts_with(name))).expect("it is there")
}

#[test]
fn octets_become_json_and_octets_again() {
    let decoded = plugfest(&["exi", "decode", RESPONSE]);
    let json = "{\n  \"supportedAppProtocolRes\": {\n    \"ResponseCode\": \"OK_SuccessfulNegotiation\",\n    \"SchemaID\": 1\n  }\n}\n";
    assert_eq!(
        (code(&decoded), out(&decoded), told(&decoded)),
        (0, json.into(), "sap: supportedAppProtocolRes\n".into())
    );
    let encoded = with_input(&["exi", "encode", "-"], json.as_bytes());
    assert_eq!((code(&encoded), out(&encoded)), (0, "80400040\n".into()));
    let encoded = plugfest(&["exi", "encode", json, "--set", "sap", "--v2gtp"]);
    assert_eq!(
        (code(&encoded), out(&encoded), told(&encoded)),
        (0, "01fe80010000000480400040\n".into(), String::new())
    );
    let encoded = plugfest(&["exi", "encode", json, "--base64"]);
    assert_eq!(out(&encoded), "gEAAQA==\n");
    let encoded = plugfest(&["exi", "encode", json, "--binary"]);
    assert_eq!(encoded.stdout, [0x80, 0x40, 0x00, 0x40]);
}

#[test]
fn octets_become_xml_and_octets_again() {
    let decoded = plugfest(&["exi", "decode", "--xml", RESPONSE]);
    let xml = out(&decoded);
    assert!(code(&decoded) == 0 && xml.contains("<ResponseCode>OK_SuccessfulNegotiation</ResponseCode>"), "{xml}");
    let encoded = with_input(&["exi", "encode"], xml.as_bytes());
    assert_eq!((code(&encoded), out(&encoded)), (0, "80400040\n".into()), "{}", told(&encoded));
}

#[test]
fn octets_may_come_as_file_input_or_words_in_each_coding() {
    let folder = Folder::new("exi-codings");
    let binary = folder.text("message.exi");
    fs::write(&binary, [0x80, 0x40, 0x00, 0x40]).expect("written");
    let hex = folder.file("message.hex", "80 40\n00 40\n");
    let base64 = folder.file("message.b64", "gEAAQA==\n");
    let expected = out(&plugfest(&["exi", "decode", RESPONSE]));
    for arguments in [
        &["exi", "decode", &binary][..],
        &["exi", "decode", &hex],
        &["exi", "decode", &hex, "--hex"],
        &["exi", "decode", &base64],
        &["exi", "decode", "gEAAQA=="],
        &["exi", "decode", "gEAAQA==", "--base64", "--json"],
        &["exi", "decode", "0x80 0x40 0x00 0x40", "--set", "sap"],
    ] {
        let output = plugfest(arguments);
        assert_eq!((code(&output), out(&output)), (0, expected.clone()), "{arguments:?}: {}", told(&output));
    }
    for input in [&b"80400040"[..], &[0x80, 0x40, 0x00, 0x40]] {
        assert_eq!(out(&with_input(&["exi", "decode"], input)), expected);
    }
}

#[test]
fn headers_are_taken_off_and_tell_the_set() {
    // Two messages, the second of the set that its payload type names.
    let session_setup =
        vector("random-iso20_messages.jsonl", "SessionSetupReq")["document"].as_str().unwrap().to_owned();
    let frames = format!("01fe8001{:08x}{RESPONSE}01fe8002{:08x}{session_setup}", 4, session_setup.len() / 2);
    let output = plugfest(&["exi", "decode", &frames]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert_eq!(told(&output), "message 1: sap: supportedAppProtocolRes\nmessage 2: iso20_messages: SessionSetupReq\n");
    for (octets, words) in [
        ("01fe80010000000580400040", "octet 0: a V2GTP payload of 5 octets, of which 4 are there"),
        ("01fe800100000004804000", "octet 0: a V2GTP payload of 4 octets, of which 3 are there"),
        ("01fe8001", "octet 0: a V2GTP header of 8 octets, of which 4 are there"),
        ("01fe8001ffffffff8040", "at most 1048576 are read"),
        ("01fe8001000000048040004080", "octet 12: V2GTP begins with 80 00: expected 01 fe"),
        ("01fe9000000000021000", "payload type 0x9000 (SDP request) carries no EXI"),
        ("01fe80030000000480400040", "iso20_ac: "),
    ] {
        let output = plugfest(&["exi", "decode", octets]);
        assert!(code(&output) == 1 && told(&output).contains(words), "{octets}: {}", told(&output));
    }
}

#[test]
fn each_value_has_its_bits() {
    let output = plugfest(&["exi", "decode", RESPONSE, "--spans"]);
    let lines = out(&output);
    let (_, list) = lines.split_once("\n\n").expect("the message, then the list");
    let fields: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(fields[0], ["from", "to", "bits", "field"]);
    // Two bits of code for the message, then a field after the other, each with its events.
    assert_eq!(fields[1][..3], ["1.0", "3.3", "20"], "{list}");
    assert_eq!(fields[2][..3], ["1.2", "1.6", "5"], "{list}");
    assert!(list.contains("supportedAppProtocolRes/ResponseCode = \"OK_SuccessfulNegotiation\""), "{list}");
    assert!(list.contains("supportedAppProtocolRes/SchemaID = 1"), "{list}");
    // An element whose name has two types has them too.
    let own = vector("special.jsonl", "eMAID-body-fragment-DE1ABC-id4");
    let output =
        plugfest(&["exi", "decode", own["fragment"].as_str().unwrap(), "--set", "iso2", "--fragment", "--spans"]);
    let list = out(&output);
    assert!(list.contains("eMAID/@Id = \"id4\"") && list.contains("eMAID/$text = \"DE1ABC\""), "{list}");
}

#[test]
fn what_no_set_reads_is_told_for_each() {
    for (octets, words) in [
        ("8040", vec!["sap: supportedAppProtocolRes: the message ends in the middle (octet 1, bit 7)"]),
        ("80", vec!["sap: the message ends in the middle", "xmldsig: the message ends in the middle"]),
        ("8040004011", vec!["sap: supportedAppProtocolRes ends there, and 1 octets follow (octet 4, bit 0)"]),
    ] {
        let output = plugfest(&["exi", "decode", octets]);
        let told = told(&output);
        assert!(code(&output) == 1 && out(&output).is_empty(), "{octets}: {told}");
        assert_eq!(told.lines().filter(|line| line.contains("octet ")).count(), 9, "one line a set: {told}");
        assert!(words.iter().all(|words| told.contains(words)), "{octets}: {told}");
    }
    // What is neither EXI nor V2GTP is so for all of them.
    for octets in ["40400040", "02fd800100000004"] {
        let output = plugfest(&["exi", "decode", octets]);
        let words = format!("it begins with {}: expected 80, as messages of EXI do, or 01 fe", &octets[..2]);
        assert!(code(&output) == 1 && told(&output).starts_with(&words), "{}", said(&output));
        assert_eq!(told(&output).lines().count(), 1);
    }
    let output = plugfest(&["exi", "decode", RESPONSE, "--set", "iso2"]);
    assert!(code(&output) == 1 && told(&output).starts_with("iso2: "), "{}", said(&output));
    let output = plugfest(&["exi", "decode", "8040004011", "--set", "sap"]);
    let words = "1 octets follow after the message (octet 4, bit 0)";
    assert!(code(&output) == 1 && told(&output).contains(words), "{}", said(&output));
    // An element alone is no message, and who reads it is told so.
    let own = vector("special.jsonl", "eMAID-body-fragment-DE1ABC-id4");
    let output = plugfest(&["exi", "decode", own["fragment"].as_str().unwrap()]);
    assert!(
        code(&output) == 1 && told(&output).contains("it may be an element alone: --fragment"),
        "{}",
        said(&output)
    );
}

#[test]
fn an_input_that_cannot_be_read_is_told() {
    let folder = Folder::new("exi-unreadable");
    let empty = folder.file("empty", "");
    let prose = folder.file("prose", "No octets at all.");
    let json = folder.file("message.json", "{\"supportedAppProtocolRes\": {}}");
    for (arguments, words) in [
        (vec!["exi", "decode", "8040004x"], "8040004x: no such file, and neither hex ('x' at character 8)"),
        (vec!["exi", "decode", "804"], "804: no such file, and 3 hexadecimal digits: an octet has two"),
        (vec!["exi", "decode", "nowhere.exi"], "nowhere.exi: no such file"),
        (vec!["exi", "decode", &empty], "empty: there is nothing in it"),
        (vec!["exi", "decode", ""], "there is nothing in it"),
        (vec!["exi", "decode", &prose], "prose: neither hex ('N' at character 1)"),
        (vec!["exi", "decode", &json], "`plugfest exi encode` reads it"),
        (vec!["exi", "decode", &folder.text("")], "directory"),
        (vec!["exi", "decode", RESPONSE, "--set", "iso3"], "expected one of sap, din, iso2, iso20_messages, iso20_ac"),
        (vec!["exi", "decode", RESPONSE, "--xml", "--json"], "cannot be used with"),
        (vec!["exi", "encode", "nowhere.json"], "nowhere.json: no such file, and neither JSON nor XML"),
        (vec!["exi", "encode", &prose], "it begins with 'N': expected JSON"),
        (vec!["exi", "encode", &empty], "empty: there is nothing in it"),
        (vec!["exi", "encode", "{\"a\": "], "the text given: no JSON: EOF while parsing a value at line 1"),
        (vec!["exi", "encode", "{\"a\": 1.5}"], "no JSON: invalid type: floating point `1.5`, expected a message"),
        (vec!["exi", "encode", "<a>"], "no XML"),
        (vec!["exi", "encode", "{}", "--set", "xmldsig", "--v2gtp"], "no payload type carries the set xmldsig"),
        (vec!["exi", "check", "nowhere.jsonl"], "nowhere.jsonl: No such file"),
        (vec!["exi", "check", &empty], "empty: there is no vector in it"),
        (vec!["exi", "check", &prose], "prose: there is no vector in it"),
        (vec!["exi", "check"], "required"),
        (vec!["exi"], "Usage"),
    ] {
        let output = plugfest(&arguments);
        let said = said(&output);
        assert!(code(&output) == 2 && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        assert!(!said.contains("panicked"), "{said}");
    }
    let output = with_input(&["exi", "decode", "-"], b"");
    assert!(code(&output) == 2 && told(&output) == "standard input: there is nothing in it\n", "{}", said(&output));
    let output = with_input(&["exi", "decode"], &vec![b'8'; 9 << 20]);
    assert!(code(&output) == 2 && told(&output).contains("more than 8388608 octets"), "{}", said(&output));
}

#[test]
fn a_message_that_cannot_be_written_is_told_with_its_field() {
    for (text, arguments, words) in [
        ("{\"supportedAppProtocolRes\": {\"SchemaID\": 1}}", vec![], "sap: supportedAppProtocolRes"),
        (
            "{\"supportedAppProtocolRes\": {\"ResponseCode\": \"Perhaps\"}}",
            vec![],
            "sap: supportedAppProtocolRes/ResponseCode: \"Perhaps\" is none of OK_SuccessfulNegotiation",
        ),
        (
            "{\"supportedAppProtocolRes\": {\"ResponseCode\": \"OK_SuccessfulNegotiation\", \"SchemaID\": \"one\"}}",
            vec!["--set", "sap"],
            "sap: supportedAppProtocolRes/SchemaID: expected a whole number",
        ),
        ("{\"Moon\": {}}", vec![], "no set knows a message Moon"),
        ("{\"a\": 1, \"b\": 2}", vec![], "expected an object with one key"),
        ("<n:supportedAppProtocolRes xmlns:n=\"urn:moon\"/>", vec![], "of the namespace urn:moon"),
        ("{\"eMAID\": \"DE1\"}", vec![], "eMAID is no message; it is an element of the set iso2: --fragment"),
    ] {
        let output = plugfest(&[&["exi", "encode", text], &arguments[..]].concat());
        assert!(code(&output) == 1 && told(&output).contains(words), "{text}: {}", said(&output));
        assert!(out(&output).is_empty());
    }
}

#[test]
fn with_facets_off_what_no_schema_allows_is_written_and_told_when_it_is_read() {
    // A session of ten octets: the schema has at most eight.
    let json = "{\"V2G_Message\": {\"Header\": {\"SessionID\": \"00010203040506070809\"}, \"Body\": {\"SessionStopReq\": {\"ChargingSession\": \"Terminate\"}}}}";
    let output = plugfest(&["exi", "encode", json, "--set", "iso2"]);
    assert!(code(&output) == 1 && told(&output).contains("V2G_Message/Header/SessionID: "), "{}", said(&output));
    let output = plugfest(&["exi", "encode", json, "--set", "iso2", "--facets", "off"]);
    let octets = out(&output);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let output = plugfest(&["exi", "decode", octets.trim(), "--set", "iso2"]);
    assert!(out(&output).contains("00010203040506070809"), "{}", said(&output));
    let words = "the schema does not allow it: V2G_Message/Header/SessionID: ";
    assert!(code(&output) == 0 && told(&output).contains(words), "{}", said(&output));
    assert_eq!(code(&plugfest(&["exi", "decode", octets.trim(), "--set", "iso2", "--facets"])), 1);
}

#[test]
fn string_table_references_are_told_with_their_values() {
    let text = fs::read_to_string(chosen_vectors().join("random-iso2.jsonl")).expect("vectors");
    let mut vectors = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a vector"));
    let vector = vectors.find(|vector| vector["document_string_table"].is_string()).expect("one with references");
    let output = plugfest(&["exi", "decode", vector["document_string_table"].as_str().unwrap(), "--set", "iso2"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(told(&output).contains("written again it has other octets ("), "{}", told(&output));
    assert!(told(&output).contains("a string table reference of "), "{}", told(&output));
    let literal = plugfest(&["exi", "decode", vector["document"].as_str().unwrap(), "--set", "iso2"]);
    assert!(out(&literal) == out(&output) && !told(&literal).contains("written again"), "{}", told(&literal));
}

#[test]
fn a_message_that_several_sets_read_names_them() {
    // A signature is in each set that has signatures.
    let own = vector("special.jsonl", "SignedInfo");
    let name = own["set"].as_str().unwrap();
    let encoded = plugfest(&["exi", "encode", own["xml"].as_str().unwrap(), "--fragment"]);
    assert!(code(&encoded) == 0 && told(&encoded).contains("SignedInfo (fit: "), "{}", said(&encoded));
    assert!(told(&encoded).contains(name), "{}", said(&encoded));
    let encoded = plugfest(&["exi", "encode", own["xml"].as_str().unwrap(), "--fragment", "--set", name]);
    assert_eq!(out(&encoded).trim(), own["fragment"].as_str().unwrap(), "{}", told(&encoded));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_makes_no_noise() {
    let script = format!("'{}' exi decode {RESPONSE} --spans | head -1; exit ${{PIPESTATUS[0]}}", common::PLUGFEST);
    let output = std::process::Command::new("bash").args(["-c", &script]).output().expect("a shell");
    assert_eq!(
        (code(&output), out(&output), told(&output)),
        (0, "{\n".into(), "sap: supportedAppProtocolRes\n".into())
    );
    let folder = Folder::new("exi-pipe");
    let bad = folder.file("bad.jsonl", "{\"set\": \"sap\", \"name\": \"cut\", \"document\": \"8040\"}\n");
    let script = format!("'{}' exi check '{bad}' | true; exit ${{PIPESTATUS[0]}}", common::PLUGFEST);
    let output = std::process::Command::new("bash").args(["-c", &script]).output().expect("a shell");
    assert_eq!((code(&output), told(&output)), (1, String::new()), "the verdict is not lost with its reader");
}

#[test]
fn the_chosen_vectors_pass() {
    let files = files(&chosen_vectors());
    let lines: usize = files.iter().map(|file| fs::read_to_string(file).expect("vectors").lines().count()).sum();
    let mut arguments = vec!["exi", "check"];
    arguments.extend(files.iter().map(String::as_str));
    let output = plugfest(&arguments);
    assert_eq!((code(&output), out(&output)), (0, format!("{lines} passed, 0 failed, 0 refused\n")));
}

#[test]
fn all_vectors_pass() {
    let Some(folder) = std::env::var_os("PLUGFEST_VECTORS") else {
        eprintln!("not applicable: PLUGFEST_VECTORS names no folder of vectors");
        return;
    };
    let files = files(Path::new(&folder));
    let mut arguments = vec!["exi", "check"];
    arguments.extend(files.iter().map(String::as_str));
    let output = plugfest(&arguments);
    let said = said(&output);
    assert!(code(&output) == 0 && said.contains(" passed, 0 failed, 0 refused"), "{said}");
    eprintln!("{}", said.trim());
}

#[test]
fn vectors_that_fail_and_vectors_that_are_refused_are_named() {
    let folder = Folder::new("exi-vectors");
    let lines = [
        "{\"set\": \"sap\", \"name\": \"good\", \"document\": \"80400040\"}",
        "",
        "{\"set\": \"sap\", \"name\": \"two\\nlines\", \"document\": \"80400041\"}",
        "{\"set\": \"iso3\", \"name\": \"unknown\", \"document\": \"80400040\"}",
        "{\"set\": \"sap\", \"name\": \"bare\"}",
        "no vector",
    ];
    let file = folder.file("mixed.jsonl", &lines.join("\n"));
    let output = plugfest(&["exi", "check", &file]);
    assert_eq!(code(&output), 1);
    let shown = out(&output);
    let found: Vec<&str> = shown.lines().map(|line| line.strip_prefix(&file).unwrap_or(line)).collect();
    for (line, start) in found.iter().zip([
        ":3: two\u{fffd}lines: document: written again it is another stream: octet 3 is 40 instead of 41",
        ":4: unknown: refused: unknown set \"iso3\": expected one of sap, din",
        ":5: bare: not a vector: it has no document",
        ":6: -: not a vector: expected",
        "1 passed, 3 failed, 1 refused",
    ]) {
        assert!(line.starts_with(start), "{line}: {start}");
    }
    assert_eq!(found.len(), 5, "{shown}");
    // Refused ones are no failure, but when nothing else is there nothing was checked; an unreadable file beside good ones is told.
    let refused = folder.file("refused.jsonl", &lines[3..4].join("\n"));
    let output = plugfest(&["exi", "check", &refused]);
    assert_eq!((code(&output), told(&output).as_str()), (1, "nothing was checked: all 1 were refused\n"));
    let beside = folder.file("beside.jsonl", &[lines[0], lines[3]].join("\n"));
    assert_eq!(code(&plugfest(&["exi", "check", &beside])), 0);
    for none in ["{\"set\": \"sap\"}", "{\"set\": \"sap\", \"document\": \"8040z\"}", "[]\n{}\n7"] {
        let output = plugfest(&["exi", "check", &folder.file("none.jsonl", none)]);
        assert!(code(&output) > 0 && out(&output).contains("none.jsonl:1: -: not a vector: "), "{}", said(&output));
    }
    let output = plugfest(&["exi", "check", "nowhere.jsonl", &file]);
    assert!(code(&output) == 2 && out(&output).ends_with("1 passed, 3 failed, 1 refused\n"), "{}", said(&output));
    let output = with_input(&["exi", "check", "-"], lines[0].as_bytes());
    assert_eq!((code(&output), out(&output)), (0, "1 passed, 0 failed, 0 refused\n".into()));
}

#[test]
fn one_changed_octet_of_a_vector_is_found() {
    // Each octet of a document whose XML is at hand, with each of its bits turned.
    let own = vector("special.jsonl", "empty-EVSEID");
    let document = own["document"].as_str().expect("a document").to_owned();
    let mut lines = String::new();
    for bit in 0..document.len() * 4 {
        let mut octets: Vec<u8> =
            (0..document.len() / 2).map(|at| u8::from_str_radix(&document[2 * at..2 * at + 2], 16).unwrap()).collect();
        octets[bit / 8] ^= 0x80 >> (bit % 8);
        let mut changed = own.clone();
        changed["name"] = format!("bit {bit}").into();
        changed["document"] = octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into();
        lines += &format!("{changed}\n");
    }
    let output = with_input(&["exi", "check", "-"], lines.as_bytes());
    let shown = out(&output);
    assert_eq!(code(&output), 1);
    assert!(shown.ends_with(&format!("0 passed, {} failed, 0 refused\n", document.len() * 4)), "{shown}");
    for bit in 0..document.len() * 4 {
        assert!(shown.contains(&format!("-:{}: bit {bit}: document: ", bit + 1)), "bit {bit}: {shown}");
    }
}

#[test]
fn the_help_has_examples() {
    assert!(said(&plugfest(&["--help"])).contains("exi"));
    for verb in ["decode", "encode", "check"] {
        let output = plugfest(&["exi", verb, "--help"]);
        assert!(code(&output) == 0 && out(&output).contains(&format!("\n  plugfest exi {verb} ")), "{}", out(&output));
    }
}
