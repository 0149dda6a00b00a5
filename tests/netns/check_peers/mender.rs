//! Somebody who mends what is wrong as soon as a check asks for it: so a check that comes before has seen it broken.
//!
//! A file's checks begin in its order, and those of sockets that begin together share one look.

use std::net::TcpListener;
use std::thread;

use netdiag_lab::{Host, until};

use crate::server::PATIENCE;

/// The check that has things mended, once the one called `after` has passed.
pub(super) fn check(after: &str) -> String {
    format!("kind = 'tcp'\ntarget = '127.0.0.1:9'\ndepends_on = ['{after}']")
}

/// Runs `task` while somebody at the port of [`check`] waits to `mend`, in the network of the host.
pub(super) fn mending<T>(host: &Host, mend: impl FnOnce() + Send, task: impl FnOnce() -> T) -> T {
    let listener = host.run(|| TcpListener::bind("127.0.0.1:9")).unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _asked = until("a check to ask", PATIENCE, || listener.accept().ok()).unwrap();
            host.run(mend);
        });
        task()
    })
}
