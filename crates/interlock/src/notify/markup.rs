//! The text of a notice for each sort of place where people read it: nothing in it is obeyed there.
//!
//! Whoever is accused chose the names in it. In a chat a name can call everybody, look like a link to a
//! page of the house, or make the rest of the message look like another; in mail and on pages it can be
//! markup. One function a place, and nothing else in the program writes markup around notices.
//! The text comes as one line ([`crate::plain::one_line`]).

use reqwest::Url;

/// The text as a block of code in the markup of Slack: no marks and no links in there, and nobody is
/// called, for that begins with `<`.
///
/// Three backticks would end the block; they become modifier letters that look like them.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>
#[must_use]
pub fn slack(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // One at either end would make a run of three or four with the block's own.
    let ends = text.starts_with('`') || text.ends_with('`');
    let blank = if ends { " " } else { "" };
    format!("```{blank}{}{blank}```", text.replace("```", "\u{2cb}\u{2cb}\u{2cb}"))
}

/// The text as a span of code in CommonMark, as Teams, GitHub, GitLab and Mattermost read it: fenced by
/// more backticks than any run in it has, nothing is marked, linked or called.
///
/// Source: <https://spec.commonmark.org/0.31.2/#code-spans>
#[must_use]
pub fn markdown(text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank at either end belongs to the fence; it is needed beside a backtick.
    format!("{fence} {text} {fence}")
}

/// The text for HTML, as an element's content or in a quoted attribute; what looks like an address is no
/// link in readers that make links of their own.
///
/// Source: <https://cheatsheetseries.owasp.org/cheatsheets/Cross_Site_Scripting_Prevention_Cheat_Sheet.html>
#[must_use]
pub fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 32);
    for it in text.chars() {
        match it {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            it => shown.push(it),
        }
    }
    shown.replace("://", ":&#8203;//")
}

/// Whether what is sent to this address is read as the markup of Slack, whoever set it up.
#[must_use]
pub fn is_slack(address: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|it| it.host_str().map(str::to_ascii_lowercase));
    host.is_some_and(|it| matches!(&*it, "hooks.slack.com" | "hooks.slack-gov.com"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::one_line;

    /// Names that intruders would like to have, and what becomes of each in each place.
    #[test]
    fn hostile_names_stay_text_everywhere() {
        let table = [
            ("<!channel>", "```&lt;!channel&gt;```", "` <!channel> `", "&lt;!channel&gt;"),
            (
                "<https://evil.example|approve>",
                "```&lt;https://evil.example|approve&gt;```",
                "` <https://evil.example|approve> `",
                "&lt;https:&#8203;//evil.example|approve&gt;",
            ),
            (
                "[approve](https://evil.example)",
                "```[approve](https://evil.example)```",
                "` [approve](https://evil.example) `",
                "[approve](https:&#8203;//evil.example)",
            ),
            ("a`b", "```a`b```", "`` a`b ``", "a`b"),
            ("`x", "``` `x ```", "`` `x ``", "`x"),
            (
                "a```b <@U1> `",
                "``` a\u{2cb}\u{2cb}\u{2cb}b &lt;@U1&gt; ` ```",
                "```` a```b <@U1> ` ````",
                "a```b &lt;@U1&gt; `",
            ),
            (
                "@everyone *now* ~x~",
                "```@everyone *now* ~x~```",
                "` @everyone *now* ~x~ `",
                "@everyone *now* ~x~",
            ),
            (
                "a\n# approved\r\n> by sue",
                r"```a\n# approved\r\n&gt; by sue```",
                r"` a\n# approved\r\n> by sue `",
                r"a\n# approved\r\n&gt; by sue",
            ),
            (
                "<img src=x onerror='alert(\"1\")'>&lt;",
                "```&lt;img src=x onerror='alert(\"1\")'&gt;&amp;lt;```",
                "` <img src=x onerror='alert(\"1\")'>&lt; `",
                "&lt;img src=x onerror=&#39;alert(&quot;1&quot;)&#39;&gt;&amp;lt;",
            ),
            ("", "``````", "`  `", ""),
        ];
        for (name, in_slack, in_markdown, in_html) in table {
            let text = one_line(name);
            assert_eq!(slack(&text), in_slack, "{name:?}");
            assert_eq!(markdown(&text), in_markdown, "{name:?}");
            assert_eq!(html(&text), in_html, "{name:?}");
        }
    }

    proptest::proptest! {
        /// Nothing leaves its block, whatever it is.
        #[test]
        fn nothing_ends_its_block(name in "[`<>&!|\\\\a\n ]{0,40}") {
            let text = one_line(&name);
            let slack = slack(&text);
            let inner = slack.strip_prefix("```").and_then(|it| it.strip_suffix("```")).unwrap();
            proptest::prop_assert!(!inner.contains("```") && !inner.contains('<'), "{}", slack);
            proptest::prop_assert!(!inner.starts_with('`') && !inner.ends_with('`'), "{}", slack);
            let markdown = markdown(&text);
            let fence = markdown.split(' ').next().unwrap();
            let inner = markdown.strip_prefix(fence).and_then(|it| it.strip_suffix(fence)).unwrap();
            let longest = inner.split(|it| it != '`').map(str::len).max();
            proptest::prop_assert!(longest < Some(fence.len()), "{}", markdown);
            proptest::prop_assert!(!markdown.contains('\n'));
        }
    }

    #[test]
    fn what_goes_to_slack_is_known_by_its_address() {
        for (address, known) in [
            ("https://hooks.slack.com/services/T/B/x", true),
            ("https://HOOKS.SLACK.COM/services/T/B/x", true),
            ("https://hooks.slack.com.evil.example/x", false),
            ("https://example.com/hooks.slack.com", false),
            ("nonsense", false),
        ] {
            assert_eq!(is_slack(address), known, "{address}");
        }
    }
}
