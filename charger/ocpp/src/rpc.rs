//! The RPC framework of OCPP-J (Part 4): frames, and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Larger frames are not read: nothing a CSMS has to say in this slice comes near it.
pub(crate) const MAX_FRAME: usize = 64 * 1024;

/// Why a CALL is not answered with a result.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(missing_docs)] // the names are the definition
pub enum ErrorCode {
    FormatViolation,
    GenericError,
    InternalError,
    MessageTypeNotSupported,
    NotImplemented,
    NotSupported,
    OccurrenceConstraintViolation,
    PropertyConstraintViolation,
    ProtocolError,
    RpcFrameworkError,
    SecurityError,
    TypeConstraintViolation,
}

/// One frame of the peer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    Call { id: String, action: String, payload: Value },
    Error { id: String, code: String, description: String },
    Result { id: String, payload: Value },
}

/// A text that is no frame; `answer` is the CALLERROR it deserves.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed {
    pub(crate) what: String,
    pub(crate) answer: Option<String>,
}

/// Reads a frame. `Ok(None)`: of a message type that is to be ignored.
pub(crate) fn parse(text: &str) -> Result<Option<Frame>, Malformed> {
    let unreadable = |what: String| Malformed {
        what,
        answer: Some(error("-1", ErrorCode::RpcFrameworkError, "the frame cannot be read")),
    };
    if text.len() > MAX_FRAME {
        return Err(unreadable(format!("a frame of {} bytes, at most {MAX_FRAME} are read", text.len())));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| unreadable(format!("not JSON: {error}")))?;
    let Value::Array(fields) = value else { return Err(unreadable("not a JSON array".into())) };
    let mut fields = fields.into_iter();
    let Some(kind) = fields.next().as_ref().and_then(Value::as_u64) else {
        return Err(unreadable("no message type number".into()));
    };
    if !(2..=4).contains(&kind) {
        return Ok(None);
    }
    let Some(Value::String(id)) = fields.next() else { return Err(unreadable("no message id".into())) };
    if id.is_empty() || id.chars().count() > 36 {
        return Err(unreadable("a message id has 1 to 36 characters".into()));
    }
    let rest: Vec<Value> = fields.collect();
    match (kind, <[Value; 2]>::try_from(rest)) {
        (2, Ok([Value::String(action), payload @ Value::Object(_)])) => Ok(Some(Frame::Call { id, action, payload })),
        (2, Ok(_) | Err(_)) => Err(Malformed {
            answer: Some(error(&id, ErrorCode::FormatViolation, "a CALL is [2, id, action, {payload}]")),
            what: format!("CALL {id} has not the form [2, id, action, {{payload}}]"),
        }),
        (3, Err(rest)) => match <[Value; 1]>::try_from(rest) {
            Ok([payload @ Value::Object(_)]) => Ok(Some(Frame::Result { id, payload })),
            Ok(_) | Err(_) => Err(Malformed { what: format!("CALLRESULT {id} has not one object"), answer: None }),
        },
        (4, Err(rest)) => match <[Value; 3]>::try_from(rest) {
            Ok([Value::String(code), Value::String(description), _]) => {
                Ok(Some(Frame::Error { id, code, description }))
            }
            Ok(_) | Err(_) => Err(Malformed { what: format!("CALLERROR {id} is incomplete"), answer: None }),
        },
        (_, _) => {
            Err(Malformed { what: format!("message {id} of type {kind} has a wrong number of fields"), answer: None })
        }
    }
}

/// A payload as compact JSON. None has a key that is no text: it cannot fail.
pub(crate) fn text(payload: &impl Serialize) -> String {
    serde_json::to_string(payload).unwrap_or_default()
}

/// A CALL.
pub(crate) fn call(id: &str, action: &str, payload: &Value) -> String {
    format!("[2,{},{},{}]", Value::from(id), Value::from(action), text(payload))
}

/// A CALLRESULT.
pub(crate) fn result(id: &str, payload: &Value) -> String {
    format!("[3,{},{payload}]", Value::from(id))
}

/// A CALLERROR.
pub(crate) fn error(id: &str, code: ErrorCode, description: &str) -> String {
    let description: String = description.chars().take(255).collect();
    json!([4, id, code, description, {}]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_and_what_is_none() {
        assert!(matches!(parse(r#"[2,"1","Reset",{}]"#), Ok(Some(Frame::Call { .. }))));
        assert!(matches!(parse(r#"[3,"1",{}]"#), Ok(Some(Frame::Result { .. }))));
        assert!(matches!(parse(r#"[4,"1","GenericError","",{}]"#), Ok(Some(Frame::Error { .. }))));
        assert_eq!(parse(r#"[6,"1","X",{}]"#), Ok(None));
        assert_eq!(parse(r#"[9]"#), Ok(None));
        for (text, answered) in [
            ("", true),
            ("{}", true),
            ("[]", true),
            ("[2]", true),
            (r#"[2,"",  "A",{}]"#, true),
            (r#"[2,"1","A"]"#, true),
            (r#"[2,"1","A",[]]"#, true),
            (r#"[3,"1"]"#, false),
            (r#"[4,"1","X"]"#, false),
        ] {
            let malformed = parse(text).expect_err(text);
            assert_eq!(malformed.answer.is_some(), answered, "{text}");
        }
    }

    #[test]
    fn deep_nesting_and_large_frames_are_refused() {
        let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        assert!(parse(&deep).is_err());
        let large = format!(r#"[2,"1","DataTransfer",{{"data":"{}"}}]"#, "x".repeat(MAX_FRAME));
        assert!(parse(&large).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}", cut in 0usize..60, flip in any::<u8>()) {
            drop(parse(&text));
            let mut frame = br#"[2,"19223201","RequestStartTransaction",{"idToken":{"idToken":"A","type":"Central"}}]"#.to_vec();
            let at = cut % frame.len();
            frame[at] = flip;
            drop(parse(&String::from_utf8_lossy(&frame)));
            frame.truncate(at);
            drop(parse(&String::from_utf8_lossy(&frame)));
        }
    }
}
