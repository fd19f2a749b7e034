//! The schema sets, by the names that vectors and the command line use.
//!
//! Each is described in `schemas/*.txt`: the facts of the published schemas in a form of our own.

use exi::SchemaSet;

/// The module of a set, made at build time from its description.
macro_rules! set {
    ($module:ident) => {
#[allow(clippy::all, clippy::pedantic, clippy::nursery, unreachable_pub, unused_imports, missing_docs)]
        #[rustfmt::skip]
        mod $module {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($module), ".rs"));
        }
    };
}

set!(sap);
set!(din);
set!(iso2);
set!(iso20_messages);
set!(iso20_ac);
set!(iso20_dc);
set!(iso20_wpt);
set!(iso20_acdp);
set!(xmldsig);

/// DIN 70121:2012.
pub use din::SET as DIN;
/// ISO 15118-2:2014.
pub use iso2::SET as ISO2;
/// ISO 15118-20: alternating current.
pub use iso20_ac::SET as ISO20_AC;
/// ISO 15118-20: automated connection device for pantographs.
pub use iso20_acdp::SET as ISO20_ACDP;
/// ISO 15118-20: direct current.
pub use iso20_dc::SET as ISO20_DC;
/// ISO 15118-20: what all energy transfers have in common.
pub use iso20_messages::SET as ISO20_MESSAGES;
/// ISO 15118-20: wireless power transfer.
pub use iso20_wpt::SET as ISO20_WPT;
/// supportedAppProtocol, in every generation.
pub use sap::SET as SAP;
/// XML signatures alone: the grammar over which SignedInfo is hashed.
pub use xmldsig::SET as XMLDSIG;

/// All of them.
pub static ALL: [&SchemaSet; 9] =
    [&SAP, &DIN, &ISO2, &ISO20_MESSAGES, &ISO20_AC, &ISO20_DC, &ISO20_WPT, &ISO20_ACDP, &XMLDSIG];

/// The set of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static SchemaSet> {
    ALL.into_iter().find(|set| set.name == name)
}

/// The names of all sets, for whoever named another one.
#[must_use]
pub fn names() -> String {
    ALL.map(|set| set.name).join(", ")
}
