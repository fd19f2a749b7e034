//! What a run goes to: the twin, or a rig that a file describes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Host, RigFile, RigFileError, World};

/// What a run goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rig {
    /// The world of models, with its own clock.
    Twin,
    /// A rig with a file: devices, real or modelled, in real time.
    Wired(Box<RigFile>),
}

/// What the built-in twin has to offer.
pub const TWIN_CAPS: [&str; 11] =
    ["ac", "board", "dc", "evses", "grid", "imd", "lock", "meter", "panel", "plc", "rfid"];

/// Why there is no such rig.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FindError {
    /// Its file is wrong.
    #[error(transparent)]
    File(#[from] RigFileError),
    /// No folder has it.
    #[error("no rig {name}: expected twin, the path of a rig file, or one of {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The rigs that are there.
        known: String,
    },
}

impl Rig {
    /// The rig of that name: `twin`, a path that ends with `.toml`, or the bare name of a file in one of the folders.
    ///
    /// # Errors
    /// There is none, or its file is wrong.
    pub fn find(name: &str, folders: &[PathBuf]) -> Result<Self, FindError> {
        if name == "twin" {
            return Ok(Self::Twin);
        }
        let path = Path::new(name);
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Ok(Self::Wired(Box::new(RigFile::read(path)?)));
        }
        let bare = !name.is_empty() && path.file_name().is_some_and(|file| file == name);
        let file = folders.iter().map(|folder| folder.join(format!("{name}.toml"))).find(|file| bare && file.is_file());
        match file {
            Some(file) => Ok(Self::Wired(Box::new(RigFile::read(&file)?))),
            None => {
                let known: Vec<_> =
                    files(folders).iter().filter_map(|file| Some(file.file_stem()?.display().to_string())).collect();
                let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
                let known = if known.is_empty() {
                    format!("the rig files in {} (there are none)", folders.join(", "))
                } else {
                    known.join(", ")
                };
                Err(FindError::Unknown { name: name.into(), known })
            }
        }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Twin => "twin",
            Self::Wired(file) => &file.rig.id,
        }
    }

    /// What it has to offer.
    #[must_use]
    pub fn caps(&self) -> Vec<&str> {
        match self {
            Self::Twin => TWIN_CAPS.to_vec(),
            Self::Wired(file) => file.caps.provides.iter().map(String::as_str).collect(),
        }
    }

    /// What does the things that happen to the charger.
    #[must_use]
    pub fn world(&self) -> World {
        match self {
            Self::Twin => World::Twin,
            Self::Wired(file) => file.rig.world,
        }
    }

    /// The machine that holds the devices.
    #[must_use]
    pub fn host(&self) -> Host {
        match self {
            Self::Twin => Host::Local,
            Self::Wired(file) => file.rig.host,
        }
    }
}

/// The rig files in the folders, each folder's in the order of their names. A folder that cannot be read has none.
pub(crate) fn files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<_> = entries
            .filter(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "toml"))
            // The chargers of rigs lie beside them.
            .filter(|path| !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("charger")))
            .collect();
        files.sort();
        all.append(&mut files);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Vec<PathBuf> {
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../rigs")]
    }

    #[test]
    fn a_rig_is_found_by_its_name_and_by_its_path() {
        assert_eq!(Rig::find("twin", &[]), Ok(Rig::Twin));
        let named = Rig::find("uml", &folders()).expect("it is there");
        assert_eq!((named.id(), named.host(), named.world()), ("uml", Host::Uml, World::Twin));
        let path = folders()[0].join("uml.toml").display().to_string();
        assert_eq!(Rig::find(&path, &[]).expect("it is there").id(), "uml");
    }

    #[test]
    fn a_rig_that_is_not_there_is_told_with_those_that_are() {
        let error = Rig::find("bench-9", &folders()).expect_err("no such rig").to_string();
        assert_eq!(
            error,
            "no rig bench-9: expected twin, the path of a rig file, or one of bench-dc, desk, everest-yeti, tux-evse, uml-gpio, \
             uml"
        );
        let none = Rig::find("../rigs/uml", &folders()).expect_err("not a bare name").to_string();
        assert!(none.starts_with("no rig ../rigs/uml: "), "{none}");
        let empty = Rig::find("x", &["no/folder".into()]).expect_err("nothing there").to_string();
        assert_eq!(
            empty,
            "no rig x: expected twin, the path of a rig file, or one of the rig files in no/folder (there are none)"
        );
    }
}
