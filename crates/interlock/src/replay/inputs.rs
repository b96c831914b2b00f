//! The inputs of a replay: files, folders with everything below them, standard input.

use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One input.
#[derive(Debug)]
pub struct Source {
    /// Its name as given, `-` for standard input.
    pub name: String,
    /// Its size, where known.
    pub bytes: Option<u64>,
    path: Option<PathBuf>,
}

impl Source {
    fn file(path: &Path, bytes: Option<u64>) -> Self {
        let name = path.to_string_lossy().into_owned();
        Self { name, bytes, path: Some(path.to_owned()) }
    }

    /// Opens it.
    ///
    /// # Errors
    /// It is gone, or may not be read.
    pub fn open(&self) -> std::io::Result<Box<dyn Read + Send>> {
        Ok(match &self.path {
            Some(path) => Box::new(File::open(path)?),
            None => Box::new(std::io::stdin()),
        })
    }
}

/// The inputs in the order given; what is below a folder in order of name.
///
/// # Errors
/// A path is not there, or a folder cannot be read.
pub fn expand(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source { name: "-".to_owned(), bytes: None, path: None });
        } else {
            below(path, &mut sources)?;
            if path.is_file() {
                // What was named by itself and cannot be read is an error, not one rejected record.
                File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            }
        }
    }
    if sources.is_empty() {
        bail!("there is no file in the folders given");
    }
    Ok(sources)
}

/// A path that people gave must be there; what is broken below a folder costs only itself, later.
fn below(path: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    let about = path.metadata().with_context(|| format!("cannot read `{}`", path.display()))?;
    if !about.is_dir() {
        sources.push(Source::file(path, about.is_file().then_some(about.len())));
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = path
        .read_dir()
        .and_then(|it| it.map(|entry| entry.map(|it| it.path())).collect())
        .with_context(|| format!("cannot read the folder `{}`", path.display()))?;
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
        // CloudTrail's digest files stand beside the logs and hold no events.
        let digests = entry.file_name().is_some_and(|it| it == "CloudTrail-Digest");
        if !hidden && !digests && below(&entry, sources).is_err() {
            sources.push(Source::file(&entry, None));
        }
    }
    Ok(())
}
