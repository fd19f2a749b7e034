//! The service between modem, network and session, on a clock that jumps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::rc::Rc;
use std::time::Duration;

use devices::MessageDevice as _;
use devices::plc_modem::{ModemFault, PlcModem};
use hardware::{LinkError, MacAddress};
use iso15118::{sdp, v2gtp};
use session::{Dialog, HlcEvent, HlcInput, HlcOutput};
use slac::{
    AttenCharRsp, AttenProfileInd, AttenuationProfile, BROADCAST, Frame, LOCAL_MODEM, Message, MnbcSoundInd, RunId,
    SlacMatchReq, SlacParmReq, StartAttenCharInd,
};
use tokio::sync::Notify;
use tokio::time::sleep;
use units::EvseId;

use super::*;
use crate::bus::{Bus, BusError, Service as Identity};
use crate::config::Config;
use crate::services::testing::{self, Diary};

const HOST: MacAddress = [2, 0, 0, 0, 0, 0x0a];
const CAR: slac::MacAddress = slac::MacAddress([2, 0, 0, 0, 0, 1]);
const RUN: RunId = RunId([3; 8]);

/// A modem with a car at the other end of its cable, a network, and a diary.
#[derive(Clone)]
struct Bench {
    diary: Diary,
    modem: PlcModem,
    inside: Rc<RefCell<Inside>>,
    news: Rc<Notify>,
}

#[derive(Default)]
struct Inside {
    /// For the charger's host.
    frames: VecDeque<Vec<u8>>,
    /// From the network.
    events: VecDeque<V2gNetworkEvent>,
    /// The link to the modem is gone.
    gone: bool,
    /// The modem takes no frame, and does not say so.
    stuck: bool,
}

impl Bench {
    fn new() -> Self {
        let modem = PlcModem::new([2, 0, 0, 0, 1, 0x0a], "MAC-TEST-1");
        Self { diary: Diary::new(), modem, inside: Rc::default(), news: Rc::default() }
    }

    /// A frame of the car comes out of the modem.
    fn car(&self, to: slac::MacAddress, message: Message) {
        self.inside.borrow_mut().frames.push_back(Frame::new(to, CAR, message).encode());
        self.news.notify_one();
    }

    fn network(&self, event: V2gNetworkEvent) {
        self.inside.borrow_mut().events.push_back(event);
        self.news.notify_one();
    }

    /// The car hears the charger, and goes on.
    fn answered(&self, message: &Message) {
        let host = slac::MacAddress(HOST);
        match message {
            Message::SlacParmCnf(_) => {
                self.car(BROADCAST, Message::StartAttenCharInd(StartAttenCharInd::new(CAR, RUN)));
                for remaining in (0..10).rev() {
                    let sound = MnbcSoundInd::new(RUN, remaining, Default::default());
                    self.car(BROADCAST, Message::MnbcSoundInd(sound));
                    let profile = AttenuationProfile::new(vec![12; 58]).expect("58 groups");
                    let profile = Message::AttenProfileInd(AttenProfileInd { car: CAR, reserved: 0, profile });
                    let heard = Frame::new(host, slac::MacAddress([2, 0, 0, 0, 1, 0x0a]), profile);
                    self.inside.borrow_mut().frames.push_back(heard.encode());
                }
            }
            Message::AttenCharInd(_) => {
                self.car(host, Message::AttenCharRsp(AttenCharRsp::new(CAR, RUN)));
                self.car(host, Message::SlacMatchReq(SlacMatchReq::new(CAR, host, RUN)));
            }
            Message::SlacMatchCnf(_) => self.modem.set_linked(true),
            _ => {}
        }
    }
}

impl PlcLink for Bench {
    type Error = LinkError;

    async fn address(&mut self) -> Result<MacAddress, LinkError> {
        match self.inside.borrow().gone {
            true => Err(LinkError::new(ErrorKind::Disconnected, "modem", "gone")),
            false => Ok(HOST),
        }
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        if self.inside.borrow().stuck {
            sleep(Duration::from_secs(2)).await;
        }
        let sent = Frame::decode(frame).expect("a frame");
        if sent.destination == LOCAL_MODEM {
            self.modem.receive(Instant::ZERO, frame);
        } else {
            self.diary.write(&sent.message.name());
            self.answered(&sent.message);
        }
        self.news.notify_one();
        Ok(())
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if self.inside.borrow().gone {
                return Err(LinkError::new(ErrorKind::Disconnected, "modem", "gone"));
            }
            if let Some(frame) = self.inside.borrow_mut().frames.pop_front() {
                return Ok(frame);
            }
            if let Some(frame) = self.modem.transmit(Instant::ZERO) {
                return Ok(frame);
            }
            self.news.notified().await;
        }
    }
}

impl V2gNetwork for Bench {
    type Error = LinkError;

    async fn listen(&mut self) -> Result<SocketAddrV6, LinkError> {
        self.diary.write("listen");
        Ok(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 50_000, 0, 0))
    }

    async fn deafen(&mut self) -> Result<(), LinkError> {
        self.diary.write("deafen");
        Ok(())
    }

    async fn answer(&mut self, _: SocketAddrV6, payload: &[u8]) -> Result<(), LinkError> {
        let (frame, _) = v2gtp::Frame::decode(payload).expect("a frame").expect("all of it");
        self.diary.write(&format!("answer {}", frame.payload_type));
        Ok(())
    }

    async fn send(&mut self, _: &[u8]) -> Result<(), LinkError> {
        self.diary.write("send");
        Ok(())
    }

    async fn hang_up(&mut self) -> Result<(), LinkError> {
        self.diary.write("hang up");
        Ok(())
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, LinkError> {
        loop {
            if let Some(event) = self.inside.borrow_mut().events.pop_front() {
                return Ok(event);
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Runs the service beside a story; what it tells the session is in the diary too.
async fn story(log: Log, tell: impl AsyncFnOnce(&Bench, &Port)) {
    let bench = Bench::new();
    let config = Config::standard();
    let seat = HlcSeat {
        config: config.of_hlc(EvseId::FIRST, config.evses.first(), true),
        random: Box::new(|| 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
        clock: Clock::starting_now(),
        log,
    };
    testing::story(
        &bench.diary.clone(),
        async |port, inbox| hlc(port, inbox, seat, Some(bench.clone()), Some(bench.clone())).await,
        |call| match call {
            SessionCall::Hlc(HlcInput { event, .. }) => format!("{event:?}"),
            SessionCall::Accessory(accessory, state) => format!("{accessory:?} {state:?}"),
            other => format!("{other:?}"),
        },
        async |session| tell(&bench, session).await,
    )
    .await;
}

fn events(diary: &Diary) -> Vec<String> {
    diary.read().into_iter().filter_map(|line| line.split_once(' ').map(|(_, what)| what.to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn frames_of_a_car_come_in_and_it_is_matched_asks_and_connects() {
    let log = Log::memory();
    story(log.clone(), async |bench, session| {
        sleep(Duration::from_secs(2)).await;
        assert_eq!(events(&bench.diary), ["deafen", "-> Modem Ok(())"]);
        assert!(bench.modem.nmk().is_some(), "the key is there before a car is");
        session.tell(HlcCall::Session(HlcOutput::Match(Dialog::numbered(1))));
        sleep(Duration::from_millis(100)).await;
        bench.car(BROADCAST, Message::SlacParmReq(SlacParmReq::new(RUN)));
        sleep(Duration::from_millis(500)).await;
        assert_eq!(
            events(&bench.diary),
            ["CM_SLAC_PARM.CNF", "CM_ATTEN_CHAR.IND", "CM_SLAC_MATCH.CNF", "listen", "-> Heard", "-> Matched"]
        );
        let from = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 40_000, 0, 0);
        let request = sdp::Request { security: sdp::Security::Tls, transport: sdp::Transport::Tcp };
        let (payload_type, payload) = sdp::Message::Request(request).encode();
        let payload = v2gtp::Frame { payload_type, payload }.encode();
        bench.network(V2gNetworkEvent::Datagram { from, payload });
        bench.network(V2gNetworkEvent::Connected { from });
        bench.network(V2gNetworkEvent::Received(vec![1, 2, 3]));
        sleep(Duration::from_millis(100)).await;
        assert_eq!(events(&bench.diary), ["answer 0x9001 (SDP response)", "hang up", "deafen", "-> Failed"]);
        session.tell(HlcCall::Session(HlcOutput::Leave(Dialog::numbered(1))));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(events(&bench.diary), [""; 0]);
    })
    .await;
    let noted: Vec<_> = log.snapshot().iter().map(|event| format!("{}/{}", event.source, event.kind)).collect();
    assert_eq!(
        noted,
        [
            "plc/modem",
            "plc/keyed",
            "slac/heard",
            "slac/matched",
            "slac/link_up",
            "sdp/message",
            "sdp/message",
            "v2g/opened",
            "v2g/no_frame",
            "v2g/failed",
            "v2g/closed",
            "plc/keyed"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_modem_that_hangs_is_lost_and_one_whose_link_is_gone_at_once() {
    story(Log::memory(), async |bench, _| {
        sleep(Duration::from_secs(2)).await;
        bench.modem.set_fault(ModemFault::Mute);
        sleep(Duration::from_secs(12)).await;
        bench.modem.set_fault(ModemFault::None);
        sleep(Duration::from_secs(12)).await;
        let lost = "-> Modem Err(\"PLC modem: timed out: no modem said its software within 1s\")";
        assert_eq!(events(&bench.diary), ["deafen", "-> Modem Ok(())", lost, "-> Modem Ok(())"]);
        bench.inside.borrow_mut().gone = true;
        bench.news.notify_one();
        sleep(Duration::from_secs(3)).await;
        bench.inside.borrow_mut().gone = false;
        sleep(Duration::from_secs(2)).await;
        assert_eq!(events(&bench.diary), ["-> Modem Err(\"modem: disconnected: gone\")", "-> Modem Ok(())"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_session_hears_of_a_loss_before_anything_is_sent_to_a_modem_that_is_stuck() {
    story(Log::memory(), async |bench, session| {
        sleep(Duration::from_secs(2)).await;
        session.tell(HlcCall::Session(HlcOutput::Match(Dialog::numbered(1))));
        sleep(Duration::from_millis(100)).await;
        bench.car(BROADCAST, Message::SlacParmReq(SlacParmReq::new(RUN)));
        sleep(Duration::from_millis(500)).await;
        bench.diary.read();
        bench.inside.borrow_mut().stuck = true;
        bench.modem.set_linked(false);
        sleep(Duration::from_secs(10)).await;
        let diary = bench.diary.read();
        let lost = diary.iter().find(|line| line.ends_with(&format!("-> {:?}", HlcEvent::Lost))).expect("it is told");
        let at: u64 = lost.split(' ').next().and_then(|at| at.parse().ok()).expect("a time");
        assert!(at < 2_600 + 6_000, "{diary:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_declared_cannot_speak_for_the_session() {
    let config = Config::standard();
    let bus = Bus::new(config.permissions.clone(), Log::memory());
    let mut inbox = bus.inbox::<HlcCall>(EvseId::FIRST);
    let leave = || HlcCall::Session(HlcOutput::Leave(Dialog::numbered(1)));
    for caller in Identity::ALL.into_iter().filter(|caller| *caller != Identity::Session) {
        let refused = bus.port(caller).at(EvseId::FIRST).send(leave());
        assert!(matches!(refused, Err(BusError::Denied { .. })), "{caller}: {refused:?}");
    }
    assert!(inbox.try_recv().is_err());
    assert_eq!(bus.port(Identity::Session).at(EvseId::FIRST).send(leave()), Ok(()));
    assert!(inbox.try_recv().is_ok());
}
