//! The parts of a request's address, refused in the API's own words when they are not what they
//! should be. Nothing of what was sent is quoted.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The variables of a path.
#[derive(Clone, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        found
            .map(|axum::extract::Path(found)| Self(found))
            .map_err(|_| {
                ApiError::bad_request("the path is not what the API describes: expected UTF-8")
            })
    }
}

/// The query behind a path.
#[derive(Clone, Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        if !parts.uri.query().is_none_or(is_text) {
            return Err(ApiError::bad_request("the query is not UTF-8"));
        }
        found
            .map(|axum::extract::Query(found)| Self(found))
            .map_err(|_| {
                ApiError::bad_request(
                    "the query is not what /api/v1/openapi.json describes: a parameter is missing, or no such value",
                )
            })
    }
}

/// Whether the bytes that a query stands for are UTF-8: its reader would put marks for those that are not.
fn is_text(query: &str) -> bool {
    let digit = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    let mut bytes = Vec::with_capacity(query.len());
    let mut rest = query.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = match (byte, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => u8::try_from(16 * high + low).ok(),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    std::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_text;

    #[test]
    fn a_query_is_text_once_it_is_unescaped() {
        for good in ["", "q=a+b", "q=%c3%a9", "q=%", "q=%4", "q=%zz", "q=%25ff"] {
            assert!(is_text(good), "{good}");
        }
        for bad in ["q=%ff", "q=%C3", "q=%e9t", "%80=1"] {
            assert!(!is_text(bad), "{bad}");
        }
    }
}
