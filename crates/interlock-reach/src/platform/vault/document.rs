//! Reads the paths of a policy, in HCL or JSON, and where in the text they stand.

use super::super::LONGEST_DOCUMENT;
use serde_json::Value;
use std::ops::Range;

/// Most paths of one policy.
const MOST_PATHS: usize = 1024;

/// One path of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) path: String,
    pub(super) capabilities: Vec<String>,
    /// Where it stands in the text; nowhere in JSON.
    pub(super) place: Place,
}

/// The bytes of a text that a rule is written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// All of it.
    pub(super) whole: Range<usize>,
    /// Its path, with the quotes.
    pub(super) path: Range<usize>,
    /// Its capabilities, with the brackets; empty where it has none.
    pub(super) capabilities: Range<usize>,
}

/// The paths of a policy; `None` when it is none.
pub(super) fn read(document: &str) -> Option<Vec<Rule>> {
    if document.len() > LONGEST_DOCUMENT {
        return None;
    }
    match serde_json::from_str::<Value>(document) {
        Ok(json) => from_json(&json),
        Err(_) => from_hcl(document),
    }
}

fn from_json(document: &Value) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    let paths = document.get("path")?;
    let lists = paths.as_array().map_or_else(|| vec![paths], |it| it.iter().collect());
    for (path, rule) in lists.iter().filter_map(|it| it.as_object()).flatten() {
        let capabilities = rule.get("capabilities").and_then(Value::as_array)?;
        let words = capabilities.iter().filter_map(Value::as_str).map(str::to_owned);
        rules.push(Rule {
            path: path.clone(),
            capabilities: words.collect(),
            place: Place::default(),
        });
        if rules.len() > MOST_PATHS {
            return None;
        }
    }
    Some(rules)
}

/// What HCL is made of, as far as policies need it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

/// The tokens of a text, each with its bytes.
fn tokens(text: &str) -> Option<Vec<(Token, Range<usize>)>> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, it)) = rest.next() {
        let token = match it {
            _ if it.is_whitespace() => continue,
            '#' => {
                while rest.next_if(|it| it.1 != '\n').is_some() {}
                continue;
            }
            '/' if rest.next_if(|it| it.1 == '/').is_some() => {
                while rest.next_if(|it| it.1 != '\n').is_some() {}
                continue;
            }
            '/' if rest.next_if(|it| it.1 == '*').is_some() => {
                let mut last = ' ';
                loop {
                    let (_, next) = rest.next()?;
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
                continue;
            }
            '"' => {
                let mut text = String::new();
                loop {
                    match rest.next()?.1 {
                        '"' => break,
                        '\\' => text.push(rest.next()?.1),
                        other => text.push(other),
                    }
                }
                Token::Text(text)
            }
            '{' | '}' | '[' | ']' | '=' | ',' | ':' => Token::Mark(it),
            _ => {
                let mut word = String::from(it);
                let of_word =
                    |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
                while let Some((_, it)) = rest.next_if(|it| of_word(it.1)) {
                    word.push(it);
                }
                Token::Word(word)
            }
        };
        let end = rest.peek().map_or(text.len(), |it| it.0);
        found.push((token, at..end));
    }
    Some(found)
}

fn from_hcl(text: &str) -> Option<Vec<Rule>> {
    let tokens = tokens(text)?;
    let mut rules = Vec::new();
    let mut rest = tokens.into_iter();
    let mut depth = 0_usize;
    let mut capabilities_next = false;
    let mut inside = None::<Rule>;
    while let Some((token, at)) = rest.next() {
        match token {
            Token::Word(word) if depth == 0 && word == "path" => {
                let (Token::Text(path), place) = rest.next()? else { return None };
                let path = path.trim_start_matches('/').to_owned();
                let place = Place { whole: at, path: place, capabilities: 0..0 };
                inside = Some(Rule { path, capabilities: Vec::new(), place });
            }
            Token::Word(word) | Token::Text(word) if depth == 1 && word == "capabilities" => {
                capabilities_next = true;
            }
            Token::Text(word) if depth == 1 && capabilities_next => {
                if let Some(rule) = &mut inside {
                    rule.capabilities.push(word);
                }
            }
            Token::Mark('[') if depth == 1 && capabilities_next => {
                if let Some(rule) = &mut inside {
                    rule.place.capabilities = at;
                }
            }
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth = depth.checked_sub(1)?;
                capabilities_next = false;
                if depth == 0 {
                    if let Some(mut rule) = inside.take() {
                        rule.place.whole.end = at.end;
                        rules.push(rule);
                    }
                    if rules.len() > MOST_PATHS {
                        return None;
                    }
                }
            }
            Token::Mark(']') => {
                if let Some(rule) = inside.as_mut().filter(|_| depth == 1 && capabilities_next) {
                    rule.place.capabilities.end = at.end;
                }
                capabilities_next = false;
            }
            Token::Word(_) | Token::Text(_) | Token::Mark(_) => {}
        }
    }
    (depth == 0).then_some(rules)
}
