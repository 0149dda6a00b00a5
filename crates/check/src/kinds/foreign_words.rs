//! What people write for a kind who know it by another name: a tool, a protocol, a thing.
//!
//! None of these words is a kind; each only leads to the one that is meant, and to what it takes to ask that of it.

use netdiag_text::{Message, Trusted, message};

/// What is said to one who wrote `word` for a kind: the kind that is meant, and how.
pub(crate) fn meant(word: &str) -> Option<Message> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let (_, kind, how) = WORDS.iter().find(|(words, ..)| words.split(' ').any(|known| known == word))?;
    let kind = Trusted(kind);
    Some(match how {
        &"" => message!("did you mean `{}`?", kind),
        how => message!("did you mean `{}`, {}?", kind, Trusted(how)),
    })
}

/// Words, the kind that is meant by them, and what else has to be written.
#[rustfmt::skip]
const WORDS: [(&str, &str, &str); 25] = [
    ("ping ping4 ping6 icmp4 icmp6 icmpv6 fping echo latency loss", "icmp", ""),
    ("mtu path-mtu", "pmtu", ""),
    ("traceroute tracepath mtr path hops", "trace", ""),
    ("redis valkey", "tcp", r#"with talk = [{ send = "PING\r\n" }, { expect-text = "+PONG" }]"#),
    ("memcached", "tcp", r#"with talk = [{ send = "version\r\n" }, { expect = "^VERSION" }]"#),
    ("postgres postgresql pg", "tcp", r#"with talk = [{ send = '\x00\x00\x00\x08\x04\xd2\x16\x2f' }, { expect = "^[SN]" }]"#),
    ("mysql mariadb", "tcp", r#"with talk = [{ expect = '(?s-u)^.{4}\x0a' }]"#),
    ("smtp mail", "tcp", r#"with talk = [{ expect = "^220 " }]"#),
    ("ftp", "tcp", r#"with talk = [{ expect = "^220" }]"#),
    ("ssh sshd", "tcp", r#"with talk = [{ expect = "^SSH-2.0" }]"#),
    ("imap", "tcp", r#"with talk = [{ expect-text = "* OK" }]"#),
    ("pop3 pop", "tcp", r#"with talk = [{ expect-text = "+OK" }]"#),
    ("nc netcat telnet connect connection socket tcp4 tcp6 mongo mongodb kafka amqp rabbitmq ldap mqtt", "tcp", ""),
    ("https curl wget url web website rest api health http2", "http", "with url = \"https://HOST/\""),
    ("ssl cert certificate x509 openssl", "tls", ""),
    ("dig host nslookup resolve resolver name domain lookup", "dns", ""),
    ("port ports listener listening bind server service", "listen", ""),
    ("closed not-listening no-listener unused", "not-listen", ""),
    ("ss netstat connections states sockstat", "sockets", ""),
    ("interface nic link device dev eth ip-link carrier", "iface", ""),
    ("gateway gw routing default-route ip-route", "route", ""),
    ("kernel proc procfs setting parameter", "sysctl", ""),
    ("counter snmp nstat", "counters", ""),
    ("nf-conntrack nat netfilter", "conntrack", ""),
    ("command cmd shell script run bash sh program", "exec", "with cmd = [\"PROGRAM\"]"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Notation, Variables};
    use crate::kinds::Kind;
    use crate::plan::Plan;

    #[test]
    fn every_word_leads_to_a_kind_and_is_none() {
        let mut seen = Vec::new();
        for (words, kind, _) in WORDS {
            assert!(Kind::ALL.iter().any(|known| known.word == kind), "{kind}");
            for word in words.split(' ') {
                assert!(!Kind::ALL.iter().any(|known| known.word == word), "{word} is a kind");
                assert!(!seen.contains(&word), "{word} is there twice");
                seen.push(word);
                assert!(meant(word).unwrap().unshown().contains(&format!("`{kind}`")));
            }
        }
        assert_eq!(meant("Not_Listening").unwrap().unshown(), "did you mean `not-listen`?");
        assert_eq!(meant("tpc"), None);
    }

    #[test]
    fn what_is_to_be_written_can_be_read() {
        for (words, kind, how) in WORDS {
            let Some(line) = how.strip_prefix("with ") else { continue };
            let target = if kind == "tcp" { "target = \"h:1\"\n" } else { "" };
            let text =
                format!("version = 1\n[[check]]\nkind = \"{kind}\"\n{target}{}\n", line.replace("HOST", "h"));
            let read = Plan::read("f", &text, Notation::Toml, &Variables::default());
            assert!(read.is_ok(), "{words}: {}", read.unwrap_err().render(false));
        }
    }
}
