//! A vector: one message in several forms, as another implementation of EXI wrote it, and whether we read and write each of them
//! alike: as a tree, as XML, and as a Rust type.

use std::fmt;

use exi::text::hex;
use exi::xml::{self, XmlError};
use exi::{DecodeError, Facets, Fault, SchemaSet, Tree};
use serde::Deserialize;

use crate::{Message, MessageError, carried_by, schemas};

/// A message in its forms; each of them may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Vector {
    /// The name of the schema set.
    pub set: String,
    /// What the vector is called.
    #[serde(default)]
    pub name: String,
    /// The document with literal strings, hexadecimal: what we write.
    pub document: Option<String>,
    /// The document with references to earlier strings: what we only read.
    pub document_string_table: Option<String>,
    /// The element alone, as signatures have it, with literal strings.
    pub fragment: Option<String>,
    /// The element alone, with references to earlier strings.
    pub fragment_string_table: Option<String>,
    /// What the message says, as XML.
    pub xml: Option<String>,
    /// The serial number of the certificate in it, decimal.
    pub serial: Option<String>,
}

/// What of a vector was compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// The document with literal strings.
    Document,
    /// The document with references.
    DocumentStringTable,
    /// The fragment with literal strings.
    Fragment,
    /// The fragment with references.
    FragmentStringTable,
    /// The XML.
    Xml,
    /// The serial number.
    Serial,
    /// The document as a Rust type.
    RustType,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Document => "document",
            Self::DocumentStringTable => "document_string_table",
            Self::Fragment => "fragment",
            Self::FragmentStringTable => "fragment_string_table",
            Self::Xml => "xml",
            Self::Serial => "serial",
            Self::RustType => "rust type",
        })
    }
}

/// Something that does not agree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mismatch {
    /// In which form.
    pub form: Form,
    /// What, in words.
    pub what: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.form, self.what)
    }
}

/// A vector that was compared.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checked {
    /// How many streams were read and written again.
    pub forms: usize,
    /// How many documents went through a Rust type too.
    pub typed: usize,
    /// What does not agree; nothing is what one hopes for.
    pub mismatches: Vec<Mismatch>,
}

/// A vector that nothing can be said about.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A set that nobody knows.
    #[error("unknown set {0:?}: expected one of {names}", names = schemas::names())]
    Set(String),
    /// A form that is no octets.
    #[error("not a vector: {0} is not hexadecimal")]
    Hex(Form),
    /// No stream and no XML.
    #[error("not a vector: it has no document, no fragment and no xml")]
    Nothing,
    /// None of its forms is of a kind that is read here.
    #[error("content that is not read here: {0}")]
    Unread(DecodeError),
}

/// A stream is a whole message, or an element alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// A message.
    Document,
    /// An element as signatures have it.
    Fragment,
}

impl Layout {
    /// What a stream says.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    pub fn read(self, set: &'static SchemaSet, octets: &[u8], facets: Facets) -> Result<Tree, DecodeError> {
        match self {
            Self::Document => exi::from_document(set, octets, facets),
            Self::Fragment => exi::from_fragment(set, octets, facets),
        }
    }

    /// The stream that says it.
    ///
    /// # Errors
    ///
    /// What does not fit the schema, and in which field.
    pub fn write(self, set: &'static SchemaSet, tree: &Tree, facets: Facets) -> Result<Vec<u8>, exi::EncodeError> {
        let mut out = Vec::new();
        match self {
            Self::Document => exi::tree_to_document(set, tree, facets, &mut out)?,
            Self::Fragment => exi::tree_to_fragment(set, tree, facets, &mut out)?,
        }
        Ok(out)
    }
}

/// Reads each form, writes it again and compares.
///
/// # Errors
///
/// Why nothing can be said about this vector. Something that does not agree is no error but a [`Mismatch`].
pub fn check(vector: &Vector) -> Result<Checked, Refusal> {
    let set = schemas::by_name(&vector.set).ok_or_else(|| Refusal::Set(vector.set.clone()))?;
    let octets = |form, text: &Option<String>| match text.as_deref().map(hex::read) {
        Some(None) => Err(Refusal::Hex(form)),
        Some(octets) => Ok(octets),
        None => Ok(None),
    };
    let document = octets(Form::Document, &vector.document)?;
    let document_string_table = octets(Form::DocumentStringTable, &vector.document_string_table)?;
    let fragment = octets(Form::Fragment, &vector.fragment)?;
    let fragment_string_table = octets(Form::FragmentStringTable, &vector.fragment_string_table)?;
    let source = vector.xml.as_deref().map(|text| xml::read(set, text));
    let serial = vector.serial.as_deref();
    let mut check = Check { set, source, serial, readable: 0, unread: Vec::new(), checked: Checked::default() };
    check.streams(Layout::Document, document.as_deref(), document_string_table.as_deref());
    check.streams(Layout::Fragment, fragment.as_deref(), fragment_string_table.as_deref());
    if check.checked.forms == 0 {
        check.source_alone()?;
    }
    if let Some(document) = &document {
        check.as_rust_type(document);
    }
    check.end()
}

struct Check<'a> {
    set: &'static SchemaSet,
    /// What the XML says.
    source: Option<Result<Tree, XmlError>>,
    serial: Option<&'a str>,
    /// How many streams could be read.
    readable: usize,
    /// Streams with content of a kind that is not read here.
    unread: Vec<(Form, DecodeError)>,
    checked: Checked,
}

impl Check<'_> {
    fn mismatch(&mut self, form: Form, what: impl fmt::Display) {
        self.checked.mismatches.push(Mismatch { form, what: what.to_string() });
    }

    fn streams(&mut self, layout: Layout, literal: Option<&[u8]>, references: Option<&[u8]>) {
        let (of_literal, of_references) = match layout {
            Layout::Document => (Form::Document, Form::DocumentStringTable),
            Layout::Fragment => (Form::Fragment, Form::FragmentStringTable),
        };
        for (form, octets) in [(of_literal, literal), (of_references, references)] {
            let Some(octets) = octets else { continue };
            self.checked.forms += 1;
            match layout.read(self.set, octets, Facets::Off) {
                Ok(tree) => {
                    self.readable += 1;
                    self.written_again(form, layout, &tree, literal);
                    self.compare_content(form, &tree);
                }
                Err(error) if matches!(error.fault(), Fault::Unread(_)) => self.unread.push((form, error)),
                Err(error) => self.mismatch(form, error),
            }
        }
    }

    /// With literal strings the same octets come back; without that form at hand, the same message.
    fn written_again(&mut self, form: Form, layout: Layout, tree: &Tree, literal: Option<&[u8]>) {
        let written = match layout.write(self.set, tree, Facets::Off) {
            Ok(written) => written,
            Err(error) => return self.mismatch(form, format_args!("cannot be written again: {error}")),
        };
        match literal {
            Some(literal) if *literal != *written => self.mismatch(form, octets_differ(&written, literal)),
            Some(_) => {}
            None => match layout.read(self.set, &written, Facets::Off) {
                Ok(again) if again == *tree => {}
                Ok(again) => {
                    let what = difference(&again, tree, "read").unwrap_or_default();
                    self.mismatch(form, format_args!("written again it is another message: {what}"));
                }
                Err(error) => self.mismatch(form, format_args!("written again it cannot be read: {error}")),
            },
        }
    }

    fn compare_content(&mut self, form: Form, tree: &Tree) {
        match xml::write(self.set, tree).and_then(|text| xml::read(self.set, &text)) {
            Ok(again) => {
                if let Some(what) = difference(&again, tree, "read") {
                    self.mismatch(form, format_args!("another message comes back from XML: {what}"));
                }
            }
            Err(error) => self.mismatch(form, format_args!("through XML: {error}")),
        }
        if let Some(Ok(source)) = &self.source
            && let Some(what) = difference(tree, source, "in the xml")
        {
            self.mismatch(form, format_args!("another message than the xml says: {what}"));
        }
        let Some(serial) = self.serial else { return };
        let mut found = Vec::new();
        serial_numbers(tree, &mut found);
        if !found.contains(&serial) {
            let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            self.mismatch(Form::Serial, format_args!("{serial} expected, {form} has {found}"));
        }
    }

    /// There is XML and no stream: what is written comes back.
    fn source_alone(&mut self) -> Result<(), Refusal> {
        let tree = match &self.source {
            None => return Err(Refusal::Nothing),
            Some(Err(_)) => return Ok(()),
            Some(Ok(tree)) => tree.clone(),
        };
        let is_message = tree.root().is_some_and(|(name, _)| self.set.document(name).is_some());
        let layout = if is_message { Layout::Document } else { Layout::Fragment };
        self.checked.forms += 1;
        self.written_again(Form::Xml, layout, &tree, None);
        self.compare_content(Form::Xml, &tree);
        Ok(())
    }

    fn as_rust_type(&mut self, literal: &[u8]) {
        let Some((protocol, payload_type)) = carried_by(self.set) else { return };
        // What cannot be read as a tree was told already.
        let Ok(tree) = Layout::Document.read(self.set, literal, Facets::Off) else { return };
        let message = match Message::decode(protocol, payload_type, literal, Facets::Off) {
            Ok(message) => message,
            Err(error) if is_left_out(&error) => return,
            Err(error) => return self.mismatch(Form::RustType, error),
        };
        // An empty element and an empty text are one thing to a Rust type; it writes the text.
        let tree = texts(tree);
        match message.encode() {
            Ok((_, written)) if written == literal => self.checked.typed += 1,
            Ok((_, written))
                if Layout::Document.read(self.set, &written, Facets::Off).is_ok_and(|again| texts(again) == tree) => {}
            Ok((_, written)) => self.mismatch(Form::RustType, octets_differ(&written, literal)),
            // A Rust type writes nothing that the schema does not allow.
            Err(_) if Layout::Document.write(self.set, &tree, Facets::Checked).is_err() => {}
            Err(error) => self.mismatch(Form::RustType, format_args!("cannot be written again: {error}")),
        }
    }

    fn end(mut self) -> Result<Checked, Refusal> {
        // Content that is not read is a reason only where nothing says that it could be read: one octet may have made it so.
        let source_is_read = matches!(self.source, Some(Ok(_)));
        if self.readable == 0 && !source_is_read && self.checked.mismatches.is_empty() && !self.unread.is_empty() {
            return Err(Refusal::Unread(self.unread.swap_remove(0).1));
        }
        for (form, error) in std::mem::take(&mut self.unread) {
            self.mismatch(form, error);
        }
        if let Some(Err(error)) = &self.source {
            let what = error.to_string();
            self.mismatch(Form::Xml, what);
        }
        Ok(self.checked)
    }
}

/// What the Rust types leave out on purpose: keys and objects in a signature, which V2G never has, and elements that are no message.
fn is_left_out(error: &MessageError) -> bool {
    let error = error.to_string();
    ["KeyInfo", "Object", "HMACOutputLength", "XPath", "unknown variant"].iter().any(|name| error.contains(name))
}

fn octets_differ(written: &[u8], wanted: &[u8]) -> String {
    let same = written.iter().zip(wanted).take_while(|(written, wanted)| written == wanted).count();
    let at = |octets: &[u8]| octets.get(same).map_or_else(|| "the end".to_owned(), |octet| format!("{octet:02x}"));
    let (count, wanted_count) = (written.len(), wanted.len());
    format!(
        "written again it is another stream: octet {same} is {} instead of {} ({count} octets, {wanted_count} expected)",
        at(written),
        at(wanted)
    )
}

/// Where two messages first differ; `where_wanted` says where the second one stands.
fn difference(found: &Tree, wanted: &Tree, where_wanted: &str) -> Option<String> {
    let mut path = Vec::new();
    let (found, wanted) = first_difference(found, wanted, &mut path)?;
    Some(format!("{}: {}, {where_wanted} {}", path.join("/"), shown(found), shown(wanted)))
}

type Pair<'a> = (Option<&'a Tree>, Option<&'a Tree>);

fn first_difference<'a>(found: &'a Tree, wanted: &'a Tree, path: &mut Vec<String>) -> Option<Pair<'a>> {
    let mut both: Vec<(String, Pair<'a>)> = Vec::new();
    match (found, wanted) {
        _ if found == wanted => return None,
        (Tree::Fields(found), Tree::Fields(wanted)) => {
            for index in 0..found.len().max(wanted.len()) {
                match (found.get(index), wanted.get(index)) {
                    (Some((key, found)), Some((other, wanted))) if key == other => {
                        both.push((key.clone(), (Some(found), Some(wanted))));
                    }
                    (found, wanted) => {
                        both.extend(found.map(|(key, tree)| (key.clone(), (Some(tree), None))));
                        both.extend(wanted.map(|(key, tree)| (key.clone(), (None, Some(tree)))));
                    }
                }
            }
        }
        (Tree::List(found), Tree::List(wanted)) => {
            both.extend((0..found.len().max(wanted.len())).map(|at| (at.to_string(), (found.get(at), wanted.get(at)))))
        }
        _ => return Some((Some(found), Some(wanted))),
    }
    for (key, pair) in both {
        path.push(key);
        let differing = match pair {
            (Some(found), Some(wanted)) => first_difference(found, wanted, path),
            one => Some(one),
        };
        if differing.is_some() {
            return differing;
        }
        path.pop();
    }
    None
}

fn shown(tree: Option<&Tree>) -> String {
    match tree {
        None => "nothing".to_owned(),
        Some(Tree::Nothing) => "an empty element".to_owned(),
        Some(Tree::Boolean(value)) => value.to_string(),
        Some(Tree::Whole(value)) => value.to_string(),
        Some(Tree::Text(text)) if text.chars().count() <= 80 => format!("{text:?}"),
        Some(Tree::Text(text)) => {
            format!("{:?}... ({} characters)", text.chars().take(80).collect::<String>(), text.chars().count())
        }
        Some(Tree::List(items)) => format!("a list of {}", items.len()),
        Some(Tree::Fields(fields)) => format!("{} fields", fields.len()),
    }
}

fn serial_numbers<'a>(tree: &'a Tree, found: &mut Vec<&'a str>) {
    match tree {
        Tree::Fields(fields) => {
            for (key, value) in fields {
                match value {
                    Tree::Text(text) if key == "X509SerialNumber" => found.push(text),
                    value => serial_numbers(value, found),
                }
            }
        }
        Tree::List(items) => items.iter().for_each(|item| serial_numbers(item, found)),
        Tree::Nothing | Tree::Boolean(_) | Tree::Whole(_) | Tree::Text(_) => {}
    }
}

/// The message with an empty text for each empty element.
fn texts(tree: Tree) -> Tree {
    match tree {
        Tree::Nothing => Tree::Text(String::new()),
        Tree::List(items) => Tree::List(items.into_iter().map(texts).collect()),
        Tree::Fields(fields) => Tree::Fields(fields.into_iter().map(|(key, value)| (key, texts(value))).collect()),
        leaf => leaf,
    }
}
