//! Where the devices of a charger are. An [`Endpoint`] names one (`rpmsg:rpmsg_tuxevse@14`, `i2c:/dev/i2c-0@0x20`), a
//! [`DeviceTable`] those of a station and of each of its EVSEs. On any system: whoever only reads a rig file needs no more.

mod devices;
mod endpoint;

pub use devices::{DeviceKey, DeviceTable, Devices, EvseDevices, StationDevices};
pub use endpoint::{Endpoint, EndpointError, parse_number};
