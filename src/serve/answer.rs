//! What every answer about a run has around it, and pages of long lists.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::limits::{DEFAULT_PAGE, MAX_PAGE, MAX_TEXT_BYTES};
use crate::explore::OpenRun;

/// An answer with the run it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answer<T> {
    /// The run.
    pub(super) run_id: String,
    /// What the run took for now.
    pub(super) as_of: String,
    /// The answer's own fields.
    #[serde(flatten)]
    pub(super) rest: T,
}

impl<T> Answer<T> {
    /// An answer from a run.
    pub(super) fn new(run: &OpenRun, rest: T) -> Json<Self> {
        Json(Self {
            run_id: run.run_id().to_owned(),
            as_of: run.as_of().to_owned(),
            rest,
        })
    }

    /// The same as it goes out: for what borrows from the run, and so can't leave the thread as it is.
    pub(super) fn bytes(run: &OpenRun, rest: T) -> Vec<u8>
    where
        T: Serialize,
    {
        let Json(answer) = Self::new(run, rest);
        serde_json::to_vec(&answer).expect("an answer is plain data")
    }
}

/// Bytes of JSON as an answer.
pub(super) fn json(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// Digits of the tags in a cursor.
const TAG_DIGITS: usize = 12;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items of this page, in the list's order.
    pub(super) items: Vec<T>,
    /// For the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
    /// Items of all pages.
    pub(super) total: usize,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Items at most; 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    pub(super) limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = r"^[0-9a-f]{12}\.[0-9a-f]{12}\.[0-9]{1,15}$")]
    pub(super) cursor: Option<String>,
}

/// A slice of a list: where it starts and how long it is at most, and what ties its cursors to the
/// list.
#[derive(Debug)]
pub(super) struct Slice {
    /// What the cursor says: items before the slice, or what [`Self::page`] was told. 0 without one.
    pub(super) start: usize,
    pub(super) limit: usize,
    run: String,
    list: String,
}

impl PageQuery {
    /// The slice asked for. `list` names the list with everything that filters and sorts it: a cursor
    /// of another list is refused, as is one of another run.
    ///
    /// # Errors
    /// 400 for a limit out of range or a cursor that is none, 409 for a cursor of another list or run.
    pub(super) fn slice(&self, run: &OpenRun, list: &str) -> Result<Slice, ApiError> {
        self.slice_up_to(run, list, MAX_PAGE)
    }

    /// As [`Self::slice`], with a limit of the list's own.
    ///
    /// # Errors
    /// As [`Self::slice`].
    pub(super) fn slice_up_to(
        &self,
        run: &OpenRun,
        list: &str,
        most: usize,
    ) -> Result<Slice, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=most).contains(&limit) {
            return Err(ApiError::bad_request(format!(
                "limit: expected 1 to {most}"
            )));
        }
        let mut slice = Slice {
            start: 0,
            limit,
            run: digest(run.run_id()),
            list: digest(list),
        };
        if let Some(cursor) = &self.cursor {
            slice.start = slice.resume(cursor)?;
        }
        Ok(slice)
    }
}

impl Slice {
    fn resume(&self, cursor: &str) -> Result<usize, ApiError> {
        let mut parts = cursor.split('.');
        let (Some(run), Some(list), Some(start), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Self::refused());
        };
        let is_tag = |tag: &str| tag.len() == TAG_DIGITS && tag.bytes().all(is_hex_digit);
        let is_count =
            (1..=15).contains(&start.len()) && start.bytes().all(|digit| digit.is_ascii_digit());
        if !is_tag(run) || !is_tag(list) || !is_count {
            return Err(Self::refused());
        }
        let start = start.parse().map_err(|_| Self::refused())?;
        if list != self.list {
            return Err(ApiError::another_list());
        }
        if run != self.run {
            return Err(ApiError::run_changed());
        }
        Ok(start)
    }

    /// A page from its items and the length of the list.
    pub(super) fn of<T>(&self, items: Vec<T>, total: usize) -> Page<T> {
        let end = self.start.saturating_add(items.len());
        let more = end < total && !items.is_empty();
        self.page(items, total, more.then_some(end))
    }

    /// 400 for a cursor that names what no page could have ended with.
    pub(super) fn refused() -> ApiError {
        ApiError::bad_request("cursor: expected the next_cursor of the page before")
    }

    /// A page of a list whose items come and go within a run: `next` names its last item, if more follow,
    /// and not how many there were, for such a count would pass over some of those that are left.
    pub(super) fn page<T>(&self, items: Vec<T>, total: usize, next: Option<usize>) -> Page<T> {
        Page {
            next_cursor: next.map(|next| format!("{}.{}.{next}", self.run, self.list)),
            items,
            total,
        }
    }
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..TAG_DIGITS].to_owned()
}

fn is_hex_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// A text of a URL within bounds.
///
/// # Errors
/// 400 when it is longer.
pub(super) fn bounded<'a>(name: &str, text: &'a str) -> Result<&'a str, ApiError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(ApiError::bad_request(format!(
            "{name}: expected at most {MAX_TEXT_BYTES} bytes"
        )));
    }
    Ok(text)
}
