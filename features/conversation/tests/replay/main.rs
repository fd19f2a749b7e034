//! Recorded sessions, played again: the requests of real cars at our charger, and the answers of real stations to our car. Each
//! gets as far as it did when it was recorded, or further. `features/captures/replayed.txt` says how far, and why where it is less.

mod at_our_charger;
mod outcome;
mod recorded;
mod rewrite;

#[test]
fn real_cars_get_as_far_at_our_charger() {
    let Some(sessions) = recorded::sessions() else { return };
    for session in &sessions {
        let (row, _) = outcome::row(session, &at_our_charger::replay(session));
        println!("{row}");
    }
}
