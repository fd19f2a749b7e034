//! Conversations as a listener hears them: segments in, lines out.

use super::*;
use crate::event::{Direction, TcpEvent};
use crate::testing::Ends;

/// The listener, and what it told.
struct Ear {
    ends: Ends,
    connections: Connections,
    packet: u64,
    lines: Vec<String>,
}

/// What a segment has beside its numbers and its bytes.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Syn,
    Fin,
    Rst,
}

use Kind::{Fin, Plain, Rst, Syn};

impl Ear {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Self { ends: Ends::v6(1000, 2000), connections: Connections::new(limits), packet: 0, lines: Vec::new() }
    }

    /// A connection whose next bytes are 101 of the client and 501 of the server.
    fn opened() -> Self {
        let mut ear = Self::new();
        ear.client(Syn, 100, None, "").server(Syn, 500, Some(101), "").client(Plain, 101, Some(501), "");
        assert_eq!(ear.told(), ["1: 0 opened [fe80::a]:1000 [fe80::b]:2000"]);
        ear
    }

    fn client(&mut self, kind: Kind, sequence: u32, ack: Option<u32>, text: &str) -> &mut Self {
        let (from, to) = self.ends.of(Direction::Forward);
        self.segment(from, to, kind, sequence, ack, text)
    }

    fn server(&mut self, kind: Kind, sequence: u32, ack: Option<u32>, text: &str) -> &mut Self {
        let (from, to) = self.ends.of(Direction::Backward);
        self.segment(from, to, kind, sequence, ack, text)
    }

    fn segment(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        kind: Kind,
        sequence: u32,
        acknowledgment: Option<u32>,
        text: &str,
    ) -> &mut Self {
        self.packet += 1;
        let (syn, fin, rst) = (kind == Syn, kind == Fin, kind == Rst);
        let payload = text.as_bytes();
        let segment = Segment { from, to, sequence, acknowledgment, syn, fin, rst, uncaptured: 0, payload };
        let mut out = VecDeque::new();
        self.connections.segment(&segment, Seen { packet: self.packet, time: self.packet * 1000 }, &mut out);
        self.lines.extend(out.iter().map(line));
        self
    }

    /// What was told since the last time.
    fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// What is told at the end of the capture.
    fn end(&mut self) -> Vec<String> {
        let mut out = VecDeque::new();
        while self.connections.end(&mut out) {}
        assert_eq!((self.connections.kept(), self.connections.held()), (0, 0));
        out.iter().map(line).collect()
    }
}

/// `packet: connection what`; `>` is forward, `<` backward.
fn line(event: &Event) -> String {
    let (connection, event) = match event {
        Event::Tcp { connection, event } => (connection, event),
        Event::Remark(remark) => return format!("{}! {}", remark.packet, remark.trouble),
        other => panic!("{other:?}"),
    };
    let way = |direction: &Direction| if *direction == Direction::Forward { '>' } else { '<' };
    let what = match event {
        TcpEvent::Opened { from, to, seen_from_start, .. } => {
            format!("{} {from} {to}", if *seen_from_start { "opened" } else { "met" })
        }
        TcpEvent::Data { direction, offset, bytes, .. } => {
            format!("{}{offset} {}", way(direction), String::from_utf8_lossy(bytes))
        }
        TcpEvent::Gap { direction, offset, bytes, .. } => format!("{}{offset} gap of {bytes}", way(direction)),
        TcpEvent::Duplicate { direction, bytes, .. } => format!("{} again {bytes}", way(direction)),
        TcpEvent::Finished { direction, .. } => format!("{} finished", way(direction)),
        TcpEvent::Closed { how, answered, totals: [forward, backward], .. } => {
            let answered = if *answered { "" } else { " unanswered" };
            format!("closed {how:?}{answered} >{} <{}", forward.bytes, backward.bytes)
        }
    };
    format!("{}: {connection} {what}", event.packet())
}

#[test]
fn a_conversation_from_its_beginning_to_its_end() {
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "hello").server(Plain, 501, Some(106), "good").server(
        Plain,
        505,
        Some(106),
        "day",
    );
    ear.client(Fin, 106, Some(508), "!").server(Plain, 508, Some(108), "").server(Fin, 508, Some(108), "");
    ear.client(Plain, 108, Some(509), "");
    assert_eq!(
        ear.told(),
        [
            "4: 0 >0 hello",
            "5: 0 <0 good",
            "6: 0 <4 day",
            "7: 0 >5 !",
            "7: 0 > finished",
            "9: 0 < finished",
            "9: 0 closed Fin >6 <7",
        ]
    );
    assert_eq!(ear.end().len(), 0);
}

#[test]
fn what_comes_too_early_waits() {
    let mut ear = Ear::opened();
    ear.client(Plain, 107, Some(501), "world").client(Plain, 101, Some(501), "hello ");
    assert_eq!(ear.told(), ["5: 0 >0 hello ", "4: 0 >6 world"]);
    assert_eq!(ear.connections.held(), 0);
}

#[test]
fn the_first_bytes_win() {
    let mut ear = Ear::opened();
    // Retransmitted with other bytes, in whole, in part, and before it was given.
    ear.client(Plain, 101, None, "abc").client(Plain, 101, None, "ABC").client(Plain, 103, None, "Xde");
    ear.client(Plain, 109, None, "ij").client(Plain, 107, None, "ghIJk").client(Plain, 106, None, "fG");
    assert_eq!(
        ear.told(),
        [
            "4: 0 >0 abc",
            "5: 0 > again 3",
            "6: 0 >3 de",
            "6: 0 > again 1",
            "8: 0 > again 2",
            "9: 0 > again 1",
            "9: 0 >5 f",
            "8: 0 >6 gh",
            "7: 0 >8 ij",
            "8: 0 >10 k",
        ]
    );
}

#[test]
fn sequence_numbers_wrap() {
    let mut ear = Ear::new();
    ear.client(Syn, u32::MAX - 2, None, "").server(Syn, u32::MAX, Some(u32::MAX - 1), "");
    ear.client(Plain, 2, Some(0), "efg").client(Plain, u32::MAX - 1, Some(0), "abcd").server(Plain, 0, Some(5), "x");
    ear.client(Plain, u32::MAX - 1, Some(1), "abcd").client(Fin, 5, Some(1), "").server(Fin, 1, Some(6), "");
    assert_eq!(
        ear.told()[1..],
        [
            "4: 0 >0 abcd",
            "3: 0 >4 efg",
            "5: 0 <0 x",
            "6: 0 > again 4",
            "7: 0 > finished",
            "8: 0 < finished",
            "8: 0 closed Fin >7 <1",
        ]
    );
}

#[test]
fn a_gap_is_told_when_the_receiver_has_acknowledged_it() {
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "abc").client(Plain, 107, Some(501), "ghi");
    assert_eq!(ear.told(), ["4: 0 >0 abc"]);
    // The receiver still waits for the first missing byte, then for one in the middle, then it has all.
    ear.server(Plain, 501, Some(104), "").server(Plain, 501, Some(106), "");
    assert_eq!(ear.told().len(), 0);
    ear.server(Plain, 501, Some(110), "");
    assert_eq!(ear.told(), ["8: 0 >3 gap of 3", "5: 0 >6 ghi"]);
    // What was acknowledged before anything behind it was seen: the gap is told with that.
    ear.server(Plain, 501, Some(112), "");
    assert_eq!(ear.told().len(), 0);
    ear.client(Plain, 112, Some(501), "lm");
    assert_eq!(ear.told(), ["10: 0 >9 gap of 2", "10: 0 >11 lm"]);
}

#[test]
fn what_an_answer_acknowledges_and_nobody_saw_is_told_before_it() {
    let mut ear = Ear::opened();
    // The question is missing; then the answer to the next one; then both.
    ear.server(Plain, 501, Some(104), "one").client(Plain, 104, Some(504), "two").client(Plain, 107, Some(509), "four");
    assert_eq!(ear.told(), ["4: 0 >0 gap of 3", "4: 0 <0 one", "5: 0 >3 two", "6: 0 <3 gap of 5", "6: 0 >6 four"]);
    ear.client(Plain, 121, Some(519), "eight").server(Plain, 519, Some(126), "nine");
    assert_eq!(ear.told(), ["7: 0 <8 gap of 10", "8: 0 >10 gap of 10", "7: 0 >20 eight", "8: 0 <18 nine"]);
    // A number far away is a wrong one; an acknowledgment alone may come before what it is for; one octet may be the FIN.
    ear.server(Plain, 523, Some(9_000_000), "a").client(Plain, 126, Some(540), "").server(Plain, 524, Some(127), "b");
    assert_eq!(ear.told(), ["9: 0 <22 a", "11: 0 <23 b"]);
    ear.server(Fin, 525, Some(127), "");
    assert_eq!(ear.told(), ["12: 0 > finished", "12: 0 < finished", "12: 0 closed Fin >12 <9"]);
    // Whoever breaks off has sent everything before, and has everything that he acknowledges.
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "ask").client(Rst, 120, Some(530), "");
    let lost = ["4: 0 >0 ask", "5: 0 >3 gap of 16", "5: 0 <0 gap of 29"];
    assert_eq!(ear.told(), [&lost[..], &["5: 0 closed Reset { by: Forward } >3 <0"]].concat());
    // What comes all the same was told as lost.
    let mut ear = Ear::opened();
    ear.server(Plain, 501, Some(104), "one").client(Plain, 101, Some(501), "ask").client(Plain, 104, Some(504), "two");
    assert_eq!(ear.told(), ["4: 0 >0 gap of 3", "4: 0 <0 one", "5: 0 > again 3", "6: 0 >3 two"]);
}

#[test]
fn questions_and_answers_stay_in_their_order_where_bytes_are_missing() {
    let mut ear = Ear::opened();
    // The client's first question is missing. Nobody acknowledges what follows, but the server answers it.
    ear.client(Plain, 104, Some(504), "two").server(Plain, 504, Some(101), "2").client(Plain, 107, Some(505), "three");
    assert_eq!(ear.told(), [""; 0]);
    ear.server(Plain, 505, Some(112), "3");
    let questions = ["4: 0 <0 gap of 3", "7: 0 >0 gap of 3", "4: 0 >3 two", "5: 0 <3 2", "6: 0 >6 three", "7: 0 <4 3"];
    assert_eq!(ear.told(), questions);
    // Too much of the other side: it is not waited any longer.
    let mut ear = Ear::with(Limits { held: 3 * (128 + 4), ..Limits::default() });
    ear.client(Syn, 100, None, "").client(Plain, 111, None, "held");
    ear.told();
    for sequence in [501, 505, 509] {
        ear.server(Plain, sequence, None, "data");
    }
    assert_eq!(ear.told(), [""; 0]);
    ear.server(Plain, 513, None, "more");
    assert_eq!(ear.told()[..2], ["6: 0 >0 gap of 10", "2: 0 >10 held"]);
    assert_eq!(ear.connections.held(), 0);
}

#[test]
fn what_a_later_segment_stands_behind_is_told_at_the_end() {
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "abc").client(Plain, 195, Some(501), "").server(Rst, 501, None, "");
    let told = ["4: 0 >0 abc", "6: 0 >3 gap of 91", "6: 0 closed Reset { by: Backward } >3 <0"];
    assert_eq!(ear.told(), told);
}

#[test]
fn a_gap_before_the_fin_or_at_the_end_is_told() {
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "abc").client(Fin, 110, Some(501), "");
    assert_eq!(ear.told(), ["4: 0 >0 abc"]);
    ear.server(Plain, 501, Some(111), "");
    assert_eq!(ear.told(), ["6: 0 >3 gap of 6", "6: 0 > finished"]);
    // The server's last bytes are known by their acknowledgment alone; then the capture ends.
    ear.client(Plain, 111, Some(521), "");
    assert_eq!(ear.end(), ["7: 0 <0 gap of 20", "7: 0 closed EndOfCapture >3 <0"]);

    let mut ear = Ear::opened();
    ear.client(Plain, 105, Some(501), "later").client(Plain, 120, Some(501), "last");
    // One more than what was sent is a FIN that the capture does not have.
    ear.client(Plain, 124, Some(502), "");
    assert_eq!(
        ear.end(),
        ["6: 0 >0 gap of 4", "4: 0 >4 later", "6: 0 >9 gap of 10", "5: 0 >19 last", "6: 0 closed EndOfCapture >9 <0"]
    );
}

#[test]
fn no_more_is_held_than_the_limits_say() {
    let mut ear = Ear::with(Limits { held: 3 * (128 + 4), ..Limits::default() });
    ear.client(Syn, 100, None, "");
    for sequence in [111, 121, 131] {
        ear.client(Plain, sequence, None, "data");
    }
    assert_eq!(ear.told().len(), 1);
    ear.client(Plain, 141, None, "more");
    assert_eq!(ear.told(), ["5: 0 >0 gap of 10", "2: 0 >10 data"]);
    assert_eq!(ear.connections.held(), 3 * 132);

    // All connections together: the one that asks for more gives up its gaps, the others keep theirs.
    let mut ear = Ear::with(Limits { held_by_all: 3 * (128 + 4), ..Limits::default() });
    for port in 1..=3 {
        ear.ends = Ends::v6(port, 2000);
        ear.client(Syn, 100, None, "").client(Plain, 111, None, "data");
    }
    ear.told();
    ear.client(Plain, 121, None, "more");
    assert_eq!(ear.told(), ["7: 2 >0 gap of 10", "6: 2 >10 data", "7: 2 >14 gap of 6", "7: 2 >20 more"]);
    assert_eq!(ear.connections.held(), 2 * 132);
}

#[test]
fn a_capture_may_begin_in_the_middle() {
    let mut ear = Ear::new();
    ear.server(Plain, 7000, Some(300), "middle").client(Plain, 300, Some(7006), "answer");
    assert_eq!(ear.told(), ["1: 0 met [fe80::b]:2000 [fe80::a]:1000", "1: 0 >0 middle", "2: 0 <0 answer"]);
    // From before the beginning: told once. A part that is new is given.
    ear.server(Plain, 6990, Some(306), "too early!")
        .server(Plain, 6998, Some(306), "__middle and")
        .client(Rst, 306, None, "");
    assert_eq!(
        ear.told(),
        [
            "3! bytes of a TCP connection from before its first segment that was seen are dropped",
            "4: 0 >6  and",
            "4: 0 > again 6",
            "5: 0 closed Reset { by: Backward } >10 <6",
        ]
    );
}

#[test]
fn one_side_alone_may_be_in_the_capture() {
    let mut ear = Ear::new();
    ear.client(Plain, 300, Some(7000), "ask").client(Plain, 303, Some(7050), "more");
    let expected = ["1: 0 met [fe80::a]:1000 [fe80::b]:2000", "1: 0 >0 ask", "2: 0 <0 gap of 50", "2: 0 >3 more"];
    assert_eq!(ear.told(), expected);
    assert_eq!(ear.end(), ["2: 0 closed EndOfCapture unanswered >7 <0"]);
}

#[test]
fn a_handshake_may_be_there_in_part() {
    // The SYN is missing: whoever is answered opened the connection.
    let mut ear = Ear::new();
    ear.server(Syn, 500, Some(101), "").client(Plain, 101, Some(501), "hi");
    assert_eq!(ear.told(), ["1: 0 opened [fe80::a]:1000 [fe80::b]:2000", "2: 0 >0 hi"]);
    // The SYN comes behind what follows it.
    let mut ear = Ear::new();
    ear.client(Plain, 101, Some(501), "hi").client(Syn, 100, None, "").client(Plain, 103, Some(501), "!");
    assert_eq!(ear.told(), ["1: 0 met [fe80::a]:1000 [fe80::b]:2000", "1: 0 >0 hi", "3: 0 >2 !"]);
    // Bytes with the SYN.
    let mut ear = Ear::new();
    ear.client(Syn, 100, None, "fast").client(Plain, 105, None, " open");
    assert_eq!(ear.told()[1..], ["1: 0 >0 fast", "2: 0 >4  open"]);
    // The answer is repeated with another number.
    let mut ear = Ear::new();
    ear.client(Syn, 100, None, "").server(Syn, 500, Some(101), "").client(Plain, 101, Some(510), "");
    ear.server(Syn, 400, Some(101), "").server(Plain, 401, Some(101), "hi");
    assert_eq!(ear.told()[1..], ["5: 0 <0 hi"]);
    assert_eq!(ear.end(), ["5: 0 closed EndOfCapture >0 <2"]);
}

#[test]
fn a_syn_may_stay_unanswered_or_be_refused() {
    let mut ear = Ear::new();
    ear.client(Syn, 100, None, "").client(Syn, 100, None, "");
    assert_eq!(ear.told()[1..], ["2: 0 > again 0"]);
    assert_eq!(ear.end(), ["2: 0 closed EndOfCapture unanswered >0 <0"]);
    let mut ear = Ear::new();
    ear.client(Syn, 100, None, "").server(Rst, 0, Some(101), "").client(Syn, 100, None, "").server(
        Rst,
        0,
        Some(101),
        "",
    );
    assert_eq!(
        ear.told(),
        [
            "1: 0 opened [fe80::a]:1000 [fe80::b]:2000",
            "2: 0 closed Reset { by: Backward } unanswered >0 <0",
            "3: 1 opened [fe80::a]:1000 [fe80::b]:2000",
            "4: 1 closed Reset { by: Backward } unanswered >0 <0",
        ]
    );
}

#[test]
fn the_same_ports_may_be_used_again() {
    // After an end, and without one.
    let mut ear = Ear::opened();
    ear.client(Plain, 101, Some(501), "first").client(Rst, 106, None, "");
    ear.client(Syn, 4100, None, "").server(Syn, 4500, Some(4101), "").client(Plain, 4101, Some(4501), "second");
    ear.client(Syn, 9100, None, "").server(Syn, 9500, Some(9101), "").client(Plain, 9101, Some(9501), "third");
    assert_eq!(
        ear.told(),
        [
            "4: 0 >0 first",
            "5: 0 closed Reset { by: Forward } >5 <0",
            "6: 1 opened [fe80::a]:1000 [fe80::b]:2000",
            "8: 1 >0 second",
            "8: 1 closed Replaced >6 <0",
            "9: 2 opened [fe80::a]:1000 [fe80::b]:2000",
            "11: 2 >0 third",
        ]
    );
    // The other one begins this time.
    ear.server(Syn, 20, None, "").client(Syn, 10, Some(21), "");
    assert_eq!(ear.told(), ["11: 2 closed Replaced >5 <0", "12: 3 opened [fe80::b]:2000 [fe80::a]:1000"]);
}

#[test]
fn connections_do_not_disturb_each_other() {
    let mut ear = Ear::new();
    for (port, text) in [(1, "one"), (2, "two"), (3, "three")] {
        ear.ends = Ends::v4(port, 80);
        ear.client(Syn, 100, None, "").client(Plain, 101, None, text);
    }
    ear.ends = Ends::v4(2, 80);
    ear.client(Plain, 104, None, " and more");
    assert_eq!(
        ear.told().into_iter().filter(|line| !line.contains("opened")).collect::<Vec<_>>(),
        ["2: 0 >0 one", "4: 1 >0 two", "6: 2 >0 three", "7: 1 >3  and more",]
    );
}

#[test]
fn the_connection_that_was_idle_longest_is_forgotten() {
    let mut ear = Ear::with(Limits { connections: 2, ..Limits::default() });
    for port in [1, 2, 1, 3] {
        ear.ends = Ends::v6(port, 80);
        ear.client(if port == 3 { Syn } else { Plain }, 100, None, "x");
    }
    assert_eq!(
        ear.told()[5..],
        ["2: 1 closed Forgotten unanswered >1 <0", "4: 2 opened [fe80::a]:3 [fe80::b]:80", "4: 2 >0 x"]
    );
    assert_eq!(ear.connections.kept(), 2);
}

#[test]
fn bytes_behind_the_end_are_told_once() {
    let mut ear = Ear::opened();
    ear.client(Fin, 101, Some(501), "all").client(Plain, 104, Some(501), "more");
    assert_eq!(
        ear.told(),
        ["4: 0 >0 all", "4: 0 > finished", "5! bytes of a TCP connection behind its end are dropped"]
    );
    ear.server(Rst, 501, None, "").server(Plain, 501, None, "late").server(Plain, 505, None, "later");
    assert_eq!(
        ear.told(),
        ["6: 0 closed Reset { by: Backward } >3 <0", "7! bytes of a TCP connection behind its end are dropped"]
    );
    // A FIN that came before what it ends, and what stands behind it.
    let mut ear = Ear::opened();
    ear.client(Plain, 106, None, "later").client(Fin, 104, None, "").client(Plain, 101, None, "abc");
    assert_eq!(ear.told(), ["6: 0 >0 abc", "6: 0 > finished"]);
    assert_eq!(ear.connections.held(), 0);
}

#[test]
fn keep_alives_and_late_acknowledgments_tell_nothing_new() {
    let mut ear = Ear::opened();
    ear.client(Plain, 100, Some(501), "\0").server(Plain, 501, Some(101), "");
    assert_eq!(ear.told(), ["4: 0 > again 1"]);
    ear.client(Fin, 101, Some(501), "").server(Fin, 501, Some(102), "").client(Plain, 102, Some(502), "");
    ear.server(Fin, 501, Some(102), "").client(Plain, 102, Some(502), "");
    assert_eq!(ear.told(), ["6: 0 > finished", "7: 0 < finished", "7: 0 closed Fin >0 <0"]);
}

#[test]
fn a_machine_may_talk_to_itself() {
    let mut ear = Ear::new();
    ear.ends.server = ear.ends.client;
    ear.client(Syn, 100, None, "").client(Plain, 101, Some(7), "x").client(Fin, 102, Some(8), "");
    assert_eq!(ear.told()[1..], ["2: 0 >0 x", "3: 0 > finished"]);
    assert_eq!(ear.end().len(), 1);
}
