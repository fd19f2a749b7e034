//! What was done to the world, in the words of the log.
//!
//! The twin logs an action by its name and its fields, as `Break(Diode(Short))` or `PlugIn(Cable { .. })`. Which of them are
//! causes of trouble, and whose they are, is told here.

use event_log::Event;

use crate::escape::cut;
use crate::message::{Kind, Lane};

/// An action, told.
#[derive(Debug, PartialEq)]
pub(crate) struct Action {
    pub(crate) lane: Lane,
    pub(crate) actor: &'static str,
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) detail: String,
}

impl Action {
    /// The action that an event of kind `world/action` tells; nothing for one that the log tells by itself right behind.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let what = event.text("what");
        let end = what.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(what.len());
        let (name, rest) = what.split_at(end);
        let inner = cut(inside(rest.trim()), 60);
        let (lane, actor, kind) = match name {
            "Break" | "Mend" => (Lane::Car, "fault", Kind::Fault),
            "BoardFirmware" | "ChargerPower" | "Contactor" | "Link" | "Lock" | "ResidualMonitor" => {
                (Lane::Board, "fault", Kind::Fault)
            }
            "Meter" => (Lane::Meter, "fault", Kind::Fault),
            "CsmsMisbehaves" => (Lane::Csms, "fault", Kind::Fault),
            "Rogue" => (Lane::Session, "fault", Kind::Fault),
            "BoardCommand" | "BoardReset" => (Lane::Board, "board", Kind::Note),
            "CsmsPolicy" => (Lane::Csms, "csms", Kind::Note),
            "Host" => (Lane::Session, "host", Kind::Note),
            "Badge" | "CableResistor" | "Draw" | "DrawOn" | "HoldS2" | "IgnorePilot" | "PlugIn" | "PullFromCar"
            | "PulseC" | "PushIntoCar" | "RequestEnergy" | "RequestVentilation" | "RequestWithPlug" | "SetSoc"
            | "SetTarget" | "SetTemperature" | "Unplug" => (Lane::Car, "car", Kind::Note),
            // The frame follows.
            "CsmsCall" | "" => return None,
            _ => (Lane::Meter, "grid", Kind::Note),
        };
        let (text, detail) = match (name, kind) {
            ("Break", _) => (format!("injected: {inner}"), String::new()),
            ("Mend", _) => (format!("mended: {inner}"), String::new()),
            (_, Kind::Fault) if inner.ends_with("None") || inner == "Back" || inner.ends_with("Mended") => {
                (format!("mended: {}", words(name)), inner)
            }
            (_, Kind::Fault) => (format!("injected: {}", words(name)), inner),
            _ => (words(name), inner),
        };
        Some(Self { lane, actor, kind, text, detail })
    }
}

/// What stands between the outer brackets.
fn inside(text: &str) -> &str {
    let inner = text.strip_prefix(['(', '{']).and_then(|text| text.strip_suffix([')', '}']));
    inner.unwrap_or(text).trim()
}

/// `PlugIn` as `plug in`.
fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::story;
    use serde_json::json;

    fn told(what: &str) -> Option<String> {
        let log = story();
        log.record("world", "action", json!({ "what": what }));
        Action::of(&log.events()[0]).map(|told| format!("{} {:?} {} {}", told.actor, told.kind, told.text, told.detail))
    }

    #[test]
    fn causes_are_told_from_what_people_do() {
        assert_eq!(told("Break(Diode(Short))").as_deref(), Some("fault Fault injected: Diode(Short) "));
        assert_eq!(told("Mend(PilotOpen)").as_deref(), Some("fault Fault mended: PilotOpen "));
        assert_eq!(told("Contactor(Welded)").as_deref(), Some("fault Fault injected: contactor Welded"));
        assert_eq!(told("Link(Meter, None)").as_deref(), Some("fault Fault mended: link Meter, None"));
        assert_eq!(told("Unplug").as_deref(), Some("car Note unplug "));
        assert_eq!(told("Blackout { lasting: None }").as_deref(), Some("grid Note blackout lasting: None"));
        assert_eq!(told("CsmsCall(Reset)"), None);
        assert_eq!(told(""), None);
        assert_eq!(told("((").as_deref(), None);
    }
}
