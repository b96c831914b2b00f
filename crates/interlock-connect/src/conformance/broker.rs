//! The broker in memory: client `deploy` with a delivered key and two live tokens.

use super::drive::noon;
use super::{Bench, Trouble};
use crate::broker::fake::Fake;
use crate::broker::{Broker, BrokerConnector, ClientConfig, TokenLife};
use interlock_contain::{ActionSpec, Connector, TargetKind};
use interlock_model::{
    ConnectorId, CredentialRef, Digest, Intent, Operation, Origin, Principal, Target,
};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

const CLIENT: &str = "deploy";

#[derive(Debug)]
struct OfBroker {
    broker: Broker,
    fake: Arc<Fake>,
    connector: BrokerConnector,
    key: CredentialRef,
    tokens: Vec<String>,
    folder: tempfile::TempDir,
}

/// A fresh broker.
pub(super) fn fresh() -> Box<dyn Bench> {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::in_memory(TokenLife::default());
    let delivery = Some(folder.path().join("key.json"));
    broker.register(&ClientConfig { name: CLIENT.to_owned(), delivery }).unwrap();
    let earlier = noon().checked_sub(SignedDuration::from_mins(5)).unwrap();
    let key = broker.enrol_delivered(CLIENT, earlier).unwrap();
    let delivered = Broker::delivered_key(&folder.path().join("key.json")).unwrap().unwrap();
    let issue = || {
        let origin = Origin::default();
        let issued = broker.issue(key.id(), &delivered.secret, earlier, &origin).unwrap();
        issued.token.expose().to_owned()
    };
    let tokens = vec![issue(), issue()];
    let fake = Arc::new(Fake::new(broker.clone()));
    let desk = Arc::<Fake>::clone(&fake);
    let connector =
        BrokerConnector::new(ConnectorId("broker-fake".into()), desk, Default::default());
    Box::new(OfBroker { broker, fake, connector, key, tokens, folder })
}

impl OfBroker {
    /// The files beside the broker, with their content.
    fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|it| it.unwrap().path())
            .map(|it| (it.clone(), std::fs::read_to_string(it).unwrap()))
            .collect();
        files.sort();
        files
    }
}

impl Bench for OfBroker {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let principal = Principal::new("broker", CLIENT);
        let target = match action.target {
            TargetKind::Credential(..) | TargetKind::CredentialNamed(..) => {
                Target::Credential { principal, credential: self.key.clone() }
            }
            TargetKind::Principal(..) => Target::Principal { principal },
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        let files: Vec<_> = self
            .files()
            .into_iter()
            .map(|(path, text)| (path, Digest::of(text.as_bytes()).short()))
            .collect();
        format!("{:#?}\n{files:#?}", self.broker.state())
    }

    fn writes(&self) -> Vec<Operation> {
        self.fake.writes()
    }

    fn trouble(&self, operation: Operation, trouble: Trouble) {
        self.fake.trouble(operation, trouble);
    }

    /// The broker promises that there is none.
    fn lag(&self, _reads: usize) {}

    fn drift(&self, action: &ActionSpec) -> bool {
        match action.name {
            "broker.revoke_tokens" => self.fake.revoked_by_another(CLIENT, noon()),
            "broker.issue_key" => {
                self.broker.enrol(CLIENT, noon()).unwrap();
            }
            // Open or blocked, active or disabled, there or not: there is no third state.
            _ => return false,
        }
        true
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = self.tokens.clone();
        for (path, _) in self.files() {
            let key = Broker::delivered_key(&path).unwrap().unwrap();
            secrets.push(key.secret.expose().to_owned());
        }
        secrets
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        self.broker.keys(CLIENT).into_iter().collect()
    }
}
