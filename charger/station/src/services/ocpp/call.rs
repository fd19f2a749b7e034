//! What the link to the CSMS is asked and told.

use session::words::{Answer, ConnectorStatus, IdToken, Problem, ReservationUpdate, TransactionReport};

use crate::bus::calls;

calls! {
    /// What the CSMS is asked and told.
    pub(crate) OcppCall to Ocpp {
        /// Answer the request of the CSMS with that ticket.
        "ocpp.answer" => Answer { ticket: u64, answer: Answer },
        /// Ask about a token; the answer comes back as [`CsmsInput::Authorized`](session::CsmsInput::Authorized) with the ticket.
        "ocpp.authorize" => Authorize { ticket: u64, token: IdToken },
        /// Keep something under that name over a power cut, in order with the reports; `None` forgets it.
        "ocpp.keep" routine => Keep { name: String, value: Option<String> },
        /// Report that a part of the station has a problem, or none any more.
        "ocpp.problem" => Problem(Problem),
        /// Report a transaction.
        "ocpp.report" => Report(Box<TransactionReport>),
        /// Tell what became of a reservation.
        "ocpp.reservation" => Reservation { id: i32, update: ReservationUpdate },
        /// Report the connector's status.
        "ocpp.status" => Status(ConnectorStatus),
    }
}
