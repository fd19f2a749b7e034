//! Raw frames of the wires, as events.
//!
//! An event `wire/frame` has these fields:
//!
//! | field | meaning |
//! |---|---|
//! | `bus` | which wire: `can0`, `uart`, `plc`, `i2c`, `rpmsg`, ...; its beginning tells what kind it is |
//! | `dir` | `in` to the charger, `out` from it |
//! | `hex` | the bytes |
//! | `id` | of a CAN frame, in hexadecimal: 3 digits standard, 8 digits extended |
//! | `fd` | of a CAN FD frame: its flags, 0 to 15; left out for a classic one |
//!
//! An event `tls/secret` has `line`: one line of a TLS key log, with which a capture can be read.

use std::fmt::Write as _;

use event_log::Event;
use serde_json::{Value, json};

/// Which way a frame went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// To the charger.
    In,
    /// From the charger.
    Out,
}

impl Direction {
    /// As events and logs name it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// The kind of a wire: which file its frames go to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wire {
    /// `can.log`
    Can,
    /// `plc.pcapng`
    Plc,
    /// `uart.log`
    Uart,
    /// `wire.log`: I2C, rpmsg and whatever else there is.
    Other,
}

/// One frame on a wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// Which wire.
    pub bus: String,
    /// Which way.
    pub direction: Direction,
    /// The bytes: of CAN the data, of the modem a whole Ethernet frame.
    pub bytes: Vec<u8>,
    /// Of CAN: the identifier, and whether it is an extended one.
    pub id: Option<(u32, bool)>,
    /// Of CAN FD: the flags.
    pub fd: Option<u8>,
}

impl Frame {
    /// No frame of any wire is longer.
    pub const LONGEST: usize = 65_536;

    /// A frame of a wire that has no identifiers.
    #[must_use]
    pub fn new(bus: impl Into<String>, direction: Direction, bytes: impl Into<Vec<u8>>) -> Self {
        Self { bus: bus.into(), direction, bytes: bytes.into(), id: None, fd: None }
    }

    /// A CAN frame.
    #[must_use]
    pub fn can(
        bus: impl Into<String>,
        direction: Direction,
        id: u32,
        extended: bool,
        data: impl Into<Vec<u8>>,
    ) -> Self {
        Self { id: Some((id, extended)), ..Self::new(bus, direction, data) }
    }

    /// The frame of an event; nothing for an event of another kind.
    ///
    /// # Errors
    /// It is a frame that cannot be read, and why.
    pub fn of(event: &Event) -> Option<Result<Self, String>> {
        event.is("wire", "frame").then(|| Self::parse(event))
    }

    fn parse(event: &Event) -> Result<Self, String> {
        let bus: String = event.text("bus").chars().filter(char::is_ascii_graphic).take(15).collect();
        if bus.is_empty() {
            return Err("bus: expected the name of a wire".into());
        }
        let direction = match event.text("dir") {
            "in" => Direction::In,
            "out" => Direction::Out,
            other => return Err(format!("dir: expected in or out, got {other:?}")),
        };
        let bytes = from_hex(event.text("hex"))?;
        let id = match event.data.get("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let id = u32::from_str_radix(text, 16).ok().filter(|id| *id < 1 << 29);
                let id = id.ok_or_else(|| format!("id: expected up to 8 hexadecimal digits, got {text:?}"))?;
                Some((id, text.len() > 3 || id > 0x7FF))
            }
            Some(other) => return Err(format!("id: expected hexadecimal digits as a text, got {other}")),
        };
        let fd = match event.data.get("fd") {
            None | Some(Value::Null) => None,
            Some(flags) => {
                let flags = flags.as_u64().and_then(|flags| u8::try_from(flags).ok()).filter(|flags| *flags < 16);
                Some(flags.ok_or("fd: expected the flags, from 0 to 15")?)
            }
        };
        Ok(Self { bus, direction, bytes, id, fd })
    }

    /// The data of its event.
    #[must_use]
    pub fn data(&self) -> Value {
        let mut data = json!({ "bus": self.bus, "dir": self.direction.word(), "hex": hex(&self.bytes, "") });
        if let Some((id, extended)) = self.id {
            data["id"] = id_text(id, extended).into();
        }
        if let Some(flags) = self.fd {
            data["fd"] = flags.into();
        }
        data
    }

    /// The kind of its wire.
    #[must_use]
    pub fn wire(&self) -> Wire {
        let begins = |names: &[&str]| names.iter().any(|name| self.bus.starts_with(name));
        if begins(&["can", "vcan", "vxcan", "slcan"]) {
            Wire::Can
        } else if begins(&["plc", "eth", "vec"]) {
            Wire::Plc
        } else if begins(&["uart", "tty", "rs485", "modbus", "tic"]) {
            Wire::Uart
        } else {
            Wire::Other
        }
    }
}

/// A CAN identifier as candump writes it.
pub(super) fn id_text(id: u32, extended: bool) -> String {
    if extended { format!("{id:08X}") } else { format!("{id:03X}") }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8], between: &str) -> String {
    let mut out = String::with_capacity(bytes.len() * (2 + between.len()));
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02X}");
    }
    out
}

fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>().unwrap_or_default();
    if digits.len() != text.len() || digits.len() % 2 == 1 {
        return Err("hex: expected pairs of hexadecimal digits".into());
    }
    if digits.len() > Frame::LONGEST * 2 {
        return Err(format!("hex: expected at most {} bytes", Frame::LONGEST));
    }
    Ok(digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_log::Log;
    use proptest::prelude::*;

    fn event(data: Value) -> Event {
        let log = Log::memory();
        log.record("wire", "frame", data);
        log.snapshot().remove(0)
    }

    #[test]
    fn a_frame_becomes_an_event_and_comes_back() {
        let set = Frame::can("can0", Direction::Out, 0x029C_00F0, true, [0, 6, 0x1A, 0x80, 0, 1, 0x86, 0xA0]);
        assert_eq!(set.data(), json!({ "bus": "can0", "dir": "out", "hex": "00061A80000186A0", "id": "029C00F0" }));
        assert_eq!(Frame::of(&event(set.data())), Some(Ok(set)));
        let short = Frame::of(&event(json!({ "bus": "can0", "dir": "in", "hex": "", "id": "7FF" })));
        assert_eq!(short, Some(Ok(Frame::can("can0", Direction::In, 0x7FF, false, []))));
        let log = Log::memory();
        log.record("cp", "state", json!({ "state": "B2" }));
        assert_eq!(Frame::of(&log.snapshot()[0]), None);
    }

    #[test]
    fn what_is_no_frame_is_told_with_what_was_expected() {
        let wrong = |data: Value| Frame::of(&event(data)).expect("of this kind").expect_err("no frame");
        assert_eq!(wrong(json!({})), "bus: expected the name of a wire");
        assert_eq!(wrong(json!({ "bus": "uart" })), "dir: expected in or out, got \"\"");
        let with = |field: &str, value: Value| {
            let mut data = json!({ "bus": "can0", "dir": "in", "hex": "00" });
            data[field] = value;
            wrong(data)
        };
        assert_eq!(with("hex", "0".into()), "hex: expected pairs of hexadecimal digits");
        assert_eq!(with("hex", "0ü".into()), "hex: expected pairs of hexadecimal digits");
        assert_eq!(with("hex", "00".repeat(65_537).into()), "hex: expected at most 65536 bytes");
        assert_eq!(with("id", "20000000".into()), "id: expected up to 8 hexadecimal digits, got \"20000000\"");
        assert_eq!(with("id", 5.into()), "id: expected hexadecimal digits as a text, got 5");
        assert_eq!(with("fd", 16.into()), "fd: expected the flags, from 0 to 15");
    }

    #[test]
    fn a_wire_is_known_by_the_beginning_of_its_name() {
        let kind = |bus: &str| Frame::new(bus, Direction::In, []).wire();
        assert_eq!([kind("can0"), kind("vcan1")], [Wire::Can; 2]);
        assert_eq!([kind("plc"), kind("eth2")], [Wire::Plc; 2]);
        assert_eq!([kind("uart"), kind("ttyUSB0"), kind("modbus")], [Wire::Uart; 3]);
        assert_eq!([kind("i2c-0"), kind("rpmsg")], [Wire::Other; 2]);
    }

    proptest! {
        #[test]
        fn any_frame_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..64), id in proptest::option::of(0_u32..1 << 29),
                                fd in proptest::option::of(0_u8..16)) {
            let id = id.map(|id| (id, true));
            let frame = Frame { id, fd, ..Frame::new("can0", Direction::In, bytes) };
            prop_assert_eq!(Frame::of(&event(frame.data())), Some(Ok(frame)));
        }

        #[test]
        fn no_text_upsets_the_reader(bus in ".*", dir in ".*", hex in ".*", id in ".*") {
            let _ = Frame::of(&event(json!({ "bus": bus, "dir": dir, "hex": hex, "id": id })));
        }
    }
}
