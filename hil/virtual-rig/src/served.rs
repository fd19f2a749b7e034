//! The models of a rig on their wires, without a charger: for somebody who brings his own.
//!
//! What a scenario would do is done by whoever holds [`Served`]: the plug, the card. Time is real, and nothing is judged.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use hardware::{LinkFault, Token};
use hil::Endpoint;
use hil_rig::{Host, RigFile, World};
use panel_view::Picture;
use station::{BenchCommand, OutletKind};
use twin::{Action, Device, Opinion, OutsideHost, Setup, Terminals, Twin, TwinError};
use units::{EvseId, Instant};

use crate::local_wires::{OnWires, put_on_wires};
use crate::rig_devices::RigDevices;
use crate::scratch::Scratch;
use crate::wiring::StationWiring;
use crate::{abilities, board_file};

/// Every wire is made within this time.
const WIRED: Duration = Duration::from_secs(10);

/// The models of one rig, and where they are.
#[derive(Debug)]
pub struct Served {
    twin: Twin,
    rig: String,
    places: Places,
    folder: PathBuf,
    /// Goes last: the wires are in it.
    _scratch: Scratch,
}

/// Where a charger finds its devices and its CSMS.
#[derive(Clone, Debug, Default)]
struct Places {
    board_file: String,
    ptys: BTreeSet<PathBuf>,
    csms_port: Option<u16>,
    tethered: bool,
}

impl Served {
    /// Puts the models on their wires.
    ///
    /// # Errors
    /// The rig has no models, or its wires are not on this machine; a wire cannot be made.
    pub fn new(file: &RigFile, mut setup: Setup) -> Result<Self, String> {
        let rig = &file.rig.id;
        match (file.rig.world, file.rig.host) {
            (World::Twin, Host::Local) => {}
            (World::Twin, Host::Uml) => {
                return Err(format!(
                    "{rig}: its wires end inside a guest, where no charger of yours is; desk can be served"
                ));
            }
            (World::Operator, _) => return Err(format!("{rig}: its devices are real; there is no model to serve")),
        }
        let devices = RigDevices::for_charger(file, &setup.charger)?;
        devices.fit(&mut setup.charger);
        let scratch = Scratch::new()?;
        let folder = scratch.path().to_path_buf();
        let places = Rc::new(RefCell::new(Places::default()));
        let (found, own) = (Rc::clone(&places), folder.clone());
        let mut twin = Twin::new(setup.with_host(move |terminals| {
            let broken = |error: std::io::Error| TwinError::Broken(format!("the wires: {error}"));
            let (host, told) = NoHost::new(terminals, &own, devices.clone()).map_err(broken)?;
            *found.borrow_mut() = told;
            Ok(Box::new(host) as Box<dyn OutsideHost>)
        }))
        .map_err(|error| error.to_string())?;
        let places = places.take();
        // Each model makes its own terminal when its turn comes.
        if !twin.run_until(WIRED, |_| places.ptys.iter().all(|terminal| terminal.exists())) {
            return Err(twin.health().map_or_else(|error| error.to_string(), |()| "the wires are not there".into()));
        }
        Ok(Self { twin, rig: rig.clone(), places, folder, _scratch: scratch })
    }

    /// A board file for a charger on these wires; what else it needs to know stands there as comments.
    #[must_use]
    pub fn board_file(&self) -> String {
        let folder = self.folder.display();
        let mut text = format!("# The models of the rig {}, on their wires until this program ends.\n", self.rig);
        text += &self.places.board_file;
        if self.places.tethered {
            text += "# No lock is there: in charger.toml, kind = \"tethered\" under [outlet].\n";
        }
        let csms = self.places.csms_port.map_or_else(String::new, |port| format!(" --csms ws://127.0.0.1:{port}/ocpp"));
        // A String takes everything.
        let _ = writeln!(
            text,
            "# This, and a charger.toml that suits it, lie there as well:\n# chargerd --config {folder}/charger.toml \
             --board {folder}/board.toml --state STATE{csms}"
        );
        text
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// A wire broke, in words.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), String> {
        self.twin.run_for(duration);
        self.twin.health().map_err(|error| error.to_string())
    }

    /// Does something in the world.
    ///
    /// # Errors
    /// Why this rig cannot.
    pub fn act(&mut self, action: Action) -> Result<(), String> {
        self.twin.can(EvseId::FIRST, &action)?;
        self.twin.act(action);
        Ok(())
    }

    /// A card is held against the reader; the simulated CSMS accepts it.
    ///
    /// # Errors
    /// There is no reader, or no card has that number.
    pub fn present(&mut self, serial: &str) -> Result<(), String> {
        let card = Token::card(serial);
        self.twin.can(EvseId::FIRST, &Action::Badge(card.clone()))?;
        let id = card.id.clone();
        let known = Opinion { status: "Accepted".into(), group: None };
        self.twin.act(Action::CsmsPolicy(Box::new(move |policy| drop(policy.tokens.insert(id, known)))));
        self.twin.act(Action::Badge(card));
        Ok(())
    }

    /// What stands at the outlet now, in words: `pilot C2, PWM 53.3 %, contactor closed`.
    pub fn outlet(&mut self) -> String {
        let Some(outlet) = self.twin.snapshot(EvseId::FIRST).outlet else {
            unreachable!("its models are on the wires")
        };
        let contactor = if outlet.contactor { "closed" } else { "open" };
        format!("pilot {}, {}, contactor {contactor}", outlet.pilot_state, outlet.pilot)
    }
}

/// The place of a charger that this program knows nothing of.
struct NoHost {
    wiring: StationWiring,
    devices: RigDevices<Endpoint>,
}

impl NoHost {
    /// Puts the models on their wires; inside the runtime.
    fn new(
        terminals: Terminals,
        folder: &std::path::Path,
        devices: RigDevices<Endpoint>,
    ) -> std::io::Result<(Self, Places)> {
        let wiring = StationWiring::new(terminals);
        wiring.spawn_mechanics();
        let OnWires { told, ptys } = put_on_wires(&wiring, folder, &devices)?;
        let terminals = &wiring.station.terminals;
        board_file::write(folder, &terminals.charger, &told)?;
        let places = Places {
            board_file: board_file::board(&terminals.charger, &told),
            ptys,
            csms_port: terminals.csms_port,
            tethered: terminals.told().outlet.kind == OutletKind::Tethered,
        };
        Ok((Self { wiring, devices }, places))
    }
}

impl OutsideHost for NoHost {
    fn start(&mut self) -> Result<(), TwinError> {
        Ok(())
    }

    fn kill(&mut self) {}

    fn shut_down(&mut self) {}

    fn is_running(&self) -> bool {
        true
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn has_told(&self, _: Instant) -> bool {
        true
    }

    fn health(&self) -> Result<(), TwinError> {
        self.wiring.station.trouble().map_or(Ok(()), |trouble| Err(TwinError::Broken(trouble)))
    }

    fn link(&mut self, evse: EvseId, device: Device, fault: LinkFault) {
        if let Some(wiring) = self.wiring.of(evse) {
            wiring.breaks.of(device).set(fault);
        }
    }

    fn bench(&mut self, _: EvseId, _: BenchCommand) {}

    fn panel_picture(&mut self, _: EvseId) -> Poll<Result<Picture, String>> {
        Poll::Ready(Err(abilities::NO_PANEL.into()))
    }

    fn can(&self, evse: EvseId, action: &Action) -> Result<(), String> {
        match action {
            Action::Bench(_) | Action::Host(_) => Err("the charger is not this program's".into()),
            _ => abilities::can(evse, action, &self.devices),
        }
    }
}
