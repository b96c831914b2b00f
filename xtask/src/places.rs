//! Where things are: the workspace, the target folder, the cache of tools.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The root of the workspace that this tool was started in.
pub fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Where cargo builds: `CARGO_TARGET_DIR` when set, else `target` in the workspace.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(set) => root().join(set),
        None => root().join("target"),
    }
}

/// Where installed tools are kept between runs, outside every clone: `$XDG_CACHE_HOME/interlock/tools`.
///
/// Made when missing. Fails when neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn tools() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME").filter(|set| !set.is_empty()) {
        Some(set) => PathBuf::from(set),
        None => PathBuf::from(
            env::var_os("HOME").context("neither `XDG_CACHE_HOME` nor `HOME` is set")?,
        )
        .join(".cache"),
    };
    let tools = cache.join("interlock").join("tools");
    std::fs::create_dir_all(&tools)
        .with_context(|| format!("cannot make the folder `{}`", tools.display()))?;
    Ok(tools)
}

/// The workspace of the fuzz targets; it may be absent.
pub fn fuzz() -> PathBuf {
    root().join("fuzz")
}
