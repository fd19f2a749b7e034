//! The beginning of a session: SessionSetup, services, payment, authorization (ISO 15118-2 clauses 8.4.3.2 to 8.4.3.7).

use std::time::Duration;

use exi::Hex;

use super::{Answer, Code, Context, Event, Reply, Session, Side, State, Step, Why, failed, is_none, ok, same};
use crate::secc::dialogue::Processing;
use crate::secc::words::Authorization;

/// The service that charges.
const CHARGING: u16 = 1;
/// A car asks again within this time: who decides later than that before the limit decides too late.
pub(super) const ASKS_AGAIN: Duration = Duration::from_secs(2);

pub(super) fn service_detail(cx: &Context<'_>, id: u16) -> Step {
    if id == CHARGING || cx.config.service(id).is_some() {
        ok(Answer::ServiceDetail(id))
    } else {
        failed(Answer::ServiceDetail(id), Code::FailedServiceIdInvalid, Side::Car, Why::Service)
    }
}

impl Session {
    pub(super) fn session_setup(&mut self, _: &mut Context<'_>, header: &[u8], evcc_id: Hex<8>) -> Step {
        self.evcc_id = evcc_id;
        self.state = State::ServiceDiscovery;
        let paused = self.connection.paused.filter(|paused| !is_none(paused) && same(header, *paused));
        let code = if let Some(paused) = paused {
            // [V2G2-740]: the session goes on under its id, and with the whole sequence.
            self.id = paused;
            Code::OkOldSessionJoined
        } else {
            // A new session is never 0, and never the one that was asked for.
            while is_none(&self.id) || same(header, self.id) {
                self.id[7] = self.id[7].wrapping_add(1);
            }
            Code::OkNewSessionEstablished
        };
        Step::Answer(Reply { answer: Answer::SessionSetup, code, end: None })
    }

    pub(super) fn payment_selection(
        &mut self,
        cx: &mut Context<'_>,
        contract: bool,
        services: &[(u16, Option<i16>)],
    ) -> Step {
        let refused = |code, why| failed(Answer::PaymentSelection, code, Side::Car, why);
        if contract {
            return refused(Code::FailedPaymentSelectionInvalid, Why::Payment);
        }
        let offered = |(id, set): &(u16, Option<i16>)| {
            *id == CHARGING
                || cx.config.service(*id).is_some_and(|service| {
                    set.is_none_or(|set| service.parameter_sets.iter().any(|one| one.parameter_set_id == set))
                })
        };
        if !services.iter().all(offered) {
            return refused(Code::FailedServiceSelectionInvalid, Why::Service);
        }
        if !services.iter().any(|(id, _)| *id == CHARGING) {
            return refused(Code::FailedNoChargeServiceSelected, Why::Service);
        }
        for (service_id, parameter_set_id) in services.iter().filter(|(id, _)| *id != CHARGING) {
            cx.tell(Event::ServiceSelected { service_id: *service_id, parameter_set_id: *parameter_set_id });
        }
        self.state = State::Authorization;
        ok(Answer::PaymentSelection)
    }

    pub(super) fn authorization(&mut self, cx: &mut Context<'_>) -> Step {
        let since = match self.state {
            State::Authorization => {
                cx.tell(Event::WantsAuthorization { evcc_id: self.evcc_id });
                cx.now
            }
            State::Authorizing { since } => since,
            // It is done, and some cars ask once more.
            _ => return ok(Answer::Authorization(Processing::Finished)),
        };
        let refused = |why| failed(Answer::Authorization(Processing::Finished), Code::Failed, Side::Station, why);
        match cx.host.authorization {
            _ if cx.host.stop.is_some() => refused(Why::NoEnergy),
            Some(Authorization::Accepted) => {
                self.state = State::Parameters;
                ok(Answer::Authorization(Processing::Finished))
            }
            Some(Authorization::Refused) => refused(Why::Refused),
            None if cx.now.since(since) + ASKS_AGAIN > cx.config.ongoing => refused(Why::NotAuthorized),
            None => {
                self.state = State::Authorizing { since };
                ok(Answer::Authorization(Processing::Ongoing))
            }
        }
    }
}
