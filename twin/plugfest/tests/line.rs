//! Our car at our station, as two programs on a veth pair between two network namespaces, which the test makes itself.

#![cfg(target_os = "linux")]

mod common;

use std::process::{Command, Output};

use common::{Folder, code, plugfest, said};

/// Two namespaces with an interface each: the station in one, the car in the other, and between them a veth pair, or a pair to each
/// of two modem models. Says how each ended.
const SCRIPT: &str = r#"
set -eu
plugfest=$1 out=$2 protocol=$3 kind=$4 modems=$5
mount -t tmpfs tmpfs /run
for name in car station; do ip netns add "$name"; done
if [ -n "$modems" ]; then
  link=
  for name in car station; do
    ip link add "$name-modem" type veth peer name "${name}0" netns "$name"
    # This kernel is no host on the line.
    sysctl -qw "net.ipv6.conf.$name-modem.disable_ipv6=1"
    ip link set "$name-modem" up
  done
else
  link=--no-slac
  ip link add car0 netns car type veth peer name station0 netns station
fi
for name in car station; do
  # Otherwise the addresses cannot be used for two seconds.
  ip netns exec "$name" sysctl -qw "net.ipv6.conf.${name}0.accept_dad=0"
  ip -n "$name" link set "${name}0" up
done
if [ -n "$modems" ]; then
  "$plugfest" cable station-modem car-modem >"$out/line.txt" 2>&1 &
  ip netns exec station "$plugfest" modem station0 >"$out/modem.txt" 2>&1 || true
fi
ip netns exec station timeout -k 5 90 "$plugfest" station --interface station0 $link --protocol "$protocol" --kind "$kind" \
  --sessions 1 --no-timing --record "$out/station" >"$out/station.txt" 2>&1 &
station=$!
car=0 end=0
ip netns exec car timeout -k 5 60 "$plugfest" vehicle --interface car0 $link --car van-22 --protocol "$protocol" \
  --kind "$kind" --for 1 --no-timing --record "$out/car" >"$out/car.txt" 2>&1 || car=$?
wait "$station" || end=$?
echo "car $car, station $end"
"#;

/// What runs in namespaces of its own; `None` where this machine makes none for us, which is told.
fn apart(arguments: &[&str]) -> Option<Output> {
    let unshare = |program: &[&str]| {
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        Command::new("unshare").args(["-rnmp", "--fork", "--kill-child"]).args(program).env("PATH", path).output()
    };
    let ready = unshare(&["sh", "-c", "mount -t tmpfs tmpfs /run && ip netns add try"]);
    if !ready.is_ok_and(|output| output.status.success()) {
        println!("skipped: this machine makes no network namespaces (unshare -rnmp, ip netns)");
        return None;
    }
    Some(unshare(arguments).expect("it began a moment ago"))
}

/// Charges, and looks at what both have recorded; `None` where that cannot be done here.
fn charges(protocol: &str, kind: &str, modems: &str, messages: &[&str]) -> Option<Folder> {
    let folder = Folder::new(&format!("line-{protocol}-{kind}-{}", modems.len()));
    let out = folder.text(".");
    let output = apart(&["sh", "-c", SCRIPT, "sh", common::PLUGFEST, &out, protocol, kind, modems])?;
    let words = format!("{}\n{}\n{}", said(&output), folder.read("car.txt"), folder.read("station.txt"));
    assert!(words.starts_with("car 0, station 0"), "{words}");
    for end in ["car", "station"] {
        let live = folder.read(&format!("{end}.txt"));
        let capture = folder.text(&format!("{end}/plc.pcapng"));
        let decoded = said(&plugfest(&["decode", &capture]));
        for message in messages {
            assert!(live.contains(message) && decoded.contains(message), "{end}: no {message}\n{live}\n{decoded}");
        }
        let judged = plugfest(&["judge", "--no-timing", &capture]);
        assert_eq!(code(&judged), 0, "{end}: {}", said(&judged));
        let events = folder.read(&format!("{end}/events.ndjson"));
        assert!(events.contains(r#""source":"judge","kind":"verdict""#), "{events}");
        assert!(folder.read(&format!("{end}/report.html")).contains("CurrentDemand") == (kind == "dc"));
    }
    Some(folder)
}

#[test]
fn matching_over_two_modems() {
    let messages = ["CM_SLAC_PARM.REQ", "CM_SLAC_MATCH.CNF", "SDP response", "CurrentDemandRes", "SessionStopRes"];
    let Some(folder) = charges("iso2", "dc", "modems", &messages) else { return };
    let found = folder.read("modem.txt");
    assert!(found.contains("02:00:00:00:00:0b") && found.contains("MAC-QCA7005-MODEL"), "{found}");
}

#[test]
fn direct_current_by_din_70121() {
    charges("din", "dc", "", &["ContractAuthenticationReq", "CableCheckRes", "CurrentDemandRes", "SessionStopRes"]);
}

#[test]
fn direct_current_by_iso_15118_2() {
    charges("iso2", "dc", "", &["AuthorizationReq", "CableCheckRes", "CurrentDemandRes", "SessionStopRes"]);
}

#[test]
fn alternating_current_by_iso_15118_2() {
    charges("iso2", "ac", "", &["AuthorizationReq", "ChargingStatusRes", "SessionStopRes"]);
}

#[test]
fn what_is_not_there_is_told() {
    for (arguments, words) in [
        (vec!["station", "--interface", "no-such-if", "--no-slac"], "no-such-if"),
        (vec!["station", "--interface", "lo", "--no-slac", "--like", "nowhere"], "nowhere: station: one of"),
        (vec!["station", "--interface", "lo", "--protocol", "din", "--kind", "ac"], "--protocol din"),
        (vec!["vehicle", "--interface", "lo", "--car", "nowhere"], "nowhere: car: one of"),
        (vec!["vehicle", "--interface", "lo", "--car", "renault-zoe", "--kind", "dc"], "no inlet for direct current"),
        (vec!["modem", "no/such"], "no/such"),
        (vec!["cable", "no-such-if", "lo"], "no-such-if"),
        (vec!["cable", "lo", "lo"], "expected two interfaces"),
    ] {
        let output = plugfest(&arguments);
        let said = said(&output);
        assert!(code(&output) == 2 && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        assert!(!said.contains("panicked"), "{said}");
    }
}
