use std::collections::BTreeSet;
use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use hardware::{Screen, Sign};
use units::{Milliamps, MilliwattHours, Watts};

use super::*;

const SIGNS: [Sign; 13] = [
    Sign::Available,
    Sign::Checking,
    Sign::Authorized,
    Sign::PresentToken,
    Sign::Refused,
    Sign::Ready,
    Sign::Charging,
    Sign::PausedByCar,
    Sign::PausedByCharger,
    Sign::Finished,
    Sign::Reserved,
    Sign::Unavailable,
    Sign::Faulted,
];
const SIZES: [Size; 5] =
    [Size::new(1024, 600), Size::new(800, 480), Size::new(480, 800), Size::new(320, 240), Size::new(128, 64)];

/// A target in memory that counts what would be drawn outside of it, and knows what was not drawn at all: a [`Picture`] forgives
/// both.
struct Memory {
    size: Size,
    pixels: Vec<Option<Rgb888>>,
    outside: usize,
}

impl OriginDimensions for Memory {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for Memory {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let bounds = self.bounding_box();
        for Pixel(point, color) in pixels {
            if bounds.contains(point) {
                self.pixels[(point.y as u32 * self.size.width + point.x as u32) as usize] = Some(color);
            } else {
                self.outside += 1;
            }
        }
        Ok(())
    }
}

fn screen(sign: Sign) -> Screen {
    let (energy, power, limit) = (MilliwattHours(7_420_000), Watts(11_040), Milliamps(16_000));
    Screen { sign, energy, power, limit, note: String::new() }
}

fn drawn(screen: &Screen, size: Size) -> Memory {
    let mut memory = Memory { size, pixels: vec![None; (size.width * size.height) as usize], outside: 0 };
    let Ok(()) = draw(screen, &mut memory);
    memory
}

#[test]
fn every_sign_fills_the_screen_with_its_colour_and_readable_words_and_nothing_lands_outside() {
    for size in SIZES {
        for sign in SIGNS {
            let memory = drawn(&screen(sign), size);
            assert_eq!(memory.outside, 0, "{sign:?} on {size:?}");
            assert!(memory.pixels.iter().all(Option::is_some), "{sign:?} on {size:?}: a spot was left as it was");
            let share = |color: Rgb888| {
                let count = memory.pixels.iter().filter(|pixel| **pixel == Some(color)).count();
                count as f64 / memory.pixels.len() as f64
            };
            let band = share(style(sign).color);
            assert!((0.25..0.5).contains(&band), "{sign:?} on {size:?}: {band} in its colour");
            let white = share(Rgb888::new(0xff, 0xff, 0xff));
            assert!((0.005..0.2).contains(&white), "{sign:?} on {size:?}: {white} of the screen is letters");
        }
    }
}

#[test]
fn no_two_signs_look_alike_even_where_there_is_no_room_for_hints() {
    for size in [Size::new(320, 240), Size::new(128, 64)] {
        let looks: BTreeSet<Vec<_>> = SIGNS
            .iter()
            .map(|sign| drawn(&screen(*sign), size).pixels.iter().map(|pixel| pixel.map(RgbOrd::of)).collect())
            .collect();
        assert_eq!(looks.len(), SIGNS.len(), "{size:?}");
    }
}

/// Colours have no order of their own.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct RgbOrd(u8, u8, u8);

impl RgbOrd {
    fn of(color: Rgb888) -> Self {
        Self(color.r(), color.g(), color.b())
    }
}

fn texts(screen: &Screen, size: Size) -> Vec<String> {
    let words = layout(screen, size).into_iter();
    words.filter_map(|item| if let Item::Text { text, .. } = item { Some(text) } else { None }).collect()
}

#[test]
fn the_values_are_there_in_the_units_of_the_driver() {
    assert_eq!(
        texts(&screen(Sign::Charging), SIZES[0]),
        ["Charging", "Power is flowing", "ENERGY", "7.42", "kWh", "POWER", "11.0", "kW", "LIMIT", "16", "A"]
    );
}

#[test]
fn a_note_is_broken_between_words_and_cut_after_two_lines() {
    let mut faulted = screen(Sign::Faulted);
    faulted.note = "The plug did not lock. Push it in firmly, then hold your card to the reader once more.".into();
    let notes = texts(&faulted, SIZES[0]).split_off(11);
    assert_eq!(notes.join(" "), faulted.note);
    assert_eq!(notes.len(), 2);
    faulted.note = "x".repeat(100_000);
    assert_eq!(texts(&faulted, SIZES[0]).len(), 13);
    let memory = drawn(&faulted, SIZES[0]);
    assert_eq!(memory.outside, 0);
}

#[test]
fn hostile_values_and_screens_too_small_for_anything_are_survived() {
    let wild = Screen {
        sign: Sign::Charging,
        energy: MilliwattHours(i64::MIN),
        power: Watts(i32::MIN),
        limit: Milliamps(i32::MAX),
        note: "\u{1f50c}\n\t\0 Stra\u{df}e \u{202e}".into(),
    };
    for (width, height) in [(0, 0), (1, 1), (1, 600), (1024, 1), (7, 9), (64, 32)] {
        assert_eq!(drawn(&wild, Size::new(width, height)).outside, 0, "{width} by {height}");
    }
    let memory = drawn(&wild, SIZES[0]);
    assert_eq!(memory.outside, 0);
}

#[test]
fn a_picture_is_what_is_drawn_and_tells_where_it_differs() {
    let size = Size::new(320, 240);
    let mut picture = Picture::of(&screen(Sign::Charging), size);
    assert_eq!(picture.difference(&screen(Sign::Charging)), None);
    assert!(picture.difference(&screen(Sign::Faulted)).is_some());
    assert_eq!((picture.width(), picture.height(), picture.to_rgb().len()), (320, 240, 320 * 240 * 3));
    let there = Point::new(7, 9);
    let color = Rgb888::new(picture.to_rgb()[(9 * 320 + 7) * 3] ^ 7, 0, 0);
    let Ok(()) = picture.draw_iter([Pixel(there, color), Pixel(Point::new(400, 0), Rgb888::RED)]);
    assert_eq!(picture.difference(&screen(Sign::Charging)), Some((7, 9)));
}
