//! The meter's time: a season and the local time of France, without a zone.

use std::fmt;
use std::str::FromStr;

/// Which of the two local times it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Season {
    /// `H`: winter, UTC+1.
    Winter,
    /// `E`: summer, UTC+2.
    Summer,
    /// A space: the season says nothing here.
    Unspecified,
}

/// A time as standard mode writes it: `SAAMMJJhhmmss`, thirteen characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Horodate {
    /// Summer or winter.
    pub season: Season,
    /// The meter doubts its own clock: it writes the season in lower case.
    pub degraded: bool,
    /// Years since 2000.
    pub year: u8,
    /// 1 to 12; 0 where a time has no date.
    pub month: u8,
    /// 1 to 31; 0 where a time has no date.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// Thirteen characters that are no time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no horodate: expected H, E, h, e or a space and six numbers of two digits")]
pub struct NoHorodate;

impl FromStr for Horodate {
    type Err = NoHorodate;

    fn from_str(text: &str) -> Result<Self, NoHorodate> {
        let [letter, digits @ ..] = text.as_bytes() else { return Err(NoHorodate) };
        let (season, degraded) = match letter {
            b'H' => (Season::Winter, false),
            b'h' => (Season::Winter, true),
            b'E' => (Season::Summer, false),
            b'e' => (Season::Summer, true),
            b' ' => (Season::Unspecified, false),
            _ => return Err(NoHorodate),
        };
        if digits.len() != 12 || !digits.iter().all(u8::is_ascii_digit) {
            return Err(NoHorodate);
        }
        let mut fields = [0; 6];
        for (field, pair) in fields.iter_mut().zip(digits.chunks_exact(2)) {
            *field = (pair[0] - b'0') * 10 + (pair[1] - b'0');
        }
        let [year, month, day, hour, minute, second] = fields;
        // Registers that never were set have a time of nothing but zeros.
        if month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59 {
            return Err(NoHorodate);
        }
        Ok(Self { season, degraded, year, month, day, hour, minute, second })
    }
}

impl fmt::Display for Horodate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match (self.season, self.degraded) {
            (Season::Winter, false) => 'H',
            (Season::Winter, true) => 'h',
            (Season::Summer, false) => 'E',
            (Season::Summer, true) => 'e',
            (Season::Unspecified, _) => ' ',
        };
        let Self { year, month, day, hour, minute, second, .. } = self;
        write!(f, "{letter}{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_season_and_twelve_digits() {
        let summer: Horodate = "e260704153059".parse().expect("a time");
        assert_eq!((summer.season, summer.degraded), (Season::Summer, true));
        assert_eq!((summer.year, summer.month, summer.day), (26, 7, 4));
        assert_eq!((summer.hour, summer.minute, summer.second), (15, 30, 59));
        for text in ["H081225223518", "h081225223518", "E000000000000", " 160101000000"] {
            assert_eq!(text.parse::<Horodate>().map(|at| at.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "H", "X081225223518", "H08122522351", "H081325223518", "H081225243518", "H0812252235181"] {
            assert_eq!(text.parse::<Horodate>(), Err(NoHorodate), "{text}");
        }
    }
}
