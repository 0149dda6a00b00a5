//! No two files of a crate import each other, not even by way of others.
//!
//! A module that declares and re-exports its children does not use them by that; it does when its own code names what they
//! have.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::modules::{Modules, Use};
use super::source::{Finding, Source};

pub(super) fn findings(tree: &[Source]) -> Vec<Finding> {
    roots(tree).flat_map(|root| crate_findings(root, tree)).collect()
}

/// The files that crates begin with.
fn roots(tree: &[Source]) -> impl Iterator<Item = &str> {
    let paths = tree.iter().map(|file| file.path.as_str());
    paths.filter(|path| {
        let test = path.starts_with("tests/") && path.ends_with("/main.rs");
        test || path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs")
    })
}

/// A finding for each set of files that are in circles with each other: the first of them, and the shortest ring through it.
fn crate_findings(root: &str, tree: &[Source]) -> Vec<Finding> {
    let modules = Modules::read(root, tree);
    let uses = modules.uses();
    let graph = Graph::new(&uses);
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for file in graph.0.keys() {
        if told.contains(file) {
            continue;
        }
        let Some(ring) = graph.ring(file) else { continue };
        let others: BTreeSet<&str> =
            graph.reached(file).into_iter().filter(|other| graph.reached(other).contains(file)).collect();
        found.push(told_of(&ring, others.len()));
        told.extend(others);
    }
    found
}

/// Each file of the ring with the line in which it uses the next.
fn told_of(ring: &[Use<'_>], files: usize) -> Finding {
    let way: String = ring[1..].iter().map(|it| format!("{}:{} → ", it.from, it.line)).collect();
    let Use { from, line, .. } = ring[0];
    Finding { path: from.to_owned(), line, message: format!("a circle of {files} files: → {way}{from}") }
}

/// Which file uses which.
struct Graph<'a>(BTreeMap<&'a str, Vec<Use<'a>>>);

impl<'a> Graph<'a> {
    fn new(uses: &[Use<'a>]) -> Self {
        let mut graph: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
        for it in uses {
            graph.entry(it.from).or_default().push(*it);
        }
        Self(graph)
    }

    fn from(&self, file: &str) -> &[Use<'a>] {
        self.0.get(file).map_or(&[], Vec::as_slice)
    }

    /// Every file that can be reached from one, itself only if it is in a circle.
    fn reached(&self, file: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![file];
        while let Some(file) = next.pop() {
            next.extend(self.from(file).iter().map(|it| it.to).filter(|to| reached.insert(*to)));
        }
        reached
    }

    /// The shortest way from a file back to itself.
    fn ring(&self, start: &str) -> Option<Vec<Use<'a>>> {
        let mut came: BTreeMap<&str, Use<'a>> = BTreeMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(file) = next.pop_front() {
            for it in self.from(file) {
                if it.to == start {
                    let mut ring = vec![*it];
                    while let Some(before) = came.get(ring[0].from).filter(|_| ring[0].from != start) {
                        ring.insert(0, *before);
                    }
                    return Some(ring);
                }
                if !came.contains_key(it.to) {
                    came.insert(it.to, *it);
                    next.push_back(it.to);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::source;
    use super::*;

    /// The name of a file below `crates/a/src/`, and what it says.
    type File<'a> = (&'a str, &'a str);

    /// What is found in a crate of these files.
    fn found(files: &[File<'_>]) -> Vec<String> {
        let tree: Vec<Source> =
            files.iter().map(|(name, text)| source(&format!("crates/a/src/{name}"), text)).collect();
        findings(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_files_that_use_each_other_are_told_with_the_lines() {
        let told = found(&[
            ("lib.rs", "mod one;\nmod two;\n"),
            ("one.rs", "//! A.\n\nuse crate::two::Two;\npub struct One(Two);\n"),
            ("two.rs", "pub struct Two;\nimpl Two { fn one(self) -> super::one::One { loop {} } }\n"),
        ]);
        let expected =
            "crates/a/src/one.rs:3: a circle of 2 files: → crates/a/src/two.rs:2 → crates/a/src/one.rs";
        assert_eq!(told, [expected]);
    }

    #[test]
    fn what_is_a_circle_and_what_is_none() {
        #[rustfmt::skip]
        let cases: [(&str, usize, &[File<'_>]); 18] = [
            ("one way", 0, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")]),
            ("three files", 1, &[
                ("lib.rs", "mod a; mod b; mod c;"), ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use crate::c::C; pub struct B;"), ("c.rs", "use crate::a::A; pub struct C;")]),
            ("two circles", 2, &[
                ("lib.rs", "mod a; mod b; mod c; mod d;"), ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use crate::a::A; pub struct B;"), ("c.rs", "use crate::d::D; pub struct C;"),
                ("d.rs", "use crate::c::C; pub struct D;")]),
            ("a parent that declares and shows its children", 0, &[
                ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
                ("a.rs", "use crate::B; pub struct A;"), ("b.rs", "pub struct B;")]),
            ("siblings that see each other through their parent", 1, &[
                ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
                ("a.rs", "use crate::B; pub struct A;"), ("b.rs", "use super::A; pub struct B;")]),
            ("a parent with an item its child uses, which uses nothing of the child", 0, &[
                ("lib.rs", "mod a; pub use a::A; pub struct Own;"), ("a.rs", "use super::Own; pub struct A;")]),
            ("the same, and it uses the child", 1, &[
                ("lib.rs", "mod a; pub use a::A; pub struct Own; fn f() { A; }"), ("a.rs", "use super::Own; pub struct A;")]),
            ("a path in code, the module imported", 1, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b; pub fn a() { b::b() }"),
                ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("a module that is imported for nothing", 0, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b; pub fn a() {}"), ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("within a macro's call", 1, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "pub fn a() -> String { format!(\"{}\", crate::b::b()) }"),
                ("b.rs", "pub fn b() -> u8 { crate::a::a(); 0 }")]),
            ("within an attribute", 1, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "struct A { #[arg(parser = crate::b::b)] it: u8 } pub fn a() {}"),
                ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("everything of a module", 1, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::*; pub fn a() { b() }"), ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("an alias", 1, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::{self as other}; pub fn a() { other::b() }"),
                ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("only in tests", 0, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "pub fn a() {} #[cfg(test)] mod tests { use crate::b::b; }"),
                ("b.rs", "pub fn b() { crate::a::a() }")]),
            ("a file of tests", 0, &[
                ("lib.rs", "mod a;"), ("a.rs", "pub fn a() {} #[cfg(test)] mod tests;"), ("a/tests.rs", "use super::a;")]),
            ("directories, and a file elsewhere", 1, &[
                ("lib.rs", "mod a; #[path = \"other/b.rs\"] mod b;"), ("a/mod.rs", "mod c;"),
                ("a/c.rs", "use crate::b::B; pub struct C;"), ("other/b.rs", "use crate::a::c::C; pub struct B;")]),
            ("an inline module is of the file it is in", 0, &[
                ("lib.rs", "mod a { pub fn a() { super::b() } } fn b() { a::a() }")]),
            ("other crates, and names that lead nowhere", 0, &[
                ("lib.rs", "mod a; mod b;"), ("a.rs", "use std::fmt; use ::b::B; pub fn a(b: u8) { b.b(); fmt::b(); }"),
                ("b.rs", "pub fn b() { crate::a::a(0) }")]),
        ];
        for (name, circles, files) in cases {
            let told = found(files);
            assert_eq!(told.len(), circles, "{name}: {told:?}");
        }
    }

    #[test]
    fn tests_of_a_target_are_a_crate_too() {
        let tree = [
            source("tests/cli/main.rs", "mod a; mod b;"),
            source("tests/cli/a.rs", "use crate::b::b; pub fn a() {}"),
            source("tests/cli/b.rs", "use crate::a::a; pub fn b() {}"),
            source("tests/data/a.rs", "use crate::a::a;"),
        ];
        assert_eq!(findings(&tree).len(), 1);
    }
}
