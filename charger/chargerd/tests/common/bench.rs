//! A bench with a person beside it: the charger's devices are models that the test plays, the person's answers a script.

use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::Arc;

use features::{Case, Outcome, Phrases, Rigs, discover, perform};
use hil_rig::{Flags, RigFile};
use iec61851::{Command, Permission, PilotSignal};
use virtual_rig::operator::{OperatorRigs, Terminal};

use super::Folder;
use super::models::{Board, Model, meter_behind};

pub(crate) const PLUGGED: &str = "@rig\nFeature: f\n  Scenario: s\n    Given a charger where nobody needs a token\n    \
                       When the driver plugs in\n    Then within 20 s the pilot is in state B\n    \
                       And the contactor is open\n";

pub(crate) const OPERATOR: Flags =
    Flags { energised: false, operator: true, require_all: false, interlock_closed: None };
pub(crate) const ALONE: Flags = Flags { operator: false, ..OPERATOR };

/// Who says at the bench what the board's firmware sees.
pub(crate) struct Bench {
    pub(crate) folder: Folder,
    pub(crate) board: Board,
    _meter: Model,
}

impl Bench {
    pub(crate) fn new(test: &str, feature: &str) -> Self {
        let folder = Folder::new(test);
        let (board, meter) = (Board::with_a_free_outlet(&folder.path("board")), meter_behind(&folder.path("meter")));
        let at = |name: &str| folder.path(name).display().to_string();
        folder.write(
            "bench.toml",
            &format!(
                "[rig]\nid = \"{test}\"\nplace = \"here\"\nworld = \"operator\"\n[safety]\nmax_v = 400\nmax_a = 16\nenergised = \
                 true\ninterlock = \"gpio:/dev/chargerd-no-chip@DOOR\"\n[caps]\nprovides = [\"board.uart\", \"meter\"]\n[devices]\n\
                 power_board = \"uart:{}?tethered\"\nmeter = \"modbus:{}?map=eastron-sdm72d-m-v2&unit=1\"\n[timing]\nstall_ms = \
                 60000\n[reservation]\nfolder = \"{}\"\n",
                at("board"),
                at("meter"),
                at("locks")
            ),
        );
        folder.write("bench.feature", feature);
        Self { folder, board, _meter: meter }
    }

    pub(crate) fn file(&self) -> RigFile {
        RigFile::read(&self.folder.path("bench.toml")).expect("a rig file")
    }

    pub(crate) fn rigs(&self, answers: Option<&'static str>, flags: Flags) -> Result<Arc<dyn Rigs>, String> {
        let terminal = answers.map(|answers| Terminal::scripted(answers.as_bytes()));
        let lost = self.folder.path("lost");
        // It ends well when it is told to; what it does when the program dies is another test.
        let watchdog = move |_: &Path, _: &Path| {
            let mut shell = Program::new("sh");
            let script = "while read word; do [ \"$word\" = done ] && exit 0; done; echo lost > \"$0\"; exit 3";
            shell.args(["-c", script]).arg(&lost).stdout(Stdio::null());
            shell
        };
        let charger = env!("CARGO_BIN_EXE_chargerd").into();
        OperatorRigs::with_charger(self.file(), flags, terminal, Box::new(watchdog), charger)
            .map(|rigs| Arc::new(rigs) as Arc<dyn Rigs>)
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        let paths = vec![self.folder.path("bench.feature")];
        discover(&features::Options { paths, ..features::Options::default() }).expect("scenarios")
    }

    /// Plays the only scenario; what the board sees is told on another thread.
    pub(crate) fn play(&mut self, rigs: &Arc<dyn Rigs>, world: impl FnOnce(&Board) + Send) -> Outcome {
        let cases = self.cases();
        let folder = self.folder.path("evidence");
        let board = &mut self.board;
        std::thread::scope(|scope| {
            let world = scope.spawn(move || world(board));
            let outcome = perform(&cases[0], features::Conditions::default(), Some(&folder), &Phrases::default(), rigs);
            world.join().expect("the world plays on");
            outcome
        })
    }

    pub(crate) fn is_safe(&self) {
        self.board.hears(Command::AllowPower(Permission::Withdrawn));
        self.board.hears(Command::SetPilot(PilotSignal::X1));
    }
}
