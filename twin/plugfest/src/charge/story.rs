//! What happens in the session: the driver, act by act.

use std::time::Duration;

use event_log::{Log, RunFolder, output};
use features::PowerLines;
use hardware::Token;
use report::{Cause, Verdict};
use serde_json::json;
use twin::{Action, CarView, CsmsAction, CsmsChoice, OutletView, Setup, Snapshot, Twin};
use units::{EvseId, Instant, MilliwattHours, Watts};
use vehicle_model::{Action as Car, Cable, CableRating, EnergyKind};

use super::cost::Cost;
use super::options::{Auth, Plan};
use super::pace::stopwatch;

/// How a session ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum End {
    Charged,
    Interrupted,
    /// No energy flowed; says why.
    Nothing(String),
}

/// Where the driver is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Arriving {
        at: Instant,
    },
    Plugged {
        at: Instant,
    },
    Waiting {
        since: Instant,
    },
    Charging {
        since: Instant,
    },
    /// The car has been asked to end what it says.
    Ending {
        until: Instant,
    },
    Leaving {
        until: Instant,
    },
}

/// A session under way.
pub(super) struct Story {
    twin: Twin,
    auth: Auth,
    simulated: bool,
    /// Of a real CSMS.
    url: Option<String>,
    limit: Option<i32>,
    duration: Option<u64>,
    act: Act,
    peak: Watts,
    cost: Cost,
    /// What is said on the power line, where anything is.
    power_lines: Option<PowerLines>,
    /// The largest step: a watcher wants to see something move.
    step: Duration,
}

/// Without energy for so long the driver gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// A car that was asked to end its dialog has so long.
const FAREWELL: Duration = Duration::from_secs(30);

/// How long a session takes, in virtual seconds; how it ends is for the real run to tell.
///
/// # Errors
/// The world of the session cannot be made.
pub(super) fn rehearse(plan: &Plan) -> Result<f64, String> {
    let mut story = Story::begin(plan, None)?;
    while story.advance().is_none() {}
    Ok(story.now().as_secs_f64())
}

impl Story {
    /// Begins the session, recorded into a folder if there is one.
    pub(super) fn begin(plan: &Plan, record: Option<&RunFolder>) -> Result<Self, String> {
        let log = match record {
            Some(folder) => {
                let file = folder.path().join("events.ndjson");
                let open = output::create(&file).map_err(|error| format!("--record {}: {error}", file.display()));
                Log::to_writer(Box::new(open?))
            }
            None => Log::memory(),
        };
        log.set_wall(stopwatch());
        log.record("run", "begin", json!({ "feature": "plugfest charge", "name": plan.title(), "seed": plan.seed }));
        let simulated = matches!(plan.csms, CsmsChoice::Simulated(_));
        let mut car = plan.car.clone();
        car.battery.soc = plan.from;
        let mut setup = Setup {
            charger: plan.charger.clone(),
            csms: plan.csms.clone(),
            pace: if simulated { twin::Pace::Virtual } else { twin::Pace::RealTime },
            log,
            store: record.map(|folder| folder.path().join("charger.sqlite")),
            ..Setup::standard(car, plan.seed)
        };
        let power_lines = plan.speech.as_ref().map(|speech| {
            let evse = setup.evse(EvseId::FIRST);
            (evse.plc, evse.dc) = (true, speech.kind == EnergyKind::Dc);
            evse.speech = Some(speech.clone());
            let lines = PowerLines::new(setup.epoch_micros, record.map(RunFolder::path), simulated);
            setup.frames = Some(lines.sink());
            lines
        });
        let mut twin = Twin::new(setup).map_err(|error| error.to_string())?;
        twin.act(Action::Car(Car::SetTarget(plan.to)));
        let step = if simulated { Duration::from_secs(2) } else { Duration::from_millis(100) };
        Ok(Self {
            twin,
            auth: plan.auth.clone(),
            simulated,
            url: match &plan.csms {
                CsmsChoice::Url(url) => Some(url.clone()),
                CsmsChoice::None | CsmsChoice::Simulated(_) => None,
            },
            limit: plan.limit,
            duration: plan.duration,
            act: Act::Arriving { at: Instant::from_millis(2_000) },
            peak: Watts::ZERO,
            cost: Cost::default(),
            power_lines,
            step,
        })
    }

    pub(super) const fn now(&self) -> Instant {
        self.twin.now()
    }

    pub(super) const fn log(&self) -> &Log {
        self.twin.log()
    }

    /// How outlet and car stand.
    pub(super) fn views(&self) -> (OutletView, CarView) {
        let Snapshot { outlet: Some(outlet), car: Some(car), .. } = self.twin.snapshot(EvseId::FIRST) else {
            unreachable!("both are models in a session")
        };
        (outlet, car)
    }

    pub(super) fn twin(&mut self) -> &mut Twin {
        &mut self.twin
    }

    pub(super) const fn cost(&self) -> &Cost {
        &self.cost
    }

    pub(super) const fn peak(&self) -> Watts {
        self.peak
    }

    pub(super) fn record_error(&self) -> Option<String> {
        self.twin.log().error()
    }

    /// Goes on a little; answers the end once it has come.
    pub(super) fn advance(&mut self) -> Option<End> {
        if let Err(error) = self.twin.health() {
            return Some(End::Nothing(error.to_string()));
        }
        if self.record_error().is_some() {
            return Some(End::Interrupted);
        }
        self.twin.advance(self.twin.now() + self.step);
        let now = self.twin.now();
        let power = self.twin.telemetry(EvseId::FIRST).map_or(Watts::ZERO, |car| car.inlet_power);
        self.peak = self.peak.max(power);
        let delivered = self.twin.delivered(EvseId::FIRST);
        self.cost.count(now, delivered);
        match self.act {
            Act::Arriving { at } if now >= at => {
                if let Some(limit) = self.limit {
                    self.limit_by_csms(limit);
                }
                self.twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
                self.act = Act::Plugged { at: now + Duration::from_secs(3) };
            }
            Act::Plugged { at } if now >= at => {
                self.authorize();
                self.act = Act::Waiting { since: now };
            }
            Act::Waiting { since } => {
                if power > Watts(100) {
                    self.act = Act::Charging { since: now };
                } else if now - since > PATIENCE || self.over(since) {
                    return Some(End::Nothing(self.why_not()));
                }
            }
            Act::Charging { since } => {
                let full = self.has_stopped(power);
                if !full && self.over(since) && self.power_lines.is_some() {
                    // Nobody pulls a plug in the middle of a sentence.
                    self.twin.act(Action::Car(Car::RequestEnergy(false)));
                    self.act = Act::Ending { until: now + FAREWELL };
                } else if full || self.over(since) {
                    self.unplug();
                }
            }
            Act::Ending { until } => {
                if now >= until || self.last_session_event().as_deref() == Some("TransactionFinished") {
                    self.unplug();
                }
            }
            Act::Leaving { until } if now >= until => return Some(End::Charged),
            Act::Arriving { .. } | Act::Plugged { .. } | Act::Leaving { .. } => {}
        }
        None
    }

    fn unplug(&mut self) {
        self.twin.act(Action::Car(Car::Unplug));
        self.act = Act::Leaving { until: self.twin.now() + Duration::from_secs(5) };
    }

    fn over(&self, since: Instant) -> bool {
        self.duration.is_some_and(|duration| self.twin.now() - since >= Duration::from_secs(duration))
    }

    /// The car has what it came for, or the charger has ended the transaction.
    fn has_stopped(&mut self, power: Watts) -> bool {
        power == Watts::ZERO
            && self
                .last_session_event()
                .is_some_and(|name| matches!(name.as_str(), "ChargingPausedEV" | "TransactionFinished"))
    }

    fn last_session_event(&self) -> Option<String> {
        let last = self.twin.log().len().saturating_sub(200);
        self.twin.log().with(last, |events| {
            events.filter(|event| event.is("session", "event")).last().map(|event| event.text("name").to_owned())
        })
    }

    fn authorize(&mut self) {
        match self.auth.clone() {
            Auth::Free => {}
            Auth::Rfid(id) => self.twin.act(Action::Badge(Token::card(&id))),
            Auth::Remote if self.simulated => {
                let token = json!({ "idToken": "REMOTE", "type": "Central" });
                let payload = json!({ "idToken": token, "remoteStartId": 1, "evseId": 1 });
                self.twin.act(Action::Csms(CsmsAction::Call { action: "RequestStartTransaction".into(), payload }));
            }
            // A real CSMS starts it.
            Auth::Remote => {}
        }
    }

    fn limit_by_csms(&mut self, limit: i32) {
        let schedule = json!({ "id": 1, "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": f64::from(limit) }] });
        let profile = json!({ "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative", "chargingSchedule": [schedule] });
        let payload = json!({ "evseId": 1, "chargingProfile": profile });
        self.twin.act(Action::Csms(CsmsAction::Call { action: "SetChargingProfile".into(), payload }));
    }

    /// What the log says about why there is no energy.
    fn why_not(&self) -> String {
        self.twin.log().with(0, |events| {
            let mut why = String::from("the car did not ask for energy");
            let (mut booted, mut offline) = (false, false);
            for event in events {
                match (event.source.as_str(), event.kind.as_str()) {
                    ("session", "event") if event.text("name") == "TokenRefused" => {
                        why = format!("the card {} was refused: {}", event.text("token"), event.text("why"));
                    }
                    ("session", "event") if event.text("name") == "AuthRequired" => {
                        why = "nobody was authorized".into();
                    }
                    ("fault", "detected") => why = format!("{}: {}", event.text("what"), event.text("detail")),
                    ("ocpp", "link") if event.text("state") == "offline" => {
                        why = event.text("why").to_owned();
                        offline = true;
                    }
                    ("ocpp", "boot") => booted |= event.text("state") == "Accepted",
                    _ => {}
                }
            }
            match &self.url {
                Some(url) if !booted && !offline => {
                    format!("{why}; the CSMS at {url} has not answered BootNotification")
                }
                Some(_) | None => why,
            }
        })
    }

    /// What the meter has counted.
    pub(super) fn delivered(&mut self) -> MilliwattHours {
        self.twin.delivered(EvseId::FIRST)
    }

    /// Which rules of the wire were broken; asked once, at the end.
    ///
    /// # Errors
    /// What was said could not be recorded.
    pub(super) fn broken_rules(&mut self) -> Result<Vec<String>, String> {
        let Some(lines) = self.power_lines.take() else { return Ok(Vec::new()) };
        Ok(lines.finish()?.into_iter().map(|(_, broken)| broken.to_string()).collect())
    }

    /// Ends the world: unplugged, opened, recorded.
    pub(super) fn finish(&mut self, end: &End) {
        if !matches!(self.act, Act::Leaving { .. }) {
            self.twin.act(Action::Car(Car::Unplug));
            self.twin.run_for(Duration::from_secs(1));
        }
        self.twin.finish();
        let (verdict, cause, message) = match end {
            End::Charged => (Verdict::Passed, None, ""),
            End::Interrupted => (Verdict::Error, Some(Cause::NotRun), "the session was ended early"),
            End::Nothing(why) => (Verdict::Failed, None, why.as_str()),
        };
        let mut data = json!({ "verdict": verdict.word(), "message": message,
            "virtual_s": self.twin.now().as_secs_f64() });
        if let Some(cause) = cause {
            data["cause"] = cause.word().into();
        }
        self.twin.log().record("run", "end", data);
    }
}
