//! `identity import`: what other places know of owners, as a file of the directory.

use crate::cli::{Common, ImportArgs, ImportSource};
use crate::content::read_file;
use crate::exit::{Ended, Exit, Failure};
use crate::output;
use anyhow::anyhow;
use interlock_identity::{declare, import};
use serde_json::json;
use std::path::Path;

/// The largest file that is read, in bytes.
const BYTES: u64 = 32 << 20;

/// Writes the file, or shows it; a negative answer when there was nothing to import.
pub fn run(common: &Common, args: &ImportArgs) -> Ended {
    let shown = args.file.display();
    let text =
        read_file(&args.file, BYTES).map_err(|why| Failure::usage(anyhow!("`{shown}`: {why}")))?;
    let imported = match (&args.from, &args.repository) {
        (ImportSource::Backstage, None) => import::backstage(&text),
        (ImportSource::Codeowners, Some(repository)) => import::codeowners(&text, repository),
        (ImportSource::Backstage, Some(_)) => {
            let why = "a catalogue names its repositories itself: leave `--repository` out";
            return Err(Failure::usage(anyhow!(why)));
        }
        (ImportSource::Codeowners, None) => {
            let why = "`--repository owner/name` says whose `CODEOWNERS` it is";
            return Err(Failure::usage(anyhow!(why)));
        }
    };
    for line in &imported.skipped {
        output::note(line);
    }
    if let Some(into) = &args.into {
        keep(into, &imported, args.accept_loss)?;
        output::note(format!(
            "{} teams and identities are in `{}`: review it, then `interlock check`",
            imported.count(),
            into.display()
        ));
    }
    if common.json {
        output::json(&json!({
            "type": "imported", "count": imported.count(), "skipped": imported.skipped,
            "yaml": imported.to_yaml(),
        }));
    } else if args.into.is_none() {
        output::line(imported.to_yaml().trim_end());
    }
    Ok(if imported.count() > 0 { Exit::Ok } else { Exit::Negative })
}

fn keep(into: &Path, imported: &import::Imported, accept_loss: bool) -> Result<(), Failure> {
    let shown = into.display();
    if into.exists() {
        let before =
            read_file(into, BYTES).map_err(|why| Failure::usage(anyhow!("`{shown}`: {why}")))?;
        let (before, problems) = declare::load(&[(shown.to_string().into(), before)]);
        if !problems.is_empty() {
            let why =
                format!("`{shown}` is there and is no sound file of a directory: move it away");
            return Err(Failure::usage(anyhow!(why)));
        }
        if imported.loses_most_of(&before) && !accept_loss {
            let why = format!(
                "`{shown}` declares {} teams and identities, and only {} would be left: say `--accept-loss` when that is right",
                before.owners.len() + before.identities.len(),
                imported.count()
            );
            return Err(Failure::usage(anyhow!(why)));
        }
    }
    let text = format!(
        "# Written by `interlock identity import`. What is changed here is lost at the next one.\n{}",
        imported.to_yaml()
    );
    std::fs::write(into, text)
        .map_err(|why| Failure::unavailable(anyhow!("`{shown}` cannot be written: {why}")))
}
