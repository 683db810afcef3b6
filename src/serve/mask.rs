//! Personal fields masked in answers to those who may not see them.
//!
//! It is done on the finished answer, for every route alike: a route that is forgotten can't leak.
//! Values of personal fields are masked wherever they stand, in sentences too.

use aho_corasick::{AhoCorasick, MatchKind};
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::error::ApiError;

/// Fields that hold a person's name, account, device, address or the like.
const PERSONAL: [&str; 12] = [
    "name", "label", "shown", "entity", "value", "owner", "owner_id", "weakest", "address", "lat",
    "lon", "note",
];
/// Values shorter than this are not looked for in sentences: they are parts of too many words.
const SHORTEST_REPEATED: usize = 4;
/// Fields with codes and ids of ours, which stay whatever a shop is called.
const OURS: [&str; 12] = [
    "action",
    "as_of",
    "cluster_id",
    "code",
    "csrf",
    "entity_type",
    "kind",
    "merchant_id",
    "previous_cluster_id",
    "role",
    "run_id",
    "state",
];
/// Verdicts stand in a field of the name `label` too, and are nobody's name.
const VERDICTS: [&str; 3] = ["", "fraud", "legit"];
/// Largest answer that is masked; the others are refused rather than let through.
const MAX_MASKED_BYTES: usize = 64 << 20;

/// Masks an answer in JSON. One without content has nothing to mask; one of another kind, such as a
/// file, is refused: nobody has looked into it.
pub(super) async fn response(response: Response, key: &[u8; 32]) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    let Some(kind) = kind.filter(|_| response.status().is_success()) else {
        return response;
    };
    if !kind.as_bytes().starts_with(b"application/json") {
        let refused = "only for roles that see personal fields";
        return ApiError::new(StatusCode::FORBIDDEN, "role", refused).into_response();
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_MASKED_BYTES).await else {
        return ApiError::unavailable("the answer is too large to be masked").into_response();
    };
    if bytes.is_empty() {
        // To `HEAD`; how long the answer would be unmasked is nobody's business.
        parts.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    let Ok(mut document) = serde_json::from_slice::<Value>(&bytes) else {
        return ApiError::unavailable("the answer can't be masked").into_response();
    };
    mask(&mut document, key);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(document.to_string()))
}

/// What tells the masks of one key from those of another, and nothing of the key.
pub(super) fn mark_of(key: &[u8; 32]) -> String {
    let mark = blake3::derive_key("ringfence 2026 entity tag of masked answers", key);
    format!("-{}", &blake3::Hash::from_bytes(mark).to_hex()[..12])
}

/// Masks every personal field of a document, and its value wherever else it stands. Linear in the size
/// of the document.
fn mask(document: &mut Value, key: &[u8; 32]) {
    let mut found = Vec::new();
    collect(document, false, &mut found);
    found.retain(|text| text.len() >= SHORTEST_REPEATED);
    found.sort_unstable();
    found.dedup();
    let known = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(&found);
    let masker = Masker {
        // More values than fit an automaton are in no answer of ours; then every text goes.
        known: known.ok(),
        found,
        key,
    };
    masker.replace(document, false);
}

fn is_personal(field: &str) -> bool {
    PERSONAL.contains(&field)
}

/// Whether a field of an object is personal. An `id` is when it is a value of an entity: of its kinds, only
/// merchants and clusters have ids that are nobody's account. A `label` is not when it is a cluster's.
fn is_personal_in(fields: &Map<String, Value>, name: &str) -> bool {
    let kind = fields.get("kind").and_then(Value::as_str);
    match name {
        "id" => kind.is_some_and(|kind| !matches!(kind, "merchant" | "cluster")),
        "label" => kind != Some("cluster"),
        _ => is_personal(name),
    }
}

fn collect(value: &Value, personal: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) if personal && !VERDICTS.contains(&text.as_str()) => {
            found.push(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, personal, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, is_personal_in(fields, name), found);
            }
        }
        _ => {}
    }
}

struct Masker<'a> {
    /// Sorted.
    found: Vec<String>,
    known: Option<AhoCorasick>,
    key: &'a [u8; 32],
}

impl Masker<'_> {
    fn replace(&self, value: &mut Value, personal: bool) {
        match value {
            Value::String(text) if VERDICTS.contains(&text.as_str()) => {}
            Value::String(text) => *text = self.text(text, personal),
            Value::Number(_) if personal => *value = Value::Null,
            Value::Array(items) => {
                for item in items {
                    self.replace(item, personal);
                }
            }
            Value::Object(fields) => {
                let personal: Vec<bool> = fields
                    .keys()
                    .map(|name| is_personal_in(fields, name))
                    .collect();
                for ((name, field), personal) in fields.iter_mut().zip(personal) {
                    if !OURS.contains(&name.as_str()) || !field.is_string() {
                        self.replace(field, personal);
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&self, text: &str, personal: bool) -> String {
        // `e:TYPE:VALUE` is how a picture calls an entity.
        let node = text
            .strip_prefix("e:")
            .and_then(|rest| rest.split_once(':'));
        if let Some((kind, value)) = node {
            return format!("e:{kind}:{}", masked(value, self.key));
        }
        let is_known = || {
            self.found
                .binary_search_by(|known| known.as_str().cmp(text))
                .is_ok()
        };
        if personal || is_known() {
            return masked(text, self.key);
        }
        // Only a sentence has parts; codes and ids of ours have none.
        if !text.contains(' ') {
            return text.to_owned();
        }
        let Some(known) = &self.known else {
            return masked(text, self.key);
        };
        let mut replaced = String::with_capacity(text.len());
        known.replace_all_with(text, &mut replaced, |_, value, to| {
            to.push_str(&masked(value, self.key));
            true
        });
        replaced
    }
}

/// The first letter, and a tag that tells values of one process apart without telling what they are:
/// the same value has the same tag, so that a picture still hangs together.
fn masked(text: &str, key: &[u8; 32]) -> String {
    let Some(first) = text.chars().next() else {
        return String::new();
    };
    let tag = blake3::keyed_hash(key, text.as_bytes()).to_hex();
    format!("{first}…{}", &tag[..8])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::mask;

    #[test]
    fn values_are_masked_in_their_fields_and_in_sentences() {
        let mut document = json!({
            "case": {
                "headline": "Lucky Mart and 3 others",
                "why": ["all use sg41bnka0039 and pay out to it"],
                "members": [{"merchant_id": "M1", "name": "Lucky Mart", "city": "Singapore", "lat": 1.3}],
                "evidence": [{"entity_type": "payout", "entity": "sg41bnka0039", "shown": "SG41 BNKA 0039", "members": 3}],
            },
            "nodes": [{"id": "e:payout:sg41bnka0039", "label": "SG41 BNKA 0039"}],
            "items": [{"kind": "entity", "id": "hidden@example.org"}, {"kind": "merchant", "id": "M2"},
                {"kind": "cluster", "id": "R123", "label": "R123"}],
            "weakest": {"kind": "payout", "id": "sg41bnka0039", "shown": "SG41 BNKA 0039"},
            "state": "Lucky Mart",
            "links": [{"source": "m:M1", "target": "e:payout:sg41bnka0039"}],
            "csrf": "abc",
        });
        mask(&mut document, &[7; 32]);
        assert_eq!(document["state"], "Lucky Mart", "a code of ours");
        document["state"].take();
        let text = document.to_string();
        for secret in ["hidden@", "Lucky", "sg41bnka", "BNKA", "1.3"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert_eq!(document["links"][0]["target"], document["nodes"][0]["id"]);
        for kept in ["R123", "M2", "M1", "Singapore", "payout", "abc"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        let other = {
            let mut other = json!({"name": "Lucky Mart"});
            mask(&mut other, &[8; 32]);
            other
        };
        assert_ne!(other["name"], document["case"]["members"][0]["name"]);
    }
}
