//! A message as XML, and XML as a message.

use std::fmt::Write as _;

use roxmltree::{Document, Node};

use crate::Tree;
use crate::integer;
use crate::schema::{Child, Complex, Content, Datatype, Name, Role, SchemaSet, Type};
use crate::text::{base64, hex};

/// XML that is no message of the set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum XmlError {
    /// No XML at all.
    #[error("no XML: {0}")]
    Syntax(String),
    /// An element that the schema does not know there.
    #[error("{at}: the schema knows no {name} here")]
    Unknown {
        /// The element around it.
        at: String,
        /// Its name.
        name: String,
    },
    /// A value that is none of its type.
    #[error("{at}: {value:?} is not {expected}")]
    Value {
        /// The element or attribute.
        at: String,
        /// What stands there.
        value: String,
        /// What belongs there.
        expected: &'static str,
    },
}

/// The message as XML, indented by two spaces a level.
///
/// # Errors
///
/// The tree is none that the set describes.
pub fn write(set: &'static SchemaSet, tree: &Tree) -> Result<String, XmlError> {
    let unknown = |name: &str| XmlError::Unknown { at: set.name.to_owned(), name: name.to_owned() };
    let (name, content) = tree.root().ok_or_else(|| unknown("object with one key"))?;
    let (name, kind) = top(set, name).ok_or_else(|| unknown(name))?;
    let mut writer = Writer { out: String::new(), prefixes: Vec::new() };
    writer.element(name, kind, content, 0)?;
    // The namespaces are known once all of it is written.
    let at = writer.out.find(['>', ' ']).unwrap_or(0);
    let at = if writer.out[..at].ends_with('/') { at - 1 } else { at };
    let declarations = writer.prefixes.iter().enumerate().fold(String::new(), |mut all, (number, uri)| {
        let _ = write!(all, " xmlns:n{number}=\"{uri}\"");
        all
    });
    writer.out.insert_str(at, &declarations);
    Ok(writer.out)
}

/// The element of that name, of a document or else of a fragment; the first type that has parts where it has several.
fn top(set: &'static SchemaSet, local: &str) -> Option<(Name, &'static Type)> {
    if let Some(index) = set.document(local) {
        return Some((set.documents[index].name, set.documents[index].kind));
    }
    let fragment = &set.fragments[set.fragment(local)?];
    let with_parts = fragment.kinds.iter().find(|kind| matches!(kind.content, Content::Complex(_)));
    with_parts.or_else(|| fragment.kinds.first()).map(|kind| (fragment.name, *kind))
}

struct Writer {
    out: String,
    prefixes: Vec<&'static str>,
}

impl Writer {
    fn prefixed(&mut self, name: Name) -> String {
        if name.namespace.is_empty() {
            return name.local.to_owned();
        }
        let known = self.prefixes.iter().position(|uri| *uri == name.namespace);
        let number = known.unwrap_or_else(|| {
            self.prefixes.push(name.namespace);
            self.prefixes.len() - 1
        });
        format!("n{number}:{}", name.local)
    }

    fn element(&mut self, name: Name, kind: &'static Type, tree: &Tree, depth: usize) -> Result<(), XmlError> {
        let tag = self.prefixed(name);
        let indent = "  ".repeat(depth);
        let _ = write!(self.out, "{indent}<{tag}");
        match (&kind.content, tree) {
            (Content::Simple(_), Tree::Nothing) => self.out.push_str("/>\n"),
            (Content::Simple(_), value) => {
                let _ = writeln!(self.out, ">{}</{tag}>", escaped(&text(value)));
            }
            (Content::Complex(complex), tree) => self.parts(&tag, &indent, complex, tree, depth)?,
        }
        Ok(())
    }

    fn parts(
        &mut self,
        tag: &str,
        indent: &str,
        complex: &'static Complex,
        tree: &Tree,
        depth: usize,
    ) -> Result<(), XmlError> {
        let mut given: Vec<(&Child, &Tree)> = Vec::new();
        let find = |key: &str| {
            complex
                .children
                .iter()
                .find(|child| child.key == key)
                .ok_or_else(|| XmlError::Unknown { at: tag.to_owned(), name: key.to_owned() })
        };
        let fields: Vec<(&str, &Tree)> = match tree {
            Tree::Fields(fields) => fields.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            Tree::List(items) => items.iter().filter_map(Tree::root).collect(),
            _ => Vec::new(),
        };
        for (key, value) in fields {
            let child = find(key)?;
            match value {
                Tree::List(items) if child.many => given.extend(items.iter().map(|item| (child, item))),
                value => given.push((child, value)),
            }
        }
        for (child, value) in given.iter().filter(|(child, _)| child.role == Role::Attribute) {
            let name = self.prefixed(child.name);
            let _ = write!(self.out, " {name}=\"{}\"", escaped(&text(value)));
        }
        given.retain(|(child, _)| child.role != Role::Attribute);
        match &given[..] {
            [] => self.out.push_str("/>\n"),
            [(child, value)] if child.role == Role::Text => {
                let _ = writeln!(self.out, ">{}</{tag}>", escaped(&text(value)));
            }
            elements => {
                self.out.push_str(">\n");
                for (child, value) in elements {
                    self.element(child.name, child.kind, value, depth + 1)?;
                }
                let _ = writeln!(self.out, "{indent}</{tag}>");
            }
        }
        Ok(())
    }
}

fn text(tree: &Tree) -> String {
    match tree {
        Tree::Boolean(value) => value.to_string(),
        Tree::Whole(value) => value.to_string(),
        Tree::Text(text) => text.clone(),
        Tree::Nothing | Tree::List(_) | Tree::Fields(_) => String::new(),
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            character if character.is_control() => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            character => out.push(character),
        }
        out
    })
}

/// The namespace (empty for none) and the local name of the element at the top: they tell which set knows the message.
///
/// # Errors
///
/// What is no XML.
pub fn root(xml: &str) -> Result<(String, String), XmlError> {
    let document = Document::parse(xml).map_err(|error| XmlError::Syntax(error.to_string()))?;
    let name = document.root_element().tag_name();
    Ok((name.namespace().unwrap_or_default().to_owned(), name.name().to_owned()))
}

/// The message that XML says. Names count, namespaces do not.
///
/// # Errors
///
/// What is no XML, or no message of the set.
pub fn read(set: &'static SchemaSet, xml: &str) -> Result<Tree, XmlError> {
    let document = Document::parse(xml).map_err(|error| XmlError::Syntax(error.to_string()))?;
    let root = document.root_element();
    let local = root.tag_name().name();
    let Some((_, kind)) = top(set, local) else {
        return Err(XmlError::Unknown { at: format!("the set {}", set.name), name: local.to_owned() });
    };
    Ok(Tree::Fields(vec![(local.to_owned(), content(root, kind)?)]))
}

fn content(node: Node<'_, '_>, kind: &'static Type) -> Result<Tree, XmlError> {
    match &kind.content {
        Content::Simple(datatype) => {
            let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
            value(node.tag_name().name(), datatype, &text)
        }
        Content::Complex(complex) => parts(node, complex),
    }
}

fn parts(node: Node<'_, '_>, complex: &'static Complex) -> Result<Tree, XmlError> {
    let at = node.tag_name().name();
    let unknown = |name: &str| XmlError::Unknown { at: at.to_owned(), name: name.to_owned() };
    let find = |key: &str| complex.children.iter().find(|child| child.key == key).ok_or_else(|| unknown(key));
    let mut fields: Vec<(String, Tree)> = Vec::new();
    let mut attributes = Vec::new();
    for attribute in node.attributes() {
        attributes.push((find(&format!("@{}", attribute.name()))?, attribute));
    }
    // In the order of the schema: XML has none.
    for child in complex.children {
        if let Some((_, attribute)) = attributes.iter().find(|(known, _)| known.key == child.key) {
            fields.push((child.key.to_owned(), simple(&child.kind.content, attribute.name(), attribute.value())?));
        }
    }
    let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    let with_text = complex.children.iter().find(|child| child.role == Role::Text);
    match with_text {
        Some(child) => fields.push((child.key.to_owned(), simple(&child.kind.content, at, &text)?)),
        None if !text.trim().is_empty() => return Err(unknown("text")),
        None => {}
    }
    let mut items = Vec::new();
    for element in node.children().filter(Node::is_element) {
        let child = find(element.tag_name().name())?;
        let tree = content(element, child.kind)?;
        if complex.interleaved {
            items.push(Tree::Fields(vec![(child.key.to_owned(), tree)]));
            continue;
        }
        let known = fields.iter_mut().find(|(key, _)| key == child.key);
        match known {
            Some((_, Tree::List(list))) if child.many => list.push(tree),
            Some(_) => return Err(unknown(&format!("second {}", child.key))),
            None if child.many => fields.push((child.key.to_owned(), Tree::List(vec![tree]))),
            None => fields.push((child.key.to_owned(), tree)),
        }
    }
    Ok(if complex.interleaved { Tree::List(items) } else { Tree::Fields(fields) })
}

fn simple(content: &'static Content, at: &str, text: &str) -> Result<Tree, XmlError> {
    match content {
        Content::Simple(datatype) => value(at, datatype, text),
        Content::Complex(_) => Err(XmlError::Unknown { at: at.to_owned(), name: "text".to_owned() }),
    }
}

fn value(at: &str, datatype: &'static Datatype, text: &str) -> Result<Tree, XmlError> {
    let wrong = |expected| XmlError::Value { at: at.to_owned(), value: text.to_owned(), expected };
    let trimmed = text.trim();
    match datatype {
        Datatype::Text { .. } if text.is_empty() => Ok(Tree::Nothing),
        // Only to a text white space says something.
        Datatype::Text { .. } => Ok(Tree::Text(text.to_owned())),
        _ if trimmed.is_empty() => Ok(Tree::Nothing),
        Datatype::Boolean => match trimmed {
            "true" | "1" => Ok(Tree::Boolean(true)),
            "false" | "0" => Ok(Tree::Boolean(false)),
            _ => Err(wrong("true or false")),
        },
        Datatype::Bounded { .. } | Datatype::Unsigned { .. } | Datatype::Signed { .. } => {
            trimmed.parse().map(Tree::Whole).map_err(|_| wrong("a whole number"))
        }
        Datatype::Integer => {
            integer::read(trimmed).map(|number| Tree::Text(number.to_string())).ok_or_else(|| wrong("a whole number"))
        }
        Datatype::Hex { .. } => {
            hex::read(text).map(|octets| Tree::Text(hex::write(&octets))).ok_or_else(|| wrong("hexadecimal"))
        }
        Datatype::Base64 { .. } => {
            base64::read(text).map(|octets| Tree::Text(base64::write(&octets))).ok_or_else(|| wrong("base64"))
        }
        Datatype::Enumeration { values, .. } if values.contains(&trimmed) => Ok(Tree::Text(trimmed.to_owned())),
        Datatype::Enumeration { .. } => Err(wrong("a word of the list")),
    }
}
