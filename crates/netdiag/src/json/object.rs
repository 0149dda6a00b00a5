//! JSON objects put together from what is written at different times or declared in different places.
//!
//! Both ends must have keys: what joins them is a comma.

use std::io;

use serde::Serialize;

/// Adds `value`, an object, with the key `key` and the word `tag` in front.
pub(crate) fn tagged(page: &mut Vec<u8>, key: &str, tag: &str, value: &impl Serialize) -> io::Result<()> {
    page.extend(b"{\"");
    page.extend(key.as_bytes());
    page.extend(b"\":\"");
    page.extend(tag.as_bytes());
    page.push(b'"');
    joined(page, value)
}

/// Adds the keys of `value` to an object that is still open, and closes it.
pub(crate) fn joined(page: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    let brace = page.len();
    netdiag_text::json::to_writer(&mut *page, value)?;
    page[brace] = b',';
    Ok(())
}
