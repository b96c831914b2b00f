//! The words after a verb: switches, options with a value, and the rest.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What was written after the verb.
#[derive(Debug, Default)]
pub struct Arguments {
    switches: Vec<String>,
    options: BTreeMap<String, String>,
    /// The words that are neither a switch nor an option, in order.
    pub rest: Vec<String>,
}

/// The words do not fit the verb; the caller prints the usage line and ends with code 2.
#[derive(Debug)]
pub struct WrongUse(String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

impl WrongUse {
    /// What is wrong, in one line.
    pub fn new(what: String) -> WrongUse {
        WrongUse(what)
    }
}

impl Arguments {
    /// Sorts `words`, knowing which switches and which options with a value exist.
    pub fn parse(
        words: &[String],
        switches: &[&str],
        options: &[&str],
    ) -> Result<Arguments, WrongUse> {
        let mut found = Arguments::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if switches.contains(&word.as_str()) {
                found.switches.push(word.clone());
            } else if options.contains(&word.as_str()) {
                let value =
                    words.next().ok_or_else(|| WrongUse(format!("`{word}` needs a value")))?;
                found.options.insert(word.clone(), value.clone());
            } else if word.starts_with('-') {
                return Err(WrongUse(format!("unknown option `{word}`")));
            } else {
                found.rest.push(word.clone());
            }
        }
        Ok(found)
    }

    /// Refuses words that are not an option.
    pub fn without_rest(self) -> Result<Arguments, WrongUse> {
        match self.rest.first() {
            Some(word) => Err(WrongUse(format!("`{word}` is one word too many"))),
            None => Ok(self),
        }
    }

    /// Whether the switch was given.
    pub fn switch(&self, name: &str) -> bool {
        self.switches.iter().any(|switch| switch == name)
    }

    /// The value of an option as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// The value of an option as a number, or `default` when it was not given.
    pub fn number<N: FromStr>(&self, name: &str, default: N) -> Result<N, WrongUse> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => {
                text.parse().map_err(|_| WrongUse(format!("`{name} {text}` is not a number")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, WrongUse> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        Arguments::parse(&words, &["--quick"], &["--seconds"])
    }

    #[test]
    fn words_are_sorted() {
        let found = parse("alpha --seconds 5 --quick beta").unwrap();
        assert!(found.switch("--quick"));
        assert_eq!(found.number("--seconds", 1_u64).unwrap(), 5);
        assert_eq!(found.rest, ["alpha", "beta"]);
        assert_eq!(parse("").unwrap().number("--seconds", 10_u64).unwrap(), 10);
    }

    #[test]
    fn wrong_words_are_named() {
        assert_eq!(parse("--seconds").unwrap_err().to_string(), "`--seconds` needs a value");
        assert_eq!(parse("--loud").unwrap_err().to_string(), "unknown option `--loud`");
        assert_eq!(
            parse("alpha").unwrap().without_rest().unwrap_err().to_string(),
            "`alpha` is one word too many"
        );
        assert_eq!(
            parse("--seconds soon").unwrap().number("--seconds", 1_u64).unwrap_err().to_string(),
            "`--seconds soon` is not a number"
        );
    }
}
