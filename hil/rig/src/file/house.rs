//! The rig files of the house, and the schema with which an editor helps to write others.

use std::fs;
use std::path::{Path, PathBuf};

use super::RigFile;
use crate::rig::files;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rigs")
}

#[test]
fn every_rig_file_is_right_and_goes_by_its_name() {
    let files = files(&[folder()]);
    assert_eq!(files.len(), 6);
    for path in files {
        let rig = RigFile::read(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(rig.rig.id.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        assert!(!rig.safety.energised, "{}: a rig file of the house is a start, not a permission", path.display());
        let text = fs::read_to_string(&path).expect("it was read before");
        assert!(text.starts_with("#:schema rig.schema.json\n"), "{}", path.display());
    }
}

/// `PLUGFEST_UPDATE=1 cargo test -p hil-rig schema` writes it anew.
#[test]
fn the_schema_is_fresh() {
    let path = folder().join("rig.schema.json");
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(RigFile)).expect("a schema is JSON") + "\n";
    if std::env::var_os("PLUGFEST_UPDATE").is_some() {
        fs::write(&path, &schema).expect("the folder can be written to");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == schema, "rig.schema.json is stale: PLUGFEST_UPDATE=1 cargo test -p hil-rig schema");
}
