//! The store as one SQLite file: write-ahead log, synchronous at every commit.
//!
//! Another program may read the file while the charger runs, as `sqlite3 -readonly station.sqlite` does on a rig; so the lock
//! is not exclusive. One that writes holds up this store's thread, and nothing else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};

use super::{Batch, Contents, DeadLetter, Progress, QueuedEvent, Store, StoreError, StoreErrorKind, ValueName};
use session::words::TransactionStage;

/// The tables, version by version: a file of version N gets the steps from the N-th on.
const MIGRATIONS: [&str; 2] = [
    "
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
",
    "
    ALTER TABLE queue ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE dead_letter (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        action TEXT NOT NULL,
        payload TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT;
",
];

/// How long one attempt waits for a file that another program holds.
const BUSY: Duration = Duration::from_millis(500);

/// Dead letters that are kept; the oldest go.
const DEAD_LETTERS: i64 = 100;

/// The write-ahead log is cut back to this after a reader that held it up has gone.
const LOG_BYTES: i64 = 4 << 20;

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
    /// The file is no store, is damaged, is held by another program, or was made by a later version. It is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| unusable(path, &error);
        let connection = Connection::open(path).map_err(fail)?;
        connection.busy_timeout(BUSY).map_err(fail)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(fail)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(fail)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES).map_err(fail)?;
        Self::prepare(connection, path)
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new(":memory:");
        Self::prepare(Connection::open_in_memory().map_err(|error| unusable(path, &error))?, path)
    }

    fn prepare(mut connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let fail = |error: rusqlite::Error| unusable(path, &error);
        let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
        if sound != "ok" {
            return Err(refused(path, damaged(&sound)));
        }
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        let known = MIGRATIONS.len() as i64;
        let missing = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..));
        let Some(missing) = missing else {
            let what = format!(
                "made by a later version of this program (tables of version {version}, at most {known} are known)"
            );
            return Err(refused(path, what));
        };
        if !missing.is_empty() {
            let commit = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
            for step in missing {
                commit.execute_batch(step).map_err(fail)?;
            }
            commit.pragma_update(None, "user_version", known).map_err(fail)?;
            commit.commit().map_err(fail)?;
        }
        Ok(Self { connection, path: path.into() })
    }

    fn fail<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let (kind, what) = match code(&error) {
                Some(code) if is_busy(code) => (StoreErrorKind::Busy, format!("another program holds it ({error})")),
                Some(ErrorCode::DiskFull) => (StoreErrorKind::Failed, format!("there is no room for it ({error})")),
                _ => (StoreErrorKind::Failed, error.to_string()),
            };
            StoreError { path: self.path.clone(), kind, what }
        })
    }
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

const fn is_busy(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
}

/// Why a file cannot be opened.
fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    if code(error).is_some_and(is_busy) {
        let what = format!("another program holds it ({error})");
        return StoreError { path: path.into(), kind: StoreErrorKind::Busy, what };
    }
    refused(path, damaged(error))
}

fn refused(path: &Path, what: String) -> StoreError {
    StoreError { path: path.into(), kind: StoreErrorKind::Failed, what }
}

fn damaged(error: &dyn std::fmt::Display) -> String {
    format!(
        "cannot be used as the charger's store ({error}); unsent transactions may be in it: move it away, keep it, and start again"
    )
}

impl Store for Sqlite {
    fn load(&mut self) -> Result<Contents, StoreError> {
        let result = read(&self.connection);
        self.fail(result)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let result = write(&self.connection, batch);
        self.fail(result)
    }
}

fn read(connection: &Connection) -> rusqlite::Result<Contents> {
    let events = connection
        .prepare("SELECT key, message_id, tx, stage, payload, attempts, offline FROM queue ORDER BY key")?
        .query_map([], |row| {
            let event = QueuedEvent {
                message_id: row.get(1)?,
                transaction: row.get(2)?,
                // What cannot be read is never thinned out.
                stage: TransactionStage::of_name(&row.get::<_, String>(3)?).unwrap_or(TransactionStage::Ended),
                payload: row.get(4)?,
                attempts: row.get(5)?,
                offline: row.get(6)?,
            };
            Ok((row.get(0)?, event))
        })?
        .collect::<Result<_, _>>()?;
    let transactions = connection
        .prepare("SELECT id, next_seq, open FROM tx ORDER BY rowid")?
        .query_map([], |row| Ok((row.get(0)?, Progress { next_seq: row.get(1)?, open: row.get(2)? })))?
        .collect::<Result<_, _>>()?;
    let values = connection
        .prepare("SELECT kind, name, value FROM value ORDER BY kind, name")?
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Contents { events, transactions, values })
}

/// Writes all of it or nothing. Every message is a commit or two: its statements are kept ready as well.
fn write(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let step = |name| connection.prepare_cached(name).and_then(|mut step| step.execute([])).map(drop);
    step("BEGIN IMMEDIATE")?;
    let written = write_each(connection, batch).and_then(|()| step("COMMIT"));
    if written.is_err() && !connection.is_autocommit() {
        // What made it fail is told; that it is taken back as well fails only where the file is lost, and is told next time.
        drop(step("ROLLBACK"));
    }
    written
}

fn write_each(commit: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    for (key, event) in &batch.events {
        write_event(commit, *key, event.as_ref())?;
    }
    for (id, progress) in &batch.transactions {
        write_transaction(commit, id, *progress)?;
    }
    for (name, value) in &batch.values {
        write_value(commit, name, value.as_deref())?;
    }
    for letter in &batch.dead_letters {
        write_dead_letter(commit, letter)?;
    }
    Ok(())
}

fn write_event(commit: &Connection, key: i64, event: Option<&QueuedEvent>) -> rusqlite::Result<()> {
    match event {
        Some(event) => commit
            .prepare_cached(
                "INSERT INTO queue (key, message_id, tx, stage, payload, attempts, offline)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (key) DO UPDATE SET attempts = ?6, offline = ?7",
            )?
            .execute(params![
                key,
                event.message_id,
                event.transaction,
                event.stage.name(),
                event.payload,
                event.attempts,
                event.offline
            ])?,
        None => commit.prepare_cached("DELETE FROM queue WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

fn write_transaction(commit: &Connection, id: &str, progress: Option<Progress>) -> rusqlite::Result<()> {
    match progress {
        Some(Progress { next_seq, open }) => commit
            .prepare_cached(
                "INSERT INTO tx (id, next_seq, open) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET next_seq = ?2, open = ?3",
            )?
            .execute(params![id, next_seq, open])?,
        None => commit.prepare_cached("DELETE FROM tx WHERE id = ?1")?.execute([id])?,
    };
    Ok(())
}

fn write_value(commit: &Connection, (kind, name): &ValueName, value: Option<&str>) -> rusqlite::Result<()> {
    match value {
        Some(value) => commit
            .prepare_cached(
                "INSERT INTO value (kind, name, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, name) DO UPDATE SET value = ?3",
            )?
            .execute(params![kind, name, value])?,
        None => {
            commit.prepare_cached("DELETE FROM value WHERE kind = ?1 AND name = ?2")?.execute(params![kind, name])?
        }
    };
    Ok(())
}

fn write_dead_letter(commit: &Connection, letter: &DeadLetter) -> rusqlite::Result<()> {
    let DeadLetter { action, payload, why } = letter;
    commit
        .prepare_cached("INSERT INTO dead_letter (action, payload, why) VALUES (?1, ?2, ?3)")?
        .execute(params![action, payload, why])?;
    let last = commit.last_insert_rowid();
    commit.prepare_cached("DELETE FROM dead_letter WHERE key <= ?1")?.execute([last - DEAD_LETTERS])?;
    Ok(())
}

#[cfg(test)]
mod tests;
