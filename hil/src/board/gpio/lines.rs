//! Lines of a GPIO chip.

use std::fmt::Debug;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use gpiocdev::Request;
use gpiocdev::chip::Chip;
use gpiocdev::line::{EdgeDetection, Value};
use hardware::{ErrorKind, LinkError};
use tokio::io::unix::AsyncFd;

use super::settings::LineName;
use crate::sys;

/// An output.
pub(super) trait OutputLine: Debug {
    /// Drives it.
    fn set(&mut self, active: bool) -> Result<(), LinkError>;
}

/// An input.
pub(super) trait InputLine: Debug {
    /// Its level now.
    fn active(&mut self) -> Result<bool, LinkError>;

    /// Completes when its level has changed. Cancel safe.
    async fn edge(&mut self) -> Result<(), LinkError>;
}

/// An output of the kernel.
#[derive(Debug)]
pub(super) struct KernelOutput {
    device: String,
    request: Request,
}

impl KernelOutput {
    /// Requests the line and drives it inactive.
    pub(super) fn open(chip: &Path, line: &LineName) -> Result<Self, LinkError> {
        let device = device(chip, line);
        let offset = find(chip, line, &device)?;
        let mut builder = Request::builder();
        builder.on_chip(chip).with_consumer("charger").with_line(offset).as_output(Value::Inactive);
        if line.active_low {
            builder.as_active_low();
        }
        let request = builder.request().map_err(|error| request_error(&device, &error))?;
        Ok(Self { device, request })
    }
}

impl OutputLine for KernelOutput {
    fn set(&mut self, active: bool) -> Result<(), LinkError> {
        self.request.set_lone_value(active.into()).map_err(|error| lost(&self.device, &error))
    }
}

/// An input of the kernel, with its edges if the chip has them.
#[derive(Debug)]
pub(super) struct KernelInput {
    device: String,
    request: Request,
    /// The same request once more, for its readiness.
    edges: AsyncFd<OwnedFd>,
}

impl KernelInput {
    pub(super) fn open(chip: &Path, line: &LineName) -> Result<Self, LinkError> {
        let device = device(chip, line);
        let offset = find(chip, line, &device)?;
        let mut builder = Request::builder();
        builder.on_chip(chip).with_consumer("charger").with_line(offset).as_input();
        if line.active_low {
            builder.as_active_low();
        }
        builder.with_edge_detection(EdgeDetection::BothEdges);
        let request = builder.request().or_else(|error| {
            // Some chips cannot tell edges; the level is looked at often enough.
            tracing::debug!(device, %error, "no edges");
            builder.with_edge_detection(None).request()
        });
        let request = request.map_err(|error| request_error(&device, &error))?;
        let edges = request
            .as_fd()
            .try_clone_to_owned()
            .and_then(sys::watch_readable)
            .map_err(|error| LinkError::new(ErrorKind::Refused, device.clone(), error.to_string()))?;
        Ok(Self { device, request, edges })
    }
}

impl InputLine for KernelInput {
    fn active(&mut self) -> Result<bool, LinkError> {
        let value = self.request.lone_value().map_err(|error| lost(&self.device, &error))?;
        Ok(value == Value::Active)
    }

    async fn edge(&mut self) -> Result<(), LinkError> {
        loop {
            let ready = self.edges.readable().await;
            let mut ready = ready
                .map_err(|error| LinkError::new(ErrorKind::Disconnected, self.device.clone(), error.to_string()))?;
            let lost = |error| lost(&self.device, &error);
            if self.request.has_edge_event().map_err(lost)? {
                // Which edge it was says the level; what counts is what it is when it is looked at.
                return self.request.read_edge_event().map(drop).map_err(lost);
            }
            ready.clear_ready();
        }
    }
}

fn device(chip: &Path, line: &LineName) -> String {
    format!("{}:{}", chip.display(), line.name)
}

fn find(chip: &Path, line: &LineName, device: &str) -> Result<u32, LinkError> {
    let opened = Chip::from_path(chip).map_err(|error| request_error(device, &error))?;
    let found = opened.find_line_info(&line.name).map(|info| info.offset);
    found.ok_or_else(|| LinkError::new(ErrorKind::Refused, device.to_owned(), "the chip has no line of that name"))
}

/// A chip that is not there may come; a line that somebody else has will not be ours.
fn request_error(device: &str, error: &gpiocdev::Error) -> LinkError {
    let kind = match error {
        gpiocdev::Error::GpioChip(..) | gpiocdev::Error::Os(_) => ErrorKind::Disconnected,
        _ => ErrorKind::Refused,
    };
    LinkError::new(kind, device.to_owned(), format!("cannot be opened: {error}"))
}

fn lost(device: &str, error: &gpiocdev::Error) -> LinkError {
    LinkError::new(ErrorKind::Disconnected, device.to_owned(), error.to_string())
}
