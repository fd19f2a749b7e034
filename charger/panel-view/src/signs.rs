//! The words and the colour of each sign.

use embedded_graphics::pixelcolor::Rgb888;
use hardware::Sign;

/// How a sign looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignStyle {
    /// The word in the band.
    pub word: &'static str,
    /// What the driver may do, or what is going on.
    pub hint: &'static str,
    /// The colour of the band; the word on it is white.
    pub color: Rgb888,
}

const GREEN: Rgb888 = Rgb888::new(0x1b, 0x86, 0x4b);
const BLUE: Rgb888 = Rgb888::new(0x15, 0x65, 0xc0);
const TEAL: Rgb888 = Rgb888::new(0x00, 0x79, 0x7f);
const AMBER: Rgb888 = Rgb888::new(0xb2, 0x6a, 0x00);
const VIOLET: Rgb888 = Rgb888::new(0x6a, 0x3f, 0xb5);
const GREY: Rgb888 = Rgb888::new(0x54, 0x5f, 0x6d);
const RED: Rgb888 = Rgb888::new(0xc6, 0x28, 0x28);

/// The words and the colour of a sign.
#[must_use]
pub const fn style(sign: Sign) -> SignStyle {
    let (word, hint, color) = match sign {
        Sign::Available => ("Available", "Plug in, or hold your card to the reader", GREEN),
        Sign::Checking => ("Checking", "One moment, please", AMBER),
        Sign::Authorized => ("Welcome", "Please plug in your car", GREEN),
        Sign::PresentToken => ("Your card, please", "Hold it to the reader", TEAL),
        Sign::Refused => ("Card refused", "Please try another card", RED),
        Sign::Ready => ("Ready", "Waiting for the car to begin", TEAL),
        Sign::Charging => ("Charging", "Power is flowing", BLUE),
        Sign::PausedByCar => ("Paused", "The car takes no power now", AMBER),
        Sign::PausedByCharger => ("Waiting", "Power goes on when there is some to give", AMBER),
        Sign::Finished => ("Finished", "Please take your plug", GREEN),
        Sign::Reserved => ("Reserved", "Held for another driver", VIOLET),
        Sign::Unavailable => ("Out of service", "Sorry, not today", GREY),
        Sign::Faulted => ("Fault", "Do not use this charger", RED),
    };
    SignStyle { word, hint, color }
}
