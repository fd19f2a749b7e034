//! Where the energy goes.

use cucumber::then;
use twin::Signal;

use crate::parameters::{Current, Energy, Percent};
use crate::stage::Stage;

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

/// Between any two sides that count the same energy: source, house, meter, OCPP, car, battery, losses.
#[then(expr = "the energy balance closes within {percent}")]
fn balance(stage: &mut Stage, percent: Percent) {
    let Some(balance) = stage.rig().energy_balance() else { stage.fail("this rig cannot tell".into()) };
    let gap = balance.worst_gap() * 100.0;
    stage.check(balance.meter.0 > 0, || "nothing has flowed".into());
    stage.check(gap <= percent.0, || format!("the largest gap is {gap:.4} %: {balance:?}"));
}

/// The register in the Ended event is larger than in the Started event, by what the meter counted, to a watt-hour.
#[then(expr = "the meter stop is the register of the meter")]
fn stop(stage: &mut Stage) {
    let register = |wanted: &str, stage: &mut Stage| {
        stage
            .requests(false)
            .iter()
            .filter(|request| request.action == "TransactionEvent" && request.payload["eventType"] == wanted)
            .filter_map(|request| {
                let values = request.payload["meterValue"].as_array()?.last()?["sampledValue"].as_array()?.clone();
                values.iter().find(|value| value["measurand"] == "Energy.Active.Import.Register")?["value"].as_f64()
            })
            .next_back()
    };
    let (started, ended) = (register("Started", stage), register("Ended", stage));
    let counted = stage.rig().probe(Signal::MeterEnergy);
    let holds =
        matches!((started, ended), (Some(start), Some(stop)) if stop > 0.0 && (stop - start - counted).abs() < 1.0);
    stage.check(holds, || format!("start {started:?}, stop {ended:?}, counted {counted} Wh"));
}

/// On the fullest line of the house connection, now.
#[then(expr = "the house connection carries at most {current}")]
fn service(stage: &mut Stage, current: Current) {
    let carried = stage.rig().probe(Signal::ServiceCurrent);
    stage.check(carried <= current.0.amps() + 0.3, || format!("it carries {carried} A"));
}

/// Percent.
#[then(expr = "the car is charged to at least {percent}")]
fn soc(stage: &mut Stage, percent: Percent) {
    let soc = stage.rig().probe(Signal::Soc);
    stage.check(soc >= percent.0, || format!("it is at {soc} %"));
}

/// The limit in force, and whose it is: Cable, Contract, Outlet, Profile or Site.
#[then(expr = "the limit is {current} by the {word}")]
fn limit(stage: &mut Stage, current: Current, by: String) {
    let last = stage
        .rig()
        .log()
        .with(0, |events| events.filter(|event| event.is("session", "limit")).last().map(|event| event.data.clone()));
    let holds = last.as_ref().is_some_and(|limit| {
        limit["ma"] == current.0.0 && limit["by"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&by))
    });
    stage.check(holds, || format!("the limit is {last:?}"));
}
