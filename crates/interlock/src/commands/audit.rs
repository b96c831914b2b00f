//! `audit export` and `audit verify`.

use crate::api::audit::{VerifyView, verify_store};
use crate::cli::Common;
use crate::clock;
use crate::config;
use crate::content::read_file;
use crate::exit::{Ended, Exit, Failure};
use crate::house::signing_key;
use crate::output::{self, BAD, GOOD};
use anyhow::{Context as _, anyhow};
use interlock_store::verify::{Verified, VerifyError, verify_export};
use interlock_store::{ExportError, Store, VerifyingKey, public_key_from_text, public_key_to_text};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest file with a public key that is read, in bytes.
const KEY_BYTES: u64 = 4 << 10;

/// Writes the chain out, with signed checkpoints.
pub async fn export(common: &Common, file: &Path) -> Ended {
    let config = config::given(common)?;
    let key = signing_key(&config.audit_key)?;
    let store = Store::read(&config.store).await?;
    let now = clock::now();
    let exported = if file == Path::new("-") {
        store.export(&mut BufWriter::new(std::io::stdout()), &key, now).await
    } else {
        // A name that is there only once the export is whole.
        let part = part_of(file);
        let made = File::create(&part)
            .with_context(|| format!("`{}` cannot be made", part.display()))
            .map_err(Failure::unavailable)?;
        let mut writer = BufWriter::new(made);
        let exported = store.export(&mut writer, &key, now).await;
        let kept = writer.flush().and_then(|()| writer.get_ref().sync_all());
        match (&exported, kept) {
            (Ok(_), Ok(())) => std::fs::rename(&part, file)
                .with_context(|| format!("`{}` cannot be made", file.display()))
                .map_err(Failure::unavailable)?,
            (_, kept) => {
                let _ = std::fs::remove_file(&part);
                kept.with_context(|| format!("`{}` cannot be written", file.display()))
                    .map_err(Failure::unavailable)?;
            }
        }
        exported
    };
    let exported = exported.map_err(|error| match error {
        ExportError::Store(error) => error.into(),
        error @ ExportError::Write(_) => Failure::unavailable(error),
    })?;
    output::note(format!(
        "{} and {} exported; head {}",
        counted(exported.entries, "entry", "entries"),
        counted(exported.checkpoints, "checkpoint", "checkpoints"),
        exported.head
    ));
    Ok(Exit::Ok)
}

/// Checks an export, or the store.
pub async fn verify(common: &Common, file: Option<PathBuf>, key: Option<String>) -> Ended {
    let (found, public) = match file {
        Some(file) => {
            let public = public_key(common, key)?;
            let reader: Box<dyn std::io::BufRead + Send> = if file == Path::new("-") {
                Box::new(BufReader::new(std::io::stdin()))
            } else {
                let opened = File::open(&file)
                    .with_context(|| format!("`{}` cannot be read", file.display()))
                    .map_err(Failure::usage)?;
                Box::new(BufReader::new(opened))
            };
            let checked = tokio::task::spawn_blocking(move || verify_export(reader, &public)).await;
            (checked.map_err(Failure::unavailable)?, public)
        }
        None => {
            let config = config::given(common)?;
            let own = Arc::new(signing_key(&config.audit_key)?);
            let store = Store::read(&config.store).await?;
            if let Some(key) = key
                && key_in(&key)? != own.verifying_key()
            {
                let why =
                    "the store is signed with the key of its configuration, not with this one";
                return Err(Failure::negative(anyhow!(why)));
            }
            let public = own.verifying_key();
            (verify_store(store, own).await?, public)
        }
    };
    Ok(print(common, &found, &public))
}

fn print(common: &Common, found: &Result<Verified, VerifyError>, public: &VerifyingKey) -> Exit {
    let public = public_key_to_text(public).trim().to_owned();
    if common.json {
        output::json(&VerifyView::of(found, public));
    } else {
        match found {
            Ok(it) => output::line(format!(
                "{GOOD}whole and untouched{GOOD:#}: {}, {}, head {}",
                counted(it.entries, "entry", "entries"),
                counted(it.checkpoints, "checkpoint", "checkpoints"),
                it.head
            )),
            Err(error) => output::line(format!("{BAD}broken{BAD:#}: {error}")),
        }
    }
    match found {
        Ok(_) => Exit::Ok,
        Err(VerifyError::Broken { .. }) => Exit::Negative,
        Err(VerifyError::Unreadable { .. }) => Exit::Unavailable,
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The key that an export must be signed with: the one that was named, or the configuration's own.
fn public_key(common: &Common, key: Option<String>) -> Result<VerifyingKey, Failure> {
    if let Some(key) = key {
        return key_in(&key);
    }
    let config = config::optional(common)?.ok_or_else(|| {
        Failure::usage(anyhow!("name the public key with `--key`, as text or as a file, or a configuration with `--config`"))
    })?;
    crate::house::public_key(&config.audit_key)
}

/// A public key, as text or in a file.
fn key_in(text: &str) -> Result<VerifyingKey, Failure> {
    let inline = public_key_from_text(text);
    if let Ok(key) = inline {
        return Ok(key);
    }
    let path = Path::new(text);
    if !path.is_file() {
        return Err(Failure::usage(anyhow!(
            "`{text}` is neither a public key nor a file with one"
        )));
    }
    let read =
        read_file(path, KEY_BYTES).map_err(|why| Failure::usage(anyhow!("`{text}`: {why}")))?;
    public_key_from_text(&read).map_err(|why| Failure::usage(anyhow!("`{text}`: {why}")))
}

/// The name under which a file is written before it is whole.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}
