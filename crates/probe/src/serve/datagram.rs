//! Services on sockets without connections: each datagram is answered by itself.
//!
//! Nothing waits for a client: an answer that finds no room is not sent. One forged datagram could set two services talking for
//! ever: ports where small services answer whatever comes are never answered, nor is a port of the same number as ours, nor a service
//! of this host.

use std::collections::VecDeque;
use std::sync::Arc;

use fastrand::Rng;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep, sleep_until};

use super::chargen;
use super::envelope::{DatagramSocket, Return};
use super::events::{Datagrams, Event};
use super::listener::Listening;
use super::local_services::LocalServices;
use super::server::Server;
use super::service::Service;
use crate::endpoint::Endpoint;

/// Serves one socket until the server is to stop.
pub(super) async fn serve(
    server: Arc<Server>,
    listening: Listening,
    socket: DatagramSocket,
    siblings: Arc<[u16]>,
    mut stop: watch::Receiver<bool>,
) {
    if server.faults.never_read {
        // Nobody left to say so is as good as having said so.
        let _ = stop.wait_for(|stop| *stop).await;
        return;
    }
    let mut post = Post {
        dice: Rng::with_seed(server.faults.seed),
        server: &server,
        socket: &socket,
        port: port(&listening.endpoint),
        services: LocalServices::new(port(&listening.endpoint), &siblings, server.client_ports.clone()),
        waiting: VecDeque::new(),
        counts: Counts::default(),
    };
    let mut buffer = vec![0; LARGEST];
    loop {
        let due = post.waiting.front().map(|answer| answer.due);
        let arrived = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                post.send_due();
                continue;
            }
            arrived = socket.receive(&mut buffer) => arrived,
        };
        match arrived {
            Ok((length, from)) => post.take(&buffer[..length], from),
            // Nothing a datagram could cause; it may pass.
            Err(_) => sleep(PAUSE).await,
        }
    }
    post.tell(&listening);
}

/// One socket: what came to it, and what is to go.
struct Post<'a> {
    server: &'a Server,
    socket: &'a DatagramSocket,
    /// The port it is at; none of UDP has zero.
    port: u16,
    services: LocalServices<'a>,
    /// Equal seeds lose the same datagrams.
    dice: Rng,
    /// Answers that are delayed, the next one first.
    waiting: VecDeque<Answer>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    arrived: u64,
    received: u64,
    answered: u64,
    sent: u64,
    dropped: u64,
    unanswered: u64,
}

struct Answer {
    due: Instant,
    to: Return,
    bytes: Vec<u8>,
}

impl Post<'_> {
    fn take(&mut self, bytes: &[u8], from: Option<Return>) {
        self.counts.arrived += 1;
        self.counts.received += bytes.len() as u64;
        let faults = &self.server.faults;
        if faults.drop.is_some_and(|probability| self.dice.f64() < probability) {
            self.counts.dropped += 1;
            return;
        }
        let answer = match self.server.service {
            Service::Echo => bytes,
            Service::Chargen => chargen::text(self.dice.usize(..CHARGEN_BOUND)),
            _ => return,
        };
        let answer = faults.shortened(answer);
        let from = from.filter(|from| !self.is_a_service(from));
        match (from, faults.delay) {
            (None, _) => self.counts.unanswered += 1,
            (Some(to), None) => self.send(&to, answer),
            (Some(_), Some(_)) if self.waiting.len() >= MOST_WAITING => self.counts.unanswered += 1,
            (Some(to), Some(delay)) => {
                self.waiting.push_back(Answer { due: Instant::now() + delay, to, bytes: answer.to_vec() });
            }
        }
    }

    /// Whether whoever sent it may be a service like this one, which would answer the answer.
    fn is_a_service(&mut self, from: &Return) -> bool {
        from.address().is_some_and(|from| {
            let port = from.port();
            SMALL_SERVICES.contains(&port) || port == self.port || self.services.have(from)
        })
    }

    fn send_due(&mut self) {
        let now = Instant::now();
        while self.waiting.front().is_some_and(|answer| answer.due <= now) {
            if let Some(answer) = self.waiting.pop_front() {
                self.send(&answer.to, &answer.bytes);
            }
        }
    }

    fn send(&mut self, to: &Return, bytes: &[u8]) {
        match to.send(self.socket, bytes) {
            Ok(()) => {
                self.counts.answered += 1;
                self.counts.sent += bytes.len() as u64;
            }
            Err(_) => self.counts.unanswered += 1,
        }
    }

    fn tell(self, listening: &Listening) {
        let Counts { arrived, received, answered, sent, dropped, unanswered } = self.counts;
        let unanswered = unanswered + self.waiting.len() as u64;
        (self.server.tell)(Event::Datagrams(Datagrams {
            listener: &listening.endpoint,
            arrived,
            received,
            answered,
            sent,
            dropped,
            unanswered,
        }));
    }
}

/// The port of a UDP endpoint; nobody sends from port 0.
pub(super) fn port(endpoint: &Endpoint) -> u16 {
    match endpoint {
        Endpoint::Udp(inet) => inet.port,
        _ => 0,
    }
}

/// Echo, discard, daytime, quote of the day, chargen and time; none sends from port 0.
const SMALL_SERVICES: [u16; 7] = [0, 7, 9, 13, 17, 19, 37];

/// RFC 864: a datagram has 0 to 512 characters.
const CHARGEN_BOUND: usize = 513;

/// More than a datagram of UDP can have; unix ones may be larger, and the buffer becomes so with them.
const LARGEST: usize = 64 << 10;

/// Answers to keep while they are delayed.
const MOST_WAITING: usize = 1024;

/// How long to leave a socket alone that cannot be read.
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use nix::sys::socket::UnixAddr;
    use tokio::net::UnixDatagram;

    use super::*;
    use crate::serve::faults::Faults;
    use crate::serve::limits::Limits;

    #[test]
    fn no_more_answers_wait_than_the_bound() {
        let delay = Some(Duration::from_secs(3600));
        let server = Server {
            service: Service::Echo,
            faults: Faults { delay, ..Faults::default() },
            limits: Limits::default(),
            client_ports: None,
            #[cfg(feature = "tls")]
            tls: None,
            tell_requests: false,
            tell: Box::new(|_| {}),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _entered = runtime.enter();
        let socket = DatagramSocket::Unix(UnixDatagram::unbound().unwrap());
        let mut post = Post {
            dice: Rng::with_seed(0),
            server: &server,
            socket: &socket,
            port: 0,
            services: LocalServices::new(0, &[], None),
            waiting: VecDeque::new(),
            counts: Counts::default(),
        };
        let from = Return::Unix(UnixAddr::new_abstract(b"nobody").unwrap());
        (0..1034).for_each(|_| post.take(b"x", Some(from)));
        let Counts { arrived, answered, unanswered, .. } = post.counts;
        assert_eq!(post.waiting.len(), 1024);
        assert_eq!((arrived, answered, unanswered), (1034, 0, 10));
    }
}
