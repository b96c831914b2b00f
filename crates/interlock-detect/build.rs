//! Collects the rule pack: every rule below `content/rules`, by its path there.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "../../content/rules";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no `OUT_DIR`")?);
    let mut names = Vec::new();
    collect(Path::new(FOLDER), "", &mut names)?;
    names.sort();
    let mut pack = String::from("&[\n");
    for name in names {
        let from = format!("/{FOLDER}/{name}");
        writeln!(
            pack,
            "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {from:?}))),"
        )?;
    }
    pack.push_str("]\n");
    fs::write(out.join("rules.rs"), pack)?;
    Ok(())
}

fn collect(folder: &Path, below: &str, names: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), names)?;
        } else if name.ends_with(".yml") {
            names.push(name);
        }
    }
    Ok(())
}
