//! x
pub mod door {
    //! x
    use crate::serve::Desk;
    pub fn routes() -> axum::Router<Desk> {
        axum::Router::new()
    }
}
