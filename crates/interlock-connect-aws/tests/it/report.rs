//! The root user, whom only the report on credentials shows, on a server of somebody else's that makes one.
//!
//! moto makes a report without the root user.

use crate::account::{Account, WORK, now};
use crate::servers::ministack;
use interlock_connect_aws::{AwsIam, SPEC};
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{Discovered, DiscoveryPage};

async fn look(connector: &AwsIam) -> DiscoveryPage {
    let cx = DiscoverCx::new(SPEC.discovery.unwrap(), now());
    connector.discover(&cx, None).await.unwrap()
}

/// The first look has it made, a later one reads it.
async fn the_root_user_is_seen(account: Account) {
    account.add_user("ci", WORK).await;
    let connector = account.connector().await;
    let is_root = |it: &&Discovered| it.principal.name.ends_with(":root");
    for _ in 0..5 {
        let page = look(&connector).await;
        let Some(root) = page.found.iter().find(is_root) else {
            assert!(page.gaps.iter().any(|it| it.what.contains("root user")), "{:?}", page.gaps);
            continue;
        };
        assert!(root.labels.contains_key("access_keys"), "{root:?}");
        assert_eq!(root.entitlements[0].grant, "root user");
        let ci = page.found.iter().find(|it| it.principal.name.ends_with("user/ci")).unwrap();
        assert_eq!(ci.labels.get("second_factor").map(String::as_str), Some("no"), "{ci:?}");
        return;
    }
    panic!("the report is never there");
}

#[tokio::test]
async fn on_ministack() {
    let Some((_server, account)) = ministack().await else { return };
    the_root_user_is_seen(account).await;
}
