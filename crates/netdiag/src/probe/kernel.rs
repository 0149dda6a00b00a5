//! The kernel's own view of one of our connections (`--info`), asked for while it is still open.

use std::net::SocketAddr;

use netdiag_sockdiag::{Client, Error, Extensions, InetAttrs, TcpInfo, inet};
use schemars::JsonSchema;
use serde::Serialize;

/// What TCP knows of a connection.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub(super) struct Kernel {
    /// Smoothed round-trip time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rtt_us: Option<u32>,
    /// Its mean deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rttvar_us: Option<u32>,
    /// The shortest round-trip time of late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_rtt_us: Option<u32>,
    /// Segments ever sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total_retrans: Option<u32>,
    /// Segment size when sending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mss_bytes: Option<u32>,
    /// Path MTU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pmtu_bytes: Option<u32>,
    /// Congestion window, segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cwnd: Option<u32>,
    /// Congestion control by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) congestion: Option<String>,
    /// Bytes the peer has acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acked_bytes: Option<u64>,
    /// Bytes that arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) received_bytes: Option<u64>,
}

/// Asks about the connection between `local` and `peer`.
pub(super) fn look(local: SocketAddr, peer: SocketAddr) -> Result<Kernel, Error> {
    let request = inet::request_of(inet::TCP, local, peer, Extensions::INFO | Extensions::CONG);
    let mut client = Client::open()?;
    let mut answer = client.lookup(&request)?;
    let Some(socket) = answer.next()? else { return Ok(Kernel::default()) };
    let attrs = InetAttrs::new(socket.attrs);
    Ok(attrs.tcp_info().map(|info| Kernel::new(info, attrs.congestion())).unwrap_or_default())
}

impl Kernel {
    fn new(info: TcpInfo<'_>, congestion: Option<&[u8]>) -> Self {
        // Zero, and for the minimum all ones, are what the kernel says before the first measurement.
        let measured = |value: Option<u32>| value.filter(|value| !matches!(*value, 0 | u32::MAX));
        Self {
            rtt_us: measured(info.rtt()),
            rttvar_us: measured(info.rttvar()),
            min_rtt_us: measured(info.min_rtt()),
            total_retrans: info.total_retrans(),
            mss_bytes: info.snd_mss(),
            pmtu_bytes: info.pmtu(),
            cwnd: info.snd_cwnd(),
            congestion: congestion.map(|name| String::from_utf8_lossy(name).into_owned()),
            acked_bytes: info.bytes_acked(),
            received_bytes: info.bytes_received(),
        }
    }
}
