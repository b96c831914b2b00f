//! Other engines for Sigma rules that a registry has, each as anybody installs it.

use super::measure::Contestant;
use crate::places;
use crate::report::{cargo, must};
use crate::targets;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The versions that the bench compares with; that of `sigma-rust` is in the manifest of its peer.
const RSIGMA: &str = "0.26.0";
const TENZIR: &str = "6.20.0";

/// Each of them with these rules, installed when it is missing.
pub fn all(rules: &Path) -> Result<Vec<Contestant>> {
    let rules = rules.to_string_lossy();
    let pipeline = format!(
        "from_file \"{{}}\" {{ read_ndjson }}\nsigma path=\"{rules}\"\nsummarize n=count()"
    );
    Ok(vec![
        Contestant::new(
            "`rsigma engine eval`, these rules",
            &rsigma()?,
            &["engine", "eval", "--rules", &rules, "--event", "@{}"],
        ),
        Contestant::new("`sigma-rust`, these rules", &sigma_rust()?, &[&rules, "{}"]),
        Contestant::new("`tenzir`, these rules", &tenzir()?, &[&pipeline]),
    ])
}

/// It asks for a newer compiler than the workspace does, so the one of the fuzz targets builds it.
fn rsigma() -> Result<PathBuf> {
    let home = places::tools()?.join(format!("rsigma-{RSIGMA}"));
    targets::installed(&home, || {
        must(
            Command::new("cargo")
                .current_dir(places::tools()?)
                .args(["+nightly", "install", "rsigma", "--no-default-features"])
                .args(["--version", RSIGMA, "--root"])
                .arg(&home)
                .env_remove("CARGO_TARGET_DIR")
                // Set by the cargo that started us; they would outdo `+nightly`.
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("CARGO"),
        )
    })?;
    Ok(home.join("bin/rsigma"))
}

/// A library: the program around it reads a line, asks each rule and counts.
fn sigma_rust() -> Result<PathBuf> {
    let folder = places::root().join("xtask/peers/sigma-rust");
    let target = places::target().join("peers");
    must(
        cargo()
            .current_dir(&folder)
            .args(["build", "--release", "--locked", "--target-dir"])
            .arg(&target),
    )?;
    Ok(target.join("release/sigma-rust-peer"))
}

fn tenzir() -> Result<PathBuf> {
    targets::pypi("tenzir", ("tenzir", TENZIR), "tenzir")
}
