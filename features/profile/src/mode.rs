//! By which protocol and with which current a conversation charges.

use iso15118::Protocol;

use crate::notes::Notes;

/// A protocol with a kind of current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Din,
    Iso2Ac,
    Iso2Dc,
}

/// How a conversation was to charge; `None` where it ended before that was known, and in ISO 15118-20.
pub(crate) fn mode(notes: &Notes) -> Option<Mode> {
    let kind = |transfers: &[String], start: &str| {
        !transfers.is_empty() && transfers.iter().all(|transfer| transfer.starts_with(start))
    };
    match notes.protocol? {
        Protocol::Din => Some(Mode::Din),
        // A car that leaves because there is no current for it has not asked for any.
        Protocol::Iso2 => [(&notes.car.transfer, "AC", Mode::Iso2Ac), (&notes.car.transfer, "DC", Mode::Iso2Dc)]
            .into_iter()
            .chain([(&notes.station.transfer, "AC", Mode::Iso2Ac), (&notes.station.transfer, "DC", Mode::Iso2Dc)])
            .find(|(transfers, start, _)| kind(transfers, start))
            .map(|(.., mode)| mode),
        Protocol::Iso20 => None,
    }
}
