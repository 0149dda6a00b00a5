//! Connects: every address of a host in turn, or all of them staggered, each attempt told of by itself.
//!
//! One family that works does not hide another that does not: attempts that failed before one succeeded are kept.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use nix::errno::Errno;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep, timeout_at};

use crate::endpoint::{HostPort, UnixKind, UnixName};
use crate::error::{Error, PhaseError};
use crate::icmp_error::{self, IcmpError, IcmpReason};
use crate::phases::{Phase, Phases};
use crate::resolve::{Family, resolve};

/// How to connect.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// Only addresses of this family.
    pub family: Option<Family>,
    /// The address to connect from; the kernel's choice if absent.
    pub source: Option<IpAddr>,
    /// The port to connect from; the kernel's choice if zero.
    pub source_port: u16,
    /// The interface to connect through (`SO_BINDTODEVICE`).
    pub interface: Option<String>,
    /// Try addresses side by side, a quarter of a second apart, instead of one after the other (RFC 8305).
    pub race: bool,
}

/// One attempt to reach one address.
#[derive(Debug)]
pub struct Attempt {
    /// Where to.
    pub to: SocketAddr,
    /// How long it took.
    pub took: Duration,
    /// Why it failed; `None` for the one that succeeded.
    pub error: Option<Error>,
}

impl Attempt {
    /// Where to, in words: ICMP has no ports, so that its attempts go to an address alone.
    pub fn place(&self) -> String {
        let place = self.to.to_string();
        match place.strip_suffix(":0") {
            Some(address) => address.trim_matches(['[', ']']).to_owned(),
            None => place,
        }
    }
}

/// How connecting went.
#[derive(Debug)]
pub struct ConnectOutcome<S> {
    /// Look-up and connect, as far as they came.
    pub phases: Phases,
    /// Every attempt that was begun, in the order of their ends; those that were overtaken come last.
    pub attempts: Vec<Attempt>,
    /// The connection.
    pub result: Result<S, PhaseError>,
}

impl Connector {
    /// Connects to `inet`, whose look-up counts against `deadline` too. One after the other, each address has its share of the
    /// time that is left; where several failed, the result is the last error that says something of the peer.
    pub async fn tcp(&self, inet: &HostPort, deadline: Instant) -> ConnectOutcome<TcpStream> {
        if !self.race {
            return self.each(inet, deadline, |to, until| self.attempt(to, until)).await;
        }
        let (mut opening, addresses) = self.looked_up(inet, deadline).await;
        let start = Instant::now();
        self.side_by_side(&addresses, deadline, &mut opening).await;
        opening.phases.connect = opening.result.is_ok().then(|| start.elapsed());
        opening
    }

    /// Tries the addresses of `inet` in turn until one will do, each until its share of the time is over.
    pub(crate) async fn each<S, F: Future<Output = Result<S, PhaseError>>>(
        &self,
        inet: &HostPort,
        deadline: Instant,
        attempt: impl Fn(SocketAddr, Instant) -> F,
    ) -> ConnectOutcome<S> {
        let (mut opening, addresses) = self.looked_up(inet, deadline).await;
        let start = Instant::now();
        opening.in_turn(&addresses, deadline, attempt).await;
        opening.phases.connect = opening.result.is_ok().then(|| start.elapsed());
        opening
    }

    /// The addresses to try; none if there are none, and then the opening has failed.
    async fn looked_up<S>(&self, inet: &HostPort, deadline: Instant) -> (ConnectOutcome<S>, Vec<SocketAddr>) {
        let mut opening = ConnectOutcome {
            phases: Phases::default(),
            attempts: Vec::new(),
            result: Err(Error::NoSuchName { name: inet.host.to_string() }.during(Phase::Resolve)),
        };
        let start = Instant::now();
        match self.addresses(inet, deadline).await {
            Ok(addresses) => {
                opening.phases.resolve = inet.host.is_name().then(|| start.elapsed());
                (opening, addresses)
            }
            Err(error) => {
                opening.result = Err(error.during(Phase::Resolve));
                (opening, Vec::new())
            }
        }
    }

    /// The addresses of `inet`'s host that may be tried.
    ///
    /// # Errors
    /// Those of [`resolve`], and [`Error::TimedOut`].
    pub async fn addresses(&self, inet: &HostPort, deadline: Instant) -> Result<Vec<SocketAddr>, Error> {
        let start = Instant::now();
        let family = self.family.or_else(|| self.source.map(Family::of));
        let found = timeout_at(deadline, resolve(inet, family)).await;
        found.map_err(|_| Error::TimedOut(start.elapsed()))?
    }

    async fn side_by_side(
        &self,
        addresses: &[SocketAddr],
        deadline: Instant,
        opening: &mut ConnectOutcome<TcpStream>,
    ) {
        let mut waiting = alternating(addresses).into_iter();
        let mut running = FuturesUnordered::new();
        let mut begun = Vec::new();
        while waiting.len() > 0 || !running.is_empty() {
            if let Some(to) = waiting.next() {
                let start = Instant::now();
                begun.push((to, start));
                running.push(async move { (to, start, self.attempt(to, deadline).await) });
            }
            tokio::select! {
                Some((to, start, result)) = running.next() => {
                    begun.retain(|(other, _)| *other != to);
                    if opening.settle(to, start, result) {
                        opening.overtake(begun);
                        return;
                    }
                }
                () = sleep(STAGGER), if waiting.len() > 0 => {}
            }
        }
    }

    async fn attempt(&self, to: SocketAddr, deadline: Instant) -> Result<TcpStream, PhaseError> {
        let start = Instant::now();
        let stream = self.begin(to)?;
        let connected = match timeout_at(deadline, stream.writable()).await {
            Ok(ready) => ready.and_then(|()| stream.take_error()),
            Err(_) => return Err(Error::TimedOut(start.elapsed()).during(Phase::Connect)),
        };
        let error = match connected {
            Ok(None) => {
                // From now on temporary troubles are the kernel's to wait out.
                icmp_error::keep(&stream, to.ip(), false);
                return Ok(stream);
            }
            Ok(Some(source)) | Err(source) => source,
        };
        let said = icmp_error::kept(&stream).or_else(|| said_by_somebody(&error));
        let error = said.map_or_else(
            || Error::of_call("connect", error, start.elapsed()),
            |said| Error::of_icmp(said, to.ip()),
        );
        Err(error.during(Phase::Connect))
    }

    /// A socket that is connecting. What fails at once is said by this machine.
    fn begin(&self, to: SocketAddr) -> Result<TcpStream, PhaseError> {
        let ours = |call| move |source| Error::os(call, source).during(Phase::Open);
        let socket = Socket::new(Domain::for_address(to), Type::STREAM.nonblocking(), None);
        let socket = socket.map_err(ours("socket"))?;
        // Probes and interactive lines are small; waiting for more of them only adds to what is measured. Where it is refused,
        // as emulators do, what is sent still arrives.
        let _ = socket.set_tcp_nodelay(true);
        self.bind(SockRef::from(&socket), to).map_err(|error| error.during(Phase::Open))?;
        icmp_error::keep(&socket, to.ip(), true);
        match socket.connect(&to.into()) {
            Err(source) if source.raw_os_error() != Some(Errno::EINPROGRESS as i32) => {
                return Err(Error::of_call("connect", source, Duration::ZERO).during(Phase::Connect));
            }
            _ => {}
        }
        TcpStream::from_std(socket.into()).map_err(ours("epoll_ctl"))
    }

    /// Gives a socket the source address and interface asked for.
    ///
    /// # Errors
    /// [`Error::Os`]: whatever the call says, it is not of the peer.
    pub(crate) fn bind(&self, socket: SockRef<'_>, to: SocketAddr) -> Result<(), Error> {
        if let Some(interface) = &self.interface {
            let bound = socket.bind_device(Some(interface.as_bytes()));
            bound.map_err(|source| Error::os("setsockopt(SO_BINDTODEVICE)", source))?;
        }
        if self.source.is_some() || self.source_port != 0 {
            let any = if to.is_ipv4() { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
            let source = SocketAddr::new(self.source.unwrap_or(any), self.source_port);
            if self.source_port != 0 {
                let reused = socket.set_reuse_address(true);
                reused.map_err(|source| Error::os("setsockopt(SO_REUSEADDR)", source))?;
            }
            socket.bind(&source.into()).map_err(|source| Error::os("bind", source))?;
        }
        Ok(())
    }
}

impl<S> ConnectOutcome<S> {
    async fn in_turn<F: Future<Output = Result<S, PhaseError>>>(
        &mut self,
        addresses: &[SocketAddr],
        deadline: Instant,
        attempt: impl Fn(SocketAddr, Instant) -> F,
    ) {
        for (at, to) in addresses.iter().enumerate() {
            let start = Instant::now();
            let result = attempt(*to, share(deadline, addresses.len() - at)).await;
            if self.settle(*to, start, result) || Instant::now() >= deadline {
                return;
            }
        }
    }

    /// The same, of what is made from the connection.
    pub fn map<T>(self, make: impl FnOnce(S) -> T) -> ConnectOutcome<T> {
        ConnectOutcome { phases: self.phases, attempts: self.attempts, result: self.result.map(make) }
    }

    /// Gives up attempts that are still under way.
    fn overtake(&mut self, begun: Vec<(SocketAddr, Instant)>) {
        let given_up = |(to, start): (SocketAddr, Instant)| Attempt {
            to,
            took: start.elapsed(),
            error: Some(Error::Overtaken),
        };
        self.attempts.extend(begun.into_iter().map(given_up));
    }

    /// Keeps how an attempt ended; says whether it is the connection.
    fn settle(&mut self, to: SocketAddr, start: Instant, result: Result<S, PhaseError>) -> bool {
        let took = start.elapsed();
        match result {
            Ok(stream) => {
                self.attempts.push(Attempt { to, took, error: None });
                self.result = Ok(stream);
                true
            }
            Err(failed) => {
                let first = self.attempts.is_empty();
                self.attempts.push(Attempt { to, took, error: Some(failed.error.clone()) });
                let known = self.result.as_ref().is_err_and(|known| known.error.is_of_the_peer());
                if first || !known || failed.error.is_of_the_peer() {
                    self.result = Err(failed);
                }
                false
            }
        }
    }
}

/// Until when the first of so many may go on, for the others to have as long.
pub(crate) fn share(deadline: Instant, many: usize) -> Instant {
    let now = Instant::now();
    match many {
        0 | 1 => deadline,
        _ => now + deadline.saturating_duration_since(now) / u32::try_from(many).unwrap_or(u32::MAX),
    }
}

/// Addresses of both families in turns, beginning with the first one's (RFC 8305 §4).
fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first = addresses.first().map(|address| Family::of(address.ip()));
    let (one, other): (Vec<_>, Vec<_>) =
        addresses.iter().partition(|address| Some(Family::of(address.ip())) == first);
    let longest = one.len().max(other.len());
    (0..longest).flat_map(|at| [one.get(at), other.get(at)]).flatten().copied().collect()
}

/// What must have been said by somebody, as this machine itself would have said it at once; kernels before 6.1 do not tell by whom.
fn said_by_somebody(error: &io::Error) -> Option<IcmpError> {
    let unreachable = error.raw_os_error() == Some(Errno::ENETUNREACH as i32);
    unreachable.then_some(IcmpError { reason: IcmpReason::NetUnreachable, by: None })
}

/// RFC 8305 §5, "Connection Attempt Delay".
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to a unix stream socket.
///
/// # Errors
/// [`Error::NoSuchSocket`], [`Error::Refused`], [`Error::QueueFull`] and their like.
pub fn unix_stream(name: &UnixName) -> Result<UnixStream, Error> {
    let socket = unix_socket(name, Type::STREAM)?;
    UnixStream::from_std(socket.into()).map_err(|source| Error::os("epoll_ctl", source))
}

/// A connected unix socket of any kind, non-blocking. It never waits: where the queue is full, it says so.
pub(crate) fn unix_socket(name: &UnixName, kind: Type) -> Result<Socket, Error> {
    let failed = |call| move |source| Error::of_unix_call(call, source);
    let address = unix_address(name).map_err(failed("connect"))?;
    let socket = Socket::new(Domain::UNIX, kind.nonblocking(), None);
    let socket = socket.map_err(|source| Error::os("socket", source))?;
    socket.connect(&address).map_err(failed("connect"))?;
    Ok(socket)
}

/// A kind of unix socket as the kernel takes it.
pub(crate) fn socket_type(kind: UnixKind) -> Type {
    match kind {
        UnixKind::Stream => Type::STREAM,
        UnixKind::Dgram => Type::DGRAM,
        UnixKind::Seqpacket => Type::SEQPACKET,
    }
}

/// A name as the kernel takes it.
pub(crate) fn unix_address(name: &UnixName) -> io::Result<SockAddr> {
    match name {
        UnixName::Path(path) => SockAddr::unix(path),
        UnixName::Abstract(name) => {
            use std::ffi::OsStr;
            use std::os::unix::ffi::OsStrExt;
            SockAddr::unix(Path::new(OsStr::from_bytes(&[&[0], name.as_slice()].concat())))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    fn inet(host: &str, port: u16) -> HostPort {
        let text = format!("{host}:{port}");
        HostPort::within(&text, 0..text.len(), "tcp").unwrap()
    }

    #[test]
    fn an_attempt_without_ports_has_none_in_words() {
        for (to, expected) in
            [("10.0.0.1:0", "10.0.0.1"), ("[fe80::1%2]:0", "fe80::1%2"), ("[fd00::1]:80", "[fd00::1]:80")]
        {
            let attempt = Attempt { to: to.parse().unwrap(), took: Duration::ZERO, error: None };
            assert_eq!(attempt.place(), expected);
        }
    }

    #[test]
    fn a_refusal_is_kept_beside_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        let closed = SocketAddr::from(([127, 0, 0, 2], open.port()));
        for race in [false, true] {
            let connector = Connector { race, ..Connector::default() };
            let mut opening = ConnectOutcome {
                phases: Phases::default(),
                attempts: Vec::new(),
                result: Err(Error::Refused.during(Phase::Connect)),
            };
            block_on(async {
                let addresses = [closed, open];
                match race {
                    true => connector.side_by_side(&addresses, soon(), &mut opening).await,
                    false => {
                        opening.in_turn(&addresses, soon(), |to, until| connector.attempt(to, until)).await;
                    }
                }
            });
            assert!(opening.result.is_ok(), "{race}: {opening:?}");
            let kinds: Vec<_> =
                opening.attempts.iter().map(|attempt| attempt.error.as_ref().map(Error::kind)).collect();
            assert_eq!(kinds, [Some("refused"), None], "{race}");
        }
    }

    #[test]
    fn each_address_has_its_share_of_the_time() {
        // One that hangs, as far as the first may.
        let (hangs, answers) = (SocketAddr::from(([192, 0, 2, 1], 1)), SocketAddr::from(([192, 0, 2, 2], 1)));
        let attempt = async |to, until: Instant| match to == hangs {
            true => {
                tokio::time::sleep_until(until).await;
                Err(Error::TimedOut(Duration::ZERO).during(Phase::Connect))
            }
            false => Ok(until),
        };
        block_on(async {
            for addresses in [vec![hangs, answers], vec![hangs, hangs, answers, hangs]] {
                let mut outcome = ConnectOutcome {
                    phases: Phases::default(),
                    attempts: Vec::new(),
                    result: Err(Error::Refused.during(Phase::Connect)),
                };
                let deadline = Instant::now() + Duration::from_millis(400);
                outcome.in_turn(&addresses, deadline, attempt).await;
                assert!(
                    outcome.result.unwrap() > Instant::now() - Duration::from_millis(400),
                    "{addresses:?}"
                );
                let kinds: Vec<_> =
                    outcome.attempts.iter().map(|attempt| attempt.error.as_ref().map(Error::kind)).collect();
                assert_eq!((kinds.first(), kinds.last()), (Some(&Some("timeout")), Some(&None)));
            }
        });
    }

    #[test]
    fn the_error_that_says_most_is_the_result() {
        let [no_route, refused, timeout] = [Error::NoRoute, Error::Refused, Error::TimedOut(Duration::ZERO)];
        let to = |last: u8| SocketAddr::from(([192, 0, 2, last], 1));
        #[rustfmt::skip]
        let cases = [
            (vec![&refused, &no_route],            "refused"),
            (vec![&no_route, &refused],            "refused"),
            (vec![&refused, &timeout],             "timeout"),
            (vec![&timeout, &no_route, &no_route], "timeout"),
            (vec![&no_route, &no_route],           "no-route"),
        ];
        for (errors, kind) in cases {
            let addresses: Vec<_> = (0_u8..).take(errors.len()).map(to).collect();
            let mut outcome = ConnectOutcome::<()> {
                phases: Phases::default(),
                attempts: Vec::new(),
                result: Err(Error::Overtaken.during(Phase::Connect)),
            };
            block_on(outcome.in_turn(&addresses, soon(), async |to: SocketAddr, _| {
                let SocketAddr::V4(v4) = to else { panic!("{to}") };
                Err(errors[usize::from(v4.ip().octets()[3])].clone().during(Phase::Connect))
            }));
            assert_eq!(outcome.result.unwrap_err().error.kind(), kind, "{errors:?}");
        }
    }

    #[test]
    fn this_host_is_both_its_loopback_addresses() {
        let v4 = TcpListener::bind("127.0.0.1:0").unwrap();
        let v6 = TcpListener::bind("[::1]:0").unwrap();
        for listener in [v4, v6] {
            let port = listener.local_addr().unwrap().port();
            for race in [false, true] {
                let connector = Connector { race, ..Connector::default() };
                let outcome = block_on(connector.tcp(&inet("", port), soon()));
                assert!(outcome.result.is_ok(), "{listener:?} {race}");
            }
        }
    }

    #[test]
    fn failures_are_told_apart() {
        let refused = block_on(Connector::default().tcp(&inet("127.0.0.1", 1), soon()));
        assert_eq!(refused.result.unwrap_err().to_string(), "connect: connection refused");
        let past = Instant::now();
        let late = block_on(Connector::default().tcp(&inet("127.0.0.1", 1), past));
        assert_eq!(late.result.unwrap_err().error.kind(), "timeout");
        let wrong = Connector { family: Some(Family::V6), ..Connector::default() };
        let failed = block_on(wrong.tcp(&inet("127.0.0.1", 1), soon())).result.unwrap_err();
        assert_eq!((failed.phase, failed.error.kind()), (Phase::Resolve, "no-such-name"));
        let elsewhere = Connector { source: Some([198, 51, 100, 1].into()), ..Connector::default() };
        let failed = block_on(elsewhere.tcp(&inet("127.0.0.1", 1), soon())).result.unwrap_err();
        assert_eq!(failed.phase, Phase::Open);
        assert!(failed.to_string().starts_with("open: bind: "), "{failed}");
    }

    #[test]
    fn unix_sockets_have_paths_and_abstract_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let gone = unix_stream(&UnixName::Path(path.clone()));
        assert_eq!(gone.unwrap_err().kind(), "no-such-socket");
        let listener = UnixListener::bind(&path).unwrap();
        block_on(async { unix_stream(&UnixName::Path(path.clone())).unwrap() });
        drop(listener);
        assert_eq!(unix_stream(&UnixName::Path(path)).unwrap_err().kind(), "refused");
        let name = format!("netdiag-probe-{}", std::process::id()).into_bytes();
        let _listener = UnixListener::bind_addr(&UnixAddr::from_abstract_name(&name).unwrap()).unwrap();
        block_on(async { unix_stream(&UnixName::Abstract(name)).unwrap() });
    }

    #[test]
    fn families_take_turns() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let given = ["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"].map(address);
        let order = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].map(address);
        assert_eq!(alternating(&given), order);
        assert!(alternating(&[]).is_empty());
    }
}
