//! Schedules (DIN, -2): how much power there will be when, and how much of it the car takes.

use exi::Tree;

use super::exchange::{Exchange, Progress, Seen, shown};
use super::rule::{DIN_ISO2, ISO2, Kind, Rule};
use super::session::repeated;
use super::verdict::Ledger;
use crate::wire;

const V: Kind = Kind::Value;

static THERE: Rule = Rule::station(
    "SCHED-THERE",
    V,
    DIN_ISO2,
    "with Finished the station has a schedule",
    "ChargeParameterDiscoveryRes that is Finished",
);
static IDS: Rule = Rule::station("SCHED-IDS", V, DIN_ISO2, "each schedule has an id of its own, above 0", "a schedule");
static STARTS: Rule = Rule::station("SCHED-START", V, DIN_ISO2, "a PMaxSchedule starts at 0", "a schedule");
static ORDER: Rule =
    Rule::station("SCHED-ORDER", V, DIN_ISO2, "the entries of a PMaxSchedule start one after the other", "a schedule");
static POWER: Rule = Rule::station("SCHED-POWER", V, DIN_ISO2, "PMax is not below 0", "a schedule");
static CHOSEN: Rule =
    Rule::car("SCHED-CHOSEN", V, DIN_ISO2, "the schedule chosen was offered", "PowerDeliveryReq with a schedule");
static PROFILE_ORDER: Rule = Rule::car(
    "SCHED-PROFILE-ORDER",
    V,
    DIN_ISO2,
    "a ChargingProfile starts at 0, its entries one after the other",
    "a ChargingProfile",
);
static PROFILE_POWER: Rule = Rule::car(
    "SCHED-PROFILE-POWER",
    V,
    DIN_ISO2,
    "a ChargingProfile stays within the PMaxSchedule chosen",
    "a ChargingProfile for a schedule that was offered",
);
static SAME: Rule = Rule::station(
    "I2-SCHED-SAME",
    V,
    ISO2,
    "the charge loop names the schedule that was chosen",
    "a response of the charge loop",
);

pub(super) static RULES: &[&Rule] =
    &[&THERE, &IDS, &STARTS, &ORDER, &POWER, &CHOSEN, &PROFILE_ORDER, &PROFILE_POWER, &SAME];

/// So many schedules and entries are kept: three and 1024 in -2; DIN has no bound.
const SCHEDULES: usize = 16;
const ENTRIES: usize = 1_024;

/// From when on how much power, in s and mW.
type Step = (i128, i64);

struct Schedule {
    id: i128,
    steps: Vec<Step>,
}

/// What was offered and chosen.
#[derive(Default)]
pub(super) struct Schedules {
    offered: Option<(u64, Vec<Schedule>)>,
    chosen: Option<(u64, i128)>,
}

/// DIN has a whole number of watts, -2 a PhysicalValue; both in mW.
fn power(tree: &Tree) -> Option<i64> {
    match tree.as_whole() {
        Some(watts) => i64::try_from(watts).ok()?.checked_mul(1_000),
        None => wire::milli(tree),
    }
}

fn list<'a>(tree: &'a Tree, path: &str) -> &'a [Tree] {
    match tree.at(path) {
        Some(Tree::List(items)) => items,
        _ => &[],
    }
}

fn schedule(tuple: &Tree) -> Option<Schedule> {
    let step = |entry: &Tree| Some((entry.at("RelativeTimeInterval/start")?.as_whole()?, power(entry.get("PMax")?)?));
    let steps = list(tuple, "PMaxSchedule/PMaxScheduleEntry").iter().take(ENTRIES).filter_map(step).collect();
    Some(Schedule { id: tuple.get("SAScheduleTupleID")?.as_whole()?, steps })
}

impl Schedules {
    pub(super) fn response(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if seen.is_failed() {
            return;
        }
        match seen.exchange {
            Exchange::ChargeParameterDiscovery if seen.is_finished() == Some(true) => self.offer(ledger, seen),
            Exchange::CurrentDemand | Exchange::ChargingStatus => {
                if let (Some((packet, chosen)), Some(id)) = (self.chosen, seen.whole("SAScheduleTupleID")) {
                    ledger.check(&SAME, id == chosen, &[packet, seen.packet], || {
                        format!("schedule {id} in {}: the car chose {chosen}", seen.name)
                    });
                }
            }
            _ => {}
        }
    }

    fn offer(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        let packets = [seen.packet];
        let tuples = seen.list("SAScheduleList/SAScheduleTuple");
        ledger.check(&THERE, !tuples.is_empty(), &packets, || "Finished without a schedule".to_owned());
        if tuples.is_empty() {
            self.offered = None;
            return;
        }
        let schedules: Vec<Schedule> = tuples.iter().take(SCHEDULES).filter_map(schedule).collect();
        let twice = repeated(schedules.iter().map(|schedule| schedule.id));
        let positive = schedules.iter().all(|schedule| schedule.id > 0);
        ledger.check(&IDS, twice.is_none() && positive, &packets, || {
            let ids: Vec<i128> = schedules.iter().map(|schedule| schedule.id).collect();
            format!("schedules {ids:?}: expected ids above 0, each once")
        });
        for Schedule { id, steps } in &schedules {
            let first = steps.first().map(|(start, _)| *start);
            ledger.check(&STARTS, first == Some(0), &packets, || {
                format!("schedule {id} starts at {} s: expected 0", first.unwrap_or(-1))
            });
            let back = steps.windows(2).find(|pair| pair[1].0 <= pair[0].0);
            ledger.check(&ORDER, back.is_none(), &packets, || {
                let (before, after) = back.map_or((0, 0), |pair| (pair[0].0, pair[1].0));
                format!("schedule {id}: an entry at {after} s after one at {before} s")
            });
            let below = steps.iter().find(|(_, power)| *power < 0);
            ledger.check(&POWER, below.is_none(), &packets, || {
                format!("schedule {id}: PMax {} W", shown(below.map_or(0, |step| step.1)))
            });
        }
        self.offered = Some((seen.packet, schedules));
    }

    pub(super) fn request(&mut self, ledger: &mut Ledger, seen: &Seen<'_>) {
        if seen.exchange != Exchange::PowerDelivery(Progress::Start) {
            return;
        }
        let id = seen.whole("SAScheduleTupleID").or_else(|| seen.whole("ChargingProfile/SAScheduleTupleID"));
        let Some(id) = id else { return };
        self.chosen = Some((seen.packet, id));
        let mut steps: &[Step] = &[];
        let mut offered_at = None;
        if let Some((packet, schedules)) = &self.offered {
            let chosen = schedules.iter().find(|schedule| schedule.id == id);
            ledger.check(&CHOSEN, chosen.is_some(), &[*packet, seen.packet], || {
                let ids: Vec<i128> = schedules.iter().map(|schedule| schedule.id).collect();
                format!("schedule {id} was chosen: expected one of {ids:?}")
            });
            steps = chosen.map_or(&[], |schedule| &schedule.steps);
            offered_at = Some(*packet);
        }
        let profile: Vec<Step> = seen
            .list("ChargingProfile/ProfileEntry")
            .iter()
            .take(ENTRIES)
            .filter_map(|entry| {
                let start = entry.get("ChargingProfileEntryStart")?.as_whole()?;
                Some((start, power(entry.get("ChargingProfileEntryMaxPower")?)?))
            })
            .collect();
        let Some(first) = profile.first() else { return };
        let ascends = profile.windows(2).all(|pair| pair[0].0 < pair[1].0);
        ledger.check(&PROFILE_ORDER, first.0 == 0 && ascends, &[seen.packet], || {
            let starts: Vec<i128> = profile.iter().take(8).map(|step| step.0).collect();
            format!("a ChargingProfile with starts {starts:?}: expected 0, then later ones")
        });
        if let (Some(offered_at), false) = (offered_at, steps.is_empty()) {
            let above = first_above(&profile, steps);
            ledger.check(&PROFILE_POWER, above.is_none(), &[offered_at, seen.packet], || {
                let (at, wants, has) = above.unwrap_or_default();
                format!("{} W from {at} s on: expected at most {} W", shown(wants), shown(has))
            });
        }
    }
}

/// Where a profile first wants more than there is: when, how much, and how much there is. Both are walked through once.
fn first_above(profile: &[Step], offered: &[Step]) -> Option<(i128, i64, i64)> {
    let (mut wants, mut has) = (0, i64::MAX);
    let (mut p, mut o) = (profile.iter().peekable(), offered.iter().peekable());
    loop {
        let at = match (p.peek(), o.peek()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(a), None) => a.0,
            (None, Some(b)) => b.0,
            (None, None) => return None,
        };
        // Steps that go back in time are taken as they come.
        while let Some(step) = p.next_if(|step| step.0 <= at) {
            wants = step.1;
        }
        while let Some(step) = o.next_if(|step| step.0 <= at) {
            has = step.1;
        }
        if wants > has {
            return Some((at, wants, has));
        }
    }
}
