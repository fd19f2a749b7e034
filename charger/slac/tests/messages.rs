//! Each message as bytes and as a value, both ways; what is not known keeps its bytes; and what a log shows of a frame.

mod samples;

use std::collections::BTreeSet;

use samples::{CAR, EVSE, MODEM, RUN, hex, samples};
use slac::modem::qca::QcaMessage;
use slac::modem::{FAMILIES, VendorMessage};
use slac::{
    AmplitudeMap, AttenuationProfile, Fragment, Frame, FrameError, HeaderVersion, MIN_FRAME, Message, MmType,
    Operation, Other, Oui, Padding, SecurityType, SlacParmCnf, SlacParmReq, SoundTimeout, ValidateResult,
    ValidateTimer, timing,
};

#[test]
fn each_message_is_read_and_written() {
    let mut names = BTreeSet::new();
    for sample in samples() {
        let mut padded = sample.bytes.clone();
        padded.resize(padded.len().max(MIN_FRAME), 0);
        assert_eq!(sample.frame.encode(), padded, "{}", sample.name);
        assert_eq!(Frame::decode(&padded), Ok(sample.frame.clone()), "{}", sample.name);
        assert_eq!(sample.frame.message.name(), sample.name);
        assert!(names.insert(sample.name), "{} is there twice", sample.name);
    }
    assert_eq!(names.len(), 36);
}

#[test]
fn a_frame_that_is_not_padded_comes_back_as_short_as_it_was() {
    for sample in samples() {
        let frame = Frame::decode(&sample.bytes).expect("all of its message is there");
        let padding = if sample.bytes.len() < MIN_FRAME { Padding::Bytes(Vec::new()) } else { Padding::Shortest };
        assert_eq!((frame.padding.clone(), &frame.message), (padding, &sample.frame.message), "{}", sample.name);
        assert_eq!(frame.encode(), sample.bytes);
    }
}

#[test]
fn bytes_behind_a_message_and_in_reserved_fields_are_kept() {
    // A car adds 14 bytes of its own to CM_SLAC_PARM.REQ.
    let tail = "0101c0fbb6d3c30000502800";
    let parm =
        hex(&["ffffffffffff 02000000000c 88e1 01 6460 0000 00 00 37f6d85a6ca34fcf", &*"00".repeat(33), tail].concat());
    assert_eq!(parm.len(), 74);
    let frame = Frame::decode(&parm).expect("a request");
    assert_eq!(frame.message, Message::SlacParmReq(SlacParmReq::new(RUN)));
    assert_eq!(frame.encode(), parm);
    for sample in samples() {
        let mut bytes = sample.frame.encode();
        bytes.iter_mut().skip(sample.bytes.len()).for_each(|byte| *byte = 0xee);
        let frame = Frame::decode(&bytes).expect("only its padding changed");
        assert_eq!(frame.message, sample.frame.message);
        assert_eq!(frame.encode(), bytes);
    }
    let reserved = hex("ffffffffffff 02000000000b 88e1 01 8660 0000 02000000000c 01 77 2a");
    assert_eq!(Frame::decode(&reserved).expect("a profile").encode(), reserved);
}

#[test]
fn what_is_not_known_keeps_its_bytes() {
    let ends = "02000000000a 02000000000b 88e1";
    let seen = |text: &str| {
        let bytes = hex(&[ends, text].concat());
        let frame = Frame::decode(&bytes).expect("a frame");
        assert_eq!(frame.encode(), bytes);
        frame
    };
    let other = |kind, oui, entry| Message::Other(Other { kind: MmType(kind), oui, entry: hex(entry) });
    let other_vendor = seen("00 01a0 001122 00 22 33");
    assert_eq!(other_vendor.message, other(0xa001, Some(Oui([0x00, 0x11, 0x22])), "002233"));
    assert_eq!(other_vendor.message.name(), "MMTYPE 0xa001 of 00:11:22");
    // Memory of a Qualcomm: known to its vendor, not to us. The same number resets a Vertexcom.
    assert_eq!(seen("00 08a0 00b052 01").message, other(0xa008, Some(Oui([0x00, 0xb0, 0x52])), "01"));
    let get_key = seen("01 0d60 0000 00 01 02");
    assert_eq!((get_key.message.name(), get_key.message.oui()), ("CM_GET_KEY.CNF".into(), None));
    assert_eq!(seen("01 fe5f 0000 aa").message.name(), "MMTYPE 0x5ffe");
    // A later piece of a long message has neither OUI nor the beginning of its fields.
    let piece = seen("01 01a0 2107 00b052 00");
    assert_eq!((piece.fragment, piece.message), (Fragment([0x21, 0x07]), other(0xa001, None, "00b05200")));
    assert_eq!((piece.fragment.index(), piece.fragment.count(), piece.fragment.sequence()), (1, 3, 7));
    // The first piece is read as what it is, and so is a message with another header than the usual.
    assert_eq!(seen("01 7960 1000 00 00 01").message.name(), "CM_VALIDATE.CNF");
    assert_eq!(seen("02 1da0 0000 00b052 00").message, QCA_RESETS);
    assert_eq!(seen("00 1da0 00b052 00").message, QCA_RESETS);
}

const QCA_RESETS: Message = Message::Vendor(VendorMessage::Qca(QcaMessage::RsDevCnf { status: 0 }));

#[test]
fn what_is_no_management_is_told_apart() {
    let short = |length, part, field, end| Err(FrameError::Short { length, part, field, end });
    assert_eq!(Frame::decode(&[0; 13]), short(13, "the Ethernet header", "EtherType", 14));
    assert_eq!(Frame::decode(&[0; 60]), Err(FrameError::EtherType(0)));
    let header = hex("02000000000a 02000000000b 88e1 07 0960 0000");
    assert_eq!(Frame::decode(&header), Err(FrameError::Version(7)));
    // A version that claims more bytes than there are, and a profile that has fewer groups than it says.
    let version = hex("02000000000a 02000000000b 88e1 00 01a0 00b052 00 22 ff 41");
    assert_eq!(Frame::decode(&version), short(24, "VS_SW_VER.CNF", "version", 278));
    let profile = hex("ffffffffffff 02000000000b 88e1 01 8660 0000 02000000000c 3a 00 14");
    let error = Frame::decode(&profile).expect_err("57 groups are missing");
    let text =
        "the frame ends after 28 bytes: expected attenuation of all groups of CM_ATTEN_PROFILE.IND up to byte 85";
    assert_eq!(error.to_string(), text);
}

#[test]
fn public_keys_bring_cipher_suites() {
    let security = SecurityType::PUBLIC_KEY;
    let request = SlacParmReq { security, cipher_suites: vec![1, 0x0203], ..SlacParmReq::new(RUN) };
    let confirm = SlacParmCnf { security, cipher_suite: Some(0x0203), ..SlacParmCnf::new(CAR, RUN) };
    let frame = Frame::new(EVSE, CAR, Message::SlacParmReq(request));
    assert_eq!(frame.encode()[29..34], [2, 1, 0, 3, 2]);
    assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    let frame = Frame::new(CAR, EVSE, Message::SlacParmCnf(confirm));
    assert_eq!(frame.encode()[44..46], [3, 2]);
    assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
}

#[test]
fn values_say_what_they_mean() {
    assert_eq!(SoundTimeout::STANDARD.duration(), timing::TT_EVSE_MATCH_MNBC);
    assert_eq!((ValidateTimer(0).duration().as_millis(), ValidateTimer(19).duration().as_millis()), (100, 2000));
    assert!((0..=u8::MAX).all(|number| ValidateResult::of(number).number() == number));
    assert_eq!(AttenuationProfile::new(vec![0; 256]), None);
    assert_eq!(AttenuationProfile::new(vec![9; 255]).map(|profile| profile.count()), Some(255));
    assert_eq!(AmplitudeMap::new(&[16]), None);
    let map = AmplitudeMap::new(&[1, 2, 15]).expect("four bits each");
    assert_eq!((map.carriers(), map.steps().collect::<Vec<_>>()), (3, vec![1, 2, 15]));
    let operations = [0x6078, 0x6079, 0x6086, 0x606f].map(|kind| MmType(kind).operation());
    assert_eq!(operations, [Operation::Request, Operation::Confirm, Operation::Indication, Operation::Response]);
    assert_eq!(
        (MmType::SET_KEY_REQ.answer(), MmType::ATTEN_CHAR_IND.answer()),
        (MmType::SET_KEY_CNF, MmType::ATTEN_CHAR_RSP)
    );
    assert_eq!(
        (0..4).map(|number| HeaderVersion::of(number).map(HeaderVersion::number)).collect::<Vec<_>>(),
        [Some(0), Some(1), Some(2), None]
    );
}

/// What a host asks each family, and what it makes of the answer.
#[test]
fn each_family_of_modems_has_its_questions_and_answers() {
    let all = samples();
    for family in &FAMILIES {
        for question in [&family.version, &family.link_status, &family.reset] {
            assert_eq!((question.family(), question.oui()), (family, family.oui));
            assert_eq!(question.kind().operation(), Operation::Request);
            let bytes = Frame::new(MODEM, EVSE, question.clone()).encode();
            assert_eq!(Frame::decode(&bytes).map(|frame| frame.message), Ok(Message::Vendor(question.clone())));
        }
        let answers: Vec<_> = all
            .iter()
            .filter_map(|sample| match &sample.frame.message {
                Message::Vendor(answer) if answer.family() == family => Some(answer),
                _ => None,
            })
            .collect();
        let answer_to =
            |question: &VendorMessage| answers.iter().find(|answer| answer.kind() == question.kind().answer());
        assert_eq!(answer_to(&family.link_status).and_then(|answer| answer.link()), Some(true), "{}", family.name);
        let software = answer_to(&family.version).and_then(|answer| answer.software()).expect("it says its software");
        assert!(["MAC-QCA", "1.2.3.4", "1.2 AV 3"].contains(&software.as_str()), "{software}");
        assert_eq!(answer_to(&family.reset).is_some(), family.confirms_reset, "{}", family.name);
        let told =
            answers.iter().any(|answer| answer.kind().operation() == Operation::Indication && answer.link().is_some());
        assert_eq!(told, family.tells_link, "{}", family.name);
    }
}

/// The report of a captured modem, without its tail.
#[test]
fn a_qualcomm_says_what_it_is() {
    let report = [
        "51434137303030 000000000000000000 4d4143 00000000000000000000000000",
        "03000000 00000000 00000000 12000000 00000000 3230323230383236 435300000000000000000000",
        &*"00".repeat(46),
    ];
    let bytes =
        hex(&["02000000000a 02000000000b 88e1 00 69a0 00b052 0000 45230100 00 7600", &report.concat()].concat());
    let frame = Frame::decode(&bytes).expect("a report");
    assert_eq!(frame.encode(), bytes);
    let Message::Vendor(VendorMessage::Qca(QcaMessage::OpAttributesCnf(report))) = frame.message else {
        panic!("got {}", frame.message.name())
    };
    let attributes = report.attributes().expect("as bytes");
    assert_eq!(attributes.hardware.to_string(), "QCA7000");
    assert_eq!((attributes.software.to_string().as_str(), attributes.version), ("MAC", [3, 0, 0, 18]));
    assert_eq!((attributes.built.to_string(), attributes.release.to_string()), ("20220826".into(), "CS".into()));
}

#[test]
fn only_messages_of_matching_pass_between_modems_without_a_common_key() {
    let all = samples();
    let passing: Vec<_> =
        all.iter().filter(|sample| sample.frame.message.is_of_matching()).map(|sample| sample.name).collect();
    assert_eq!(
        passing,
        [
            "CM_SLAC_PARM.REQ",
            "CM_SLAC_PARM.CNF",
            "CM_START_ATTEN_CHAR.IND",
            "CM_MNBC_SOUND.IND",
            "CM_ATTEN_CHAR.IND",
            "CM_ATTEN_CHAR.RSP",
            "CM_VALIDATE.REQ",
            "CM_VALIDATE.CNF",
            "CM_SLAC_MATCH.REQ",
            "CM_SLAC_MATCH.CNF",
        ]
    );
}

#[test]
fn a_log_shows_every_field() {
    let line = |name: &str| {
        let sample = samples().into_iter().find(|sample| sample.name == name).expect("it is there");
        serde_json::to_string(&sample.frame).expect("a line")
    };
    assert_eq!(
        line("CM_SLAC_PARM.CNF"),
        r#"{"destination":"02:00:00:00:00:0c","source":"02:00:00:00:00:0a","version":"1.1","fragment":"0000","message":{"SlacParmCnf":{"sound_target":"ff:ff:ff:ff:ff:ff","sounds":10,"timeout":6,"response":1,"forwarding_station":"02:00:00:00:00:0c","application":0,"security":0,"run_id":"37f6d85a6ca34fcf","cipher_suite":null}},"padding":null}"#
    );
    assert_eq!(
        line("CM_VALIDATE.CNF"),
        r#"{"destination":"02:00:00:00:00:0c","source":"02:00:00:00:00:0a","version":"1.1","fragment":"0000","message":{"ValidateCnf":{"signal":0,"toggles":3,"result":"Success"}},"padding":null}"#
    );
    assert_eq!(
        line("NSCM_D_LINK_READY.IND"),
        r#"{"destination":"02:00:00:00:00:0a","source":"02:00:00:00:00:0b","version":"1.1","fragment":"0000","message":{"Vendor":{"Lumissil":{"DLinkReadyInd":{"link":1}}}},"padding":null}"#
    );
    assert!(line("CM_ATTEN_PROFILE.IND").contains(r#""profile":[0,1,2,3,"#));
    let other = Message::Other(Other { kind: MmType(0xa008), oui: Some(Oui([0, 0xb0, 0x52])), entry: vec![1, 0xab] });
    let text = r#"{"Other":{"kind":"0xa008","oui":"00:b0:52","entry":"01ab"}}"#;
    assert_eq!(serde_json::to_string(&other).expect("a line"), text);
}
