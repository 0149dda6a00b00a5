//! What `-i` tells of connections in trouble, full queues, signatures and subflows, against counters the kernel keeps
//! elsewhere.

use std::net::SocketAddr;

use netdiag_lab::{Family, Lab, TcpPeer, until};
use netdiag_sys::set_option;
use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};

use super::sight::{PATIENCE, Sight, counter, steady};
use crate::guard;

#[test]
fn what_is_sent_again_is_counted_as_the_host_counts_it() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("again").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    // One segment, which nobody acknowledges: all the host ever sends again.
    let held = peer.unacknowledged(Family::V4, 100).unwrap();
    let says = || {
        let row = held.row(host).unwrap().filter(|row| row.retransmits >= 2)?;
        Some((counter(host, "Tcp", "RetransSegs"), row.retransmits))
    };
    let ((again, timeouts), sight) = steady(says, || Sight::of(host, &held));
    assert!(again >= 2);
    assert_eq!(sight.word("retrans"), Some(format!("1/{again}").as_str()), "{:?}", sight.words);
    #[rustfmt::skip]
    let cases = [
        // word,          key,                  value
        ("backoff",       "/tcp/backoff",       timeouts.into()),
        ("lost",          "/tcp/lost",          1),
        ("unacked",       "/tcp/unacked",       1),
        ("bytes_retrans", "/tcp/retrans_bytes", 100 * again),
        ("bytes_sent",    "/tcp/sent_bytes",    100 * (again + 1)),
        ("data_segs_out", "/tcp/data_segs_out", again + 1),
        ("cwnd",          "/tcp/cwnd",          1),
    ];
    for (word, key, expected) in cases {
        assert_eq!((sight.number(word), sight.json(key)), (expected, &json!(expected)), "{word}");
    }
    assert_eq!(sight.json("/tcp/retrans"), 1);
    assert_eq!(sight.json("/tcp/total_retrans"), again);
    assert_eq!(sight.json("/tcp/retransmits"), timeouts);
    assert_eq!(sight.json("/tcp/ca_state"), "loss");
    assert_eq!(sight.json("/tcp/received_bytes"), 0);
}

#[test]
fn a_connection_in_order_counts_no_trouble() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("order").unwrap();
    let held = host.tcp_unread(Family::V6, 5000).unwrap();
    let sight = Sight::of(host, &held);
    for word in ["retrans", "lost", "backoff", "bytes_retrans", "unacked", "sacked"] {
        assert_eq!(sight.word(word), None, "{word} in {:?}", sight.words);
    }
    assert_eq!(sight.number("bytes_received"), 5000);
    for key in ["retrans", "total_retrans", "lost", "backoff", "retrans_bytes", "unacked"] {
        assert_eq!(sight.json(&format!("/tcp/{key}")), 0, "{key}");
    }
}

#[test]
fn a_closed_window_is_zero_on_both_ends() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("window").unwrap();
    let held = host.tcp_stalled(Family::V4).unwrap();
    let says = || held.row(host).unwrap().map(|row| (row.send_queue, row.probes));
    // The probe that comes first takes what room is left.
    let closed = until("the window closes", PATIENCE, || {
        let (says, sight) = steady(says, || Sight::of(host, &held));
        (sight.json("/tcp/snd_wnd_bytes") == 0).then_some((says, sight))
    });
    let ((queued, _), sender) = closed.unwrap();
    assert_eq!(sender.word("snd_wnd"), None, "zero is not worth a word: {:?}", sender.words);
    assert_eq!(
        (sender.words[2].as_str(), sender.json("/send_q")),
        (queued.to_string().as_str(), &json!(queued))
    );
    assert_eq!(sender.number("notsent"), u64::from(queued), "nothing is on its way: {:?}", sender.words);
    assert!(sender.word("rwnd_limited").is_some(), "{:?}", sender.words);
    assert!(sender.json("/tcp/rwnd_limited_us").as_u64() > Some(0));

    let peer = held.socket().unwrap().peer_addr().unwrap().as_socket().unwrap();
    let receiver = Sight::at(host, "-t", &peer.to_string(), &held.local.to_string());
    let unread: u64 = receiver.words[1].parse().unwrap();
    assert_eq!(receiver.json("/recv_q"), unread);
    assert_eq!(receiver.number("bytes_received"), unread);
    // What is sent is what is unread there and what waits here.
    assert_eq!(sender.number("bytes_acked"), unread + 1, "{:?}", sender.words);
}

#[test]
fn a_full_accept_queue_holds_one_more_than_its_backlog_and_takes_no_other() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("backlog").unwrap();
    for family in Family::ALL {
        let listener = host.tcp_pending(family, 6, 5).unwrap();
        let before = counter(host, "TcpExt", "ListenOverflows");
        let late = host.run(|| Socket::new(Domain::for_address(listener.local), Type::STREAM, None)).unwrap();
        late.set_nonblocking(true).unwrap();
        // That it is in progress is all it can say.
        late.connect(&listener.local.into()).ok();
        let refused = || (counter(host, "TcpExt", "ListenOverflows") > before).then_some(());
        until("the listener takes no other", PATIENCE, refused).unwrap();
        let sight = Sight::of(host, &listener);
        assert_eq!(sight.words[..3], ["LISTEN", "6", "5"]);
        assert_eq!((sight.json("/recv_q"), sight.json("/send_q")), (&json!(6), &json!(5)));
        assert_eq!((sight.number("unacked"), sight.json("/tcp/unacked")), (6, &json!(6)));
        assert_eq!((sight.word("sacked"), sight.json("/tcp/sacked")), (None, &json!(5)));
        let near = late.local_addr().unwrap().as_socket().unwrap();
        let late = Sight::at(host, "-t", &near.to_string(), &listener.local.to_string());
        assert_eq!((late.words[0].as_str(), late.json("/state")), ("SYN-SENT", &json!("syn-sent")));
    }
}

#[test]
fn keys_of_signed_connections_are_told_to_who_may_know_them() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("keys").unwrap();
    let listener = host.run(|| Socket::new(Domain::IPV4, Type::STREAM, None)).unwrap();
    for (address, key) in [([10, 0, 0, 0], &b"k2"[..]), ([127, 0, 0, 1], b"sec ret,\\")] {
        let prefix = if address[0] == 10 { 8 } else { 32 };
        let set = set_option(&listener, IPPROTO_TCP, TCP_MD5SIG_EXT, &mut md5(address, prefix, key));
        set.expect("this kernel signs no TCP segments: it needs CONFIG_TCP_MD5SIG");
    }
    listener.bind(&"127.0.0.1:179".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(1).unwrap();
    let sight = Sight::at(host, "-t", "127.0.0.1:179", "0.0.0.0:*");
    let mut keys: Vec<&str> = sight.word("md5keys").unwrap().split(',').collect();
    keys.sort_unstable();
    assert_eq!(keys, ["10.0.0.0/8=k2", "127.0.0.1/32=sec\\040ret\\054\\134"]);
    let mut keys = sight.json("/md5_keys").as_array().unwrap().clone();
    keys.sort_by_key(|key| key["prefix_len"].as_u64());
    assert_eq!(
        keys,
        [
            json!({"address": "10.0.0.0", "prefix_len": 8, "key_hex": "6b32"}),
            json!({"address": "127.0.0.1", "prefix_len": 32, "key_hex": "736563207265742c5c"}),
        ]
    );
}

/// `struct tcp_md5sig`: whose segments, how many bits of the address count, the key.
fn md5(address: [u8; 4], prefix: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 216];
    bytes[..2].copy_from_slice(&2_u16.to_ne_bytes());
    bytes[4..8].copy_from_slice(&address);
    // TCP_MD5SIG_FLAG_PREFIX
    bytes[128..130].copy_from_slice(&[1, prefix]);
    bytes[130..132].copy_from_slice(&u16::try_from(key.len()).unwrap().to_ne_bytes());
    bytes[136..136 + key.len()].copy_from_slice(key);
    bytes
}

#[test]
fn a_subflow_is_known_by_the_tokens_of_its_connection() {
    guard::namespace();
    let host = &Lab::new().unwrap().host("multipath").unwrap();
    let open = || host.run(|| Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::MPTCP)));
    let listener = open().expect("this kernel has no MPTCP: it needs CONFIG_MPTCP and net.mptcp.enabled");
    listener.bind(&"127.0.0.1:4433".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(1).unwrap();
    let client = open().unwrap();
    client.connect(&listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    client.send(&[7; 10]).unwrap();
    server.peek(&mut [std::mem::MaybeUninit::uninit(); 10]).unwrap();
    let near = client.local_addr().unwrap().as_socket().unwrap().to_string();
    let far = "127.0.0.1:4433";

    let ends = [(near.as_str(), far), (far, near.as_str())];
    let whole = ends.map(|(local, peer)| Sight::at(host, "-M", local, peer));
    let parts = ends.map(|(local, peer)| Sight::at(host, "-t", local, peer));
    for (whole, part) in whole.iter().zip(&parts) {
        let token = u32::from_str_radix(whole.word("token").unwrap(), 16).unwrap();
        assert_eq!(whole.json("/mptcp/token"), token);
        assert!(whole.words.iter().any(|word| word == "remote_key"), "{:?}", whole.words);
        assert!(part.words.iter().any(|word| word == "tcp-ulp-mptcp"), "{:?}", part.words);
        // The first subflow needed no token of the peer's to join.
        assert_eq!(part.word("token"), Some(format!("0000(id:0)/{token:04x}(id:0)").as_str()));
        assert_eq!(part.json("/ulp/name"), "mptcp");
        assert_eq!(part.json("/ulp/subflow/local_token"), token);
        assert_eq!(part.json("/ulp/subflow/remote_token"), 0);
    }
    assert_ne!(whole[0].word("token"), whole[1].word("token"));
    // Ten bytes went from the client to the server, whichever level counts.
    assert_eq!((whole[0].number("bytes_sent"), whole[0].json("/mptcp/sent_bytes")), (10, &json!(10)));
    assert_eq!((whole[1].number("bytes_received"), whole[1].json("/mptcp/received_bytes")), (10, &json!(10)));
    // The memory that is queued there, which is more than the payload.
    let queued: u64 = whole[1].words[1].parse().unwrap();
    assert!(queued >= 10 && whole[1].json("/recv_q") == queued, "{:?}", whole[1].words);
}

const IPPROTO_TCP: i32 = 6;
const TCP_MD5SIG_EXT: i32 = 32;
