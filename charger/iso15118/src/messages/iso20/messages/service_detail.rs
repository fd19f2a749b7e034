//! The parameters with which a service can be had.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, RationalNumber, ResponseCode};

/// From the car after ServiceDiscovery, once for each service that it may want: with which parameters?
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDetailReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// A service that was listed.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
}

/// The station's answer: sets of parameters, of which the car takes one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDetailRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The service that was asked for.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// The sets.
    #[serde(rename = "ServiceParameterList")]
    pub service_parameter_list: ServiceParameterList,
}

/// Sets of parameters of one service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceParameterList {
    /// 1 to 32.
    #[serde(rename = "ParameterSet")]
    pub parameter_set: Vec<ParameterSet>,
}

/// Parameters that are only to be had together.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ParameterSet {
    /// By which the car names its choice.
    #[serde(rename = "ParameterSetID")]
    pub parameter_set_id: u16,
    /// 1 to 32.
    #[serde(rename = "Parameter")]
    pub parameter: Vec<Parameter>,
}

/// One parameter, as Connector, ControlMode, MobilityNeedsMode or Pricing. Exactly one of the values is there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parameter {
    /// At most 80 characters, spelt as the standard does.
    #[serde(rename = "@Name")]
    pub name: String,
    /// True or false.
    #[serde(rename = "boolValue")]
    pub bool_value: Option<bool>,
    /// -128 to 127.
    #[serde(rename = "byteValue")]
    pub byte_value: Option<i8>,
    /// -32768 to 32767.
    #[serde(rename = "shortValue")]
    pub short_value: Option<i16>,
    /// 32 bits with a sign; the standard's own parameters use it most.
    #[serde(rename = "intValue")]
    pub int_value: Option<i32>,
    /// A quantity, its unit fixed by the parameter.
    #[serde(rename = "rationalNumber")]
    pub rational_number: Option<RationalNumber>,
    /// At most 80 characters.
    #[serde(rename = "finiteString")]
    pub finite_string: Option<String>,
}
