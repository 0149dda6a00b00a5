//! The MTU of a path as JSON.

use netdiag_echo as echo;
use netdiag_text::duration::micros;

use crate::json::record::record;
use crate::json::{Address, address};
use crate::trace::mtu::{PathMtu, limiter};

record! {
    /// The MTU of a path, measured, and what the kernel had been told of it before.
    MtuOfPath {
        /// Where less passes than before, nearest first.
        mtu_steps: Vec<MtuStep>,
        /// Whether nothing is left to be found out of it.
        mtu_complete: bool,
        /// Whether the same size passed and was too big, as packets take ways of different MTU; the smallest counts.
        mtu_alternates: bool,
        /// Probes sent.
        sent: u64,
    } maybe {
        /// The path's MTU: the largest packet that came to the last hop that answers; missing if none did.
        path_mtu_bytes: usize,
        /// What this host's interface takes, where the system said.
        interface_mtu_bytes: usize,
        /// What routers had told the kernel of the path's MTU before the run; missing if it goes by nothing of the kind.
        cached_mtu_bytes: u32,
        /// How long the kernel goes by that.
        cached_mtu_expires_us: f64,
    }
}

record! {
    /// A part of a path behind which less passes.
    MtuStep {
        /// The last distance that larger packets came to, 0 for this host.
        step_after: u8,
        /// The first distance that they did not come to; distances in between do not answer.
        step_before: u8,
        /// The largest packet that gets through, from there on.
        mtu_bytes: usize,
        /// Why no larger packet gets through: this host's `interface`, a `router` that says so, one that has it `refused` for another
        /// reason, or a `black-hole`, in which they vanish.
        #[schemars(extend("enum" = ["interface", "router", "refused", "black-hole"]))]
        limit: &'static str,
    } maybe {
        /// Who limits it.
        limited_by: Address,
    }
}

impl From<&PathMtu> for MtuOfPath {
    fn from(mtu: &PathMtu) -> Self {
        let PathMtu { found, cached } = mtu;
        Self {
            mtu_steps: found.steps.iter().map(MtuStep::from).collect(),
            mtu_complete: found.complete,
            mtu_alternates: found.alternates,
            sent: found.transmitted,
            path_mtu_bytes: found.path(),
            interface_mtu_bytes: found.interface,
            cached_mtu_bytes: cached.map(|(bytes, _)| bytes),
            cached_mtu_expires_us: cached.map(|(_, expires)| micros(expires)),
        }
    }
}

impl From<&echo::MtuStep> for MtuStep {
    fn from(step: &echo::MtuStep) -> Self {
        let (limit, by) = limiter(&step.why);
        Self {
            step_after: step.after,
            step_before: step.before,
            mtu_bytes: step.size,
            limit,
            limited_by: by.map(address),
        }
    }
}
