//! What the panel is asked.

use hardware::Screen;

use crate::bus::calls;

calls! {
    /// What the panel is asked.
    pub(crate) PanelCall to Panel {
        /// Show a screen.
        "panel.show" routine => Show(Screen),
    }
}
