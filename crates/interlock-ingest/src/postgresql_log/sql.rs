//! What statements do to roles. A reader of words and names, not a parser of SQL:
//! what it does not know has a tag and no roles.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::CharIndices;

/// At most this many statements of one batch, and words of one statement.
const MOST: usize = 64;

/// One statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Statement<'a> {
    /// What PostgreSQL calls the command: `ALTER ROLE`, `GRANT ROLE`, `SELECT`.
    pub tag: String,
    /// The roles that it is about; the one that is changed first.
    pub roles: Vec<Cow<'a, str>>,
    /// Whether it gives the first of them a password.
    pub password: bool,
}

impl Statement<'_> {
    /// Whether it changes roles, or who may be whom.
    pub fn is_about_roles(&self) -> bool {
        !self.roles.is_empty()
    }
}

/// The statements of a text.
pub fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut tokens = Tokens { text, chars: text.char_indices().peekable() };
    let (mut all, mut words) = (Vec::new(), Vec::new());
    loop {
        let token = tokens.next();
        match token {
            Some(Token::Symbol(';')) | None => {
                if !words.is_empty() && all.len() < MOST {
                    all.push(read(&words));
                }
                words.clear();
                if token.is_none() {
                    return all;
                }
            }
            Some(token) if words.len() < MOST => words.push(token),
            Some(_) => {}
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'a> {
    /// A word without quotes, as it is written.
    Word(&'a str),
    /// A name in double quotes, without them.
    Name(Cow<'a, str>),
    /// A text in quotes, without them as far as they are single.
    Literal(&'a str),
    Symbol(char),
}

impl<'a> Token<'a> {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(it) if it.eq_ignore_ascii_case(word))
    }

    /// The name that it stands for: PostgreSQL folds what is not quoted.
    fn name(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Word(it) if it.chars().any(|it| it.is_ascii_uppercase()) => {
                Some(it.to_ascii_lowercase().into())
            }
            Self::Word(it) => Some(Cow::Borrowed(it)),
            Self::Name(it) => Some(it.clone()),
            Self::Literal(_) | Self::Symbol(_) => None,
        }
    }
}

fn read<'a>(words: &[Token<'a>]) -> Statement<'a> {
    let word = |at: usize, wanted: &str| words.get(at).is_some_and(|it| it.is(wanted));
    let upper = |at: usize| match words.get(at) {
        Some(Token::Word(it)) => it.to_ascii_uppercase(),
        _ => String::new(),
    };
    let first = upper(0);
    match first.as_str() {
        "CREATE" | "ALTER" | "DROP" => {
            let mut at = 1;
            while ["OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "TRUSTED"]
                .iter()
                .any(|it| word(at, it))
            {
                at += 1;
            }
            let role =
                ["ROLE", "USER", "GROUP"].iter().any(|it| word(at, it)) && !word(at + 1, "MAPPING");
            if !role {
                let second = if word(at + 1, "MAPPING") || word(at + 1, "PRIVILEGES") {
                    format!("{} {}", upper(at), upper(at + 1))
                } else {
                    upper(at)
                };
                let tag = format!("{first} {second}");
                return Statement { tag: tag.trim_end().to_owned(), ..Statement::default() };
            }
            about_role(format!("{first} ROLE"), words.get(at + 1..).unwrap_or_default())
        }
        "GRANT" | "REVOKE" => grant(first, words.get(1..).unwrap_or_default()),
        "SET" => {
            let at = if word(1, "LOCAL") || word(1, "SESSION") && word(2, "ROLE") { 2 } else { 1 };
            let (tag, named) = if word(at, "ROLE") {
                ("SET ROLE", at + 1)
            } else if word(1, "SESSION") && word(2, "AUTHORIZATION") {
                ("SET SESSION AUTHORIZATION", 3)
            } else {
                return Statement { tag: first, ..Statement::default() };
            };
            let role = match words.get(named) {
                Some(Token::Literal(name)) => Some(Cow::Borrowed(*name)),
                other => other.and_then(Token::name),
            };
            let role = role.filter(|it| !it.is_empty() && &**it != "none");
            Statement { tag: tag.to_owned(), roles: role.into_iter().collect(), password: false }
        }
        _ => Statement { tag: first, ..Statement::default() },
    }
}

/// Behind `CREATE ROLE`, `ALTER USER`, `DROP ROLE`.
fn about_role<'a>(tag: String, rest: &[Token<'a>]) -> Statement<'a> {
    let rest = match rest {
        [a, b, rest @ ..] if a.is("IF") && b.is("EXISTS") => rest,
        rest => rest,
    };
    let mut roles: Vec<_> = rest.first().and_then(Token::name).into_iter().collect();
    if tag == "DROP ROLE" {
        roles = names(rest);
    }
    // `SET x TO y`, `RESET x`, `IN DATABASE d SET x TO y`
    let setting = rest.iter().take(5).any(|it| it.is("SET") || it.is("RESET"));
    for (at, it) in rest.iter().enumerate().filter(|_| !setting) {
        // `ADD USER a`, `IN ROLE b`, `RENAME TO c`, `ROLE d`, `ADMIN e`
        let others = ["ROLE", "ADMIN", "USER", "TO"].iter().any(|word| it.is(word));
        if at > 0 && others && !rest.get(at + 1).is_some_and(|it| it.is("DEFAULT")) {
            roles.extend(names(rest.get(at + 1..).unwrap_or_default()));
        }
    }
    roles.truncate(MOST);
    let password = rest.windows(2).any(|it| match it {
        [word, value] => word.is("PASSWORD") && !value.is("NULL"),
        _ => false,
    });
    Statement { tag, roles, password: password && !setting }
}

/// `GRANT a, b TO c`, `GRANT select ON t TO c`
fn grant<'a>(first: String, rest: &[Token<'a>]) -> Statement<'a> {
    let to = rest.iter().position(|it| it.is("TO") || it.is("FROM"));
    let on = rest.iter().position(|it| it.is("ON"));
    let Some(to) = to else { return Statement { tag: first, ..Statement::default() } };
    let takers = names(rest.get(to + 1..).unwrap_or_default());
    if on.is_some_and(|it| it < to) {
        return Statement { tag: first, roles: takers, password: false };
    }
    let given = names(rest.get(..to).unwrap_or_default());
    let roles = takers.into_iter().chain(given).take(MOST).collect();
    Statement { tag: format!("{first} ROLE"), roles, password: false }
}

/// Names with commas between them, up to whatever follows.
fn names<'a>(tokens: &[Token<'a>]) -> Vec<Cow<'a, str>> {
    let mut names = Vec::new();
    let mut wanted = true;
    for token in tokens {
        match (wanted, token) {
            (true, it) if it.is("GROUP") => {}
            (true, it) => match it.name() {
                Some(name) => {
                    names.push(name);
                    wanted = false;
                }
                None => break,
            },
            (false, Token::Symbol(',')) => wanted = true,
            (false, _) => break,
        }
    }
    names
}

struct Tokens<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (at, it) = self.chars.next()?;
            let next = self.chars.peek().map(|(_, it)| *it);
            match it {
                '-' if next == Some('-') => self.skip_to(at, "\n"),
                '/' if next == Some('*') => self.skip_to(at + 2, "*/"),
                '\'' => {
                    let end = self.quoted('\'');
                    return Some(Token::Literal(self.text.get(at + 1..end).unwrap_or_default()));
                }
                '"' => return Some(Token::Name(self.name(at + 1))),
                '$' => match self.dollar_quoted(at) {
                    true => return Some(Token::Literal("")),
                    false => return Some(Token::Symbol('$')),
                },
                _ if it.is_alphanumeric() || it == '_' => return Some(Token::Word(self.word(at))),
                _ if it.is_whitespace() => {}
                _ => return Some(Token::Symbol(it)),
            }
        }
    }

    fn word(&mut self, from: usize) -> &'a str {
        let mut end = self.text.len();
        while let Some((at, it)) = self.chars.peek().copied() {
            if !(it.is_alphanumeric() || matches!(it, '_' | '$')) {
                end = at;
                break;
            }
            self.chars.next();
        }
        self.text.get(from..end).unwrap_or_default()
    }

    fn name(&mut self, from: usize) -> Cow<'a, str> {
        let end = self.quoted('"');
        let inside = self.text.get(from..end).unwrap_or_default();
        if inside.contains('"') { inside.replace("\"\"", "\"").into() } else { inside.into() }
    }

    /// Behind the quote that closes; the answer is where it stands.
    fn quoted(&mut self, quote: char) -> usize {
        while let Some((at, it)) = self.chars.next() {
            if it == quote && self.chars.next_if(|(_, it)| *it == quote).is_none() {
                return at;
            }
        }
        self.text.len()
    }

    fn dollar_quoted(&mut self, at: usize) -> bool {
        let rest = self.text.get(at + 1..).unwrap_or_default();
        let Some((tag, _)) = rest.split_once('$') else { return false };
        if !tag.chars().all(|it| it.is_alphanumeric() || it == '_') {
            return false;
        }
        let mark = self.text.get(at..at + tag.len() + 2).unwrap_or("$$");
        self.skip_to(at + mark.len(), mark);
        true
    }

    /// Behind the next place where this stands, searched from this byte on.
    fn skip_to(&mut self, from: usize, mark: &str) {
        let found = self.text.get(from..).and_then(|it| it.find(mark));
        let end = found.map_or(self.text.len(), |it| from + it + mark.len());
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let shown: Vec<_> = statements(sql)
            .iter()
            .map(|it| {
                format!("{}({}){}", it.tag, it.roles.join(","), if it.password { "!" } else { "" })
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{sql}");
    }

    #[test]
    fn statements_are_read_for_their_roles() {
        check(
            "create user Deploy with password [redacted] in role \"Admins\"",
            "CREATE ROLE(deploy,Admins)!",
        );
        check("ALTER ROLE a PASSWORD NULL", "ALTER ROLE(a)");
        check("ALTER ROLE a SET search_path TO x", "ALTER ROLE(a)");
        check(
            "/* ; */ select ';' -- ;\n; grant a, b to c with admin option",
            "SELECT() GRANT ROLE(c,a,b)",
        );
        check("GRANT SELECT ON t TO a", "GRANT(a)");
        check("drop role if exists a, \"b\"\"c\"", "DROP ROLE(a,b\"c)");
        check(
            "set role none; set session authorization 'x'; SET SESSION ROLE a; set x = 1",
            "SET ROLE() SET SESSION AUTHORIZATION(x) SET ROLE(a) SET()",
        );
        check(
            "create or replace function f() returns int as $f$ ; select 1; $f$ language sql",
            "CREATE FUNCTION()",
        );
        check("create user mapping for a server s", "CREATE USER MAPPING()");
        check("alter default privileges grant all on tables to a", "ALTER DEFAULT PRIVILEGES()");
        check("  ;; ", "");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(sql in "([a-zé$\"'/*; -]|create |role |grant |to ){0,40}") {
            let _ = statements(&sql);
        }
    }
}
