//! Pixels in memory.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use hardware::Screen;

/// A picture: what a panel shows, or is meant to show.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Picture {
    size: Size,
    /// Line after line.
    pixels: Vec<Rgb888>,
}

impl Picture {
    /// A black one.
    #[must_use]
    pub fn black(size: Size) -> Self {
        Self { size, pixels: vec![Rgb888::BLACK; size.width as usize * size.height as usize] }
    }

    /// A screen as it should look on a panel of that size.
    #[must_use]
    pub fn of(screen: &Screen, size: Size) -> Self {
        let mut picture = Self::black(size);
        let Ok(()) = crate::draw(screen, &mut picture);
        picture
    }

    /// The pixels from left to right, line after line, a byte for each of red, green and blue.
    #[must_use]
    pub fn to_rgb(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect()
    }

    /// In pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.size.width
    }

    /// In pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.size.height
    }

    /// Where this is not the picture of that screen: column and line of the first such pixel in reading order. What a panel with
    /// 5 bits a colour cannot show is no difference.
    #[must_use]
    pub fn difference(&self, screen: &Screen) -> Option<(usize, usize)> {
        const STEP: u8 = 1 << 3;
        let near = |one: u8, two: u8| one.abs_diff(two) < STEP;
        let alike =
            |(one, two): (&Rgb888, &Rgb888)| near(one.r(), two.r()) && near(one.g(), two.g()) && near(one.b(), two.b());
        let meant = Self::of(screen, self.size);
        let at = self.pixels.iter().zip(&meant.pixels).position(|pair| !alike(pair))?;
        Some((at % self.size.width as usize, at / self.size.width as usize))
    }
}

impl OriginDimensions for Picture {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Picture {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let bounds = self.bounding_box();
        for Pixel(point, color) in pixels {
            if bounds.contains(point) {
                self.pixels[point.y as usize * self.size.width as usize + point.x as usize] = color;
            }
        }
        Ok(())
    }

    // Most of a screen is areas of one colour: line by line, not pixel by pixel.
    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        let area = area.intersection(&self.bounding_box());
        let (Ok(left), Ok(top)) = (usize::try_from(area.top_left.x), usize::try_from(area.top_left.y)) else {
            return Ok(());
        };
        let (width, height) = (area.size.width as usize, area.size.height as usize);
        for line in self.pixels.chunks_mut(self.size.width.max(1) as usize).skip(top).take(height) {
            line[left..][..width].fill(color);
        }
        Ok(())
    }
}
