//! Two notations, one tree: TOML and JSON.

use std::collections::HashSet;
use std::ops::Range;

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use netdiag_text::{Message, message};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaint::Complaint;
use super::node::{Key, Node, Value, Writing};

/// How a file is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notation {
    /// TOML 1.1.
    Toml,
    /// JSON, the same model.
    Json,
}

impl Notation {
    /// Reads a text.
    pub(crate) fn tree(self, text: &str) -> Result<Node, Vec<Complaint>> {
        match self {
            Self::Toml => toml(text),
            Self::Json => json(text),
        }
    }
}

/// Reads TOML 1.1.
pub(crate) fn toml(text: &str) -> Result<Node, Vec<Complaint>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let complaint = |error: &toml::de::Error| {
            let span = error.span().unwrap_or_default();
            syntax(error.message(), text.get(span.clone()).unwrap_or_default()).at(&span)
        };
        let mut complaints: Vec<Complaint> = errors.iter().map(complaint).collect();
        complaints.sort_by_key(|complaint| complaint.span.start);
        return Err(complaints);
    }
    let span = table.span();
    let mut complaints = Vec::new();
    let node = Node { span, value: Value::Table(entries(table.into_inner(), &mut complaints)) };
    if complaints.is_empty() { Ok(node) } else { Err(complaints) }
}

/// What the parser says of `found`, in words that help; the place is the caller's to say.
fn syntax(said: &str, found: &str) -> Complaint {
    let complaint = |message| Complaint::new(&(0..0), message);
    match said {
        "duplicate key" => complaint(message!("duplicate key `{}`", found)).help("leave one of them out"),
        said if said.starts_with("invalid unquoted key") && found.starts_with(':') => {
            complaint("`:` is no sign of TOML".into()).help("write `=` between a key and its value")
        }
        said if said.starts_with("string values must be quoted") && found == "$" => {
            complaint("a reference has to be in quotes".into()).help("write \"${NAME}\"")
        }
        said if said.starts_with("string values must be quoted") => {
            let bare = found.trim_matches(|quote| "“”„‘’'\"".contains(quote));
            let message =
                if bare == found { "text has to be in quotes" } else { "these are no quotes to TOML" };
            complaint(message.into()).help(message!("write \"{}\"", bare))
        }
        said => complaint(Message::foreign(said)),
    }
}

fn entries(table: DeTable<'_>, complaints: &mut Vec<Complaint>) -> Vec<(Key, Node)> {
    let mut entries: Vec<_> = table
        .into_iter()
        .map(|(key, value)| {
            let key = Key { span: key.span(), name: key.into_inner().into_owned(), writing: Writing::Toml };
            (key, toml_node(value, complaints))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    entries
}

fn toml_node(value: Spanned<DeValue<'_>>, complaints: &mut Vec<Complaint>) -> Node {
    let span = value.span();
    let mut wrong = |message: &'static str| {
        complaints.push(Complaint::new(&span, message));
        Value::Null
    };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Integer(integer) => {
            let value = i64::from_str_radix(integer.as_str(), integer.radix());
            value.map_or_else(|_| wrong("this number is too large"), Value::Integer)
        }
        DeValue::Float(float) => {
            float.as_str().parse().map_or_else(|_| wrong("this is no number"), Value::Float)
        }
        DeValue::Datetime(_) => wrong("a date has no meaning here; write text in quotes"),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| toml_node(item, complaints)).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table, complaints)),
    };
    Node { span, value }
}

/// Reads JSON (RFC 8259) and nothing of what others take for it. A byte order mark may be ignored (§8.1), as TOML's is.
pub(crate) fn json(text: &str) -> Result<Node, Vec<Complaint>> {
    // Every option by its name, or a new one would make it lenient again.
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    // As many blanks, for places to stay where they are.
    let unmarked = text.strip_prefix(MARK).map(|text| " ".repeat(MARK.len_utf8()) + text);
    let text = unmarked.as_deref().unwrap_or(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| {
        let range = error.range();
        let said = error.kind().to_string();
        let mut characters = said.chars();
        let first = characters.next().map(|first| first.to_ascii_lowercase());
        let said: String = first.into_iter().chain(characters).collect();
        Complaint::new(&(range.start..range.end), said)
    })?;
    let mut complaints = Vec::new();
    match parsed.value {
        Some(value) => {
            let node = json_node(value, &mut complaints);
            if complaints.is_empty() { Ok(node) } else { Err(complaints) }
        }
        None => Err(Complaint::new(&(0..text.len()), "the file is empty").into()),
    }
}

/// The byte order mark.
const MARK: char = '\u{feff}';

fn json_node(value: ast::Value<'_>, complaints: &mut Vec<Complaint>) -> Node {
    let range = value.range();
    let span = range.start..range.end;
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
        ast::Value::BooleanLit(flag) => Value::Boolean(flag.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::NumberLit(number) => json_number(number.value, &span, complaints),
        ast::Value::Array(array) => {
            Value::List(array.elements.into_iter().map(|item| json_node(item, complaints)).collect())
        }
        ast::Value::Object(object) => {
            let entries: Vec<_> =
                object.properties.into_iter().map(|property| json_entry(property, complaints)).collect();
            repeated(&entries, complaints);
            Value::Table(entries)
        }
    };
    Node { span, value }
}

fn json_entry(property: ast::ObjectProp<'_>, complaints: &mut Vec<Complaint>) -> (Key, Node) {
    let range = property.name.range();
    let name = property.name.as_str().to_owned();
    (
        Key { span: range.start..range.end, name, writing: Writing::Json },
        json_node(property.value, complaints),
    )
}

fn json_number(text: &str, span: &Range<usize>, complaints: &mut Vec<Complaint>) -> Value {
    if let Ok(integer) = text.parse() {
        return Value::Integer(integer);
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Value::Float(float),
        _ => {
            complaints.push(Complaint::new(span, "this is no number that can be used"));
            Value::Null
        }
    }
}

/// JSON leaves open what a repeated key means; a check lost that way would never be missed.
fn repeated(entries: &[(Key, Node)], complaints: &mut Vec<Complaint>) {
    let mut names = HashSet::new();
    for (key, _) in entries {
        if !names.insert(&key.name) {
            complaints.push(Complaint::new(&key.span, message!("duplicate key `{}`", key.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Integer(integer) => integer.to_string(),
            Value::Float(float) => format!("{float:?}"),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
            Value::Table(entries) => {
                let entry = |(key, node): &(Key, Node)| format!("{}:{}", key.name, shape(node));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn both_notations_give_one_tree() {
        let toml_text =
            "version = 1\n[[check]]\nname = \"a\"\nports = [1, 0x10]\nok = true\nx = { y = 1.5 }\n";
        let json_text =
            r#"{"version": 1, "check": [{"name": "a", "ports": [1, 16], "ok": true, "x": {"y": 1.5}}]}"#;
        let wanted = r#"{version:1,check:[{name:"a",ports:[1,16],ok:true,x:{y:1.5}}]}"#;
        let (from_toml, from_json) = (toml(toml_text).unwrap(), json(json_text).unwrap());
        assert_eq!((shape(&from_toml).as_str(), shape(&from_json).as_str()), (wanted, wanted));
        let version = from_toml.entry("version").unwrap();
        assert_eq!(&toml_text[version.span.clone()], "1");
        let marked = [toml(&format!("\u{feff}{toml_text}")), json(&format!("\u{feff}{json_text}"))];
        assert!(marked.iter().all(|node| shape(node.as_ref().unwrap()) == wanted));
        let name = &from_json.entries()[1].0;
        assert_eq!(&json_text[name.span.clone()], "\"check\"");
    }

    #[test]
    fn many_keys_and_deep_nesting_are_read_at_once_or_refused() {
        let keys: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\": {n}")).collect();
        assert_eq!(json(&format!("{{{}}}", keys.join(","))).unwrap().entries().len(), 100_000);
        let deep = |open: &str, close: &str| open.repeat(200_000) + &close.repeat(200_000);
        // As docs/limits.md has it.
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for (levels, is_read) in [(511, true), (512, false)] {
            assert_eq!(json(&format!("{{\"a\": {}}}", nested(levels))).is_ok(), is_read, "{levels}");
        }
        for (levels, is_read) in [(80, true), (81, false)] {
            assert_eq!(toml(&format!("a = {}", nested(levels))).is_ok(), is_read, "{levels}");
            assert_eq!(toml(&format!("{} = 1", vec!["a"; levels].join("."))).is_ok(), is_read, "{levels}");
        }
        assert!(json(&deep("[", "]")).is_err() && json(&deep("{\"a\":", "}")).is_err());
        assert!(toml(&format!("a = {}", deep("[", "]"))).is_err());
        assert!(toml(&format!("a = {}", deep("{a=", "}"))).is_err());
        assert!(toml(&format!("{} = 1", vec!["a"; 200_000].join("."))).is_err());
        assert!(toml(&format!("[{}]", vec!["a"; 200_000].join("."))).is_err());
    }

    #[test]
    fn what_is_no_tree_is_complained_about_at_its_place() {
        type Read = fn(&str) -> Result<Node, Vec<Complaint>>;
        #[rustfmt::skip]
        let cases: [(Read, &str, usize); 20] = [
            (toml, "a = \n",                       4),
            (toml, "a = 1\na = 2\n",               6),
            (toml, "a = 1979-05-27\n",             4),
            (toml, "a = 99999999999999999999\n",   4),
            (toml, "\u{1}",                        0),
            (json, "",                             0),
            (json, "{\"a\": 1,}",                  7),
            (json, "{\"a\": 1, \"a\": 2}",         9),
            (json, "{\"a\": 1e999}",               6),
            (json, "// no\n{}",                    0),
            (json, "{\"a\": 1 \"b\": 2}",           7),
            (json, "[1 2]",                        2),
            (json, "{'a': 1}",                     1),
            (json, "[+1]",                         1),
            (json, "[0x10]",                       1),
            (json, "[.5]",                         1),
            (json, "[5.]",                         1),
            (json, "[NaN]",                        1),
            (json, "[\"\\x41\"]",                   2),
            (json, "\u{feff}{\"a\": 1,}",          10),
        ];
        for (read, text, start) in cases {
            let complaints = read(text).expect_err(text);
            assert_eq!(complaints[0].span.start, start, "{text:?}: {complaints:?}");
        }
    }
}
