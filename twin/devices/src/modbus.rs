//! A Modbus server in front of a register bank: what a meter, an insulation monitor or a gateway shows to the charger.

use std::collections::VecDeque;
use std::time::Duration;

use units::Instant;
use wire::modbus::{Adu, Exception, Request, Response, Table, rtu, tcp};

use crate::ByteDevice;

/// The registers of a device.
pub trait RegisterBank: Send {
    /// A client reads `count` registers from `address`.
    ///
    /// # Errors
    /// What the device answers instead.
    fn read(&mut self, now: Instant, table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception>;

    /// A client writes holding registers from `address`.
    ///
    /// # Errors
    /// What the device answers instead.
    fn write(&mut self, now: Instant, address: u16, values: &[u16]) -> Result<(), Exception>;
}

/// What carries the requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// A serial line: several units may share it, and each hears all.
    Rtu,
    /// A connection of its own.
    Tcp,
}

/// What is wrong with the device or its line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ModbusFault {
    /// Nothing.
    #[default]
    None,
    /// It does what it is told and answers nothing.
    Mute,
    /// Its checksums are wrong; over TCP, which has none, its headers.
    BadCrc,
    /// Half of each answer is lost.
    ShortReply,
    /// Each answer waits for the next request and comes together with the answer to that one.
    MergedReplies,
    /// It answers as another unit.
    WrongUnit,
    /// It answers this much later.
    SlowReply(Duration),
    /// It refuses everything.
    Exception(Exception),
}

/// After this much silence the beginning of a frame is worth nothing. The standard says 3.5 characters; what carries the
/// bytes of a model may hold them up for longer.
const SILENCE: Duration = Duration::from_millis(100);
/// Answers that wait for somebody to fetch them; a client that asks and never reads loses the oldest.
const OUTBOX: usize = 64;

/// Serves a register bank over RTU or TCP framing.
#[derive(Clone, Debug)]
pub struct RegisterServer<B> {
    unit: u8,
    bank: B,
    line: Line,
    heard: Instant,
    fault: ModbusFault,
    /// Answers and when they go.
    outbox: VecDeque<(Instant, Vec<u8>)>,
    /// The answer that waits for the next request.
    held: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Line {
    Rtu(rtu::RequestReader),
    Tcp(tcp::FrameReader),
}

impl<B: RegisterBank> RegisterServer<B> {
    /// A server that answers as `unit`.
    #[must_use]
    pub fn new(framing: Framing, unit: u8, bank: B) -> Self {
        let line = match framing {
            Framing::Rtu => Line::Rtu(rtu::RequestReader::new()),
            Framing::Tcp => Line::Tcp(tcp::FrameReader::new()),
        };
        Self {
            unit,
            bank,
            line,
            heard: Instant::ZERO,
            fault: ModbusFault::None,
            outbox: VecDeque::new(),
            held: Vec::new(),
        }
    }

    /// The registers.
    pub const fn bank(&self) -> &B {
        &self.bank
    }

    /// The registers, for whoever moves what they show.
    pub const fn bank_mut(&mut self) -> &mut B {
        &mut self.bank
    }

    /// Breaks it so from now on; [`ModbusFault::None`] mends it.
    pub fn set_fault(&mut self, fault: ModbusFault) {
        self.fault = fault;
        self.held.clear();
    }

    fn serve(&mut self, now: Instant, adu: &Adu) -> Option<Adu> {
        // On a line unit 0 is everybody, and nobody answers.
        let broadcast = adu.unit == 0 && matches!(self.line, Line::Rtu(_));
        if adu.unit != self.unit && !broadcast {
            return None;
        }
        let response = match Request::decode(&adu.pdu) {
            Err(bad) => bad.into(),
            Ok(request) => self.respond(now, request),
        };
        let unit = if self.fault == ModbusFault::WrongUnit { self.unit.wrapping_add(1) } else { self.unit };
        (!broadcast).then(|| Adu { unit, pdu: response.encode() })
    }

    fn respond(&mut self, now: Instant, request: Request) -> Response {
        let function = request.function();
        let result = match (self.fault, request) {
            (ModbusFault::Exception(exception), _) => Err(exception),
            (_, Request::Read { table, address, count }) => {
                self.bank.read(now, table, address, count).map(|values| Response::Read { table, values })
            }
            (_, Request::WriteSingle { address, value }) => {
                self.bank.write(now, address, &[value]).map(|()| Response::WriteSingle { address, value })
            }
            (_, Request::WriteMultiple { address, values }) => self
                .bank
                .write(now, address, &values)
                .map(|()| Response::WriteMultiple { address, count: values.len() as u16 }),
        };
        result.unwrap_or_else(|exception| Response::Exception { function, exception })
    }

    fn send(&mut self, now: Instant, mut frame: Vec<u8>, checked: usize) {
        let at = match self.fault {
            ModbusFault::None | ModbusFault::WrongUnit | ModbusFault::Exception(_) => now,
            ModbusFault::Mute => return,
            ModbusFault::BadCrc => {
                frame[checked] ^= 0x55;
                now
            }
            ModbusFault::ShortReply => {
                frame.truncate(frame.len() / 2);
                now
            }
            ModbusFault::MergedReplies => {
                let earlier = std::mem::replace(&mut self.held, frame);
                if earlier.is_empty() {
                    return;
                }
                frame = earlier;
                frame.append(&mut self.held);
                now
            }
            ModbusFault::SlowReply(delay) => now + delay,
        };
        if self.outbox.len() == OUTBOX {
            self.outbox.pop_front();
        }
        self.outbox.push_back((at, frame));
    }

    fn next_rtu(&mut self) -> Option<Adu> {
        match &mut self.line {
            Line::Rtu(reader) => reader.next_request(),
            Line::Tcp(_) => None,
        }
    }

    fn next_tcp(&mut self) -> Option<tcp::Frame> {
        match &mut self.line {
            Line::Rtu(_) => None,
            // What is no Modbus is dropped, and the stream goes on with what comes next.
            Line::Tcp(reader) => reader.next_frame().ok().flatten(),
        }
    }
}

impl<B: RegisterBank> ByteDevice for RegisterServer<B> {
    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        match &mut self.line {
            Line::Rtu(reader) => {
                if now.since(self.heard) > SILENCE {
                    reader.silence();
                }
                reader.push(bytes);
            }
            Line::Tcp(reader) => reader.push(bytes),
        }
        self.heard = now;
        while let Some(request) = self.next_rtu() {
            if let Some(response) = self.serve(now, &request) {
                let frame = rtu::encode(&response);
                let checksum = frame.len() - 1;
                self.send(now, frame, checksum);
            }
        }
        while let Some(request) = self.next_tcp() {
            if let Some(adu) = self.serve(now, &request.adu) {
                // The third byte is the protocol, which is always 0.
                self.send(now, tcp::encode(&tcp::Frame { transaction: request.transaction, adu }), 2);
            }
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.outbox.front().is_some_and(|(at, _)| *at <= now) {
            bytes.extend(self.outbox.pop_front().into_iter().flat_map(|(_, frame)| frame));
        }
        bytes
    }

    fn next_change(&self) -> Option<Instant> {
        self.outbox.front().map(|(at, _)| *at)
    }
}

/// Several units on one line: each hears all, and answers what is for it.
pub struct Bus(Vec<Box<dyn ByteDevice>>);

impl Bus {
    /// A line with these units.
    #[must_use]
    pub fn new(units: Vec<Box<dyn ByteDevice>>) -> Self {
        Self(units)
    }
}

impl ByteDevice for Bus {
    fn receive(&mut self, now: Instant, bytes: &[u8]) {
        for unit in &mut self.0 {
            unit.receive(now, bytes);
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<u8> {
        self.0.iter_mut().flat_map(|unit| unit.transmit(now)).collect()
    }

    fn next_change(&self) -> Option<Instant> {
        self.0.iter().filter_map(|unit| unit.next_change()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Register n holds n; 100 and above are not there.
    #[derive(Debug, Default)]
    struct Numbers(Vec<(u16, Vec<u16>)>);

    impl RegisterBank for Numbers {
        fn read(&mut self, _now: Instant, _table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception> {
            match address.checked_add(count) {
                Some(end) if end <= 100 => Ok((address..end).collect()),
                _ => Err(Exception::IllegalDataAddress),
            }
        }

        fn write(&mut self, _now: Instant, address: u16, values: &[u16]) -> Result<(), Exception> {
            self.0.push((address, values.to_vec()));
            Ok(())
        }
    }

    const NOW: Instant = Instant::from_millis(1000);

    fn ask(server: &mut RegisterServer<Numbers>, unit: u8, request: &Request) -> Option<(u8, Response)> {
        server.receive(NOW, &rtu::encode(&Adu { unit, pdu: request.encode() }));
        let adu = rtu::decode(&server.transmit(NOW))?;
        Some((adu.unit, Response::decode(&adu.pdu).ok()?))
    }

    fn read(address: u16, count: u16) -> Request {
        Request::Read { table: Table::Input, address, count }
    }

    fn values(values: &[u16]) -> Response {
        Response::Read { table: Table::Input, values: values.to_vec() }
    }

    #[test]
    fn registers_are_read_written_and_refused() {
        let mut server = RegisterServer::new(Framing::Rtu, 3, Numbers::default());
        assert_eq!(ask(&mut server, 3, &read(7, 2)), Some((3, values(&[7, 8]))));
        assert_eq!(
            ask(&mut server, 3, &read(99, 2)),
            Some((3, Response::Exception { function: 4, exception: Exception::IllegalDataAddress }))
        );
        assert_eq!(ask(&mut server, 4, &read(7, 2)), None, "another unit");
        assert_eq!(ask(&mut server, 0, &Request::WriteSingle { address: 1, value: 2 }), None, "everybody");
        let write = Request::WriteMultiple { address: 5, values: vec![8, 9] };
        assert_eq!(ask(&mut server, 3, &write), Some((3, Response::WriteMultiple { address: 5, count: 2 })));
        assert_eq!(server.bank().0, [(1, vec![2]), (5, vec![8, 9])]);
    }

    #[test]
    fn over_tcp_the_transaction_comes_back() {
        let mut server = RegisterServer::new(Framing::Tcp, 3, Numbers::default());
        let frame = |transaction, pdu| tcp::Frame { transaction, adu: Adu { unit: 3, pdu } };
        let bytes = [
            tcp::encode(&frame(41, read(1, 1).encode())),
            tcp::encode(&frame(42, Request::WriteSingle { address: 5, value: 6 }.encode())),
        ]
        .concat();
        server.receive(NOW, &bytes[..5]);
        assert_eq!(server.transmit(NOW), []);
        server.receive(NOW, &bytes[5..]);
        let expected = [
            tcp::encode(&frame(41, values(&[1]).encode())),
            tcp::encode(&frame(42, Response::WriteSingle { address: 5, value: 6 }.encode())),
        ];
        assert_eq!(server.transmit(NOW), expected.concat());
    }

    #[test]
    fn each_fault_shows_on_the_wire() {
        let mut server = RegisterServer::new(Framing::Rtu, 3, Numbers::default());
        let good = rtu::encode(&Adu { unit: 3, pdu: values(&[7]).encode() });
        let mut sent = |fault: ModbusFault, later: Duration| {
            server.set_fault(fault);
            server.receive(NOW, &rtu::encode(&Adu { unit: 3, pdu: read(7, 1).encode() }));
            (server.transmit(NOW), server.next_change(), server.transmit(NOW + later))
        };
        assert_eq!(sent(ModbusFault::None, Duration::ZERO).0, good);
        assert_eq!(sent(ModbusFault::Mute, Duration::MAX), (vec![], None, vec![]));
        let bad = sent(ModbusFault::BadCrc, Duration::ZERO).0;
        assert_eq!((bad.len(), rtu::decode(&bad)), (good.len(), None));
        assert_eq!(sent(ModbusFault::ShortReply, Duration::ZERO).0, good[..3]);
        let wrong = sent(ModbusFault::WrongUnit, Duration::ZERO).0;
        assert_eq!(rtu::decode(&wrong).map(|adu| adu.unit), Some(4));
        let late = Duration::from_secs(2);
        assert_eq!(sent(ModbusFault::SlowReply(late), late), (vec![], Some(NOW + late), good.clone()));
        let refusal = sent(ModbusFault::Exception(Exception::ServerDeviceBusy), Duration::ZERO).0;
        assert_eq!(rtu::decode(&refusal).map(|adu| adu.pdu), Some(vec![0x84, 6]));
    }

    #[test]
    fn merged_replies_come_one_request_late_and_two_at_a_time() {
        let mut server = RegisterServer::new(Framing::Rtu, 3, Numbers::default());
        server.set_fault(ModbusFault::MergedReplies);
        let mut ask = |address| {
            server.receive(NOW, &rtu::encode(&Adu { unit: 3, pdu: read(address, 1).encode() }));
            server.transmit(NOW)
        };
        let reply = |value| rtu::encode(&Adu { unit: 3, pdu: values(&[value]).encode() });
        assert_eq!(ask(1), []);
        assert_eq!(ask(2), [reply(1), reply(2)].concat());
        assert_eq!(ask(3), []);
    }
}
