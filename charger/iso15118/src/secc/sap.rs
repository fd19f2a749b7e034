//! Which protocol is spoken: supportedAppProtocol (ISO 15118-2 clause 8.2).

use super::config::Config;
use crate::Protocol;
use crate::messages::sap::{AppProtocol, ResponseCode, SupportedAppProtocolReq, SupportedAppProtocolRes};

/// The major version of DIN 70121 and of ISO 15118-2.
const MAJOR: u32 = 2;
/// The minor version of both.
const MINOR: u32 = 0;

/// What is spoken, if anything, and the answer. What the station does not serve is left out, among the rest the car's ranking is
/// obeyed [V2G2-169]; namespaces of manufacturers are none that anybody serves.
pub(super) fn agree(config: &Config, offer: &SupportedAppProtocolReq) -> (Option<Protocol>, SupportedAppProtocolRes) {
    let served = |entry: &&AppProtocol| {
        entry.version_number_major == MAJOR && Protocol::of_offer(entry).is_some_and(|protocol| config.serves(protocol))
    };
    match offer.app_protocol.iter().filter(served).min_by_key(|entry| entry.priority) {
        Some(entry) => {
            let response_code = if entry.version_number_minor == MINOR {
                ResponseCode::OkSuccessfulNegotiation
            } else {
                ResponseCode::OkSuccessfulNegotiationWithMinorDeviation
            };
            let answer = SupportedAppProtocolRes { response_code, schema_id: Some(entry.schema_id) };
            (Protocol::of_offer(entry), answer)
        }
        None => (None, SupportedAppProtocolRes { response_code: ResponseCode::FailedNoNegotiation, schema_id: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{din, iso2};

    fn entry(namespace: &str, minor: u32, schema_id: u8, priority: u8) -> AppProtocol {
        AppProtocol {
            protocol_namespace: namespace.to_owned(),
            version_number_major: 2,
            version_number_minor: minor,
            schema_id,
            priority,
        }
    }

    const DIN: &str = "urn:din:70121:2012:MsgDef";
    const ISO2: &str = "urn:iso:15118:2:2013:MsgDef";

    fn chosen(config: &Config, entries: &[AppProtocol]) -> (ResponseCode, Option<u8>) {
        let answer = agree(config, &SupportedAppProtocolReq { app_protocol: entries.to_vec() }).1;
        (answer.response_code, answer.schema_id)
    }

    #[test]
    fn the_best_ranked_of_what_is_served_is_taken() {
        use ResponseCode::*;
        let mut dc = Config::new("DE*PLF*E1");
        dc.dc = Some(super::super::tests::DC);
        dc.iso2_modes = vec![iso2::EnergyTransferMode::DcExtended];
        dc.din_type = Some(din::EvseSupportedEnergyTransfer::DcExtended);
        let both = [entry(ISO2, 0, 0, 2), entry(DIN, 0, 1, 1)];
        assert_eq!(chosen(&dc, &both), (OkSuccessfulNegotiation, Some(1)));
        // A manufacturer's namespace first, as a real car has it.
        let tesla = [entry("urn:tesla:din:2018:MsgDef", 0, 0, 1), entry(DIN, 0, 1, 2)];
        assert_eq!(chosen(&dc, &tesla), (OkSuccessfulNegotiation, Some(1)));
        assert_eq!(chosen(&dc, &[entry(ISO2, 1, 9, 1)]), (OkSuccessfulNegotiationWithMinorDeviation, Some(9)));
        let mut ac = dc.clone();
        (ac.dc, ac.ac) = (None, Some(super::super::tests::AC));
        ac.iso2_modes = vec![iso2::EnergyTransferMode::AcThreePhaseCore];
        assert_eq!(chosen(&ac, &both), (OkSuccessfulNegotiation, Some(0)));
        assert_eq!(chosen(&ac, &both[1..]), (FailedNoNegotiation, None));
        assert_eq!(chosen(&Config::new("DE*PLF*E1"), &both), (FailedNoNegotiation, None));
    }
}
