//! `rejected list`: records that were refused, with their place and the reason.

use crate::cli::{Common, ListArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output;

/// Lists refused records, newest first.
pub async fn list(common: &Common, args: &ListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let page = source.rejected(args.limit).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note(
            "no record was refused; `interlock feed list` shows what comes in, and `interlock replay FILE` what is read of a file",
        );
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["file", "record", "why"]);
    for it in &page.items {
        table.add_row([it.file.clone(), it.record.to_string(), it.why.clone()]);
    }
    output::line(table);
    Ok(Exit::Ok)
}
