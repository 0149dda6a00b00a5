//! One machine, seen from one of its network namespaces.
//!
//! A value of this type is all that a question needs to know of where to ask: two of them can be asked side by side.

use crate::namespace::{Namespace, NamespaceError};
use crate::part::Part;
use crate::proc_root::ProcRoot;

/// Where facts are asked for.
#[derive(Clone, Debug)]
pub struct Host {
    namespace: Option<Namespace>,
    proc_root: ProcRoot,
}

impl Host {
    /// The machine we run on, from the network namespace of whichever thread asks.
    pub fn here() -> Self {
        Self { namespace: None, proc_root: ProcRoot::of_environment().clone() }
    }

    /// The machine we run on, from this network namespace.
    pub fn of(namespace: Namespace) -> Self {
        Self { namespace: Some(namespace), ..Self::here() }
    }

    /// The same with the kernel's files read from another place.
    #[must_use]
    pub fn with_proc_root(self, proc_root: ProcRoot) -> Self {
        Self { proc_root, ..self }
    }

    /// The namespace that is looked into; `None` for that of the thread that asks.
    pub fn namespace(&self) -> Option<&Namespace> {
        self.namespace.as_ref()
    }

    /// Where the kernel's files are read.
    pub fn proc_root(&self) -> &ProcRoot {
        &self.proc_root
    }

    /// Does `work` in its namespace: on this thread if that is where it is, else on a thread of its own.
    ///
    /// # Errors
    /// That the namespace cannot be entered; nothing was done then.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, NamespaceError> {
        match &self.namespace {
            None => Ok(work()),
            Some(namespace) => namespace.run(work),
        }
    }

    /// What can be learnt in its namespace; nothing where that cannot be entered.
    pub(crate) fn part<T: Default + Send>(&self, work: impl FnOnce() -> Part<T> + Send) -> Part<T> {
        self.run(work).unwrap_or_else(|error| Part::cut_short(T::default(), error.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn only_another_place_takes_another_thread() {
        let this = thread::current().id();
        assert_eq!(Host::here().run(|| thread::current().id()).unwrap(), this);
        let same = Host::of(Namespace::of_this_thread().unwrap());
        assert_ne!(same.run(|| thread::current().id()).unwrap(), this);
    }
}
