//! A database server on its fake: one account with two sessions and a password in a delivery file.

use super::{Bench, Trouble};
use crate::Secret;
use crate::broker::Broker;
use crate::database::fake::{Accounts, Fake, FakeAccount};
use crate::database::{Account, Database, Parts, Reach, Tls, Words, assemble};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Digest, Intent, Operation, Principal, Target,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A server of one kind, and what its account is like before anything happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub parts: Parts,
    pub words: &'static Words,
    /// The account that is aimed at.
    pub name: &'static str,
    /// Its settings, and for each a value that is neither this nor the wanted one, where there is one.
    pub settings: &'static [(&'static str, &'static str, Option<&'static str>)],
    /// The setting that each action changes.
    pub changes: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
struct OfDatabase {
    kind: Kind,
    fake: Arc<Fake>,
    connector: Database,
    folder: tempfile::TempDir,
}

/// A fresh server.
pub(super) fn fresh(kind: Kind) -> Box<dyn Bench> {
    let folder = tempfile::tempdir().unwrap();
    let account = FakeAccount {
        listed: Account {
            settings: kind.settings.iter().map(|it| (it.0, it.1.to_owned())).collect(),
            open: true,
            others: vec!["other".to_owned()],
            ..Account::default()
        },
        password: Secret::new("correct horse battery staple"),
        sessions: vec![10, 20],
    };
    let accounts: Accounts = BTreeMap::from([(kind.name.to_owned(), account)]);
    let fake = Arc::new(Fake::new(kind.words, accounts));
    let reach = Reach {
        host: "localhost".into(),
        port: 1,
        database: "main".into(),
        user: "interlock".into(),
        password: None,
        tls: Tls::Off,
        delivery: Some(folder.path().join("{name}.json")),
        deliveries: Default::default(),
    };
    let id = ConnectorId("database-fake".into());
    let connector = assemble(kind.parts, id, None, reach, Arc::<Fake>::clone(&fake) as _);
    Box::new(OfDatabase { kind, fake, connector, folder })
}

impl OfDatabase {
    fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|it| it.unwrap().path())
            .map(|it| (it.display().to_string(), std::fs::read_to_string(it).unwrap()))
            .collect();
        files.sort();
        files
    }
}

impl Bench for OfDatabase {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new(self.kind.words.provider, self.kind.name);
        let target = match action.target {
            TargetKind::Credential(provider, kind)
            | TargetKind::CredentialNamed(provider, kind, _) => Target::Credential {
                principal,
                credential: CredentialRef::new(provider, kind, self.kind.name),
            },
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let accounts: Vec<_> = self
            .fake
            .accounts()
            .into_iter()
            .map(|(name, it)| {
                let password = Digest::of(it.password.expose().as_bytes()).short();
                (name, it.listed.settings, it.sessions, password)
            })
            .collect();
        let files: Vec<_> = self
            .files()
            .into_iter()
            .map(|(path, text)| (path, Digest::of(text.as_bytes()).short()))
            .collect();
        format!("{accounts:#?}\n{files:#?}")
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.fake.trouble(operation, trouble);
    }

    fn lag(&self, reads: usize) {
        self.fake.lag(reads);
    }

    fn drift(&self, action: &ActionSpec) -> bool {
        if action.delivery.is_some() {
            std::fs::write(
                self.folder.path().join(format!("{}.json", self.kind.name)),
                "another's",
            )
            .unwrap();
            return true;
        }
        let changed = self.kind.changes.iter().find(|it| it.0 == action.name).map(|it| it.1);
        let third = self.kind.settings.iter().find(|it| Some(it.0) == changed);
        // Sessions are open or not, and some settings are on or off: there is no third state.
        let Some((setting, _, Some(third))) = third else { return false };
        self.fake.change(|accounts| {
            let settings = &mut accounts.get_mut(self.kind.name).unwrap().listed.settings;
            *settings.get_mut(setting).unwrap() = (*third).to_owned();
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        let accounts = self.fake.accounts().into_values();
        let mut secrets: Vec<String> = accounts.map(|it| it.password.expose().to_owned()).collect();
        for (path, text) in self.files() {
            if text == "another's" {
                continue;
            }
            let key = Broker::delivered_key(std::path::Path::new(&path)).unwrap().unwrap();
            secrets.push(key.secret.expose().to_owned());
        }
        secrets
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        let provider = self.kind.words.provider;
        BTreeSet::from([CredentialRef::new(provider, CredentialKind::Password, self.kind.name)])
    }
}
