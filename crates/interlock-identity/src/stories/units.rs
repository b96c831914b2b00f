//! What the place of an account in its organisation says of the identities in it.

use super::script::*;
use crate::Directory;
use interlock_model::{ConnectorId, Discovered, Environment, InventoryItem};

const DEPLOY: &str = "aws:arn:aws:iam::444455556666:role/deploy";
const ROOT: &str = "aws:arn:aws:iam::444455556666:root";

fn look(it: &mut Directory, name: &str, labels: &[(&str, &str)]) -> InventoryItem {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let seen = Discovered { labels: labels.collect(), ..Discovered::of(principal(name)) };
    it.discovered(&ConnectorId("center".into()), at("02:00"), seen).unwrap()
}

/// Environment and owner, each with its reason.
fn said(it: &Directory, name: &str) -> String {
    let it = of(it, name);
    format!("{} {:?}\n{:?}\n", it.environment, it.environment_basis, it.owner)
}

#[test]
fn the_nearest_unit_that_says_something_counts_for_all_in_the_account() {
    let mut it = directory();
    let deploy = look(&mut it, DEPLOY, &[]);
    assert_eq!(of(&it, DEPLOY).environment, Environment::Unknown);
    let place = [("organizational_unit", "Development/Shop/Prod")];
    let root = look(&mut it, ROOT, &place);
    it.settle_units();
    expect_test::expect![[r#"
        production Inferred("organisational unit `Prod` of account `444455556666` at `center`")
        Inferred { owner: own_shop, from: "organisational unit `Shop` of account `444455556666` at `center`", edge: None }
    "#]].assert_eq(&said(&it, DEPLOY));
    // The same after a restart, in whichever order it is recalled.
    for items in [[&deploy, &root], [&root, &deploy]] {
        let mut again = directory();
        items.into_iter().for_each(|it| again.recall(it.clone()));
        again.settle_units();
        assert_eq!(said(&again, DEPLOY), said(&it, DEPLOY));
    }
    // An account that moves takes its identities along.
    look(&mut it, ROOT, &[("organizational_unit", "Development")]);
    it.settle_units();
    assert_eq!(of(&it, DEPLOY).environment, Environment::Development);
    look(&mut it, ROOT, &[]);
    it.settle_units();
    assert_eq!(of(&it, DEPLOY).environment, Environment::Unknown);
}

#[test]
fn a_tag_makes_nothing_less_careful_and_declared_accounts_count_first() {
    let mut it = directory();
    look(&mut it, ROOT, &[("organizational_unit", "Prod")]);
    look(&mut it, DEPLOY, &[("env", "dev")]);
    assert_eq!(of(&it, DEPLOY).environment, Environment::Production);
    // A tag of that name on anybody but the root says nothing.
    let other = "aws:arn:aws:iam::999900001111:user/eve";
    look(&mut it, other, &[("organizational_unit", "Development")]);
    it.settle_units();
    assert_eq!(of(&it, other).environment, Environment::Unknown);
    let declared = "aws:arn:aws:iam::777788889999:role/build";
    look(&mut it, "aws:arn:aws:iam::777788889999:root", &[("organizational_unit", "Shop/Prod")]);
    look(&mut it, declared, &[]);
    expect_test::expect![[r#"
        development Inferred("account `777788889999` is declared development")
        Inferred { owner: own_platform, from: "account `777788889999` is declared to belong to `own_platform`", edge: None }
    "#]].assert_eq(&said(&it, declared));
}
