//! What happens in a world: by a person, by physics, by a broken part.

use std::rc::Rc;

use devices::plc_cable::End;
use serde_json::json;
use station::Owner;
use units::{EvseId, Instant};

use super::{Charger, DEAD, Twin};
use crate::action::{Action, ChargerPower, CsmsAction, DcLineAction, HostAction, LineAction, MeterAt};
use crate::error::TwinError;
use crate::ports::Upward;
use crate::vocabulary::Vocabulary;
use crate::world::{
    Breaker, HouseMeter, HouseSupply, OutletFeed, OutletMeter, PilotStage, PowerBoard, PowerLine, PowerPath,
};

/// The key that modems are given.
const SHARED_KEY: [u8; 16] = *b"plugfest network";

impl Twin {
    /// Something will happen then at that EVSE.
    pub fn at(&mut self, when: Instant, evse: EvseId, action: Action) {
        let place = self.script.partition_point(|(at, ..)| *at <= when);
        self.script.insert(place, (when, evse, action));
    }

    /// Something happens now, at the first EVSE if it happens at one.
    pub fn act(&mut self, action: Action) {
        self.act_at(EvseId::FIRST, action);
    }

    /// Something happens now, at that EVSE if it happens at one. What cannot happen, for nobody of this world is there to whom it
    /// could, leaves the world out of order: see [`Twin::can`].
    ///
    /// # Panics
    /// When the charger has no such EVSE: see [`Twin::can`].
    pub fn act_at(&mut self, evse: EvseId, action: Action) {
        // That of a charger with one EVSE is written as it always was.
        let log = if self.evses.len() > 1 { self.log.at(evse) } else { self.log.clone() };
        if let Err(why) = self.is_possible(evse, &action) {
            log.record("world", "refused", json!({ "what": format!("{action:?}"), "why": why.to_string() }));
            self.failure.get_or_insert(TwinError::Impossible(why));
            return;
        }
        log.record("world", "action", json!({ "what": format!("{action:?}") }));
        let now = self.now;
        let ports = Rc::clone(&self.ports.evses[evse.place()]);
        match action {
            Action::Badge(token) => match self.owner(evse, |evse| evse.reader) {
                Owner::Evse => ports.tokens.put(token),
                Owner::Station => self.ports.tokens.put(token),
            },
            Action::BoardFirmware(speaks) => {
                ports.board.speaks.set(speaks);
                self.physics.of_mut::<PowerBoard>(evse).watch_host(matches!(speaks, Vocabulary::Ours { .. }));
            }
            Action::BoardReset => {
                self.physics.of_mut::<PowerBoard>(evse).restart();
                self.physics.of_mut::<PowerPath>(evse).command(now, false);
                ports.board.up.put(Upward::Restarted);
            }
            Action::Bench(command) => match &mut self.host {
                Charger::Inside(host) => host.bench(evse, command),
                Charger::Outside(host) => host.bench(evse, command),
                Charger::None => {}
            },
            Action::BoardCommand(command) => ports.board.down.borrow_mut().push((now, command)),
            Action::Car(action) => self.drive(evse, action),
            Action::ChargerPower(power) => self.charger_power(power),
            Action::Contactor(fault) => self.physics.of_mut::<PowerPath>(evse).suffer(fault),
            Action::Csms(action) => {
                if let Some(csms) = &self.csms {
                    match action {
                        CsmsAction::Call { action, payload } => csms.call(&action, payload),
                        CsmsAction::Flood { frame, times, lasting } => csms.flood(frame, times, lasting, now),
                        CsmsAction::Misbehave(how) => csms.misbehave(how),
                    }
                }
            }
            Action::CsmsPolicy(change) => {
                if let Some(csms) = &self.csms {
                    csms.set_policy(change);
                }
            }
            Action::DcLines(action) => match action {
                DcLineAction::Leakage { plus, minus } => ports.dc.set_leakage(now, plus, minus),
                DcLineAction::Load(load) => ports.dc.set_load(now, load),
            },
            Action::Grid(event) => self.physics.site_mut::<HouseSupply>().supply.act(now, event),
            Action::Host(action) => self.host_action(action),
            Action::Link(device, fault) => match &mut self.host {
                Charger::Inside(host) => host.link(evse, device).set(fault),
                Charger::Outside(host) => self.executor.enter(|| host.link(evse, device, fault)),
                Charger::None => {}
            },
            Action::Lock(fault) => ports.lock.fault.set(fault),
            Action::Meter(place, event) => match place {
                MeterAt::House => self.physics.site_mut::<HouseMeter>().0.act(now, event),
                MeterAt::Outlet => self.physics.of_mut::<OutletMeter>(evse).0.act(now, event),
            },
            Action::Pilot(fault) => self.physics.of_mut::<PilotStage>(evse).break_part(fault),
            Action::Line(action) => self.line_action(evse, action),
            Action::Store(fault) => match &self.host {
                Charger::Inside(host) => host.store(fault),
                // `can` refuses it.
                Charger::Outside(_) | Charger::None => {}
            },
            Action::ResidualMonitor(fault) => self.physics.of_mut::<PowerBoard>(evse).monitor = fault,
            Action::Rogue { caller, call } => {
                // That it is refused is in the log; what comes of it is for the scenario to see.
                let refused = match &self.host {
                    Charger::Inside(host) => {
                        host.bus.port(caller).at(evse).send(call).err().map(|error| error.to_string())
                    }
                    Charger::Outside(_) => Some("the charger's bus is in another process".to_owned()),
                    Charger::None => None,
                };
                self.log.record("world", "rogue", json!({ "refused": refused }));
            }
        }
        self.step();
    }

    /// Something happens to the power line of that EVSE.
    fn line_action(&mut self, evse: EvseId, action: LineAction) {
        let Some(mut line) = self.physics.power_line_mut(evse) else { return };
        let modem = |line: &PowerLine, end| match end {
            End::Evse => line.cable.evse().clone(),
            End::Car => line.cable.car().clone(),
        };
        match action {
            LineAction::Condition(condition) => {
                let conditions = line.cable.conditions().with(condition);
                line.cable.set_conditions(conditions);
            }
            LineAction::Crosstalk(db) => line.crosstalk_db = db,
            LineAction::Modem(end, fault) => modem(&line, end).set_fault(fault),
            LineAction::KeyTime(end, time) => modem(&line, end).set_key_time(time),
            LineAction::ShareKey => line.cable.give_key(SHARED_KEY),
        }
    }

    /// The breaker in front of the charger opens or closes: mains, board and host go with it.
    fn charger_power(&mut self, power: ChargerPower) {
        let now = self.now;
        match power {
            ChargerPower::Lost { lasting } => {
                self.host_action(HostAction::Kill);
                self.ports.screen.replace(None);
                for (evse, ports) in self.physics.ids().zip(&self.ports.evses) {
                    ports.board.down.borrow_mut().clear();
                    ports.board.up.clear();
                    ports.screen.replace(None);
                    self.physics.of_mut::<OutletFeed>(evse).breaker = Breaker::Open;
                    self.physics.of_mut::<PowerBoard>(evse).go_dark();
                    self.physics.of_mut::<PowerPath>(evse).command(now, false);
                }
                if let Some(lasting) = lasting {
                    self.at(now + lasting, EvseId::FIRST, Action::ChargerPower(ChargerPower::Back));
                }
            }
            ChargerPower::Back => {
                for evse in self.evses() {
                    self.physics.of_mut::<OutletFeed>(evse).breaker = Breaker::Closed;
                    self.physics.of_mut::<PowerBoard>(evse).restart();
                }
                self.host_action(HostAction::Start);
            }
        }
    }

    pub(super) fn host_action(&mut self, action: HostAction) {
        let (executor, ports) = (&self.executor, &self.ports);
        let started = executor.enter(|| match (&mut self.host, action) {
            (Charger::Inside(host), HostAction::Kill) => {
                host.kill();
                Ok(())
            }
            (Charger::Inside(host), HostAction::Shutdown) => {
                host.shut_down();
                Ok(())
            }
            (Charger::Inside(host), HostAction::Start) => {
                host.start(ports);
                Ok(())
            }
            (Charger::Outside(host), HostAction::Kill) => {
                host.kill();
                Ok(())
            }
            (Charger::Outside(host), HostAction::Shutdown) => {
                host.shut_down();
                Ok(())
            }
            (Charger::Outside(host), HostAction::Start) => host.start(),
            // Whoever asks for it is refused before.
            (Charger::None, HostAction::Kill | HostAction::Shutdown | HostAction::Start) => Ok(()),
        });
        if let Err(error) = started {
            self.log.record("run", "broken", json!({ "what": error.to_string() }));
            self.failure = Some(error);
        }
        if action == HostAction::Kill && matches!(self.host, Charger::Outside(_)) && !self.is_bench() {
            // What happens next happens to a charger that is dead.
            self.until_host_ended(DEAD);
        }
    }

    /// What a driver does, as far as the lock lets them.
    fn drive(&mut self, evse: EvseId, action: vehicle_model::Action) {
        let lock = &self.ports.evses[evse.place()].lock;
        let held = self.at_evse(evse).socket && lock.position.get() == hardware::LockPosition::Locked;
        if action == vehicle_model::Action::Unplug && held {
            // The car's end comes out of the inlet; what is left in the socket is a cable without a car.
            self.log.at(evse).record(
                "world",
                "plug",
                json!({ "what": "the socket holds the plug; it was pulled out of the car" }),
            );
        }
        let now = self.now;
        if let Some(mut car) = self.physics.car_mut(evse) {
            car.0.act(now, action);
        }
    }
}
