//! Where everything is on the screen.

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::Rectangle;
use hardware::Screen;

use crate::signs::style;
use crate::text::{Align, columns};

/// Shares of the screen, in thousandths of its width or height.
mod share {
    /// From the edge of the screen to what is on it, of the height.
    pub(super) const MARGIN: u32 = 30;
    /// Height of the coloured band at the top.
    pub(super) const BAND: u32 = 460;
    /// Of the band: where the word begins and how high it may be.
    pub(super) const WORD: (u32, u32) = (150, 440);
    /// Of the band: where the hint begins and how high it may be.
    pub(super) const HINT: (u32, u32) = (660, 170);
    /// Where the tiles begin, and their height.
    pub(super) const TILES: (u32, u32) = (495, 315);
    /// Of a tile: from its edge to what is on it.
    pub(super) const TILE_MARGIN: u32 = 80;
    /// Of a tile: where its label begins and how high it may be.
    pub(super) const LABEL: (u32, u32) = (110, 170);
    /// Of a tile: where its value begins and how high it may be.
    pub(super) const VALUE: (u32, u32) = (360, 480);
    /// Of a tile's width: what the value takes; the unit has the rest.
    pub(super) const VALUE_WIDTH: u32 = 640;
    /// Where the note begins, and its height.
    pub(super) const NOTE: (u32, u32) = (845, 125);
    /// Roundness of a tile, of the height of the screen.
    pub(super) const CORNER: u32 = 25;
}

/// A note has at most so many lines; the rest is cut.
const NOTE_LINES: u32 = 2;

const BACKGROUND: Rgb888 = Rgb888::new(0x10, 0x16, 0x1f);
const TILE: Rgb888 = Rgb888::new(0x1e, 0x28, 0x36);
const WHITE: Rgb888 = Rgb888::new(0xff, 0xff, 0xff);
const FAINT: Rgb888 = Rgb888::new(0x9f, 0xb0, 0xc3);
const WARNING: Rgb888 = Rgb888::new(0xff, 0xc1, 0x4d);

/// One thing to draw.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// A filled rectangle.
    Fill {
        /// Where.
        area: Rectangle,
        /// Radius of its corners; 0 is a plain rectangle.
        corner: u32,
        /// Its colour.
        color: Rgb888,
    },
    /// One line of text, as large as it can be in its area.
    Text {
        /// Where.
        area: Rectangle,
        /// What; characters outside of Latin-1 are shown as `?`.
        text: String,
        /// Where in the area.
        align: Align,
        /// Its colour.
        color: Rgb888,
        /// The colour below it, for smooth edges.
        background: Rgb888,
    },
}

/// What to draw, in this order, on a screen of this size.
#[must_use]
pub fn layout(screen: &Screen, size: Size) -> Vec<Item> {
    let Size { width, height } = size;
    let style = style(screen.sign);
    let margin = of(height, share::MARGIN);
    let inner = width.saturating_sub(2 * margin);
    let mut items = vec![fill(area(0, 0, width, height), 0, BACKGROUND)];

    let band = area(0, 0, width, of(height, share::BAND));
    items.push(fill(band, 0, style.color));
    for ((top, high), text) in [(share::WORD, style.word), (share::HINT, style.hint)] {
        let line = area(margin, of(band.size.height, top), inner, of(band.size.height, high));
        items.push(text_item(line, text.into(), Align::Center, WHITE, style.color));
    }

    let tiles = [
        ("ENERGY", format!("{:.2}", screen.energy.0 as f64 / 1e6), "kWh"),
        ("POWER", format!("{:.1}", f64::from(screen.power.0) / 1e3), "kW"),
        ("LIMIT", format!("{:.0}", f64::from(screen.limit.0) / 1e3), "A"),
    ];
    let tile_width = inner.saturating_sub(2 * margin) / 3;
    for (index, (label, value, unit)) in (0..).zip(tiles) {
        let left = margin + index * (tile_width + margin);
        let tile = area(left, of(height, share::TILES.0), tile_width, of(height, share::TILES.1));
        items.extend(tile_items(tile, of(height, share::CORNER), label, value, unit));
    }

    let note = area(margin, of(height, share::NOTE.0), inner, of(height, share::NOTE.1));
    items.extend(note_items(note, &screen.note));
    items
}

fn tile_items(tile: Rectangle, corner: u32, label: &str, value: String, unit: &str) -> [Item; 4] {
    let Size { width, height } = tile.size;
    let margin = of(width.min(height), share::TILE_MARGIN);
    let inner = width.saturating_sub(2 * margin);
    let value_width = of(inner, share::VALUE_WIDTH);
    // A gap between value and unit, as wide as the margin.
    let unit_width = (inner - value_width).saturating_sub(margin);
    let at = |left: u32, (top, high): (u32, u32), wide: u32| {
        area(0, 0, wide, of(height, high)).translate(tile.top_left + offset(left, of(height, top)))
    };
    let (value_top, value_high) = share::VALUE;
    // The unit is half as high as the value and stands on its foot.
    let unit_line = (value_top + value_high / 2, value_high / 2);
    [
        fill(tile, corner, TILE),
        text_item(at(margin, share::LABEL, inner), label.into(), Align::Left, FAINT, TILE),
        text_item(at(margin, share::VALUE, value_width), value, Align::Right, WHITE, TILE),
        text_item(at(margin + inner - unit_width, unit_line, unit_width), unit.into(), Align::Left, FAINT, TILE),
    ]
}

/// The note on one line if it fits there at full height, else on two.
fn note_items(note: Rectangle, text: &str) -> Vec<Item> {
    let lines = (1..=NOTE_LINES)
        .map(|count| (note.size.height / count, wrap(text, columns(note.size.width, note.size.height / count))))
        .find(|(high, lines)| lines.len() as u32 * high <= note.size.height);
    let (high, lines) = lines.unwrap_or_else(|| {
        let high = note.size.height / NOTE_LINES;
        let mut lines = wrap(text, columns(note.size.width, high));
        lines.truncate(NOTE_LINES as usize);
        (high, lines)
    });
    (0..)
        .zip(lines)
        .map(|(index, line)| {
            let place = area(0, 0, note.size.width, high).translate(note.top_left + offset(0, index * high));
            text_item(place, line, Align::Center, WARNING, BACKGROUND)
        })
        .collect()
}

/// Breaks a text between words; a word longer than a line is broken inside.
fn wrap(text: &str, columns: u32) -> Vec<String> {
    let columns = columns.max(1) as usize;
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (index, part) in letters.chunks(columns).enumerate() {
            match lines.last_mut().filter(|_| index == 0 && part.len() < room) {
                Some(line) => {
                    line.push(' ');
                    line.extend(part);
                    room -= part.len() + 1;
                }
                None => {
                    lines.push(part.iter().collect());
                    room = columns - part.len();
                }
            }
        }
        // Nobody reads on after that many.
        if lines.len() > NOTE_LINES as usize {
            break;
        }
    }
    lines
}

const fn fill(area: Rectangle, corner: u32, color: Rgb888) -> Item {
    Item::Fill { area, corner, color }
}

const fn text_item(area: Rectangle, text: String, align: Align, color: Rgb888, background: Rgb888) -> Item {
    Item::Text { area, text, align, color, background }
}

/// A share of a length.
const fn of(length: u32, thousandths: u32) -> u32 {
    (length as u64 * thousandths as u64 / 1000) as u32
}

fn area(left: u32, top: u32, width: u32, height: u32) -> Rectangle {
    Rectangle::new(Point::zero() + offset(left, top), Size::new(width, height))
}

fn offset(left: u32, top: u32) -> Size {
    Size::new(left, top)
}
