//! A recorded request for another station: with the numbers that this one has given.

use exi::{Facets, Tree};
use iso15118::set_of;
use iso15118::v2gtp::Frame;
use iso15118::wire::{Difference, SeenMessage};

use crate::recorded::Session;

/// The schedule and the service of charging of our charger.
const OURS: i128 = 1;

/// What the recorded station called its things, and how ours calls the session.
#[derive(Default)]
pub(crate) struct Ids {
    session: Option<u64>,
    service: Option<i128>,
    schedules: Vec<i128>,
    /// The number of our session, hexadecimal.
    pub(crate) ours: Option<String>,
}

/// A session's number however many octets it is written with.
fn number(session: &str) -> Option<u64> {
    u64::from_str_radix(session, 16).ok()
}

impl Ids {
    /// What the recorded station called its things.
    pub(crate) fn of(session: &Session) -> Self {
        let setup = session.responses("SessionSetupRes").next();
        let service = session.responses("ServiceDiscoveryRes").next().and_then(|response| {
            response.at("ChargeService/ServiceID").or_else(|| response.at("ChargeService/ServiceTag/ServiceID"))
        });
        let tuples = session.responses("ChargeParameterDiscoveryRes").filter_map(|response| {
            match response.at("SAScheduleList/SAScheduleTuple") {
                Some(Tree::List(tuples)) => Some(tuples),
                _ => None,
            }
        });
        let schedules = tuples.flatten().filter_map(|tuple| tuple.get("SAScheduleTupleID")?.as_whole()).collect();
        Self {
            session: setup.and_then(SeenMessage::session).and_then(number),
            service: service.and_then(Tree::as_whole),
            schedules,
            ours: None,
        }
    }

    /// The octets of a request, for our charger.
    pub(crate) fn rewritten(&self, request: &SeenMessage) -> Vec<u8> {
        let mut payload = request.payload.clone();
        if let (Some(ours), Ok(tree)) = (&self.ours, &request.content) {
            let mut tree = tree.clone();
            self.rewrite(&mut tree, ours);
            let set = set_of(request.protocol, request.payload_type).expect("it was read");
            payload.clear();
            exi::tree_to_document(set, &tree, Facets::Off, &mut payload).expect("it was read");
            if let Some(Difference::ZeroOctets(count)) = request.difference() {
                payload.extend(std::iter::repeat_n(0, count));
            }
        }
        Frame { payload_type: request.payload_type, payload }.encode()
    }

    fn rewrite(&self, tree: &mut Tree, ours: &str) {
        if let Some(session) = tree.at_mut("V2G_Message/Header/SessionID")
            && session.as_text().and_then(number) == self.session
        {
            *session = Tree::Text(ours.to_owned());
        }
        let body = "V2G_Message/Body";
        for path in [
            "ServicePaymentSelectionReq/SelectedServiceList/SelectedService/0/ServiceID",
            "PaymentServiceSelectionReq/SelectedServiceList/SelectedService/0/ServiceID",
        ] {
            if let Some(service) = tree.at_mut(&format!("{body}/{path}"))
                && service.as_whole() == self.service
            {
                *service = Tree::Whole(OURS);
            }
        }
        for path in [
            "PowerDeliveryReq/SAScheduleTupleID",
            "PowerDeliveryReq/ChargingProfile/SAScheduleTupleID",
            "MeteringReceiptReq/SAScheduleTupleID",
        ] {
            if let Some(schedule) = tree.at_mut(&format!("{body}/{path}"))
                && schedule.as_whole().is_some_and(|id| self.schedules.contains(&id))
            {
                *schedule = Tree::Whole(OURS);
            }
        }
    }
}
