//! Who an address belongs to, asked of the DNS as upstream asks: [`Fact`], [`Owners`].
//!
//! The answer is one line, `AS | prefix | country | registry | date`. Addresses that are nobody's in public are not asked about: who is
//! asked need not know them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use netdiag_text::Secrets;

use super::names::NOBODY;
use crate::address_records::{labels, name_server, texts};
use crate::trace::is_routed;

/// One of the things that are known of an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fact {
    AsNumber,
    Prefix,
    Country,
    Registry,
    Date,
}

impl Fact {
    /// By their numbers.
    pub(super) const ALL: [Self; 5] =
        [Self::AsNumber, Self::Prefix, Self::Country, Self::Registry, Self::Date];

    /// Columns of it, what stands before it included.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::AsNumber => 14,
            Self::Prefix => 19,
            Self::Country => 4,
            Self::Registry => 8,
            Self::Date => 11,
        }
    }

    /// It in its columns.
    pub(super) fn padded(self, words: &str) -> String {
        let width = self.width();
        match self {
            Self::AsNumber => format!("{:<width$}", format!("AS{words}")),
            _ => format!("{words:<width$}"),
        }
    }

    /// Its place in an answer.
    const fn place(self) -> usize {
        match self {
            Self::AsNumber => 0,
            Self::Prefix => 1,
            Self::Country => 2,
            Self::Registry => 3,
            Self::Date => 4,
        }
    }
}

/// What is known of addresses.
pub(super) struct Owners {
    /// Domains to ask about IPv4 and IPv6 addresses.
    providers: [String; 2],
    known: HashMap<IpAddr, Option<Vec<String>>>,
    /// How long answers may still be waited for.
    patience: Duration,
}

impl Owners {
    pub(super) fn new(providers: [String; 2]) -> Self {
        Self { providers, known: HashMap::new(), patience: PATIENCE }
    }

    /// What is known of one of them, `???` if that is nothing.
    pub(super) fn words(&mut self, address: Option<IpAddr>, fact: Fact) -> String {
        let Some(address) = address else { return NOBODY.to_owned() };
        let Self { providers, patience, known } = self;
        let known = known.entry(address).or_insert_with(|| {
            let (name, began) = (question(address, providers)?, Instant::now());
            let facts = ask(&name, *patience);
            *patience = patience.saturating_sub(began.elapsed());
            facts
        });
        let word = known.as_ref().and_then(|facts| facts.get(fact.place()).or_else(|| facts.first()));
        // Whoever answers for the domain chose it.
        word.map_or_else(|| NOBODY.to_owned(), |word| Secrets::NONE.show(word).to_string())
    }
}

/// The name to ask about; `None` for an address that is nobody's in public.
fn question(address: IpAddr, [v4, v6]: &[String; 2]) -> Option<String> {
    let address = match address {
        IpAddr::V6(translated) => of_translator(translated).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    is_routed(address).then(|| match (labels(address), address) {
        (labels, IpAddr::V4(_)) => format!("{labels}{v4}"),
        // The upper half of the address is enough.
        (labels, IpAddr::V6(_)) => format!("{}{v6}", labels.get(UPPER..).unwrap_or_default()),
    })
}

/// The IPv4 host behind a translator (RFC 6052).
fn of_translator(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    Some(((u32::from(high) << 16) | u32::from(low)).into())
}

/// The facts in the answer to a question about a name.
fn ask(name: &str, patience: Duration) -> Option<Vec<String>> {
    let texts = texts(name_server().ok()?, name, patience);
    // Of several prefixes the longest says most.
    texts
        .iter()
        .map(|text| facts(text))
        .max_by_key(|facts| facts.get(1).and_then(|prefix| prefix.rsplit_once('/')?.1.parse::<u8>().ok()))
}

/// What is between the bars of a line.
fn facts(line: &str) -> Vec<String> {
    line.split('|').map(|fact| fact.trim().to_owned()).collect()
}

/// Bytes of the labels of the lower half of an IPv6 address.
const UPPER: usize = 32;
/// For all the answers of a report.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_asked_about_as_upstream_does() {
        let providers = ["v4.test".to_owned(), "v6.test".to_owned()];
        #[rustfmt::skip]
        let cases = [
            ("8.8.4.1",               Some("1.4.8.8.v4.test")),
            ("2001:4860:4860::8888",  Some("0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.v6.test")),
            ("64:ff9b::808:401",      Some("1.4.8.8.v4.test")),
            ("10.0.0.1",              None),
            ("100.64.0.1",            None),
            ("192.0.2.1",             None),
            ("127.0.0.1",             None),
            ("fd00::1",               None),
            ("fe80::1",               None),
            ("2001:db8::1",           None),
        ];
        for (address, expected) in cases {
            assert_eq!(question(address.parse().unwrap(), &providers).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn an_answer_has_its_facts_between_bars() {
        let all = facts("23028 | 216.90.108.0/24 | US | arin | 1998-09-25");
        assert_eq!(all, ["23028", "216.90.108.0/24", "US", "arin", "1998-09-25"]);
        let words: Vec<_> = Fact::ALL.iter().map(|fact| fact.padded(&all[fact.place()])).collect();
        assert_eq!(words[0], "AS23028       ");
        assert_eq!(words[1], "216.90.108.0/24    ");
    }
}
