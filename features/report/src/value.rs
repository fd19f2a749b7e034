//! JSON payloads in a few words, for one line of a chart.

use serde_json::{Map, Value};

use crate::escape::cut;

/// No payload gets longer than this in a line.
const LONGEST: usize = 160;

/// A field as a number.
pub(crate) fn float(data: &Value, field: &str) -> Option<f64> {
    data.get(field).and_then(Value::as_f64)
}

/// A field as text, whatever it is; nothing where it is missing or null.
pub(crate) fn field(data: &Value, field: &str) -> Option<String> {
    data.get(field).filter(|value| !value.is_null()).map(short)
}

/// A value in a few words: a text as it is, an object as its fields, a nested one by its size.
pub(crate) fn short(value: &Value) -> String {
    cut(&flat(value), LONGEST)
}

/// The fields of an object but for `skip`, as `key value, key value`.
pub(crate) fn fields(data: &Value, skip: &[&str]) -> String {
    let Value::Object(map) = data else { return String::new() };
    cut(&pairs(map, skip), LONGEST)
}

fn flat(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => cut(text, LONGEST),
        Value::Array(list) if list.len() <= 4 && list.iter().all(is_scalar) => {
            list.iter().map(flat).collect::<Vec<_>>().join("/")
        }
        Value::Array(list) => format!("[{}]", list.len()),
        Value::Object(map) => pairs(map, &[]),
    }
}

fn pairs(map: &Map<String, Value>, skip: &[&str]) -> String {
    let mut out = String::new();
    for (key, value) in map.iter().filter(|(key, value)| !value.is_null() && !skip.contains(&key.as_str())).take(8) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(key);
        let value = match value {
            // One level of fields is enough for a line; deeper ones are told by their number.
            Value::Object(inner) if inner.values().all(is_scalar) && inner.len() <= 3 => {
                format!("({})", pairs(inner, &[]))
            }
            Value::Object(inner) => format!("{{{}}}", inner.len()),
            other => flat(other),
        };
        if !value.is_empty() {
            out.push(' ');
            out.push_str(&value);
        }
    }
    out
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn payloads_become_a_few_words() {
        assert_eq!(short(&json!("Heartbeat")), "Heartbeat");
        assert_eq!(short(&json!({ "AllowPower": true })), "AllowPower true");
        assert_eq!(short(&json!({ "Pilot": { "state": "B", "pwm": true } })), "Pilot (pwm true, state B)");
        assert_eq!(
            short(&json!({ "a": null, "deep": { "x": { "y": 1 } }, "list": [1, 2, 3] })),
            "deep {1}, list 1/2/3"
        );
        assert_eq!(fields(&json!({ "name": "Authorized", "token": "04A1" }), &["name"]), "token 04A1");
        assert_eq!(short(&json!("x".repeat(9999))).chars().count(), LONGEST);
    }
}
