//! The PC/SC backend against pcscd with its virtual reader and a card model in it: `ci/pcsc` starts pcscd and runs this.
//!
//! Without the test harness: one pcscd serves all checks; the last line counts them. Argument: the process id of pcscd, which
//! the last check ends.

use std::convert::Infallible;
use std::process::{Command, ExitCode};
use std::time::Duration;

use devices::ByteDevice;
use devices::vpcd_card::VpcdCard;
use hardware::{ErrorKind, LinkError, Token, TokenReader};
use hil::reader::AnyReader;
use hil::{Endpoint, Open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Where the virtual reader waits for its card.
const CARD_SIDE: &str = "127.0.0.1:35963";
/// Only a safety net: nothing here waits for it.
const NET: Duration = Duration::from_secs(30);
/// Many looks of pcscd (every 0.4 s) and of the backend.
const WHILE: Duration = Duration::from_secs(3);
/// How soon the card side notices that the world has done something.
const LOOK: Duration = Duration::from_millis(20);

/// What went wrong, in words.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let Some(pcscd) = std::env::args().nth(1) else {
        eprintln!("expected the process id of pcscd; ci/pcsc starts one");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let results = runtime.block_on(async {
        let world = VpcdCard::new();
        tokio::select! {
            biased;
            never = serve(world.clone()) => match never {},
            results = checks(&world, &pcscd) => results,
        }
    });
    let failed = results.iter().filter(|(_, outcome)| outcome.is_err()).count();
    for (what, outcome) in &results {
        match outcome {
            Ok(()) => println!("ok    {what}"),
            Err(why) => println!("FAIL  {what}: {why}"),
        }
    }
    println!("{} passed, {failed} failed", results.len() - failed);
    ExitCode::from(u8::from(failed > 0))
}

async fn checks(world: &VpcdCard, pcscd: &str) -> Vec<(&'static str, Outcome)> {
    let mut results = vec![("a reader that is not there is told, with those that are", unknown().await)];
    let mut reader = match timeout(NET, open_when_there()).await {
        Ok(reader) => reader,
        Err(_) => {
            results.push(("the virtual reader opens", Err("pcscd never had it".into())));
            return results;
        }
    };
    for (what, uid) in [
        ("a card of four bytes is read", "DEADBEEF"),
        ("a card of seven bytes is read", "04A2B3C4D5E680"),
        ("a card of ten bytes is read", "88040102030405060708"),
    ] {
        world.present(uid.parse().expect("a serial number"));
        results.push((what, expect(&mut reader, uid).await));
        results.push(("it counts once as long as it is there", nothing(&mut reader).await));
        world.remove();
        results.push(("taking it away is no card", nothing(&mut reader).await));
    }
    world.present("DEADBEEF".parse().expect("a serial number"));
    results.push(("the first card counts again", expect(&mut reader, "DEADBEEF").await));
    world.remove();
    results.push(("taking it away is no card", nothing(&mut reader).await));
    world.present("04A2B3C4D5E680".parse().expect("a serial number"));
    results.push(("a card is not lost when the wait is given up", impatient(&mut reader, "04A2B3C4D5E680").await));
    results.push(("when pcscd ends, the reader is disconnected", ends(&mut reader, pcscd).await));
    results
}

async fn open(name: &str) -> Result<AnyReader, LinkError> {
    let endpoint: Endpoint = format!("pcsc:{name}").parse().expect("an endpoint");
    AnyReader::open(&endpoint).await
}

async fn unknown() -> Outcome {
    match open("ACR122").await {
        Err(error) if error.kind == ErrorKind::Disconnected => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("it opened".into()),
    }
}

/// pcscd needs a moment to begin.
async fn open_when_there() -> AnyReader {
    loop {
        match open("Virtual PCD").await {
            Ok(reader) => return reader,
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn expect(reader: &mut AnyReader, uid: &str) -> Outcome {
    match timeout(NET, reader.next_token()).await {
        Ok(Ok(token)) if token == Token::card(uid) => Ok(()),
        other => Err(format!("expected {uid}, got {other:?}")),
    }
}

async fn nothing(reader: &mut AnyReader) -> Outcome {
    match timeout(WHILE, reader.next_token()).await {
        Err(_) => Ok(()),
        Ok(token) => Err(format!("got {token:?}")),
    }
}

async fn impatient(reader: &mut AnyReader, uid: &str) -> Outcome {
    let waiting = async {
        loop {
            if let Ok(token) = timeout(Duration::from_millis(1), reader.next_token()).await {
                return token;
            }
        }
    };
    match timeout(NET, waiting).await {
        Ok(Ok(token)) if token == Token::card(uid) => Ok(()),
        other => Err(format!("expected {uid}, got {other:?}")),
    }
}

async fn ends(reader: &mut AnyReader, pcscd: &str) -> Outcome {
    let ended = Command::new("kill").arg(pcscd).status().map_err(|error| error.to_string())?;
    if !ended.success() {
        return Err(format!("kill {pcscd}: {ended}"));
    }
    match timeout(NET, reader.next_token()).await {
        Ok(Err(error)) if error.kind == ErrorKind::Disconnected => Ok(()),
        other => Err(format!("got {other:?}")),
    }
}

/// Connects to the virtual reader as long as a card is there, and lets the model answer.
async fn serve(mut card: VpcdCard) -> Infallible {
    loop {
        let Some(there) = card.card() else {
            sleep(LOOK).await;
            continue;
        };
        let Ok(mut stream) = TcpStream::connect(CARD_SIDE).await else {
            sleep(LOOK).await;
            continue;
        };
        card.connected();
        let mut buffer = [0; 1024];
        while card.card() == Some(there) {
            let Ok(count) = timeout(LOOK, stream.read(&mut buffer)).await else { continue };
            match count {
                // The reader has hung up, as it does when pcscd resets it or ends; it may do so in the middle of a word.
                Ok(0) | Err(_) => break,
                Ok(count) => card.receive(units::Instant::ZERO, &buffer[..count]),
            }
            if stream.write_all(&card.transmit(units::Instant::ZERO)).await.is_err() {
                break;
            }
        }
    }
}
