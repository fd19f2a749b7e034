//! A board on a serial line: messages in frames.

use board_link::{LinkedBoard, SerialLink};
use hardware::LinkError;

use crate::options::Options;
use crate::{Endpoint, EndpointError, Line, LineParity, LineSettings, Open};

/// A power board on a serial line.
pub type UartBoard = LinkedBoard<SerialLink<Line>>;

/// How such boards are wired.
const LINE: LineSettings = LineSettings::new(115_200, 8, LineParity::None);

impl Open for UartBoard {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let (line, tethered) = settings(endpoint)?;
        let stream = line.open(endpoint.target())?;
        Ok(Self::new(SerialLink::new(endpoint.to_string(), stream), tethered))
    }
}

/// How its line is, and whether the cable is fixed.
fn settings(endpoint: &Endpoint) -> Result<(LineSettings, bool), EndpointError> {
    let mut options = Options::of(endpoint);
    options.path("/dev/ttyS1");
    let line = LineSettings::by_speed(&mut options, LINE);
    let tethered = options.flag("tethered");
    options.end()?;
    Ok((line, tethered))
}
