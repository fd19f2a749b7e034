//! Sessions as lists of what is seen, made of JSON, and what can be done to them before they are judged.

use std::sync::Arc;
use std::time::Duration;

use exi::{Facets, Tree};

use crate::judge::{Judge, Outcome, Profile, Verdict};
use crate::v2gtp::PayloadType;
use crate::wire::{SeenMessage, Side, Sighting, What};
use crate::{MessageError, Protocol, set_of};

/// Something to be seen.
#[derive(Clone)]
pub(super) struct Shot {
    pub(super) ms: u64,
    pub(super) what: Thing,
}

#[derive(Clone)]
pub(super) enum Thing {
    Message(Sent),
    Other(What),
}

#[derive(Clone)]
pub(super) struct Sent {
    pub(super) from: Side,
    pub(super) payload_type: PayloadType,
    pub(super) protocol: Option<Protocol>,
    pub(super) tree: Tree,
    /// As if its writer had used references.
    pub(super) references: bool,
    /// These octets instead.
    pub(super) octets: Option<Vec<u8>>,
}

impl Sent {
    pub(super) fn name(&self) -> &str {
        crate::name_of(&self.tree)
    }

    /// What stands in the body, to be changed.
    pub(super) fn body(&mut self) -> &mut Tree {
        let Tree::Fields(root) = &mut self.tree else { panic!("a message") };
        let content = &mut root[0].1;
        if content.get("Body").is_none() {
            return content;
        }
        let Some(Tree::Fields(body)) = content.at_mut("Body") else { panic!("a body") };
        &mut body[0].1
    }

    fn seen(&self) -> SeenMessage {
        let Self { from, payload_type, protocol, .. } = *self;
        let mut payload = Vec::new();
        let content = match set_of(protocol, payload_type) {
            None => Err(MessageError::PayloadType { payload_type, protocol }),
            Some(set) => {
                // What cannot be written even without facets is shown as it is.
                if exi::tree_to_document(set, &self.tree, Facets::Off, &mut payload).is_err() {
                    let content = Ok(Arc::new(self.tree.clone()));
                    return SeenMessage { from, payload_type, protocol, payload, content, identical: true };
                }
                if let Some(octets) = &self.octets {
                    payload.clone_from(octets);
                }
                exi::from_document::<Tree>(set, &payload, Facets::Off)
                    // What is written beyond its range cannot be read again: it is shown as it is.
                    .or_else(|error| if self.octets.is_none() { Ok(self.tree.clone()) } else { Err(error) })
                    .map(Arc::new)
                    .map_err(|error| MessageError::Exi { set: set.name, error })
            }
        };
        SeenMessage { from, payload_type, protocol, payload, content, identical: !self.references }
    }
}

/// A session.
#[derive(Clone, Default)]
pub(super) struct Shots(pub(super) Vec<Shot>);

pub(super) fn tree(json: &str) -> Tree {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

impl Shots {
    pub(super) fn now(&self) -> u64 {
        self.0.last().map_or(0, |shot| shot.ms)
    }

    pub(super) fn other(&mut self, after: u64, what: What) {
        let ms = self.now() + after;
        self.0.push(Shot { ms, what: Thing::Other(what) });
    }

    pub(super) fn sent(&mut self, after: u64, sent: Sent) {
        let ms = self.now() + after;
        self.0.push(Shot { ms, what: Thing::Message(sent) });
    }

    fn is(shot: &Shot, name: &str) -> bool {
        matches!(&shot.what, Thing::Message(sent) if sent.name() == name)
    }

    /// Where the message of that name is, counted from 0.
    pub(super) fn find(&self, name: &str, nth: usize) -> usize {
        let found = self.0.iter().enumerate().filter(|(_, shot)| Self::is(shot, name)).nth(nth);
        found.unwrap_or_else(|| panic!("{name} is not there {nth} times")).0
    }

    pub(super) fn message(&mut self, name: &str, nth: usize) -> &mut Sent {
        let at = self.find(name, nth);
        match &mut self.0[at].what {
            Thing::Message(sent) => sent,
            Thing::Other(_) => panic!("a message"),
        }
    }

    /// Changes a value of the body in all messages of that name.
    pub(super) fn set(&mut self, name: &str, path: &str, json: &str) {
        let mut count = 0;
        for shot in &mut self.0 {
            if let Thing::Message(sent) = &mut shot.what
                && sent.name() == name
            {
                put(sent.body(), path, tree(json));
                count += 1;
            }
        }
        assert!(count > 0, "{name} is not there");
    }

    /// The same in one of them.
    pub(super) fn set_nth(&mut self, name: &str, nth: usize, path: &str, json: &str) {
        put(self.message(name, nth).body(), path, tree(json));
    }

    /// Takes a field out of all messages of that name.
    pub(super) fn unset(&mut self, name: &str, path: &str) {
        for shot in &mut self.0 {
            if let Thing::Message(sent) = &mut shot.what
                && sent.name() == name
            {
                let (parent, key) = path.rsplit_once('/').map_or(("", path), |parts| parts);
                let place = if parent.is_empty() { Some(sent.body()) } else { sent.body().at_mut(parent) };
                let Some(Tree::Fields(fields)) = place else { panic!("{path} in {name}") };
                fields.retain(|(name, _)| name != key);
            }
        }
    }

    /// Another SessionID in one message.
    pub(super) fn set_session(&mut self, name: &str, nth: usize, id: &str) {
        let Tree::Fields(root) = &mut self.message(name, nth).tree else { panic!("a message") };
        *root[0].1.at_mut("Header/SessionID").expect("a header") = Tree::Text(id.to_owned());
    }

    /// Drops the message of that name.
    pub(super) fn drop(&mut self, name: &str, nth: usize) {
        let at = self.find(name, nth);
        self.0.remove(at);
    }

    /// Drops all requests and responses of that stem.
    pub(super) fn drop_all(&mut self, stem: &str) {
        let before = self.0.len();
        self.0.retain(|shot| !["Req", "Res"].iter().any(|end| Self::is(shot, &format!("{stem}{end}"))));
        assert!(self.0.len() < before, "{stem} is not there");
    }

    /// Drops one request and the response behind it.
    pub(super) fn drop_exchange(&mut self, stem: &str, nth: usize) {
        self.drop(&format!("{stem}Req"), nth);
        self.drop(&format!("{stem}Res"), nth);
    }

    /// A request and its response once more, behind the message of another name.
    pub(super) fn again(&mut self, stem: &str, behind: &str) {
        let pair = [format!("{stem}Req"), format!("{stem}Res")].map(|name| self.message(&name, 0).clone());
        self.insert(behind, pair);
    }

    /// Messages behind the first of that name; what follows is later.
    pub(super) fn insert(&mut self, behind: &str, messages: impl IntoIterator<Item = Sent>) {
        let at = self.find(behind, 0) + 1;
        let tail = self.0.split_off(at);
        let before = self.now();
        for mut sent in messages {
            let time = Tree::Whole((self.now() + 10).into());
            if let Some(stamp) = sent.body().at_mut("Header/TimeStamp") {
                *stamp = time;
            }
            self.sent(10, sent);
        }
        let shift = self.now() - before;
        self.0.extend(tail.into_iter().map(|shot| Shot { ms: shot.ms + shift, ..shot }));
    }

    /// Makes the message of that name, and all behind it, so much later.
    pub(super) fn delay(&mut self, name: &str, nth: usize, ms: u64) {
        let at = self.find(name, nth);
        self.delay_at(at, ms);
    }

    pub(super) fn delay_at(&mut self, at: usize, ms: u64) {
        self.0[at..].iter_mut().for_each(|shot| shot.ms += ms);
    }

    /// Where the first thing is of which that is true.
    pub(super) fn position(&self, of: impl Fn(&What) -> bool) -> usize {
        let found = self.0.iter().position(|shot| matches!(&shot.what, Thing::Other(what) if of(what)));
        found.expect("it is there")
    }

    /// Changes all other things.
    pub(super) fn each(&mut self, mut change: impl FnMut(&mut What)) {
        for shot in &mut self.0 {
            if let Thing::Other(what) = &mut shot.what {
                change(what);
            }
        }
    }

    pub(super) fn sightings(&self) -> impl Iterator<Item = Sighting> {
        self.0.iter().zip(1..).map(|(shot, packet)| {
            let what = match &shot.what {
                Thing::Message(sent) => What::Message(Box::new(sent.seen())),
                Thing::Other(what) => what.clone(),
            };
            Sighting { packet, at: Duration::from_millis(shot.ms), what }
        })
    }

    pub(super) fn verdicts(&self, profile: Profile) -> Vec<Verdict> {
        let mut judge = Judge::new(profile);
        self.sightings().for_each(|sighting| judge.see(&sighting));
        judge.finish()
    }
}

/// Puts a value at a path; a field that is not there comes behind the others.
fn put(body: &mut Tree, path: &str, value: Tree) {
    if let Some(place) = body.at_mut(path) {
        *place = value;
        return;
    }
    let (parent, key) = path.rsplit_once('/').map_or(("", path), |parts| parts);
    let place = if parent.is_empty() { Some(body) } else { body.at_mut(parent) };
    match place {
        Some(Tree::Fields(fields)) => fields.push((key.to_owned(), value)),
        _ => panic!("nothing stands at {parent}"),
    }
}

/// The rules that were broken, with what was found first.
pub(super) fn broken(verdicts: &[Verdict]) -> Vec<(&'static str, String)> {
    verdicts
        .iter()
        .filter_map(|verdict| match &verdict.outcome {
            Outcome::Fail { findings, .. } => Some((verdict.rule.id, findings[0].what.clone())),
            _ => None,
        })
        .collect()
}
