//! Writes a set down as Rust source.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::automaton::{Phase, State, Symbol};
use crate::resolve::{Child, Datatype, Name, ResolvedContent, ResolvedType, Role, Set};

/// The source of a module.
pub(crate) fn source(set: &Set) -> String {
    let mut out = String::from(
        "use exi::schema::{Child, Complex, Content, Counter, Datatype, Element, Event, FieldName, Fragment, Name, Phase, Role, SchemaSet, State, Type, VariantNumber, VariantNumbers};\n\n",
    );
    let documents: Vec<String> = set
        .documents
        .iter()
        .map(|element| {
            format!(
                "Element {{ name: {}, kind: &T{}, is_abstract: {}, variant: VariantNumber::new() }}",
                name(&element.name),
                element.kind,
                element.is_abstract
            )
        })
        .collect();
    let fragments: Vec<String> = set
        .fragments
        .iter()
        .map(|fragment| {
            let kinds: Vec<String> = fragment.kinds.iter().map(|kind| format!("&T{kind}")).collect();
            format!("Fragment {{ name: {}, kinds: &[{}] }}", name(&fragment.name), kinds.join(", "))
        })
        .collect();
    let attributes: Vec<String> = set.attributes.iter().map(name).collect();
    // A static of its own: what remembers may not stand in a constant.
    let _ = writeln!(out, "static DOCUMENTS: [Element; {}] = [\n{}];\n", documents.len(), lines(&documents));
    let _ = writeln!(out, "/// The tables of the set `{}`.", set.name);
    let _ = writeln!(
        out,
        "pub static SET: SchemaSet = SchemaSet {{\n    name: {:?},\n    namespaces: &{:?},\n    documents: &DOCUMENTS,\n    fragments: &[\n{}    ],\n    attributes: &[\n{}    ],\n    variants: VariantNumbers::new(),\n}};\n",
        set.name,
        set.namespaces,
        lines(&fragments),
        lines(&attributes)
    );
    for number in used(set) {
        type_(&mut out, number, &set.types[number]);
    }
    out
}

/// The types to which some element leads. Others, like those that only serve as a base, are not written down.
fn used(set: &Set) -> BTreeSet<usize> {
    let tops = set
        .documents
        .iter()
        .map(|element| element.kind)
        .chain(set.fragments.iter().flat_map(|fragment| fragment.kinds.iter().copied()));
    let mut open: Vec<usize> = tops.collect();
    let mut used = BTreeSet::new();
    while let Some(number) = open.pop() {
        if !used.insert(number) {
            continue;
        }
        if let ResolvedContent::Complex { children, .. } = &set.types[number].content {
            open.extend(children.iter().map(|child| child.kind));
        }
    }
    used
}

fn lines(items: &[String]) -> String {
    items.iter().fold(String::new(), |mut all, item| {
        let _ = writeln!(all, "        {item},");
        all
    })
}

fn name(name: &Name) -> String {
    format!("Name {{ local: {:?}, namespace: {:?} }}", name.local, name.uri)
}

fn type_(out: &mut String, number: usize, kind: &ResolvedType) {
    let content = match &kind.content {
        ResolvedContent::Simple(simple) => {
            if let Datatype::Enumeration(values) = simple {
                let _ = writeln!(
                    out,
                    "static N{number}: [FieldName; {0}] = [const {{ FieldName::new() }}; {0}];",
                    values.len()
                );
            }
            format!("Content::Simple({})", datatype(simple, number))
        }
        ResolvedContent::Complex { children, states, interleaved } => {
            // A static of their own: they remember names of fields, and what changes has no place in a constant.
            let children: Vec<String> = children.iter().map(child).collect();
            let _ = writeln!(out, "static C{number}: [Child; {}] = [\n{}];", children.len(), lines(&children));
            let states: Vec<String> = states.iter().map(|each| state(each, states)).collect();
            format!("Content::Complex(Complex::new(&C{number}, &[\n{}    ], {interleaved}))", lines(&states))
        }
    };
    let _ = writeln!(out, "static T{number}: Type = Type {{ name: {:?}, content: {content} }};\n", kind.name);
}

fn child(child: &Child) -> String {
    let (key, role) = match child.role {
        Role::Attribute => (format!("@{}", child.name.local), "Attribute"),
        Role::Element => (child.name.local.clone(), "Element"),
        Role::Text => ("$text".to_owned(), "Text"),
    };
    format!(
        "Child {{ key: {key:?}, name: {}, role: Role::{role}, kind: &T{}, many: {}, required: {}, field: FieldName::new() }}",
        name(&child.name),
        child.kind,
        child.many,
        child.required
    )
}

fn state(state: &State, all: &[State]) -> String {
    let events: Vec<String> = state
        .events
        .iter()
        .map(|(symbol, next)| {
            let symbol = match symbol {
                Symbol::Attribute(index) | Symbol::Element(index) | Symbol::Text(index) => index.to_string(),
                Symbol::Abstract => "Event::ABSTRACT".to_owned(),
                Symbol::Any => "Event::ANY".to_owned(),
                Symbol::End => "Event::END".to_owned(),
                Symbol::MixedText => "Event::MIXED_TEXT".to_owned(),
            };
            let counts = all[*next].counter.is_some() && symbol != "Event::END" && symbol != "Event::MIXED_TEXT";
            format!("Event::{}({symbol}, {next})", if counts { "counted" } else { "new" })
        })
        .collect();
    let counter = state.counter.map_or_else(
        || "None".to_owned(),
        |(start, limit, full)| format!("Some(Counter {{ start: {start}, limit: {limit}, full: {full} }})"),
    );
    let phase = match state.phase {
        Phase::Start => "Start",
        Phase::Attributes => "Attributes",
        Phase::Content => "Content",
    };
    format!("State::new(&[{}], Phase::{phase}, {counter})", events.join(", "))
}

fn datatype(datatype: &Datatype, number: usize) -> String {
    let bound = |bound: &Option<u32>| bound.map_or_else(|| "None".to_owned(), |bound| format!("Some({bound})"));
    match datatype {
        Datatype::Boolean => "Datatype::Boolean".to_owned(),
        Datatype::Whole { min, max } => format!("Datatype::whole({min}, {max})"),
        Datatype::Integer => "Datatype::Integer".to_owned(),
        Datatype::Text { min, max } => format!("Datatype::Text {{ min: {}, max: {} }}", bound(min), bound(max)),
        Datatype::Hex { min, max } => format!("Datatype::Hex {{ min: {}, max: {} }}", bound(min), bound(max)),
        Datatype::Base64 { min, max } => format!("Datatype::Base64 {{ min: {}, max: {} }}", bound(min), bound(max)),
        Datatype::Enumeration(values) => format!("Datatype::enumeration(&{values:?}, &N{number})"),
    }
}
