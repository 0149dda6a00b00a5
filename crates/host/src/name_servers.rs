//! The name servers this host asks (`resolv.conf(5)`).
//!
//! The file is this mount namespace's; what the resolver does with it, such as asking a local one where there is none, is not told here.

use std::fs;
use std::net::IpAddr;

use crate::CutShort;

/// The addresses of the name servers, in the order they are asked, without the zones of link-local ones.
///
/// # Errors
/// That the file cannot be read.
pub fn name_servers() -> Result<Vec<IpAddr>, CutShort> {
    let text = fs::read(FILE).map_err(|error| CutShort::unreadable(FILE, error))?;
    Ok(servers(&String::from_utf8_lossy(&text)))
}

pub(crate) fn servers(text: &str) -> Vec<IpAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let word = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
        word.split_once('%').map_or(word, |(address, _)| address).parse().ok()
    };
    text.lines().filter_map(address).collect()
}

const FILE: &str = "/etc/resolv.conf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_on_a_line_of_its_own() {
        let text =
            "# nameserver 9.9.9.9\nnameserver 10.0.0.53\n nameserver  fe80::1%eth0\nnameserver\nsearch x\n";
        let expected: Vec<IpAddr> = ["10.0.0.53", "fe80::1"].map(|it| it.parse().unwrap()).into();
        assert_eq!(servers(text), expected);
    }
}
