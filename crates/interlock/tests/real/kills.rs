//! A real process, killed at random moments while it contains: no write repeated, none lost.

use crate::account::WORK;
use crate::counting::Wire;
use crate::house::Folder;
use crate::recorded::Call;
use crate::servers::ministack;
use std::time::Duration;

/// How often the house is killed; the full suite asks for a hundred.
const KILLS: u64 = 100;
/// Keys that are contained along the way.
const USERS: usize = 60;

/// A small generator, so that a failure can be repeated from the seed it prints.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_while_it_contains() {
    let Some((server, account)) = ministack().await else { return };
    let seed = u64::from(std::process::id()) << 20 | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let wire = Wire::to(&server.endpoint());
    let mut users = Vec::new();
    for index in 0..USERS {
        let name = format!("job-{index}");
        let key = account.add_user(&name, WORK).await;
        users.push((name, key));
    }
    let names: Vec<&str> = users.iter().map(|(name, _)| name.as_str()).collect();
    let folder = Folder::new(&wire.endpoint(), &account.number, &own, &names);
    let mut acknowledged = [false; USERS];
    for kill in 0..KILLS {
        let house = folder.serve();
        let due = usize::try_from(kill).unwrap() * USERS / usize::try_from(KILLS).unwrap();
        let life = Duration::from_millis(random.below(150));
        let post = async {
            for (index, (name, key)) in users.iter().enumerate().take(due + 1) {
                if !acknowledged[index] {
                    let mut stop =
                        Call::now(&account.number, name, &key.id, "cloudtrail", "StopLogging");
                    stop.id = format!("{name}-stop");
                    acknowledged[index] = house.post(&[stop.record()]).await;
                }
            }
            std::future::pending::<()>().await;
        };
        let _ = tokio::time::timeout(life, post).await;
        house.kill();
    }
    let house = folder.serve();
    for (index, (name, key)) in users.iter().enumerate() {
        if !acknowledged[index] {
            let mut stop = Call::now(&account.number, name, &key.id, "cloudtrail", "StopLogging");
            stop.id = format!("{name}-stop");
            assert!(house.post(&[stop.record()]).await);
        }
    }
    for (name, key) in &users {
        house
            .until(&format!("{name} is refused"), async || account.works(key).await.is_err())
            .await;
    }
    house
        .until("all rest", async || {
            let all = house.containments().await;
            all.len() == USERS && all.iter().all(|it| it["phase"] == "contained")
        })
        .await;
    let mut settled = 0;
    for it in house.containments().await {
        let id = it["id"].as_str().unwrap();
        let one = house.get(&format!("/v1/containments/{id}")).await;
        let steps = one["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 1, "{one:#}");
        settled += steps[0]["attempts"].as_u64().unwrap() - 1;
    }
    // The wire has seen every write that arrived: one for each key, none twice, none missing.
    let counts = wire.counts();
    assert_eq!(counts.len(), USERS, "{counts:?}");
    assert!(counts.values().all(|it| *it == 1), "a write was repeated: {counts:?}");
    println!(
        "{USERS} keys, {KILLS} kills: {USERS} writes arrived; {settled} intents of a dead process were taken up again"
    );
    drop(house);
    let (verified, text) = folder.run(&["audit", "verify"]);
    assert!(verified, "{text}");
}
