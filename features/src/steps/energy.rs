//! Where the energy goes.

use cucumber::then;
use event_log::Data;
use serde_json::Value;
use twin::{Balance, Request, Signal};
use units::EvseId;

use crate::parameters::{Count, Current, Energy, Limiter, Percent, Time, Why};
use crate::rig::Rig;
use crate::stage::Stage;
use crate::stop::unable;

/// Since the beginning.
#[then(expr = "the meter has counted more than {energy}")]
fn more(stage: &mut Stage, energy: Energy) {
    let counted = stage.rig().probe(Signal::MeterEnergy);
    stage.check(counted > energy.0.watt_hours(), || format!("it has counted {counted} Wh"));
}

/// Since the beginning.
#[then(expr = "the meter has counted nothing")]
fn nothing(stage: &mut Stage) {
    let counted = stage.rig().probe(Signal::MeterEnergy);
    stage.check(counted == 0.0, || format!("it has counted {counted} Wh"));
}

/// Between any two sides that count the same energy: source, house, meter, OCPP, car, battery, losses. What flows outside of a
/// transaction is not told to the CSMS, and so is a gap.
#[then(expr = "the energy balance closes within {percent}")]
fn balance(stage: &mut Stage, percent: Percent) {
    let Some(balance) = stage.rig().energy_balance() else { stage.fail("this rig cannot tell".into()) };
    let gap = balance.worst_gap() * 100.0;
    stage.check(balance.flowed().0 > 0, || "nothing has flowed".into());
    stage.check(gap <= percent.0, || format!("the largest gap is {gap:.4} %: {}", told(&balance)));
}

/// Every side of the balance.
fn told(balance: &Balance) -> String {
    let csms = balance.csms.map_or_else(|| "nothing".to_owned(), |csms| csms.to_string());
    let sides = [
        ("source", balance.source),
        ("house", balance.house),
        ("service cable", balance.line_losses),
        ("charger", balance.charger),
        ("meter", balance.meter),
        ("losses in DC supplies", balance.supply_losses),
        ("car's inlet", balance.car_inlet),
        ("losses in the car", balance.car_losses),
        ("battery", balance.battery),
    ];
    let sides: Vec<String> = sides.iter().map(|(side, energy)| format!("{side} {energy}")).collect();
    format!("{}, told to the CSMS {csms}", sides.join(", "))
}

/// A register that the CSMS was told, or not.
fn shown(register: Option<f64>) -> String {
    register.map_or_else(|| "missing".into(), |wh| format!("{wh} Wh"))
}

/// The register in the Ended event is larger than in the Started event, by what the meter counted, to a watt-hour.
#[then(expr = "the meter stop is the register of the meter")]
fn stop(stage: &mut Stage) {
    let requests = stage.requests_until(false, |requests| Bill::of(requests).is_some_and(|bill| bill.has_ended));
    let (started, ended) = Bill::of(&requests).map_or((None, None), |bill| (bill.started, bill.ended));
    let counted = stage.rig().probe(Signal::MeterEnergy);
    let holds =
        matches!((started, ended), (Some(start), Some(stop)) if stop > 0.0 && (stop - start - counted).abs() < 1.0);
    stage.check(holds, || {
        format!("the start is {}, the stop {}, and {counted} Wh went through", shown(started), shown(ended))
    });
}

/// The import register in each meter value of each transaction, in the whole scenario.
#[then(expr = "the energy told to the CSMS never falls")]
fn never_falls(stage: &mut Stage) {
    let mut told = std::collections::BTreeMap::<String, f64>::new();
    for request in stage.requests(false).into_iter().filter(|request| request.action == "TransactionEvent") {
        let id = request.payload["transactionInfo"]["transactionId"].to_string();
        for register in registers(&request.payload) {
            let before = told.insert(id.clone(), register).unwrap_or(register);
            stage.check(register >= before, || format!("transaction {id}: {register} Wh after {before} Wh"));
        }
    }
    stage.check(!told.is_empty(), || "no energy was told".into());
}

/// From the register of its beginning to that of its Ended event: what a driver pays for. The last transaction is the
/// one of which the CSMS heard last; it must have ended.
#[then(expr = "the last transaction is billed between {energy} and {energy}")]
fn billed(stage: &mut Stage, least: Energy, most: Energy) {
    stage.in_order(least.0, most.0);
    let requests = stage.requests_until(false, |requests| Bill::of(requests).is_some_and(|bill| bill.has_ended));
    let bill = Bill::of(&requests);
    let range = least.0.watt_hours()..=most.0.watt_hours();
    let fits = |bill: &Bill| bill.has_ended && bill.energy().is_some_and(|billed| range.contains(&billed));
    stage.check(bill.as_ref().is_some_and(fits), || {
        let (least, most) = (range.start(), range.end());
        match &bill {
            None => "the CSMS has heard of no transaction".into(),
            Some(Bill { id, has_ended: false, .. }) => format!("transaction {id} has not ended"),
            Some(Bill { id, started, ended, .. }) => format!(
                "transaction {id}: the start is {}, the stop {}: expected {least} to {most} Wh between them",
                shown(*started),
                shown(*ended)
            ),
        }
    });
}

/// What the CSMS knows of one transaction.
struct Bill {
    id: String,
    started: Option<f64>,
    ended: Option<f64>,
    has_ended: bool,
}

impl Bill {
    /// Of the transaction that was reported last; the last register of each kind of event counts.
    fn of(requests: &[Request]) -> Option<Self> {
        let events = requests.iter().filter(|request| request.action == "TransactionEvent");
        let payloads: Vec<Value> = events.map(|event| event.payload.parse()).collect();
        let id = |payload: &Value| payload["transactionInfo"]["transactionId"].as_str().map(str::to_owned);
        let last = payloads.iter().rev().find_map(id)?;
        let of = |kind: &'static str| {
            let own = payloads.iter().rev().filter(|payload| id(payload).as_ref() == Some(&last));
            own.filter(move |payload| payload["eventType"] == kind)
        };
        let register = |kind| of(kind).find_map(|payload| registers(payload).next_back());
        // A transaction that began without a reading tells the first one later, as what it is.
        let late = || of("Updated").find_map(begin);
        let (started, ended) = (register("Started").or_else(late), register("Ended"));
        let has_ended = of("Ended").next().is_some();
        Some(Self { id: last, started, ended, has_ended })
    }

    fn energy(&self) -> Option<f64> {
        self.started.zip(self.ended).map(|(started, ended)| ended - started)
    }
}

/// The import register in a meter value of the beginning.
fn begin(payload: &Value) -> Option<f64> {
    let mut values = payload["meterValue"]
        .as_array()?
        .iter()
        .flat_map(|value| value["sampledValue"].as_array().into_iter().flatten());
    let is_begin = |value: &&Value| {
        value["measurand"] == "Energy.Active.Import.Register" && value["context"] == "Transaction.Begin"
    };
    values.find(is_begin)?["value"].as_f64()
}

/// The import registers in the meter values of a TransactionEvent, in order.
fn registers(payload: &Value) -> impl DoubleEndedIterator<Item = f64> {
    let values = payload["meterValue"].as_array().into_iter().flatten();
    values.filter_map(|value| {
        let mut sampled = value["sampledValue"].as_array()?.iter();
        sampled.find(|value| value["measurand"] == "Energy.Active.Import.Register")?["value"].as_f64()
    })
}

/// On the fullest line of the house connection, now.
/// Of the whole station.
#[then(expr = "the house connection carries at most {current}")]
fn service(stage: &mut Stage, current: Current) {
    let carried = stage.rig().probe(Signal::ServiceCurrent);
    stage.check(carried <= current.0.amps() + 0.3, || format!("it carries {carried} A"));
}

/// On the fullest line of the house connection, at every instant.
/// Of the whole station.
#[then(expr = "for {duration} the house connection carries at most {current}")]
fn service_throughout(stage: &mut Stage, time: Time, current: Current) {
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::ServiceCurrent) <= current.0.amps() + 0.3,
        |rig| format!("it carries {:.2} A", rig.probe(Signal::ServiceCurrent)),
    );
}

/// What the pilots of all EVSEs offer, added up, at every instant.
/// Of the whole station.
#[then(expr = "for {duration} the offers of all EVSEs come to at most {current}")]
fn offers(stage: &mut Stage, time: Time, most: Current) {
    let (evses, back) = (stage.evses(), stage.evse());
    let sum = move |rig: &mut dyn Rig| of_each(rig, &evses, back, Signal::Limit).iter().sum::<f64>();
    // A duty has steps of a tenth of a percent, which are 60 mA.
    let most = most.0.amps() + 0.06 * stage.evses().len() as f64;
    stage.throughout(time.0, |rig| sum(rig) <= most, |rig| format!("they come to {:.2} A", sum(rig)));
}

/// What the pilots of so many EVSEs offer is anything at all; within that time, at some instant.
/// Of the whole station.
#[then(expr = "within {duration} {count} EVSEs offer current")]
fn offering(stage: &mut Stage, time: Time, wanted: Count) {
    let (evses, back) = (stage.evses(), stage.evse());
    let offering = move |rig: &mut dyn Rig| {
        of_each(rig, &evses, back, Signal::Limit).into_iter().filter(|limit| *limit > 0.0).count()
    };
    stage.within(time.0, |rig| offering(rig) == wanted.0 as usize, |rig| format!("{} of them do", offering(rig)));
}

/// A signal at each of these EVSEs; then it is looked at this one again.
fn of_each(rig: &mut dyn Rig, evses: &[EvseId], back: EvseId, signal: Signal) -> Vec<f64> {
    let mut values = Vec::new();
    for evse in evses {
        if let Err(why) = rig.look_at(*evse) {
            unable(why);
        }
        values.push(rig.probe(signal));
    }
    if let Err(why) = rig.look_at(back) {
        unable(why);
    }
    values
}

/// Percent.
#[then(expr = "the car is charged to at least {percent}")]
fn soc(stage: &mut Stage, percent: Percent) {
    stage.car();
    let soc = stage.rig().probe(Signal::Soc);
    stage.check(soc >= percent.0, || format!("it is at {soc} %"));
}

/// The limit in force, and whose it is.
#[then(expr = "the limit is {current} by the {limiter}")]
fn limit(stage: &mut Stage, current: Current, by: Limiter) {
    limit_is(stage, current, &by, None);
}

/// And why it is no more.
#[then(expr = "the limit is {current} by the {limiter} because of {why}")]
fn limit_and_why(stage: &mut Stage, current: Current, by: Limiter, why: Why) {
    limit_is(stage, current, &by, Some(&why));
}

fn limit_is(stage: &mut Stage, current: Current, by: &Limiter, why: Option<&Why>) {
    stage.has_supply_for(by.0 == "Supply");
    let mut last = None;
    let holds = stage.holds(|rig| {
        last = rig.log().latest("session", "limit", |event| Some(event.data.clone()));
        let says = |limit: &Data, field: &str, word: &str| {
            limit[field].as_str().is_some_and(|own| own.eq_ignore_ascii_case(word))
        };
        last.as_ref().is_some_and(|limit| {
            limit["ma"] == current.0.0 && says(limit, "by", &by.0) && why.is_none_or(|why| says(limit, "why", &why.0))
        })
    });
    stage.check(holds, || match last {
        Some(limit) => {
            let amps = limit["ma"].as_f64().unwrap_or(f64::NAN) / 1000.0;
            let word = |field: &str| limit[field].as_str().unwrap_or_default().to_owned();
            format!("the limit is {amps} A by the {} because of {}", word("by"), word("why"))
        }
        None => "the charger has told no limit yet".into(),
    });
}
