//! One scenario on a bench.

use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use event_log::Log;
use features::{Rig, failed, is_interrupted, not_measured, unable};
use hil::Endpoint;
use hil_rig::{EvidenceTable, SafetyTable, TimingTable};
use panel_view::Picture;
use serde_json::json;
use station::BenchCommand;
use twin::{Action, CarChoice, Csms, HostAction, OutsideHost, Setup, Signal, Terminals, Twin, TwinError};
use units::{EvseId, Instant};

use super::consent::Consent;
use super::guard::Guard;
use super::observed::{Observed, measured_by};
use super::recorders::{self, Scope};
use super::request::{By, request};
use super::safe::PID;
use super::terminal::{Answer, Terminal};
use crate::abilities;
use crate::local_host::{LocalHost, LocalSettings};
use crate::rig_devices::RigDevices;
use crate::rigs::keep;

/// The rig looks around this often.
const LOOK: Duration = Duration::from_millis(100);

/// A sign of life is given this often.
const BEAT: Duration = Duration::from_secs(1);

/// How long the charger may take to come up, and to end.
const BOOT: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(5);

/// A person who has not answered for so long is not there any more.
pub(super) const PERSON: Duration = Duration::from_secs(600);

/// What a scenario on a bench is made of.
pub(super) struct Order {
    pub(super) chargerd: PathBuf,
    /// The folder of the bench: for the safe state.
    pub(super) bench: PathBuf,
    /// The folder of the scenario.
    pub(super) own: PathBuf,
    /// Where its evidence goes.
    pub(super) folder: Option<PathBuf>,
    pub(super) devices: RigDevices<Endpoint>,
    pub(super) safety: SafetyTable,
    pub(super) evidence: EvidenceTable,
    pub(super) timing: TimingTable,
    pub(super) terminal: Option<Arc<Terminal>>,
    pub(super) consent: Consent,
    pub(super) watchdog: Guard,
}

/// A charger on a bench, and whoever stands beside it.
pub(super) struct OperatorRig {
    twin: Option<Twin>,
    observed: Observed,
    scope: Option<Scope>,
    order: Order,
    beaten: Instant,
    /// The last thing that happened was done by a person.
    by_hand: bool,
    /// Whether it was left safe.
    left: bool,
    trouble: Option<TwinError>,
}

impl OperatorRig {
    pub(super) fn new(mut setup: Setup, order: Order) -> Result<Self, String> {
        // Whatever stands at a real outlet is no model, even where the scenario has no car.
        setup.evses.iter_mut().for_each(|evse| evse.car = CarChoice::Outside);
        let observed = Observed::listen(&setup.log);
        let settings = LocalSettings {
            chargerd: order.chargerd.clone(),
            folder: order.own.clone(),
            devices: order.devices.clone(),
            stall: order.timing.stall(),
            real: Some(order.bench.join(PID)),
        };
        let pcap = order.evidence.pcap.clone();
        let make = move |terminals: Terminals| -> Result<Box<dyn OutsideHost>, TwinError> {
            if let Some(pcap) = &pcap {
                recorders::capture(pcap, &terminals).map_err(TwinError::Broken)?;
            }
            LocalHost::new(terminals, settings.clone()).map(|host| Box::new(host) as Box<dyn OutsideHost>)
        };
        let scope = order.evidence.scope.as_ref().map(|scope| Scope::start(scope, &order.own)).transpose()?;
        let twin = Twin::new(setup.with_host(make)).map_err(|error| error.to_string())?;
        Ok(Self {
            twin: Some(twin),
            observed,
            scope,
            order,
            beaten: Instant::ZERO,
            by_hand: false,
            left: false,
            trouble: None,
        })
    }

    fn twin(&self) -> &Twin {
        self.twin.as_ref().unwrap_or_else(|| unreachable!("there until it is dropped"))
    }

    fn twin_mut(&mut self) -> &mut Twin {
        self.twin.as_mut().unwrap_or_else(|| unreachable!("there until it is dropped"))
    }

    /// Lets a little time pass, at most to `end`.
    fn pass(&mut self, end: Instant) {
        let due = end.min(self.now() + LOOK);
        self.twin_mut().advance(due);
        if self.now() >= self.beaten + BEAT {
            self.beaten = self.now();
            // What it should have recorded is missing from the evidence.
            if let Some(why) = self.scope.as_mut().and_then(Scope::ended) {
                self.trouble.get_or_insert(TwinError::Broken(why));
            }
            if let Err(why) = self.order.watchdog.beat() {
                self.trouble.get_or_insert(TwinError::Broken(why));
            }
            if let Some(why) = self.forbidden_power() {
                self.trouble.get_or_insert(TwinError::Broken(why));
            }
        }
    }

    /// Why there must be no power on the bench, while there is some.
    fn forbidden_power(&self) -> Option<String> {
        if !self.observed.is_powered(self.order.consent.is_asked_for()) {
            return None;
        }
        self.order.consent.given().err().map(|why| format!("there is power on the bench, and must not be: {why}"))
    }

    fn has(&self, key: &str) -> bool {
        self.order.devices.get(EvseId::FIRST, key).is_some()
    }

    /// Asks the person, and lets time pass until there is an answer.
    fn ask(&mut self, words: &str, action: &Action) {
        let Some(terminal) = self.order.terminal.clone() else {
            unable(nobody(words));
        };
        self.log().record("operator", "asked", json!({ "what": words }));
        terminal.ask(words);
        let end = self.now() + PERSON;
        let answer = loop {
            match terminal.answer() {
                Some(Answer::Remark(text)) => {
                    remark(self.log(), &text);
                    continue;
                }
                Some(answer) => break answer,
                None => {}
            }
            if self.now() >= end {
                break Answer::Gone;
            }
            if self.health().is_err() {
                // Whoever waits next is told what it is.
                return;
            }
            self.pass(end);
        };
        match answer {
            Answer::Done => {
                self.log().record("world", "action", json!({ "what": format!("{action:?}"), "by": "operator" }));
            }
            Answer::Cannot => unable(format!("the operator cannot do it here: {words}")),
            Answer::DidNotWork(why) => {
                remark(self.log(), &why);
                failed(format!("the operator says that it did not work: {why} ({words})"));
            }
            // That is nothing the scenario could have been skipped for.
            Answer::Gone | Answer::Remark(_) => {
                let why = format!("nobody is at the terminal any more: {words}");
                self.trouble.get_or_insert(TwinError::Broken(why));
            }
        }
    }
}

/// Notes what the person beside the rig said, for the report.
pub(super) fn remark(log: &Log, text: &str) {
    log.record("operator", "remark", json!({ "text": text }));
}

fn nobody(words: &str) -> String {
    format!("nobody is at the rig to do it (--operator): {words}")
}

impl Rig for OperatorRig {
    fn can(&self, action: &Action) -> Result<(), String> {
        abilities::can(EvseId::FIRST, action, &self.order.devices)?;
        match request(action, &self.order.safety)? {
            By::Nobody | By::Us => Ok(()),
            By::Person(_) if self.order.terminal.is_some() => Ok(()),
            By::Person(words) => Err(nobody(&words)),
        }
    }

    fn resolution(&self) -> Duration {
        self.order.timing.resolution()
    }

    fn has_told(&self, until: Instant) -> bool {
        self.twin().has_told(until)
    }

    fn boot(&mut self, _limit: Duration) -> Result<(), String> {
        let end = self.now() + BOOT;
        while !self.twin().host_is_ready() {
            self.health().map_err(|error| error.to_string())?;
            if self.now() >= end {
                return Err(format!("the charger was not up within {BOOT:?}: see program.log for its devices"));
            }
            self.pass(end);
        }
        Ok(())
    }

    fn act(&mut self, action: Action) {
        // The person may have opened the guard for what was asked last.
        if matches!(action, Action::Bench(BenchCommand::SwitchSupply(true)))
            && let Err(why) = self.order.consent.given()
        {
            if !self.order.consent.is_asked_for() {
                unable(why);
            }
            self.trouble.get_or_insert(TwinError::Broken(why));
            return;
        }
        let asked = request(&action, &self.order.safety);
        self.by_hand = matches!(asked, Ok(By::Person(_)));
        match asked {
            Ok(By::Nobody) => {}
            Ok(By::Us) => self.twin_mut().act(action),
            Ok(By::Person(words)) => self.ask(&words, &action),
            Err(why) => unable(why),
        }
    }

    fn acted_by_hand(&self) -> bool {
        self.by_hand
    }

    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool {
        let end = self.now() + limit;
        loop {
            if done(self) {
                return true;
            }
            if self.now() >= end || self.health().is_err() {
                return false;
            }
            self.pass(end);
        }
    }

    fn probe(&mut self, signal: Signal) -> f64 {
        match self.observed.probe(signal) {
            Some(value) => value,
            // Nothing holds of what has not been read yet: whoever waits for it goes on waiting.
            None if measured_by(signal).is_some_and(|key| self.has(key)) => f64::NAN,
            None if signal == Signal::Contactor => {
                unable("nobody sees the contactor of this rig while the charger is down")
            }
            None => unable(format!("nothing on this rig measures the {signal}")),
        }
    }

    fn measure(&mut self, signal: Signal) -> Result<f64, String> {
        if measured_by(signal).is_some_and(|key| self.has(key)) {
            Ok(self.observed.probe(signal).map_or(f64::NAN, |value| value * signal.unit().scale))
        } else {
            Err(not_measured(signal))
        }
    }

    fn panel_picture(&mut self) -> Poll<Result<Picture, String>> {
        self.twin_mut().panel_picture(EvseId::FIRST)
    }

    fn now(&self) -> Instant {
        self.twin().now()
    }

    fn log(&self) -> &Log {
        self.twin().log()
    }

    fn csms(&self) -> Option<&Csms> {
        self.twin().csms()
    }

    fn pilot_state(&mut self) -> String {
        self.observed.pilot_state()
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        None
    }

    fn health(&self) -> Result<(), TwinError> {
        if is_interrupted() {
            return Err(TwinError::Interrupted);
        }
        self.trouble.clone().map_or_else(|| self.twin().health(), Err)
    }

    fn finish(&mut self) {
        // Only what was there before counts: from here on the charger is told to end.
        if let Err(error) = self.health() {
            self.trouble.get_or_insert(error);
        }
        self.twin_mut().act(Action::Host(HostAction::Shutdown));
        let end = self.now() + END;
        while self.twin().host_runs() && self.now() < end {
            self.pass(end);
        }
        if self.twin().host_runs() {
            self.trouble.get_or_insert(TwinError::Broken(format!("the charger did not end within {END:?}")));
            self.twin_mut().act(Action::Host(HostAction::Kill));
            let end = self.now() + END;
            while self.twin().host_runs() && self.now() < end {
                self.pass(end);
            }
        }
        self.leave();
    }
}

impl OperatorRig {
    /// Leaves the bench safe; the charger has ended.
    fn leave(&mut self) {
        for text in self.order.terminal.as_ref().map(|terminal| terminal.remarks()).unwrap_or_default() {
            remark(self.log(), &text);
        }
        self.left = true;
        let safe = self.order.watchdog.make_safe(&self.order.chargerd, &self.order.bench);
        self.log().record("run", "safe_state", json!({ "why": safe.as_ref().err() }));
        if let Err(why) = safe {
            // Nothing else is as important.
            self.trouble = Some(TwinError::Broken(why));
        }
    }
}

impl Drop for OperatorRig {
    fn drop(&mut self) {
        // The charger ends first: it has the devices.
        self.twin = None;
        self.scope = None;
        if !self.left
            && let Err(error) = self.order.watchdog.make_safe(&self.order.chargerd, &self.order.bench)
        {
            tracing::error!("{error}");
        }
        // The number of a process that has ended may soon be another's.
        let _ = std::fs::remove_file(self.order.bench.join(PID));
        keep(&self.order.own, self.order.folder.as_deref());
    }
}
