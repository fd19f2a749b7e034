//! A panel whose picture anyone can look at.

use std::cell::RefCell;
use std::rc::Rc;

use hardware::{LinkError, Panel, Screen};

/// The panel.
#[derive(Debug)]
pub(crate) struct SimPanel(pub(crate) Rc<RefCell<Option<Screen>>>);

impl Panel for SimPanel {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        *self.0.borrow_mut() = Some(screen.clone());
        Ok(())
    }
}
