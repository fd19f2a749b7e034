//! `plugfest exi`: EXI to JSON and XML and back, and vectors of other implementations.

mod check;
mod decode;
mod difference;
mod encode;
mod input;
mod message;
mod spans;

use features::print;

use crate::cli::ExiVerb;

/// Something is not as it should be.
const FINDING: i32 = 1;

/// Wrong words, or an input that cannot be read.
const USAGE: i32 = 2;

/// Does what was asked for; answers the exit code.
pub(crate) fn exi(verb: &ExiVerb) -> i32 {
    let done = match verb {
        ExiVerb::Check { files } => Ok(check::check(files)),
        ExiVerb::Decode(options) => decode::decode(options),
        ExiVerb::Encode(options) => encode::encode(options),
    };
    done.unwrap_or_else(|why| {
        print::complain(format_args!("{why}"));
        USAGE
    })
}
