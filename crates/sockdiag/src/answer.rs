//! The answer to one dump request, datagram by datagram, without a socket.
//!
//! Other traffic can reach the socket at any time, so every message is checked: from the kernel, to our port, with this
//! dump's number. What fails the check is counted and passed over.

use std::io;
use std::ops::Range;

use netlink_packet_core::{NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR};

use crate::attr::{Attr, Attrs};
use crate::error::Error;
use crate::frame::{Frame, Remnant};

/// How far the reading of one dump has come.
#[derive(Debug)]
pub(crate) struct Answer {
    sequence: u32,
    /// The port the kernel answers to: the socket's own.
    port: u32,
    /// Where the next message begins in the datagram at hand, and where that ends.
    at: usize,
    end: usize,
    pub(crate) over: bool,
    pub(crate) interrupted: bool,
    pub(crate) malformed: u64,
    pub(crate) foreign: u64,
    pub(crate) truncated: u64,
}

/// What to do next.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Look at this part of the datagram: one socket.
    Record(Range<usize>),
    /// Receive another datagram.
    Receive,
    /// There is no more.
    End,
}

/// A datagram that came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Its length as sent, which can exceed what the buffer took.
    pub(crate) len: usize,
    /// How much of it the buffer took.
    pub(crate) stored: usize,
    /// The sender's port; the kernel's is 0.
    pub(crate) sender: u32,
}

impl Answer {
    /// Awaits what belongs to request `sequence` sent from `port`.
    pub(crate) fn new(sequence: u32, port: u32) -> Self {
        Self {
            sequence,
            port,
            at: 0,
            end: 0,
            over: false,
            interrupted: false,
            malformed: 0,
            foreign: 0,
            truncated: 0,
        }
    }

    /// Takes note of a datagram, which [`step`](Self::step) is to be shown from now on.
    pub(crate) fn arrived(&mut self, arrival: Arrival) {
        (self.at, self.end) = (0, arrival.stored);
        if arrival.sender != KERNEL {
            self.foreign += 1;
            self.end = 0;
        } else if arrival.len > arrival.stored {
            self.truncated += 1;
            self.interrupted = true;
        }
    }

    /// Takes note that the kernel had to throw messages away (`ENOBUFS`).
    pub(crate) fn lost_some(&mut self) {
        self.interrupted = true;
    }

    /// Moves to the next record.
    #[inline]
    pub(crate) fn step(&mut self, buffer: &[u8]) -> Result<Step, Error> {
        let datagram = &buffer[..self.end];
        while !self.over {
            let frame = match Frame::at(datagram, self.at) {
                Some(Ok(frame)) => frame,
                Some(Err(Remnant)) => {
                    self.remnant();
                    continue;
                }
                None => return Ok(Step::Receive),
            };
            self.at = frame.next;
            if frame.sequence != self.sequence || frame.port != self.port {
                self.foreign += 1;
                continue;
            }
            self.interrupted |= frame.flags & NLM_F_DUMP_INTR != 0;
            match frame.kind {
                DONE | ERROR => return self.finish(&frame, datagram),
                OVERRUN => self.interrupted = true,
                NOOP => {}
                _ => return Ok(Step::Record(frame.payload)),
            }
        }
        Ok(Step::End)
    }

    /// A cut-off datagram has been counted already; anything else that does not add up is damage.
    fn remnant(&mut self) {
        if self.truncated == 0 {
            self.malformed += 1;
        }
        self.at = self.end;
    }

    fn finish(&mut self, frame: &Frame, datagram: &[u8]) -> Result<Step, Error> {
        self.over = true;
        let payload = &datagram[frame.payload.clone()];
        let code = payload.first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
        if code >= 0 {
            return Ok(Step::End);
        }
        Err(Error::Refused {
            source: io::Error::from_raw_os_error(code.saturating_neg()),
            explanation: explanation(frame, payload).map(Into::into),
        })
    }
}

/// The kernel's own words about a refusal, if it sent any.
///
/// They follow the error code; in between, an `NLMSG_ERROR` repeats the request, or only its header when capped.
fn explanation<'a>(frame: &Frame, payload: &'a [u8]) -> Option<&'a str> {
    if frame.flags & NLM_F_ACK_TLVS == 0 {
        return None;
    }
    let code = size_of::<i32>();
    let repeated = match frame.kind {
        DONE => 0,
        _ if frame.flags & NLM_F_CAPPED != 0 => 16,
        _ => u32::from_ne_bytes(*payload.get(code..)?.first_chunk()?) as usize,
    };
    let words = payload.get(code.checked_add(repeated.checked_next_multiple_of(4)?)?..)?;
    Attrs::new(words).find(MESSAGE).and_then(Attr::str)
}

/// The port the kernel sends from.
const KERNEL: u32 = 0;
/// `NLMSG_NOOP`, `NLMSG_ERROR`, `NLMSG_DONE`, `NLMSG_OVERRUN`.
const NOOP: u16 = 1;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const OVERRUN: u16 = 4;
/// `NLMSGERR_ATTR_MSG`.
const MESSAGE: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::message;

    const SEQUENCE: u32 = 7;
    const PORT: u32 = 4242;
    const RECORD: u16 = 20;
    const MULTI: u16 = 2;

    fn ours(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        message(kind, flags, SEQUENCE, PORT, payload)
    }

    fn done(code: i32) -> Vec<u8> {
        ours(DONE, MULTI, &code.to_ne_bytes())
    }

    fn whole(bytes: &[u8]) -> Arrival {
        Arrival { len: bytes.len(), stored: bytes.len(), sender: KERNEL }
    }

    /// Reads datagrams until the answer is over; `None` when it waits for one more.
    fn read(
        answer: &mut Answer,
        datagrams: &[(Vec<u8>, Arrival)],
    ) -> (Vec<Vec<u8>>, Option<Result<(), Error>>) {
        let mut records = Vec::new();
        let mut datagrams = datagrams.iter();
        let mut buffer: &[u8] = &[];
        loop {
            match answer.step(buffer) {
                Ok(Step::Record(range)) => records.push(buffer[range].to_vec()),
                Ok(Step::End) => return (records, Some(Ok(()))),
                Err(error) => return (records, Some(Err(error))),
                Ok(Step::Receive) => match datagrams.next() {
                    Some((bytes, arrival)) => {
                        buffer = bytes;
                        answer.arrived(*arrival);
                    }
                    None => return (records, None),
                },
            }
        }
    }

    fn read_whole(datagrams: &[Vec<u8>]) -> (Answer, Vec<Vec<u8>>, Option<Result<(), Error>>) {
        let mut answer = Answer::new(SEQUENCE, PORT);
        let arrivals: Vec<_> = datagrams.iter().map(|bytes| (bytes.clone(), whole(bytes))).collect();
        let (records, end) = read(&mut answer, &arrivals);
        (answer, records, end)
    }

    #[test]
    fn an_answer_is_its_records_over_datagrams_until_done() {
        let first =
            [ours(RECORD, MULTI, b"aaaa"), ours(NOOP, MULTI, &[]), ours(RECORD, MULTI, b"bbbb")].concat();
        let second = [ours(RECORD, MULTI, b"cccc"), done(0), ours(RECORD, MULTI, b"late")].concat();
        let (answer, records, end) = read_whole(&[first, second]);
        assert_eq!(records, [b"aaaa", b"bbbb", b"cccc"]);
        assert!(matches!(end, Some(Ok(()))));
        assert!(answer.over && !answer.interrupted);
        assert_eq!((answer.malformed, answer.foreign, answer.truncated), (0, 0, 0));
    }

    #[test]
    fn what_is_not_ours_is_counted_and_passed_over() {
        let other_dump = message(RECORD, MULTI, SEQUENCE - 1, PORT, b"old!");
        let old_end = message(DONE, MULTI, SEQUENCE - 1, PORT, &[0; 4]);
        let other_port = message(RECORD, MULTI, SEQUENCE, 1, b"his!");
        let mixed = [other_dump, old_end, other_port, ours(RECORD, MULTI, b"ours"), done(0)].concat();
        let forged = ours(RECORD, MULTI, b"lies");
        let liar = Arrival { sender: 99, ..whole(&forged) };
        let mut answer = Answer::new(SEQUENCE, PORT);
        let arrival = whole(&mixed);
        let (records, end) = read(&mut answer, &[(forged, liar), (mixed, arrival)]);
        assert_eq!(records, [b"ours"]);
        assert!(matches!(end, Some(Ok(()))));
        assert_eq!(answer.foreign, 4);
    }

    #[test]
    fn whatever_can_shorten_the_list_flags_it() {
        let interrupted = [ours(RECORD, MULTI | NLM_F_DUMP_INTR, b"aaaa"), done(0)].concat();
        let at_the_end = [ours(DONE, MULTI | NLM_F_DUMP_INTR, &[0; 4])].concat();
        let overrun = [ours(OVERRUN, 0, &[]), done(0)].concat();
        for (name, datagram) in [("record", interrupted), ("end", at_the_end), ("overrun", overrun)] {
            assert!(read_whole(&[datagram]).0.interrupted, "{name}");
        }
        let mut answer = Answer::new(SEQUENCE, PORT);
        answer.lost_some();
        assert!(answer.interrupted);
    }

    #[test]
    fn a_truncated_datagram_gives_what_it_holds() {
        let cut = [ours(RECORD, MULTI, b"whole"), ours(RECORD, MULTI, b"cut off")].concat();
        let stored = cut[..cut.len() - 6].to_vec();
        let arrival = Arrival { len: cut.len(), ..whole(&stored) };
        let mut answer = Answer::new(SEQUENCE, PORT);
        let end = done(0);
        let end_arrival = whole(&end);
        let (records, end) = read(&mut answer, &[(stored, arrival), (end, end_arrival)]);
        assert_eq!(records, [b"whole"]);
        assert!(matches!(end, Some(Ok(()))));
        assert!(answer.interrupted);
        assert_eq!((answer.truncated, answer.malformed), (1, 0));
    }

    #[test]
    fn damage_costs_one_datagram() {
        let mut lengthless = ours(RECORD, MULTI, b"gone");
        lengthless[..4].fill(0);
        let mut boundless = ours(RECORD, MULTI, b"gone");
        boundless[..4].fill(0xff);
        let remnant = [ours(RECORD, MULTI, b"kept"), vec![1, 2, 3]].concat();
        let (answer, records, end) = read_whole(&[lengthless, boundless, remnant, Vec::new(), done(0)]);
        assert_eq!(records, [b"kept"]);
        assert!(matches!(end, Some(Ok(()))));
        assert_eq!(answer.malformed, 3);
    }

    #[test]
    fn a_refusal_carries_the_errno_and_the_kernels_words() {
        let words = |text: &[u8]| {
            let len = u16::try_from(4 + text.len()).unwrap();
            [&len.to_ne_bytes(), &MESSAGE.to_ne_bytes()[..], text].concat()
        };
        let code = (-22i32).to_ne_bytes();
        let request = message(RECORD, 0, SEQUENCE, 0, &[0; 56]);
        let header = &request[..16];
        #[rustfmt::skip]
        let cases = [
            ("error",           ERROR, NLM_F_CAPPED,                  [&code[..], header].concat(),                          None),
            ("error, words",    ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, [&code[..], header, &words(b"no such\0")].concat(),    Some("no such")),
            ("uncapped, words", ERROR, NLM_F_ACK_TLVS,                [&code[..], &request, &words(b"no such\0")].concat(),  Some("no such")),
            ("done",            DONE,  MULTI,                         code.to_vec(),                                         None),
            ("done, words",     DONE,  MULTI | NLM_F_ACK_TLVS,        [&code[..], &words(b"too late\0")].concat(),           Some("too late")),
            ("cut-off words",   DONE,  MULTI | NLM_F_ACK_TLVS,        [&code[..], &[200, 0]].concat(),                       None),
            ("lying length",    ERROR, NLM_F_ACK_TLVS,                [&code[..], &[0xff; 16]].concat(),                     None),
        ];
        for (name, kind, flags, payload, expected) in cases {
            let (answer, _, end) = read_whole(&[ours(kind, flags, &payload)]);
            let Some(Err(Error::Refused { source, explanation })) = end else {
                panic!("{name}: {end:?}");
            };
            assert_eq!(source.raw_os_error(), Some(22), "{name}");
            assert_eq!(explanation.as_deref(), expected, "{name}");
            assert!(answer.over, "{name}");
        }
    }

    #[test]
    fn after_the_end_there_is_nothing() {
        let (mut answer, ..) = read_whole(&[done(-2)]);
        assert_eq!(answer.step(&done(0)).unwrap(), Step::End);
    }

    #[test]
    fn an_impossible_errno_is_no_overflow() {
        assert!(matches!(read_whole(&[done(i32::MIN)]).2, Some(Err(Error::Refused { .. }))));
    }
}
