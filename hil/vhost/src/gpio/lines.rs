//! The lines themselves: requests in, answers and due events out.
//!
//! A request is {type: u16, line: u16, value: u32}, answered by {status: u8, value: u8}; names come as the status and every
//! name with a NUL. An event is a buffer the guest parks for a line: it is given back with 1 at an edge the guest has asked for,
//! with 0 when the guest asks for none any more.

use std::sync::Arc;

const GET_NAMES: u16 = 1;
const GET_DIRECTION: u16 = 2;
const SET_DIRECTION: u16 = 3;
const GET_VALUE: u16 = 4;
const SET_VALUE: u16 = 5;
const IRQ_TYPE: u16 = 6;

const OK: u8 = 0;
const ERROR: u8 = 1;

const INVALID: u8 = 0;
const EDGE: u8 = 1;

/// Who drives a line, as the guest has set it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Direction {
    None,
    Out,
    In,
}

/// What of a line the guest wants to hear of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wanted {
    Nothing,
    Rising,
    Falling,
    Both,
    High,
    Low,
}

impl Wanted {
    fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Nothing),
            1 => Some(Self::Rising),
            2 => Some(Self::Falling),
            3 => Some(Self::Both),
            4 => Some(Self::High),
            8 => Some(Self::Low),
            _ => None,
        }
    }

    fn edge(self, level: bool) -> bool {
        match self {
            Self::Both => true,
            Self::Rising => level,
            Self::Falling => !level,
            Self::Nothing | Self::High | Self::Low => false,
        }
    }

    fn level(self, level: bool) -> bool {
        match self {
            Self::High => level,
            Self::Low => !level,
            Self::Nothing | Self::Rising | Self::Falling | Self::Both => false,
        }
    }
}

#[derive(Debug)]
struct Line<B> {
    name: Arc<str>,
    direction: Direction,
    /// What the guest drives.
    out: bool,
    /// What the host drives.
    host: bool,
    wanted: Wanted,
    /// An edge came while no buffer was parked.
    pending: bool,
    parked: Option<B>,
}

impl<B> Line<B> {
    fn level(&self) -> bool {
        match self.direction {
            Direction::Out => self.out,
            Direction::None | Direction::In => self.host,
        }
    }

    /// The level may have changed.
    fn moved(&mut self, before: bool) -> Option<bool> {
        let level = self.level();
        if level == before {
            return None;
        }
        self.pending |= self.wanted.edge(level);
        Some(level)
    }
}

/// A buffer that goes back to the guest.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Parked<B> {
    pub(super) buffer: B,
    pub(super) status: u8,
}

/// All lines of a chip. `B` is a buffer of the guest.
#[derive(Debug)]
pub(super) struct Lines<B> {
    lines: Vec<Line<B>>,
    /// Buffers that go back for no edge.
    back: Vec<Parked<B>>,
}

impl<B> Lines<B> {
    pub(super) fn new(names: &[&str]) -> Self {
        let line = |name: &&str| Line {
            // A NUL ends a name on the wire.
            name: name.replace('\0', "").into(),
            direction: Direction::None,
            out: false,
            host: false,
            wanted: Wanted::Nothing,
            pending: false,
            parked: None,
        };
        // The wire counts lines with 16 bits.
        Self { lines: names.iter().take(usize::from(u16::MAX)).map(line).collect(), back: Vec::new() }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| !name.is_empty() && *line.name == *name)
    }

    pub(super) fn name(&self, line: usize) -> Option<&Arc<str>> {
        self.lines.get(line).map(|line| &line.name)
    }

    pub(super) fn level(&self, line: usize) -> Option<bool> {
        self.lines.get(line).map(Line::level)
    }

    /// The configuration space: {lines: u16, padding: u16, size of the names: u32}.
    pub(super) fn config(&self) -> Vec<u8> {
        let count = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        let names = u32::try_from(self.names().len()).unwrap_or(u32::MAX);
        [&count.to_le_bytes()[..], &[0, 0], &names.to_le_bytes()].concat()
    }

    fn names(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.name.bytes().chain([0])).collect()
    }

    /// A guest went: nobody drives the lines over there, nobody listens. Says which lines moved by that.
    pub(super) fn reset(&mut self) -> Vec<(usize, bool)> {
        self.back.clear();
        let mut moved = Vec::new();
        for (number, line) in self.lines.iter_mut().enumerate() {
            let before = line.level();
            line.direction = Direction::None;
            line.out = false;
            line.wanted = Wanted::Nothing;
            line.parked = None;
            moved.extend(line.moved(before).map(|level| (number, level)));
            line.pending = false;
        }
        moved
    }

    /// The host drives a line.
    pub(super) fn drive(&mut self, line: usize, level: bool) {
        if let Some(line) = self.lines.get_mut(line) {
            let before = line.level();
            line.host = level;
            line.moved(before);
        }
    }

    /// Answers a request, and says which line moved by it.
    pub(super) fn request(&mut self, request: &[u8]) -> (Vec<u8>, Option<(usize, bool)>) {
        const REFUSED: [u8; 2] = [ERROR, 0];
        let Some(&[t0, t1, l0, l1, v0, v1, v2, v3]) = request.first_chunk::<8>() else {
            return (REFUSED.to_vec(), None);
        };
        let number = usize::from(u16::from_le_bytes([l0, l1]));
        let value = u32::from_le_bytes([v0, v1, v2, v3]);
        let kind = u16::from_le_bytes([t0, t1]);
        if kind == GET_NAMES {
            let mut answer = vec![OK];
            answer.extend(self.names());
            return (answer, None);
        }
        let Some(line) = self.lines.get_mut(number) else { return (REFUSED.to_vec(), None) };
        let before = line.level();
        let answer = match (kind, value) {
            (GET_DIRECTION, _) => Some(match line.direction {
                Direction::None => 0,
                Direction::Out => 1,
                Direction::In => 2,
            }),
            (GET_VALUE, _) => Some(u8::from(before)),
            (SET_DIRECTION, 0) => {
                line.direction = Direction::None;
                Some(0)
            }
            (SET_DIRECTION, 1) => {
                line.direction = Direction::Out;
                Some(0)
            }
            (SET_DIRECTION, 2) => {
                line.direction = Direction::In;
                Some(0)
            }
            (SET_VALUE, 0 | 1) => {
                line.out = value == 1;
                Some(0)
            }
            (IRQ_TYPE, _) => match Wanted::from_number(value) {
                Some(wanted) => {
                    line.wanted = wanted;
                    line.pending = false;
                    if wanted == Wanted::Nothing {
                        self.back.extend(line.parked.take().map(|buffer| Parked { buffer, status: INVALID }));
                    }
                    Some(0)
                }
                None => None,
            },
            _ => None,
        };
        let moved = line.moved(before).map(|level| (number, level));
        (answer.map_or(REFUSED.to_vec(), |value| vec![OK, value]), moved)
    }

    /// The guest parks a buffer for a line. One is enough: a second, or one for no line, goes back.
    pub(super) fn park(&mut self, line: Option<u16>, buffer: B) {
        match line.and_then(|line| self.lines.get_mut(usize::from(line))) {
            Some(line) if line.wanted != Wanted::Nothing && line.parked.is_none() => line.parked = Some(buffer),
            Some(_) | None => self.back.push(Parked { buffer, status: INVALID }),
        }
    }

    /// A buffer that is to go back now.
    pub(super) fn due(&mut self) -> Option<Parked<B>> {
        if let Some(parked) = self.back.pop() {
            return Some(parked);
        }
        let line = self
            .lines
            .iter_mut()
            .find(|line| line.parked.is_some() && (line.pending || line.wanted.level(line.level())))?;
        line.pending = false;
        line.parked.take().map(|buffer| Parked { buffer, status: EDGE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines() -> Lines<u32> {
        Lines::new(&["CONTACTOR_K1", "", "ESTOP"])
    }

    fn request(kind: u16, line: u16, value: u32) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &line.to_le_bytes(), &value.to_le_bytes()].concat()
    }

    #[test]
    fn the_names_are_told_in_order() {
        let mut lines = lines();
        // Three lines, 13 + 1 + 6 bytes of names.
        assert_eq!(lines.config(), [3, 0, 0, 0, 20, 0, 0, 0]);
        let (names, _) = lines.request(&request(GET_NAMES, 0, 0));
        assert_eq!(names, b"\0CONTACTOR_K1\0\0ESTOP\0");
    }

    #[test]
    fn an_output_moves_when_it_is_driven_and_falls_back_when_it_is_let_go() {
        let mut lines = lines();
        assert_eq!(lines.request(&request(SET_VALUE, 0, 1)), (vec![0, 0], None));
        assert_eq!(lines.request(&request(SET_DIRECTION, 0, 1)), (vec![0, 0], Some((0, true))));
        assert_eq!(lines.request(&request(GET_DIRECTION, 0, 0)), (vec![0, 1], None));
        assert_eq!(lines.request(&request(GET_VALUE, 0, 0)), (vec![0, 1], None));
        assert_eq!(lines.request(&request(SET_VALUE, 0, 1)), (vec![0, 0], None));
        assert_eq!(lines.request(&request(SET_DIRECTION, 0, 0)), (vec![0, 0], Some((0, false))));
    }

    #[test]
    fn an_edge_gives_the_parked_buffer_back_and_one_without_a_buffer_waits() {
        let mut lines = lines();
        lines.request(&request(SET_DIRECTION, 2, 2));
        assert_eq!(lines.request(&request(IRQ_TYPE, 2, 3)), (vec![0, 0], None));
        lines.park(Some(2), 70);
        assert_eq!(lines.due(), None);
        lines.drive(2, true);
        assert_eq!(lines.due(), Some(Parked { buffer: 70, status: 1 }));
        assert_eq!(lines.due(), None);
        lines.drive(2, false);
        lines.drive(2, true);
        assert_eq!(lines.due(), None);
        lines.park(Some(2), 71);
        assert_eq!(lines.due(), Some(Parked { buffer: 71, status: 1 }));
        assert_eq!(lines.due(), None);
    }

    #[test]
    fn only_the_edge_asked_for_counts() {
        let mut lines = lines();
        lines.request(&request(IRQ_TYPE, 2, 2));
        lines.park(Some(2), 1);
        lines.drive(2, true);
        assert_eq!(lines.due(), None);
        lines.drive(2, false);
        assert_eq!(lines.due(), Some(Parked { buffer: 1, status: 1 }));
    }

    #[test]
    fn a_level_asked_for_comes_as_long_as_it_is_there() {
        let mut lines = lines();
        lines.request(&request(IRQ_TYPE, 2, 4));
        lines.drive(2, true);
        for buffer in 0..3 {
            lines.park(Some(2), buffer);
            assert_eq!(lines.due(), Some(Parked { buffer, status: 1 }));
        }
        lines.drive(2, false);
        lines.park(Some(2), 3);
        assert_eq!(lines.due(), None);
    }

    #[test]
    fn asking_for_nothing_gives_the_buffer_back_without_an_edge() {
        let mut lines = lines();
        lines.request(&request(IRQ_TYPE, 2, 3));
        lines.park(Some(2), 7);
        lines.request(&request(IRQ_TYPE, 2, 0));
        assert_eq!(lines.due(), Some(Parked { buffer: 7, status: 0 }));
        lines.drive(2, true);
        assert_eq!(lines.due(), None);
    }

    #[test]
    fn buffers_nobody_asked_for_go_back() {
        let mut lines = lines();
        lines.park(Some(9), 1);
        lines.park(None, 2);
        lines.park(Some(0), 3);
        lines.request(&request(IRQ_TYPE, 2, 3));
        lines.park(Some(2), 4);
        lines.park(Some(2), 5);
        let mut back: Vec<_> = std::iter::from_fn(|| lines.due()).map(|parked| parked.buffer).collect();
        back.sort_unstable();
        assert_eq!(back, [1, 2, 3, 5]);
    }

    #[test]
    fn nonsense_is_refused() {
        let mut lines = lines();
        for nonsense in [request(9, 0, 0), request(GET_VALUE, 3, 0), request(SET_DIRECTION, 0, 3), vec![1, 0]] {
            assert_eq!(lines.request(&nonsense), (vec![1, 0], None));
        }
        assert_eq!(lines.request(&request(IRQ_TYPE, 0, 5)), (vec![1, 0], None));
        assert_eq!(lines.request(&request(SET_VALUE, 0, 2)), (vec![1, 0], None));
    }

    #[test]
    fn a_guest_that_goes_lets_its_outputs_go() {
        let mut lines = lines();
        lines.request(&request(SET_DIRECTION, 0, 1));
        lines.request(&request(SET_VALUE, 0, 1));
        lines.request(&request(IRQ_TYPE, 2, 3));
        lines.park(Some(2), 7);
        assert_eq!(lines.reset(), [(0, false)]);
        lines.drive(2, true);
        assert_eq!(lines.due(), None);
        assert_eq!(lines.level(2), Some(true));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_every_buffer_comes_back_once(
            steps in proptest::collection::vec(
                (0_u8..4, proptest::collection::vec(0_u8..10, 0..12), 0_u16..5, any::<bool>()), 0..60),
        ) {
            let mut lines = lines();
            let (mut parked, mut back) = (0_u32, Vec::new());
            for (what, bytes, line, level) in steps {
                match what {
                    0 => {
                        let (answer, _) = lines.request(&bytes);
                        prop_assert!(answer.len() >= 2);
                    }
                    1 => {
                        lines.park(Some(line), parked);
                        parked += 1;
                    }
                    2 => lines.drive(line.into(), level),
                    _ => back.extend(std::iter::from_fn(|| lines.due()).map(|parked| parked.buffer)),
                }
            }
            for line in 0..3 {
                lines.request(&request(IRQ_TYPE, line, 0));
            }
            back.extend(std::iter::from_fn(|| lines.due()).map(|parked| parked.buffer));
            back.sort_unstable();
            prop_assert_eq!(back, (0..parked).collect::<Vec<_>>());
        }
    }
}
