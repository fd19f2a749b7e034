//! Captures as pages: `plugfest decode --html`.

mod common;

use std::path::Path;

use capture::Direction;
use capture::testing::{Ends, Talk, ethernet, udp};
use capture::writer::Pcap;
use common::{Folder, code, plugfest, said};
use iso15118::v2gtp::{Frame, PayloadType};
use iso15118::{Protocol, set_of};

/// The frame of a message, which is given as JSON in the order of its schema.
fn frame(protocol: Option<Protocol>, message: &str) -> Vec<u8> {
    let payload_type = PayloadType(0x8001);
    let tree: exi::Tree = serde_json::from_str(message).expect("a message");
    let set = set_of(protocol, payload_type).expect("a set");
    let mut payload = Vec::new();
    exi::tree_to_document(set, &tree, exi::Facets::Off, &mut payload)
        .unwrap_or_else(|error| panic!("{message}: {error}"));
    Frame { payload_type, payload }.encode()
}

fn iso2(body: &str) -> Vec<u8> {
    let message = format!(r#"{{"V2G_Message":{{"Header":{{"SessionID":"0123456789ABCDEF"}},"Body":{body}}}}}"#);
    frame(Some(Protocol::Iso2), &message)
}

/// A capture that grows.
struct Capture {
    file: Pcap,
    /// Nanoseconds.
    now: u64,
}

impl Capture {
    fn new() -> Self {
        Self { file: Pcap::new(), now: 1_700_000_000_000_000_000 }
    }

    fn put(&mut self, packets: Vec<Vec<u8>>) {
        for packet in packets {
            self.file.packet(self.now, &ethernet(&packet));
        }
    }

    /// Both say something, the station after so many milliseconds.
    fn exchange(&mut self, talk: &mut Talk, request: &[u8], response: &[u8], ms: u64) {
        self.now += 100_000_000;
        self.put(talk.client(request));
        self.now += ms * 1_000_000;
        self.put(talk.server(response));
    }

    /// A charge with a direct current of so many loops.
    fn charge(&mut self, port: u16, loops: u64) {
        let mut talk = Talk::new(Ends::v6(port, 15118));
        self.put(talk.open());
        let offer = r#"{"supportedAppProtocolReq":{"AppProtocol":[{"ProtocolNamespace":"urn:iso:15118:2:2013:MsgDef","VersionNumberMajor":2,"VersionNumberMinor":0,"SchemaID":1,"Priority":1}]}}"#;
        let choice = r#"{"supportedAppProtocolRes":{"ResponseCode":"OK_SuccessfulNegotiation","SchemaID":1}}"#;
        self.exchange(&mut talk, &frame(None, offer), &frame(None, choice), 5);
        let request = iso2(r#"{"SessionSetupReq":{"EVCCID":"020000000001"}}"#);
        let response =
            iso2(r#"{"SessionSetupRes":{"ResponseCode":"OK_NewSessionEstablished","EVSEID":"DE*PNX*E12345*1"}}"#);
        self.exchange(&mut talk, &request, &response, 2_500);
        for n in 0..loops {
            let request = iso2(
                r#"{"CurrentDemandReq":{"DC_EVStatus":{"EVReady":true,"EVErrorCode":"NO_ERROR","EVRESSSOC":57},"EVTargetCurrent":{"Multiplier":0,"Unit":"A","Value":20},"ChargingComplete":false,"EVTargetVoltage":{"Multiplier":0,"Unit":"V","Value":400}}}"#,
            );
            let response = iso2(&format!(
                r#"{{"CurrentDemandRes":{{"ResponseCode":"OK","DC_EVSEStatus":{{"NotificationMaxDelay":0,"EVSENotification":"None","EVSEIsolationStatus":"Valid","EVSEStatusCode":"EVSE_Ready"}},"EVSEPresentVoltage":{{"Multiplier":0,"Unit":"V","Value":398}},"EVSEPresentCurrent":{{"Multiplier":0,"Unit":"A","Value":{}}},"EVSECurrentLimitAchieved":false,"EVSEVoltageLimitAchieved":false,"EVSEPowerLimitAchieved":false,"EVSEID":"DE*PNX*E12345*1","SAScheduleTupleID":1}}}}"#,
                n % 20
            ));
            self.exchange(&mut talk, &request, &response, 20);
        }
        self.now += 1_000_000_000;
        self.put(talk.close());
    }

    fn write(self, folder: &Folder, name: &str) -> String {
        let path = folder.path(name);
        std::fs::write(&path, self.file.into_bytes()).expect("written");
        path.display().to_string()
    }
}

/// The page of a capture, and its exit code.
fn page(folder: &Folder, captures: &[&str]) -> (i32, String) {
    let dir = folder.text("page");
    let output = plugfest(&[&["decode", "--html", &dir], captures].concat());
    assert!(!said(&output).contains("panicked"), "{}", said(&output));
    (code(&output), std::fs::read_to_string(folder.path("page/report.html")).unwrap_or_default())
}

#[test]
fn two_conversations_of_a_capture_are_two_scenarios_of_a_page() {
    let folder = Folder::new("page-two");
    let mut capture = Capture::new();
    let request = Frame { payload_type: PayloadType(0x9000), payload: vec![0x10, 0x00] }.encode();
    let ends = Ends::v6(50_000, 15118);
    let asks = udp(ends.client, ends.server, &request);
    capture.put(vec![asks]);
    capture.charge(50_001, 30);
    capture.charge(50_002, 3);
    let file = capture.write(&folder, "car.pcap");
    let (code, text) = page(&folder, &[&file]);
    assert_eq!(code, 0);
    for expected in [
        "<h1 class=\"passed\">2 conversations</h1>",
        "29 \u{d7} CurrentDemand",
        "EVTargetVoltage = 400 V",
        "SDP request",
        "the car waits 2.000 s",
        "Voltage</b>",
        "<dt>session</dt><dd>0123456789ABCDEF</dd>",
        "<th>CurrentDemand</th><td class=\"first\">30</td><td>20 ms</td>",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    let log = folder.read("page/scenarios/0002-car/events.ndjson");
    let events: Vec<_> = event_log::read(log.as_bytes()).collect::<Result<_, _>>().expect("events");
    assert!(events.windows(2).all(|pair| pair[0].t <= pair[1].t && pair[0].seq + 1 == pair[1].seq));
    assert!(events.last().is_some_and(|last| last.is("run", "end") && last.text("verdict") == "passed"));
    let messages = events.iter().filter(|event| event.is("v2g", "message")).count();
    assert_eq!(messages, 4 + 2 * 3);
    // The page is a view of the logs, and they are the same each time.
    let output = plugfest(&["report", &folder.text("page")]);
    assert_eq!(self::code(&output), 0, "{}", said(&output));
    assert_eq!(folder.read("page/report.html"), text);
    let (_, again) = page(&folder, &[&file]);
    assert_eq!(again, text);
    assert_eq!(folder.read("page/scenarios/0002-car/events.ndjson"), log);
}

#[test]
fn what_cannot_be_read_is_on_the_page_and_in_the_exit_code() {
    let folder = Folder::new("page-torn");
    let mut capture = Capture::new();
    capture.charge(50_001, 2);
    let mut talk = Talk::new(Ends::v6(50_002, 15118));
    capture.put(talk.open());
    let garbage = Frame { payload_type: PayloadType(0x8001), payload: vec![0x80, 0xff, 0xff, 0xff] }.encode();
    capture.put(talk.says(Direction::Forward, &garbage));
    capture.put(talk.close());
    let file = capture.write(&folder, "bad.pcap");
    let (code, text) = page(&folder, &[&file]);
    assert_eq!(code, 1);
    assert!(text.contains("2 conversations, not all could be read"), "{text}");
    assert!(text.contains("message, unreadable") && text.contains("1 of what was seen cannot be read"), "{text}");
    // A capture whose end is missing, and a file that is none.
    let whole = std::fs::read(&file).expect("there");
    std::fs::write(folder.path("torn.pcap"), &whole[..whole.len() - 7]).expect("written");
    let (code, text) = page(&folder, &[&folder.text("torn.pcap")]);
    assert!(code == 1 && text.contains("class=\"warning\"") && text.contains("torn.pcap: "), "{code}");
    let nowhere = folder.text("nowhere.pcap");
    for captures in [[file.as_str(), nowhere.as_str()], [nowhere.as_str(), file.as_str()]] {
        let (code, text) = page(&folder, &captures);
        assert!(code == 2 && text.contains("nowhere.pcap: ") && text.contains("2 conversations"), "{code}");
    }
    // A capture in which nothing was said.
    std::fs::write(folder.path("empty.pcap"), Pcap::new().into_bytes()).expect("written");
    let (code, text) = page(&folder, &[&folder.text("empty.pcap")]);
    assert!(code == 0 && text.contains("No conversation was found") && text.contains("it has no packets"), "{code}");
}

#[test]
fn what_is_no_capture_has_no_page() {
    let folder = Folder::new("page-none");
    let none = folder.file("none.pcap", "no capture at all");
    let (code, text) = page(&folder, &[&none, &folder.text("nowhere.pcap")]);
    assert!(code == 2 && text.is_empty() && !folder.path("page").exists(), "{code}: {text}");
    // Nor does one of before go.
    let mut capture = Capture::new();
    capture.charge(50_001, 2);
    let (_, before) = page(&folder, &[&capture.write(&folder, "car.pcap")]);
    let (code, after) = page(&folder, &[&none]);
    assert!(code == 2 && !before.is_empty() && before == after, "{code}");
}

#[test]
fn a_folder_of_somebody_else_is_not_touched() {
    let folder = Folder::new("page-foreign");
    let mut capture = Capture::new();
    capture.charge(50_001, 1);
    let file = capture.write(&folder, "car.pcap");
    std::fs::create_dir(folder.path("page")).expect("made");
    folder.file("page/mine.txt", "mine");
    let output = plugfest(&["decode", "--html", &folder.text("page"), &file]);
    assert!(code(&output) == 2 && said(&output).contains("it was not made by plugfest"), "{}", said(&output));
    assert_eq!(std::fs::read_dir(folder.path("page")).expect("there").count(), 1);
    let output = plugfest(&["decode", "--json", "--html", &folder.text("page"), &file]);
    assert_eq!(code(&output), 2, "one of them");
}

#[test]
fn every_real_capture_has_a_page_that_can_be_sent_around() {
    let Some(captures) = std::env::var_os("PLUGFEST_CAPTURES") else {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
        return;
    };
    let folder = Folder::new("page-real");
    let mut read = 0;
    for entry in std::fs::read_dir(Path::new(&captures)).expect("the folder of captures") {
        let path = entry.expect("an entry of the folder").path();
        if !path.extension().is_some_and(|kind| kind == "dump" || kind == "pcap" || kind == "pcapng") {
            continue;
        }
        let shown = path.display().to_string();
        let (code, text) = page(&folder, &[&shown]);
        assert_eq!(code, self::code(&plugfest(&["decode", &shown])), "{shown}");
        assert!(text.len() < 5 << 20, "{shown}: {} bytes", text.len());
        assert!(text.contains("class=\"lanes\""), "{shown}: nothing is drawn");
        read += 1;
    }
    assert!(read > 0, "no capture in {}", Path::new(&captures).display());
}
