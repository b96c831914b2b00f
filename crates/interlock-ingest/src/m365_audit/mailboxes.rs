//! What a command of Exchange leaves behind: rules that move mail, addresses that get it, and who may open a
//! mailbox of another. Each goes on working after whoever made it is shut out.
//!
//! Sources: <https://learn.microsoft.com/en-us/powershell/module/exchange/>, and for `UpdateInboxRules`, which
//! mail programs cause, <https://learn.microsoft.com/en-us/purview/audit-log-activities>.

use super::paths::Path;
use crate::microsoft_names::{Formed, Named, object};
use interlock_model::Object;

/// Commands, in lower case, that make or change something of this kind.
const MAKES: [(&str, &str); 16] = [
    ("enable-inboxrule", "mailbox_rule"),
    ("enable-journalrule", "journal_rule"),
    ("enable-transportrule", "transport_rule"),
    ("new-inboundconnector", "mail_connector"),
    ("new-inboxrule", "mailbox_rule"),
    ("new-journalrule", "journal_rule"),
    ("new-outboundconnector", "mail_connector"),
    ("new-sweeprule", "mailbox_rule"),
    ("new-transportrule", "transport_rule"),
    ("set-inboundconnector", "mail_connector"),
    ("set-inboxrule", "mailbox_rule"),
    ("set-journalrule", "journal_rule"),
    ("set-outboundconnector", "mail_connector"),
    ("set-sweeprule", "mailbox_rule"),
    ("set-transportrule", "transport_rule"),
    ("updateinboxrules", "mailbox_rule"),
];

/// Commands, in lower case, that let somebody into a mailbox.
const OPENS: [&str; 4] = [
    "add-mailboxfolderpermission",
    "add-mailboxpermission",
    "add-recipientpermission",
    "set-mailboxfolderpermission",
];

/// Parameters that name who gets mail.
const SENDS_TO: [&str; 10] = [
    "AddToRecipients",
    "BlindCopyTo",
    "CopyTo",
    "ForwardAsAttachmentTo",
    "ForwardTo",
    "ForwardingAddress",
    "ForwardingSmtpAddress",
    "JournalEmailAddress",
    "RedirectMessageTo",
    "RedirectTo",
];

/// At most this many addresses of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// What the command made or changed, in the place of the object that it names; `None` for other commands.
///
/// `parameters` are those of the command, `properties` what a mail program changed.
pub(super) fn objects(
    it: Formed<'_>,
    operation: &str,
    parameters: &[Named],
    properties: &[Named],
) -> Option<Vec<Object>> {
    let operation = operation.to_ascii_lowercase();
    let named = it.text(Path::ObjectId);
    let parameter = |name: &str| Named::value(parameters, name);
    let mailbox = || named.or_else(|| parameter("Identity")).or_else(|| parameter("Mailbox"));
    let mut objects = Vec::new();
    if let Ok(at) = MAKES.binary_search_by(|(command, _)| (*command).cmp(&operation)) {
        let kind = MAKES.get(at).map_or("resource", |it| it.1);
        let name = named.or_else(|| parameter("Identity")).map(str::to_owned).or_else(|| {
            let rule = parameter("Name").or_else(|| Named::value(properties, "RuleName"))?;
            let mailbox = parameter("Mailbox").or_else(|| it.text(Path::Mailbox));
            Some(mailbox.map_or_else(|| rule.to_owned(), |it| format!("{it}\\{rule}")))
        });
        objects.extend(name.map(|it| object(kind, &it)));
    } else if OPENS.contains(&&*operation) {
        let who = parameter("User").or_else(|| parameter("Trustee"));
        objects.extend(mailbox().map(|it| object("mailbox", it)));
        if let (Some(mailbox), Some(who)) = (mailbox(), who) {
            objects.push(object("mailbox_permission", &format!("{mailbox}/{who}")));
            objects.push(object("user", who));
        }
    } else if operation == "set-mailbox" {
        objects.extend(mailbox().map(|it| object("mailbox", it)));
    } else {
        return None;
    }
    let addresses = SENDS_TO.into_iter().filter_map(parameter);
    let addresses = addresses.flat_map(|it| it.split([';', ','])).map(plain);
    objects.extend(
        addresses
            .filter(|it| !it.is_empty() && *it != "$null")
            .take(MOST)
            .map(|it| object("forwarding_address", it)),
    );
    Some(objects)
}

/// `smtp:mallory@example.net`, `"mallory@example.net" [SMTP:mallory@example.net]`.
fn plain(address: &str) -> &str {
    let address = address.split_once('[').map_or(address, |it| it.1);
    let address = address.trim().trim_matches(['"', ']', ' ']);
    match address.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("smtp") => rest,
        Some(_) | None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_without_what_stands_around_them() {
        for (written, expected) in [
            ("mallory@example.net", "mallory@example.net"),
            ("smtp:mallory@example.net", "mallory@example.net"),
            (r#""Mallory" [SMTP:mallory@example.net]"#, "mallory@example.net"),
            ("/o=acme/cn=bob", "/o=acme/cn=bob"),
            ("$null", "$null"),
            (" ", ""),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }

    #[test]
    fn commands_are_sorted() {
        assert!(MAKES.is_sorted());
    }
}
