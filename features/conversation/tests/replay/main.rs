//! Recorded sessions, played again: the requests of real cars at our charger, and the answers of real stations to our car. Each
//! gets as far as it did when it was recorded, or further. `features/captures/replayed.txt` says how far, and why where it is less;
//! `PLUGFEST_CAPTURES=FOLDER PLUGFEST_REPLAYED=write cargo test -p conversation --test replay` writes it.

mod at_our_charger;
mod outcome;
mod recorded;
mod rewrite;
mod with_our_car;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use outcome::{HowFar, Row};

const HEAD: &str = "\
# How far the sessions of public captures come here. README.md beside this file explains it; a test holds this table against the
# captures when PLUGFEST_CAPTURES names their folder, and its file says how it is written again.
#
# capture | conversation | protocol | recorded: requests | until | here: requests | until | how far | what is to be said of it
";

/// A part of the table, and its totals.
fn part(title: &str, rows: &[Row]) -> String {
    let count = |how_far| rows.iter().filter(|row| row.how_far == how_far).count();
    let (less, same, further) = (count(HowFar::Less), count(HowFar::Same), count(HowFar::Further));
    let mut text =
        format!("\n## {title}: {} connections, {same} as far, {further} further, {less} less\n\n", rows.len());
    for row in rows {
        let _ = writeln!(text, "{}", row.text);
    }
    text
}

#[test]
fn recorded_sessions_come_as_far_here_as_the_table_says() {
    let Some(sessions) = recorded::sessions() else { return };
    let row = |session| outcome::row(session, &outcome::granted(session), &at_our_charger::replay(session));
    let cars: Vec<Row> = sessions.iter().map(row).collect();
    let row = |session| outcome::row(session, &outcome::asked(session), &with_our_car::replay(session));
    let stations: Vec<Row> = sessions.iter().map(row).collect();
    // No car comes less far at our charger. Our car does where the station is to blame, or where nobody knows its answer.
    let is_less = |row: &&Row| row.how_far == HowFar::Less;
    let less: Vec<&str> = cars.iter().filter(is_less).map(|row| &*row.text).collect();
    assert!(less.is_empty(), "{less:#?}");
    let is_explained = |row: &&Row| row.text.contains("| station: ") || row.text.contains("| no answer to ");
    let unexplained: Vec<&str> =
        stations.iter().filter(is_less).filter(|row| !is_explained(row)).map(|row| &*row.text).collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    let table =
        [HEAD, &part("Real cars at our charger", &cars), &part("Our car with real stations", &stations)].concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/replayed.txt");
    if std::env::var_os("PLUGFEST_REPLAYED").is_some() {
        fs::write(&path, &table).expect("the table is written");
    }
    let known = fs::read_to_string(&path).expect("the table");
    for (here, there) in table.lines().zip(known.lines()) {
        assert_eq!(here, there, "the table says something else");
    }
    assert_eq!(table, known, "the table has more or fewer rows");
}
