//! Serves all listeners at once, and lets them all end.
//!
//! Connections are counted over all of them, so that no listener takes more than all may have.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::listener::{Bound, Listener};
use super::server::Server;
use super::{accept, datagram};

impl Server {
    /// Serves until `stop` is done, then lets connections end for as long as the limits say.
    pub async fn run(self, listeners: Vec<Listener>, stop: impl Future<Output = ()>) {
        let server = Arc::new(self);
        let slots = Arc::new(Semaphore::new(server.limits.connections.min(Semaphore::MAX_PERMITS)));
        let (stopping, stopped) = watch::channel(false);
        let mut serving = JoinSet::new();
        let siblings: Arc<[u16]> = listeners
            .iter()
            .map(|listener| datagram::port(listener.endpoint()))
            .filter(|port| *port != 0)
            .collect();
        for listener in listeners {
            let (server, slots, stopped) = (Arc::clone(&server), Arc::clone(&slots), stopped.clone());
            match listener.socket {
                Bound::Datagrams(socket) => {
                    let siblings = Arc::clone(&siblings);
                    serving.spawn(datagram::serve(server, listener.listening, socket, siblings, stopped));
                }
                socket => {
                    serving.spawn(accept::serve(server, listener.listening, socket, slots, stopped));
                }
            }
        }
        stop.await;
        // Who listens for it may have ended.
        let _ = stopping.send(true);
        while serving.join_next().await.is_some() {}
    }
}
