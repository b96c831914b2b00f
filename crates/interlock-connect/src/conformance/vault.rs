//! Vault on its fake: an entity with a token, leases, a secret id and a static role.

use super::postbox::{Delivered, Postbox};
use super::served::{Asked, Served, Serving};
use super::{Bench, Trouble};
use crate::Secret;
use crate::delivery::Deliveries;
use crate::http_json::Token;
use crate::vault::fake::{ENTITY, Server};
use crate::vault::{Vault, VaultConfig, operation as op};
use interlock_contain::{ActionSpec, Connector};
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Intent, Operation, Principal, Target,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The connector's own token, which must show nowhere.
pub(crate) const TOKEN: &str = "planted-token-of-the-connector";

impl Served for Server {
    fn operation(&self, asked: &Asked) -> (Operation, bool) {
        let path = asked.path.trim_start_matches("v1/");
        let has = |it: &str| path.contains(it);
        let posted = asked.method == "POST";
        let last = path.rsplit('/').next().unwrap();
        match last {
            "lookup-self" => (op::READ_SELF, false),
            "lookup-accessor" => (op::LOOKUP_TOKEN, false),
            "revoke-accessor" => (op::REVOKE_TOKEN, true),
            "accessors" => (op::LIST_TOKENS, false),
            "capabilities-self" => (Operation("capabilities"), false),
            "secret-id" if posted => (op::MAKE_SECRET_ID, true),
            "secret-id" => (op::LIST_SECRET_IDS, false),
            "role" => (op::LIST_ROLES, false),
            "destroy" => (op::DESTROY_SECRET_ID, true),
            "lookup" if has("secret-id-accessor") => (op::LOOKUP_SECRET_ID, false),
            "lookup" if posted => (op::LOOKUP_LEASE, false),
            "revoke" => (op::REVOKE_LEASE, true),
            "id" => (op::LIST_ENTITIES, false),
            _ if has("policies/acl") => (op::READ_POLICY, false),
            _ if has("audit-hash") => (op::HASH, false),
            _ if has("revoke-prefix") => (op::REVOKE_PREFIX, true),
            _ if has("leases/lookup") => (op::LIST_LEASES, false),
            _ if has("rotate-role") => (op::ROTATE, true),
            _ if has("static-roles") => (op::READ_STATIC_ROLE, false),
            _ if posted => (op::SET_ENTITY, true),
            _ => (op::READ_ENTITY, false),
        }
    }

    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        let listed = asked.query.get("list").is_some_and(|it| it == "true");
        Self::answer(self, &asked.method, &asked.path, listed, &asked.body)
    }
}

#[derive(Debug)]
struct OfVault {
    fake: Arc<Serving<Server>>,
    connector: Vault,
}

pub(crate) fn config() -> VaultConfig {
    VaultConfig {
        id: ConnectorId("vault".into()),
        endpoint: "https://vault.example.com".to_owned(),
        token: Token::Given(Secret::new(TOKEN)),
        authorities: None,
        namespace: Some("team-a".to_owned()),
        audit_device: Some("file".to_owned()),
        approle_mounts: vec!["approle".to_owned()],
        database_mounts: vec!["database".to_owned()],
        deliveries: Deliveries::default(),
        settle: None,
    }
}

/// A connector at this server.
pub(crate) fn at(config: VaultConfig, server: Server) -> (Arc<Serving<Server>>, Vault) {
    let fake = Arc::new(Serving::new(server));
    let connector = Vault::over(config, Arc::<Serving<Server>>::clone(&fake));
    (fake, connector)
}

/// A fresh server.
pub(super) fn fresh() -> Box<dyn Bench> {
    let postbox = Postbox::default();
    let config = VaultConfig { deliveries: postbox.deliveries("vault"), ..config() };
    let (fake, connector) = at(config, Server::small());
    let has = |it: &OfVault| {
        let ids = it.fake.state().secret_ids["approle/ci"].clone();
        let of = |it: &String| CredentialRef::new("vault", CredentialKind::Password, it);
        ids.iter().map(of).collect()
    };
    Box::new(Delivered { bench: OfVault { fake, connector }, postbox, has })
}

impl Bench for OfVault {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn aim(&self, action: &ActionSpec) -> Intent {
        let entity = format!("entity/{ENTITY}");
        let of = |name: &str, kind, id: &str| Target::Credential {
            principal: Principal::new("vault", name),
            credential: CredentialRef::new("vault", kind, id),
        };
        let on = |name: &str| Target::Principal { principal: Principal::new("vault", name) };
        let target = match action.write {
            op::REVOKE_TOKEN => of(&entity, CredentialKind::Token, "acc-1"),
            op::REVOKE_LEASE => {
                of(&entity, CredentialKind::Password, "database/creds/readonly/aaaa")
            }
            op::DESTROY_SECRET_ID | op::MAKE_SECRET_ID => {
                of("approle/ci", CredentialKind::Password, "84896a0c-1347-aa90-a4f6-aca8b7558780")
            }
            op::ROTATE => of("app", CredentialKind::Password, "database/static-creds/app"),
            op::REVOKE_PREFIX => on("database/creds/readonly"),
            _ => on(&entity),
        };
        Intent { kind: action.kind, target }
    }

    fn state(&self) -> String {
        // An accessor is never given twice: how many were made stays.
        let state = Server { made: 0, ..self.fake.state() };
        format!("{state:#?}")
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

    /// Most of it is in force or is not: only a prefix has more states.
    fn drift(&self, action: &ActionSpec) -> bool {
        if action.write != op::REVOKE_PREFIX {
            return false;
        }
        self.fake.change(|it| {
            it.leases.insert("database/creds/readonly/new".to_owned(), "acc-1".to_owned());
        });
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    fn credentials(&self) -> BTreeSet<CredentialRef> {
        BTreeSet::new()
    }
}
