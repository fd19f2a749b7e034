//! What exactly happened, as compact text.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A JSON value that is kept as its text, and parsed when somebody looks into it; it then stays parsed, and its copies do not.
/// A long run holds a great many and looks into few; as a tree each takes about ten times the memory.
#[derive(Default)]
pub struct Data {
    text: Box<str>,
    value: OnceLock<Box<Value>>,
}

impl Data {
    /// The compact JSON text.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The value, parsed for this look alone: for looks through many that are kept.
    #[must_use]
    pub fn parse(&self) -> Value {
        // The text was written from a value.
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Of its text, which must be compact JSON as a [`Value`] displays itself.
    pub(crate) fn from_text(text: String) -> Self {
        Self { text: text.into_boxed_str(), value: OnceLock::new() }
    }

    /// A copy with its value at hand, which is what its text says: for the few that hear of it now.
    pub(crate) fn with_value(&self, value: Value) -> Self {
        Self { text: self.text.clone(), value: OnceLock::from(Box::new(value)) }
    }
}

impl From<&Value> for Data {
    fn from(value: &Value) -> Self {
        // As it displays itself, without the detour over a formatter. A Value has no key that is no text: it cannot fail.
        Self::from_text(serde_json::to_string(value).unwrap_or_default())
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl Deref for Data {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value.get_or_init(|| Box::new(self.parse()))
    }
}

impl Clone for Data {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), value: OnceLock::new() }
    }
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq<Value> for Data {
    fn eq(&self, other: &Value) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Data {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_its_text_and_the_text_its_value() {
        for value in [json!(null), json!("a \"b\" \u{7}"), json!([1, 2.5, -3]), json!({ "b": { "c": [] }, "a": true })]
        {
            let data = Data::from(&value);
            assert_eq!(data, value);
            assert_eq!(data.as_text(), value.to_string());
            assert_eq!(serde_json::to_value(&data).ok(), Some(value.clone()));
            assert_eq!(serde_json::from_value::<Data>(value).ok(), Some(data));
        }
        let data = Data::from(json!({ "frame": [2, "1", "Heartbeat", {}] }));
        assert!(data["frame"][2] == "Heartbeat" && data["none"].is_null());
    }
}
