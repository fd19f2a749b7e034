//! Pixels as a framebuffer has them.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;

/// Wider or higher screens are a mistake of whoever says so.
const MAX_SIDE: u32 = 8192;

/// Where a colour is in a pixel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Channel {
    /// Its lowest bit.
    pub(super) offset: u32,
    /// How many bits it has.
    pub(super) length: u32,
}

impl Channel {
    const fn place(self, value: u8) -> u32 {
        let value = value as u32;
        let fitted = if self.length < 8 { value >> (8 - self.length) } else { value << (self.length - 8) };
        fitted << self.offset
    }

    const fn fits(self, bits: u32) -> bool {
        self.length >= 1 && self.length <= 16 && self.offset < bits && self.length <= bits - self.offset
    }
}

/// What a framebuffer looks like in memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Geometry {
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
    /// 16, 24 or 32.
    pub(super) bits_per_pixel: u32,
    /// Red, green, blue.
    pub(super) channels: [Channel; 3],
    /// From the start of a line to the start of the next, in bytes.
    pub(super) line_length: u64,
    /// Where the first visible pixel is, in bytes.
    pub(super) start: u64,
}

impl Geometry {
    /// As plain files have it: 32 bits (`XRGB8888`) or 16 (`RGB565`), little endian, line after line.
    pub(super) fn plain(width: u32, height: u32, bits_per_pixel: u32) -> Result<Self, String> {
        let channel = |offset, length| Channel { offset, length };
        let channels = match bits_per_pixel {
            16 => [channel(11, 5), channel(5, 6), channel(0, 5)],
            _ => [channel(16, 8), channel(8, 8), channel(0, 8)],
        };
        let line_length = u64::from(width) * u64::from(bits_per_pixel) / 8;
        Self { width, height, bits_per_pixel, channels, line_length, start: 0 }.checked()
    }

    /// Itself, if it can be drawn on; else what is wrong.
    pub(super) fn checked(self) -> Result<Self, String> {
        let Self { width, height, bits_per_pixel, channels, .. } = self;
        if !matches!(bits_per_pixel, 16 | 24 | 32) {
            return Err(format!("{bits_per_pixel} bits per pixel: expected 16, 24 or 32"));
        }
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(format!("{width} by {height} pixels: expected 1 to {MAX_SIDE} each way"));
        }
        if !channels.iter().all(|channel| channel.fits(bits_per_pixel)) {
            return Err(format!("colours at {channels:?}: they do not fit into {bits_per_pixel} bits"));
        }
        if self.line_length < self.visible() as u64 {
            return Err(format!("lines of {} bytes: expected at least {}", self.line_length, self.visible()));
        }
        Ok(self)
    }

    const fn bytes_per_pixel(&self) -> usize {
        self.bits_per_pixel as usize / 8
    }

    /// The visible part of a line, in bytes.
    pub(super) const fn visible(&self) -> usize {
        self.width as usize * self.bytes_per_pixel()
    }
}

/// The visible pixels, in memory.
pub(super) struct Canvas {
    geometry: Geometry,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A black screen.
    pub(super) fn new(geometry: Geometry) -> Self {
        Self { geometry, bytes: vec![0; geometry.visible() * geometry.height as usize] }
    }

    /// Each line and where it belongs, in bytes.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let Geometry { start, line_length, .. } = self.geometry;
        (0..).map(move |line| start + line * line_length).zip(self.bytes.chunks(self.geometry.visible()))
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.geometry.width, self.geometry.height)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let (bounds, size) = (self.bounding_box(), self.geometry.bytes_per_pixel());
        let [red, green, blue] = self.geometry.channels;
        for Pixel(point, color) in pixels {
            if !bounds.contains(point) {
                continue;
            }
            let value = red.place(color.r()) | green.place(color.g()) | blue.place(color.b());
            let at = (point.y as usize * self.geometry.width as usize + point.x as usize) * size;
            self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(bits: u32, color: Rgb888) -> Vec<u8> {
        let mut canvas = Canvas::new(Geometry::plain(2, 2, bits).expect("a geometry"));
        let Ok(()) = canvas.draw_iter([Pixel(Point::new(1, 1), color), Pixel(Point::new(2, 0), color)]);
        let (at, line) = canvas.lines().last().expect("two lines");
        assert_eq!(at, u64::from(bits) / 4);
        assert!(canvas.lines().next().is_some_and(|(_, line)| line.iter().all(|byte| *byte == 0)));
        line[line.len() / 2..].to_vec()
    }

    #[test]
    fn colours_are_packed_as_the_format_says() {
        assert_eq!(pixel(32, Rgb888::new(0x11, 0x22, 0x33)), [0x33, 0x22, 0x11, 0x00]);
        assert_eq!(pixel(24, Rgb888::new(0x11, 0x22, 0x33)), [0x33, 0x22, 0x11]);
        assert_eq!(pixel(16, Rgb888::new(0xff, 0x00, 0xff)), [0x1f, 0xf8]);
        assert_eq!(Channel { offset: 20, length: 10 }.place(0xff), 0x3fc << 20);
    }

    #[test]
    fn a_geometry_that_makes_no_sense_is_refused() {
        for (width, height, bits) in [(0, 600, 32), (1024, 0, 32), (u32::MAX, 600, 32), (1024, 600, 8)] {
            assert!(Geometry::plain(width, height, bits).is_err(), "{width} by {height}, {bits} bits");
        }
        let mut geometry = Geometry::plain(1024, 600, 16).expect("a geometry");
        geometry.channels[0].offset = u32::MAX;
        assert!(geometry.checked().is_err());
        geometry = Geometry::plain(1024, 600, 32).expect("a geometry");
        geometry.line_length -= 1;
        assert!(geometry.checked().is_err());
    }
}
