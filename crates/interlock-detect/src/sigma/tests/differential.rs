//! A slow and obvious evaluator on JSON values, and the compiled one, asked the same questions.

use super::sample::{cloudtrail, event};
use crate::sigma::RuleSet;
use interlock_model::FieldPlan;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One generated rule.
#[derive(Debug, Clone)]
struct Generated {
    /// Named by letter: `a`, `b`, `c`; each a list of maps, each map a list of items.
    searches: Vec<Vec<Vec<Item>>>,
    condition: Tree,
}

#[derive(Debug, Clone)]
struct Item {
    field: &'static str,
    how: How,
    values: Vec<Plain>,
    all: bool,
    neq: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Plain,
    Contains,
    StartsWith,
    EndsWith,
    Cased,
    Exists,
    Less,
    AtLeast,
    Field,
    FieldStart,
    FieldPart,
    Regex,
    RegexNoCase,
    Dashes,
}

#[derive(Debug, Clone)]
enum Plain {
    Text(String),
    Number(i32),
    Bool(bool),
    Null,
}

#[derive(Debug, Clone)]
enum Tree {
    Search(usize),
    OneOfThem,
    AllOfThem,
    Not(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
}

const FIELDS: [&str; 4] = ["f", "g", "n.x", "n.y"];

impl Generated {
    fn yaml(&self) -> String {
        let mut text = "title: t\nlogsource: {product: aws}\ndetection:\n".to_owned();
        for (name, maps) in ["a", "b", "c"].iter().zip(&self.searches) {
            writeln!(text, "  {name}:").unwrap();
            for map in maps {
                for (at, item) in map.iter().enumerate() {
                    let dash = if at == 0 { "- " } else { "  " };
                    writeln!(text, "    {dash}{}", item.yaml()).unwrap();
                }
            }
        }
        writeln!(text, "  condition: {}", self.condition.text()).unwrap();
        text
    }

    fn holds(&self, record: &Value) -> bool {
        let searches: Vec<bool> = self
            .searches
            .iter()
            .map(|maps| maps.iter().any(|map| map.iter().all(|it| it.holds(record))))
            .collect();
        self.condition.holds(&searches)
    }
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Self::Search(at) => ["a", "b", "c"][*at].to_owned(),
            Self::OneOfThem => "1 of them".to_owned(),
            Self::AllOfThem => "all of them".to_owned(),
            Self::Not(it) => format!("not ({})", it.text()),
            Self::And(left, right) => format!("({}) and ({})", left.text(), right.text()),
            Self::Or(left, right) => format!("({}) or ({})", left.text(), right.text()),
        }
    }

    fn holds(&self, searches: &[bool]) -> bool {
        match self {
            Self::Search(at) => searches[*at],
            Self::OneOfThem => searches.iter().any(|it| *it),
            Self::AllOfThem => searches.iter().all(|it| *it),
            Self::Not(it) => !it.holds(searches),
            Self::And(left, right) => left.holds(searches) && right.holds(searches),
            Self::Or(left, right) => left.holds(searches) || right.holds(searches),
        }
    }
}

impl Item {
    fn yaml(&self) -> String {
        let modifier = match self.how {
            How::Plain => "",
            How::Contains => "|contains",
            How::StartsWith => "|startswith",
            How::EndsWith => "|endswith",
            How::Cased => "|cased",
            How::Exists => return format!("'{}|exists': {}", self.field, self.all),
            How::Less => "|lt",
            How::AtLeast => "|gte",
            How::Field => "|fieldref",
            How::FieldStart => "|fieldref|startswith",
            How::FieldPart => "|fieldref|contains",
            How::Regex => "|re",
            How::RegexNoCase => "|re|i",
            How::Dashes => "|windash|contains",
        };
        let all = if self.all { "|all" } else { "" };
        let neq = if self.neq { "|neq" } else { "" };
        let values: Vec<_> = self
            .values
            .iter()
            .map(|it| match it {
                Plain::Text(it) => serde_json::to_string(it).unwrap(),
                Plain::Number(it) => it.to_string(),
                Plain::Bool(it) => it.to_string(),
                Plain::Null => "null".to_owned(),
            })
            .collect();
        format!("'{}{modifier}{all}{neq}': [{}]", self.field, values.join(", "))
    }

    fn holds(&self, record: &Value) -> bool {
        let seen = at(record, self.field);
        let one = |wanted: &Plain| match (self.how, wanted) {
            (How::Exists, _) => seen.is_empty() != self.all,
            (How::Less | How::AtLeast, Plain::Number(limit)) => seen.iter().any(|it| {
                let number = match it {
                    Value::Number(it) => it.as_f64(),
                    Value::String(it) => it.parse::<f64>().ok(),
                    Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
                };
                number.is_some_and(|it| (it < f64::from(*limit)) == (self.how == How::Less))
            }),
            (How::Field | How::FieldStart | How::FieldPart, Plain::Text(other)) => {
                let others = at(record, other);
                seen.iter().filter_map(|it| text(it)).any(|ours| {
                    let ours = fold(&ours);
                    others.iter().filter_map(|it| text(it)).map(|it| fold(&it)).any(|it| {
                        if self.how == How::Field {
                            ours == it
                        } else if self.how == How::FieldStart {
                            ours.starts_with(&it)
                        } else {
                            ours.contains(&it)
                        }
                    })
                })
            }
            (How::Regex | How::RegexNoCase, Plain::Text(pattern)) => {
                seen.iter().filter_map(|it| text(it)).any(|it| {
                    if self.how == How::Regex {
                        found(pattern, &it)
                    } else {
                        found(&fold(pattern), &fold(&it))
                    }
                })
            }
            (How::Dashes, Plain::Text(it)) => {
                // A dash at the start of a word stands for each of its kind.
                let alike =
                    |it: &str| fold(it).replace(['/', '\u{2013}', '\u{2014}', '\u{2015}'], "-");
                let wanted = alike(it);
                seen.iter().filter_map(|it| text(it)).any(|it| alike(&it).contains(&wanted))
            }
            (How::Plain, Plain::Null) => seen.is_empty() || seen.iter().any(|it| it.is_null()),
            (How::Plain, Plain::Number(it)) => seen.iter().any(|seen| match seen {
                Value::Number(seen) => seen.as_f64() == Some(f64::from(*it)),
                Value::String(seen) => *seen == it.to_string(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
            }),
            (How::Plain, Plain::Bool(it)) => seen.iter().any(|seen| match seen {
                Value::Bool(seen) => seen == it,
                Value::String(seen) => seen.to_lowercase() == it.to_string(),
                Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
            }),
            (how, wanted) => {
                let wanted = match wanted {
                    Plain::Text(it) => it.clone(),
                    Plain::Number(it) => it.to_string(),
                    Plain::Bool(it) => it.to_string(),
                    Plain::Null => return false,
                };
                let mut pattern = units(&wanted);
                if matches!(how, How::Contains | How::EndsWith) {
                    pattern.insert(0, Unit::Any);
                }
                if matches!(how, How::Contains | How::StartsWith) {
                    pattern.push(Unit::Any);
                }
                seen.iter().filter_map(|it| text(it)).any(|it| {
                    if how == How::Cased {
                        like(&pattern, &it.chars().collect::<Vec<_>>())
                    } else {
                        let folded: Vec<_> = pattern
                            .iter()
                            .flat_map(|it| match it {
                                Unit::Char(it) => it.to_lowercase().map(Unit::Char).collect(),
                                Unit::One | Unit::Any => vec![*it],
                            })
                            .collect();
                        like(&folded, &fold(&it).chars().collect::<Vec<_>>())
                    }
                })
            }
        };
        let found = if self.all && self.how != How::Exists {
            self.values.iter().all(one)
        } else {
            self.values.iter().any(one)
        };
        found != (self.neq && self.how != How::Exists)
    }
}

/// Whether a pattern of characters, `.`, `x*`, `^` and `$` is found in the text.
fn found(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    match pattern.split_first() {
        Some(('^', rest)) => from_here(rest, &text),
        _ => (0..=text.len()).any(|it| from_here(&pattern, &text[it..])),
    }
}

fn from_here(pattern: &[char], text: &[char]) -> bool {
    let one = |wanted: char, text: &[char]| {
        text.first().is_some_and(|it| (wanted == '.' && *it != '\n') || wanted == *it)
    };
    match pattern {
        [] => true,
        ['$'] => text.is_empty(),
        [again, '*', rest @ ..] => {
            from_here(rest, text) || (one(*again, text) && from_here(pattern, &text[1..]))
        }
        [wanted, rest @ ..] => one(*wanted, text) && from_here(rest, &text[1..]),
    }
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Char(char),
    One,
    Any,
}

fn units(text: &str) -> Vec<Unit> {
    let chars: Vec<char> = text.chars().collect();
    let mut units = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let escapes = chars[at] == '\\' && chars.get(at + 1).is_some_and(|it| "*?\\".contains(*it));
        at += usize::from(escapes);
        units.push(match chars[at] {
            '*' if !escapes => Unit::Any,
            '?' if !escapes => Unit::One,
            it => Unit::Char(it),
        });
        at += 1;
    }
    units
}

/// By trying every length for every `*`.
fn like(pattern: &[Unit], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Unit::Any, rest)) => (0..=text.len()).any(|it| like(rest, &text[it..])),
        Some((Unit::One, rest)) => !text.is_empty() && like(rest, &text[1..]),
        Some((Unit::Char(it), rest)) => text.first() == Some(it) && like(rest, &text[1..]),
    }
}

fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.as_f64().unwrap().to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// All values at a path of one or two names.
fn at<'a>(record: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut values = vec![record];
    for name in path.split('.') {
        values = values.into_iter().filter_map(|it| it.get(name)).flat_map(spread).collect();
    }
    values
}

fn spread(value: &Value) -> Vec<&Value> {
    match value.as_array() {
        Some(elements) if !elements.is_empty() => elements.iter().flat_map(spread).collect(),
        Some(_) | None => vec![value],
    }
}

fn words() -> impl Strategy<Value = String> {
    let any = proptest::collection::vec(
        prop::sample::select(vec![
            "a",
            "B",
            "b",
            "é",
            "É",
            "*",
            "?",
            "\\",
            "5",
            "-",
            " /",
            "true",
            "bak",
            "BaK",
            "BA\u{212a}",
        ]),
        0..4,
    );
    // Single letters often, so that values meet.
    prop_oneof![
        any.prop_map(|it| it.concat()),
        prop::sample::select(vec!["a", "b", "B"]).prop_map(str::to_owned),
    ]
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        4 => words().prop_map(Plain::Text),
        1 => (-2..6).prop_map(Plain::Number),
        1 => any::<bool>().prop_map(Plain::Bool),
        1 => Just(Plain::Null),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    let how = prop::sample::select(vec![
        How::Plain,
        How::Plain,
        How::Contains,
        How::StartsWith,
        How::EndsWith,
        How::Cased,
        How::Exists,
        How::Less,
        How::AtLeast,
        How::Field,
        How::FieldStart,
        How::FieldPart,
        How::Regex,
        How::RegexNoCase,
        How::Dashes,
    ]);
    let patterns = ["a", "^b", "B$", "a.*b", "^é*a$", ".5", "b*", "^$", "a*b", "bak", "a.*bak$"];
    let values = proptest::collection::vec(plain(), 1..4);
    (prop::sample::select(FIELDS.to_vec()), how, values, any::<bool>(), any::<bool>()).prop_map(
        move |(field, how, mut values, all, neq)| {
            match how {
                How::Less | How::AtLeast => values = vec![Plain::Number(values.len() as i32)],
                How::Field | How::FieldStart | How::FieldPart => {
                    values = vec![Plain::Text(FIELDS[values.len()].to_owned())];
                }
                How::Regex | How::RegexNoCase => {
                    let first = usize::from(all) + 2 * usize::from(neq) + values.len();
                    values = (first..first + values.len())
                        .map(|it| Plain::Text(patterns[it % patterns.len()].to_owned()))
                        .collect();
                }
                How::Dashes => {
                    let first = if all { " -a" } else { "b" };
                    values = vec![Plain::Text(first.to_owned()), Plain::Text("-5".to_owned())];
                }
                How::Exists => values.truncate(1),
                How::Plain => {}
                How::Contains | How::StartsWith | How::EndsWith | How::Cased => {
                    values.retain(|it| !matches!(it, Plain::Null));
                    if values.is_empty() {
                        values.push(Plain::Text("b".to_owned()));
                    }
                }
            }
            Item { field, how, values, all, neq }
        },
    )
}

fn generated() -> impl Strategy<Value = Generated> {
    let tree = prop_oneof![
        (0..3_usize).prop_map(Tree::Search),
        Just(Tree::OneOfThem),
        Just(Tree::AllOfThem),
    ]
    .prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Tree::Not(Box::new(it))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Tree::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Tree::Or(Box::new(a), Box::new(b))),
        ]
    });
    let maps = proptest::collection::vec(proptest::collection::vec(item(), 1..3), 1..3);
    (proptest::collection::vec(maps, 3), tree).prop_map(|(mut searches, condition)| {
        for map in searches.iter_mut().flatten() {
            // YAML keys are unique in a map.
            let mut keys: Vec<String> = Vec::new();
            map.retain(|it| {
                let key = it.yaml().split(": ").next().unwrap_or_default().to_owned();
                let new = !keys.contains(&key);
                keys.push(key);
                new
            });
        }
        Generated { searches, condition }
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => words().prop_map(Value::from),
        1 => (-2..6).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!({})),
        1 => Just(json!(5.5)),
    ];
    prop_oneof![3 => leaf.clone(), 1 => proptest::collection::vec(leaf, 0..3).prop_map(Value::from)]
}

fn record() -> impl Strategy<Value = Value> {
    let some = || proptest::option::of(value());
    (some(), some(), some(), some()).prop_map(|(f, g, x, y)| {
        let mut record = json!({});
        for (path, value) in [("/f", f), ("/g", g)] {
            if let Some(value) = value {
                record[path.trim_start_matches('/')] = value;
            }
        }
        for (name, value) in [("x", x), ("y", y)] {
            if let Some(value) = value {
                record["n"][name] = value;
            }
        }
        record
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiled_and_obvious_agree(rule in generated(), records in proptest::collection::vec(record(), 1..6)) {
        let text = rule.yaml();
        // So often that its fields are worth a search for texts.
        let copy = |title: char| {
            (format!("{title}.yml").into(), text.replacen("title: t", &format!("title: {title}"), 1))
        };
        let (mut rules, problems) = RuleSet::load(&['a', 'b', 'c', 'd'].map(copy));
        prop_assert_eq!(&problems, &[], "{}", text);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        for record in &records {
            let mut hits = Vec::new();
            rules.inspect(&event(cloudtrail(), record, 0, &plan), &mut hits);
            let expected = if rule.holds(record) { 4 } else { 0 };
            prop_assert_eq!(hits.len(), expected, "{}\n{}", text, record);
        }
    }

    #[test]
    fn no_text_makes_the_loader_panic(text in "(?s).{0,200}", key in "[a-z|*%\\\\]{0,20}", value in "[-a-z0-9*%/:\\\\\\[\\](){}.?+]{0,20}") {
        let (_, problems) = RuleSet::load(&[("t.yml".into(), text.clone())]);
        for problem in problems {
            prop_assert!(problem.span.is_none_or(|it| text.get(it).is_some()), "{}", text);
        }
        let rule = format!(
            "title: t\nlogsource: {{product: aws}}\ndetection:\n  a: {{'{key}': '{value}'}}\n  condition: '{key}'\n"
        );
        let (mut rules, _) = RuleSet::load(&[("t.yml".into(), rule)]);
        let mut plan = FieldPlan::new();
        rules.plan(&mut plan).unwrap();
        let record = json!({"f": "x"});
        rules.inspect(&event(cloudtrail(), &record, 0, &plan), &mut Vec::new());
    }
}
