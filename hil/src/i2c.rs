//! A chip on an I2C bus, on a thread of its own.
//!
//! Several chips, each with its own thread, may share a bus: the kernel lets one transfer at a time onto it. A transfer here
//! has one message, since that is all every adapter driver agrees on: `i2cdev` 0.6 marks two messages of the same direction
//! in a row with NOSTART, which many adapters refuse, so what belongs together is sent as one buffer.

use std::io;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use i2cdev::core::I2CDevice;
use i2cdev::linux::{LinuxI2CDevice, LinuxI2CError};

use crate::options::{Options, is_path};
use crate::worker::Call;
use crate::{Worker, frames};
use hil_endpoint::parse_number;

/// How long a transfer may take: adapters give up a stretched clock after a second or so.
const LIMIT: Duration = Duration::from_secs(2);

/// The addresses that a chip can have. The standard reserves 0x03 to 0x07 for other buses; chips are found there all the same.
const ADDRESSES: std::ops::RangeInclusive<u16> = 0x03..=0x77;

/// Where a chip is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ChipPlace {
    path: String,
    address: u16,
}

impl ChipPlace {
    /// Reads `PATH@ADDRESS`, such as `/dev/i2c-0@0x20`.
    pub(crate) fn of(options: &mut Options<'_>, place: &str) -> Self {
        let (path, address) = place.rsplit_once('@').unwrap_or((place, ""));
        let address = parse_number(address).filter(|address| ADDRESSES.contains(address));
        if !is_path(path) || address.is_none() {
            options.wrong(format!(
                "expected PATH@ADDRESS, such as /dev/i2c-0@0x20, with an address from 0x03 to 0x77, got {place:?}"
            ));
        }
        Self { path: path.into(), address: address.unwrap_or(*ADDRESSES.start()) }
    }

    /// The place itself, behind the links that lead to it.
    pub(crate) fn canonical(self) -> Self {
        let real = std::fs::canonicalize(&self.path).ok().and_then(|real| real.to_str().map(str::to_owned));
        Self { path: real.unwrap_or(self.path), ..self }
    }
}

/// How bytes get to a chip and back; blocks.
pub(crate) trait Wire: 'static {
    /// One transfer to the chip.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// One transfer from the chip.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<()>;
}

/// A chip whose transfers the listener hears.
struct HeardChip {
    bus: String,
    chip: LinuxI2CDevice,
}

impl Wire for HeardChip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        I2CDevice::write(&mut self.chip, bytes).map_err(plain)?;
        frames::passed(&self.bus, true, bytes);
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        I2CDevice::read(&mut self.chip, buffer).map_err(plain)?;
        frames::passed(&self.bus, false, buffer);
        Ok(())
    }
}

/// The crate's own conversion keeps only the text; the number is what tells a NACK from a stuck bus.
fn plain(error: LinuxI2CError) -> io::Error {
    match error {
        LinuxI2CError::Errno(number) => io::Error::from_raw_os_error(number),
        LinuxI2CError::Io(error) => error,
    }
}

/// One chip.
pub(crate) struct Chip {
    name: String,
    worker: Worker<Box<dyn Wire>>,
}

impl Chip {
    /// Opens a chip. Whether it is there shows at the first transfer.
    pub(crate) async fn open(ChipPlace { path, address }: ChipPlace) -> Result<Self, LinkError> {
        let name = format!("{path}@{address:#04x}");
        let device = name.clone();
        Self::start(name, move || match LinuxI2CDevice::new(&path, address) {
            Ok(chip) => {
                let bus = device.rsplit('/').next().unwrap_or(&device).to_owned();
                Ok(Box::new(HeardChip { bus, chip }) as Box<dyn Wire>)
            }
            Err(error) => Err(told(&device, "opening", &plain(error))),
        })
        .await
    }

    pub(crate) async fn start<F>(name: String, open: F) -> Result<Self, LinkError>
    where
        F: FnOnce() -> Result<Box<dyn Wire>, LinkError> + Send + 'static,
    {
        Ok(Self { worker: Worker::start(&name, LIMIT, open).await?, name })
    }

    /// The bus and the address.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Begins a transfer to the chip.
    pub(crate) fn begin_write(&mut self, bytes: Vec<u8>) -> Result<Call<()>, LinkError> {
        let name = self.name.clone();
        self.worker.begin(LIMIT, move |chip| chip.write(&bytes).map_err(|error| told(&name, "a write", &error)))
    }

    /// Begins to read a byte, and if it says that the chip is ready, so many bytes with that one ahead.
    pub(crate) fn begin_read_if(&mut self, ready: fn(u8) -> bool, length: usize) -> Result<Call<Vec<u8>>, LinkError> {
        let name = self.name.clone();
        self.worker.begin(LIMIT, move |chip| {
            let mut buffer = vec![0];
            chip.read(&mut buffer).map_err(|error| told(&name, "a read", &error))?;
            if buffer.first().is_some_and(|status| ready(*status)) {
                buffer.resize(length, 0);
                chip.read(&mut buffer).map_err(|error| told(&name, "a read", &error))?;
            }
            Ok(buffer)
        })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        self.begin_write(bytes.to_vec())?.end().await
    }

    /// Reads one register of a chip that has some: a transfer with its number, and one back.
    pub(crate) async fn register(&mut self, number: u8) -> Result<u8, LinkError> {
        let name = self.name.clone();
        let work = move |chip: &mut Box<dyn Wire>| {
            let mut value = [0];
            chip.write(&[number]).map_err(|error| told(&name, "a write", &error))?;
            chip.read(&mut value).map_err(|error| told(&name, "a read", &error))?;
            let [value] = value;
            Ok(value)
        };
        self.worker.call(LIMIT, work).await
    }
}

/// A chip that is not there shows as ENXIO or EREMOTEIO; behind a virtual adapter as a transfer of no bytes.
fn told(name: &str, what: &str, error: &io::Error) -> LinkError {
    const ABSENT: [i32; 4] = [libc::ENXIO, libc::EREMOTEIO, libc::ENODEV, libc::ENOENT];
    let device = name.to_owned();
    match (error.raw_os_error(), error.kind()) {
        (Some(number), _) if ABSENT.contains(&number) => {
            LinkError::new(ErrorKind::Disconnected, device, format!("{what} was not acknowledged: {error}"))
        }
        (Some(libc::ETIMEDOUT), _) => {
            LinkError::new(ErrorKind::TimedOut, device, format!("{what} got no further, the bus is held: {error}"))
        }
        (Some(libc::EAGAIN), _) => {
            LinkError::new(ErrorKind::TimedOut, device, format!("{what} lost the bus to another master: {error}"))
        }
        (_, io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero) => {
            LinkError::new(ErrorKind::Disconnected, device, format!("{what} was not acknowledged: no byte moved"))
        }
        (Some(libc::EIO), _) => LinkError::new(ErrorKind::Garbled, device, format!("{what} failed: {error}")),
        (_, _) => LinkError::new(ErrorKind::Refused, device, format!("{what} failed: {error}")),
    }
}

#[cfg(test)]
pub(crate) mod model {
    //! A model of a chip where a bus would be.

    use super::*;
    use devices::I2cChip;
    use tokio::time::Instant;

    struct Model<C> {
        chip: C,
        start: Instant,
    }

    impl<C: I2cChip> Model<C> {
        fn now(&self) -> units::Instant {
            self.start.elapsed().into()
        }
    }

    impl<C: I2cChip + 'static> Wire for Model<C> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            let now = self.now();
            self.chip.write(now, bytes).map_err(|_| io::Error::from_raw_os_error(libc::EREMOTEIO))
        }

        fn read(&mut self, buffer: &mut [u8]) -> io::Result<()> {
            let now = self.now();
            self.chip.read(now, buffer).map_err(|_| io::Error::from_raw_os_error(libc::ENXIO))
        }
    }

    /// A chip whose time begins at `start`.
    pub(crate) async fn chip(name: &str, model: impl I2cChip + 'static, start: Instant) -> Chip {
        Chip::start(name.into(), move || Ok(Box::new(Model { chip: model, start }) as Box<dyn Wire>))
            .await
            .expect("a model opens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Result<ChipPlace, crate::EndpointError> {
        let endpoint: crate::Endpoint = text.parse().expect("an endpoint");
        let mut options = Options::of(&endpoint);
        let place = ChipPlace::of(&mut options, endpoint.target());
        options.end().map(|()| place)
    }

    #[tokio::test]
    async fn a_bus_that_is_missing_and_an_address_that_is_none_say_so() {
        let missing = place("i2c:/nowhere/i2c-0@0x20").expect("a place");
        let opened = Chip::open(missing).await.map(drop);
        assert_eq!(opened.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
        for (text, good) in [
            ("i2c:/dev/i2c-0", false),
            ("i2c:/dev/i2c-0@", false),
            ("i2c:@0x20", false),
            ("i2c:i2c-0@0x20", false),
            ("i2c:/dev/i2c-0@0x78", false),
            ("i2c:/dev/i2c-0@0x02", false),
            ("i2c:/dev/i2c-0@0x99", false),
            ("i2c:/dev/i2c-0@0x03", true),
            ("i2c:/dev/i2c-0@119", true),
        ] {
            assert_eq!(place(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn errors_say_whether_the_chip_is_gone_or_the_bus_is_stuck() {
        let kind = |error: io::Error| told("bus", "a read", &error).kind;
        let number = |number: i32| kind(io::Error::from_raw_os_error(number));
        assert_eq!([libc::ENXIO, libc::EREMOTEIO].map(number), [ErrorKind::Disconnected; 2]);
        assert_eq!(number(libc::ETIMEDOUT), ErrorKind::TimedOut);
        assert_eq!(number(libc::EIO), ErrorKind::Garbled);
        assert_eq!(number(libc::EACCES), ErrorKind::Refused);
        assert_eq!(kind(io::ErrorKind::UnexpectedEof.into()), ErrorKind::Disconnected);
    }
}
