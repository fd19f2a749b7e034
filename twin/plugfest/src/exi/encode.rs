//! `plugfest exi encode`.

use exi::text::{base64, hex};
use exi::xml::{self, XmlError};
use exi::{Facets, SchemaSet, Tree};
use features::print;
use iso15118::v2gtp::Frame;
use iso15118::vector::Layout;
use iso15118::{carried_by, schemas};

use super::{FINDING, input};
use crate::cli::{Encode, ExiFacets};

/// Prints the octets of a message; answers the exit code.
///
/// # Errors
/// The input cannot be read, or wrong words, in words.
pub(super) fn encode(options: &Encode) -> Result<i32, String> {
    let carried = match options.set {
        Some(set) if options.v2gtp && carried_by(set).is_none() => {
            return Err(format!("--v2gtp: no payload type carries the set {}", set.name));
        }
        other => other,
    };
    let input::Given { name, what: text } = input::text(options.input.as_deref())?;
    let message = Message::of(&text).map_err(|why| format!("{name}: {why}"))?;
    let layout = if options.fragment { Layout::Fragment } else { Layout::Document };
    let facets = match options.facets {
        ExiFacets::Checked => Facets::Checked,
        ExiFacets::Off => Facets::Off,
    };
    let written = match carried {
        Some(set) => message.write(set, layout, facets).map(|octets| (set, octets)).map_err(|why| {
            print::complain(format_args!("{}: {why}", set.name));
        }),
        None => search(&message, layout, facets),
    };
    let Ok((set, octets)) = written else { return Ok(FINDING) };
    let octets = match carried_by(set).filter(|_| options.v2gtp) {
        Some((_, payload_type)) => Frame { payload_type, payload: octets }.encode(),
        None => octets,
    };
    if options.binary {
        print::octets(&octets);
    } else if options.base64 {
        print::line(format_args!("{}", base64::write(&octets)));
    } else {
        print::line(format_args!("{}", hex::write(&octets).to_ascii_lowercase()));
    }
    Ok(0)
}

/// A message as it was given.
enum Message<'a> {
    Json(Tree),
    Xml {
        text: &'a str,
        /// Of the element at the top.
        namespace: String,
        /// Of the element at the top.
        local: String,
    },
}

impl<'a> Message<'a> {
    /// By its first character.
    fn of(text: &'a str) -> Result<Self, String> {
        match text.trim_start().chars().next() {
            Some('{') => serde_json::from_str(text).map(Self::Json).map_err(|error| format!("no JSON: {error}")),
            Some('<') => {
                let (namespace, local) = xml::root(text.trim_start()).map_err(|error| error.to_string())?;
                Ok(Self::Xml { text: text.trim_start(), namespace, local })
            }
            other => Err(format!(
                "it begins with {:?}: expected JSON, which begins with '{{', or XML, which begins with '<'",
                other.unwrap_or_default()
            )),
        }
    }

    /// The name of the element at the top.
    fn root(&self) -> Option<&str> {
        match self {
            Self::Json(tree) => tree.root().map(|(name, _)| name),
            Self::Xml { local, .. } => Some(local),
        }
    }

    /// Whether a set knows that element.
    fn is_known_to(&self, set: &'static SchemaSet, layout: Layout) -> bool {
        let Some(root) = self.root() else { return false };
        let name = match layout {
            Layout::Document => set.document(root).map(|index| set.documents[index].name),
            Layout::Fragment => set.fragment(root).map(|index| set.fragments[index].name),
        };
        match (name, self) {
            (None, _) => false,
            // XML that somebody wrote by hand may have none.
            (Some(name), Self::Xml { namespace, .. }) => namespace.is_empty() || *namespace == name.namespace,
            (Some(_), Self::Json(_)) => true,
        }
    }

    fn write(&self, set: &'static SchemaSet, layout: Layout, facets: Facets) -> Result<Vec<u8>, String> {
        let read;
        let tree = match self {
            Self::Json(tree) => tree,
            Self::Xml { text, .. } => {
                read = xml::read(set, text).map_err(|error: XmlError| error.to_string())?;
                &read
            }
        };
        layout.write(set, tree, facets).map_err(|error| error.to_string())
    }
}

/// Tries the sets that know the message; says which fit, or why none does.
fn search(message: &Message<'_>, layout: Layout, facets: Facets) -> Result<(&'static SchemaSet, Vec<u8>), ()> {
    let tell = |what: String| print::complain(format_args!("{what}"));
    let Some(root) = message.root() else {
        tell("expected an object with one key, the name of the message".to_owned());
        return Err(());
    };
    let known: Vec<_> = schemas::ALL.into_iter().filter(|set| message.is_known_to(set, layout)).collect();
    let (mut fit, mut misfit) = (Vec::new(), Vec::new());
    for set in &known {
        match message.write(set, layout, facets) {
            // With facets off much fits; what the schema allows is likelier.
            Ok(octets) => fit.push((message.write(set, layout, Facets::Checked).is_err(), *set, octets)),
            Err(why) => misfit.push(format!("{}: {why}", set.name)),
        }
    }
    if fit.iter().any(|(is_odd, ..)| !is_odd) {
        fit.retain(|(is_odd, ..)| !is_odd);
    }
    let names: Vec<_> = fit.iter().map(|(_, set, _)| set.name).collect();
    let (names, several) = (names.join(", "), fit.len() > 1);
    if let Some((_, set, octets)) = fit.into_iter().next() {
        let others = if several { format!(" (fit: {names}; --set takes another)") } else { String::new() };
        tell(format!("{}: {root}{others}", set.name));
        return Ok((set, octets));
    }
    misfit.into_iter().for_each(tell);
    if known.is_empty() {
        tell(unknown(message, layout, root));
    }
    Err(())
}

/// No set has it at the top.
fn unknown(message: &Message<'_>, layout: Layout, root: &str) -> String {
    let what = match layout {
        Layout::Document => "message",
        Layout::Fragment => "element",
    };
    let inside = schemas::ALL.into_iter().find(|set| message.is_known_to(set, Layout::Fragment));
    match (inside, message) {
        (Some(set), _) if layout == Layout::Document => {
            format!("{root} is no {what}; it is an element of the set {}: --fragment writes it alone", set.name)
        }
        (_, Message::Xml { namespace, .. }) if !namespace.is_empty() => {
            format!("no set knows a {what} {root} of the namespace {namespace}")
        }
        _ => format!("no set knows a {what} {root}"),
    }
}
