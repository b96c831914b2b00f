//! x
use crate::cli::*;
use crate::exit::*;
pub async fn contain(_: &Common, _: &ContainArgs) -> Ended {
    Ok(Exit::Ok)
}
pub async fn answer(_: &Common, _: &AnswerArgs, _: bool) -> Ended {
    Ok(Exit::Ok)
}
pub async fn undo(_: &Common, _: &UndoArgs) -> Ended {
    Ok(Exit::Ok)
}
