//! One message of syslog: its head is taken off, what it carries is the record.
//!
//! RFC 5424, and the older form that RFC 3164 describes, as senders really write it.

/// What a message carries.
#[must_use]
pub fn content(message: &[u8]) -> &[u8] {
    let message = message.trim_ascii();
    let rest = match priority(message) {
        Some(rest) => rest,
        None => message,
    };
    let carried = rest
        .strip_prefix(b"1 ")
        .and_then(modern)
        .or_else(|| old(rest))
        .unwrap_or(rest)
        .trim_ascii();
    let carried = carried.strip_prefix(b"\xef\xbb\xbf").unwrap_or(carried);
    // The mark that says that JSON follows.
    carried.strip_prefix(b"@cee:").unwrap_or(carried).trim_ascii()
}

/// What follows `<PRI>`.
fn priority(message: &[u8]) -> Option<&[u8]> {
    let rest = message.strip_prefix(b"<")?;
    let digits = rest.iter().take(4).take_while(|it| it.is_ascii_digit()).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    rest.get(digits..)?.strip_prefix(b">")
}

/// What follows the head and the structured data of RFC 5424; the version is taken off already.
fn modern(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    // Time, host, application, process, sort of message.
    for _ in 0..5 {
        rest = word(rest)?.1;
    }
    if let Some(rest) = rest.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut quoted = false;
    let mut escaped = false;
    let mut within = false;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' => within = true,
            b']' => within = false,
            b' ' if !within => return rest.get(at..),
            _ if !within => return None,
            _ => {}
        }
    }
    // Nothing but structured data.
    (!within && !quoted).then_some(b"")
}

/// What follows time, host and tag of the older form.
fn old(text: &[u8]) -> Option<&[u8]> {
    let after_time = match word(text)? {
        // `Mar  2 10:00:00`
        (month, _) if month.len() == 3 && month.iter().all(u8::is_ascii_alphabetic) => {
            let rest = text.get(15..)?;
            let time = text.get(7..15)?;
            let clock = time.iter().filter(|it| **it == b':').count() == 2;
            clock.then_some(rest.strip_prefix(b" ")?)?
        }
        // `2026-03-02T10:00:00.003Z`
        (time, rest) if time.first()?.is_ascii_digit() && time.contains(&b'T') => rest,
        _ => return None,
    };
    let (host, after_host) = word(after_time)?;
    // Some senders leave the host out.
    let tagged = if host.ends_with(b":") { after_time } else { after_host };
    let end = tagged.iter().take(256).position(|it| matches!(it, b':' | b'{' | b' '))?;
    match tagged.get(end)? {
        b':' => tagged.get(end + 1..),
        _ if tagged.get(end)? == &b'{' => tagged.get(end..),
        _ => Some(tagged),
    }
}

/// The first word, and what follows the space behind it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|it| *it == b' ')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_are_taken_off() {
        for (message, carried) in [
            (r#"<134>1 2026-03-02T10:00:00Z host app 1 ID7 - {"a":1}"#, r#"{"a":1}"#),
            ("<134>1 2026-03-02T10:00:00Z host app - - - \u{feff}{\"a\":1}\n", r#"{"a":1}"#),
            (r#"<134>1 - - - - - [x@1 k="a]\"b" l="2"][y@2] {"a":1}"#, r#"{"a":1}"#),
            (r#"<134>1 - - - - - [x@1 k="v"]"#, ""),
            (r#"<134>1 - - - - - [x@1 k="v" {"a":1}"#, r#"1 - - - - - [x@1 k="v" {"a":1}"#),
            (r#"<13>Mar  2 10:00:00 host app[42]: {"a":1}"#, r#"{"a":1}"#),
            (r#"<13>Mar 12 10:00:00 host app: @cee: {"a":1}"#, r#"{"a":1}"#),
            (r#"<13>Mar 12 10:00:00 app: {"a":1}"#, r#"{"a":1}"#),
            (r#"<13>Mar 12 10:00:00 host {"a": 1}"#, r#"{"a": 1}"#),
            (r#"<13>2026-03-02T10:00:00.003+00:00 host app: {"a":1}"#, r#"{"a":1}"#),
            ("<13>Mar 12 10:00:00 host sshd[7]: Accepted publickey: x", "Accepted publickey: x"),
            (r#"<13>{"a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("<9999>x", "<9999>x"),
            ("<>", "<>"),
            ("", ""),
        ] {
            let found = String::from_utf8_lossy(content(message.as_bytes())).into_owned();
            assert_eq!(found, carried, "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, head in "<[0-9]{0,3}>[1 ]{0,2}[ -~]{0,80}") {
            let _ = content(&bytes);
            let _ = content(head.as_bytes());
        }
    }
}
