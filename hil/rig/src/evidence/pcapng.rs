//! Captures as Wireshark reads them: pcapng (draft-ietf-opsawg-pcapng), written by hand because it is a page.
//!
//! ```text
//!   section header │ interface │ secrets │ packet │ packet │ ...
//!   each block:  type u32 │ length u32 │ body, padded to 4 bytes │ length u32 again
//! ```

use std::io::{self, Write};

use super::frame::Direction;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 0x0A;
/// A reader sees by it in which order the bytes of all other numbers stand.
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
/// Secrets in the format of a TLS key log.
const TLS_KEY_LOG: u32 = 0x544C_534B;
const ETHERNET: u16 = 1;

/// Options: code, value.
type Options<'a> = [(u16, &'a [u8])];

/// Writes a capture of Ethernet frames.
#[derive(Debug)]
pub struct Capture<W> {
    sink: W,
    interfaces: u32,
}

impl<W: Write> Capture<W> {
    /// Begins a capture.
    ///
    /// # Errors
    /// The sink cannot be written to.
    pub fn new(sink: W) -> io::Result<Self> {
        let mut capture = Self { sink, interfaces: 0 };
        let mut body = Vec::new();
        body.extend(BYTE_ORDER.to_le_bytes());
        body.extend(1_u16.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        // How long the section is, is not known yet.
        body.extend(u64::MAX.to_le_bytes());
        options(&mut body, &[(4, b"Plugfest")]);
        capture.block(SECTION_HEADER, &body)?;
        Ok(capture)
    }

    /// Adds an Ethernet interface; answers its number. Times of its frames are microseconds.
    ///
    /// # Errors
    /// The sink cannot be written to.
    pub fn interface(&mut self, name: &str) -> io::Result<u32> {
        let mut body = Vec::new();
        body.extend(ETHERNET.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        // Frames are never cut.
        body.extend(0_u32.to_le_bytes());
        options(&mut body, &[(2, name.as_bytes()), (9, &[6])]);
        self.block(INTERFACE, &body)?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Adds lines of a TLS key log, with which what follows can be read.
    ///
    /// # Errors
    /// The sink cannot be written to.
    pub fn secrets(&mut self, key_log: &str) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend(TLS_KEY_LOG.to_le_bytes());
        body.extend(length(key_log.as_bytes())?.to_le_bytes());
        padded(&mut body, key_log.as_bytes());
        self.block(DECRYPTION_SECRETS, &body)
    }

    /// Adds a frame; `micros` since 1970.
    ///
    /// # Errors
    /// The sink cannot be written to, or there is no such interface.
    pub fn frame(&mut self, interface: u32, micros: u64, direction: Direction, frame: &[u8]) -> io::Result<()> {
        if interface >= self.interfaces {
            let why = format!("the capture has {} interfaces and none of number {interface}", self.interfaces);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let flags: u32 = match direction {
            Direction::In => 1,
            Direction::Out => 2,
        };
        let mut body = Vec::new();
        body.extend(interface.to_le_bytes());
        body.extend(((micros >> 32) as u32).to_le_bytes());
        body.extend((micros as u32).to_le_bytes());
        let length = length(frame)?.to_le_bytes();
        body.extend(length);
        body.extend(length);
        padded(&mut body, frame);
        options(&mut body, &[(2, &flags.to_le_bytes())]);
        self.block(ENHANCED_PACKET, &body)
    }

    /// Ends the capture; answers the sink.
    ///
    /// # Errors
    /// The sink cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let length = length(body)?.checked_add(12).ok_or(io::ErrorKind::InvalidInput)?.to_le_bytes();
        self.sink.write_all(&kind.to_le_bytes())?;
        self.sink.write_all(&length)?;
        self.sink.write_all(body)?;
        self.sink.write_all(&length)
    }
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a block of over 4 GB"))
}

fn padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}

fn options(body: &mut Vec<u8>, options: &Options<'_>) {
    for (code, value) in options {
        // The length of an option is 16 bits; a name as long as that is nobody's.
        let value = &value[..value.len().min(255)];
        body.extend(code.to_le_bytes());
        body.extend((value.len() as u16).to_le_bytes());
        padded(body, value);
    }
    body.extend([0; 4]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> usize {
        u32::from_le_bytes(bytes[..4].try_into().expect("4 bytes")) as usize
    }

    /// The blocks of a capture, checked: lengths in front and behind agree, are multiples of 4 and cover the file.
    fn blocks(mut file: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let mut blocks = Vec::new();
        while !file.is_empty() {
            let (kind, length) = (number(file), number(&file[4..]));
            assert_eq!(length % 4, 0);
            assert_eq!(number(&file[length - 4..]), length);
            blocks.push((kind, file[8..length - 4].to_vec()));
            file = &file[length..];
        }
        blocks
    }

    #[test]
    fn a_capture_has_the_structure_of_the_format() {
        let mut capture = Capture::new(Vec::new()).expect("memory");
        let plc = capture.interface("plc").expect("memory");
        capture.secrets("CLIENT_RANDOM 00 11\n").expect("memory");
        let frame = [&[0xff; 6][..], &[2; 6], &[0x88, 0xe1, 1]].concat();
        capture.frame(plc, 0x0006_0A24_181E_4000, Direction::Out, &frame).expect("memory");
        let file = capture.finish().expect("memory");
        let blocks = blocks(&file);
        let kinds: Vec<_> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [0x0A0D_0D0A, 1, 0x0A, 6]);

        let header = &blocks[0].1;
        assert_eq!(header[..4], [0x4D, 0x3C, 0x2B, 0x1A]);
        assert_eq!(header[4..16], [1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(header[16..], *b"\x04\x00\x08\x00Plugfest\x00\x00\x00\x00");

        // Ethernet, no cut, name "plc", microseconds.
        let interface = &blocks[1].1;
        assert_eq!(
            interface[..],
            *b"\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x03\x00plc\x00\x09\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00\x00"
        );

        let secrets = &blocks[2].1;
        assert_eq!((secrets[..4].to_vec(), number(&secrets[4..])), (b"KSLT".to_vec(), 20));
        assert_eq!(secrets[8..], *b"CLIENT_RANDOM 00 11\n");

        let packet = &blocks[3].1;
        assert_eq!((number(packet), number(&packet[4..]), number(&packet[8..])), (0, 0x0006_0A24, 0x181E_4000));
        assert_eq!((number(&packet[12..]), number(&packet[16..])), (15, 15));
        assert_eq!(packet[20..35], frame);
        // One byte of padding, then the direction: outbound.
        assert_eq!(packet[35..], [0, 2, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn frames_of_any_length_keep_the_blocks_aligned() {
        let mut capture = Capture::new(Vec::new()).expect("memory");
        let plc = capture.interface(&"x".repeat(300)).expect("memory");
        for length in 0..70_usize {
            capture.frame(plc, 0, Direction::In, &vec![7; length]).expect("memory");
        }
        let blocks = blocks(&capture.finish().expect("memory"));
        assert_eq!(blocks.len(), 72);
        for (length, (_, packet)) in blocks[2..].iter().enumerate() {
            assert_eq!((number(&packet[12..]), packet.len()), (length, 20 + length.next_multiple_of(4) + 12));
        }
    }

    #[test]
    fn a_frame_of_an_interface_that_is_not_there_is_refused() {
        let mut capture = Capture::new(Vec::new()).expect("memory");
        let error = capture.frame(0, 0, Direction::In, &[]).expect_err("no interface").to_string();
        assert_eq!(error, "the capture has 0 interfaces and none of number 0");
    }
}
