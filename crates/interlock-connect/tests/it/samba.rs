//! A real domain controller, Samba's, on an address of its own within the loopback network.
//!
//! Its ports are fixed, so every server takes another address. Making a domain takes half a minute of
//! one processor; it is made once and copied.

use crate::server::{must, program, run};
use interlock_connect::Secret;
use interlock_connect::active_directory::{ActiveDirectory, ActiveDirectoryConfig, LdapConfig};
use interlock_model::{ConnectorId, Principal};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

pub const BASE: &str = "DC=corp,DC=example";
pub const SVC: &str = "CN=svc,OU=Services,DC=corp,DC=example";
pub const ANN: &str = "CN=ann,OU=Services,DC=corp,DC=example";
pub const APP: &str = "CN=APP1,OU=Services,DC=corp,DC=example";
pub const OWN: &str = "CN=interlock,CN=Users,DC=corp,DC=example";
pub const ADMINISTRATOR: &str = "CN=Administrator,CN=Users,DC=corp,DC=example";
pub const ADMINS: &str = "CN=Domain Admins,CN=Users,DC=corp,DC=example";
/// The password of everybody but the connector.
pub const PASSWORD: &str = "Correct-horse-1";
pub const OWN_PASSWORD: &str = "House-password-1";
/// How often a server is asked whether it is there, before the test fails.
const ASKED: usize = 600;
/// Changes when what is in the domain that is copied changes.
const TEMPLATE: &str = "domain-2";

/// The rights of the README, as a domain writes them down: on accounts to write their flags, expiry,
/// hours, demand for a new password and word, and to reset; on computers to write their flags; on groups
/// to write members.
const RIGHTS: [(&str, &str, &str); 8] = [
    ("RPWP", "bf967a68-0de6-11d0-a285-00aa003049e2", USER),
    ("RPWP", "bf967915-0de6-11d0-a285-00aa003049e2", USER),
    ("RPWP", "bf967a0a-0de6-11d0-a285-00aa003049e2", USER),
    ("RPWP", "bf9679ab-0de6-11d0-a285-00aa003049e2", USER),
    ("RPWP", "bf967919-0de6-11d0-a285-00aa003049e2", USER),
    ("CR", "00299570-246d-11d0-a768-00aa006e0529", USER),
    ("RPWP", "bf967a68-0de6-11d0-a285-00aa003049e2", "bf967a86-0de6-11d0-a285-00aa003049e2"),
    ("RPWP", "bf9679c0-0de6-11d0-a285-00aa003049e2", "bf967a9c-0de6-11d0-a285-00aa003049e2"),
];
const USER: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";

/// What the connector may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// What the README lists.
    Delegated,
    /// To read, as everybody may.
    None,
}

/// A running server. Ends when it goes out of scope.
pub struct Samba {
    program: OsString,
    folder: tempfile::TempDir,
    /// Its standard input is held open: where we die, it ends.
    child: Child,
    address: Ipv4Addr,
}

impl Drop for Samba {
    fn drop(&mut self) {
        // Its children end with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address at which nobody is; `None` where its ports are not permitted.
fn address() -> Option<Ipv4Addr> {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    loop {
        let last = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = Ipv4Addr::new(127, 64 | high & 63, low, last);
        match TcpListener::bind((address, 389)) {
            Ok(_) => return Some(address),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let required = std::env::var_os("INTERLOCK_TEST_REQUIRE").is_some();
                assert!(!required, "the ports of a domain controller are not permitted");
                println!("skipped: the ports of a domain controller are not permitted");
                return None;
            }
            Err(_) => assert!(last < 250, "no address is free"),
        }
    }
}

fn configuration(folder: &Path, address: Ipv4Addr) -> String {
    let folder = folder.display();
    format!(
        "[global]
netbios name = DC1
realm = CORP.EXAMPLE
workgroup = CORP
server role = active directory domain controller
server services = ldap, kdc
interfaces = {address}/8
bind interfaces only = yes
lock directory = {folder}
pid directory = {folder}
state directory = {folder}/state
cache directory = {folder}/cache
private dir = {folder}/private
ncalrpc dir = {folder}/ncalrpc
winbindd socket directory = {folder}/winbindd
log file = {folder}/log
log level = 1 auth_json_audit:3@{folder}/auth.json dsdb_json_audit:5@{folder}/changes.json dsdb_group_json_audit:5@{folder}/groups.json
tls keyfile = {folder}/tls.key
tls certfile = {folder}/tls.pem
tls cafile =
"
    )
}

/// The folder of a domain that was never started, with the connector's own account and its rights.
fn template() -> PathBuf {
    static MADE: Mutex<()> = Mutex::new(());
    let _one = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let version = must(Command::new("samba-tool").arg("--version"), "");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = cache.join(format!("samba-{}-{TEMPLATE}", version.trim()));
    if template.is_dir() {
        return template;
    }
    let making = tempfile::tempdir_in(cache).unwrap();
    let path = making.path();
    let tool = |arguments: &[&str]| {
        let mut command = Command::new("samba-tool");
        must(command.args(arguments), "")
    };
    tool(&[
        "domain",
        "provision",
        "--realm=CORP.EXAMPLE",
        "--domain=CORP",
        "--host-name=dc1",
        "--server-role=dc",
        "--dns-backend=NONE",
        &format!("--adminpass={PASSWORD}"),
        &format!("--targetdir={}", path.display()),
        "--option=interfaces=127.0.0.1/8",
        "--option=bind interfaces only=yes",
    ]);
    let config = path.join("etc/smb.conf");
    std::fs::write(&config, configuration(path, Ipv4Addr::LOCALHOST)).unwrap();
    let with = format!("--configfile={}", config.display());
    tool(&["user", "create", "interlock", OWN_PASSWORD, &with]);
    let sid = tool(&["user", "show", "interlock", "--attributes=objectSid", &with]);
    let sid = sid.lines().find_map(|it| it.strip_prefix("objectSid: ")).unwrap().to_owned();
    let rights: String = RIGHTS
        .iter()
        .map(|(right, what, on)| format!("(OA;CIIO;{right};{what};{on};{sid})"))
        .collect();
    std::fs::write(path.join("rights"), rights).unwrap();
    // Another process may have been faster.
    let kept = making.keep();
    if std::fs::rename(&kept, &template).is_err() {
        std::fs::remove_dir_all(&kept).unwrap();
    }
    template
}

/// A password as a change of the directory holds it.
fn encoded(password: &str) -> String {
    use base64::Engine as _;
    let bytes: Vec<u8> =
        format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn user(name: &str) -> String {
    let password = encoded(PASSWORD);
    format!(
        "dn: CN={name},OU=Services,{BASE}\nobjectClass: user\nsAMAccountName: {name}\nuserPrincipalName: {name}@corp.example\nuserAccountControl: 512\nunicodePwd:: {password}\n\n"
    )
}

fn accounts() -> String {
    let password = encoded(PASSWORD);
    format!(
        "dn: OU=Services,{BASE}\nobjectClass: organizationalUnit\n\n{}{}dn: {APP}\nobjectClass: computer\nsAMAccountName: APP1$\nuserAccountControl: 4096\nunicodePwd:: {password}\n\n",
        user("svc"),
        user("ann"),
    )
}

impl Samba {
    /// Starts one; `None` where the program is not named, or its ports are not permitted.
    pub async fn start(rights: Rights) -> Option<Self> {
        let program = program("INTERLOCK_TEST_SAMBA")?;
        let address = address()?;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let template = template();
        must(
            Command::new("cp").args(["-a", "--sparse=always"]).arg(template.join(".")).arg(path),
            "",
        );
        let config = path.join("etc/smb.conf");
        std::fs::write(&config, configuration(path, address)).unwrap();
        if rights == Rights::Delegated {
            let sddl = std::fs::read_to_string(path.join("rights")).unwrap();
            let mut command = Command::new("samba-tool");
            command.args(["dsacl", "set", "--action=allow", "--objectdn", BASE]);
            command.arg(format!("--sddl={sddl}"));
            must(command.arg(format!("--configfile={}", config.display())), "");
        }
        let certificate = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=dc1.corp.example \
             -addext subjectAltName=DNS:dc1.corp.example,IP:{address} -addext basicConstraints=critical,CA:FALSE"
        );
        let mut openssl = Command::new("openssl");
        openssl.args(certificate.split_whitespace());
        openssl.arg("-keyout").arg(path.join("tls.key")).arg("-out").arg(path.join("tls.pem"));
        must(&mut openssl, "");
        must(Command::new("chmod").arg("600").arg(path.join("tls.key")), "");
        let kerberos = format!(
            "[libdefaults]\ndefault_realm = CORP.EXAMPLE\ndns_lookup_kdc = false\nrdns = false\nudp_preference_limit = 1\n[realms]\nCORP.EXAMPLE = {{\nkdc = {address}\n}}\n"
        );
        std::fs::write(path.join("krb5.conf"), kerberos).unwrap();
        let child = Self::spawn(&program, path);
        let mut it = Self { program, folder, child, address };
        it.ready().await;
        it.admin("ldapadd", &accounts());
        let members = format!(
            "dn: {ADMINS}\nchangetype: modify\nadd: member\nmember: {SVC}\nmember: {ANN}\n"
        );
        it.admin("ldapmodify", &members);
        Some(it)
    }

    fn spawn(program: &OsString, folder: &Path) -> Child {
        let mut command = Command::new(program);
        command.arg("-s").arg(folder.join("etc/smb.conf")).args(["-F", "--no-process-group"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    async fn ready(&mut self) {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..ASKED {
            pace.tick().await;
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended by itself: {}", self.log());
            if self.binds("Administrator", PASSWORD).0 && self.kinit("Administrator").0 {
                return;
            }
        }
        panic!("the server does not answer: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it and starts it again at the same address: every connection is gone.
    pub async fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(&self.program, self.folder.path());
        self.ready().await;
    }

    fn client(&self, program: &str, name: &str, password: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LDAPTLS_CACERT", self.folder.path().join("tls.pem"));
        let user = format!("{name}@corp.example");
        command.args(["-x", "-H", &self.url(), "-D", &user, "-w", password]);
        command
    }

    /// A bind with the platform's own client: whether it is granted, and what is said.
    pub fn binds(&self, name: &str, password: &str) -> (bool, String) {
        let mut command = self.client("ldapsearch", name, password);
        run(command.args(["-LLL", "-s", "base", "-b", BASE, "dn"]), "")
    }

    /// The server's own number for why a bind is refused; `None`: it is granted.
    pub fn refused(&self, name: &str) -> Option<String> {
        let (granted, said) = self.binds(name, PASSWORD);
        let number = said.split("data ").nth(1).and_then(|it| it.split(',').next());
        (!granted).then(|| number.unwrap_or(&said).to_owned())
    }

    fn kerberos(&self, program: &str, name: &str) -> Command {
        let mut command = Command::new(program);
        command.env("KRB5_CONFIG", self.folder.path().join("krb5.conf"));
        command.env("KRB5CCNAME", self.folder.path().join(format!("tickets-{name}")));
        command
    }

    /// Signs in with Kerberos.
    pub fn kinit(&self, name: &str) -> (bool, String) {
        let user = format!("{name}@CORP.EXAMPLE");
        run(self.kerberos("kinit", name).arg(user), &format!("{PASSWORD}\n"))
    }

    /// Asks for a ticket of a service with the ticket that is there.
    pub fn kvno(&self, name: &str) -> (bool, String) {
        // Without the ticket that is kept.
        run(self.kerberos("kvno", name).args(["--no-store", "host/dc1"]), "")
    }

    /// A change by the administrator.
    #[track_caller]
    pub fn admin(&self, program: &str, ldif: &str) {
        must(&mut self.client(program, "Administrator", PASSWORD), ldif);
    }

    /// The administrator sets one attribute.
    #[track_caller]
    pub fn set(&self, dn: &str, attribute: &str, value: &str) {
        let change =
            format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n");
        self.admin("ldapmodify", &change);
    }

    /// The administrator sets a password.
    #[track_caller]
    pub fn set_password(&self, dn: &str, password: &str) {
        let change = format!(
            "dn: {dn}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {}\n",
            encoded(password)
        );
        self.admin("ldapmodify", &change);
    }

    fn look(&self, dn: &str, attributes: &[&str]) -> String {
        let mut command = self.client("ldapsearch", "Administrator", PASSWORD);
        command.args(["-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", dn]).args(attributes);
        must(&mut command, "")
    }

    /// All that an account's entry holds and its groups, but for the marks of the last change and sign-in.
    pub fn dump(&self, dn: &str) -> String {
        let text = self.look(dn, &["*", "memberOf"]);
        let marks = [
            "whenChanged",
            "uSNChanged",
            "replPropertyMetaData",
            "lastLogon",
            "logonCount",
            "badPasswordTime",
            "badPwdCount",
        ];
        let kept = text.lines().filter(|it| !marks.iter().any(|mark| it.starts_with(mark)));
        // Their order is not kept by the server.
        let mut lines: Vec<&str> = kept.collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    /// The values of one attribute of an entry.
    pub fn values(&self, dn: &str, attribute: &str) -> Vec<String> {
        let text = self.look(dn, &[attribute]);
        let (plain, coded) = (format!("{attribute}: "), format!("{attribute}:: "));
        text.lines()
            .filter_map(|it| it.strip_prefix(&plain).or_else(|| it.strip_prefix(&coded)))
            .map(str::to_owned)
            .collect()
    }

    /// The identifier of an entry, as findings name it.
    pub fn sid(&self, dn: &str) -> String {
        use base64::Engine as _;
        let coded = self.values(dn, "objectSid").remove(0);
        let bytes = base64::engine::general_purpose::STANDARD.decode(coded).unwrap();
        let parts = bytes[8..].chunks(4).map(|it| u32::from_le_bytes(it.try_into().unwrap()));
        parts.fold("S-1-5".to_owned(), |all, it| format!("{all}-{it}"))
    }

    pub fn config(&self) -> ActiveDirectoryConfig {
        ActiveDirectoryConfig {
            id: ConnectorId("ad-test".into()),
            ldap: LdapConfig {
                url: self.url(),
                start_tls: false,
                authorities: Some(std::fs::read(self.authority()).unwrap()),
                bind_dn: "interlock@corp.example".to_owned(),
                password: Secret::new(OWN_PASSWORD),
            },
            base: BASE.to_owned(),
            privileged_groups: Vec::new(),
            settle: None,
        }
    }

    pub fn url(&self) -> String {
        format!("ldaps://{}", self.address)
    }

    /// The file of the authority of its certificate.
    pub fn authority(&self) -> String {
        self.folder.path().join("tls.pem").to_str().unwrap().to_owned()
    }

    /// Where it records who joins which group.
    pub fn group_log(&self) -> PathBuf {
        self.folder.path().join("groups.json")
    }

    /// Another account makes a change; whether that was granted.
    pub fn changes_by(&self, name: &str, ldif: &str) -> bool {
        run(&mut self.client("ldapmodify", name, PASSWORD), ldif).0
    }

    /// Makes more accounts, all with the password of everybody.
    pub fn users(&self, names: &[String]) {
        let all: String = names.iter().map(|it| user(it)).collect();
        self.admin("ldapadd", &all);
    }

    /// How many changes of an entry's attribute were made, by the server's own record.
    pub fn changes(&self, dn: &str, attribute: &str) -> usize {
        let text = std::fs::read_to_string(self.folder.path().join("changes.json")).unwrap();
        let marks = [
            "\"operation\": \"Modify\"".to_owned(),
            format!("\"dn\": \"{dn}\""),
            format!("\"{attribute}\":"),
        ];
        text.lines().filter(|it| marks.iter().all(|mark| it.contains(mark))).count()
    }

    pub fn connector(&self) -> ActiveDirectory {
        ActiveDirectory::prepare(self.config())
    }
}

pub fn principal(name: &str) -> Principal {
    Principal::new("ad", name)
}
