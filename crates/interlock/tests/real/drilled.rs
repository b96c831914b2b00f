//! Drills on servers nobody here wrote: what they prove, and what they find out.

use crate::account::WORK;
use crate::house::Folder;
use crate::postgresql::folder as postgresql_folder;
use crate::postgresql_server::{OLD, Postgres};
use crate::served::read;
use crate::servers::{ministack, moto};
use serde_json::Value;

fn lines(text: &str) -> Vec<Value> {
    text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_postgresql_is_shut_out_refused_and_let_in_again() {
    let Some(server) = Postgres::start() else { return };
    let folder = postgresql_folder(&server, &["app".to_owned(), "canary".to_owned()]);
    let before = {
        server.root(&format!("CREATE ROLE canary LOGIN PASSWORD '{OLD}'"));
        server.state()
    };
    let declared = folder.path().join("content/directory/identities.yaml");
    let own = "    principals: ['postgresql:canary']\n";
    let text = read(&declared).replace(own, &format!("{own}    for_drills: true\n"));
    std::fs::write(&declared, text).unwrap();
    crate::program::write_secret(folder.path().join("canary.secret"), OLD);
    folder.add(
        r#"
[[drill]]
id = "roles"
connector = "pg-test"
principal = "postgresql:canary"
verb = "disable_identity"
secret = { from = "file", path = "canary.secret" }
"#,
    );
    let house = folder.serve();
    // The first run begins by itself.
    house
        .until("the first drill is over", async || {
            let (_, drills) = house.get("rita", "/v1/drills").await;
            drills[0]["history"][0]["ended"].is_string()
        })
        .await;
    let run = folder.run_as("sue", &["drill", "run", "roles", "--server", &house.address]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("proven, refused after"), "{run:?}");
    assert_eq!(server.state(), before, "as before");
    assert!(server.query("canary", OLD, "SELECT 1").is_ok());
    let (_, drills) = house.get("rita", "/v1/drills").await;
    assert_eq!(drills[0]["history"].as_array().unwrap().len(), 2, "{drills}");
    assert!(!drills.to_string().contains(OLD));
    // What was proven on the canary counts for whoever is reached by the same path.
    let (_, readiness) = house.get("rita", "/v1/readiness?all=true").await;
    let app =
        readiness["items"].as_array().unwrap().iter().find(|it| it["what"] == "postgresql:app");
    let app = app.unwrap();
    assert_eq!((&app["revocable"], app["proven"].is_string()), (&true.into(), true), "{app}");
    // With what of ours, tried on the server itself, how fast, and what stays alive.
    let needed: Vec<_> = app["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["permission"].as_str().unwrap(), it["tried"].as_str().unwrap()))
        .collect();
    // A sign-in is tried with a delivered password only, and needs no right of ours.
    let expected = [
        ("CONNECT", "not tried"),
        ("CREATEROLE", "given"),
        ("SELECT pg_roles", "given"),
        ("pg_read_all_stats", "given"),
    ];
    assert_eq!(needed, expected, "{app}");
    assert!(app["settle_seconds"].is_u64() && app["leaves"].is_string(), "{app}");
    let shown = folder.run_as("rita", &["readiness", "--all", "--server", &house.address]).out;
    let given = "3 of 4 permissions tried and given; not tried: `CONNECT`";
    assert!(shown.contains(given), "{shown}");
    drop(house);
    assert!(!read(&folder.log()).contains(OLD));
    let verified = folder.run(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_aws_is_refused_where_the_server_refuses() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("canary", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["canary"]);
    let principal = format!("aws:arn:aws:iam::{}:user/canary", account.number);
    folder.drill("canary", &principal, &key);
    let house = folder.serve();
    let (good, text) = folder.run(&["drill", "run", "keys", "--json", "--server", house.address()]);
    assert!(good, "{text}");
    let run = &lines(&text)[0]["history"][0];
    assert_eq!((&run["effective"], &run["restored"]), (&true.into(), &true.into()), "{run}");
    assert_eq!(account.works(&key).await, Ok(()), "let in again");
    assert!(!text.contains(&key.secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_yes_and_does_nothing_is_found_out() {
    let Some((server, account)) = moto().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let key = account.add_user("canary", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["canary"]);
    let principal = format!("aws:arn:aws:iam::{}:user/canary", account.number);
    folder.drill("canary", &principal, &key);
    let house = folder.serve();
    let (good, text) = folder.run(&["drill", "run", "keys", "--json", "--server", house.address()]);
    assert!(!good, "{text}");
    let run = &lines(&text)[0]["history"][0];
    assert_eq!((&run["effective"], &run["restored"]), (&false.into(), &true.into()), "{run}");
    assert!(run["fault"].as_str().unwrap().contains("accepted after everything"), "{run}");
    let (good, text) = folder.run(&["drill", "list", "--server", house.address()]);
    assert!(!good && text.contains("failed"), "{text}");
}
