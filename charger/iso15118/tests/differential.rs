//! Random messages, written by us, read and written by crate `iso15118`: the octets are the same. It has no DIN.

use exi::schema::{Complex, Content, Datatype, Event, SchemaSet, Type};
use exi::{Facets, Tree};
use iso15118::schemas;
use peer::exi::ExiDocument;

/// Messages of each set; more with `PLUGFEST_MUTATIONS`.
const MESSAGES: u64 = 2_000;

/// xorshift64*: the same messages each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count.max(1)
    }

    /// Something between these two, most often near one of them.
    fn within(&mut self, min: i128, max: i128) -> i128 {
        match self.below(4) {
            0 => min,
            1 => max,
            _ => min + i128::from(self.next()) % (max - min + 1),
        }
    }

    fn length(&mut self, min: Option<u32>, max: Option<u32>) -> usize {
        let min = min.unwrap_or(0) as usize;
        min + self.below(max.map_or(24, |max| max as usize).min(min + 24) - min + 1)
    }
}

/// What the other crate says it does not read: keys and objects in a signature.
fn is_passed_over(key: &str) -> bool {
    matches!(key, "KeyInfo" | "Object" | "HMACOutputLength" | "XPath")
}

fn content(random: &mut Random, kind: &'static Type) -> Tree {
    match &kind.content {
        Content::Simple(datatype) => value(random, datatype),
        Content::Complex(complex) => parts(random, complex),
    }
}

/// Walks through the states of a type, by chance.
fn parts(random: &mut Random, complex: &'static Complex) -> Tree {
    let mut fields: Vec<(String, Tree)> = Vec::new();
    let (mut state, mut count) = (0u16, 0u32);
    loop {
        let now = &complex.states[usize::from(state)];
        let usable = |event: &&Event| match event.child {
            Event::END => true,
            child => complex.children.get(usize::from(child)).is_some_and(|child| !is_passed_over(child.key)),
        };
        let mut events: Vec<&Event> = now.events.iter().filter(usable).collect();
        // Lists stay short.
        if count >= 3 && events.iter().any(|event| event.next != state) {
            events.retain(|event| event.next != state || event.child == Event::END);
        }
        let Some(event) = events.get(random.below(events.len())) else { panic!("a state without a way on") };
        if event.child == Event::END {
            break;
        }
        let child = &complex.children[usize::from(event.child)];
        let tree = content(random, child.kind);
        match fields.iter_mut().find(|(key, _)| key == child.key) {
            Some((_, Tree::List(list))) => list.push(tree),
            _ if child.many => fields.push((child.key.to_owned(), Tree::List(vec![tree]))),
            _ => fields.push((child.key.to_owned(), tree)),
        }
        let again = event.next == state;
        state = event.next;
        count = if again {
            count + 1
        } else {
            complex.states[usize::from(state)].counter.map_or(0, |counter| counter.start)
        };
        if let Some(counter) = complex.states[usize::from(state)].counter
            && count >= counter.limit
        {
            state = counter.full;
        }
    }
    Tree::Fields(fields)
}

fn value(random: &mut Random, datatype: &'static Datatype) -> Tree {
    let octets = |random: &mut Random, length: usize| (0..length).map(|_| random.next() as u8).collect::<Vec<u8>>();
    match datatype {
        Datatype::Boolean => Tree::Boolean(random.below(2) == 0),
        Datatype::Bounded { min, max, .. } | Datatype::Signed { min, max } => {
            Tree::Whole(random.within((*min).into(), (*max).into()))
        }
        Datatype::Unsigned { min, max } => Tree::Whole(random.within((*min).into(), (*max).into())),
        // The other crate has integers of 63 bits.
        Datatype::Integer => Tree::Text(random.within(i64::MIN.into(), i64::MAX.into()).to_string()),
        Datatype::Text { min, max } => {
            let length = random.length(Some(min.unwrap_or(1).max(1)), *max);
            Tree::Text((0..length).map(|_| char::from(b'!' + random.below(94) as u8)).collect())
        }
        Datatype::Hex { min, max } => {
            let length = random.length(*min, *max);
            Tree::Text(exi::text::hex::write(&octets(random, length)))
        }
        Datatype::Base64 { min, max } => {
            let length = random.length(*min, *max);
            Tree::Text(exi::text::base64::write(&octets(random, length)))
        }
        Datatype::Enumeration { values, .. } => Tree::Text(values[random.below(values.len())].to_owned()),
    }
}

fn compare<Theirs: ExiDocument>(set: &'static SchemaSet, seed: u64) {
    let count = std::env::var("PLUGFEST_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MESSAGES);
    let roots: Vec<_> = set
        .documents
        .iter()
        .filter(|root| {
            iso15118::is_request(root.name.local)
                || root.name.local.ends_with("Res")
                || root.name.local == "V2G_Message"
        })
        .collect();
    let mut random = Random(seed);
    let (mut same, mut refused) = (0u64, 0u64);
    for _ in 0..count {
        let root = roots[random.below(roots.len())];
        let tree = Tree::Fields(vec![(root.name.local.to_owned(), content(&mut random, root.kind))]);
        let mut ours = Vec::new();
        exi::tree_to_document(set, &tree, Facets::Checked, &mut ours)
            .unwrap_or_else(|error| panic!("{error}: {tree:?}"));
        let back: Tree =
            exi::from_document(set, &ours, Facets::Checked).unwrap_or_else(|error| panic!("{error}: {tree:?}"));
        assert_eq!(back, tree);
        match Theirs::from_bytes(&ours) {
            Ok(message) => {
                let theirs = message.to_vec().expect("it is written");
                assert_eq!(exi::text::hex::write(&theirs), exi::text::hex::write(&ours), "{tree:?}");
                same += 1;
            }
            Err(_) => refused += 1,
        }
    }
    eprintln!("{}: {same} the same, {refused} refused by the other crate", set.name);
    assert!(same * 10 >= count * 9, "{}: only {same} of {count} were read by the other crate", set.name);
}

#[test]
fn iso15118_2_is_written_alike() {
    compare::<peer::iso2::Document>(&schemas::ISO2, 1);
}

#[test]
fn iso15118_20_common_messages_are_written_alike() {
    compare::<peer::iso20::messages::Document>(&schemas::ISO20_MESSAGES, 2);
}

#[test]
fn iso15118_20_alternating_current_is_written_alike() {
    compare::<peer::iso20::ac::Document>(&schemas::ISO20_AC, 3);
}

#[test]
fn iso15118_20_direct_current_is_written_alike() {
    compare::<peer::iso20::dc::Document>(&schemas::ISO20_DC, 4);
}

#[test]
fn iso15118_20_wireless_is_written_alike() {
    compare::<peer::iso20::wpt::Document>(&schemas::ISO20_WPT, 5);
}

#[test]
fn iso15118_20_pantograph_is_written_alike() {
    compare::<peer::iso20::acdp::Document>(&schemas::ISO20_ACDP, 6);
}
