//! The interlock of a bench: one line that reads active while the guard is closed.

use gpiocdev::Request;
use gpiocdev::chip::Chip;
use gpiocdev::line::Value;
use hil::Endpoint;

/// Whether the interlock at `gpio:/dev/gpiochipN@LINE` is closed. `LINE` is the name of the line or its number; `low` among the
/// options says that a closed interlock pulls it low.
///
/// # Errors
/// It cannot be read: then nothing may be energised either.
pub(crate) fn is_closed(endpoint: &Endpoint) -> Result<bool, String> {
    let wrong = |what: String| endpoint.wrong(what).to_string();
    let (chip, Some(line)) = endpoint.target_and_address() else {
        return Err(wrong("expected gpio:CHIP@LINE, such as gpio:/dev/gpiochip0@INTERLOCK".into()));
    };
    if endpoint.scheme() != "gpio" {
        return Err(wrong("expected gpio:CHIP@LINE, such as gpio:/dev/gpiochip0@INTERLOCK".into()));
    }
    if let Some((option, _)) = endpoint.options().find(|(option, _)| *option != "low") {
        return Err(wrong(format!("unknown option {option:?}: expected low")));
    }
    let offset = match line.parse() {
        Ok(offset) => offset,
        Err(_) => Chip::from_path(chip)
            .map_err(|error| wrong(error.to_string()))?
            .find_line_info(line)
            .ok_or_else(|| wrong(format!("{chip} has no line {line}")))
            .map(|info| info.offset)?,
    };
    let mut request = Request::builder();
    request.on_chip(chip).with_consumer("plugfest").with_line(offset).as_input();
    if endpoint.option("low").is_some() {
        request.as_active_low();
    }
    let value =
        request.request().and_then(|request| request.value(offset)).map_err(|error| wrong(error.to_string()))?;
    Ok(value == Value::Active)
}
