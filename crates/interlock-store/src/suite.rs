//! The one suite: laws of the memory, run on every registered backend.
//!
//! A backend that is added to the registry gets a place in [`fresh`] and is tested without further work.

use crate::verify::verify_export;
use crate::{
    BACKENDS, BackendSpec, CaseFilter, Create, Cursor, FindingFilter, Forget, Notice, Remembered,
    Store, StoreError, sample,
};
use ed25519_dalek::SigningKey;
use interlock_model::{Batch, Change, ConnectorId, Digest, Identity, Inbound, Principal};
use proptest::prelude::*;
use tempfile::TempDir;

/// An empty memory of this backend; the folder must outlive it.
async fn fresh(backend: &BackendSpec) -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let location = match backend.name {
        "sqlite" => folder.path().join("interlock.db").display().to_string(),
        "sqlite_memory" => String::new(),
        other => panic!("say where an empty `{other}` is to be found"),
    };
    (backend.open(&location, Create::IfMissing).await.unwrap(), folder)
}

/// Runs a law on every backend.
fn on_every<F: Future<Output = ()>>(law: impl Fn(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        for backend in BACKENDS {
            let (store, _folder) = fresh(backend).await;
            law(store).await;
        }
    });
}

fn batch(changes: Vec<Change>) -> Batch {
    Batch { changes, ..Batch::default() }
}

/// One change of every kind that replaces or stays, from a number.
fn change(kind: u8, number: u64) -> Change {
    match kind % 9 {
        0 => Change::Identity { identity: sample::identity(number) },
        1 => Change::Finding { finding: sample::finding(number) },
        2 => Change::Case { case: sample::case(number, &[number, number + 1]) },
        3 => Change::Decision { decision: sample::decision(number, number % 3) },
        4 => Change::Rejected { rejected: sample::rejected(number) },
        6 => Change::Inventory { item: Box::new(sample::item(number)) },
        7 => Change::Discovery { discovery: Box::new(sample::discovery(number)) },
        5 => Change::Drill { drill: sample::drill(number.cast_signed()) },
        _ => Change::Notice {
            containment: Some(sample::containment_id(number % 3)),
            to: "security".to_owned(),
            text: format!("notice {number}"),
            time: sample::at(number.cast_signed()),
        },
    }
}

/// Everything that can be read, as text.
async fn everything(store: &Store) -> String {
    let mut text = String::new();
    let mut add = |part: &dyn std::fmt::Debug| text.push_str(&format!("{part:#?}\n"));
    add(&store.identities().await.unwrap());
    add(&store.findings(FindingFilter::newest(1000)).await.unwrap());
    add(&store.cases(CaseFilter::newest(1000)).await.unwrap());
    for case in 0..3 {
        let case = sample::case_id(case);
        add(&store.decisions(&case).await.unwrap());
        let filter = FindingFilter { case: Some(case), ..FindingFilter::newest(1000) };
        add(&store.findings(filter).await.unwrap());
    }
    add(&store.journals().await.unwrap());
    add(&store.containments().await.unwrap());
    add(&store.rejected(1000).await.unwrap());
    add(&store.drills().await.unwrap());
    add(&store.inventory(None, 1000).await.unwrap());
    add(&store.discoveries().await.unwrap());
    for identity in 0..3 {
        add(&store.history(&sample::identity_id(identity)).await.unwrap());
    }
    add(&store.notices(None, 1000).await.unwrap());
    add(&store.checkpoint().await.unwrap());
    add(&store.consumed().await.unwrap());
    add(&store.counts().await.unwrap());
    add(&store.audit_entries(0, 1000).await.unwrap());
    add(&store.pending(0, 1000).await.unwrap());
    add(&store.cursors("files").await.unwrap());
    text
}

async fn verifies(store: &Store) -> u64 {
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut bytes = Vec::new();
    store.export(&mut bytes, &key, sample::at(0)).await.unwrap();
    verify_export(&bytes[..], &key.verifying_key()).unwrap().entries
}

#[test]
fn an_empty_memory_answers_everything() {
    on_every(|store| async move {
        assert_eq!(store.counts().await.unwrap(), crate::Counts::default());
        assert_eq!(store.checkpoint().await.unwrap(), None);
        assert_eq!(store.consumed().await.unwrap(), 0);
        assert_eq!(store.case(&sample::case_id(1)).await.unwrap(), None);
        assert_eq!(store.audit_head().await.unwrap().head, Digest::ZERO);
        assert_eq!(verifies(&store).await, 0);
    });
}

#[test]
fn what_is_committed_is_read_back() {
    on_every(|store| async move {
        let changes = (0..9).map(|kind| change(kind, 1)).collect();
        store.commit(&batch(changes), sample::at(0)).await.unwrap();
        let one = sample::identity(1);
        assert_eq!(store.identity(&one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(store.identities().await.unwrap(), [one]);
        let one = sample::finding(1);
        assert_eq!(store.finding(&one.id).await.unwrap(), Some(one));
        let one = sample::case(1, &[1, 2]);
        assert_eq!(store.case(&one.id).await.unwrap(), Some(one));
        let one = sample::decision(1, 1);
        assert_eq!(store.decision(&one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(store.decisions(&one.case).await.unwrap(), [one]);
        assert_eq!(store.rejected(10).await.unwrap(), [sample::rejected(1)]);
        assert_eq!(store.drills().await.unwrap(), [sample::drill(1)]);
        let notice = Notice {
            containment: Some(sample::containment_id(1)),
            to: "security".to_owned(),
            text: "notice 1".to_owned(),
            time: sample::at(1),
        };
        assert_eq!(store.notices(notice.containment.as_ref(), 10).await.unwrap(), [notice]);
        assert_eq!(store.notices(Some(&sample::containment_id(2)), 10).await.unwrap(), []);
        let (first, found) = store.notices_after(0, 10).await.unwrap().pop().unwrap();
        assert_eq!(found.text, "notice 1");
        assert_eq!(store.notices_after(first, 10).await.unwrap(), []);
    });
}

#[test]
fn findings_are_filtered_and_paged_newest_first() {
    on_every(|store| async move {
        let mut changes: Vec<_> = (0..10).map(|it| change(1, it)).collect();
        changes.push(Change::Case { case: sample::case(1, &[2, 3]) });
        store.commit(&batch(changes), sample::at(0)).await.unwrap();
        let list = async |filter: FindingFilter| -> Vec<String> {
            let found = store.findings(filter).await.unwrap();
            found.iter().map(|it| it.id.to_string()).collect()
        };
        let newest = FindingFilter::newest;
        assert_eq!(list(newest(3)).await, ["fnd_9", "fnd_8", "fnd_7"]);
        let before = Some(sample::finding_id(7));
        assert_eq!(list(FindingFilter { before, ..newest(2) }).await, ["fnd_6", "fnd_5"]);
        let case = Some(sample::case_id(1));
        assert_eq!(list(FindingFilter { case, ..newest(9) }).await, ["fnd_3", "fnd_2"]);
        let identity = Some(sample::identity_id(0));
        let rule = Some("first_seen_origin".to_owned());
        let both = FindingFilter { identity, rule, ..newest(9) };
        assert_eq!(list(both.clone()).await, ["fnd_6", "fnd_0"]);
        let before = Some(sample::finding_id(6));
        assert_eq!(list(FindingFilter { before, ..both }).await, ["fnd_0"]);
        let before = Some(sample::finding_id(99));
        assert_eq!(list(FindingFilter { before, ..newest(9) }).await, [""; 0]);
    });
}

#[test]
fn what_connectors_saw_is_read_in_parts() {
    on_every(|store| async move {
        let changes = (0..7).map(|number| {
            let mut item = Box::new(sample::item(number));
            item.connector = ConnectorId(format!("c{}", number % 2).into());
            item.seen.principal = Principal::new("postgresql", &format!("role{number}"));
            Change::Inventory { item }
        });
        let changes = changes.collect();
        store.commit(&batch(changes), sample::at(0)).await.unwrap();
        let whole = store.inventory(None, 1_000).await.unwrap();
        assert_eq!(whole.len(), 7);
        for size in [1, 3, 7, 8] {
            let (mut parts, mut last) = (Vec::new(), None);
            loop {
                let part = store.inventory(last.as_ref(), size).await.unwrap();
                assert!(part.len() <= size);
                let Some(after) = part.last().cloned() else { break };
                last = Some(after);
                parts.extend(part);
            }
            assert_eq!(parts, whole, "{size} at a time");
        }
    });
}

#[test]
fn cases_are_filtered_last_updated_first() {
    on_every(|store| async move {
        let mut closed = sample::case(4, &[]);
        closed.state = interlock_model::CaseState::Closed { by: "mira".into(), why: "ok".into() };
        let mut changes: Vec<_> =
            (1..4).map(|it| Change::Case { case: sample::case(it, &[]) }).collect();
        changes.push(Change::Case { case: closed });
        store.commit(&batch(changes), sample::at(0)).await.unwrap();
        let list = async |filter: CaseFilter| -> Vec<String> {
            let found = store.cases(filter).await.unwrap();
            found.iter().map(|it| it.id.to_string()).collect()
        };
        let newest = CaseFilter::newest;
        assert_eq!(list(newest(2)).await, ["cas_4", "cas_3"]);
        let open = CaseFilter { open: Some(true), ..newest(9) };
        assert_eq!(list(open).await, ["cas_3", "cas_2", "cas_1"]);
        let identity = Some(sample::identity_id(1));
        assert_eq!(list(CaseFilter { identity, ..newest(9) }).await, ["cas_4", "cas_1"]);
        assert_eq!(store.counts().await.unwrap().open_cases, 3);
    });
}

#[test]
fn the_same_again_changes_nothing_but_the_chain() {
    on_every(|store| async move {
        let changes: Vec<_> = (0..9).map(|kind| change(kind, 1)).collect();
        store.commit(&batch(changes.clone()), sample::at(0)).await.unwrap();
        let before = everything(&store).await;
        store.commit(&batch(changes), sample::at(1)).await.unwrap();
        assert_eq!(everything(&store).await, before);
    });
}

/// Commits that must be refused, and leave nothing behind.
async fn refused(store: &Store, changes: Vec<Change>, expect: &str) {
    let before = everything(store).await;
    let mut all: Vec<_> = (0..9).map(|kind| change(kind, 50)).collect();
    all.extend(changes);
    let refused = Batch { changes: all, audit: vec![sample::audit(1)], consumed: Some(99) };
    let error = store.commit(&refused, sample::at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert!(error.to_string().contains(expect), "{error}");
    assert_eq!(everything(store).await, before, "half a batch was left behind");
}

#[test]
fn a_journal_has_one_entry_at_a_position_and_no_gap() {
    on_every(|store| async move {
        let entry = |it| Change::Journal { entry: sample::entry(1, it) };
        store.commit(&batch(vec![entry(0), entry(1)]), sample::at(0)).await.unwrap();
        let journal = [sample::entry(1, 0), sample::entry(1, 1)];
        assert_eq!(store.journal(&sample::containment_id(1)).await.unwrap(), journal);
        assert_eq!(store.containments().await.unwrap(), [sample::containment_id(1)]);
        refused(&store, vec![entry(1)], "`cnt_1` goes on at 2, not at 1").await;
        refused(&store, vec![entry(3)], "`cnt_1` goes on at 2, not at 3").await;
        refused(&store, vec![entry(2), entry(2)], "`cnt_1` goes on at 3, not at 2").await;
    });
}

#[test]
fn many_identities_at_once_are_kept_like_one_after_the_other() {
    on_every(|store| async move {
        let named = |number: u64, name: &str| {
            let identity = Identity { name: name.to_owned(), ..sample::identity(number) };
            Change::Identity { identity }
        };
        let mut all: Vec<_> = (0..250).map(|it| named(it, "first")).collect();
        all.insert(120, change(5, 1));
        store.commit(&batch(all), sample::at(1)).await.unwrap();
        // The same again, but for two that changed, one of them twice: the last one counts.
        let mut all: Vec<_> = (0..250).map(|it| named(it, "first")).collect();
        all[7] = named(7, "second");
        all.extend([named(8, "passing"), named(8, "second")]);
        store.commit(&batch(all), sample::at(2)).await.unwrap();
        let cases: [(u64, &[&str]); 3] =
            [(6, &["first"]), (7, &["first", "second"]), (8, &["first", "second"])];
        for (number, expected) in cases {
            let id = sample::identity_id(number);
            let history = store.history(&id).await.unwrap();
            let names: Vec<_> = history.iter().map(|(_, it)| it.name.as_str()).collect();
            assert_eq!(names, expected, "{number}");
            let kept = store.identity(&id).await.unwrap().unwrap();
            assert_eq!(Some(kept.name.as_str()), names.last().copied());
        }
        assert_eq!(store.counts().await.unwrap().identities, 250);
        assert_eq!(store.history(&sample::identity_id(249)).await.unwrap().len(), 1);
    });
}

#[test]
fn a_decision_is_never_edited() {
    on_every(|store| async move {
        store.commit(&batch(vec![change(3, 1)]), sample::at(0)).await.unwrap();
        let mut decision = sample::decision(1, 1);
        decision.verdict = interlock_model::Verdict::Act;
        refused(&store, vec![Change::Decision { decision }], "`dec_1` fell already").await;
    });
}

#[test]
fn an_older_epoch_commits_no_more() {
    on_every(|store| async move {
        assert_eq!(store.acquire_epoch("run-1").await.unwrap(), 1);
        store.commit(&batch(vec![change(0, 1)]), sample::at(0)).await.unwrap();
        let other = store.other_run();
        refused(&other, vec![], "epoch 1 of run `run-1`, this is epoch 0").await;
        store.remember(7, b"first").await.unwrap();
        let error = other.remember(8, b"other").await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
        let first = Remembered { position: 7, state: b"first".to_vec() };
        assert_eq!(store.checkpoint().await.unwrap(), Some(first));
        assert_eq!(other.acquire_epoch("run-2").await.unwrap(), 2);
        refused(&store, vec![], "epoch 2 of run `run-2`, this is epoch 1").await;
        other.commit(&batch(vec![change(0, 2)]), sample::at(0)).await.unwrap();
        store.push(&[sample::inbound(1)]).await.unwrap();
    });
}

#[test]
fn the_inbox_keeps_order_and_never_reuses_a_position() {
    on_every(|store| async move {
        assert_eq!(store.push(&[]).await.unwrap(), 0);
        let many: Vec<_> = (0..250).map(sample::inbound).collect();
        assert_eq!(store.push(&many).await.unwrap(), 250);
        let stored = |it: u64| Inbound { position: it + 1, ..sample::inbound(it) };
        assert_eq!(store.pending(0, 2).await.unwrap(), [stored(0), stored(1)]);
        assert_eq!(store.pending(248, 9).await.unwrap(), [stored(248), stored(249)]);
        assert_eq!(store.trim(250).await.unwrap(), 0, "no watch state covers anything yet");
        store.remember(250, &[1, 2, 3]).await.unwrap();
        assert_eq!(store.trim(100).await.unwrap(), 0, "what came together goes together");
        assert_eq!(store.pending(100, 1).await.unwrap(), [stored(100)]);
        assert_eq!(store.trim(200).await.unwrap(), 200);
        assert_eq!(store.trim(999).await.unwrap(), 50);
        assert_eq!(store.pending(0, 9).await.unwrap(), []);
        assert_eq!(store.push(&[]).await.unwrap(), 250);
        assert_eq!(store.push(&many[..1]).await.unwrap(), 251);
        assert_eq!(store.trim(999).await.unwrap(), 0, "not covered");
        let expected = Remembered { position: 250, state: vec![1, 2, 3] };
        assert_eq!(store.checkpoint().await.unwrap(), Some(expected));
        assert_eq!(store.consumed().await.unwrap(), 250);
    });
}

#[test]
fn consumed_only_grows() {
    on_every(|store| async move {
        for (consumed, expected) in [(Some(5), 5), (None, 5), (Some(3), 5), (Some(9), 9)] {
            let batch = Batch { consumed, ..Batch::default() };
            store.commit(&batch, sample::at(0)).await.unwrap();
            assert_eq!(store.consumed().await.unwrap(), expected);
        }
    });
}

#[test]
fn pushes_at_the_same_time_are_all_kept() {
    on_every(|store| async move {
        let mut pushing = tokio::task::JoinSet::new();
        for caller in 0..40_u64 {
            let store = store.clone();
            pushing.spawn(async move {
                let mine: Vec<_> = (0..3).map(|it| sample::inbound(caller * 3 + it)).collect();
                (caller, store.push(&mine).await.unwrap())
            });
        }
        let answers = pushing.join_all().await;
        let kept = store.pending(0, 1000).await.unwrap();
        assert_eq!(kept.len(), 120);
        for (caller, last) in answers {
            let end = usize::try_from(last).unwrap();
            let records: Vec<_> = kept[end - 3..end].iter().map(|it| it.record).collect();
            assert_eq!(records, [caller * 3, caller * 3 + 1, caller * 3 + 2]);
        }
    });
}

#[test]
fn the_chain_grows_with_the_batch_and_is_signed() {
    on_every(|store| async move {
        let key = SigningKey::from_bytes(&[7; 32]);
        let first = store.sign_checkpoint(&key, sample::at(0)).await.unwrap();
        assert_eq!(first.entries, 0);
        for number in 0..5 {
            let audit = vec![sample::audit(number), sample::audit(number + 1)];
            let batch = Batch { audit, ..Batch::default() };
            let committed = store.commit(&batch, sample::at(number.cast_signed())).await.unwrap();
            assert_eq!(committed.entries, number * 2 + 2);
            assert_eq!(store.audit_head().await.unwrap(), committed);
            if number % 2 == 0 {
                store.sign_checkpoint(&key, sample::at(9)).await.unwrap();
            }
        }
        store.sign_checkpoint(&key, sample::at(10)).await.unwrap();
        let covered: Vec<_> =
            store.checkpoints().await.unwrap().iter().map(|it| (it.entries, it.time)).collect();
        let nine = sample::at(9);
        assert_eq!(covered, [(0, sample::at(0)), (2, nine), (6, nine), (10, nine)]);
        let page = store.audit_entries(3, 2).await.unwrap();
        assert_eq!(page.iter().map(|it| it.sequence).collect::<Vec<_>>(), [3, 4]);
        let mut bytes = Vec::new();
        let exported = store.export(&mut bytes, &key, sample::at(11)).await.unwrap();
        let verified = verify_export(&bytes[..], &key.verifying_key()).unwrap();
        assert_eq!((exported.entries, exported.checkpoints), (10, 4));
        assert_eq!((verified.entries, verified.checkpoints), (10, 4));
        assert_eq!((verified.head, verified.signed), (exported.head, sample::at(11)));
    });
}

#[test]
fn a_long_chain_is_exported_page_by_page() {
    on_every(|store| async move {
        let audit = (0..2500).map(sample::audit).collect();
        store.commit(&Batch { audit, ..Batch::default() }, sample::at(0)).await.unwrap();
        assert_eq!(verifies(&store).await, 2500);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same batches give the same reads on every backend, also after opening again.
    #[test]
    fn every_backend_remembers_the_same(
        batches in proptest::collection::vec(
            (proptest::collection::vec((0..10_u8, 0..6_u64), 0..5), 0..3_u64), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut reads = Vec::new();
            for backend in BACKENDS {
                let (mut store, folder) = fresh(backend).await;
                for (index, (changes, audit)) in (0_u64..).zip(&batches) {
                    for (_, number) in changes.iter().filter(|it| it.0 == 9) {
                        let length = usize::try_from(*number).unwrap() * 700;
                        store.remember(*number, &vec![7; length]).await.unwrap();
                    }
                    let mut next = store.journals().await.unwrap();
                    let mut changes: Vec<_> = changes
                        .iter()
                        .filter(|it| it.0 != 9)
                        .map(|(kind, number)| match kind {
                            7 => {
                                let journal = next.entry(sample::containment_id(*number)).or_default();
                                let at = u32::try_from(journal.len()).unwrap();
                                journal.push(sample::entry(*number, at));
                                Change::Journal { entry: sample::entry(*number, at) }
                            }
                            kind => change(*kind, *number),
                        })
                        .collect();
                    changes.truncate(5);
                    let audit = (0..*audit).map(sample::audit).collect();
                    store.push(&[sample::inbound(index)]).await.unwrap();
                    let batch = Batch { changes, audit, consumed: Some(index) };
                    store.commit(&batch, sample::at(index.cast_signed())).await.unwrap();
                }
                verifies(&store).await;
                reads.push(everything(&store).await);
                store.close().await.unwrap();
                if backend.lasting {
                    let location = folder.path().join("interlock.db");
                    store = backend.open(&location.display().to_string(), Create::Never).await.unwrap();
                    reads.push(everything(&store).await);
                }
            }
            prop_assert!(reads.windows(2).all(|pair| pair[0] == pair[1]), "{:#?}", batches);
            Ok(())
        })?;
    }
}

#[test]
fn a_cursor_moves_with_its_records_and_the_same_one_brings_nothing_twice() {
    on_every(|store| async move {
        let cursor = |part: &str, state: &str, second| Cursor {
            feed: "files".into(),
            part: part.into(),
            state: state.into(),
            time: sample::at(second),
        };
        let many: Vec<_> = (0..250).map(sample::inbound).collect();
        let (first, second) = (cursor("a", "100", 1), cursor("a", "200", 2));
        assert_eq!(store.push_from(&many[..100], &first).await.unwrap(), Some(100));
        assert_eq!(
            store.push_from(&many[..100], &first).await.unwrap(),
            None,
            "the answer was lost"
        );
        assert_eq!(store.push_from(&many[100..], &second).await.unwrap(), Some(250));
        assert_eq!(store.push_from(&[], &cursor("b", "0", 3)).await.unwrap(), Some(250));
        assert_eq!(store.push(&[]).await.unwrap(), 250);
        let (b, other) = (cursor("b", "0", 3), Cursor { feed: "x".into(), ..cursor("a", "9", 1) });
        store.push_from(&[], &other).await.unwrap();
        assert_eq!(store.cursors("files").await.unwrap(), [second.clone(), b.clone()]);
        assert_eq!(store.cursor("files", "a").await.unwrap(), Some(second));
        assert_eq!(store.cursor("files", "c").await.unwrap(), None);
        let before = Forget::Before(sample::at(3));
        assert_eq!(store.forget_cursors("files", before).await.unwrap(), 1);
        assert_eq!(store.cursors("files").await.unwrap(), [b]);
        assert_eq!(store.forget_cursors("files", Forget::Part("b")).await.unwrap(), 1);
        assert_eq!(store.cursors("x").await.unwrap(), [other]);
    });
}
