//! The platform's randomness, shared by whoever needs numbers that nobody can guess.

use std::cell::RefCell;
use std::rc::Rc;

/// A source of random 128-bit numbers. Clones draw from the same.
#[derive(Clone)]
pub(crate) struct Ids(Rc<RefCell<Box<dyn FnMut() -> u128>>>);

impl Ids {
    /// The platform's.
    pub(crate) fn new(source: Box<dyn FnMut() -> u128>) -> Self {
        Self(Rc::new(RefCell::new(source)))
    }

    /// A way to draw from it.
    pub(crate) fn draw(&self) -> Box<dyn FnMut() -> u128> {
        let source = Rc::clone(&self.0);
        Box::new(move || (source.borrow_mut())())
    }
}
