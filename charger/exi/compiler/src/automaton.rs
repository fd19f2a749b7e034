//! From the content of a type to the states of its grammar (EXI 1.0, sections 8.5.4.1 and 8.5.4.2).
//!
//! Each place at which an element or attribute stands in the content is a position, and a state is "the last thing was at this
//! position" (Glushkov's construction). XML schemas allow only content in which that is enough to know what may follow.
//! A bounded repeat is one position with a counter, not a thousand positions.

use std::collections::BTreeSet;

/// What an event is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Symbol {
    /// An attribute, by its number among the children of the type.
    Attribute(usize),
    /// An element, by its number among the children.
    Element(usize),
    /// An element that is abstract and therefore never comes; it has an event code all the same.
    Abstract,
    /// Any element, of any name.
    Any,
    /// The end of the element.
    End,
    /// The text of a type that has text and no elements, by its number among the children.
    Text(usize),
    /// Text between elements.
    MixedText,
}

/// What stands inside an element.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Empty,
    /// One symbol, once.
    One(Symbol),
    /// One symbol, at least `start` times, which are seen to elsewhere but for the last, and at most `limit` times.
    Counted {
        /// Which.
        symbol: Symbol,
        /// How often it has come when the counter begins.
        start: u32,
        /// How often it may come.
        limit: u32,
    },
    /// One after the other.
    Sequence(Vec<Self>),
    /// One of them.
    Choice(Vec<Self>),
    /// Once or not at all.
    Optional(Box<Self>),
    /// Once or more.
    Repeated(Box<Self>),
}

/// Where in the element a state is: it decides which codes follow the escape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Nothing came yet.
    Start,
    /// Attributes came.
    Attributes,
    /// Elements or text came.
    Content,
}

/// One state.
#[derive(Clone, Debug)]
pub struct State {
    /// What may come, in the order of the event codes, and the state after it.
    pub events: Vec<(Symbol, usize)>,
    /// Where in the element it is.
    pub phase: Phase,
    /// For a state that counts: what the counter begins with, where it ends, and the state in which it has ended.
    pub counter: Option<(u32, u32, usize)>,
}

#[derive(Clone)]
struct Position {
    symbol: Symbol,
    counter: Option<(u32, u32)>,
    follow: BTreeSet<usize>,
}

struct Fragment {
    nullable: bool,
    first: BTreeSet<usize>,
    last: BTreeSet<usize>,
}

/// The states of a type: its attributes, already in the order of their names and each with whether it is required, and its content.
#[must_use]
pub fn states(attributes: &[(usize, bool)], content: &Content, mixed: bool) -> Vec<State> {
    let mut positions = Vec::new();
    let attribute_parts = attributes.iter().map(|&(index, required)| {
        let one = Content::One(Symbol::Attribute(index));
        if required { one } else { Content::Optional(Box::new(one)) }
    });
    let content_first = attributes.len();
    let whole = Content::Sequence(attribute_parts.chain([content.clone()]).collect());
    let all = build(&whole, &mut positions);

    // What may come first once the attributes are over: the start of mixed content.
    let inner = build(content, &mut Vec::new());
    let awaits_attribute = |after: usize| attributes[after..].iter().any(|&(_, required)| required);

    let text_start = 1 + positions.len();
    let mut states = vec![state(&positions, &all.first, all.nullable, Phase::Start)];
    if mixed && !awaits_attribute(0) {
        states[0].events.push((Symbol::MixedText, text_start));
    }
    for (index, position) in positions.iter().enumerate() {
        let is_attribute = matches!(position.symbol, Symbol::Attribute(_));
        let phase = if is_attribute { Phase::Attributes } else { Phase::Content };
        let mut next = state(&positions, &position.follow, all.last.contains(&index), phase);
        if mixed {
            match position.symbol {
                Symbol::Attribute(_) if awaits_attribute(index + 1) => {}
                Symbol::Attribute(_) => next.events.push((Symbol::MixedText, text_start)),
                _ => next.events.push((Symbol::MixedText, index + 1)),
            }
        }
        states.push(next);
    }
    if mixed {
        let first = inner.first.iter().map(|&index| index + content_first).collect();
        let mut start = state(&positions, &first, inner.nullable, Phase::Content);
        start.events.push((Symbol::MixedText, text_start));
        states.push(start);
    }
    for (index, position) in positions.iter().enumerate() {
        if let Some((start, limit)) = position.counter {
            let full = states.len();
            let mut others = position.follow.clone();
            others.remove(&index);
            states.push(state(&positions, &others, all.last.contains(&index), Phase::Content));
            states[index + 1].counter = Some((start, limit, full));
        }
    }
    states
}

fn state(positions: &[Position], follow: &BTreeSet<usize>, may_end: bool, phase: Phase) -> State {
    let mut events: Vec<(Symbol, usize)> = follow.iter().map(|&index| (positions[index].symbol, index + 1)).collect();
    // Within attributes and within elements the order is that of the schema, which is that of the positions.
    events.sort_by_key(|(symbol, index)| (rank(*symbol), *index));
    if may_end {
        let end = events.iter().position(|(symbol, _)| rank(*symbol) > rank(Symbol::End)).unwrap_or(events.len());
        events.insert(end, (Symbol::End, 0));
    }
    State { events, phase, counter: None }
}

const fn rank(symbol: Symbol) -> u8 {
    match symbol {
        Symbol::Attribute(_) => 0,
        Symbol::Element(_) | Symbol::Abstract => 1,
        Symbol::Any => 2,
        Symbol::End => 3,
        Symbol::Text(_) | Symbol::MixedText => 4,
    }
}

fn build(content: &Content, positions: &mut Vec<Position>) -> Fragment {
    match content {
        Content::Empty => Fragment { nullable: true, first: BTreeSet::new(), last: BTreeSet::new() },
        Content::One(symbol) => one(Position { symbol: *symbol, counter: None, follow: BTreeSet::new() }, positions),
        Content::Counted { symbol, start, limit } => {
            let index = positions.len();
            let counted =
                Position { symbol: *symbol, counter: Some((*start, *limit)), follow: BTreeSet::from([index]) };
            one(counted, positions)
        }
        Content::Sequence(parts) => {
            let mut all = Fragment { nullable: true, first: BTreeSet::new(), last: BTreeSet::new() };
            for part in parts {
                let next = build(part, positions);
                for &index in &all.last {
                    positions[index].follow.extend(&next.first);
                }
                if all.nullable {
                    all.first.extend(&next.first);
                }
                if !next.nullable {
                    all.last.clear();
                }
                all.last.extend(&next.last);
                all.nullable &= next.nullable;
            }
            all
        }
        Content::Choice(parts) => {
            let mut all = Fragment { nullable: false, first: BTreeSet::new(), last: BTreeSet::new() };
            for part in parts {
                let next = build(part, positions);
                all.first.extend(next.first);
                all.last.extend(next.last);
                all.nullable |= next.nullable;
            }
            all
        }
        Content::Optional(part) => Fragment { nullable: true, ..build(part, positions) },
        Content::Repeated(part) => {
            let all = build(part, positions);
            for &index in &all.last {
                positions[index].follow.extend(&all.first);
            }
            all
        }
    }
}

fn one(position: Position, positions: &mut Vec<Position>) -> Fragment {
    let index = positions.len();
    positions.push(position);
    Fragment { nullable: false, first: BTreeSet::from([index]), last: BTreeSet::from([index]) }
}
