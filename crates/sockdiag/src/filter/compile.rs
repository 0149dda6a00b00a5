//! Divides an expression between the kernel and us.
//!
//! The kernel gets a program that accepts every socket the expression means and, where it cannot decide, some more. It is
//! never asked what would make it refuse the whole request: whoever asks says what it may be asked.

use std::net::IpAddr;

use super::address_family::AddressFamily;
use super::bytecode::{Bytecode, Op, code};
use super::expr::{Comparison, Expr, Predicate, Side};
use super::host::{Host, Prefix};

/// What the kernel may be asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// Socket marks; for want of `CAP_NET_ADMIN` it answers `EPERM` to everything.
    pub mark: bool,
}

/// Who decides what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The kernel's part; `None` when it is not to choose at all.
    pub bytecode: Option<Bytecode>,
    /// What remains to be asked of the sockets the kernel chose.
    pub rest: Expr,
}

impl Expr {
    /// Divides the work for a dump of inet sockets. Sockets that pass both parts are those that match, and
    /// [`Predicate::Autobound`] is then exact if it fell to the kernel.
    ///
    /// A program too long for an attribute leaves all to [`Plan::rest`].
    pub fn plan(&self, scope: Scope) -> Plan {
        let question = self.question(scope, Bound::Upper);
        // The kernel takes a program without operations for a mistake.
        if question.constant() == Some(true) {
            return Plan { bytecode: None, rest: self.rest(scope) };
        }
        match assemble(&question) {
            Some(bytecode) => Plan { bytecode: Some(bytecode), rest: self.rest(scope) },
            None => Plan { bytecode: None, rest: self.clone() },
        }
    }

    /// The closest the kernel can be asked: nothing less than this expression, or nothing more.
    fn question(&self, scope: Scope, bound: Bound) -> Self {
        match self {
            Self::And(parts) => Self::all(parts.iter().map(|part| part.question(scope, bound))),
            Self::Or(parts) => Self::any(parts.iter().map(|part| part.question(scope, bound))),
            Self::Not(part) => part.question(scope, bound.other()).negated(),
            Self::Is(predicate) => match (predicate.in_kernel(scope), bound) {
                (InKernel::Decided, _) => self.clone(),
                (InKernel::Always, _) | (InKernel::Unknown, Bound::Upper) => Self::ALWAYS,
                (InKernel::Never, _) | (InKernel::Unknown, Bound::Lower) => Self::NEVER,
            },
        }
    }

    /// What the kernel's answer leaves open.
    fn rest(&self, scope: Scope) -> Self {
        if self.is_exact(scope) {
            return Self::ALWAYS;
        }
        match self {
            Self::And(parts) => Self::all(parts.iter().map(|part| part.rest(scope))),
            _ => self.clone(),
        }
    }

    fn is_exact(&self, scope: Scope) -> bool {
        !self.mentions(&|predicate| predicate.in_kernel(scope) == InKernel::Unknown)
    }
}

/// Which side an approximation errs on.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Bound {
    Upper,
    Lower,
}

impl Bound {
    fn other(self) -> Self {
        match self {
            Self::Upper => Self::Lower,
            Self::Lower => Self::Upper,
        }
    }
}

/// What the kernel makes of a predicate.
#[derive(Clone, Copy, Eq, PartialEq)]
enum InKernel {
    Decided,
    /// True of every inet socket.
    Always,
    /// False of every inet socket.
    Never,
    Unknown,
}

impl Predicate {
    fn in_kernel(&self, scope: Scope) -> InKernel {
        match *self {
            Self::Host(_, Host::Inet { port, .. }) => match port {
                Some(port) if u16::try_from(port).is_err() => InKernel::Never,
                _ => InKernel::Decided,
            },
            Self::Host(..) => InKernel::Never,
            Self::Port(_, comparison, number) => match u16::try_from(number) {
                Ok(_) => InKernel::Decided,
                // All ports are on the same side of such a number.
                Err(_) if comparison.holds(0, number) => InKernel::Always,
                Err(_) => InKernel::Never,
            },
            Self::Interface(_) | Self::Cgroup(_) | Self::Autobound(_) => InKernel::Decided,
            Self::Mark { .. } if scope.mark => InKernel::Decided,
            Self::Mark { .. } | Self::Number(..) | Self::Held(_) | Self::Family(_) | Self::Netid(_) => {
                InKernel::Unknown
            }
        }
    }
}

/// Writes a program for what [`Expr::question`] left, which the kernel can decide; `None` when it gets too long.
fn assemble(question: &Expr) -> Option<Bytecode> {
    let mut program = Program::default();
    let fails = program.expr(question);
    let refusal = program.bytes.len() + Op::LEN;
    program.land(&fails, refusal);
    program.link().map(|bytes| Bytecode(bytes.into()))
}

/// A program being written: success falls through to what is written next.
#[derive(Default)]
struct Program {
    bytes: Vec<u8>,
    /// Where each jump on failure goes, once known.
    jumps: Vec<(usize, usize)>,
}

/// Operations that failed and still have to be told where to go.
type Fails = Vec<usize>;

impl Program {
    fn expr(&mut self, expr: &Expr) -> Fails {
        match expr {
            Expr::And(parts) => parts.iter().flat_map(|part| self.expr(part)).collect(),
            Expr::Or(parts) => self.any(parts),
            Expr::Not(part) => {
                let fails = self.expr(part);
                self.opposite(&fails)
            }
            Expr::Is(predicate) => self.predicate(predicate),
        }
    }

    fn any(&mut self, parts: &[Expr]) -> Fails {
        let Some((last, others)) = parts.split_last() else {
            return vec![self.jump()];
        };
        let mut done = Vec::new();
        for part in others {
            let fails = self.expr(part);
            done.push(self.jump());
            self.land(&fails, self.bytes.len());
        }
        let fails = self.expr(last);
        self.land(&done, self.bytes.len());
        fails
    }

    /// Turns what was just written, which fails at `fails`, into its opposite.
    fn opposite(&mut self, fails: &[usize]) -> Fails {
        let jump = self.jump();
        self.land(fails, self.bytes.len());
        vec![jump]
    }

    fn predicate(&mut self, predicate: &Predicate) -> Fails {
        match *predicate {
            Predicate::Host(side, Host::Inet { prefix, port }) => vec![self.host(side, Some(prefix), port)],
            Predicate::Port(side, comparison, number) => match u16::try_from(number) {
                Ok(port) => self.port(side, comparison, port),
                Err(_) => vec![self.jump()],
            },
            Predicate::Interface(index) => vec![self.op(code::DEV_COND, &index.to_ne_bytes())],
            Predicate::Mark { value, mask } => {
                vec![self.op(code::MARK_COND, &[value.to_ne_bytes(), mask.to_ne_bytes()].concat())]
            }
            Predicate::Cgroup(id) => vec![self.op(code::CGROUP_COND, &id.to_ne_bytes())],
            Predicate::Autobound(ref ports) => vec![
                self.op(code::AUTO, &[]),
                self.bound(code::S_GE, *ports.start()),
                self.bound(code::S_LE, *ports.end()),
            ],
            // Not left in a question, like ports out of range.
            Predicate::Host(..)
            | Predicate::Number(..)
            | Predicate::Held(_)
            | Predicate::Family(_)
            | Predicate::Netid(_) => vec![self.jump()],
        }
    }

    fn port(&mut self, side: Side, comparison: Comparison, port: u16) -> Fails {
        let (at_least, at_most) = match side {
            Side::Local => (code::S_GE, code::S_LE),
            Side::Remote => (code::D_GE, code::D_LE),
        };
        let fails = match comparison {
            Comparison::Equal | Comparison::NotEqual => vec![self.host(side, None, Some(port.into()))],
            Comparison::AtLeast | Comparison::Below => vec![self.bound(at_least, port)],
            Comparison::AtMost | Comparison::Above => vec![self.bound(at_most, port)],
        };
        match comparison {
            Comparison::NotEqual | Comparison::Below | Comparison::Above => self.opposite(&fails),
            _ => fails,
        }
    }

    /// A comparison: the port is the last field of an operation of its own.
    fn bound(&mut self, code: u8, port: u16) -> usize {
        let [a, b] = port.to_ne_bytes();
        self.op(code, &[0, 0, a, b])
    }

    fn host(&mut self, side: Side, prefix: Option<Prefix>, port: Option<i64>) -> usize {
        let code = match side {
            Side::Local => code::S_COND,
            Side::Remote => code::D_COND,
        };
        let (family, address) = match prefix.map(Prefix::address) {
            Some(IpAddr::V6(address)) => (AddressFamily::INET6.0, address.octets().to_vec()),
            Some(IpAddr::V4(address)) => (AddressFamily::INET.0, address.octets().to_vec()),
            None => (0, vec![0; 4]),
        };
        let port = port.and_then(|port| i32::try_from(port).ok()).unwrap_or(-1);
        let condition = [&[family, prefix.map_or(0, Prefix::len), 0, 0][..], &port.to_ne_bytes(), &address];
        self.op(code, &condition.concat())
    }

    fn jump(&mut self) -> usize {
        self.op(code::JMP, &[])
    }

    fn op(&mut self, code: u8, arguments: &[u8]) -> usize {
        let at = self.bytes.len();
        let yes = u8::try_from(Op::LEN + arguments.len()).expect("no operation is longer than 28 bytes");
        self.bytes.extend([code, yes, 0, 0]);
        self.bytes.extend_from_slice(arguments);
        at
    }

    fn land(&mut self, jumps: &[usize], target: usize) {
        self.jumps.extend(jumps.iter().map(|&jump| (jump, target)));
    }

    fn link(mut self) -> Option<Vec<u8>> {
        if self.bytes.len() > LONGEST {
            return None;
        }
        for (jump, target) in self.jumps {
            let distance = u16::try_from(target - jump).ok()?;
            self.bytes.get_mut(jump + 2..jump + 4)?.copy_from_slice(&distance.to_ne_bytes());
        }
        Some(self.bytes)
    }
}

/// An attribute's length has 16 bits and counts its header; a jump past the end must fit them too.
const LONGEST: usize = 0xffff / 4 * 4 - Op::LEN;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Quantity, strategy};
    use super::*;

    const ALL: Scope = Scope { mark: true };

    fn prefix(address: &str, len: u8) -> Prefix {
        Prefix::new(address.parse().unwrap(), len).unwrap()
    }

    fn at(side: Side, address: &str, len: u8) -> Expr {
        Predicate::Host(side, Host::Inet { prefix: prefix(address, len), port: None }).into()
    }

    fn port(side: Side, comparison: Comparison, number: i64) -> Expr {
        Predicate::Port(side, comparison, number).into()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The rules by which the kernel admits a program (`inet_diag_bc_audit`).
    fn audit(program: &[u8]) -> Result<(), String> {
        let starts: Vec<usize> = {
            let mut starts = vec![0];
            let mut at = 0;
            while at < program.len() {
                at += usize::from(program[at + 1]);
                starts.push(at);
            }
            starts
        };
        if starts.last() != Some(&program.len()) {
            return Err("the last operation leaves the program".to_owned());
        }
        for &at in &starts[..starts.len() - 1] {
            let (op, arguments) = Op::read(&program[at..]).ok_or("cut short")?;
            let least = match op.code {
                code::S_COND | code::D_COND => {
                    let width = match arguments[0] {
                        0 => 0,
                        2 => 4,
                        10 => 16,
                        other => return Err(format!("family {other}")),
                    };
                    if usize::from(arguments[1]) > 8 * width {
                        return Err("prefix too long".to_owned());
                    }
                    12 + width
                }
                code::MARK_COND | code::CGROUP_COND => 12,
                code::JMP | code::AUTO => 4,
                2..=13 => 8,
                other => return Err(format!("code {other}")),
            };
            let (yes, no) = (usize::from(op.yes), usize::from(op.no));
            let sane =
                |jump: usize| jump >= least && jump.is_multiple_of(4) && at + jump <= program.len() + Op::LEN;
            if !sane(yes) || !sane(no) {
                return Err(format!("jumps of {op:?} at {at}"));
            }
            if at + no < program.len() && !starts.contains(&(at + no)) {
                return Err(format!("{op:?} at {at} jumps into an operation"));
            }
        }
        Ok(())
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn programs_are_those_upstream_sends() {
        use Comparison::{Above, Equal};
        use Side::{Local, Remote};

        #[rustfmt::skip]
        let cases = [
            (port(Local, Equal, 22),                   "07101400000000001600000000000000"),
            (at(Remote, "10.0.0.0", 8),                "0810140002080000ffffffff0a000000"),
            (at(Remote, "fe80::", 10),                 "081c20000a0a0000fffffffffe800000000000000000000000000000"),
            (port(Local, Above, 1024),                 "03080c000000000401040800"),
            (Expr::Or(vec![port(Local, Equal, 22), port(Remote, Equal, 80)]),
                                                       "07101400000000001600000000000000010414000810140000000000\
                                                        5000000000000000"),
            (Expr::And(vec![port(Local, Equal, 22), port(Remote, Equal, 80)]),
                                                       "0710240000000000160000000000000008101400000000005000000000000000"),
            (Predicate::Mark { value: 16, mask: 255 }.into(), "0a0c100010000000ff000000"),
            (Predicate::Interface(3).into(),           "09080c0003000000"),
            (Predicate::Cgroup(0x102).into(),          "0d0c10000201000000000000"),
            (port(Local, Comparison::AtMost, -1),      "01040800"),
        ];
        for (expr, expected) in cases {
            let plan = expr.plan(ALL);
            let bytecode = plan.bytecode.unwrap();
            assert_eq!(hex(bytecode.as_bytes()), expected, "{expr:?}");
            assert_eq!(plan.rest, Expr::ALWAYS, "{expr:?}");
        }
    }

    #[test]
    fn the_kernel_gets_what_it_can_decide() {
        let ssh = port(Side::Local, Comparison::Equal, 22);
        let uid: Expr = Predicate::Number(Quantity::Uid, Comparison::Equal, 0).into();
        let mark: Expr = Predicate::Mark { value: 1, mask: 1 }.into();
        let not = |expr: &Expr| Expr::Not(expr.clone().into());
        let and = |a: &Expr, b: &Expr| Expr::And(vec![a.clone(), b.clone()]);
        let or = |a: &Expr, b: &Expr| Expr::Or(vec![a.clone(), b.clone()]);
        #[rustfmt::skip]
        let cases = [
            // expression,                    the kernel's part, ours
            (ssh.clone(),                     Some(ssh.clone()), Expr::ALWAYS),
            (uid.clone(),                     None,              uid.clone()),
            (and(&ssh, &uid),                 Some(ssh.clone()), uid.clone()),
            (or(&ssh, &uid),                  None,              or(&ssh, &uid)),
            (not(&and(&ssh, &uid)),           None,              not(&and(&ssh, &uid))),
            (not(&or(&ssh, &uid)),            Some(not(&ssh)),   not(&or(&ssh, &uid))),
            (and(&ssh, &or(&ssh, &uid)),      Some(ssh.clone()), or(&ssh, &uid)),
            (and(&mark, &ssh),                Some(ssh.clone()), mark.clone()),
            (Expr::ALWAYS,                    None,              Expr::ALWAYS),
        ];
        for (expr, kernel, rest) in cases {
            let plan = expr.plan(Scope::default());
            assert_eq!(plan.bytecode, kernel.map(|kernel| kernel.plan(ALL).bytecode.unwrap()), "{expr:?}");
            assert_eq!(plan.rest, rest, "{expr:?}");
        }
    }

    #[test]
    fn what_is_too_long_for_an_attribute_is_left_to_us() {
        let ports =
            |count: i64| Expr::Or((0..count).map(|at| port(Side::Local, Comparison::Equal, at)).collect());
        // 20 bytes each, jump included, which the last does without.
        let fits = ports(3276);
        let bytecode = fits.plan(ALL).bytecode.unwrap();
        assert_eq!(bytecode.as_bytes().len(), 3276 * 20 - 4);
        assert_eq!(audit(bytecode.as_bytes()), Ok(()));
        let excess = ports(3277);
        assert_eq!(excess.plan(ALL), Plan { bytecode: None, rest: excess });
    }

    /// What the agreement below is worth: no kind of predicate is left out, in the hands of the kernel or ours.
    #[test]
    fn every_kind_of_predicate_is_drawn() {
        fn kind(predicate: &Predicate) -> usize {
            match predicate {
                Predicate::Host(_, Host::Inet { .. }) => 0,
                Predicate::Host(_, Host::Unix(_)) => 1,
                Predicate::Host(_, Host::Link { .. }) => 2,
                Predicate::Host(_, Host::Netlink { .. }) => 3,
                Predicate::Host(_, Host::Vsock { .. }) => 4,
                Predicate::Port(..) => 5,
                Predicate::Interface(_) => 6,
                Predicate::Mark { .. } => 7,
                Predicate::Cgroup(_) => 8,
                Predicate::Autobound(_) => 9,
                Predicate::Number(Quantity::Uid, ..) => 10,
                Predicate::Number(Quantity::Inode, ..) => 11,
                Predicate::Number(Quantity::Cookie, ..) => 12,
                Predicate::Number(Quantity::RecvQ, ..) => 13,
                Predicate::Number(Quantity::SendQ, ..) => 14,
                Predicate::Number(Quantity::Retrans, ..) => 15,
                Predicate::Number(Quantity::Rtt, ..) => 16,
                Predicate::Number(Quantity::Idle, ..) => 17,
                Predicate::Number(Quantity::Limited, ..) => 18,
                Predicate::Held(_) => 19,
                Predicate::Family(_) => 20,
                Predicate::Netid(_) => 21,
            }
        }
        const KINDS: usize = 22;
        let met = std::cell::RefCell::new([false; KINDS]);
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        runner
            .run(&proptest::collection::vec(strategy::expr(), 20), |exprs| {
                for expr in exprs {
                    expr.mentions(&|predicate| {
                        met.borrow_mut()[kind(predicate)] = true;
                        false
                    });
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(met.into_inner(), [true; KINDS]);
    }

    proptest! {
        #[test]
        fn what_is_known_beforehand_changes_nothing(expr in strategy::expr(), subject in strategy::subject()) {
            let asked = |predicate: &Predicate| matches!(predicate, Predicate::Family(_) | Predicate::Netid(_));
            let given = expr.given(&|predicate| asked(predicate).then(|| predicate.matches(&subject)));
            prop_assert!(!given.mentions(&asked), "{given}");
            prop_assert_eq!(given.matches(&subject), expr.matches(&subject), "{} became {}", expr, given);
        }

        #[test]
        fn the_kernel_admits_every_program(expr in strategy::expr()) {
            if let Some(bytecode) = expr.plan(ALL).bytecode {
                prop_assert_eq!(audit(bytecode.as_bytes()), Ok(()), "{:?}", bytecode);
            }
        }

        #[test]
        fn both_parts_together_mean_the_expression(
            expr in strategy::expr(),
            subjects in proptest::collection::vec(strategy::subject(), 1..20),
            mark: bool,
        ) {
            let plan = expr.plan(Scope { mark });
            for subject in subjects {
                let chosen = plan.bytecode.as_ref().is_none_or(|bytecode| bytecode.matches(&subject));
                prop_assert_eq!(chosen && plan.rest.matches(&subject), expr.matches(&subject), "{:?} {:?}", plan, subject);
                prop_assert!(chosen || !expr.matches(&subject), "the kernel would lose {:?}", subject);
            }
        }

        #[test]
        fn what_the_kernel_decides_alone_is_the_expression(expr in strategy::kernel_expr(), subject in strategy::subject()) {
            let plan = expr.plan(ALL);
            prop_assert_eq!(&plan.rest, &Expr::ALWAYS);
            let chosen = plan.bytecode.as_ref().is_none_or(|bytecode| bytecode.matches(&subject));
            prop_assert_eq!(chosen, expr.matches(&subject), "{:?}", plan);
        }
    }
}
