//! A panel whose picture anyone can look at.

use std::rc::Rc;

use hardware::{LinkError, Panel, Screen};

use crate::ports::Ports;

/// The panel.
#[derive(Debug)]
pub(crate) struct SimPanel(pub(crate) Rc<Ports>);

impl Panel for SimPanel {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        *self.0.screen.borrow_mut() = Some(screen.clone());
        Ok(())
    }
}
