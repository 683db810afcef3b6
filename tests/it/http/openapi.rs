//! The `OpenAPI` document describes the routes, and the answers fit it.

use ringfence::serve::open_api;
use serde_json::{Map, Value};

use super::{Service, request};

pub(super) fn document() -> Value {
    serde_json::to_value(open_api()).unwrap()
}

pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    operations
}

#[test]
fn every_described_route_is_served_and_says_what_it_does() {
    let service = Service::tiny();
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() >= 17, "{}", operations.len());
    for (path, method, operation) in &operations {
        assert!(path.starts_with("/api/v1/"), "{path}");
        assert!(
            operation["summary"].is_string() || operation["description"].is_string(),
            "{path}"
        );
        assert!(
            operation["responses"]["default"].is_object(),
            "{path}: errors are described"
        );
        let concrete = path
            .replace("{cluster_id}", "x")
            .replace("{merchant_id}", "x");
        let reply = service.send(
            request(method, &concrete)
                .body(axum::body::Body::empty())
                .unwrap(),
        );
        assert_ne!(reply.status, 405, "{method} {path}");
        if reply.status == 404 {
            assert!(!reply.text().contains("no such address"), "{path}");
        }
    }
    let served = service.ok("/api/v1/openapi.json");
    assert_eq!(served, document);
}

/// Every reference in the document leads somewhere.
#[test]
fn the_document_holds_together() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "$ref" => found.push(text),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn answers_fit_the_document() {
    let service = Service::tiny();
    let queue = service.ok("/api/v1/clusters");
    let cluster = queue["items"][0]["cluster_id"].as_str().unwrap().to_owned();
    let members = service.ok(&format!("/api/v1/clusters/{cluster}/members"));
    let merchant = members["items"][0]["merchant_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let evidence = service.ok(&format!("/api/v1/clusters/{cluster}/evidence"));
    let entity = evidence["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["entity_type"] == "device");
    let entity = entity.unwrap()["entity"].as_str().unwrap().to_owned();
    let run_id = queue["run_id"].as_str().unwrap().to_owned();
    let document = document();
    for (path, method, operation) in operations(&document) {
        if method != "GET" || path.ends_with("/export") {
            continue;
        }
        let query = match path.rsplit('/').next().unwrap() {
            "path" => format!("?from={merchant}&to={merchant}"),
            "search" => format!("?q={merchant}"),
            "entities" => format!("?type=device&value={entity}"),
            "changes" => format!("?since={run_id}"),
            "diff" => format!("?from={run_id}"),
            _ => String::new(),
        };
        let path = path
            .replace("{cluster_id}", &cluster)
            .replace("{merchant_id}", &merchant);
        let answer = service.ok(&format!("{path}{query}"));
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, schema, &answer, &path);
    }
}

/// Checks a value against the parts of JSON Schema that the document uses.
pub(super) fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap();
        return fits(document, target, value, place);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(document, part, value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let null = choices.iter().any(|choice| choice["type"] == "null");
        if value.is_null() {
            return assert!(null, "{place}: null");
        }
        let real = choices
            .iter()
            .find(|choice| choice["type"] != "null")
            .unwrap();
        return fits(document, real, value, place);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => return,
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fine = types.contains(&kind) || (kind == "integer" && types.contains(&"number"));
    assert!(fine, "{place}: {kind} is none of {types:?}");
    let nothing = Map::new();
    let fields = value.as_object().unwrap_or(&nothing);
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            value.is_object() && fields.contains_key(name.as_str().unwrap()),
            "{place}: {name} is missing"
        );
    }
    for (name, part) in schema["properties"].as_object().unwrap_or(&nothing) {
        if let Some(value) = fields.get(name) {
            fits(document, part, value, &format!("{place}.{name}"));
        }
    }
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(document, &schema["items"], item, &format!("{place}[{at}]"));
    }
}
