//! The parts of a request's address, refused in the API's own words when they are not what they
//! should be. Nothing of what was sent is quoted.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::Parameter;

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

impl<T: DeserializeOwned + IntoParams, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let found = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        if !parts.uri.query().is_none_or(is_text) {
            return Err(ApiError::bad_request("the query is not UTF-8"));
        }
        found
            .map(|axum::extract::Query(found)| Self(found))
            .map_err(|_| {
                let fault = fault_in_query::<T>(&parts.uri);
                ApiError::bad_request(format!(
                    "the query is not what /api/v1/openapi.json describes: {fault}"
                ))
            })
    }
}

/// What is wrong with a query, in words of ours alone.
fn fault_in_query<T: IntoParams>(uri: &Uri) -> String {
    let known = T::into_params(|| None);
    let sent = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let sent = sent.map(|sent| sent.0).unwrap_or_default();
    let is_sent = |name: &str| sent.iter().any(|(key, _)| key == name);
    if !sent
        .iter()
        .all(|(key, _)| known.iter().any(|known| known.name == *key))
    {
        let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        return format!("unknown parameter, expected {}", names.join(", "));
    }
    let is_missing = |known: &&Parameter| known.required == Required::True && !is_sent(&known.name);
    match known.iter().find(is_missing) {
        Some(missing) => format!("missing parameter {}", missing.name),
        None => "no such value, or a parameter twice".to_owned(),
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
