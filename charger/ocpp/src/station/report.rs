//! A report of the device model: it goes out in parts, one at a time, and there is one report at a time (B07).

use std::collections::VecDeque;

use serde_json::{Value, json};

/// The report that is in progress.
#[derive(Clone, Debug)]
pub(super) struct Report {
    request_id: Value,
    generated_at: String,
    parts: VecDeque<Vec<Value>>,
    seq: usize,
}

impl Report {
    /// Variables in one part, so that no message grows large.
    const PART: usize = 8;

    /// A report of these variables; `None` when there are none.
    pub(super) fn new(request_id: Value, generated_at: String, variables: &[Value]) -> Option<Self> {
        let parts: VecDeque<Vec<Value>> = variables.chunks(Self::PART).map(<[Value]>::to_vec).collect();
        (!parts.is_empty()).then_some(Self { request_id, generated_at, parts, seq: 0 })
    }

    /// The part whose turn it is, as a NotifyReport.
    pub(super) fn payload(&self) -> Value {
        json!({
            "requestId": self.request_id,
            "generatedAt": self.generated_at,
            "seqNo": self.seq,
            "tbc": self.parts.len() > 1,
            "reportData": self.parts.front(),
        })
    }

    /// That part is done with; answers the rest, if there is any.
    pub(super) fn next(mut self) -> Option<Self> {
        self.parts.pop_front();
        self.seq += 1;
        (!self.parts.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_and_only_the_last_says_that_it_is() {
        let variables: Vec<Value> = (0..19).map(|n| json!(n)).collect();
        let mut report = Report::new(json!(7), "now".into(), &variables);
        let mut told = Vec::new();
        while let Some(part) = report {
            let payload = part.payload();
            assert_eq!((&payload["requestId"], &payload["generatedAt"]), (&json!(7), &json!("now")));
            told.push((payload["seqNo"].clone(), payload["tbc"].clone(), payload["reportData"][0].clone()));
            report = part.next();
        }
        assert_eq!(
            told,
            [(json!(0), json!(true), json!(0)), (json!(1), json!(true), json!(8)), (json!(2), json!(false), json!(16))]
        );
        assert!(Report::new(json!(7), "now".into(), &[]).is_none());
    }
}
