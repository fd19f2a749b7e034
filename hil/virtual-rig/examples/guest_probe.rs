//! Runs in the guest and tries every wire of it with the crates the charger uses; its host is the example `probe`.
//!
//! Prints a line a check, then `N passed, N failed`; fails if a check failed. With an argument, only the checks whose names
//! begin with it.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    probe::main()
}

#[cfg(target_os = "linux")]
mod probe {
    use std::env;
    use std::fs::{self, File, OpenOptions};
    use std::io::{Read as _, Write as _};
    use std::net::{Shutdown, TcpStream, UdpSocket};
    use std::process::ExitCode;
    use std::time::Duration;

    use gpiocdev::Request;
    use gpiocdev::line::{EdgeDetection, Value};
    use i2cdev::core::{I2CDevice as _, I2CMessage as _, I2CTransfer as _};
    use i2cdev::linux::{LinuxI2CDevice, LinuxI2CMessage};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::ioctl::{Opcode, Setter, ioctl, opcode};
    use socketcan::{CanFrame, CanSocket, EmbeddedFrame as _, Frame as _, Socket as _, StandardId};
    use tokio::time::Instant;

    type Check = Result<String, String>;
    type Do = fn() -> Check;

    /// Nothing here takes longer, unless something is wrong.
    const SOON: Duration = Duration::from_secs(3);

    pub(super) fn main() -> ExitCode {
        let wanted = env::args().nth(1).unwrap_or_default();
        let checks: [(&str, Do); 16] = [
            ("environment", environment),
            ("seccomp", seccomp),
            ("i2c registers", i2c_registers),
            ("i2c absent chip", i2c_absent),
            ("gpio input", gpio_input),
            ("gpio output and edge", gpio_edge),
            ("gpio round trips", gpio_round_trips),
            ("rpmsg echo", rpmsg_echo),
            ("rpmsg longest message", rpmsg_longest),
            ("rpmsg round trips", rpmsg_round_trips),
            ("can over slcan", can),
            ("can round trips", can_round_trips),
            ("serial echo", serial),
            ("tcp echo of 1 MiB", tcp_echo),
            ("tcp port not on the list", tcp_refused),
            ("plc card", plc),
        ];
        let (mut passed, mut failed) = (0, 0);
        for (name, check) in checks {
            if !name.starts_with(&wanted) {
                continue;
            }
            match check() {
                Ok(note) => {
                    passed += 1;
                    println!("PASS {name} {note}");
                }
                Err(why) => {
                    failed += 1;
                    println!("FAIL {name}: {why}");
                }
            }
        }
        println!("{passed} passed, {failed} failed");
        ExitCode::from(u8::from(failed > 0))
    }

    fn text(error: impl std::fmt::Display) -> String {
        error.to_string()
    }

    fn expect<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), String> {
        if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
    }

    fn figures(mut times: Vec<Duration>) -> String {
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_micros();
        format!("({} times: p50 {} us, p99 {} us, max {} us)", times.len(), at(50), at(99), at(100))
    }

    fn environment() -> Check {
        expect(env::var("PF_ODD").map_err(text)?, "it's a \"value\" of $HOME\n; x".into())?;
        Ok(String::new())
    }

    fn seccomp() -> Check {
        let status = fs::read_to_string("/proc/self/status").map_err(text)?;
        let line = status.lines().find(|line| line.starts_with("Seccomp:"));
        expect(line, Some("Seccomp:\t0"))?;
        Ok(String::new())
    }

    fn i2c_registers() -> Check {
        let mut chip = LinuxI2CDevice::new("/dev/i2c-0", 0x20).map_err(text)?;
        chip.write(&[0x01, 0x55, 0x66]).map_err(text)?;
        let mut bytes = [0; 2];
        chip.transfer(&mut [LinuxI2CMessage::write(&[0x01]), LinuxI2CMessage::read(&mut bytes)]).map_err(text)?;
        expect(bytes, [0x55, 0x66])?;
        expect(chip.smbus_read_word_data(0x01).map_err(text)?, 0x6655)?;
        Ok(String::new())
    }

    fn i2c_absent() -> Check {
        let mut chip = LinuxI2CDevice::new("/dev/i2c-0", 0x21).map_err(text)?;
        // The driver counts the messages that got through: a write that nobody acknowledges "writes" nothing, and says no more.
        match chip.smbus_read_byte_data(0x01) {
            Err(error) => Ok(format!("({error})")),
            Ok(byte) => Err(format!("it answers {byte}")),
        }
    }

    fn gpio_input() -> Check {
        let line = gpiocdev::find_named_line("ESTOP").ok_or("no such line")?;
        let request = Request::builder().with_found_line(&line).as_input().request().map_err(text)?;
        expect(request.lone_value().map_err(text)?, Value::Active)?;
        Ok(String::new())
    }

    fn contactor() -> Result<(Request, Request), String> {
        let out = gpiocdev::find_named_line("CONTACTOR_K1").ok_or("no line CONTACTOR_K1")?;
        let back = gpiocdev::find_named_line("MIRROR_K1").ok_or("no line MIRROR_K1")?;
        let mirror = Request::builder()
            .with_found_line(&back)
            .with_edge_detection(EdgeDetection::BothEdges)
            .request()
            .map_err(text)?;
        let coil = Request::builder().with_found_line(&out).as_output(Value::Inactive).request().map_err(text)?;
        Ok((coil, mirror))
    }

    fn follow(coil: &Request, mirror: &Request, value: Value) -> Result<(), String> {
        coil.set_lone_value(value).map_err(text)?;
        if !mirror.wait_edge_event(SOON).map_err(text)? {
            return Err(format!("no edge of the mirror contact after {value:?}"));
        }
        mirror.read_edge_event().map_err(text)?;
        expect(mirror.lone_value().map_err(text)?, value)
    }

    fn gpio_edge() -> Check {
        let (coil, mirror) = contactor()?;
        follow(&coil, &mirror, Value::Active)?;
        follow(&coil, &mirror, Value::Inactive)?;
        // A program that ends lets its outputs go.
        follow(&coil, &mirror, Value::Active)?;
        drop(coil);
        if !mirror.wait_edge_event(SOON).map_err(text)? {
            return Err("no edge of the mirror contact after the coil was let go".into());
        }
        expect(mirror.lone_value().map_err(text)?, Value::Inactive)?;
        Ok(String::new())
    }

    fn gpio_round_trips() -> Check {
        let (coil, mirror) = contactor()?;
        let mut times = Vec::new();
        for turn in 0..200 {
            let start = Instant::now();
            follow(&coil, &mirror, if turn % 2 == 0 { Value::Active } else { Value::Inactive })?;
            times.push(start.elapsed());
        }
        Ok(figures(times))
    }

    /// `struct rpmsg_endpoint_info` of `linux/rpmsg.h`.
    #[repr(C)]
    struct EndpointInfo {
        name: [u8; 32],
        source: u32,
        destination: u32,
    }

    #[allow(unsafe_code)]
    fn create_endpoint(control: &File) -> Result<(), String> {
        const CREATE: Opcode = opcode::write::<EndpointInfo>(0xb5, 1);
        let mut name = [0; 32];
        name[..5].copy_from_slice(b"probe");
        let info = EndpointInfo { name, source: u32::MAX, destination: 14 };
        // SAFETY: the opcode is that of RPMSG_CREATE_EPT_IOCTL, which reads such a struct and keeps nothing of it.
        unsafe { ioctl(control, Setter::<CREATE, _>::new(info)) }.map_err(text)
    }

    fn wait_readable(descriptor: &File) -> Result<(), String> {
        let limit = Timespec { tv_sec: 1, tv_nsec: 0 };
        match poll(&mut [PollFd::new(descriptor, PollFlags::IN)], Some(&limit)) {
            Ok(0) => Err("nothing came".into()),
            Ok(_) => Ok(()),
            Err(error) => Err(text(error)),
        }
    }

    /// An end point of our own; its node appears a little later, and goes when it is closed for good.
    fn rpmsg() -> Result<File, String> {
        let before = nodes()?;
        let control = OpenOptions::new().read(true).write(true).open("/dev/rpmsg_ctrl0").map_err(text)?;
        create_endpoint(&control)?;
        let start = Instant::now();
        loop {
            if let Some(new) = nodes()?.into_iter().find(|node| !before.contains(node)) {
                return OpenOptions::new().read(true).write(true).open(new).map_err(text);
            }
            if start.elapsed() > SOON {
                return Err("no node of the end point".into());
            }
        }
    }

    fn nodes() -> Result<Vec<String>, String> {
        let names = fs::read_dir("/dev").map_err(text)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names
            .filter(|name| name.strip_prefix("rpmsg").is_some_and(|rest| rest.parse::<u32>().is_ok()))
            .map(|name| format!("/dev/{name}"))
            .collect())
    }

    fn exchange(port: &mut File, message: &[u8]) -> Result<(), String> {
        port.write_all(message).map_err(text)?;
        wait_readable(port)?;
        let mut buffer = [0; 512];
        let length = port.read(&mut buffer).map_err(text)?;
        expect(&buffer[..length], message)
    }

    fn rpmsg_echo() -> Check {
        exchange(&mut rpmsg()?, b"hello")?;
        Ok(String::new())
    }

    fn rpmsg_longest() -> Check {
        exchange(&mut rpmsg()?, &[0xA5; 496])?;
        Ok(String::new())
    }

    fn rpmsg_round_trips() -> Check {
        let mut port = rpmsg()?;
        let mut times = Vec::new();
        for turn in 0..200_u32 {
            let start = Instant::now();
            exchange(&mut port, &turn.to_le_bytes())?;
            times.push(start.elapsed());
        }
        Ok(figures(times))
    }

    fn can_exchange(bus: &CanSocket, id: u16, data: &[u8]) -> Result<(), String> {
        let id = StandardId::new(id).ok_or("no such id")?;
        bus.write_frame(&CanFrame::new(id, data).ok_or("no such frame")?).map_err(text)?;
        let echo = bus.read_frame_timeout(SOON).map_err(text)?;
        expect((echo.raw_id(), echo.data()), (u32::from(id.as_raw()) + 1, data))
    }

    fn can() -> Check {
        can_exchange(&CanSocket::open("can0").map_err(text)?, 0x123, &[0xAA, 0xBB])?;
        Ok(String::new())
    }

    fn can_round_trips() -> Check {
        let bus = CanSocket::open("can0").map_err(text)?;
        let mut times = Vec::new();
        for turn in 0..200_u16 {
            let start = Instant::now();
            can_exchange(&bus, turn, &turn.to_be_bytes())?;
            times.push(start.elapsed());
        }
        Ok(figures(times))
    }

    fn serial() -> Check {
        let mut line = OpenOptions::new().read(true).write(true).open("/dev/ttyS0").map_err(text)?;
        line.write_all(b"\x00\x11\x13\r\n\xff").map_err(text)?;
        let mut echo = Vec::new();
        while echo.len() < 6 {
            wait_readable(&line)?;
            let mut buffer = [0; 16];
            let length = line.read(&mut buffer).map_err(text)?;
            echo.extend(&buffer[..length]);
        }
        expect(&echo[..], b"\x00\x11\x13\r\n\xff")?;
        Ok(String::new())
    }

    fn dial(port: &str) -> Result<TcpStream, String> {
        let port = env::var(port).map_err(text)?;
        let stream = TcpStream::connect_timeout(&format!("192.0.2.1:{port}").parse().map_err(text)?, SOON);
        let stream = stream.map_err(text)?;
        stream.set_read_timeout(Some(SOON)).map_err(text)?;
        Ok(stream)
    }

    fn tcp_echo() -> Check {
        let mut stream = dial("PF_ECHO")?;
        let mut writer = stream.try_clone().map_err(text)?;
        let bytes: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
        let sent = bytes.clone();
        let start = Instant::now();
        let sender = std::thread::spawn(move || {
            writer.write_all(&sent)?;
            // The echo ends when the other side has seen our end.
            writer.shutdown(Shutdown::Write)
        });
        let mut echo = Vec::new();
        stream.read_to_end(&mut echo).map_err(text)?;
        sender.join().map_err(|_| "the sender panicked".to_owned())?.map_err(text)?;
        if echo != bytes {
            return Err(format!("{} bytes came back of {}, or others", echo.len(), bytes.len()));
        }
        Ok(format!("(in {} ms)", start.elapsed().as_millis()))
    }

    fn tcp_refused() -> Check {
        match dial("PF_OTHER") {
            Err(error) => Ok(format!("({error})")),
            Ok(_) => Err("it was accepted".into()),
        }
    }

    /// A datagram to all nodes shows on the host's end; what the host sends is counted here.
    fn plc() -> Check {
        let count = || -> Result<u64, String> {
            let text_of = fs::read_to_string("/sys/class/net/vec0/statistics/rx_packets").map_err(text)?;
            text_of.trim().parse().map_err(text)
        };
        let before = count()?;
        let index = fs::read_to_string("/sys/class/net/vec0/ifindex").map_err(text)?;
        let socket = UdpSocket::bind("[::]:0").map_err(text)?;
        socket.send_to(b"plc", format!("[ff02::1%{}]:15118", index.trim())).map_err(text)?;
        let start = Instant::now();
        while count()? == before {
            if start.elapsed() > SOON {
                return Err("no answer of the host came in".into());
            }
        }
        Ok(String::new())
    }
}
