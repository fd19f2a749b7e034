//! The world at the charger's terminals: one model for each device, and what is broken on the way to it.
//!
//! Which wire a model is put on is the host's business ([`crate::guest_host`], [`crate::local_host`]); what is the same for all
//! of them is here.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use devices::linky::{Linky, LinkyFault};
use devices::lock_motor::{self, LockMotor};
use devices::measured::MeterBank;
use devices::meters;
use devices::modbus::{Framing, ModbusFault, RegisterServer};
use devices::plc_modem::ModemFault;
use devices::pn532::{Pn532, Pn532Fault};
use devices::rectifier::{Protocol, Rectifier, RectifierFault};
use hardware::{FaultPlan, LinkFault, LockPosition, MeterReading};
use hil::Endpoint;
use station::{EvseConfig, OutletKind, Owner};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use twin::{LockFault, PerDevice, Terminals};
use units::EvseId;
use wire::register_map::WordOrder;
use wire::tic::Mode;

use crate::charger_line::State;
use crate::rig_devices::RigDevices;
use crate::serve::{self, Lasts, Tap};

/// How often the world looks at what the models' mechanics did.
const LOOK: Duration = Duration::from_millis(10);

/// How long a driver holds a card against the reader.
const HOLD: Duration = Duration::from_millis(700);

/// The models of one EVSE, or those that a station has for all, and the world they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Wiring {
    pub(crate) terminals: Terminals,
    /// What is broken on the way to each device.
    pub(crate) breaks: PerDevice<FaultPlan>,
    pub(crate) lock: LockMotor,
    pub(crate) reader: Pn532,
    /// One card at a time is held against the reader.
    hand: Rc<Mutex<()>>,
    /// What broke on our side of a wire: the scenario is void then.
    trouble: Rc<RefCell<Option<String>>>,
}

impl Wiring {
    pub(crate) fn new(terminals: Terminals) -> Self {
        Self {
            terminals,
            breaks: PerDevice::default(),
            lock: LockMotor::default(),
            reader: Pn532::new(),
            hand: Rc::default(),
            trouble: Rc::default(),
        }
    }

    /// The name of a wire of this EVSE: that of the first one is as it is on a charger that has no other.
    fn wire(&self, bus: &str) -> String {
        match self.terminals.evse() {
            EvseId::FIRST => bus.to_owned(),
            evse => format!("{bus}-{evse}"),
        }
    }

    /// What broke on our side.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Whether the charger has told all of this EVSE that a scenario begins with. What is missing from the beginning is not waited
    /// for; and without its board a charger does not know whether it may move the bolt.
    pub(crate) fn is_up(&self, charger: &State, devices: &RigDevices<Endpoint>) -> bool {
        let evse = self.terminals.evse();
        let lock = !self.has_lock(devices) || charger.knows_lock(evse);
        let outlet = self.breaks.board.current() == LinkFault::Gone || (charger.knows_board(evse) && lock);
        outlet && (self.terminals.csms_port.is_none() || charger.online.get())
    }

    /// Whether the charger drives a lock: one with its own cable leaves the rig's alone.
    fn has_lock(&self, devices: &RigDevices<Endpoint>) -> bool {
        self.terminals.told().outlet.kind == OutletKind::Socket && devices.get(self.terminals.evse(), "lock").is_some()
    }

    /// Runs a wire's task; its failure is the rig's.
    pub(crate) fn spawn(&self, what: &'static str, task: impl Future<Output = io::Result<()>> + 'static) {
        let trouble = Rc::clone(&self.trouble);
        drop(tokio::task::spawn_local(async move {
            if let Err(error) = task.await {
                trouble.borrow_mut().get_or_insert_with(|| format!("{what}: {error}"));
            }
        }));
    }

    /// A tap for one wire.
    pub(crate) fn tap(&self, bus: &str) -> Tap {
        Tap::new(self.terminals.log.clone(), self.wire(bus))
    }

    /// What moves by itself: the bolt, the card in the driver's hand, what is broken.
    pub(crate) fn spawn_mechanics(&self) {
        let all = self.clone();
        self.spawn("mechanics", async move {
            let mut looks = tokio::time::interval(LOOK);
            looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                looks.tick().await;
                all.look();
            }
        });
        let all = self.clone();
        self.spawn("cards", async move {
            loop {
                let token = all.terminals.next_token().await;
                // Checked in `can_read` before the card was taken out of the wallet.
                if let Ok(uid) = token.id.parse() {
                    let _turn = all.hand.lock().await;
                    all.reader.present(uid);
                    tokio::time::sleep(HOLD).await;
                    all.reader.remove();
                }
            }
        });
    }

    fn look(&self) {
        let now = self.terminals.clock.now();
        self.lock.set_fault(
            now,
            match self.breaks.lock.current() {
                LinkFault::Gone | LinkFault::Nack => lock_motor::LockFault::Nack,
                LinkFault::MuteDevice | LinkFault::DeafDevice => lock_motor::LockFault::Silent,
                _ => lock_motor::LockFault::None,
            },
        );
        let bolt = self.terminals.lock_fault();
        self.lock.set_jammed(now, bolt == LockFault::Jammed);
        self.lock.stick_switches((bolt == LockFault::StuckContact).then_some(LockPosition::Unlocked));
        if self.terminals.told().outlet.kind == OutletKind::Socket {
            self.terminals.set_lock_position(self.lock.position(now));
        }
        self.reader.set_fault(match self.breaks.reader.current() {
            LinkFault::Gone | LinkFault::Nack => Pn532Fault::Nack,
            LinkFault::MuteDevice | LinkFault::StuckBus => Pn532Fault::Stuck,
            LinkFault::BadChecksums | LinkFault::Garbled => Pn532Fault::BadChecksum,
            _ => Pn532Fault::None,
        });
        self.terminals.modem().set_fault(match self.breaks.plc.current() {
            LinkFault::None => ModemFault::None,
            _ => ModemFault::Mute,
        });
    }

    /// The meter at the outlet on a byte stream.
    pub(crate) async fn outlet_meter(
        self,
        meter: &mut MeterServer,
        stream: impl AsyncRead + AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let broken = (&self.breaks.meter, Lasts::UntilGone);
        serve::bytes(meter, self.refresh_meter(), broken, stream, self.terminals.clock, None).await
    }

    /// What the meter at the outlet shows, and how it is broken.
    pub(crate) fn refresh_meter(&self) -> impl FnMut(&mut MeterServer, LinkFault) + use<> {
        let terminals = self.terminals.clone();
        let mut frozen = None;
        move |meter, fault| {
            let reading = terminals.outlet_meter();
            let shown = if fault == LinkFault::Stuck { *frozen.get_or_insert(reading) } else { reading };
            if fault != LinkFault::Stuck {
                frozen = None;
            }
            meter.bank_mut().set_reading(shown);
            let order = if fault == LinkFault::WrongWordOrder { WordOrder::Cdab } else { WordOrder::Abcd };
            meter.bank_mut().set_word_order(order);
            meter.set_fault(modbus_fault(fault));
        }
    }

    /// A rectifier behind an adapter on a byte stream.
    ///
    /// # Errors
    /// The endpoint names no protocol that the model speaks, in words.
    pub(crate) fn rectifier(
        &self,
        endpoint: &Endpoint,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    ) -> Result<(), String> {
        let protocol = match endpoint.option("proto") {
            Some("infypower") | None => Protocol::InfyPower,
            Some("uugreen") => Protocol::UuGreen,
            Some("winline") => Protocol::Winline,
            Some(other) => return Err(format!("{endpoint}: no model speaks {other}")),
        };
        let module = endpoint.number("module").map_err(|error| error.to_string())?.unwrap_or(0);
        let mut rectifier = Rectifier::new(protocol, module, self.terminals.dc().clone());
        let (all, tap) = (self.clone(), self.tap("can0"));
        let clock = self.terminals.clock;
        let refresh = move |rectifier: &mut Rectifier, fault: LinkFault| {
            rectifier.set_fault(
                clock.now(),
                match fault {
                    LinkFault::DeafDevice | LinkFault::MuteDevice | LinkFault::Nack | LinkFault::StuckBus => {
                        RectifierFault::Mute
                    }
                    LinkFault::WrongWordOrder => RectifierFault::WrongWordOrder,
                    _ => RectifierFault::None,
                },
            );
        };
        self.spawn("rectifier", async move {
            serve::slcan(&mut rectifier, refresh, &all.breaks.supply, stream, clock, tap).await
        });
        Ok(())
    }

    /// What the house meter shows, and how it is broken, for whichever way its frames take.
    pub(crate) fn refresh_linky(&self) -> impl FnMut(&mut Linky, LinkFault) + use<> {
        let terminals = self.terminals.clone();
        move |meter, fault| {
            meter.set_reading(terminals.house_meter());
            meter.set_fault(match fault {
                LinkFault::BadChecksums => LinkyFault::BadChecksums,
                LinkFault::ShortReads => LinkyFault::Truncated,
                LinkFault::Garbled | LinkFault::WrongWordOrder => LinkyFault::Noise,
                LinkFault::Gone | LinkFault::MuteDevice | LinkFault::Nack | LinkFault::StuckBus => LinkyFault::Silent,
                LinkFault::DeafDevice
                | LinkFault::MergedReads
                | LinkFault::Noise(_)
                | LinkFault::None
                | LinkFault::Stuck => LinkyFault::None,
            });
        }
    }
}

/// The models of a whole station. What it has for all its EVSEs is one model, and broken for all.
#[derive(Debug)]
pub(crate) struct StationWiring {
    /// What the station has for all.
    pub(crate) station: Wiring,
    /// What each EVSE has, in the order of their numbers.
    pub(crate) evses: Vec<Wiring>,
}

impl StationWiring {
    pub(crate) fn new(terminals: Terminals) -> Self {
        let told = terminals.charger.evses.clone();
        let station = Wiring::new(terminals);
        let evse = |(id, told): (EvseId, &EvseConfig)| {
            let mut own = Wiring { trouble: Rc::clone(&station.trouble), ..Wiring::new(station.terminals.at(id)?) };
            own.breaks.house_meter = station.breaks.house_meter.clone();
            if told.reader == Owner::Station {
                // Whoever stands at this EVSE holds the card to that reader.
                own.reader = station.reader.clone();
                own.hand = Rc::clone(&station.hand);
                own.breaks.reader = station.breaks.reader.clone();
            }
            if told.panel == Owner::Station {
                own.breaks.panel = station.breaks.panel.clone();
            }
            Some(own)
        };
        let evses = told.numbered().filter_map(evse).collect();
        Self { station, evses }
    }

    /// The models of that EVSE.
    pub(crate) fn of(&self, evse: EvseId) -> Option<&Wiring> {
        self.evses.get(evse.place())
    }

    /// What moves by itself.
    pub(crate) fn spawn_mechanics(&self) {
        self.evses.iter().for_each(Wiring::spawn_mechanics);
    }

    /// Whether the charger has told all that a scenario begins with.
    pub(crate) fn is_up(&self, charger: &State, devices: &RigDevices<Endpoint>) -> bool {
        self.evses.iter().all(|evse| evse.is_up(charger, devices))
    }
}

/// A meter that answers Modbus.
pub(crate) type MeterServer = RegisterServer<Box<dyn MeterBank>>;

/// A meter as an endpoint describes it.
///
/// # Errors
/// Its register map is not among the built-in ones, in words.
pub(crate) fn meter(endpoint: &Endpoint, framing: Framing) -> Result<MeterServer, String> {
    let name = endpoint.option("map").unwrap_or("eastron-sdm72d-m-v2");
    let bank = meters::meter(name).map_err(|error| format!("{endpoint}: {error}"))?;
    let unit = endpoint.number("unit").map_err(|error| error.to_string())?.unwrap_or(1);
    let mut server = RegisterServer::new(framing, unit, bank);
    server.bank_mut().set_reading(MeterReading::default());
    Ok(server)
}

/// A house meter as an endpoint describes it.
pub(crate) fn linky(endpoint: &Endpoint, terminals: &Terminals) -> Linky {
    let mode = if endpoint.option("mode") == Some("historic") { Mode::Historic } else { Mode::Standard };
    Linky::new(mode, terminals.told().outlet.phases)
}

pub(crate) fn modbus_fault(fault: LinkFault) -> ModbusFault {
    match fault {
        LinkFault::Noise(_) | LinkFault::None | LinkFault::Stuck | LinkFault::WrongWordOrder => ModbusFault::None,
        LinkFault::BadChecksums | LinkFault::Garbled => ModbusFault::BadCrc,
        LinkFault::MergedReads => ModbusFault::MergedReplies,
        LinkFault::ShortReads => ModbusFault::ShortReply,
        LinkFault::DeafDevice | LinkFault::Gone | LinkFault::MuteDevice | LinkFault::Nack | LinkFault::StuckBus => {
            ModbusFault::Mute
        }
    }
}
