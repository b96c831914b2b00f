//! x
use crate::cli::*;
use crate::exit::*;
pub async fn run(_: &Common, _: &IdArgs) -> Ended {
    Ok(Exit::Ok)
}
