//! The AF_PACKET backend and IPv6 on a veth pair, in a network namespace of their own: `ci/netns` makes both and runs this.
//!
//! Without the test harness: the checks share the pair and run one after the other; the last line counts them. Arguments:
//! the charger's and the modem's end (addresses 02:00:00:00:00:0a and :0b), and an interface that is still down and has
//! duplicate address detection on.

use std::future::pending;
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::process::{Command, ExitCode};
use std::time::Duration;

use devices::MessageDevice;
use devices::plc_modem::{ModemFault, PlcModem};
use hardware::{ErrorKind, LinkError, MacAddress, PlcLink};
use hil::plc::{Capture, PacketLink, link_local};
use hil::{Endpoint, Open, Reopening};
use slac::{Frame, LOCAL_MODEM, Message, Nid, Nmk, RunId, SetKeyReq, SlacParmReq};
use station::{ModemState, probe_modem as probe};
use tokio::net::UdpSocket;
use tokio::time::timeout;

const CHARGER: MacAddress = [0x02, 0, 0, 0, 0, 0x0a];
const MODEM: MacAddress = [0x02, 0, 0, 0, 0, 0x0b];
/// Only a safety net: nothing here waits for it.
const NET: Duration = Duration::from_secs(10);
/// The port of SDP, ISO 15118-2.
const SDP: u16 = 15118;

/// What went wrong, in words.
type Outcome = Result<(), String>;

struct Names {
    charger: String,
    modem: String,
    slow: String,
}

fn main() -> ExitCode {
    let mut names = std::env::args().skip(1);
    let (Some(charger), Some(modem), Some(slow)) = (names.next(), names.next(), names.next()) else {
        eprintln!("expected three interfaces; ci/netns makes them");
        return ExitCode::from(2);
    };
    let names = Names { charger, modem, slow };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let results = runtime.block_on(async {
        [
            ("the backend knows its own address", address(&names).await),
            ("a capture sees both directions and every protocol", capture(&names).await),
            ("frames cross in both directions as they are", cross(&names).await),
            ("other protocols and its own frames stay out", only_ours(&names).await),
            ("a frame too short or too long is refused", lengths(&names).await),
            ("a modem behind the pair says who it is", ask_modem(&names).await),
            ("a modem that hangs is told", ask_mute_modem(&names).await),
            ("a modem takes a key", set_key(&names).await),
            ("a missing interface is disconnected", missing().await),
            ("an interface that goes down is disconnected, and comes back", down_and_up(&names).await),
            ("the link-local address is waited for until it can be sent from", wait_for_address(&names).await),
            ("a multicast to ff02::1 arrives, as SDP asks", multicast(&names).await),
        ]
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

async fn open(interface: &str) -> Result<PacketLink, LinkError> {
    PacketLink::open(&endpoint(interface)).await
}

fn endpoint(interface: &str) -> Endpoint {
    format!("packet:{interface}").parse().expect("an endpoint")
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn expect<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("got {got:02x?}, expected {expected:02x?}")) }
}

/// A frame of the right protocol with some text in it.
fn frame(source: MacAddress, destination: MacAddress, text: &[u8]) -> Vec<u8> {
    let message = Message::SlacParmReq(SlacParmReq::new(RunId([1; 8])));
    let mut frame = Frame::new(destination.into(), source.into(), message).encode();
    frame.extend_from_slice(text);
    frame
}

async fn next(link: &mut PacketLink) -> Result<Vec<u8>, String> {
    timeout(NET, link.receive()).await.map_err(|_| "nothing arrived".to_owned())?.map_err(said)
}

async fn address(names: &Names) -> Outcome {
    expect(open(&names.charger).await.map_err(said)?.address().await, Ok(CHARGER))?;
    expect(open(&names.modem).await.map_err(said)?.address().await, Ok(MODEM))
}

async fn cross(names: &Names) -> Outcome {
    let (mut charger, mut modem) = (open(&names.charger).await.map_err(said)?, open(&names.modem).await.map_err(said)?);
    for text in [&b"short"[..], &[0x5a; 1454]] {
        let out = frame(CHARGER, MODEM, text);
        charger.send(&out).await.map_err(said)?;
        expect(next(&mut modem).await?, out)?;
        let back = frame(MODEM, CHARGER, text);
        modem.send(&back).await.map_err(said)?;
        expect(next(&mut charger).await?, back)?;
    }
    Ok(())
}

async fn capture(names: &Names) -> Outcome {
    let mut capture = Capture::open(&endpoint(&names.charger)).map_err(said)?;
    let (mut charger, mut modem) = (open(&names.charger).await.map_err(said)?, open(&names.modem).await.map_err(said)?);
    let out = frame(CHARGER, MODEM, b"a question");
    let mut back = frame(MODEM, CHARGER, b"an answer of another protocol");
    back[12..14].copy_from_slice(&[0x88, 0xb5]);
    charger.send(&out).await.map_err(said)?;
    modem.send(&back).await.map_err(said)?;
    // The interface may have something of its own to say between them, such as that it listens to a multicast.
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let passed =
            timeout(NET, capture.next()).await.map_err(|_| "nothing was captured".to_owned())?.map_err(said)?;
        if [&out, &back].contains(&&passed.frame) {
            seen.push((passed.outgoing, passed.frame));
        }
    }
    expect(seen, vec![(true, out), (false, back)])?;
    let missing = Capture::open(&endpoint("no-such-plc")).map(drop);
    expect(missing.map_err(|error| error.kind), Err(ErrorKind::Disconnected))
}

async fn only_ours(names: &Names) -> Outcome {
    let (mut charger, mut modem) = (open(&names.charger).await.map_err(said)?, open(&names.modem).await.map_err(said)?);
    charger.send(&frame(CHARGER, MODEM, b"my own")).await.map_err(said)?;
    let mut other = frame(MODEM, CHARGER, b"another protocol");
    other[12..14].copy_from_slice(&[0x88, 0xb5]);
    modem.send(&other).await.map_err(said)?;
    let ours = frame(MODEM, CHARGER, b"ours");
    modem.send(&ours).await.map_err(said)?;
    expect(next(&mut charger).await?, ours)
}

async fn lengths(names: &Names) -> Outcome {
    let mut charger = open(&names.charger).await.map_err(said)?;
    for length in [0, 13, 1515, 100_000] {
        expect(charger.send(&vec![0; length]).await.map_err(|error| error.kind), Err(ErrorKind::Refused))?;
    }
    Ok(())
}

/// Lets the model answer at the modem's end, for ever.
async fn serve(mut model: PlcModem, mut link: PacketLink) -> Result<(), LinkError> {
    loop {
        model.receive(units::Instant::ZERO, &link.receive().await?);
        while let Some(answer) = model.transmit(units::Instant::ZERO) {
            link.send(&answer).await?;
        }
    }
}

/// Asks while the model answers.
async fn with_modem<R>(
    names: &Names,
    model: PlcModem,
    ask: impl AsyncFnOnce(&mut PacketLink) -> R,
) -> Result<R, String> {
    let (mut charger, modem) = (open(&names.charger).await.map_err(said)?, open(&names.modem).await.map_err(said)?);
    tokio::select! {
        biased;
        served = serve(model, modem) => Err(format!("the modem's end ended: {served:?}")),
        answer = ask(&mut charger) => Ok(answer),
    }
}

async fn ask_modem(names: &Names) -> Outcome {
    let model = PlcModem::new(MODEM, "MAC-QCA7005-TEST");
    model.set_linked(true);
    let state = with_modem(names, model, async |link: &mut PacketLink| probe(link, NET).await).await?;
    expect(state, Ok(ModemState { address: MODEM, version: "MAC-QCA7005-TEST".into(), linked: Some(true) }))
}

async fn ask_mute_modem(names: &Names) -> Outcome {
    let model = PlcModem::default();
    model.set_fault(ModemFault::Mute);
    let limit = Duration::from_millis(300);
    let state = with_modem(names, model, async |link: &mut PacketLink| probe(link, limit).await).await?;
    expect(state.map_err(|error| error.kind), Err(ErrorKind::TimedOut))
}

async fn set_key(names: &Names) -> Outcome {
    let model = PlcModem::default();
    let nmk = Nmk(*b"sixteen letters!");
    let key = SetKeyReq::new(0xaaaa_aaaa, Nid::of(&nmk, Nid::SIMPLE_CONNECT), nmk);
    let ask = Frame::new(LOCAL_MODEM, CHARGER.into(), Message::SetKeyReq(key)).encode();
    let answer = with_modem(names, model.clone(), async |link: &mut PacketLink| {
        link.send(&ask).await.map_err(said)?;
        next(link).await
    });
    let answer = Frame::decode(&answer.await??).map_err(said)?;
    let Message::SetKeyCnf(confirm) = answer.message else { return Err(format!("got {answer:?}")) };
    expect((confirm.your_nonce, model.nmk()), (0xaaaa_aaaa, Some(nmk)))
}

async fn missing() -> Outcome {
    expect(open("no-such-plc").await.map(drop).map_err(|error| error.kind), Err(ErrorKind::Disconnected))
}

fn set(interface: &str, state: &str) -> Outcome {
    let done = Command::new("ip").args(["link", "set", interface, state]).status().map_err(said)?;
    if done.success() { Ok(()) } else { Err(format!("ip link set {interface} {state}: {done}")) }
}

async fn down_and_up(names: &Names) -> Outcome {
    let mut charger = Reopening::<PacketLink>::new(endpoint(&names.charger));
    charger.address().await.map_err(said)?;
    set(&names.charger, "down")?;
    let received = timeout(NET, charger.receive()).await;
    let again = charger.send(&frame(CHARGER, MODEM, b"down")).await;
    set(&names.charger, "up")?;
    let received = received.map_err(|_| "nobody noticed".to_owned())?;
    expect(received.map_err(|error| error.kind), Err(ErrorKind::Disconnected))?;
    expect(again.map_err(|error| error.kind), Err(ErrorKind::Disconnected))?;
    let mut modem = open(&names.modem).await.map_err(said)?;
    let up = frame(CHARGER, MODEM, b"up");
    charger.send(&up).await.map_err(said)?;
    expect(next(&mut modem).await?, up)
}

/// A socket that speaks from an address of the link.
async fn from(interface: &str) -> Result<(UdpSocket, u32), String> {
    let own = link_local(interface, NET).await.map_err(said)?;
    let bound = UdpSocket::bind(SocketAddrV6::new(own.address, 0, 0, own.scope)).await.map_err(said)?;
    Ok((bound, own.scope))
}

const fn all_nodes(scope: u32) -> SocketAddrV6 {
    SocketAddrV6::new(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), SDP, 0, scope)
}

async fn wait_for_address(names: &Names) -> Outcome {
    set(&names.slow, "up")?;
    // As long as the address is tentative, both binding to it and sending fail with EADDRNOTAVAIL.
    let (socket, scope) = from(&names.slow).await?;
    socket.send_to(b"here I am", all_nodes(scope)).await.map(drop).map_err(said)
}

async fn multicast(names: &Names) -> Outcome {
    let evse = link_local(&names.charger, NET).await.map_err(said)?;
    let server = UdpSocket::bind(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, SDP, 0, 0)).await.map_err(said)?;
    server.join_multicast_v6(all_nodes(0).ip(), evse.scope).map_err(said)?;
    let (car, scope) = from(&names.modem).await?;
    let asking = async {
        // Somebody has to hear it: V2GTP header of an SDP request, no TLS, TCP.
        let request = [0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, 0x10, 0x00];
        car.send_to(&request, all_nodes(scope)).await?;
        pending::<io::Result<()>>().await
    };
    let mut heard = [0; 64];
    let answer = tokio::select! {
        biased;
        asked = asking => Err(format!("asking: {asked:?}")),
        heard = timeout(NET, server.recv_from(&mut heard)) => heard.map_err(|_| "nothing arrived".to_owned())?.map_err(said),
    };
    let (length, from) = answer?;
    expect(&heard[..length], &[0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, 0x10, 0x00])?;
    let sender = car.local_addr().map_err(said)?;
    expect((from.ip(), from.port()), (sender.ip(), sender.port()))
}
