//! Socket options of any number and any bytes: the only `unsafe` of the project.
//!
//! IP options (RFC 791), IPv6 flow labels and `SO_DEBUG` have no safe wrapper in a maintained crate. Whoever finds one should
//! use it and delete this.
#![doc = include_str!("../README.md")]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use libc::{c_int, socklen_t};

/// `setsockopt(socket, level, name, value)`.
///
/// The kernel may write into `value`: `IPV6_FLOWLABEL_MGR` returns the label it chose there.
///
/// # Errors
/// The system call's own, or `EINVAL` for a value too long to be described to it.
#[doc(alias = "setsockopt")]
pub fn set_option(socket: impl AsFd, level: c_int, name: c_int, value: &mut [u8]) -> io::Result<()> {
    let length = socklen_t::try_from(value.len()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the descriptor is open, being borrowed; `value` is `length` bytes that nobody else reads or writes during
    // the call, and the kernel keeps no pointer to them.
    let status = unsafe { libc::setsockopt(fd, level, name, value.as_mut_ptr().cast(), length) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn an_option_is_set() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        set_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut 7_i32.to_ne_bytes()).unwrap();
        assert_eq!(socket.ttl().unwrap(), 7);
    }

    #[test]
    fn a_refusal_is_the_systems() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let refused = set_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut 256_i32.to_ne_bytes());
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EINVAL));
        let unknown = set_option(&socket, libc::SOL_SOCKET, 9999, &mut 1_i32.to_ne_bytes());
        assert_eq!(unknown.unwrap_err().raw_os_error(), Some(libc::ENOPROTOOPT));
    }
}
