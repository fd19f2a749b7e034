//! What the reception is told.

use hardware::Token;
use session::Vacancy;
use session::words::IdToken;

use crate::bus::calls;

calls! {
    /// What the reception is told.
    pub(crate) ReceptionCall to Reception {
        /// The CSMS starts somebody and names no EVSE; the request has that ticket.
        "reception.start" => Start { ticket: u64, token: IdToken, group: Option<IdToken>, remote_start_id: i32 },
        /// How the EVSE stands.
        "reception.stands" routine => Stands(Vacancy),
        /// A token was presented to the reader of the station.
        "reception.token" => Token(Token),
    }
}
