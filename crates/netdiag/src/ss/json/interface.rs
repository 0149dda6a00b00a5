//! The network interface a socket is bound to.

use super::scalar::Text;
use crate::json::record::record;
use netdiag_host::InterfaceNames;

record! {
    /// The interface a socket is bound to.
    Interface<'a> {
        /// Its index in the namespace of the socket.
        index: u32,
    } maybe {
        /// Its name; missing when it is gone or lies in a namespace that cannot be looked into.
        name: Text<'a>,
    }
}

impl<'a> Interface<'a> {
    /// Interface `index`; 0 is none.
    pub(crate) fn new(index: u32, interfaces: &'a mut InterfaceNames) -> Option<Self> {
        (index != 0).then(|| Self { index, name: interfaces.known(index).map(Text) })
    }
}
