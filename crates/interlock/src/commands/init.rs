//! `init`: a configuration folder with safe starter content, every option explained, and fresh keys.

use crate::cli::{Common, InitArgs};
use crate::config::{FILE, SCHEMAS};
use crate::exit::{Ended, Exit, Failure};
use crate::output::{self, STRONG};
use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use interlock_decide::starter;
use interlock_detect::sigma::RULES;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// `interlock.toml`; `{admin}` stands for the digest of the first token.
pub const PROCESS: &str = include_str!("../starter/interlock.toml");

/// The files of the directory.
const DIRECTORY: &[(&str, &str)] = &[
    ("environments.yaml", include_str!("../starter/environments.yaml")),
    ("identities.yaml", include_str!("../starter/identities.yaml")),
    ("protected.yaml", include_str!("../starter/protected.yaml")),
    ("teams.yaml", include_str!("../starter/teams.yaml")),
];

/// A mapping in which every key is explained, commented out.
const MAPPING: &str = include_str!("../starter/mapping.yaml");

/// The first line of a playbook, for editors.
const PLAYBOOK_SCHEMA: &str =
    "# yaml-language-server: $schema=../../schemas/playbook.schema.json\n";

/// Writes the folder.
pub fn run(common: &Common, args: &InitArgs) -> Ended {
    let dir = &args.dir;
    refuse_used(dir)?;
    write_folder(dir)
        .with_context(|| format!("`{}` is not complete", dir.display()))
        .map_err(Failure::unavailable)?;
    if common.json {
        output::json(&serde_json::json!({
            "type": "init",
            "dir": dir,
            "mode": "recommend",
            "token": dir.join("admin.token"),
            "public_key": dir.join("audit.pub"),
        }));
        return Ok(Exit::Ok);
    }
    let dir = dir.display();
    output::line(format!(
        "Wrote {STRONG}{dir}{STRONG:#}. The mode is `recommend`: nothing is written at a provider.\n\n\
         Next:\n  \
         1. Say who there is:      {dir}/content/directory/\n  \
         2. Name what you reach:   {dir}/{FILE}, `[[connector]]`\n  \
         3. See every mistake:     interlock check {dir}\n  \
         4. Try it on recordings:  interlock replay --config {dir} PATH…\n  \
         5. Run it:                interlock serve --config {dir}\n\n\
         The token of the HTTP API is in {dir}/admin.token; keep it and {dir}/audit.key to yourself.\n\
         Give {dir}/audit.pub to whoever checks the audit chain."
    ));
    Ok(Exit::Ok)
}

fn refuse_used(dir: &Path) -> Result<(), Failure> {
    let shown = dir.display();
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Failure::usage(anyhow!("`{shown}` is not empty: name a new folder"))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::usage(anyhow!("`{shown}` cannot be used: {error}"))),
    }
}

/// Writes everything into an empty or absent folder, and gives the token of the HTTP API.
///
/// # Errors
/// A file cannot be written, or the system gives no randomness.
pub fn write_folder(dir: &Path) -> anyhow::Result<String> {
    let token = token()?;
    let folder = Folder { dir };
    let hash = hex::encode(Sha256::digest(token.as_bytes()));
    folder.open(FILE, &PROCESS.replace("{admin}", &hash))?;
    for (name, text) in DIRECTORY {
        folder.open(&format!("content/directory/{name}"), text)?;
    }
    folder.open("content/mappings/example.yaml", MAPPING)?;
    for (name, text) in RULES {
        folder.open(&format!("content/rules/{name}"), text)?;
    }
    for (name, text) in starter::PLAYBOOKS {
        folder.open(&format!("content/playbooks/{name}"), &format!("{PLAYBOOK_SCHEMA}{text}"))?;
    }
    for (name, text) in starter::POLICIES {
        folder.open(&format!("content/policies/{name}"), text)?;
    }
    for schema in SCHEMAS {
        folder.open(&format!("schemas/{}", schema.name), &(schema.text)())?;
    }
    let key = interlock_store::generate_key()?;
    folder.secret("audit.key", &interlock_store::key_to_text(&key))?;
    folder.open("audit.pub", &interlock_store::public_key_to_text(&key.verifying_key()))?;
    folder.secret("admin.token", &token)?;
    folder
        .open(".gitignore", "admin.token\naudit.key\n*.token\n*.key.json\n*.db*\nbroker.json\n")?;
    Ok(token)
}

/// The folder that is being written.
struct Folder<'a> {
    dir: &'a Path,
}

impl Folder<'_> {
    /// A file that anybody may read.
    fn open(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.write(name, text, false)
    }

    /// A file that is its owner's alone, from its first moment on.
    fn secret(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.write(name, text, true)
    }

    fn write(&self, name: &str, text: &str, secret: bool) -> anyhow::Result<()> {
        let path = self.dir.join(name);
        let parent = path.parent().unwrap_or(self.dir);
        fs::create_dir_all(parent)
            .with_context(|| format!("`{}` cannot be made", parent.display()))?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if secret {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file =
            options.open(&path).with_context(|| format!("`{}` cannot be made", path.display()))?;
        file.write_all(text.as_bytes())
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
        Ok(())
    }
}

/// A fresh token: 256 random bits as text.
fn token() -> anyhow::Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|it| anyhow!("the system gives no randomness: {it}"))?;
    Ok(format!("ilk_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Every option stands in the starter file, and nothing else looks like one.
    #[test]
    fn the_starter_file_explains_every_option() {
        let schema = schemars::schema_for!(crate::config::raw::RawConfig).to_value();
        let mut names = Vec::new();
        collect(&schema, &mut names);
        assert!(names.len() > 40, "{names:?}");
        for name in names {
            let shown = PROCESS.lines().any(|line| {
                let forms = [format!("{name} ="), format!("[{name}]"), format!(".{name}]")];
                forms.iter().any(|it| line.contains(it))
            });
            assert!(shown, "the starter file does not show `{name}`");
        }
    }

    /// The example shows every key, and is a mapping once the signs of comment are taken away.
    #[test]
    fn the_example_of_a_mapping_is_one() {
        let name = |text: &str| [("example.yaml".into(), text.to_owned())];
        let (none, problems) = interlock_ingest::Mapping::load(&name(MAPPING));
        assert!(none.is_empty() && problems.is_empty(), "{problems:?}");
        let (head, body) = MAPPING.split_once("\n\n").unwrap();
        assert!(head.lines().all(|it| it.starts_with("# ")));
        let body: String =
            body.lines().map(|it| format!("{}\n", it.strip_prefix('#').unwrap())).collect();
        let (one, problems) = interlock_ingest::Mapping::load(&name(&body));
        assert_eq!((one.len(), problems), (1, Vec::new()));
        let mut keys = Vec::new();
        collect(&interlock_ingest::Mapping::schema(), &mut keys);
        for key in keys {
            assert!(body.contains(&format!("{key}:")), "the example does not show `{key}`");
        }
    }

    fn collect(schema: &Value, names: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    names.extend(properties.keys().cloned());
                }
                map.values().for_each(|it| collect(it, names));
            }
            Value::Array(items) => items.iter().for_each(|it| collect(it, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_eq!(one.len(), 4 + 43);
        assert_ne!(one, other);
    }
}
