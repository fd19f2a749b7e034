//! The fields of a message.

use serde_json::Value;

use crate::escape::cut;
use crate::format::number;

/// A value of a message.
pub(crate) struct Leaf {
    /// The names on the way to it, joined by `/`.
    pub(crate) path: String,
    /// The value as people read it, with its unit.
    pub(crate) text: String,
    /// Whether it is a number, with a unit or without.
    pub(crate) is_number: bool,
}

impl Leaf {
    /// The last name of its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is a run of octets or numbers.
    pub(crate) fn is_octets(&self) -> bool {
        let hex = self.text.len() >= 16 && self.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex || (self.is_number && self.text.split(' ').nth(8).is_some())
    }
}

/// More values than these are told by their number.
const MOST: usize = 200;

/// A value is at most so long.
const LONGEST: usize = 120;

/// The values of a message, without its header.
pub(crate) fn leaves(message: &Value) -> Vec<Leaf> {
    let mut out = Vec::new();
    match body(message) {
        Value::Object(fields) => {
            // Of -20, whose header stands beside the fields.
            fields.iter().filter(|(name, _)| *name != "Header").for_each(|(name, value)| walk(name, value, &mut out));
        }
        other => walk("", other, &mut out),
    }
    if out.len() > MOST {
        let more = out.len() - MOST;
        out.truncate(MOST);
        out.push(Leaf { path: "\u{2026}".into(), text: format!("and {more} more"), is_number: false });
    }
    out
}

/// What is in the body of a message; the fields themselves where they have no name around them.
fn body(message: &Value) -> &Value {
    let inner = message.get("V2G_Message").and_then(|outer| outer.get("Body")).unwrap_or(message);
    match inner {
        Value::Object(fields) if fields.len() == 1 => {
            fields.values().next().filter(|value| value.is_object() || value.is_null()).unwrap_or(inner)
        }
        _ => inner,
    }
}

fn walk(path: &str, value: &Value, out: &mut Vec<Leaf>) {
    let mut leaf = |text: String, is_number| out.push(Leaf { path: path.into(), text: cut(&text, LONGEST), is_number });
    match value {
        Value::Null => {}
        Value::Bool(value) => leaf(value.to_string(), false),
        Value::Number(value) => leaf(value.to_string(), true),
        Value::String(text) => leaf(text.clone(), false),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let texts =
                items.iter().take(MOST).map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            let is_number = items.iter().all(Value::is_number);
            leaf(texts.collect::<Vec<_>>().join(" "), is_number);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = if items.len() == 1 { path.into() } else { format!("{path}[{index}]") };
                walk(&place, item, out);
            }
        }
        Value::Object(fields) => match quantity(value) {
            Some(amount) => {
                let unit =
                    value.get("Unit").and_then(Value::as_str).map_or_else(String::new, |unit| format!(" {unit}"));
                leaf(number(amount, 3) + &unit, true);
            }
            None => {
                for (name, value) in fields {
                    walk(&format!("{path}/{name}"), value, out);
                }
            }
        },
    }
}

/// The number of a value with a power of ten, in its unit.
pub(crate) fn quantity(value: &Value) -> Option<f64> {
    let power = value.get("Multiplier").or_else(|| value.get("Exponent"))?.as_i64()?;
    let amount = value.get("Value")?.as_f64()? * 10_f64.powi(i32::try_from(power.clamp(-30, 30)).unwrap_or(0));
    amount.is_finite().then_some(amount)
}

/// The number of a field: a quantity, or a number alone.
pub(crate) fn amount(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| quantity(value))
}

/// The first field of that name, wherever it stands in a message.
pub(crate) fn at<'a>(message: &'a Value, name: &str) -> Option<&'a Value> {
    match message {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|value| at(value, name))),
        Value::Array(items) => items.iter().find_map(|value| at(value, name)),
        _ => None,
    }
}

/// `CurrentDemand` of `CurrentDemandReq`.
pub(crate) fn exchange(name: &str) -> &str {
    name.strip_suffix("Req").or_else(|| name.strip_suffix("Res")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(message: &Value) -> Vec<String> {
        leaves(message).iter().map(|leaf| format!("{}={}", leaf.path, leaf.text)).collect()
    }

    #[test]
    fn values_stand_under_their_paths_and_quantities_are_one() {
        let message = json!({ "V2G_Message": { "Header": { "SessionID": "00" }, "Body": { "CurrentDemandReq": {
            "DC_EVStatus": { "EVReady": true, "EVRESSSOC": 57 },
            "EVTargetCurrent": { "Multiplier": -1, "Unit": "A", "Value": 125 } } } } });
        assert_eq!(told(&message), ["DC_EVStatus/EVRESSSOC=57", "DC_EVStatus/EVReady=true", "EVTargetCurrent=12.5 A"]);
        let twenty = json!({ "DC_ChargeLoopReq": { "Header": { "SessionID": "00" }, "List": [{ "a": 1 }, { "a": 2 }],
            "EVPresentVoltage": { "Exponent": 0, "Value": 400 }, "None": null, "Words": ["x", "y"] } });
        assert_eq!(told(&twenty), ["EVPresentVoltage=400", "List[0]/a=1", "List[1]/a=2", "Words=x y"]);
        assert_eq!(told(&json!({ "security": "None", "transport": "Tcp" })), ["security=None", "transport=Tcp"]);
        assert_eq!(told(&json!({ "V2G_Message": { "Body": { "SessionStopRes": null } } })), [""; 0]);
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let many: Vec<_> = (0..5_000).map(|n| json!({ "n": n, "text": "x".repeat(500) })).collect();
        let leaves = leaves(&json!({ "List": many, "b": 1 }));
        assert_eq!(leaves.len(), MOST + 1);
        assert!(leaves.iter().all(|leaf| leaf.text.chars().count() <= LONGEST));
        let far = json!({ "Multiplier": 99_999, "Value": 1 });
        assert_eq!(quantity(&far), Some(1e30));
    }
}
