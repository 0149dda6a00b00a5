//! One request and its answer over a connection that is made for it.
//!
//! The connection is driven beside the exchange and outlives it just long enough to be looked at.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::ext::on_informational;
use hyper::header::TRANSFER_ENCODING;
use hyper::{Response, Version};
use hyper_util::rt::TokioIo;
use netdiag_text::{Bytes, Trusted, message};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::first_byte::Noting;
use super::{HttpAnswer, HttpCheck, HttpRequest, LONGEST_HEAD};
use crate::channel::Channel;
use crate::client::{Client, Observer};
use crate::counted::Counted;
use crate::error::Error;
use crate::phases::Phase;
use crate::report::{Found, Report};
use crate::talk::QUOTED;

impl Client {
    /// Sends a request, and those that redirects ask for: a report for each, the last one judged by `check`. One redirect more than
    /// may be followed is a failure.
    pub async fn http(
        &self,
        request: &HttpRequest,
        check: &HttpCheck,
        deadline: Instant,
        look: Observer<'_>,
    ) -> Vec<Report> {
        let mut reports = Vec::new();
        let most = request.most_redirects;
        let mut request = request.clone();
        loop {
            let mut report = self.exchange(&request, deadline, look).await;
            let next = match &report.found {
                Found::Http(answer) if report.result.is_ok() => request.redirected(answer),
                _ => None,
            };
            match next {
                Some(Ok(next)) if reports.len() < most => {
                    reports.push(report);
                    request = next;
                    continue;
                }
                Some(Ok(next)) if most > 0 => {
                    let redirects = Counted::len(most, "redirect");
                    let error =
                        message!("{}, as many as were allowed, and yet another: to {}", redirects, next.url);
                    report.result = Err(Error::Unexpected(error).during(Phase::Transfer));
                }
                Some(Err(error)) if most > 0 => report.result = Err(error.during(Phase::Transfer)),
                _ => {}
            }
            if let (Found::Http(answer), Ok(())) = (&report.found, &report.result) {
                report.result = check.judge(answer).map_err(|error| error.during(Phase::Transfer));
            }
            reports.push(report);
            return reports;
        }
    }

    async fn exchange(&self, request: &HttpRequest, deadline: Instant, look: Observer<'_>) -> Report {
        let mut report = Report::new();
        let endpoint = request.url.endpoint();
        let channel = self.open(&endpoint, deadline, &mut report).await;
        let secure = request.url.is_secure() && request.url.via.is_some();
        let channel = match channel {
            Some(channel) if secure => self.secure(channel, &request.url.host(), deadline, &mut report).await,
            channel => channel,
        };
        if let Some(Channel::Stream(stream)) = channel {
            let start = Instant::now();
            let first = Arc::new(OnceLock::new());
            let noting = Noting { stream, first: Arc::clone(&first) };
            let ends = report.addresses;
            let spoken = timeout_at(
                deadline,
                speak(request, noting, &mut report.found, || {
                    if let Some((local, peer)) = ends {
                        look(local, peer);
                    }
                }),
            );
            let spoken = spoken.await.unwrap_or_else(|_| Err(Error::TimedOut(start.elapsed())));
            report.phases.first_byte = first.get().map(|first| *first - start);
            report.phases.transfer = first.get().map(Instant::elapsed);
            let phase = if first.get().is_some() { Phase::Transfer } else { Phase::FirstByte };
            report.result = spoken.map_err(|error| error.during(phase));
        }
        report
    }
}

/// The exchange itself; the answer is put into `found` as soon as its head is there.
async fn speak(
    request: &HttpRequest,
    stream: Noting,
    found: &mut Found,
    mut look: impl FnMut(),
) -> Result<(), Error> {
    let mut built = request.build().map_err(|why| Error::Protocol(why.into()))?;
    let (interim, enough) = (AtomicUsize::new(0), Arc::new(Notify::new()));
    let told = Arc::clone(&enough);
    on_informational(&mut built, move |_| {
        if interim.fetch_add(1, Relaxed) >= MOST_INTERIM {
            told.notify_one();
        }
    });
    let mut builder = http1::Builder::new();
    builder.max_header_size(LONGEST_HEAD).max_buf_size(2 * LONGEST_HEAD).preserve_header_case(true);
    // Heads are bounded by bytes alone; folded lines are joined (RFC 9112 §5.2).
    builder.max_headers(LONGEST_HEAD / SHORTEST_HEADER).allow_obsolete_multiline_headers_in_responses(true);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(of_hyper)?;
    let exchange = async {
        let response = sender.send_request(built).await.map_err(of_hyper)?;
        // A peer that closes after its answer leaves nothing to look at then.
        look();
        let result = body(request, response, found).await;
        look();
        result
    };
    tokio::pin!(connection, exchange);
    let mut driving = true;
    loop {
        tokio::select! {
            biased;
            () = enough.notified() => {
                return Err(Error::Protocol(message!("more than {} interim answers (1xx), and no end of them", MOST_INTERIM)));
            }
            ended = &mut exchange => return ended,
            // Why it ended is told to the exchange, too.
            _ = &mut connection, if driving => driving = false,
        }
    }
}

/// Interim answers (RFC 9110 §15.2) before the answer itself; there is no use for more than one or two.
const MOST_INTERIM: usize = 20;

/// `a:` and the end of its line.
const SHORTEST_HEADER: usize = 4;

async fn body(request: &HttpRequest, response: Response<Incoming>, found: &mut Found) -> Result<(), Error> {
    let (head, mut incoming) = response.into_parts();
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) =
        codings.find(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"))
    {
        let coding = Bytes::beginning(coding.as_bytes(), QUOTED);
        return Err(Error::Protocol(message!("the transfer coding \"{}\" is not understood here", coding)));
    }
    *found = Found::Http(HttpAnswer {
        url: request.url.to_string(),
        status: head.status,
        version: if head.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
        headers: head.headers,
        body: Vec::new(),
    });
    let Found::Http(answer) = found else { return Ok(()) };
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(of_hyper)?.into_data() else { continue };
        let room = usize::try_from(request.longest_body).unwrap_or(usize::MAX) - answer.body.len();
        answer.body.extend(data.iter().take(room));
        if data.len() > room {
            return Err(Error::Unexpected(message!(
                "a body of more than {}",
                Counted(request.longest_body, "byte")
            )));
        }
    }
    Ok(())
}

fn of_hyper(error: hyper::Error) -> Error {
    if let Some(source) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        return of_source(source);
    }
    match () {
        () if error.is_parse() => {
            Error::Protocol(message!("no HTTP as we know it: {}", Trusted(&error.to_string())))
        }
        () if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
            Error::Closed("before the answer was complete".into())
        }
        () => Error::Protocol(error.to_string().into()),
    }
}

/// What broke the stream under the exchange, or what is wrong with the lengths in it.
fn of_source(source: &io::Error) -> Error {
    #[cfg(feature = "tls")]
    if let Some(inner) = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Error::Tls(crate::tls::sentences::of_tls(inner));
    }
    match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Error::Protocol(message!("no HTTP as we know it: {}", source))
        }
        io::ErrorKind::UnexpectedEof => Error::Closed("before the answer was complete".into()),
        _ => Error::of_stream(
            source.raw_os_error().map_or_else(|| source.kind().into(), io::Error::from_raw_os_error),
        ),
    }
}
