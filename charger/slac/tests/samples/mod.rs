//! One frame of each message: its bytes, and what they mean. Addresses and keys are invented; the other fields are as captured,
//! where the message was.

// Each test takes what it needs.
#![allow(dead_code)]

use slac::modem::VendorMessage;
use slac::modem::lumissil::{HeaderTail, LumissilHeader, LumissilMessage};
use slac::modem::qca::{OpAttributesCnf, OpAttributesReq, QcaMessage, SwVerCnf};
use slac::modem::vertexcom::{StatusCnf, VersionCnf, VertexcomMessage};
use slac::{
    AmpMapCnf, AmpMapReq, AmplitudeMap, AttenCharInd, AttenCharRsp, AttenProfileInd, AttenuationProfile, BROADCAST,
    Frame, LOCAL_MODEM, MacAddress, Message, Nid, Nmk, RunId, SetKeyCnf, SetKeyReq, SignalType, SlacMatchCnf,
    SlacMatchReq, SlacParmCnf, SlacParmReq, SoundRandom, StartAttenCharInd, Text, ValidateCnf, ValidateReq,
    ValidateResult, ValidateTimer,
};

pub(crate) const CAR: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x0c]);
pub(crate) const EVSE: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x0a]);
pub(crate) const MODEM: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0x0b]);
pub(crate) const RUN: RunId = RunId([0x37, 0xf6, 0xd8, 0x5a, 0x6c, 0xa3, 0x4f, 0xcf]);
const NMK: Nmk = Nmk(*b"K1A28EFAYGQ9FDHZ");

const FROM_CAR: &str = "02000000000a 02000000000c 88e1";
const TO_CAR: &str = "02000000000c 02000000000a 88e1";
const TO_ALL: &str = "ffffffffffff 02000000000c 88e1";
const TO_MODEM: &str = "00b052000001 02000000000a 88e1";
const FROM_MODEM: &str = "02000000000a 02000000000b 88e1";
const RUN_ID: &str = "37f6d85a6ca34fcf";

/// A frame, its bytes up to the padding, and its name.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) frame: Frame,
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
    digits.chunks(2).map(|pair| (value(pair[0]) << 4) | value(pair[1])).collect()
}

/// Groups of 0 dB, 1 dB, and so on.
fn profile(groups: u8) -> AttenuationProfile {
    AttenuationProfile::new((0..groups).collect()).expect("no more than 255")
}

fn rising(length: u8) -> String {
    (0..length).map(|byte| format!("{byte:02x}")).collect()
}

fn text<const N: usize>(text: &str) -> Text<N> {
    let mut bytes = [0; N];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    Text(bytes)
}

pub(crate) fn samples() -> Vec<Sample> {
    matching().into_iter().chain(keys()).chain(vendors()).collect()
}

fn sample(name: &'static str, bytes: &[&str], ends: (MacAddress, MacAddress), message: impl Into<Message>) -> Sample {
    Sample { name, bytes: hex(&bytes.concat()), frame: Frame::new(ends.0, ends.1, message) }
}

fn matching() -> Vec<Sample> {
    let request = SlacMatchReq::new(CAR, EVSE, RUN);
    let nid = Nid::of(&NMK, Nid::SIMPLE_CONNECT);
    let confirm = SlacMatchCnf::new(&request, nid, NMK);
    let (ready, success) = (ValidateResult::Ready, ValidateResult::Success);
    let toggle = ValidateReq { signal: SignalType::S2_TOGGLES, timer: ValidateTimer(19), result: ready };
    let toggled = ValidateCnf { signal: SignalType::S2_TOGGLES, toggles: 3, result: success };
    let zeros = "00".repeat(17);
    vec![
        sample(
            "CM_SLAC_PARM.REQ",
            &[TO_ALL, "01 6460 0000", "00 00", RUN_ID],
            (BROADCAST, CAR),
            Message::SlacParmReq(SlacParmReq::new(RUN)),
        ),
        sample(
            "CM_SLAC_PARM.CNF",
            &[TO_CAR, "01 6560 0000", "ffffffffffff 0a 06 01 02000000000c 00 00", RUN_ID],
            (CAR, EVSE),
            Message::SlacParmCnf(SlacParmCnf::new(CAR, RUN)),
        ),
        sample(
            "CM_START_ATTEN_CHAR.IND",
            &[TO_ALL, "01 6a60 0000", "00 00 0a 06 01 02000000000c", RUN_ID],
            (BROADCAST, CAR),
            Message::StartAttenCharInd(StartAttenCharInd::new(CAR, RUN)),
        ),
        sample(
            "CM_MNBC_SOUND.IND",
            &[TO_ALL, "01 7660 0000", "00 00", &zeros, "09", RUN_ID, "0000000000000000", &rising(16)],
            (BROADCAST, CAR),
            Message::MnbcSoundInd(slac::MnbcSoundInd::new(RUN, 9, SoundRandom(std::array::from_fn(|at| at as u8)))),
        ),
        sample(
            "CM_ATTEN_PROFILE.IND",
            &["ffffffffffff 02000000000b 88e1", "01 8660 0000", "02000000000c 3a 00", &rising(58)],
            (BROADCAST, MODEM),
            Message::AttenProfileInd(AttenProfileInd { car: CAR, reserved: 0, profile: profile(58) }),
        ),
        sample(
            "CM_ATTEN_CHAR.IND",
            &[TO_CAR, "01 6e60 0000", "00 00 02000000000c", RUN_ID, &zeros, &zeros, "0a 3a", &rising(58)],
            (CAR, EVSE),
            Message::AttenCharInd(AttenCharInd::new(CAR, RUN, 10, profile(58))),
        ),
        sample(
            "CM_ATTEN_CHAR.RSP",
            &[FROM_CAR, "01 6f60 0000", "00 00 02000000000c", RUN_ID, &zeros, &zeros, "00"],
            (EVSE, CAR),
            Message::AttenCharRsp(AttenCharRsp::new(CAR, RUN)),
        ),
        sample("CM_VALIDATE.REQ", &[FROM_CAR, "01 7860 0000", "00 13 01"], (EVSE, CAR), Message::ValidateReq(toggle)),
        sample("CM_VALIDATE.CNF", &[TO_CAR, "01 7960 0000", "00 03 02"], (CAR, EVSE), Message::ValidateCnf(toggled)),
        sample(
            "CM_SLAC_MATCH.REQ",
            &[
                FROM_CAR,
                "01 7c60 0000",
                "00 00 3e00",
                &zeros,
                "02000000000c",
                &zeros,
                "02000000000a",
                RUN_ID,
                "0000000000000000",
            ],
            (EVSE, CAR),
            Message::SlacMatchReq(request),
        ),
        sample(
            "CM_SLAC_MATCH.CNF",
            &[
                TO_CAR,
                "01 7d60 0000",
                "00 00 5600",
                &zeros,
                "02000000000c",
                &zeros,
                "02000000000a",
                RUN_ID,
                "0000000000000000 7e7298c7272d00 00 4b31413238454641594751394644485a",
            ],
            (CAR, EVSE),
            Message::SlacMatchCnf(confirm),
        ),
    ]
}

fn keys() -> Vec<Sample> {
    let nid = Nid::of(&NMK, Nid::SIMPLE_CONNECT);
    let map = AmplitudeMap::new(&[1, 2, 15]).expect("steps of four bits");
    vec![
        sample(
            "CM_SET_KEY.REQ",
            &[
                TO_MODEM,
                "01 0860 0000",
                "01 aaaaaaaa 00000000 04 0000 00 00 7e7298c7272d00 01 4b31413238454641594751394644485a",
            ],
            (LOCAL_MODEM, EVSE),
            Message::SetKeyReq(SetKeyReq::new(0xaaaa_aaaa, nid, NMK)),
        ),
        sample(
            "CM_SET_KEY.CNF",
            &[FROM_MODEM, "01 0960 0000", "01 3c7efacf aaaaaaaa 04 0000 ff 00"],
            (EVSE, MODEM),
            Message::SetKeyCnf(SetKeyCnf::new(1, 0xcffa_7e3c, 0xaaaa_aaaa)),
        ),
        sample(
            "CM_AMP_MAP.REQ",
            &[TO_CAR, "02 1c60 0000", "0300 21 0f"],
            (CAR, EVSE),
            Message::AmpMapReq(AmpMapReq { map }),
        ),
        sample(
            "CM_AMP_MAP.CNF",
            &[FROM_CAR, "02 1d60 0000", "00"],
            (EVSE, CAR),
            Message::AmpMapCnf(AmpMapCnf { result: 0 }),
        ),
    ]
}

fn vendors() -> Vec<Sample> {
    let to = (LOCAL_MODEM, EVSE);
    let from = (EVSE, MODEM);
    let qca = |message| Message::Vendor(VendorMessage::Qca(message));
    let lumissil = |message| Message::Vendor(VendorMessage::Lumissil(message));
    let vertexcom = |message| Message::Vendor(VendorMessage::Vertexcom(message));
    let asking = "0000 00000000 00 000000000000000000000000";
    let telling = "0004 00000000 ff 000000000000000000000000";
    let header = LumissilHeader { version: 0x0400, reserved: 0, request: 0xff, tail: HeaderTail([0; 12]) };
    let version = VersionCnf {
        result: 0,
        device: 0x0100,
        image: 0,
        application: text("1.2"),
        stack: text("AV 3"),
        name: text("plc"),
        boot: text("4"),
    };
    let status = StatusCnf {
        result: 0,
        status: 2,
        coordinator: 1,
        preferred_coordinator: 1,
        backup_coordinator: 0,
        proxy_coordinator: 0,
        simple_connect: 1,
        link: 1,
        ready: 1,
        frequency_error: -2,
        frequency_offset: 3,
        uptime: 4,
        authenticated: 5,
        authentications: 6,
    };
    let texts = ["312e32", &"00".repeat(13), "4156 2033", &"00".repeat(60), "706c63", &"00".repeat(13), "34"].concat();
    vec![
        sample("VS_SW_VER.REQ", &[TO_MODEM, "00 00a0 00b052"], to, qca(QcaMessage::SwVerReq)),
        sample(
            "VS_SW_VER.CNF",
            &[FROM_MODEM, "00 01a0 00b052", "00 22 07 4d41432d514341"],
            from,
            qca(QcaMessage::SwVerCnf(SwVerCnf::new(0, 0x22, "MAC-QCA"))),
        ),
        sample("VS_RS_DEV.REQ", &[TO_MODEM, "00 1ca0 00b052"], to, qca(QcaMessage::RsDevReq)),
        sample("VS_RS_DEV.CNF", &[FROM_MODEM, "00 1da0 00b052", "00"], from, qca(QcaMessage::RsDevCnf { status: 0 })),
        sample(
            "VS_OP_ATTRIBUTES.REQ",
            &[TO_MODEM, "00 68a0 00b052", "45230100 00"],
            to,
            qca(QcaMessage::OpAttributesReq(OpAttributesReq { cookie: 0x0001_2345, report: 0 })),
        ),
        sample(
            "VS_OP_ATTRIBUTES.CNF",
            &[FROM_MODEM, "00 69a0 00b052", "0000 45230100 00 0400 01020304"],
            from,
            qca(QcaMessage::OpAttributesCnf(OpAttributesCnf::new(0x0001_2345, vec![1, 2, 3, 4]))),
        ),
        sample("VS_PL_LINK_STATUS.REQ", &[TO_MODEM, "00 b8a0 00b052"], to, qca(QcaMessage::LinkStatusReq)),
        sample(
            "VS_PL_LINK_STATUS.CNF",
            &[FROM_MODEM, "00 b9a0 00b052", "00 01"],
            from,
            qca(QcaMessage::LinkStatusCnf { status: 0, link: 1 }),
        ),
        sample(
            "NSCM_GET_VERSION.REQ",
            &[TO_MODEM, "01 6cac 0000 0016e8", asking],
            to,
            lumissil(LumissilMessage::GetVersionReq(LumissilHeader::ASKING)),
        ),
        sample(
            "NSCM_GET_VERSION.CNF",
            &[FROM_MODEM, "01 6dac 0000 0016e8", telling, "0100 0200 0300 0400"],
            from,
            lumissil(LumissilMessage::GetVersionCnf { header, version: [1, 2, 3, 4] }),
        ),
        sample(
            "NSCM_RESET_DEVICE.REQ",
            &[TO_MODEM, "01 70ac 0000 0016e8", asking, "00"],
            to,
            slac::modem::LUMISSIL.reset,
        ),
        sample(
            "NSCM_GET_D_LINK_STATUS.REQ",
            &[TO_MODEM, "01 9cac 0000 0016e8", asking],
            to,
            slac::modem::LUMISSIL.link_status,
        ),
        sample(
            "NSCM_GET_D_LINK_STATUS.CNF",
            &[FROM_MODEM, "01 9dac 0000 0016e8", telling, "01"],
            from,
            lumissil(LumissilMessage::GetDLinkStatusCnf { header, link: 1 }),
        ),
        sample(
            "NSCM_D_LINK_READY.IND",
            &[FROM_MODEM, "01 02a0 0000 0016e8", "01"],
            from,
            lumissil(LumissilMessage::DLinkReadyInd { link: 1 }),
        ),
        sample(
            "NSCM_VS_HOST_MESSAGE_STATUS.IND",
            &[FROM_MODEM, "01 a2ac 0000 0016e8", telling, "02"],
            from,
            lumissil(LumissilMessage::HostMessageStatusInd { header, status: 2 }),
        ),
        sample(
            "VS_GET_VERSION.REQ",
            &[TO_MODEM, "01 00a0 0000 0013d7"],
            to,
            vertexcom(VertexcomMessage::GetVersionReq),
        ),
        sample(
            "VS_GET_VERSION.CNF",
            &[FROM_MODEM, "01 01a0 0000 0013d7", "00 0001 00", &texts, &"00".repeat(63)],
            from,
            vertexcom(VertexcomMessage::GetVersionCnf(version)),
        ),
        sample("VS_RESET.REQ", &[TO_MODEM, "01 08a0 0000 0013d7"], to, vertexcom(VertexcomMessage::ResetReq)),
        sample(
            "VS_RESET.CNF",
            &[FROM_MODEM, "01 09a0 0000 0013d7", "00"],
            from,
            vertexcom(VertexcomMessage::ResetCnf { result: 0 }),
        ),
        sample("VS_GET_STATUS.REQ", &[TO_MODEM, "01 30a0 0000 0013d7"], to, vertexcom(VertexcomMessage::GetStatusReq)),
        sample(
            "VS_GET_STATUS.CNF",
            &[
                FROM_MODEM,
                "01 31a0 0000 0013d7",
                "00 02 01 01 00 00 01 01 01",
                "feffffffffffffff 0300000000000000 0400000000000000 0500000000000000 0600",
            ],
            from,
            vertexcom(VertexcomMessage::GetStatusCnf(status)),
        ),
    ]
}
