//! `notice list`: whose attention was asked for, and for what.

use crate::api::notice::NoticeQuery;
use crate::cli::{Common, NoticeListArgs};
use crate::client::Source;
use crate::exit::{Ended, Exit};
use crate::output;

/// Lists notices, newest first.
pub async fn list(common: &Common, args: &NoticeListArgs) -> Ended {
    let source = Source::open(common, &args.server).await?;
    let query = NoticeQuery { limit: Some(args.limit), containment: args.containment.clone() };
    let page = source.notices(query).await?;
    if common.json {
        page.items.iter().for_each(output::json);
        return Ok(Exit::Ok);
    }
    if page.items.is_empty() {
        output::note(match &args.containment {
            Some(id) => format!("no notice of `{id}`; without `--containment` all are listed"),
            None => "no notice yet: nobody was asked or told anything. `[[notify]]` in `interlock.toml` sends them where people look".to_owned(),
        });
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["time", "to", "containment", "text"]);
    for it in &page.items {
        table.add_row([
            it.time.clone(),
            it.to.clone(),
            it.containment.clone().unwrap_or_default(),
            it.text.clone(),
        ]);
    }
    output::line(table);
    Ok(Exit::Ok)
}
