//! Text of any height. The built-in bitmap font has one size; its letters are traced smoothly at the size that fits.

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_10X20;
use embedded_graphics::pixelcolor::{BinaryColor, Rgb888};
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Baseline, Text};

/// A letter of the font.
const LETTER: Size = Size::new(10, 20);
/// Text lower than this cannot be read, and is not drawn.
const MIN_HEIGHT: u32 = 6;
/// The longest text that is drawn.
const MAX_LETTERS: usize = 200;
/// How much of a traced spot must be ink to be drawn: less than half, since tracing makes thin strokes thinner.
const THRESHOLD: f32 = 0.34;

/// Where in its area a text stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}

/// How many letters of this height fit side by side.
pub(crate) const fn columns(width: u32, height: u32) -> u32 {
    match (width * LETTER.height).checked_div(height * LETTER.width) {
        Some(columns) => columns,
        None => 0,
    }
}

/// The letters of a text as the bitmap font has them.
struct Bitmap {
    size: Size,
    ink: Vec<bool>,
}

impl Bitmap {
    fn of(text: &str) -> Self {
        let text: String =
            text.chars().take(MAX_LETTERS).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let size = Size::new(LETTER.width * text.chars().count() as u32, LETTER.height);
        let mut bitmap = Self { size, ink: vec![false; (size.width * size.height) as usize] };
        let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
        // The target is a part of memory: nothing can go wrong.
        let Ok(_) = Text::with_baseline(&text, Point::zero(), style, Baseline::Top).draw(&mut bitmap);
        bitmap
    }

    fn at(&self, x: i32, y: i32) -> f32 {
        let inside = self.bounding_box().contains(Point::new(x, y));
        f32::from(u8::from(inside && self.ink[(y as u32 * self.size.width + x as u32) as usize]))
    }

    /// How much ink is around a spot: a quadratic spline over three by three dots.
    fn around(&self, x: f32, y: f32) -> f32 {
        let weights = |offset: f32| {
            let (near, far) = (0.5 - offset, 0.5 + offset);
            [0.5 * near * near, 0.75 - offset * offset, 0.5 * far * far]
        };
        let (column, row) = (x.floor(), y.floor());
        let (across, down) = (weights(x - column - 0.5), weights(y - row - 0.5));
        let mut ink = 0.0;
        for (dy, down) in (-1..).zip(down) {
            for (dx, across) in (-1..).zip(across) {
                ink += across * down * self.at(column as i32 + dx, row as i32 + dy);
            }
        }
        ink
    }
}

impl OriginDimensions for Bitmap {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Bitmap {
    type Color = BinaryColor;
    type Error = core::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        let bounds = self.bounding_box();
        for Pixel(point, color) in pixels {
            if bounds.contains(point) {
                self.ink[(point.y as u32 * self.size.width + point.x as u32) as usize] = color.is_on();
            }
        }
        Ok(())
    }
}

/// Draws one line as large as fits, in the middle of the area's height.
pub(crate) fn draw<D: DrawTarget<Color = Rgb888>>(
    target: &mut D,
    area: Rectangle,
    text: &str,
    align: Align,
    color: Rgb888,
    background: Rgb888,
) -> Result<(), D::Error> {
    let bitmap = Bitmap::of(text);
    if bitmap.size.width == 0 {
        return Ok(());
    }
    let height = area.size.height.min(area.size.width * LETTER.height / bitmap.size.width);
    if height < MIN_HEIGHT {
        return Ok(());
    }
    let scale = height as f32 / LETTER.height as f32;
    let width = bitmap.size.width * height / LETTER.height;
    let spare = area.size.width.saturating_sub(width);
    let left = match align {
        Align::Left => 0,
        Align::Center => spare / 2,
        Align::Right => spare,
    };
    let origin = area.top_left + Size::new(left, (area.size.height - height) / 2);
    let pixels = Rectangle::new(Point::zero(), Size::new(width, height)).points().filter_map(|point| {
        let ink = bitmap.around((point.x as f32 + 0.5) / scale, (point.y as f32 + 0.5) / scale);
        // An edge is one pixel wide whatever the scale.
        let cover = ((ink - THRESHOLD) * scale.max(1.0) * 1.5 + 0.5).clamp(0.0, 1.0);
        (cover > 0.0).then(|| Pixel(origin + point, blend(background, color, cover)))
    });
    target.draw_iter(pixels)
}

fn blend(below: Rgb888, above: Rgb888, cover: f32) -> Rgb888 {
    let mix = |below: u8, above: u8| (f32::from(below) + (f32::from(above) - f32::from(below)) * cover).round() as u8;
    Rgb888::new(mix(below.r(), above.r()), mix(below.g(), above.g()), mix(below.b(), above.b()))
}
