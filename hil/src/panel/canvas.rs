//! Pixels as a framebuffer has them.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use panel_view::Picture;

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

    const fn value(self, pixel: u32) -> u8 {
        let value = (pixel >> self.offset) & (u32::MAX >> (32 - self.length));
        (if self.length < 8 { value << (8 - self.length) } else { value >> (self.length - 8) }) as u8
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
    /// As plain files have it: 32 bits (`XRGB8888`) or 16 (`RGB565`), little endian, line after line. `red_first` has red where
    /// blue is and the other way round.
    pub(super) fn plain(width: u32, height: u32, bits_per_pixel: u32, red_first: bool) -> Result<Self, String> {
        let channel = |offset, length| Channel { offset, length };
        let mut channels = match bits_per_pixel {
            16 => [channel(11, 5), channel(5, 6), channel(0, 5)],
            _ => [channel(16, 8), channel(8, 8), channel(0, 8)],
        };
        if red_first {
            channels.reverse();
        }
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

    /// A pixel of that colour.
    fn pixel(&self, color: Rgb888) -> u32 {
        let [red, green, blue] = self.channels;
        red.place(color.r()) | green.place(color.g()) | blue.place(color.b())
    }

    /// Where a line begins, in bytes.
    const fn line_start(&self, line: u64) -> u64 {
        self.start + line * self.line_length
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

    /// The pixels as they are in memory: `read` gets where each line is, in bytes, and fills it.
    pub(super) fn read<E>(
        geometry: Geometry,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut canvas = Self::new(geometry);
        for (at, line) in (0..).map(|line| geometry.line_start(line)).zip(canvas.bytes.chunks_mut(geometry.visible())) {
            read(at, line)?;
        }
        Ok(canvas)
    }

    /// The pixels as a person sees them; a colour with fewer than 8 bits has lost its lowest.
    pub(super) fn picture(&self) -> Picture {
        let mut picture = Picture::black(self.size());
        let area = self.bounding_box();
        let [red, green, blue] = self.geometry.channels;
        let colors = self.bytes.chunks_exact(self.geometry.bytes_per_pixel()).map(|bytes| {
            let pixel = bytes.iter().rev().fold(0, |pixel, byte| pixel << 8 | u32::from(*byte));
            Rgb888::new(red.value(pixel), green.value(pixel), blue.value(pixel))
        });
        let Ok(()) = picture.fill_contiguous(&area, colors);
        picture
    }

    /// What is to be written, and where it belongs, in bytes: everything at once where no gap is between the lines.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let geometry = self.geometry;
        let gapless = geometry.line_length == geometry.visible() as u64;
        let lines = if gapless { geometry.height as usize } else { 1 };
        let starts = (0..).step_by(lines).map(move |line| geometry.line_start(line));
        starts.zip(self.bytes.chunks(lines * geometry.visible()))
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
        for Pixel(point, color) in pixels {
            if !bounds.contains(point) {
                continue;
            }
            let value = self.geometry.pixel(color);
            let at = (point.y as usize * self.geometry.width as usize + point.x as usize) * size;
            self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
        }
        Ok(())
    }

    // Most of a screen is areas of one colour: line by line, not pixel by pixel.
    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        let area = area.intersection(&self.bounding_box());
        let (Ok(left), Ok(top)) = (usize::try_from(area.top_left.x), usize::try_from(area.top_left.y)) else {
            return Ok(());
        };
        let (size, visible) = (self.geometry.bytes_per_pixel(), self.geometry.visible());
        let run = self.geometry.pixel(color).to_le_bytes()[..size].repeat(area.size.width as usize);
        for line in self.bytes.chunks_mut(visible).skip(top).take(area.size.height as usize) {
            line[left * size..][..run.len()].copy_from_slice(&run);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(bits: u32, color: Rgb888) -> Vec<u8> {
        let mut canvas = Canvas::new(Geometry::plain(2, 2, bits, false).expect("a geometry"));
        let Ok(()) = canvas.draw_iter([Pixel(Point::new(1, 1), color), Pixel(Point::new(2, 0), color)]);
        // Three pixels that stayed black, and the one in question.
        let size = canvas.geometry.bytes_per_pixel();
        assert!(canvas.bytes[..3 * size].iter().all(|byte| *byte == 0));
        canvas.bytes[3 * size..].to_vec()
    }

    #[test]
    fn colours_are_packed_as_the_format_says() {
        assert_eq!(pixel(32, Rgb888::new(0x11, 0x22, 0x33)), [0x33, 0x22, 0x11, 0x00]);
        assert_eq!(pixel(24, Rgb888::new(0x11, 0x22, 0x33)), [0x33, 0x22, 0x11]);
        assert_eq!(pixel(16, Rgb888::new(0xff, 0x00, 0xff)), [0x1f, 0xf8]);
        assert_eq!(Channel { offset: 20, length: 10 }.place(0xff), 0x3fc << 20);
    }

    #[test]
    fn what_was_drawn_is_read_back() {
        let colors = [Rgb888::new(0x10, 0x20, 0x30), Rgb888::new(0xf8, 0x80, 0x08)];
        for (bits, red_first) in [(32, false), (32, true), (16, false)] {
            let geometry = Geometry::plain(2, 1, bits, red_first).expect("a geometry");
            let mut canvas = Canvas::new(geometry);
            let Ok(()) = canvas.fill_contiguous(&canvas.bounding_box(), colors);
            let Ok(read) = Canvas::read::<Infallible>(geometry, |at, line| {
                assert_eq!(at, 0);
                line.copy_from_slice(&canvas.bytes);
                Ok(())
            });
            assert_eq!(read.picture().to_rgb(), [0x10, 0x20, 0x30, 0xf8, 0x80, 0x08], "{bits} bits, {red_first}");
        }
    }

    #[test]
    fn an_area_is_filled_as_its_pixels_would_be_and_written_around_gaps() {
        for bits in [16, 24, 32] {
            let geometry = Geometry { line_length: 40, ..Geometry::plain(8, 4, bits, false).expect("a geometry") };
            let area = Rectangle::new(Point::new(-2, 1), Size::new(5, 9));
            let (mut filled, mut dotted) = (Canvas::new(geometry), Canvas::new(geometry));
            let Ok(()) = filled.fill_solid(&area, Rgb888::CSS_ORANGE);
            let Ok(()) = dotted.draw_iter(area.points().map(|point| Pixel(point, Rgb888::CSS_ORANGE)));
            assert!(filled.bytes == dotted.bytes, "{bits} bits");
            let Ok(()) = filled.fill_solid(&Rectangle::new(Point::new(9, 9), Size::new(2, 2)), Rgb888::RED);
            assert!(filled.bytes == dotted.bytes, "{bits} bits: outside");
            let blocks: Vec<_> = filled.blocks().map(|(at, block)| (at, block.len())).collect();
            let line = bits as usize;
            assert_eq!(blocks, [(0, line), (40, line), (80, line), (120, line)]);
        }
        let plain = Canvas::new(Geometry::plain(8, 4, 16, false).expect("a geometry"));
        assert_eq!(plain.blocks().map(|(at, block)| (at, block.len())).collect::<Vec<_>>(), [(0, 64)]);
    }

    #[test]
    fn a_geometry_that_makes_no_sense_is_refused() {
        for (width, height, bits) in [(0, 600, 32), (1024, 0, 32), (u32::MAX, 600, 32), (1024, 600, 8)] {
            assert!(Geometry::plain(width, height, bits, false).is_err(), "{width} by {height}, {bits} bits");
        }
        let mut geometry = Geometry::plain(1024, 600, 16, false).expect("a geometry");
        geometry.channels[0].offset = u32::MAX;
        assert!(geometry.checked().is_err());
        geometry = Geometry::plain(1024, 600, 32, false).expect("a geometry");
        geometry.line_length -= 1;
        assert!(geometry.checked().is_err());
    }
}
