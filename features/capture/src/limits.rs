//! What a reader keeps at most.

/// Upper bounds of what a reader keeps in memory, whatever the capture says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Captured bytes of one packet; a longer one ends the reading. 256 KiB, which is what tcpdump captures at most.
    pub packet: u32,
    /// Bytes of one key log in a pcapng file; a longer one is skipped and told. 1 MiB.
    pub secrets: u32,
    /// What is kept of one direction of a connection while an earlier segment is missing: the bytes, and 128 more for each
    /// piece. When there is more, the missing bytes are given up. 1 MiB.
    pub held: usize,
    /// The same for all connections together. 64 MiB.
    pub held_by_all: usize,
    /// Connections that are kept; the one that was idle longest goes when there are more. 1024.
    pub connections: usize,
    /// IP packets that are kept while fragments of them are missing, each 64 KiB at most. 64.
    pub fragmented: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packet: 256 * 1024,
            secrets: 1024 * 1024,
            held: 1024 * 1024,
            held_by_all: 64 * 1024 * 1024,
            connections: 1024,
            fragmented: 64,
        }
    }
}
