//! The meter, and the receipts for what it says; and what a pause needs (DIN, -2).

use super::exchange::{Exchange, Seen};
use super::rule::{DIN_ISO2, ISO2, Kind, Rule};
use super::session::Session;
use super::verdict::Ledger;
use crate::Protocol;

const V: Kind = Kind::Value;

static ID: Rule = Rule::station("METER-ID", V, DIN_ISO2, "the MeterID stays the same in the session", "MeterInfo");
static READING: Rule =
    Rule::station("METER-READING", V, DIN_ISO2, "the reading of the meter does not fall", "MeterInfo with a reading");
static ASKED: Rule = Rule::car(
    "I2-RECEIPT-ASKED",
    Kind::Sequence,
    ISO2,
    "the car gives a receipt when the station asked for one",
    "MeteringReceiptReq",
);
static GIVEN: Rule =
    Rule::car("I2-RECEIPT-GIVEN", Kind::Sequence, ISO2, "a receipt that was asked for comes next", "ReceiptRequired");
static CONTRACT: Rule =
    Rule::station("I2-RECEIPT-CONTRACT", V, ISO2, "receipts are asked for with a contract only", "ReceiptRequired");
static SAME: Rule = Rule::car(
    "I2-RECEIPT-SAME",
    V,
    ISO2,
    "the receipt is for the meter and the session it was asked for",
    "MeteringReceiptReq after ReceiptRequired",
);
static PAUSE: Rule = Rule::car(
    "I2-PAUSE",
    Kind::Session,
    ISO2,
    "the session is paused after PowerDelivery(Stop) only",
    "SessionStopReq(Pause)",
);

pub(super) static RULES: &[&Rule] = &[&ID, &READING, &ASKED, &GIVEN, &CONTRACT, &SAME, &PAUSE];

/// The meter so far.
#[derive(Default)]
pub(super) struct Meter {
    id: Option<(u64, String)>,
    reading: Option<(u64, i128)>,
    /// The response that asked for a receipt.
    required: Option<u64>,
}

impl Meter {
    pub(super) fn request(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        if session.protocol != Some(Protocol::Iso2) {
            return;
        }
        let is_receipt = seen.exchange == Exchange::MeteringReceipt;
        let required = self.required.take();
        if let Some(packet) = required {
            ledger.check(&GIVEN, is_receipt, &[packet, seen.packet], || {
                format!("{} after a receipt was asked for: expected MeteringReceiptReq", seen.name)
            });
        }
        if is_receipt {
            // The response that asked for it may be missing.
            if session.answered.is_some() {
                ledger.check(&ASKED, required.is_some(), &[seen.packet], || {
                    "MeteringReceiptReq that nobody asked for".to_owned()
                });
            }
            if let Some((packet, id)) = &self.id {
                let (meter, of) = (seen.text("MeterInfo/MeterID"), seen.text("SessionID"));
                let same = meter == Some(id) && of == seen.message.session();
                ledger.check(&SAME, same, &[*packet, seen.packet], || {
                    format!(
                        "a receipt for meter {:?}, session {}: expected {id:?}, {}",
                        meter.unwrap_or_default(),
                        of.unwrap_or_default(),
                        seen.message.session().unwrap_or_default()
                    )
                });
            }
        }
        if seen.exchange == Exchange::SessionStop
            && seen.text("ChargingSession") == Some("Pause")
            && let Some(may) = session.may_pause()
        {
            ledger.check(&PAUSE, may, &[seen.packet], || {
                "SessionStop(Pause) without PowerDelivery(Stop) before".to_owned()
            });
        }
    }

    pub(super) fn response(&mut self, ledger: &mut Ledger, session: &Session, seen: &Seen<'_>) {
        if seen.is_failed() {
            return;
        }
        let packets = [seen.packet];
        if let Some(id) = seen.text("MeterInfo/MeterID") {
            let (before, first) = self.id.get_or_insert_with(|| (seen.packet, id.to_owned()));
            ledger.check(&ID, first == id, &[*before, seen.packet], || format!("meter {id:?}: expected {first:?}"));
        }
        // A whole number of Wh in -2, a PhysicalValue in DIN; only compared with itself.
        let path = "MeterInfo/MeterReading";
        if let Some(reading) = seen.whole(path).or_else(|| seen.milli(path).map(Into::into)) {
            let (before, highest) = self.reading.unwrap_or((seen.packet, reading));
            ledger.check(&READING, reading >= highest, &[before, seen.packet], || {
                format!("the reading fell from {highest} to {reading}")
            });
            self.reading = Some((seen.packet, reading));
        }
        if session.protocol == Some(Protocol::Iso2) && seen.flag("ReceiptRequired") == Some(true) {
            ledger.check(&CONTRACT, session.contract, &packets, || {
                "a receipt is asked for without a contract".to_owned()
            });
            self.required = Some(seen.packet);
        }
    }
}
