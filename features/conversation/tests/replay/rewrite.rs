//! A recorded request for another station: with the numbers that this one has given.

use exi::{Facets, Tree};
use iso15118::set_of;
use iso15118::v2gtp::Frame;
use iso15118::wire::{Difference, SeenMessage, milli};

use crate::recorded::Session;

/// The schedule and the service of charging of our charger.
const OURS: i128 = 1;

/// What the recorded station called its things, and how ours calls the session.
#[derive(Default)]
pub(crate) struct Ids {
    session: Option<u64>,
    service: Option<i128>,
    schedules: Vec<i128>,
    /// The powers of its schedules, in mW.
    powers: Vec<i64>,
    /// The number of our session, hexadecimal.
    ours: Option<String>,
    /// The power of our schedule.
    our_power: Option<Tree>,
}

/// The schedules that a station offers.
fn schedules(response: &SeenMessage) -> &[Tree] {
    match response.at("SAScheduleList/SAScheduleTuple") {
        Some(Tree::List(tuples)) => tuples,
        _ => &[],
    }
}

/// The powers of a schedule, as they are written.
fn powers(tuple: &Tree) -> impl Iterator<Item = &Tree> {
    let entries = match tuple.at("PMaxSchedule/PMaxScheduleEntry") {
        Some(Tree::List(entries)) => &entries[..],
        _ => &[],
    };
    entries.iter().filter_map(|entry| entry.get("PMax"))
}

/// A power in mW: in DIN 70121 it is a number of W.
fn power(tree: &Tree) -> Option<i64> {
    milli(tree).or_else(|| i64::try_from(tree.as_whole()? * 1_000).ok())
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
        let tuples = || session.responses("ChargeParameterDiscoveryRes").flat_map(schedules);
        Self {
            session: setup.and_then(SeenMessage::session).and_then(number),
            service: service.and_then(Tree::as_whole),
            schedules: tuples().filter_map(|tuple| tuple.get("SAScheduleTupleID")?.as_whole()).collect(),
            powers: tuples().flat_map(powers).filter_map(power).collect(),
            ours: None,
            our_power: None,
        }
    }

    /// What our charger calls its things.
    pub(crate) fn learn(&mut self, answer: &SeenMessage) {
        match answer.name() {
            "SessionSetupRes" => self.ours = answer.session().map(str::to_owned),
            "ChargeParameterDiscoveryRes" => {
                let power = schedules(answer).iter().flat_map(powers).next().cloned();
                self.our_power = power.or(self.our_power.take());
            }
            _ => {}
        }
    }

    /// The octets of a request, for our charger.
    pub(crate) fn rewritten(&self, request: &SeenMessage) -> Vec<u8> {
        let mut payload = request.payload.clone();
        if let (Some(ours), Ok(tree)) = (&self.ours, &request.content) {
            let mut tree = Tree::clone(tree);
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
        self.plan(tree);
    }

    /// A car that plans with the power of the recorded schedule plans with that of ours.
    fn plan(&self, tree: &mut Tree) {
        let entries = tree.at_mut("V2G_Message/Body/PowerDeliveryReq/ChargingProfile/ProfileEntry");
        let (Some(ours), Some(Tree::List(entries))) = (&self.our_power, entries) else { return };
        for planned in entries.iter_mut().filter_map(|entry| entry.at_mut("ChargingProfileEntryMaxPower")) {
            if power(planned).is_some_and(|power| self.powers.contains(&power)) {
                *planned = ours.clone();
            }
        }
    }
}
