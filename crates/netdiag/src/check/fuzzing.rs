//! Any bytes as what is remembered of runs: what fuzz targets call, and nobody else.

use std::path::Path;

pub use super::init::fuzzing::init;
use super::memory::Memory;

/// Reads bytes as a file of what failed, which is written again as it was read.
///
/// # Panics
/// If it is not, or the file does something on a terminal.
pub fn memory(file: &[u8]) {
    let Ok(memory) = Memory::read(file) else { return };
    let text = memory.text().expect("names and paths that were read are text");
    assert!(
        !text.contains(|character| character != '\n' && netdiag_text::terminal::acts(character)),
        "{text:?}"
    );
    assert_eq!(Memory::read(text.as_bytes()).expect("it is written as it is read"), memory);
    let names = memory.failed(memory.failed.keys().map(Path::new));
    assert!(memory.failed.values().flatten().all(|name| names.contains(name)), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/states").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(seeds.iter().any(|seed| Memory::read(seed).is_ok_and(|memory| !memory.failed.is_empty())));
        seeds.iter().for_each(|seed| memory(seed));
    }
}
