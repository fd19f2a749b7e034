//! The rules of the matching.

use super::super::rule::{Kind, Rule, Scope};

pub(super) static READABLE_CAR: Rule =
    Rule::car("SLAC-READABLE-CAR", Kind::Slac, Scope::Slac, "frames of the car can be read", "CM_SLAC_PARM.REQ");
pub(super) static READABLE_STATION: Rule = Rule::station(
    "SLAC-READABLE-STATION",
    Kind::Slac,
    Scope::Slac,
    "frames of the station can be read",
    "a frame of the station",
);
pub(super) static ORDER_CAR: Rule = Rule::car(
    "SLAC-ORDER-CAR",
    Kind::Slac,
    Scope::Slac,
    "the messages of the car come in the order of the matching",
    "CM_START_ATTEN_CHAR.IND",
);
pub(super) static ORDER_STATION: Rule = Rule::station(
    "SLAC-ORDER-STATION",
    Kind::Slac,
    Scope::Slac,
    "the messages of the station come in the order of the matching",
    "CM_ATTEN_CHAR.IND",
);
pub(super) static RUN_ID_CAR: Rule = Rule::car(
    "SLAC-RUN-ID-CAR",
    Kind::Slac,
    Scope::Slac,
    "the messages of the car have the run id of their matching",
    "a message of the car after CM_SLAC_PARM.REQ",
);
pub(super) static RUN_ID_STATION: Rule = Rule::station(
    "SLAC-RUN-ID-STATION",
    Kind::Slac,
    Scope::Slac,
    "the messages of the station have the run id that the car drew",
    "a message of the station after CM_SLAC_PARM.REQ",
);
pub(super) static BROADCAST: Rule = Rule::car(
    "SLAC-BROADCAST",
    Kind::Slac,
    Scope::Slac,
    "the car starts and sounds for everybody, not for one station",
    "CM_START_ATTEN_CHAR.IND or CM_MNBC_SOUND.IND",
);
pub(super) static PARM_IN_TIME: Rule = Rule::station(
    "SLAC-PARM-IN-TIME",
    Kind::Timing,
    Scope::Slac,
    "CM_SLAC_PARM.CNF comes within TT_match_response, 200 ms",
    "CM_SLAC_PARM.CNF",
);
pub(super) static PARM_TIMEOUT: Rule = Rule::station(
    "SLAC-PARM-TIMEOUT",
    Kind::Slac,
    Scope::Slac,
    "the station listens to sounds for 600 ms: time-out 6",
    "CM_SLAC_PARM.CNF",
);
pub(super) static PARM_TARGET: Rule = Rule::station(
    "SLAC-PARM-TARGET",
    Kind::Slac,
    Scope::Slac,
    "the station wants sounds for everybody: some cars take nothing else",
    "CM_SLAC_PARM.CNF",
);
pub(super) static PARM_SOUNDS: Rule = Rule::station(
    "SLAC-PARM-SOUNDS",
    Kind::Slac,
    Scope::Slac,
    "the station wants C_EV_match_MNBC sounds, 10",
    "CM_SLAC_PARM.CNF",
);
pub(super) static PARM_CAR: Rule = Rule::station(
    "SLAC-PARM-CAR",
    Kind::Slac,
    Scope::Slac,
    "the station sends its result to the car that asked",
    "CM_SLAC_PARM.CNF",
);
pub(super) static START_COUNT: Rule = Rule::car(
    "SLAC-START-COUNT",
    Kind::Slac,
    Scope::Slac,
    "the car starts three times before it sounds",
    "CM_MNBC_SOUND.IND",
);
pub(super) static START_SAME: Rule = Rule::car(
    "SLAC-START-SAME",
    Kind::Slac,
    Scope::Slac,
    "the car starts with the sounds and time-out that the station wants",
    "CM_START_ATTEN_CHAR.IND after CM_SLAC_PARM.CNF",
);
pub(super) static SOUND_COUNT: Rule = Rule::car(
    "SLAC-SOUND-COUNT",
    Kind::Slac,
    Scope::Slac,
    "the car sounds as often as the station wants",
    "CM_ATTEN_CHAR.IND after sounds",
);
pub(super) static SOUND_REMAINING: Rule =
    Rule::car("SLAC-SOUND-REMAINING", Kind::Slac, Scope::Slac, "each sound says that one less remains", "two sounds");
pub(super) static PACE: Rule = Rule::car(
    "SLAC-PACE",
    Kind::Timing,
    Scope::Slac,
    "starts and sounds come 20 to 50 ms after each other",
    "two starts or two sounds",
)
.strict();
pub(super) static ATTEN_COUNT: Rule = Rule::station(
    "SLAC-ATTEN-SOUNDS",
    Kind::Slac,
    Scope::Slac,
    "the station heard at least one sound and not more than there were",
    "CM_ATTEN_CHAR.IND after sounds",
);
pub(super) static ATTEN_GROUPS: Rule = Rule::station(
    "SLAC-ATTEN-GROUPS",
    Kind::Slac,
    Scope::Slac,
    "the result has the 58 groups of a Green PHY modem",
    "CM_ATTEN_CHAR.IND",
);
pub(super) static ATTEN_CAR: Rule = Rule::station(
    "SLAC-ATTEN-CAR",
    Kind::Slac,
    Scope::Slac,
    "the result is for the car that sounded",
    "CM_ATTEN_CHAR.IND",
);
pub(super) static ATTEN_IN_TIME: Rule = Rule::station(
    "SLAC-ATTEN-IN-TIME",
    Kind::Timing,
    Scope::Slac,
    "the result comes while the car waits for it: TT_EV_atten_results, 1.2 s from the first start on",
    "CM_ATTEN_CHAR.IND after a start",
);
pub(super) static RSP_RESULT: Rule =
    Rule::car("SLAC-RSP-RESULT", Kind::Slac, Scope::Slac, "the car takes the result: 0", "CM_ATTEN_CHAR.RSP");
pub(super) static RSP_IN_TIME: Rule = Rule::car(
    "SLAC-RSP-IN-TIME",
    Kind::Timing,
    Scope::Slac,
    "CM_ATTEN_CHAR.RSP comes within TT_match_response, 200 ms",
    "CM_ATTEN_CHAR.RSP",
);
pub(super) static MATCH_CAR: Rule = Rule::car(
    "SLAC-MATCH-CAR",
    Kind::Slac,
    Scope::Slac,
    "the car asks for the match under the address it began with, that of its host",
    "CM_SLAC_MATCH.REQ",
);
pub(super) static MATCH_SOON: Rule = Rule::car(
    "SLAC-MATCH-SOON",
    Kind::Timing,
    Scope::Slac,
    "the car asks for the match while the station waits: TT_EVSE_match_session, 10 s",
    "CM_SLAC_MATCH.REQ after CM_ATTEN_CHAR.RSP",
);
pub(super) static MATCH_KEY: Rule = Rule::station(
    "SLAC-MATCH-KEY",
    Kind::Slac,
    Scope::Slac,
    "the station gives a key that is not 0",
    "CM_SLAC_MATCH.CNF",
);
pub(super) static MATCH_NID: Rule = Rule::station(
    "SLAC-MATCH-NID",
    Kind::Slac,
    Scope::Slac,
    "the network identifier is the one of the key",
    "CM_SLAC_MATCH.CNF",
)
.strict();
pub(super) static MATCH_IN_TIME: Rule = Rule::station(
    "SLAC-MATCH-IN-TIME",
    Kind::Timing,
    Scope::Slac,
    "CM_SLAC_MATCH.CNF comes within TT_match_response, 200 ms",
    "CM_SLAC_MATCH.CNF",
);
pub(super) static JOIN: Rule = Rule::car(
    "SLAC-JOIN",
    Kind::Timing,
    Scope::Slac,
    "the link is used within TT_match_join, 12 s",
    "SDP after CM_SLAC_MATCH.CNF",
);

pub(in crate::judge) static RULES: &[&Rule] = &[
    &READABLE_CAR,
    &READABLE_STATION,
    &ORDER_CAR,
    &ORDER_STATION,
    &RUN_ID_CAR,
    &RUN_ID_STATION,
    &BROADCAST,
    &PARM_IN_TIME,
    &PARM_TIMEOUT,
    &PARM_TARGET,
    &PARM_SOUNDS,
    &PARM_CAR,
    &START_COUNT,
    &START_SAME,
    &SOUND_COUNT,
    &SOUND_REMAINING,
    &PACE,
    &ATTEN_COUNT,
    &ATTEN_GROUPS,
    &ATTEN_CAR,
    &ATTEN_IN_TIME,
    &RSP_RESULT,
    &RSP_IN_TIME,
    &MATCH_CAR,
    &MATCH_SOON,
    &MATCH_KEY,
    &MATCH_NID,
    &MATCH_IN_TIME,
    &JOIN,
];
