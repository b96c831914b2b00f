//! What stands now, asked on the command line: containments in force, notices, refused records; and that
//! looking needs no secret.

use crate::program::interlock;
use crate::served::{Folder, record};
use serde_json::Value;

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[tokio::test]
async fn what_is_in_force_says_since_when_by_whom_and_the_way_back() {
    let folder = Folder::new();
    for (noun, hint) in [
        ("containment", "`--all`"),
        ("notice", "`[[notify]]`"),
        ("rejected", "`interlock replay FILE`"),
    ] {
        let _ = folder.serve().terminate();
        let ran = folder.run(&[noun, "list"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        assert!(ran.err.contains(hint), "what to do next: {ran:?}");
    }
    let house = folder.serve();
    let server = house.address.clone();
    let run = |name: &str, arguments: &[&str], at_server: bool| {
        let mut all = arguments.to_vec();
        if at_server {
            all.extend(["--server", &server]);
        }
        let ran = folder.run_as(name, &all);
        assert_eq!(ran.code, 0, "{all:?} {ran:?}");
        ran
    };
    let asked =
        run("alice", &["--json", "contain", "shop", "--intent", "block_principal"], true).out;
    let (id, plan) = {
        let it = rows(&asked).remove(0);
        (it["id"].as_str().unwrap().to_owned(), it["plan"].as_str().unwrap().to_owned())
    };
    let waits = run("rita", &["containment", "list"], true).out;
    assert!(waits.contains("waits for"), "{waits}");
    assert!(waits.contains(&format!("interlock reject {id}")), "{waits}");
    run("alice", &["approve", &id, "--plan", &plan], true);
    let held = run("rita", &["containment", "list"], true).out;
    for part in [&*id, "shop", "contained", "alice", &*format!("`interlock undo {id}")] {
        assert!(held.contains(part), "`{part}` in {held}");
    }
    let it = rows(&run("rita", &["--json", "containment", "list"], true).out).remove(0);
    assert_eq!(it["by"], "alice", "{it}");
    assert!(it["contained_since"].as_str().unwrap().ends_with('Z'), "{it}");
    let shown = run("rita", &["containment", "show", &id], true).out;
    assert!(shown.contains("way back: `interlock undo"), "{shown}");
    let notices = run("rita", &["notice", "list", "--containment", &id], true).out;
    assert!(notices.contains(&format!("approve {id}")), "{notices}");
    let (status, _) = house.events("{\"nobody\":\"knows\"}\n", &[]).await;
    assert_eq!(status, 202);
    house
        .until("the record is refused", async || {
            house.get("rita", "/v1/rejected").await.1["items"].as_array().unwrap().len() == 1
        })
        .await;
    let refused = run("rita", &["rejected", "list"], true).out;
    assert!(refused.contains("`nobody`"), "{refused}");
    let from_server: Vec<String> = ["containment", "notice", "rejected"]
        .map(|it| run("rita", &["--json", it, "list"], true).out)
        .into();
    assert_eq!(house.terminate(), Some(0));
    // Without a server the store says the same.
    let from_store: Vec<String> = ["containment", "notice", "rejected"]
        .map(|it| run("rita", &["--json", it, "list"], false).out)
        .into();
    assert_eq!(from_store, from_server);
    run("sue", &["undo", &id, "--accept-re-arm"], false);
    assert_eq!(run("rita", &["containment", "list"], false).out, "");
    let all = run("rita", &["containment", "list", "--all"], false).out;
    assert!(all.contains("undone") && all.contains("nothing is left"), "{all}");
}

#[tokio::test]
async fn looking_needs_no_secret() {
    let folder = Folder::new();
    let house = folder.serve();
    let (_, answer) = house.events(record("a", "one").to_string(), &[]).await;
    house.settled(answer["position"].as_u64().unwrap()).await;
    assert_eq!(house.terminate(), Some(0));
    folder.add(
        "\n[[notify]]\nid = \"chat\"\nurl_from = { from = \"file\", path = \"absent.url\" }\n",
    );
    std::fs::remove_file(folder.path().join("audit.key")).unwrap();
    for arguments in [
        &["finding", "list"][..],
        &["case", "list"],
        &["identity", "list"],
        &["identity", "show", "one"],
        &["explain", "one"],
        &["containment", "list"],
        &["notice", "list"],
        &["rejected", "list"],
        &["feed", "list"],
        &["connector", "list"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?} {ran:?}");
        assert!(!ran.err.contains("audit.key"), "{arguments:?} {ran:?}");
    }
    // What runs, acts, signs or checks still needs it, and says which file.
    for arguments in [
        &["check", "house"][..],
        &["serve", "--listen", "127.0.0.1:0"],
        &["audit", "export"],
        &["audit", "verify"],
        &["contain", "shop", "--intent", "block_principal"],
    ] {
        let ran = match arguments {
            ["check", ..] => interlock(folder.path().parent().unwrap(), arguments),
            _ => folder.run(arguments),
        };
        assert_ne!(ran.code, 0, "{arguments:?} {ran:?}");
        let said = ran.out.clone() + &ran.err;
        assert!(said.contains("audit.key"), "{arguments:?} {ran:?}");
    }
}

#[test]
fn a_number_that_is_too_large_is_refused_with_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, bound) in [
        (&["replay", "x", "--threads", "100000"][..], "256"),
        (&["replay", "x", "--threads", "257"], "1..=256"),
        (&["replay", "x", "--threads", "0"], "1..=256"),
        (&["finding", "list", "--limit", "1001"], "1..=1000"),
        (&["finding", "list", "--limit", "0"], "1..=1000"),
        (&["identity", "gaps", "--limit", "18446744073709551616"], "1..=1000"),
        (&["readiness", "--limit=-1"], "1..=1000"),
        (&["containment", "list", "--limit", "100000"], "1..=1000"),
        (&["identity", "least-privilege", "x", "--days", "0"], "1..=3660"),
        (&["identity", "least-privilege", "x", "--days", "65535"], "1..=3660"),
        (&["demo", "--port", "65536"], "0..=65535"),
    ] {
        let ran = interlock(folder.path(), arguments);
        assert_eq!(ran.code, 2, "{arguments:?} {ran:?}");
        assert!(ran.err.contains(bound), "{arguments:?} {ran:?}");
    }
}
