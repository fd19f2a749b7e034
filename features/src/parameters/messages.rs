//! The messages of OCPP 2.0.1: their names, what may stand where in their payloads, and which words may stand there. All of
//! it is read from the types that are generated from the official schemas.

use std::fmt;

use ocpp_types::Action;
use ocpp_types::v201 as v;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::nearest::nearest;

/// One message.
pub(crate) struct Message {
    /// Its name, as OCPP spells it.
    pub(crate) name: &'static str,
    request: fn(&str) -> Result<Place, String>,
    response: fn(&str) -> Result<Place, String>,
}

const fn message<Q: Action + DeserializeOwned, S: DeserializeOwned>() -> Message {
    Message { name: Q::ACTION, request: place::<Q>, response: place::<S> }
}

/// Every message, by name.
pub(crate) static MESSAGES: [Message; 64] = [
    message::<v::AuthorizeRequest, v::AuthorizeResponse>(),
    message::<v::BootNotificationRequest, v::BootNotificationResponse>(),
    message::<v::CancelReservationRequest, v::CancelReservationResponse>(),
    message::<v::CertificateSignedRequest, v::CertificateSignedResponse>(),
    message::<v::ChangeAvailabilityRequest, v::ChangeAvailabilityResponse>(),
    message::<v::ClearCacheRequest, v::ClearCacheResponse>(),
    message::<v::ClearChargingProfileRequest, v::ClearChargingProfileResponse>(),
    message::<v::ClearDisplayMessageRequest, v::ClearDisplayMessageResponse>(),
    message::<v::ClearVariableMonitoringRequest, v::ClearVariableMonitoringResponse>(),
    message::<v::ClearedChargingLimitRequest, v::ClearedChargingLimitResponse>(),
    message::<v::CostUpdatedRequest, v::CostUpdatedResponse>(),
    message::<v::CustomerInformationRequest, v::CustomerInformationResponse>(),
    message::<v::DataTransferRequest<Value>, v::DataTransferResponse<Value>>(),
    message::<v::DeleteCertificateRequest, v::DeleteCertificateResponse>(),
    message::<v::FirmwareStatusNotificationRequest, v::FirmwareStatusNotificationResponse>(),
    message::<v::Get15118EVCertificateRequest, v::Get15118EVCertificateResponse>(),
    message::<v::GetBaseReportRequest, v::GetBaseReportResponse>(),
    message::<v::GetCertificateStatusRequest, v::GetCertificateStatusResponse>(),
    message::<v::GetChargingProfilesRequest, v::GetChargingProfilesResponse>(),
    message::<v::GetCompositeScheduleRequest, v::GetCompositeScheduleResponse>(),
    message::<v::GetDisplayMessagesRequest, v::GetDisplayMessagesResponse>(),
    message::<v::GetInstalledCertificateIdsRequest, v::GetInstalledCertificateIdsResponse>(),
    message::<v::GetLocalListVersionRequest, v::GetLocalListVersionResponse>(),
    message::<v::GetLogRequest, v::GetLogResponse>(),
    message::<v::GetMonitoringReportRequest, v::GetMonitoringReportResponse>(),
    message::<v::GetReportRequest, v::GetReportResponse>(),
    message::<v::GetTransactionStatusRequest, v::GetTransactionStatusResponse>(),
    message::<v::GetVariablesRequest, v::GetVariablesResponse>(),
    message::<v::HeartbeatRequest, v::HeartbeatResponse>(),
    message::<v::InstallCertificateRequest, v::InstallCertificateResponse>(),
    message::<v::LogStatusNotificationRequest, v::LogStatusNotificationResponse>(),
    message::<v::MeterValuesRequest, v::MeterValuesResponse>(),
    message::<v::NotifyChargingLimitRequest, v::NotifyChargingLimitResponse>(),
    message::<v::NotifyCustomerInformationRequest, v::NotifyCustomerInformationResponse>(),
    message::<v::NotifyDisplayMessagesRequest, v::NotifyDisplayMessagesResponse>(),
    message::<v::NotifyEVChargingNeedsRequest, v::NotifyEVChargingNeedsResponse>(),
    message::<v::NotifyEVChargingScheduleRequest, v::NotifyEVChargingScheduleResponse>(),
    message::<v::NotifyEventRequest, v::NotifyEventResponse>(),
    message::<v::NotifyMonitoringReportRequest, v::NotifyMonitoringReportResponse>(),
    message::<v::NotifyReportRequest, v::NotifyReportResponse>(),
    message::<v::PublishFirmwareRequest, v::PublishFirmwareResponse>(),
    message::<v::PublishFirmwareStatusNotificationRequest, v::PublishFirmwareStatusNotificationResponse>(),
    message::<v::ReportChargingProfilesRequest, v::ReportChargingProfilesResponse>(),
    message::<v::RequestStartTransactionRequest, v::RequestStartTransactionResponse>(),
    message::<v::RequestStopTransactionRequest, v::RequestStopTransactionResponse>(),
    message::<v::ReservationStatusUpdateRequest, v::ReservationStatusUpdateResponse>(),
    message::<v::ReserveNowRequest, v::ReserveNowResponse>(),
    message::<v::ResetRequest, v::ResetResponse>(),
    message::<v::SecurityEventNotificationRequest, v::SecurityEventNotificationResponse>(),
    message::<v::SendLocalListRequest, v::SendLocalListResponse>(),
    message::<v::SetChargingProfileRequest, v::SetChargingProfileResponse>(),
    message::<v::SetDisplayMessageRequest, v::SetDisplayMessageResponse>(),
    message::<v::SetMonitoringBaseRequest, v::SetMonitoringBaseResponse>(),
    message::<v::SetMonitoringLevelRequest, v::SetMonitoringLevelResponse>(),
    message::<v::SetNetworkProfileRequest, v::SetNetworkProfileResponse>(),
    message::<v::SetVariableMonitoringRequest, v::SetVariableMonitoringResponse>(),
    message::<v::SetVariablesRequest, v::SetVariablesResponse>(),
    message::<v::SignCertificateRequest, v::SignCertificateResponse>(),
    message::<v::StatusNotificationRequest, v::StatusNotificationResponse>(),
    message::<v::TransactionEventRequest, v::TransactionEventResponse>(),
    message::<v::TriggerMessageRequest, v::TriggerMessageResponse>(),
    message::<v::UnlockConnectorRequest, v::UnlockConnectorResponse>(),
    message::<v::UnpublishFirmwareRequest, v::UnpublishFirmwareResponse>(),
    message::<v::UpdateFirmwareRequest, v::UpdateFirmwareResponse>(),
];

impl Message {
    /// The message of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        MESSAGES.iter().find(|message| message.name == name)
    }

    /// Whether that may stand at a path of the request, such as `transactionInfo.stoppedReason`.
    ///
    /// # Errors
    /// Why not, with the nearest field or word.
    pub(crate) fn request_may_say(&self, path: &str, wanted: &str) -> Result<(), String> {
        (self.request)(path)?.may_be(self.name, path, wanted)
    }

    /// Whether that may stand at a path of the response.
    ///
    /// # Errors
    /// Why not, with the nearest field or word.
    pub(crate) fn response_may_say(&self, path: &str, wanted: &str) -> Result<(), String> {
        (self.response)(path)?.may_be(self.name, path, wanted)
    }

    /// The words that may stand at a path of the request; none where anything may.
    pub(crate) fn request_words(&self, path: &str) -> &'static [&'static str] {
        words((self.request)(path))
    }

    /// The words that may stand at a path of the response; none where anything may.
    pub(crate) fn response_words(&self, path: &str) -> &'static [&'static str] {
        words((self.response)(path))
    }
}

fn words(place: Result<Place, String>) -> &'static [&'static str] {
    match place {
        Ok(Place::Words(words)) => words,
        Ok(_) | Err(_) => &[],
    }
}

/// What may stand at a place of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Something that no list holds: a text, or what OCPP leaves open.
    Anything,
    /// `true` or `false`.
    Bool,
    Number,
    /// Something with fields of its own, or a list.
    Parts,
    /// One of these words.
    Words(&'static [&'static str]),
}

impl Place {
    /// Whether it may be that: a value, or `(present)`, `(absent)`, `(begins with ...)`.
    fn may_be(self, message: &str, path: &str, wanted: &str) -> Result<(), String> {
        let wrong = |expected: &str| Err(format!("{message}: {path} is never {wanted:?}: expected {expected}"));
        match self {
            _ if wanted.starts_with('(') => Ok(()),
            Self::Words(words) if !words.contains(&wanted) => {
                let meant =
                    nearest(wanted, words).map_or_else(String::new, |word| format!("{word} (the nearest), or "));
                wrong(&format!("{meant}one of {}", words.join(", ")))
            }
            Self::Bool if wanted.parse::<bool>().is_err() => wrong("true or false"),
            Self::Number if wanted.parse::<f64>().is_err() => wrong("a number"),
            Self::Parts => wrong("(present) or (absent), or a value at a longer path"),
            Self::Anything | Self::Bool | Self::Number | Self::Words(_) => Ok(()),
        }
    }
}

/// What may stand at that path of a payload of type `T`.
///
/// # Errors
/// The first field of the path that is none.
fn place<T: DeserializeOwned>(path: &str) -> Result<Place, String> {
    let parts: Vec<&str> = path.split('.').collect();
    match T::deserialize(Walk { parts: &parts }) {
        Err(Found::Place(place)) => Ok(place),
        Err(Found::Nowhere(why)) => Err(why),
        // A type without any field takes whatever comes.
        Ok(_) => Ok(Place::Anything),
    }
}

/// Walks along a path through a type, by the questions that its own reader asks.
#[derive(Clone, Copy)]
struct Walk<'p> {
    parts: &'p [&'p str],
}

/// Where the walk ended.
#[derive(Debug)]
enum Found {
    Place(Place),
    Nowhere(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Found {}

impl Error for Found {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Nowhere(why.to_string())
    }
}

impl Walk<'_> {
    /// The walk ends here, at something without parts.
    fn end<R>(self, place: Place) -> Result<R, Found> {
        match self.parts.first() {
            None => Err(Found::Place(place)),
            Some(part) => Err(Found::Nowhere(format!("there is nothing below it that could be {part:?}"))),
        }
    }
}

/// Kinds of values that have no parts.
macro_rules! leaves {
    ($($ask:ident => $place:expr),* $(,)?) => {
        $(fn $ask<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
            self.end($place)
        })*
    };
}

impl<'de> Deserializer<'de> for Walk<'_> {
    type Error = Found;

    leaves! {
        deserialize_bool => Place::Bool,
        deserialize_i8 => Place::Number, deserialize_i16 => Place::Number,
        deserialize_i32 => Place::Number, deserialize_i64 => Place::Number,
        deserialize_u8 => Place::Number, deserialize_u16 => Place::Number,
        deserialize_u32 => Place::Number, deserialize_u64 => Place::Number,
        deserialize_f32 => Place::Number, deserialize_f64 => Place::Number,
        deserialize_char => Place::Anything, deserialize_str => Place::Anything,
        deserialize_string => Place::Anything, deserialize_bytes => Place::Anything,
        deserialize_byte_buf => Place::Anything, deserialize_identifier => Place::Anything,
        deserialize_unit => Place::Anything,
    }

    /// What OCPP leaves open, whatever is below.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
        Err(Found::Place(Place::Anything))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Found> {
        let Some((part, rest)) = self.parts.split_first() else { return Err(Found::Place(Place::Parts)) };
        if !fields.contains(part) {
            let meant = nearest(part, fields).map_or_else(String::new, |field| format!(" The nearest is {field}."));
            return Err(Found::Nowhere(format!(
                "there is no field {part:?}.{meant} There are: {}.",
                fields.join(", ")
            )));
        }
        visitor.visit_map(OneField { name: Some(part), below: Walk { parts: rest } })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Found> {
        self.end(Place::Words(variants))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        let Some((part, rest)) = self.parts.split_first() else { return Err(Found::Place(Place::Parts)) };
        if part.parse::<usize>().is_err() {
            return Err(Found::Nowhere(format!("{part:?} stands in a list: expected a number, the first is 0")));
        }
        visitor.visit_seq(OneElement(Walk { parts: rest }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Found> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Found> {
        self.deserialize_seq(visitor)
    }
}

/// An object with the one field that the path goes through.
struct OneField<'p> {
    name: Option<&'p str>,
    below: Walk<'p>,
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Found;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Found> {
        let name = self.name.take();
        name.map(|name| seed.deserialize(serde::de::value::StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Found> {
        seed.deserialize(self.below)
    }
}

/// A list with the one element that the path goes through.
struct OneElement<'p>(Walk<'p>);

impl<'de> SeqAccess<'de> for OneElement<'_> {
    type Error = Found;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Found> {
        seed.deserialize(self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(message: &str, path: &str, wanted: &str) -> Result<(), String> {
        Message::named(message).unwrap_or_else(|| panic!("{message}")).request_may_say(path, wanted)
    }

    #[test]
    fn they_are_in_order_and_each_has_its_own_name() {
        assert!(MESSAGES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn what_may_stand_in_a_payload_may_be_asked_for() {
        for (path, wanted) in [
            ("eventType", "Ended"),
            ("transactionInfo.stoppedReason", "PowerLoss"),
            ("meterValue", "(present)"),
            ("meterValue.0.sampledValue.0.value", "5"),
            ("meterValue.0.sampledValue.0.context", "Transaction.End"),
            ("offline", "true"),
            ("seqNo", "0"),
            ("idToken.idToken", "REMOTE1"),
            ("idToken.type", "ISO14443"),
            ("timestamp", "(begins with 2026)"),
            ("customData.vendorId", "anything"),
        ] {
            assert_eq!(says("TransactionEvent", path, wanted), Ok(()), "{path} {wanted}");
        }
        assert_eq!(says("BootNotification", "chargingStation.vendorName", "Plugfest"), Ok(()));
    }

    #[test]
    fn what_no_payload_can_say_is_refused_with_the_nearest() {
        let why = |path, wanted| says("TransactionEvent", path, wanted).expect_err(path);
        assert!(why("transactionInfo.stopedReason", "Local").contains("The nearest is stoppedReason."));
        assert!(why("transactionInfo.stoppedReason", "Powerloss").contains("expected PowerLoss (the nearest)"));
        assert!(why("offline", "yes").ends_with("expected true or false"));
        assert!(why("seqNo", "first").ends_with("expected a number"));
        assert!(why("seqNo.value", "1").contains("nothing below it"));
        assert!(why("meterValue.last.timestamp", "(present)").contains("the first is 0"));
        assert!(why("evse", "1").contains("a longer path"));
    }

    #[test]
    fn answers_have_words_too() {
        let words = |message: &str| Message::named(message).map(|message| message.response_words("status"));
        assert_eq!(words("Reset"), Some(["Accepted", "Rejected", "Scheduled"].as_slice()));
        assert_eq!(words("Heartbeat"), Some([].as_slice()));
    }
}
