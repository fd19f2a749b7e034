//! What can be asked on the bus. Each callee declares it in one table beside its own code: the names, as `charger.toml` and the
//! log have them, and what travels with each.
//!
//! ```text
//! calls! {
//!     /// What the power board is asked.
//!     pub PowerCall to Power {
//!         /// Permit the contactor to close, or withdraw the permission.
//!         "power.allow" => Allow(Permission),
//!     }
//! }
//! ```
//!
//! makes the enum `PowerCall` and says of it that it is for the service [`Service::Power`], with the verb `power.allow`. A verb
//! whose permitted calls are left out of the log, because it is asked so often and means so little, has the word `routine` after
//! its name.

use std::fmt;

use super::Service;

/// One thing that can be asked of a service.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Verb {
    callee: Service,
    name: &'static str,
    routine: bool,
}

impl Verb {
    /// For [`calls!`] alone.
    pub(crate) const fn new(callee: Service, name: &'static str, routine: bool) -> Self {
        Self { callee, name, routine }
    }

    /// The service that does it.
    #[must_use]
    pub const fn callee(self) -> Service {
        self.callee
    }

    /// Its name in `charger.toml` and in the log: the service and what is asked of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Whether it is asked so often and means so little that the log leaves its permitted calls out.
    pub(super) const fn is_routine(self) -> bool {
        self.routine
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What one service can be asked: a variant for each of its verbs. Made by [`calls!`].
pub trait Call: fmt::Debug + 'static {
    /// Who is asked.
    const CALLEE: Service;
    /// Every verb of it.
    const VERBS: &'static [Verb];

    /// The verb that this call uses.
    fn verb(&self) -> Verb;
}

/// Declares what a service can be asked; see the module.
macro_rules! calls {
    (@routine) => { false };
    (@routine routine) => { true };
    (
        $(#[$doc:meta])*
        $vis:vis $call:ident to $callee:ident {
            $(
                $(#[$about:meta])* $name:literal $($routine:ident)? =>
                $variant:ident $( ($($field:ty),+) )? $( { $($named:ident: $of:ty),+ $(,)? } )?
            ),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        $vis enum $call {
            $( $(#[$about])* $variant $( ($($field),+) )? $( { $($named: $of),+ } )? ),+
        }

        impl $crate::bus::Call for $call {
            const CALLEE: $crate::bus::Service = $crate::bus::Service::$callee;
            const VERBS: &'static [$crate::bus::Verb] = &[
                $( $crate::bus::Verb::new(Self::CALLEE, $name, $crate::bus::calls!(@routine $($routine)?)) ),+
            ];

            fn verb(&self) -> $crate::bus::Verb {
                match self {
                    $( Self::$variant { .. } => {
                        $crate::bus::Verb::new(Self::CALLEE, $name, $crate::bus::calls!(@routine $($routine)?))
                    } )+
                }
            }
        }
    };
}
pub(crate) use calls;
