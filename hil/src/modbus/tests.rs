//! A line with several units on it, in a time that runs when everybody waits.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use wire::modbus::rtu::{RequestReader, encode};
use wire::modbus::{Adu, Exception, Request, Response, Table};

use super::rtu::{Rtu, Stream};
use super::{Failure, Question};

/// As at 9600 baud.
const CHARACTER: Duration = Duration::from_micros(1042);
const TIMEOUT: Duration = Duration::from_millis(250);

impl Stream for DuplexStream {
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(self).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer) {
            Poll::Ready(read) => read.map(|()| buffer.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// How a unit answers.
#[derive(Clone, Copy, Debug)]
enum Habit {
    After(Duration),
    Never,
    Refuses,
}

/// The units of a line: the register at an address holds the address and the number of the question, so that each answer
/// tells which question it is to. A unit does one thing after the other.
async fn serve(mut line: DuplexStream, mut habits: impl FnMut(u8) -> Option<Habit>) {
    let (tell, mut told) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let mut reader = RequestReader::new();
    let (mut busy, mut asked) = (BTreeMap::<u8, Instant>::new(), BTreeMap::<u8, u16>::new());
    let mut waiting: Vec<(Instant, Vec<u8>)> = Vec::new();
    let mut buffer = [0; 256];
    loop {
        waiting.sort_by_key(|(at, _)| *at);
        let next = waiting.first().map_or_else(|| Instant::now() + Duration::from_secs(3600), |(at, _)| *at);
        tokio::select! {
            biased;
            Some(answer) = told.recv() => waiting.push(answer),
            () = sleep_until(next), if !waiting.is_empty() => {
                let (_, bytes) = waiting.remove(0);
                if line.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            read = line.read(&mut buffer) => match read {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    reader.push(&buffer[..length]);
                    while let Some(Adu { unit, pdu }) = reader.next_request() {
                        let Some(habit) = habits(unit) else { continue };
                        let number = asked.entry(unit).or_default();
                        *number += 1;
                        let after = match habit {
                            Habit::Never => continue,
                            Habit::After(delay) => delay,
                            Habit::Refuses => Duration::from_millis(5),
                        };
                        // Whoever is asked again and again forgets the rest.
                        if waiting.iter().filter(|(_, bytes)| bytes.first() == Some(&unit)).count() >= 4 {
                            continue;
                        }
                        let begins = busy.get(&unit).copied().unwrap_or_else(Instant::now).max(Instant::now());
                        busy.insert(unit, begins + after);
                        let refuses = matches!(habit, Habit::Refuses);
                        let pdu = answer(&pdu, *number, refuses).encode();
                        drop(tell.send((begins + after, encode(&Adu { unit, pdu }))));
                    }
                }
            },
        }
    }
}

fn answer(pdu: &[u8], number: u16, refuses: bool) -> Response {
    match Request::decode(pdu).expect("a request") {
        request if refuses => {
            Response::Exception { function: request.function(), exception: Exception::ServerDeviceBusy }
        }
        Request::Read { table, address, count } => {
            Response::Read { table, values: (0..count).map(|offset| (address + offset) * 100 + number).collect() }
        }
        Request::WriteMultiple { address, values } => Response::WriteMultiple { address, count: values.len() as u16 },
        Request::WriteSingle { address, value } => Response::WriteSingle { address, value },
    }
}

fn line(habits: impl FnMut(u8) -> Option<Habit> + 'static) -> Rtu<DuplexStream> {
    let (ours, theirs) = duplex(4096);
    drop(tokio::task::spawn_local(serve(theirs, habits)));
    Rtu::new(ours, CHARACTER)
}

fn read(address: u16, count: u16) -> Request {
    Request::Read { table: Table::Input, address, count }
}

async fn ask(line: &mut Rtu<DuplexStream>, unit: u8, request: &Request) -> Result<Vec<u16>, Failure> {
    match line.ask(&Question { unit, request, timeout: TIMEOUT }).await? {
        Response::Read { values, .. } => Ok(values),
        Response::Exception { .. } => Err(Failure::Unasked),
        other => panic!("{other:?}"),
    }
}

/// Runs in a time that stands still while anybody has something to do.
fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(tokio::task::LocalSet::new().run_until(work))
}

#[test]
fn an_answer_that_comes_late_is_thrown_away_and_never_taken_for_the_next_one() {
    for millis in [280, 300, 400, 600, 1100, 1200, 1900, 2500, 7000] {
        in_virtual_time(async {
            let late = Duration::from_millis(millis);
            let mut line = line(move |_| Some(Habit::After(late)));
            for _ in 0..20 {
                // Both are of the same length.
                for request in [read(1, 4), read(50, 4)] {
                    let answer = ask(&mut line, 1, &request).await;
                    assert!(answer.is_err(), "{late:?}: {answer:?}");
                    sleep(Duration::from_millis(300)).await;
                }
            }
        });
    }
}

#[test]
fn after_one_lost_answer_the_next_question_is_answered() {
    in_virtual_time(async {
        let mut number = 0;
        let mut line = line(move |_| {
            number += 1;
            Some(if number == 1 { Habit::Never } else { Habit::After(Duration::from_millis(20)) })
        });
        assert!(matches!(ask(&mut line, 1, &read(1, 4)).await, Err(Failure::Silent)));
        // The second question was the probe.
        assert_eq!(ask(&mut line, 1, &read(1, 4)).await.expect("an answer"), [103, 203, 303, 403]);
        assert_eq!(ask(&mut line, 1, &read(1, 4)).await.expect("an answer"), [104, 204, 304, 404]);
    });
}

#[test]
fn a_unit_that_refuses_after_a_lost_answer_is_heard_to_refuse() {
    in_virtual_time(async {
        let mut number = 0;
        let mut line = line(move |_| {
            number += 1;
            Some(if number == 1 { Habit::Never } else { Habit::Refuses })
        });
        assert!(matches!(ask(&mut line, 1, &read(1, 4)).await, Err(Failure::Silent)));
        for _ in 0..5 {
            assert!(matches!(ask(&mut line, 1, &read(1, 4)).await, Err(Failure::Unasked)), "the refusal");
        }
    });
}

#[test]
fn a_dead_unit_costs_the_others_its_timeout_and_a_late_one_does_not_disturb_them() {
    in_virtual_time(async {
        let mut line = line(|unit| match unit {
            1 => Some(Habit::After(Duration::from_millis(20))),
            2 => None,
            3 => Some(Habit::After(Duration::from_millis(400))),
            _ => None,
        });
        for round in 0..20 {
            let began = Instant::now();
            let first = ask(&mut line, 1, &read(1, 2)).await.expect("it is well");
            assert_eq!(first[0] / 100, 1, "round {round}: {first:?}");
            assert!(began.elapsed() < Duration::from_millis(60), "{:?}", began.elapsed());
            for unit in [2, 3] {
                let began = Instant::now();
                assert!(ask(&mut line, unit, &read(1, 2)).await.is_err());
                assert!(began.elapsed() < TIMEOUT + Duration::from_millis(100), "{:?}", began.elapsed());
            }
        }
    });
}

#[test]
fn a_question_that_was_given_up_is_not_answered_to_the_next_one() {
    in_virtual_time(async {
        let mut line = line(|_| Some(Habit::After(Duration::from_millis(100))));
        let given_up = timeout(Duration::from_millis(50), ask(&mut line, 1, &read(1, 4))).await;
        assert!(given_up.is_err());
        let values = ask(&mut line, 1, &read(50, 4)).await.expect("an answer");
        assert_eq!(values.iter().map(|value| value / 100).collect::<Vec<_>>(), [50, 51, 52, 53]);
    });
}

#[test]
fn noise_and_an_echo_of_the_question_are_passed_over_and_silence_is_told_from_noise() {
    in_virtual_time(async {
        let (ours, mut theirs) = duplex(4096);
        let mut line = Rtu::new(ours, CHARACTER);
        let far = async {
            let mut question = [0; 8];
            theirs.read_exact(&mut question).await.expect("a question");
            let good = encode(&Adu { unit: 1, pdu: Response::Read { table: Table::Input, values: vec![7] }.encode() });
            theirs.write_all(&[&[0xff, 0x00][..], &question, &[1, 4, 0xf0], &good].concat()).await.expect("there");
            // To the second question a cut frame, to the third one nothing.
            theirs.read_exact(&mut question).await.expect("a question");
            theirs.write_all(&good[..4]).await.expect("there");
            theirs
        };
        let near = async {
            assert_eq!(ask(&mut line, 1, &read(1, 1)).await.expect("an answer"), [7]);
            assert!(matches!(ask(&mut line, 1, &read(1, 1)).await, Err(Failure::Noise)));
            assert!(matches!(ask(&mut line, 2, &read(1, 1)).await, Err(Failure::Silent)));
        };
        let (theirs, ()) = tokio::join!(far, near);
        drop(theirs);
        assert!(matches!(ask(&mut line, 1, &read(1, 1)).await, Err(Failure::Gone(_))));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever units do, late, lost or refused: what is taken for an answer is one to this very question.
    #[test]
    fn what_is_taken_for_an_answer_is_one_to_the_question(
        delays in prop::collection::vec(prop_oneof![
            3 => (5u64..200).prop_map(|millis| Habit::After(Duration::from_millis(millis))),
            3 => (200u64..3000).prop_map(|millis| Habit::After(Duration::from_millis(millis))),
            1 => Just(Habit::Never),
            1 => Just(Habit::Refuses),
        ], 1..40),
        questions in prop::collection::vec((1u8..3, 1u16..60, 1u16..5, 0u64..900, any::<bool>()), 1..40),
    ) {
        in_virtual_time(async {
            let mut next = delays.into_iter().cycle();
            let sent = std::rc::Rc::new(std::cell::RefCell::new(BTreeMap::<u8, u16>::new()));
            let counted = sent.clone();
            let mut line = line(move |unit| {
                *counted.borrow_mut().entry(unit).or_default() += 1;
                next.next()
            });
            for (unit, address, count, pause, gives_up) in questions {
                let request = read(address, count);
                if gives_up {
                    drop(timeout(Duration::from_millis(pause / 4), ask(&mut line, unit, &request)).await);
                } else if let Ok(values) = ask(&mut line, unit, &request).await {
                    // The newest question of this unit, and these registers.
                    let number = sent.borrow()[&unit];
                    let expected: Vec<_> = (address..address + count).map(|at| at * 100 + number).collect();
                    assert_eq!(values, expected);
                }
                sleep(Duration::from_millis(pause)).await;
            }
        });
    }
}
