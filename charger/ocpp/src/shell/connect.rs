//! Where a connection comes from.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Makes a byte stream to the CSMS: a socket, or a pipe to a simulated one.
pub trait Connect {
    /// The stream.
    type Stream: AsyncRead + AsyncWrite + Unpin;

    /// Makes one. The text of an error is told to people: it says what was expected where.
    fn connect(&mut self) -> impl Future<Output = io::Result<Self::Stream>>;

    /// The whole URL, station identity included.
    fn url(&self) -> String;
}

/// A plain TCP connection, for `ws://`.
#[derive(Clone, Debug)]
pub struct Tcp {
    url: String,
    address: String,
}

impl Tcp {
    /// A connection to `url`, to which the station's identity is added as the last part.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn new(url: &str, identity: &str) -> Result<Self, String> {
        if url.starts_with("wss://") {
            return Err(format!("{url}: TLS is not supported yet; use ws:// on a trusted network"));
        }
        let Some(rest) = url.strip_prefix("ws://") else {
            return Err(format!("{url}: expected ws://HOST[:PORT]/PATH"));
        };
        let host = rest.split('/').next().unwrap_or_default();
        if host.is_empty() || host.contains('@') {
            return Err(format!("{url}: expected ws://HOST[:PORT]/PATH"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { url: format!("{}/{identity}", url.trim_end_matches('/')), address })
    }
}

impl Connect for Tcp {
    type Stream = TcpStream;

    async fn connect(&mut self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn url(&self) -> String {
        self.url.clone()
    }
}
