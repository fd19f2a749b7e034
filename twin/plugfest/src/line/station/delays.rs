//! When a station answers that was measured: as late as it did, in the median.

use std::collections::BTreeMap;
use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::station_profile::StationProfile;
use iso15118::v2gtp::Frame;
use iso15118::{Protocol, name_of, set_of};
use session::WantedPower;

/// When it answers; without a measured station, at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays {
    sdp: Duration,
    sap: Duration,
    din: BTreeMap<String, Duration>,
    iso2: BTreeMap<String, Duration>,
    /// What was agreed on, and what the car wants: what an answer is called follows from them.
    protocol: Option<Protocol>,
    wanted: WantedPower,
}

impl Delays {
    /// Those of that station with that kind of current.
    pub(super) fn of(station: &StationProfile, direct: bool) -> Self {
        let time = |spread: &iso15118::Spread| Duration::from_millis(spread.median);
        let answers = |protocol| -> BTreeMap<String, Duration> {
            let mode = station.mode(protocol, direct);
            mode.map(|mode| mode.response_ms.iter().map(|(name, spread)| (name.clone(), time(spread))).collect())
                .unwrap_or_default()
        };
        Self {
            sdp: station.sdp.as_ref().map(|sdp| time(&sdp.answer_ms)).unwrap_or_default(),
            sap: station.sap.answer_ms.as_ref().map(time).unwrap_or_default(),
            din: answers(Protocol::Din),
            iso2: answers(Protocol::Iso2),
            protocol: None,
            wanted: WantedPower::Nothing,
        }
    }

    /// A car has connected.
    pub(super) const fn connected(&mut self) {
        (self.protocol, self.wanted) = (None, WantedPower::Nothing);
    }

    /// A protocol was agreed on.
    pub(super) fn agreed(&mut self, protocol: &str) {
        self.protocol = Protocol::by_name(protocol);
    }

    /// What the car wants to be done with the power.
    pub(super) const fn wants(&mut self, wanted: WantedPower) {
        self.wanted = wanted;
    }

    /// From a question of the discovery to its answer.
    pub(super) const fn discovery(&self) -> Duration {
        self.sdp
    }

    /// From a request to this answer.
    pub(super) fn answer(&self, octets: &[u8]) -> Duration {
        let answers = match self.protocol {
            None => return self.sap,
            Some(Protocol::Din) => &self.din,
            Some(Protocol::Iso2) => &self.iso2,
            Some(Protocol::Iso20) => return Duration::ZERO,
        };
        if answers.is_empty() {
            return Duration::ZERO;
        }
        let name = self.name(octets).unwrap_or_default();
        let stops = name == "PowerDeliveryRes" && self.wanted == WantedPower::Nothing;
        let measured = if stops { answers.get("PowerDeliveryRes-Stop") } else { None };
        measured.or_else(|| answers.get(&name)).copied().unwrap_or_default()
    }

    fn name(&self, octets: &[u8]) -> Option<String> {
        let (frame, _) = Frame::decode(octets).ok()??;
        let set = set_of(self.protocol, frame.payload_type)?;
        let tree = exi::from_document::<Tree>(set, &frame.payload, Facets::Off).ok()?;
        Some(name_of(&tree).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exi::Hex;
    use iso15118::Message;
    use iso15118::messages::iso2::{self, ResponseCode};

    fn answer(body: iso2::Body) -> Vec<u8> {
        let header =
            iso2::MessageHeader { session_id: Hex::new(&[1; 8]).expect("an id"), notification: None, signature: None };
        let (payload_type, payload) =
            Message::Iso2(Box::new(iso2::V2gMessage { header, body })).encode().expect("a message");
        Frame { payload_type, payload }.encode()
    }

    #[test]
    fn each_answer_is_as_late_as_it_was_measured() {
        let station = StationProfile::builtin("prompt-ac-16a").expect("a station");
        let mut delays = Delays::of(&station, false);
        let stop = answer(iso2::Body::SessionStopRes(iso2::SessionStopRes { response_code: ResponseCode::Ok }));
        assert_eq!(delays.discovery(), Duration::from_millis(1));
        assert_eq!(delays.answer(&stop), Duration::from_millis(5), "before a protocol is agreed on");
        delays.agreed("iso2");
        assert_eq!(delays.answer(&stop), Duration::from_millis(99));
        assert_eq!(delays.answer(b"no message"), Duration::ZERO);
        assert_eq!(Delays::default().answer(&stop), Duration::ZERO);
    }
}
