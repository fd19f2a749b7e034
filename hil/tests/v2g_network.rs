//! The kernel's network to the car on a veth pair, in network namespaces of their own: `ci/netns` makes them and runs this.
//!
//! Without the test harness: the checks share the pairs and run one after the other; the last line counts them. Arguments: the
//! charger's and the car's end of the pair that counts, and both ends of another one. All of them have their addresses.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::process::{Command, ExitCode};
use std::time::Duration;

use hardware::{ErrorKind, V2gNetwork, V2gNetworkEvent as Event};
use hil::plc::link_local;
use hil::v2g_network::{KernelV2gNetwork, PORTS};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

/// Only a safety net: nothing here waits for it.
const NET: Duration = Duration::from_secs(10);
/// The port of SDP, ISO 15118-2.
const SDP: u16 = 15118;
/// An SDP request: V2GTP header, no TLS, TCP.
const REQUEST: [u8; 10] = [0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, 0x10, 0x00];

/// What went wrong, in words.
type Outcome = Result<(), String>;

struct Names {
    charger: String,
    car: String,
    other: String,
    stranger: String,
}

fn main() -> ExitCode {
    let names: Vec<_> = std::env::args().skip(1).collect();
    let Ok([charger, car, other, stranger]) = <[String; 4]>::try_from(names) else {
        eprintln!("expected four interfaces; ci/netns makes them");
        return ExitCode::from(2);
    };
    let names = Names { charger, car, other, stranger };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let results = runtime.block_on(async {
        [
            ("a question to all nodes is heard and answered", question(&names).await),
            ("a datagram of another interface is not heard", other_interface(&names).await),
            ("a datagram that is too long is cut", long_datagram(&names).await),
            ("octets cross in both directions, cut and put together anyhow", octets(&names).await),
            ("a second connection takes the place of the first", second(&names).await),
            ("a connection that the car closes is closed", closed_by_the_car(&names).await),
            ("a connection that breaks is closed", reset(&names).await),
            ("what was sent arrives before the end", hang_up(&names).await),
            ("who hangs up forgets what the car still says", hang_up_on_a_talker(&names).await),
            ("a car that takes nothing is closed", takes_nothing(&names).await),
            ("a car that talks without end does not drown a question", talker(&names).await),
            ("only this interface can be connected to", wrong_scope(&names).await),
            ("two interfaces have a network each", two_networks(&names).await),
            ("a port that is taken is passed over", taken_port(&names).await),
            ("who is deaf hears nothing, and listens again", deaf(&names).await),
            ("an interface that goes down is disconnected, and comes back", down_and_up(&names).await),
            ("an interface that is gone is disconnected", removed().await),
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

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn expect<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("got {got:02x?}, expected {expected:02x?}")) }
}

fn network(interface: &str) -> KernelV2gNetwork {
    KernelV2gNetwork::of(&format!("interface:{interface}").parse().expect("an endpoint")).expect("an interface")
}

/// A network that listens, and where.
async fn listening(interface: &str) -> Result<(KernelV2gNetwork, SocketAddrV6), String> {
    let mut network = network(interface);
    let place = network.listen().await.map_err(said)?;
    Ok((network, place))
}

async fn next(network: &mut KernelV2gNetwork) -> Result<Event, String> {
    timeout(NET, network.next_event()).await.map_err(|_| "nothing happened".to_owned())?.map_err(said)
}

/// Nothing has happened.
async fn quiet(network: &mut KernelV2gNetwork) -> Outcome {
    match timeout(Duration::ZERO, network.next_event()).await {
        Err(_) => Ok(()),
        Ok(event) => Err(format!("nobody expected {event:?}")),
    }
}

/// A socket of somebody at that end.
async fn asker(interface: &str) -> Result<(UdpSocket, u32), String> {
    let own = link_local(interface, NET).await.map_err(said)?;
    let socket = UdpSocket::bind(SocketAddrV6::new(own.address, 0, 0, own.scope)).await.map_err(said)?;
    Ok((socket, own.scope))
}

const fn all_nodes(scope: u32) -> SocketAddrV6 {
    SocketAddrV6::new(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), SDP, 0, scope)
}

/// Connects from that end to a place, which is at another scope there.
async fn connect(interface: &str, place: SocketAddrV6) -> Result<TcpStream, String> {
    let own = link_local(interface, NET).await.map_err(said)?;
    let socket = TcpSocket::new_v6().map_err(said)?;
    // Both ends are of one machine: without this the kernel would take a short cut.
    socket.bind_device(Some(interface.as_bytes())).map_err(said)?;
    socket.bind(SocketAddrV6::new(own.address, 0, 0, own.scope).into()).map_err(said)?;
    let to = SocketAddrV6::new(*place.ip(), place.port(), 0, own.scope);
    timeout(NET, socket.connect(to.into())).await.map_err(|_| "nobody accepts".to_owned())?.map_err(said)
}

/// A car that has connected.
async fn connected(names: &Names) -> Result<(KernelV2gNetwork, TcpStream), String> {
    let (mut network, place) = listening(&names.charger).await?;
    let car = connect(&names.car, place).await?;
    arrives(&mut network, &car).await?;
    Ok((network, car))
}

/// The next thing that happens is that this car connects.
async fn arrives(network: &mut KernelV2gNetwork, car: &TcpStream) -> Outcome {
    let Event::Connected { from } = next(network).await? else { return Err("it is no connection".to_owned()) };
    let own = car.local_addr().map_err(said)?;
    expect((from.ip().to_owned().into(), from.port()), (own.ip(), own.port()))
}

/// What comes next from the network, as much of it as that.
async fn received(network: &mut KernelV2gNetwork, length: usize) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while all.len() < length {
        match next(network).await? {
            Event::Received(octets) if !octets.is_empty() => all.extend(octets),
            other => return Err(format!("got {other:?} after {} octets", all.len())),
        }
    }
    Ok(all)
}

/// Lets the network go on while something else happens.
async fn beside<R>(network: &mut KernelV2gNetwork, what: impl Future<Output = io::Result<R>>) -> Result<R, String> {
    tokio::select! {
        biased;
        event = network.next_event() => Err(format!("nobody expected {event:?}")),
        done = timeout(NET, what) => done.map_err(|_| "it takes too long".to_owned())?.map_err(said),
    }
}

async fn question(names: &Names) -> Outcome {
    let (mut network, place) = listening(&names.charger).await?;
    if !PORTS.contains(&place.port()) || place.port() < 49_152 {
        return Err(format!("port {} is out of range", place.port()));
    }
    let own = link_local(&names.charger, NET).await.map_err(said)?;
    expect((*place.ip(), place.scope_id()), (own.address, own.scope))?;
    let (car, scope) = asker(&names.car).await?;
    for to in [all_nodes(scope), SocketAddrV6::new(own.address, SDP, 0, scope)] {
        car.send_to(&REQUEST, to).await.map_err(said)?;
        let Event::Datagram { from, payload } = next(&mut network).await? else { return Err("no datagram".to_owned()) };
        expect(payload, REQUEST.to_vec())?;
        network.answer(from, b"here").await.map_err(said)?;
        let mut answer = [0; 64];
        let (length, of) =
            timeout(NET, car.recv_from(&mut answer)).await.map_err(|_| "no answer".to_owned())?.map_err(said)?;
        expect(&answer[..length], b"here")?;
        expect((of.ip(), of.port()), (own.address.into(), SDP))?;
    }
    // Somebody who cannot be reached is nobody's fault.
    expect(network.answer(SocketAddrV6::new(own.address, 0, 0, own.scope), b"here").await, Ok(()))?;
    quiet(&mut network).await
}

async fn other_interface(names: &Names) -> Outcome {
    let (mut network, _) = listening(&names.charger).await?;
    let own = link_local(&names.other, NET).await.map_err(said)?;
    let (stranger, scope) = asker(&names.stranger).await?;
    for to in [all_nodes(scope), SocketAddrV6::new(own.address, SDP, 0, scope)] {
        stranger.send_to(b"who is there", to).await.map_err(said)?;
    }
    // What the car asks afterwards is heard, and is the first thing.
    let (car, scope) = asker(&names.car).await?;
    car.send_to(&REQUEST, all_nodes(scope)).await.map_err(said)?;
    let Event::Datagram { payload, .. } = next(&mut network).await? else { return Err("no datagram".to_owned()) };
    expect(payload, REQUEST.to_vec())?;
    quiet(&mut network).await
}

async fn long_datagram(names: &Names) -> Outcome {
    let (mut network, _) = listening(&names.charger).await?;
    let (car, scope) = asker(&names.car).await?;
    for length in [1500, 1501, 9000] {
        car.send_to(&vec![7; length], all_nodes(scope)).await.map_err(said)?;
        let Event::Datagram { payload, .. } = next(&mut network).await? else { return Err("no datagram".to_owned()) };
        expect(payload, vec![7; 1500])?;
    }
    // One without anything in it is one as well.
    car.send_to(&[], all_nodes(scope)).await.map_err(said)?;
    let Event::Datagram { payload, .. } = next(&mut network).await? else { return Err("no datagram".to_owned()) };
    expect(payload, Vec::new())
}

async fn octets(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    car.set_nodelay(true).map_err(said)?;
    let message: Vec<u8> = (0..=255).collect();
    // One octet at a time, and several messages at once.
    for octet in &message {
        car.write_all(&[*octet]).await.map_err(said)?;
    }
    expect(received(&mut network, message.len()).await?, message.clone())?;
    let many = message.repeat(64);
    car.write_all(&many).await.map_err(said)?;
    expect(received(&mut network, many.len()).await?, many.clone())?;
    for part in message.chunks(100) {
        network.send(part).await.map_err(said)?;
    }
    // So much that the kernel does not take all of it at once, where the car does not read: it goes out later.
    let more = message.repeat(200);
    network.send(&more).await.map_err(said)?;
    let mut read = vec![0; message.len() + more.len()];
    beside(&mut network, car.read_exact(&mut read)).await?;
    expect(read == [message, more].concat(), true)?;
    quiet(&mut network).await
}

async fn second(names: &Names) -> Outcome {
    let (mut network, mut first) = connected(names).await?;
    let place = {
        // The place is still the same.
        let to = first.peer_addr().map_err(said)?;
        let std::net::SocketAddr::V6(to) = to else { return Err("it is IPv6".to_owned()) };
        to
    };
    let mut car = connect(&names.car, place).await?;
    expect(next(&mut network).await?, Event::Closed)?;
    // What is said in between is said to nobody.
    network.send(b"to nobody").await.map_err(said)?;
    arrives(&mut network, &car).await?;
    network.send(b"to the second").await.map_err(said)?;
    let mut read = [0; 13];
    beside(&mut network, car.read_exact(&mut read)).await?;
    expect(&read, b"to the second")?;
    let of_first = timeout(NET, first.read(&mut read)).await.map_err(|_| "the first is still there".to_owned())?;
    expect(of_first.map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset))?;
    quiet(&mut network).await
}

async fn closed_by_the_car(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    car.write_all(b"a last word").await.map_err(said)?;
    drop(car);
    expect(received(&mut network, 11).await?, b"a last word".to_vec())?;
    expect(next(&mut network).await?, Event::Closed)?;
    expect(network.send(b"to nobody").await, Ok(()))?;
    expect(network.hang_up().await, Ok(()))?;
    quiet(&mut network).await
}

async fn reset(names: &Names) -> Outcome {
    let (mut network, car) = connected(names).await?;
    SockRef::from(&car).set_linger(Some(Duration::ZERO)).map_err(said)?;
    drop(car);
    expect(next(&mut network).await?, Event::Closed)?;
    drop(network);
    // One that is noticed while something is sent.
    let (mut network, car) = connected(names).await?;
    SockRef::from(&car).set_linger(Some(Duration::ZERO)).map_err(said)?;
    drop(car);
    for _ in 0..3 {
        network.send(b"to nobody").await.map_err(said)?;
    }
    expect(next(&mut network).await?, Event::Closed)?;
    quiet(&mut network).await
}

async fn hang_up(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    // More than the kernel takes at once.
    let message: Vec<u8> = (0..=255_u8).cycle().take(120_000).collect();
    for part in message.chunks(60_000) {
        network.send(part).await.map_err(said)?;
    }
    network.hang_up().await.map_err(said)?;
    network.send(b"to nobody").await.map_err(said)?;
    let mut read = Vec::new();
    beside(&mut network, car.read_to_end(&mut read)).await?;
    expect(read == message, true)?;
    drop(car);
    quiet(&mut network).await
}

async fn hang_up_on_a_talker(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    // What nobody reads would make the kernel take back the answer.
    car.write_all(&[1; 1000]).await.map_err(said)?;
    network.send(b"good bye").await.map_err(said)?;
    network.hang_up().await.map_err(said)?;
    car.write_all(&[2; 1000]).await.map_err(said)?;
    let mut read = Vec::new();
    beside(&mut network, car.read_to_end(&mut read)).await?;
    expect(&read[..], b"good bye")?;
    quiet(&mut network).await
}

async fn takes_nothing(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    let part = [9; 16 * 1024];
    // The kernels of both ends have room for some of it; more than a few hundred kilobytes is never kept.
    let mut sent = 0;
    while sent < 16 * 1024 * 1024 {
        network.send(&part).await.map_err(said)?;
        sent += part.len();
        match timeout(Duration::ZERO, network.next_event()).await {
            Err(_) => {}
            Ok(Ok(Event::Closed)) => break,
            Ok(other) => return Err(format!("nobody expected {other:?}")),
        }
    }
    if sent >= 8 * 1024 * 1024 {
        return Err(format!("{sent} octets were taken"));
    }
    let mut read = Vec::new();
    let rest = timeout(NET, car.read_to_end(&mut read)).await.map_err(|_| "it is still there".to_owned())?;
    expect(rest.map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset))?;
    quiet(&mut network).await
}

async fn talker(names: &Names) -> Outcome {
    let (mut network, mut car) = connected(names).await?;
    let (asker, scope) = asker(&names.car).await?;
    let talk = async {
        loop {
            car.write_all(&[3; 4096]).await?;
        }
    };
    let listen = async {
        for turn in 0..1000 {
            if turn == 100 {
                asker.send_to(&REQUEST, all_nodes(scope)).await.map_err(said)?;
            }
            if let Event::Datagram { payload, .. } = next(&mut network).await? {
                return expect(payload, REQUEST.to_vec());
            }
        }
        Err("the question was not heard".to_owned())
    };
    tokio::select! {
        talked = talk => { let ended: io::Result<()> = talked; Err(format!("the car ended: {ended:?}")) }
        listened = listen => listened,
    }
}

async fn wrong_scope(names: &Names) -> Outcome {
    let (mut network, place) = listening(&names.charger).await?;
    // The address of the charger's end, asked for at the other pair: nobody there has it.
    let socket = TcpSocket::new_v6().map_err(said)?;
    socket.bind_device(Some(names.stranger.as_bytes())).map_err(said)?;
    let scope = link_local(&names.stranger, NET).await.map_err(said)?.scope;
    let to = SocketAddrV6::new(*place.ip(), place.port(), 0, scope);
    let reached = timeout(Duration::from_millis(100), socket.connect(to.into())).await;
    if let Ok(Ok(_)) = reached {
        return Err("it was reached from another interface".to_owned());
    }
    // Nor at the other end's own address, with the right port.
    let own = link_local(&names.other, NET).await.map_err(said)?;
    let refused = connect(&names.stranger, SocketAddrV6::new(own.address, place.port(), 0, 0)).await;
    expect(refused.is_err(), true)?;
    quiet(&mut network).await
}

async fn two_networks(names: &Names) -> Outcome {
    let (mut network, place) = listening(&names.charger).await?;
    let (mut beside, other) = listening(&names.other).await?;
    expect((place.port(), other.port()), (*PORTS.start(), *PORTS.start()))?;
    let car = connect(&names.car, place).await?;
    let stranger = connect(&names.stranger, other).await?;
    arrives(&mut network, &car).await?;
    arrives(&mut beside, &stranger).await
}

async fn taken_port(names: &Names) -> Outcome {
    let own = link_local(&names.charger, NET).await.map_err(said)?;
    let squatter = Socket::new(Domain::IPV6, Type::STREAM, None).map_err(said)?;
    // The checks before have left connections behind at that port, which are over.
    squatter.set_reuse_address(true).map_err(said)?;
    squatter.bind(&SocketAddrV6::new(own.address, *PORTS.start(), 0, own.scope).into()).map_err(said)?;
    squatter.listen(1).map_err(said)?;
    let (_network, place) = listening(&names.charger).await?;
    expect(place.port(), PORTS.start() + 1)?;
    // The port of SDP is one alone.
    expect(network(&names.charger).listen().await.map_err(|error| error.kind), Err(ErrorKind::Refused))
}

async fn deaf(names: &Names) -> Outcome {
    let (mut network, car) = connected(names).await?;
    let std::net::SocketAddr::V6(place) = car.peer_addr().map_err(said)? else { return Err("it is IPv6".to_owned()) };
    network.deafen().await.map_err(said)?;
    expect(connect(&names.car, place).await.is_err(), true)?;
    quiet(&mut network).await?;
    let place = network.listen().await.map_err(said)?;
    let car = connect(&names.car, place).await?;
    arrives(&mut network, &car).await?;
    // To listen again forgets the connection, without a word.
    network.listen().await.map_err(said)?;
    quiet(&mut network).await
}

fn ip(arguments: &[&str]) -> Outcome {
    let done = Command::new("ip").args(arguments).status().map_err(said)?;
    if done.success() { Ok(()) } else { Err(format!("ip {}: {done}", arguments.join(" "))) }
}

async fn down_and_up(names: &Names) -> Outcome {
    let (mut network, car) = connected(names).await?;
    ip(&["link", "set", &names.charger, "down"])?;
    let told = timeout(NET, network.next_event()).await;
    let again = network.listen().await;
    ip(&["link", "set", &names.charger, "up"])?;
    drop(car);
    let told = told.map_err(|_| "nobody noticed".to_owned())?;
    expect(told.map_err(|error| error.kind), Err(ErrorKind::Disconnected))?;
    expect(again.map_err(|error| error.kind), Err(ErrorKind::Disconnected))?;
    quiet(&mut network).await?;
    let place = network.listen().await.map_err(said)?;
    let mut car = connect(&names.car, place).await?;
    arrives(&mut network, &car).await?;
    car.write_all(b"again").await.map_err(said)?;
    expect(received(&mut network, 5).await?, b"again".to_vec())
}

async fn removed() -> Outcome {
    ip(&["link", "add", "gone0", "type", "veth", "peer", "name", "gone1"])?;
    for name in ["gone0", "gone1"] {
        ip(&["link", "set", name, "addrgenmode", "none"])?;
        ip(&["link", "set", name, "up"])?;
    }
    // Nobody has to be asked for an address that is set so.
    ip(&["address", "add", "fe80::7/64", "dev", "gone0", "nodad"])?;
    let (mut network, place) = listening("gone0").await?;
    expect(*place.ip(), Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 7))?;
    ip(&["link", "delete", "gone0"])?;
    let told = timeout(NET, network.next_event()).await.map_err(|_| "nobody noticed".to_owned())?;
    expect(told.map_err(|error| error.kind), Err(ErrorKind::Disconnected))?;
    expect(network.listen().await.map_err(|error| error.kind), Err(ErrorKind::Disconnected))
}
