//! The allow-list of the layer test: which room may use which, and which libraries stay where.
//!
//! A new arrow needs a decision record in `docs/decisions/` and one line here.

/// One crate of the workspace.
#[derive(Debug)]
pub struct Room {
    /// The crate's name.
    pub name: &'static str,
    /// Whether it must not reach the outside world (N2): no sockets, SQL, files, clock, randomness.
    pub pure: bool,
    /// The rooms it may use in code that ships.
    pub may_use: &'static [&'static str],
    /// The rooms it may use in its tests besides.
    pub tests_may_use: &'static [&'static str],
}

/// A library that reaches the outside world. A trailing `*` stands for any rest of the name.
#[derive(Debug)]
pub struct Impure {
    /// The library or the family of libraries.
    pub library: &'static str,
    /// What it can do that a pure room must not.
    pub reaches: &'static str,
}

/// An impure library that pure rooms may reach, but only through one third party that was read.
#[derive(Debug)]
pub struct Vetted {
    /// The impure library.
    pub library: &'static str,
    /// The only third party that may use it on behalf of a pure room.
    pub through: &'static str,
    /// Why that does no harm.
    pub reason: &'static str,
}

/// A library that only some rooms may depend on directly. A trailing `*` as above.
#[derive(Debug)]
pub struct Owned {
    /// The library or the family of libraries.
    pub library: &'static str,
    /// The rooms that may name it in their manifest.
    pub rooms: &'static [&'static str],
    /// The rule behind it.
    pub reason: &'static str,
}

/// Every crate of the workspace, alphabetical.
pub const ROOMS: &[Room] = &[
    Room {
        name: "interlock",
        pure: false,
        may_use: &[
            "interlock-connect",
            "interlock-connect-aws",
            "interlock-contain",
            "interlock-decide",
            "interlock-detect",
            "interlock-engine",
            "interlock-identity",
            "interlock-ingest",
            "interlock-model",
            "interlock-store",
        ],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-connect",
        pure: false,
        may_use: &["interlock-connect-aws", "interlock-contain", "interlock-model"],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-connect-aws",
        pure: false,
        may_use: &["interlock-contain", "interlock-model"],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-contain",
        pure: true,
        may_use: &["interlock-model"],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-decide",
        pure: true,
        may_use: &["interlock-model"],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-detect",
        pure: true,
        may_use: &["interlock-model"],
        // Rules are tested on recorded events, which have to be read and bound first.
        tests_may_use: &["interlock-identity", "interlock-ingest"],
    },
    Room {
        name: "interlock-engine",
        pure: true,
        may_use: &[
            "interlock-contain",
            "interlock-decide",
            "interlock-detect",
            "interlock-identity",
            "interlock-ingest",
            "interlock-model",
        ],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-identity",
        pure: true,
        may_use: &["interlock-model", "interlock-reach"],
        tests_may_use: &[],
    },
    Room {
        name: "interlock-ingest",
        pure: true,
        may_use: &["interlock-model"],
        tests_may_use: &[],
    },
    Room { name: "interlock-model", pure: true, may_use: &[], tests_may_use: &[] },
    Room { name: "interlock-reach", pure: true, may_use: &["interlock-model"], tests_may_use: &[] },
    Room {
        name: "interlock-store",
        pure: false,
        may_use: &["interlock-model"],
        tests_may_use: &[],
    },
    // Builds and checks the others, and so must not need any of them to build.
    Room { name: "xtask", pure: false, may_use: &[], tests_may_use: &[] },
];

/// What no pure room may reach, alphabetical.
pub const IMPURE: &[Impure] = &[
    Impure { library: "async-nats", reaches: "sockets" },
    Impure { library: "async-std", reaches: "sockets, files and timers" },
    Impure { library: "aws-*", reaches: "a provider" },
    Impure { library: "axum*", reaches: "sockets" },
    Impure { library: "chrono", reaches: "the clock" },
    Impure { library: "crossbeam-channel", reaches: "threads and timers" },
    Impure { library: "curl*", reaches: "sockets" },
    Impure { library: "fastrand", reaches: "randomness" },
    Impure { library: "getrandom", reaches: "randomness" },
    Impure { library: "glob", reaches: "files" },
    Impure { library: "h2", reaches: "sockets" },
    Impure { library: "hyper*", reaches: "sockets" },
    Impure { library: "ldap3", reaches: "sockets" },
    Impure { library: "libsqlite3-sys", reaches: "SQL and files" },
    Impure { library: "maxminddb", reaches: "files" },
    Impure { library: "memmap2", reaches: "files" },
    Impure { library: "mio", reaches: "sockets" },
    Impure { library: "native-tls", reaches: "sockets" },
    Impure { library: "notify", reaches: "files" },
    Impure { library: "openssl*", reaches: "sockets" },
    Impure { library: "quinn*", reaches: "sockets" },
    Impure { library: "rand", reaches: "randomness" },
    Impure { library: "rand_core", reaches: "randomness" },
    Impure { library: "rayon*", reaches: "threads" },
    Impure { library: "redis", reaches: "sockets" },
    Impure { library: "reqwest", reaches: "sockets" },
    Impure { library: "rusqlite", reaches: "SQL and files" },
    Impure { library: "rustls*", reaches: "sockets" },
    Impure { library: "socket2", reaches: "sockets" },
    Impure { library: "sqlx*", reaches: "SQL and files" },
    Impure { library: "tempfile", reaches: "files" },
    Impure { library: "time", reaches: "the clock" },
    Impure { library: "tokio*", reaches: "sockets, files and timers" },
    Impure { library: "tower-http", reaches: "sockets" },
    Impure { library: "ureq*", reaches: "sockets" },
    Impure { library: "walkdir", reaches: "files" },
];

/// What was read and found harmless, alphabetical by the third party.
pub const VETTED: &[Vetted] = &[
    Vetted {
        library: "chrono",
        through: "cedar-policy-core",
        reason: "calendar arithmetic of Cedar's `datetime` values; Cedar has no function that asks \
                 for the current time",
    },
    Vetted {
        library: "rand_core",
        through: "crypto-common",
        reason: "traits that `sha2` declares for ciphers with keys; hashing draws nothing",
    },
    Vetted {
        library: "chrono",
        through: "serde_with",
        reason: "named by a weak feature, which `cargo metadata` counts; serialisers only, and \
                 not built",
    },
    Vetted {
        library: "time",
        through: "serde_with",
        reason: "named by a weak feature, which `cargo metadata` counts; serialisers only, and \
                 not built",
    },
];

/// Libraries with a home, alphabetical.
pub const OWNED: &[Owned] = &[
    Owned {
        library: "async-nats",
        rooms: &["interlock"],
        reason: "the process opens the ways in that are no provider's API",
    },
    Owned {
        library: "aws-*",
        rooms: &["interlock-connect-aws"],
        reason: "N9: only the connector of a provider knows its SDK, and pays for it",
    },
    Owned { library: "axum*", rooms: &["interlock"], reason: "only the process has doors" },
    Owned {
        library: "cedar-policy*",
        rooms: &["interlock-decide"],
        reason: "N9: only `decide` knows Cedar",
    },
    Owned {
        library: "clap*",
        rooms: &["interlock"],
        reason: "only the process has a command line",
    },
    Owned {
        library: "crypto_box",
        rooms: &["interlock-connect"],
        reason: "only a delivery seals what nobody else may read",
    },
    Owned {
        library: "ed25519-dalek",
        rooms: &["interlock-store"],
        reason: "only the memory signs the audit chain",
    },
    Owned {
        library: "flate2",
        rooms: &["interlock-ingest", "interlock"],
        reason: "N9: events are unpacked where they are parsed; the process unpacks request bodies",
    },
    Owned {
        library: "glob",
        rooms: &["interlock"],
        reason: "the process opens files; rooms get what is in them",
    },
    Owned {
        library: "ldap3",
        rooms: &["interlock-connect"],
        reason: "N9: only the connectors of directories speak LDAP",
    },
    Owned {
        library: "maxminddb",
        rooms: &["interlock"],
        reason: "the process opens files; rooms get the answer",
    },
    Owned {
        library: "redis",
        rooms: &["interlock-connect"],
        reason: "N9: only the connector of a provider knows its client",
    },
    Owned {
        library: "reqwest",
        rooms: &["interlock", "interlock-connect"],
        reason: "one HTTP client for providers, one for what the process publishes",
    },
    Owned {
        library: "rsigma*",
        rooms: &["interlock-detect"],
        reason: "N9: only `detect` knows Sigma",
    },
    Owned {
        library: "serde-saphyr",
        rooms: &[
            "interlock",
            "interlock-decide",
            "interlock-detect",
            "interlock-identity",
            "interlock-ingest",
        ],
        reason: "YAML is read where it means something: rules, playbooks, the directory, mappings",
    },
    Owned {
        library: "sonic-rs",
        rooms: &[],
        reason: "only what reading is measured against; records are read by their tokens",
    },
    Owned {
        library: "sqlx*",
        rooms: &["interlock-connect", "interlock-store"],
        reason: "decision 0013: the memory, and the hands at database servers",
    },
    Owned {
        library: "xmlparser",
        rooms: &["interlock-connect-aws"],
        reason: "decision 0026: only AWS answers in XML",
    },
];

/// Whether `name` is meant by `pattern`, which may end in `*`.
pub fn means(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_name_existing_rooms() {
        assert!(ROOMS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(IMPURE.windows(2).all(|pair| pair[0].library < pair[1].library));
        assert!(OWNED.windows(2).all(|pair| pair[0].library < pair[1].library));
        assert!(VETTED.windows(2).all(|pair| {
            (pair[0].through, pair[0].library) < (pair[1].through, pair[1].library)
        }));
        fn known(name: &&str) -> bool {
            ROOMS.iter().any(|room| room.name == *name)
        }
        for room in ROOMS {
            assert!(room.may_use.iter().all(known), "{}", room.name);
            assert!(room.tests_may_use.iter().all(known), "{}", room.name);
        }
        assert!(OWNED.iter().flat_map(|owned| owned.rooms).all(known));
    }

    #[test]
    fn no_pure_room_may_use_an_impure_one_and_no_arrow_leads_back() {
        let room = |name: &str| ROOMS.iter().find(|room| room.name == name).unwrap();
        for from in ROOMS {
            for to in from.may_use {
                assert!(!from.pure || room(to).pure, "{} -> {to}", from.name);
                assert!(!room(to).may_use.contains(&from.name), "{} <-> {to}", from.name);
            }
        }
    }

    #[test]
    fn a_star_stands_for_any_rest() {
        assert!(means("tokio*", "tokio") && means("tokio*", "tokio-util"));
        assert!(means("time", "time") && !means("time", "time-core"));
    }
}
