//! What of Ethernet a frame of management needs.

use crate::octets::octets;

octets!(
    /// An Ethernet address.
    MacAddress, 6, ":"
);

/// The EtherType of HomePlug AV.
pub const ETHER_TYPE: u16 = 0x88e1;

/// Everybody on the line.
pub const BROADCAST: MacAddress = MacAddress([0xff; 6]);

/// The address at which the modem on this very wire answers, whatever its own address is. It is of Qualcomm's; a captured Lumissil
/// answers at it too.
pub const LOCAL_MODEM: MacAddress = MacAddress([0x00, 0xb0, 0x52, 0x00, 0x00, 0x01]);

/// The shortest Ethernet frame, without its check sequence. Shorter ones are padded with zeros.
pub const MIN_FRAME: usize = 60;
