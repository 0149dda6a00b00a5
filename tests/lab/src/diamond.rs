//! Real routers of which one shares traffic among two, flow by flow, as the kernel has it.
//!
//! Linux goes by addresses alone unless it is told to look at ports (`fib_multipath_hash_policy`), and never at anything of ICMP.

use crate::{Error, Hop, Host, Lab};

/// A client, a router that shares traffic among two others, one where those meet, and a server.
#[derive(Debug)]
pub struct Diamond {
    /// Has `10.0.1.1` and `fd00:1::1`.
    pub client: Host,
    /// Has `10.0.1.254` towards the client, and shares traffic.
    pub parting: Host,
    /// Have `10.0.2.254` and `10.0.3.254` towards it.
    pub sides: [Host; 2],
    /// Has `10.0.4.254`, by which it answers the client.
    pub meeting: Host,
    /// Has `10.0.6.254` and `fd00:6::254`.
    pub server: Host,
}

impl Diamond {
    /// The server's addresses.
    pub const SERVERS: [&str; 2] = ["10.0.6.254", "fd00:6::254"];

    /// Builds it; routers limit their ICMP errors as a kernel does that nobody told otherwise.
    ///
    /// # Errors
    /// As the rest of the lab.
    pub fn new(lab: &Lab) -> Result<Self, Error> {
        let (client, server) = (lab.host("client")?, lab.host("server")?);
        let [parting, upper, lower, meeting] =
            ["parting", "upper", "lower", "meeting"].map(|name| lab.router(name));
        let (parting, upper, lower, meeting) = (parting?, upper?, lower?, meeting?);
        for router in [&parting, &upper, &lower, &meeting] {
            router.sysctl("net.ipv4.icmp_ratelimit", 1000)?;
            router.sysctl("net.ipv4.icmp_ratemask", 6168)?;
            // Packets come another way than answers go.
            router.sysctl("net.ipv4.conf.all.rp_filter", 0)?;
            router.sysctl("net.ipv4.fib_multipath_hash_policy", 1)?;
            router.sysctl("net.ipv6.fib_multipath_hash_policy", 1)?;
        }
        let links = [
            (&client, &parting),
            (&parting, &upper),
            (&parting, &lower),
            (&upper, &meeting),
            (&lower, &meeting),
            (&meeting, &server),
        ];
        for (number, (near, far)) in (1..).zip(links) {
            let name = format!("link{number}");
            lab.veth((near, &name), (far, &name))?;
            for (host, last) in [(near, 1), (far, 254)] {
                host.sysctl(&format!("net.ipv4.conf.{name}.rp_filter"), 0)?;
                host.address(&name, &format!("10.0.{number}.{last}/24"))?;
                host.address(&name, &format!("fd00:{number}::{last}/64"))?;
            }
        }
        let away: [(&Host, &[(&str, &str)]); 6] = [
            (&client, &[("10.0.1.254", "fd00:1::254")]),
            (&parting, &[("10.0.2.254", "fd00:2::254"), ("10.0.3.254", "fd00:3::254")]),
            (&upper, &[("10.0.4.254", "fd00:4::254")]),
            (&lower, &[("10.0.5.254", "fd00:5::254")]),
            (&server, &[("10.0.6.1", "fd00:6::1")]),
            (&meeting, &[("10.0.4.1", "fd00:4::1")]),
        ];
        for (host, next) in away {
            let (v4, v6): (Vec<&str>, Vec<&str>) = next.iter().copied().unzip();
            host.route("0.0.0.0/0", Hop::Among(&v4))?;
            host.route("::/0", Hop::Among(&v6))?;
        }
        for (host, number) in [(&upper, 2), (&lower, 3)] {
            host.route("10.0.1.0/24", Hop::Via(&format!("10.0.{number}.1")))?;
            host.route("fd00:1::/64", Hop::Via(&format!("fd00:{number}::1")))?;
        }
        Ok(Self { client, parting, sides: [upper, lower], meeting, server })
    }
}
