//! A real slapd with a password policy and `memberOf`, in a folder of its own, on TLS.

use crate::server::{free_port, must, program, run};
use interlock_connect::Secret;
use interlock_connect::openldap::{LdapConfig, OpenLdap, OpenLdapConfig};
use interlock_model::{ConnectorId, Principal};
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const BASE: &str = "dc=example,dc=com";
pub const SVC: &str = "uid=svc,ou=services,dc=example,dc=com";
pub const ANN: &str = "uid=ann,ou=people,dc=example,dc=com";
pub const OWN: &str = "cn=interlock,ou=services,dc=example,dc=com";
pub const OPERATORS: &str = "cn=operators,ou=groups,dc=example,dc=com";
pub const QUARANTINE: &str = "cn=quarantine,ou=groups,dc=example,dc=com";
pub const ADMIN: &str = "cn=admin,dc=example,dc=com";
/// The password of everybody but the connector.
pub const PASSWORD: &str = "correct-horse";
pub const OWN_PASSWORD: &str = "house-password";
/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;

/// What the server is made with.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Whether the connector has the rights that the README lists.
    pub rights: bool,
    /// Whether the connector may read `cn=config`.
    pub config: bool,
    /// Whether a rule denies the quarantine everything.
    pub quarantine: bool,
}

impl Rules {
    pub const ALL: Self = Self { rights: true, config: true, quarantine: true };
}

/// A running server. Ends when it goes out of scope.
pub struct Slapd {
    program: OsString,
    folder: tempfile::TempDir,
    child: Child,
    port: u16,
    tls_port: u16,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The rules of the README, as it shows them.
fn readme_rules() -> Vec<String> {
    let readme = include_str!("../../src/openldap/README.md");
    let blocks = readme.split("```text\n").skip(1).filter_map(|it| it.split("```").next());
    let rules = blocks.flat_map(|it| it.split("olcAccess: ").skip(1));
    rules.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn configuration(folder: &str, rules: Rules) -> String {
    let mut access = Vec::new();
    let readme = readme_rules();
    assert_eq!(readme.len(), 4, "{readme:?}");
    access.extend(readme.iter().take(3).filter(|_| rules.rights).cloned());
    access.extend(readme.iter().skip(3).filter(|_| rules.quarantine).cloned());
    access.push("to attrs=userPassword by self write by anonymous auth by * none".to_owned());
    access.push(format!("to * by group.exact=\"{OPERATORS}\" write by users read by * none"));
    let access: String = access.iter().map(|it| format!("olcAccess: {it}\n")).collect();
    let own = if rules.config { format!("by dn.exact=\"{OWN}\" read ") } else { String::new() };
    format!(
        "dn: cn=config
objectClass: olcGlobal
cn: config
olcTLSCertificateFile: {folder}/tls.pem
olcTLSCertificateKeyFile: {folder}/tls.key

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: ppolicy
olcModuleLoad: memberof

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/nis.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: to * {own}by * none

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {BASE}
olcRootDN: {ADMIN}
olcRootPW: {PASSWORD}
olcDbDirectory: {folder}/db
olcDbNoSync: TRUE
{access}
dn: olcOverlay=ppolicy,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: ppolicy
olcPPolicyUseLockout: TRUE
olcPPolicyDefault: cn=default,ou=policies,{BASE}

dn: olcOverlay=memberof,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcMemberOf
olcOverlay: memberof
"
    )
}

fn data() -> String {
    let units: String = ["services", "people", "groups", "policies"]
        .iter()
        .map(|it| format!("dn: ou={it},{BASE}\nobjectClass: organizationalUnit\nou: {it}\n\n"))
        .collect();
    format!(
        "dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Acme
dc: example

{units}dn: cn=default,ou=policies,{BASE}
objectClass: device
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3
pwdMustChange: TRUE

dn: {OWN}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: interlock
userPassword: {OWN_PASSWORD}

dn: {SVC}
objectClass: account
objectClass: simpleSecurityObject
uid: svc
userPassword: {PASSWORD}

dn: {ANN}
objectClass: account
objectClass: simpleSecurityObject
uid: ann
userPassword: {PASSWORD}
"
    )
}

fn groups() -> String {
    format!(
        "dn: {OPERATORS}
objectClass: groupOfNames
cn: operators
member: {ANN}
member: {SVC}

dn: cn=readers,ou=groups,{BASE}
objectClass: groupOfNames
cn: readers
member: {SVC}

dn: {QUARANTINE}
objectClass: groupOfNames
cn: quarantine
member: cn=nobody,{BASE}
"
    )
}

impl Slapd {
    /// Starts one; `None` where the program is not named.
    pub async fn start(rules: Rules) -> Option<Self> {
        let program = program("INTERLOCK_TEST_SLAPD")?;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        for name in ["conf", "db"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let certificate = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
             -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
        must(
            Command::new("openssl").args(certificate.split_whitespace()).args([
                "-keyout",
                &format!("{path}/tls.key"),
                "-out",
                &format!("{path}/tls.pem"),
            ]),
            "",
        );
        let add = |more: &[&str], text: &str| {
            let conf = format!("{path}/conf");
            let mut command = Command::new(&program);
            must(command.args(["-T", "add", "-F", &conf]).args(more), text);
        };
        add(&["-n", "0"], &configuration(&path, rules));
        add(&["-b", BASE], &data());
        let (port, tls_port) = (free_port(), free_port());
        let child = Self::spawn(&program, &path, port, tls_port);
        let mut it = Self { program, folder, child, port, tls_port };
        it.ready().await;
        // Not by slapadd: the overlay that keeps `memberOf` has to see it.
        it.admin("ldapadd", &groups());
        Some(it)
    }

    fn spawn(program: &OsString, folder: &str, port: u16, tls_port: u16) -> Child {
        let urls = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        let mut command = Command::new(program);
        // Every operation in one line, so that what arrived can be counted.
        command.args(["-F", &format!("{folder}/conf"), "-h", &urls, "-d", "256"]);
        let mut log = std::fs::OpenOptions::new();
        let log = log.create(true).append(true).open(format!("{folder}/log")).unwrap();
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    async fn ready(&mut self) {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..ASKED {
            pace.tick().await;
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended by itself");
            if self.whoami(ADMIN, PASSWORD).0 {
                return;
            }
        }
        panic!("the server does not answer");
    }

    /// Ends it and starts it again on the same ports: every connection is gone.
    pub async fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let folder = self.folder.path().to_str().unwrap();
        self.child = Self::spawn(&self.program, folder, self.port, self.tls_port);
        self.ready().await;
    }

    fn client(&self, program: &str, dn: &str, password: &str) -> Command {
        let mut command = Command::new(program);
        let url = format!("ldap://127.0.0.1:{}", self.port);
        command.args(["-x", "-H", &url, "-D", dn, "-w", password]);
        command
    }

    /// A bind with the platform's own client.
    pub fn whoami(&self, dn: &str, password: &str) -> (bool, String) {
        run(self.client("ldapwhoami", dn, password).args(["-e", "ppolicy"]), "")
    }

    pub fn binds(&self, dn: &str) -> bool {
        self.whoami(dn, PASSWORD).0
    }

    /// Binds and reads with the platform's own client: whether that is granted, and what is said.
    pub fn reads(&self, dn: &str) -> (bool, String) {
        run(self.client("ldapsearch", dn, PASSWORD).args(["-LLL", "-b", OPERATORS, "dn"]), "")
    }

    /// A change by the administrator.
    #[track_caller]
    pub fn admin(&self, program: &str, ldif: &str) {
        must(&mut self.client(program, ADMIN, PASSWORD), ldif);
    }

    /// All that the directory holds, stored digests too, but for the marks of the last change.
    pub fn dump(&self) -> String {
        let mut command = self.client("ldapsearch", ADMIN, PASSWORD);
        let text = must(command.args(["-LLL", "-o", "ldif-wrap=no", "-b", BASE, "*", "+"]), "");
        let marks = ["entryCSN", "modifyTimestamp", "modifiersName"];
        text.lines()
            .filter(|it| !marks.iter().any(|mark| it.starts_with(mark)))
            .fold(String::new(), |all, it| all + it + "\n")
    }

    /// The values of one attribute of an entry.
    pub fn values(&self, dn: &str, attribute: &str) -> Vec<String> {
        let mut command = self.client("ldapsearch", ADMIN, PASSWORD);
        let text = must(
            command.args(["-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn, attribute]),
            "",
        );
        let named = format!("{attribute}: ");
        text.lines().filter_map(|it| it.strip_prefix(&named)).map(str::to_owned).collect()
    }

    pub fn config(&self) -> OpenLdapConfig {
        OpenLdapConfig {
            id: ConnectorId("ldap-test".into()),
            ldap: LdapConfig {
                url: format!("ldaps://localhost:{}", self.tls_port),
                start_tls: false,
                authorities: Some(std::fs::read(self.folder.path().join("tls.pem")).unwrap()),
                bind_dn: OWN.to_owned(),
                password: Secret::new(OWN_PASSWORD),
            },
            base: BASE.to_owned(),
            default_policy: None,
            quarantine_group: Some(QUARANTINE.to_owned()),
            privileged_groups: vec![OPERATORS.to_owned()],
            settle: None,
        }
    }

    /// How many changes of an entry arrived, by the server's own log.
    pub fn changes(&self, dn: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.matches(&format!("MOD dn=\"{dn}\"")).count()
    }

    /// The file of the authority of its certificate.
    pub fn authority(&self) -> String {
        self.folder.path().join("tls.pem").to_str().unwrap().to_owned()
    }

    pub fn plain_url(&self) -> String {
        format!("ldap://localhost:{}", self.port)
    }

    pub fn connector(&self) -> OpenLdap {
        OpenLdap::prepare(self.config())
    }
}

pub fn principal(dn: &str) -> Principal {
    Principal::new("ldap", dn)
}
