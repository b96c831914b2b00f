//! On a server that says yes and does nothing: applied, never contained, until something shows it.

use crate::account::{WORK, now};
use crate::house::Folder;
use crate::recorded::Call;
use crate::servers::moto;

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_without_effect_stays_applied_and_the_next_use_climbs_the_ladder() {
    let Some((server, account)) = moto().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("ci", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    let house = folder.serve();

    let stop = Call::now(&account.number, "ci", &key.id, "cloudtrail", "StopLogging");
    assert!(house.post(&[stop.record()]).await);
    house
        .until("it is applied", async || {
            house.containments().await.first().is_some_and(|it| it["grade"] == "applied")
        })
        .await;
    assert_eq!(account.works(&key).await, Ok(()), "the server lists it as inactive and accepts it");

    // The thief's next successful call, after the settle time.
    let applied = now();
    account.past(applied.as_second() + 3).await;
    assert_eq!(house.first().await["grade"], "applied", "never more without evidence");
    assert_eq!(account.works(&key).await, Ok(()));
    let next = Call::now(&account.number, "ci", &key.id, "s3", "ListBuckets");
    assert!(house.post(&[next.record()]).await);
    house.until("the key is gone", async || account.works(&key).await.is_err()).await;
    let mut again = Call::now(&account.number, "ci", &key.id, "s3", "ListBuckets");
    again.refused = Some("InvalidClientTokenId");
    again.id += "-refused";
    assert!(house.post(&[again.record()]).await);
    house
        .until("the deletion is effective", async || {
            house.containments().await.iter().any(|it| it["grade"] == "effective")
        })
        .await;
    let all = house.containments().await;
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(all.iter().any(|it| it["grade"] == "applied"), "the first was never called contained");
}
