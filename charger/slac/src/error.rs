//! Why bytes are no frame of management.

/// Bytes that are no frame of management.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// Shorter than its header or its message.
    #[error("the frame ends after {length} bytes: expected {field} of {part} up to byte {end}")]
    Short {
        /// So long is the frame.
        length: usize,
        /// The message, or the header.
        part: &'static str,
        /// What should have been there.
        field: &'static str,
        /// Where that would end, counted from the beginning of the frame.
        end: usize,
    },
    /// Another protocol.
    #[error("EtherType {0:#06x}: expected 0x88e1")]
    EtherType(u16),
    /// A version of the header that is not known here.
    #[error("HomePlug AV header version {0}: expected 0, 1 or 2")]
    Version(u8),
}
