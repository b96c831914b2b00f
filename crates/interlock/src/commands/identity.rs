//! x
use crate::cli::*;
use crate::exit::*;
pub async fn list(_: &Common, _: &ListArgs) -> Ended {
    Ok(Exit::Ok)
}
pub async fn show(_: &Common, _: &IdArgs) -> Ended {
    Ok(Exit::Ok)
}
pub async fn gaps(_: &Common) -> Ended {
    Ok(Exit::Ok)
}
