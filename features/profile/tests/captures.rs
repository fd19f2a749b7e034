//! What is in the house is what the captures say: each car and each station that names captures is derived from them again. The
//! captures are in the folder that `PLUGFEST_CAPTURES` names.

mod tape;

use std::path::{Path, PathBuf};

use iso15118::station_profile::StationProfile;
use profile::Profiler;
use vehicle_model::Profile;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PLUGFEST_CAPTURES").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
    }
    folder
}

/// A file of the house, as it stands there.
fn file(folder: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder).join(format!("{name}.toml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn followed(folder: &Path, sources: &[String]) -> Profiler {
    let mut profiler = Profiler::new();
    for source in sources {
        let path = folder.join(source);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        tape::follow(&mut profiler, source, &bytes);
    }
    profiler
}

#[test]
fn cars_are_what_their_captures_say() {
    let Some(folder) = folder() else { return };
    let mut measured = 0;
    for name in Profile::names() {
        let Some(evcc) = Profile::builtin(name).expect("a car").evcc else { continue };
        let derived = followed(&folder, &evcc.sources).car().expect("a car").evcc;
        let text = file("vehicle-model/cars", name);
        assert_eq!(profile::car_file(Some(&text), name, &derived), text, "{name}");
        assert_eq!(derived, *evcc, "{name}");
        measured += 1;
    }
    assert_eq!(measured, 11, "models with captures");
}

#[test]
fn stations_are_what_their_captures_say() {
    let Some(folder) = folder() else { return };
    for name in StationProfile::names() {
        let station = StationProfile::builtin(name).expect("a station");
        let derived = followed(&folder, &station.sources).station(&station.name).expect("a station").profile;
        assert_eq!(profile::station_file(&derived), file("charger/iso15118/stations", name), "{name}");
        assert_eq!(derived, station, "{name}");
    }
    assert!(StationProfile::names().len() >= 5);
}

#[test]
fn every_capture_of_the_folder_belongs_to_a_car() {
    let Some(folder) = folder() else { return };
    let cars: Vec<_> =
        Profile::names().into_iter().filter_map(|name| Profile::builtin(name).expect("a car").evcc).collect();
    for entry in std::fs::read_dir(&folder).expect("the folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if [".dump", ".pcap"].iter().any(|end| name.ends_with(end)) {
            assert!(cars.iter().any(|car| car.sources.contains(&name)), "{name}");
        }
    }
}
