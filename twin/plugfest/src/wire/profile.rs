//! From captures to a car or a station: `plugfest profile`.

use std::fs;
use std::path::{Path, PathBuf};

use ::profile::{NothingToDerive, Profiler};
use clap::Args;
use features::print;
use iso15118::station_profile::StationProfile;

use super::Captures;
use super::follow::Inputs;

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

/// Derives a profile; answers the exit code: 0 for a profile of all that is there, 1 when something could not be read or nothing
/// can be derived, 2 for a wrong input.
pub(crate) fn profile(options: &Profile) -> i32 {
    let inputs = match Inputs::open(&options.captures) {
        Ok(inputs) => inputs,
        Err(trouble) => return trouble.complain(),
    };
    let mut profiler = Profiler::new();
    let mut code = 0;
    for name in &options.captures.captures {
        profiler.begin(if name == "-" { "standard input" } else { name });
        match inputs.follow(name, |seen| profiler.take(seen)) {
            Ok(incomplete) => code = code.max(i32::from(incomplete)),
            Err(trouble) => {
                let own = trouble.complain();
                if own == 2 {
                    return own;
                }
                code = code.max(own);
            }
        }
    }
    if profiler.left_out() > 0 {
        print::complain(format_args!("{} conversations too many: left out", profiler.left_out()));
        code = code.max(1);
    }
    let derived = if options.station { station(options, &profiler) } else { car(options, &profiler) };
    match derived {
        Ok((text, remarks)) => {
            for remark in remarks {
                print::complain(format_args!("{remark}"));
            }
            write(options.out.as_deref(), &text).map_or_else(
                |words| {
                    print::complain(format_args!("{words}"));
                    2
                },
                |()| code,
            )
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
    if let Some(file) = options.out.as_deref() {
        let is_station = |name: &str, text: &str| {
            StationProfile::from_toml(name, text).map(|_| ()).map_err(|error| error.to_string())
        };
        present(file, "station profile", is_station).map_err(Wrong::File)?;
    }
    Ok((::profile::station_file(&derived.profile), derived.remarks))
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
        remarks.push(format!("{}: battery and charger are in no capture: set them by hand", file.display()));
    }
    Ok((::profile::car_file(present.as_deref(), &options.name, &derived.evcc), remarks))
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
        Ok(found) if found.len() > LARGEST_FILE || !found.is_file() => {
            return Err(wrong(&format!("this is no {kind}")));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
    is_one(&file.display().to_string(), &text)?;
    Ok(Some(text))
}

fn write(out: Option<&Path>, text: &str) -> Result<(), String> {
    match out {
        None => print::print(format_args!("{text}")),
        Some(file) => fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?,
    }
    Ok(())
}
