//! Times and counts of a matching by their names in ISO 15118-3: table 3 (clause 8) and table A.1 (annex A).
//!
//! The standard itself was not read. A value is called *confirmed* where several independent public implementations or test
//! suites agree on it, *one source* where a single one has it. `TT_` is how long one waits for the other, `TP_` how long one may
//! take oneself, `C_` a count.

use std::time::Duration;

/// TT_EVSE_SLAC_init, the least: so long after state B the EVSE waits for CM_SLAC_PARM.REQ. Confirmed.
pub const TT_EVSE_SLAC_INIT_MIN: Duration = Duration::from_secs(20);
/// TT_EVSE_SLAC_init, the most. Confirmed.
pub const TT_EVSE_SLAC_INIT_MAX: Duration = Duration::from_secs(50);
/// TP_EV_SLAC_init: the latest start of the car after state B or a wake-up. Confirmed; one test suite allows 15 s.
pub const TP_EV_SLAC_INIT: Duration = Duration::from_secs(10);

/// TT_match_response: so long one waits for the answer to a message before it is sent again. Confirmed.
pub const TT_MATCH_RESPONSE: Duration = Duration::from_millis(200);
/// TP_match_response: the time to answer. Confirmed.
pub const TP_MATCH_RESPONSE: Duration = Duration::from_millis(100);
/// TT_match_sequence: so long one waits for the next request of the other. Confirmed.
pub const TT_MATCH_SEQUENCE: Duration = Duration::from_millis(400);
/// TP_match_sequence: the time to send the next request after an answer. Confirmed.
pub const TP_MATCH_SEQUENCE: Duration = Duration::from_millis(100);
/// C_EV_match_retry: so often a message is sent again that nobody answers. Confirmed as 2; whether the first one counts is not: a
/// test suite reads it as three attempts, one implementation as two.
pub const C_EV_MATCH_RETRY: u8 = 2;

/// C_EV_start_atten_char_inds: so many CM_START_ATTEN_CHAR.IND the car sends. Confirmed.
pub const C_EV_START_ATTEN_CHAR_INDS: u8 = 3;
/// C_EV_match_MNBC: so many sounds the car sends. Confirmed.
pub const C_EV_MATCH_MNBC: u8 = 10;
/// TP_EV_batch_msg_interval, the least: between two CM_START_ATTEN_CHAR.IND or two sounds. Confirmed.
pub const TP_EV_BATCH_MSG_INTERVAL_MIN: Duration = Duration::from_millis(20);
/// TP_EV_batch_msg_interval, the most. Confirmed.
pub const TP_EV_BATCH_MSG_INTERVAL_MAX: Duration = Duration::from_millis(50);
/// TT_EVSE_match_MNBC: so long after the first CM_START_ATTEN_CHAR.IND the EVSE listens to sounds; the time-out field of
/// CM_SLAC_PARM.CNF says it. Confirmed.
pub const TT_EVSE_MATCH_MNBC: Duration = Duration::from_millis(600);
/// TP_EVSE_avg_atten_calc: the time to make a mean of the profiles and send CM_ATTEN_CHAR.IND. Confirmed.
pub const TP_EVSE_AVG_ATTEN_CALC: Duration = Duration::from_millis(100);
/// TT_EV_atten_results: so long after its first CM_START_ATTEN_CHAR.IND the car collects CM_ATTEN_CHAR.IND. Confirmed.
pub const TT_EV_ATTEN_RESULTS: Duration = Duration::from_millis(1200);

/// TT_EVSE_match_session: so long after the sounds the EVSE waits for CM_VALIDATE.REQ or CM_SLAC_MATCH.REQ. Confirmed.
pub const TT_EVSE_MATCH_SESSION: Duration = Duration::from_secs(10);
/// TP_EV_match_session: the time of the car between CM_ATTEN_CHAR.RSP and that request. Confirmed.
pub const TP_EV_MATCH_SESSION: Duration = Duration::from_millis(500);
/// TT_match_join: so long after CM_SLAC_MATCH.CNF both wait for the link. Confirmed.
pub const TT_MATCH_JOIN: Duration = Duration::from_secs(12);
/// TP_link_ready_notification, the least: from the link to the word of it to the higher layers. Confirmed.
pub const TP_LINK_READY_NOTIFICATION_MIN: Duration = Duration::from_millis(200);
/// TP_link_ready_notification, the most. Confirmed.
pub const TP_LINK_READY_NOTIFICATION_MAX: Duration = Duration::from_secs(1);
/// TP_match_leave: the time to leave the network. Confirmed.
pub const TP_MATCH_LEAVE: Duration = Duration::from_secs(1);

/// TT_matching_repetition: so long a matching that failed may be tried again from its beginning. Confirmed.
pub const TT_MATCHING_REPETITION: Duration = Duration::from_secs(10);
/// TT_matching_rate: the pause before it is. Confirmed.
pub const TT_MATCHING_RATE: Duration = Duration::from_millis(400);
/// C_conn_max_match: so often a matching is tried. Confirmed by two.
pub const C_CONN_MAX_MATCH: u8 = 3;

/// TT_amp_map_exchange: so long one waits after the link for CM_AMP_MAP.REQ. Confirmed.
pub const TT_AMP_MAP_EXCHANGE: Duration = Duration::from_millis(200);
/// TP_amp_map_exchange: the time to send it. Confirmed.
pub const TP_AMP_MAP_EXCHANGE: Duration = Duration::from_millis(100);

/// TT_EVSE_vald_toggle, the most: so long the EVSE counts toggles; CM_VALIDATE.REQ says how long. Confirmed by two.
pub const TT_EVSE_VALD_TOGGLE_MAX: Duration = Duration::from_millis(3500);
/// TP_EV_vald_toggle, the least, for all toggles of the car. One source.
pub const TP_EV_VALD_TOGGLE_MIN: Duration = Duration::from_millis(600);
/// TP_EV_vald_state_duration, the least: how long B or C lasts in a toggle. One source.
pub const TP_EV_VALD_STATE_DURATION_MIN: Duration = Duration::from_millis(200);
/// TP_EV_vald_state_duration, the most. One source; a test suite waits as long.
pub const TP_EV_VALD_STATE_DURATION_MAX: Duration = Duration::from_millis(400);
/// T_vald_detect_time: in which the EVSE sees a change of state. One source.
pub const T_VALD_DETECT_TIME: Duration = Duration::from_millis(200);
/// C_EV_vald_nb_toggles, the least. Confirmed by two.
pub const C_EV_VALD_NB_TOGGLES_MIN: u8 = 1;
/// C_EV_vald_nb_toggles, the most. Confirmed by two.
pub const C_EV_VALD_NB_TOGGLES_MAX: u8 = 3;

/// T_step_EF: so long state E or F lasts before matching is tried again. Confirmed.
pub const T_STEP_EF: Duration = Duration::from_secs(4);
/// C_sequ_retry: so often state E begins a new matching. Confirmed by two.
pub const C_SEQU_RETRY: u8 = 2;
/// T_conn_init_HLC: the least time in state B after F, D or C. Confirmed by two.
pub const T_CONN_INIT_HLC: Duration = Duration::from_millis(200);
/// T_conn_max_comm: from plug-in until communication is ready. Confirmed.
pub const T_CONN_MAX_COMM: Duration = Duration::from_secs(8);
/// T_conn_resume: from a wake-up until communication is ready. Confirmed.
pub const T_CONN_RESUME: Duration = Duration::from_secs(6);
/// T_conn_resetup: so long after a lost link matching may be set up anew. Confirmed by two.
pub const T_CONN_RESETUP: Duration = Duration::from_secs(15);

/// C_EV_match_signalattn_direct, in dB: not weaker than this, the car is sure of its EVSE. **Unconfirmed**: 10 in one source, 40 in
/// another; make it a setting.
pub const C_EV_MATCH_SIGNALATTN_DIRECT: u8 = 10;
/// C_EV_match_signalattn_indirect, in dB: weaker than this, the car is sure that it is not plugged in there. **Unconfirmed**: 20 in
/// one source, 80 in another; make it a setting.
pub const C_EV_MATCH_SIGNALATTN_INDIRECT: u8 = 20;
