//! Card readers.
//!
//! | endpoint | reader |
//! |---|---|
//! | `pn532:i2c:/dev/i2c-0@0x24?poll_ms=150` | a PN532 on an I2C bus |
//! | `pn532:/dev/ttyS1?115200&poll_ms=150` | a PN532 on a serial line |
//! | `pcsc:ACR122` | the first reader of PC/SC whose name contains the text; needs the feature `pcsc` |
//!
//! Each gives a card once for every time it is held against the reader: it has to be away for two looks before it counts again.

#[cfg(feature = "pcsc")]
mod pcsc;
mod pn532;
mod pn532_i2c;
mod pn532_uart;
mod presence;

use hardware::{LinkError, Token, TokenReader};

#[cfg(feature = "pcsc")]
pub use pcsc::PcscReader;
pub use pn532::{Carrier, Pn532};
pub use pn532_i2c::I2cCarrier;
pub use pn532_uart::UartCarrier;

use crate::{Endpoint, EndpointError, Open};

/// A PN532 on an I2C bus.
pub type Pn532I2c = Pn532<I2cCarrier>;

/// A PN532 on a serial line.
pub type Pn532Uart = Pn532<UartCarrier<crate::Line>>;

/// A reader of any kind, by the scheme of its endpoint.
pub enum AnyReader {
    /// `pn532:i2c:...`
    Pn532I2c(Pn532I2c),
    /// `pn532:/dev/...`
    Pn532Uart(Pn532Uart),
    /// `pcsc:...`
    #[cfg(feature = "pcsc")]
    Pcsc(PcscReader),
}

impl Open for AnyReader {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        match (endpoint.scheme(), endpoint.target().strip_prefix("i2c:")) {
            ("pn532", Some(_)) => Pn532I2c::check(endpoint),
            ("pn532", None) => Pn532Uart::check(endpoint),
            #[cfg(feature = "pcsc")]
            ("pcsc", _) => PcscReader::check(endpoint),
            #[cfg(not(feature = "pcsc"))]
            ("pcsc", _) => Err(endpoint.wrong("this program was built without card readers over PC/SC (feature pcsc)")),
            _ => Err(endpoint.wrong("expected a card reader: pn532:i2c:PATH@ADDRESS, pn532:PATH or pcsc:NAME")),
        }
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Self::check(endpoint)?;
        match (endpoint.scheme(), endpoint.target().strip_prefix("i2c:")) {
            #[cfg(feature = "pcsc")]
            ("pcsc", _) => Ok(Self::Pcsc(PcscReader::open(endpoint).await?)),
            (_, Some(_)) => Ok(Self::Pn532I2c(Pn532I2c::open(endpoint).await?)),
            (_, None) => Ok(Self::Pn532Uart(Pn532Uart::open(endpoint).await?)),
        }
    }
}

impl TokenReader for AnyReader {
    type Error = LinkError;

    async fn next_token(&mut self) -> Result<Token, LinkError> {
        match self {
            Self::Pn532I2c(reader) => reader.next_token().await,
            Self::Pn532Uart(reader) => reader.next_token().await,
            #[cfg(feature = "pcsc")]
            Self::Pcsc(reader) => reader.next_token().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hardware::ErrorKind;

    async fn refused(text: &str) -> LinkError {
        let opened = AnyReader::open(&text.parse().expect("an endpoint")).await;
        opened.map(drop).expect_err("nothing to open")
    }

    #[tokio::test]
    async fn what_cannot_be_opened_says_why() {
        for text in
            ["pn532:i2c:/dev/i2c-0", "pn532:/dev/ttyS1?speed=3", "pn532:/dev/ttyS1?9600&115200", "i2c:/dev/i2c-0@0x24"]
        {
            assert_eq!(refused(text).await.kind, ErrorKind::Refused, "{text}");
        }
        for text in ["pn532:i2c:/nowhere/i2c-0@0x24", "pn532:/nowhere/ttyS1"] {
            assert_eq!(refused(text).await.kind, ErrorKind::Disconnected, "{text}");
        }
    }

    #[cfg(not(feature = "pcsc"))]
    #[tokio::test]
    async fn a_program_without_pcsc_says_so() {
        assert_eq!(
            refused("pcsc:ACR122").await.to_string(),
            "pcsc:ACR122: refused: this program was built without card readers over PC/SC (feature pcsc)"
        );
    }
}
