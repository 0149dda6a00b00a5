//! Command lines that a hint tells to type: quoted as a shell wants them.

/// The words as one line.
pub(crate) fn line<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    let words: Vec<W> = words.into_iter().collect();
    let joined = shlex::try_join(words.iter().map(AsRef::as_ref));
    // No shell can be told a NUL byte, and no command line has one.
    joined.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(line(["netdiag", "probe", "http://h/?a&b"]), "netdiag probe 'http://h/?a&b'");
        assert_eq!(line(["netdiag", "wait", "5432", "--", "./test"]), "netdiag wait 5432 -- ./test");
    }
}
