//! Bounds on the text of a policy, checked before Cedar parses it.
//!
//! Cedar's parser recurses: a few dozen brackets inside each other, or thousands of operators in a
//! row, exhaust a thread's stack and end the process. No policy that people write comes near.

use std::ops::Range;

/// The deepest brackets of a policy.
const NESTING: usize = 16;
/// The most tokens of one policy: words, texts and signs.
const TOKENS: usize = 2_000;
/// The most `if`s of one policy.
const CHOICES: usize = 64;

/// Checks every policy of a file.
///
/// # Errors
/// The bytes where a bound is passed, and what was passed.
pub fn check(text: &str) -> Result<(), (Range<usize>, String)> {
    let mut rest = text.char_indices().peekable();
    let (mut nesting, mut tokens, mut choices) = (0_usize, 0_usize, 0_usize);
    while let Some((start, it)) = rest.next() {
        match it {
            it if it.is_whitespace() => continue,
            '/' if rest.peek().is_some_and(|it| it.1 == '/') => {
                rest.find(|it| it.1 == '\n' || it.1 == '\r');
                continue;
            }
            '"' => {
                while let Some((_, inside)) = rest.next() {
                    match inside {
                        '\\' => drop(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '(' | '[' | '{' => nesting += 1,
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            ';' if nesting == 0 => (tokens, choices) = (0, 0),
            it if is_word(it) => {
                let mut end = start + it.len_utf8();
                while let Some((at, more)) = rest.next_if(|it| is_word(it.1)) {
                    end = at + more.len_utf8();
                }
                choices += usize::from(text.get(start..end) == Some("if"));
            }
            _ => {}
        }
        tokens += 1;
        let passed = [
            (nesting, NESTING, "brackets inside each other"),
            (tokens, TOKENS, "words and signs in one policy"),
            (choices, CHOICES, "`if`s in one policy"),
        ];
        if let Some((_, most, what)) = passed.into_iter().find(|it| it.0 > it.1) {
            return Err((start..start + it.len_utf8(), format!("more than {most} {what}")));
        }
    }
    Ok(())
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    fn policy(condition: &str) -> String {
        format!("permit(principal, action, resource) when {{ {condition} }};\n")
    }

    #[test]
    fn what_passes_a_bound_is_refused_with_its_place() {
        let deep = policy(&format!("{}true{}", "(".repeat(40), ")".repeat(40)));
        for text in [
            deep.clone(),
            policy(&format!("1{} == 1", "+1".repeat(30_000))),
            policy(&format!("resource{}", ".a".repeat(30_000))),
            policy(&format!("{}true", "if true then true else ".repeat(1_000))),
            format!("// \"\n{deep}"),
            format!("@id(\"a\\\"b\") {deep}"),
            "(".repeat(100_000),
        ] {
            let (policies, problems) = Policies::load(&[("a.cedar".into(), text)]);
            assert!(policies.is_none());
            assert!(problems[0].what.starts_with("more than"), "{problems:?}");
            assert!(problems[0].span.is_some());
        }
    }

    #[test]
    fn at_the_bounds_the_parser_holds() {
        let ifs = "if true then true else ".repeat(60);
        let sum = format!("1{} == 1", "+1".repeat(700));
        let text = policy(&format!("{}{ifs}{sum}{}", "(".repeat(14), ")".repeat(14)));
        assert_eq!(check(&text), Ok(()));
        let (policies, problems) = Policies::load(&[("a.cedar".into(), text)]);
        assert_eq!(problems, []);
        assert!(policies.is_some());
    }

    #[test]
    fn texts_and_comments_do_not_count() {
        assert_eq!(check(&policy(&format!("\"{}\" == \"\"", "(".repeat(50)))), Ok(()));
        assert_eq!(check(&format!("// {}\n{}", "(".repeat(50), policy("true"))), Ok(()));
        assert_eq!(check(&policy("true").repeat(500)), Ok(()));
    }
}
