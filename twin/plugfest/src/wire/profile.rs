//! From captures to a car or a station: `plugfest profile`.

use std::fs;
use std::path::{Path, PathBuf};

use ::profile::{NothingToDerive, Profiler};
use clap::Args;
use features::print;
use iso15118::station_profile::StationProfile;

use super::Captures;
use super::follow::{Found, Inputs};

/// What is derived, and where it goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Profile {
    #[command(flatten)]
    pub(crate) captures: Captures,
    /// Derives the car (the default): the table `evcc` of a car's file
    #[arg(long, conflicts_with = "station")]
    pub(crate) car: bool,
    /// Derives the station
    #[arg(long)]
    pub(crate) station: bool,
    /// What people call it
    #[arg(long, value_name = "NAME", default_value = "of captures")]
    pub(crate) name: String,
    /// Writes a file instead of the terminal; of a car's file what is set by hand stays
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Car files are small; a larger one is something else.
const LARGEST_FILE: u64 = 1 << 20;

/// For whoever asks for help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 a profile of all that is there, 1 something of a capture could not be read, or nothing can be derived, 2 usage, a capture
of which nothing could be read, or a file that cannot be written. What the other captures tell is derived all the same.";

/// Derives a profile; answers the exit code: 0 for a profile of all that is there, 1 when something could not be read or nothing
/// can be derived, 2 for a wrong input; the others are still used.
pub(crate) fn profile(options: &Profile) -> i32 {
    let inputs = match Inputs::open(&options.captures) {
        Ok(inputs) => inputs,
        Err(trouble) => return trouble.complain(),
    };
    let mut profiler = Profiler::new();
    let (mut code, mut read) = (0, 0);
    for name in &options.captures.captures {
        profiler.begin(if name == "-" { "standard input" } else { name });
        let followed = inputs.follow(name, |found| match found {
            Found::In { conversation, sighting, .. } => profiler.see(conversation, sighting),
            Found::Line(line) => print::complain(format_args!("{line}")),
        });
        let own = followed.map_or_else(|trouble| trouble.complain(), i32::from);
        read += u32::from(own < 2);
        code = code.max(own);
    }
    if read == 0 {
        // Why nothing can be derived was told, capture by capture.
        return code;
    }
    if profiler.left_out() > 0 {
        print::complain(format_args!("{} conversations too many: left out", profiler.left_out()));
        code = code.max(1);
    }
    let derived = if options.station { station(options, &profiler) } else { car(options, &profiler) };
    match derived {
        Ok((text, remarks)) => {
            if let Err(words) = write(options.out.as_deref(), &text) {
                print::complain(format_args!("{words}"));
                return 2;
            }
            for remark in remarks {
                print::complain(format_args!("{remark}"));
            }
            code
        }
        Err(Wrong::Nothing(nothing)) => {
            print::complain(format_args!("nothing to derive: {nothing}"));
            code.max(1)
        }
        Err(Wrong::File(words)) => {
            print::complain(format_args!("{words}"));
            2
        }
    }
}

/// Why there is no profile.
enum Wrong {
    Nothing(NothingToDerive),
    /// One line about the file that there is.
    File(String),
}

/// A profile as a file, and what was left out.
type Derived = Result<(String, Vec<String>), Wrong>;

fn station(options: &Profile, profiler: &Profiler) -> Derived {
    let derived = profiler.station(&options.name).map_err(Wrong::Nothing)?;
    let text = ::profile::station_file(&derived.profile);
    if let Some(file) = options.out.as_deref() {
        let is_station = |name: &str, text: &str| {
            StationProfile::from_toml(name, text).map(|_| ()).map_err(|error| error.to_string())
        };
        present(file, "station profile", is_station).map_err(Wrong::File)?;
        is_readable(file, &text, is_station)?;
    }
    Ok((text, derived.remarks))
}

fn car(options: &Profile, profiler: &Profiler) -> Derived {
    let derived = profiler.car().map_err(Wrong::Nothing)?;
    let Some(file) = options.out.as_deref() else {
        return Ok((::profile::measured_part(&options.name, &derived.evcc), derived.remarks));
    };
    let is_car = |name: &str, text: &str| {
        vehicle_model::Profile::from_toml(name, text).map(|_| ()).map_err(|error| error.to_string())
    };
    let present = present(file, "car file", is_car).map_err(Wrong::File)?;
    let mut remarks = derived.remarks;
    if present.is_none() {
        remarks.push(format!(
            "{}: captures tell little of battery and charger: set by hand what is called assumed",
            file.display()
        ));
    }
    let text = ::profile::car_file(present.as_deref(), &options.name, &derived.evcc);
    is_readable(file, &text, is_car)?;
    Ok((text, remarks))
}

/// A capture may say what nobody can be; a file with that could not be read again.
fn is_readable(file: &Path, text: &str, is_one: impl FnOnce(&str, &str) -> Result<(), String>) -> Result<(), Wrong> {
    is_one(&file.display().to_string(), text).map_err(|why| Wrong::File(format!("nothing is written: {why}")))
}

/// The file that there is, if there is one. What is none of its kind is not written over.
fn present(
    file: &Path,
    kind: &str,
    is_one: impl FnOnce(&str, &str) -> Result<(), String>,
) -> Result<Option<String>, String> {
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(&error)),
        Ok(found) if found.is_dir() => return Err(wrong(&"this is a folder; expected a file to write")),
        // A device or a pipe has nothing that could be lost.
        Ok(found) if !found.is_file() => return Ok(None),
        Ok(found) if found.len() > LARGEST_FILE => return Err(wrong(&format!("this is no {kind}: it is too large"))),
        Ok(_) => {}
    }
    let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
    is_one(&file.display().to_string(), &text)?;
    Ok(Some(text))
}

fn write(out: Option<&Path>, text: &str) -> Result<(), String> {
    match out {
        None => print::print(format_args!("{text}")),
        Some(file) => {
            super::file::write(file, text)
                .map_err(|error| format!("{}: it cannot be written: {error}", file.display()))?;
        }
    }
    Ok(())
}
