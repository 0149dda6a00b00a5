//! Any bytes as what descriptors link to, and as an index of those that are sockets: what fuzz targets call, and nobody else.

use super::index::{Held, Index};
use super::process::{inode, trimmed};

/// Reads lines as links of descriptors, and bytes as the numbers of sockets that are held.
///
/// # Panics
/// If a link is read as another socket's, or a socket is held by other descriptors than were found.
pub(crate) fn owners(input: &[u8]) {
    for link in input.split(|byte| *byte == b'\n') {
        if let Some(number) = inode(link) {
            let digits = &link[b"socket:[".len()..link.len() - 1];
            let zeros = digits.iter().take_while(|digit| **digit == b'0').count().min(digits.len() - 1);
            assert_eq!(&digits[zeros..], number.to_string().as_bytes());
        }
        let label = trimmed(link);
        assert!(!label.contains(&0) && link.starts_with(label));
    }
    // Few different numbers, so that some are held more than once.
    let found: Vec<Held> = (0..)
        .zip(input)
        .map(|(fd, byte)| Held { inode: u32::from(*byte) << (byte % 3 * 8), fd, task: fd % 7, context: None })
        .collect();
    let index = Index::new(&found);
    assert_eq!(index.all().count(), found.len());
    for inode in found.iter().map(|held| held.inode).chain([7, u32::MAX]).take(MOST) {
        let told: Vec<u32> = index.of(inode).map(|held| held.fd).collect();
        let mut expected: Vec<u32> =
            found.iter().filter(|held| held.inode == inode).map(|held| held.fd).collect();
        expected.reverse();
        assert_eq!(told, expected, "{inode}");
    }
}

/// Sockets that are looked up, each of which is looked for among all.
const MOST: usize = 64;
