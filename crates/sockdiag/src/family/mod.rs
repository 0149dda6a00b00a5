//! The socket families the kernel can be asked about, one file each.
//!
//! A file holds a family's request and the view of its answers; nothing outside it has to know the family exists.

pub mod inet;
