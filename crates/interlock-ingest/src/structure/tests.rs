//! The tokens of texts of every kind, held against `serde_json`.

use super::*;
use proptest::prelude::*;
use serde::de::IgnoredAny;

fn tokens(text: &str) -> Option<Tokens> {
    let mut tokens = Tokens::default();
    Finder::default().find(text, 64, &mut tokens).then_some(tokens)
}

/// The value that the tokens from this number on stand for.
fn value(source: Source<'_>, number: usize) -> serde_json::Value {
    match source.piece(number).unwrap() {
        Piece::Object => {
            let mut object = serde_json::Map::new();
            let (mut at, end) = (number + 1, source.behind(number));
            while at < end {
                let key = value(source, at);
                object.insert(key.as_str().unwrap().to_owned(), value(source, at + 1));
                at = source.behind(at + 1);
            }
            object.into()
        }
        Piece::List => {
            let mut list = Vec::new();
            let (mut at, end) = (number + 1, source.behind(number));
            while at < end {
                list.push(value(source, at));
                at = source.behind(at);
            }
            list.into()
        }
        Piece::Text { raw, escapes } => {
            assert_eq!(escapes, raw.contains('\\'));
            serde_json::from_str(source.written(number).unwrap()).unwrap()
        }
        Piece::Atom(atom) => serde_json::from_str(atom).unwrap(),
    }
}

#[test]
fn what_is_not_json_has_no_tokens() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "{,}",
        "{1:2}",
        "[1 2]",
        "[\"a\" \"b\"]",
        "{\"a\":1}}",
        "{} {}",
        "{},",
        ",",
        ":",
        "\"a",
        "a",
        "[01]",
        "[1.]",
        "[tru]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[\"\\u12\"]",
        "[\"a\nb\"]",
        "[\"a\tb\"]",
        "{\"a\":1 b}",
        "[1]x",
        "x[1]",
        "[\\\"a\"]",
        "{\"a\":[1}",
        "[{\"a\":1]",
        "[\u{a0}1]",
        "[1,\u{2028}2]",
        "{\"a\"::1}",
        "[\"a\":1]",
        "{\"a\",1}",
        "[-]",
        "[+1]",
        "[NaN]",
    ] {
        assert_eq!(tokens(text), None, "{text:?}");
        assert!(serde_json::from_str::<IgnoredAny>(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(tokens(&nested(64)).is_some());
    assert!(tokens(&nested(65)).is_none());
}

#[test]
fn the_keys_of_an_object_are_all_there() {
    let text = r#" { "a":{"b":1}, "c\n":[{"d":2}], "e" : "f","":null } "#;
    let all = tokens(text).unwrap();
    let source = Source { text, tokens: &all };
    let read: Vec<(&[u8], &str)> = source
        .entries(WHOLE)
        .map(|(value, key)| (key.raw(), source.written(value).unwrap()))
        .collect();
    let expected: [(&[u8], &str); 4] =
        [(b"a", r#"{"b":1}"#), (b"c\\n", r#"[{"d":2}]"#), (b"e", r#""f""#), (b"", "null")];
    assert_eq!(read, expected);
    let none = tokens("{}").unwrap();
    assert_eq!(Source { text: "{}", tokens: &none }.entries(WHOLE).count(), 0);
}

#[test]
fn a_key_that_could_be_meant_twice_is_not_the_only_one() {
    let only = |text: &str| {
        let tokens = tokens(text).unwrap();
        Source { text, tokens: &tokens }.only(b"who").map(str::to_owned)
    };
    assert_eq!(only(r#"{"whole":1,"who":{"a":1},"b":{"who":2}}"#).as_deref(), Some(r#"{"a":1}"#));
    for text in [
        r#"{"who":1,"who":1}"#,
        r#"{"who":1,"who.a":1}"#,
        r#"{"who":1,"wh\u006f":1}"#,
        r#"{"b":1}"#,
        "{}",
        "[]",
    ] {
        assert_eq!(only(text), None, "{text}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,90}".prop_map(Into::into),
        "[\\\\\"{}\\[\\]:,a]{0,9}".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec(("[a-z\\\\\"\u{e9}]{0,12}", inner), 0..8)
                .prop_map(|it| serde_json::Value::Object(it.into_iter().collect())),
        ]
    })
}

/// Built by walking from value to value, as a source does.
fn walked(value: Value<'_>) -> serde_json::Value {
    if let Some(text) = value.text() {
        text.into()
    } else if let Some(list) = value.elements() {
        list.map(walked).collect()
    } else if value.is_object() {
        value.members().map(|(key, it)| (key.into_owned(), walked(it))).collect()
    } else {
        value.flag().map_or_else(|| serde_json::from_str(value.written()).unwrap(), Into::into)
    }
}

#[test]
fn escapes_are_taken_away() {
    for (written, meant) in [
        (r#"a\"b\\c\/d"#, "a\"b\\c/d"),
        (r"\b\f\n\r\t", "\u{8}\u{c}\n\r\t"),
        (r"\u00e9\u20AC", "\u{e9}\u{20ac}"),
        (r"\ud83d\ude00!", "\u{1f600}!"),
        (r"\ud83d!", "\u{fffd}!"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
    ] {
        assert_eq!(unescaped(written), meant, "{written}");
    }
}

#[test]
fn a_value_is_found_by_its_keys() {
    let text = r#"{"a":{"b\u0063":[1,{"d":"first","d":"second"},true]},"a.b":7}"#;
    let tokens = tokens(text).unwrap();
    let whole = Source { text, tokens: &tokens }.whole();
    let list: Vec<_> = whole.at(&["a", "bc"]).unwrap().elements().unwrap().collect();
    assert_eq!(list.iter().map(|it| it.written().len()).collect::<Vec<_>>(), [1, 26, 4]);
    assert_eq!(list.get(1).unwrap().get("d").unwrap().text().unwrap(), "first");
    assert_eq!(list.last().unwrap().flag(), Some(true));
    assert_eq!(whole.get("a.b").unwrap().written(), "7");
    for nothing in [&["b"][..], &["a", "b"], &["a.b", "c"]] {
        assert!(whole.at(nothing).is_none(), "{nothing:?}");
    }
    assert!(whole.elements().is_none() && whole.text().is_none() && whole.flag().is_none());
}

proptest! {
    #[test]
    fn every_value_is_read_as_it_was_written(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        let tokens = tokens(&text);
        prop_assert!(tokens.is_some(), "{text}");
        let source = Source { text: &text, tokens: &tokens.unwrap() };
        prop_assert_eq!(walked(source.whole()), value.clone());
        prop_assert_eq!(self::value(source, WHOLE), value);
    }

    #[test]
    fn what_is_sound_is_what_others_call_sound(value in json(), changes in prop::collection::vec(
        (any::<prop::sample::Index>(), prop::sample::select(vec!["", "\"", "\\", "{", "}", "[", "]", ":", ",", "1", "-", " ", "\n", "u", "e", "."])), 0..3
    ), cut in any::<prop::sample::Index>()) {
        let mut text = serde_json::to_string(&value).unwrap();
        for (at, piece) in changes {
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((at + 1).min(text.len()));
            text.replace_range(at..end, piece);
        }
        let end = text.floor_char_boundary(cut.index(text.len() + 1));
        for text in [text.as_str(), text.get(..end).unwrap()] {
            let sound = serde_json::from_str::<IgnoredAny>(text).is_ok();
            prop_assert_eq!(tokens(text).is_some(), sound, "{}", text);
        }
    }
}
