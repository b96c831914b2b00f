//! `identity least-privilege`: smaller policies that would have been enough, to be reviewed.

use crate::api::least_privilege::SuggestionView;
use crate::cli::{Common, LeastPrivilegeArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output::{self, BAD, CAREFUL, FAINT, GOOD, STRONG};

/// Shows what an identity's policies grant that was not used; a negative answer when there is any.
pub async fn run(common: &Common, args: &LeastPrivilegeArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let all = source.least_privilege(&args.id, args.days).await?;
    if common.json {
        all.iter().for_each(output::json);
    } else if all.is_empty() {
        output::note(
            "nothing to propose: no policy was read, uses are not counted yet, or all was used",
        );
    } else {
        all.iter().for_each(print);
    }
    // What could not be judged is told, and is no negative answer.
    Ok(if all.iter().all(|it| it.goes.is_empty()) { Exit::Ok } else { Exit::Negative })
}

fn print(it: &SuggestionView) {
    output::line(format!("{STRONG}{}{STRONG:#}  {} of {}", it.policy, it.through, it.principal));
    output::line(format!("  {FAINT}uses from {} to {}{FAINT:#}", it.since, it.until));
    for other in &it.shared_with {
        output::line(format!("  shared with {other}, whose uses count too"));
    }
    for it in &it.stays {
        let (action, count, last) = (&it.action, it.count, &it.last_used);
        output::line(format!("  {GOOD}stays{GOOD:#}  {action}  {count} times, last {last}"));
    }
    for action in &it.goes {
        output::line(format!("  {BAD}goes{BAD:#}   {action}"));
    }
    for it in &it.undecided {
        let word = if it.kept { "kept" } else { "goes" };
        output::line(format!("  {CAREFUL}open{CAREFUL:#}   {}  {word}: {}", it.action, it.why));
    }
    if it.goes.is_empty() {
        output::line("  could not be judged: it stays as it is");
        return;
    }
    match &it.proposed {
        Some(policy) => {
            output::line("  the smaller policy, to be reviewed and put in force by hand:");
            let text = policy.as_str().map_or_else(
                || serde_json::to_string_pretty(policy).unwrap_or_default(),
                str::to_owned,
            );
            text.lines().for_each(|line| output::line(format!("    {line}")));
        }
        None => output::line("  nothing would be left of it: it can be taken away as a whole"),
    }
    output::line(format!(
        "  {FAINT}the way back: `--json` has the present policy as `undo`{FAINT:#}"
    ));
}
