//! What the service holds of decisions, tokens and sessions.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::auth::{Caller, Proof};
use super::clock::now;
use super::error::ApiError;
use super::rate::Rates;
use super::state::App;
use crate::decisions::{CaseStatus, DecisionStore, DecisionsError, Identity, Role};
use crate::model::Timestamp;

/// How long somebody stays logged in.
const SESSION_SECONDS: i64 = 12 * 3600;
/// Sessions at one time; the one that ends first gives way.
const MAX_SESSIONS: usize = 4_096;
/// How long what was found out about a token is believed: a revoked one is refused that much later.
const BELIEVED: Duration = Duration::from_secs(2);
/// Tokens whose findings are kept; beyond that all are looked up anew.
const MAX_BELIEVED: usize = 4_096;

/// Decisions, tokens, sessions.
#[derive(Debug)]
pub(super) struct Desk {
    store: Option<DecisionStore>,
    sessions: Mutex<HashMap<String, Session>>,
    believed: Mutex<HashMap<Claim, (Instant, Option<Identity>)>>,
    has_tokens: Mutex<Option<(Instant, bool)>>,
    /// Counts up with each record of ours, so that what was made of the records is known to be stale.
    generation: AtomicU64,
    statuses: Mutex<Option<(Stamp, Arc<Statuses>)>>,
    /// What everybody who needs no token has to send with a change.
    open_csrf: String,
    /// Makes masked values of this process recognisable to each other and to nobody else.
    pub(super) mask_key: [u8; 32],
    pub(super) rates: Rates,
}

/// Where every touched case stands, by cluster id.
pub(crate) type Statuses = BTreeMap<String, CaseStatus>;

/// What statuses were made from: our records, those of other processes, and the day, on which snoozes end.
type Stamp = (u64, i64, i64);

/// What somebody claims to be known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Claim {
    /// The hash of a token's text.
    Token([u8; 32]),
    /// The token that opened a session.
    Session(i64),
}

/// Whether a look into the record may be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// No: on a thread that serves.
    No,
    /// Yes.
    Yes,
}

/// Why it is not known who asks.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsure {
    /// It takes a look into the record.
    #[error("the record has to be asked")]
    NotAsked,
    /// The look failed.
    #[error(transparent)]
    Failed(#[from] DecisionsError),
}

impl Wait {
    fn may_ask(self) -> Result<(), Unsure> {
        match self {
            Self::No => Err(Unsure::NotAsked),
            Self::Yes => Ok(()),
        }
    }
}

#[derive(Clone, Debug)]
struct Session {
    token_id: i64,
    csrf: String,
    ends: Timestamp,
}

impl Desk {
    /// Opens the record, or makes it; without one nothing can be decided and nobody needs a token.
    pub(super) fn open(db: Option<&Path>) -> Result<Self, DecisionsError> {
        Ok(Self {
            store: db.map(DecisionStore::create_or_open).transpose()?,
            sessions: Mutex::default(),
            believed: Mutex::default(),
            has_tokens: Mutex::default(),
            generation: AtomicU64::new(0),
            statuses: Mutex::default(),
            open_csrf: random_text()?,
            mask_key: random_bytes()?,
            rates: Rates::default(),
        })
    }

    /// Who asks, by what they came with; a bad token does not fall back to the cookie beside it.
    /// Without `wait`, only what was found out a moment ago is used.
    ///
    /// # Errors
    /// When it takes a look into the record, or that failed: then nobody gets in at all.
    pub(super) fn caller(
        &self,
        bearer: Option<&str>,
        session: Option<&str>,
        wait: Wait,
    ) -> Result<Option<Caller>, Unsure> {
        if !self.needs_token(wait)? {
            return Ok(Some(self.open_caller()));
        }
        match (bearer, session) {
            (Some(token), _) => self.caller_of_token(token, wait),
            (None, Some(session)) => self.caller_of_session(session, wait),
            (None, None) => Ok(None),
        }
    }

    /// Whether nobody gets in without a token.
    fn needs_token(&self, wait: Wait) -> Result<bool, Unsure> {
        let Some(store) = &self.store else {
            return Ok(false);
        };
        let mut known = lock(&self.has_tokens);
        if let Some((at, found)) = *known
            && (found || at.elapsed() < BELIEVED)
        {
            return Ok(found);
        }
        wait.may_ask()?;
        let found = store.has_tokens()?;
        *known = Some((Instant::now(), found));
        Ok(found)
    }

    /// Everybody, where no token was ever made.
    fn open_caller(&self) -> Caller {
        Caller {
            user: "local".to_owned(),
            role: Role::Admin,
            proof: Proof::None,
            csrf: Some(self.open_csrf.clone()),
        }
    }

    /// Whose token this is, if it is good.
    fn caller_of_token(&self, token: &str, wait: Wait) -> Result<Option<Caller>, Unsure> {
        let claim = Claim::Token(*blake3::hash(token.as_bytes()).as_bytes());
        let identity = self.believe(claim, wait, |store| store.authenticate(token, now()))?;
        Ok(identity.map(|identity| Caller {
            user: identity.user,
            role: identity.role,
            proof: Proof::Token,
            csrf: None,
        }))
    }

    /// Whose session this is, if it and the token that opened it are good.
    fn caller_of_session(&self, id: &str, wait: Wait) -> Result<Option<Caller>, Unsure> {
        let session = lock(&self.sessions).get(&session_key(id)).cloned();
        let Some(session) = session.filter(|session| session.ends > now()) else {
            return Ok(None);
        };
        let claim = Claim::Session(session.token_id);
        let identity =
            self.believe(claim, wait, |store| store.identity(session.token_id, now()))?;
        Ok(identity.map(|identity| Caller {
            user: identity.user,
            role: identity.role,
            proof: Proof::Cookie,
            csrf: Some(session.csrf),
        }))
    }

    fn believe(
        &self,
        claim: Claim,
        wait: Wait,
        find: impl FnOnce(&DecisionStore) -> Result<Option<Identity>, DecisionsError>,
    ) -> Result<Option<Identity>, Unsure> {
        let Some(store) = &self.store else {
            return Ok(None);
        };
        if let Some((at, identity)) = lock(&self.believed).get(&claim)
            && at.elapsed() < BELIEVED
        {
            return Ok(identity.clone());
        }
        wait.may_ask()?;
        let identity = find(store)?;
        let mut believed = lock(&self.believed);
        if believed.len() >= MAX_BELIEVED {
            believed.clear();
        }
        believed.insert(claim, (Instant::now(), identity.clone()));
        Ok(identity)
    }

    /// Opens a session for a good token: what to put into the cookie, and for how many seconds.
    pub(super) fn log_in(&self, token: &str) -> Result<Option<(String, i64)>, DecisionsError> {
        let Some(store) = &self.store else {
            return Ok(None);
        };
        let now = now();
        let Some(identity) = store.authenticate(token, now)? else {
            return Ok(None);
        };
        let id = random_text()?;
        let session = Session {
            token_id: identity.token_id,
            csrf: random_text()?,
            ends: Timestamp::from_seconds(now.seconds() + SESSION_SECONDS),
        };
        let mut sessions = lock(&self.sessions);
        sessions.retain(|_, session| session.ends > now);
        if sessions.len() >= MAX_SESSIONS {
            let first = sessions
                .iter()
                .min_by_key(|(id, session)| (session.ends, *id));
            let first = first.map(|(id, _)| id.clone());
            first.map(|id| sessions.remove(&id));
        }
        sessions.insert(session_key(&id), session);
        Ok(Some((id, SESSION_SECONDS)))
    }

    /// Ends a session.
    pub(super) fn log_out(&self, id: &str) {
        lock(&self.sessions).remove(&session_key(id));
    }

    fn statuses(&self, store: &DecisionStore) -> Result<Arc<Statuses>, DecisionsError> {
        let now = now();
        // Read before the records: what is written meanwhile makes another stamp.
        let ours = self.generation.load(Ordering::Acquire);
        let stamp = (ours, store.others_version()?, now.day());
        let mut known = lock(&self.statuses);
        if let Some((made_from, statuses)) = &*known
            && *made_from == stamp
        {
            return Ok(Arc::clone(statuses));
        }
        let statuses = Arc::new(store.statuses(now)?);
        *known = Some((stamp, Arc::clone(&statuses)));
        Ok(statuses)
    }
}

impl App {
    /// Whether decisions are kept.
    pub(super) fn keeps_decisions(&self) -> bool {
        self.desk.store.is_some()
    }

    /// Whether nobody gets in without a token.
    ///
    /// # Errors
    /// When the record of decisions can't be read.
    pub fn needs_token(&self) -> Result<bool, DecisionsError> {
        match &self.desk.store {
            None => Ok(false),
            Some(store) => store.has_tokens(),
        }
    }

    /// Asks the record, away from the threads that serve.
    pub(super) async fn ask_record<T: Send + 'static>(
        &self,
        question: impl FnOnce(&DecisionStore) -> Result<T, DecisionsError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let app = self.clone();
        blocking(move || question(app.record()?).map_err(ApiError::from)).await
    }

    /// Writes to the record; what the answer rests on is on the disk when this returns.
    pub(super) async fn write_record<T: Send + 'static>(
        &self,
        change: impl FnOnce(&DecisionStore) -> Result<T, DecisionsError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let app = self.clone();
        blocking(move || {
            let written = change(app.record()?)?;
            app.desk.generation.fetch_add(1, Ordering::Release);
            Ok(written)
        })
        .await
    }

    /// Where every touched case stands; none where no decisions are kept. Blocks: the first call after
    /// a change takes a pass over the decisions.
    pub(super) fn statuses(&self) -> Result<Option<Arc<Statuses>>, ApiError> {
        match &self.desk.store {
            None => Ok(None),
            Some(store) => Ok(Some(self.desk.statuses(store)?)),
        }
    }

    fn record(&self) -> Result<&DecisionStore, ApiError> {
        self.desk.store.as_ref().ok_or_else(|| {
            ApiError::new(
                axum::http::StatusCode::CONFLICT,
                "no_record",
                "decisions are not kept: start `ringfence serve` with --db FILE",
            )
        })
    }
}

/// Runs something that waits for the disk on a thread that may wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ApiError::internal(&error))?
}

impl From<DecisionsError> for ApiError {
    fn from(error: DecisionsError) -> Self {
        use axum::http::StatusCode;
        match &error {
            DecisionsError::Invalid { .. } => Self::bad_request(error.to_string()),
            DecisionsError::Unknown { .. } => Self::not_found(error.to_string()),
            DecisionsError::AlreadyRevoked { .. } => {
                Self::new(StatusCode::CONFLICT, "already_revoked", error.to_string())
            }
            _ if error.is_busy() => {
                Self::unavailable("another process keeps the record of decisions: try again")
            }
            _ => Self::internal(&error),
        }
    }
}

/// Sessions are held by hash: a memory dump opens no door, and a look-up takes the same time however
/// much of a guess is right.
fn session_key(id: &str) -> String {
    blake3::hash(id.as_bytes()).to_hex().to_string()
}

fn random_bytes() -> Result<[u8; 32], DecisionsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| DecisionsError::Random)?;
    Ok(bytes)
}

fn random_text() -> Result<String, DecisionsError> {
    Ok(blake3::Hash::from_bytes(random_bytes()?)
        .to_hex()
        .to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
