//! A scenario as plain text, for snapshots.

use event_log::Event;

use crate::chart::{collapse, messages};
use crate::message::{Kind, Lane, Message, Noise};

/// The story of the events as text, one line a message on one time axis:
///
/// ```text
/// 00:00:04.250  car      plugs in (32 A cable)
/// 00:00:04.300  csms     <- StatusNotification Occupied
/// 00:00:06.100  board    contactor closed
/// 00:00:10.000  csms     ... 12 meter values
/// ```
///
/// Where the charger has several EVSEs, the party has the number of its own: `car 2`.
///
/// `<-` is what the CSMS gets, `->` what it sends; of `slac`, `sdp` and `v2g`, the same for the car. Left out: the steps (a reworded step changes no story), readings and reports
/// inside the charger (the pilot, the contactor and the session tell the same), and answers that say nothing.
#[must_use]
pub fn transcript(events: &[Event]) -> String {
    let messages = messages(events).into_iter().filter(tells).collect();
    let messages = collapse(messages);
    // Beside the number of an EVSE.
    let width = if messages.iter().any(|message| message.evse.is_some()) { 9 } else { 7 };
    messages.iter().map(|message| line(message, width)).collect()
}

fn tells(message: &Message) -> bool {
    match message.kind {
        Kind::Step | Kind::Failure => false,
        // Of car and station an answer that says no more than that all is well is part of the story.
        Kind::Reply => message.noise.is_some() || !message.detail.is_empty() || is_of_talk(message),
        Kind::Arrow | Kind::Fault | Kind::Note | Kind::Trouble => {
            let inside = message.actor == "board" && message.kind == Kind::Arrow && message.from == Lane::Board;
            let noise = message.noise == Some(Noise::MeterReading);
            !inside && !noise
        }
    }
}

/// Whether car and station say it over the power line.
fn is_of_talk(message: &Message) -> bool {
    matches!(message.actor, "slac" | "sdp" | "v2g")
}

fn line(message: &Message, width: usize) -> String {
    let arrow = match (message.kind, message.from, message.to) {
        _ if message.times > 1 => "... ",
        (_, Lane::Car, Lane::Session) if is_of_talk(message) => "-> ",
        (_, Lane::Session, Lane::Car) if is_of_talk(message) => "<- ",
        (_, Lane::Session, Lane::Csms) => "<- ",
        (_, Lane::Csms, Lane::Session) => "-> ",
        (_, Lane::Session, Lane::Board) => "<- ",
        _ => "",
    };
    // A message may carry line ends and terminal escapes of a peer; a line stays one.
    let text = message.line().replace(char::is_control, " ");
    let actor = message.evse.map_or_else(|| message.actor.into(), |evse| format!("{} {evse}", message.actor));
    format!("{}  {actor:<width$}  {arrow}{}\n", message.t, text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, story};
    use event_log::Log;
    use serde_json::json;

    #[test]
    fn a_charge_reads_as_a_story() {
        assert_eq!(
            transcript(&charge().events()),
            "\
00:00:01.000  car      plugs in (32 A cable)
00:00:01.010  pilot    state B1
00:00:01.020  session  SessionStarted
00:00:01.020  csms     <- StatusNotification Occupied
00:00:03.000  reader   token 04A1B2
00:00:03.000  csms     <- Authorize 04A1B2 ISO14443
00:00:03.050  csms     -> Authorize Accepted
00:00:03.050  session  Authorized token 04A1B2
00:00:03.060  session  limit 16 A by cable
00:00:03.060  board    <- SetPilot pwm 26.6 %
00:00:03.070  pilot    pwm 26.6 %
00:00:03.080  csms     <- TransactionEvent Started Authorized EVConnected #0 0 Wh token 04A1B2
00:00:05.000  pilot    state C2
00:00:05.090  board    contactor closed
00:00:05.100  session  ChargingStarted
00:00:20.000  csms     ... 4 meter values
00:01:10.000  fault    injected: the diode is shorted
00:01:10.040  board    contactor open
00:01:10.050  fault    detected: DiodeFault MREC 14, negative half missing
00:01:10.060  csms     <- TransactionEvent Ended AbnormalCondition Idle #5 120.5 Wh stopped: Other
"
        );
    }

    #[test]
    fn of_several_evses_each_line_says_whose_it_is() {
        let log = story();
        let (first, second) = (units::EvseId::FIRST, units::EvseId::new(2).expect("a number"));
        Log::at(&log, first).record("contactor", "closed", json!({}));
        Log::at(&log, second).record("contactor", "open", json!({}));
        let status =
            json!([2, "1", "StatusNotification", { "connectorStatus": "Occupied", "evseId": 2, "connectorId": 1 }]);
        log.record("ocpp", "sent", json!({ "frame": status }));
        log.record("ocpp", "link", json!({ "state": "online" }));
        assert_eq!(
            transcript(&log.events()),
            "\
00:00:00.000  board 1    contactor closed
00:00:00.000  board 2    contactor open
00:00:00.000  csms 2     <- StatusNotification Occupied EVSE 2 connector 1
00:00:00.000  csms       link online
"
        );
        let told: Vec<_> = crate::chart(&log.events()).iter().map(|message| message.place() + &message.text).collect();
        assert_eq!(told[..2], ["EVSE 1: contactor closed", "EVSE 2: contactor open"]);
        let scenario = crate::Scenario::from_events("x", &log.events());
        assert_eq!(scenario.series.iter().map(|(evse, _)| *evse).collect::<Vec<_>>(), [Some(first), Some(second)]);
    }
}
