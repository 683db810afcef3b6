//! Answers packed with gzip or zstd for clients that can unpack them.

use std::io::Write as _;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::limits::{MAX_PACKED_BYTES, MIN_PACKED_BYTES, PACKED_AT_ONCE_BYTES};

/// A way to pack an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    Zstd,
}

impl Encoding {
    /// What a request asks for; of two that are equally welcome, the one that costs less.
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        if method == Method::HEAD {
            return None;
        }
        let [mut gzip, mut zstd, mut any] = [None; 3];
        for line in headers.get_all(ACCEPT_ENCODING) {
            for choice in line.to_str().unwrap_or_default().split(',') {
                let (name, weight) = weighed(choice);
                match name.to_ascii_lowercase().as_str() {
                    "gzip" | "x-gzip" => gzip = Some(weight),
                    "zstd" => zstd = Some(weight),
                    "*" => any = Some(weight),
                    _ => {}
                }
            }
        }
        let [gzip, zstd] = [gzip, zstd].map(|weight| weight.or(any).unwrap_or(0.0));
        if zstd > 0.0 && zstd >= gzip {
            return Some(Self::Zstd);
        }
        (gzip > 0.0).then_some(Self::Gzip)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    fn pack(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let packed = Vec::with_capacity(bytes.len() / 4);
                let mut packer = flate2::write::GzEncoder::new(packed, flate2::Compression::new(4));
                packer.write_all(bytes)?;
                packer.finish()
            }
            Self::Zstd => zstd::bulk::compress(bytes, 3),
        }
    }
}

/// A choice such as `gzip;q=0.5`: its name and how welcome it is.
fn weighed(choice: &str) -> (&str, f32) {
    let mut parts = choice.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    (
        name,
        weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)),
    )
}

/// The answer, packed where that is asked for and pays.
pub(super) async fn packed(response: Response, encoding: Option<Encoding>) -> Response {
    if !is_worth_packing(&response) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    head.headers
        .append(VARY, HeaderValue::from_static("Accept-Encoding"));
    let Some(encoding) = encoding else {
        return Response::from_parts(head, body);
    };
    let Ok(bytes) = to_bytes(body, MAX_PACKED_BYTES).await else {
        return ApiError::unavailable("the answer is too large").into_response();
    };
    let body = match pack(encoding, bytes.clone()).await {
        Ok(packed) => {
            head.headers.remove(CONTENT_LENGTH);
            let name = HeaderValue::from_static(encoding.name());
            head.headers.insert(CONTENT_ENCODING, name);
            weaken(&mut head.headers);
            Body::from(packed)
        }
        // Unpacked it is as good, only longer.
        Err(_) => Body::from(bytes),
    };
    Response::from_parts(head, body)
}

/// A long one leaves the threads that serve.
async fn pack(encoding: Encoding, bytes: Bytes) -> std::io::Result<Vec<u8>> {
    if bytes.len() <= PACKED_AT_ONCE_BYTES {
        return encoding.pack(&bytes);
    }
    tokio::task::spawn_blocking(move || encoding.pack(&bytes))
        .await
        .map_err(std::io::Error::other)?
}

/// Whether an answer is long enough, and not packed by its nature.
fn is_worth_packing(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_packed = headers.contains_key(CONTENT_ENCODING)
        || kind.is_none_or(|kind| kind.starts_with(b"font/") || kind.starts_with(b"image/"));
    let size = response.body().size_hint().exact();
    !is_packed
        && response.status() != StatusCode::NOT_MODIFIED
        && size.is_none_or(|bytes| bytes >= MIN_PACKED_BYTES)
}

/// The bytes are not those that a strong tag stands for.
fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers
        .get(ETAG)
        .filter(|tag| tag.as_bytes().starts_with(b"\""))
    else {
        return;
    };
    if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()) {
        headers.insert(ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT_ENCODING;
    use axum::http::{HeaderMap, HeaderValue, Method};

    use super::Encoding;

    #[test]
    fn a_client_gets_what_it_welcomes_most() {
        let check = |accepted: &'static str, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Encoding::of(&Method::GET, &headers), expected, "{accepted}");
            assert_eq!(Encoding::of(&Method::HEAD, &headers), None);
        };
        check("", None);
        check("identity", None);
        check("br, deflate", None);
        check("gzip", Some(Encoding::Gzip));
        check("gzip, deflate, br, zstd", Some(Encoding::Zstd));
        check("GZIP;q=1.0, zstd; q=0.5", Some(Encoding::Gzip));
        check("gzip;q=0, zstd;q=0", None);
        check("*", Some(Encoding::Zstd));
        check("*;q=0.1, zstd;q=0", Some(Encoding::Gzip));
        check("gzip;q=much", None);
    }
}
