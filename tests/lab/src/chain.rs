//! Real routers in a row, which answer as the kernel has them.
//!
//! Linux limits ICMP errors by address: six at once, then one a second (`icmp_ratelimit`). Whoever asks faster is not answered,
//! and nothing is lost by that.

use crate::{Error, Hop, Host, Lab};

/// A client, routers, and a server behind them, with both IP versions routed from end to end.
#[derive(Debug)]
pub struct Chain {
    /// Has `10.0.1.1` and `fd00:1::1`.
    pub client: Host,
    /// The first has `10.0.1.254` and `fd00:1::254` towards the client, the next `10.0.2.254`, and so on.
    pub routers: Vec<Host>,
    /// Has the `.254` of the last network.
    pub server: Host,
}

impl Chain {
    /// Builds it with so many routers, nine at the most.
    ///
    /// # Errors
    /// As the rest of the lab.
    pub fn new(lab: &Lab, routers: u8) -> Result<Self, Error> {
        let client = lab.host("client")?;
        let names = (1..=routers).map(|number| format!("router{number}"));
        let routers: Vec<Host> = names.map(|name| lab.router(&name)).collect::<Result<_, _>>()?;
        let server = lab.host("server")?;
        for router in &routers {
            // As a kernel has them that nobody told otherwise, and not as the routers of other labs.
            router.sysctl("net.ipv4.icmp_ratelimit", 1000)?;
            router.sysctl("net.ipv4.icmp_ratemask", 6168)?;
            router.sysctl("net.ipv6.icmp.ratelimit", 1000)?;
        }
        let hosts: Vec<&Host> = [&client].into_iter().chain(&routers).chain([&server]).collect();
        for (number, pair) in (1..).zip(hosts.windows(2)) {
            let [near, far] = pair else { continue };
            lab.veth((near, "right"), (far, "left"))?;
            for (host, interface, last) in [(near, "right", 1), (far, "left", 254)] {
                host.address(interface, &format!("10.0.{number}.{last}/24"))?;
                host.address(interface, &format!("fd00:{number}::{last}/64"))?;
            }
        }
        for (number, host) in (1..).zip(&hosts) {
            // Everything that is farther to the right, and to the left.
            if number < hosts.len() {
                host.route("0.0.0.0/0", Hop::Via(&format!("10.0.{number}.254")))?;
                host.route("::/0", Hop::Via(&format!("fd00:{number}::254")))?;
            }
            for left in 1..number.saturating_sub(1) {
                host.route(&format!("10.0.{left}.0/24"), Hop::Via(&format!("10.0.{}.1", number - 1)))?;
                host.route(&format!("fd00:{left}::/64"), Hop::Via(&format!("fd00:{}::1", number - 1)))?;
            }
        }
        Ok(Self { client, routers, server })
    }

    /// The server's addresses.
    pub fn servers(&self) -> [String; 2] {
        let number = self.routers.len() + 1;
        [format!("10.0.{number}.254"), format!("fd00:{number}::254")]
    }
}
