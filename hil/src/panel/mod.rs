//! What the driver sees.
//!
//! | endpoint | panel |
//! |---|---|
//! | `fb:/dev/fb0` | a framebuffer; it says itself how large it is |
//! | `fb:/path/file?size=1024x600&bpp=32` | a plain file with the pixels, as a framebuffer would have them |
//! | `none:` | no panel: what is shown goes nowhere |

mod canvas;
mod framebuffer;
mod screeninfo;

use hardware::{LinkError, Panel, Screen};

pub use framebuffer::{Framebuffer, picture};

use crate::options::Options;
use crate::{Endpoint, EndpointError, Open};

/// A panel of any kind, by the scheme of its endpoint.
pub enum AnyPanel {
    /// `fb:...`
    Framebuffer(Framebuffer),
    /// `none:`
    None,
}

impl Open for AnyPanel {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        match endpoint.scheme() {
            "fb" => Framebuffer::check(endpoint),
            "none" if endpoint.target().is_empty() => Options::of(endpoint).end(),
            _ => Err(endpoint.wrong("expected a panel: fb:/dev/fb0, fb:FILE?size=WIDTHxHEIGHT or none:")),
        }
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Self::check(endpoint)?;
        match endpoint.scheme() {
            "fb" => Ok(Self::Framebuffer(Framebuffer::open(endpoint).await?)),
            _ => Ok(Self::None),
        }
    }
}

impl Panel for AnyPanel {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        match self {
            Self::Framebuffer(panel) => panel.show(screen).await,
            Self::None => Ok(()),
        }
    }
}
