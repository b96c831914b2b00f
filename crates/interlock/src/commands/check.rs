//! `check`: every problem of a configuration folder at once.

use crate::cli::{CheckArgs, Common};
use crate::config::{self, FILE};
use crate::exit::{Ended, Exit, Failure};
use crate::output::{self, BAD, CAREFUL, GOOD};
use interlock_model::Gravity;
use std::path::PathBuf;

/// Checks a folder: 0 without errors, 1 with, 2 when there is no such folder.
pub fn run(common: &Common, args: &CheckArgs) -> Ended {
    let dir =
        args.dir.clone().or_else(|| common.config.clone()).unwrap_or_else(|| PathBuf::from("."));
    if !dir.is_dir() {
        return Err(Failure::usage(config::no_folder(&dir)));
    }
    if args.dir.is_none() && common.config.is_none() && !dir.join(FILE).is_file() {
        let error =
            anyhow::anyhow!("there is no `{FILE}` here: name the folder, as `interlock check DIR`");
        return Err(Failure::usage(error));
    }
    let (config, mut problems) = config::load(&dir);
    if let Some(config) = config.filter(|_| args.strict) {
        problems.extend(config::check_strictly(&dir, &config));
    }
    let errors = problems.iter().filter(|it| it.gravity == Gravity::Error).count();
    let exit = if errors == 0 { Exit::Ok } else { Exit::Negative };
    if common.json {
        config::as_json(&problems).iter().for_each(output::json);
        return Ok(exit);
    }
    let text = config::render(&problems, output::is_fancy(output::To::Stdout));
    if !text.is_empty() {
        output::line(text.trim_end());
    }
    let style = match (errors, problems.len()) {
        (0, 0) => GOOD,
        (0, _) => CAREFUL,
        (_, _) => BAD,
    };
    output::note(format!(
        "{style}{}, {}{style:#} in `{}`",
        count(errors, "error"),
        count(problems.len() - errors, "warning"),
        dir.display()
    ));
    Ok(exit)
}

fn count(number: usize, word: &str) -> String {
    match number {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        more => format!("{more} {word}s"),
    }
}
