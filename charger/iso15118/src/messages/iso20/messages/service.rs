//! What a station offers, and what the car takes of it.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, ResponseCode};

/// From the car after Authorization, or after it asked to choose services anew: what do you offer?
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Tell me only about these; missing is about all.
    #[serde(rename = "SupportedServiceIDs")]
    pub supported_service_ids: Option<ServiceIdList>,
}

/// Services by number.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceIdList {
    /// 1 to 16; 1 AC, 2 DC, 3 WPT, 4 DC_ACDP, 5 AC_BPT, 6 DC_BPT, 7 DC_ACDP_BPT, 8 MCS, 9 MCS_BPT, 65 internet, 66
    /// parking status.
    #[serde(rename = "ServiceID")]
    pub service_id: Vec<u16>,
}

/// The station's answer: what it offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceDiscoveryRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The car may later come back to choose services anew.
    #[serde(rename = "ServiceRenegotiationSupported")]
    pub service_renegotiation_supported: bool,
    /// Ways to transfer energy, of which the car takes one.
    #[serde(rename = "EnergyTransferServiceList")]
    pub energy_transfer_service_list: ServiceList,
    /// Services beside that; missing if there are none.
    #[serde(rename = "VASList")]
    pub vas_list: Option<ServiceList>,
}

/// Services by number.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceList {
    /// 1 to 8.
    #[serde(rename = "Service")]
    pub service: Vec<Service>,
}

/// One service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Service {
    /// Numbered by the standard, as 2 for DC and 6 for DC in both directions.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// It costs nothing.
    #[serde(rename = "FreeService")]
    pub free_service: bool,
}

/// From the car after ServiceDetail: these services, each with one set of parameters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceSelectionReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// One way to transfer energy.
    #[serde(rename = "SelectedEnergyTransferService")]
    pub selected_energy_transfer_service: SelectedService,
    /// Services beside that; missing if it wants none.
    #[serde(rename = "SelectedVASList")]
    pub selected_vas_list: Option<SelectedServiceList>,
}

/// A service with one of its sets of parameters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SelectedService {
    /// A service that was listed.
    #[serde(rename = "ServiceID")]
    pub service_id: u16,
    /// A set that was listed for it.
    #[serde(rename = "ParameterSetID")]
    pub parameter_set_id: u16,
}

/// Services beside the transfer of energy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SelectedServiceList {
    /// 1 to 16.
    #[serde(rename = "SelectedService")]
    pub selected_service: Vec<SelectedService>,
}

/// The station's answer; a selection that was not offered is FAILED.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceSelectionRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}
