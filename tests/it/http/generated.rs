//! Requests made up from the `OpenAPI` document: what it allows and what it forbids, for every operation.
//!
//! Whatever is asked, the answer is none of status 5xx, is described, and what the document forbids is
//! refused.

use axum::body::Body;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::openapi::{document, fits, operations};
use super::{Reply, Service, request};

/// One made-up request: choices for each part, taken in turn.
#[derive(Clone, Debug)]
struct Draw {
    operation: usize,
    choices: Vec<usize>,
    text: String,
    number: i64,
}

fn draws() -> impl Strategy<Value = Draw> {
    let text = prop_oneof![
        "[a-zA-Z0-9_.:-]{0,12}",
        "\\PC{0,20}",
        Just("x".repeat(600)),
        Just("'; DROP TABLE decisions; --".to_owned()),
        Just("../../etc/passwd".to_owned()),
        Just("\u{202e}\u{0}\u{7f}".to_owned()),
    ];
    let number = prop_oneof![-2_i64..600, any::<i64>()];
    let choices = prop::collection::vec(0..8_usize, 12);
    (any::<usize>(), choices, text, number).prop_map(|(operation, choices, text, number)| Draw {
        operation,
        choices,
        text,
        number,
    })
}

/// What is known to the service, so that not every answer is 404.
struct Known {
    cluster: String,
    merchant: String,
    run_id: String,
}

/// Makes up values in turn, and remembers whether one of them is forbidden.
struct Maker<'a> {
    document: &'a Value,
    known: &'a Known,
    draw: &'a Draw,
    turn: usize,
    is_forbidden: bool,
}

impl Maker<'_> {
    fn next(&mut self) -> usize {
        self.turn += 1;
        self.draw.choices[self.turn % self.draw.choices.len()]
    }

    fn value(&mut self, name: &str, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.document.pointer(&reference[1..]).unwrap();
            return self.value(name, target);
        }
        let choice = self.next();
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.clone(),
            kind => vec![kind.clone()],
        };
        let may_be_null = kinds.contains(&json!("null"));
        if choice == 7 && may_be_null {
            return Value::Null;
        }
        match kinds[0].as_str().unwrap_or_default() {
            "integer" | "number" => json!(self.draw.number),
            "boolean" => json!(choice > 3),
            "array" => {
                let items = (0..choice % 3).map(|_| self.value(name, &schema["items"]));
                Value::Array(items.collect())
            }
            "object" => {
                let mut fields = Map::new();
                for (name, part) in schema["properties"].as_object().into_iter().flatten() {
                    let value = self.value(name, part);
                    fields.insert(name.clone(), value);
                }
                Value::Object(fields)
            }
            _ => json!(self.text(name, choice)),
        }
    }

    fn text(&mut self, name: &str, choice: usize) -> String {
        let known = match name {
            "cluster_id" | "cluster" => &self.known.cluster,
            "merchant_id" | "from" | "to" | "ids" | "merchant_ids" | "merchant" | "q" => {
                &self.known.merchant
            }
            "run_id" | "since" => &self.known.run_id,
            "verdict" => "confirm",
            "reason_code" => "one_hand",
            "until" | "expires_at" => "2099-12-31",
            _ => &self.draw.text,
        };
        let is_made_up = choice == 0;
        (if is_made_up { &self.draw.text } else { known }).to_owned()
    }

    /// A parameter's text, noting when it is out of the bounds that the document sets.
    fn parameter(&mut self, parameter: &Value) -> String {
        let schema = &parameter["schema"];
        let value = self.value(parameter["name"].as_str().unwrap(), schema);
        let text = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let number = value.as_f64();
        let below = number.zip(schema["minimum"].as_f64());
        let above = number.zip(schema["maximum"].as_f64());
        let longest = schema["maxLength"].as_u64();
        self.is_forbidden |= below.is_some_and(|(number, least)| number < least)
            || above.is_some_and(|(number, most)| number > most)
            // Bytes are counted, of which a character has at least one.
            || longest.is_some_and(|most| text.chars().count() as u64 > most);
        text
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Sends one, and checks what must hold of any answer.
fn send(service: &Service, document: &Value, known: &Known, csrf: &str, draw: &Draw) {
    let operations = operations(document);
    let (path, method, operation) = &operations[draw.operation % operations.len()];
    let mut maker = Maker {
        document,
        known,
        draw,
        turn: 0,
        is_forbidden: false,
    };
    let (mut address, mut query) = (path.clone(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        if parameter["in"] == "path" {
            let mut text = maker.parameter(parameter);
            if text.is_empty() {
                text.push('x');
            }
            address = address.replace(&format!("{{{name}}}"), &escaped(&text));
        } else if parameter["required"] == true || maker.next() < 3 {
            let text = maker.parameter(parameter);
            query.push(format!("{name}={}", escaped(&text)));
        }
    }
    if !query.is_empty() {
        address = format!("{address}?{}", query.join("&"));
    }
    let content = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = match content {
        Value::Null => Body::empty(),
        schema => Body::from(maker.value("", schema).to_string()),
    };
    let sent = request(method, &address)
        .header("content-type", "application/json")
        .header("x-csrf-token", csrf);
    let reply = service.send(sent.body(body).unwrap());
    let place = format!("{method} {address}: {} {}", reply.status, reply.text());
    assert!(reply.status.as_u16() < 500, "{place}");
    if maker.is_forbidden {
        assert!(reply.status.is_client_error(), "forbidden: {place}");
    }
    is_described(document, operation, &reply, &place);
}

/// The answer's status and body are in the document.
fn is_described(document: &Value, operation: &Value, reply: &Reply, place: &str) {
    let responses = &operation["responses"];
    let described = match &responses[reply.status.as_str()] {
        Value::Null => &responses["default"],
        described => described,
    };
    let is_error = reply.status.is_client_error();
    assert!(
        is_error || !responses[reply.status.as_str()].is_null(),
        "{place}"
    );
    let schema = &described["content"]["application/json"]["schema"];
    if reply.header("content-type") == "application/json" && !schema.is_null() {
        fits(document, schema, &reply.json(), place);
    }
}

#[test]
fn whatever_is_asked_is_answered_as_described() {
    let service = Service::with_record();
    let document = document();
    let queue = service.ok("/api/v1/clusters");
    let cluster = queue["items"][0]["cluster_id"].as_str().unwrap().to_owned();
    let members = service.ok(&format!("/api/v1/clusters/{cluster}/members"));
    let known = Known {
        merchant: members["items"][0]["merchant_id"]
            .as_str()
            .unwrap()
            .to_owned(),
        run_id: queue["run_id"].as_str().unwrap().to_owned(),
        cluster,
    };
    let csrf = service.ok("/api/v1/me")["csrf"].clone();
    let csrf = csrf.as_str().unwrap();
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: 600,
            failure_persistence: None,
            ..Config::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    runner
        .run(&draws(), |draw| {
            send(&service, &document, &known, csrf, &draw);
            Ok(())
        })
        .unwrap();
}

/// The others are answered 405 with what is taken instead, and only POST and DELETE change anything.
#[test]
fn a_method_that_is_not_described_is_not_taken() {
    let service = Service::with_record();
    let document = document();
    let csrf = service.ok("/api/v1/me")["csrf"].clone();
    for (template, described) in document["paths"].as_object().unwrap() {
        let path = template.replace(['{', '}'], "");
        for method in [
            "GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "QUERY",
        ] {
            let place = format!("{method} {template}");
            if !described[method.to_ascii_lowercase()].is_null() {
                assert!(["GET", "POST", "DELETE"].contains(&method), "{place}");
                continue;
            }
            let sent = request(method, &path).header("x-csrf-token", csrf.as_str().unwrap());
            let reply = service.send(sent.body(Body::empty()).unwrap());
            assert_eq!(reply.status, 405, "{place}: {}", reply.text());
            assert!(!reply.header("allow").is_empty(), "{place}");
        }
    }
}
