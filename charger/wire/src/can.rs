//! A classic CAN frame with an extended identifier, as DC rectifiers use it.

/// A data frame of CAN 2.0B: 29-bit identifier, up to eight bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CanFrame {
    /// The identifier, 29 bits.
    id: u32,
    bytes: [u8; 8],
    length: u8,
}

impl CanFrame {
    /// The highest extended identifier.
    pub const MAX_ID: u32 = 0x1fff_ffff;

    /// A frame; `None` when the identifier has more than 29 bits or there are more than eight bytes.
    #[must_use]
    pub fn new(id: u32, data: &[u8]) -> Option<Self> {
        if id > Self::MAX_ID || data.len() > 8 {
            return None;
        }
        let mut bytes = [0; 8];
        bytes[..data.len()].copy_from_slice(data);
        Some(Self { id, bytes, length: data.len() as u8 })
    }

    /// A frame with all eight bytes; bits of `id` above the 29th have no place in it.
    #[must_use]
    pub const fn full(id: u32, bytes: [u8; 8]) -> Self {
        Self { id: id & Self::MAX_ID, bytes, length: 8 }
    }

    /// The identifier.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}
