//! Who is the modem, and is it alive?

use std::time::Duration;

use hardware::{ErrorKind, HardwareError, LinkError, MacAddress, PlcLink};
use slac::modem::{QCA, VendorMessage};
use slac::{Frame, LOCAL_MODEM, Message};
use tokio::time::{Instant, timeout, timeout_at};

/// A modem answers within milliseconds; a question that is lost is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// A modem that answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModemState {
    /// Its own address.
    pub address: MacAddress,
    /// The software it runs, in its vendor's words.
    pub version: String,
    /// Another modem, a car's, has joined; `None` when it does not tell.
    pub linked: Option<bool>,
}

/// Asks the modem at the other end of the link for its software, and for its link. Other frames that arrive meanwhile are
/// lost: ask before a session, not in it.
///
/// # Errors
/// Those of the link; [`ErrorKind::TimedOut`] when no modem says its software within `limit`.
pub async fn probe_modem<L: PlcLink>(link: &mut L, limit: Duration) -> Result<ModemState, LinkError> {
    let source = link.address().await.map_err(broken)?;
    let ask = |message| Frame::new(LOCAL_MODEM, source.into(), message).encode();
    let deadline = Instant::now() + limit;
    let (address, version) = loop {
        link.send(&ask(QCA.version)).await.map_err(broken)?;
        let until = deadline.min(Instant::now() + AGAIN);
        match timeout_at(until, version(link, source)).await {
            Ok(answer) => break answer?,
            Err(_) if Instant::now() < deadline => {}
            Err(_) => {
                let what = format!("no modem said its software (VS_SW_VER) within {limit:?}");
                return Err(LinkError::new(ErrorKind::TimedOut, "PLC modem", what));
            }
        }
    };
    link.send(&ask(QCA.link_status)).await.map_err(broken)?;
    let linked = match timeout(AGAIN, link_status(link, source)).await {
        Ok(linked) => Some(linked?),
        Err(_) => None,
    };
    Ok(ModemState { address, version, linked })
}

async fn version<L: PlcLink>(link: &mut L, own: MacAddress) -> Result<(MacAddress, String), LinkError> {
    loop {
        let (source, message) = next(link, own).await?;
        if let Some(software) = message.software() {
            return Ok((source, software));
        }
    }
}

async fn link_status<L: PlcLink>(link: &mut L, own: MacAddress) -> Result<bool, LinkError> {
    loop {
        if let Some(linked) = next(link, own).await?.1.link() {
            return Ok(linked);
        }
    }
}

/// The next message of a modem for us, and the modem's address.
async fn next<L: PlcLink>(link: &mut L, own: MacAddress) -> Result<(MacAddress, VendorMessage), LinkError> {
    loop {
        match Frame::decode(&link.receive().await.map_err(broken)?) {
            Ok(Frame { destination, source, message: Message::Vendor(message), .. }) if destination.0 == own => {
                return Ok((source.0, message));
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// An error of whatever link this is.
fn broken(error: impl HardwareError) -> LinkError {
    LinkError::new(error.kind(), "PLC modem", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use devices::MessageDevice;
    use devices::plc_modem::{ModemFault, PlcModem};
    use slac::{BROADCAST, RunId, SlacParmReq};
    use std::future::pending;

    const HOST: MacAddress = [0x02, 0, 0, 0, 0, 0x0a];

    /// A link to a modem, with other traffic on it.
    struct Cable(PlcModem, u32);

    impl PlcLink for Cable {
        type Error = LinkError;

        async fn address(&mut self) -> Result<MacAddress, LinkError> {
            Ok(HOST)
        }

        async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
            self.0.receive(units::Instant::ZERO, frame);
            self.1 = 0;
            Ok(())
        }

        async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
            self.1 += 1;
            match self.1 {
                1 => Ok(vec![0; 60]),
                2 => {
                    let request = Message::SlacParmReq(SlacParmReq::new(RunId([1; 8])));
                    Ok(Frame::new(BROADCAST, HOST.into(), request).encode())
                }
                _ => match self.0.transmit(units::Instant::ZERO) {
                    Some(frame) => Ok(frame),
                    None => pending().await,
                },
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_modem_says_who_it_is_and_whether_a_car_is_there() {
        let modem = PlcModem::new([0x02, 0, 0, 0, 0, 0x0b], "MAC-TEST-1");
        modem.set_linked(true);
        let state = ModemState { address: [0x02, 0, 0, 0, 0, 0x0b], version: "MAC-TEST-1".into(), linked: Some(true) };
        assert_eq!(probe_modem(&mut Cable(modem, 0), Duration::from_secs(1)).await, Ok(state));
    }

    #[tokio::test(start_paused = true)]
    async fn a_modem_that_hangs_is_told_in_time_and_one_that_wakes_is_asked_again() {
        let modem = PlcModem::default();
        modem.set_fault(ModemFault::Mute);
        let start = Instant::now();
        let error = probe_modem(&mut Cable(modem.clone(), 0), Duration::from_secs(1)).await.expect_err("it hangs");
        assert_eq!((error.kind, start.elapsed()), (ErrorKind::TimedOut, Duration::from_secs(1)));
        let wake = async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            modem.set_fault(ModemFault::None);
        };
        let mut cable = Cable(modem.clone(), 0);
        let (state, ()) = tokio::join!(probe_modem(&mut cable, Duration::from_secs(1)), wake);
        assert_eq!(state.map(|state| state.linked), Ok(Some(false)));
    }
}
