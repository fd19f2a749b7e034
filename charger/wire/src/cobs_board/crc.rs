//! The checksum of a frame.

/// CRC-32 with the polynomial of Ethernet, reflected, and without the final inversion: over a message and its checksum
/// it is zero, and that is how the boards test it.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_and_the_zero_over_everything() {
        assert_eq!(crc32(b"123456789"), 0x340b_c6d9);
        let mut whole = b"123456789".to_vec();
        whole.extend(0x340b_c6d9_u32.to_le_bytes());
        assert_eq!(crc32(&whole), 0);
    }
}
