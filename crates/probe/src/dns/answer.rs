//! A DNS answer: its records, and whether they answer the question.
//!
//! A record answers only if its owner is the name asked about, or one that aliases lead to from there; a server may put anything
//! into its answer.

use std::collections::{HashSet, VecDeque};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use netdiag_text::{Trusted, message};

use super::question::DnsQuestion;
use crate::error::{Error, PhaseError};
use crate::phases::Phase;

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsAnswer {
    /// The response code by its name in the registry: `NOERROR`, `NXDOMAIN`; `RCODE` and a number for one without a name.
    pub code: String,
    /// The server answers for the zone itself.
    pub authoritative: bool,
    /// The server would ask others.
    pub recursion: bool,
    /// The server has checked signatures.
    pub authenticated: bool,
    /// It came over TCP.
    pub tcp: bool,
    /// How often it was asked for: more than once where datagrams were lost, or the server was slow.
    pub asked: u32,
    /// Bytes of it.
    pub bytes: usize,
    /// Every record in its answer section, aliases on the way included.
    pub records: Vec<DnsRecord>,
}

/// A resource record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DnsRecord {
    /// Its owner, fully qualified.
    pub name: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// Its type: `A`, `CNAME`; `TYPE` and a number for one without a name.
    pub kind: String,
    /// Its data as in a zone file; of a type that is not known here as RFC 3597 writes it.
    pub data: String,
    /// Whether it is of the type asked for, and of the name asked about or one that aliases lead to.
    pub answers: bool,
}

impl DnsQuestion {
    pub(super) fn answer(&self, message: &Message, tcp: bool, asked: u32, bytes: usize) -> DnsAnswer {
        let owners = self.owners(&message.answers);
        let record = |record: &Record| DnsRecord {
            name: record.name.to_string(),
            ttl: record.ttl,
            kind: kind(record.record_type()),
            data: data(&record.data),
            answers: self.wants(record) && owners.contains(&record.name),
        };
        DnsAnswer {
            code: code(message.metadata.response_code),
            authoritative: message.metadata.authoritative,
            recursion: message.metadata.recursion_available,
            authenticated: message.metadata.authentic_data,
            tcp,
            asked,
            bytes,
            records: message.answers.iter().map(record).collect(),
        }
    }

    /// Whether it was answered: no error, and a record that answers.
    pub(super) fn judge(&self, message: &Message) -> Result<(), PhaseError> {
        let owners = self.owners(&message.answers);
        let mut wanted = message.answers.iter().filter(|record| self.wants(record)).peekable();
        let what = match message.metadata.response_code {
            ResponseCode::NoError => match wanted.peek() {
                None => message!("no {} record", Trusted(&kind(self.kind))),
                Some(first) => {
                    let first = first.name.clone();
                    if wanted.any(|record| owners.contains(&record.name)) {
                        return Ok(());
                    }
                    message!("no {} record but of another name, {}", Trusted(&kind(self.kind)), first)
                }
            },
            code => Trusted(&self::code(code)).into(),
        };
        Err(Error::Unexpected(message!("{}: {}", self.name, what)).during(Phase::Transfer))
    }

    fn wants(&self, record: &Record) -> bool {
        self.kind == RecordType::ANY || record.record_type() == self.kind
    }

    /// The name asked about and those that aliases lead to (CNAME, and DNAME of what is above it, RFC 6672).
    fn owners(&self, records: &[Record]) -> HashSet<Name> {
        let mut owners = HashSet::from([self.name.clone()]);
        let mut following = VecDeque::from([self.name.clone()]);
        for _ in 0..LONGEST_CHAIN {
            let Some(owner) = following.pop_front() else { break };
            let aliases = records.iter().filter_map(|record| alias(&owner, record));
            following.extend(aliases.filter(|alias| owners.insert(alias.clone())));
        }
        owners
    }
}

/// Where `record` leads from `owner`.
fn alias(owner: &Name, record: &Record) -> Option<Name> {
    match &record.data {
        RData::CNAME(target) if record.name == *owner => Some(target.0.clone()),
        data if record.record_type() == RecordType::DNAME
            && record.name != *owner
            && record.name.zone_of(owner) =>
        {
            let above = owner.num_labels().checked_sub(record.name.num_labels())?;
            let labels: Vec<&[u8]> = owner.iter().take(above.into()).collect();
            Name::from_labels(labels).ok()?.append_domain(&target(data)?).ok()
        }
        _ => None,
    }
}

/// The name a DNAME leads to, which is never compressed (RFC 6672 §2.3).
fn target(data: &RData) -> Option<Name> {
    let RData::Unknown { rdata, .. } = data else { return None };
    let mut labels: Vec<&[u8]> = Vec::new();
    let mut rest = rdata.anything.as_slice();
    loop {
        let (length, more) = rest.split_first()?;
        match *length {
            0 if more.is_empty() => break,
            1..=63 => {
                labels.push(more.get(..usize::from(*length))?);
                rest = more.get(usize::from(*length)..)?;
            }
            _ => return None,
        }
    }
    let mut name = Name::from_labels(labels).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// A record's data as in a zone file.
fn data(data: &RData) -> String {
    match (data, target(data)) {
        (RData::Unknown { code: RecordType::DNAME, .. }, Some(target)) => target.to_string(),
        (RData::Unknown { rdata, .. }, _) => {
            let digits: String = rdata.anything.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\# {} {digits}", rdata.anything.len()).trim_end().to_owned()
        }
        (known, _) => known.to_string(),
    }
}

fn kind(kind: RecordType) -> String {
    match kind {
        RecordType::Unknown(number) => format!("TYPE{number}"),
        known => known.to_string(),
    }
}

fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::Unknown(number) => format!("RCODE{number}"),
        known => format!("{known:?}").to_ascii_uppercase(),
    }
}

/// Aliases of aliases that are followed.
const LONGEST_CHAIN: usize = 32;

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{A, CNAME, NULL};

    use super::*;
    use crate::endpoint::{Host, HostPort};

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn a(owner: &str) -> Record {
        Record::from_rdata(name(owner), 60, RData::A(A::new(192, 0, 2, 7)))
    }

    fn cname(owner: &str, target: &str) -> Record {
        Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
    }

    fn dname(owner: &str, target: &[u8]) -> Record {
        let data = RData::Unknown { code: RecordType::DNAME, rdata: NULL::with(target.to_vec()) };
        Record::from_rdata(name(owner), 60, data)
    }

    #[test]
    fn only_the_name_asked_about_and_its_aliases_answer() {
        let server = HostPort { host: Host::Ip([127, 0, 0, 1].into(), None), port: 53 };
        #[rustfmt::skip]
        let cases: [(&str, Vec<Record>, Option<&str>); 9] = [
            ("A",     vec![a("a.test.")],                                             None),
            ("A",     vec![a("A.Test.")],                                             None),
            ("A",     vec![a("evil.test.")],                                          Some("another name, evil.test.")),
            ("A",     vec![cname("a.test.", "b.test."), a("b.test.")],                None),
            ("A",     vec![a("c.test."), cname("b.test.", "c.test."), cname("a.test.", "b.test.")], None),
            ("A",     vec![cname("a.test.", "b.test."), cname("b.test.", "a.test.")], Some("no A record")),
            ("A",     vec![cname("x.test.", "b.test."), a("b.test.")],                Some("another name, b.test.")),
            ("A",     vec![dname("test.", b"\x03net\0"), a("a.net.")],                None),
            ("CNAME", vec![cname("a.test.", "b.test.")],                              None),
        ];
        for (kind, records, wrong) in cases {
            let question = DnsQuestion::new(server.clone(), "a.test", kind).unwrap();
            let (mut message, _) = question.message().unwrap();
            message.answers.clone_from(&records);
            let judged = question.judge(&message).map_err(|failed| failed.to_string());
            match wrong {
                None => assert_eq!(judged, Ok(()), "{records:?}"),
                Some(words) => assert!(judged.clone().unwrap_err().contains(words), "{judged:?}"),
            }
            let answer = question.answer(&message, false, 1, 0);
            assert_eq!(answer.records.iter().any(|record| record.answers), wrong.is_none());
        }
    }

    #[test]
    fn aliases_of_aliases_are_followed_so_far() {
        let server = HostPort { host: Host::Ip([127, 0, 0, 1].into(), None), port: 53 };
        let question = DnsQuestion::new(server, "a0.test", "A").unwrap();
        for (count, leads) in [(32, true), (33, false), (1000, false)] {
            let at = |number: usize| format!("a{number}.test.");
            let aliases = (0..count).map(|number| cname(&at(number), &at(number + 1)));
            let (mut message, _) = question.message().unwrap();
            message.answers = aliases.chain([a(&at(count))]).collect();
            assert_eq!(question.judge(&message).is_ok(), leads, "{count}");
        }
    }

    #[test]
    fn data_is_as_in_a_zone_file() {
        #[rustfmt::skip]
        let cases = [
            (a("a.test."),                              "A",         "192.0.2.7"),
            (dname("test.", b"\x03net\x07example\0"),   "DNAME",     "net.example."),
            (dname("test.", b"\xc0\x0c"),               "DNAME",     "\\# 2 c00c"),
            (Record::from_rdata(name("t."), 1, RData::Unknown { code: RecordType::from(65280), rdata: NULL::with(vec![1, 0xab]) }),
                                                        "TYPE65280", "\\# 2 01ab"),
        ];
        for (record, shown, text) in cases {
            assert_eq!((kind(record.record_type()).as_str(), data(&record.data).as_str()), (shown, text));
        }
    }
}
