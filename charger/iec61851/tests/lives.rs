//! Thousands of random lives keep the rules. `cargo bench -p iec61851 --bench lives` lives a million.

mod life;

#[test]
fn whatever_cars_hosts_and_parts_do_the_rules_hold() {
    let broken: Vec<_> = (0..1_000).filter_map(|seed| life::live(seed).err()).take(5).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
