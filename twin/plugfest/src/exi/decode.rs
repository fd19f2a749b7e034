//! `plugfest exi decode`.

use exi::{SchemaSet, xml};
use features::print;
use iso15118::v2gtp::{Frame, HEADER, PayloadType};
use iso15118::vector::Layout;
use iso15118::{Protocol, schemas, set_of};

use super::input::{self, Coding};
use super::message::{Reading, expected};
use super::{FINDING, difference, spans};
use crate::cli::Decode;

/// Prints what was given; answers the exit code.
///
/// # Errors
/// The input cannot be read, in words.
pub(super) fn decode(options: &Decode) -> Result<i32, String> {
    let forced = match (options.hex, options.base64) {
        (true, _) => Some(Coding::Hex),
        (_, true) => Some(Coding::Base64),
        _ => None,
    };
    let octets = input::octets(options.input.as_deref(), forced)?.what;
    let Unpacked { carried, mut findings } = unpack(&octets);
    let several = carried.len() > 1;
    for (number, one) in (1..).zip(&carried) {
        let place = if several { format!("message {number}: ") } else { String::new() };
        if !message(options, &place, one) {
            findings.push(String::new());
        }
    }
    for finding in findings.iter().filter(|finding| !finding.is_empty()) {
        print::complain(format_args!("{finding}"));
    }
    Ok(if findings.is_empty() { 0 } else { FINDING })
}

/// A stream, and under which payload type it came.
struct Carried<'a> {
    payload_type: Option<PayloadType>,
    octets: &'a [u8],
}

struct Unpacked<'a> {
    carried: Vec<Carried<'a>>,
    /// What is wrong with the headers.
    findings: Vec<String>,
}

/// Takes V2GTP headers off; what has none is one stream.
fn unpack(octets: &[u8]) -> Unpacked<'_> {
    let (mut carried, mut findings) = (Vec::new(), Vec::new());
    if !matches!(octets, [0x01, 0xfe, ..]) {
        carried.push(Carried { payload_type: None, octets });
        return Unpacked { carried, findings };
    }
    let mut at = 0;
    while at < octets.len() {
        let rest = &octets[at..];
        match Frame::decode(rest) {
            Ok(Some((frame, count))) => {
                carried.push(Carried { payload_type: Some(frame.payload_type), octets: &rest[HEADER..count] });
                at += count;
                continue;
            }
            Err(error) => findings.push(format!("octet {at}: {error}")),
            Ok(None) => match *rest {
                [_, _, kind, low, a, b, c, d, ref payload @ ..] => {
                    let length = u32::from_be_bytes([a, b, c, d]);
                    let there = payload.len();
                    findings
                        .push(format!("octet {at}: a V2GTP payload of {length} octets, of which {there} are there"));
                    let payload_type = Some(PayloadType(u16::from_be_bytes([kind, low])));
                    // What is there may be all of it: then it is the length that lies.
                    carried.extend((there > 0).then_some(Carried { payload_type, octets: payload }));
                }
                _ => findings
                    .push(format!("octet {at}: a V2GTP header of {HEADER} octets, of which {} are there", rest.len())),
            },
        }
        break;
    }
    Unpacked { carried, findings }
}

/// The sets whose messages come under a payload type; `None` for one that carries no EXI.
fn sets_of(payload_type: PayloadType) -> Option<Vec<&'static SchemaSet>> {
    let protocols = [None, Some(Protocol::Din), Some(Protocol::Iso2), Some(Protocol::Iso20)];
    let sets: Vec<_> = protocols.into_iter().filter_map(|protocol| set_of(protocol, payload_type)).collect();
    match payload_type {
        PayloadType::SDP_REQUEST
        | PayloadType::SDP_RESPONSE
        | PayloadType::SDP_REQUEST_WIRELESS
        | PayloadType::SDP_RESPONSE_WIRELESS => None,
        // Of a manufacturer, or reserved: it may be anything.
        _ if sets.is_empty() => Some(schemas::ALL.to_vec()),
        _ => Some(sets),
    }
}

/// Prints one message; answers whether it is clean.
fn message(options: &Decode, place: &str, carried: &Carried<'_>) -> bool {
    let tell = |what: &str| print::complain(format_args!("{place}{what}"));
    let layout = if options.fragment { Layout::Fragment } else { Layout::Document };
    let sets = match carried.payload_type.map(|payload_type| (payload_type, sets_of(payload_type))) {
        None => schemas::ALL.to_vec(),
        Some((_, Some(sets))) => sets,
        Some((payload_type, None)) => {
            tell(&format!("payload type {payload_type} carries no EXI"));
            return false;
        }
    };
    let reading = match options.set {
        Some(set) => {
            if let Some(payload_type) = carried.payload_type
                && !sets.iter().any(|known| known.name == set.name)
            {
                let names: Vec<_> = sets.iter().map(|set| set.name).collect();
                tell(&format!(
                    "payload type {payload_type} carries messages of {}, not {}",
                    names.join(", "),
                    set.name
                ));
            }
            match Reading::new(set, layout, carried.octets) {
                Ok(reading) => reading,
                Err(error) => {
                    tell(&format!("{}: {}", set.name, expected(set, layout, &error)));
                    return false;
                }
            }
        }
        None => match search(&sets, layout, carried.octets, tell) {
            Some(reading) => reading,
            None => return false,
        },
    };
    let printed = show(options, &reading);
    if let Err(why) = &printed {
        tell(why);
    }
    remarks(options, &reading, carried.octets, tell) && printed.is_ok()
}

/// Tries the sets; says which fit, or why none does.
fn search(sets: &[&'static SchemaSet], layout: Layout, octets: &[u8], tell: impl Fn(&str)) -> Option<Reading> {
    // No set can read what begins with neither the distinguishing bits of EXI nor its cookie, `$EXI`.
    if let Some(first) = octets.first()
        && first >> 6 != 0b10
        && *first != b'$'
    {
        tell(&format!("it begins with {first:02x}: expected 80, as messages of EXI do, or 01 fe, as V2GTP does"));
        return None;
    }
    let (mut fit, mut misfit) = (Vec::new(), Vec::new());
    for set in sets {
        match Reading::whole(set, layout, octets) {
            Ok(reading) => fit.push(reading),
            Err(why) => misfit.push(format!("{}: {why}", set.name)),
        }
    }
    let least = fit.iter().map(Reading::chance).min();
    fit.retain(|reading| Some(reading.chance()) == least);
    // The sort is stable: among equals the order of the sets holds.
    fit.sort_by_key(|reading| !reading.is_same);
    let names: Vec<_> = fit.iter().map(|reading| reading.set.name).collect();
    let names = names.join(", ");
    let several = fit.len() > 1;
    match fit.into_iter().next() {
        Some(taken) if several => {
            tell(&format!("{}: {} (fit: {names}; --set takes another)", taken.set.name, taken.name()));
            Some(taken)
        }
        Some(taken) => {
            tell(&format!("{}: {}", taken.set.name, taken.name()));
            Some(taken)
        }
        None => {
            misfit.iter().for_each(|why| tell(why));
            let (other, hint) = match layout {
                Layout::Document => (Layout::Fragment, "an element alone: --fragment"),
                Layout::Fragment => (Layout::Document, "a whole message: without --fragment"),
            };
            if let Some(reading) = sets.iter().find_map(|set| Reading::whole(set, other, octets).ok()) {
                tell(&format!("it may be {hint} ({}: {})", reading.set.name, reading.name()));
            }
            None
        }
    }
}

fn show(options: &Decode, reading: &Reading) -> Result<(), String> {
    if options.xml {
        let text = xml::write(reading.set, &reading.tree).map_err(|error| format!("it cannot be XML: {error}"))?;
        print::line(format_args!("{}", text.trim_end()));
    } else {
        let text =
            serde_json::to_string_pretty(&reading.tree).map_err(|error| format!("it cannot be JSON: {error}"))?;
        print::line(format_args!("{text}"));
    }
    if options.spans {
        print::print(format_args!("\n{}", spans::list(&reading.tree, &reading.spans)));
    }
    Ok(())
}

/// What there is to say about a message that was read; answers whether none of it is a finding.
fn remarks(options: &Decode, reading: &Reading, octets: &[u8], tell: impl Fn(&str)) -> bool {
    let mut clean = true;
    if reading.trailing > 0 {
        let end = octets.len() - reading.trailing;
        tell(&format!("{} octets follow after the message (octet {end}, bit 0)", reading.trailing));
        clean = false;
    }
    if let Some(error) = &reading.facets {
        tell(&format!("the schema does not allow it: {error}"));
        clean = clean && !options.facets;
    }
    for line in difference::lines(reading, octets) {
        tell(&line);
    }
    clean
}
