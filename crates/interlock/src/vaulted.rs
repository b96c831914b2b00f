//! Secrets that a Vault or OpenBao keeps for the house: read when they are needed, held in memory alone.

use crate::config::{VaultOfSecrets, VaultReader, VaultSecret};
use crate::content::read_file;
use interlock_connect::Secret;
use interlock_connect::http::{Answer, Http, Request};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, RuntimeFlavor};

/// How long a vault may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer.
const ANSWER_BYTES: usize = 1 << 20;
/// The longest file with authorities or a token.
const FILE_BYTES: u64 = 1 << 20;
/// Where a pod finds the token of its service account.
const POD_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The text of a secret.
///
/// It may wait for the vault, at most ten seconds: on a thread that other work can leave meanwhile.
///
/// # Errors
/// The vault cannot be reached, refuses, or has nothing there. The secret is never repeated.
pub fn text(it: &VaultSecret) -> Result<String, String> {
    let alone = || {
        let asking = std::thread::scope(|scope| scope.spawn(|| alone(it)).join());
        asking.unwrap_or_else(|_| Err("asking the vault failed".to_owned()))
    };
    match Handle::try_current().map(|it| it.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(alone),
        Ok(_) | Err(_) => alone(),
    }
    .map_err(|why| format!("{}: {why}", place(it)))
}

/// Where a secret is, in words.
pub fn place(it: &VaultSecret) -> String {
    format!("`{}` of `{}/{}` in the vault", it.field, it.mount, it.path)
}

fn alone(it: &VaultSecret) -> Result<String, String> {
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|it| it.to_string())?;
    runtime.block_on(async {
        let reading = tokio::time::timeout(PATIENCE, read(it));
        reading.await.unwrap_or_else(|_| Err("the vault did not answer in time".to_owned()))
    })
}

async fn read(it: &VaultSecret) -> Result<String, String> {
    let vault = &*it.vault;
    let authorities = vault.ca.as_deref().map(file).transpose()?;
    let http = Http::trusting(&vault.endpoint, authorities.as_deref().map(str::as_bytes))
        .map_err(|it| it.to_string())?;
    let token = match &vault.reader {
        VaultReader::Token(reference) => crate::feed::secret(reference)?,
        VaultReader::Kubernetes { role, mount } => {
            let jwt = file(Path::new(POD_TOKEN))?;
            let login = json!({ "role": role, "jwt": jwt.trim() });
            let path = format!("auth/{mount}/login");
            let answer = ask(&http, vault, "POST", &path, None, Some(&login)).await?;
            let token = answer.pointer("/auth/client_token").and_then(Value::as_str);
            Secret::new(token.ok_or("the vault let nobody in")?)
        }
    };
    let path = format!("{}/data/{}", it.mount, it.path);
    let answer = ask(&http, vault, "GET", &path, Some(&token), None).await?;
    let value = answer.pointer("/data/data").and_then(|all| all.get(&it.field));
    value
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| "there is no such text".to_owned())
}

async fn ask(
    http: &Http,
    vault: &VaultOfSecrets,
    method: &str,
    path: &str,
    token: Option<&Secret>,
    body: Option<&Value>,
) -> Result<Value, String> {
    let mut headers = vec![("x-vault-request".to_owned(), "true".to_owned())];
    headers.extend(token.map(|it| ("x-vault-token".to_owned(), it.expose().to_owned())));
    let namespace = vault.namespace.iter();
    headers.extend(namespace.map(|it| ("x-vault-namespace".to_owned(), it.clone())));
    let url = format!("{}/v1/{path}", vault.endpoint);
    let body = body.map(Value::to_string).unwrap_or_default().into_bytes();
    let request = Request { method, url: &url, headers, body };
    let answer = http.ask(request, ANSWER_BYTES).await.map_err(|it| it.to_string())?;
    if answer.status != 200 {
        return Err(refused(&answer));
    }
    // The parser's own words may repeat the secret.
    serde_json::from_slice(&answer.body).map_err(|_| "the vault's answer is not JSON".to_owned())
}

fn refused(answer: &Answer) -> String {
    match answer.status {
        403 => "the vault refuses: its token may not read this, or has ended".to_owned(),
        404 => "nothing is there, or no engine of the second form is mounted there".to_owned(),
        503 => "the vault is sealed or not ready".to_owned(),
        status => format!("the vault answers {status}"),
    }
}

fn file(path: &Path) -> Result<String, String> {
    read_file(path, FILE_BYTES).map_err(|why| format!("`{}`: {why}", path.display()))
}
