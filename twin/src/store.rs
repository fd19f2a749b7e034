//! The durable store of a simulated charger: memory that outlives the host, as a disk does.

use std::cell::RefCell;
use std::rc::Rc;

use ocpp::{QueuedEvent, Sqlite, Store, StoreError};

/// A handle to a store that several lives of the host share.
#[derive(Clone, Debug)]
pub(crate) struct SharedStore(Rc<RefCell<Sqlite>>);

impl SharedStore {
    pub(crate) fn new(store: Sqlite) -> Self {
        Self(Rc::new(RefCell::new(store)))
    }
}

impl Store for SharedStore {
    fn enqueue(
        &mut self,
        message_id: &str,
        transaction: &str,
        stage: &str,
        payload: &mut dyn FnMut(i64) -> String,
    ) -> Result<(), StoreError> {
        self.0.borrow_mut().enqueue(message_id, transaction, stage, payload)
    }

    fn first(&mut self) -> Result<Option<QueuedEvent>, StoreError> {
        self.0.borrow_mut().first()
    }

    fn queued(&mut self, transaction: Option<&str>) -> Result<usize, StoreError> {
        self.0.borrow_mut().queued(transaction)
    }

    fn attempted(&mut self, key: i64) -> Result<(), StoreError> {
        self.0.borrow_mut().attempted(key)
    }

    fn remove(&mut self, key: i64) -> Result<(), StoreError> {
        self.0.borrow_mut().remove(key)
    }

    fn rewrite(&mut self, change: &mut dyn FnMut(&str) -> Option<String>) -> Result<(), StoreError> {
        self.0.borrow_mut().rewrite(change)
    }

    fn thin_out(&mut self) -> Result<usize, StoreError> {
        self.0.borrow_mut().thin_out()
    }

    fn open_transactions(&mut self) -> Result<Vec<String>, StoreError> {
        self.0.borrow_mut().open_transactions()
    }

    fn put(&mut self, kind: &str, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.0.borrow_mut().put(kind, name, value)
    }

    fn values(&mut self, kind: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.0.borrow_mut().values(kind)
    }
}
