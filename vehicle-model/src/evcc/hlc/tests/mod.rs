//! Tests of the EVCC: whole sessions against a scripted station in virtual time, watched by the judge.

mod bench;
mod cars;
mod endings;
mod hostile;
mod quirks;
mod random;
mod sessions;
mod station;
