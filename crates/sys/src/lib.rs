//! Socket options of any number and any bytes, and descriptors known by their number: the only `unsafe` of the project.
//!
//! IP options (RFC 791), IPv6 flow labels, `SO_DEBUG` and a descriptor that a caller passed by its number have no safe wrapper in a
//! maintained crate. Whoever finds one should use it and delete this.
#![doc = include_str!("../README.md")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

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

/// `getsockopt(socket, level, name, value)`: writes the option's value into `value`, as much of it as there is room for, and gives how
/// many bytes that is.
///
/// # Errors
/// The system call's own, or `EINVAL` for room too long to be described to it.
#[doc(alias = "getsockopt")]
pub fn get_option(socket: impl AsFd, level: c_int, name: c_int, value: &mut [u8]) -> io::Result<usize> {
    let room = socklen_t::try_from(value.len()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let (fd, mut length) = (socket.as_fd().as_raw_fd(), room);
    // SAFETY: the descriptor is open, being borrowed; `value` is `length` bytes that nobody else reads or writes during
    // the call, any bytes will do for them, and the kernel keeps no pointer to them or to `length`.
    let status = unsafe { libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut length) };
    if status == 0 { Ok(length.min(room) as usize) } else { Err(io::Error::last_os_error()) }
}

/// Another descriptor for what the descriptor `number` is open for, its offset and flags shared; programs started do not get it.
///
/// It is for descriptors that whoever started this process has left open, and says the number of. `/proc/self/fd/NUMBER` would be opened
/// anew, at the file's beginning, and a socket not at all.
///
/// # Errors
/// `EBADF` if there is none, `EMFILE` if there may be no more.
#[doc(alias = "F_DUPFD_CLOEXEC")]
pub fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    /// The first number that is not a standard stream's.
    const FIRST: c_int = 3;
    // SAFETY: the call takes numbers only; that of a descriptor that is not open is refused.
    let duplicate = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, FIRST) };
    if duplicate < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was opened just now, and nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek, Write};
    use std::net::UdpSocket;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn an_option_is_set() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        set_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut 7_i32.to_ne_bytes()).unwrap();
        assert_eq!(socket.ttl().unwrap(), 7);
    }

    #[test]
    fn an_option_is_read_as_far_as_there_is_room() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_ttl(7).unwrap();
        let mut value = [0xff; 6];
        assert_eq!(get_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut value).unwrap(), 4);
        assert_eq!(value, [7, 0, 0, 0, 0xff, 0xff]);
        assert_eq!(get_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut value[..1]).unwrap(), 1);
        let unknown = get_option(&socket, libc::SOL_SOCKET, 9999, &mut value);
        assert_eq!(unknown.unwrap_err().raw_os_error(), Some(libc::ENOPROTOOPT));
    }

    #[test]
    fn a_refusal_is_the_systems() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let refused = set_option(&socket, libc::IPPROTO_IP, libc::IP_TTL, &mut 256_i32.to_ne_bytes());
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EINVAL));
        let unknown = set_option(&socket, libc::SOL_SOCKET, 9999, &mut 1_i32.to_ne_bytes());
        assert_eq!(unknown.unwrap_err().raw_os_error(), Some(libc::ENOPROTOOPT));
    }

    #[test]
    fn a_duplicate_shares_its_place() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first\n").unwrap();
        let mut duplicate = File::from(duplicate(file.as_raw_fd()).unwrap());
        duplicate.write_all(b"second\n").unwrap();
        assert_eq!(file.stream_position().unwrap(), 13);
        drop(duplicate);
        file.write_all(b"third\n").unwrap();
        assert_eq!(file.metadata().unwrap().len(), 19);
    }

    #[test]
    fn a_socket_is_duplicated_as_well() {
        let (near, far) = UnixDatagram::pair().unwrap();
        let duplicate = UnixDatagram::from(duplicate(near.as_raw_fd()).unwrap());
        duplicate.send(b"x").unwrap();
        assert_eq!(far.recv(&mut [0; 2]).unwrap(), 1);
    }

    #[test]
    fn what_is_not_open_is_not_duplicated() {
        for number in [-1, RawFd::MAX] {
            assert_eq!(duplicate(number).unwrap_err().raw_os_error(), Some(libc::EBADF), "{number}");
        }
    }
}
