//! Inet sockets in a file: netlink messages one after the other, as `ss -D` writes and `TCPDIAG_FILE` names them.
//!
//! Such a file holds one dump per family, each closed by an `NLMSG_DONE`, so reading does not stop at the first one. Files
//! come from anywhere: a length is believed only within bounds, and a file that ends in the middle is an error.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use netlink_packet_core::{NLM_F_DUMP_INTR, NLM_F_MULTIPART};
use netlink_packet_sock_diag::constants::SOCK_DIAG_BY_FAMILY;

use crate::family::inet::InetSocket;
use crate::frame::Frame;
use crate::{InetRequest, Query};

/// Writes sockets to a file.
#[derive(Debug)]
pub struct Recorder<W> {
    out: W,
    message: Vec<u8>,
}

impl<W: Write> Recorder<W> {
    /// Writes to `out`, a message at a time.
    pub fn new(out: W) -> Self {
        Self { out, message: Vec::new() }
    }

    /// Adds a socket.
    ///
    /// # Errors
    /// Those of writing.
    pub fn socket(&mut self, socket: &InetSocket<'_>) -> io::Result<()> {
        self.begin();
        socket.write_to(&mut self.message);
        self.end(SOCK_DIAG_BY_FAMILY, 0)
    }

    /// Closes one dump; another may follow.
    ///
    /// # Errors
    /// Those of writing.
    pub fn done(&mut self, interrupted: bool) -> io::Result<()> {
        self.begin();
        self.message.extend(0i32.to_ne_bytes());
        self.end(DONE, if interrupted { NLM_F_DUMP_INTR } else { 0 })
    }

    /// Hands over what is still buffered, and the file.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn begin(&mut self) {
        self.message.clear();
        self.message.resize(HEADER, 0);
    }

    fn end(&mut self, kind: u16, flags: u16) -> io::Result<()> {
        let len = u32::try_from(self.message.len()).expect("a record is far shorter than 4 GiB");
        self.message[..4].copy_from_slice(&len.to_ne_bytes());
        self.message[4..6].copy_from_slice(&kind.to_ne_bytes());
        self.message[6..8].copy_from_slice(&(NLM_F_MULTIPART | flags).to_ne_bytes());
        self.message.resize(self.message.len().next_multiple_of(4), 0);
        self.out.write_all(&self.message)
    }
}

/// Why a file cannot be read to its end; the sockets before are good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The system would not open it.
    #[error("cannot be opened")]
    Open(#[source] io::Error),
    /// The system could not read it.
    #[error("cannot be read")]
    Read(#[source] io::Error),
    /// It ends in the middle of a message, or without an end mark.
    #[error("ends unexpectedly")]
    End,
    /// A message claims a length that none has.
    #[error("is no recording: message of {0} bytes")]
    Length(u32),
    /// The kernel had refused the recorded dump.
    #[error("holds a refusal of the kernel")]
    Refused(#[source] io::Error),
}

/// Reads sockets from a file.
#[derive(Debug)]
pub struct Replay<R> {
    input: R,
    message: Vec<u8>,
    /// Whether the latest message closed a dump, so that the file may end here.
    closed: bool,
    /// Whether nothing behind the first dump counts.
    first_only: bool,
    /// Whether a recorded dump was flagged as inconsistent by the kernel.
    pub interrupted: bool,
    /// How many messages were no sockets; they were passed over.
    pub malformed: u64,
}

impl Replay<BufReader<File>> {
    /// Reads the file `path`, which may be a pipe.
    ///
    /// # Errors
    /// [`RecordingError::Open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        File::open(path).map(BufReader::new).map(Self::new).map_err(RecordingError::Open)
    }
}

impl<R: Read> Replay<R> {
    /// Reads from `input`, in two small reads per socket.
    pub fn new(input: R) -> Self {
        Self {
            input,
            message: Vec::new(),
            closed: false,
            first_only: false,
            interrupted: false,
            malformed: 0,
        }
    }

    /// Ends where the first dump does, as iproute2's `ss` has it: of a file that one wrote, that is what it tells of IPv4.
    #[must_use]
    pub fn first_only(self) -> Self {
        Self { first_only: true, ..self }
    }

    /// The next socket; `None` at the end of the file.
    ///
    /// # Errors
    /// After any error there is nothing more to read.
    #[expect(clippy::should_implement_trait, reason = "no iterator can lend from its own buffer")]
    pub fn next(&mut self) -> Result<Option<InetSocket<'_>>, RecordingError> {
        loop {
            if self.closed && self.first_only {
                return Ok(None);
            }
            let Some(frame) = self.receive()? else {
                return Ok(None);
            };
            self.closed = false;
            self.interrupted |= frame.flags & NLM_F_DUMP_INTR != 0;
            let payload = frame.payload;
            match frame.kind {
                DONE | ERROR => self.close(payload)?,
                SOCK_DIAG_BY_FAMILY | TCPDIAG
                    if InetRequest::view(&self.message[payload.clone()]).is_ok() =>
                {
                    return Ok(InetRequest::view(&self.message[payload]).ok());
                }
                _ => self.malformed += 1,
            }
        }
    }

    fn receive(&mut self) -> Result<Option<Frame>, RecordingError> {
        let mut header = [0; HEADER];
        match fill(&mut self.input, &mut header)? {
            0 if self.closed => return Ok(None),
            HEADER => {}
            _ => return Err(RecordingError::End),
        }
        let [a, b, c, d, ..] = header;
        let claimed = u32::from_ne_bytes([a, b, c, d]);
        let len = usize::try_from(claimed).ok().filter(|len| (HEADER..=LONGEST).contains(len));
        let len = len.ok_or(RecordingError::Length(claimed))?;
        self.message.clear();
        self.message.extend(header);
        self.message.resize(len.next_multiple_of(4), 0);
        if HEADER + fill(&mut self.input, &mut self.message[HEADER..])? < len {
            return Err(RecordingError::End);
        }
        let frame = Frame::at(&self.message, 0).and_then(Result::ok);
        Ok(Some(frame.expect("the length has been checked")))
    }

    fn close(&mut self, payload: std::ops::Range<usize>) -> Result<(), RecordingError> {
        self.closed = true;
        let code = self.message[payload].first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
        if code < 0 {
            return Err(RecordingError::Refused(io::Error::from_raw_os_error(code.saturating_neg())));
        }
        Ok(())
    }
}

/// Reads until `to` is full or the file ends, and says how much came.
fn fill(input: &mut impl Read, to: &mut [u8]) -> Result<usize, RecordingError> {
    let mut len = 0;
    while len < to.len() {
        match input.read(&mut to[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(RecordingError::Read(error)),
        }
    }
    Ok(len)
}

/// Bytes of a message's header.
const HEADER: usize = 16;
/// The kernel's messages are half as long at most.
const LONGEST: usize = 64 * 1024;
/// `NLMSG_ERROR`, `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `TCPDIAG_GETSOCK`: what answers to the oldest form of the request are called.
const TCPDIAG: u16 = 18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::message;

    const V4: &[u8] = include_bytes!("../../../tests/data/inet-tcp4.bin");
    const V6: &[u8] = include_bytes!("../../../tests/data/inet-tcp6-extended.bin");

    fn replay(file: &[u8]) -> (Vec<Vec<u8>>, Result<(), RecordingError>, bool, u64) {
        let mut replay = Replay::new(file);
        let mut records = Vec::new();
        let end = loop {
            match replay.next() {
                Ok(Some(socket)) => {
                    let mut record = Vec::new();
                    socket.write_to(&mut record);
                    records.push(record);
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        (records, end, replay.interrupted, replay.malformed)
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn both_halves_are_read_and_what_is_recorded_comes_back() {
        let (records, end, interrupted, malformed) = replay(&[V4, V6].concat());
        assert_eq!(records.len(), 12 + 11);
        assert!(end.is_ok() && !interrupted && malformed == 0);

        let mut recorder = Recorder::new(Vec::new());
        for (n, record) in records.iter().enumerate() {
            if n == 12 {
                recorder.done(false).unwrap();
            }
            recorder.socket(&InetRequest::view(record).unwrap()).unwrap();
        }
        recorder.done(true).unwrap();
        let (again, end, interrupted, _) = replay(&recorder.finish().unwrap());
        assert_eq!(again, records);
        assert!(end.is_ok() && interrupted);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn a_file_cut_off_anywhere_says_so_and_gives_what_it_holds() {
        for len in 0..V4.len() {
            let (records, end, ..) = replay(&V4[..len]);
            assert!(records.len() <= 12);
            assert!(matches!(end, Err(RecordingError::End)), "{len} bytes");
        }
    }

    #[test]
    fn what_is_no_recording_is_told_apart() {
        let mut socket = [0; 72];
        socket[0] = 2;
        let good = message(20, 2, 0, 0, &socket);
        let old = message(18, 2, 0, 0, &socket);
        let done = message(3, 2, 0, 0, &[0; 4]);
        let claims = |len: u32| [&len.to_ne_bytes()[..], &[0; 12]].concat();
        let refusal = message(2, 0, 0, 0, &(-13i32).to_ne_bytes());
        #[rustfmt::skip]
        let cases = [
            ("nothing",             vec![],                                       0, "Err(End)"),
            ("only an end",         done.clone(),                                 0, "Ok(())"),
            ("no end",              good.clone(),                                 1, "Err(End)"),
            ("old and new",         [&good[..], &old, &done].concat(),            2, "Ok(())"),
            ("half an end",         [&good[..], &done[..18]].concat(),            1, "Err(End)"),
            ("huge",                [&good[..], &claims(60_000_000)].concat(),    1, "Err(Length(60000000))"),
            ("long, and not there", [&good[..], &claims(60_000)].concat(),        1, "Err(End)"),
            ("too short",           [&good[..], &claims(15)].concat(),            1, "Err(Length(15))"),
            ("text",                b"not a recording at all".to_vec(),           0, "Err(Length(544501614))"),
            ("a refusal",           [good, refusal].concat(),                     1, "Err(Refused("),
        ];
        for (name, file, count, expected) in cases {
            let (records, end, ..) = replay(&file);
            assert_eq!(records.len(), count, "{name}");
            let end = format!("{end:?}");
            if cfg!(target_endian = "little") || !end.contains("Length(5") {
                assert!(end.starts_with(expected), "{name}: {end}");
            }
        }
    }

    #[test]
    fn what_follows_the_first_dump_may_be_left_unread() {
        let (mut v4, mut v6) = ([0; 72], [0; 72]);
        (v4[0], v6[0]) = (2, 10);
        let done = message(3, 2, 0, 0, &[0; 4]);
        let first = [message(20, 2, 0, 0, &v4), done.clone()].concat();
        // Not even looked at.
        for behind in [[message(20, 2, 0, 0, &v6), done].concat(), b"not a recording at all".to_vec()] {
            let file = [&first[..], &behind].concat();
            let mut replay = Replay::new(&file[..]).first_only();
            assert!(replay.next().unwrap().is_some());
            assert!((0..2).all(|_| replay.next().unwrap().is_none()));
        }
    }

    #[test]
    fn what_is_no_socket_is_counted_and_passed_over() {
        let file =
            [message(20, 2, 0, 0, &[9; 80]), message(99, 2, 0, 0, &[0; 72]), message(3, 2, 0, 0, &[0; 4])];
        let (records, end, _, malformed) = replay(&file.concat());
        assert!(records.is_empty() && end.is_ok());
        assert_eq!(malformed, 2);
    }
}
