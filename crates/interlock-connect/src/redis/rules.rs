//! What a user may do, as a list of rules that gives exactly that back.

use interlock_contain::CallError;

/// No command and no selector.
pub(crate) const NONE: &str = r#"["-@all"]"#;

/// The rules of a user: its commands, and each of its selectors in brackets.
pub(crate) fn of(commands: &str, selectors: &[Selector]) -> Result<String, CallError> {
    let mut rules: Vec<String> = commands.split_whitespace().map(str::to_owned).collect();
    for Selector { commands, keys, channels } in selectors {
        let parts = [commands, keys, channels];
        let parts: Vec<&str> =
            parts.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        rules.push(format!("({})", parts.join(" ")));
    }
    serde_json::to_string(&rules).map_err(|it| CallError::Invalid { why: it.to_string() })
}

/// A further set of rules, of which any may allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    /// Its commands.
    pub commands: String,
    /// Its keys.
    pub keys: String,
    /// Its channels.
    pub channels: String,
}

/// The words that give a user these rules and no others.
pub(crate) fn words(rules: &str) -> Result<Vec<String>, CallError> {
    let rules: Vec<String> = serde_json::from_str(rules)
        .map_err(|it| CallError::Invalid { why: format!("no list of rules: {it}") })?;
    let sound = |it: &String| {
        let inside = it.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
        it.starts_with(['+', '-']) || inside.is_some()
    };
    if !rules.iter().all(sound) {
        return Err(CallError::Invalid { why: "a rule that is about no command".to_owned() });
    }
    let mut words = vec!["clearselectors".to_owned(), "-@all".to_owned()];
    words.extend(rules);
    Ok(words)
}

/// Whether these commands are all that an administrator needs.
pub(crate) fn administers(commands: &str) -> bool {
    let mut rules = commands.split_whitespace();
    let taken = ["-@all", "-@admin", "-@dangerous", "-acl", "-acl|setuser"];
    rules.next() == Some("+@all") && !rules.any(|it| taken.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_were() {
        let selector = Selector {
            commands: "-@all +get".into(),
            keys: "%R~reports:* ~a".into(),
            channels: String::new(),
        };
        let rules = of("-@all +get +set", &[selector]).unwrap();
        assert_eq!(rules, r#"["-@all","+get","+set","(-@all +get %R~reports:* ~a)"]"#);
        assert_eq!(
            words(&rules).unwrap(),
            ["clearselectors", "-@all", "-@all", "+get", "+set", "(-@all +get %R~reports:* ~a)"]
        );
        assert_eq!(of("-@all", &[]).unwrap(), NONE);
        for hostile in [r#"["on"]"#, r#"[">pw"]"#, r#"["nopass"]"#, "on", r#"["(x"]"#] {
            assert!(words(hostile).is_err(), "{hostile}");
        }
    }

    #[test]
    fn who_may_do_everything() {
        for (commands, all) in [
            ("+@all", true),
            ("+@all -flushall", true),
            ("+@all -@admin", false),
            ("+@all -acl|setuser", false),
            ("-@all +acl", false),
            ("", false),
        ] {
            assert_eq!(administers(commands), all, "{commands}");
        }
    }
}
