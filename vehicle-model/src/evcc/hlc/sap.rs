//! SupportedAppProtocol: what the car offers, and what the station made of it.

use exi::Facets;
use iso15118::messages::sap::{AppProtocol, Message as Sap, ResponseCode, SupportedAppProtocolReq};
use iso15118::v2gtp::Frame;
use iso15118::{Message, Protocol};

use super::event::{Failure, Fault};

/// Its name, where a request is named.
pub(super) const NAME: &str = "supportedAppProtocolReq";

/// The offer.
pub(super) fn request(offers: &[AppProtocol]) -> Message {
    Message::Sap(Sap::SupportedAppProtocolReq(SupportedAppProtocolReq { app_protocol: offers.to_vec() }))
}

/// What the station chose, or why nothing can come of it; a refusal is no fault of how it speaks.
pub(super) fn agreed(offers: &[AppProtocol], frame: &Frame) -> Result<Protocol, (Failure, Fault)> {
    let message = Message::decode(None, frame.payload_type, &frame.payload, Facets::Off)
        .map_err(|error| (Failure::Unreadable(Box::new(error)), Fault::Station))?;
    let Message::Sap(Sap::SupportedAppProtocolRes(response)) = message else {
        return Err((Failure::WrongResponse { asked: NAME, got: NAME }, Fault::Station));
    };
    match response.response_code {
        ResponseCode::OkSuccessfulNegotiation | ResponseCode::OkSuccessfulNegotiationWithMinorDeviation => {}
        ResponseCode::FailedNoNegotiation => return Err((Failure::NoAgreement, Fault::Station)),
    }
    let chosen = offers.iter().find(|offer| Some(offer.schema_id) == response.schema_id);
    let Some(chosen) = chosen else { return Err((Failure::NotOffered(response.schema_id), Fault::Station)) };
    match Protocol::of_offer(chosen) {
        Some(protocol @ (Protocol::Din | Protocol::Iso2)) => Ok(protocol),
        Some(Protocol::Iso20) | None => Err((Failure::NotSpoken(chosen.protocol_namespace.clone()), Fault::Car)),
    }
}
