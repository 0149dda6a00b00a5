//! Regular expressions that people write: what one may cost, wherever it stands.
//!
//! Each crate compiles its own, of texts or of bytes; the bound is the same.

/// Bytes of memory that a compiled one may take; a larger one is refused.
pub const LARGEST: usize = 1 << 20;
