//! The configuration that a command was given: which folder, and what is said when it cannot be used.

use super::{Config, FILE, Purpose, load_for, print};
use crate::cli::Common;
use crate::exit::Failure;
use interlock_model::{Gravity, Problem};
use std::path::Path;

/// The configuration that a command was given; its problems are printed to standard error.
///
/// # Errors
/// There is no folder, or it cannot be used.
pub fn given(common: &Common) -> Result<Config, Failure> {
    some(optional(common)?)
}

/// The same for a command that only looks at what the store holds: it needs no key of the audit chain
/// and no other secret, which so need not lie where somebody reads.
///
/// # Errors
/// As [`given`].
pub fn to_read(common: &Common) -> Result<Config, Failure> {
    some(optional_for(Purpose::Look, common)?)
}

fn some(config: Option<Config>) -> Result<Config, Failure> {
    match config {
        Some(config) => Ok(config),
        None => Err(Failure::usage(anyhow::anyhow!(
            "no configuration folder: name it with `--config DIR`, or make one with `interlock init DIR`"
        ))),
    }
}

/// The same; `None` when no folder was named and the present one is none.
///
/// # Errors
/// The folder cannot be used.
pub fn optional(common: &Common) -> Result<Option<Config>, Failure> {
    optional_for(Purpose::Run, common)
}

/// The same for this purpose.
///
/// # Errors
/// As [`optional`].
pub fn optional_for(purpose: Purpose, common: &Common) -> Result<Option<Config>, Failure> {
    let dir = match &common.config {
        Some(dir) => dir.as_path(),
        None if Path::new(FILE).is_file() => Path::new("."),
        None => return Ok(None),
    };
    if !dir.is_dir() {
        return Err(Failure::usage(no_folder(dir)));
    }
    let (config, problems) = load_for(purpose, dir);
    let errors = problems.iter().filter(|it| it.gravity == Gravity::Error).count();
    match config {
        Some(config) => {
            if errors > 0 {
                let text = format!(
                    "rules of `{}` left out: {errors}; `interlock check` says why",
                    dir.join("content/rules").display()
                );
                crate::output::note(&text);
            }
            Ok(Some(config))
        }
        None => {
            let errors: Vec<Problem> =
                problems.into_iter().filter(|it| it.gravity == Gravity::Error).collect();
            print(&errors);
            let error = anyhow::anyhow!("the configuration in `{}` cannot be used", dir.display());
            Err(Failure::usage(error))
        }
    }
}

/// What was named as a folder and is none.
#[must_use]
pub fn no_folder(dir: &Path) -> anyhow::Error {
    let shown = dir.display();
    if dir.exists() {
        return anyhow::anyhow!("`{shown}` is a file: name the folder that it is in");
    }
    anyhow::anyhow!("there is no folder `{shown}`: make it with `interlock init {shown}`")
}
