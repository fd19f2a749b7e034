//! Requests and responses, whatever carries them.

use super::{Exception, Table};

/// The most registers one request may read.
pub const MAX_READ: u16 = 125;
/// The most registers one request may write.
pub const MAX_WRITE: u16 = 123;

const READ_HOLDING: u8 = 3;
const READ_INPUT: u8 = 4;
const WRITE_SINGLE: u8 = 6;
const WRITE_MULTIPLE: u8 = 16;
/// Set in the function of a response that refuses.
const REFUSED: u8 = 0x80;

/// What a client asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// Functions 3 and 4.
    Read {
        /// From which table.
        table: Table,
        /// The first register, counted from 0.
        address: u16,
        /// How many, 1 to [`MAX_READ`].
        count: u16,
    },
    /// Function 6.
    WriteSingle {
        /// The register, counted from 0.
        address: u16,
        /// What it is to hold.
        value: u16,
    },
    /// Function 16.
    WriteMultiple {
        /// The first register, counted from 0.
        address: u16,
        /// What they are to hold, 1 to [`MAX_WRITE`] of them.
        values: Vec<u16>,
    },
}

/// A request that a server refuses without looking at its registers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("function {function}: {exception}")]
pub struct BadRequest {
    /// As it was asked for.
    pub function: u8,
    /// Why it is refused.
    pub exception: Exception,
}

impl From<BadRequest> for Response {
    fn from(bad: BadRequest) -> Self {
        Self::Exception { function: bad.function, exception: bad.exception }
    }
}

impl Request {
    /// The function code.
    #[must_use]
    pub const fn function(&self) -> u8 {
        match self {
            Self::Read { table: Table::Holding, .. } => READ_HOLDING,
            Self::Read { table: Table::Input, .. } => READ_INPUT,
            Self::WriteSingle { .. } => WRITE_SINGLE,
            Self::WriteMultiple { .. } => WRITE_MULTIPLE,
        }
    }

    /// The PDU of this request. More values than [`MAX_WRITE`] are cut off: they have no place in a frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut pdu = vec![self.function()];
        match self {
            Self::Read { address, count, .. } => {
                pdu.extend(address.to_be_bytes());
                pdu.extend(count.to_be_bytes());
            }
            Self::WriteSingle { address, value } => {
                pdu.extend(address.to_be_bytes());
                pdu.extend(value.to_be_bytes());
            }
            Self::WriteMultiple { address, values } => {
                let values = &values[..values.len().min(usize::from(MAX_WRITE))];
                pdu.extend(address.to_be_bytes());
                pdu.extend((values.len() as u16).to_be_bytes());
                pdu.push((values.len() * 2) as u8);
                pdu.extend(values.iter().flat_map(|value| value.to_be_bytes()));
            }
        }
        pdu
    }

    /// Reads the PDU of a request.
    ///
    /// # Errors
    /// What a server answers to it: an unknown function, a count out of range, or a length that does not fit.
    pub fn decode(pdu: &[u8]) -> Result<Self, BadRequest> {
        let function = pdu.first().copied().unwrap_or_default();
        let bad = |exception| BadRequest { function, exception };
        let short = bad(Exception::IllegalDataValue);
        match (function, pdu.get(1..).unwrap_or_default()) {
            (READ_HOLDING | READ_INPUT, &[a, b, c, d]) => {
                let table = if function == READ_HOLDING { Table::Holding } else { Table::Input };
                let (address, count) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                if (1..=MAX_READ).contains(&count) { Ok(Self::Read { table, address, count }) } else { Err(short) }
            }
            (WRITE_SINGLE, &[a, b, c, d]) => {
                Ok(Self::WriteSingle { address: u16::from_be_bytes([a, b]), value: u16::from_be_bytes([c, d]) })
            }
            (WRITE_MULTIPLE, &[a, b, c, d, bytes, ref data @ ..]) => {
                let count = u16::from_be_bytes([c, d]);
                let fits = (1..=MAX_WRITE).contains(&count)
                    && usize::from(bytes) == usize::from(count) * 2
                    && data.len() == usize::from(bytes);
                let address = u16::from_be_bytes([a, b]);
                if fits { Ok(Self::WriteMultiple { address, values: words(data) }) } else { Err(short) }
            }
            (READ_HOLDING | READ_INPUT | WRITE_SINGLE | WRITE_MULTIPLE, _) => Err(short),
            _ => Err(bad(Exception::IllegalFunction)),
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Response {
    /// Functions 3 and 4.
    Read {
        /// From which table.
        table: Table,
        /// What the registers hold.
        values: Vec<u16>,
    },
    /// Function 6: the request, repeated.
    WriteSingle {
        /// The register.
        address: u16,
        /// What it holds now.
        value: u16,
    },
    /// Function 16.
    WriteMultiple {
        /// The first register.
        address: u16,
        /// How many were written.
        count: u16,
    },
    /// It refuses.
    Exception {
        /// As it was asked for.
        function: u8,
        /// Why.
        exception: Exception,
    },
}

/// A response that is none: a length that does not fit, or an unknown function.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no response of Modbus: function {function:#04x}, {length} bytes")]
pub struct BadResponse {
    /// Its first byte.
    pub function: u8,
    /// How long it is.
    pub length: usize,
}

impl Response {
    /// The PDU of this response. More values than [`MAX_READ`] are cut off: they have no place in a frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Read { table, values } => {
                let values = &values[..values.len().min(usize::from(MAX_READ))];
                let function = if *table == Table::Holding { READ_HOLDING } else { READ_INPUT };
                let mut pdu = vec![function, (values.len() * 2) as u8];
                pdu.extend(values.iter().flat_map(|value| value.to_be_bytes()));
                pdu
            }
            Self::WriteSingle { address, value } => pair(WRITE_SINGLE, *address, *value),
            Self::WriteMultiple { address, count } => pair(WRITE_MULTIPLE, *address, *count),
            Self::Exception { function, exception } => vec![function | REFUSED, exception.code()],
        }
    }

    /// Reads the PDU of a response.
    ///
    /// # Errors
    /// It is none.
    pub fn decode(pdu: &[u8]) -> Result<Self, BadResponse> {
        match *pdu {
            [function @ (READ_HOLDING | READ_INPUT), bytes, ref data @ ..]
                if data.len() == usize::from(bytes) && bytes % 2 == 0 =>
            {
                let table = if function == READ_HOLDING { Table::Holding } else { Table::Input };
                Ok(Self::Read { table, values: words(data) })
            }
            [WRITE_SINGLE, a, b, c, d] => {
                Ok(Self::WriteSingle { address: u16::from_be_bytes([a, b]), value: u16::from_be_bytes([c, d]) })
            }
            [WRITE_MULTIPLE, a, b, c, d] => {
                Ok(Self::WriteMultiple { address: u16::from_be_bytes([a, b]), count: u16::from_be_bytes([c, d]) })
            }
            [function, code] if function & REFUSED != 0 => {
                Ok(Self::Exception { function: function & !REFUSED, exception: Exception::from_code(code) })
            }
            _ => Err(BadResponse { function: pdu.first().copied().unwrap_or_default(), length: pdu.len() }),
        }
    }
}

fn pair(function: u8, first: u16, second: u16) -> Vec<u8> {
    let ([a, b], [c, d]) = (first.to_be_bytes(), second.to_be_bytes());
    vec![function, a, b, c, d]
}

fn words(data: &[u8]) -> Vec<u16> {
    data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_and_answered_has_known_bytes() {
        let read = Request::Read { table: Table::Input, address: 1000, count: 4 };
        assert_eq!(read.encode(), [4, 0x03, 0xe8, 0, 4]);
        let write = Request::WriteMultiple { address: 8005, values: vec![0x5445] };
        assert_eq!(write.encode(), [16, 0x1f, 0x45, 0, 1, 2, 0x54, 0x45]);
        let answer = Response::Read { table: Table::Holding, values: vec![0x447a, 0] };
        assert_eq!(answer.encode(), [3, 4, 0x44, 0x7a, 0, 0]);
        let refusal = Response::Exception { function: 3, exception: Exception::IllegalDataAddress };
        assert_eq!(refusal.encode(), [0x83, 2]);
    }

    #[test]
    fn a_bad_request_is_refused_with_its_reason() {
        let refused = |pdu: &[u8]| Response::from(Request::decode(pdu).expect_err("it is bad")).encode();
        assert_eq!(refused(&[5, 0, 0, 0xff, 0]), [0x85, 1]);
        assert_eq!(refused(&[3, 0, 0, 0, 0]), [0x83, 3], "none");
        assert_eq!(refused(&[3, 0, 0, 0, 126]), [0x83, 3], "too many");
        assert_eq!(refused(&[16, 0, 0, 0, 2, 4, 0, 1]), [0x90, 3], "one of two");
    }

    fn requests() -> impl Strategy<Value = Request> {
        let table = prop_oneof![Just(Table::Holding), Just(Table::Input)];
        prop_oneof![
            (table, any::<u16>(), 1..=MAX_READ).prop_map(|(table, address, count)| Request::Read {
                table,
                address,
                count
            }),
            (any::<u16>(), any::<u16>()).prop_map(|(address, value)| Request::WriteSingle { address, value }),
            (any::<u16>(), prop::collection::vec(any::<u16>(), 1..=usize::from(MAX_WRITE)))
                .prop_map(|(address, values)| Request::WriteMultiple { address, values }),
        ]
    }

    proptest! {
        #[test]
        fn a_request_survives_the_wire(request in requests()) {
            prop_assert_eq!(Request::decode(&request.encode()), Ok(request));
        }

        #[test]
        fn any_bytes_are_read_or_refused(pdu in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(request) = Request::decode(&pdu) {
                prop_assert_eq!(request.encode(), pdu.clone());
            }
            if let Ok(response) = Response::decode(&pdu) {
                prop_assert!(response.encode().len() <= pdu.len());
            }
        }
    }
}
