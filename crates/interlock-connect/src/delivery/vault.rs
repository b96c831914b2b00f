//! An entry of Vault's or OpenBao's KV version 2: written with check-and-set, so that nobody's write is lost.
//!
//! Other fields of the entry stay as they are. What is put back comes from the entry's own versions.

use super::{Deliveries, Fields, Leave, Parcel, Place, Standing, Target, filled, gone, moved};
use crate::Secret;
use crate::http::Wire;
use crate::http_json::{Ask, Rest};
use crate::vault::{Vault, VaultConfig};
use interlock_contain::{CallError, Check};
use interlock_model::Operation;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Reads an entry.
const READ: Operation = Operation("read {kv}/data/{path}");
/// Writes a version of an entry.
const WRITE: Operation = Operation("create, update {kv}/data/{path}");
/// Asks what the own token may do.
const CAPABILITIES: Operation = Operation("update sys/capabilities-self");
/// The field that tells a delivery.
const TAG: &str = "interlock_delivery";
/// How many versions are looked through for what is to be put back: as many as an entry keeps.
const VERSIONS: u64 = 10;

/// Which entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvEntry {
    /// Where KV version 2 is mounted.
    pub mount: String,
    /// The entry's path below, `{name}` standing for the workload.
    pub path: String,
    /// How its fields are called.
    pub fields: Fields,
}

impl KvEntry {
    /// How the place is called for people.
    #[must_use]
    pub fn words(&self) -> String {
        format!("entry `{}/{}` of Vault", self.mount, self.path)
    }
}

/// Entries of one server.
#[derive(Debug)]
pub struct VaultTarget {
    rest: Arc<Rest>,
    entry: KvEntry,
}

impl VaultTarget {
    /// Entries of the server that this configuration speaks to.
    #[must_use]
    pub fn new(config: &VaultConfig, entry: KvEntry) -> Self {
        Self { rest: Arc::new(Vault::rest(config)), entry }
    }

    /// The same, answered by somebody else than the network.
    #[must_use]
    pub fn over(config: &VaultConfig, entry: KvEntry, wire: Arc<dyn Wire>) -> Self {
        Self { rest: Arc::new(Vault::rest(config).over(wire)), entry }
    }

    /// These entries alone, for whoever has a name of one of these shapes.
    #[must_use]
    pub fn for_all(self, shapes: &[&str]) -> Deliveries {
        let mut deliveries = Deliveries::default();
        deliveries.add(shapes.iter().map(|it| (*it).to_owned()).collect(), Arc::new(self));
        deliveries
    }
}

#[async_trait::async_trait]
impl Target for VaultTarget {
    fn place(&self, name: &str) -> Result<Arc<dyn Place>, CallError> {
        let path = filled(&self.entry.path, name)?;
        let rest = Arc::clone(&self.rest);
        Ok(Arc::new(Entry { rest, entry: KvEntry { path, ..self.entry.clone() } }))
    }

    async fn check(&self) -> Vec<Check> {
        let KvEntry { mount, path, .. } = &self.entry;
        let policy = format!("{mount}/data/{}", path.replace("{name}", "+"));
        let asked =
            format!("{mount}/data/{}", path.replace("{name}", "interlock-permission-check"));
        let ask = Ask::checking(CAPABILITIES, "POST", &["v1", "sys", "capabilities-self"]);
        let given = self.rest.ask(ask.body(json!({"paths": [asked]}))).await;
        let needed = ["create", "read", "update"];
        let outcome = given.map_err(|it| it.to_string()).and_then(|it| {
            let data = it.get("data").unwrap_or(&it);
            let list = data.get(&asked).and_then(Value::as_array).into_iter().flatten();
            let has: Vec<&str> = list.filter_map(Value::as_str).collect();
            if has.contains(&"root") || needed.iter().all(|it| has.contains(it)) {
                return Ok(());
            }
            let needed = needed.map(|it| format!("\"{it}\"")).join(", ");
            Err(format!("add to the policy of the connector: path \"{policy}\" {{ capabilities = [{needed}] }}"))
        });
        vec![Check::told(format!("create, read, update {policy}"), outcome)]
    }
}

/// One entry.
#[derive(Debug)]
struct Entry {
    rest: Arc<Rest>,
    entry: KvEntry,
}

/// One version of it.
#[derive(Default)]
struct Version {
    number: u64,
    data: Map<String, Value>,
}

impl Entry {
    fn path(&self) -> Vec<&str> {
        let segments = |it: &'static str| std::iter::once(it);
        let below = |it| str::split(it, '/').filter(|it: &&str| !it.is_empty());
        let KvEntry { mount, path, .. } = &self.entry;
        segments("v1").chain(below(mount)).chain(segments("data")).chain(below(path)).collect()
    }

    /// A version, or the last; `None` where nothing stands there.
    async fn version(&self, number: Option<u64>) -> Result<Option<Version>, CallError> {
        let wanted = number.map(|it| it.to_string());
        let path = self.path();
        let mut ask = Ask::checking(READ, "GET", &path);
        if let Some(wanted) = &wanted {
            ask = ask.query("version", wanted);
        }
        let answer = match self.rest.ask(ask).await {
            Err(CallError::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        let number = answer.pointer("/data/metadata/version").and_then(Value::as_u64);
        let number = number.ok_or_else(|| CallError::Unsupported {
            why: format!("{} has no versions: it is no KV version 2", self.name()),
        })?;
        let data = answer.pointer("/data/data").and_then(Value::as_object).cloned();
        Ok(Some(Version { number, data: data.unwrap_or_default() }))
    }

    fn text<'a>(of: &'a Version, field: &str) -> Option<&'a str> {
        of.data.get(field).and_then(Value::as_str)
    }

    fn secret(&self, of: &Version) -> Option<Secret> {
        Self::text(of, &self.entry.fields.secret).map(Secret::new)
    }

    fn standing(&self, of: &Version) -> Standing {
        let Some(secret) = self.secret(of) else { return Standing::default() };
        let key = self.entry.fields.key_id.as_deref().and_then(|it| Self::text(of, it));
        let otherwise = || format!("version-{}", of.number);
        Standing::read(Self::text(of, TAG), key, &secret, otherwise)
    }

    /// The last version, when it is still the one that is meant.
    async fn still(&self, from: Option<&str>) -> Result<Version, CallError> {
        let now = self.version(None).await?.unwrap_or_default();
        if self.standing(&now).content.as_deref() == from {
            return Ok(now);
        }
        Err(moved(&self.name()))
    }

    /// One version more, when the last is still this one.
    async fn write(&self, _: Leave, now: Version) -> Result<(), CallError> {
        let body = json!({"options": {"cas": now.number}, "data": now.data});
        let path = self.path();
        let written = self.rest.ask(Ask::delivering(WRITE, "POST", &path).body(body)).await;
        written.map(drop)
    }
}

#[async_trait::async_trait]
impl Place for Entry {
    fn name(&self) -> String {
        self.entry.words()
    }

    fn restores(&self) -> bool {
        true
    }

    async fn look(&self) -> Result<Standing, CallError> {
        Ok(self.version(None).await?.map(|it| self.standing(&it)).unwrap_or_default())
    }

    async fn value(&self) -> Result<Option<Secret>, CallError> {
        Ok(self.version(None).await?.and_then(|it| self.secret(&it)))
    }

    async fn put(
        &self,
        leave: Leave,
        from: Option<&str>,
        parcel: &Parcel,
    ) -> Result<(), CallError> {
        let mut now = self.still(from).await?;
        for (field, value) in self.entry.fields.of(&parcel.key_id, &parcel.secret) {
            now.data.insert(field.to_owned(), json!(value));
        }
        now.data.insert(TAG.to_owned(), json!(parcel.tag()));
        self.write(leave, now).await
    }

    async fn put_back(
        &self,
        leave: Leave,
        from: &str,
        former: Option<&str>,
    ) -> Result<(), CallError> {
        let mut now = self.still(Some(from)).await?;
        let fields = &self.entry.fields;
        let Some(former) = former else {
            for field in fields.key_id.iter().chain([&fields.secret]) {
                now.data.remove(field);
            }
            now.data.remove(TAG);
            return self.write(leave, now).await;
        };
        for number in (1..now.number).rev().take(usize::try_from(VERSIONS).unwrap_or(10)) {
            let Some(old) = self.version(Some(number)).await? else { continue };
            let standing = self.standing(&old);
            let (Some(secret), true) =
                (self.secret(&old), standing.content.as_deref() == Some(former))
            else {
                continue;
            };
            let key_id = standing.key.unwrap_or_default();
            let parcel = Parcel { mark: former.to_owned(), key_id, secret };
            for (field, value) in fields.of(&parcel.key_id, &parcel.secret) {
                now.data.insert(field.to_owned(), json!(value));
            }
            now.data.insert(TAG.to_owned(), json!(parcel.tag()));
            return self.write(leave, now).await;
        }
        Err(gone(&self.name()))
    }
}
