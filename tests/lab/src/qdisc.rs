//! A queue before a device, by rtnetlink: packets wait here, in the host that sends them.
//!
//! A wire delays what has left; this delays what has not, which is another thing to whoever measures.

use futures_util::StreamExt;
use rtnetlink::packet_core::{DefaultNla, NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE, NLM_F_REQUEST};
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::tc::{TcAttribute, TcHandle, TcMessage, TcOption};

use crate::{Error, Host};

/// A token bucket (`tc qdisc … tbf`): how fast packets leave an interface, and how many wait.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    /// Bits per second.
    pub rate: u32,
    /// Bytes that may leave at once after a silence; at least one packet.
    pub burst: u32,
    /// Bytes that wait; what comes beyond them is dropped.
    pub limit: u32,
}

impl Host {
    /// Has an interface send no faster than the bucket allows.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface, [`Error::Netlink`] if the kernel has no such queue.
    pub fn throttle(&self, interface: &str, bucket: TokenBucket) -> Result<(), Error> {
        let mut message = TcMessage::default();
        message.header.index = self.index(interface)?.cast_signed();
        message.header.parent = TcHandle::ROOT;
        message.attributes =
            vec![TcAttribute::Kind("tbf".to_owned()), TcAttribute::Options(bucket.options())];
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::NewQueueDiscipline(message));
        request.header.flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
        self.netlink(format!("throttling {interface}"), |mut to| async move {
            let mut answers = to.request(request)?;
            while let Some(answer) = answers.next().await {
                if let NetlinkPayload::Error(error) = answer.payload
                    && error.code.is_some()
                {
                    return Err(rtnetlink::Error::NetlinkError(error));
                }
            }
            Ok(())
        })
    }
}

impl TokenBucket {
    fn options(self) -> Vec<TcOption> {
        let numbers =
            |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_ne_bytes()).collect::<Vec<_>>();
        // struct tc_tbf_qopt (linux/pkt_sched.h): rate, none at peak, limit; the burst is told apart in bytes.
        let rate = [[0, ETHERNET, 0, 0, 0, 0, 0, 0].to_vec(), numbers(&[self.rate / 8])].concat();
        let parms = [rate, numbers(&[0, 0, 0]), numbers(&[self.limit, 0, 0])].concat();
        let option = |kind, bytes| TcOption::Other(DefaultNla::new(kind, bytes));
        vec![option(TCA_TBF_PARMS, parms), option(TCA_TBF_BURST, numbers(&[self.burst]))]
    }
}

/// `TC_LINKLAYER_ETHERNET`.
const ETHERNET: u8 = 1;
const TCA_TBF_PARMS: u16 = 1;
const TCA_TBF_BURST: u16 = 6;
