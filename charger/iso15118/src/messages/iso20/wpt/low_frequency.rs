//! Antennas of low frequency, by which the car is located.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// Antennas of one side.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfSystemSetupData {
    /// Present on the side that sends; exactly one of the two is there.
    #[serde(rename = "LF_TransmitterSetupData")]
    pub lf_transmitter_setup_data: Option<WptLfTransmitterData>,
    /// Present on the side that receives.
    #[serde(rename = "LF_ReceiverSetupData")]
    pub lf_receiver_setup_data: Option<WptLfReceiverData>,
}

/// Antennas that send.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfTransmitterData {
    /// How many there are, 0 to 255.
    #[serde(rename = "NumberOfTransmitters")]
    pub number_of_transmitters: u8,
    /// In Hz.
    #[serde(rename = "SignalFrequency")]
    pub signal_frequency: RationalNumber,
    /// 2 to 255, one for each.
    #[serde(rename = "TxSpecData")]
    pub tx_spec_data: Vec<WptTxRxSpecData>,
    /// In which rhythm they send; missing if that is agreed on elsewhere.
    #[serde(rename = "TxPackageSpecData")]
    pub tx_package_spec_data: Option<WptTxRxPackageSpecData>,
}

/// Antennas that receive.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfReceiverData {
    /// How many there are, 0 to 255.
    #[serde(rename = "NumberOfReceivers")]
    pub number_of_receivers: u8,
    /// 2 to 255, one for each.
    #[serde(rename = "RxSpecData")]
    pub rx_spec_data: Vec<WptTxRxSpecData>,
}

/// Where an antenna sits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptTxRxSpecData {
    /// Names the antenna, from 1.
    #[serde(rename = "TxRxIdentifier")]
    pub tx_rx_identifier: u32,
    /// In mm, as seen from the middle of the device.
    #[serde(rename = "TxRxPosition")]
    pub tx_rx_position: WptCoordinateXyz,
    /// In which direction it measures; all zero if it has none.
    #[serde(rename = "TxRxOrientation")]
    pub tx_rx_orientation: WptCoordinateXyz,
}

/// A point in mm as seen from the middle of a device, or the direction in which an antenna looks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptCoordinateXyz {
    /// Along the vehicle.
    #[serde(rename = "Coord_X")]
    pub coord_x: i16,
    /// Across it.
    #[serde(rename = "Coord_Y")]
    pub coord_y: i16,
    /// Upwards.
    #[serde(rename = "Coord_Z")]
    pub coord_z: i16,
}

/// The rhythm of the antennas: each sends one pulse, all together are a package.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptTxRxPackageSpecData {
    /// 2 to 255, each antenna once.
    #[serde(rename = "PulseSequenceOrder")]
    pub pulse_sequence_order: Vec<WptTxRxPulseOrder>,
    /// Between two pulses of a package, in ms.
    #[serde(rename = "PulseSeparationTime")]
    pub pulse_separation_time: u16,
    /// Of one pulse, in ms.
    #[serde(rename = "PulseDuration")]
    pub pulse_duration: u16,
    /// Between two packages, in ms.
    #[serde(rename = "PackageSeparationTime")]
    pub package_separation_time: u16,
}

/// Whose turn it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptTxRxPulseOrder {
    /// Place within the package.
    #[serde(rename = "IndexNumber")]
    pub index_number: u16,
    /// Names the antenna, from 1.
    #[serde(rename = "TxRxIdentifier")]
    pub tx_rx_identifier: u32,
}

/// Measured levels. The schema has room for one package only, whatever its name says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfDataPackageList {
    /// How many packages, 0 to 255.
    #[serde(rename = "NumPackages")]
    pub num_packages: u8,
    /// The package.
    #[serde(rename = "WPT_LF_DataPackage")]
    pub wpt_lf_data_package: WptLfDataPackage,
}

/// Levels of one package of pulses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfDataPackage {
    /// Which package, 0 to 255.
    #[serde(rename = "PackageIndex")]
    pub package_index: u8,
    /// Present from the side that sends; exactly one of the two is there.
    #[serde(rename = "LF_TxData")]
    pub lf_tx_data: Option<WptLfTxDataList>,
    /// Present from the side that receives.
    #[serde(rename = "LF_RxData")]
    pub lf_rx_data: Option<WptLfRxDataList>,
}

/// What was sent; one antenna only, by the schema.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfTxDataList {
    /// The antenna.
    #[serde(rename = "WPT_LF_TxDataList")]
    pub wpt_lf_tx_data_list: WptLfTxData,
}

/// What one antenna sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfTxData {
    /// The antenna, from 1.
    #[serde(rename = "TxIdentifier")]
    pub tx_identifier: u32,
    /// Equivalent power of an antenna that sends alike in all directions. The schema has no unit.
    #[serde(rename = "EIRP")]
    pub eirp: RationalNumber,
}

/// What was received; by one antenna only, by the schema.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfRxDataList {
    /// The antenna.
    #[serde(rename = "WPT_LF_RxDataList")]
    pub wpt_lf_rx_data_list: WptLfRxData,
}

/// What one antenna received.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfRxData {
    /// The antenna, from 1.
    #[serde(rename = "RxIdentifier")]
    pub rx_identifier: u32,
    /// From whom.
    #[serde(rename = "RSSIData")]
    pub rssi_data: WptLfRxRssiList,
}

/// Levels by sender; one only, by the schema.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfRxRssiList {
    /// The level.
    #[serde(rename = "RSSIDataList")]
    pub rssi_data_list: WptLfRxRssi,
}

/// A level at the receiver.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WptLfRxRssi {
    /// The antenna that sent, from 1.
    #[serde(rename = "TxIdentifier")]
    pub tx_identifier: u32,
    /// Strength of what arrived. The schema has no unit.
    #[serde(rename = "RSSI")]
    pub rssi: RationalNumber,
}
