//! A framebuffer, `fb:/dev/fb0`, or a plain file in its place.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `size` | pixels of a plain file, `1024x600` | none: the place is a framebuffer |
//! | `bpp` | bits per pixel of a plain file: 32 (`XRGB8888`), 16 (`RGB565`) | 32 |
//! | `order` | the colour in a plain file's lowest bits: `bgr` is blue, `rgb` is red | `bgr` |

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use hardware::{ErrorKind, LinkError, Panel, Screen};
use panel_view::Picture;

use super::canvas::{Canvas, Geometry};
use super::screeninfo;
use crate::options::Options;
use crate::{Endpoint, EndpointError, Open, Worker};
use hil_endpoint::parse_number;

/// How long a screen may take: drawn on a slow board, and sent to a display on a serial bus.
const LIMIT: Duration = Duration::from_secs(5);

/// A framebuffer.
pub struct Framebuffer {
    worker: Worker<Device>,
}

struct Device {
    name: String,
    file: File,
    geometry: Geometry,
}

impl Open for Framebuffer {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        plain(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let plain = plain(endpoint)?;
        let path = endpoint.target().to_owned();
        let worker = Worker::start(endpoint.target(), LIMIT, move || Device::open(path, plain, true)).await?;
        Ok(Self { worker })
    }
}

/// What is on a panel now: a framebuffer, or a plain file in its place. Blocks the thread.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn picture(endpoint: &Endpoint) -> Result<Picture, LinkError> {
    Device::open(endpoint.target().to_owned(), plain(endpoint)?, false)?.picture()
}

/// How a plain file is laid out; `None` when a framebuffer is meant.
fn plain(endpoint: &Endpoint) -> Result<Option<Geometry>, EndpointError> {
    let mut options = Options::of(endpoint);
    options.path("/dev/fb0");
    let size = options.text("size");
    let told = ["bpp", "order"].into_iter().find(|option| endpoint.option(option).is_some());
    let bits = options.word("bpp", &[("32", 32), ("16", 16)], 32);
    let red_first = options.word("order", &[("bgr", false), ("rgb", true)], false);
    let mut geometry = None;
    match (size, told) {
        (None, Some(option)) => {
            options.wrong(format!("{option}: only a plain file is told its pixels, so size is missing"));
        }
        (None, None) => {}
        (Some(size), _) => {
            let pixels = size.split_once('x').and_then(|(width, height)| Some((number(width)?, number(height)?)));
            match pixels.map(|(width, height)| Geometry::plain(width, height, bits, red_first)) {
                Some(Ok(plain)) => geometry = Some(plain),
                Some(Err(what)) => options.wrong(format!("size: {what}")),
                None => options.wrong(format!("size: expected WIDTHxHEIGHT, got {size:?}")),
            }
        }
    }
    options.end()?;
    Ok(geometry)
}

fn number(text: &str) -> Option<u32> {
    parse_number(text)
}

impl Panel for Framebuffer {
    type Error = LinkError;

    async fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        let screen = screen.clone();
        self.worker.call(LIMIT, move |device| device.show(&screen)).await
    }
}

impl Device {
    fn open(name: String, plain: Option<Geometry>, to_draw: bool) -> Result<Self, LinkError> {
        let error = |kind, what: String| LinkError::new(kind, name.clone(), what);
        let mut options = OpenOptions::new();
        options.read(true).write(to_draw).create(to_draw && plain.is_some());
        let file = options.open(&name).map_err(|cause| {
            let kind = match cause.kind() {
                io::ErrorKind::NotFound => ErrorKind::Disconnected,
                _ if cause.raw_os_error() == Some(libc::ENODEV) => ErrorKind::Disconnected,
                _ => ErrorKind::Refused,
            };
            error(kind, format!("opening: {cause}"))
        })?;
        let geometry = match plain {
            Some(geometry) => {
                let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
                if !regular {
                    return Err(error(ErrorKind::Refused, "size is given, but this is no plain file".into()));
                }
                geometry
            }
            None => {
                let said = screeninfo::geometry(&file).map_err(|cause| {
                    let what =
                        format!("it does not say how large it is: {cause}; a plain file needs size=WIDTHxHEIGHT");
                    error(ErrorKind::Refused, what)
                })?;
                said.checked().map_err(|what| error(ErrorKind::Refused, what))?
            }
        };
        Ok(Self { name, file, geometry })
    }

    fn picture(&self) -> Result<Picture, LinkError> {
        let read = |at, line: &mut [u8]| self.file.read_exact_at(line, at);
        let canvas = Canvas::read(self.geometry, read).map_err(|error| {
            LinkError::new(ErrorKind::Disconnected, self.name.clone(), format!("reading the picture: {error}"))
        })?;
        Ok(canvas.picture())
    }

    fn show(&mut self, screen: &Screen) -> Result<(), LinkError> {
        let mut canvas = Canvas::new(self.geometry);
        // Memory takes everything.
        let Ok(()) = panel_view::draw(screen, &mut canvas);
        for (at, block) in canvas.blocks() {
            self.file.write_all_at(block, at).map_err(|error| {
                LinkError::new(ErrorKind::Disconnected, self.name.clone(), format!("writing the picture: {error}"))
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::AnyPanel;
    use hardware::Sign;
    use units::{Milliamps, MilliwattHours, Watts};

    /// A file of the test's own, gone with it.
    struct Scratch(std::path::PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("plugfest-{}-{name}", std::process::id())))
        }

        fn endpoint(&self, options: &str) -> Endpoint {
            format!("fb:{}{options}", self.0.display()).parse().expect("an endpoint")
        }

        fn bytes(&self) -> Vec<u8> {
            std::fs::read(&self.0).expect("the file is there")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn screen(sign: Sign) -> Screen {
        let (energy, power, limit) = (MilliwattHours::ZERO, Watts::ZERO, Milliamps(16_000));
        Screen { sign, energy, power, limit, note: String::new() }
    }

    async fn refused(endpoint: &Endpoint) -> LinkError {
        AnyPanel::open(endpoint).await.map(drop).expect_err("nothing to open")
    }

    #[tokio::test]
    async fn a_plain_file_gets_the_whole_picture_and_each_sign_its_own() {
        for (bits, size) in [(32, 320 * 240 * 4), (16, 320 * 240 * 2)] {
            let file = Scratch::new(&format!("picture-{bits}"));
            let mut panel =
                AnyPanel::open(&file.endpoint(&format!("?size=320x240&bpp={bits}"))).await.expect("it opens");
            panel.show(&screen(Sign::Available)).await.expect("it is drawn");
            let available = file.bytes();
            panel.show(&screen(Sign::Faulted)).await.expect("it is drawn");
            let faulted = file.bytes();
            assert_eq!((available.len(), faulted.len()), (size, size));
            assert_ne!(available, faulted);
        }
    }

    #[tokio::test]
    async fn what_is_on_a_panel_can_be_read_back() {
        let file = Scratch::new("read-back");
        for order in ["bgr", "rgb"] {
            let endpoint = file.endpoint(&format!("?size=320x240&order={order}"));
            let mut panel = AnyPanel::open(&endpoint).await.expect("it opens");
            panel.show(&screen(Sign::Charging)).await.expect("it is drawn");
            let read = picture(&endpoint).expect("it can be read");
            assert_eq!(read.difference(&screen(Sign::Charging)), None, "{order}");
            assert!(read.difference(&screen(Sign::Ready)).is_some(), "{order}");
        }
        let half = file.endpoint("?size=320x480");
        assert!(picture(&half).expect_err("it ends early").what.starts_with("reading the picture"));
        let other = Scratch::new("no-picture");
        assert_eq!(picture(&other.endpoint("?size=320x240")).expect_err("no file").kind, ErrorKind::Disconnected);
    }

    #[tokio::test]
    async fn what_is_no_framebuffer_says_what_is_missing() {
        let file = Scratch::new("no-framebuffer");
        assert_eq!(refused(&file.endpoint("")).await.kind, ErrorKind::Disconnected);
        std::fs::write(&file.0, []).expect("it can be made");
        let error = refused(&file.endpoint("")).await;
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.what.ends_with("a plain file needs size=WIDTHxHEIGHT"), "{error}");
        for options in [
            "?bpp=16",
            "?size=320",
            "?size=0x5",
            "?size=320x240&bpp=8",
            "?order=rgb",
            "?size=320x240&order=gbr",
            "?size=320x240&depth=8",
        ] {
            assert_eq!(refused(&file.endpoint(options)).await.kind, ErrorKind::Refused, "{options}");
        }
        let null: Endpoint = "fb:/dev/null?size=320x240".parse().expect("an endpoint");
        assert_eq!(refused(&null).await.kind, ErrorKind::Refused);
    }

    #[tokio::test]
    async fn no_panel_is_a_panel_too() {
        let mut none = AnyPanel::open(&"none:".parse().expect("an endpoint")).await.expect("it opens");
        assert_eq!(none.show(&screen(Sign::Charging)).await, Ok(()));
        assert_eq!(refused(&"none:here".parse().expect("an endpoint")).await.kind, ErrorKind::Refused);
    }
}
