//! Whatever a peer sends is read or refused: mutated messages of each schema set, mutated XML, mutated frames. What was read is
//! written again and read as the same, or refused. `PLUGFEST_MUTATIONS=N` mutates so many for each of them instead of the usual
//! number.

mod mutations;

use exi::text::hex;
use exi::xml::XmlError;
use exi::{Facets, Fault, SchemaSet, Tree, xml};
use iso15118::v2gtp::{Frame, Frames, HEADER, LONGEST, PayloadType};
use iso15118::{schemas, sdp};
use mutations::{Form, Seed, Seeded, as_message, mutate, read, seeds, write, xml_of};

/// For each of the nine sets: what takes some seconds without optimisation.
const USUAL: usize = 11_000;

/// What came of the mutated messages of a set.
#[derive(Debug, Default)]
struct Counts {
    /// Read as a tree, held to the schema.
    checked: usize,
    /// Read as a tree.
    off: usize,
    /// Read as a Rust type.
    typed: usize,
    /// Written again; the others were refused.
    written: usize,
}

fn mutated_messages(set: &'static SchemaSet) {
    let seeds = seeds(set);
    let mut random = Seeded(0x15118 ^ set.fragments.len() as u64);
    let mut counts = Counts::default();
    let mut octets = Vec::new();
    let count = mutations::mutations(USUAL);
    for _ in 0..count {
        let seed = &seeds[random.below(seeds.len())];
        octets.clone_from(&seed.octets);
        mutate(&mut octets, &seeds, &mut random);
        one_message(set, seed, &octets, &mut counts);
    }
    eprintln!("{}: {count} mutated messages of {}: {counts:?}", set.name, seeds.len());
    assert!(count < 1000 || (counts.off > count / 10 && counts.off < count), "the mutations do not reach anything");
    assert!(counts.written > counts.off / 2, "what can be read can be written");
}

fn one_message(set: &'static SchemaSet, seed: &Seed, octets: &[u8], counts: &mut Counts) {
    let what = || format!("{} from {:?} {}: {}", set.name, seed.form, seed.name, hex::write(octets));
    let checked = read(set, seed.form, octets, Facets::Checked);
    let off = read(set, seed.form, octets, Facets::Off);
    if seed.form == Form::Document {
        for facets in [Facets::Checked, Facets::Off] {
            if let Some(Ok(message)) = as_message(set, octets, facets) {
                counts.typed += 1;
                if let Ok((_, again)) = message.encode() {
                    let read = as_message(set, &again, Facets::Checked).and_then(Result::ok);
                    assert!(read.is_some_and(|read| read == message), "another message: {}", what());
                }
            }
        }
    }
    if let Ok(tree) = &checked {
        counts.checked += 1;
        assert_eq!(off.as_ref(), Ok(tree), "{}", what());
    }
    let Ok(tree) = off else { return };
    counts.off += 1;
    let Ok(again) = write(set, seed.form, &tree) else { return };
    counts.written += 1;
    match read(set, seed.form, &again, Facets::Off) {
        Ok(read) => assert!(read == tree, "{read:?}\nfrom {tree:?}\n{}", what()),
        Err(error) => panic!("{error}\nfrom {tree:?}\n{}", what()),
    }
}

#[test]
fn mutated_messages_of_sap() {
    mutated_messages(&schemas::SAP);
}

#[test]
fn mutated_messages_of_din() {
    mutated_messages(&schemas::DIN);
}

#[test]
fn mutated_messages_of_iso2() {
    mutated_messages(&schemas::ISO2);
}

#[test]
fn mutated_messages_of_iso20() {
    mutated_messages(&schemas::ISO20_MESSAGES);
}

#[test]
fn mutated_messages_of_iso20_ac() {
    mutated_messages(&schemas::ISO20_AC);
}

#[test]
fn mutated_messages_of_iso20_dc() {
    mutated_messages(&schemas::ISO20_DC);
}

#[test]
fn mutated_messages_of_iso20_wpt() {
    mutated_messages(&schemas::ISO20_WPT);
}

#[test]
fn mutated_messages_of_iso20_acdp() {
    mutated_messages(&schemas::ISO20_ACDP);
}

#[test]
fn mutated_messages_of_xmldsig() {
    mutated_messages(&schemas::XMLDSIG);
}

/// A fragment of an element of text or digits: its event, then these bits.
fn fragment_of(set: &SchemaSet, element: &str, bits: &str) -> Vec<u8> {
    let code = set.fragments.iter().position(|fragment| fragment.name.local == element).expect("an element");
    let width = (usize::BITS - (set.fragments.len() + 1).leading_zeros()) as usize;
    let mut all = format!("10000000{code:0width$b}{bits}");
    all.push_str(&"0".repeat((8 - all.len() % 8) % 8));
    all.as_bytes().chunks(8).map(|octet| octet.iter().fold(0, |value, bit| value << 1 | (bit - b'0'))).collect()
}

#[test]
fn a_whole_number_without_end_is_refused() {
    let set = &schemas::ISO2;
    let end = format!("0{:08b}", set.fragments.len() + 1);
    let number = |groups: usize| format!("00{}00000001{end}", "11111111".repeat(groups));
    // 414 octets and a bit, as seven bits each: 998 digits.
    let longest = fragment_of(set, "X509SerialNumber", &number(473));
    let tree = read(set, Form::Fragment, &longest, Facets::Checked).expect("a number");
    assert_eq!(write(set, Form::Fragment, &tree), Ok(longest), "it can be written again");
    for groups in [477, 1 << 20] {
        let refused = read(set, Form::Fragment, &fragment_of(set, "X509SerialNumber", &number(groups)), Facets::Off);
        let told = refused.expect_err("too long").to_string();
        assert!(told.starts_with("X509SerialNumber: a whole number of more than 416 octets"), "{told}");
    }
}

#[test]
fn a_list_without_end_is_refused() {
    let entry = Tree::Fields(vec![("@Algorithm".to_owned(), Tree::Text("a".to_owned()))]);
    let of = |count| {
        let entries = Tree::Fields(vec![("Transform".to_owned(), Tree::List(vec![entry.clone(); count]))]);
        let tree = Tree::Fields(vec![("Transforms".to_owned(), entries)]);
        read(
            &schemas::ISO2,
            Form::Fragment,
            &write(&schemas::ISO2, Form::Fragment, &tree).expect("octets"),
            Facets::Off,
        )
    };
    let longest = of(16_384).expect("each has an attribute: two values");
    assert_eq!(longest.at("Transforms/Transform").map(|list| list.at("16383").is_some()), Some(true));
    let refused = of(16_385).expect_err("one too many");
    assert_eq!(refused.fault(), &Fault::TooMany(32_768));
    assert_eq!(of(200_000).expect_err("many too many").fault(), &Fault::TooMany(32_768));
}

#[test]
fn an_attribute_that_no_type_of_an_element_has_is_refused() {
    // eMAID of ISO 15118-2 has two types, so that the grammar of the stream has all attributes of the set: here MimeType.
    let octets = hex::read("80EC0282A6B21A400211114C505090FD3D00").expect("octets");
    let refused = read(&schemas::ISO2, Form::Fragment, &octets, Facets::Off).expect_err("no Id");
    assert_eq!(refused.fault(), &Fault::Unread("an attribute that no type of the element has"));
    let tree = |key: &str| {
        let fields = Tree::Fields(vec![(key.to_owned(), Tree::Text("a".to_owned()))]);
        write(&schemas::ISO2, Form::Fragment, &Tree::Fields(vec![("eMAID".to_owned(), fields)]))
    };
    assert!(tree("@Id").is_ok());
    let told = tree("@MimeType").expect_err("it would be lost").to_string();
    assert_eq!(told, "eMAID: the schema knows no @MimeType here; it knows @Id, $text");
}

#[test]
fn xml_that_goes_too_deep_is_refused() {
    let text = "<Signature>".repeat(200_000);
    assert!(matches!(xml::read(&schemas::ISO2, &text), Err(XmlError::Syntax(_))));
    let closed = format!("{text}{}", "</Signature>".repeat(200_000));
    assert!(xml::read(&schemas::ISO2, &closed).is_err());
}

#[test]
fn octets_of_white_space_alone_are_an_empty_element() {
    let of = |octets: &str| xml::read(&schemas::ISO2, &format!("<SessionID>{octets}</SessionID>"));
    let empty = Tree::Fields(vec![("SessionID".to_owned(), Tree::Nothing)]);
    assert_eq!(of(" \n "), Ok(empty.clone()));
    assert_eq!(of(""), Ok(empty), "what is written for it");
}

/// Changes the characters of XML: its names, its values, its order.
fn mutate_xml(text: &mut Vec<char>, texts: &[Vec<char>], random: &mut Seeded) {
    const ODD: [char; 16] =
        ['<', '>', '/', '&', ';', '"', '\'', '=', '#', '-', '9', ' ', '\u{0}', '\u{e9}', '\u{fffe}', '\u{10ffff}'];
    for _ in 0..random.below(4) {
        let at = random.below(text.len());
        let end = text.len().min(at + 1 + random.below(60));
        match random.below(8) {
            0 | 1 => {
                if let Some(character) = text.get_mut(at) {
                    *character = ODD[random.below(ODD.len())];
                }
            }
            2 => text.insert(at, ODD[random.below(ODD.len())]),
            3 => drop(text.drain(at..end)),
            4 => {
                let part = text[at..end].to_vec();
                let to = random.below(text.len());
                text.splice(to..to, part);
            }
            5 => text.truncate(at),
            6 => {
                // A whole element once more, or a digit many times.
                let part: Vec<char> = std::iter::repeat_n('7', 1 + random.below(1200)).collect();
                text.splice(at..at, part);
            }
            _ => {
                let other = &texts[random.below(texts.len())];
                let from = random.below(other.len());
                text.splice(at..end, other[from..other.len().min(from + 80)].iter().copied());
            }
        }
    }
}

#[test]
fn mutated_xml_is_read_or_refused() {
    let count = mutations::mutations(USUAL);
    let mut random = Seeded(0x0058_4d4c);
    let (mut messages, mut written) = (0, 0);
    for set in schemas::ALL {
        let texts: Vec<Vec<char>> = xml_of(set, &seeds(set)).iter().map(|text| text.chars().collect()).collect();
        for _ in 0..count / schemas::ALL.len() {
            let mut text = texts[random.below(texts.len())].clone();
            mutate_xml(&mut text, &texts, &mut random);
            let text: String = text.iter().collect();
            let Ok(tree) = xml::read(set, &text) else { continue };
            messages += 1;
            // A character that XML cannot hold is told by the reader.
            let again = xml::write(set, &tree).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(xml::read(set, &again).as_ref(), Ok(&tree), "{text}");
            for form in [Form::Document, Form::Fragment] {
                let Ok(octets) = write(set, form, &tree) else { continue };
                written += 1;
                match read(set, form, &octets, Facets::Off) {
                    Ok(back) => assert!(same(&back, &tree), "{back:?}\nfrom {text}"),
                    // XML may say numbers beyond a range of few bits, and no number at all; to write them is for testers.
                    Err(error) => assert!(matches!(error.fault(), Fault::Value(_)), "{error}\nfrom {text}"),
                }
            }
        }
    }
    eprintln!("{count} mutated texts: {messages} were messages, written {written} times");
    assert!(count < 1000 || (messages > count / 10 && messages < count), "the mutations do not reach anything");
}

/// XML may have fields in any order; a stream has them in that of the schema.
fn same(one: &Tree, other: &Tree) -> bool {
    match (one, other) {
        (Tree::Fields(ones), Tree::Fields(others)) => {
            ones.len() == others.len()
                && ones.iter().all(|(key, one)| {
                    others.iter().find(|(name, _)| name == key).is_some_and(|(_, other)| same(one, other))
                })
        }
        (Tree::List(ones), Tree::List(others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}

#[test]
fn mutated_streams_of_frames_are_cut_or_refused() {
    let count = mutations::mutations(100_000);
    let mut random = Seeded(0x01fe_8001);
    let payloads = seeds(&schemas::ISO2);
    let types = [0x8001, 0x8002, 0x8004, 0x9000, 0x9001, 0xa000].map(PayloadType);
    let (mut frames, mut refused) = (0usize, 0usize);
    for _ in 0..count {
        let mut stream = Vec::new();
        for _ in 0..=random.below(3) {
            let payload = &payloads[random.below(payloads.len())].octets;
            let payload = payload[..payload.len().min(200)].to_vec();
            stream.extend(Frame { payload_type: types[random.below(types.len())], payload }.encode());
        }
        mutate_stream(&mut stream, &mut random);
        let mut reader = Frames::default();
        let (mut rest, mut consumed) = (&stream[..], 0);
        let over = 'stream: loop {
            let (piece, later) = rest.split_at(random.below(rest.len() + 1).max(1).min(rest.len()));
            reader.push(piece);
            rest = later;
            loop {
                match reader.next_frame() {
                    Ok(Some(frame)) => {
                        frames += 1;
                        // What comes out is what stands there, and nothing else.
                        let octets = frame.encode();
                        assert_eq!(stream[consumed..consumed + octets.len()], octets, "{}", hex::write(&stream));
                        consumed += octets.len();
                    }
                    Ok(None) => break,
                    Err(_) => break 'stream true,
                }
            }
            assert!(reader.waiting() <= HEADER + LONGEST);
            if rest.is_empty() {
                break false;
            }
        };
        if over {
            refused += 1;
            assert_eq!(reader.waiting(), 0, "nothing waits in a stream that is over");
        } else {
            assert_eq!(consumed + reader.waiting(), stream.len());
        }
    }
    eprintln!("{count} mutated streams: {frames} frames, {refused} ended in something that is none");
    assert!(count < 1000 || (frames > count / 2 && refused > count / 10));
}

/// Changes octets, headers most often: versions, types and lengths stand there.
fn mutate_stream(stream: &mut Vec<u8>, random: &mut Seeded) {
    for _ in 0..random.below(4) {
        let end = if random.below(2) == 0 { HEADER } else { stream.len() };
        let at = random.below(end.min(stream.len()));
        match random.below(5) {
            0 if !stream.is_empty() => stream[at] ^= 1 << random.below(8),
            1 if !stream.is_empty() => stream[at] = [0x00, 0xff, 0x7f, 0x80, 0x01][random.below(5)],
            2 => stream.insert(at, random.next() as u8),
            3 if !stream.is_empty() => drop(stream.remove(at)),
            4 => stream.truncate(random.below(stream.len() + 1)),
            _ => {}
        }
    }
}

#[test]
fn mutated_payloads_of_sdp_are_read_or_refused() {
    let count = mutations::mutations(100_000);
    let mut random = Seeded(0x9000_9001);
    let response = sdp::Response {
        address: std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0x201, 0x87ff, 0xfe01, 0x203),
        port: 61341,
        security: sdp::Security::None,
        transport: sdp::Transport::Tcp,
    };
    let request = sdp::Request { security: sdp::Security::Tls, transport: sdp::Transport::Tcp };
    let seeds = [sdp::Message::Request(request).encode(), sdp::Message::Response(response).encode()];
    let mut messages = 0;
    for _ in 0..count {
        let (mut payload_type, mut payload) = seeds[random.below(2)].clone();
        mutate_stream(&mut payload, &mut random);
        if random.below(8) == 0 {
            payload_type = PayloadType(payload_type.0 ^ 1 << random.below(16));
        }
        if let Ok(message) = sdp::Message::decode(payload_type, &payload) {
            messages += 1;
            assert_eq!(message.encode(), (payload_type, payload), "{message:?}");
        }
    }
    eprintln!("{count} mutated payloads of SDP: {messages} were messages");
    assert!(count < 1000 || (messages > count / 10 && messages < count));
}
