//! From descriptions to a set: names resolved, bases written out, elements and attributes in the order of their event codes.

use std::collections::{BTreeMap, BTreeSet};

use crate::DescriptionError;
use crate::automaton::{Content, Symbol};
use crate::model::{Attribute, Complex, Global, Namespaces, Occurs, Particle, Reference, Type};

/// A set, ready to be written down.
pub(crate) struct Set {
    pub name: String,
    /// URIs; names have their numbers.
    pub namespaces: Vec<String>,
    /// The global elements, in the order of their codes in a document.
    pub documents: Vec<Element>,
    /// Every element that is declared anywhere, in the order of the codes in a fragment.
    pub fragments: Vec<Fragment>,
    /// The names of all attributes, sorted.
    pub attributes: Vec<Name>,
    pub types: Vec<ResolvedType>,
}

/// A local name and the number of its namespace: 0 is none. Sorts as EXI wants it: by local name, then by URI.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Name {
    pub local: String,
    pub uri: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub name: Name,
    pub kind: usize,
    pub is_abstract: bool,
}

pub(crate) struct Fragment {
    pub name: Name,
    /// The types with which the name is declared.
    pub kinds: Vec<usize>,
}

pub(crate) struct ResolvedType {
    pub name: String,
    pub content: ResolvedContent,
}

pub(crate) enum ResolvedContent {
    Simple(Datatype),
    Complex { children: Vec<Child>, states: Vec<crate::automaton::State>, interleaved: bool },
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Child {
    pub name: Name,
    pub role: Role,
    pub kind: usize,
    pub many: bool,
    pub required: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Attribute,
    Element,
    Text,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Datatype {
    Boolean,
    /// Whole numbers between these two; the codec finds the representation.
    Whole {
        min: i128,
        max: i128,
    },
    Integer,
    Text {
        min: Option<u32>,
        max: Option<u32>,
    },
    Hex {
        min: Option<u32>,
        max: Option<u32>,
    },
    Base64 {
        min: Option<u32>,
        max: Option<u32>,
    },
    Enumeration(Vec<String>),
}

pub(crate) fn set(name: &str, namespaces: &Namespaces) -> Result<Set, DescriptionError> {
    let mut resolver = Resolver {
        namespaces,
        types: Vec::new(),
        numbers: BTreeMap::new(),
        used: BTreeMap::new(),
        attributes: BTreeSet::new(),
    };
    let mut documents = Vec::new();
    for (short, namespace) in namespaces {
        // Types first that no global element leads to: their elements count in fragments too.
        for type_name in namespace.types.keys() {
            resolver.number(short, &Reference { namespace: None, name: type_name.clone() }, type_name)?;
        }
        for (local, global) in &namespace.globals {
            let kind = resolver.number(short, &global.kind, local)?;
            let name = Name { local: local.clone(), uri: namespace.uri.clone() };
            resolver.declared(&name, kind);
            documents.push(Element { name, kind, is_abstract: global.is_abstract });
        }
    }
    documents.sort_by(|one, other| one.name.cmp(&other.name));
    let fragments = resolver
        .used
        .iter()
        .map(|(name, kinds)| Fragment { name: name.clone(), kinds: kinds.iter().copied().collect() });
    Ok(Set {
        name: name.to_owned(),
        namespaces: namespaces.values().map(|namespace| namespace.uri.clone()).collect(),
        documents,
        fragments: fragments.collect(),
        attributes: resolver.attributes.iter().cloned().collect(),
        types: resolver
            .types
            .into_iter()
            // `number` fills the place that it gives out before it returns, and an error of it ended this function above.
            .map(|kind| kind.expect("each number that was given out was filled"))
            .collect(),
    })
}

struct Resolver<'a> {
    namespaces: &'a Namespaces,
    /// By number; `None` while one is being resolved, for types may contain themselves.
    types: Vec<Option<ResolvedType>>,
    numbers: BTreeMap<(String, String), usize>,
    /// Every element that is declared, with its types.
    used: BTreeMap<Name, BTreeSet<usize>>,
    attributes: BTreeSet<Name>,
}

/// The types of XML Schema itself that the descriptions use.
fn built_in(name: &str) -> Option<Datatype> {
    let whole = |min, max| Some(Datatype::Whole { min, max });
    match name {
        "boolean" => Some(Datatype::Boolean),
        "byte" => whole(i8::MIN.into(), i8::MAX.into()),
        "short" => whole(i16::MIN.into(), i16::MAX.into()),
        "int" => whole(i32::MIN.into(), i32::MAX.into()),
        "long" => whole(i64::MIN.into(), i64::MAX.into()),
        "unsignedByte" => whole(0, u8::MAX.into()),
        "unsignedShort" => whole(0, u16::MAX.into()),
        "unsignedInt" => whole(0, u32::MAX.into()),
        "unsignedLong" => whole(0, u64::MAX.into()),
        "integer" => Some(Datatype::Integer),
        "string" | "anyURI" | "ID" | "IDREF" => Some(Datatype::Text { min: None, max: None }),
        "hexBinary" => Some(Datatype::Hex { min: None, max: None }),
        "base64Binary" => Some(Datatype::Base64 { min: None, max: None }),
        _ => None,
    }
}

/// What the parts of one type need.
struct Children {
    list: Vec<Child>,
    interleaved: bool,
}

impl Resolver<'_> {
    fn declared(&mut self, name: &Name, kind: usize) {
        self.used.entry(name.clone()).or_default().insert(kind);
    }

    fn uri(&self, short: &str) -> String {
        self.namespaces.get(short).map(|namespace| namespace.uri.clone()).unwrap_or_default()
    }

    /// The number of a type, which is resolved if it was not yet.
    fn number(&mut self, at: &str, reference: &Reference, user: &str) -> Result<usize, DescriptionError> {
        let short = reference.namespace.as_deref().unwrap_or(at).to_owned();
        let described = self.namespaces.get(&short).and_then(|namespace| namespace.types.get(&reference.name));
        let key = match described {
            Some(_) => (short.clone(), reference.name.clone()),
            None => (String::new(), reference.name.clone()),
        };
        if let Some(&number) = self.numbers.get(&key) {
            return Ok(number);
        }
        let number = self.types.len();
        self.numbers.insert(key, number);
        self.types.push(None);
        let content = match described {
            Some(Type::Complex(complex)) => self.complex(&short, &reference.name, complex)?,
            Some(_) => ResolvedContent::Simple(self.simple(at, reference, user)?),
            None => match built_in(&reference.name) {
                Some(datatype) if reference.namespace.is_none() => ResolvedContent::Simple(datatype),
                _ => {
                    let name = reference.name.clone();
                    return Err(DescriptionError::Unknown { namespace: short, name, user: user.to_owned() });
                }
            },
        };
        self.types[number] = Some(ResolvedType { name: reference.name.clone(), content });
        Ok(number)
    }

    /// The datatype of a simple type, all its facets together.
    fn simple(&self, at: &str, reference: &Reference, user: &str) -> Result<Datatype, DescriptionError> {
        let short = reference.namespace.as_deref().unwrap_or(at);
        match self.namespaces.get(short).and_then(|namespace| namespace.types.get(&reference.name)) {
            Some(Type::Enumeration(values)) => Ok(Datatype::Enumeration(values.clone())),
            Some(Type::Simple(simple)) => {
                let base = self.simple(short, &simple.base, &reference.name)?;
                let (shortest, longest) = simple.length;
                Ok(match base {
                    Datatype::Whole { min, max } => Datatype::Whole {
                        min: simple.range.0.map_or(min, i128::from),
                        max: simple.range.1.map_or(max, i128::from),
                    },
                    Datatype::Text { min, max } => Datatype::Text { min: shortest.or(min), max: longest.or(max) },
                    Datatype::Hex { min, max } => Datatype::Hex { min: shortest.or(min), max: longest.or(max) },
                    Datatype::Base64 { min, max } => Datatype::Base64 { min: shortest.or(min), max: longest.or(max) },
                    other @ (Datatype::Boolean | Datatype::Integer | Datatype::Enumeration(_)) => other,
                })
            }
            Some(Type::Complex(_)) => Err(DescriptionError::Unsupported {
                user: user.to_owned(),
                what: format!("{} is no simple type", reference.name),
            }),
            None => built_in(&reference.name).ok_or_else(|| DescriptionError::Unknown {
                namespace: short.to_owned(),
                name: reference.name.clone(),
                user: user.to_owned(),
            }),
        }
    }

    fn complex(&mut self, at: &str, name: &str, complex: &Complex) -> Result<ResolvedContent, DescriptionError> {
        // From the outermost base to the type itself; each part is looked up from the namespace in which it is written.
        let mut line = vec![(at.to_owned(), complex.clone())];
        while let Some(base) = line.last().and_then(|(short, last)| Some((short.clone(), last.base.clone()?))) {
            let (short, base) = base;
            let short = base.namespace.unwrap_or(short);
            match self.namespaces.get(&short).and_then(|namespace| namespace.types.get(&base.name)) {
                Some(Type::Complex(found)) if line.len() < 16 => line.push((short, found.clone())),
                _ => {
                    return Err(DescriptionError::Unknown { namespace: short, name: base.name, user: name.to_owned() });
                }
            }
        }
        line.reverse();

        let mut children = Children { list: Vec::new(), interleaved: false };
        let mut attributes = Vec::new();
        for (short, part) in &line {
            for Attribute { name: local, kind, required } in &part.attributes {
                let qualified = self.namespaces.get(short).is_some_and(|namespace| namespace.qualified_attributes);
                let uri = if qualified { self.uri(short) } else { String::new() };
                let kind = self.number(short, kind, name)?;
                attributes.push((Name { local: local.clone(), uri }, kind, *required));
            }
        }
        attributes.sort();
        let mut order = Vec::new();
        for (name, kind, required) in attributes {
            self.attributes.insert(name.clone());
            order.push((children.list.len(), required));
            children.list.push(Child { name, role: Role::Attribute, kind, many: false, required });
        }

        let mut parts = Vec::new();
        for (short, part) in &line {
            for particle in &part.parts {
                parts.push(self.content(short, name, particle, &mut children)?);
            }
            if let Some(text) = &part.text {
                let kind = self.number(short, text, name)?;
                let text = Name { local: "$text".to_owned(), uri: String::new() };
                parts.push(Content::One(Symbol::Text(children.list.len())));
                children.list.push(Child { name: text, role: Role::Text, kind, many: false, required: true });
            }
        }
        let mixed = line.last().is_some_and(|(_, last)| last.mixed);
        let states = crate::automaton::states(&order, &Content::Sequence(parts), mixed);
        if children.list.len() > 250 {
            return Err(DescriptionError::Unsupported {
                user: name.to_owned(),
                what: "more than 250 children".to_owned(),
            });
        }
        Ok(ResolvedContent::Complex { children: children.list, states, interleaved: children.interleaved })
    }

    fn content(
        &mut self,
        at: &str,
        user: &str,
        particle: &Particle,
        children: &mut Children,
    ) -> Result<Content, DescriptionError> {
        match particle {
            Particle::Element { name, kind, occurs } => {
                let qualified = self.namespaces.get(at).is_some_and(|namespace| namespace.qualified_elements);
                let uri = if qualified { self.uri(at) } else { String::new() };
                let name = Name { local: name.clone(), uri };
                let kind = self.number(at, kind, user)?;
                self.declared(&name, kind);
                let symbol = child(children, name, kind, *occurs);
                Ok(repeated(symbol, *occurs))
            }
            Particle::Global { name, occurs } => {
                let alternatives = self.alternatives(at, name, user)?;
                if alternatives.len() > 1 && occurs.max != Some(1) {
                    let what = format!("{} may stand several times and has substitutes", name.name);
                    return Err(DescriptionError::Unsupported { user: user.to_owned(), what });
                }
                let single = alternatives.len() == 1;
                let mut choice = Vec::new();
                for (name, kind, is_abstract) in alternatives {
                    let required = Occurs { min: if single { occurs.min } else { 0 }, max: occurs.max };
                    let symbol = if is_abstract { Symbol::Abstract } else { child(children, name, kind, required) };
                    choice.push(if single { repeated(symbol, *occurs) } else { Content::One(symbol) });
                }
                let choice = if single { choice.remove(0) } else { Content::Choice(choice) };
                Ok(if occurs.min == 0 && !single { Content::Optional(Box::new(choice)) } else { choice })
            }
            Particle::Any { occurs } => Ok(repeated(Symbol::Any, *occurs)),
            Particle::Sequence { parts, occurs } => {
                let parts = self.group(at, user, parts, *occurs, false, children)?;
                several(Content::Sequence(parts), *occurs, user)
            }
            Particle::Choice { parts, occurs } => {
                let parts = self.group(at, user, parts, *occurs, true, children)?;
                several(Content::Choice(parts), *occurs, user)
            }
        }
    }

    /// The parts of a group. What may come again with it, in any order with others, is marked.
    fn group(
        &mut self,
        at: &str,
        user: &str,
        parts: &[Particle],
        occurs: Occurs,
        choice: bool,
        children: &mut Children,
    ) -> Result<Vec<Content>, DescriptionError> {
        let before = children.list.len();
        let parts: Result<Vec<Content>, DescriptionError> =
            parts.iter().map(|part| self.content(at, user, part, children)).collect();
        for child in &mut children.list[before..] {
            child.many |= occurs.max != Some(1);
            child.required &= !choice && occurs.min > 0;
        }
        children.interleaved |= occurs.max != Some(1) && children.list.len() - before > 1;
        parts
    }

    /// A global element and all that may stand for it, in the order of their names.
    fn alternatives(
        &mut self,
        at: &str,
        name: &Reference,
        user: &str,
    ) -> Result<Vec<(Name, usize, bool)>, DescriptionError> {
        let head = (name.namespace.clone().unwrap_or_else(|| at.to_owned()), name.name.clone());
        let find = |(short, local): &(String, String)| {
            self.namespaces.get(short).and_then(|namespace| namespace.globals.get(local))
        };
        if find(&head).is_none() {
            return Err(DescriptionError::Unknown { namespace: head.0, name: head.1, user: user.to_owned() });
        }
        let mut found = vec![head];
        let mut index = 0;
        while let Some(current) = found.get(index).cloned() {
            index += 1;
            for (short, namespace) in self.namespaces {
                for (local, global) in &namespace.globals {
                    let Some(stands_for) = &global.stands_for else { continue };
                    let target =
                        (stands_for.namespace.clone().unwrap_or_else(|| short.clone()), stands_for.name.clone());
                    let candidate = (short.clone(), local.clone());
                    if target == current && !found.contains(&candidate) {
                        found.push(candidate);
                    }
                }
            }
        }
        let mut alternatives = Vec::new();
        for (short, local) in found {
            let Some(Global { kind, is_abstract, .. }) =
                self.namespaces.get(&short).and_then(|namespace| namespace.globals.get(&local)).cloned()
            else {
                continue;
            };
            let kind = self.number(&short, &kind, user)?;
            alternatives.push((Name { local, uri: self.uri(&short) }, kind, is_abstract));
        }
        alternatives.sort();
        Ok(alternatives)
    }
}

/// The symbol of an element among the children: the same one where the same element stands at several places.
fn child(children: &mut Children, name: Name, kind: usize, occurs: Occurs) -> Symbol {
    let many = occurs.max != Some(1);
    let known =
        children.list.iter().position(|child| child.role == Role::Element && child.name == name && child.kind == kind);
    let index = known.unwrap_or(children.list.len());
    match known {
        Some(index) => children.list[index].many |= many,
        None => children.list.push(Child { name, role: Role::Element, kind, many, required: occurs.min > 0 }),
    }
    Symbol::Element(index)
}

/// One symbol, as often as that.
fn repeated(symbol: Symbol, occurs: Occurs) -> Content {
    let first = occurs.min.max(1);
    let mut parts: Vec<Content> = (1..first).map(|_| Content::One(symbol)).collect();
    parts.push(match occurs.max {
        None => Content::Repeated(Box::new(Content::One(symbol))),
        Some(max) if max > first => Content::Counted { symbol, start: first, limit: max },
        Some(_) => Content::One(symbol),
    });
    let all = if parts.len() == 1 { parts.remove(0) } else { Content::Sequence(parts) };
    if occurs.min == 0 { Content::Optional(Box::new(all)) } else { all }
}

/// A group, as often as that.
fn several(group: Content, occurs: Occurs, user: &str) -> Result<Content, DescriptionError> {
    match (occurs.min, occurs.max) {
        (1, Some(1)) => Ok(group),
        (0, Some(1)) => Ok(Content::Optional(Box::new(group))),
        (1, None) => Ok(Content::Repeated(Box::new(group))),
        (0, None) => Ok(Content::Optional(Box::new(Content::Repeated(Box::new(group))))),
        _ => Err(DescriptionError::Unsupported {
            user: user.to_owned(),
            what: "a group that comes a bounded number of times".to_owned(),
        }),
    }
}
