//! Whoever left no longer answers, and whom their team falls back on does.

use super::script::*;
use crate::Directory;
use crate::gaps::GapKind;
use interlock_model::{ConnectorId, Discovered, OwnerId};

const TEAMS: &str = r#"
teams:
  - { id: own_shop, contact: shop, approvers: [ana, bo], fallback: own_sales }
  - { id: own_sales, contact: sales, approvers: [cy], fallback: own_shop }
  - { id: own_alone, contact: alone, approvers: [ana] }
identities:
  - { id: idn_shop, kind: workload, owner: own_shop, principals: ["postgresql:shop"] }
  - { id: idn_tool, kind: workload, owner: own_alone, principals: ["postgresql:tool"] }
  - { id: idn_ana, name: ana, kind: human, principals: ["okta:00u1"], departed: 2026-02-01 }
  - { id: idn_bo, name: Bo, kind: human, principals: ["okta:bo"] }
  - { id: idn_cy, name: cy, kind: human, principals: ["okta:cy"] }
"#;

fn answers(it: &Directory, name: &str, time: &str) -> (Option<String>, bool) {
    let id = it.resolve(name).identity().unwrap().clone();
    let answering = it.answering(&id, time.parse().unwrap());
    (answering.team.map(|it| it.id.to_string()), answering.instead_of.is_some())
}

/// The provider shows somebody, shut out or not.
fn listed(it: &mut Directory, name: &str, enabled: bool) {
    let person = Discovered { enabled: Some(enabled), ..Discovered::of(principal(name)) };
    it.discovered(&ConnectorId("okta".into()), at("02:00"), person).unwrap();
}

#[test]
fn a_team_answers_until_the_last_of_it_has_left() {
    let (before, after) = ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z");
    let mut it = Directory::new(declared(TEAMS));
    let team = |id: &str| Some(id.to_owned());
    assert_eq!(answers(&it, "postgresql:tool", before), (team("own_alone"), false));
    assert_eq!(answers(&it, "postgresql:tool", after), (None, true), "and nobody to fall back on");
    // Bo is left, under the name of a principal.
    assert_eq!(answers(&it, "postgresql:shop", after), (team("own_shop"), false));
    listed(&mut it, "okta:bo", false);
    assert_eq!(answers(&it, "postgresql:shop", before), (team("own_shop"), false), "ana is");
    assert_eq!(answers(&it, "postgresql:shop", after), (team("own_sales"), true));
    let gaps = it.gaps(after.parse().unwrap());
    let of = |owner: &str| {
        let deserted = gaps.iter().filter(|it| it.kind == GapKind::OwnerDeparted);
        deserted.filter(|it| it.text.contains(owner)).map(|it| it.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        of("own_shop"),
        ["nobody is left of `own_shop` who may approve: `own_sales` answers instead"]
    );
    assert!(of("own_alone")[0].ends_with("only the security team answers"));
    // A circle in which nobody is left ends.
    listed(&mut it, "okta:cy", false);
    assert_eq!(answers(&it, "postgresql:shop", after), (None, true));
    // Whoever comes back answers again.
    listed(&mut it, "okta:bo", true);
    assert_eq!(answers(&it, "postgresql:shop", after), (team("own_shop"), false));
    let id: OwnerId = "own_shop".parse().unwrap();
    assert!(!it.is_deserted(it.owner(&id).unwrap(), after.parse().unwrap()));
}
