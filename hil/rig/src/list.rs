//! `plugfest rig list`: which rigs there are, and whether they are free.

use std::path::PathBuf;

use crate::rig::{TWIN_CAPS, files};
use crate::table::Table;
use crate::{Host, Reservation, RigFile, World};

/// All rigs of the folders, and the twin, one a row.
#[must_use]
pub fn list(folders: &[PathBuf]) -> Table {
    let mut table = Table::new(&["RIG", "PLACE", "WORLD", "HOST", "OFFERS", "STATE"]);
    table.row(["twin", "built in", "twin", "virtual time", &TWIN_CAPS.join(" "), "free"].map(str::to_owned));
    for path in files(folders) {
        match RigFile::read(&path) {
            Ok(rig) => {
                let state = state(&rig);
                let caps = rig.caps.provides.join(" ");
                table.row([
                    rig.rig.id,
                    rig.rig.place,
                    world(rig.rig.world).into(),
                    host(rig.rig.host).into(),
                    caps,
                    state,
                ]);
            }
            Err(error) => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                table.row([name, "-".into(), "-".into(), "-".into(), "-".into(), format!("error: {error}")]);
            }
        }
    }
    table
}

fn state(rig: &RigFile) -> String {
    if let Some(coordinator) = &rig.reservation.labgrid {
        return format!("place {} at {coordinator}", rig.labgrid_place());
    }
    match Reservation::holder(rig) {
        Ok(None) => "free".into(),
        Ok(Some(owner)) => format!("taken by {owner}"),
        Err(error) => format!("error: {error}"),
    }
}

const fn world(world: World) -> &'static str {
    match world {
        World::Operator => "operator",
        World::Twin => "twin",
    }
}

const fn host(host: Host) -> &'static str {
    match host {
        Host::Local => "local",
        Host::Uml => "uml",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;
    use std::fs;

    #[test]
    fn rigs_are_listed_with_their_state_and_their_errors() {
        let folder = Folder::new("list");
        let locks = folder.path().join("locks").display().to_string().replace('\\', "/");
        let rig = |id: &str, more: &str| {
            let text = format!(
                "[rig]\nid = \"{id}\"\nplace = \"lab 2\"\nworld = \"twin\"\n[safety]\nmax_v = 0\nmax_a = 0\n[caps]\nprovides = \
                 [\"can\"]\n[reservation]\nfolder = \"{locks}\"\n{more}"
            );
            fs::write(folder.path().join(format!("{id}.toml")), text).expect("written");
        };
        rig("a", "");
        rig("b", "labgrid = \"coordinator:20408\"\n");
        rig("c", "");
        fs::write(folder.path().join("d.toml"), "[rig]\n").expect("written");
        // Neither a charger beside its rig nor another file is a rig.
        fs::write(folder.path().join("a.charger.toml"), "").expect("written");
        fs::write(folder.path().join("rig.schema.json"), "{}").expect("written");
        let taken = RigFile::read(&folder.path().join("c.toml")).expect("a rig");
        let _mine = Reservation::take(&taken).expect("free");
        let text = list(&[folder.path().into(), "no/folder".into()]).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[1].starts_with("twin  built in  twin") && lines[1].ends_with("free"), "{text}");
        assert!(
            lines[2].starts_with("a     lab 2     twin   local         can") && lines[2].ends_with("free"),
            "{text}"
        );
        assert!(lines[3].ends_with("place b at coordinator:20408"), "{text}");
        assert!(lines[4].contains("taken by "), "{text}");
        assert!(lines[5].contains("error: ") && lines[5].contains("missing field"), "{text}");
    }
}
