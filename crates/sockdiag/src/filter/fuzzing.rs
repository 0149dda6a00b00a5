//! Expressions for the fuzz targets: what the kernel and we decide of them.
//!
//! No kernel is asked: [`Bytecode`](super::Bytecode) is run here as the kernel runs it.

use super::{AddressFamily, End, Expr, Scope, Subject};

/// Divides an expression between the kernel and us: both parts together mean the expression, for some sockets.
///
/// # Panics
/// If they do not.
pub fn expression(expr: &Expr) {
    let ends: [[End<'_>; 2]; 3] =
        [["127.0.0.1", "0.0.0.0"], ["::1", "::"], ["::ffff:10.0.0.1", "::ffff:127.0.0.1"]]
            .map(|ends| ends.map(|end| End::Inet { address: end.parse().expect("an address"), port: 0 }));
    let plans = [false, true].map(|mark| expr.plan(Scope { mark }));
    for (n, [local, remote]) in (0..).zip(ends) {
        for ports in [[22, 0], [0, 80], [1024, 65_535], [40_000, 443]] {
            let subject = Subject {
                family: if n == 0 { AddressFamily::INET } else { AddressFamily::INET6 },
                netid: if ports[1] == 0 { "udp" } else { "tcp" },
                local: at(local, ports[0]),
                remote: at(remote, ports[1]),
                interface: n,
                mark: n.checked_sub(1),
                cgroup: Some(7),
                uid: Some(1000 * n),
                inode: 11 + n,
                cookie: Some(n.into()),
                rqueue: Some(n),
                wqueue: None,
                port_asked_for: Some(ports[0] < 1024),
                tcp: None,
            };
            for plan in &plans {
                let chosen = plan.bytecode.as_ref().is_none_or(|bytecode| bytecode.matches(&subject));
                assert_eq!(
                    chosen && plan.rest.matches(&subject),
                    expr.matches(&subject),
                    "{expr} {plan:?} {subject:?}"
                );
            }
        }
    }
}

fn at(end: End<'_>, port: u16) -> End<'_> {
    match end {
        End::Inet { address, .. } => End::Inet { address, port },
        other => other,
    }
}
