//! The arrows between the files of a crate point one way: whoever reads a file from the bottom up never comes back to where he
//! began. A module and the files below it count as one house in this: they may know each other. And no crate leads back up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, as the names on the way to it; the crate itself has none.
type Module = Vec<String>;

/// The source files of one crate, tests left out.
struct Crate {
    sources: BTreeMap<Module, String>,
}

impl Crate {
    fn read(src: &Path) -> Self {
        let mut files = Vec::new();
        list(src, &mut files);
        let mut sources = BTreeMap::new();
        let mut tests: BTreeSet<Module> = BTreeSet::new();
        for file in files {
            let module = module_of(file.strip_prefix(src).expect("it was found there"));
            let text = without_comments(&fs::read_to_string(&file).expect("a source"));
            let (text, test_modules) = without_tests(&text);
            tests.extend(test_modules.into_iter().map(|name| child(&module, &name)));
            // A crate with a library and a program has two roots; the program's is on top of everything anyway.
            sources.entry(module).and_modify(|all: &mut String| all.push_str(&text)).or_insert(text);
        }
        sources.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self { sources }
    }

    /// The module that a path leads to from a file, and whatever it names there.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<(Module, Option<String>)> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            name => {
                let own = child(from, name);
                self.sources.contains_key(&own).then_some(own)?
            }
        };
        while let Some((next, further)) = rest.split_first() {
            if next == "super" {
                at.pop()?;
            } else if self.sources.contains_key(&child(&at, next)) {
                at.push(next.clone());
            } else {
                return Some((at, Some(next.clone())));
            }
            rest = further;
        }
        Some((at, None))
    }

    /// Where something really is that a module passes on with `pub use`.
    fn origin(&self, module: Module, item: &str, depth: u32) -> Module {
        for path in paths(&self.sources[&module], true) {
            if depth < 8
                && path.last().is_some_and(|last| last == item)
                && let Some((there, Some(name))) = self.resolve(&module, &path)
                && there != module
            {
                return self.origin(there, &name, depth + 1);
            }
        }
        module
    }

    /// Which module knows which others, and by what name.
    fn arrows(&self) -> BTreeMap<Module, BTreeMap<Module, String>> {
        let mut arrows: BTreeMap<Module, BTreeMap<Module, String>> = BTreeMap::new();
        for (module, text) in &self.sources {
            let to = arrows.entry(module.clone()).or_default();
            for path in paths(text, false) {
                let Some((there, item)) = self.resolve(module, &path) else { continue };
                let there = match &item {
                    Some(item) => self.origin(there, item, 0),
                    None => there,
                };
                if !there.starts_with(module) && !module.starts_with(&there) {
                    to.entry(there).or_insert_with(|| item.unwrap_or_default());
                }
            }
        }
        arrows
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &Path) -> Module {
    let mut module: Module = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let root = module.len() == 1 && matches!(module[0].as_str(), "lib" | "main");
    if root || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn child(of: &[String], name: &str) -> Module {
    [of, &[name.to_owned()]].concat()
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The text without what is only built for tests, and the modules in other files that are.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut modules) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[cfg(") && line.contains("test")) {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        // Whatever attributes follow, it is the item below them.
        let Some(item) = lines.find(|line| !line.starts_with("#[")) else { break };
        match item.strip_suffix(';').and_then(|item| item.rsplit_once("mod ")) {
            Some((_, name)) => modules.push(name.to_owned()),
            None if item.ends_with('{') => drop(lines.find(|line| line.starts_with('}'))),
            None => {}
        }
    }
    (kept, modules)
}

/// Every path of a text that may lead into its own crate; of `use` alone those that are passed on.
fn paths(text: &str, passed_on: bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_public = line.starts_with("pub");
        let is_use = line.is_empty() || is_public && !line.contains(' ');
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if is_use && (is_public || !passed_on) {
            expand(&rest[at + 4..end], &[], &mut found);
        }
        rest = &rest[(if is_use { end } else { at + 4 })..];
    }
    if !passed_on {
        for start in ["crate::", "super::"] {
            found.extend(text.match_indices(start).map(|(at, _)| {
                let path = text[at..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next();
                path.unwrap_or_default().split("::").map(str::to_owned).collect()
            }));
        }
    }
    found
}

/// `a::{b, c::D}` is `a::b` and `a::c::D`.
fn expand(tree: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, Some(group.strip_suffix('}').unwrap_or(group))),
        None => (tree, None),
    };
    let names =
        head.split(" as ").next().unwrap_or_default().split("::").map(str::trim).filter(|name| !name.is_empty());
    let path: Vec<String> = before.iter().cloned().chain(names.map(str::to_owned)).collect();
    let Some(group) = group else { return found.push(path) };
    let (mut depth, mut begun) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[begun..at].trim().is_empty() {
                    expand(&group[begun..at], &path, found);
                }
                begun = at + 1;
            }
            _ => {}
        }
    }
}

/// The way from a module along the arrows back to itself, if there is one.
fn circle(arrows: &BTreeMap<Module, BTreeMap<Module, String>>, begin: &Module) -> Option<Vec<Module>> {
    let mut ways = vec![vec![begin.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in arrows.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            if next == begin {
                return Some([way, vec![next.clone()]].concat());
            }
            if seen.insert(next.clone()) {
                ways.push([way.clone(), vec![next.clone()]].concat());
            }
        }
    }
    None
}

/// The folders of all crates of the workspace.
fn crates() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(top.join("Cargo.toml")).expect("the workspace");
    let members = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']')).expect("its members").0;
    members.split('"').skip(1).step_by(2).map(|member| top.join(member)).collect()
}

#[test]
fn no_file_comes_back_to_itself() {
    let (mut circles, mut seen) = (Vec::new(), 0);
    for folder in crates() {
        let arrows = Crate::read(&folder.join("src")).arrows();
        seen += arrows.values().map(BTreeMap::len).sum::<usize>();
        for module in arrows.keys() {
            if let Some(way) = circle(&arrows, module) {
                let way: Vec<_> = way.iter().map(|module| module.join("/")).collect();
                let name = folder.file_name().unwrap_or_default().display();
                circles.push(format!("{name}: {}", way.join(" -> ")));
            }
        }
    }
    assert!(seen > 300, "only {seen} arrows were found: the reading of the sources does not work");
    assert!(circles.is_empty(), "files that come back to themselves:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_through_what_is_passed_on() {
    let source = |module: &str, text: &str| {
        let module = module.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        (module, text.to_owned())
    };
    let sources = [
        source("", "mod a;\nmod b;\npub(crate) use b::{Deep, inner::Thing};\n"),
        source("a", "use crate::{Other, Thing};\nfn f() {}\n"),
        source("b", "pub mod inner;\n"),
        source("b/inner", "struct Thing(super::super::a::F);\n"),
    ];
    let one = Crate { sources: sources.into_iter().collect() };
    let way = circle(&one.arrows(), &vec!["a".to_owned()]).expect("a circle");
    assert_eq!(way.iter().map(|module| module.join("/")).collect::<Vec<_>>(), ["a", "b/inner", "a"]);
    let (kept, tests) =
        without_tests("use a::B;\n#[cfg(test)]\nmod tests {\n    use c::D;\n}\n#[cfg(test)]\nmod bench;\nuse e::F;\n");
    assert_eq!((kept.as_str(), tests), ("use a::B;\nuse e::F;\n", vec!["bench".to_owned()]));
}

/// Who must never lead to whom, over whatever crates between.
const NEVER: [(&str, &[&str]); 13] = [
    ("units", &["hardware", "iec61851", "session", "station", "twin", "hil"]),
    ("iec61851", &["hardware", "session", "station", "ocpp", "twin", "hil", "vehicle-model"]),
    ("energy", &["session", "station", "ocpp", "twin", "hil"]),
    ("session", &["tokio", "ocpp", "station", "twin", "hil"]),
    ("slac", &["tokio", "hardware", "wire", "iec61851", "session", "station", "twin", "hil", "vehicle-model"]),
    ("ocpp", &["station", "twin", "hil", "vehicle-model"]),
    ("station", &["twin", "hil", "hil-rig", "vehicle-model", "grid-model", "features"]),
    ("vehicle-model", &["tokio", "station", "session", "ocpp", "energy", "twin", "hil", "grid-model"]),
    ("grid-model", &["tokio", "station", "session", "ocpp", "vehicle-model", "twin", "hil"]),
    ("twin", &["hil", "hil-rig", "features", "virtual-rig", "chargerd"]),
    ("hil", &["twin", "hil-rig", "features", "station", "virtual-rig", "chargerd"]),
    ("hil-rig", &["hil", "twin", "station", "features", "chargerd"]),
    ("features", &["hil", "virtual-rig", "chargerd", "plugfest"]),
];

/// What each crate of the workspace depends on when it is built, tests and benchmarks left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let read = |folder: PathBuf| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let (mut name, mut own, mut section) = (String::new(), BTreeSet::new(), "");
        for line in manifest.lines() {
            let line = line.trim();
            if line.starts_with('[') {
                section = line;
            } else if let Some((key, value)) = line.split_once('=') {
                let key = key.trim().trim_end_matches(".workspace");
                if section == "[package]" && key == "name" {
                    name = value.trim().trim_matches('"').to_owned();
                } else if section == "[dependencies]" || section.ends_with(".dependencies]") {
                    own.insert(key.to_owned());
                }
            }
        }
        (name, own)
    };
    crates().into_iter().map(read).collect()
}

#[test]
fn no_crate_leads_back_up() {
    let all = dependencies();
    let reach = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = next.pop() {
            for further in all.get(&name).into_iter().flatten() {
                if seen.insert(further.clone()) {
                    next.push(further.clone());
                }
            }
        }
        seen
    };
    assert!(reach("plugfest").contains("units"), "the manifests are not read as they stand");
    let wrong: Vec<_> = NEVER
        .iter()
        .flat_map(|(from, never)| {
            assert!(all.contains_key(*from), "there is no crate {from}");
            let reached = reach(from);
            never.iter().filter(move |to| reached.contains(**to)).map(move |to| format!("{from} -> ... -> {to}"))
        })
        .collect();
    assert!(wrong.is_empty(), "arrows that run back up:\n{}", wrong.join("\n"));
}
