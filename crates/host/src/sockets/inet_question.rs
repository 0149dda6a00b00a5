//! One question about IP sockets: of one family or, of TCP, of both in one walk through the kernel's tables.

use netdiag_sockdiag::filter::{Bytecode, Expr, Plan};
use netdiag_sockdiag::{Client, Extensions, Filtered, InetSocket, States, TcpRequest, inet};

use super::ask::ask;
use super::socket::Socket;
use super::table::Table;
use crate::part::CutShort;

/// What is asked, and what of the filter remains to be seen here.
#[derive(Clone, Debug)]
pub(super) struct InetQuestion {
    pub(super) table: Table,
    /// `None` for both, which only TCP has a question for.
    pub(super) family: Option<inet::Family>,
    pub(super) states: States,
    pub(super) extensions: Extensions,
    /// What the kernel chooses by.
    pub(super) bytecode: Option<Bytecode>,
    /// What is chosen by here; `None` lets everything through.
    pub(super) rest: Option<Expr>,
}

impl InetQuestion {
    /// The same with another filter.
    pub(super) fn planned(self, plan: Plan) -> Self {
        Self { bytecode: plan.bytecode, rest: Some(plan.rest).filter(|rest| *rest != Expr::ALWAYS), ..self }
    }

    /// Puts it to the kernel once, and shows every answer that is meant.
    ///
    /// # Errors
    /// Only those of `show`.
    pub(super) fn put<E>(
        &self,
        client: &mut Client,
        mut show: impl FnMut(InetSocket<'_>) -> Result<(), E>,
    ) -> Result<Option<CutShort>, E> {
        let show = |socket: InetSocket<'_>| match &self.rest {
            Some(rest) if !rest.matches(&Socket::Inet(self.table, socket).subject()) => Ok(()),
            _ => show(socket),
        };
        let (states, extensions, bytecode) = (self.states, self.extensions.clone(), self.bytecode.clone());
        let protocol = self.table.protocol();
        match self.family {
            None => {
                let request = TcpRequest { states, extensions };
                ask(client, &Filtered { request, bytecode, protocol: None }, show)
            }
            Some(family) => {
                let request = inet::request(family, protocol as u8, states, extensions);
                let protocol = (protocol > u16::from(u8::MAX)).then_some(protocol.into());
                ask(client, &Filtered { request, bytecode, protocol }, show)
            }
        }
    }
}
