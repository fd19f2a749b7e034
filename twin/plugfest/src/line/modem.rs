//! `plugfest modem`: which modem is at an interface. It is asked in the words of each family; the one that is meant answers.

use std::time::Duration;

use features::print;
use hardware::{LinkError, MacAddress, PlcLink};
use hil::Open as _;
use hil::plc::PacketLink;
use slac::modem::{FAMILIES, ModemFamily, VendorMessage};
use slac::{Frame, LOCAL_MODEM, MacAddress as Address, Message};
use tokio::time::timeout;

use super::options::ModemOptions;
use super::runtime::{endpoint, runtime};

/// A modem answers within milliseconds; a question that is lost is asked again.
const AGAIN: Duration = Duration::from_millis(250);
/// A modem that starts needs a moment: two seconds.
const QUESTIONS: u32 = 8;

/// A modem that answered.
struct Found {
    address: Address,
    family: &'static ModemFamily,
    software: String,
    /// `None`: it did not say.
    linked: Option<bool>,
}

/// Looks for the modem; answers the exit code.
pub(crate) fn modem(options: &ModemOptions) -> i32 {
    let found = runtime().and_then(|runtime| {
        let endpoint = endpoint("packet", &options.interface)?;
        runtime.block_on(async {
            let mut link = PacketLink::open(&endpoint).await.map_err(|error| error.to_string())?;
            find(&mut link).await.map_err(|error| error.to_string())
        })
    });
    match found {
        Err(why) => {
            print::complain(format_args!("{why}"));
            2
        }
        Ok(None) => {
            let names: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
            print::line(format_args!("{}: no modem answers (asked as {})", options.interface, names.join(", ")));
            1
        }
        Ok(Some(Found { address, family, software, linked })) => {
            let linked = match linked {
                Some(true) => "yes, another modem is in its network",
                Some(false) => "no",
                None => "it does not say",
            };
            let seen =
                if family.seen { "" } else { " (of this family none was seen by us; its answers may be misread)" };
            print::line(format_args!(
                "address   {address}\nfamily    {}{seen}\nsoftware  {software}\nlinked    {linked}",
                family.name
            ));
            0
        }
    }
}

async fn find<L: PlcLink<Error = LinkError>>(link: &mut L) -> Result<Option<Found>, LinkError> {
    let host = link.address().await?;
    let ask = |message: &VendorMessage| Frame::new(LOCAL_MODEM, host.into(), Message::Vendor(message.clone())).encode();
    let mut left = QUESTIONS;
    let (address, family, software) = loop {
        if left == 0 {
            return Ok(None);
        }
        left -= 1;
        for family in &FAMILIES {
            link.send(&ask(&family.version)).await?;
        }
        let answer = async {
            loop {
                let (source, message) = heard(link, host).await?;
                if let Some(software) = message.software() {
                    return Ok::<_, LinkError>((source, message.family(), software));
                }
            }
        };
        if let Ok(answer) = timeout(AGAIN, answer).await {
            break answer?;
        }
    };
    link.send(&ask(&family.link_status)).await?;
    let link_status = async {
        loop {
            let (source, message) = heard(link, host).await?;
            if let Some(linked) = message.link().filter(|_| source == address) {
                return Ok::<_, LinkError>(linked);
            }
        }
    };
    let linked = match timeout(AGAIN, link_status).await {
        Ok(linked) => Some(linked?),
        Err(_) => None,
    };
    Ok(Some(Found { address, family, software, linked }))
}

/// The next message of a modem for this host.
async fn heard<L: PlcLink<Error = LinkError>>(
    link: &mut L,
    host: MacAddress,
) -> Result<(Address, VendorMessage), LinkError> {
    loop {
        // What cannot be read, and what is said between others, is passed over.
        if let Ok(Frame { destination, source, message: Message::Vendor(message), .. }) =
            Frame::decode(&link.receive().await?)
            && destination.0 == host
        {
            return Ok((source, message));
        }
    }
}
