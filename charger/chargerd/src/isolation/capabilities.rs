//! The powers of root, which a charger has no use for.

use rustix::io;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities,
};

/// Drops every capability except `kept`, from every set, for good.
pub(super) fn drop_all_but(kept: CapabilitySet) -> io::Result<()> {
    let held = capabilities(None)?;
    let kept = kept & held.permitted;
    // The bounding set first: dropping from it takes a capability itself. Who has none has nothing to gain by it either.
    if held.effective.contains(CapabilitySet::SETPCAP) {
        for capability in (0..u64::BITS).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
            if !kept.contains(capability) {
                match remove_capability_from_bounding_set(capability) {
                    // The kernel knows no further capability.
                    Err(io::Errno::INVAL) => break,
                    result => result?,
                }
            }
        }
    }
    match clear_ambient_capability_set() {
        // A kernel without ambient capabilities has none to clear.
        Ok(()) | Err(io::Errno::INVAL) => {}
        Err(error) => return Err(error),
    }
    set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() })
}

/// What is left, in words.
pub(super) fn held() -> String {
    match capabilities(None) {
        Ok(sets) if sets.permitted.is_empty() => "none".into(),
        Ok(sets) if sets.permitted == CapabilitySet::NET_RAW => "CAP_NET_RAW, for the PLC modem".into(),
        Ok(sets) => format!("{:#x}", sets.permitted.bits()),
        Err(error) => format!("unknown ({error})"),
    }
}
