//! The modules of one crate: what each defines, imports and names, and the file in which a name's item is written.
//!
//! A path is followed through every `use` on its way, so a re-export is not a use of the file it stands in. What is only
//! compiled for tests is left out.

use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Meta, Path, UseTree, Visibility};

use super::source::Source;

/// The names of a path, without what stands in angle brackets.
type Names = Vec<String>;

/// Which module of [`Modules`].
type Id = usize;

/// All modules of a crate, the root first.
pub(super) struct Modules<'a> {
    tree: &'a [Source],
    modules: Vec<Module<'a>>,
}

#[derive(Default)]
struct Module<'a> {
    /// The file it is written in; an inline module is in that of the module around it.
    file: &'a str,
    parent: Id,
    children: HashMap<String, Id>,
    /// The names it defines itself.
    items: HashSet<String>,
    /// The names it imports or re-exports, and what they stand for.
    imports: HashMap<String, Names>,
    /// The modules all of whose names it imports.
    globs: Vec<Names>,
    /// What its own code names, and in which line.
    named: Vec<(Names, usize)>,
}

/// A file that names an item of another one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Use<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// Of the file that names it.
    pub(super) line: usize,
}

/// What a path leads to.
#[derive(Clone, Copy)]
enum Found {
    Module(Id),
    /// An item of this module, or something within one.
    Item(Id),
}

impl<'a> Modules<'a> {
    /// Reads a crate from the file it begins with; a file that does not parse is the compiler's business.
    pub(super) fn read(root: &'a str, tree: &'a [Source]) -> Self {
        let mut crate_ = Self { tree, modules: Vec::new() };
        crate_.file(root, 0, directory(root).to_owned());
        crate_
    }

    /// Every use of another file's item, each pair of files once, in order.
    pub(super) fn uses(&self) -> Vec<Use<'a>> {
        let mut uses = Vec::new();
        for (id, module) in self.modules.iter().enumerate() {
            for (names, line) in &module.named {
                if let Some(Found::Item(other)) = self.resolve(id, names, &mut HashSet::new()) {
                    uses.push(Use { from: module.file, to: self.modules[other].file, line: *line });
                }
            }
        }
        uses.retain(|it| it.from != it.to);
        uses.sort();
        uses.dedup_by_key(|it| (it.from, it.to));
        uses
    }

    /// Adds the module written in `path`, whose children are in `directory`.
    fn file(&mut self, path: &'a str, parent: Id, directory: String) -> Option<Id> {
        let source = self.tree.iter().find(|file| file.path == path)?;
        let file = syn::parse_file(&source.text).ok()?;
        Some(self.module(&source.path, parent, &file.items, &directory))
    }

    fn module(&mut self, file: &'a str, parent: Id, items: &[Item], directory: &str) -> Id {
        let id = self.modules.len();
        self.modules.push(Module { file, parent, ..Module::default() });
        let mut reader = Reader::default();
        items.iter().for_each(|item| reader.visit_item(item));
        let Reader { items, imports, globs, named, children } = reader;
        for child in children {
            if let Some(child_id) = self.child(child, file, id, directory) {
                self.modules[id].children.insert(child.ident.to_string(), child_id);
            }
        }
        let module = &mut self.modules[id];
        (module.items, module.imports, module.globs, module.named) = (items, imports, globs, named);
        id
    }

    fn child(&mut self, module: &ItemMod, file: &'a str, parent: Id, around: &str) -> Option<Id> {
        let own = format!("{around}{}/", module.ident);
        if let Some((_, items)) = &module.content {
            return Some(self.module(file, parent, items, &own));
        }
        let places = match elsewhere(&module.attrs) {
            Some(path) => vec![joined(directory(file), &path)],
            None => vec![format!("{around}{}.rs", module.ident), format!("{own}mod.rs")],
        };
        let path = self.tree.iter().find(|source| places.contains(&source.path))?.path.as_str();
        // `a/mod.rs` and a file that was put elsewhere keep their children beside them, `a.rs` in `a/`.
        let beside = path.ends_with("/mod.rs") || elsewhere(&module.attrs).is_some();
        self.file(path, parent, if beside { directory(path).to_owned() } else { own })
    }

    /// Follows `names` as they stand in the module `from`.
    fn resolve(&self, from: Id, names: &[String], seen: &mut HashSet<(Id, String)>) -> Option<Found> {
        let (mut found, mut rest) = match names.first()?.as_str() {
            "crate" => (Found::Module(0), &names[1..]),
            "self" => (Found::Module(from), &names[1..]),
            "super" => (Found::Module(self.modules[from].parent), &names[1..]),
            _ => (Found::Module(from), names),
        };
        while let (Found::Module(id), [name, more @ ..]) = (found, rest) {
            found = match name.as_str() {
                "super" => Found::Module(self.modules[id].parent),
                _ => self.look_up(id, name, !more.is_empty(), seen)?,
            };
            rest = more;
        }
        Some(found)
    }

    /// What `name` is in a module. A module and an item may share a name: `within` says that something in it is meant.
    fn look_up(&self, id: Id, name: &str, within: bool, seen: &mut HashSet<(Id, String)>) -> Option<Found> {
        let module = &self.modules[id];
        let child = module.children.get(name).map(|child| Found::Module(*child));
        if within && child.is_some() {
            return child;
        }
        if module.items.contains(name) {
            return Some(Found::Item(id));
        }
        // Imports may lead in a circle, which the compiler takes if another name resolves it.
        if !seen.insert((id, name.to_owned())) {
            return child;
        }
        if let Some(import) = module.imports.get(name)
            && let Some(found) = self.resolve(id, import, seen)
        {
            return Some(found);
        }
        if child.is_some() {
            return child;
        }
        module.globs.iter().find_map(|glob| match self.resolve(id, glob, seen)? {
            Found::Module(other) => self.look_up(other, name, within, seen),
            Found::Item(_) => None,
        })
    }
}

/// Up to and with the last `/`.
fn directory(path: &str) -> &str {
    &path[..path.rfind('/').map_or(0, |at| at + 1)]
}

/// A relative path as seen from a directory.
fn joined(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split_terminator('/').collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The path in a `#[path = "…"]`.
fn elsewhere(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("path")).find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value else { return None };
        Some(path.value())
    })
}

/// Reads what one module says.
#[derive(Default)]
struct Reader<'ast> {
    items: HashSet<String>,
    imports: HashMap<String, Names>,
    globs: Vec<Names>,
    named: Vec<(Names, usize)>,
    children: Vec<&'ast ItemMod>,
}

impl Reader<'_> {
    fn import(&mut self, tree: &UseTree, before: &[String], shown: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), shown),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, shown)),
            UseTree::Glob(_) => self.globs.push(before.to_vec()),
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = before.last() {
                    self.imported(last.clone(), before.to_vec(), shown, name.span().start().line);
                }
            }
            UseTree::Name(name) => {
                self.imported(name.ident.to_string(), with(&name.ident), shown, name.span().start().line);
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(&rename.ident) };
                self.imported(rename.rename.to_string(), path, shown, rename.span().start().line);
            }
        }
    }

    /// What is imported for the module itself is used by it, or the compiler would complain; what others are shown may not be.
    fn imported(&mut self, name: String, path: Names, shown: bool, line: usize) {
        if !shown {
            self.named.push((path.clone(), line));
        }
        self.imports.insert(name, path);
    }

    /// The paths among tokens nobody has parsed: those of a macro's call or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Names = Vec::new();
        let (mut colons, mut line) = (0, 0);
        for token in tokens {
            match &token {
                TokenTree::Ident(name) => {
                    if colons < 2 && !path.is_empty() {
                        self.named.push((std::mem::take(&mut path), line));
                    }
                    line = name.span().start().line;
                    path.push(name.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
            if !path.is_empty() {
                self.named.push((std::mem::take(&mut path), line));
            }
            colons = 0;
        }
        if !path.is_empty() {
            self.named.push((path, line));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = described(item);
        if attributes.iter().any(for_tests) {
            return;
        }
        self.items.extend(name);
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.children.push(module);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let shown = !matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, &[], shown);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.named.push((names, path.span().start().line));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::List(list) => self.tokens(list.tokens.clone()),
            Meta::NameValue(pair) => self.visit_expr(&pair.value),
            Meta::Path(_) => {}
        }
    }
}

/// Whether an attribute leaves its item to the tests.
fn for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
}

/// The attributes of an item, and its name if others can call it by that.
fn described(item: &Item) -> (&[Attribute], Option<String>) {
    let (attributes, name) = match item {
        Item::Const(it) => (&it.attrs, Some(&it.ident)),
        Item::Enum(it) => (&it.attrs, Some(&it.ident)),
        Item::Fn(it) => (&it.attrs, Some(&it.sig.ident)),
        Item::Impl(it) => (&it.attrs, None),
        Item::Macro(it) => (&it.attrs, it.ident.as_ref()),
        Item::Mod(it) => (&it.attrs, None),
        Item::Static(it) => (&it.attrs, Some(&it.ident)),
        Item::Struct(it) => (&it.attrs, Some(&it.ident)),
        Item::Trait(it) => (&it.attrs, Some(&it.ident)),
        Item::Type(it) => (&it.attrs, Some(&it.ident)),
        Item::Union(it) => (&it.attrs, Some(&it.ident)),
        Item::Use(it) => (&it.attrs, None),
        _ => return (&[], None),
    };
    (attributes, name.map(ToString::to_string))
}
