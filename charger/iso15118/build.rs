//! Makes the tables of each schema set from its descriptions.

use std::path::Path;
use std::{env, fs};

use exi_compiler::{compile, text};

/// Each set and the files that describe its namespaces.
const SETS: [(&str, &[&str]); 9] = [
    ("sap", &["sap"]),
    ("din", &["din", "xmldsig"]),
    ("iso2", &["iso2", "xmldsig"]),
    ("iso20_messages", &["iso20_messages", "iso20_types", "xmldsig"]),
    ("iso20_ac", &["iso20_ac", "iso20_types", "xmldsig"]),
    ("iso20_dc", &["iso20_dc", "iso20_types", "xmldsig"]),
    ("iso20_wpt", &["iso20_wpt", "iso20_types", "xmldsig"]),
    ("iso20_acdp", &["iso20_acdp", "iso20_types", "xmldsig"]),
    ("xmldsig", &["xmldsig"]),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=schemas");
    let out = env::var("OUT_DIR")?;
    for (set, files) in SETS {
        let mut namespaces = Default::default();
        for file in files {
            let path = format!("schemas/{file}.txt");
            text::read(&path, &fs::read_to_string(&path)?, &mut namespaces)?;
        }
        fs::write(Path::new(&out).join(format!("{set}.rs")), compile(set, &namespaces)?)?;
    }
    Ok(())
}
