//! What the checks of a run share, so that asking twice costs once.
//!
//! Every attempt has a view of the world of its own, which knows how old its news may be: attempts of one round are content with
//! the same look at the sockets, an attempt that is made because another failed is not.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use netdiag_host::{Host, Snapshot};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::finding::Finding;
use crate::needs::Needs;

/// One attempt's view of the state of a run.
#[derive(Clone, Debug)]
pub(crate) struct World {
    shared: Arc<Shared>,
    /// What is older is no news.
    since: Instant,
}

#[derive(Debug)]
struct Shared {
    needs: Needs,
    /// Whether commands may be run.
    exec: bool,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    seen: std::sync::Mutex<Seen>,
}

/// Sockets by cookie: their states, and when they were first seen in them.
type Seen = HashMap<u64, (u8, Instant)>;

impl Default for World {
    fn default() -> Self {
        Self::new(Needs::default(), true)
    }
}

impl World {
    /// The world of checks that need this of its sockets, and may run commands or not.
    pub(crate) fn new(needs: Needs, exec: bool) -> Self {
        let shared = Shared { needs, exec, snapshot: Mutex::default(), seen: std::sync::Mutex::default() };
        Self { shared: Arc::new(shared), since: Instant::now() }
    }

    /// The view of the first attempt at a check that could begin at `ready`: what was seen since, and not long ago, will do.
    #[must_use]
    pub(crate) fn first(&self, ready: Instant) -> Self {
        let now = Instant::now();
        let since = ready.max(now.checked_sub(ROUND).unwrap_or(now));
        Self { shared: Arc::clone(&self.shared), since }
    }

    /// The view of another attempt, which wants to see what has changed.
    #[must_use]
    pub(crate) fn again(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), since: Instant::now() }
    }

    /// Whether checks may run commands.
    pub(crate) fn exec(&self) -> bool {
        self.shared.exec
    }

    /// The sockets of this host.
    ///
    /// Whoever comes while somebody else is looking waits, and uses what that one saw if it is new enough. Looking blocks for as
    /// long as the kernel's tables are large, a tenth of a second for a hundred thousand sockets: it is done on a thread for that,
    /// so that no latency measured meanwhile contains it.
    async fn sockets(&self) -> Arc<Snapshot> {
        let mut latest = self.shared.snapshot.lock().await;
        if let Some(snapshot) = latest.as_ref().filter(|snapshot| taken(snapshot) >= self.since) {
            return Arc::clone(snapshot);
        }
        let needs = self.shared.needs;
        let taken = tokio::task::spawn_blocking(move || Host::here().snapshot(&needs.sockets)).await;
        let snapshot = Arc::new(taken.expect("taking a snapshot does not panic, nor is it aborted"));
        if needs.ages {
            self.remember(&snapshot);
        }
        *latest = Some(Arc::clone(&snapshot));
        snapshot
    }

    /// What is found of the sockets of this host, and, if that is not as it ought to be, found again with who holds them known:
    /// only a failure is worth the walk. `owners` says that they are known from the beginning.
    pub(crate) async fn judge_sockets(
        &self,
        owners: bool,
        found: impl Fn(&Snapshot, bool) -> Finding + Send,
    ) -> Finding {
        let snapshot = self.sockets().await;
        let finding = found(&snapshot, owners);
        if owners || finding.holds() || finding.unmeasured.is_some() {
            return finding;
        }
        self.owners(&snapshot).await;
        found(&snapshot, true)
    }

    /// Looks at all processes for who holds the sockets of a snapshot, on a thread for that.
    async fn owners(&self, snapshot: &Arc<Snapshot>) {
        let snapshot = Arc::clone(snapshot);
        let walked = tokio::task::spawn_blocking(move || snapshot.owners.walk().is_none()).await;
        walked.map(drop).expect("a walk does not panic, nor is it aborted");
    }

    /// How long a socket has been seen in its state by this run.
    pub(crate) fn seen_for(&self, snapshot: &Snapshot, cookie: u64) -> Option<Duration> {
        let seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&cookie).map(|(_, first)| taken(snapshot).saturating_duration_since(*first))
    }

    /// Notes when sockets were first seen in their states, and forgets those that are gone.
    fn remember(&self, snapshot: &Snapshot) {
        let mut seen = self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = snapshot.sockets().filter_map(|socket| {
            let (cookie, state) = (socket.cookie()?, socket.state().0);
            let before = seen.get(&cookie).filter(|(known, _)| *known == state);
            Some((cookie, (state, before.map_or_else(|| taken(snapshot), |(_, first)| *first))))
        });
        *seen = now.collect();
    }
}

/// When a look began: everything in it was so at this time or later.
fn taken(snapshot: &Snapshot) -> Instant {
    Instant::from_std(snapshot.began)
}

/// How long ago the first attempts of a round may have seen the sockets.
const ROUND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use netdiag_host::Table;
    use netdiag_sockdiag::States;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn attempts_of_a_round_share_a_look_and_later_ones_do_not() {
        runtime().block_on(async {
            let world = World::new(netdiag_host::Needs::of([Table::Tcp], States::LISTENING).into(), true);
            let ready = Instant::now();
            let first = world.first(ready).sockets().await;
            let both = tokio::join!(async { world.first(ready).sockets().await }, async {
                world.first(ready).sockets().await
            });
            assert!(Arc::ptr_eq(&first, &both.0) && Arc::ptr_eq(&first, &both.1));
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let freed = world.first(Instant::now()).sockets().await;
            assert!(!Arc::ptr_eq(&first, &freed), "it began after another had ended");
            let again = world.again().sockets().await;
            assert!(!Arc::ptr_eq(&freed, &again));
            let local = listener.local_addr().ok();
            let seen = |snapshot: &Snapshot| snapshot.listening().any(|socket| socket.local() == local);
            assert!(!seen(&first) && seen(&again));
        });
    }

    #[test]
    fn sockets_age_from_the_first_look_on() {
        runtime().block_on(async {
            let needs =
                Needs { ages: true, sockets: netdiag_host::Needs::of([Table::Tcp], States::LISTENING) };
            let world = World::new(needs, true);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let local = listener.local_addr().ok();
            let age = |snapshot: &Snapshot| {
                let socket = snapshot.listening().find(|socket| socket.local() == local).unwrap();
                world.seen_for(snapshot, socket.cookie().unwrap()).unwrap()
            };
            let first = world.again().sockets().await;
            assert_eq!(age(&first), Duration::ZERO);
            let second = world.again().sockets().await;
            assert_eq!(age(&second), second.began - first.began);
        });
    }
}
