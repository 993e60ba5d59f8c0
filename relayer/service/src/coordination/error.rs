use tokio_postgres::error::SqlState;

/// Why relayers cannot take turns.
#[derive(Debug, thiserror::Error)]
pub enum CoordinationError {
    /// The address of the database is not one, or asks for what is not built in.
    #[error("--coordinate: {0} (postgres://user:password@host:port/database)")]
    Address(&'static str),
    /// The database does not answer in time.
    #[error("the database does not answer within {seconds} s")]
    Slow {
        /// How long was waited.
        seconds: u64,
    },
    /// The database refuses.
    #[error("the database: {}", reason(.0))]
    Database(#[from] tokio_postgres::Error),
    /// The tables were made by a newer program.
    #[error(
        "the database's tables have version {found}, this program knows {known}: use the newer program for all"
    )]
    NewerSchema {
        /// In the database.
        found: i32,
        /// Newest that is known.
        known: i32,
    },
    /// Another relayer works at the mirror.
    #[error("another relayer works at the mirror {proxy}; it stays in the queue")]
    NotOurTurn {
        /// The mirror.
        proxy: alloy_primitives::Address,
    },
    /// A number does not fit a column.
    #[error("{0} is too large for the database")]
    TooLarge(u64),
}

/// What the database says, but for names and passwords.
fn reason(error: &tokio_postgres::Error) -> String {
    match error.code() {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "it does not take this user with this password".to_owned()
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "there is none of this name".to_owned(),
        _ => smartsync_chain::plain(&smartsync_chain::chain_of_causes(error)),
    }
}
