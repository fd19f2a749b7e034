//! A picture as a PNG file.

use std::io::{self, BufWriter};
use std::path::Path;

use event_log::output;
use panel_view::Picture;

/// Writes the picture, over an earlier one.
pub(crate) fn write(path: &Path, picture: &Picture) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(output::create(path)?), picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.to_rgb())?;
    writer.finish()?;
    Ok(())
}
