//! Which root certificates a car knows.

use serde::{Deserialize, Serialize};

use crate::messages::xmldsig::X509IssuerSerial;

/// The roots below which a car can check a chain of certificates.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ListOfRootCertificateIds {
    /// 1 to 20, each by issuer and serial number. Real serial numbers have up to 20 bytes.
    #[serde(rename = "RootCertificateID")]
    pub root_certificate_id: Vec<X509IssuerSerial>,
}
