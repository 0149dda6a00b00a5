//! Keeps a privileged test from touching the machine's own network.
//!
//! The mark in the environment alone is not believed: it could have leaked into a shell.

use std::sync::LazyLock;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

const ASK: &str = "run `cargo xtask test`: privileged tests need a network namespace of their own";

/// Fails unless this process is in a namespace made for it.
pub(crate) fn namespace() {
    // Judged once, before any test has put an interface of its own there.
    static FOREIGN: LazyLock<Option<String>> = LazyLock::new(foreign);
    if let Some(reason) = &*FOREIGN {
        panic!("{ASK} ({reason})");
    }
}

/// What speaks against this being a new namespace.
///
/// A new one has loopback, and perhaps the fallback interfaces of tunnel modules, which are down.
fn foreign() -> Option<String> {
    if std::env::var_os("NETDIAG_NETNS").is_none_or(|mark| mark != "1") {
        return Some("NETDIAG_NETNS is not 1".to_owned());
    }
    let mut interfaces = match getifaddrs() {
        Ok(interfaces) => interfaces,
        Err(error) => return Some(format!("getifaddrs: {error}")),
    };
    let used =
        interfaces.find(|it| it.interface_name != "lo" && it.flags.contains(InterfaceFlags::IFF_UP))?;
    Some(format!("{} is up here", used.interface_name))
}
