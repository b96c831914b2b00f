//! Our clock is five minutes off, either way: whatever is signed with a time is signed again by the clock of
//! whoever refuses it, or the difference is said; and nothing is taken for contained by the wrong clock.

use super::postbox::Postbox;
use super::tests::BENCHES;
use super::{Bench, noon};
use crate::Secret;
use crate::http::{Answer, HttpError, Request, Wire, form};
use crate::idp::ask::{Api, Ask, Said};
use crate::idp::proof::Proving;
use crate::idp::{By, ClientProof, Proof};
use crate::jwt::Key;
use crate::{entra, github, google_cloud, okta, vault, webhook};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use interlock_contain::{CallError, Connector, ReadCx, ReadPass, WritePass};
use interlock_model::{ConnectorId, Intent, Step, StepId, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Where a kind says what time it is, if it does.
enum Signs {
    /// What it proves itself by says nothing of a time.
    Never,
    /// As a client that signs an assertion: tested here.
    Here,
    /// Tested there.
    There(&'static str),
}

/// Every kind. To add one: a line here.
const KINDS: &[(&str, Signs)] = &[
    ("active_directory", Signs::Never),
    ("aws_iam", Signs::There("interlock-connect-aws/tests/it/skewed.rs")),
    ("aws_identity_center", Signs::There("interlock-connect-aws/tests/it/skewed.rs")),
    ("aws_organizations", Signs::There("interlock-connect-aws/tests/it/skewed.rs")),
    ("broker", Signs::Never),
    ("command", Signs::Never),
    ("entra", Signs::Here),
    ("github", Signs::Here),
    ("google_cloud", Signs::Here),
    ("keycloak", Signs::Never),
    ("kubernetes", Signs::Never),
    ("mariadb", Signs::Never),
    ("oauth", Signs::There("interlock-connect/src/oauth/revoke_user_tokens.rs")),
    ("okta", Signs::Here),
    ("openldap", Signs::Never),
    ("postgresql", Signs::Never),
    ("rabbitmq", Signs::Never),
    ("redis", Signs::Never),
    ("scim", Signs::Never),
    ("ssh", Signs::Never),
    ("vault", Signs::Never),
    ("webhook", Signs::Here),
];

#[test]
fn every_kind_says_whether_it_signs_with_a_time() {
    let kinds: Vec<&str> = KINDS.iter().map(|it| it.0).collect();
    let benches: Vec<&str> = BENCHES.iter().map(|it| it.0).collect();
    assert_eq!(kinds, benches);
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (kind, signs) in KINDS {
        if let Signs::There(file) = signs {
            assert!(crates.join(file).is_file(), "{kind}: {file}");
        }
    }
    let here: Vec<&str> =
        KINDS.iter().filter(|it| matches!(it.1, Signs::Here)).map(|it| it.0).collect();
    let mut tested: Vec<&str> = VENDORS.iter().map(|it| it.kind).collect();
    tested.push("webhook");
    assert_eq!(here, tested);
}

/// How a vendor judges the times of an assertion.
struct Vendor {
    kind: &'static str,
    /// Whether it takes these claims at this second of its clock.
    takes: fn(&Value, i64) -> bool,
    /// How it refuses others.
    refuses: (u16, &'static str),
}

fn number(claims: &Value, name: &str) -> i64 {
    claims[name].as_i64().unwrap()
}

fn good_at(claims: &Value, from: &str, theirs: i64) -> bool {
    number(claims, from) <= theirs && theirs < number(claims, "exp")
}

/// No vendor promises any tolerance but Entra, so that none is given here.
///
/// Sources: "Microsoft identity platform application authentication certificate credentials"; "Generating
/// a JSON Web Token for a GitHub App": ten minutes at most; "Using OAuth 2.0 for Server to Server
/// Applications" (Google): an hour after it was issued at most; "Client authentication methods" (Okta):
/// an hour from now at most.
const VENDORS: &[Vendor] = &[
    Vendor {
        kind: "entra",
        takes: |it, theirs| good_at(it, "nbf", theirs),
        refuses: (401, "AADSTS700024: Client assertion is not within its valid time range."),
    },
    Vendor {
        kind: "github",
        takes: |it, theirs| good_at(it, "iat", theirs) && number(it, "exp") <= theirs + 600,
        refuses: (401, "'Issued at' claim ('iat') must be an Integer"),
    },
    Vendor {
        kind: "google_cloud",
        takes: |it, theirs| {
            good_at(it, "iat", theirs) && number(it, "exp") <= number(it, "iat") + 3_600
        },
        refuses: (400, "Invalid JWT: Token must be a short-lived token"),
    },
    Vendor {
        kind: "okta",
        takes: |it, theirs| good_at(it, "iat", theirs) && number(it, "exp") <= theirs + 3_600,
        refuses: (401, "The client_assertion token is expired."),
    },
];

/// An RSA key and its certificate, in PEM, that are nobody's.
pub(crate) static KEY: LazyLock<Secret> = LazyLock::new(|| {
    let algorithm = &rcgen::PKCS_RSA_SHA256;
    let key = rcgen::KeyPair::generate_rsa_for(algorithm, rcgen::RsaKeySize::_2048).unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    Secret::new(format!("{}{}", key.serialize_pem(), certificate.pem()))
});

/// A vendor whose clock is ahead of ours, at every address.
struct Issuer {
    of: &'static Vendor,
    ahead: i64,
    dated: bool,
    taken: AtomicUsize,
    refused: AtomicUsize,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuer")
    }
}

fn date(second: i64) -> String {
    let at = Timestamp::from_second(second).unwrap();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Issuer {
    fn theirs(&self) -> i64 {
        noon().as_second() + self.ahead
    }

    fn answer(&self, status: u16, body: &Value) -> Answer {
        let dated = self.dated.then(|| ("date".to_owned(), date(self.theirs())));
        let headers = dated.into_iter().collect();
        Answer { status, headers, body: body.to_string().into_bytes() }
    }
}

/// The claims of the assertion in a request; `None`: there is none.
fn claims(request: &Request<'_>) -> Option<Value> {
    let text = String::from_utf8_lossy(&request.body);
    let sent = form(&text).into_iter();
    let mut sent = sent.filter(|it| it.0 == "assertion" || it.0 == "client_assertion");
    let bearer = request.headers.iter().find(|it| it.0 == "authorization");
    let bearer = bearer.and_then(|it| it.1.strip_prefix("Bearer ")).map(str::to_owned);
    let assertion = sent.next().map(|it| it.1).or(bearer)?;
    let part = assertion.split('.').nth(1)?.to_owned();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[async_trait::async_trait]
impl Wire for Issuer {
    async fn ask(&self, request: Request<'_>, _: usize) -> Result<Answer, HttpError> {
        let Some(claims) = claims(&request) else { return Ok(self.answer(404, &json!({}))) };
        if !(self.of.takes)(&claims, self.theirs()) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            let said = self.of.refuses.1;
            let body =
                json!({"error": "invalid_grant", "error_description": said, "message": said});
            return Ok(self.answer(self.of.refuses.0, &body));
        }
        self.taken.fetch_add(1, Ordering::SeqCst);
        let ends = Timestamp::from_second(self.theirs() + 3_600).unwrap();
        let body = json!({
            "access_token": "given", "expires_in": 3_600, "token": "given", "expires_at": ends,
        });
        Ok(self.answer(if self.of.kind == "github" { 201 } else { 200 }, &body))
    }
}

/// Lets the connector of a kind get a token, and says what it says when it gets none.
async fn asked(of: &'static Vendor, issuer: &Arc<Issuer>) -> Result<(), CallError> {
    let wire: Arc<dyn Wire> = Arc::<Issuer>::clone(issuer);
    let planned = async |connector: &dyn Connector| {
        let bench = BENCHES.iter().find(|it| it.0 == of.kind).unwrap().1();
        let action = connector.actions().into_iter().next().unwrap();
        let cx = ReadCx::new(action.spec(), noon());
        let intent = bench.aim(action.spec());
        match action.plan(&cx, &intent, StepId::derive(&["s"])).await {
            // With the token in hand, nothing is there.
            Err(_) if issuer.taken.load(Ordering::SeqCst) > 0 => Ok(()),
            other => other.map(drop),
        }
    };
    let client = |key: Key| {
        Proof::Client(ClientProof {
            token_url: "https://login.example.com/token".to_owned(),
            id: "interlock".to_owned(),
            scope: "all".to_owned(),
            by: By::Key(key),
            now: noon,
        })
    };
    match of.kind {
        "entra" => {
            let config = entra::EntraConfig {
                id: ConnectorId("entra".into()),
                tenant: "example.com".to_owned(),
                client_id: "interlock".to_owned(),
                by: By::Key(Key::certified(&KEY).unwrap()),
                graph: "https://graph.example.com/v1.0".to_owned(),
                risk_of_agents: false,
                login: "https://login.example.com".to_owned(),
                protected: Vec::new(),
                deliveries: Postbox::default().deliveries("entra"),
                settle: None,
                now: noon,
            };
            let proof = entra::tokens_for(&config, "all".to_owned());
            Proving::new(proof).header(&*wire).await.map(drop)
        }
        "okta" => {
            let proof = client(Key::named(&KEY, Some("kid")).unwrap());
            Proving::new(proof).header(&*wire).await.map(drop)
        }
        "github" => {
            let config = github::fake::Fake::config_of_app(noon, KEY.clone());
            planned(&github::Github::on(config, wire)).await
        }
        "google_cloud" => {
            let file = json!({
                "client_email": "interlock@acme.iam.gserviceaccount.com",
                "private_key": KEY.expose(),
            });
            let credential = google_cloud::Credential::Key(Secret::new(file.to_string()));
            let config = google_cloud::fake::Fake::config(noon);
            let config = google_cloud::GoogleCloudConfig { credential, ..config };
            planned(&google_cloud::GoogleCloud::on(config, wire)).await
        }
        other => panic!("say how `{other}` gets a token"),
    }
}

fn issuer(of: &'static Vendor, ahead: i64, dated: bool) -> Arc<Issuer> {
    let (taken, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Arc::new(Issuer { of, ahead, dated, taken, refused })
}

#[tokio::test]
async fn an_assertion_is_taken_with_a_clock_that_is_five_minutes_off() {
    for of in VENDORS {
        for ahead in [0, 20, -20, 300, -300, 1_800, -1_800] {
            let issuer = issuer(of, ahead, true);
            let told = asked(of, &issuer).await;
            assert!(told.is_ok(), "{} {ahead}: {told:?}", of.kind);
            let refused = issuer.refused.load(Ordering::SeqCst);
            // An App asks as itself, and for the token of an installation.
            let ways = if of.kind == "github" { 2 } else { 1 };
            assert!(refused <= ways, "{} {ahead}: refused {refused} times", of.kind);
        }
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_said_with_its_difference() {
    for of in VENDORS {
        for (ahead, dated, says) in [
            (86_400, true, "our clock is 86400 s behind the provider's"),
            (-86_400, true, "our clock is 86400 s ahead of the provider's"),
            // Nobody says what time it is: then the vendor's own words are all there is.
            (86_400, false, ""),
        ] {
            let issuer = issuer(of, ahead, dated);
            let error = asked(of, &issuer).await.unwrap_err();
            let said = error.to_string();
            assert!(said.contains(says), "{}: {said}", of.kind);
            let sort = matches!(error, CallError::Unsupported { .. } | CallError::Denied { .. });
            assert!(sort, "{}: a person must look: {error:?}", of.kind);
            assert!(!said.contains("PRIVATE"), "{said}");
            assert_eq!(issuer.taken.load(Ordering::SeqCst), 0, "{}", of.kind);
            // The App asks who it is and for a token.
            assert!(issuer.refused.load(Ordering::SeqCst) <= 2, "{}", of.kind);
        }
    }
}

#[tokio::test]
async fn a_webhook_that_refuses_a_signature_of_minutes_ago_is_told_from_a_wrong_key() {
    for (ahead, status, says) in [
        (300, 401, Some("our clock is 300 s behind the provider's")),
        (-300, 400, Some("our clock is 300 s ahead of the provider's")),
        (0, 401, None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 8192];
                drop(stream.read(&mut buffer).await);
                let date = date(noon().as_second() + ahead);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nDate: {date}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                );
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        let timeout = std::time::Duration::from_secs(20);
        let address = webhook::Address { url, key: KEY.clone(), timeout, now: noon };
        let connector = webhook::connector(crate::declared::fake::config("webhook"), address);
        let bench = BENCHES.iter().find(|it| it.0 == "webhook").unwrap().1();
        let error = plan(&connector, &*bench, connector.spec().actions[0].name).await.unwrap_err();
        match says {
            Some(says) => {
                let CallError::Unsupported { why } = &error else { panic!("{error:?}") };
                assert!(why.contains(says), "{why}");
            }
            None => assert!(matches!(error, CallError::Denied { .. }), "{error:?}"),
        }
    }
}

async fn plan(connector: &dyn Connector, bench: &dyn Bench, name: &str) -> Result<Step, CallError> {
    let action = connector.actions().into_iter().find(|it| it.spec().name == name).unwrap();
    let cx = ReadCx::new(action.spec(), noon());
    let target = bench.aim(action.spec()).target;
    let intent = Intent { kind: action.spec().kind, target };
    action.plan(&cx, &intent, StepId::derive(&["s"])).await
}

/// Okta, whose clock is ahead of ours.
#[derive(Debug)]
struct Later(Arc<crate::idp::fake::Fake>);

/// How far it is ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(300);

impl Later {
    fn dated(said: Result<Said, CallError>) -> Result<Said, CallError> {
        said.map(|it| Said { at: Some(noon() + AHEAD), ..it })
    }
}

#[async_trait::async_trait]
impl Api for Later {
    async fn read(&self, pass: ReadPass, ask: Ask) -> Result<Said, CallError> {
        Self::dated(self.0.read(pass, ask).await)
    }

    async fn write(&self, pass: WritePass, ask: Ask) -> Result<Said, CallError> {
        Self::dated(self.0.write(pass, ask).await)
    }

    async fn write_all(&self, pass: WritePass, asks: Vec<Ask>) -> Result<(), CallError> {
        self.0.write_all(pass, asks).await
    }

    async fn look(&self, ask: Ask) -> Result<Said, CallError> {
        Self::dated(self.0.look(ask).await)
    }
}

#[tokio::test]
async fn sessions_that_okta_ended_minutes_ago_are_ended_again() {
    let tenant = okta::fake::fresh();
    let config = okta::OktaConfig {
        id: ConnectorId("okta-1".into()),
        url: "https://acme.okta.example.com".to_owned(),
        proof: Proof::Token { scheme: "SSWS", token: KEY.clone() },
        protected: Vec::new(),
        deliveries: Postbox::default().deliveries("okta"),
        settle: None,
    };
    let connector = okta::with_api(config, Arc::new(Later(Arc::clone(&tenant.fake))));
    for (ended, needed) in [(299, true), (300, false), (301, false)] {
        let at = (noon() + SignedDuration::from_secs(ended)).to_string();
        tenant.fake.change(|state| state["cleared"][okta::fake::USER] = json!(at));
        let step = plan(&connector, &tenant, "okta.clear_sessions").await.unwrap();
        assert_eq!(step.before != step.after, needed, "ended {ended} s after our noon");
    }
}

/// A vault that says what time it is.
#[derive(Debug)]
struct Dated(Arc<dyn Wire>);

#[async_trait::async_trait]
impl Wire for Dated {
    async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError> {
        let mut answer = self.0.ask(request, most).await?;
        answer.headers.push(("date".to_owned(), date((noon() + AHEAD).as_second())));
        Ok(answer)
    }
}

#[tokio::test]
async fn a_password_that_a_vault_gave_out_minutes_ago_is_replaced() {
    let bench = super::vault::fresh();
    for (rotated, needed) in [(299, true), (301, false)] {
        let mut server = vault::fake::Server::small();
        let at = noon() + SignedDuration::from_secs(rotated);
        server.static_roles.values_mut().for_each(|it| *it = at.to_string());
        let fake: Arc<dyn Wire> = Arc::new(super::served::Serving::new(server));
        let connector = vault::Vault::over(super::vault::config(), Arc::new(Dated(fake)));
        let name = connector.spec().actions.iter().find(|it| it.write == vault::operation::ROTATE);
        let step = plan(&connector, &*bench, name.unwrap().name).await.unwrap();
        assert_eq!(step.before != step.after, needed, "given out {rotated} s after our noon");
    }
}

#[tokio::test]
async fn an_account_that_is_about_to_expire_is_made_to() {
    use crate::active_directory::ActiveDirectory;
    use crate::active_directory::fake::{Fake, SVC};
    let bench = super::active_directory::fresh();
    for (ago, needed) in [(0, true), (299, true), (301, false)] {
        let fake = Arc::new(Fake::small());
        let at = noon() - SignedDuration::from_secs(ago);
        let ticks = crate::active_directory::ticks(at).to_string();
        fake.change(|state| {
            state.accounts.get_mut(SVC).unwrap().expires = Some(ticks);
        });
        let connector = ActiveDirectory::with_directory(Fake::config(), fake);
        let step = plan(&connector, &*bench, "active_directory.expire_account").await.unwrap();
        assert_eq!(step.before != step.after, needed, "expired {ago} s ago by our clock");
    }
}
