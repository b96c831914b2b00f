//! The report on an account's credentials: one row for the root user and one for each user.

use interlock_model::{Discovered, Entitlement, Principal, RiskClass, Timestamp};
use std::collections::BTreeMap;

/// What the report says of one user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported {
    /// Its ARN.
    pub arn: String,
    /// When it signed in with it last.
    pub signed_in: Option<Timestamp>,
    /// Whether it has a second factor.
    pub mfa: Option<bool>,
    /// How many access keys are in force.
    pub keys: usize,
    /// When one of these was used last.
    pub keys_used: Option<Timestamp>,
}

/// Reads the table. Rows that do not have the form of the first line are left out.
///
/// Source: IAM User Guide, "Understanding the report format".
pub(super) fn read(table: &str) -> BTreeMap<String, Reported> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        // A name with a comma in it would move all that follow.
        if cells.len() != names.len() {
            return None;
        }
        let cell = |name: &str| {
            let at = names.iter().position(|it| *it == name)?;
            cells.get(at).copied()
        };
        let truth = |name: &str| cell(name).and_then(|it| it.parse::<bool>().ok());
        let time = |name: &str| cell(name).and_then(|it| it.parse::<Timestamp>().ok());
        let keys = ["access_key_1_active", "access_key_2_active"];
        let used = ["access_key_1_last_used_date", "access_key_2_last_used_date"];
        let arn = cell("arn").filter(|it| it.starts_with("arn:"))?.to_owned();
        let reported = Reported {
            signed_in: time("password_last_used"),
            mfa: truth("mfa_active"),
            keys: keys.iter().filter(|it| truth(it) == Some(true)).count(),
            keys_used: used.iter().filter_map(|it| time(it)).max(),
            arn: arn.clone(),
        };
        Some((arn, reported))
    };
    lines.filter_map(row).collect()
}

impl Reported {
    /// The root user, whom nothing else lists; `None` for others.
    pub(super) fn root(&self) -> Option<Discovered> {
        self.arn.ends_with(":root").then_some(())?;
        let everything = Entitlement {
            grant: "root user".to_owned(),
            scope: "the account".to_owned(),
            through: "owner of the account".to_owned(),
            risk: RiskClass::Admin,
        };
        let mut found = Discovered {
            name: Some("root".to_owned()),
            last_used: self.keys_used,
            entitlements: vec![everything],
            ..Discovered::of(Principal::new("aws", &self.arn))
        };
        // Its keys have no names here: how many there are is all that can be said.
        found.labels.insert("access_keys".to_owned(), self.keys.to_string());
        self.tell(&mut found);
        Some(found)
    }

    /// Adds what is known of no other call.
    pub(super) fn tell(&self, found: &mut Discovered) {
        if let Some(mfa) = self.mfa {
            let word = if mfa { "yes" } else { "no" };
            found.labels.insert("second_factor".to_owned(), word.to_owned());
        }
        found.last_used = found.last_used.max(self.signed_in);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_used_date,access_key_2_active,access_key_2_last_used_date
<root_account>,arn:aws:iam::111122223333:root,2024-01-01T00:00:00+00:00,not_supported,2026-02-01T10:00:00+00:00,false,true,2026-02-03T10:00:00+00:00,false,N/A
ann,arn:aws:iam::111122223333:user/ann,2024-01-01T00:00:00+00:00,true,no_information,true,false,N/A,false,N/A
odd,name,arn:aws:iam::111122223333:user/odd,2024-01-01T00:00:00+00:00,true,N/A,true,false,N/A,false,N/A
short
";

    #[test]
    fn the_root_user_is_seen_with_its_keys_and_without_a_second_factor() {
        let report = read(TABLE);
        assert_eq!(report.len(), 2);
        let root = report["arn:aws:iam::111122223333:root"].root().unwrap();
        assert_eq!(root.last_used, "2026-02-03T10:00:00Z".parse().ok());
        assert_eq!(root.labels["access_keys"], "1");
        assert_eq!(root.labels["second_factor"], "no");
        assert_eq!(root.entitlements[0].risk, RiskClass::Admin);
        let ann = &report["arn:aws:iam::111122223333:user/ann"];
        assert_eq!((ann.root(), ann.signed_in), (None, None));
        let mut found = Discovered::of(Principal::new("aws", &ann.arn));
        ann.tell(&mut found);
        assert_eq!(found.labels["second_factor"], "yes");
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        for table in ["", "\n", "user,arn\n,", "a\nb,c\n"] {
            assert!(read(table).is_empty(), "{table:?}");
        }
    }
}
