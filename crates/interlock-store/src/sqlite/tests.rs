//! What SQLite files can suffer, and what the operator is told.

use crate::verify::verify_export;
use crate::{Create, Remembered, Store, StoreError, sample};
use ed25519_dalek::SigningKey;
use interlock_model::{Batch, Change, Inbound};
use std::fs;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;
use tempfile::TempDir;

/// A store with some content, closed again.
async fn filled() -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlock.db");
    let store = Store::open(&path, Create::IfMissing).await.unwrap();
    store.push(&(0..500).map(sample::inbound).collect::<Vec<_>>()).await.unwrap();
    store.commit(&batch(1), sample::at(0)).await.unwrap();
    store.close().await.unwrap();
    (path, folder)
}

fn batch(number: u64) -> Batch {
    let identity = sample::identity(number);
    let audit = vec![sample::audit(number), sample::audit(number + 1)];
    Batch { changes: vec![Change::Identity { identity }], audit, consumed: None }
}

/// What kind of error it is, and its words without the folder.
fn told(error: &StoreError, path: &Path) -> String {
    let kind = match error {
        StoreError::Conflict { .. } => "conflict",
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::Corrupt { .. } => "corrupt",
        StoreError::TooNew { .. } => "too new",
    };
    let folder = format!("{}/", path.parent().unwrap().display());
    format!("{kind}: {}", error.to_string().replace(&folder, ""))
}

/// Both ways to open say the same, and neither changes the file.
async fn refuses(path: &Path, expect: &str) {
    let before = fs::read(path).ok();
    let error = Store::open(path, Create::Never).await.unwrap_err();
    assert_eq!(told(&error, path), expect);
    let error = Store::read(path).await.unwrap_err();
    assert_eq!(told(&error, path), expect);
    assert_eq!(fs::read(path).ok(), before);
}

#[tokio::test]
async fn a_missing_file_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlock.db");
    refuses(&path, "unavailable: store `interlock.db` is missing: check its path").await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let nowhere = folder.path().join("absent/interlock.db");
    let error = Store::open(&nowhere, Create::IfMissing).await.unwrap_err();
    assert!(error.to_string().contains("there is no folder"), "{error}");
    let error = Store::open(folder.path(), Create::IfMissing).await.unwrap_err();
    assert!(error.to_string().ends_with("is not a file"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_what_is_remembered() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlock.db");
    let store = Store::open(&path, Create::IfMissing).await.unwrap();
    store.commit(&batch(1), sample::at(0)).await.unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        seen += 1;
    }
    assert_eq!(seen, 4, "the store, its two journals and its lock");
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_cut_off_file_is_seen_at_once() {
    for keep in [20_000, 5_000] {
        let (path, _folder) = filled().await;
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..keep]).unwrap();
        let expect = "corrupt: store `interlock.db` is damaged or cut off: keep the file and restore a backup";
        refuses(&path, expect).await;
    }
}

#[tokio::test]
async fn an_emptied_file_is_not_taken_for_a_new_one() {
    let (path, _folder) = filled().await;
    fs::write(&path, "").unwrap();
    let expect = "corrupt: store `interlock.db` is an empty file: restore a backup, or remove it";
    refuses(&path, expect).await;
    let error = Store::open(&path, Create::IfMissing).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
}

#[tokio::test]
async fn what_is_no_database_is_left_alone() {
    let (path, _folder) = filled().await;
    fs::write(&path, "mode = \"enforce\"\n".repeat(100)).unwrap();
    refuses(&path, "corrupt: store `interlock.db` is not a SQLite database: check the path").await;
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("PRAGMA application_id = 7").await.unwrap();
    store.close().await.unwrap();
    let expect = "corrupt: store `interlock.db` is a SQLite database of another program, or empty: check the path";
    refuses(&path, expect).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("PRAGMA user_version = 9").await.unwrap();
    store.close().await.unwrap();
    let expect = "too new: store `interlock.db` has version 9, this program reads up to 5: use the newer program";
    refuses(&path, expect).await;
}

#[tokio::test]
async fn records_that_an_older_program_accepted_are_still_there() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store
        .meddle(
            "DROP TABLE inbox;
             CREATE TABLE inbox (
                 position INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL,
                 record INTEGER NOT NULL, alert INTEGER NOT NULL, text TEXT NOT NULL
             ) STRICT;
             INSERT INTO inbox VALUES (7, 'http:a', 3, 0, 'caf\u{e9}
                 {}'), (8, 'http:b', 0, 1, ''), (9, 'http:b', 1, 1, 'gone');
             DELETE FROM inbox WHERE position = 9;
             DROP TABLE pieces;
             DROP TABLE remembered;
             CREATE TABLE remembered (
                 id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL,
                 state BLOB NOT NULL
             ) STRICT;
             INSERT INTO remembered VALUES (1, 6, CAST('learned' AS BLOB));
             PRAGMA user_version = 3",
        )
        .await
        .unwrap();
    store.close().await.unwrap();
    let store = Store::open(&path, Create::Never).await.unwrap();
    let record = |position, file: &str, record, alert, text: &str| Inbound {
        position,
        file: file.into(),
        record,
        alert,
        text: text.into(),
    };
    let kept = [
        record(7, "http:a", 3, false, "caf\u{e9}\n                 {}"),
        record(8, "http:b", 0, true, ""),
    ];
    assert_eq!(store.pending(0, 9).await.unwrap(), kept);
    assert_eq!(store.push(&[sample::inbound(0)]).await.unwrap(), 10, "9 was used");
    let learned = Remembered { position: 6, state: b"learned".to_vec() };
    assert_eq!(store.checkpoint().await.unwrap(), Some(learned));
    store.remember(8, b"more").await.unwrap();
    let more = Remembered { position: 8, state: b"more".to_vec() };
    assert_eq!(store.checkpoint().await.unwrap(), Some(more));
}

#[tokio::test]
async fn a_damaged_row_of_the_inbox_is_named() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.push(&[sample::inbound(0)]).await.unwrap();
    store.meddle("UPDATE inbox SET records = substr(records, 1, 9)").await.unwrap();
    let error = store.pending(0, 9).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_recovers() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("PRAGMA max_page_count = 1").await.unwrap();
    let many: Vec<_> = (0..2000).map(sample::inbound).collect();
    let expect = "unavailable: store `interlock.db` cannot grow, the disk is full: make room, nothing is lost";
    let error = store.push(&many).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    assert_eq!((error.lacks_room(), error.hindrance()), (true, "the disk is full"));
    let mut large = batch(2);
    large.changes =
        (0..200).map(|it| Change::Identity { identity: sample::identity(it) }).collect();
    let error = store.commit(&large, sample::at(1)).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    assert_eq!(store.pending(0, 9999).await.unwrap().len(), 500);
    assert_eq!(store.identities().await.unwrap().len(), 1);
    assert_eq!(store.audit_head().await.unwrap().entries, 2);
    store.meddle("PRAGMA max_page_count = 1000000").await.unwrap();
    assert_eq!(store.push(&many).await.unwrap(), 2500);
    assert_eq!(store.commit(&large, sample::at(2)).await.unwrap().entries, 4);
}

#[tokio::test]
async fn a_read_only_file_is_said_to_be_one() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("PRAGMA query_only = true").await.unwrap();
    let expect =
        "unavailable: store `interlock.db` is read-only: make the file and its folder writable";
    let error = store.push(&[sample::inbound(1)]).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    assert_eq!((error.lacks_room(), error.hindrance()), (false, "the store is read-only"));
    let error = store.commit(&batch(2), sample::at(0)).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    assert_eq!(store.room(1).await.unwrap_err().hindrance(), "the store is read-only");
}

#[tokio::test]
async fn a_trial_for_room_leaves_nothing_behind_and_says_what_hinders_it() {
    let (path, folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    let names = || {
        let all = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = all.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    store.room(3 << 20).await.unwrap();
    assert_eq!(names(), before);
    assert_eq!(store.consumed().await.unwrap(), 0, "nothing was changed");
    // What stands in the way of the file shows, and is left alone.
    fs::create_dir(path.with_extension("db-room")).unwrap();
    let error = store.room(1).await.unwrap_err();
    assert!(!error.lacks_room(), "{error}");
    assert!(path.with_extension("db-room").is_dir());
}

#[tokio::test]
async fn a_lock_of_another_program_is_waited_for_then_named() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("PRAGMA busy_timeout = 1").await.unwrap();
    // Another program that knows nothing of our lock file.
    fs::remove_file(path.with_extension("db.lock")).unwrap();
    let other = Store::open(&path, Create::Never).await.unwrap();
    other.meddle("BEGIN IMMEDIATE").await.unwrap();
    let error = store.commit(&batch(2), sample::at(0)).await.unwrap_err();
    let expect = "unavailable: store `interlock.db` is locked by another program: try again";
    assert_eq!(told(&error, &path), expect);
    other.meddle("ROLLBACK").await.unwrap();
    store.commit(&batch(2), sample::at(0)).await.unwrap();
}

#[tokio::test]
async fn one_process_writes_others_read() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    let error = Store::open(&path, Create::IfMissing).await.unwrap_err();
    let expect = format!(
        "unavailable: store `interlock.db` is in use by process {}: stop it first, or only read",
        std::process::id()
    );
    assert_eq!(told(&error, &path), expect);
    let reader = Store::read(&path).await.unwrap();
    assert_eq!(reader.identities().await.unwrap().len(), 1);
    store.commit(&batch(2), sample::at(0)).await.unwrap();
    assert_eq!(reader.identities().await.unwrap().len(), 2);
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut bytes = Vec::new();
    reader.export(&mut bytes, &key, sample::at(1)).await.unwrap();
    assert_eq!(verify_export(&bytes[..], &key.verifying_key()).unwrap().entries, 4);
    let expect = "unavailable: store `interlock.db` is open for reading only, or closed";
    let error = reader.push(&[sample::inbound(1)]).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    let error = reader.commit(&batch(3), sample::at(0)).await.unwrap_err();
    assert_eq!(told(&error, &path), expect);
    store.close().await.unwrap();
    assert_eq!(reader.identities().await.unwrap().len(), 2);
    Store::open(&path, Create::Never).await.unwrap();
}

#[tokio::test]
async fn a_crash_while_making_a_store_leaves_room_for_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlock.db");
    fs::write(folder.path().join("interlock.db.new"), "half").unwrap();
    let store = Store::open(&path, Create::IfMissing).await.unwrap();
    store.commit(&batch(1), sample::at(0)).await.unwrap();
    assert!(!folder.path().join("interlock.db.new").exists());
}

#[tokio::test]
async fn a_chain_that_was_cut_in_the_file_is_seen_when_opened() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("DELETE FROM audit WHERE sequence = 1").await.unwrap();
    store.close().await.unwrap();
    let error = Store::open(&path, Create::Never).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    let reader = Store::read(&path).await.unwrap();
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut bytes = Vec::new();
    reader.export(&mut bytes, &key, sample::at(1)).await.unwrap();
    let error = verify_export(&bytes[..], &key.verifying_key()).unwrap_err();
    assert_eq!(error.to_string(), "line 3: audit entry 1: 2 entries were signed, 1 stand here");
}

#[tokio::test]
async fn a_chain_that_was_set_back_is_told_by_its_checkpoints() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    let key = SigningKey::from_bytes(&[7; 32]);
    store.sign_checkpoint(&key, sample::at(0)).await.unwrap();
    let set_back = "DELETE FROM audit WHERE sequence = 1; UPDATE house SET audit_entries = 1,
         audit_head = (SELECT body ->> '$.digest' FROM audit WHERE sequence = 0)";
    store.meddle(set_back).await.unwrap();
    let mut bytes = Vec::new();
    store.export(&mut bytes, &key, sample::at(1)).await.unwrap();
    let error = verify_export(&bytes[..], &key.verifying_key()).unwrap_err();
    assert_eq!(error.to_string(), "line 3: audit entry 1: 2 entries were signed, 1 stand here");
}

#[tokio::test]
async fn objects_of_a_newer_program_and_damaged_ones_are_told_apart() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.meddle("UPDATE identities SET version = 2").await.unwrap();
    let error = store.identities().await.unwrap_err();
    assert!(matches!(error, StoreError::TooNew { found: 2, supported: 1, .. }), "{error:?}");
    store.meddle("UPDATE identities SET version = 1, body = '{'").await.unwrap();
    let error = store.identities().await.unwrap_err();
    assert_eq!(told(&error, &path), "corrupt: a stored identity cannot be read");
}

/// Polls a future so many times and then lets it go, as a caller does who went away.
async fn abandon(future: impl Future, polls: usize) {
    let mut future = pin!(future);
    for _ in 0..polls {
        if poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn callers_who_go_away_leave_whole_batches_or_nothing() {
    for in_memory in [true, false] {
        let (path, _folder) = filled().await;
        let store = match in_memory {
            true => Store::in_memory().await.unwrap(),
            false => Store::open(&path, Create::Never).await.unwrap(),
        };
        store.commit(&batch(1), sample::at(0)).await.unwrap();
        let mut entries = store.audit_head().await.unwrap().entries;
        for polls in 0..150 {
            let number = u64::try_from(polls).unwrap() + 2;
            abandon(store.commit(&batch(number), sample::at(0)), polls).await;
            // Whether it was kept is known once the next one is through.
            let settled = store.commit(&batch(1), sample::at(0)).await.unwrap();
            let kept = store.identity(&sample::identity_id(number)).await.unwrap().is_some();
            assert_eq!(settled.entries, entries + if kept { 4 } else { 2 }, "after {polls} polls");
            entries = settled.entries;
        }
    }
}

#[tokio::test]
async fn a_state_that_is_given_up_midway_leaves_the_one_before() {
    for in_memory in [true, false] {
        let (path, _folder) = filled().await;
        let store = match in_memory {
            true => Store::in_memory().await.unwrap(),
            false => Store::open(&path, Create::Never).await.unwrap(),
        };
        let state = |number: u64| number.to_le_bytes().repeat(300);
        let (mut before, mut whole, mut polls) = (None, 0, 0);
        // Later and later, until some are whole: how many polls that takes depends on the disk.
        for number in 0..500 {
            polls += 1 + polls / 16;
            abandon(store.remember(number, &state(number)), polls).await;
            let kept = store.checkpoint().await.unwrap();
            // One that was given up while it was committed may be there a moment later, and is whole.
            let last = before.as_ref().map(|it: &Remembered| it.position);
            let new = kept.as_ref().filter(|it| Some(it.position) != last);
            if let Some(it) = new {
                assert!(last < Some(it.position) && it.position <= number, "after {polls} polls");
                assert!(it.state == state(it.position), "after {polls} polls");
                whole += 1;
            } else {
                assert!(kept == before, "after {polls} polls");
            }
            before = kept;
            if whole == 2 {
                break;
            }
        }
        assert_eq!(whole, 2, "none was ever whole");
        // What was left by all of them goes with the next one.
        store.remember(9_999, &[]).await.unwrap();
        let empty = Remembered { position: 9_999, state: Vec::new() };
        assert_eq!(store.checkpoint().await.unwrap(), Some(empty));
        let none_left = "CREATE TABLE none_left (pieces INTEGER CHECK (pieces = 0)) STRICT;
             INSERT INTO none_left SELECT count(*) FROM pieces";
        store.meddle(none_left).await.unwrap();
    }
}

#[tokio::test]
async fn states_at_the_same_time_are_kept_one_after_the_other() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    let mut keeping = tokio::task::JoinSet::new();
    for number in 0..9_u8 {
        let store = store.clone();
        keeping.spawn(async move { store.remember(1, &[number; 9000]).await.unwrap() });
    }
    keeping.join_all().await;
    let kept = store.checkpoint().await.unwrap().unwrap().state;
    assert!(kept.len() == 9000 && kept.iter().all(|it| Some(it) == kept.first()));
}

#[tokio::test]
async fn a_state_without_one_of_its_pieces_is_named() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    store.remember(1, &[7; 9000]).await.unwrap();
    store.meddle("DELETE FROM pieces WHERE number = 3").await.unwrap();
    let error = store.checkpoint().await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_pusher_who_goes_away_leaves_the_others_served() {
    let (path, _folder) = filled().await;
    let store = Store::open(&path, Create::Never).await.unwrap();
    for polls in 0..150 {
        let before = store.push(&[]).await.unwrap();
        let many: Vec<_> = (0..150).map(sample::inbound).collect();
        let mine = [sample::inbound(7777)];
        let empty = Batch::default();
        // Both wait behind the commit, so that the first writes for both.
        let (_, (), kept) = tokio::join!(
            store.commit(&empty, sample::at(0)),
            abandon(store.push(&many), polls),
            store.push(&mine)
        );
        let kept = kept.unwrap();
        assert!(kept > before);
        let stored = store.pending(kept - 1, 1).await.unwrap();
        assert_eq!(stored[0].record, 7777, "after {polls} polls");
    }
}
