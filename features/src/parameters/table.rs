//! Parameters that are one phrase of a table: what it is stands beside it, and its expression comes from the table.

/// Declares a parameter over a table `[(&str, T); N]`; it has what stands beside the phrase.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident($inner:ty), $param:literal, $what:literal, $table:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name {
            /// What it is.
            pub(crate) is: $inner,
        }

        impl $name {
            const PHRASES: [&'static str; $table.len()] = $crate::parameters::phrases(&$table);
            const EXPRESSION: [u8; $crate::parameters::length(&$name::PHRASES)] =
                $crate::parameters::expression(&$name::PHRASES);
        }

        impl cucumber::Parameter for $name {
            const NAME: &'static str = $param;
            const REGEX: &'static str = $crate::parameters::text(&$name::EXPRESSION);
        }

        impl $crate::parameters::Words for $name {
            fn words() -> Vec<&'static str> {
                Self::PHRASES.to_vec()
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let phrase = $crate::parameters::one_of($what, &Self::PHRASES, text)?;
                let found = $table.into_iter().find(|(own, _)| *own == phrase);
                found.map(|(_, is)| Self { is }).ok_or_else(|| format!("there is no {}: {text:?}", $what))
            }
        }
    };
}

pub(crate) use table;
