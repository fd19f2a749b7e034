//! Alerts: what an end says before it closes a connection.

use std::fmt;

/// An alert as it stood in its record (RFC 8446, 6; RFC 5246, 7.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Alert {
    /// 1 is a warning, 2 is fatal. In TLS 1.3 it says nothing: all but two descriptions are fatal there.
    pub level: u8,
    /// What is wrong, by its number in the registry of IANA.
    pub description: u8,
}

impl Alert {
    /// The end that says so has nothing more to say; this is how a connection ends well.
    pub const CLOSE_NOTIFY: u8 = 0;

    /// The level in words; `None` for one that does not exist.
    #[must_use]
    pub const fn level_name(self) -> Option<&'static str> {
        match self.level {
            1 => Some("warning"),
            2 => Some("fatal"),
            _ => None,
        }
    }

    /// The description by its name in the standard; `None` for one that does not exist.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.description {
            Self::CLOSE_NOTIFY => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            21 => "decryption_failed",
            22 => "record_overflow",
            30 => "decompression_failure",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            60 => "export_restriction",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            111 => "certificate_unobtainable",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            114 => "bad_certificate_hash_value",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            121 => "ech_required",
            _ => return None,
        })
    }
}

/// `fatal handshake_failure (40)`; what has no name is told by its number alone.
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level_name() {
            Some(level) => write!(f, "{level} ")?,
            None => write!(f, "level {} ", self.level)?,
        }
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.description),
            None => write!(f, "alert {}", self.description),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_told_by_name_and_number() {
        assert_eq!(Alert { level: 2, description: 40 }.to_string(), "fatal handshake_failure (40)");
        assert_eq!(Alert { level: 1, description: 0 }.to_string(), "warning close_notify (0)");
        assert_eq!(Alert { level: 3, description: 99 }.to_string(), "level 3 alert 99");
    }
}
