//! Kernel parameters (`sysctl(8)`).
//!
//! Those below `net` are the network namespace's of the thread that reads them, whoever opened `/proc/sys`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{CutShort, Host};

/// The name of a kernel parameter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sysctl {
    /// Its file, below `sys`.
    pub(crate) file: PathBuf,
}

impl Sysctl {
    /// The parameter of this name, with dots or slashes: `net.core.somaxconn`; `None` where it would lead elsewhere.
    pub fn named(name: &str) -> Option<Self> {
        // As sysctl(8) has it, the first separator decides what dots mean: `net/ipv4/conf/eth0.1/forwarding`.
        let slashes = name.find(['.', '/']).is_some_and(|at| name[at..].starts_with('/'));
        let relative = if slashes { name.to_owned() } else { name.replace('.', "/") };
        let plain = relative.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
        plain.then(|| Self { file: Path::new("sys").join(relative) })
    }

    /// One that is known to be named so.
    pub(crate) fn at(file: &str) -> Self {
        Self { file: Path::new("sys").join(file) }
    }
}

impl Host {
    /// The value of a parameter, without the blanks around it.
    ///
    /// # Errors
    /// Its file cannot be read: there is no such parameter, or it is kept from us.
    pub fn sysctl(&self, parameter: &Sysctl) -> Result<String, CutShort> {
        let path = self.proc_root().file(&parameter.file);
        match self.run(|| fs::read_to_string(&path))? {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) => Err(CutShort::unreadable(path, error)),
        }
    }

    /// A parameter that is read as something.
    pub(crate) fn sysctl_as<T>(
        &self,
        file: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, CutShort> {
        let parameter = Sysctl::at(file);
        let text = self.sysctl(&parameter)?;
        let path = || self.proc_root().file(&parameter.file);
        read(&text).ok_or_else(|| CutShort::nonsense(path(), &text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_below_proc_sys() {
        #[rustfmt::skip]
        let cases = [
            ("net.core.somaxconn",               Some("sys/net/core/somaxconn")),
            ("net/ipv4/conf/eth0.1/forwarding",  Some("sys/net/ipv4/conf/eth0.1/forwarding")),
            ("net/../../etc/passwd",             None),
            ("/etc/passwd",                      None),
            ("net..core",                        None),
            ("net.core\0",                       None),
            ("",                                 None),
        ];
        for (name, file) in cases {
            assert_eq!(Sysctl::named(name), file.map(|file| Sysctl { file: file.into() }), "{name}");
        }
    }

    #[test]
    fn a_parameter_has_a_value_or_a_file_that_cannot_be_read() {
        let host = Host::here();
        assert_eq!(host.sysctl(&Sysctl::named("kernel.ostype").unwrap()).unwrap(), "Linux");
        let error = host.sysctl(&Sysctl::named("no.such").unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("/proc/sys/no/such: "), "{error}");
    }
}
