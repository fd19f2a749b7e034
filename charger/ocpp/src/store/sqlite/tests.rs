//! Stories of the file: what is in it after a restart, and which files are refused.

use super::*;

/// A place for a file, gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let scratch = Self(std::env::temp_dir().join(format!("plugfest-store-{}-{name}", std::process::id())));
        scratch.remove();
        scratch
    }

    fn remove(&self) {
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", self.0.display())));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

fn event(stage: TransactionStage, payload: &str) -> QueuedEvent {
    QueuedEvent {
        message_id: "m".into(),
        transaction: "T1".into(),
        stage,
        payload: payload.into(),
        attempts: 0,
        offline: false,
    }
}

#[test]
fn what_was_committed_is_there_after_the_process_died_and_what_was_removed_is_not() {
    let file = Scratch::new("restart");
    let mut store = Sqlite::open(&file.0).expect("a new store");
    let progress = Progress { next_seq: 2, open: true };
    let (profile, record) = (("profile".to_owned(), "1".to_owned()), ("record".to_owned(), "session".to_owned()));
    let batch = Batch {
        events: vec![
            (1, Some(event(TransactionStage::Started, "a"))),
            (2, Some(event(TransactionStage::Updated, "b"))),
        ],
        transactions: vec![("T1".into(), Some(progress)), ("T0".into(), Some(progress))],
        values: vec![(profile.clone(), Some("p".into())), (record.clone(), Some("r".into()))],
        ..Batch::default()
    };
    store.commit(&batch).expect("written");
    let moved = QueuedEvent {
        attempts: 3,
        offline: true,
        payload: "not written again".into(),
        ..event(TransactionStage::Updated, "b")
    };
    let batch = Batch {
        events: vec![(1, None), (2, Some(moved))],
        transactions: vec![("T0".into(), None)],
        values: vec![(profile, None)],
        ..Batch::default()
    };
    store.commit(&batch).expect("written");
    store.commit(&batch).expect("a second time does no harm");
    // The process dies here: nothing is closed in an orderly way.
    std::mem::forget(store);
    let contents = Sqlite::open(&file.0).and_then(|mut store| store.load()).expect("the same store");
    let left = QueuedEvent { attempts: 3, offline: true, ..event(TransactionStage::Updated, "b") };
    assert_eq!(
        contents,
        Contents {
            events: vec![(2, left)],
            transactions: vec![("T1".into(), progress)],
            values: vec![(record, "r".into())],
        }
    );
}

#[test]
fn a_batch_is_in_the_file_as_a_whole_or_not_at_all() {
    let file = Scratch::new("whole");
    let mut store = Sqlite::open(&file.0).expect("a new store");
    store.connection.execute_batch("PRAGMA max_page_count = 20").expect("a small disk");
    let large = Batch {
        events: vec![
            (1, Some(event(TransactionStage::Started, "a"))),
            (2, Some(event(TransactionStage::Ended, &"b".repeat(1 << 20)))),
        ],
        ..Batch::default()
    };
    let error = store.commit(&large).expect_err("no room");
    assert_eq!(error.kind, StoreErrorKind::Failed);
    assert!(error.to_string().contains("there is no room for it"), "{error}");
    assert_eq!(store.load(), Ok(Contents::default()));
}

#[test]
fn another_program_that_writes_holds_it_up_and_one_that_reads_does_not() {
    let file = Scratch::new("busy");
    let mut store = Sqlite::open(&file.0).expect("a new store");
    let other = Connection::open(&file.0).expect("the same file");
    other.execute_batch("BEGIN; SELECT * FROM queue").expect("it reads");
    let batch = Batch { events: vec![(1, Some(event(TransactionStage::Started, "a")))], ..Batch::default() };
    assert_eq!(store.commit(&batch), Ok(()));
    other.execute_batch("COMMIT; BEGIN IMMEDIATE").expect("it writes");
    let error = store.commit(&batch).expect_err("held");
    assert_eq!(error.kind, StoreErrorKind::Busy);
    assert!(error.to_string().contains("another program holds it"), "{error}");
    other.execute_batch("ROLLBACK").expect("it lets go");
    assert_eq!(store.commit(&batch), Ok(()));
}

#[test]
fn dead_letters_are_kept_and_the_oldest_of_many_go() {
    let mut store = Sqlite::in_memory().expect("memory");
    for n in 0..250 {
        let letter = DeadLetter { action: "TransactionEvent".into(), payload: n.to_string(), why: "too long".into() };
        store.commit(&Batch { dead_letters: vec![letter], ..Batch::default() }).expect("written");
    }
    let (count, oldest): (i64, String) = store
        .connection
        .query_row(
            "SELECT count(*), (SELECT payload FROM dead_letter ORDER BY key LIMIT 1) FROM dead_letter",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("readable");
    assert_eq!((count, oldest.as_str()), (100, "150"));
}

#[test]
fn a_damaged_file_is_refused_by_name_and_left_as_it_is() {
    let file = Scratch::new("damaged");
    std::fs::write(&file.0, "this is no database, it only looks like a file that somebody edited").expect("written");
    let error = Sqlite::open(&file.0).expect_err("refused").to_string();
    assert!(error.starts_with(&file.0.display().to_string()) && error.contains("move it away"), "{error}");
    assert!(std::fs::read_to_string(&file.0).expect("there").starts_with("this is no"));
}

#[test]
fn a_file_of_the_first_version_is_brought_up_with_all_that_is_in_it_and_one_of_a_later_version_is_refused() {
    let file = Scratch::new("versions");
    let old = Connection::open(&file.0).expect("a file");
    old.execute_batch(MIGRATIONS[0]).expect("its tables");
    old.execute_batch(
        "INSERT INTO queue (message_id, tx, stage, payload, attempts) VALUES ('m', 'T1', 'Started', 'a', 1);
         INSERT INTO tx VALUES ('T1', 1, 1); PRAGMA user_version = 1;",
    )
    .expect("its contents");
    drop(old);
    let contents = Sqlite::open(&file.0).and_then(|mut store| store.load()).expect("it is brought up");
    assert_eq!(contents.events, [(1, QueuedEvent { attempts: 1, ..event(TransactionStage::Started, "a") })]);
    assert_eq!(contents.transactions, [("T1".into(), Progress { next_seq: 1, open: true })]);
    Connection::open(&file.0).and_then(|file| file.pragma_update(None, "user_version", 99)).expect("a later one");
    let error = Sqlite::open(&file.0).expect_err("refused").to_string();
    assert!(error.contains("tables of version 99, at most 2 are known"), "{error}");
}
