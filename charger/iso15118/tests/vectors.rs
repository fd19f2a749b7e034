//! Vectors of the EXI reference implementation: read in each form, written again, compared with the XML that they say.

use exi::{Facets, Tree, xml};
use iso15118::schemas;

fn bytes(text: &str) -> Vec<u8> {
    exi::text::hex::read(text).expect("hex")
}

fn check(line: &serde_json::Value) -> Result<usize, String> {
    let set = schemas::by_name(line["set"].as_str().unwrap()).unwrap();
    let mut forms = 0;
    let xml_tree =
        line["xml"].as_str().map(|text| xml::read(set, text)).transpose().map_err(|error| error.to_string())?;
    for (form, literal) in [
        ("document", "document"),
        ("document_string_table", "document"),
        ("fragment", "fragment"),
        ("fragment_string_table", "fragment"),
    ] {
        let Some(hex) = line[form].as_str() else { continue };
        forms += 1;
        let wanted = bytes(line[literal].as_str().unwrap());
        let input = bytes(hex);
        let mut out = Vec::new();
        let tree: Tree = if literal == "document" {
            let tree: Tree =
                exi::from_document(set, &input, Facets::Off).map_err(|error| format!("{form}: {error}"))?;
            exi::tree_to_document(set, &tree, Facets::Off, &mut out).map_err(|error| format!("{form}: {error}"))?;
            tree
        } else {
            let tree: Tree =
                exi::from_fragment(set, &input, Facets::Off).map_err(|error| format!("{form}: {error}"))?;
            exi::tree_to_fragment(set, &tree, Facets::Off, &mut out).map_err(|error| format!("{form}: {error}"))?;
            tree
        };
        if out != wanted {
            return Err(format!(
                "{form}: {} written, {} wanted; {tree:?}",
                exi::text::hex::write(&out),
                exi::text::hex::write(&wanted)
            ));
        }
        let text = xml::write(set, &tree).map_err(|error| error.to_string())?;
        let back = xml::read(set, &text).map_err(|error| format!("{form}: {error} in {text}"))?;
        if back != tree {
            return Err(format!("{form}: {text} is {back:?}, and was {tree:?}"));
        }
        if literal == "document" && xml_tree.as_ref().is_some_and(|wanted| *wanted != tree) {
            return Err({
                let (a, b) = (format!("{tree:?}"), format!("{:?}", xml_tree.as_ref().unwrap()));
                let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(0).saturating_sub(60);
                let at = (0..=at).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
                format!(
                    "{form}: {} read, {} in the XML",
                    a[at..].chars().take(160).collect::<String>(),
                    b[at..].chars().take(160).collect::<String>()
                )
            });
        }
    }
    Ok(forms)
}

#[test]
fn vectors_are_read_and_written_in_each_form() {
    let Some(folder) = std::env::var_os("PLUGFEST_VECTORS") else {
        eprintln!("not applicable: PLUGFEST_VECTORS names no folder");
        return;
    };
    let mut wrong = 0;
    let mut forms = 0;
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .collect();
    files.sort();
    for file in files {
        let (mut bad, mut all) = (0, 0);
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            all += 1;
            match check(&line) {
                Ok(count) => forms += count,
                Err(error) => {
                    bad += 1;
                    if bad < 4 {
                        eprintln!(
                            "{} {}: {}",
                            file.file_name().unwrap().to_string_lossy(),
                            line["name"],
                            &error[..error.len().min(1200)]
                        );
                    }
                }
            }
        }
        eprintln!("{}: {bad} of {all} wrong", file.file_name().unwrap().to_string_lossy());
        wrong += bad;
    }
    eprintln!("{forms} forms");
    assert_eq!(wrong, 0);
}
