//! A message without a Rust type.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message, or a part of one, as JSON has it; fields stay in their order.
///
/// | schema | tree | JSON |
/// |---|---|---|
/// | a document or fragment | fields with one key, the element's name | `{"V2G_Message": {..}}` |
/// | elements and attributes | fields; `@Id` is an attribute, `$text` the text beside attributes | `{"@Id": "id1", "$text": "DE1ABC"}` |
/// | an element that may come several times | a list | `[..]` |
/// | elements in any order, many times | a list of fields with one key | `[{"X509SKI": "YQ=="}]` |
/// | xs:integer | text of decimal digits | `"-12"` |
/// | octets | text, hexadecimal or base64 as the schema says | `"00A4"` |
/// | an element that is empty where a value belongs | nothing | `null` |
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tree {
    /// An empty element.
    Nothing,
    /// xs:boolean.
    Boolean(bool),
    /// A whole number.
    Whole(i128),
    /// Text, a word of a list, octets, xs:integer.
    Text(String),
    /// The same element several times.
    List(Vec<Self>),
    /// Elements and attributes.
    Fields(Vec<(String, Self)>),
}

impl Tree {
    /// The field of that name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Fields(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// What stands at a path of names, joined by `/`; a number is a place in a list.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |tree, step| match tree {
            Self::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => tree.get(step),
        })
    }

    /// The field at such a path, to be changed.
    pub fn at_mut(&mut self, path: &str) -> Option<&mut Self> {
        path.split('/').try_fold(self, |tree, step| match tree {
            Self::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            Self::Fields(fields) => fields.iter_mut().find(|(name, _)| name == step).map(|(_, value)| value),
            _ => None,
        })
    }

    /// The text of a leaf.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a leaf.
    #[must_use]
    pub const fn as_whole(&self) -> Option<i128> {
        match self {
            Self::Whole(value) => Some(*value),
            _ => None,
        }
    }

    /// The one field of a document or fragment: its name and its content.
    #[must_use]
    pub fn root(&self) -> Option<(&str, &Self)> {
        match self {
            Self::Fields(fields) => match &fields[..] {
                [(name, content)] => Some((name, content)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Whole(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (_, Ok(value)) => serializer.serialize_u64(value),
                _ => serializer.serialize_i128(*value),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message: fields, lists, text, whole numbers, true, false or null")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Nothing)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Boolean(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Whole(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Whole(value.into()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Tree, E> {
                Ok(Tree::Text(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                list.shrink_to_fit();
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    fields.push(entry);
                }
                // Room for four is made at first, and most have one or two.
                fields.shrink_to_fit();
                Ok(Tree::Fields(fields))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
