//! The store as one SQLite file: write-ahead log, synchronous at every commit.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::{QueuedEvent, Store, StoreError};

/// The version of the tables; another one is refused.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE queue (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL,
        tx TEXT NOT NULL,
        stage TEXT NOT NULL,
        payload TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE tx (id TEXT PRIMARY KEY, next_seq INTEGER NOT NULL, open INTEGER NOT NULL) STRICT;
    CREATE TABLE value (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
";

/// A store in a file, or in memory.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// The file is no store, is damaged, or was made by another version. It is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| damaged(path, &error);
        let connection = Connection::open(path).map_err(fail)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(fail)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(fail)?;
        Self::prepare(connection, path)
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new(":memory:");
        Self::prepare(Connection::open_in_memory().map_err(|error| damaged(path, &error))?, path)
    }

    fn prepare(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| damaged(path, &error);
        let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
        if sound != "ok" {
            return Err(damaged(path, &sound));
        }
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        match version {
            0 => {
                connection
                    .execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))
                    .map_err(fail)?;
            }
            VERSION => {}
            other => {
                let what =
                    format!("made by another version of this program (tables of version {other}, expected {VERSION})");
                return Err(StoreError { path: path.into(), what });
            }
        }
        Ok(Self { connection, path: path.into() })
    }

    fn fail<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError { path: self.path.clone(), what: error.to_string() })
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    let what = format!(
        "cannot be used as the charger's store ({error}); unsent transactions may be in it: move it away, keep it, and start again"
    );
    StoreError { path: path.into(), what }
}

impl Store for Sqlite {
    fn enqueue(
        &mut self,
        message_id: &str,
        transaction: &str,
        stage: &str,
        payload: &mut dyn FnMut(i64) -> String,
    ) -> Result<(), StoreError> {
        let mut run = || {
            let commit = self.connection.transaction()?;
            let seq: Option<i64> = commit
                .query_row("SELECT next_seq FROM tx WHERE id = ?1", [transaction], |row| row.get(0))
                .optional()?;
            let seq = seq.unwrap_or(0);
            commit.execute(
                "INSERT INTO tx (id, next_seq, open) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET next_seq = ?2, open = ?3",
                params![transaction, seq + 1, stage != "Ended"],
            )?;
            commit.execute(
                "INSERT INTO queue (message_id, tx, stage, payload) VALUES (?1, ?2, ?3, ?4)",
                params![message_id, transaction, stage, payload(seq)],
            )?;
            commit.commit()
        };
        let result = run();
        self.fail(result)
    }

    fn first(&mut self) -> Result<Option<QueuedEvent>, StoreError> {
        let result = self
            .connection
            .query_row(
                "SELECT key, message_id, tx, stage, payload, attempts FROM queue ORDER BY key LIMIT 1",
                [],
                |row| {
                    Ok(QueuedEvent {
                        key: row.get(0)?,
                        message_id: row.get(1)?,
                        transaction: row.get(2)?,
                        stage: row.get(3)?,
                        payload: row.get(4)?,
                        attempts: row.get(5)?,
                    })
                },
            )
            .optional();
        self.fail(result)
    }

    fn queued(&mut self, transaction: Option<&str>) -> Result<usize, StoreError> {
        let result = self.connection.query_row(
            "SELECT count(*) FROM queue WHERE ?1 IS NULL OR tx = ?1",
            params![transaction],
            |row| row.get::<_, i64>(0),
        );
        self.fail(result).map(|count| usize::try_from(count).unwrap_or(0))
    }

    fn attempted(&mut self, key: i64) -> Result<(), StoreError> {
        let result = self.connection.execute("UPDATE queue SET attempts = attempts + 1 WHERE key = ?1", [key]);
        self.fail(result).map(drop)
    }

    fn remove(&mut self, key: i64) -> Result<(), StoreError> {
        let mut run = || {
            let commit = self.connection.transaction()?;
            commit.execute("DELETE FROM queue WHERE key = ?1", [key])?;
            // A transaction that has ended and is told needs no sequence number any more.
            commit.execute("DELETE FROM tx WHERE open = 0 AND id NOT IN (SELECT tx FROM queue)", [])?;
            commit.commit()
        };
        let result = run();
        self.fail(result)
    }

    fn rewrite(&mut self, change: &mut dyn FnMut(&str) -> Option<String>) -> Result<(), StoreError> {
        let mut run = || {
            let commit = self.connection.transaction()?;
            let rows: Vec<(i64, String)> = commit
                .prepare("SELECT key, payload FROM queue")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (key, payload) in rows {
                if let Some(changed) = change(&payload) {
                    commit.execute("UPDATE queue SET payload = ?2 WHERE key = ?1", params![key, changed])?;
                }
            }
            commit.commit()
        };
        let result = run();
        self.fail(result)
    }

    fn thin_out(&mut self) -> Result<usize, StoreError> {
        let result = self.connection.execute(
            "DELETE FROM queue WHERE key IN (
                SELECT key FROM (SELECT key, row_number() OVER (ORDER BY key) AS place FROM queue WHERE stage = 'Updated')
                WHERE place % 2 = 0)",
            [],
        );
        self.fail(result)
    }

    fn open_transactions(&mut self) -> Result<Vec<String>, StoreError> {
        let run = || {
            self.connection
                .prepare("SELECT id FROM tx WHERE open = 1 ORDER BY rowid")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()
        };
        self.fail(run())
    }

    fn put(&mut self, kind: &str, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let result = match value {
            Some(value) => self.connection.execute(
                "INSERT INTO value (kind, name, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET value = ?3",
                params![kind, name, value],
            ),
            None => self.connection.execute("DELETE FROM value WHERE kind = ?1 AND name = ?2", params![kind, name]),
        };
        self.fail(result).map(drop)
    }

    fn values(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        let run = || {
            self.connection
                .prepare("SELECT name, value FROM value WHERE kind = ?1 ORDER BY name")?
                .query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()
        };
        self.fail(run())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("plugfest-store-{}-{name}", std::process::id()));
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", path.display())));
        }
        path
    }

    fn put(store: &mut Sqlite, stage: &str) {
        store.enqueue("m", "T1", stage, &mut |seq| format!("{{\"seqNo\":{seq}}}")).expect("a store");
    }

    #[test]
    fn sequence_numbers_go_on_after_a_restart_and_open_transactions_are_known() {
        let path = scratch("restart");
        let mut store = Sqlite::open(&path).expect("a new store");
        put(&mut store, "Started");
        put(&mut store, "Updated");
        let first = store.first().expect("readable").expect("an event");
        assert_eq!((first.payload.as_str(), first.attempts), ("{\"seqNo\":0}", 0));
        store.remove(first.key).expect("removed");
        // The process dies here: nothing is closed in an orderly way.
        std::mem::forget(store);
        let mut store = Sqlite::open(&path).expect("the same store");
        assert_eq!(store.open_transactions().expect("readable"), ["T1"]);
        put(&mut store, "Ended");
        let mut seen = Vec::new();
        while let Some(event) = store.first().expect("readable") {
            seen.push(event.payload);
            store.remove(event.key).expect("removed");
        }
        assert_eq!(seen, ["{\"seqNo\":1}", "{\"seqNo\":2}"]);
        assert!(store.open_transactions().expect("readable").is_empty());
    }

    #[test]
    fn a_damaged_file_is_refused_by_name_and_left_as_it_is() {
        let path = scratch("damaged");
        std::fs::write(&path, "this is no database, it only looks like a file that somebody edited").expect("written");
        let error = Sqlite::open(&path).expect_err("refused").to_string();
        assert!(error.starts_with(&path.display().to_string()) && error.contains("move it away"), "{error}");
        assert!(std::fs::read_to_string(&path).expect("there").starts_with("this is no"));
    }

    #[test]
    fn thinning_out_drops_every_second_update_and_nothing_else() {
        let mut store = Sqlite::in_memory().expect("memory");
        for stage in ["Started", "Updated", "Updated", "Updated", "Updated", "Ended"] {
            put(&mut store, stage);
        }
        assert_eq!(store.thin_out().expect("thinned"), 2);
        let mut left = Vec::new();
        while let Some(event) = store.first().expect("readable") {
            left.push(event.payload);
            store.remove(event.key).expect("removed");
        }
        assert_eq!(left, [0, 1, 3, 5].map(|seq| format!("{{\"seqNo\":{seq}}}")));
    }
}
