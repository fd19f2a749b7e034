//! What a framebuffer says of itself: `FBIOGET_VSCREENINFO` and `FBIOGET_FSCREENINFO` of `linux/fb.h`.

use std::ffi::{c_char, c_ulong};
use std::fs::File;

use rustix::ioctl::{Getter, ioctl};

use super::canvas::{Channel, Geometry};

const FBIOGET_VSCREENINFO: rustix::ioctl::Opcode = 0x4600;
const FBIOGET_FSCREENINFO: rustix::ioctl::Opcode = 0x4602;

/// `struct fb_bitfield`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Bitfield {
    offset: u32,
    length: u32,
    _msb_right: u32,
}

/// `struct fb_var_screeninfo`.
#[repr(C)]
struct Variable {
    xres: u32,
    yres: u32,
    _virtual: [u32; 2],
    xoffset: u32,
    yoffset: u32,
    bits_per_pixel: u32,
    _grayscale: u32,
    colours: [Bitfield; 3],
    _transparency: Bitfield,
    _rest: [u32; 20],
}

/// `struct fb_fix_screeninfo`.
#[repr(C)]
struct Fixed {
    _id: [c_char; 16],
    _smem_start: c_ulong,
    _smem: [u32; 4],
    _steps: [u16; 3],
    line_length: u32,
    _mmio_start: c_ulong,
    _mmio: [u32; 2],
    _capabilities: [u16; 3],
}

// A structure of another size would let the kernel write past it.
const _: () = assert!(size_of::<Variable>() == 160);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Fixed>() == 80);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Fixed>() == 68);

/// Asks a framebuffer how it is laid out. ENOTTY means that the file is none.
#[allow(unsafe_code)]
pub(super) fn geometry(framebuffer: &File) -> Result<Geometry, rustix::io::Errno> {
    // SAFETY: each request fills exactly the structure given, whose size and layout are those of linux/fb.h (asserted above);
    // all bit patterns are valid for their integers.
    let (variable, fixed) = unsafe {
        (
            ioctl(framebuffer, Getter::<FBIOGET_VSCREENINFO, Variable>::new())?,
            ioctl(framebuffer, Getter::<FBIOGET_FSCREENINFO, Fixed>::new())?,
        )
    };
    let line_length = u64::from(fixed.line_length);
    let left = u64::from(variable.xoffset) * u64::from(variable.bits_per_pixel) / 8;
    Ok(Geometry {
        width: variable.xres,
        height: variable.yres,
        bits_per_pixel: variable.bits_per_pixel,
        channels: variable.colours.map(|colour| Channel { offset: colour.offset, length: colour.length }),
        line_length,
        start: u64::from(variable.yoffset) * line_length + left,
    })
}
