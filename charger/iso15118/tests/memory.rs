//! How much memory a message takes while it is read, whatever it says. `PLUGFEST_MUTATIONS=N` mutates so many for each set instead of
//! the usual number.

mod mutations;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use exi::text::hex;
use exi::{Facets, SchemaSet, Tree};
use iso15118::schemas;
use iso15118::v2gtp::LONGEST;
use mutations::{Form, Seed, Seeded, as_message, crowded, mutate, read, seeds, write};

/// What a message of at most 4 KiB may take, as a tree or as a Rust type.
const MOST: usize = 64 * 1024;

/// What it may take as a tree when it is nothing but short entries, each of which is a tree of its own.
const MOST_CROWDED: usize = 512 * 1024;

/// The same as a Rust type. What takes most of it are 1,300 `Transform`s of three octets, which no car sends.
const MOST_CROWDED_TYPE: usize = 256 * 1024;

/// What the longest payload may take that V2GTP passes on, 1 MiB, as a tree.
const MOST_OF_ANY: usize = 4 * 1024 * 1024;

/// The allocator of the system, with a count of what each thread holds.
struct Counting;

thread_local! {
    /// What this thread holds now, and held at most. It may free what another one allocated.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn count(more: usize, less: usize) {
    // A thread that ends has no count any more.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        let now = now.wrapping_add_unsigned(more);
        held.set((now.wrapping_sub_unsigned(less), most.max(now)));
    });
}

#[expect(unsafe_code, reason = "each call is passed on as it came; only sizes are counted")]
// SAFETY: the allocator of the system keeps the rules, and nothing is changed on the way to it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as it came.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may be there at the same time.
        count(size, layout.size());
        // SAFETY: as it came.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How much `work` held at most, in octets, beyond what was held before.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = HELD.get().0;
    HELD.set((before, before));
    drop(work());
    usize::try_from(HELD.get().1 - before).expect("not less than before")
}

/// The most that was seen, and the message that took it.
#[derive(Default)]
struct Worst {
    octets: usize,
    message: Vec<u8>,
    name: String,
}

impl Worst {
    fn see(&mut self, octets: usize, message: &[u8], name: &str) {
        if octets > self.octets {
            *self = Self { octets, message: message.to_vec(), name: name.to_owned() };
        }
    }

    fn tell(&self, what: &str) {
        let Self { octets, message, name } = self;
        if message.is_empty() {
            return;
        }
        eprintln!("{what}: {octets} octets at most, for {} octets from {name}: {}", message.len(), hex::write(message));
    }
}

/// Reads seeds as they are, then `count` mutations of them: as a tree and as a Rust type.
fn worst_of(set: &'static SchemaSet, seeds: &[Seed], count: usize) -> (Worst, Worst) {
    let mut random = Seeded(0x4845_4150 ^ set.fragments.len() as u64);
    let (mut tree, mut typed) = (Worst::default(), Worst::default());
    let mut octets = Vec::new();
    for number in 0..seeds.len() + count {
        let seed = seeds.get(number).unwrap_or_else(|| &seeds[random.below(seeds.len())]);
        octets.clone_from(&seed.octets);
        if number >= seeds.len() {
            mutate(&mut octets, seeds, &mut random);
        }
        for facets in [Facets::Checked, Facets::Off] {
            tree.see(peak(|| read(set, seed.form, &octets, facets)), &octets, &seed.name);
            if seed.form == Form::Document {
                typed.see(peak(|| as_message(set, &octets, facets)), &octets, &seed.name);
            }
        }
    }
    (tree, typed)
}

#[test]
fn a_message_takes_little_memory_whatever_it_says() {
    let count = mutations::mutations(5_000);
    for set in schemas::ALL {
        let (tree, typed) = worst_of(set, &seeds(set), count);
        tree.tell(&format!("{} as a tree", set.name));
        typed.tell(&format!("{} as a Rust type", set.name));
        assert!(tree.octets <= MOST && typed.octets <= MOST, "{}: more than {MOST}", set.name);
    }
}

/// Schedules and services of as many entries as 4 KiB hold, whether a car would send them or not.
#[test]
fn a_message_of_nothing_but_entries_takes_so_much_at_most() {
    for set in schemas::ALL {
        let crowded = crowded(set, &seeds(set), 4096);
        if crowded.is_empty() {
            continue;
        }
        let (tree, typed) = worst_of(set, &crowded, mutations::mutations(300));
        tree.tell(&format!("{} crowded, as a tree", set.name));
        typed.tell(&format!("{} crowded, as a Rust type", set.name));
        assert!(tree.octets <= MOST_CROWDED, "{}: more than {MOST_CROWDED}", set.name);
        assert!(typed.octets <= MOST_CROWDED_TYPE, "{}: more than {MOST_CROWDED_TYPE}", set.name);
    }
}

/// Without a bound on what a message may hold, what a tree takes grows with it: 155 octets for an entry of three.
#[test]
fn the_longest_payload_takes_so_much_at_most() {
    let set = &schemas::ISO2;
    for (name, entry) in [("@Algorithm", Tree::Text("a".to_owned())), ("@Algorithm", Tree::Text("word".to_owned()))] {
        let entry = Tree::Fields(vec![(name.to_owned(), entry)]);
        for count in [32 * 1024 / 2, LONGEST / 8] {
            let entries = Tree::Fields(vec![("Transform".to_owned(), Tree::List(vec![entry.clone(); count]))]);
            let tree = Tree::Fields(vec![("Transforms".to_owned(), entries)]);
            let octets = write(set, Form::Fragment, &tree).expect("the writer has no bound");
            assert!(octets.len() <= LONGEST);
            let took = peak(|| read(set, Form::Fragment, &octets, Facets::Off));
            eprintln!("{} octets of {count} entries: {took} octets at most", octets.len());
            assert!(took <= MOST_OF_ANY, "more than {MOST_OF_ANY}");
        }
    }
}

#[test]
fn the_count_is_that_of_the_allocator() {
    assert_eq!(peak(|| vec![0u8; 1000]), 1000);
    assert_eq!(peak(|| (drop(vec![0u8; 700]), vec![0u8; 500])), 700);
    assert_eq!(peak(|| ()), 0);
}
