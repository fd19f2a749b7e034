//! Whether a scenario is run on a rig.
//!
//! | tag | the twin | a rig whose world is a twin | a bench with an operator |
//! |---|---|---|---|
//! | `@requires:WORD` | only what it offers | only what it offers | only what it offers |
//! | `@sim-only` | run | skipped | skipped |
//! | `@operator` | run: the model acts | run: the model acts | only when one is there |
//! | `@timing` | run | skipped on a guest, whose clock stalls | run |
//! | `@energised` | run | run: all energy is in models | asked for, allowed by the rig file, interlock closed |
//! | neither `@rig` nor `@bring-up` | run | run | as `@energised`: nobody has thought of a bench without power |
//!
//! A scenario that cannot be run here is skipped, with the reason. One that must not be run is refused, which is a failure.

use crate::caps::{bare, missing};
use crate::{Host, Rig, RigFile, World};

/// What the run was asked for, and what was read before the scenario.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags {
    /// The rig may be energised in this run.
    pub energised: bool,
    /// A person is at the rig.
    pub operator: bool,
    /// A scenario that cannot be run here is a failure.
    pub require_all: bool,
    /// What the interlock of the rig reads; nothing when it was not read.
    pub interlock_closed: Option<bool>,
}

/// Whether a scenario is run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// It must not be run: a failure, with the reason.
    Refuse(String),
    /// It is run.
    Run,
    /// It cannot be run here, with the reason.
    Skip(String),
}

/// Whether a scenario with these tags is run on that rig. Tags may have their `@`.
#[must_use]
pub fn decide(tags: &[impl AsRef<str>], rig: &Rig, flags: Flags) -> Decision {
    let tagged = |name: &str| tags.iter().any(|tag| bare(tag.as_ref()) == name);
    if tagged("requires:") {
        return Decision::Refuse("the tag @requires: names no capability".into());
    }
    let obstacle = cannot(tags, rig, flags, &tagged).map_or(Decision::Run, Decision::Skip);
    match obstacle {
        Decision::Skip(reason) if flags.require_all => Decision::Refuse(format!("{reason} (--require-all)")),
        Decision::Run if needs_power(tags, rig) => must_not(rig, flags).map_or(Decision::Run, Decision::Refuse),
        decision => decision,
    }
}

/// Whether a scenario with these tags needs power on that rig: it says so, or it was not written for benches.
#[must_use]
pub fn needs_power(tags: &[impl AsRef<str>], rig: &Rig) -> bool {
    let tagged = |name: &str| tags.iter().any(|tag| bare(tag.as_ref()) == name);
    tagged("energised") || (rig.world() == World::Operator && !tagged("rig") && !tagged("bring-up"))
}

/// Why it cannot be run here.
fn cannot(tags: &[impl AsRef<str>], rig: &Rig, flags: Flags, tagged: &dyn Fn(&str) -> bool) -> Option<String> {
    let id = rig.id();
    let missing = missing(tags, &rig.caps());
    if !missing.is_empty() {
        return Some(format!("rig {id} does not offer {}", missing.join(", ")));
    }
    let Rig::Wired(file) = rig else { return None };
    if tagged("sim-only") {
        return Some(format!("@sim-only: rig {id} has real links and real time"));
    }
    if tagged("operator") && rig.world() == World::Operator && !flags.operator {
        return Some(format!("@operator: somebody has to be at rig {id} (--operator)"));
    }
    if tagged("timing") && rig.host() == Host::Uml {
        return Some(format!("@timing: the clock of the guest of rig {id} may stall"));
    }
    if needs_power(tags, rig) && file.safety.is_real() && !flags.energised {
        return Some(format!("@energised: rig {id} is not to be energised in this run (--energised)"));
    }
    None
}

/// Why it must not be energised, although the run asks for it.
fn must_not(rig: &Rig, flags: Flags) -> Option<String> {
    let Rig::Wired(file) = rig else { return None };
    may_energise(file, flags).err().map(|why| format!("@energised: {why}"))
}

/// Whether power may be put on a rig now: the run has to ask for it, the file to allow it, the interlock to read closed. Where
/// all energy is in models, it may.
///
/// # Errors
/// Why not.
pub fn may_energise(file: &RigFile, flags: Flags) -> Result<(), String> {
    let (safety, name) = (&file.safety, file.path().display());
    if !safety.is_real() {
        return Ok(());
    }
    if !flags.energised {
        return Err(format!("rig {} is not to be energised in this run (--energised)", file.rig.id));
    }
    if !safety.energised {
        return Err(format!("{name}: safety.energised is false"));
    }
    let Some(interlock) = &safety.interlock else { return Err(format!("{name}: safety.interlock is missing")) };
    match flags.interlock_closed {
        Some(true) => Ok(()),
        Some(false) => Err(format!("the interlock {interlock} is open")),
        None => Err(format!("the interlock {interlock} was not read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tests::bench;

    fn rig(world: &str, more: &str) -> Rig {
        Rig::Wired(Box::new(bench(world, more).expect("a rig")))
    }

    /// A rig whose world is a twin.
    fn models(host: Host) -> Rig {
        let mut file = bench("operator", "[safety]\nmax_v = 0\nmax_a = 0\n").expect("a rig");
        (file.rig.host, file.rig.world) = (host, World::Twin);
        Rig::Wired(Box::new(file))
    }

    /// A bench that is allowed power and has no interlock: no file says so.
    fn unlocked() -> Rig {
        let mut file = bench("operator", LIVE).expect("a rig");
        file.safety.interlock = None;
        Rig::Wired(Box::new(file))
    }

    const NONE: Flags = Flags { energised: false, operator: false, require_all: false, interlock_closed: None };
    const SAFE: &str = "[safety]\nmax_v = 400\nmax_a = 16\n";
    const LIVE: &str =
        "[safety]\nmax_v = 400\nmax_a = 16\nenergised = true\ninterlock = \"gpio:/dev/gpiochip0@INTERLOCK\"\n";

    /// One letter of a decision, to write the matrix down.
    fn letter(decision: &Decision) -> char {
        match decision {
            Decision::Refuse(_) => 'x',
            Decision::Run => 'R',
            Decision::Skip(_) => '-',
        }
    }

    #[test]
    fn the_whole_matrix() {
        let rigs = [
            ("twin", Rig::Twin),
            ("guest", models(Host::Uml)),
            ("desk", models(Host::Local)),
            ("bench", rig("operator", SAFE)),
            ("live", rig("operator", LIVE)),
            ("unlocked", unlocked()),
        ];
        let interlock = |flags, closed| Flags { interlock_closed: closed, ..flags };
        let energised = Flags { energised: true, ..NONE };
        let flags = [
            NONE,
            Flags { operator: true, ..NONE },
            energised,
            interlock(energised, Some(false)),
            interlock(energised, Some(true)),
            Flags { require_all: true, ..NONE },
        ];
        let tags: [&[&str]; 8] = [
            &["@slow", "@rig"],
            &["@requires:rfid", "@bring-up"],
            &["@requires:dc", "@rig"],
            &["@sim-only", "@rig"],
            &["@operator", "@rig"],
            &["@timing", "@rig"],
            &["@energised", "@rig"],
            &["@V2G"],
        ];
        let mut matrix = String::new();
        for (name, rig) in &rigs {
            for tags in tags {
                let row: String = flags.iter().map(|flags| letter(&decide(tags, rig, *flags))).collect();
                matrix += &format!("{name:<9} {:<15} {row}\n", tags[0]);
            }
        }
        // Columns: no flag, --operator, --energised without, with open, with closed interlock, --require-all.
        assert_eq!(
            matrix,
            "\
twin      @slow           RRRRRR
twin      @requires:rfid  RRRRRR
twin      @requires:dc    RRRRRR
twin      @sim-only       RRRRRR
twin      @operator       RRRRRR
twin      @timing         RRRRRR
twin      @energised      RRRRRR
twin      @V2G            RRRRRR
guest     @slow           RRRRRR
guest     @requires:rfid  RRRRRR
guest     @requires:dc    -----x
guest     @sim-only       -----x
guest     @operator       RRRRRR
guest     @timing         -----x
guest     @energised      RRRRRR
guest     @V2G            RRRRRR
desk      @slow           RRRRRR
desk      @requires:rfid  RRRRRR
desk      @requires:dc    -----x
desk      @sim-only       -----x
desk      @operator       RRRRRR
desk      @timing         RRRRRR
desk      @energised      RRRRRR
desk      @V2G            RRRRRR
bench     @slow           RRRRRR
bench     @requires:rfid  RRRRRR
bench     @requires:dc    -----x
bench     @sim-only       -----x
bench     @operator       -R---x
bench     @timing         RRRRRR
bench     @energised      --xxxx
bench     @V2G            --xxxx
live      @slow           RRRRRR
live      @requires:rfid  RRRRRR
live      @requires:dc    -----x
live      @sim-only       -----x
live      @operator       -R---x
live      @timing         RRRRRR
live      @energised      --xxRx
live      @V2G            --xxRx
unlocked  @slow           RRRRRR
unlocked  @requires:rfid  RRRRRR
unlocked  @requires:dc    -----x
unlocked  @sim-only       -----x
unlocked  @operator       -R---x
unlocked  @timing         RRRRRR
unlocked  @energised      --xxxx
unlocked  @V2G            --xxxx
"
        );
    }

    #[test]
    fn each_decision_says_why() {
        let energised = Flags { energised: true, ..NONE };
        let why = |tag: &str, rig: &Rig, flags| match decide(&[tag, "@rig"], rig, flags) {
            Decision::Run => "run".to_owned(),
            Decision::Skip(reason) => format!("skip: {reason}"),
            Decision::Refuse(reason) => format!("refuse: {reason}"),
        };
        let file = std::path::Path::new("lab/mine.toml").display();
        assert_eq!(why("@requires:dc", &rig("operator", SAFE), NONE), "skip: rig bench-3 does not offer dc");
        assert_eq!(
            why("@energised", &rig("operator", SAFE), energised),
            format!("refuse: @energised: {file}: safety.energised is false")
        );
        assert_eq!(
            why("@energised", &rig("operator", LIVE), energised),
            "refuse: @energised: the interlock gpio:/dev/gpiochip0@INTERLOCK was not read"
        );
        assert_eq!(
            why("@timing", &models(Host::Uml), Flags { require_all: true, ..NONE }),
            "refuse: @timing: the clock of the guest of rig bench-3 may stall (--require-all)"
        );
        assert_eq!(why("@requires:", &Rig::Twin, NONE), "refuse: the tag @requires: names no capability");
    }

    #[test]
    fn what_cannot_be_run_is_skipped_before_it_is_refused() {
        // A bench without a modem is no failure of a suite that may be energised.
        let flags = Flags { energised: true, ..NONE };
        let decision = decide(&["@energised", "@requires:dc"], &rig("operator", SAFE), flags);
        assert_eq!(decision, Decision::Skip("rig bench-3 does not offer dc".into()));
    }
}
