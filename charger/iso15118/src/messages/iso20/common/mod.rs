//! What the messages of every energy transfer have in common.

mod header;
mod metering;
mod rational_number;
mod response_code;
mod root_certificates;
mod status;

pub use header::MessageHeader;
pub use metering::{DetailedCost, DetailedTax, MeterInfo, Receipt};
pub use rational_number::RationalNumber;
pub use response_code::ResponseCode;
pub use root_certificates::ListOfRootCertificateIds;
pub use status::{DisplayParameters, EvseNotification, EvseStatus, Processing};
