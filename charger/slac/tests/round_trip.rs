//! Every message comes out as it went in, whatever is in its fields.

mod samples;

use proptest::prelude::*;
use samples::samples;
use slac::{Frame, Message, MmType, Padding};

/// Bytes for the fields of any message, small numbers among them: they are counts and kinds.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![0u8..4, any::<u8>()], 1400)
}

/// A frame of this message with other fields. Two messages have a length of two bytes; it is kept within the frame.
fn refill(sample: &samples::Sample, fields: &[u8]) -> Vec<u8> {
    const OP_ATTRIBUTES_CNF: MmType = MmType(0xa069);
    let message = &sample.frame.message;
    let header =
        17 + if sample.frame.version.has_fragment() { 2 } else { 0 } + if message.oui().is_some() { 3 } else { 0 };
    let mut bytes = [&sample.bytes[..header], fields].concat();
    match message.kind() {
        MmType::AMP_MAP_REQ => bytes[header + 1] %= 8,
        OP_ATTRIBUTES_CNF => bytes[header + 8] %= 4,
        _ => {}
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_comes_out_as_it_went_in(fields in fields(), addresses in any::<[u8; 12]>()) {
        for sample in samples() {
            let mut bytes = refill(&sample, &fields);
            bytes[..12].copy_from_slice(&addresses);
            let frame = Frame::decode(&bytes).map_err(|error| TestCaseError::fail(format!("{}: {error}", sample.name)))?;
            prop_assert_eq!(frame.message.name(), sample.name);
            prop_assert_eq!(frame.encode(), bytes);
            let alone = Frame { padding: Padding::Shortest, ..frame };
            prop_assert_eq!(Frame::decode(&alone.encode()), Ok(alone));
        }
    }

    /// The shortest frame of each message, byte by byte: no field is lost, none is read twice.
    #[test]
    fn each_byte_of_a_message_matters(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0u32..8) {
        let samples = samples();
        let sample = which.get(&samples);
        let mut bytes = sample.bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_ne!(&frame, &Frame::decode(&sample.bytes).expect("it was whole"));
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn an_unknown_message_keeps_its_entry(kind in 0x6044u16..0x6064, entry in prop::collection::vec(any::<u8>(), 43..300)) {
        let message = Message::Other(slac::Other { kind: MmType(kind), oui: None, entry });
        let frame = Frame::new(samples::CAR, samples::EVSE, message);
        prop_assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    }
}
