//! The usual path: a client, a router behind an Ethernet link, and a server behind a wire.
//!
//! Only the wire is impaired. What the router answers by itself never crosses it.

use crate::{Error, Hop, Host, Lab, Plan, Wire};

/// Three hosts in a row, with both IP versions routed from end to end.
#[derive(Debug)]
pub struct Path {
    /// Has `10.0.1.1` and `fd00:1::1` on `eth0`, and its default routes through the router.
    pub client: Host,
    /// Has `10.0.1.254` and `fd00:1::254` on `eth0`, `10.0.2.254` and `fd00:2::254` on `tun0`.
    pub router: Host,
    /// Has [`Self::SERVER_V4`] and [`Self::SERVER_V6`] on `tun0`.
    pub server: Host,
    /// Between the router (its first end) and the server.
    pub wire: Wire,
}

impl Path {
    /// Where the server answers over IPv4.
    pub const SERVER_V4: &str = "10.0.2.1";
    /// Where the server answers over IPv6.
    pub const SERVER_V6: &str = "fd00:2::1";
    /// Both of them.
    pub const SERVERS: [&str; 2] = [Self::SERVER_V4, Self::SERVER_V6];

    /// Builds it; `there` is what happens to packets for the server, `back` to those from it.
    ///
    /// # Errors
    /// As [`Lab::wire`] and the rest of the lab.
    pub fn new(lab: &Lab, there: Plan, back: Plan) -> Result<Self, Error> {
        let (client, router) = (lab.host("client")?, lab.router("router")?);
        let server = lab.host("server")?;
        lab.veth((&client, "eth0"), (&router, "eth0"))?;
        let wire = lab.wire((&router, "tun0"), (&server, "tun0"), there, back)?;
        for (host, interface, address) in [
            (&client, "eth0", "10.0.1.1/24"),
            (&client, "eth0", "fd00:1::1/64"),
            (&router, "eth0", "10.0.1.254/24"),
            (&router, "eth0", "fd00:1::254/64"),
            (&router, "tun0", "10.0.2.254/24"),
            (&router, "tun0", "fd00:2::254/64"),
            (&server, "tun0", "10.0.2.1/24"),
            (&server, "tun0", "fd00:2::1/64"),
        ] {
            host.address(interface, address)?;
        }
        for (host, prefix, hop) in [
            (&client, "0.0.0.0/0", Hop::Via("10.0.1.254")),
            (&client, "::/0", Hop::Via("fd00:1::254")),
            (&server, "0.0.0.0/0", Hop::Through("tun0")),
            (&server, "::/0", Hop::Through("tun0")),
        ] {
            host.route(prefix, hop)?;
        }
        Ok(Self { client, router, server, wire })
    }
}
