//! Tokens: who may ask, and what they may do.

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::error::DecisionsError;
use super::record::as_text;
use super::store::{DecisionStore, parse_time};
use super::verdicts::check_text;
use crate::model::Timestamp;

/// Random bytes in a token: too many to guess, so that a plain fast hash of it keeps it secret. A slow
/// hash is for passwords, which people choose from few.
const TOKEN_BYTES: usize = 32;
/// Begins every token, so that it is recognised where it should not be, such as in a log.
const TOKEN_PREFIX: &str = "ringfence_";

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at cases with personal fields masked.
    Viewer,
    /// Looks at everything and decides.
    Investigator,
    /// A machine: looks up ids and reads what changed.
    Service,
    /// Whatever an investigator may, and the audit.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Investigator, Self::Service, Self::Admin];

    /// As it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Investigator => "investigator",
            Self::Service => "service",
            Self::Admin => "admin",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it may record decisions.
    pub fn may_decide(self) -> bool {
        matches!(self, Self::Investigator | Self::Admin)
    }

    /// Whether it may see names, accounts, devices and addresses in full.
    pub fn may_see_personal(self) -> bool {
        matches!(self, Self::Investigator | Self::Admin)
    }

    /// Whether it may look at cases, as opposed to looking up ids.
    pub fn may_see_cases(self) -> bool {
        self != Self::Service
    }
}

/// A token on record: everything but the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Counts up.
    pub id: i64,
    /// Whose it is.
    pub user: String,
    /// What they may do.
    pub role: Role,
    /// When it was made.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
    /// The last day on which it is good, if there is one.
    #[serde(serialize_with = "as_optional_text")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    #[serde(serialize_with = "as_optional_text")]
    pub revoked_at: Option<Timestamp>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it so"
)]
fn as_optional_text<S: serde::Serializer>(
    time: &Option<Timestamp>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.collect_str(time),
        None => to.serialize_none(),
    }
}

impl Token {
    /// Whether it is still good.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now <= end.day_end())
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The token they came with.
    pub token_id: i64,
    /// Their name.
    pub user: String,
    /// What they may do.
    pub role: Role,
}

impl DecisionStore {
    /// Makes a token. The text is told once and kept nowhere.
    ///
    /// # Errors
    /// When the name breaks a rule, or it can't be written.
    pub fn add_token(
        &self,
        user: &str,
        role: Role,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(String, Token), DecisionsError> {
        check_text("user", user)?;
        if expires_at.is_some_and(|end| end.day_end() < at) {
            return Err(DecisionsError::invalid("expires", "a day that is not over"));
        }
        let text = format!("{TOKEN_PREFIX}{}", random_text()?);
        let connection = self.lock();
        connection.execute(
            "INSERT INTO token (at, hash, user, role, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                at.to_string(),
                hash(&text),
                user,
                role.name(),
                expires_at.map(|end| end.to_string())
            ],
        )?;
        let token = Token {
            id: connection.last_insert_rowid(),
            user: user.to_owned(),
            role,
            created_at: at,
            expires_at,
            revoked_at: None,
        };
        Ok((text, token))
    }

    /// All tokens ever made, oldest first.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn tokens(&self) -> Result<Vec<Token>, DecisionsError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT t.id, t.user, t.role, t.at, t.expires_at, r.at
             FROM token t LEFT JOIN token_revocation r ON r.token_id = t.id ORDER BY t.id",
        )?;
        let mut rows = statement.query([])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            tokens.push(token(row)?);
        }
        Ok(tokens)
    }

    /// Whether any token was ever made: from then on nobody gets in without one.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn has_tokens(&self) -> Result<bool, DecisionsError> {
        let connection = self.lock();
        let found =
            connection.query_row("SELECT EXISTS (SELECT 1 FROM token)", [], |row| row.get(0));
        Ok(found?)
    }

    /// Makes a token useless.
    ///
    /// # Errors
    /// When there is none, it was revoked before, or this can't be written.
    pub fn revoke_token(&self, id: i64, at: Timestamp) -> Result<(), DecisionsError> {
        let connection = self.lock();
        let known = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM token WHERE id = ?1),
                    EXISTS (SELECT 1 FROM token_revocation WHERE token_id = ?1)",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        match known {
            (false, _) => return Err(DecisionsError::Unknown { what: "token", id }),
            (_, true) => return Err(DecisionsError::AlreadyRevoked { what: "token", id }),
            (true, false) => {}
        }
        connection.execute(
            "INSERT INTO token_revocation (token_id, at) VALUES (?1, ?2)",
            params![id, at.to_string()],
        )?;
        Ok(())
    }

    /// Whose token this is, if it is good now.
    ///
    /// The look-up is by hash, so that its time says nothing about how much of a guess was right.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn authenticate(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Identity>, DecisionsError> {
        if !text.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        self.good_token("t.hash = ?1", params![hash(text)], now)
    }

    /// Whether a token that opened a session is still good.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn identity(
        &self,
        token_id: i64,
        now: Timestamp,
    ) -> Result<Option<Identity>, DecisionsError> {
        self.good_token("t.id = ?1", params![token_id], now)
    }

    fn good_token(
        &self,
        condition: &str,
        wanted: &[&dyn rusqlite::ToSql],
        now: Timestamp,
    ) -> Result<Option<Identity>, DecisionsError> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!(
            "SELECT t.id, t.user, t.role, t.at, t.expires_at, r.at
             FROM token t LEFT JOIN token_revocation r ON r.token_id = t.id WHERE {condition}"
        ))?;
        let found = statement
            .query_row(wanted, |row| Ok(token(row)))
            .optional()?
            .transpose()?;
        Ok(found
            .filter(|token| token.is_good(now))
            .map(|token| Identity {
                token_id: token.id,
                user: token.user,
                role: token.role,
            }))
    }
}

fn token(row: &rusqlite::Row<'_>) -> Result<Token, DecisionsError> {
    let id = row.get(0)?;
    let role: String = row.get(2)?;
    let time = |at: usize| -> Result<Option<Timestamp>, DecisionsError> {
        let text: Option<String> = row.get(at)?;
        text.map(|text| parse_time(&text, "token", id)).transpose()
    };
    Ok(Token {
        id,
        user: row.get(1)?,
        role: Role::parse(&role).ok_or(DecisionsError::Damaged {
            table: "token",
            id,
            expected: "a role",
        })?,
        created_at: parse_time(&row.get::<_, String>(3)?, "token", id)?,
        expires_at: time(4)?,
        revoked_at: time(5)?,
    })
}

fn hash(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// 256 bits from the system, in hexadecimal.
fn random_text() -> Result<String, DecisionsError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| DecisionsError::Random)?;
    Ok(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{fresh, time};
    use super::{DecisionsError, Role};

    #[test]
    fn a_token_opens_until_it_ends_or_is_revoked() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        assert!(!store.has_tokens().unwrap());
        let end = Some(time("2025-07-31"));
        let (text, token) = store.add_token("ana", Role::Viewer, end, at).unwrap();
        let user = |now: &str| {
            let found = store.authenticate(&text, time(now)).unwrap();
            found.map(|identity| (identity.user, identity.role))
        };
        assert_eq!(
            user("2025-07-31T23:00:00Z"),
            Some(("ana".to_owned(), Role::Viewer))
        );
        assert_eq!(user("2025-08-01"), None, "ended");
        store.revoke_token(token.id, time("2025-07-05")).unwrap();
        assert_eq!(user("2025-07-06"), None, "revoked");
        assert!(matches!(
            store.revoke_token(token.id, at),
            Err(DecisionsError::AlreadyRevoked { .. })
        ));
        assert!(store.identity(token.id, at).unwrap().is_none());
        assert!(
            store.has_tokens().unwrap(),
            "a revoked one still closes the door"
        );
        assert_eq!(
            store.tokens().unwrap()[0].revoked_at,
            Some(time("2025-07-05"))
        );
    }

    #[test]
    fn guesses_open_nothing_and_no_two_tokens_are_alike() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        let (one, _) = store.add_token("ana", Role::Admin, None, at).unwrap();
        let (two, _) = store.add_token("ana", Role::Admin, None, at).unwrap();
        assert!(one != two && one.len() == "ringfence_".len() + 64);
        let longer = format!("{one}0");
        for guess in [
            "",
            "ringfence_",
            &one[..one.len() - 1],
            &longer,
            &one["ringfence_".len()..],
        ] {
            assert!(store.authenticate(guess, at).unwrap().is_none());
        }
    }

    #[test]
    fn the_file_holds_no_token() {
        let (store, folder) = fresh();
        let at = time("2025-07-01");
        let (text, _) = store.add_token("ana", Role::Admin, None, at).unwrap();
        drop(store);
        let secret = &text.as_bytes()["ringfence_".len()..];
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}
