//! What the driver sees: a [`Screen`] as a list of things to draw, and the drawing of that list on any target of
//! `embedded-graphics`. A board draws on its framebuffer, a test or a report into memory; nothing here knows which.
//!
//! ```text
//!   ┌────────────────────────────────┐ ┐
//!   │            Charging            │ │ BAND      in the colour of the sign
//!   │         Power is flowing       │ │
//!   ├──────────┬──────────┬──────────┤ ┘
//!   │ ENERGY   │ POWER    │ LIMIT    │   TILES
//!   │ 7.42 kWh │ 11.0 kW  │ 16 A     │
//!   ├──────────┴──────────┴──────────┤
//!   │ what is wrong, in words        │   NOTE
//!   └────────────────────────────────┘
//! ```
//!
//! Everything is measured in shares of the screen, so the same layout serves 1024 by 600 pixels and 128 by 64; what would be
//! too small to read is left out.

mod layout;
mod picture;
mod signs;
mod text;

pub use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle, RoundedRectangle, StyledDrawable};
use hardware::Screen;

pub use layout::{Item, layout};
pub use picture::Picture;
pub use signs::{SignStyle, style};
pub use text::Align;

/// Draws a screen over the whole of a target.
///
/// # Errors
/// Those of the target.
pub fn draw<D: DrawTarget<Color = Rgb888>>(screen: &Screen, target: &mut D) -> Result<(), D::Error> {
    let bounds = target.bounding_box();
    for item in layout(screen, bounds.size) {
        item.translated(bounds.top_left).draw(target)?;
    }
    Ok(())
}

impl Item {
    fn translated(mut self, by: Point) -> Self {
        match &mut self {
            Self::Fill { area, .. } | Self::Text { area, .. } => area.top_left += by,
        }
        self
    }

    /// Draws this item.
    ///
    /// # Errors
    /// Those of the target.
    pub fn draw<D: DrawTarget<Color = Rgb888>>(&self, target: &mut D) -> Result<(), D::Error> {
        match self {
            Self::Fill { area, corner, color } => {
                let corner = Size::new_equal(*corner);
                RoundedRectangle::with_equal_corners(*area, corner)
                    .draw_styled(&PrimitiveStyle::with_fill(*color), target)
            }
            Self::Text { area, text, align, color, background } => {
                text::draw(target, *area, text, *align, *color, *background)
            }
        }
    }

    /// What it covers at most.
    #[must_use]
    pub const fn area(&self) -> Rectangle {
        match self {
            Self::Fill { area, .. } | Self::Text { area, .. } => *area,
        }
    }
}

#[cfg(test)]
mod tests;
