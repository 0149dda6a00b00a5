//! Random expressions and inet sockets for tests, drawn from few enough values to meet each other.

use std::net::IpAddr;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use super::{
    AddressFamily, Comparison, End, Expr, Glob, HeldSockets, Host, Predicate, Prefix, Quantity, Side, Subject,
};
use crate::TcpInfo;

pub(crate) fn expr() -> BoxedStrategy<Expr> {
    tree(prop_oneof![3 => in_kernel(), 1 => in_user_space()].boxed())
}

/// Only what the kernel can decide.
pub(crate) fn kernel_expr() -> BoxedStrategy<Expr> {
    tree(in_kernel())
}

pub(crate) fn tree(leaf: BoxedStrategy<Predicate>) -> BoxedStrategy<Expr> {
    leaf.prop_map(Expr::Is)
        .prop_recursive(4, 24, 4, |part| {
            prop_oneof![
                proptest::collection::vec(part.clone(), 0..4).prop_map(Expr::And),
                proptest::collection::vec(part.clone(), 0..4).prop_map(Expr::Or),
                part.prop_map(|part| Expr::Not(part.into())),
            ]
        })
        .boxed()
}

/// Ports and addresses only.
pub(crate) fn endpoint() -> BoxedStrategy<Predicate> {
    prop_oneof![
        (side(), comparison(), port_number())
            .prop_map(|(side, comparison, port)| Predicate::Port(side, comparison, port)),
        (side(), prefix(), proptest::option::of(port_number()))
            .prop_map(|(side, prefix, port)| Predicate::Host(side, Host::Inet { prefix, port })),
    ]
    .boxed()
}

fn in_kernel() -> BoxedStrategy<Predicate> {
    prop_oneof![
        4 => endpoint(),
        1 => (0u32..3).prop_map(Predicate::Interface),
        1 => (0u32..4, 0u32..4).prop_map(|(value, mask)| Predicate::Mark { value, mask }),
        1 => (0u64..3).prop_map(Predicate::Cgroup),
        1 => (0u16..100, 22u16..=65535).prop_map(|(low, high)| Predicate::Autobound(low..=high)),
        1 => (side(), elsewhere()).prop_map(|(side, host)| Predicate::Host(side, host)),
    ]
    .boxed()
}

/// Addresses no inet socket has.
fn elsewhere() -> impl Strategy<Value = Host> {
    select(vec![
        Host::Unix(Glob::new(*b"*")),
        Host::Link { protocol: None, interface: None },
        Host::Netlink { protocol: None, port: None },
        Host::Vsock { cid: None, port: None },
    ])
}

fn in_user_space() -> BoxedStrategy<Predicate> {
    let quantity = select(vec![
        Quantity::Uid,
        Quantity::Inode,
        Quantity::Cookie,
        Quantity::RecvQ,
        Quantity::SendQ,
        Quantity::Retrans,
        Quantity::Limited,
    ]);
    let time = select(vec![0, 1000, 2_000_000]);
    prop_oneof![
        (quantity, comparison(), 0u64..3)
            .prop_map(|(quantity, comparison, number)| Predicate::Number(quantity, comparison, number)),
        (select(vec![Quantity::Rtt, Quantity::Idle]), comparison(), time)
            .prop_map(|(quantity, comparison, time)| Predicate::Number(quantity, comparison, time)),
        proptest::collection::vec(0u32..4, 0..3)
            .prop_map(|inodes| Predicate::Held(HeldSockets::new("pid = 1", inodes))),
        select(vec![AddressFamily::INET, AddressFamily::INET6]).prop_map(Predicate::Family),
        select(vec!["tcp", "udp"]).prop_map(|netid| Predicate::Netid(netid.into())),
    ]
    .boxed()
}

pub(crate) fn subject() -> BoxedStrategy<Subject<'static>> {
    let ends = select(ADDRESSES.to_vec()).prop_flat_map(|local| {
        let local: IpAddr = local.parse().unwrap();
        let same: Vec<IpAddr> = addresses().filter(|remote| remote.is_ipv4() == local.is_ipv4()).collect();
        (Just(local), select(same))
    });
    let ports = (select(PORTS.to_vec()), select(PORTS.to_vec()));
    let numbers = (0u32..3, 0u64..3, 0u32..3, 0u32..3, 0u32..3);
    let asked = (any::<bool>().prop_map(Some), proptest::option::of(0..INFOS.len()));
    (ends, ports, numbers, proptest::option::of(0u32..4), asked, select(vec!["tcp", "udp"]))
        .prop_map(
            |(
                (local, remote),
                (sport, dport),
                (interface, cgroup, uid, inode, queue),
                mark,
                (asked, info),
                netid,
            )| Subject {
                family: if local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 },
                netid,
                local: End::Inet { address: local, port: sport },
                remote: End::Inet { address: remote, port: dport },
                interface,
                mark,
                cgroup: Some(cgroup),
                uid: Some(uid),
                inode,
                cookie: Some(u64::from(inode)),
                rqueue: Some(queue),
                wqueue: Some(queue),
                port_asked_for: asked,
                tcp: info.and_then(|at| INFOS.get(at)).map(|info| TcpInfo::new(info)),
            },
        )
        .boxed()
}

/// Connections of few numbers, one of them not measured.
static INFOS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let info = |number: u8| {
        let mut info = vec![0; 192];
        for at in [44, 52, 68, 100] {
            info[at..at + 4].copy_from_slice(&u32::from(number).to_ne_bytes());
        }
        info[168..184].copy_from_slice([u64::from(number); 2].map(u64::to_ne_bytes).as_flattened());
        info
    };
    (0..3).map(info).collect()
});

fn side() -> impl Strategy<Value = Side> {
    select(vec![Side::Local, Side::Remote])
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Above, AtLeast, AtMost, Below, Equal, NotEqual};
    select(vec![Equal, NotEqual, AtLeast, AtMost, Above, Below])
}

fn port_number() -> impl Strategy<Value = i64> {
    let inside = select(PORTS.to_vec()).prop_map(i64::from);
    prop_oneof![4 => inside, 1 => select(vec![-2, -1, 65_536, 65_558, 1 << 40])]
}

fn prefix() -> impl Strategy<Value = Prefix> {
    select(ADDRESSES.to_vec()).prop_flat_map(|address| {
        let address: IpAddr = address.parse().unwrap();
        let bits: u8 = if address.is_ipv4() { 32 } else { 128 };
        prop_oneof![0..=bits, Just(bits)].prop_map(move |len| Prefix::new(address, len).unwrap())
    })
}

fn addresses() -> impl Iterator<Item = IpAddr> {
    ADDRESSES.iter().map(|address| address.parse().unwrap())
}

const ADDRESSES: [&str; 7] =
    ["0.0.0.0", "127.0.0.1", "127.0.0.2", "10.1.2.3", "::", "::1", "::ffff:127.0.0.1"];
const PORTS: [u16; 7] = [0, 1, 22, 23, 1024, 65_534, 65_535];
