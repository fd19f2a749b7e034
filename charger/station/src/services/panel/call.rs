//! What the panel is asked.

use hardware::Screen;

use crate::bus::calls;

calls! {
    /// What the panel is asked.
    pub(crate) PanelCall to Panel {
        /// What the station says to all drivers; empty: nothing any more.
        "panel.say" => Say(String),
        /// Show a screen.
        "panel.show" routine => Show(Screen),
    }
}
