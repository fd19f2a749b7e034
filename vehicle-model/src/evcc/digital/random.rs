//! Numbers that follow from the car's seed and a count.

/// Another number for each count (the finaliser of splitmix64).
pub(super) const fn mixed(seed: u64, count: u64) -> u64 {
    let mut mixed = seed ^ count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
