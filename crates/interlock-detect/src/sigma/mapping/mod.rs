//! By which other names the records of a log source know the field that a rule names.
//!
//! Rules are written for one form of a log, records come in several; some public rules use the
//! names of a collector that nobody has. All of it is settled when rules are loaded: a field becomes
//! the list of paths where its value may stand, and a value of any of them counts.
//! One file for each log source, with nothing but its table.

mod azure_activity;
mod entra_audit;
mod entra_sign_in;
mod gcp_audit;
mod google_workspace;
mod kubernetes_audit;
mod m365_audit;

/// The table of one log source.
#[derive(Debug)]
pub(super) struct Mapping {
    /// The name that events of this log source carry.
    source: &'static str,
    /// A field as rules call it, upper or lower case, and paths where its value may stand too.
    names: &'static [(&'static str, &'static [&'static str])],
    /// The same, only for items whose values are words and not numbers.
    names_of_words: &'static [(&'static str, &'static [&'static str])],
    /// What whole families of fields are called.
    beginnings: &'static [Beginning],
    /// A field, a value as rules write it or `*` for any, and how records say it; `{}` is the rule's value.
    words: &'static [(&'static str, &'static str, &'static [&'static str])],
}

/// Fields that begin like this may begin otherwise.
#[derive(Debug)]
struct Beginning {
    from: &'static str,
    to: &'static str,
    rest: Rest,
}

/// What becomes of the rest of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing.
    Same,
    /// Its first letter is upper case.
    UpperFirst,
    /// The first letter of each of its names is lower case.
    LowerEach,
}

/// Every table, alphabetical.
const MAPPINGS: [&Mapping; 7] = [
    &azure_activity::MAPPING,
    &entra_audit::MAPPING,
    &entra_sign_in::MAPPING,
    &gcp_audit::MAPPING,
    &google_workspace::MAPPING,
    &kubernetes_audit::MAPPING,
    &m365_audit::MAPPING,
];

/// Most paths of one field, so that no table can run away.
const MOST_PATHS: usize = 48;

/// Every path where the values of a field may stand in events of these log sources, its own first.
/// `words`: it is compared with words, not with numbers.
pub(super) fn paths(field: &str, sources: &[&str], words: bool) -> Vec<Box<str>> {
    let mut all: Vec<Box<str>> = vec![field.into()];
    for mapping in MAPPINGS.iter().filter(|it| sources.contains(&it.source)) {
        let mut paths: Vec<Box<str>> = vec![field.into()];
        let mut at = 0;
        while let Some(path) = paths.get(at).cloned() {
            at += 1;
            for other in mapping.others(&path, words) {
                if paths.len() < MOST_PATHS && !paths.contains(&other) {
                    paths.push(other);
                }
            }
        }
        for path in paths {
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

/// How records of these log sources say the value that a rule gives for a field; with wildcards.
pub(super) fn spellings(field: &str, value: &str, sources: &[&str]) -> Vec<String> {
    let rows = MAPPINGS.iter().filter(|it| sources.contains(&it.source)).flat_map(|it| it.words);
    rows.filter(|(name, written, _)| {
        name.eq_ignore_ascii_case(field) && (*written == "*" || written.eq_ignore_ascii_case(value))
    })
    .flat_map(|(_, _, said)| said.iter().map(|it| it.replace("{}", value)))
    .collect()
}

impl Mapping {
    fn others(&self, path: &str, words: bool) -> Vec<Box<str>> {
        let of_words = if words { self.names_of_words } else { &[] };
        let rows = self.names.iter().chain(of_words);
        let named = rows
            .filter(|(name, _)| name.eq_ignore_ascii_case(path))
            .flat_map(|(_, others)| others.iter().map(|it| Box::from(*it)));
        let begun = self.beginnings.iter().filter_map(|it| {
            let rest = path.strip_prefix(it.from).filter(|rest| !rest.is_empty())?;
            let again = it.from.is_empty() && path.starts_with(it.to);
            (!again).then(|| format!("{}{}", it.to, it.rest.of(rest)).into())
        });
        named.chain(begun).collect()
    }
}

impl Rest {
    fn of(self, rest: &str) -> String {
        let first = |name: &str, change: fn(&char) -> char| -> String {
            let mut chars = name.chars();
            chars.next().iter().map(change).chain(chars).collect()
        };
        match self {
            Self::Same => rest.to_owned(),
            Self::UpperFirst => first(rest, char::to_ascii_uppercase),
            Self::LowerEach => {
                let names: Vec<String> =
                    rest.split('.').map(|it| first(it, char::to_ascii_lowercase)).collect();
                names.join(".")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_of_a_source_that_we_read() {
        assert!(MAPPINGS.is_sorted_by_key(|it| it.source));
        for mapping in MAPPINGS {
            let read = interlock_ingest::SOURCES.iter().any(|it| it.name == mapping.source);
            assert!(read, "{}", mapping.source);
        }
    }

    #[test]
    fn fields_and_where_they_may_stand() {
        for (source, field, wanted) in [
            ("aws_cloudtrail", "eventName", &["eventName"][..]),
            (
                "entra_audit",
                "properties.initiatedBy.user.id",
                &["properties.initiatedBy.user.id", "initiatedBy.user.id", "InitiatedBy.user.id"],
            ),
            (
                "entra_sign_in",
                "properties.ipAddress",
                &["properties.ipAddress", "IPAddress", "ipAddress", "IpAddress"],
            ),
            (
                "gcp_audit",
                "gcp.audit.method_name",
                &["gcp.audit.method_name", "protoPayload.methodName"],
            ),
            ("kubernetes_audit", "apiGroup", &["apiGroup", "objectRef.apiGroup"]),
        ] {
            let found = paths(field, &[source], false);
            for path in wanted {
                assert!(found.iter().any(|it| **it == **path), "{field}: no {path} in {found:?}");
            }
            assert_eq!(&*found[0], field);
            assert!(wanted.len() > 2 || found.len() == wanted.len(), "{field}: {found:?}");
        }
        let old = paths("TargetResources.ModifiedProperties.NewValue", &["entra_audit"], true);
        assert!(
            old.iter().any(|it| **it == *"properties.targetResources.modifiedProperties.newValue")
        );
        assert!(old.iter().any(|it| **it == *"targetResources.modifiedProperties.newValue"));
    }

    #[test]
    fn words_widen_a_field_only_for_words() {
        let of = |words| paths("responseStatus.code", &["kubernetes_audit"], words).len();
        assert_eq!((of(false), of(true)), (1, 2));
    }

    #[test]
    fn values_as_records_say_them() {
        assert_eq!(spellings("status", "Success", &["m365_audit"]), ["Succeeded", "True"]);
        assert_eq!(spellings("status", "failure", &["m365_audit"]), [""; 0]);
        assert_eq!(
            spellings("ResourceProviderValue", "Microsoft.X", &["azure_activity"]),
            ["Microsoft.X/*"]
        );
    }

    #[test]
    fn no_field_runs_away() {
        let rows =
            MAPPINGS.iter().flat_map(|it| it.names.iter().map(move |row| (it.source, row.0)));
        for (source, field) in rows {
            let found = paths(field, &[source], true);
            assert!(found.len() < MOST_PATHS, "{source} {field}: {found:?}");
        }
    }
}
