//! A table of the store as it is in memory, with what the store does not have of it yet.

use std::collections::BTreeMap;

/// A state of everything durable. Revision 0 is what the store had at the start.
pub(super) type Revision = u64;

/// How far the store is behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Revisions {
    /// What changes now belongs to it.
    pub(super) current: Revision,
    /// The store has it.
    pub(super) kept: Revision,
    /// It is on its way to the store.
    pub(super) under_way: Option<Revision>,
}

impl Default for Revisions {
    fn default() -> Self {
        Self { current: 1, kept: 0, under_way: None }
    }
}

#[derive(Clone, Debug)]
struct Row<V> {
    /// `None`: it is gone, and the store has it or may have it.
    value: Option<V>,
    born: Revision,
    changed: Revision,
}

/// A table by key. What is in it follows from what was done; what the store must still be told follows from the revisions.
#[derive(Clone, Debug)]
pub(super) struct Mirror<K, V> {
    rows: BTreeMap<K, Row<V>>,
    /// Rows with a value.
    count: usize,
}

impl<K: Clone + Ord, V: Clone> Mirror<K, V> {
    /// What the store has.
    pub(super) fn of(contents: Vec<(K, V)>) -> Self {
        let row = |value| Row { value: Some(value), born: 0, changed: 0 };
        let count = contents.len();
        Self { count, rows: contents.into_iter().map(|(key, value)| (key, row(value))).collect() }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key).and_then(|row| row.value.as_ref())
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().filter_map(|(key, row)| row.value.as_ref().map(|value| (key, value)))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Whether the store has that row, as it is now or as it was.
    pub(super) fn is_kept(&self, key: &K, revisions: Revisions) -> bool {
        self.rows.get(key).is_some_and(|row| row.born <= revisions.kept)
    }

    pub(super) fn put(&mut self, key: K, value: V, revisions: Revisions) {
        let changed = revisions.current;
        let row = self.rows.entry(key).or_insert(Row { value: None, born: changed, changed });
        row.changed = changed;
        if row.value.replace(value).is_none() {
            self.count += 1;
        }
    }

    /// Changes every row that `change` says has changed.
    pub(super) fn change_all(&mut self, revisions: Revisions, mut change: impl FnMut(&mut V) -> bool) {
        for row in self.rows.values_mut() {
            if row.value.as_mut().is_some_and(&mut change) {
                row.changed = revisions.current;
            }
        }
    }

    pub(super) fn remove(&mut self, key: &K, revisions: Revisions) {
        let Some(row) = self.rows.get_mut(key) else { return };
        if row.value.take().is_none() {
            return;
        }
        self.count -= 1;
        row.changed = revisions.current;
        if revisions.kept.max(revisions.under_way.unwrap_or(0)) < row.born {
            // The store never hears of it.
            self.rows.remove(key);
        }
    }

    /// What the store does not have yet; `None` is gone.
    pub(super) fn changes(&self, revisions: Revisions) -> Vec<(K, Option<V>)> {
        self.rows
            .iter()
            .filter(|(_, row)| row.changed > revisions.kept)
            .map(|(key, row)| (key.clone(), row.value.clone()))
            .collect()
    }

    /// The store has answered: what is gone here and there needs no row any more.
    pub(super) fn forget(&mut self, revisions: Revisions) {
        self.rows.retain(|_, row| row.value.is_some() || (row.changed > revisions.kept && row.born <= revisions.kept));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8, u8),
        Remove(u8),
        Submit,
        Answer(bool),
    }

    type Changes = Vec<(u8, Option<u8>)>;

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0u8..6, any::<u8>()).prop_map(|(key, value)| Step::Put(key, value)),
            (0u8..6).prop_map(Step::Remove),
            Just(Step::Submit),
            any::<bool>().prop_map(Step::Answer),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is changed, given and refused when: a batch that is taken brings the store to what the memory was when
        /// it was made, and rows that nobody needs are not kept.
        #[test]
        fn the_store_follows(steps in steps()) {
            let mut revisions = Revisions::default();
            let mut mirror: Mirror<u8, u8> = Mirror::of(vec![(0, 7)]);
            let mut store: BTreeMap<u8, u8> = BTreeMap::from([(0, 7)]);
            let mut memory = store.clone();
            let mut batch: Option<(Changes, BTreeMap<u8, u8>)> = None;
            let settle = [Step::Answer(false), Step::Submit, Step::Answer(true)];
            for step in steps.into_iter().chain(settle) {
                match step {
                    Step::Put(key, value) => {
                        mirror.put(key, value, revisions);
                        memory.insert(key, value);
                    }
                    Step::Remove(key) => {
                        mirror.remove(&key, revisions);
                        memory.remove(&key);
                    }
                    Step::Submit if batch.is_none() => {
                        batch = Some((mirror.changes(revisions), memory.clone()));
                        revisions.under_way = Some(revisions.current);
                        revisions.current += 1;
                    }
                    Step::Answer(good) => if let Some((changes, then)) = batch.take() {
                        let under_way = revisions.under_way.take().expect("it was given");
                        if good {
                            for (key, value) in changes {
                                match value {
                                    Some(value) => store.insert(key, value),
                                    None => store.remove(&key),
                                };
                            }
                            prop_assert_eq!(&store, &then);
                            revisions.kept = under_way;
                        }
                        mirror.forget(revisions);
                    },
                    Step::Submit => {}
                }
                let now: BTreeMap<u8, u8> = mirror.iter().map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(&now, &memory);
            }
            prop_assert_eq!(&store, &memory);
            prop_assert_eq!((mirror.rows.len(), mirror.len()), (memory.len(), memory.len()));
            prop_assert!(mirror.changes(revisions).is_empty());
        }
    }
}
