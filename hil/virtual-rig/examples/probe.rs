//! Boots the guest kernel with a model on each of its wires, has `guest_probe` try them, and tries what only the host can:
//! devices that go and come back, verdicts, ends.
//!
//! `probe KERNEL_FOLDER INIT GUEST_PROBE RUN_FOLDER`, as `ci/uml probe` calls it. Prints a line a check and `N passed, N failed`;
//! fails if a check failed.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    probe::main()
}

#[cfg(target_os = "linux")]
mod probe {
    use std::collections::BTreeMap;
    use std::env;
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use devices::{I2cChip, Nack};
    use hil_vhost::{Clock, GpioBank, I2cBus, Rpmsg, SharedChip};
    use tokio::time::{Instant, sleep, timeout};
    use units::Instant as RunInstant;
    use virtual_rig::control::Control;
    use virtual_rig::guest::{Guest, GuestBuilder, NO_VERDICT, verdict};
    use virtual_rig::lan::Lan;

    type Failure = Box<dyn std::error::Error>;

    /// A guest that is not up by then hangs.
    const BOOT: Duration = Duration::from_secs(15);
    const SOON: Duration = Duration::from_secs(3);

    #[derive(Default)]
    struct Tally {
        passed: usize,
        failed: usize,
    }

    impl Tally {
        fn check(&mut self, name: &str, result: Result<String, Failure>) {
            match result {
                Ok(note) => {
                    self.passed += 1;
                    println!("PASS {name} {note}");
                }
                Err(why) => {
                    self.failed += 1;
                    println!("FAIL {name}: {why}");
                }
            }
        }
    }

    struct Paths {
        kernel: PathBuf,
        shim: PathBuf,
        init: PathBuf,
        program: PathBuf,
        run: PathBuf,
    }

    pub(super) fn main() -> ExitCode {
        let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
        let [kernel, init, program, run] = &arguments[..] else {
            eprintln!("probe KERNEL_FOLDER INIT GUEST_PROBE RUN_FOLDER");
            return ExitCode::from(2);
        };
        let paths = Paths {
            kernel: kernel.join("linux"),
            shim: kernel.join("shim.so"),
            init: init.clone(),
            program: program.clone(),
            run: run.clone(),
        };
        let mut tally = Tally::default();
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                eprintln!("no runtime: {error}");
                return ExitCode::FAILURE;
            }
        };
        let start = runtime.block_on(async { Instant::now() });
        let terminals = runtime.block_on(terminals(&paths, &mut tally));
        tally.check("the guest with every wire", terminals.map(|()| String::new()));
        let ends = runtime.block_on(ends(&paths, &mut tally));
        tally.check("guests that end otherwise", ends.map(|()| String::new()));
        println!("{} passed, {} failed, in {} ms", tally.passed, tally.failed, start.elapsed().as_millis());
        ExitCode::from(u8::from(tally.failed > 0))
    }

    fn clock() -> Clock {
        let start = Instant::now();
        Arc::new(move || RunInstant::from_micros(start.elapsed().as_micros().try_into().unwrap_or(u64::MAX)))
    }

    /// A chip with a pointer and 16 registers.
    #[derive(Default)]
    struct Registers {
        at: usize,
        bytes: [u8; 16],
    }

    impl I2cChip for Registers {
        fn write(&mut self, _now: RunInstant, bytes: &[u8]) -> Result<(), Nack> {
            let Some((at, values)) = bytes.split_first() else { return Ok(()) };
            self.at = usize::from(*at);
            for value in values {
                *self.bytes.get_mut(self.at).ok_or(Nack)? = *value;
                self.at += 1;
            }
            Ok(())
        }

        fn read(&mut self, _now: RunInstant, buffer: &mut [u8]) -> Result<(), Nack> {
            for byte in buffer {
                *byte = *self.bytes.get(self.at).ok_or(Nack)?;
                self.at += 1;
            }
            Ok(())
        }
    }

    fn builder(paths: &Paths, name: &str) -> GuestBuilder {
        GuestBuilder::new(&paths.kernel, &paths.init, paths.run.join(name)).shim(&paths.shim).memory(128)
    }

    fn taken<T>(end: Option<T>) -> Result<T, Failure> {
        end.ok_or_else(|| "the guest has no such end".into())
    }

    async fn terminals(paths: &Paths, tally: &mut Tally) -> Result<(), Failure> {
        let now = clock();
        let chip = SharedChip::new(Registers::default());
        let bus = I2cBus::start(
            &paths.run.join("i2c.sock"),
            BTreeMap::from([(0x20, Box::new(chip.clone()) as Box<dyn I2cChip>)]),
            now.clone(),
        )?;
        let bank = GpioBank::start(&paths.run.join("gpio.sock"), &["ESTOP", "CONTACTOR_K1", "MIRROR_K1"], now.clone())?;
        let (rpmsg, mut port) = Rpmsg::start(&paths.run.join("rpmsg.sock"))?;
        let lines = bank.handle();
        lines.set("ESTOP", true);

        // The contactor: its mirror contact follows the coil.
        let (mirror, mut changes) = (lines.clone(), lines.changes());
        thread::spawn(move || {
            while let Ok(change) = changes.blocking_recv() {
                if *change.line == *"CONTACTOR_K1" {
                    mirror.set("MIRROR_K1", change.level);
                }
            }
        });
        // The other processor says what it hears.
        let mouth = port.to_guest.clone();
        thread::spawn(move || {
            while let Some(message) = port.from_guest.blocking_recv() {
                if let Err(error) = mouth.send(&message) {
                    println!("the echo of the rpmsg is lost: {error}");
                }
            }
        });
        let (echo, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
        let (echo_port, other_port) = (echo.local_addr()?.port(), other.local_addr()?.port());
        thread::spawn(move || {
            for stream in echo.incoming().flatten() {
                thread::spawn(move || {
                    let Ok(mut reader) = stream.try_clone() else { return };
                    let _ = std::io::copy(&mut reader, &mut &stream);
                });
            }
        });

        let start = Instant::now();
        let mut guest = builder(paths, "a")
            .device(bus.socket(), 34)
            .device(bank.socket(), 41)
            .device(rpmsg.socket(), 7)
            .serial_lines(3)
            .cards(2)
            .keep(paths.program.parent().ok_or("the program has no folder")?)
            .environment("PF_RUN", paths.program.display().to_string())
            .environment("PF_CAN", "ttyS2")
            .environment("PF_ECHO", echo_port.to_string())
            .environment("PF_OTHER", other_port.to_string())
            .environment("PF_ODD", "it's a \"value\" of $HOME\n; x")
            .start()?;
        let pid = guest.id();
        serve(taken(guest.serial(0))?, |stream| {
            let _ = std::io::copy(&mut stream.try_clone()?, stream);
            Ok(())
        });
        serve(taken(guest.serial(2))?, slcan);
        let card = taken(guest.net(0))?;
        thread::spawn(move || plc(&card));
        let lan = Lan::start(taken(guest.net(1))?, &[echo_port], now)?;
        let mut control = Control::new(taken(guest.serial(1))?)?;
        control.ready(BOOT).await?;
        println!("boot to ready: {} ms", start.elapsed().as_millis());

        let start = Instant::now();
        control.start(None).await?;
        let code = timeout(Duration::from_secs(60), control.exited()).await??;
        let log = fs::read_to_string(paths.run.join("a/program.log"))?;
        print!("{log}");
        tally.passed += log.lines().filter(|line| line.starts_with("PASS ")).count();
        tally.failed += log.lines().filter(|line| line.starts_with("FAIL ")).count();
        tally.check(
            "the program in the guest",
            if code == 0 {
                Ok(format!("(in {} ms)", start.elapsed().as_millis()))
            } else {
                Err(format!("exit code {code}").into())
            },
        );
        tally.check(
            "the chip has what the guest wrote",
            chip.with(|chip| equal(chip.bytes[1..3].to_vec(), vec![0x55, 0x66])),
        );
        tally.check("a chip that is taken off and put back", replug(&bus, chip, &mut control).await);
        tally.check("no connection is left", equal(lan.connections(), 0));
        tally.check("a mute processor", mute(&rpmsg, &mut control, paths).await);
        tally.check("rpmsg unbound and bound", rebind(&rpmsg, &mut control, paths).await);
        tally.check("rpmsg taken away", take_away(&rpmsg, &mut control).await);
        tally.check("a program that is terminated", terminate(&mut control).await);
        tally.check("a verdict", power_off(&mut guest, control, pid).await);
        drop((bus, bank, rpmsg, lan));
        tally.check(
            "no socket is left",
            match fs::read_dir(&paths.run)?
                .flatten()
                .find(|entry| entry.path().extension().is_some_and(|e| e == "sock"))
            {
                None => Ok(String::new()),
                Some(entry) => Err(entry.path().display().to_string().into()),
            },
        );
        Ok(())
    }

    fn equal<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<String, Failure> {
        if found == wanted { Ok(String::new()) } else { Err(format!("{found:?} instead of {wanted:?}").into()) }
    }

    /// Serves a serial line on a thread, until the guest is gone.
    fn serve(line: OwnedFd, work: impl FnOnce(&mut UnixStream) -> std::io::Result<()> + Send + 'static) {
        thread::spawn(move || {
            let _ = work(&mut UnixStream::from(line));
        });
    }

    /// An slcan adapter whose bus answers each frame with one of the next id.
    fn slcan(stream: &mut UnixStream) -> std::io::Result<()> {
        let mut command = Vec::new();
        let mut byte = [0];
        while stream.read(&mut byte)? == 1 {
            if byte != *b"\r" {
                command.push(byte[0]);
                continue;
            }
            let text = String::from_utf8_lossy(&std::mem::take(&mut command)).into_owned();
            if let Some(frame) = text.strip_prefix('t')
                && let Some((id, rest)) = frame.split_at_checked(3)
                && let Ok(id) = u32::from_str_radix(id, 16)
            {
                write!(stream, "t{:03X}{rest}\r", id + 1)?;
            }
        }
        Ok(())
    }

    /// Answers a datagram to all nodes with a HomePlug frame.
    fn plc(card: &OwnedFd) {
        let mut frame = [0; 2048];
        while let Ok(length @ 1..) = rustix::io::read(card, &mut frame) {
            // To ff02::1, UDP.
            if frame[..6] == [0x33, 0x33, 0, 0, 0, 1] && length > 20 && frame[20] == 17 {
                let mut answer = [0; 60];
                answer[..6].copy_from_slice(&frame[6..12]);
                answer[6..14].copy_from_slice(&[0x02, 0, 0, 0, 9, 9, 0x88, 0xE1]);
                let _ = rustix::io::write(card, &answer);
            }
        }
    }

    async fn program(control: &mut Control, paths: &Paths, checks: &str) -> Result<i32, Failure> {
        control.start(Some(&format!("{} {checks}", paths.program.display()))).await?;
        Ok(timeout(Duration::from_secs(30), control.exited()).await??)
    }

    async fn until(what: impl Fn() -> bool) -> Result<(), Failure> {
        timeout(SOON, async {
            while !what() {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .map_err(|_| "it does not come".into())
    }

    async fn replug(bus: &I2cBus, chip: SharedChip<Registers>, control: &mut Control) -> Result<String, Failure> {
        // One byte from the chip: busybox knows how.
        let read = "shell busybox i2cget -y 0 0x20 1";
        equal(control.order(read).await?, "0".into())?;
        drop(bus.handle().remove(0x20).ok_or("it was not there")?);
        equal(control.order(read).await?, "1".into())?;
        bus.handle().insert(0x20, Box::new(chip));
        equal(control.order(read).await?, "0".into())
    }

    async fn mute(rpmsg: &Rpmsg, control: &mut Control, paths: &Paths) -> Result<String, Failure> {
        rpmsg.handle().set_mute(true);
        equal(program(control, paths, "'rpmsg echo'").await?, 1)?;
        rpmsg.handle().set_mute(false);
        equal(program(control, paths, "'rpmsg echo'").await?, 0)
    }

    async fn rebind(rpmsg: &Rpmsg, control: &mut Control, paths: &Paths) -> Result<String, Failure> {
        let line = rpmsg.handle();
        control.order("unbind virtio-uml.2").await?;
        until(|| !line.connected()).await?;
        equal(control.order("shell [ -e /dev/rpmsg_ctrl0 ]").await?, "1".into())?;
        control.order("bind virtio-uml.2").await?;
        until(|| line.connected()).await?;
        equal(program(control, paths, "rpmsg").await?, 0)
    }

    async fn take_away(rpmsg: &Rpmsg, control: &mut Control) -> Result<String, Failure> {
        let line = rpmsg.handle();
        line.disconnect();
        until(|| !line.connected()).await?;
        let start = Instant::now();
        while control.order("shell [ -e /dev/rpmsg_ctrl0 ]").await? != "1" {
            if start.elapsed() > SOON {
                return Err("its nodes stay".into());
            }
        }
        equal(control.order("status").await?, "exited 0".into())
    }

    async fn terminate(control: &mut Control) -> Result<String, Failure> {
        control.start(Some("sleep 100")).await?;
        control.order("term").await?;
        equal(timeout(SOON, control.exited()).await??, 128 + 15)
    }

    async fn power_off(guest: &mut Guest, mut control: Control, pid: u32) -> Result<String, Failure> {
        equal(control.power_off(Some(42)).await?, 42)?;
        let status = timeout(SOON, guest.ended()).await??;
        equal(verdict(status), "verdict 42".into())?;
        none_left(pid).await
    }

    /// No process of the guest's group or session is there any more; the killed ones take a moment.
    async fn none_left(pid: u32) -> Result<String, Failure> {
        match until(|| !members(pid)).await {
            Ok(()) => Ok(String::new()),
            Err(_) => Err(format!("a process of {pid} stays").into()),
        }
    }

    fn members(pid: u32) -> bool {
        let pid = pid.to_string();
        let Ok(processes) = fs::read_dir("/proc") else { return true };
        processes.flatten().any(|entry| {
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { return false };
            // "pid (name) state parent group session ..."; the name may hold anything.
            let fields: Vec<&str> =
                stat.rsplit_once(')').map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
            fields.first() != Some(&"Z") && fields.get(2..4).is_some_and(|ids| ids.contains(&pid.as_str()))
        })
    }

    async fn boot(paths: &Paths, name: &str) -> Result<(Guest, Control), Failure> {
        let mut guest = builder(paths, name).start()?;
        let mut control = Control::new(taken(guest.serial(1))?)?;
        control.ready(BOOT).await?;
        Ok((guest, control))
    }

    async fn ends(paths: &Paths, tally: &mut Tally) -> Result<(), Failure> {
        let (mut guest, control) = boot(paths, "b").await?;
        let start = Instant::now();
        let status = guest.stop()?;
        tally.check("a guest that is halted comes to no verdict", equal(status.code(), Some(NO_VERDICT)));
        println!("halt: {} ms", start.elapsed().as_millis());
        tally.check("none of its processes is left", none_left(guest.id()).await);
        drop(control);

        let (mut guest, control) = boot(paths, "c").await?;
        drop(control);
        let status = timeout(SOON, guest.ended()).await??;
        tally.check("a guest whose host is gone switches itself off", equal(status.code(), Some(NO_VERDICT)));

        let (guest, mut control) = boot(paths, "d").await?;
        control.start(Some("sleep 100")).await?;
        let pid = guest.id();
        drop(guest);
        tally.check("a guest that is dropped leaves no process", none_left(pid).await);

        let guest = builder(paths, "e").start()?;
        let pid = guest.id();
        drop(guest);
        tally.check("a guest that is dropped while it boots leaves no process", none_left(pid).await);

        let start = Instant::now();
        let mut times = Vec::new();
        for turn in 0..10 {
            let (mut guest, mut control) = boot(paths, &format!("f{turn}")).await?;
            control.power_off(Some(turn)).await?;
            times.push(timeout(SOON, guest.ended()).await??.code());
        }
        let wanted: Vec<_> = (0..10).map(Some).collect();
        let each = start.elapsed().as_millis() / 10;
        tally.check("ten boots with ten verdicts", equal(times, wanted).map(|_| format!("({each} ms each)")));
        Ok(())
    }
}
